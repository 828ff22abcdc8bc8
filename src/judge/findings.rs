//! What people are told about a verdict: which rule, where, and who could approve it instead.

use jiff::civil::Date;

use crate::change::{Base, Field};
use crate::diag::{Code, Finding, Place, text};
use crate::model::{Grant, PersonId, Register};
use crate::policy::{Act, Decision, Policies};

use super::question::{Manner, question};
use super::{Authority, Rules};

/// One entry before the court.
pub(super) struct Case<'a> {
    pub(super) names: &'a Base,
    pub(super) grant: &'a Grant,
    pub(super) manner: Manner,
    pub(super) today: Date,
    pub(super) place: &'a dyn Fn(Field) -> Option<Place>,
}

impl Case<'_> {
    pub(super) fn at(&self, finding: Finding, field: Field) -> Finding {
        match (self.place)(field) {
            Some(place) => finding.at(place),
            None => finding,
        }
    }

    pub(super) fn what(&self, register: &Register) -> String {
        let grant = self.grant;
        format!(
            "{} at {} in {} for `{}`",
            grant.role,
            register.unit_name(grant.key.unit),
            grant.key.application,
            grant.key.person
        )
    }

    pub(super) fn approval_in_future(&self, first_day: Date) -> Finding {
        let on = self.grant.approval.on;
        let message = if first_day == self.today {
            format!("the approval is dated {on}, which is after today ({first_day})")
        } else {
            format!("the approval is dated {on}, which is after the day it was first seen ({first_day})")
        };
        let way_out = "Write the day on which the application was approved.";
        self.at(Finding::new(Code::ApprovalInFuture, message, way_out), Field::ApprovedOn)
    }

    pub(super) fn approver_not_in_office(&self) -> Finding {
        let message =
            format!("`{}` is in the tree as an administrator, but not today", self.grant.approval.by);
        let way_out =
            "Nothing to do if they were in office when they approved; with a base (`--base`) this is judged.";
        self.at(Finding::new(Code::ApproverNotInOffice, message, way_out), Field::ApprovedBy)
    }

    pub(super) fn approver_unknown(&self) -> Finding {
        let message =
            format!("nothing in the tree says that `{}` is or was an administrator", self.grant.approval.by);
        let way_out = "Check the spelling; if they have left since, nothing is to be done; with a base (`--base`) this is judged.";
        self.at(Finding::new(Code::ApproverNotInOffice, message, way_out), Field::ApprovedBy)
    }

    pub(super) fn advice(&self, rules: &Rules, authority: &Authority, holders: u32) -> Vec<Finding> {
        let asked =
            question(&rules.register, authority, self.grant, self.manner, &self.grant.approval.by, holders);
        let policies = &rules.policies;
        let advice = rules.advise(&asked);
        let told = advice.policies.iter().map(|id| {
            let message = format!("{}: {}", self.what(&rules.register), says(policies, id));
            let finding = Finding::new(Code::Advice, message, String::new())
                .decided_by(policies.rules(id).to_vec(), vec![id.clone()]);
            self.at(finding, points_at(policies, id))
        });
        let failed = advice.errors.iter().map(|error| {
            let message =
                format!("advice on {} could not be worked out: {error}", self.what(&rules.register));
            let way_out = "This is a fault in the policies, not in the file: show it to those who keep them.";
            self.at(Finding::new(Code::Advice, message, way_out), Field::ApprovedBy)
        });
        told.chain(failed).collect()
    }

    /// Why not, in the words of the policies, and who could.
    pub(super) fn denied(
        &self,
        rules: &Rules,
        authority: &Authority,
        decision: &Decision,
        holders: u32,
        first_day: Date,
    ) -> Finding {
        let register = &rules.register;
        let policies = &rules.policies;
        let mut finding = if !decision.errors.is_empty() {
            let message = format!(
                "the policies could not judge {}: {}",
                self.what(register),
                decision.errors.join("; ")
            );
            let way_out = "This is a fault in the policies, not in the file: show it to those who keep them. It counts as a denial.";
            self.at(Finding::new(Code::PolicyError, message, way_out), Field::ApprovedBy)
        } else if let Some(first) = decision.determining.first() {
            self.forbidden(register, policies, decision, first)
        } else {
            let message =
                format!("`{}` has no authority to approve {}", self.grant.approval.by, self.what(register));
            self.at(Finding::new(Code::NotPermitted, message, String::new()), Field::ApprovedBy)
        };
        let could = could_approve(rules, authority, self.grant, self.manner, holders);
        if finding.way_out.is_empty() {
            finding.way_out = self.way_out(register, &could, decision).into();
        }
        if first_day != self.today {
            let what = finding.message;
            finding.message = text!(
                with what;
                en: "{what}; judged as on {first_day}, when these bytes were first refused (change the approval to have it judged anew)",
                nb: "{what}; vurdert som per {first_day}, da de samme bytene først ble avvist (endre godkjenningen for å få den vurdert på nytt)"
            );
        }
        finding
    }

    fn forbidden(
        &self,
        register: &Register,
        policies: &Policies,
        decision: &Decision,
        first: &str,
    ) -> Finding {
        let says: Vec<String> = decision.determining.iter().map(|id| says(policies, id).to_owned()).collect();
        let message = format!("{}: {}", self.what(register), says.join(" "));
        let mut all: Vec<String> =
            decision.determining.iter().flat_map(|id| policies.rules(id).iter().cloned()).collect();
        all.sort();
        all.dedup();
        let code =
            if self.manner.act == Act::Change && !self.manner.renewed && decision.determining.len() == 1 {
                Code::ApprovalNotRenewed
            } else {
                Code::Forbidden
            };
        let finding =
            Finding::new(code, message, String::new()).decided_by(all, decision.determining.clone());
        self.at(finding, points_at(policies, first))
    }

    fn way_out(&self, register: &Register, could: &[PersonId], decision: &Decision) -> String {
        if self.manner.spent {
            return "This request has served its grant and cannot be used again, whoever approves it: the person sends a new application, and the entry names that request.".to_owned();
        }
        if could.is_empty() {
            return if decision.determining.is_empty() {
                "No administrator in office could approve this as it stands; ask the register leader."
                    .to_owned()
            } else {
                "Nobody could approve this as it stands; change the entry or take it out.".to_owned()
            };
        }
        let names: Vec<String> = could.iter().map(|person| self.describe(register, person)).collect();
        format!("Could be approved by {}.", list(&names))
    }

    fn describe(&self, register: &Register, person: &PersonId) -> String {
        let office = register.appointments.iter().find(|a| a.person == *person);
        match office {
            Some(office) => {
                let title =
                    register.offices.get(&office.office).map_or(office.office.as_str(), String::as_str);
                format!("{} ({title}, `{person}`)", office.name)
            }
            None => match self.names.name_of(person) {
                name if name == person.as_str() => format!("`{person}`"),
                name => format!("{name} (`{person}`)"),
            },
        }
    }
}

pub(super) fn says<'p>(policies: &'p Policies, id: &'p str) -> &'p str {
    policies.says(id).unwrap_or(id)
}

fn points_at(policies: &Policies, id: &str) -> Field {
    policies.points_at(id).and_then(Field::of_word).unwrap_or(Field::ApprovedBy)
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Everybody with authority whom the policies would let approve this entry as it stands.
#[must_use]
pub(super) fn could_approve(
    rules: &Rules,
    authority: &Authority,
    grant: &Grant,
    manner: Manner,
    holders: u32,
) -> Vec<PersonId> {
    let manner = Manner { renewed: true, ..manner };
    authority
        .iter()
        .map(|(person, _)| person)
        .filter(|person| {
            let asked = question(&rules.register, authority, grant, manner, person, holders);
            rules.decide(&asked).allowed
        })
        .cloned()
        .collect()
}
