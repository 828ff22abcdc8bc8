//! Adds answers to a list that has changed in the meantime. Answering takes time, and another reviewer may have sent
//! answers, or made the list again, before the user's own answers are written.

use portvakt_core::diag::{Finding, text};
use portvakt_core::model::{FilePath, PersonId, Quarter, Review, ReviewRow, SettingRow, TrustId};

use super::list::ReviewDesk;
use crate::cli::clone::ListPlace;
use crate::cli::output;
use crate::config::Global;

/// The answers that were given to an earlier list and are not in the current one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// The person may not give these answers any more.
    not_entitled: usize,
    /// Somebody else has answered these rows, or they have changed or gone.
    rows_changed: usize,
}

impl LeftOut {
    /// Returns the number of all of them.
    pub(super) fn count(self) -> usize {
        self.not_entitled + self.rows_changed
    }
}

/// Returns the current list with the answers that were given to the earlier one, and the answers that are left out. A row
/// that was answered or changed in the meantime stays as it is. `may_answer` tells by the current list whether the person
/// still answers a row about somebody. An answer that they may not give any more is left out.
pub(super) fn taken_over(
    before: &Review,
    given: &Review,
    now: &Review,
    may_answer: impl Fn(Option<&PersonId>) -> bool,
) -> (Review, LeftOut) {
    let (mut new, mut left_out) = (now.clone(), LeftOut::default());
    for (old, row) in before.rows.iter().zip(&given.rows).filter(|(old, row)| old.answered != row.answered) {
        if !may_answer(Some(&row.key.person)) {
            left_out.not_entitled += 1;
            continue;
        }
        let is_same = |one: &&mut ReviewRow| {
            (&one.key, &one.role, one.from, one.until) == (&old.key, &old.role, old.from, old.until)
                && one.answered == old.answered
        };
        match new.rows.iter_mut().find(is_same) {
            Some(one) => one.answered.clone_from(&row.answered),
            None => left_out.rows_changed += 1,
        }
    }
    for (old, row) in
        before.settings.iter().zip(&given.settings).filter(|(old, row)| old.answered != row.answered)
    {
        if !may_answer(row.setting.person()) {
            left_out.not_entitled += 1;
            continue;
        }
        let is_same = |one: &&mut SettingRow| one.setting == old.setting && one.answered == old.answered;
        match new.settings.iter_mut().find(is_same) {
            Some(one) => one.answered.clone_from(&row.answered),
            None => left_out.rows_changed += 1,
        }
    }
    (new, left_out)
}

/// Returns the tree of the list as it is now, if somebody has changed the list since it was read. In a clone the place is
/// another one, too.
///
/// # Errors
/// A call of git fails, or the tree cannot be read any more.
pub(super) fn changed_meanwhile(
    global: &Global,
    (place, desk): (&ListPlace, &ReviewDesk),
    (path, trust, quarter): (&FilePath, &TrustId, Quarter),
) -> Result<Option<(Option<ListPlace>, ReviewDesk)>, Vec<Finding>> {
    if place.is_in_a_clone() {
        let now = ListPlace::of(global, false, trust, Some(quarter)).map_err(|finding| vec![finding])?;
        let read = |place: &ListPlace| std::fs::read(place.global().root.join(path.as_str())).ok();
        // A list that was taken in is on no branch, and the main branch may have another one by now.
        if now.is_as(place) && read(&now) == read(place) {
            return Ok(None);
        }
        let desk = ReviewDesk::open(now.global())?;
        return Ok(Some((Some(now), desk)));
    }
    let read = desk.tree.reviews().files.get(path).map(|bytes| bytes.to_vec());
    if std::fs::read(place.global().root.join(path.as_str())).ok() == read {
        return Ok(None);
    }
    Ok(Some((None, ReviewDesk::open(place.global())?)))
}

/// Tells how many answers are left out, and why.
pub(super) fn tell_left_out(global: &Global, left_out: LeftOut) {
    let LeftOut { not_entitled, rows_changed } = left_out;
    if not_entitled > 0 {
        output::tell(
            global,
            &text!(
                en: "Left out, since you may not answer them any more: {not_entitled}.",
                nb: "Utelatt, siden du ikke lenger kan svare på dem: {not_entitled}."
            ),
        );
    }
    if rows_changed > 0 {
        output::tell(
            global,
            &text!(
                en: "Left out, since the rows were answered or changed meanwhile: {rows_changed}.",
                nb: "Utelatt, siden radene er besvart eller endret i mellomtiden: {rows_changed}."
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns a list with a row for each of these people. Each may have an answer, with the person who gave it.
    fn list(rows: &[(&str, Option<(&str, &str)>)]) -> Review {
        let rows: Vec<_> = rows
            .iter()
            .map(|(person, answered)| {
                json!({
                    "key": {
                        "person": person, "application": "smerteregisteret", "unit": 100_089,
                        "request": "REQ-2026-0001",
                    },
                    "role": "LU", "from": "2026-01-10", "until": null, "approved_by": "lars.demostad",
                    "approved_on": "2026-01-06", "allows": [], "notices": [],
                    "answered": answered.map(|(answer, by)| json!({ "answer": answer, "by": by })),
                })
            })
            .collect();
        let list = json!({
            "trust": "ahus", "quarter": "2026-Q4", "made": "2026-11-23", "tree": "0".repeat(64),
            "delegations": [], "reviewed": [], "rows": rows,
        });
        serde_json::from_value(list).unwrap()
    }

    #[test]
    fn answers_are_added_to_what_another_reviewer_has_answered_meanwhile() {
        let before = list(&[("anne.testesen", None), ("kari.testesen", None), ("ola.testesen", None)]);
        let mine = [
            ("anne.testesen", Some(("end", "lars.demostad"))),
            ("kari.testesen", Some(("end", "lars.demostad"))),
            ("ola.testesen", None),
        ];
        // The other reviewer has made the list again too. Its rows are at other places, and one row is new.
        let now = [
            ("kari.testesen", Some(("change", "bjorn.lederesen"))),
            ("anne.testesen", None),
            ("ola.testesen", Some(("end", "bjorn.lederesen"))),
            ("siv.testesen", None),
        ];
        let both = [
            ("kari.testesen", Some(("change", "bjorn.lederesen"))),
            ("anne.testesen", Some(("end", "lars.demostad"))),
            ("ola.testesen", Some(("end", "bjorn.lederesen"))),
            ("siv.testesen", None),
        ];
        let (before, mine, now) = (before, list(&mine), list(&now));
        assert_eq!(
            taken_over(&before, &mine, &now, |_| true),
            (list(&both), LeftOut { not_entitled: 0, rows_changed: 1 })
        );
        // A delegate may stand in for one reviewer less, and does not answer that person's row any more.
        let without_annes = [both[0], ("anne.testesen", None), both[2], both[3]];
        let is_annes =
            |about: Option<&PersonId>| about.is_some_and(|about| about.as_str() == "anne.testesen");
        let taken = taken_over(&before, &mine, &now, |about| !is_annes(about));
        assert_eq!(taken, (list(&without_annes), LeftOut { not_entitled: 1, rows_changed: 1 }));
    }
}
