//! The branch that the program follows. It is a real repository, written without starting `git`.

use std::collections::BTreeMap;

use portvakt_sources::Branch;

use super::{Tree, World};

impl World {
    pub(super) fn branch(&self) -> Branch {
        Branch {
            root: self.dir.path().join("branch.git"),
            inside: String::new(),
            reference: Some("refs/heads/main".to_owned()),
        }
    }

    pub(super) fn commit(&mut self, tree: &Tree) {
        use gix::objs::tree::{Entry, EntryKind};
        let git = self.git.as_ref().unwrap();
        // Folders are written from the deepest up.
        let mut folders: BTreeMap<String, BTreeMap<String, (EntryKind, gix::ObjectId)>> = BTreeMap::new();
        for (path, bytes) in tree {
            let id = *self
                .blobs
                .entry(bytes.clone())
                .or_insert_with(|| git.write_blob(bytes.as_slice()).unwrap().detach());
            let (folder, name) = path.rsplit_once('/').unwrap();
            folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), (EntryKind::Blob, id));
        }
        let mut top = BTreeMap::new();
        while let Some((folder, names)) = folders.pop_last() {
            let mut entries: Vec<Entry> = names
                .into_iter()
                .map(|(name, (kind, oid))| Entry { mode: kind.into(), filename: name.into(), oid })
                .collect();
            entries.sort();
            let id = git.write_object(&gix::objs::Tree { entries }).unwrap().detach();
            match folder.rsplit_once('/') {
                Some((above, name)) => {
                    folders
                        .entry(above.to_owned())
                        .or_default()
                        .insert(name.to_owned(), (EntryKind::Tree, id));
                }
                None => {
                    top.insert(folder, (EntryKind::Tree, id));
                }
            }
        }
        let mut entries: Vec<Entry> = top
            .into_iter()
            .map(|(name, (kind, oid))| Entry { mode: kind.into(), filename: name.into(), oid })
            .collect();
        entries.sort();
        let tree = git.write_object(&gix::objs::Tree { entries }).unwrap().detach();
        let who = gix::actor::Signature {
            name: "Lab".into(),
            email: "lab@register.example".into(),
            time: gix::date::Time::new(1_700_000_000, 0),
        };
        let commit = gix::objs::Commit {
            tree,
            parents: self.tip.into_iter().collect(),
            author: who.clone(),
            committer: who,
            encoding: None,
            message: "a change".into(),
            extra_headers: Vec::new(),
        };
        let id = git.write_object(&commit).unwrap().detach();
        self.tip = Some(id);
        let place = self.dir.path().join("branch.git/refs/heads");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("main"), format!("{id}\n")).unwrap();
    }
}
