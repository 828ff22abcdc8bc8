//! Changes of people's ids in a pass. The accepted state moves to the new id before anything is compared. A file that
//! asks for a change that is not made is held.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Astray, Base, Head, HeadFile, Invalid, KnownPerson};
use crate::diag::{Code, Finding, text};
use crate::judge::{ForgeInquiry, IdBench, IdChange, Rules, id_changes, retired};
use crate::model::{FilePath, PersonId, TrustId};
use crate::tree::Snapshot;

/// A change of an id that is made, with everything that moves to the new id.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// The change, with the person and the approver.
    pub change: IdChange,
    /// The known state of the person from now on, before the other changes of the pass.
    pub known: KnownPerson,
}

/// The input for judging changes of ids.
pub struct Judging<'a> {
    pub rules: &'a Arc<Rules>,
    pub pending: Option<&'a Arc<Rules>>,
    pub snapshot: &'a Snapshot,
    pub today: Date,
    pub forge: ForgeInquiry,
    /// Set if the clock is not trusted. Then the age of an approval is unknown.
    pub is_suspect: bool,
    pub is_untrusted: &'a dyn Fn(&PersonId) -> bool,
    /// Tells whether the newest commit takes a change back. Then it is not made at a commit on the way.
    pub is_taken_back: &'a dyn Fn(&IdChange) -> bool,
}

impl Judging<'_> {
    /// Judges the changes of ids. It gives the base and the head the new ids, and holds files with a change that is
    /// not made.
    pub fn settle(&self, base: &mut Base, head: &mut Head, findings: &mut Vec<Finding>) -> Vec<Renamed> {
        for (person, trust, finding) in retired(base, head) {
            findings.push(finding);
            let now = base.meant(&person).clone();
            hold(head, &person, &trust, [now].into());
        }
        let is_absent = |path: &FilePath| self.snapshot.shows_absent(path);
        let mut judged = id_changes(&IdBench {
            rules: self.rules,
            pending: self.pending.map(|rules| &**rules),
            base,
            head,
            today: self.today,
            forge: self.forge,
            is_absent: &is_absent,
            is_untrusted: self.is_untrusted,
        });
        if self.is_suspect {
            for change in judged.made.drain(..) {
                judged.findings.push(waits(&change));
                judged.refused.insert(change.to, [change.from].into());
            }
        }
        let (taken_back, made): (Vec<IdChange>, Vec<IdChange>) =
            std::mem::take(&mut judged.made).into_iter().partition(|change| (self.is_taken_back)(change));
        judged.made = made;
        for change in taken_back {
            judged.findings.push(is_reverted(&change));
            judged.refused.insert(change.to, [change.from].into());
        }
        findings.append(&mut judged.findings);
        for (to, before) in judged.refused {
            let trusts: Vec<TrustId> =
                head.files.get(&to).map(|files| files.keys().cloned().collect()).unwrap_or_default();
            for trust in trusts {
                hold(head, &to, &trust, before.iter().cloned().chain([to.clone()]).collect());
            }
        }
        let mut made = Vec::new();
        for change in judged.made {
            base.rename(&change.from, &change.to);
            head.files.remove(&change.from);
            head.astray.values_mut().for_each(|astray| {
                if astray.names.remove(&change.from) {
                    astray.names.insert(change.to.clone());
                }
            });
            let known = base.people.get(&change.to).cloned().unwrap_or_default();
            findings.push(made_finding(&change));
            made.push(Renamed { change, known });
        }
        made
    }
}

/// Returns the rules, with each person under the current id.
pub fn knowing(rules: &Arc<Rules>, renamed: &BTreeMap<PersonId, PersonId>) -> Arc<Rules> {
    if renamed.is_empty() { Arc::clone(rules) } else { Arc::new(rules.knowing(renamed)) }
}

/// Holds a file that can be parsed. Its accepted entries stay. The entries it revokes are carried out for each person
/// it names.
fn hold(head: &mut Head, person: &PersonId, trust: &TrustId, names: BTreeSet<PersonId>) {
    let Some(file) = head.files.get_mut(person).and_then(|files| files.get_mut(trust)) else { return };
    let HeadFile::Says { entries, invalid, previously, .. } = file else { return };
    let requests = entries.iter().map(|entry| entry.grant.key.request.clone()).collect();
    let previously = previously.iter().map(|before| before.person.clone()).collect();
    let revoked = entries.iter().filter(|entry| entry.grant.revoked.is_some());
    let mut says: Vec<Invalid> = revoked
        .map(|entry| Invalid {
            application: Some(entry.grant.key.application.clone()),
            unit: Some(entry.grant.key.unit),
            request: Some(entry.grant.key.request.clone()),
            revoked: entry.grant.revoked.clone(),
        })
        .collect();
    says.extend(invalid.iter().filter(|entry| entry.revoked.is_some()).cloned());
    *file = HeadFile::Held { says: Vec::new() };
    head.astray.insert(
        FilePath::of_person(trust, person),
        Astray { names, says, previously, requests, ..Astray::default() },
    );
}

fn made_finding(change: &IdChange) -> Finding {
    let IdChange { from, to, approvals } = change;
    let by: BTreeSet<String> = approvals.values().map(|(approval, _)| format!("`{}`", approval.by)).collect();
    let by = by.into_iter().collect::<Vec<_>>().join(", ");
    let message = text!(
        en: "`{from}` is called `{to}` from now on, approved by {by}; access, requests and history go along",
        nb: "`{from}` heter `{to}` fra nå av, godkjent av {by}; tilgang, søknader og historikk følger med"
    );
    Finding::new(Code::IdChanged, message, Code::IdChanged.next())
}

fn is_reverted(change: &IdChange) -> Finding {
    let IdChange { from, to, .. } = change;
    let message = text!(
        en: "`{from}` does not become `{to}`: the newest commit has the file under the former id again",
        nb: "`{from}` blir ikke `{to}`: den nyeste innsendingen har filen under den gamle id-en igjen"
    );
    let way_out = text!(
        en: "Nothing is to be done. Everything stays as it was accepted.",
        nb: "Ingenting skal gjøres. Alt blir stående slik det er godtatt."
    );
    Finding::new(Code::IdChange, message, way_out).advice()
}

fn waits(change: &IdChange) -> Finding {
    let IdChange { from, to, .. } = change;
    let message = text!(
        en: "`{from}` becomes `{to}` once the date is believed again: how old the approval is cannot be said now",
        nb: "`{from}` blir `{to}` når datoen er til å stole på igjen: hvor gammel godkjenningen er, kan ikke sies nå"
    );
    let way_out = text!(
        en: "See what is said of the clock. Until then everything stays as it was accepted.",
        nb: "Se det som sies om klokken. Inntil da blir alt stående slik det er godtatt."
    );
    Finding::new(Code::IdChange, message, way_out)
}
