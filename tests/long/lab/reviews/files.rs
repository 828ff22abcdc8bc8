//! The files of the register as people write them: settings, access, and lists with their answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::trust::Trust;
use super::{ASKED, TRUSTS, coordinator};
use crate::lab::desk::{Day, Entry, File, LEADER, RAISED, path, register};
use crate::lab::world::policies;

/// Returns the settings of a register that asks for reviews, with the eight trusts. No budget holds the ends of a
/// review.
fn settings() -> String {
    let known: String = TRUSTS
        .iter()
        .map(|(name, unit)| {
            format!("  {name}: {{name: Helseforetak {name}, units: {{{unit}: Enhet {name}}}}}\n")
        })
        .collect();
    register(RAISED, "ahus")
        .replacen("review_months: 3\n", &format!("review_months: 3\nreviews_from: {ASKED}\n"), 1)
        .replacen("ict_bodies:", &format!("{known}ict_bodies:"), 1)
}

pub(super) fn file(trust: &str, person: &str, unit: u32, role: &str, by: &str, on: Day) -> File {
    let entry = Entry {
        application: "smerteregisteret".to_owned(),
        unit,
        role: role.to_owned(),
        from: on,
        until: None,
        request: format!("REQ-{person}"),
        by: by.to_owned(),
        on,
        revoked: None,
    };
    File { person: person.to_owned(), employer: trust.to_owned(), access: vec![entry] }
}

pub(super) fn tree(
    files: &BTreeMap<(String, String), File>,
    lists: &BTreeMap<String, String>,
) -> BTreeMap<String, Vec<u8>> {
    let mut tree = policies();
    tree.insert("desired-state/register.yaml".to_owned(), settings().into_bytes());
    let people = files.iter().map(|((trust, person), file)| (path(trust, person), file.text()));
    let lists = lists.iter().map(|(path, text)| (path.clone(), text.clone()));
    tree.extend(people.chain(lists).map(|(path, text)| (path, text.into_bytes())));
    tree
}

/// A list with its answers. The coordinator answers for everybody, and the register leader for the coordinator.
pub(super) fn text(
    trust: &Trust,
    quarter: &str,
    today: Day,
    rows: &[File],
    [silent, ended, changed]: [Option<&String>; 3],
) -> String {
    let lc = coordinator(trust.name);
    let mut text = format!(
        "trust: {}\nquarter: {quarter}\nmade: {today}\ntree: \"{}\"\nreviewed:\n  - {{by: {lc}, on: {today}}}\n  - {{by: \
         {LEADER}, on: {today}}}\nrows:\n",
        trust.name,
        "0".repeat(64)
    );
    for file in rows {
        let (person, entry) = (&file.person, &file.access[0]);
        let _ = write!(
            text,
            "  - person: {person}\n    application: {}\n    unit: {}\n    role: {}\n    request: {}\n    from: {}\n    \
             approved_by: {}\n    approved_on: {}\n    allows: []\n",
            entry.application, trust.unit, entry.role, entry.request, entry.from, entry.by, entry.on
        );
        if let Some(until) = entry.until {
            let _ = writeln!(text, "    until: {until}");
        }
        if silent != Some(person) {
            let answer = match Some(person) {
                one if one == ended => "end",
                one if one == changed => "change",
                _ => "keep",
            };
            let by = if *person == lc { LEADER } else { lc.as_str() };
            let _ = writeln!(text, "    answer: {answer}\n    answered_by: {by}");
        }
    }
    text
}
