//! Finds where two scans differ. One path is enough. People are shown it if the tree does not come to rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::tree::{REQUESTS, REVIEWS};

use super::Scan;
use super::folder::ScannedFolder;

impl Scan {
    /// Returns the first path at which two scans differ.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let tops = ["the root", "desired-state", "policies"];
        if let Some((path, _)) =
            tops.iter().zip(self.tops.iter().zip(&other.tops)).find(|(_, (ours, theirs))| ours != theirs)
        {
            return Some((*path).to_owned());
        }
        let (ours, theirs): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (self.settings.files().collect(), other.settings.files().collect());
        if let Some(path) = ours.keys().chain(theirs.keys()).find(|path| ours.get(*path) != theirs.get(*path))
        {
            return Some(path.to_string());
        }
        if self.policies != other.policies {
            let ours = self.policies.iter().find(|(path, bytes)| other.policies.get(*path) != Some(bytes));
            return Some(ours.map_or_else(|| "policies".to_owned(), |(path, _)| path.to_string()));
        }
        if self.odd != other.odd {
            let one = self.odd.iter().find(|odd| !other.odd.contains(odd));
            let odd = one.or_else(|| other.odd.iter().find(|odd| !self.odd.contains(odd)));
            return odd.map(|odd| odd.path.clone());
        }
        if self.reviews != other.reviews {
            let (ours, theirs) = (&self.reviews.files, &other.reviews.files);
            let mut paths = ours.keys().chain(theirs.keys());
            let differs = paths.find(|path| ours.get(*path) != theirs.get(*path));
            return Some(differs.map_or_else(|| REVIEWS.to_owned(), ToString::to_string));
        }
        if self.requests != other.requests {
            let (ours, theirs) = (&self.requests.files, &other.requests.files);
            let mut paths = ours.keys().chain(theirs.keys());
            let differs = paths.find(|path| ours.get(*path) != theirs.get(*path));
            return Some(differs.map_or_else(|| REQUESTS.to_owned(), ToString::to_string));
        }
        for name in self.folders.keys().chain(other.folders.keys()) {
            let (Some(ours), Some(theirs)) = (self.folders.get(name), other.folders.get(name)) else {
                return Some(format!("desired-state/{name}"));
            };
            if Arc::ptr_eq(ours, theirs) {
                continue;
            }
            if ours.ident != theirs.ident {
                return Some(format!("desired-state/{name}"));
            }
            let lone = |one: &ScannedFolder, two: &ScannedFolder| {
                one.files()
                    .find(|entry| !two.find(&entry.file.name).is_some_and(|same| entry.agrees(same)))
                    .map(|entry| format!("desired-state/{name}/{}", entry.file.name))
            };
            if let Some(path) = lone(ours, theirs).or_else(|| lone(theirs, ours)) {
                return Some(path);
            }
        }
        None
    }
}
