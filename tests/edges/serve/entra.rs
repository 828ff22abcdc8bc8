//! Tests the requests of Microsoft Entra and Okta. Above all, the closing of an account may never be lost.

use serde_json::json;

use super::desk::{Answer, OWN, Service, USER, roles, user};

async fn kari(service: &Service) -> String {
    let more = json!({
        "displayName": "Kari", "emails": [{ "value": "kari@hospital.example" }], "roles": roles(&["a/1/R"]),
    });
    service.user("kari", more).await.is(201).id()
}

/// The account is closed with all that closing means, although the answer is a refusal of something else.
async fn closed_all_the_same(service: &Service, id: &str, told: Answer) {
    let detail = told.body["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("the account is closed"), "{detail}");
    let now = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(now.body["active"], false, "{detail}");
    assert!(now.body.get("roles").is_none() && now.body.get("emails").is_none(), "{}", now.body);
}

#[tokio::test]
async fn closing_is_not_lost_to_what_stands_beside_it() {
    let service = Service::start().await;
    let off = || json!({ "op": "Replace", "path": "active", "value": "False" });
    for (number, (neighbour, kind)) in [
        (json!({ "op": "Replace", "path": "title", "value": "Nurse" }), "invalidPath"),
        (json!({ "op": "Add", "path": "urn:x:other:2.0:User:shoe", "value": "41" }), "invalidPath"),
        (
            json!({ "op": "Replace", "path": "emails[type eq \"home\"].value", "value": "a@x.example" }),
            "noTarget",
        ),
        (
            json!({ "op": "Replace", "path": "roles[colour eq \"x\"].value", "value": "a/1/R" }),
            "invalidFilter",
        ),
        (json!({ "op": "Add", "path": "roles", "value": [{ "value": "User" }] }), "invalidValue"),
        (json!({ "op": "Replace", "path": "emails", "value": [{ "value": "nowhere" }] }), "invalidValue"),
        (json!({ "op": "Replace", "path": "userName", "value": "ola" }), "uniqueness"),
        (json!({ "op": "Replace", "path": "id", "value": "k" }), "mutability"),
        (json!({ "op": "Replace", "value": { "actve": false } }), "invalidSyntax"),
        (json!({ "op": "Move", "path": "displayName" }), "invalidSyntax"),
    ]
    .into_iter()
    .enumerate()
    {
        if number == 0 {
            service.user("ola", json!({})).await.is(201);
        }
        for operations in [json!([off(), neighbour]), json!([neighbour, off()])] {
            let id = kari(&service).await;
            let told = service.patch(&id, operations).await;
            let status = if kind == "uniqueness" { 409 } else { 400 };
            closed_all_the_same(&service, &id, told.fails(status, kind)).await;
        }
    }
    // The value comes in one object without a path. The parts beside it that can be done are done.
    let id = kari(&service).await;
    let value = json!({ "title": "Nurse", "actve": true, "active": "False", "displayName": "Kari T." });
    let told =
        service.patch(&id, json!([{ "op": "replace", "value": value }])).await.fails(400, "invalidSyntax");
    closed_all_the_same(&service, &id, told).await;
    assert_eq!(service.get(&format!("/Users/{id}")).await.body["displayName"], "Kari T.");
    // A request that closes nobody is done as a whole or not at all.
    let id = kari(&service).await;
    let before = service.get(&format!("/Users/{id}")).await.body;
    for operations in [
        json!([{ "op": "Replace", "path": "displayName", "value": "K" }, { "op": "Add", "path": "title", "value": "N" }]),
        json!([{ "op": "Replace", "path": "active", "value": true }, { "op": "Add", "path": "title", "value": "N" }]),
    ] {
        service.patch(&id, operations).await.fails(400, "invalidPath");
        assert_eq!(service.get(&format!("/Users/{id}")).await.body, before);
    }
    // Another version than the client knows is still nothing done.
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [off(), { "op": "Add", "path": "title", "value": "N" }],
    });
    let request = service.request(reqwest::Method::PATCH, &format!("/Users/{id}"));
    let stale = super::desk::answer(request.header("if-match", "W/\"old\"").json(&body)).await;
    stale.fails(412, "");
    assert_eq!(service.get(&format!("/Users/{id}")).await.body, before);
    service.end().await;
}

