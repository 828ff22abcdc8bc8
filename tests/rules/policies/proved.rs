//! Tests the words about a prover's answers. A broken promise is a story and a case that shows it. A question without
//! an answer is a finding that stops. No solver is asked here. The answers are written by hand.

use portvakt_core::diag::Lang;
use portvakt_core::policy::Policies;
use portvakt_core::proof::{
    DifferenceWay, Example, ExampleEntity, May, PolicyDifference, ProofVerdict, changed, story,
};
use serde_json::{Value, json};

use super::fixture;

mod as_cases;
mod differences;
pub(super) mod findings;
mod stories;

fn entity(kind: &str, id: &str) -> Value {
    json!({"__entity": {"type": kind, "id": id}})
}

/// A nurse at a health trust, for whom somebody with these offices approves LU. The ids are those of a solver.
pub(super) fn grant(offices: &[&str], coordinated: &[&str], access: &Value, context: &Value) -> Example {
    let offices: Value = offices.iter().map(|id| entity("Office", id)).collect();
    let coordinated: Value = coordinated.iter().map(|id| entity("Trust", id)).collect();
    let mut facts = json!({
        "application": entity("Application", "smerteregisteret"),
        "role": entity("Role", "LU"),
        "unit": {"id": entity("Unit", "A"), "testOnly": false, "national": false},
        "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false},
        "staff": entity("Staff", "health"),
        "employer": {"id": entity("Employer", "C"), "ictBody": false, "ownTrust": true},
        "offices": [],
    });
    let mut circumstances = json!({
        "self": false, "requestSpent": false, "identity": entity("Identity", "known"),
        "approvalRenewed": true, "holdersAfterChange": 0, "mostHolders": 2, "ownCoordinator": false,
        "hasEnd": true, "months": 6, "maxLisMonths": 12,
    });
    for (all, more) in [(&mut facts, access), (&mut circumstances, context)] {
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    Example {
        principal: ExampleEntity {
            kind: "Administrator".to_owned(),
            facts: json!({"offices": offices, "coordinatorOf": coordinated}),
        },
        action: "grant".to_owned(),
        resource: ExampleEntity { kind: "Access".to_owned(), facts },
        context: circumstances,
        decided_by: Vec::new(),
    }
}

fn unlock(role: &str, at: [&str; 2]) -> Example {
    let [unit, trust] = at;
    Example {
        principal: ExampleEntity {
            kind: "Holder".to_owned(),
            facts: json!({
                "application": entity("Application", "smerteregisteret"),
                "role": entity("Role", role),
                "unit": {"id": entity("Unit", "A"), "testOnly": false, "national": false},
                "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false},
            }),
        },
        action: "unlock-form".to_owned(),
        resource: ExampleEntity {
            kind: "Record".to_owned(),
            facts: json!({
                "unit": entity("Unit", unit), "trust": entity("Trust", trust),
                "realPatientData": true, "ongoing": true,
            }),
        },
        context: json!({}),
        decided_by: vec!["lc-unlocks-while-ongoing".to_owned()],
    }
}

pub(super) fn promised() -> Policies {
    Policies::load(&fixture::with_promises()).unwrap()
}

fn tells(example: &Example, may: May) -> [String; 2] {
    let told = story(example, may, &fixture::register());
    [told.get(Lang::En).to_owned(), told.get(Lang::Nb).to_owned()]
}

fn change(
    way: DifferenceWay,
    advice: Option<&str>,
    role: Option<&str>,
    verdict: ProofVerdict,
) -> PolicyDifference {
    PolicyDifference {
        way,
        advice: advice.map(str::to_owned),
        action: "grant".to_owned(),
        role: role.map(str::to_owned),
        verdict,
    }
}

fn shows(example: &Example) -> ProofVerdict {
    ProofVerdict::Fails(Some(Box::new(example.clone())))
}

/// The sentences about a change, in one language.
fn sentences(changes: &[PolicyDifference], lang: Lang) -> Vec<String> {
    let (policies, register) = (fixture::policies(), fixture::register());
    let told = changed(changes, &register, [&policies, &policies]);
    told.known().iter().map(|told| told.get(lang).to_owned()).collect()
}
