//! The remote of a clone: changes are fetched from it and sent to it. Where none is known, or its main branch is not, a
//! change is written into the files of the folder alone, and the user is told why it was not sent.

use std::path::Path;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_sources::Repository;

use super::git::answer_of_git;

/// The start of the names of all references to branches of remotes.
pub(super) const REMOTES: &str = "refs/remotes/";

/// Returns the remote that changes of this clone are meant for. It is `origin`, or else the one that the checked-out
/// branch follows, or else the only one.
pub(in crate::cli) fn remote_of(top: &Path) -> Option<String> {
    // Git also knows of an `origin` that a file beside the clone's own settings names.
    if answer_of_git(top, &["remote", "get-url", "origin"]).is_some() {
        return Some("origin".to_owned());
    }
    Repository::open(top, "").ok()?.main_remote()
}

/// Returns the reference that this clone keeps of a branch of its remote.
pub(in crate::cli) fn reference_there(top: &Path, branch: &str) -> String {
    let remote = remote_of(top).unwrap_or_default();
    format!("{REMOTES}{remote}/{branch}")
}

/// The reason why a change is written into the files of the folder alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum FolderAlone {
    /// An option asks for it.
    Asked,
    /// The folder is in no repository.
    NoClone,
    /// The folder lies inside a clone, and no commit has it.
    NotInIt,
    /// The repository has no remote.
    NoRemote,
    /// The clone has several remotes, and nothing tells which one is meant.
    Several(Vec<String>),
    /// The main branch of this remote is not known.
    NoTarget(String),
}

impl FolderAlone {
    /// Returns the reason for a folder that is in no clone with a known remote.
    pub(in crate::cli) fn of(folder: &Path) -> Self {
        let Ok(repository) = Repository::open(folder, "") else { return Self::NoClone };
        let names = repository.remotes();
        if names.is_empty() {
            Self::NoRemote
        } else if repository.main_remote().is_some() {
            // A repository without a work tree is no clone that somebody writes in.
            Self::NoClone
        } else {
            Self::Several(names)
        }
    }

    /// Returns whether the user may believe that the change is sent.
    pub(in crate::cli) fn is_a_surprise(&self) -> bool {
        matches!(self, Self::Several(_) | Self::NoTarget(_))
    }

    /// Returns the reason, as the beginning of a sentence or after a colon.
    pub(in crate::cli) fn reason(&self) -> Text {
        match self {
            Self::Asked => text!(
                en: "`--here` writes into the files of this folder alone",
                nb: "`--here` skriver bare i filene i denne mappen"
            ),
            Self::NoClone => {
                text!(en: "this folder is in no clone", nb: "denne mappen er ikke i en klon")
            }
            Self::NotInIt => text!(
                en: "this folder lies inside a clone and is no part of it",
                nb: "denne mappen ligger inne i en klon og er ikke en del av den"
            ),
            Self::NoRemote => text!(
                en: "this repository has no remote to send a change to",
                nb: "dette arkivet har ikke noe fjernarkiv å sende en endring til"
            ),
            Self::Several(names) => {
                let names = shown_names(names);
                text!(
                    en: "this clone has several remotes, and none of them is called `origin`: {names}",
                    nb: "denne klonen har flere fjernarkiver, og ingen av dem heter `origin`: {names}"
                )
            }
            Self::NoTarget(remote) => {
                let remote = portvakt_net::line(remote);
                text!(
                    en: "it is not known which branch of `{remote}` changes are meant for",
                    nb: "det er ikke kjent hvilken gren i `{remote}` endringer er ment for"
                )
            }
        }
    }

    /// Returns the next step.
    pub(in crate::cli) fn way_out(&self) -> Text {
        match self {
            Self::Asked => text!(
                en: "Commit them and send them with git, or give the command without `--here`.",
                nb: "Legg dem inn og send dem med git, eller gi kommandoen uten `--here`."
            ),
            Self::NoClone | Self::NotInIt => text!(
                en: "The change is taken in where these files are read.",
                nb: "Endringen tas inn der disse filene leses."
            ),
            Self::NoRemote => text!(
                en: "Say where the register is kept with `git remote add origin ADDRESS`.",
                nb: "Si hvor registeret ligger, med `git remote add origin ADRESSE`."
            ),
            Self::Several(_) => text!(
                en: "Say which one changes are meant for with `git remote rename NAME origin`.",
                nb: "Si hvilket endringer er ment for, med `git remote rename NAVN origin`."
            ),
            Self::NoTarget(remote) => {
                let remote = portvakt_net::line(remote);
                text!(
                    en: "Tell git with `git remote set-head {remote} --auto`.",
                    nb: "Fortell git det med `git remote set-head {remote} --auto`."
                )
            }
        }
    }

    /// Returns the finding for a task that cannot be done without a remote.
    pub(in crate::cli) fn finding(&self) -> Finding {
        Finding::new(Code::SourceUnreadable, self.reason(), self.way_out())
    }

    /// Returns the words for a user whose change was written and not sent.
    pub(in crate::cli) fn not_sent(&self) -> Text {
        let (why, way_out) = (self.reason(), self.way_out());
        text!(
            with why, way_out;
            en: "Not sent: {why}. {way_out}",
            nb: "Ikke sendt: {why}. {way_out}"
        )
    }
}

/// Returns the names of remotes as one line.
fn shown_names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", portvakt_net::line(name))).collect();
    names.join(", ")
}
