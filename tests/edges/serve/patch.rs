//! The PATCH request (RFC 7644 section 3.5.2).

use serde_json::{Value, json};

use super::desk::{OWN, Service, USER, roles};

async fn one() -> (Service, String) {
    let service = Service::start().await;
    let more = json!({ "displayName": "Kari", "roles": roles(&["a/1/R", "b/2/S"]) });
    let id = service.user("kari", more).await.is(201).id();
    (service, id)
}

#[tokio::test]
async fn roles_are_added_once_removed_by_value_and_replaced_as_a_list() {
    let (service, id) = one().await;
    let done = async |operation: Value| service.patch(&id, json!([operation])).await.is(200);
    let now =
        done(json!({ "op": "add", "path": "roles", "value": [{ "value": "c/3/T" }, { "value": "a/1/R" }] }))
            .await;
    assert_eq!(now.roles(), ["a/1/R", "b/2/S", "c/3/T"]);
    let now = done(json!({ "op": "Add", "path": "roles", "value": { "value": "d/4/U" } })).await;
    assert_eq!(now.roles(), ["a/1/R", "b/2/S", "c/3/T", "d/4/U"]);
    let now = done(json!({ "op": "remove", "path": "roles[value eq \"b/2/S\"]" })).await;
    assert_eq!(now.roles(), ["a/1/R", "c/3/T", "d/4/U"]);
    let now = done(json!({ "op": "remove", "path": "roles[value sw \"c/\" or value sw \"d/\"]" })).await;
    assert_eq!(now.roles(), ["a/1/R"]);
    let now =
        done(json!({ "op": "replace", "path": "roles[value eq \"a/1/R\"].value", "value": "a/1/Q" })).await;
    assert_eq!(now.roles(), ["a/1/Q"]);
    let now = done(json!({ "op": "replace", "path": "roles", "value": roles(&["e/5/V", "f/6/W/x"]) })).await;
    assert_eq!(now.roles(), ["e/5/V", "f/6/W/x"]);
    // With a value, `remove` takes away only that value.
    let now = done(json!({ "op": "remove", "path": "roles", "value": [{ "value": "e/5/V" }] })).await;
    assert_eq!(now.roles(), ["f/6/W/x"]);
    let now = done(json!({ "op": "replace", "path": "roles", "value": [] })).await;
    assert!(now.body.get("roles").is_none());
    done(json!({ "op": "add", "path": "roles", "value": roles(&["a/1/R"]) })).await;
    let now = done(json!({ "op": "remove", "path": "roles" })).await;
    assert!(now.body.get("roles").is_none());
    service.end().await;
}

#[tokio::test]
async fn an_address_is_set_replaced_and_taken_away_in_every_way_clients_write_it() {
    let (service, id) = one().await;
    let address = async |operation: Value| {
        let now = service.patch(&id, json!([operation])).await.is(200);
        now.body["emails"][0]["value"].as_str().map(str::to_owned)
    };
    let some = |text: &str| Some(text.to_owned());
    let work = "emails[type eq \"work\"].value";
    assert_eq!(
        address(json!({ "op": "add", "path": work, "value": "a@x.example" })).await,
        some("a@x.example")
    );
    assert_eq!(
        address(json!({ "op": "replace", "path": work, "value": "b@x.example" })).await,
        some("b@x.example")
    );
    let primary = "emails[primary eq true].value";
    assert_eq!(
        address(json!({ "op": "replace", "path": primary, "value": "c@x.example" })).await,
        some("c@x.example")
    );
    assert_eq!(
        address(json!({ "op": "replace", "path": "emails.value", "value": "d@x.example" })).await,
        some("d@x.example")
    );
    let list = json!([{ "value": "e@x.example", "primary": true }]);
    assert_eq!(
        address(json!({ "op": "replace", "path": "emails", "value": list })).await,
        some("e@x.example")
    );
    assert_eq!(address(json!({ "op": "remove", "path": "emails[type eq \"work\"]" })).await, None);
    assert_eq!(
        address(json!({ "op": "replace", "value": { "emails": [{ "value": "f@x.example" }] } })).await,
        some("f@x.example")
    );
    // A second address is not kept, and not dropped in silence either.
    let second = json!([{ "op": "add", "path": "emails", "value": [{ "value": "g@x.example" }] }]);
    service.patch(&id, second).await.fails(400, "invalidValue");
    assert_eq!(address(json!({ "op": "replace", "path": "emails", "value": null })).await, None);
    service.end().await;
}

