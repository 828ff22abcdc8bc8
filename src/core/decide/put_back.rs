//! Finds the statements of lists that were taken out and put back. A statement that counted is remembered while it is in its
//! list, but only until it is taken out. With signatures as evidence its signature comes back with it. With the forge as
//! evidence nothing in the file does, so it counts again only if the request that put it back was approved.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Rules;
use crate::model::{Digest, FilePath, Hasher, Register};
use crate::parse;
use crate::tree::{ListFolder, Snapshot};

use super::known::PutBack;
use super::served::statements_of_list;
use super::sought::{ListVersion, Reviews};

/// The statements that were put back in the lists of a branch. A pass reads only the commits that came since the last one.
#[derive(Debug, Default, Clone)]
pub struct PutBackInLists {
    settings: Option<Digest>,
    folders: BTreeMap<ListFolder, FollowedLists>,
}

/// The lists of a folder, up to a commit of the branch.
#[derive(Debug, Default, Clone)]
struct FollowedLists {
    tip: Option<String>,
    lists: BTreeMap<FilePath, FollowedList>,
}

/// What one list has said so far.
#[derive(Debug, Default, Clone)]
struct FollowedList {
    ever: BTreeSet<Digest>,
    now: BTreeSet<Digest>,
    put_back: PutBack,
}

impl PutBackInLists {
    /// Returns the statements that the branch has had, then not, and now has again. If the branch cannot be read, what gives
    /// less counts: a rejection counts as before, and each statement of a review may be one that was put back.
    pub fn of(&mut self, tree: &Snapshot, reviews: &dyn Reviews, rules: &Rules) -> PutBack {
        if self.settings != Some(rules.settings_digest) {
            self.folders.clear();
            self.settings = Some(rules.settings_digest);
        }
        let register = &rules.register;
        let mut all = PutBack::new();
        for (folder, files) in
            [(ListFolder::Requests, tree.requests()), (ListFolder::Reviews, tree.reviews())]
        {
            if files.is_empty() {
                continue;
            }
            let is_read = self.follow(folder, reviews, register);
            if is_read || folder == ListFolder::Requests {
                let lists = self.folders.get(&folder).into_iter().flat_map(|known| known.lists.values());
                all.extend(
                    lists.flat_map(|list| &list.put_back).map(|(statement, mark)| (*statement, *mark)),
                );
            } else {
                let said =
                    files.lists().map(|(path, bytes)| statements_of_list(folder, path, bytes, register));
                all.extend(said.flatten().map(|statement| (statement, remembered_as(&statement, "unknown"))));
            }
        }
        all
    }

    /// Reads a folder on to the tip of the branch. It returns whether the branch could be read.
    fn follow(&mut self, folder: ListFolder, reviews: &dyn Reviews, register: &Register) -> bool {
        let known = self.folders.entry(folder).or_default();
        let Some(history) = reviews.list_history(folder, known.tip.as_deref()) else { return false };
        if history.tip.is_some() {
            if !history.goes_on {
                known.lists.clear();
            }
            // What could not be read may be there later, so the next pass reads the branch anew.
            known.tip = history.tip.filter(|_| !history.has_gaps);
        }
        for (path, versions) in &history.lists {
            let list = known.lists.entry(path.clone()).or_default();
            versions.iter().rev().for_each(|version| list.follow((folder, path), version, register));
        }
        true
    }
}

impl FollowedList {
    /// Goes on to the next version of the list.
    fn follow(
        &mut self,
        (folder, path): (ListFolder, &FilePath),
        version: &ListVersion,
        register: &Register,
    ) {
        let said = match &version.bytes {
            None => BTreeSet::new(),
            Some(bytes) => {
                // A slip takes nothing out, so a version that cannot be read is passed over.
                let is_read = match folder {
                    ListFolder::Requests => parse::rejections(path, bytes, register).is_ok(),
                    ListFolder::Reviews => parse::review(path, bytes, register).is_ok(),
                };
                if !is_read {
                    return;
                }
                statements_of_list(folder, path, bytes, register)
            }
        };
        self.put_back.retain(|statement, _| said.contains(statement));
        for statement in said.difference(&self.now).filter(|statement| self.ever.contains(*statement)) {
            self.put_back.insert(*statement, remembered_as(statement, &version.commit));
        }
        self.ever.extend(said.iter().copied());
        self.now = said;
    }
}

