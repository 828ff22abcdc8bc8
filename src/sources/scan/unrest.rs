//! Finds the parts of the tree in which two scans differ. A program may write without a pause into a trust's folder,
//! into a list of a review, into a list of rejected applications or into a case of the policies. Then only that part
//! waits, and the changes of all others take effect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portvakt_core::model::FilePath;
use portvakt_core::tree::{ATTRIBUTES, ListFiles, Odd, Oddity, is_attributes_elsewhere};

use super::super::policy_tree::CASES;
use super::Scan;

/// The parts that were seen to differ between scans of one take.
#[derive(Debug, Default)]
pub(in super::super) struct Unrest {
    /// The folders of trusts.
    folders: BTreeSet<Box<str>>,
    reviews: RestlessLists,
    requests: RestlessLists,
    /// The files in `policies` that decide nothing, such as the cases.
    beside_policies: BTreeSet<String>,
}

/// The lists of one folder that were seen to differ.
#[derive(Debug, Default)]
struct RestlessLists {
    /// The lists, each with all lines that were read of it.
    lists: BTreeMap<FilePath, BTreeSet<Box<[u8]>>>,
    /// The odd paths that come and go, as text.
    odd: BTreeSet<String>,
}

impl Unrest {
    /// Adds everything in which two scans differ and that can be held alone. Returns whether they agree everywhere else.
    pub(in super::super) fn notice(&mut self, one: &Scan, two: &Scan) -> bool {
        let mut elsewhere = one.tops == two.tops && one.settings == two.settings;
        self.reviews.notice(&one.reviews, &two.reviews);
        self.requests.notice(&one.requests, &two.requests);
        for (ours, theirs) in [(one, two), (two, one)] {
            for (path, _) in
                ours.policies.iter().filter(|(path, bytes)| theirs.policies.get(*path) != Some(*bytes))
            {
                elsewhere &= self.notice_in_policies(path.as_str());
            }
            for (name, folder) in &ours.folders {
                if !theirs.folders.get(name).is_some_and(|there| folder.agrees(there)) {
                    self.folders.insert(name.clone());
                }
            }
            if ours.odd == theirs.odd {
                continue;
            }
            for odd in ours.odd.iter().filter(|odd| !theirs.odd.contains(odd)) {
                match &odd.folder {
                    Some(folder) => {
                        self.folders.insert(folder.clone());
                    }
                    None => elsewhere &= self.notice_in_policies(&odd.path),
                }
            }
        }
        elsewhere
    }

    /// Adds a path in which two scans differ, if it decides nothing. Returns whether it does not.
    fn notice_in_policies(&mut self, path: &str) -> bool {
        let is_beside = is_beside_the_policies(path);
        if is_beside {
            self.beside_policies.insert(path.to_owned());
        }
        is_beside
    }

    /// Marks as odd the parts that never came to rest. New content there waits. No file of such a folder counts as
    /// absent meanwhile. The last content that was read of a folder stays, so that a revocation in it acts. A list
    /// stays as it was in the scan that was taken `before`.
    pub(in super::super) fn hold(self, scan: &mut Scan, before: &Scan, scans: u32) {
        for folder in self.folders {
            let (path, what) = (format!("desired-state/{folder}"), Oddity::Restless { scans });
            match scan.odd.iter_mut().find(|odd| odd.path == path) {
                Some(odd) => odd.what = what,
                None => scan.odd.push(Odd::unread(path, Some(&*folder), what)),
            }
        }
        for path in self.beside_policies {
            scan.odd.retain(|odd| odd.path != path);
            scan.odd.push(Odd::unread(path, None, Oddity::Restless { scans }));
        }
        scan.odd.sort();
        self.reviews.hold(&mut scan.reviews, &before.reviews, scans);
        self.requests.hold(&mut scan.requests, &before.requests, scans);
    }
}

impl RestlessLists {
    fn notice(&mut self, one: &ListFiles, two: &ListFiles) {
        for (ours, theirs) in [(one, two), (two, one)] {
            for (path, bytes) in &ours.files {
                if theirs.files.get(path) != Some(bytes) {
                    self.lists.entry(path.signed()).or_default().extend(list_lines(path, bytes));
                }
            }
            let comes_and_goes = ours.odd.iter().filter(|odd| !theirs.odd.contains(odd));
            self.odd.extend(comes_and_goes.map(|odd| odd.path.clone()));
        }
    }

    /// Puts the lists back as they were `before`, each marked with everything that was read of it since.
    fn hold(mut self, now: &mut ListFiles, before: &ListFiles, scans: u32) {
        for path in now.files.keys().chain(before.files.keys()) {
            // The same path may be something odd in one scan and a list in another one. A folder above it may change
            // in the same way.
            let is_hidden = |odd: &String| {
                let below = path.as_str().strip_prefix(odd.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if self.odd.iter().any(is_hidden) {
                self.lists.entry(path.signed()).or_default();
            }
        }
        for (list, mut read) in self.lists {
            for bytes in [now.files.get(&list), before.files.get(&list)].into_iter().flatten() {
                read.extend(list_lines(&list, bytes));
            }
            for path in [list.clone(), list.signatures()] {
                match before.files.get(&path) {
                    Some(bytes) => drop(now.files.insert(path, Arc::clone(bytes))),
                    None => drop(now.files.remove(&path)),
                }
            }
            now.odd.retain(|odd| odd.path != list.as_str());
            now.odd.push(Odd::unread(list.to_string(), None, Oddity::Restless { scans }));
            let read: Vec<Box<[u8]>> = read.into_iter().collect();
            now.restless.insert(list, read.join(&b'\n').into());
        }
        now.odd.sort();
    }
}

/// Returns whether a path in `policies` decides nothing: a case, or the page for readers. The names that a checkout obeys
/// (`.gitattributes`) are part of the settings.
fn is_beside_the_policies(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_obeyed = name == ATTRIBUTES || is_attributes_elsewhere(name.as_bytes());
    let is_case = path.strip_prefix(CASES).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !is_obeyed && (is_case || path == "policies/README.md")
}

/// Returns the lines of a list. Signatures have none, because they contain no number of an application.
fn list_lines(path: &FilePath, bytes: &[u8]) -> Vec<Box<[u8]>> {
    if path.as_str().ends_with(".sig") {
        return Vec::new();
    }
    bytes.split(|byte| *byte == b'\n').map(Box::from).collect()
}
