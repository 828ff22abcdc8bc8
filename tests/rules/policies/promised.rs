//! Tests with random requests of every kind that the policies keep the promises. This is not a proof. It shows without
//! any solver that a promise is broken, and that each promise is about something that can happen. It also shows that
//! each policy has a promise that breaks if the policy is left out.

use std::collections::BTreeSet;

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, EntityUid, Policy, PolicySet, Request, Response, Schema,
};
use serde_json::{Value, json};

use super::fixture;

/// The least number of requests. More are tried until each promise has been about one.
const LEAST: u32 = 8_000;
const MOST: u32 = 400_000;

const OFFICES: [&str; 4] = ["register-leader", "national-coordinator", "system-manager", "ict-administrator"];
const TRUSTS: [&str; 5] = ["ahus", "oslo", "helse-bergen", "nasjonal", "test"];

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
    fn of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }
    fn some(&mut self, words: &[&'static str], times: usize) -> Vec<&'static str> {
        words.iter().copied().filter(|_| self.once_in(times)).collect()
    }
}

fn entity(kind: &str, id: &str) -> Value {
    json!({"__entity": {"type": kind, "id": id}})
}

fn entities(kind: &str, ids: &[&str]) -> Value {
    ids.iter().map(|id| entity(kind, id)).collect()
}

/// One request, as Cedar is given it.
struct Asked {
    action: &'static str,
    principal: (&'static str, Value),
    resource: (&'static str, Value),
    context: Value,
}

/// Returns a place: the trust's id, the trust and the unit. A careless one is a place that no register can have.
fn place(dice: &mut Dice, careless: bool) -> (&'static str, Value, Value) {
    let id = dice.of(&TRUSTS);
    let kind = match id {
        "nasjonal" => "national",
        "test" => "test",
        _ => "trust",
    };
    let mut said = |usual: bool| if careless { dice.once_in(3) } else { usual };
    let (host, test_only) = (said(id == "helse-bergen"), said(kind == "test"));
    let national = said(kind == "national");
    let unit = if dice.once_in(2) { format!("{id}-1") } else { format!("{id}-2") };
    let trust = json!({"id": entity("Trust", id), "kind": entity("TrustKind", kind), "host": host});
    let unit = json!({"id": entity("Unit", &unit), "testOnly": test_only, "national": national});
    (id, trust, unit)
}

fn administrator(offices: &[&str], trusts: &[&str]) -> (&'static str, Value) {
    let facts = json!({"offices": entities("Office", offices), "coordinatorOf": entities("Trust", trusts)});
    ("Administrator", facts)
}

/// A fact that is left out where it does not hold. A careless one is said all the same.
fn said_if(context: &mut Value, name: &str, holds: bool, careless: bool) {
    if holds || careless {
        context[name] = json!(holds);
    }
}

fn about_access(dice: &mut Dice, careless: bool) -> Asked {
    let action = dice.of(&["grant", "grant", "change", "revoke"]);
    // Half of the requests are in order, except for who decides about what.
    let tidy = dice.once_in(2);
    let (id, trust, unit) = place(dice, careless);
    let offices = dice.some(&OFFICES, 4);
    let mut held = dice.some(&OFFICES, 5);
    let own = !tidy && dice.once_in(5);
    if own && !careless {
        held.clone_from(&offices);
    }
    let employer = dice.of(&["helse-nord-ikt", "nhn", "helse-vest-ikt", "ahus", "helse-bergen"]);
    let is_body = !TRUSTS.contains(&employer);
    let employed = json!({
        "id": entity("Employer", employer),
        "ictBody": if careless { dice.once_in(2) } else { is_body },
        "ownTrust": if careless { dice.once_in(2) } else { employer == id },
    });
    let mut access = json!({
        "application": entity("Application", dice.of(&["smerteregisteret", "rapporteket-smerte"])),
        "role": entity("Role", dice.of(&["SC", "LC", "LU", "LU"])),
        "unit": unit,
        "trust": trust,
        "staff": entity("Staff", dice.of(&["health", "health", "ict", "ict", "other"])),
        "employer": employed,
        "offices": entities("Office", &held),
    });
    // These are the applicant's other accesses, as entries and as the sets of their values.
    let besides = dice.some(&["SC", "LC", "LU"], 4);
    let at = dice.of(&TRUSTS);
    let units: Vec<String> = besides.iter().map(|role| format!("{at}-{role}")).collect();
    let entries: Vec<Value> = besides
        .iter()
        .zip(&units)
        .map(|(role, unit)| {
            json!({
                "application": entity("Application", "smerteregisteret"),
                "role": entity("Role", role),
                "unit": entity("Unit", unit),
                "trust": entity("Trust", at),
            })
        })
        .collect();
    let applications: &[&str] = if besides.is_empty() { &[] } else { &["smerteregisteret"] };
    access["others"] = json!({
        "entries": entries,
        "roles": entities("Role", &besides),
        "units": units.iter().map(|unit| entity("Unit", unit)).collect::<Value>(),
        "applications": entities("Application", applications),
    });
    if dice.once_in(2) {
        access["position"] = json!(dice.of(&["lis", "nurse"]));
    }
    let has_end = tidy || dice.once_in(2);
    let months = if has_end || careless { dice.below(if tidy { 13 } else { 16 }) } else { 0 };
    let most = dice.below(4);
    let spent = !tidy && dice.once_in(5) && (action == "grant" || careless);
    let renewed = tidy || !dice.once_in(4) || (action != "change" && !careless);
    let identity = if tidy { "known" } else { dice.of(&["known", "contacted", "uncertain"]) };
    let holders = if tidy { dice.below(most + 1) } else { dice.below(5) };
    let mut context = json!({
        "self": own,
        "requestSpent": spent,
        "identity": entity("Identity", identity),
        "approvalRenewed": renewed,
        "holdersAfterChange": if careless && dice.once_in(4) { -1 } else { holders as i64 },
        "mostHolders": most,
        "ownCoordinator": dice.once_in(2),
        "hasEnd": has_end,
        "months": months,
        "maxLisMonths": 12,
    });
    if !tidy || dice.once_in(4) {
        said_if(&mut context, "reviewOverdue", dice.once_in(3), careless);
    }
    let trusts = dice.some(&TRUSTS, 4);
    Asked { action, principal: administrator(&offices, &trusts), resource: ("Access", access), context }
}

fn asked(dice: &mut Dice) -> Asked {
    let careless = dice.once_in(4);
    match dice.below(10) {
        0 => {
            let (offices, trusts) = (dice.some(&OFFICES, 4), dice.some(&TRUSTS, 4));
            let (_, trust, _) = place(dice, careless);
            let mut context = json!({});
            said_if(&mut context, "self", dice.once_in(3), careless);
            Asked {
                action: "attest",
                principal: administrator(&offices, &trusts),
                resource: ("UserList", json!({ "trust": trust })),
                context,
            }
        }
        1 => Asked {
            action: dice.of(&["release", "suspend"]),
            principal: administrator(&dice.some(&OFFICES, 4), &[]),
            resource: ("Register", json!({})),
            context: json!({"self": dice.once_in(3)}),
        },
        2..5 => {
            let (id, trust, unit) = place(dice, careless);
            let mut at = (entity("Trust", id), unit["id"].clone());
            if dice.once_in(2) {
                let (other, _, unit) = place(dice, false);
                at = (entity("Trust", other), unit["id"].clone());
            }
            if careless && dice.once_in(2) {
                at.0 = entity("Trust", dice.of(&TRUSTS));
            }
            let holder = json!({
                "application": entity("Application", dice.of(&["smerteregisteret", "rapporteket-smerte"])),
                "role": entity("Role", dice.of(&["SC", "LC", "LU"])),
                "unit": unit,
                "trust": trust,
            });
            let record = json!({
                "trust": at.0,
                "unit": at.1,
                "realPatientData": dice.once_in(2),
                "ongoing": dice.once_in(2),
            });
            Asked {
                action: dice.of(&fixture::ACTS),
                principal: ("Holder", holder),
                resource: ("Record", record),
                context: json!({}),
            }
        }
        _ => about_access(dice, careless),
    }
}

/// The policies of some files under their own names.
fn named(paths: &[&str]) -> PolicySet {
    let read = |path: &&str| std::fs::read_to_string(format!("{}/{path}", crate::ROOT)).unwrap();
    let parsed: PolicySet = paths.iter().map(read).collect::<String>().parse().unwrap();
    let name = |policy: &Policy| policy.new_id(policy.annotation("id").unwrap().parse().unwrap());
    PolicySet::from_policies(parsed.policies().map(name)).unwrap()
}

fn reasons(response: &Response) -> BTreeSet<String> {
    let errors: Vec<_> = response.diagnostics().errors().collect();
    assert!(errors.is_empty(), "{errors:?}");
    response.diagnostics().reason().map(ToString::to_string).collect()
}

#[test]
fn the_policies_keep_every_promise_and_none_of_them_can_be_left_out() {
    let root = crate::ROOT;
    let text = std::fs::read_to_string(format!("{root}/{}", fixture::SCHEMA)).unwrap();
    let (schema, _) = Schema::from_cedarschema_str(&text).unwrap();
    let policies = named(&[fixture::ADMINISTRATION, fixture::CAPABILITIES]);
    let never = named(&["policies/never.cedar"]);
    let always = named(&["policies/always.cedar"]);
    let assumed = named(&["policies/assumed.cedar"]);
    let ids = |set: &PolicySet| set.policies().map(|policy| policy.id().to_string()).collect::<Vec<_>>();
    let mut unseen: BTreeSet<String> = [&never, &always, &assumed].into_iter().flat_map(ids).collect();
    let permits = policies.policies().filter(|policy| policy.effect() == Effect::Permit).cloned();
    let permits = PolicySet::from_policies(permits).unwrap();
    // A policy that only explains is not needed, because its requests are denied without it too.
    let needed = policies.policies().filter(|policy| policy.annotation("explains").is_none());
    let mut unmissed: BTreeSet<String> = needed.map(|policy| policy.id().to_string()).collect();
    let authorizer = Authorizer::new();
    let mut broken = Vec::new();
    let mut dice = Dice(17);
    let mut made = 0;
    while made < LEAST || (made < MOST && !(unseen.is_empty() && unmissed.is_empty())) {
        made += 1;
        let Asked { action, principal, resource, context } = asked(&mut dice);
        let uid = |kind: &str| -> EntityUid { format!("{kind}::\"it\"").parse().unwrap() };
        let action: EntityUid = format!("Action::\"{action}\"").parse().unwrap();
        let stored = json!([
            {"uid": {"type": principal.0, "id": "it"}, "attrs": principal.1, "parents": []},
            {"uid": {"type": resource.0, "id": "it"}, "attrs": resource.1, "parents": []},
        ]);
        let shown = || format!("{action} {context} {stored}");
        let entities = Entities::from_json_value(stored.clone(), Some(&schema)).unwrap();
        let context = Context::from_json_value(context.clone(), Some((&schema, &action))).unwrap();
        let (by, about) = (uid(principal.0), uid(resource.0));
        let request = Request::new(by, action.clone(), about, context, Some(&schema)).unwrap();
        let ask = |set: &PolicySet| authorizer.is_authorized(&request, set, &entities);
        let not_made = reasons(&ask(&assumed));
        if not_made.is_empty() {
            let answer = ask(&policies);
            let permitted = answer.decision() == Decision::Allow;
            let decided = reasons(&answer);
            let (not, must) = (reasons(&ask(&never)), reasons(&ask(&always)));
            let kept = if permitted { &not } else { &must };
            if let Some(promise) = kept.first() {
                broken.push(format!("{promise}: permitted {permitted}, by {decided:?}: {}", shown()));
            }
            unseen.retain(|id| !not.contains(id) && !must.contains(id));
            // Without the only policy that decides here the answer would change, and a promise is about it.
            let told = if permitted { &must } else { &not };
            let turns = || permitted || ask(&permits).decision() == Decision::Allow;
            if decided.len() == 1 && !told.is_empty() && turns() {
                unmissed.retain(|id| !decided.contains(id));
            }
        }
        unseen.retain(|id| !not_made.contains(id));
    }
    assert!(broken.is_empty(), "{} of {made} requests, such as\n{}", broken.len(), broken[0]);
    assert!(unseen.is_empty(), "{made} requests, and none is one that these promises are about: {unseen:?}");
    assert!(
        unmissed.is_empty(),
        "{made} requests, and no promise tells where these are left out: {unmissed:?}"
    );
}
