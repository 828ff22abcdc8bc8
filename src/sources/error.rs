//! These errors say why there is no snapshot. Each of them stops the pass. None is ever read as "everybody has left".

use std::io;

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::tree::Oddity;

/// The cause of a read that failed.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The reason why the tree could not be read as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The path does not exist.
    #[error("`{path}` does not exist")]
    Missing {
        /// The path: the root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// The path exists but is empty.
    #[error("`{path}` is empty")]
    Empty {
        /// The path: the root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// The path exists but is of another kind.
    #[error("`{path}` is not a plain {wanted}")]
    Kind {
        /// The path that could not be used.
        path: String,
        /// The kind that was expected: `file` or `folder`.
        wanted: &'static str,
    },
    /// The system refused to read the path.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// The path that could not be used.
        path: String,
        /// The system's own error.
        #[source]
        source: io::Error,
    },
    /// An entry in `policies` cannot be read as a policy. Policies are read whole or not at all, because a missing
    /// policy may be the one that forbids an access.
    #[error("`{path}` in the policies is {what}")]
    Policy {
        /// The path that could not be used.
        path: String,
        /// The oddity that was found.
        what: Oddity,
    },
    /// The folder has too many entries, so something else must have been written there.
    #[error("`{path}` holds more than {most} entries")]
    Crowded {
        /// The path that could not be used.
        path: String,
        /// The largest number that is allowed.
        most: usize,
    },
    /// No two scans in a row agreed.
    #[error("`{path}` kept changing while the tree was read {scans} times")]
    Restless {
        /// The path that differed between the last two scans.
        path: String,
        /// The number of scans that were made.
        scans: u32,
    },
    /// The directory is not in a git repository.
    #[error("`{path}` is not in a git repository")]
    NoRepository {
        /// The path of the directory.
        path: String,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository exists but cannot be opened.
    #[error("the repository `{path}` cannot be opened: {source}")]
    Closed {
        /// The path of the directory.
        path: String,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository keeps its references in a format that this version cannot read.
    #[error("the repository `{path}` keeps its references in the format `{format}`, which cannot be read")]
    RefFormat {
        /// The path of the directory.
        path: String,
        /// The name of the format.
        format: String,
    },
    /// The repository does not have this commit.
    #[error("the repository has no commit `{rev}`")]
    NoCommit {
        /// The revision that was asked for.
        rev: String,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The clone is shallow and ends before the requested commit.
    #[error("this clone is shallow: it ends at the commit {commit}")]
    Shallow {
        /// The commit at which the clone ends.
        commit: String,
    },
    /// A part of the repository without a path cannot be read: a commit, the history or a list.
    #[error("`{}` cannot be read from the repository", .what.en())]
    Part {
        /// The part that was being read, as text for people.
        what: Text,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The object database is broken, or objects are missing from it.
    #[error("`{path}` cannot be read from the repository")]
    Object {
        /// The path that was being read.
        path: String,
        /// The underlying error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SourceError {
    /// Tells whether the tree itself is not whole. Then reading it again does not help. Otherwise only the reading
    /// failed.
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

    /// Returns the error as text for people. The system's own message is not translated.
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

    /// Returns what to do next, in one sentence.
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
