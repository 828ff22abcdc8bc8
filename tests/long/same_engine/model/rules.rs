//! The rules: whose authority covers an access, and what forbids it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;

use super::changes::Asked;
use super::past::{Authority, Past};
use super::{Key, Verdict};
use crate::same_engine::words::*;

const BODIES: [Id; 3] = ["helse-vest-ikt", "helse-nord-ikt", "nhn"];

/// Returns whether an authority of the approver covers the access, and which rules forbid it. `lc` are the coordinators
/// after the change. `besides` are the person's other roles.
pub(super) fn rules(
    settings: &Settings,
    past: &Past,
    who: &Authority,
    asked: &Asked,
    lc: usize,
    besides: &BTreeSet<Id>,
) -> Result<(), Verdict> {
    let said = &asked.said;
    let (by, trust) = (said.by, trust_of(said.unit));
    let hospital = !matches!(trust, "nasjonal" | "utvikling");
    let test = trust == "utvikling";
    let (health, ict) = (said.about.staff == "health", said.about.staff == "ict");
    let body = BODIES.contains(&said.about.employer);
    let runs_system = who.holds(said.person, "system-manager");
    let coordinator = |at: Id| who.coordinates.get(by).is_some_and(|trusts| trusts.contains(at));
    let anywhere = who.coordinates.contains_key(by);
    let office = who.offices.contains_key(by);
    let cut = |id: Id| settings.cut.contains(id);

    let (mut forbids, mut by_policy): (BTreeSet<Id>, Vec<Id>) = Default::default();
    let mut forbid = |id: Id, broken: bool, rules: &[Id]| {
        if broken && !cut(id) {
            forbids.extend(rules);
            by_policy.push(id);
        }
    };
    // An LC never approves for another HF (R7, R15).
    forbid(
        "coordinator-never-approves-elsewhere",
        anywhere && !office && !coordinator(trust),
        &["R7", "R15"],
    );
    // R42
    forbid("nobody-approves-own-access", by == said.person, &["R42"]);
    // R43
    forbid("only-health-and-ict-personnel", !health && !ict, &["R43"]);
    // R17
    forbid("identity-must-be-certain", said.identity == Identity::Uncertain, &["R17"]);
    // R33
    forbid("request-serves-once", asked.spent, &["R33"]);
    // R14, R37: a change is approved again.
    forbid("change-is-approved-again", asked.change && !asked.renewed, &["R14", "R37"]);
    // R19, R23
    let sc = said.role == "SC";
    forbid("sc-only-for-register-leader", sc && !who.holds(said.person, "register-leader"), &["R19"]);
    forbid("sc-only-at-national-unit", sc && trust != "nasjonal", &["R11", "R23"]);
    forbid("national-unit-only-for-sc", !sc && trust == "nasjonal", &["R22", "R23"]);
    // R20, R21
    let makes_lc = said.role == "LC";
    forbid("lc-only-by-national-leadership", makes_lc && !who.leads(by), &["R20"]);
    let most = settings.register.most.get(trust).copied().unwrap_or(2) as usize;
    forbid("lc-not-too-many", makes_lc && lc > most, &["R21"]);
    // This is the example of separation of duties, and not a rule of the procedure.
    let both = (makes_lc && besides.contains("SC")) || (sc && besides.contains("LC"));
    forbid("sc-and-lc-are-two-people", both, &["R19", "R20"]);
    // R11, R9
    let technical = ict && matches!(said.about.employer, "helse-nord-ikt" | "nhn");
    forbid("test-unit-only-for-technical-staff", test && !technical, &["R11"]);
    let outside = who.holds(by, "ict-administrator") && !test && by != said.person;
    forbid("ict-administrator-only-at-test-unit", outside, &["R9"]);
    // The system manager's own access has its own rule (R16).
    let unled = runs_system && !who.holds(by, "register-leader");
    forbid("system-manager-only-by-register-leader", unled, &["R16"]);
    // R37
    let longest = i64::from(settings.register.max_lis_months);
    let last = said.from.checked_add(longest.months()).unwrap();
    forbid("lis-needs-end-date", said.about.lis && said.until.is_none(), &["R37"]);
    forbid("lis-not-too-long", said.about.lis && said.until.is_some_and(|until| last < until), &["R37"]);
    // An entry that has served before may come again without a new approval. It has a finding of its own.
    let proved = settings.register.evidence != Mode::Declared;
    if proved && by_policy == ["change-is-approved-again"] && past.used.contains(said) {
        return Err(Verdict::Evidence(["statement-used"].into()));
    }
    if !forbids.is_empty() {
        return Err(Verdict::Rules(forbids));
    }

    // The leadership approves at every HF and nationally (R4, R5, R15). The HF's own LC approves there, but not at the
    // host (R6, R7).
    let leadership = who.leads(by) && health && !test;
    let own = coordinator(trust) && health && hospital && trust != "helse-bergen";
    // The system manager approves ICT personnel (R8, R16). Another person approves the system manager.
    let manager = who.holds(by, "system-manager") && ict && body && !runs_system;
    let leader = who.holds(by, "register-leader") && ict && body && runs_system && !test;
    // Helse Nord IKT approves at its own unit (R9).
    let nord = who.holds(by, "ict-administrator") && ict && test;
    let somebody = (leadership && !cut("national-leadership-approves"))
        || (own && !cut("coordinator-approves-at-own-trust"))
        || (manager && !cut("system-manager-approves-ict"))
        || (leader && !cut("register-leader-approves-system-manager"))
        || (nord && !cut("ict-administrator-approves-at-test-unit"));
    if somebody { Ok(()) } else { Err(Verdict::Nobody) }
}

/// Returns the largest number of people with LC at the trust on one day of this access, from today on.
pub(super) fn busiest(state: &BTreeMap<Key, Said>, said: &Said, today: Day) -> usize {
    if said.role != "LC" {
        return 0;
    }
    let there: Vec<&Said> =
        state.values().filter(|s| s.role == "LC" && trust_of(s.unit) == trust_of(said.unit)).collect();
    let runs = |s: &Said, day: Day| s.from <= day && s.until.is_none_or(|until| day <= until);
    let days = there.iter().map(|s| s.from).chain([today]);
    days.filter(|day| *day >= today && runs(said, *day))
        .map(|day| there.iter().filter(|s| runs(s, day)).map(|s| s.person).collect::<BTreeSet<_>>().len())
        .max()
        .unwrap_or(0)
}

/// The roles that the person has besides this access, on one of its days from today on.
pub(super) fn besides(state: &BTreeMap<Key, Said>, asked: &Asked, today: Day) -> BTreeSet<Id> {
    let said = &asked.said;
    let meets = |other: &Said| {
        let first = said.from.max(other.from).max(today);
        [said.until, other.until].into_iter().flatten().all(|until| first <= until)
    };
    let others = state.iter().filter(|(key, _)| key.0 == asked.key.0 && **key != asked.key);
    others.filter(|(_, other)| meets(other)).map(|(_, other)| other.role).collect()
}
