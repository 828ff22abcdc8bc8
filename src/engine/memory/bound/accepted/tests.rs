//! Tests that a standing is bound, compared with its row, and put back.

use serde_json::json;

use super::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

/// Returns the standing of a fictional person with every field set, and a standing with as few fields as possible.
fn standings() -> [Standing; 2] {
    let grant = Grant {
        key: GrantKey {
            person: person("kari.testesen"),
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(200_089),
            request: RequestId::new("REQ-1").unwrap(),
        },
        trust: TrustId::new("ahus").unwrap(),
        role: RoleId::new("LC").unwrap(),
        from: day("2026-01-01"),
        until: None,
        approval: Approval { by: person("ola.testesen"), on: day("2026-01-02"), identity: Identity::Known },
        revoked: None,
        vouched: Vouched::of(EmployerId::new("ahus").unwrap(), Staff::Health),
    };
    let accepted = Acceptance {
        on: day("2026-01-02"),
        way: AcceptanceWay::Judged,
        policies: vec!["one".to_owned()],
        rules: Digest::of(b"rules"),
        proof: None,
    };
    let few = Standing::new(grant, accepted);
    let mut full = few.clone();
    full.grant.until = Some(day("2026-12-31"));
    full.grant.revoked =
        Some(Revocation { on: day("2026-02-01"), by: person("per.testesen"), reason: "has left".to_owned() });
    full.accepted.proof = Some(Proof::Declared);
    full.given = Some(day("2026-01-03"));
    full.replaced = Some(few.grant.right());
    full.cleared = Some(Cause::Revoked);
    full.ended = Some(day("2026-02-02"));
    [full, few]
}

#[test]
fn an_entry_has_the_bytes_that_it_always_had() {
    let [full, few] = standings();
    let snapshot = Digest::of(b"tree");
    let body = |standing: &Standing| {
        accepted_body(standing, ("person key", "salt"), "approver key", &snapshot).unwrap().to_string()
    };
    let mut expected = json!({
        "grant": { "person": "person key", "application": "smerteregisteret", "unit": 200_089, "request": "REQ-1" },
        "trust": "ahus",
        "role": "LC",
        "from": "2026-01-01",
        "until": null,
        "approved": { "by": "approver key", "on": "2026-01-02" },
        "way": "judged",
        "policies": ["one"],
        "rules": Digest::of(b"rules"),
        "evidence": null,
        "row": row_digest("salt", &few).unwrap(),
        "snapshot": snapshot,
    });
    assert_eq!(body(&few), expected.to_string());
    expected["until"] = json!("2026-12-31");
    expected["evidence"] = json!(Proof::Declared);
    expected["row"] = json!(row_digest("salt", &full).unwrap());
    let revoked = full.grant.revoked.as_ref().unwrap();
    expected["revoked"] = json!({ "on": "2026-02-01", "as-written": revocation_digest("salt", revoked) });
    expected["given"] = json!("2026-01-03");
    expected["replaced"] = json!(full.replaced);
    expected["cleared"] = json!("revoked");
    expected["ended"] = json!("2026-02-02");
    assert_eq!(body(&full), expected.to_string());
}

#[test]
fn what_an_entry_says_is_compared_and_put_back() {
    let nobody = (person("unknown"), EmployerId::new("unknown").unwrap());
    for standing in standings() {
        let body = accepted_body(&standing, ("person key", "salt"), "approver key", &Digest::of(b"tree"));
        let body = body.unwrap().to_string();
        let accepted: Accepted<'_> = serde_json::from_str(&body).unwrap();
        assert_eq!(Row::accepted(&accepted), Row::of("salt", &standing).unwrap());
        let key = accepted.grant.of(&standing.grant.key.person);
        let mut expected = standing.clone();
        expected.grant.approval.by = nobody.0.clone();
        if let Some(revoked) = &mut expected.grant.revoked {
            (revoked.by, revoked.reason) = (nobody.0.clone(), String::new());
        }
        assert_eq!(accepted.standing(key, Some(&standing.grant), &nobody), expected);
    }
}
