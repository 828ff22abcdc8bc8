//! Extensions that came in time and wait for something else (laws: *the trusted day*, *nobody reviews their own row, and
//! silence is no answer*).
//!
//! An extension may wait for the date, for an overdue review, for settings that two have not decided about, or for
//! something odd in its folder. The last day of the access may pass meanwhile. Then the extension is judged as one of an
//! access in force, if it was approved by that day and seen by that day. Otherwise it would be refused for good, because
//! the request has served.
//!
//! If it waits for the date alone, the end of the access waits with it: nobody loses access by a clock. Only an extension
//! that would be permitted by the clock's day holds an end. So nobody keeps access by an entry without an approval, and
//! an approval that has become too old holds nothing. Whatever else an extension waits for, the end acts on its day, and
//! the access is given again when the extension is accepted.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::known::{SeenExtension, SeenExtensions};
use super::sitting::Sitting;
use super::trusted_day::Today;
use crate::change::{Base, Change, ChangeKind, ChangeSet, Head, HeadFile, Standing};
use crate::diag::{Code, Finding, text};
use crate::judge::Verdict;
use crate::model::{FilePath, Grant, GrantKey, Register};
use crate::parse::{Entry, person};

/// Returns the extensions that were seen on a day of their access: those of this head, with those that were known before
/// and are still there. Files that are held are read too, since what is in them waits. While a file is missing or in
/// error, it is not known what it says, so nothing in it is forgotten. What a file that is read lacks was withdrawn.
pub fn seen_on_a_day_of_access(
    (head, base): (&Head, &Base),
    register: &Register,
    known: &SeenExtensions,
    today: Date,
) -> SeenExtensions {
    let mut seen = SeenExtensions::new();
    let mut note = |path: &FilePath, grant: &Grant| {
        let is_running = |standing: &Standing| standing.lives(today) && gives_a_later_day(standing, grant);
        let extends = grant.revoked.is_none() && base.standing(&grant.key).is_some_and(is_running);
        if !extends && known.is_empty() {
            return;
        }
        let statement = grant.statement_digest(&register.id);
        let before = known.get(&statement).map(|extension| extension.first);
        if let Some(first) = before.or_else(|| extends.then_some(today)) {
            seen.insert(statement, SeenExtension { first, file: path.clone() });
        }
    };
    let mut unread = BTreeSet::new();
    for (path, _, _, file) in head.iter() {
        let is_read = match file {
            HeadFile::Says { entries, invalid, .. } => {
                entries.iter().for_each(|entry| note(&path, &entry.grant));
                invalid.is_empty()
            }
            HeadFile::Held { .. } => match entries_of_held(&path, head, register) {
                Some(valid) => {
                    valid.iter().for_each(|grant| note(&path, grant));
                    true
                }
                None => false,
            },
            HeadFile::Gone => false,
        };
        if !is_read {
            unread.insert(path);
        }
    }
    for (statement, extension) in known.iter().filter(|(_, extension)| unread.contains(&extension.file)) {
        seen.entry(*statement).or_insert_with(|| extension.clone());
    }
    seen
}

/// Returns the entries of a file that is held although it can be read. It is `None` if the file or one of its entries is
/// in error.
fn entries_of_held(path: &FilePath, head: &Head, register: &Register) -> Option<Vec<Grant>> {
    let bytes = head.astray.get(path)?.bytes.as_ref()?;
    let entries = person(path, bytes, register).ok()?.entries.into_iter();
    let valid = entries.map(|entry| match entry {
        Entry::Valid { grant, .. } => Some(*grant),
        Entry::Invalid { .. } => None,
    });
    valid.collect()
}

/// Finds the extensions of accesses whose last day has passed while they waited. They are changes of these accesses, and
/// not attempts to use a request again. Each was approved, and seen, by the last day.
pub fn came_in_time(changes: &mut ChangeSet, base: &Base, register: &Register, known: &SeenExtensions) {
    if known.is_empty() {
        return;
    }
    for change in changes.gives.iter_mut().filter(|change| change.kind == ChangeKind::Reopen) {
        let grant = &change.after.grant;
        let Some(standing) = base.standing(&grant.key).filter(|standing| may_go_on(standing, grant)) else {
            continue;
        };
        let is_by_the_end = |day: Date| standing.grant.until.is_some_and(|until| day <= until);
        let first = known.get(&grant.statement_digest(&register.id));
        if is_by_the_end(grant.approval.on) && first.is_some_and(|seen| is_by_the_end(seen.first)) {
            change.renewed = grant.approval.renews(&standing.grant.approval);
            change.kind = ChangeKind::Change;
        }
    }
}

