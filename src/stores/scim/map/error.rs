//! The errors in an attribute map.

use std::fmt;

use portvakt_core::diag::{Text, text};

/// The reason why a map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The file cannot be read.
    Read {
        /// The path of the map's file, as the options give it.
        place: String,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The content of the file is wrong.
    Wrong {
        /// The path of the map's file, as the options give it.
        place: String,
        /// The fault in the content, in words.
        why: Text,
    },
}

impl MapError {
    /// Says what is wrong and why, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Read { place, source } => {
                let why = portvakt_net::system(source);
                text!(
                    with why;
                    en: "the attribute map `{place}` cannot be read: {why}",
                    nb: "attributtkartet `{place}` kan ikke leses: {why}"
                )
            }
            Self::Wrong { place, why } => text!(
                with why;
                en: "the attribute map `{place}`: {why}",
                nb: "attributtkartet `{place}`: {why}"
            ),
        }
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}
