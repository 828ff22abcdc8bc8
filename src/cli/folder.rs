//! Finds the folder with the files of a register, for a user in another folder, and tells how to get there.

use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::tree::REGISTER;

use crate::config::Global;

/// Returns whether the tree is to be read from this folder, and the folder has none.
pub(super) fn has_no_tree(global: &Global) -> bool {
    global.branch().is_none() && !global.root.join("desired-state").exists()
}

fn has_files(folder: &Path) -> bool {
    folder.join(REGISTER).is_file()
}

/// Returns the folder with the files, if it is above a folder that has none.
pub(super) fn above(root: &Path) -> Option<PathBuf> {
    let root = std::path::absolute(root).ok()?;
    if has_files(&root) {
        return None;
    }
    root.ancestors().skip(1).find(|folder| has_files(folder)).map(Path::to_path_buf)
}

/// Returns the folder with the files for a user in a folder without them. It is above that folder or directly below it.
/// If there are several below, nobody knows which is meant, so none is returned. A folder is not returned either if its
/// name cannot be shown as it is.
fn nearby(root: &Path) -> Option<PathBuf> {
    let root = std::path::absolute(root).ok()?;
    if has_files(&root) {
        return None;
    }
    let folder = match above(&root) {
        Some(above) => above,
        None => {
            let below = std::fs::read_dir(&root).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
            let mut with_files = below.filter(|folder| has_files(folder));
            with_files.next().filter(|_| with_files.next().is_none())?
        }
    };
    folder.to_str().is_some_and(|name| portvakt_net::line(name) == name).then_some(folder)
}

/// Returns the words for the way to the folder with the files, if it is near.
pub(super) fn way_there(root: &Path) -> Option<Text> {
    if root.join(".git/info/sparse-checkout").is_file() && !root.join("desired-state").exists() {
        return Some(text!(
            en: "This clone shows only some of its folders: `git sparse-checkout disable` shows them all.",
            nb: "Denne klonen viser bare noen av mappene sine: `git sparse-checkout disable` viser alle."
        ));
    }
    // A folder with a part of a tree is the right one, and its files are missing. Those of another tree are not meant.
    if ["desired-state", "policies"].iter().any(|part| root.join(part).is_dir()) {
        return None;
    }
    let folder = nearby(root)?;
    let folder = folder.display().to_string();
    let typed = if folder.contains(char::is_whitespace) { format!("\"{folder}\"") } else { folder };
    Some(text!(
        en: "The files are in another folder: go there with `cd {typed}`.",
        nb: "Filene ligger i en annen mappe: gå dit med `cd {typed}`."
    ))
}

/// Returns the finding for a task that is run in a folder without files.
pub(super) fn without_files(root: &Path) -> Finding {
    let place = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let place = place.display();
    let message = text!(
        en: "this folder, `{place}`, is not the one with the accesses: it has no `desired-state`",
        nb: "denne mappen, `{place}`, er ikke den med tilgangene: her er ingen `desired-state`"
    );
    Finding::new(Code::TreeMissing, message, way_there(root).unwrap_or_else(anywhere))
}

/// Returns the words for the case that no nearby folder has the files.
pub(super) fn anywhere() -> Text {
    text!(
        en: "Go to the folder that `portvakt join` made, or name it with `--root DIR`. There is none yet: make it with `portvakt join ADDRESS`.",
        nb: "Gå til mappen som `portvakt join` laget, eller oppgi den med `--root MAPPE`. Finnes den ikke ennå, lag den med `portvakt join ADRESSE`."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_above_and_directly_below() {
        let home = tempfile::tempdir().unwrap();
        let clone = home.path().join("tilganger");
        std::fs::create_dir_all(clone.join("desired-state/ahus")).unwrap();
        std::fs::write(clone.join(REGISTER), "").unwrap();
        std::fs::create_dir_all(home.path().join("other/deep")).unwrap();
        assert_eq!(nearby(&clone.join("desired-state/ahus")), Some(clone.clone()));
        assert_eq!(nearby(home.path()), Some(clone.clone()));
        assert_eq!(nearby(&clone), None, "it is here");
        assert_eq!(above(&clone.join("desired-state/ahus")), Some(clone.clone()));
        assert_eq!((above(&clone), above(home.path())), (None, None));
        assert_eq!(nearby(&home.path().join("other")), None);
        let way = way_there(home.path()).unwrap();
        assert!(way.en().contains(&format!("`cd {}`", clone.display())), "{way:?}");
        // A tree whose files are gone is not the wrong folder, even if it is below another tree.
        for part in ["desired-state", "policies"] {
            let within = clone.join("within").join(part);
            std::fs::create_dir_all(&within).unwrap();
            assert_eq!(way_there(&clone.join("within")), None, "{part}");
            std::fs::remove_dir(&within).unwrap();
        }
        assert!(way_there(&clone.join("within")).is_some());
        // If there are two, nobody knows which is meant.
        let second = home.path().join("second");
        std::fs::create_dir_all(second.join("desired-state")).unwrap();
        std::fs::write(second.join(REGISTER), "").unwrap();
        assert_eq!((nearby(home.path()), way_there(home.path())), (None, None));
        // A name that would turn the line around is not shown.
        let strange = home.path().join("other/a\u{202e}b/desired-state");
        std::fs::create_dir_all(&strange).unwrap();
        std::fs::write(strange.join("register.yaml"), "").unwrap();
        assert_eq!(nearby(&home.path().join("other")), None);
    }
}
