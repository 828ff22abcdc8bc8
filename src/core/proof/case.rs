//! Writes an example as a case of `policies/tests`. It uses places of the register, and only the values that differ
//! from the usual case.
//!
//! A solver may use facts that no register has, such as a trust that does not exist. So a case is only returned if the
//! policies give the wrong answer to it.

use std::collections::BTreeSet;

use super::besides;
use super::example::{Example, FactsByName};
use super::place::{
    ExamplePlace, another_unit, coordinated, coordinated_anywhere, named_unit, unit_at, unit_elsewhere,
    unit_of,
};
use crate::model::{
    ApplicationId, EmployerId, OfficeId, Position, Register, Right, RoleId, Staff, TrustId, UnitId,
};
use crate::policy::{
    Access, Act, Applicant, Approver, Certainty, Concerned, CourseRecord, Decision, Policies, PolicyQuestion,
    RequestFacts, Stay,
};

/// The answer that the policies should give to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedAnswer {
    /// They should permit it.
    Allow,
    /// They should deny it.
    Deny,
}

/// Writes the case as one item of a YAML list. It is `None` if no place of the register shows the same as the example.
#[must_use]
pub fn case(
    example: &Example,
    wanted: ExpectedAnswer,
    name: &str,
    policies: &Policies,
    register: &Register,
) -> Option<String> {
    let (lines, decision) = match example.resource.kind.as_str() {
        "Access" => of_access(example, policies, register)?,
        "UserList" => of_list(example, policies, register)?,
        "Register" => of_register(example, policies, register)?,
        "Record" => of_record(example, policies, register)?,
        _ => return None,
    };
    // A policy that fails is a denial, but it is not an answer to the case.
    let shows = decision.allowed != (wanted == ExpectedAnswer::Allow) && decision.errors.is_empty();
    // Only the author of the correction knows which policy will decide the case. Until they name it, any policy may.
    let (expect, by) = match wanted {
        ExpectedAnswer::Allow => ("allow", "permit it"),
        ExpectedAnswer::Deny => ("deny", "forbid it, or leave the line out where nothing permits it"),
    };
    shows.then(|| {
        let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
        format!(
            "- name: {name}\n  action: {}\n{lines}  expect: {expect}\n  decided_by: any\n  # In place of `any`, name the policies that {by}.\n",
            example.action
        )
    })
}

/// The lines of a case, and the decision of today's policies about it.
type Put = (Vec<String>, Decision);

fn of_access(example: &Example, policies: &Policies, register: &Register) -> Option<Put> {
    let (access, context) = (example.resource(), example.context());
    let (unit, trust) = unit_of(access, register)?;
    let approver = Approver {
        offices: known_offices(&example.principal().ids(&["offices"]))?,
        coordinator_of: coordinated(example, register, &trust)?.into_iter().collect(),
    };
    let employer = employer_like(access, register, &trust)?;
    let has_position = access.has(&["position"]);
    // A solver uses any letters. A register has only small ones.
    let words = access.words(&["position"]).to_ascii_lowercase();
    let position = has_position.then(|| Position::new(&words)).transpose().ok()?;
    let count = |name| u32::try_from(context.number(&[name])).ok();
    let stay = if context.is(&["hasEnd"]) { Stay::Months(count("months")?) } else { Stay::Open };
    let question = PolicyQuestion {
        action: match example.action.as_str() {
            "grant" => Act::Grant,
            "change" => Act::Change,
            "revoke" => Act::Revoke,
            _ => return None,
        },
        approver,
        access: Access {
            application: ApplicationId::new(access.id(&["application"])).ok()?,
            unit,
            role: RoleId::new(access.id(&["role"])).ok()?,
            applicant: Applicant {
                staff: known_staff(access.id(&["staff"]))?,
                employer,
                position,
                offices: known_offices(&access.ids(&["offices"]))?,
                others: besides::others(access, unit, register)?,
            },
        },
        circumstances: RequestFacts {
            own: context.is(&["self"]),
            request_spent: context.is(&["requestSpent"]),
            identity: match context.id(&["identity"]) {
                "contacted" => Certainty::Contacted,
                "uncertain" => Certainty::Uncertain,
                _ => Certainty::Known,
            },
            approval_renewed: context.is(&["approvalRenewed"]),
            holders_after_change: count("holdersAfterChange")?,
            most_holders: count("mostHolders")?,
            own_coordinator: context.is(&["ownCoordinator"]),
            stay,
            max_lis_months: count("maxLisMonths")?,
            review_overdue: context.is(&["reviewOverdue"]),
        },
    };
    let mut lines = by(&question.approver);
    lines.push(flow("access", &applied_for(&question.access, register)));
    let unusual = unusual(&question.circumstances);
    if !unusual.is_empty() {
        lines.push(flow("context", &unusual));
    }
    Some((lines, policies.decide(register, &question)))
}

