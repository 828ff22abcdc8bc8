//! Checks the approver of a change of an id and the proof. Approvers must be able to give the person the accesses
//! that go along, and they are never the person.

use super::{Bench, FileWithEarlierId, IdChange, about};
use crate::change::{Field, HeadFile, KnownPerson, Standing};
use crate::diag::{Code, Finding, text};
use crate::judge::besides::Whole;
use crate::judge::court::ForgeInquiry;
use crate::judge::findings::EntryCase;
use crate::judge::limits::RoleHolders;
use crate::judge::proof::{ApprovalClaim, STATEMENT_DAYS, Shown, Unproven};
use crate::judge::question::{Manner, question};
use crate::judge::{Authority, Rules};
use crate::model::{Grant, PersonId, Proof, TrustId};
use crate::policy::Act;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Checks that an administrator of every trust concerned approved the change.
pub(super) fn approved(
    bench: &Bench<'_>,
    (from, to): (&PersonId, &PersonId),
    files: &[FileWithEarlierId<'_>],
    known: &KnownPerson,
) -> Result<IdChange, Vec<Finding>> {
    let (mut shown, mut approvals, mut findings) = (Shown::default(), BTreeMap::new(), Vec::new());
    for asking in files {
        let (approval, trust) = (&asking.previously.approval, asking.trust);
        if let Some(finding) = dated_wrong(bench.today, asking) {
            findings.push(finding);
            continue;
        }
        let denied = [Some(bench.rules), bench.pending]
            .into_iter()
            .flatten()
            .find_map(|rules| not_entitled(bench, rules, (from, to), asking, known));
        if let Some(finding) = denied {
            findings.push(finding);
            continue;
        }
        let register = &bench.rules.register.id;
        let statement = asking.previously.statement(register, to, trust);
        let claim = ApprovalClaim {
            statement: &statement,
            by: &approval.by,
            on: approval.on,
            day: bench.today,
            today: bench.today,
        };
        let exhibited = shown.of(bench.head, register, to, trust);
        let proof = exhibited.map_or(Err(Unproven::NotReviewed), |shown| shown.proves(bench.rules, &claim));
        match proof {
            Ok(proof) => drop(approvals.insert(trust.clone(), (approval.clone(), proof))),
            Err(Unproven::NotReviewed) if bench.forge == ForgeInquiry::NotAsked => {
                approvals.insert(trust.clone(), (approval.clone(), Proof::Declared));
            }
            Err(why) => {
                let grant = stand_in(asking, known);
                let finding = case(bench, grant.as_ref(), asking, |case| case.unproven(bench.rules, &why));
                findings.push(about(from, to, trust, finding));
            }
        }
    }
    if findings.is_empty() {
        Ok(IdChange { from: from.clone(), to: to.clone(), approvals })
    } else {
        Err(findings)
    }
}

/// Reports an approval that is dated in the future or is too old.
fn dated_wrong(today: Date, asking: &FileWithEarlierId<'_>) -> Option<Finding> {
    let on = asking.previously.approval.on;
    let message = if on > today {
        text!(
            en: "the change of the id is approved on {on}, which is after today ({today})",
            nb: "endringen av id-en er godkjent {on}, som er etter i dag ({today})"
        )
    } else if on.checked_add(STATEMENT_DAYS.days()).is_ok_and(|latest| latest < today) {
        text!(
            en: "the change of the id is approved on {on}, more than {STATEMENT_DAYS} days ago",
            nb: "endringen av id-en er godkjent {on}, for mer enn {STATEMENT_DAYS} dager siden"
        )
    } else {
        return None;
    };
    let way_out = text!(
        en: "Write the day on which it was approved, and approve it anew if need be.",
        nb: "Skriv dagen den ble godkjent, og godkjenn på nytt om nødvendig."
    );
    Some(asking.at(Finding::new(Code::IdChange, message, way_out), Field::PreviouslyOn))
}

/// Returns the living accesses at the file's trust, which are judged as if they were approved now. If none is living,
/// it returns the accesses that are over.
fn going<'k>(known: &'k KnownPerson, trust: &'k TrustId, today: Date) -> (Act, Vec<&'k Standing>) {
    let living: Vec<&Standing> =
        known.at(trust).map(|(_, standing)| standing).filter(|standing| standing.lives(today)).collect();
    if living.is_empty() {
        (Act::Revoke, known.at(trust).map(|(_, standing)| standing).collect())
    } else {
        (Act::Change, living)
    }
}

