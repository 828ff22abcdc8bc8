//! Why there is no snapshot. Each of these stops the pass; none is ever read as "everybody has left".

use std::io;

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::tree::Oddity;

/// Why the tree could not be read as one whole.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is not there.
    #[error("`{path}` does not exist")]
    Missing {
        /// The root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// It is there and holds nothing.
    #[error("`{path}` is empty")]
    Empty {
        /// The root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// Something else stands in its place.
    #[error("`{path}` is not a plain {wanted}")]
    Kind {
        /// The path.
        path: String,
        /// `file` or `folder`.
        wanted: &'static str,
    },
    /// The system would not let it be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something in `policies` that cannot be read as a policy; policies are read whole or not at all, for a
    /// missing one may be the one that forbids.
    #[error("`{path}` in the policies is {what}")]
    Policy {
        /// The path.
        path: String,
        /// What is odd about it.
        what: Oddity,
    },
    /// So many entries that something else must have been written here.
    #[error("`{path}` holds more than {most} entries")]
    Crowded {
        /// The path.
        path: String,
        /// The most there may be.
        most: usize,
    },
    /// No two scans agreed.
    #[error("`{path}` kept changing while the tree was read {scans} times")]
    Restless {
        /// What differed between the last two scans.
        path: String,
        /// How many scans were made.
        scans: u32,
    },
    /// No git repository.
    #[error("`{path}` is not in a git repository")]
    NoRepository {
        /// The directory.
        path: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A repository that is there and cannot be opened.
    #[error("the repository `{path}` cannot be opened: {source}")]
    Closed {
        /// The directory.
        path: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A repository whose references this version cannot read.
    #[error("the repository `{path}` keeps its references in the format `{format}`, which cannot be read")]
    RefFormat {
        /// The directory.
        path: String,
        /// The format.
        format: String,
    },
    /// No such commit.
    #[error("the repository has no commit `{rev}`")]
    NoCommit {
        /// What was asked for.
        rev: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A shallow clone ends before what was asked for.
    #[error("this clone is shallow: it ends at the commit {commit}")]
    Shallow {
        /// Where it ends.
        commit: String,
    },
    /// The same of what has no path: a commit, the history, a list of the repository.
    #[error("`{}` cannot be read from the repository", .what.en())]
    Part {
        /// What was being read, in words.
        what: Text,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The object database is broken, or objects are missing from it.
    #[error("`{path}` cannot be read from the repository")]
    Object {
        /// What was being read.
        path: String,
        /// What was wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SourceError {
    /// Whether it is the tree itself that is not whole, however often it is read, and not the reading that failed.
    #[must_use]
    pub fn is_of_the_tree(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Empty { .. }
            | Self::Kind { .. }
            | Self::Unreadable { .. }
            | Self::Policy { .. }
            | Self::Crowded { .. } => true,
            Self::Restless { .. }
            | Self::NoRepository { .. }
            | Self::Closed { .. }
            | Self::RefFormat { .. }
            | Self::NoCommit { .. }
            | Self::Shallow { .. }
            | Self::Part { .. }
            | Self::Object { .. } => false,
        }
    }

    /// What is wrong, for people; what the system says is its own.
    #[must_use]
    pub fn words(&self) -> Text {
        let nb = match self {
            Self::Missing { path } => format!("`{path}` finnes ikke"),
            Self::Empty { path } => format!("`{path}` er tom"),
            Self::Kind { path, wanted } if *wanted == "folder" => format!("`{path}` er ikke en vanlig mappe"),
            Self::Kind { path, .. } => format!("`{path}` er ikke en vanlig fil"),
            Self::Unreadable { path, .. } => format!("`{path}` kan ikke leses"),
            Self::Policy { path, what } => {
                format!("`{path}` blant tilgangsreglene er {}", what.words().get(Lang::Nb))
            }
            Self::Crowded { path, most } => format!("`{path}` inneholder mer enn {most} filer eller mapper"),
            Self::Restless { path, scans } => {
                format!("`{path}` ble endret hele tiden mens filene ble lest {scans} ganger")
            }
            Self::NoRepository { path, .. } => format!("`{path}` ligger ikke i et git-arkiv"),
            Self::Closed { path, source } => format!("arkivet `{path}` kan ikke åpnes: {source}"),
            Self::RefFormat { path, format } => {
                format!("arkivet `{path}` lagrer referansene i formatet `{format}`, som ikke kan leses")
            }
            Self::Shallow { commit } => {
                format!("denne klonen er grunn: den slutter ved innsendingen {commit}")
            }
            Self::NoCommit { rev, .. } => format!("arkivet har ingen revisjon `{rev}`"),
            Self::Part { what, .. } => format!("{} kan ikke leses fra arkivet", what.get(Lang::Nb)),
            Self::Object { path, .. } => format!("`{path}` kan ikke leses fra arkivet"),
        };
        Text::new(self.to_string(), nb)
    }

    /// What to do next, one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::Missing { .. } | Self::Empty { .. } => text!(
                en: "Check that the root is the right one, that its disk is mounted and that the copy into it has finished; until then nothing is changed.",
                nb: "Kontroller at roten er den riktige, at disken er tilkoblet og at kopieringen er ferdig; inntil da endres ingenting."
            ),
            Self::Kind { .. } => text!(
                en: "Put the right thing in its place; until then nothing is changed.",
                nb: "Legg det riktige på plassen; inntil da endres ingenting."
            ),
            Self::Unreadable { .. } => text!(
                en: "Give the program's user the right to read it, or mend the disk; until then nothing is changed.",
                nb: "Gi programmets bruker leserett, eller rett feilen på disken; inntil da endres ingenting."
            ),
            Self::Policy { .. } => text!(
                en: "Put a plain file there or move it out of `policies`.",
                nb: "Legg en vanlig fil der, eller flytt den ut av `policies`."
            ),
            Self::Crowded { .. } => text!(
                en: "Find out what was written there, and move it out of the tree.",
                nb: "Finn ut hva som er skrevet dit, og flytt det bort."
            ),
            Self::Restless { .. } => text!(
                en: "Wait until whatever writes there has finished; write a file elsewhere and rename it into place.",
                nb: "Vent til det som skriver der, er ferdig; skriv filer et annet sted og flytt dem på plass."
            ),
            Self::NoRepository { .. } => text!(
                en: "Give a directory inside a git repository.",
                nb: "Oppgi en mappe i et git-arkiv."
            ),
            Self::Closed { .. } => text!(
                en: "Give the program's user the right to read it; a repository with SHA-256 ids cannot be read.",
                nb: "Gi programmets bruker leserett; et arkiv med SHA-256-id-er kan ikke leses."
            ),
            Self::RefFormat { .. } => text!(
                en: "Name a clone that was made with `git clone --ref-format=files`.",
                nb: "Oppgi en klone som er laget med `git clone --ref-format=files`."
            ),
            Self::Shallow { .. } => text!(
                en: "Fetch the rest with `git fetch --unshallow`; in a workflow, check out with `fetch-depth: 0`.",
                nb: "Hent resten med `git fetch --unshallow`; i en arbeidsflyt: sjekk ut med `fetch-depth: 0`."
            ),
            Self::NoCommit { .. } => text!(
                en: "Fetch it first (`git fetch`; in a workflow, check out with `fetch-depth: 0`), or correct the name.",
                nb: "Hent den først (`git fetch`; i en arbeidsflyt: sjekk ut med `fetch-depth: 0`), eller rett navnet."
            ),
            Self::Part { .. } | Self::Object { .. } => text!(
                en: "Run `git fsck`, and fetch what is missing; a partial clone is not enough.",
                nb: "Kjør `git fsck`, og hent det som mangler; en delvis klone er ikke nok."
            ),
        }
    }
}
