//! Passes that have asked a forge: under `evidence: forge` its approvals are the evidence, each of one step of one file.

use std::sync::Arc;

use portvakt_core::decide::{Decided, Reviews, Scope};
use portvakt_core::model::{FilePath, ForgeApproval, ReviewCircumstances, ReviewedChange};
use portvakt_engine::apply::carry_out;
use portvakt_engine::pass::{PassInput, PassTools, prepare_pass};

use crate::pass::fixture::*;

const FORGE: &str = "evidence: forge
forge: {kind: github, api: \"https://api.example.no\", project: clinic/access, branch: main, accounts: {11: lc.ahusen, 12: leder.eksempelvik, 13: lc.fonnasen}}";

/// An approval that the forge knows of: the file, and its step.
pub type Approved = (FilePath, ReviewedChange);

/// The forge, as far as it answers.
#[derive(Debug)]
struct Forge<'a>(&'a [Approved]);

impl Reviews for Forge<'_> {
    fn of(&self, path: &FilePath) -> Vec<ReviewedChange> {
        self.0.iter().filter(|(of, _)| of == path).map(|(_, change)| change.clone()).collect()
    }
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
    world.now += jiff::SignedDuration::from_secs(60);
    let (snapshot, forge) = (world.tree.snapshot(), Forge(approved));
    let moment = world.began.0 + world.began.1;
    let mut tools = PassTools {
        memory: world.register.connection(),
        store: &world.register,
        reports: None,
        shelf: &mut world.shelf,
        patience: &mut world.patience,
    };
    let seen = PassInput { reviews: &forge, ..PassInput::alone(&snapshot, world.now, moment) };
    let decided = prepare_pass(&mut tools, seen, &Scope::Whole).unwrap();
    let carried = carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    assert!(carried.failed.is_empty(), "{:?}", carried.failed);
    decided
}
