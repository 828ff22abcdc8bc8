//! Accepts the permitted entries: they go into the base, as if they had always been there, and into the record. The
//! facts of their files go along, as far as there is evidence of what identifies the person.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::{
    Acceptance, AcceptanceWay, Base, ChangeKind, ChangeSet, FileFacts, KnownPerson, Standing,
};
use crate::diag::Finding;
use crate::judge::{Identified, IdentityBench, Judgement, Met, Rules, Verdict};
use crate::model::{Digest, Grant, PersonId, Register, TrustId};

/// The accepted entries, for the record.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Grants that are accepted, changed or recorded as history.
    pub grants: Vec<Standing>,
    /// Statements that are used up because others have replaced them.
    pub used: Vec<Digest>,
    /// Statements about what identifies people that are used up. They are kept outside of the ledger's chain.
    pub identified: BTreeSet<Digest>,
    /// Files with something about their person that has no evidence.
    pub unidentified: BTreeSet<(PersonId, TrustId)>,
    /// The findings about these files.
    pub findings: Vec<Finding>,
}

/// Puts the permitted entries into the base, and returns them for the record.
pub fn accept(
    base: &mut Base,
    changes: &ChangeSet,
    judgement: &Judgement,
    bench: &IdentityBench<'_>,
) -> Accepted {
    let (rules, today) = (bench.rules, bench.today);
    let mut accepted = Vec::new();
    // A statement that an earlier end replaces is used up too. Nobody can return to the longer access with the old
    // signature.
    let shortened = changes.takes.iter().filter(|removal| removal.until.is_some());
    let mut used: Vec<Digest> = shortened
        .filter_map(|removal| base.standing(&removal.key))
        .map(|old| old.grant.statement_digest(&rules.register.id))
        .collect();
    for change in &changes.gives {
        let grant = &change.after.grant;
        let Some(Verdict::Permitted { policies, proof }) = judgement.verdicts.get(&grant.key) else {
            continue;
        };
        let old = base.standing(&grant.key);
        used.extend(old.map(|old| old.grant.statement_digest(&rules.register.id)));
        // If the access has ended meanwhile, the store has been told so.
        let told = old.filter(|old| old.ended.is_none()).map(|old| old.told_to_store(grant, today));
        let (given, replaced) = told.unwrap_or_default();
        let judged = Acceptance {
            on: today,
            way: AcceptanceWay::Judged,
            policies: policies.clone(),
            rules: rules.policies_digest,
            proof: Some(proof.clone()),
        };
        accepted.push(Standing { given, replaced, ..Standing::new(grant.clone(), judged) });
    }
    accepted.extend(changes.history.iter().map(|entry| {
        let history = Acceptance {
            on: today,
            way: AcceptanceWay::History,
            policies: Vec::new(),
            rules: rules.policies_digest,
            proof: None,
        };
        Standing { ended: Some(today), ..Standing::new(entry.grant.clone(), history) }
    }));
    // The accesses that a person had before decide who may say who the person is. The accesses that this change brings
    // never do.
    let before: BTreeMap<PersonId, KnownPerson> = changes
        .files
        .iter()
        .filter_map(|file| Some((file.person.clone(), base.people.get(&file.person)?.clone())))
        .collect();
    let sides = if changes.files.is_empty() { Vec::new() } else { bench.sides(base) };
    for standing in &accepted {
        let key = &standing.grant.key;
        base.bind(key);
        base.people
            .entry(key.person.clone())
            .or_default()
            .grants
            .insert(key.clone(), Box::new(standing.clone()));
    }
    let mut all = Accepted { grants: accepted, used, ..Accepted::default() };
    for file in &changes.files {
        let known = base.people.entry(file.person.clone()).or_default();
        let gives = known.grants.values().any(|standing| standing.grant.trust == file.trust);
        if !gives || !facts_accepted(file, changes, judgement) {
            continue;
        }
        let vouchers = login_vouchers(file, changes, judgement);
        let met = Met { before: before.get(&file.person), base: &*base, sides: &sides };
        let Identified { facts, used, is_open, finding } = bench.identified(&met, file, &vouchers);
        all.identified.extend(used.difference(bench.used));
        all.findings.extend(finding);
        if is_open {
            all.unidentified.insert((file.person.clone(), file.trust.clone()));
        }
        base.people.entry(file.person.clone()).or_default().files.insert(file.trust.clone(), facts);
    }
    all
}

/// The approvers of the person's permitted entries that state the login of a file. Their statements hold the login.
fn login_vouchers<'c>(
    file: &FileFacts,
    changes: &'c ChangeSet,
    judgement: &Judgement,
) -> BTreeSet<&'c PersonId> {
    let entries = changes.gives.iter().map(|change| &change.after.grant).filter(|grant| {
        grant.key.person == file.person
            && grant.vouched.login == file.facts.vouched.login
            && matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Permitted { .. }))
    });
    entries.map(|grant| &grant.approval.by).collect()
}

/// Returns whether the facts of a file are accepted. They are not accepted while a changed entry in the same file is
/// refused.
fn facts_accepted(file: &FileFacts, changes: &ChangeSet, judgement: &Judgement) -> bool {
    !changes.gives.iter().any(|change| {
        let grant = &change.after.grant;
        grant.key.person == file.person
            && grant.trust == file.trust
            && change.kind == ChangeKind::Change
            && matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Refused(_)))
    })
}

/// Returns whether removals may make room for additions of the same change. This is so if somebody with a counted role
/// leaves while another person comes. It is also so if a person loses an access and gets another one, and a policy asks
/// for a person's other accesses.
pub fn makes_room(base: &Base, changes: &ChangeSet, rules: &Rules, pending: Option<&Arc<Rules>>) -> bool {
    let asks =
        rules.policies.asks_of_others() || pending.is_some_and(|pending| pending.policies.asks_of_others());
    swaps_holders(base, changes, &rules.register) || (asks && swaps_accesses(changes))
}

fn swaps_accesses(changes: &ChangeSet) -> bool {
    let gets: BTreeSet<&PersonId> =
        changes.gives.iter().map(|change| &change.after.grant.key.person).collect();
    changes.takes.iter().any(|removal| gets.contains(&removal.key.person))
}

fn swaps_holders(base: &Base, changes: &ChangeSet, register: &Register) -> bool {
    let counted = |grant: &Grant| register.roles.get(&grant.role).is_some_and(|role| role.counted);
    changes.gives.iter().any(|change| counted(&change.after.grant))
        && changes
            .takes
            .iter()
            .filter_map(|removal| base.standing(&removal.key))
            .any(|standing| counted(&standing.grant))
}
