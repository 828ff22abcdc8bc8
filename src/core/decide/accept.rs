//! Accepts the permitted entries: they go into the base, as if they had always been there, and into the record.

use jiff::civil::Date;

use crate::change::{Acceptance, Base, ChangeKind, ChangeSet, Standing, Way};
use crate::judge::{Judgement, Rules, Verdict};
use crate::model::{Digest, Grant, Register};

/// The accepted entries, for the record.
#[derive(Debug, Default)]
pub struct Accepted {
    /// Grants that are accepted, changed or recorded as history.
    pub grants: Vec<Standing>,
    /// Statements that are used up because others have replaced them.
    pub used: Vec<Digest>,
}

/// Puts the permitted entries into the base, and returns them for the record.
pub fn accept(
    base: &mut Base,
    changes: &ChangeSet,
    judgement: &Judgement,
    rules: &Rules,
    today: Date,
) -> Accepted {
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
        let (given, replaced) = old.map(|old| old.told(grant, today)).unwrap_or_default();
        accepted.push(Standing {
            grant: grant.clone(),
            accepted: Acceptance {
                on: today,
                way: Way::Judged,
                policies: policies.clone(),
                rules: rules.policies_digest,
                proof: Some(proof.clone()),
            },
            given,
            replaced,
            cleared: None,
            ended: None,
        });
    }
    accepted.extend(changes.history.iter().map(|entry| Standing {
        grant: entry.grant.clone(),
        accepted: Acceptance {
            on: today,
            way: Way::History,
            policies: Vec::new(),
            rules: rules.policies_digest,
            proof: None,
        },
        given: None,
        replaced: None,
        cleared: None,
        ended: Some(today),
    }));
    for standing in &accepted {
        let key = &standing.grant.key;
        base.bind(key);
        base.people
            .entry(key.person.clone())
            .or_default()
            .grants
            .insert(key.clone(), Box::new(standing.clone()));
    }
    for file in &changes.files {
        let known = base.people.entry(file.person.clone()).or_default();
        let gives = known.grants.values().any(|standing| standing.grant.trust == file.trust);
        if gives && facts_accepted(file, changes, judgement) {
            known.files.insert(file.trust.clone(), file.facts.clone());
        }
    }
    Accepted { grants: accepted, used }
}

/// Tells whether the facts of a file are accepted. They are not accepted while a changed entry in the same file is
/// refused.
fn facts_accepted(file: &crate::change::FileFacts, changes: &ChangeSet, judgement: &Judgement) -> bool {
    !changes.gives.iter().any(|change| {
        let grant = &change.after.grant;
        grant.key.person == file.person
            && grant.trust == file.trust
            && change.kind == ChangeKind::Change
            && matches!(judgement.verdicts.get(&grant.key), Some(Verdict::Refused(_)))
    })
}

/// Tells whether somebody with a counted role leaves in the same change that brings in another.
pub fn makes_room(base: &Base, changes: &ChangeSet, register: &Register) -> bool {
    let counted = |grant: &Grant| register.roles.get(&grant.role).is_some_and(|role| role.counted);
    changes.gives.iter().any(|change| counted(&change.after.grant))
        && changes
            .takes
            .iter()
            .filter_map(|removal| base.standing(&removal.key))
            .any(|standing| counted(&standing.grant))
}
