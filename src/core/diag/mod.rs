//! Findings: the problem, its place, the rule and the next step. There is one value, and one renderer per format.
//!
//! The files, in reading order:
//!
//! ```text
//!  place     the line of a file that a finding is about, and the words to underline
//!  code      the list of all kinds of findings, with their codes and severities
//!  finding   the value: what is wrong, where, by which rule, and what to do next
//!  exit      the exit code of a run, from its findings
//!  page      the page about a kind of finding, as `portvakt explain` shows it
//!
//!  covered   the words of a file without what may be a secret
//!  inert     the words of a file in a comment on a forge, where they make no markup and no link
//!  capped    the most severe findings, for a forge that shows only so many
//!
//!  human     findings for a person at a terminal
//!  markdown  findings for a comment on a proposed change
//!  github    findings as annotations of a workflow run on GitHub
//!  junit     findings as a JUnit report, with a case for each checked file
//!  sarif     findings as SARIF, for the code scanning of a forge
//!  json      findings as JSON, for other programs
//! ```

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

pub use crate::text::{Lang, Noun, Text, quoted, text, with_full_stop};
pub use code::{Code, Severity};
pub use covered::SECRET_NAMES;
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
