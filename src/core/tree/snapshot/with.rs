//! A snapshot with some changed or removed files of people, which somebody wants to propose. It is judged before any
//! byte of it is written. A snapshot can also get the settings and the policies of another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Digest, FilePath};

use super::super::folder::{Folder, FolderFile, parts_of};
use super::super::lists::{InListFolder, list_file};
use super::super::names::REQUESTS;
use super::super::settings::REGISTER;
use super::Snapshot;

impl Snapshot {
    /// This snapshot with other bytes of these person files and signature files, of the lists of `requests`, or of
    /// `register.yaml`. `None` takes a file away. Any other path is left out.
    #[must_use]
    pub fn with(&self, changes: &BTreeMap<FilePath, Option<Arc<[u8]>>>) -> Self {
        let mut parts = self.0.parts.clone();
        for (path, bytes) in changes {
            if path.as_str() == REGISTER {
                parts.settings.register = bytes.clone().unwrap_or_default();
            }
            let list = path.as_str().strip_prefix(REQUESTS).and_then(|rest| rest.strip_prefix('/'));
            if list.is_some_and(|name| {
                !name.contains('/') && matches!(list_file(name.as_bytes()), InListFolder::Belongs(_))
            }) {
                match bytes {
                    None => drop(parts.requests.files.remove(path)),
                    Some(bytes) => drop(parts.requests.files.insert(path.clone(), Arc::clone(bytes))),
                }
                continue;
            }
            let Some((folder, name)) = parts_of(path) else { continue };
            let was = parts.folders.get(folder);
            let mut files: Vec<FolderFile> = was.map(|was| was.files.clone()).unwrap_or_default();
            files.retain(|entry| *entry.name != *name);
            match bytes {
                None => {
                    parts.read.remove(path);
                }
                Some(bytes) => {
                    let digest = *Digest::of(bytes).as_bytes();
                    let at = files.partition_point(|entry| *entry.name < *name);
                    files.insert(at, FolderFile { name: name.into(), digest });
                    parts.read.insert(path.clone(), Arc::clone(bytes));
                }
            }
            parts.folders.insert(folder.into(), Arc::new(Folder::new(files)));
        }
        Self::seal(parts)
    }

    /// This snapshot with the settings and the policies of another one. The files of the people and the lists stay.
    #[must_use]
    pub fn with_settings_of(&self, other: &Self) -> Self {
        let mut parts = self.0.parts.clone();
        let theirs = &other.0.parts;
        parts.settings.clone_from(&theirs.settings);
        parts.policies.clone_from(&theirs.policies);
        parts.odd.retain(|odd| !odd.hides_a_policy());
        parts.odd.extend(theirs.odd.iter().filter(|odd| odd.hides_a_policy()).cloned());
        Self::seal(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Snapshot {
        Snapshot::of(
            files.iter().map(|(path, text)| (FilePath::new(path), text.as_bytes().to_vec())).collect(),
        )
    }

    /// The snapshot that is judged before the writing equals the one that is read afterwards.
    #[test]
    fn a_snapshot_with_changes_is_the_snapshot_of_the_changed_files() {
        let before = tree(&[
            ("desired-state/register.yaml", "register: x\n"),
            ("policies/a.cedar", "permit(principal, action, resource);"),
            ("desired-state/hf/b.b.yaml", "b"),
            ("desired-state/hf/b.b.yaml.sig", "signed"),
            ("desired-state/other/c.c.yaml", "c"),
            ("requests/hf.yaml", "old"),
            ("requests/hf.yaml.sig", "seal"),
        ]);
        let path = FilePath::new;
        let bytes = |text: &str| Some(Arc::<[u8]>::from(text.as_bytes()));
        let changes = BTreeMap::from([
            (path("desired-state/hf/b.b.yaml"), bytes("b2")),
            (path("desired-state/hf/a.a.yaml"), bytes("a")),
            (path("desired-state/new/d.d.yaml"), bytes("d")),
            (path("desired-state/other/c.c.yaml"), None),
            (path("requests/hf.yaml"), bytes("new")),
            (path("requests/hf.yaml.sig"), None),
        ]);
        let after = before.with(&changes);
        let expected = tree(&[
            ("desired-state/register.yaml", "register: x\n"),
            ("policies/a.cedar", "permit(principal, action, resource);"),
            ("desired-state/hf/a.a.yaml", "a"),
            ("desired-state/hf/b.b.yaml", "b2"),
            ("desired-state/hf/b.b.yaml.sig", "signed"),
            ("desired-state/new/d.d.yaml", "d"),
            ("requests/hf.yaml", "new"),
        ]);
        assert_eq!(after.requests(), expected.requests());
        assert_eq!(after.digest(), expected.digest());
        assert_eq!(after.read(), expected.read());
        assert_ne!(after.digest(), before.digest());
    }

    #[test]
    fn the_settings_of_another_snapshot_come_without_its_people() {
        let policy = ("policies/a.cedar", "permit(principal, action, resource);");
        let register = ("desired-state/register.yaml", "register: x\n");
        let person = ("desired-state/hf/b.b.yaml", "b");
        let wrong =
            [("desired-state/register.yaml", "registerr: x\n"), ("policies/a.cedar", "permitt"), person];
        let settings = [register, policy, ("desired-state/allowed_signers", "key")];
        let other = [&settings[..], &[("desired-state/hf/c.c.yaml", "c")]].concat();
        let expected = [&settings[..], &[person]].concat();
        assert_eq!(tree(&wrong).with_settings_of(&tree(&other)).digest(), tree(&expected).digest());
    }
}