/// Several operations, in every way that Entra and Okta write a name. What is known acts when the account is closed, wherever
/// it stands. Without a closing, RFC 7644 section 3.5.2 asks for all or nothing.
#[tokio::test]
async fn names_with_dots_and_several_operations_lose_no_closing() {
    let service = Service::start().await;
    let title = || json!({ "op": "Add", "path": "title", "value": "Nurse" });
    let misspelt = || json!({ "op": "Replace", "value": { "actve": false } });
    let named = || json!({ "op": "Replace", "path": "displayName", "value": "Kari T." });
    let active = format!("{USER}:active");
    for (operations, kind) in [
        (
            json!([{ "op": "Replace", "value": { "active": false, "name.givenName": "K", "displayName": "Kari T." } }]),
            "invalidSyntax",
        ),
        (
            json!([{ "op": "Replace", "value": { active.as_str(): "False", "name.familyName": "T", "name.formatted": "Kari T." } }]),
            "invalidSyntax",
        ),
        (
            json!([named(), misspelt(), { "op": "REPLACE", "path": "ACTIVE", "value": "FALSE" }]),
            "invalidSyntax",
        ),
        (
            json!([{ "op": "Replace", "path": active, "value": false }, title(), misspelt(), named()]),
            "invalidPath",
        ),
        (
            json!([title(), named(), { "op": "Add", "value": { "Active": "false" } }, misspelt()]),
            "invalidPath",
        ),
    ] {
        let id = kari(&service).await;
        let told = service.patch(&id, operations.clone()).await.fails(400, kind);
        closed_all_the_same(&service, &id, told).await;
        let now = service.get(&format!("/Users/{id}")).await.body;
        assert_eq!(now["displayName"], "Kari T.", "{operations}");
    }
    let id = kari(&service).await;
    let before = service.get(&format!("/Users/{id}")).await.body;
    let without = json!({ "op": "Remove", "path": "roles" });
    for (operations, kind) in [
        (json!([named(), misspelt()]), "invalidSyntax"),
        (json!([without, title()]), "invalidPath"),
        (json!([title(), without]), "invalidPath"),
    ] {
        service.patch(&id, operations.clone()).await.fails(400, kind);
        assert_eq!(service.get(&format!("/Users/{id}")).await.body, before, "{operations}");
    }
    service.end().await;
}

#[tokio::test]
async fn closing_is_not_lost_in_a_whole_user_or_in_bulk_either() {
    let service = Service::start().await;
    service.user("ola", json!({})).await.is(201);
    for (wrong, status, kind) in [
        (user("kari", json!({ "active": false, "emails": [{ "value": "nowhere" }] })), 400, "invalidValue"),
        (user("kari", json!({ "active": "False", "roles": [{ "value": "User" }] })), 400, "invalidValue"),
        (user("ola", json!({ "active": false })), 409, "uniqueness"),
        (user("kari", json!({ "active": false, "displyName": "K" })), 400, "invalidSyntax"),
        (json!({ "schemas": [USER], "active": false }), 400, "invalidValue"),
    ] {
        let id = kari(&service).await;
        let told = service.put(&id, wrong).await.fails(status, kind);
        closed_all_the_same(&service, &id, told).await;
    }
    let id = kari(&service).await;
    let operations = json!([{ "op": "replace", "value": { "active": false, "actve": true } }]);
    let told = service
        .post(
            "/Bulk",
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [{ "method": "PATCH", "path": format!("/Users/{id}"), "data": operations }],
            }),
        )
        .await
        .is(200);
    assert_eq!(told.body["Operations"][0]["status"], "400");
    let told =
        Answer { status: 400, headers: told.headers, body: told.body["Operations"][0]["response"].clone() };
    closed_all_the_same(&service, &id, told).await;
    service.end().await;
}

#[tokio::test]
async fn what_a_register_has_left_in_an_account_does_not_keep_it_open() {
    let service = Service::start().await;
    let id = kari(&service).await;
    let odd = "UPDATE account SET name = ?2, email = 'nowhere' WHERE id = ?1";
    service.register().connection().execute(odd, [id.as_str(), "Ka\u{0308}ri"]).unwrap();
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    let now = service.patch(&id, off).await;
    assert!(now.status == 200 || now.body["detail"].as_str().unwrap().contains("the account is closed"));
    assert_eq!(service.get(&format!("/Users/{id}")).await.body["active"], false);
    service.end().await;
}

#[tokio::test]
async fn the_extension_may_name_its_own_schema() {
    let service = Service::start().await;
    let id = kari(&service).await;
    for (number, schemas) in
        [json!([OWN]), json!([OWN.to_lowercase()]), json!([]), json!(null)].iter().enumerate()
    {
        let reference = format!("r-{number}");
        let sent = json!({ "schemas": schemas, "reference": reference });
        for operation in [
            json!({ "op": "add", "path": OWN, "value": sent }),
            json!({ "op": "replace", "path": OWN, "value": sent }),
            json!({ "op": "replace", "value": { OWN: sent } }),
        ] {
            let now = service.patch(&id, json!([operation])).await.is(200);
            assert_eq!(now.body[OWN]["reference"], json!(reference), "{operation}");
        }
        service.put(&id, user("kari", json!({ OWN: sent }))).await.is(200);
        service.user(&format!("nina-{number}"), json!({ OWN: sent })).await.is(201);
    }
    service.end().await;
}

