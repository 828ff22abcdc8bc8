//! What a pass has to look at: which files, whose base, and which absences it may count.

use std::collections::{BTreeSet, HashMap};

use crate::memory;
use crate::memory::{Bound, Wanted};
use portvakt_core::change::{Base, ChangeSet, Head, HeadFile, Kind, Removal};
use portvakt_core::diag::{Code, Finding, text};
use portvakt_core::judge::{Pin, Pins};
use portvakt_core::model::{Digest, FilePath, GrantKey, PersonId, Register};
use portvakt_core::parse::confusable::skeleton;
use portvakt_core::parse::{Entry, person};
use portvakt_core::plan::Cause;
use portvakt_core::planted::Fault;
use portvakt_database::Connection;

use super::head::{Look, whose};
use super::patience::Patience;
use super::prepare::{Asked, Newest, PassError, Scope, Seen};

/// What there is to look at: every file that is not as it was when it was accepted. What is remembered of that counts where
/// the ledger says the same; else the file is looked at again.
pub(super) fn looks(
    conn: &Connection,
    ledger: &Bound,
    seen: &Seen<'_>,
    scope: &Scope,
) -> Result<Vec<Look>, PassError> {
    let read = seen.snapshot.read();
    let found = |path: &FilePath| {
        let bytes = read.get(path).or_else(|| seen.open.get(path)).cloned();
        bytes.ok_or_else(|| PassError::NotRead(path.clone()))
    };
    let bytes = |path: &FilePath, digest: Digest| {
        let beside = path.signatures();
        let signatures = seen.snapshot.file(&beside).map(|_| found(&beside)).transpose()?;
        Ok::<_, PassError>(Look {
            path: path.clone(),
            bytes: Some((found(path)?, digest)),
            signatures,
            reviews: seen.reviews.of(path),
        })
    };
    let mut looks = Vec::new();
    match scope {
        Scope::Whole => {
            let mut known: HashMap<FilePath, Digest> = HashMap::new();
            memory::digests(conn, |path, person, trust, digest| {
                let judged = ledger.judged_by(&person, &trust, &digest);
                known.insert(path, if judged { digest } else { memory::UNSETTLED });
            })?;
            for (path, digest) in seen.snapshot.files() {
                if known.remove(&path) != Some(digest) {
                    looks.push(bytes(&path, digest)?);
                }
            }
            let mut left: Vec<FilePath> = known.into_keys().collect();
            left.sort();
            looks.extend(left.into_iter().map(Look::gone));
        }
        Scope::Files(paths) => {
            for path in paths {
                let known = match whose(path) {
                    Some((person, trust)) => memory::digest_of(conn, &person, &trust)?.map(|digest| {
                        let judged = ledger.judged_by(&person, &trust, &digest);
                        if judged { digest } else { memory::UNSETTLED }
                    }),
                    None => None,
                };
                match seen.snapshot.file(path) {
                    Some(digest) if known == Some(digest) => {}
                    Some(digest) => looks.push(bytes(path, digest)?),
                    None if known.is_some() => looks.push(Look::gone(path.clone())),
                    None => {}
                }
            }
        }
    }
    // What cannot be seen is not gone: something odd stands in its way.
    looks.retain(|look| look.bytes.is_some() || seen.snapshot.shows_absent(&look.path));
    Ok(looks)
}

pub(super) fn wanted(head: &Head, due: &BTreeSet<PersonId>, scope: &Scope) -> Option<Wanted> {
    let Scope::Files(_) = scope else { return None };
    let mut wanted = Wanted { people: due.clone(), ..Wanted::default() };
    for (_, person, _, file) in head.iter() {
        wanted.people.insert(person.clone());
        wanted.skeletons.insert(skeleton(person));
        if let HeadFile::Says { facts, entries, previously, .. } = file {
            wanted.people.extend(previously.iter().map(|previously| previously.person.clone()));
            wanted.logins.extend(facts.vouched.login.clone());
            wanted.people.extend(entries.iter().map(|entry| entry.grant.approval.by.clone()));
            wanted.requests.extend(entries.iter().map(|entry| entry.grant.key.request.clone()));
        }
    }
    for astray in head.astray.values() {
        wanted.people.extend(astray.previously.iter().cloned());
        wanted.requests.extend(astray.requests.iter().cloned());
    }
    Some(wanted)
}

