//! The list of all kinds of findings. The codes are stable, because scripts and people rely on them.
//!
//! The rows are in groups, in the files below. They are one enum, in the order of the groups and of the rows in each.
//!
//! ```text
//!  source     what is read and what is remembered
//!  files      the files of people and lists
//!  settings   `register.yaml`, the keys and the policies
//!  judgement  the judgement of an entry
//!  reviews    what is due on a day: ends of access, and reviews of the user lists
//!  passes     what a pass does
//! ```

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Lang, Text};

#[macro_use]
mod files;
#[macro_use]
mod judgement;
#[macro_use]
mod passes;
#[macro_use]
mod reviews;
#[macro_use]
mod settings;
#[macro_use]
mod source;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The run could not do its work.
    Fatal,
    /// Something is invalid or denied.
    Error,
    /// Something waits for a release by named people.
    Held,
    /// Everything is in order, but somebody should look.
    Advice,
}

impl Severity {
    /// All severities, the gravest first.
    pub const ALL: [Self; 4] = [Self::Fatal, Self::Error, Self::Held, Self::Advice];

    /// The word for it in the output for people.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Fatal, Lang::En) => "stopped",
            (Self::Fatal, Lang::Nb) => "stanset",
            (Self::Error, Lang::En) => "error",
            (Self::Error, Lang::Nb) => "feil",
            (Self::Held, Lang::En) => "held",
            (Self::Held, Lang::Nb) => "holdt tilbake",
            (Self::Advice, Lang::En) => "advice",
            (Self::Advice, Lang::Nb) => "råd",
        }
    }
}

// Each line has the name, code, severity and rules. Then follow the meaning and the next step, each in English and in
// bokmål. A finding whose next step is the one of another kind names that kind with `next_of`.
macro_rules! codes {
    ([] $(
        $name:ident $text:literal $severity:ident [$($rule:literal)*] $doc:literal nb $doc_nb:literal
        $(next $next:literal nb $next_nb:literal)? $(next_of $other:ident)?;
    )*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// Every kind of finding.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The severity of this kind of finding.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// The rules of the procedure that this kind of finding enforces, if they are the same each time.
            #[must_use]
            pub fn rules(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($rule),*],)* }
            }

            /// The meaning of the finding, in one sentence.
            #[must_use]
            pub fn meaning(self) -> Text {
                match self { $(Self::$name => Text::new($doc, $doc_nb),)* }
            }

            /// The next step for the reader, as far as it is the same each time.
            #[must_use]
            pub fn next(self) -> Text {
                match self { $(Self::$name => { $(Text::new($next, $next_nb))? $(Self::$other.next())? })* }
            }
        }
    };
}

// Each group puts its rows behind those of the groups before it, and hands them all to the next name of the list.
codes_of_source! {
    [codes_of_files codes_of_settings codes_of_judgement codes_of_reviews codes_of_passes codes]
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