/// Returns the digest by which the return of a statement is remembered. It names the commit that put the statement back.
fn remembered_as(statement: &Digest, commit: &str) -> Digest {
    let mut hasher = Hasher::new("portvakt put back 1");
    hasher.part(statement.as_bytes()).part(commit.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::{ListHistory, ListVersions};
    use crate::model::ReviewedChange;

    const LIST: &str = "requests/ahus.yaml";
    const NONE: &str = "rejected: []\n";
    const ONE: &str = "rejected:\n  - {request: REQ-1, on: 2026-11-23, by: lars.demostad, reason: no need}\n";
    const TWO: &str = "  - {request: REQ-2, on: 2026-11-24, by: bjorn.lederesen, reason: no need}\n";

    /// A branch whose only list has had these versions, the oldest first. Commits are numbers. One version may be lost.
    #[derive(Debug)]
    struct ListBranch<'t> {
        versions: &'t [Option<&'t str>],
        can_be_read: bool,
        lost: Option<usize>,
    }

    impl Reviews for ListBranch<'_> {
        fn of(&self, _: &FilePath) -> Vec<ReviewedChange> {
            Vec::new()
        }

        fn list_history(&self, folder: ListFolder, known: Option<&str>) -> Option<ListHistory> {
            if folder != ListFolder::Requests {
                return Some(ListHistory::default());
            }
            let after = known.map(|known| known.parse::<usize>().unwrap() + 1);
            let after = after.filter(|after| *after <= self.versions.len());
            let from = after.unwrap_or(0);
            let versions = self.versions.iter().enumerate().skip(from).rev();
            let versions = versions.filter(|(at, _)| Some(*at) != self.lost).map(|(at, text)| ListVersion {
                commit: at.to_string(),
                bytes: text.map(|text| text.as_bytes().into()),
            });
            let lists = ListVersions::from([(FilePath::new(LIST), versions.collect())]);
            let tip = Some((self.versions.len() - 1).to_string());
            let has_gaps = self.lost.is_some_and(|lost| lost >= from);
            self.can_be_read.then_some(ListHistory { tip, goes_on: after.is_some(), has_gaps, lists })
        }
    }

    fn register() -> Register {
        let text = include_bytes!("../../../desired-state/register.yaml");
        parse::register(&FilePath::new("desired-state/register.yaml"), text).unwrap()
    }

    fn whole<'t>(versions: &'t [Option<&'t str>]) -> ListBranch<'t> {
        ListBranch { versions, can_be_read: true, lost: None }
    }

    fn found(lists: &PutBackInLists) -> PutBack {
        lists.folders[&ListFolder::Requests].lists[&FilePath::new(LIST)].put_back.clone()
    }

    fn put_back(oldest_first: &[Option<&str>]) -> PutBack {
        let register = register();
        let (mut at_once, mut one_by_one) = (PutBackInLists::default(), PutBackInLists::default());
        assert!(at_once.follow(ListFolder::Requests, &whole(oldest_first), &register));
        for count in 1..=oldest_first.len() {
            assert!(one_by_one.follow(ListFolder::Requests, &whole(&oldest_first[..count]), &register));
        }
        assert_eq!(found(&at_once), found(&one_by_one));
        // What is known stays if the branch cannot be read for a while.
        let unread = ListBranch { can_be_read: false, ..whole(oldest_first) };
        assert!(!one_by_one.follow(ListFolder::Requests, &unread, &register));
        assert_eq!(found(&at_once), found(&one_by_one));
        found(&at_once)
    }

    #[test]
    fn what_was_taken_out_and_put_back_is_known_by_the_commit_that_put_it_back() {
        let both = format!("{ONE}{TWO}");
        let both = both.as_str();
        for never in [
            &[Some(ONE)][..],
            &[None, Some(ONE), Some(both)],
            &[Some(both), Some(ONE)],
            &[Some(ONE), Some(NONE)],
            // A slip, and its correction.
            &[Some(ONE), Some("rejected: ["), Some(ONE)],
        ] {
            assert_eq!(put_back(never), PutBack::new(), "{never:?}");
        }
        let once = put_back(&[Some(ONE), Some(NONE), Some(ONE)]);
        assert_eq!(once.len(), 1);
        // Changes of other entries are no other return.
        assert_eq!(put_back(&[Some(ONE), None, Some(ONE), Some("rejected: ["), Some(both)]), once);
        let twice = put_back(&[Some(ONE), Some(NONE), Some(ONE), Some(NONE), Some(ONE)]);
        assert_eq!(twice.keys().collect::<Vec<_>>(), once.keys().collect::<Vec<_>>());
        assert_ne!(twice, once);
        // Of two entries, one was put back.
        assert_eq!(put_back(&[Some(ONE), Some(NONE), Some(both)]), once);
    }

    #[test]
    fn a_branch_that_was_rewritten_is_read_from_its_beginning() {
        let register = register();
        let mut lists = PutBackInLists::default();
        let there_and_back = [Some(ONE), Some(NONE), Some(ONE)];
        assert!(lists.follow(ListFolder::Requests, &whole(&there_and_back), &register));
        assert_eq!(found(&lists).len(), 1);
        // The new branch does not have the commit that was known, and nothing was taken out along it.
        assert!(lists.follow(ListFolder::Requests, &whole(&[Some(ONE)]), &register));
        assert_eq!(found(&lists), PutBack::new());
    }

    #[test]
    fn a_version_that_is_lost_takes_nothing_out_and_is_read_when_it_is_there_again() {
        let register = register();
        let mut lists = PutBackInLists::default();
        let versions = [Some(ONE), Some(NONE), Some(ONE)];
        for _ in 0..2 {
            let lost = ListBranch { lost: Some(1), ..whole(&versions) };
            assert!(lists.follow(ListFolder::Requests, &lost, &register));
            assert_eq!(found(&lists), PutBack::new());
        }
        assert!(lists.follow(ListFolder::Requests, &whole(&versions), &register));
        assert_eq!(found(&lists), put_back(&versions));
        assert_eq!(found(&lists).len(), 1);
    }
}