fn of_list(example: &Example, policies: &Policies, register: &Register) -> Option<Put> {
    let (_, trust) = unit_of(example.resource(), register)?;
    let approver = Approver {
        offices: known_offices(&example.principal().ids(&["offices"]))?,
        coordinator_of: coordinated(example, register, &trust)?.into_iter().collect(),
    };
    let own = example.context().is(&["self"]);
    let concerned = if own { Concerned::Oneself } else { Concerned::Another };
    let mut lines = by(&approver);
    lines.push(format!("trust: {trust}"));
    if own {
        lines.push("context: {own: true}".to_owned());
    }
    Some((lines, policies.may_attest(register, &approver, &trust, concerned)))
}

fn of_register(example: &Example, policies: &Policies, register: &Register) -> Option<Put> {
    // This action has no place, so any trust can be used.
    let approver = Approver {
        offices: known_offices(&example.principal().ids(&["offices"]))?,
        coordinator_of: coordinated_anywhere(example, register)?.into_iter().collect(),
    };
    let own = example.context().is(&["self"]);
    let concerned = if own { Concerned::Oneself } else { Concerned::Another };
    let mut lines = by(&approver);
    if own {
        lines.push("context: {own: true}".to_owned());
    }
    let decision = match example.action.as_str() {
        "release" => policies.may_release(&approver, concerned),
        "suspend" => policies.may_suspend(&approver, concerned),
        _ => return None,
    };
    Some((lines, decision))
}

fn of_record(example: &Example, policies: &Policies, register: &Register) -> Option<Put> {
    let (holder, record) = (example.principal(), example.resource());
    let [unit, at] = right_and_course(example, register)?;
    let right = Right {
        application: ApplicationId::new(holder.id(&["application"])).ok()?,
        unit,
        role: RoleId::new(holder.id(&["role"])).ok()?,
    };
    let record = CourseRecord {
        unit: at,
        real_patient_data: record.is(&["realPatientData"]),
        ongoing: record.is(&["ongoing"]),
    };
    let act = policies.capability_acts().find(|act| act.as_str() == example.action)?;
    let Right { application, role, .. } = &right;
    let lines = vec![
        format!("holder: {{application: {application}, role: {role}, unit: {unit}}}"),
        format!(
            "record: {{unit: {at}, real_patient_data: {}, ongoing: {}}}",
            record.real_patient_data, record.ongoing
        ),
    ];
    Some((lines, policies.can(register, &right, act, record)))
}

/// The units of the register for a right and for a course, as far from each other as those of the example.
fn right_and_course(example: &Example, register: &Register) -> Option<[UnitId; 2]> {
    let (holder, record) = (example.principal(), example.resource());
    let same_unit = holder.id(&["unit", "id"]) == record.id(&["unit"]);
    let same_trust = holder.id(&["trust", "id"]) == record.id(&["trust"]);
    let named = named_unit(record.id(&["unit"]), register);
    match (same_unit, same_trust) {
        (true, true) => unit_of(holder, register).map(|(unit, _)| [unit, unit]),
        // If a policy only names the unit of the course, the right must be at another unit of the same trust.
        (false, true) => match named.filter(|_| !ExamplePlace::of(holder).is_known(register)) {
            Some(at) => Some([another_unit(register, at, register.trust_of(at)?)?, at]),
            None => {
                let (unit, trust) = unit_of(holder, register)?;
                let at = named.or_else(|| another_unit(register, unit, &trust))?;
                Some([unit, at])
            }
        },
        (_, false) => {
            let (unit, trust) = unit_of(holder, register)?;
            let known = named.or_else(|| unit_at(record.id(&["trust"]), register));
            let at = match known {
                Some(at) => at,
                None => unit_elsewhere(register, &trust)?.0,
            };
            Some([unit, at])
        }
    }
}

fn known_offices(ids: &[&str]) -> Option<BTreeSet<OfficeId>> {
    ids.iter().map(|id| OfficeId::new(id).ok()).collect()
}