#[tokio::test]
async fn without_a_path_each_member_is_a_target() {
    let (service, id) = one().await;
    let now = service
        .patch(
            &id,
            json!([{ "op": "add", "value": {
            "DISPLAYNAME": "Kari T.", "roles": roles(&["c/3/T"]), "active": "True", "nickName": null, "groups": [],
            OWN: { "reference": "ledger/17" }, "externalId": "person/kari",
        } }]),
        )
        .await
        .is(200);
    assert_eq!(now.body["displayName"], "Kari T.");
    assert_eq!(now.roles(), ["a/1/R", "b/2/S", "c/3/T"]);
    assert_eq!(now.body[OWN], json!({ "reference": "ledger/17" }));
    let now = service
        .patch(&id, json!([{ "op": "replace", "value": { "name.formatted": "Kari U." } }]))
        .await
        .is(200);
    assert_eq!(now.body["displayName"], "Kari U.");
    let full = format!("{USER}:displayName");
    let now =
        service.patch(&id, json!([{ "op": "replace", "path": full, "value": "Kari V." }])).await.is(200);
    assert_eq!(now.body["name"], json!({ "formatted": "Kari V." }));
    let path = format!("{OWN}:reference");
    let now = service.patch(&id, json!([{ "op": "remove", "path": path }])).await.is(200);
    assert!(now.body.get(OWN).is_none());
    service.end().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_told_by_its_kind() {
    let (service, id) = one().await;
    let before = service.get(&format!("/Users/{id}")).await.body;
    for (operation, kind) in [
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "remove", "path": "roles[value eq \"x/9/Y\"]" }), "noTarget"),
        (json!({ "op": "replace", "path": "roles[value eq \"x/9/Y\"].value", "value": "a/1/B" }), "noTarget"),
        (json!({ "op": "replace", "path": "nickName", "value": "k" }), "invalidPath"),
        (json!({ "op": "replace", "path": "roles[", "value": "k" }), "invalidPath"),
        (json!({ "op": "replace", "path": "userName[value eq \"x\"]", "value": "k" }), "invalidPath"),
        (json!({ "op": "replace", "path": "roles[colour eq \"x\"]", "value": "k" }), "invalidFilter"),
        (json!({ "op": "replace", "path": "id", "value": "k" }), "mutability"),
        (json!({ "op": "replace", "path": "meta.version", "value": "k" }), "mutability"),
        (json!({ "op": "replace", "path": format!("{OWN}:person"), "value": "k" }), "mutability"),
        (json!({ "op": "replace", "value": { "id": "other" } }), "mutability"),
        (json!({ "op": "add", "value": { OWN: { "state": "closed" } } }), "mutability"),
        (json!({ "op": "remove", "path": "userName" }), "mutability"),
        (json!({ "op": "remove", "path": "active" }), "mutability"),
        (json!({ "op": "replace", "path": "userName", "value": 7 }), "invalidValue"),
        (json!({ "op": "replace", "value": "x" }), "invalidValue"),
        (json!({ "op": "add", "path": "displayName" }), "invalidValue"),
        (json!({ "op": "move", "path": "displayName" }), "invalidSyntax"),
        (json!({ "path": "displayName" }), "invalidSyntax"),
    ] {
        let told = service.patch(&id, json!([operation])).await;
        assert_eq!((told.status, &told.body["scimType"]), (400, &json!(kind)), "{operation}: {}", told.body);
    }
    service.patch(&id, json!([])).await.fails(400, "invalidSyntax");
    service.patch("nobody", json!([{ "op": "remove", "path": "displayName" }])).await.fails(404, "");
    // Attributes that are sent with their old value count as not sent.
    let same = json!([{ "op": "replace", "value": { "id": id, "displayName": "Kari" } }]);
    service.patch(&id, same).await.is(200);
    assert_eq!(service.get(&format!("/Users/{id}")).await.body, before);
    service.end().await;
}