/// Reports why the approver could not give the person what goes along. It is `None` if they could give all of it.
fn not_entitled(
    bench: &Bench<'_>,
    rules: &Rules,
    (from, to): (&PersonId, &PersonId),
    asking: &FileWithEarlierId<'_>,
    known: &KnownPerson,
) -> Option<Finding> {
    let (base, today, trust) = (bench.base, bench.today, asking.trust);
    let approval = &asking.previously.approval;
    // The approver must have been in office on the day of the approval, and must be now.
    let authority = Authority::on(&rules.register, base, &[approval.on, today]);
    let (act, going) = going(known, trust, today);
    let manner = Manner { act, spent: false, renewed: true, overdue: false };
    if base.is_same(&approval.by, from) || approval.by == *to {
        let message = text!(
            en: "nobody approves the change of their own id",
            nb: "ingen godkjenner endringen av sin egen id"
        );
        let way_out = text!(
            en: "Another administrator of the trust approves it.",
            nb: "En annen administrator ved helseforetaket godkjenner den."
        );
        let finding =
            Finding::new(Code::IdChange, message, way_out).decided_by(vec!["R42".to_owned()], Vec::new());
        return Some(asking.at(finding, Field::PreviouslyBy));
    }
    if going.is_empty() {
        // If there is no access to ask about, nobody can approve.
        return Some(nothing_shows(asking));
    }
    let holders = RoleHolders::living(&rules.register, base, &BTreeMap::new(), today);
    for standing in going {
        let grant = Grant { approval: approval.clone(), ..standing.grant.clone() };
        let count = holders.most(&rules.register, &grant, today);
        let whole = Whole { holders: count, ..Whole::at(&rules.policies, base, &grant, today) };
        let asked = question(&rules.register, &authority, &grant, manner, &approval.by, &whole);
        let decision = rules.decide(&asked);
        if !decision.allowed {
            let finding = case(bench, Some(&grant), asking, |case| {
                case.denied(rules, &authority, &decision, &whole, today)
            });
            return Some(about(from, to, trust, finding));
        }
    }
    None
}

/// One of the accesses that go along, for use in a finding.
fn stand_in(asking: &FileWithEarlierId<'_>, known: &KnownPerson) -> Option<Grant> {
    let (_, standing) = known.at(asking.trust).next()?;
    Some(Grant { approval: asking.previously.approval.clone(), ..standing.grant.clone() })
}

/// Makes a finding about an access, placed at the values of `previously`.
fn case(
    bench: &Bench<'_>,
    grant: Option<&Grant>,
    asking: &FileWithEarlierId<'_>,
    tell: impl Fn(&EntryCase<'_>) -> Finding,
) -> Finding {
    let HeadFile::Says { spots, .. } = asking.file else { return nothing_shows(asking) };
    let Some(grant) = grant else { return nothing_shows(asking) };
    let place = |field| {
        let field = match field {
            Field::ApprovedBy => Field::PreviouslyBy,
            Field::ApprovedOn => Field::PreviouslyOn,
            Field::Identity => Field::PreviouslyIdentity,
            _ => Field::Previously,
        };
        Some(spots.place(None, field))
    };
    let manner = Manner { act: Act::Change, spent: false, renewed: true, overdue: false };
    tell(&EntryCase { names: bench.base, grant, manner, today: bench.today, place: &place })
}

fn nothing_shows(asking: &FileWithEarlierId<'_>) -> Finding {
    let by = &asking.previously.approval.by;
    let message = text!(
        en: "nothing shows that `{by}` approved the change of the id",
        nb: "ingenting viser at `{by}` har godkjent endringen av id-en"
    );
    let way_out = text!(en: "Approve it anew.", nb: "Godkjenn på nytt.");
    asking.at(Finding::new(Code::IdChange, message, way_out), Field::PreviouslyBy)
}