fn known_staff(id: &str) -> Option<Staff> {
    [Staff::Health, Staff::Ict, Staff::Other].into_iter().find(|staff| staff.as_str() == id)
}

/// Returns an employer of the register that is like the one in the example. It is the one that a policy names, the
/// trust itself, an ICT body that no policy names, or another trust. One that a policy names is only taken if it has
/// the same kind. The national unit and the test unit employ nobody, so another trust is taken there.
fn employer_like(access: FactsByName<'_>, register: &Register, trust: &TrustId) -> Option<EmployerId> {
    let named = EmployerId::new(access.id(&["employer", "id"])).ok();
    let own = access.is(&["employer", "ownTrust"]);
    let is_body = access.is(&["employer", "ictBody"]);
    let bodies = || register.ict_bodies.keys().cloned();
    let is_alike = |named: &EmployerId| {
        let is_other_trust = !own && named.as_str() != trust.as_str() && register.is_employer(named);
        register.ict_bodies.contains_key(named) == is_body && (is_body || is_other_trust)
    };
    let here = || EmployerId::new(trust.as_str()).ok().filter(|here| own && register.is_employer(here));
    match named.filter(is_alike).or_else(here) {
        Some(employer) => Some(employer),
        None if is_body => bodies().next(),
        None => EmployerId::new(unit_elsewhere(register, trust)?.1.as_str()).ok(),
    }
}

/// The line of the approver, if there is anything to say.
fn by(approver: &Approver) -> Vec<String> {
    let Approver { offices, coordinator_of } = approver;
    let mut facts = Vec::new();
    if !offices.is_empty() {
        facts.push(("offices", case_list(offices.iter().map(OfficeId::as_str))));
    }
    if !coordinator_of.is_empty() {
        facts.push(("coordinator_of", case_list(coordinator_of.iter().map(TrustId::as_str))));
    }
    if facts.is_empty() { Vec::new() } else { vec![flow("approver", &facts)] }
}

/// Returns the keys of the access. Unit and employer are always written, and other keys only if they are not as usual.
fn applied_for(access: &Access, register: &Register) -> Vec<(&'static str, String)> {
    let Access { application, unit, role, applicant } = access;
    let UnitId(number) = unit;
    let mut facts = vec![("unit", number.to_string()), ("employer", applicant.employer.to_string())];
    if application.as_str() != "smerteregisteret" {
        facts.push(("application", application.to_string()));
    }
    if role.as_str() != "LU" {
        facts.push(("role", role.to_string()));
    }
    if applicant.staff != Staff::Health {
        facts.push(("staff", applicant.staff.as_str().to_owned()));
    }
    facts.extend(applicant.position.as_ref().map(|position| ("position", position.to_string())));
    if !applicant.offices.is_empty() {
        facts.push(("offices", case_list(applicant.offices.iter().map(OfficeId::as_str))));
    }
    if !applicant.others.is_empty() {
        let each: Vec<String> =
            applicant.others.iter().map(|other| besides::written(other, register)).collect();
        facts.push(("others", case_list(each.iter().map(String::as_str))));
    }
    facts
}

/// The circumstances that are not as usual.
fn unusual(facts: &RequestFacts) -> Vec<(&'static str, String)> {
    let stay = match facts.stay {
        Stay::Open => "null".to_owned(),
        Stay::Months(months) => months.to_string(),
    };
    let all = [
        ("own", facts.own.to_string(), "false"),
        ("request_spent", facts.request_spent.to_string(), "false"),
        ("identity", facts.identity.as_str().to_owned(), "known"),
        ("approval_renewed", facts.approval_renewed.to_string(), "true"),
        ("holders_after_change", facts.holders_after_change.to_string(), "0"),
        ("most_holders", facts.most_holders.to_string(), "2"),
        ("own_coordinator", facts.own_coordinator.to_string(), "false"),
        ("stay", stay, "6"),
        ("max_lis_months", facts.max_lis_months.to_string(), "12"),
        ("review_overdue", facts.review_overdue.to_string(), "false"),
    ];
    all.into_iter().filter(|(_, is, usual)| is != usual).map(|(name, is, _)| (name, is)).collect()
}

fn flow(key: &str, facts: &[(&'static str, String)]) -> String {
    let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{key}: {{{}}}", facts.join(", "))
}

fn case_list<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", ids.collect::<Vec<_>>().join(", "))
}
