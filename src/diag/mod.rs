//! Findings: what is wrong, where, by which rule, and what to do next. One value, one renderer per format.

mod code;
mod exit;
mod finding;
mod github;
mod human;
mod json;
mod place;
mod text;

pub use code::{Code, Severity};
pub use exit::Exit;
pub use finding::Finding;
pub use github::github;
pub use human::{Colour, human, human_one};
pub use json::{json, summary};
pub use place::Place;
pub use text::{Lang, Noun, Text, text};
