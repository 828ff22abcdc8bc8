//! These errors say why there is no snapshot. Each of them stops the pass. None is ever read as "everybody has left".

use std::io;

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::tree::{Oddity, shown};

/// The cause of a read that failed.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is expected at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedKind {
    /// A plain file was wanted at this path.
    File,
    /// A folder was wanted at this path.
    Folder,
}

impl WantedKind {
    fn words(self) -> Text {
        match self {
            Self::File => text!(en: "file", nb: "fil"),
            Self::Folder => text!(en: "folder", nb: "mappe"),
        }
    }
}

/// The reason why the tree could not be read as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The path does not exist.
    Missing {
        /// The path: the root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// The path does not exist, and a file with almost its name does.
    Misnamed {
        /// The path of `register.yaml`.
        path: String,
        /// The name that was found there.
        beside: String,
    },
    /// The path exists but is empty.
    Empty {
        /// The path: the root, `desired-state`, `register.yaml` or `policies`.
        path: String,
    },
    /// The path exists but is of another kind.
    Kind {
        /// The path that could not be used.
        path: String,
        /// The kind that was expected.
        wanted: WantedKind,
    },
    /// The system refused to read the path.
    Unreadable {
        /// The path that could not be used.
        path: String,
        /// The system's own error.
        #[source]
        source: io::Error,
    },
    /// `register.yaml` is larger than it may be. Nothing is read of it.
    Large {
        /// The path of the file.
        path: String,
        /// The largest number of bytes that is allowed.
        most: u64,
    },
    /// An entry in `policies` cannot be read as a policy, in an earlier commit whose settings are asked for. Policies
    /// are read whole or not at all, because a missing policy may be the one that forbids an access.
    Policy {
        /// The path that could not be used.
        path: String,
        /// The oddity that was found.
        what: Oddity,
    },
    /// The folder has too many entries, so something else must have been written there.
    Crowded {
        /// The path that could not be used.
        path: String,
        /// The largest number that is allowed.
        most: usize,
    },
    /// No two scans in a row agreed.
    Restless {
        /// The path that differed between the last two scans.
        path: String,
        /// The number of scans that were made.
        scans: u32,
    },
    /// The directory is not in a git repository.
    NoRepository {
        /// The path of the directory.
        path: String,
        /// The reason why no repository was found there.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository exists but cannot be opened.
    Closed {
        /// The path of the directory.
        path: String,
        /// The reason why it cannot be opened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository keeps its references in a format that this version cannot read.
    RefFormat {
        /// The path of the directory.
        path: String,
        /// The name of the format.
        format: String,
    },
    /// The repository does not have this commit.
    NoCommit {
        /// The revision that was asked for.
        rev: String,
        /// The reason why the commit was not found.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The clone is shallow and ends before the requested commit.
    Shallow {
        /// The commit at which the clone ends.
        commit: String,
    },
    /// A part of the repository without a path cannot be read: a commit, the history or a list.
    Part {
        /// The part that was being read, as text for people.
        what: Text,
        /// The error of the library for git.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The object database is broken, or objects are missing from it.
    Object {
        /// The path that was being read.
        path: String,
        /// The error of the library that reads the objects.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SourceError {
    /// Says that `register.yaml` is missing, and which of these names beside it is almost the same.
    pub(super) fn without_register<'n>(path: String, mut names: impl Iterator<Item = &'n [u8]>) -> Self {
        const LIKE: [&str; 4] = ["register.yaml", "register.yml", "register.yaml.txt", "register.yaml.yaml"];
        let is_like = |name: &&[u8]| {
            let name = String::from_utf8_lossy(name).to_lowercase();
            LIKE.contains(&name.as_str())
        };
        match names.find(is_like) {
            Some(beside) => Self::Misnamed { path, beside: shown(beside) },
            None => Self::Missing { path },
        }
    }

    /// Says that the top folder of a commit cannot be read.
    pub(super) fn of_top(source: Cause) -> Self {
        let what = text!(en: "the commit's tree", nb: "innsendingens øverste mappe");
        Self::Part { what, source }
    }

    /// Returns whether the tree itself is not whole. If so, reading it again does not help. If not, only the reading
    /// failed.
    #[must_use]
    pub fn is_of_the_tree(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Misnamed { .. }
            | Self::Empty { .. }
            | Self::Kind { .. }
            | Self::Unreadable { .. }
            | Self::Large { .. }
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

    /// Returns the error as text for people. In the Norwegian text, the words of git's own library are quoted.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Missing { path } => text!(en: "`{path}` does not exist", nb: "`{path}` finnes ikke"),
            Self::Misnamed { path, beside } => text!(
                en: "`{path}` does not exist, and beside it stands `{beside}`",
                nb: "`{path}` finnes ikke, og ved siden av står `{beside}`"
            ),
            Self::Empty { path } => text!(en: "`{path}` is empty", nb: "`{path}` er tom"),
            Self::Kind { path, wanted } => {
                let wanted = wanted.words();
                text!(with wanted; en: "`{path}` is not a plain {wanted}", nb: "`{path}` er ikke en vanlig {wanted}")
            }
            Self::Unreadable { path, .. } => {
                text!(en: "`{path}` cannot be read", nb: "`{path}` kan ikke leses")
            }
            Self::Large { path, most } => text!(
                en: "`{path}` is a file of more than {most} bytes",
                nb: "`{path}` er en fil på mer enn {most} byte"
            ),
            Self::Policy { path, what } => {
                let nb = what.words();
                let nb = nb.get(Lang::Nb);
                text!(en: "`{path}` in the policies is {what}", nb: "`{path}` blant tilgangsreglene er {nb}")
            }
            Self::Crowded { path, most } => text!(
                en: "`{path}` holds more than {most} entries",
                nb: "`{path}` inneholder mer enn {most} filer eller mapper"
            ),
            Self::Restless { path, scans } => text!(
                en: "`{path}` kept changing while the tree was read {scans} times",
                nb: "`{path}` ble endret hele tiden mens filene ble lest {scans} ganger"
            ),
            Self::NoRepository { path, .. } => text!(
                en: "`{path}` is not in a git repository",
                nb: "`{path}` ligger ikke i et git-arkiv"
            ),
            Self::Closed { path, source } => text!(
                en: "the repository `{path}` cannot be opened: {source}",
                nb: "arkivet `{path}` kan ikke åpnes: «{source}»"
            ),
            Self::RefFormat { path, format } => text!(
                en: "the repository `{path}` keeps its references in the format `{format}`, which cannot be read",
                nb: "arkivet `{path}` lagrer referansene i formatet `{format}`, som ikke kan leses"
            ),
            Self::NoCommit { rev, .. } => text!(
                en: "the repository has no commit `{rev}`",
                nb: "i arkivet finnes ingenting som heter `{rev}`"
            ),
            Self::Shallow { commit } => text!(
                en: "this clone is shallow: it ends at the commit {commit}",
                nb: "denne klonen har bare de nyeste endringene: historikken slutter ved {commit}"
            ),
            Self::Part { what, source } => unread(what, source),
            Self::Object { path, source } => unread(&Text::same(format!("`{path}`")), source),
        }
    }

    /// Returns what to do next, in one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::Missing { .. } | Self::Empty { .. } => text!(
                en: "Check that the root is the right one, that its disk is mounted and that the copy into it has finished; until then nothing is changed.",
                nb: "Kontroller at mappen er den riktige, at disken er tilkoblet og at kopieringen er ferdig; inntil da endres ingenting."
            ),
            Self::Misnamed { path, .. } => text!(
                en: "Give the file the name `{name}`, in small letters and with this ending; until then nothing is changed.",
                nb: "Gi filen navnet `{name}`, med små bokstaver og denne endelsen; inntil da endres ingenting.";
                name = path.rsplit('/').next().unwrap_or(path)
            ),
            Self::Kind { .. } => text!(
                en: "Put the right thing in its place; until then nothing is changed.",
                nb: "Legg det riktige på plassen; inntil da endres ingenting."
            ),
            Self::Unreadable { .. } => text!(
                en: "Give the program's user the right to read it, or mend the disk; until then nothing is changed.",
                nb: "Gi programmets bruker leserett, eller rett feilen på disken; inntil da endres ingenting."
            ),
            Self::Large { .. } | Self::Policy { what: Oddity::TooLarge { .. }, .. } => text!(
                en: "Take out of it what does not belong there; until then nothing is changed.",
                nb: "Ta ut av den det som ikke hører hjemme der; inntil da endres ingenting."
            ),
            Self::Policy { .. } => text!(
                en: "Put a plain file there or move it out of `policies`.",
                nb: "Legg en vanlig fil der, eller flytt den ut av `policies`."
            ),
            Self::Crowded { .. } => text!(
                en: "Find out what was written there, and move it out of the tree.",
                nb: "Finn ut hva som er skrevet dit, og flytt det bort."
            ),
            Self::Restless { scans, .. } => Oddity::Restless { scans: *scans }.way_out(),
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
            Self::Part { source, .. } | Self::Object { source, .. } if source.is::<AlteredObject>() => text!(
                en: "Run `git fsck`, find out who can write to the folder of the objects, and clone the repository anew; until then nothing is changed.",
                nb: "Kjør `git fsck`, finn ut hvem som kan skrive i mappen med objektene, og klon arkivet på nytt; inntil da endres ingenting."
            ),
            Self::Part { .. } | Self::Object { .. } => text!(
                en: "Run `git fsck`, and fetch what is missing; a partial clone is not enough.",
                nb: "Kjør `git fsck`, og hent det som mangler; en delvis klone er ikke nok."
            ),
        }
    }
}

fn unread(what: &Text, source: &Cause) -> Text {
    let Some(altered) = source.downcast_ref::<AlteredObject>() else {
        return text!(
            with what;
            en: "{what} cannot be read from the repository",
            nb: "{what} kan ikke leses fra arkivet"
        );
    };
    let why = altered.words();
    text!(
        with what, why;
        en: "{what} is not taken from the repository: {why}",
        nb: "{what} blir ikke hentet fra arkivet: {why}"
    )
}

/// The cause of a read that found another content than the one that the id of the object stands for.
#[derive(Debug, thiserror::Error)]
pub(super) struct AlteredObject {
    /// The id under which the other content was found.
    pub(super) id: gix::ObjectId,
}

impl AlteredObject {
    fn words(&self) -> Text {
        let id = self.id;
        text!(
            en: "another content stands in the place of the object {id}",
            nb: "et annet innhold står på plassen til objektet {id}"
        )
    }
}

impl std::fmt::Display for AlteredObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The fault of a folder with names that cannot be in a tree of git.
pub(crate) const FORGED_NAMES: &str = "its list of names is forged";

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}