#[tokio::test]
async fn a_value_that_names_nothing_takes_nothing_away() {
    let (service, id) = one().await;
    let own = json!([
        { "op": "replace", "path": "emails", "value": "kari@x.example" },
        { "op": "replace", "path": format!("{OWN}:reference"), "value": "ledger/17" },
    ]);
    service.patch(&id, own).await.is(200);
    let all = format!("/Users/{id}?attributes=roles,emails,displayName,{OWN}:reference");
    let before = service.get(&all).await.body;
    let nothing = [json!(null), json!([]), json!({}), json!([{}]), json!([null])];
    let unnamed = [json!([{ "display": "LC" }]), json!([{ "value": "a/1/R" }, {}])];
    for value in nothing.iter().chain(&unnamed) {
        let remove = json!([{ "op": "remove", "path": "roles", "value": value }]);
        service.patch(&id, remove).await.fails(400, "invalidValue");
    }
    for value in &nothing {
        for path in ["emails", "roles.value", OWN] {
            let told = service.patch(&id, json!([{ "op": "remove", "path": path, "value": value }])).await;
            assert_eq!(told.status, 400, "{path} {value}: {}", told.body);
        }
    }
    for operation in [
        json!({ "op": "remove", "path": "emails", "value": [{ "type": "work" }] }),
        json!({ "op": "replace", "path": "emails", "value": [{ "type": "work" }] }),
        json!({ "op": "replace", "path": "roles", "value": [{}] }),
        json!({ "op": "replace", "value": { "roles": {} } }),
        json!({ "op": "replace", "path": "roles[value eq \"a/1/R\"]", "value": {} }),
        json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "type": "work" } }),
    ] {
        let told = service.patch(&id, json!([operation])).await;
        assert_eq!((told.status, &told.body["scimType"]), (400, &json!("invalidValue")), "{operation}");
    }
    let reference = format!("{OWN}:reference");
    for (path, value) in [("displayName", "Ola"), (reference.as_str(), "ledger/18")] {
        let remove = json!([{ "op": "remove", "path": path, "value": value }]);
        service.patch(&id, remove).await.fails(400, "noTarget");
    }
    // Another value is not there, and what is there stays.
    for (path, value) in [("roles", "x/9/Y"), ("roles.value", "x/9/Y"), ("emails", "ola@x.example")] {
        service.patch(&id, json!([{ "op": "remove", "path": path, "value": value }])).await.is(200);
    }
    assert_eq!(service.get(&all).await.body, before);
    let part = json!([{ "op": "remove", "path": "roles.value", "value": "a/1/R" }]);
    assert_eq!(service.patch(&id, part).await.is(200).roles(), ["b/2/S"]);
    let reference = json!([{ "op": "remove", "path": OWN, "value": { "reference": "ledger/17" } }]);
    let now = service.patch(&id, reference).await.is(200);
    assert!(now.body.get(OWN).is_none(), "{}", now.body);
    service.end().await;
}

#[tokio::test]
async fn all_operations_are_done_or_none() {
    let (service, id) = one().await;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Kari X." },
        { "op": "remove", "path": "roles" },
        { "op": "add", "path": "roles", "value": roles(&["nonsense"]) },
    ]);
    service.patch(&id, operations).await.fails(400, "invalidValue");
    let now = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!((&now.body["displayName"], now.roles()), (&json!("Kari"), vec!["a/1/R", "b/2/S"]));
    service.end().await;
}
