//! Findings: the problem, its place, the rule and the next step. There is one value, and one renderer per format.

mod capped;
mod code;
pub(crate) mod covered;
mod exit;
mod finding;
mod github;
mod human;
pub mod inert;
mod json;
mod junit;
mod markdown;
mod page;
mod place;
mod sarif;

pub use crate::text::{Lang, Noun, Text, quoted, text};
pub use code::{Code, Severity};
pub use exit::Exit;
pub use finding::Finding;
pub use github::github;
pub use human::{Colour, human, human_one};
pub use json::{json, summary};
pub use junit::{Looked, NamedCase, junit};
pub use markdown::{LARGEST_COMMENT, markdown};
pub use page::{more, page};
pub use place::Place;
pub use sarif::sarif;
