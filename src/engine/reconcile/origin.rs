//! The source of the engine's trees: a directory that is read as it is, or a branch of git that is followed commit
//! by commit.
//!
//! If the branch does not continue from the accepted commit, the new commits are reported but not read. The tree of
//! the accepted commit is looked at again, so that end dates and revocations still take effect. If that tree is
//! gone too, a look sees no file of any person. Then these files count neither as present nor as absent.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use portvakt_core::decide::{Advance, Decided};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::FilePath;
use portvakt_core::tree::Snapshot;
use portvakt_database::Connection;
use portvakt_sources::{
    Branch, BranchLook, CommitMark, Depth, Directory, FetchError, Follow, RealPace, RefusedBranch, Settle,
    SourceError, Stride,
};

use super::error::{AcceptedFrom, EngineError};
use super::reach::PassReach;
use crate::memory;
use crate::pass::{Newest, PassError};

/// The most passes in a row over one commit because each pass accepted more. After these passes the next commit is
/// taken.
const IN_A_ROW: u32 = 20;

/// A source, and the state of its last look.
#[derive(Debug)]
pub(super) enum Origin {
    /// A directory, which is read as it is.
    Directory { root: PathBuf, directory: Box<Directory>, settle: Settle },
    /// A branch of git, which is followed commit by commit.
    Git { follow: Box<Follow>, stride: Stride, stayed: u32 },
}

/// The position of a pass on the branch that it follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchPosition {
    /// The commit whose tree was judged.
    pub at: CommitMark,
    /// The newest commit of the branch.
    pub tip: CommitMark,
    /// The number of commits after `at`, including the tip.
    pub left: usize,
    /// The reason why the branch is not followed further, if there is one.
    pub refused: Option<RefusedBranch>,
}

impl BranchPosition {
    /// Returns the id of the accepted commit.
    #[must_use]
    pub fn accepted(&self) -> &str {
        &self.at.id
    }
}

/// How much a look could see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// The look saw the tree.
    Tree,
    /// The look saw the rules in force but no file of a person. Nothing about people can be compared.
    RulesOnly,
}

/// The result of a look.
#[derive(Debug)]
pub(super) struct Looked {
    pub snapshot: Snapshot,
    pub sight: Sight,
    pub followed: Option<BranchPosition>,
    pub advance: Option<Advance>,
    /// The newest commit, if more commits wait after the one that is looked at.
    pub newest: Option<Tip>,
    pub findings: Vec<Finding>,
}

/// The newest commit of a branch. Its files are read one by one.
#[derive(Debug)]
pub(super) struct Tip {
    branch: Branch,
    commit: String,
}

impl Newest for Tip {
    fn bytes(&self, path: &FilePath) -> Result<Option<Vec<u8>>, SourceError> {
        self.branch.open()?.file_at(&self.commit, path.as_str())
    }
}

impl Origin {
    pub fn directory(root: &Path, settle: Settle) -> Self {
        Self::Directory { root: root.to_owned(), directory: Box::new(Directory::new(root)), settle }
    }

    pub fn git(branch: Branch) -> Self {
        Self::Git { follow: Box::new(Follow::new(branch)), stride: Stride::On, stayed: 0 }
    }

    /// Returns the branch that is followed; `None` for a directory.
    pub fn branch(&self) -> Option<&Branch> {
        match self {
            Self::Directory { .. } => None,
            Self::Git { follow, .. } => Some(follow.branch()),
        }
    }

    /// Forgets what was read before, so that it is read again.
    pub fn forget(&mut self) {
        match self {
            Self::Directory { root, directory, .. } => **directory = Directory::new(root),
            Self::Git { follow, .. } => follow.forget(),
        }
    }

    pub fn look(&mut self, reach: PassReach, conn: &Connection) -> Result<Looked, EngineError> {
        let accepted = memory::accepted_commit(conn)?;
        let has_base = memory::accepted_rules(conn)?.is_some();
        match self {
            Self::Directory { .. } if accepted.is_some() => {
                Err(EngineError::Switched { from: AcceptedFrom::Git })
            }
            Self::Git { .. } if accepted.is_none() && has_base => {
                Err(EngineError::Switched { from: AcceptedFrom::Directory })
            }
            Self::Directory { directory, settle, .. } => {
                let depth = if reach == PassReach::Everything { Depth::All } else { Depth::Changed };
                let snapshot = directory.take(depth, *settle, &mut RealPace)?;
                let sight = Sight::Tree;
                Ok(Looked {
                    snapshot,
                    sight,
                    followed: None,
                    advance: None,
                    newest: None,
                    findings: Vec::new(),
                })
            }
            Self::Git { follow, stride, .. } => {
                let look = follow.look(accepted.as_deref(), *stride)?;
                looked(look, accepted, follow.branch(), conn)
            }
        }
    }

    /// Decides, after a pass was recorded, whether the next look takes the next commit.
    pub fn passed(&mut self, decided: &Decided) {
        if let Self::Git { stride, stayed, .. } = self {
            let more = decided.wants_another() && *stayed < IN_A_ROW;
            (*stride, *stayed) = if more { (Stride::Stay, *stayed + 1) } else { (Stride::On, 0) };
        }
    }
}

