//! Portvakt: access as code for a health register.
pub mod diag;
pub mod model;
pub mod plan;
pub mod store;
