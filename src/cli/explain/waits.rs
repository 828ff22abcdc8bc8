//! Tells what waits of a person's files because changes in their whole folder wait.

use portvakt_core::change::Base;
use portvakt_core::diag::Finding;
use portvakt_core::model::{FilePath, PersonId, TrustId};

use crate::cli::planned::Planned;

/// Returns the findings about something odd in the folders of a person's files, if it holds a change of such a file or
/// hides the file. A file that is gone from such a folder is withheld under a digest of its own.
pub(super) fn in_held_folders(planned: &Planned, base: &Base, ids: &[&PersonId]) -> Vec<Finding> {
    let held = &planned.decided.unsettled.held_files;
    let mut told = Vec::new();
    for (folder, odd) in held {
        let Some(trust) = trust_of_folder(folder) else { continue };
        let hides_all = odd.iter().any(|one| one.place.as_ref().is_some_and(|place| place.file == *folder));
        for id in ids.iter().filter(|id| has_access_at(base, id, &trust)) {
            let file = FilePath::of_person(&trust, id);
            if hides_all || held.contains_key(&file) {
                told.extend(odd.iter().cloned());
            }
        }
    }
    told
}

/// Returns the trust of a folder in `desired-state`. A file in such a folder has none.
fn trust_of_folder(path: &FilePath) -> Option<TrustId> {
    path.as_str().strip_prefix("desired-state/").and_then(|name| TrustId::new(name).ok())
}

fn has_access_at(base: &Base, person: &PersonId, trust: &TrustId) -> bool {
    base.people.get(person).is_some_and(|known| known.at(trust).any(|(_, standing)| standing.ended.is_none()))
}
