//! Finds out what a pass must look at: which files, and by which rules refused entries were judged first.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use portvakt_core::change::{Head, HeadEntry, HeadFile};
use portvakt_core::decide::{FileToRead, Scope, whose};
use portvakt_core::judge::{Pin, Pins};
use portvakt_core::model::{Digest, FilePath, PersonId};
use portvakt_core::plan::Untrusted;
use portvakt_database::Connection;

use super::asked::{PassError, PassInput, PassTools};
use crate::memory;
use crate::memory::Bound;

/// Lists every file that differs from its accepted version. A remembered digest counts only if the ledger says the
/// same; otherwise the file is looked at again.
pub(super) fn looks(
    conn: &Connection,
    ledger: &Bound,
    seen: &PassInput<'_>,
    scope: &Scope,
) -> Result<Vec<FileToRead>, PassError> {
    let read = seen.snapshot.read();
    let found = |path: &FilePath| {
        let bytes = read.get(path).or_else(|| seen.open.get(path)).cloned();
        bytes.ok_or_else(|| PassError::NotRead(path.clone()))
    };
    let bytes = |path: &FilePath, digest: Digest| {
        let beside = path.signatures();
        let signatures = seen.snapshot.file(&beside).map(|_| found(&beside)).transpose()?;
        Ok::<_, PassError>(FileToRead {
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
            looks.extend(left.into_iter().map(FileToRead::gone));
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
                    None if known.is_some() => looks.push(FileToRead::gone(path.clone())),
                    None => {}
                }
            }
        }
    }
    looks.retain(|look| look.is_shown(seen.snapshot));
    Ok(looks)
}

/// Finds the rules, statement and day by which each refused entry in a head was judged first. Entries of people
/// whose remembered access is not relied on are left out. So are entries that were judged first by a clock that was too
/// early for their approval: `unwatched` are the times that somebody has confirmed to have passed, each with its first and
/// last day.
pub(super) fn pins(
    asked: &mut PassTools<'_>,
    conn: &Connection,
    (head, untrusted): (&Head, &Untrusted),
    unwatched: &[(Date, Date)],
) -> Result<Pins, PassError> {
    let said = head.iter().filter_map(|(_, person, _, file)| match file {
        HeadFile::Says { entries, .. } if !untrusted.has(person) => Some((person, entries)),
        _ => None,
    });
    let said: Vec<(&PersonId, &Vec<HeadEntry>)> = said.collect();
    let people: BTreeSet<&PersonId> =
        said.iter().filter(|(_, entries)| !entries.is_empty()).map(|(person, _)| *person).collect();
    let known = memory::first_judgements(conn, &people)?;
    let was_too_early = |first: Date, approved: Date| {
        unwatched.iter().any(|(from, to)| first <= *from && *from < approved && approved <= *to)
    };
    let mut pins = Pins::new();
    for grant in said.iter().flat_map(|(_, entries)| entries.iter().map(|entry| &entry.grant)) {
        let key = &grant.key;
        let refused = known.get(key).filter(|refused| !was_too_early(refused.first_day, grant.approval.on));
        if let Some(refused) = refused {
            let rules = asked.shelf.remembered(conn, &refused.policies, &refused.settings)?;
            let pin = Pin { statement: refused.statement, rules, day: refused.first_day };
            pins.insert(key.clone(), pin);
        }
    }
    Ok(pins)
}
