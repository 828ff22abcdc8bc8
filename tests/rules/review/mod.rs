//! Tests the review of the user lists (R36): the list, the answers, the people who may give them, and the due day.

mod answers;
mod budget;
mod closed;
mod due;
mod list;
mod overtaken;
mod settings;
mod signed;
pub mod world;
