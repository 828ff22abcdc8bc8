//! Portvakt: access as code for a health register.
pub mod diag;
pub mod example;
pub mod ledger;
pub mod model;
pub mod parse;
pub mod plan;
pub mod policy;
pub mod reconcile;
pub mod source;
pub mod store;
