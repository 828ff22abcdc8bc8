//! Shows a tree to the program: as files of a side, or as the next commit of the branch.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_core::model::FilePath;

use super::{Mode, Tree, World};

/// A folder with a copy of the tree.
pub(super) struct Side {
    pub(super) root: PathBuf,
    pub(super) shown: Tree,
}

impl World {
    /// Shows a tree on the active side, or as the next commit of the branch. A watcher notes the written files.
    pub fn show(&mut self, tree: &Tree) {
        if self.mode == Mode::Git {
            self.commit(tree);
        } else {
            let written = write(&mut self.sides[self.active], tree);
            self.written.extend(written);
        }
    }

    /// The copy of the side that does not lead.
    pub fn bring_up_to_date(&mut self, tree: &Tree) {
        for (number, side) in self.sides.iter_mut().enumerate() {
            let written = write(side, tree);
            if number == self.active {
                self.written.extend(written);
            }
        }
    }

    /// Shows a tree in which these folders are not in their place, or have another one there. Of a folder that was moved in,
    /// the watcher notes the folder and none of its files.
    pub fn show_moved(&mut self, tree: &Tree, folders: BTreeSet<String>) {
        let before = std::mem::take(&mut self.written);
        self.show(tree);
        for folder in self.moved.symmetric_difference(&folders) {
            let below = format!("{folder}/");
            self.written.retain(|path| !path.as_str().starts_with(&below));
            if tree.keys().any(|path| path.starts_with(&below)) {
                self.written.insert(FilePath::new(folder));
            }
        }
        self.moved = folders;
        self.written.extend(before);
    }

    /// Returns whether the active side shows this content.
    pub fn shows(&self, path: &str, bytes: &[u8]) -> bool {
        self.mode == Mode::Git || self.sides[self.active].shown.get(path).is_some_and(|shown| shown == bytes)
    }
}

/// Makes a folder show a tree, without touching files that are already right. Returns the files that it wrote.
fn write(side: &mut Side, tree: &Tree) -> BTreeSet<FilePath> {
    let gone: Vec<String> = side.shown.keys().filter(|path| !tree.contains_key(*path)).cloned().collect();
    for path in gone {
        side.shown.remove(&path);
        let place = side.root.join(path);
        std::fs::remove_file(&place).unwrap();
        // A folder without files is gone too.
        let above = place.ancestors().skip(1).take_while(|above| *above != side.root);
        above.map(std::fs::remove_dir).take_while(Result::is_ok).for_each(drop);
    }
    let mut written = BTreeSet::new();
    for (path, bytes) in tree {
        if side.shown.get(path) == Some(bytes) {
            continue;
        }
        let place = side.root.join(path);
        if place.is_dir() {
            std::fs::remove_dir_all(&place).unwrap();
        }
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, bytes).unwrap();
        side.shown.insert(path.clone(), bytes.clone());
        written.insert(FilePath::new(path));
    }
    written
}
