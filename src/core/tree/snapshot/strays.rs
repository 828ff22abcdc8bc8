//! People's files that lie in the folders beside `desired-state`, or in the place of a settings file. Somebody may have
//! moved them there by a slip, so whoever judges what is missing must know them.

use std::sync::Arc;

use crate::model::FilePath;

use super::super::lines::person_line;
use super::super::odd::{Odd, Oddity};
use super::Snapshot;

impl Snapshot {
    /// What lies in `reviews`, `requests` or `policies`, or in the place of a settings file, and names a person by its
    /// name or at `person:`. With it comes what may hold such files in `reviews` or `requests`, or in their place, and
    /// was not read.
    #[must_use]
    pub fn strays(&self) -> Vec<Odd> {
        let lists = [self.reviews(), self.requests()];
        let noted = lists.into_iter().flat_map(|lists| &lists.odd);
        let noted =
            noted.filter(|odd| odd.may_hide_files() || odd.person.is_some() || has_name_of_a_person(odd));
        let in_lists = lists.into_iter().flat_map(|lists| &lists.files);
        let read = in_lists.chain(self.policies()).filter_map(|(path, bytes)| misplaced(path, bytes));
        let settings = self.settings().files().filter_map(|(path, bytes)| misplaced(&path, bytes));
        noted.cloned().chain(read).chain(settings).collect()
    }
}

/// A file that was read, as one in a wrong place, if it may be a person's file. It has a place in its folder, so it is
/// no archive that somebody put there. Signatures name nobody, so a file in their place that does is none.
fn misplaced(path: &FilePath, bytes: &Arc<[u8]>) -> Option<Odd> {
    let odd = Odd::unread(path.as_str().to_owned(), None, Oddity::Misplaced);
    let person = person_line(&String::from_utf8_lossy(bytes));
    let may_be_of_a_person = person.is_some() || has_name_of_a_person(&odd);
    may_be_of_a_person.then(|| Odd { person, bytes: Some(Arc::clone(bytes)), ..odd })
}

/// Whether the name of the file may be that of a person's file. A list has the name of a trust or of a quarter, and a
/// person's id has a dot between its names.
fn has_name_of_a_person(odd: &Odd) -> bool {
    odd.person_by_name().is_some_and(|person| person.as_str().contains('.'))
}
