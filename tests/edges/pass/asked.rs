//! Passes that have asked a forge: under `evidence: forge` its approvals are the evidence, each of one step of one file. And
//! passes at a commit on the way to a newer one.

use std::sync::Arc;

use portvakt_core::decide::{Decided, ListHistory, ListVersion, ListVersions, Reviews, Scope};
use portvakt_core::model::{FilePath, ForgeApproval, ReviewCircumstances, ReviewedChange};
use portvakt_core::tree::ListFolder;
use portvakt_engine::apply::carry_out;
use portvakt_engine::pass::{Newest, PassInput, PassTools, prepare_pass};
use portvakt_sources::SourceError;

use crate::pass::fixture::*;

const FORGE: &str = "evidence: forge
forge: {kind: github, api: \"https://api.example.no\", project: clinic/access, branch: main, accounts: {11: lc.ahusen, 12: leder.eksempelvik, 13: lc.fonnasen}}";

/// An approval that the forge knows of: the file, and its step.
pub type Approved = (FilePath, ReviewedChange);

/// The forge, as far as it answers, and what its branch has had of one list of reviews. It is `None` if the branch cannot be
/// read.
#[derive(Debug)]
struct Forge<'a> {
    approved: &'a [Approved],
    reviews: Option<&'a ListVersions>,
}

impl Reviews for Forge<'_> {
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange> {
        self.approved.iter().filter(|(of, _)| of == path).map(|(_, change)| change.clone()).collect()
    }

    fn list_history(&self, folder: ListFolder, known: Option<&str>) -> Option<ListHistory> {
        let reviews = self.reviews?;
        let ListFolder::Reviews = folder else { return Some(ListHistory::default()) };
        let is_known = |version: &ListVersion| known == Some(&*version.commit);
        let mut history = ListHistory::default();
        for (path, versions) in reviews {
            let new = versions.iter().take_while(|version| !is_known(version));
            history.lists.insert(path.clone(), new.cloned().collect());
            history.goes_on = versions.iter().any(is_known);
            history.tip = versions.first().map(|newest| newest.commit.clone());
        }
        Some(history)
    }
}

/// Returns what a branch has had of a list. The texts are given oldest first.
pub fn versions(path: &str, texts: &[Option<&str>]) -> ListVersions {
    let all = texts.iter().enumerate().rev().map(|(number, text)| ListVersion {
        commit: number.to_string(),
        bytes: text.map(|text| text.as_bytes().into()),
    });
    ListVersions::from([(FilePath::new(path), all.collect())])
}

/// Returns the approval of the request that brought this file.
pub fn approved(path: &str, by: &str, text: &str) -> Approved {
    let review = ForgeApproval { by: person(by), request: 7, head: "5f1a".repeat(10) };
    let new: Arc<[u8]> = text.as_bytes().into();
    let circumstances = ReviewCircumstances::default();
    (FilePath::new(path), ReviewedChange { review, old: None, new: Some(new), circumstances })
}

/// The tree where the forge is the evidence.
pub fn by_forge(mut tree: Tree) -> Tree {
    tree.edit("desired-state/register.yaml", "evidence: declared", FORGE);
    tree
}

/// Makes one whole pass, a minute after the last. The forge knows these approvals.
pub fn pass_with(world: &mut World, approved: &[Approved]) -> Decided {
    pass_of_branch(world, approved, &ListVersions::new())
}

/// Does the same along a branch that has had these lists of reviews.
pub fn pass_of_branch(world: &mut World, approved: &[Approved], reviews: &ListVersions) -> Decided {
    pass_that_sees(world, &Forge { approved, reviews: Some(reviews) }, None)
}

/// Does the same where the earlier commits of the branch cannot be read.
pub fn pass_with_unread_branch(world: &mut World, approved: &[Approved]) -> Decided {
    pass_that_sees(world, &Forge { approved, reviews: None }, None)
}

/// The newest commit of a branch. It has one file.
#[derive(Debug)]
struct NewestCommit<'a>(&'a File);

impl Newest for NewestCommit<'_> {
    fn bytes(&self, path: &FilePath) -> Result<Option<Vec<u8>>, SourceError> {
        Ok((path.as_str() == self.0.path()).then(|| self.0.text().into_bytes()))
    }
}

/// Makes one whole pass, a minute after the last, at a commit on the way to one that has this file.
pub fn pass_on_the_way(world: &mut World, newest: &File) -> Decided {
    let none = ListVersions::new();
    let forge = Forge { approved: &[], reviews: Some(&none) };
    pass_that_sees(world, &forge, Some(&NewestCommit(newest)))
}

fn pass_that_sees(world: &mut World, reviews: &dyn Reviews, newest: Option<&dyn Newest>) -> Decided {
    world.now += jiff::SignedDuration::from_secs(60);
    let snapshot = world.tree.snapshot();
    let moment = world.began.0 + world.began.1;
    let mut tools = PassTools {
        memory: world.register.connection(),
        store: &world.register,
        reports: None,
        shelf: &mut world.shelf,
        patience: &mut world.patience,
    };
    let seen = PassInput { reviews, newest, ..PassInput::alone(&snapshot, world.now, moment) };
    let decided = prepare_pass(&mut tools, seen, &Scope::Whole).unwrap();
    let carried = carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert!(carried.failed.is_empty(), "{:?}", carried.failed);
    decided
}
