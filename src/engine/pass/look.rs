//! Finds out what a pass must look at: which files, whose base, and by which rules refused entries were judged
//! first.

use std::collections::{BTreeSet, HashMap};

use portvakt_core::change::{Head, HeadFile};
use portvakt_core::decide::{Look, Scope, whose};
use portvakt_core::judge::{Pin, Pins};
use portvakt_core::model::{Digest, FilePath, PersonId};
use portvakt_core::parse::confusable::skeleton;
use portvakt_core::plan::Untrusted;
use portvakt_database::Connection;

use super::asked::{Asked, PassError, PassInput};
use crate::memory;
use crate::memory::{Bound, Wanted};

/// Lists every file that differs from its accepted version. A remembered digest counts only if the ledger says the
/// same; otherwise the file is looked at again.
pub(super) fn looks(
    conn: &Connection,
    ledger: &Bound,
    seen: &PassInput<'_>,
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
    // A file that cannot be seen is not absent: something odd in the tree hides it.
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

/// Finds the rules, statement and day by which each refused entry in a head was judged first. Entries of people
/// whose remembered access is not relied on are left out.
pub(super) fn pins(
    asked: &mut Asked<'_>,
    conn: &Connection,
    head: &Head,
    untrusted: &Untrusted,
) -> Result<Pins, PassError> {
    let mut pins = Pins::new();
    let known = memory::first_judgements(conn)?;
    if known.is_empty() {
        return Ok(pins);
    }
    for (_, person, _, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        if untrusted.has(person) {
            continue;
        }
        for key in entries.iter().map(|entry| &entry.grant.key) {
            if let Some(refused) = known.get(key) {
                let rules = asked.shelf.remembered(conn, &refused.policies, &refused.settings)?;
                let pin = Pin { statement: refused.statement, rules, day: refused.first_day };
                pins.insert(key.clone(), pin);
            }
        }
    }
    Ok(pins)
}
