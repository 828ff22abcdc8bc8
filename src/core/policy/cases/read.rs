//! Reads the files of cases.
//!
//! A case may have an extra key, or one that means nothing for its action. It then shows something other than its
//! author thinks. So it is a finding, and no case of such a file is used. A policy, a unit or an office that does not
//! exist is a finding at its name.

pub use self::case::{CaseQuestion, Expected, PolicyCase};
use super::super::facts::{
    Access, Act, Applicant, Approver, CapabilityAct, Concerned, Counts, CourseRecord, PolicyQuestion,
    RequestFacts,
};
use super::super::load::Policies;
use super::usual::{CONTEXT, Usual, access_facts, context, set_of_values, unit, unit_of_example};
use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::model::{FilePath, Register, Right, TrustId};
use crate::parse;
use crate::parse::reading::{Fields, FilePage, Item, NameKind, Node, Read, Value, read, shown, suggested};

mod case;

/// The keys of a case.
const KEYS: [&str; 12] = [
    "name",
    "action",
    "approver",
    "access",
    "context",
    "trust",
    "counts",
    "holder",
    "record",
    "expect",
    "decided_by",
    "advice",
];
/// The keys that every case may have.
const ALWAYS: [&str; 5] = ["name", "action", "expect", "decided_by", "advice"];
/// The actions that are not among those of the capabilities.
const ACTIONS: [&str; 7] = ["grant", "change", "revoke", "attest", "inspect", "release", "suspend"];

/// The word at `decided_by` that lets any policy decide.
const ANY: &str = "any";

/// The most users or coordinators that a case can speak of.
const MOST: u32 = 1_000_000;

