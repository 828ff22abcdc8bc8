//! Adds answers to a list that has changed in the meantime. Answering takes time, and another reviewer may have sent
//! answers, or made the list again, before the user's own answers are written.

use portvakt_core::model::{Review, ReviewRow, SettingRow};

/// Returns the current list with the answers that were given to the earlier one. A row that was answered or changed in
/// the meantime stays as it is.
pub(super) fn taken_over(before: &Review, given: &Review, now: &Review) -> Review {
    let mut new = now.clone();
    for (old, row) in before.rows.iter().zip(&given.rows).filter(|(old, row)| old.answered != row.answered) {
        let is_same = |one: &&mut ReviewRow| {
            (&one.key, &one.role, one.from, one.until) == (&old.key, &old.role, old.from, old.until)
                && one.answered == old.answered
        };
        if let Some(one) = new.rows.iter_mut().find(is_same) {
            one.answered.clone_from(&row.answered);
        }
    }
    for (old, row) in
        before.settings.iter().zip(&given.settings).filter(|(old, row)| old.answered != row.answered)
    {
        let is_same = |one: &&mut SettingRow| one.setting == old.setting && one.answered == old.answered;
        if let Some(one) = new.settings.iter_mut().find(is_same) {
            one.answered.clone_from(&row.answered);
        }
    }
    new
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
        assert_eq!(taken_over(&before, &list(&mine), &list(&now)), list(&both));
    }
}