/// Tells whether an access is over by nothing but its last day, and this entry gives it a later one.
fn may_go_on(standing: &Standing, grant: &Grant) -> bool {
    let is_over_by_a_day = match standing.cleared {
        Some(cause) => cause.comes_by_a_day() && standing.ended.is_some(),
        None => standing.ended.is_none(),
    };
    is_over_by_a_day && standing.grant.revoked.is_none() && gives_a_later_day(standing, grant)
}

/// Tells whether an entry gives an access a later last day.
fn gives_a_later_day(standing: &Standing, grant: &Grant) -> bool {
    let is_later = |old: Date| grant.until.is_none_or(|new| old < new);
    standing.grant.trust == grant.trust && standing.grant.until.is_some_and(is_later)
}

/// Returns the accesses whose last day has passed by the clock, while an extension of them waits for the date that would
/// be permitted by the clock's day. `ends` is that day.
pub fn ends_that_wait(
    sitting: &Sitting<'_>,
    base: &Base,
    waiting: Vec<Change>,
    ends: Date,
) -> BTreeSet<GrantKey> {
    let extends = |change: &Change| {
        let grant = &change.after.grant;
        let standing = base.standing(&grant.key);
        change.kind == ChangeKind::Change
            && standing
                .is_some_and(|standing| standing.grant.is_over(ends) && gives_a_later_day(standing, grant))
    };
    let gives: Vec<Change> = waiting.into_iter().filter(extends).collect();
    if gives.is_empty() {
        return BTreeSet::new();
    }
    let changes = ChangeSet { gives, ..ChangeSet::default() };
    let by_the_clock = Sitting { today: ends, ..*sitting };
    let verdicts = by_the_clock.alone(base, &changes).judgement.verdicts;
    let is_permitted = |key: &GrantKey| matches!(verdicts.get(key), Some(Verdict::Permitted { .. }));
    changes.gives.into_iter().map(|change| change.after.grant.key).filter(is_permitted).collect()
}

/// Returns the accesses whose last day has passed only by the clock, of people whose file a pass over these files does not
/// look at. An extension may wait there, and the next whole pass knows.
pub fn ends_not_looked_at(base: &Base, paths: &BTreeSet<FilePath>, today: &Today) -> BTreeSet<GrantKey> {
    let standings = base.people.values().flat_map(|known| known.grants.values());
    let waits = |standing: &Standing| {
        let grant = &standing.grant;
        standing.lives(today.day)
            && grant.is_over(today.ends)
            && !paths.contains(&FilePath::of_person(&grant.trust, &grant.key.person))
    };
    standings.filter(|standing| waits(standing)).map(|standing| standing.grant.key.clone()).collect()
}

/// Makes the findings about accesses whose end waits for the date.
pub fn told_of_ends_that_wait(base: &Base, waiting: &BTreeSet<GrantKey>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in waiting {
        let Some(until) = base.standing(key).and_then(|standing| standing.grant.until) else { continue };
        let GrantKey { application, unit, person, .. } = key;
        let message = text!(
            en: "{application} at {unit} of `{person}` is over by the clock, after {until}; its extension waits for the date, so the access stays until then",
            nb: "{application} ved {unit} for `{person}` er over etter klokken, etter {until}; forlengelsen venter på datoen, så tilgangen består så lenge"
        );
        let way_out = text!(
            en: "Set the clock right or confirm the date, as said of the clock; then the extension is judged, and if it is refused, the access ends.",
            nb: "Still klokken eller bekreft datoen, som sagt om klokken; da vurderes forlengelsen, og avslås den, slutter tilgangen."
        );
        findings.push(Finding::new(Code::ClockSuspect, message, way_out).held());
    }
    findings
}
