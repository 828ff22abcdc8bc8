//! The accepted state of a check: the tip of the target branch, and the earlier state of that branch. The daemon has
//! a memory, but a check has only the branch.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::Cause;
use crate::change::{Acceptance, AcceptanceWay, Base, Head, HeadEntry, HeadFile, Standing};
use crate::diag::Finding;
use crate::evidence::{Signature, SignatureFile};
use crate::judge::{Rules, signed_statements};
use crate::model::{Digest, FilePath, Grant, GrantKey, Register, RequestId, TrustId, UnitId};
use crate::parse;
use crate::parse::confusable::skeleton;
use crate::tree::REGISTER;

use super::head::{FileToRead, head_apart, on_threads, whose};
use super::sought::Past;

/// Makes a base from a head that counts as accepted, such as the tip of a target branch.
#[must_use]
pub fn base_of(head: &Head, today: Date) -> Base {
    let mut base = Base::default();
    for (person, files) in &head.files {
        for (trust, file) in files {
            let HeadFile::Says { facts, entries, .. } = file else { continue };
            if let Some(login) = &facts.vouched.login {
                base.logins.insert(login.clone(), person.clone());
            }
            base.skeletons.insert(skeleton(person), person.clone());
            let known = base.people.entry(person.clone()).or_default();
            known.files.insert(trust.clone(), facts.clone());
            for entry in entries {
                known.grants.insert(entry.grant.key.clone(), Box::new(standing(&entry.grant, today)));
            }
            entries.iter().for_each(|entry| base.bind(&entry.grant.key));
        }
    }
    base
}

fn standing(grant: &Grant, today: Date) -> Standing {
    let accepted = Acceptance {
        on: today,
        way: AcceptanceWay::Baseline,
        policies: Vec::new(),
        rules: Digest::from_bytes([0; 32]),
        proof: None,
    };
    Standing::new(grant.clone(), accepted)
}

/// Reads earlier versions of the changed files on the target branch. Requests in them are used up, and so are the
/// statements that others have replaced. Everything that was merged there counts as accepted, like the tip.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn served(
    past: &dyn Past,
    looks: &[FileToRead],
    base: &mut Base,
    register: &Register,
    today: Date,
) -> Result<Vec<Digest>, Finding> {
    let mut used = Vec::new();
    for path in looks.iter().filter(|look| look.bytes.is_some()).map(|look| &look.path) {
        used.extend(remember(past, path, base, register, today)?);
    }
    Ok(used)
}

/// Returns all earlier files of the branch that name a request of a new entry, or that name a new person's id as an
/// earlier id of somebody.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn told_before(
    past: &dyn Past,
    head: &Head,
    base: &Base,
    register: &Register,
) -> Result<Vec<Head>, Finding> {
    let (mut requests, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (_, person, _, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        let new = entries.iter().map(|entry| &entry.grant.key).filter(|key| base.standing(key).is_none());
        requests.extend(new.map(|key| key.request.clone()));
        if !base.people.contains_key(person) {
            ids.insert(person.clone());
        }
    }
    if requests.is_empty() && ids.is_empty() {
        return Ok(Vec::new());
    }
    let read = |(path, bytes): (FilePath, Arc<[u8]>)| {
        let digest = Digest::of(&bytes);
        head_apart(&[FileToRead { bytes: Some((bytes, digest)), ..FileToRead::gone(path) }], register)
    };
    Ok(past.naming(&requests, &ids)?.into_iter().map(read).collect())
}

/// Binds the requests of new entries to each person for whom an earlier file on the branch names them. It does not
/// matter whether that file still exists.
pub fn bound_before(earlier: &[Head], head: &Head, base: &mut Base) {
    let said = head.iter().filter_map(|(.., file)| match file {
        HeadFile::Says { entries, .. } => Some(entries),
        HeadFile::Held { .. } | HeadFile::Gone => None,
    });
    let new = said.flatten().map(|entry| &entry.grant.key).filter(|key| base.standing(key).is_none());
    let wanted: BTreeSet<RequestId> = new.map(|key| key.request.folded()).collect();
    for (_, _, _, file) in earlier.iter().flat_map(Head::iter) {
        let HeadFile::Says { entries, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| wanted.contains(&entry.grant.key.request.folded())) {
            let person = base.meant(&entry.grant.key.person).clone();
            base.bind(&GrantKey { person, ..entry.grant.key.clone() });
        }
    }
}

/// Adds the earlier ids of people, from the files of the tip and from files that are gone.
///
/// A line on the branch is not an approval. If the settings name a person by the earlier id, the office or key belongs
/// only to that id until the settings name the new one.
pub fn renamed(base: &mut Base, rules: &Rules, tip: &Head, earlier: &[Head]) {
    let said = earlier.iter().flat_map(Head::renamed).chain(tip.renamed());
    for (from, to) in said {
        // An id that still has a file at the tip cannot be another person's earlier id.
        if !rules.names(from) && !base.people.contains_key(from) && !base.renamed.contains_key(from) {
            base.rename(from, to);
        }
    }
}

/// Applies the requests and statements of files under an earlier id to the person.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn served_before(
    past: &dyn Past,
    head: &Head,
    base: &mut Base,
    register: &Register,
    today: Date,
) -> Result<Vec<Digest>, Finding> {
    let mut used = Vec::new();
    for (_, _, trust, file) in head.iter() {
        let HeadFile::Says { previously: Some(before), .. } = file else { continue };
        let path = FilePath::of_person(trust, &before.person);
        used.extend(remember(past, &path, base, register, today)?);
        if let Some(now) = base.renamed.get(&before.person).cloned() {
            base.rename(&before.person, &now);
        }
    }
    Ok(used)
}

