//! This module follows a branch. It goes commit by commit along first parents, oldest first, from the last accepted
//! commit. Each commit is judged against its predecessor. Only commits that descend from the accepted commit in this
//! way are followed. A branch that was rewritten or set back is refused, and so is a repository that does not know
//! the accepted commit.
//!
//! Each look opens the repository again. Two things are kept between looks, to make the next look cheap: the ids of
//! the waiting commits, and the folders of the last tree that was read.

use std::collections::VecDeque;
use std::path::PathBuf;

use gix::ObjectId;
use portvakt_core::diag::{Text, text};
use portvakt_core::tree::{ATTRIBUTES, Snapshot, TREES};

use super::error::SourceError;
use super::git::KnownFolders;
use super::repository::{CommitMark, PathWay, Repository};

/// The branch that is followed, and its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The path of a folder in a work tree, or of a bare repository.
    pub root: PathBuf,
    /// The folder of the tree below `root`. It is empty if the tree is at `root` itself.
    pub inside: String,
    /// The branch or other revision. `None` means the branch that `HEAD` names.
    pub reference: Option<String>,
}

impl Branch {
    /// Opens the repository.
    ///
    /// # Errors
    /// Fails as [`Repository::open`] does.
    pub fn open(&self) -> Result<Repository, SourceError> {
        Repository::open(&self.root, &self.inside)
    }

    /// Returns the revision that is followed.
    #[must_use]
    pub fn rev(&self) -> &str {
        self.reference.as_deref().unwrap_or("HEAD")
    }
}

/// The reason why a branch is not followed further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedBranch {
    /// The repository does not have the last accepted commit. It is an older copy or another repository.
    Unknown,
    /// The branch points to an ancestor of the accepted commit, so it was set back.
    SetBack,
    /// The accepted commit came into the branch by a merge from the side. The branch itself never pointed to it.
    Sideways,
    /// The branch has another history, so it was rewritten.
    Rewritten,
    /// The clone is shallow and ends before the accepted commit.
    Shallow,
}

impl RefusedBranch {
    /// Returns the reason as text for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Unknown => text!(
                en: "this repository does not have the commit that was accepted last; it is an older copy or another repository",
                nb: "dette arkivet har ikke innsendingen som sist ble godtatt; det er en eldre kopi eller et annet arkiv"
            ),
            Self::SetBack => text!(
                en: "the branch was set back to before the commit that was accepted last",
                nb: "grenen er satt tilbake til før innsendingen som sist ble godtatt"
            ),
            Self::Sideways => text!(
                en: "the commit that was accepted last came into this branch by a merge from the side; the branch itself never stood there",
                nb: "innsendingen som sist ble godtatt, er flettet inn i denne grenen fra siden; grenen selv har aldri stått der"
            ),
            Self::Rewritten => text!(
                en: "the branch was rewritten: it does not contain the commit that was accepted last",
                nb: "grenen er skrevet om: den inneholder ikke innsendingen som sist ble godtatt"
            ),
            Self::Shallow => text!(
                en: "this clone is shallow and ends before the commit that was accepted last, so nobody can see whether the branch follows it",
                nb: "denne klonen er grunn og slutter før innsendingen som sist ble godtatt, så ingen kan se om grenen følger etter den"
            ),
        }
    }
}

/// The commits after the last accepted one, up to and including the tip, oldest first. The queue is empty when the
/// accepted commit is the tip.
type Waiting = VecDeque<ObjectId>;

/// Compares the tip of a branch with the last accepted commit. Returns the number of commits between them, or the
/// reason why the branch is refused.
///
/// # Errors
/// Fails when history cannot be read.
pub fn commits_since_accepted(
    repository: &Repository,
    accepted: &str,
    tip: &str,
) -> Result<Result<usize, RefusedBranch>, SourceError> {
    Ok(waiting(repository, accepted, repository.id_of(tip)?)?.map(|waiting| waiting.len()))
}