fn looked(
    look: BranchLook,
    accepted: Option<String>,
    branch: &Branch,
    conn: &Connection,
) -> Result<Looked, EngineError> {
    let BranchLook { at, snapshot, tip, left, refused, passed_over } = look;
    let mut findings: Vec<Finding> =
        passed_over.iter().map(|(commit, error)| passed_over_finding(commit, error)).collect();
    if let (Some(why), Some(accepted)) = (&refused, &accepted) {
        findings.push(branch_rewritten(why, accepted, &tip));
    }
    let (snapshot, sight) = match snapshot {
        Some(snapshot) => (snapshot, Sight::Tree),
        None => {
            let (policies, register) = memory::accepted_rules(conn)?.ok_or(PassError::NoBaseline)?;
            let files = memory::rule_files(conn, &policies, &register)?;
            (Snapshot::of(files), Sight::RulesOnly)
        }
    };
    let advance = match (&refused, accepted) {
        (None, Some(from)) => Some(Advance { from, to: at.id.clone() }),
        _ => None,
    };
    let newest =
        (left > 0 && refused.is_none()).then(|| Tip { branch: branch.clone(), commit: tip.id.clone() });
    let followed = Some(BranchPosition { at, tip, left, refused });
    Ok(Looked { snapshot, sight, followed, advance, newest, findings })
}

/// Returns the finding about a branch that is not followed further.
#[must_use]
pub fn branch_rewritten(why: &RefusedBranch, accepted: &str, tip: &CommitMark) -> Finding {
    let (refused, tip) = (why.words(), &tip.id);
    let message = text!(
        with refused;
        en: "{refused}; accepted last: {accepted}, the branch stands at {tip}. What was accepted stays in force",
        nb: "{refused}; sist godtatt: {accepted}, grenen står ved {tip}. Det som er godtatt, gjelder fortsatt"
    );
    let way_out = match why {
        RefusedBranch::Shallow => text!(
            en: "Fetch the rest with `git fetch --unshallow`. If the history was cut on purpose, have two national administrators accept it on this machine: `portvakt baseline`, then `portvakt baseline --accept DIGEST --by A --by B`.",
            nb: "Hent resten med `git fetch --unshallow`. Er historikken kuttet med vilje, lar dere to nasjonale administratorer godta den på denne maskinen: `portvakt baseline`, deretter `portvakt baseline --accept DIGEST --by A --by B`."
        ),
        _ => text!(
            en: "Find out who moved the branch, and put it back. If the new history is meant, two national administrators accept it on this machine: `portvakt baseline`, then `portvakt baseline --accept DIGEST --by A --by B`.",
            nb: "Finn ut hvem som flyttet grenen, og sett den tilbake. Er den nye historikken ment, godtar to nasjonale administratorer den på denne maskinen: `portvakt baseline`, deretter `portvakt baseline --accept DIGEST --by A --by B`."
        ),
    };
    Finding::new(Code::HistoryRewritten, message, way_out)
}

fn passed_over_finding(commit: &str, error: &SourceError) -> Finding {
    let why = error.words();
    let message = text!(
        with why;
        en: "the commit {commit} was passed over: {why}",
        nb: "innsendingen {commit} ble forbigått: {why}"
    );
    let way_out = text!(
        en: "Nothing needs to be done if the commit after it put this right; look at who brought it.",
        nb: "Ingenting å gjøre om innsendingen etter rettet det; se på hvem som kom med den."
    );
    Finding::new(Code::CommitPassedOver, message, way_out)
}

/// Returns the finding about a fetch that failed.
#[must_use]
pub fn fetch_finding(error: &FetchError, last_good: Option<Timestamp>) -> Finding {
    let since = last_good.map_or_else(Text::default, |at| {
        let at = at.strftime("%F %T UTC");
        text!(en: "; fetched last {at}", nb: "; sist hentet {at}")
    });
    let why = error.words();
    let message = text!(
        with why, since;
        en: "the branch could not be fetched: {why}{since}",
        nb: "grenen kunne ikke hentes: {why}{since}"
    );
    match error {
        FetchError::Rewritten => Finding::new(
            Code::HistoryRewritten,
            message,
            text!(
                en: "Find out who moved the branch at the remote, and put it back. If the new history is meant, fetch it by hand with `git fetch --force`, and have two national administrators accept it on this machine: `portvakt baseline`, then `portvakt baseline --accept DIGEST --by A --by B`.",
                nb: "Finn ut hvem som flyttet grenen i fjernarkivet, og sett den tilbake. Er den nye historikken ment, hentes den for hånd med `git fetch --force`, og to nasjonale administratorer godtar den på denne maskinen: `portvakt baseline`, deretter `portvakt baseline --accept DIGEST --by A --by B`."
            ),
        ),
        _ => Finding::new(
            Code::FetchFailed,
            message,
            text!(
                en: "Run `git fetch` by hand as the program's user: it says what is missing. Until then the branch is followed as it was fetched last.",
                nb: "Kjør `git fetch` for hånd som programmets bruker: den sier hva som mangler. Inntil da følges grenen slik den sist ble hentet."
            ),
        ),
    }
}