/// Makes entries follow their unit. An earlier register of the branch may show the unit at another trust. Entries in
/// that trust's folder count as accepted at the unit's present trust, until their file moves there.
///
/// A trust's folder at the tip may have thousands of files. So they are parsed on as many threads as the tip says.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn left_behind(
    past: &dyn Past,
    (looks, threads): (&[FileToRead], NonZero<usize>),
    base: &mut Base,
    register: &Register,
    today: Date,
) -> Result<(), Finding> {
    let path = FilePath::new(REGISTER);
    let mut before: BTreeMap<TrustId, BTreeSet<UnitId>> = BTreeMap::new();
    for bytes in past.versions(&path)? {
        let Ok(earlier) = parse::register(&path, &bytes) else { continue };
        for (unit, known) in earlier.units {
            if register.trust_of(unit).is_some_and(|now| *now != known.trust) {
                before.entry(known.trust).or_default().insert(unit);
            }
        }
    }
    for (trust, units) in before.iter().filter(|(trust, _)| register.trusts.contains_key(*trust)) {
        let mut then = register.clone();
        for unit in units {
            then.units.entry(*unit).and_modify(|unit| unit.trust = trust.clone());
        }
        let here = |look: &&FileToRead| whose(&look.path).is_some_and(|(_, folder)| folder == *trust);
        let looks: Vec<FileToRead> = looks.iter().filter(here).cloned().collect();
        // The odd paths of the tip were reported with its head.
        for (_, person, _, file) in on_threads(&looks, &[], &then, threads).iter() {
            let HeadFile::Says { entries, .. } = file else { continue };
            for entry in entries.iter().filter(|entry| units.contains(&entry.grant.key.unit)) {
                let Some(now) = register.trust_of(entry.grant.key.unit) else { continue };
                let grant = Grant { trust: now.clone(), ..entry.grant.clone() };
                base.bind(&grant.key);
                let known = base.people.entry(person.clone()).or_default();
                let standing = || Box::new(standing(&grant, today));
                known.grants.entry(grant.key.clone()).or_insert_with(standing);
            }
        }
    }
    Ok(())
}

/// Finds people of an office whose file is gone from the tip. The access from that file is over, and so is their
/// authority (R44).
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn departed<'r>(
    past: &dyn Past,
    registers: impl Iterator<Item = &'r Register>,
    base: &mut Base,
    today: Date,
) -> Result<(), Finding> {
    for register in registers {
        for appointment in &register.appointments {
            // A person is known after one look, or with a file at the tip.
            if base.people.contains_key(&appointment.person) {
                continue;
            }
            for trust in register.trusts.keys() {
                let path = FilePath::of_person(trust, &appointment.person);
                remember(past, &path, base, register, today)?;
            }
        }
    }
    Ok(())
}

/// Returns the identity statements in earlier signature files of the branch, made for the content of that time. Only
/// people whose file is signed and says something new are searched for.
///
/// # Errors
/// The finding that says why the earlier state of the branch cannot be read.
pub fn identified_before(
    past: &dyn Past,
    head: &Head,
    base: &Base,
    register: &Register,
) -> Result<BTreeSet<Digest>, Finding> {
    let mut used = BTreeSet::new();
    for (path, person, _, file) in head.iter() {
        let HeadFile::Says { facts, exhibits, .. } = file else { continue };
        let identifies = facts.identifying_digest(&register.id, person);
        let is_accepted = base.people.get(person).is_some_and(|known| {
            known.files.values().any(|facts| facts.identifying_digest(&register.id, person) == identifies)
        });
        if is_accepted || exhibits.signatures.iter().all(|signature| signature.claim.is_none()) {
            continue;
        }
        let signed: Vec<Signature> = past
            .versions(&path.signatures())?
            .iter()
            .flat_map(|bytes| SignatureFile::read(bytes).signatures)
            .collect();
        if signed.is_empty() {
            continue;
        }
        for bytes in past.versions(&path)? {
            let digest = Digest::of(&bytes);
            let earlier = FileToRead { bytes: Some((bytes, digest)), ..FileToRead::gone(path.clone()) };
            for (_, person, _, file) in head_apart(&[earlier], register).iter() {
                let HeadFile::Says { facts, .. } = file else { continue };
                used.extend(signed_statements(&register.id, person, facts, &signed));
            }
        }
    }
    Ok(used)
}

/// Adds requests to the base as over if earlier versions of a file name them and its tip does not. It returns the
/// statements that are used up.
fn remember(
    past: &dyn Past,
    path: &FilePath,
    base: &mut Base,
    register: &Register,
    today: Date,
) -> Result<Vec<Digest>, Finding> {
    let mut used = Vec::new();
    for bytes in past.versions(path)? {
        let digest = Digest::of(&bytes);
        let earlier = FileToRead { bytes: Some((bytes, digest)), ..FileToRead::gone(path.clone()) };
        let earlier = head_apart(&[earlier], register);
        for (person, file) in earlier.files.iter().flat_map(|(p, files)| files.values().map(move |f| (p, f)))
        {
            let HeadFile::Says { entries, .. } = file else { continue };
            let mut bound = Vec::new();
            let known = base.people.entry(person.clone()).or_default();
            for HeadEntry { grant, .. } in entries {
                match known.grants.get(&grant.key) {
                    Some(standing) if standing.grant == *grant => {}
                    Some(_) => used.push(grant.statement_digest(&register.id)),
                    None => {
                        bound.push(grant.key.clone());
                        let mut over = standing(grant, today);
                        over.cleared = Some(Cause::Absent);
                        over.ended = Some(today);
                        known.grants.insert(grant.key.clone(), Box::new(over));
                    }
                }
            }
            bound.iter().for_each(|key| base.bind(key));
        }
    }
    Ok(used)
}