fn waiting(
    repository: &Repository,
    accepted: &str,
    tip: ObjectId,
) -> Result<Result<Waiting, RefusedBranch>, SourceError> {
    let refused = |why| Ok(Err(why));
    let Ok(accepted) = ObjectId::from_hex(accepted.as_bytes()) else {
        return refused(RefusedBranch::Unknown);
    };
    let (mut at, mut waiting) = (tip, Waiting::new());
    while at != accepted {
        waiting.push_front(at);
        let link = repository.link(at)?;
        at = match repository.first_parent(at, &link) {
            Ok(Some(parent)) => parent,
            Err(SourceError::Shallow { .. }) => return refused(RefusedBranch::Shallow),
            Err(error) => return Err(error),
            Ok(None) if !repository.git.has_object(accepted) => return refused(RefusedBranch::Unknown),
            Ok(None) => return refused(why_not(repository, accepted, tip)?),
        };
    }
    Ok(Ok(waiting))
}

fn why_not(repository: &Repository, accepted: ObjectId, tip: ObjectId) -> Result<RefusedBranch, SourceError> {
    let shared = repository.git.merge_base(accepted, tip).map_err(|error| SourceError::Part {
        what: text!(en: "the history of the branch", nb: "grenens historikk"),
        source: error.into(),
    })?;
    Ok(match shared.map(gix::Id::detach) {
        Some(id) if id == accepted => RefusedBranch::Sideways,
        Some(id) if id == tip => RefusedBranch::SetBack,
        _ if repository.is_shallow() => RefusedBranch::Shallow,
        _ => RefusedBranch::Rewritten,
    })
}

/// The result of one look at the branch.
#[derive(Debug)]
pub struct BranchLook {
    /// The commit to judge. This is the next commit, or the accepted one if no commit waits.
    pub at: CommitMark,
    /// The tree of this commit. It is `None` only if the branch is refused and the repository does not have the
    /// accepted commit.
    pub snapshot: Option<Snapshot>,
    /// The commit that the branch points to.
    pub tip: CommitMark,
    /// The number of commits that wait after this one.
    pub left: usize,
    /// The reason why the branch is not followed further. It is `None` if the branch is followed.
    pub refused: Option<RefusedBranch>,
    /// The commits that were passed over, each with its error. Their trees are not whole, and each has a successor.
    pub passed_over: Vec<(String, SourceError)>,
}

/// The commit that the next look reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stride {
    /// The look goes on to the next commit.
    On,
    /// The look reads the accepted commit again, because a pass over it has more to do.
    Stay,
}

/// A branch, with the data that the last look left for the next one.
#[derive(Debug)]
pub struct Follow {
    branch: Branch,
    waiting: Waiting,
    /// The accepted commit and the tip. `waiting` holds the commits between them.
    between: Option<(String, ObjectId)>,
    known: KnownFolders,
}

impl Follow {
    /// Creates the follower of a branch. Nothing is read yet.
    #[must_use]
    pub fn new(branch: Branch) -> Self {
        Self { branch, waiting: Waiting::new(), between: None, known: KnownFolders::default() }
    }

    /// Returns the branch that is followed.
    #[must_use]
    pub fn branch(&self) -> &Branch {
        &self.branch
    }

    /// Forgets what earlier looks read. The next look reads everything again.
    pub fn forget(&mut self) {
        self.known = KnownFolders::default();
        self.between = None;
    }

    /// Reads where the branch points to and reads the next commit. If no commit has been accepted yet, that is the
    /// tip.
    ///
    /// # Errors
    /// Fails when the repository or the branch cannot be read. It also fails when the next commit has no whole tree
    /// and no successor.
    pub fn look(&mut self, accepted: Option<&str>, stride: Stride) -> Result<BranchLook, SourceError> {
        let repository = self.branch.open()?;
        let tip = repository.find(self.branch.rev())?;
        let Some(accepted) = accepted else {
            let id = repository.id_of(&tip.id)?;
            let snapshot = Some(repository.commit_knowing(id, &mut self.known)?.snapshot);
            return Ok(BranchLook {
                at: tip.clone(),
                snapshot,
                tip,
                left: 0,
                refused: None,
                passed_over: Vec::new(),
            });
        };
        if let Some(refused) = self.catch_up(&repository, accepted, &tip)? {
            return self.stand_still(&repository, accepted, tip, refused);
        }
        if stride == Stride::Stay || self.waiting.is_empty() {
            let at = repository.find(accepted)?;
            let id = repository.id_of(accepted)?;
            let snapshot = Some(repository.commit_knowing(id, &mut self.known)?.snapshot);
            let left = self.waiting.len();
            return Ok(BranchLook { at, snapshot, tip, left, refused: None, passed_over: Vec::new() });
        }
        self.next(&repository, accepted, tip)
    }

