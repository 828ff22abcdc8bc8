//! This module finds the files that differ between two commits, and their blobs. It walks both trees side by side and
//! does not open a folder that is the same on both sides. So a change of one file costs few requests in a tree of any
//! size. Folders are read one at a time, so the forge never has to shorten a list of a whole tree. If it shortens the
//! list of a single folder, that is an error.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::text;
use portvakt_core::model::ForgeKind;
use portvakt_core::tree::{ATTRIBUTES, TREES};

use super::folder::{Folder, FolderItem, FolderItemKind};
use super::wire::Pass;
use super::{ForgeError, github, gitlab};
use crate::error::FORGED_NAMES;

/// The deepest path, in levels of folders. This covers `desired-state/TRUST/…`, `policies/…` and some subfolders.
const MOST_DEPTH: usize = 8;

/// One changed file with its blobs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileChange {
    pub path: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

type Items = BTreeMap<String, FolderItem>;

fn folder_items(pass: &Pass<'_>, folder: Option<&Folder<'_>>) -> Result<Items, ForgeError> {
    let Some(folder) = folder else { return Ok(Items::new()) };
    let named = match pass.settings.kind {
        ForgeKind::GitHub => github::list(pass, folder)?,
        ForgeKind::GitLab => gitlab::list(pass, folder)?,
    };
    let (count, mut items) = (named.len(), Items::new());
    let mut forged = false;
    for (name, item) in named {
        forged |= name.is_empty() || name == "." || name == ".." || name.contains('/');
        items.insert(name, item);
    }
    if forged || items.len() != count {
        let source = FORGED_NAMES.into();
        return Err(ForgeError::Strange { url: folder.path.clone(), source });
    }
    Ok(items)
}

fn subfolder<'a>(folder: Option<&Folder<'a>>, name: &str, item: Option<&FolderItem>) -> Option<Folder<'a>> {
    let (folder, item) = (folder?, item.filter(|item| item.kind == FolderItemKind::Folder)?);
    let path = if folder.path.is_empty() { name.to_owned() } else { format!("{}/{name}", folder.path) };
    Some(Folder { commit: folder.commit, path, tree: Some(item.id.clone()) })
}

/// Finds the files below `desired-state`, `policies`, `requests` and `reviews`, and the `.gitattributes` beside them, that
/// differ between two commits. Their paths begin at the root of the tree, which is in the folder `inside` of the repository.
pub(super) fn changes(
    pass: &Pass<'_>,
    base: &str,
    head: &str,
    inside: &str,
) -> Result<Vec<FileChange>, ForgeError> {
    let mut old = Some(Folder { commit: base, path: String::new(), tree: None });
    let mut new = Some(Folder { commit: head, path: String::new(), tree: None });
    for part in inside.split('/').filter(|part| !part.is_empty()) {
        let (before, after) = (folder_items(pass, old.as_ref())?, folder_items(pass, new.as_ref())?);
        old = subfolder(old.as_ref(), part, before.get(part));
        new = subfolder(new.as_ref(), part, after.get(part));
    }
    let (before, after) = (folder_items(pass, old.as_ref())?, folder_items(pass, new.as_ref())?);
    let mut found = Vec::new();
    let blob = |item: Option<&FolderItem>| {
        item.filter(|item| item.kind == FolderItemKind::File).map(|item| item.id.clone())
    };
    let (gone, come) = (blob(before.get(ATTRIBUTES)), blob(after.get(ATTRIBUTES)));
    if gone != come {
        found.push(FileChange { path: ATTRIBUTES.to_owned(), old: gone, new: come });
    }
    for name in TREES {
        let (one, other) = (before.get(name), after.get(name));
        if one != other {
            let (one, other) = (subfolder(old.as_ref(), name, one), subfolder(new.as_ref(), name, other));
            compare_folders(pass, one.as_ref(), other.as_ref(), name, &mut found)?;
        }
    }
    Ok(found)
}

fn compare_folders(
    pass: &Pass<'_>,
    old: Option<&Folder<'_>>,
    new: Option<&Folder<'_>>,
    path: &str,
    found: &mut Vec<FileChange>,
) -> Result<(), ForgeError> {
    if path.split('/').count() > MOST_DEPTH {
        return Err(ForgeError::Endless {
            url: path.to_owned(),
            most: MOST_DEPTH as u32,
            what: text!(en: "levels of folders", nb: "nivåer med mapper"),
        });
    }
    let (before, after) = (folder_items(pass, old)?, folder_items(pass, new)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (one, other) = (before.get(name), after.get(name));
        let odd = |item: Option<&FolderItem>| item.is_some_and(|item| item.kind == FolderItemKind::Odd);
        if one == other || odd(one) || odd(other) {
            continue;
        }
        let path = format!("{path}/{name}");
        let blob = |item: Option<&FolderItem>| {
            item.filter(|item| item.kind == FolderItemKind::File).map(|item| item.id.clone())
        };
        let (gone, come) = (blob(one), blob(other));
        if gone != come {
            found.push(FileChange { path: path.clone(), old: gone, new: come });
        }
        let (one, other) = (subfolder(old, name, one), subfolder(new, name, other));
        if one.is_some() || other.is_some() {
            compare_folders(pass, one.as_ref(), other.as_ref(), &path, found)?;
        }
    }
    Ok(())
}
