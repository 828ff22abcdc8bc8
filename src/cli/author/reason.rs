//! Reads a reason that is kept for ever: the reason for a rejection, or for taking an access back. It may name nobody.

use std::collections::BTreeMap;

use portvakt_author::{KnownNames, Naming, naming, of_nobody};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::PersonId;

use super::{Work, meant};
use crate::cli::reasons;

/// The names that are searched for in a reason.
pub(super) struct NamesToLeaveOut {
    /// The words for the person whom the reason is about.
    subject: Text,
    /// The names of these people.
    subjects: Vec<String>,
    /// The ids and names of everybody else.
    people: Vec<(String, String)>,
}

impl NamesToLeaveOut {
    /// Collects all people of the files and their history, and `others`, who are in no file.
    pub(super) fn of(
        work: &Work<'_>,
        (subject, subjects): (Text, Vec<String>),
        others: impl Iterator<Item = String>,
    ) -> Self {
        let mut known: BTreeMap<PersonId, String> = work.former().one_name_each();
        known.extend(work.desk.names());
        let others = others.map(|name| (String::new(), name));
        let people = known.into_iter().map(|(id, name)| (id.to_string(), name)).chain(others).collect();
        Self { subject, subjects, people }
    }

    /// Returns the reason on one line, with a warning if a word of it may be a name.
    ///
    /// # Errors
    /// It is empty or names somebody.
    pub(super) fn read(&self, work: &Work<'_>, typed: &str) -> Result<(String, Option<Text>), Text> {
        let reason = meant::one_line(typed);
        if reason.is_empty() {
            return Err(text!(en: "Write why, in a few words.", nb: "Skriv hvorfor, med noen få ord."));
        }
        let subjects: Vec<&str> = self.subjects.iter().map(String::as_str).collect();
        let places = of_nobody(&work.desk.rules.register);
        let known = KnownNames { subjects: &subjects, people: &self.people, places: &places };
        match naming(&reason, &known) {
            Some(Naming::Subject) => Err(reasons::reason_names_person(&self.subject)),
            Some(Naming::Somebody(name)) => {
                Err(reasons::reason_names_person(&Text::same(portvakt_net::line(&name))))
            }
            Some(Naming::Perhaps(words)) => Ok((reason, Some(reasons::may_name(&words)))),
            None => Ok((reason, None)),
        }
    }
}