    /// Updates the list of waiting commits, unless it is already current.
    fn catch_up(
        &mut self,
        repository: &Repository,
        accepted: &str,
        tip: &CommitMark,
    ) -> Result<Option<RefusedBranch>, SourceError> {
        let top = repository.id_of(&tip.id)?;
        if let Some((from, to)) = &mut self.between
            && *to == top
        {
            // A pass has been recorded since the last look, so the waiting commits now begin after it.
            let there = self
                .waiting
                .iter()
                .position(|id| ObjectId::from_hex(accepted.as_bytes()).is_ok_and(|accepted| accepted == *id));
            if let Some(there) = there {
                self.waiting.drain(..=there);
                accepted.clone_into(from);
            }
            if from == accepted {
                return Ok(None);
            }
        }
        self.between = None;
        match waiting(repository, accepted, top)? {
            Err(refused) => Ok(Some(refused)),
            Ok(waiting) => {
                self.waiting = waiting;
                self.between = Some((accepted.to_owned(), top));
                Ok(None)
            }
        }
    }

    fn stand_still(
        &mut self,
        repository: &Repository,
        accepted: &str,
        tip: CommitMark,
        refused: RefusedBranch,
    ) -> Result<BranchLook, SourceError> {
        let known = ObjectId::from_hex(accepted.as_bytes()).ok().filter(|id| repository.git.has_object(id));
        let (at, snapshot) = match known {
            Some(id) => {
                let commit = repository.commit_knowing(id, &mut self.known)?;
                (repository.find(accepted)?, Some(commit.snapshot))
            }
            None => (CommitMark { id: accepted.to_owned(), time: jiff::Timestamp::UNIX_EPOCH }, None),
        };
        Ok(BranchLook { at, snapshot, tip, left: 0, refused: Some(refused), passed_over: Vec::new() })
    }

    /// Returns the first commit that changes the tree, or the tip if none does.
    fn next(
        &mut self,
        repository: &Repository,
        accepted: &str,
        tip: CommitMark,
    ) -> Result<BranchLook, SourceError> {
        let [desired, policies, requests, reviews] = TREES;
        let mut ways =
            [desired, policies, requests, reviews, ATTRIBUTES].map(|part| PathWay::new(repository, part));
        let mut parts = |id: ObjectId| -> Result<Vec<Option<ObjectId>>, SourceError> {
            let tree = repository.link(id)?.tree;
            ways.iter_mut().map(|way| way.end(tree)).collect()
        };
        let mut before = parts(repository.id_of(accepted)?)?;
        let mut passed_over = Vec::new();
        let last = self.waiting.len() - 1;
        for (number, id) in self.waiting.iter().copied().enumerate() {
            let now = parts(id)?;
            if now == before && number < last {
                continue;
            }
            match repository.commit_knowing(id, &mut self.known) {
                Ok(commit) => {
                    let at = repository.find(&commit.id)?;
                    let (snapshot, left) = (Some(commit.snapshot), last - number);
                    return Ok(BranchLook { at, snapshot, tip, left, refused: None, passed_over });
                }
                // No files are taken from this commit, so it changes no access. The next commit is compared with the
                // commit before this one.
                Err(error) if error.is_of_the_tree() && number < last => {
                    passed_over.push((id.to_string(), error));
                    before = now;
                }
                Err(error) => return Err(error),
            }
        }
        Err(SourceError::NoCommit { rev: tip.id, source: "nothing waits".into() })
    }
}
