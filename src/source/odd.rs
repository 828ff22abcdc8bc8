//! What stands in the tree and is no plain file in its place.
//!
//! Nothing odd is opened, followed or guessed at: it is reported, and whoever uses the snapshot holds the folder
//! it stands in and no other.

use std::fmt;

/// A path that is not what the tree is made of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Odd {
    /// Where, relative to the root; control characters and bytes that are no text are written as escapes.
    pub path: String,
    /// The folder of `desired-state` it stands in or is; `None` directly in `desired-state`.
    pub folder: Option<Box<str>>,
    /// What is odd about it.
    pub what: Oddity,
}

impl Odd {
    /// Whether the folder itself is the odd path: nothing is known of the files in it.
    #[must_use]
    pub fn is_whole_folder(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| {
            self.path.strip_prefix("desired-state/").is_some_and(|rest| rest == &**folder)
        })
    }
}

/// What is odd about a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// A symbolic link; it is not followed, wherever it points.
    Link,
    /// A FIFO, socket or device.
    Special,
    /// A directory inside a trust's folder.
    Nested,
    /// A submodule of a git repository.
    Submodule,
    /// A file in a trust's folder that ends neither in `.yaml` nor in `.yaml.sig`.
    NotYaml,
    /// A file directly in `desired-state` that is not `register.yaml`.
    Misplaced,
    /// A name with control characters or bytes that are no UTF-8.
    Name,
    /// More bytes than a file may have.
    TooLarge {
        /// The most bytes there may be.
        most: u64,
    },
    /// More files than a folder may have.
    Crowded {
        /// The most files there may be.
        most: usize,
    },
    /// The system would not let it be read.
    Unreadable(String),
}

impl Oddity {
    /// What to do about it, one sentence.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Link => "Put the file itself there instead of a link to it.",
            Self::Special | Self::NotYaml | Self::Misplaced => {
                "Move it out of the tree, or give it its right name and place."
            }
            Self::Nested => "Move the files of the directory up into the trust's folder, or out of the tree.",
            Self::Submodule => "Put the files themselves into the repository instead of a submodule.",
            Self::Name => "Give it a name of lower-case letters, digits, `.` and `-`, ending in `.yaml`.",
            Self::TooLarge { .. } => "A person's file is a few kilobytes: put back the right file.",
            Self::Crowded { .. } => "Find out what filled the folder, and take it out of the tree.",
            Self::Unreadable(_) => "Give the program's user the right to read it, or mend the disk.",
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("a symbolic link"),
            Self::Special => f.write_str("a FIFO, socket or device"),
            Self::Nested => f.write_str("a directory inside a trust's folder"),
            Self::Submodule => f.write_str("a git submodule"),
            Self::NotYaml => f.write_str("a file that does not end in `.yaml`"),
            Self::Misplaced => f.write_str("a file outside the folders of the trusts"),
            Self::Name => f.write_str("a name that is no plain text"),
            Self::TooLarge { most } => write!(f, "a file of more than {most} bytes"),
            Self::Crowded { most } => write!(f, "a folder of more than {most} files"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
        }
    }
}

/// A name for people: as it is, or with escapes where it cannot be printed.
pub(super) fn shown(name: &[u8]) -> String {
    match plain(name) {
        Some(text) => text.to_owned(),
        None => match std::str::from_utf8(name) {
            Ok(text) => text.chars().flat_map(char::escape_default).collect(),
            Err(_) => name.escape_ascii().to_string(),
        },
    }
}

/// The name as text, if it is UTF-8 without control characters.
pub(super) fn plain(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok().filter(|text| !text.chars().any(char::is_control))
}

/// Whether a name is passed over in silence: hidden files, and what editors leave behind.
pub(crate) fn passed_over(name: &[u8]) -> bool {
    name.starts_with(b".") || name.ends_with(b"~")
}