#[tokio::test]
async fn a_path_in_a_value_acts_and_a_misspelt_name_is_refused() {
    let service = Service::start().await;
    let id = kari(&service).await;
    let entra = json!({ "emails[type eq \"work\"].value": "new@x.example" });
    let now = service.patch(&id, json!([{ "op": "replace", "value": entra }])).await.is(200);
    assert_eq!(now.body["emails"][0]["value"], "new@x.example");
    let before = service.get(&format!("/Users/{id}")).await.body;
    for value in [
        json!({ "actve": false }),
        json!({ "displayName": "K", "name.givenName": "Kari" }),
        json!({ "displayName": "K", "title": "Nurse" }),
        json!({ "displayName": "K", "name": { "givenName": "Kari" } }),
        json!({ "roles": [{ "display": "LC" }] }),
        json!({ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "D" } }),
        json!({ "name.formated": "K" }),
        json!({ "emails[type eq \"home\"].value": "b@x.example" }),
        json!({ "emails[type eq]": "b@x.example" }),
        json!({ "name": { "formated": "K" } }),
        json!({ "emails": [{ "vlaue": "b@x.example" }] }),
        json!({ OWN: { "referense": "r" } }),
        json!({ OWN: { "schemas": [USER], "reference": "r" } }),
        json!({ OWN: { "schemas": OWN, "reference": "r" } }),
        json!({ format!("{OWN}x"): { "reference": "r" } }),
        json!({ format!("{USER}:actve"): false }),
    ] {
        let told = service.patch(&id, json!([{ "op": "replace", "value": value }])).await;
        assert_eq!(told.status, 400, "{value}: {}", told.body);
        assert_eq!(service.get(&format!("/Users/{id}")).await.body, before, "{value}");
    }
    for (path, value) in [
        ("name", json!({ "formated": "K" })),
        ("name", json!({ "givenName": "Kari" })),
        ("roles", json!([{ "display": "LC" }])),
        ("roles[value eq \"a/1/R\"]", json!({ "display": "LC" })),
        ("emails", json!([{ "vlaue": "b@x.example" }])),
    ] {
        let told = service.patch(&id, json!([{ "op": "replace", "path": path, "value": value }])).await;
        told.fails(400, "invalidSyntax");
    }
    for more in
        [json!({ "actve": false }), json!({ "roles": [{ "vlaue": "a/1/R" }] }), json!({ OWN: { "x": 1 } })]
    {
        service.put(&id, user("kari", more.clone())).await.fails(400, "invalidSyntax");
        service.user("nina", more).await.fails(400, "invalidSyntax");
    }
    assert_eq!(service.get(&format!("/Users/{id}")).await.body, before);
    // A whole user may have attributes of the standard that this register does not keep. They are left out, and the
    // answer shows it.
    let standard = json!({
        "title": "Nurse", "name": { "givenName": "Nina", "familyName": "N", "formatted": "Nina N" },
        "phoneNumbers": [{ "value": "1" }], "password": "x", "groups": [], "locale": "nb-NO",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "D" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": "m",
        "roles": [{ "value": "a/1/R", "type": "WindowsAzureActiveDirectoryRole", "display": "LC", "primary": "False" }],
    });
    let made = service.user("nina", standard).await.is(201);
    assert_eq!((&made.body["displayName"], made.roles()), (&json!("Nina N"), vec!["a/1/R"]));
    assert!(made.body.get("title").is_none());
    service.end().await;
}

#[tokio::test]
async fn who_comes_back_is_the_one_that_a_login_finds() {
    let service = Service::start().await;
    let first = service.user("Åse", json!({ "externalId": "7" })).await.is(201).id();
    let plain = service.user("ola", json!({ "externalId": "8" })).await.is(201).id();
    let found = async |filter: &str| {
        let list = service.list(&[("filter", filter)]).await.is(200).body;
        let ids: Vec<String> = list["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(list["totalResults"], ids.len());
        ids
    };
    for id in [&first, &plain] {
        service.patch(id, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
    }
    // A client that asks after the closing can read that it was done.
    assert_eq!(found("userName eq \"ola\"").await, [plain.as_str()]);
    let second = service.user("åse", json!({ "externalId": "7" })).await.is(201).id();
    let again = service.user("ola", json!({ "externalId": "8", "active": false })).await.is(201).id();
    for filter in ["userName eq \"åse\"", "externalId eq \"7\"", &format!("{USER}:userName eq \"ÅSE\"")] {
        assert_eq!(found(filter).await, [second.as_str()], "{filter}");
    }
    assert_eq!(
        found("userName eq \"ola\"").await,
        [again.as_str()],
        "an account that is prepared is no closed one"
    );
    // A client that asks for more than the login gets exactly what it asked for.
    assert_eq!(found("userName eq \"åse\" and active eq false").await, [first.as_str()]);
    assert_eq!(found("userName sw \"ol\"").await.len(), 2);
    assert_eq!(found("userName eq \"ola\" or id eq \"none\"").await.len(), 2);
    let list = service.get("/Users").await.is(200).body;
    assert_eq!(list["totalResults"], 4, "a list without a filter is whole");
    service.end().await;
}