/// Reads one file.
///
/// # Errors
/// The error has all findings, if there is any. None of the file's cases is used then.
pub(super) fn cases(
    path: &FilePath,
    bytes: &[u8],
    policies: &Policies,
    register: &Register,
    usual: &Usual,
) -> Result<Vec<PolicyCase>, Vec<Finding>> {
    let text = parse::text(path, bytes)?;
    let node = read(path, text)?;
    let page = FilePage { path, text };
    let mut wrong = parse::hidden(path, bytes);
    let nodes = match &node.value {
        Value::List(nodes) if !nodes.is_empty() => nodes,
        _ => {
            let message =
                text!(en: "there is no case in this file", nb: "det er ikke noe testtilfelle i denne filen");
            let way_out = text!(
                en: "Write a list of cases, each beginning with `- name: ...`, or take the file away.",
                nb: "Skriv en liste av testtilfeller som hvert begynner med `- name: ...`, eller fjern filen."
            );
            wrong.push(Finding::new(Code::PolicyCaseInvalid, message, way_out).at(Place::file(path)));
            return Err(wrong);
        }
    };
    let reader = CaseReader { policies, register, usual };
    let mut found = Vec::new();
    for node in nodes {
        found.extend(reader.case(page, node, &mut wrong));
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// The values in which the words of a case are looked up.
struct CaseReader<'r> {
    policies: &'r Policies,
    register: &'r Register,
    usual: &'r Usual,
}

impl CaseReader<'_> {
    fn case(&self, page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<PolicyCase> {
        let what = text!(en: "a case", nb: "et testtilfelle");
        let fields = Fields::open(page, node, what, &KEYS, wrong)?;
        let name = fields.need("name", "a nurse applies for LU", wrong, Item::words);
        let acts: Vec<&str> = self.policies.capability_acts().map(CapabilityAct::as_str).collect();
        let all: Vec<&str> = ACTIONS.into_iter().chain(acts).collect();
        let action = fields.need("action", "grant", wrong, |item| {
            let word = item.text()?;
            all.iter().copied().find(|known| *known == word).ok_or_else(|| {
                let message = text!(
                    en: "`action` cannot be `{word}`.",
                    nb: "`action` kan ikke være `{word}`.";
                    word = shown(word)
                );
                let kind = text!(en: "The actions are", nb: "Handlingene er");
                item.wrong(Code::BadValue, message, suggested(word, &kind, &all))
            })
        });
        let (name, action) = (name?, action?);
        let asked = self.asked(&fields, action.value, wrong);
        let expected = self.expected(&fields, action.value, wrong);
        let place = name.span.place(page.path, page.text);
        Some(PolicyCase { name: name.value, place, asked: asked?, expected: expected? })
    }

    fn asked(&self, fields: &Fields<'_, '_>, action: &str, wrong: &mut Vec<Finding>) -> Option<CaseQuestion> {
        let own: &[&str] = match action {
            "grant" | "change" | "revoke" => &["approver", "access", "context"],
            "attest" => &["approver", "trust", "context"],
            "inspect" => &["trust", "counts"],
            "release" | "suspend" => &["approver", "context"],
            _ => &["holder", "record"],
        };
        for key in KEYS.into_iter().filter(|key| !ALWAYS.contains(key) && !own.contains(key)) {
            if let Some(item) = fields.item(key) {
                let message = text!(
                    en: "`{key}` means nothing for the action `{action}`.",
                    nb: "`{key}` betyr ingenting for handlingen `{action}`."
                );
                let way_out =
                    text!(en: "Delete it, or correct the action.", nb: "Slett det, eller rett handlingen.");
                wrong.push(*item.wrong(Code::UnknownKey, message, way_out));
            }
        }
        match action {
            "grant" => self.access(fields, Act::Grant, wrong),
            "change" => self.access(fields, Act::Change, wrong),
            "revoke" => self.access(fields, Act::Revoke, wrong),
            "attest" => {
                let approver = self.approver(fields, wrong);
                let concerned = self.concerned(fields, wrong);
                Some(CaseQuestion::Attest { approver, trust: self.trust(fields, wrong)?, concerned })
            }
            "inspect" => {
                let trust = self.trust(fields, wrong);
                let counts = counts(fields, wrong);
                Some(CaseQuestion::Inspect { trust: trust?, counts: counts? })
            }
            "release" | "suspend" => {
                let approver = self.approver(fields, wrong);
                let concerned = self.concerned(fields, wrong);
                Some(if action == "release" {
                    CaseQuestion::Release { approver, concerned }
                } else {
                    CaseQuestion::Suspend { approver, concerned }
                })
            }
            _ => {
                let act = self.policies.capability_acts().find(|act| act.as_str() == action).cloned();
                let right = self.holder(fields, wrong);
                let record = self.record(fields, wrong);
                Some(CaseQuestion::Capability { act: act?, right: right?, record: record? })
            }
        }
    }

    /// Reads whether a case is about the person who decides.
    fn concerned(&self, fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Concerned {
        let RequestFacts { own, .. } = context(fields, &self.usual.context, &["own"], wrong);
        if own { Concerned::Oneself } else { Concerned::Another }
    }

    fn access(&self, fields: &Fields<'_, '_>, action: Act, wrong: &mut Vec<Finding>) -> Option<CaseQuestion> {
        let approver = self.approver(fields, wrong);
        let said = access_facts(fields, &self.usual.access, self.register, wrong);
        let circumstances = context(fields, &self.usual.context, &CONTEXT, wrong);
        let lacking = [
            ("application", said.application.is_none()),
            ("unit", said.unit.is_none()),
            ("role", said.role.is_none()),
            ("staff", said.staff.is_none()),
            ("employer", said.employer.is_none()),
        ];
        let lacking = quoted(lacking.iter().filter(|(_, lacks)| *lacks).map(|(key, _)| key));
        if !lacking.is_empty() {
            let message = text!(
                en: "The access of this case has no {lacking}, and nothing says what is usual here.",
                nb: "Tilgangen i dette testtilfellet mangler {lacking}, og ingenting sier hva som er vanlig her."
            );
            let way_out = text!(
                en: "Write it at `access`, or for all cases in `policies/tests/usual.yaml`.",
                nb: "Skriv det ved `access`, eller for alle testtilfellene i `policies/tests/usual.yaml`."
            );
            wrong.push(fields.page.finding(Code::MissingKey, fields.span, message, way_out));
        }
        let access = Access {
            application: said.application?,
            unit: said.unit?,
            role: said.role?,
            applicant: Applicant {
                staff: said.staff?,
                employer: said.employer?,
                position: said.position,
                offices: said.offices,
                others: said.others,
            },
        };
        Some(CaseQuestion::Access(Box::new(PolicyQuestion { action, approver, access, circumstances })))
    }

    fn approver(&self, fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Approver {
        let mut approver = Approver::default();
        let Some(item) = fields.item("approver") else { return approver };
        let what = text!(en: "an approver", nb: "en godkjenner");
        let keys = ["offices", "coordinator_of"];
        let Some(inner) = Fields::open(item.page, item.node, what, &keys, wrong) else { return approver };
        if let Some(item) = inner.item("offices") {
            approver.offices =
                set_of_values(&item, wrong, |one| one.known(&self.register.offices, &NameKind::OFFICE));
        }
        if let Some(item) = inner.item("coordinator_of") {
            approver.coordinator_of =
                set_of_values(&item, wrong, |one| one.known(&self.register.trusts, &NameKind::TRUST));
        }
        approver
    }

    fn trust(&self, fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<TrustId> {
        let example = self.register.trusts.keys().next().map_or("ahus", TrustId::as_str);
        let trust =
            fields.need("trust", example, wrong, |item| item.known(&self.register.trusts, &NameKind::TRUST));
        trust.map(|at| at.value)
    }

    fn holder(&self, fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Right> {
        let item = needed(fields, "holder", wrong)?;
        let what = text!(en: "a right in force", nb: "en rettighet som gjelder");
        let inner = Fields::open(item.page, item.node, what, &["application", "role", "unit"], wrong)?;
        let application = inner.may("application", wrong, |item| {
            item.known(&self.register.applications, &NameKind::APPLICATION)
        });
        let role = inner.need("role", "LU", wrong, |item| item.known(&self.register.roles, &NameKind::ROLE));
        let unit =
            inner.need("unit", &unit_of_example(self.register), wrong, |item| unit(item, self.register));
        // If the case does not name an application, it is the one in which coordinators hold their role.
        let usual = || self.register.coordinators.application.clone();
        Some(Right {
            application: application?.map_or_else(usual, |at| at.value),
            unit: unit?.value,
            role: role?.value,
        })
    }

    fn record(&self, fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<CourseRecord> {
        let item = needed(fields, "record", wrong)?;
        let what = text!(en: "a course", nb: "et forløp");
        let keys = ["unit", "real_patient_data", "ongoing"];
        let inner = Fields::open(item.page, item.node, what, &keys, wrong)?;
        let unit =
            inner.need("unit", &unit_of_example(self.register), wrong, |item| unit(item, self.register));
        let real = inner.need("real_patient_data", "true", wrong, Item::truth);
        let ongoing = inner.need("ongoing", "true", wrong, Item::truth);
        Some(CourseRecord { unit: unit?.value, real_patient_data: real?.value, ongoing: ongoing?.value })
    }

    fn expected(&self, fields: &Fields<'_, '_>, action: &str, wrong: &mut Vec<Finding>) -> Option<Expected> {
        let policies = |key: &'static str, wrong: &mut Vec<Finding>| {
            fields.item(key).map(|item| set_of_values(&item, wrong, |one| self.policy(one)))
        };
        let expect = fields.may("expect", wrong, |item| item.one_of(&[("allow", true), ("deny", false)]))?;
        let by_any = fields.item("decided_by").is_some_and(|item| item.text().is_ok_and(|word| word == ANY));
        let by = if by_any { None } else { policies("decided_by", wrong) };
        let advice = policies("advice", wrong);
        let mut refuse = |message: Text| {
            let way_out = text!(
                en: "Write `expect: allow` or `expect: deny` with `decided_by: [...]`, or `advice: [...]` alone.",
                nb: "Skriv `expect: allow` eller `expect: deny` med `decided_by: [...]`, eller bare `advice: [...]`."
            );
            wrong.push(fields.page.finding(Code::MissingKey, fields.span, message, way_out));
        };
        match (expect, advice) {
            (Some(_), None) if action == "inspect" => {
                refuse(text!(en: "`inspect` is asked for advice.", nb: "`inspect` spør om råd."));
                None
            }
            (Some(allowed), None) => {
                let by = (!by_any).then(|| by.unwrap_or_default());
                Some(Expected::Decision { allowed: allowed.value, by })
            }
            (None, Some(advice)) if by.is_none() && !by_any => match action {
                "grant" | "change" | "revoke" | "inspect" => Some(Expected::Advice(advice)),
                _ => {
                    refuse(text!(
                        en: "No advice is ever given on `{action}`.",
                        nb: "Det gis aldri råd om `{action}`."
                    ));
                    None
                }
            },
            _ => {
                refuse(text!(
                    en: "A case expects either a decision or advice.",
                    nb: "Et testtilfelle venter enten en avgjørelse eller råd."
                ));
                None
            }
        }
    }

    /// Reads the id of a policy.
    fn policy(&self, item: &Item<'_, '_>) -> Read<String> {
        let word = item.text()?;
        let ids: Vec<&str> = self.policies.ids().collect();
        if ids.contains(&word) {
            return Ok(word.to_owned());
        }
        let message = text!(
            en: "no policy is called `{word}`",
            nb: "ingen tilgangsregel heter `{word}`";
            word = shown(word)
        );
        let kind = text!(en: "The policies are", nb: "Tilgangsreglene er");
        Err(item.wrong(Code::UnknownName, message, suggested(word, &kind, &ids)))
    }
}

/// A mapping that must be there.
fn needed<'p, 'a>(
    fields: &Fields<'p, 'a>,
    key: &'static str,
    wrong: &mut Vec<Finding>,
) -> Option<Item<'p, 'a>> {
    let item = fields.item(key);
    if item.is_none() {
        let message = text!(en: "`{key}` is missing.", nb: "`{key}` mangler.");
        let way_out = text!(
            en: "Add `{key}: {{...}}`; the other cases show what stands in it.",
            nb: "Legg til `{key}: {{...}}`; de andre testtilfellene viser hva som står i den."
        );
        wrong.push(fields.page.finding(Code::MissingKey, fields.span, message, way_out));
    }
    item
}

fn counts(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Counts> {
    let item = needed(fields, "counts", wrong)?;
    let what = text!(en: "numbers of people", nb: "antall personer");
    let inner = Fields::open(item.page, item.node, what, &["users", "coordinators", "before"], wrong)?;
    let number = |key, wrong: &mut Vec<Finding>| {
        inner.need(key, "0", wrong, |item| item.number(0, MOST)).map(|at| at.value)
    };
    let (users, coordinators) = (number("users", wrong), number("coordinators", wrong));
    let before = number("before", wrong);
    Some(Counts { users: users?, coordinators: coordinators?, coordinators_before: before? })
}