/// Tells patience what this pass has seen, before it is asked of what is missing.
pub(super) fn seen(
    patience: &mut Patience,
    (changes, base): (&ChangeSet, &Base),
    seen: &Seen<'_>,
    head: &Head,
    scope: &Scope,
) {
    let trust_of = |key: &GrantKey| base.standing(key).map(|standing| standing.grant.trust.clone());
    patience.seen(seen.snapshot.glimpsed(), seen.moment, trust_of);
    patience.seen(seen.written, seen.moment, trust_of);
    let absent: BTreeSet<GrantKey> = changes
        .takes
        .iter()
        .filter(|r| r.cause == Cause::Absent)
        .map(|removal| removal.key.clone())
        .collect();
    // A file that came back with the bytes it was accepted with is no change and not in the head, but it was
    // looked at: its absence is over.
    let looked: BTreeSet<PersonId> = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(paths) => {
            let asked = paths.iter().filter_map(|path| whose(path).map(|(person, _)| person));
            asked.chain(head.files.keys().cloned()).collect()
        }
    };
    let is_looked = |key: &GrantKey| matches!(scope, Scope::Whole) || looked.contains(&key.person);
    patience.keep(&absent, seen.moment, is_looked);
}

/// Takes absences that have not lasted out of the changes, and tells of them.
pub(super) fn wait(changes: &mut ChangeSet, waiting: BTreeSet<GrantKey>, findings: &mut Vec<Finding>) {
    if waiting.is_empty() {
        return;
    }
    for key in &waiting {
        let GrantKey { application, unit, person, .. } = key;
        let message = text!(
            en: "{application} at {unit} of `{person}` is gone from the tree",
            nb: "{application} ved {unit} for `{person}` er borte fra filene"
        );
        let way_out = text!(
            en: "It counts when it has been gone long enough; put it back if it was not meant.",
            nb: "Det teller når det har vært borte lenge nok; legg det tilbake hvis det ikke var meningen."
        );
        findings.push(Finding::new(Code::WaitingToLast, message, way_out));
    }
    changes.wait(waiting);
}

/// On the way to the newest commit: what is missing waits for it, and what it has as it was accepted is not judged
/// in between. A deletion and its revert that arrive together take nothing (law: *absence must last*).
pub(super) fn on_the_way(
    changes: &mut ChangeSet,
    (base, register): (&Base, &Register),
    newest: &dyn Newest,
) -> Result<(), PassError> {
    let mut absent = BTreeSet::new();
    for removal in changes.takes.iter().filter(|removal| removal.cause == Cause::Absent) {
        if !acts_at_its_commit(removal, newest)? {
            absent.insert(removal.key.clone());
        }
    }
    changes.wait(absent);
    let mut same = BTreeSet::new();
    for change in changes.gives.iter().filter(|change| change.kind == Kind::Change) {
        let grant = &change.after.grant;
        let path = FilePath::of_person(&grant.trust, &grant.key.person);
        let Some(bytes) = newest.bytes(&path)? else { continue };
        let entries = person(&path, &bytes, register).map(|file| file.entries).unwrap_or_default();
        let accepted = base.standing(&grant.key).map(|standing| &standing.grant);
        let is_accepted =
            |entry: &Entry| matches!(entry, Entry::Valid { grant, .. } if Some(&**grant) == accepted);
        if entries.iter().any(is_accepted) {
            same.insert(grant.key.clone());
        }
    }
    changes.leave_unjudged(|key| same.contains(key));
    Ok(())
}

/// An absence acts at the newest commit alone, but where a fault is planted: of what is back there by then, or of what is
/// still gone and would be counted together.
fn acts_at_its_commit(removal: &Removal, newest: &dyn Newest) -> Result<bool, PassError> {
    let back = Fault::LossCommitByCommit.is_planted();
    let gone = Fault::BudgetCommitByCommit.is_planted();
    if !back && !gone {
        return Ok(false);
    }
    let path = FilePath::of_person(&removal.trust, &removal.key.person);
    Ok(if newest.bytes(&path)?.is_some() { back } else { gone })
}

pub(super) fn pins(asked: &mut Asked<'_>, conn: &Connection, changes: &ChangeSet) -> Result<Pins, PassError> {
    let mut pins = Pins::new();
    let known = memory::first_judgements(conn)?;
    for change in &changes.gives {
        if let Some(refused) = known.get(&change.after.grant.key) {
            let rules = asked.shelf.remembered(conn, &refused.policies, &refused.settings)?;
            let pin = Pin { statement: refused.statement, rules, day: refused.first_day };
            pins.insert(change.after.grant.key.clone(), pin);
        }
    }
    Ok(pins)
}
