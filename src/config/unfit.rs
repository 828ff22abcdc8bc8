//! Holds the reason why the value of an option cannot be used, in both languages. The parser of the arguments keeps it
//! as an error. The command line reports it in the language of the results.

use portvakt_core::diag::Text;

/// The reason why a value cannot be used. It is shown after the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct Unfit(pub Text);
