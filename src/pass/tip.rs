//! What a check takes for accepted: the tip of the target branch, and what stood there before it. The daemon remembers;
//! a check has the branch alone.

use jiff::civil::Date;

use crate::change::{Acceptance, Base, ChangeSet, Head, HeadEntry, HeadFile, Standing, Way};
use crate::diag::Finding;
use crate::judge::{Judgement, Verdict};
use crate::model::{Digest, FilePath, Grant, Register};
use crate::parse::confusable::skeleton;
use crate::plan::Cause;

use super::evidence::Past;
use super::head::{Look, head};

/// A head taken as accepted, as the tip of a target branch is.
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
        }
    }
    base
}

fn standing(grant: &Grant, today: Date) -> Standing {
    Standing {
        grant: grant.clone(),
        accepted: Acceptance {
            on: today,
            way: Way::Baseline,
            policies: Vec::new(),
            rules: Digest::from_bytes([0; 32]),
            proof: None,
        },
        given: None,
        replaced: None,
        cleared: None,
        ended: None,
    }
}

pub(super) fn apply(base: &mut Base, changes: &ChangeSet, judgement: &Judgement, today: Date) {
    for change in &changes.gives {
        let grant = &change.after.grant;
        if let Some(Verdict::Permitted { .. }) = judgement.verdicts.get(&grant.key) {
            let known = base.people.entry(grant.key.person.clone()).or_default();
            known.grants.insert(grant.key.clone(), Box::new(standing(grant, today)));
        }
    }
    for removal in changes.takes.iter().filter(|removal| removal.until.is_none_or(|until| until < today)) {
        if let Some(known) = base.people.get_mut(&removal.key.person) {
            known.grants.remove(&removal.key);
        }
    }
}

/// What earlier versions of the changed files on the target branch say: requests that have served are spent, and so
/// are the statements that others have taken the place of. What was merged there is taken as accepted, like the tip.
pub(super) fn served(
    past: &dyn Past,
    looks: &[Look],
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

/// People of an office whose file is gone from the tip: what it gave is over, and with it their authority (R44).
pub(super) fn departed<'r>(
    past: &dyn Past,
    registers: impl Iterator<Item = &'r Register>,
    base: &mut Base,
    today: Date,
) -> Result<(), Finding> {
    for register in registers {
        for appointment in &register.appointments {
            // Once looked up, or with a file at the tip, a person is known.
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

/// Takes the requests that earlier versions of a file name, and its tip does not, into the base as over; gives the
/// statements that have served.
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
        let earlier = Look { bytes: Some((bytes, digest)), ..Look::gone(path.clone()) };
        let earlier = head(&[earlier], &[], register);
        for (person, file) in earlier.files.iter().flat_map(|(p, files)| files.values().map(move |f| (p, f)))
        {
            let HeadFile::Says { entries, .. } = file else { continue };
            let known = base.people.entry(person.clone()).or_default();
            for HeadEntry { grant, .. } in entries {
                match known.grants.get(&grant.key) {
                    Some(standing) if standing.grant == *grant => {}
                    Some(_) => used.push(grant.statement_digest(&register.id)),
                    None => {
                        let mut over = standing(grant, today);
                        over.cleared = Some(Cause::Absent);
                        over.ended = Some(today);
                        known.grants.insert(grant.key.clone(), Box::new(over));
                    }
                }
            }
        }
    }
    Ok(used)
}
