//! Checks that the register and the policies use the same words. A word that only the register knows would always be
//! denied. A word that only a policy knows would never match, and nobody would notice.

use cedar_policy::EntityUid;

use super::load::Policies;
use super::promised::literals_of;
use crate::diag::{Finding, text};
use crate::model::{Register, UnitId};

impl Policies {
    /// Checks that every office, role and application of the register is in the schema. Also checks that every
    /// employer, trust and unit a policy or a promise names is in the register.
    ///
    /// # Errors
    /// Returns one finding for each word that only one side knows, with its place in `policies/`.
    pub fn fits(&self, register: &Register) -> Result<(), Vec<Finding>> {
        let mut findings = self.unspeakable(register);
        findings.extend(self.reviews_unheard(register));
        let of_policies = self.texts.iter().map(|(text, policies)| (text, literals_of(policies)));
        let of_promises = self.promised.iter().map(|file| (&file.text, file.literals.clone()));
        for (text, literals) in of_policies.chain(of_promises) {
            for uid in literals.iter().filter(|uid| !is_known(register, uid)) {
                let written = uid.to_string();
                let start = text.words.find(&written).unwrap_or_default();
                let message = text!(
                    en: "`{written}` is not in `register.yaml`, so this can never match",
                    nb: "`{written}` står ikke i `register.yaml`, så dette kan aldri slå til"
                );
                findings.push(differ(text.finding(message, start, start + written.len())));
            }
        }
        findings.sort();
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }

    /// Finds a register that asks for reviews although the policies have no fact for an overdue review. Every question
    /// would then be denied as soon as a review is overdue.
    fn reviews_unheard(&self, register: &Register) -> Option<Finding> {
        let schema = &self.schema_text;
        (register.reviews_from.is_some() && !schema.words.contains("reviewOverdue")).then(|| {
            let message = text!(
                en: "`register.yaml` has `reviews_from`, and the policies do not know `reviewOverdue`",
                nb: "`register.yaml` har `reviews_from`, og tilgangsreglene kjenner ikke `reviewOverdue`"
            );
            let mut finding = schema.finding(message, 0, 0);
            finding.way_out = text!(
                en: "Add `reviewOverdue?: Bool` to the context of `grant`, `change` and `revoke` in the schema, and the policy that uses it.",
                nb: "Legg `reviewOverdue?: Bool` til konteksten for `grant`, `change` og `revoke` i skjemaet, og regelen som bruker det."
            );
            finding
        })
    }

    /// Finds words of the register that are missing from the schema.
    fn unspeakable(&self, register: &Register) -> Vec<Finding> {
        let text = &self.schema_text;
        let offices = register.offices.keys().map(|id| id.as_str()).collect();
        let roles = register.roles.keys().map(|id| id.as_str()).collect();
        let applications = register.applications.keys().map(|id| id.as_str()).collect();
        let mut findings = Vec::new();
        for (name, ids) in [("Office", offices), ("Role", roles), ("Application", applications)] {
            let ids: Vec<&str> = ids;
            for id in ids.into_iter().filter(|id| !self.listed_ids.have(name, id)) {
                let start = text.words.find(&format!("entity {name} ")).unwrap_or_default();
                let end =
                    text.words.get(start..).and_then(|rest| rest.find(';')).map_or(start, |at| start + at);
                let message = text!(
                    en: "`register.yaml` has `{id}`, which the policies do not know as {name}",
                    nb: "`register.yaml` har `{id}`, som tilgangsreglene ikke kjenner som {name}"
                );
                findings.push(differ(text.finding(message, start, end)));
            }
        }
        findings
    }
}

fn differ(mut finding: Finding) -> Finding {
    finding.way_out = text!(
        en: "Correct `register.yaml` or the policies, so that both use the same word.",
        nb: "Rett `register.yaml` eller tilgangsreglene, slik at begge bruker samme ord."
    );
    finding
}

fn is_known(register: &Register, uid: &EntityUid) -> bool {
    let id = uid.id().unescaped();
    match uid.type_name().basename() {
        "Employer" => register.ict_bodies.contains_key(id) || register.trusts.contains_key(id),
        "Trust" => register.trusts.contains_key(id),
        "Unit" => {
            // Cedar compares text, so `0100082` is not the unit `100082`.
            let unit = id.parse().ok().filter(|number: &u32| number.to_string() == id);
            unit.is_some_and(|number| register.units.contains_key(&UnitId(number)))
        }
        _ => true,
    }
}
