//! Finds the statements of lists that were taken out and put back. A statement that counted is remembered while it is in its
//! list, but only until it is taken out. With signatures as evidence its signature comes back with it. With the forge as
//! evidence nothing in the file does, so it counts again only if the request that put it back was approved.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Rules;
use crate::model::{Digest, FilePath, Hasher, Register};
use crate::parse;
use crate::tree::ListFolder;

use super::known::PutBack;
use super::served::statements_of_list;
use super::sought::{ListVersion, ListVersions};

/// The statements that were put back in the lists of a branch. A list is read again only if the branch has changed it.
#[derive(Debug, Default, Clone)]
pub struct PutBackInLists {
    settings: Option<Digest>,
    /// What was put back in each list, up to this commit.
    known: BTreeMap<FilePath, (String, PutBack)>,
}

impl PutBackInLists {
    /// Returns the statements that the branch has had, then not, and now has again.
    pub fn of(&mut self, folders: &[(ListFolder, ListVersions)], rules: &Rules) -> PutBack {
        if self.settings != Some(rules.settings_digest) {
            self.known.clear();
            self.settings = Some(rules.settings_digest);
        }
        let mut before = std::mem::take(&mut self.known);
        let mut all = PutBack::new();
        for (folder, lists) in folders {
            for (path, versions) in lists {
                let Some(newest) = versions.first() else { continue };
                let known = before.remove(path).filter(|(commit, _)| *commit == newest.commit);
                let (_, found) = known.unwrap_or_else(|| {
                    (newest.commit.clone(), put_back_in(*folder, path, versions, &rules.register))
                });
                all.extend(found.iter().map(|(statement, mark)| (*statement, *mark)));
                self.known.insert(path.clone(), (newest.commit.clone(), found));
            }
        }
        all
    }
}

/// Returns the statements that were put back in one list. `versions` are those of the branch, newest first.
fn put_back_in(
    folder: ListFolder,
    path: &FilePath,
    versions: &[ListVersion],
    register: &Register,
) -> PutBack {
    let said: Vec<(&str, BTreeSet<Digest>)> = versions
        .iter()
        .filter_map(|version| {
            let Some(bytes) = &version.bytes else { return Some((&*version.commit, BTreeSet::new())) };
            // A slip takes nothing out, so a version that cannot be read is passed over.
            let is_read = match folder {
                ListFolder::Requests => parse::rejections(path, bytes, register).is_ok(),
                ListFolder::Reviews => parse::review(path, bytes, register).is_ok(),
            };
            is_read.then(|| (&*version.commit, statements_of_list(folder, path, bytes, register)))
        })
        .collect();
    let mut found = PutBack::new();
    for statement in said.first().into_iter().flat_map(|(_, newest)| newest) {
        let has_it = |(_, said): &&(&str, BTreeSet<Digest>)| said.contains(statement);
        let (since, earlier) = said.split_at(said.iter().take_while(has_it).count());
        if let (Some((commit, _)), true) = (since.last(), earlier.iter().any(|one| has_it(&one))) {
            let mut hasher = Hasher::new("portvakt put back 1");
            hasher.part(statement.as_bytes()).part(commit.as_bytes());
            found.insert(*statement, hasher.finish());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "requests/ahus.yaml";
    const NONE: &str = "rejected: []\n";
    const ONE: &str = "rejected:\n  - {request: REQ-1, on: 2026-11-23, by: lars.demostad, reason: no need}\n";
    const TWO: &str = "  - {request: REQ-2, on: 2026-11-24, by: bjorn.lederesen, reason: no need}\n";

    fn put_back(oldest_first: &[Option<&str>]) -> PutBack {
        let text = include_bytes!("../../../desired-state/register.yaml");
        let register = parse::register(&FilePath::new("desired-state/register.yaml"), text).unwrap();
        let versions = oldest_first.iter().enumerate().rev().map(|(at, text)| ListVersion {
            commit: at.to_string(),
            bytes: text.map(|text| text.as_bytes().into()),
        });
        let versions: Vec<ListVersion> = versions.collect();
        put_back_in(ListFolder::Requests, &FilePath::new(LIST), &versions, &register)
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
}
