//! A single user is created, read and replaced, and versions protect the changes.

use portvakt_core::model::{AccountId, PersonId};
use portvakt_stores::tables::read;
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{OWN, Service, USER, answer, roles, today, user};

fn kari() -> Value {
    json!({
        "externalId": "person/kari.testesen/1",
        "displayName": "Kari Testesen",
        "name": { "formatted": "Kari Testesen" },
        "active": true,
        "emails": [{ "value": "kari@hospital.example", "type": "work", "primary": true }],
        "roles": [{ "value": "smerteregisteret/100082/LC" }, { "value": "rapporteket-smerte/100082/LC" }],
    })
}

#[tokio::test]
async fn a_new_user_is_an_account_with_rights() {
    let service = Service::start().await;
    let made = service.user("kari.testesen", kari()).await.is(201);
    let id = made.id();
    assert_eq!(made.headers["location"].to_str().unwrap(), format!("{}/Users/{id}", service.base));
    let meta = &made.body["meta"];
    assert_eq!(meta["location"], made.headers["location"].to_str().unwrap());
    assert_eq!(meta["version"], made.version());
    assert_eq!(meta["resourceType"], "User");
    assert!(meta["created"].as_str().unwrap() <= meta["lastModified"].as_str().unwrap(), "{meta}");
    assert_eq!(made.body["schemas"], json!([USER, OWN]));
    assert_eq!(made.body["userName"], "kari.testesen");
    assert_eq!(made.body["emails"], json!([{ "value": "kari@hospital.example", "type": "work" }]));
    assert_eq!(made.roles(), ["rapporteket-smerte/100082/LC", "smerteregisteret/100082/LC"]);
    let again = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!((again.body.clone(), again.version()), (made.body.clone(), made.version()));

    let register = service.register();
    let account = read::account(register.connection(), &AccountId::new(&id)).unwrap().unwrap();
    assert_eq!(account.person, Some(PersonId::new("kari.testesen").unwrap()));
    assert_eq!(account.email.as_deref(), Some("kari@hospital.example"));
    let rights: Vec<String> = account.rights.keys().map(ToString::to_string).collect();
    assert_eq!(rights, made.roles());

    let asked = service.get(&format!("/Users/{id}?attributes={OWN}")).await.is(200).body;
    let own = json!({
        "person": "kari.testesen", "state": "open", "opened": today().to_string(), "subscriptions": 0,
    });
    assert_eq!(asked[OWN], own);
    assert_eq!(asked["id"], id);
    assert!(asked.get("userName").is_none());
    service.end().await;
}

#[tokio::test]
async fn what_the_register_could_not_keep_is_refused_and_nothing_is_made() {
    let service = Service::start().await;
    let with = |more: Value| user("kari", more);
    for (body, kind) in [
        (json!({ "userName": "kari" }), "invalidSyntax"),
        (json!({ "schemas": ["urn:other"], "userName": "kari" }), "invalidSyntax"),
        (json!({ "schemas": [USER] }), "invalidValue"),
        (user(" ", json!({})), "invalidValue"),
        (user("ka\u{202e}ri", json!({})), "invalidValue"),
        (user("ka\u{3164}ri", json!({})), "invalidValue"),
        (user("ka\u{2800}ri", json!({})), "invalidValue"),
        (user("ka\u{34f}ri", json!({})), "invalidValue"),
        (user("ka\u{a0}ri", json!({})), "invalidValue"),
        (user("kari\n", json!({})), "invalidValue"),
        (with(json!({ "userName": 7 })), "invalidValue"),
        (with(json!({ "active": "perhaps" })), "invalidValue"),
        (with(json!({ "displayName": "x".repeat(257) })), "invalidValue"),
        (with(json!({ "emails": [{ "value": "nobody" }] })), "invalidValue"),
        (with(json!({ "emails": [{ "value": "a@b.example" }, { "value": "c@d.example" }] })), "invalidValue"),
        (with(json!({ "roles": roles(&["LC"]) })), "invalidValue"),
        (with(json!({ "roles": roles(&["smerteregisteret/0100082/LC"]) })), "invalidValue"),
        (with(json!({ "roles": roles(&["smerteregisteret/-1/LC"]) })), "invalidValue"),
        (with(json!({ "roles": roles(&["Smerteregisteret/1/LC"]) })), "invalidValue"),
        (with(json!({ "roles": roles(&["smerteregisteret/1/L C"]) })), "invalidValue"),
    ] {
        let told = service.post("/Users", body.clone()).await;
        assert_eq!((told.status, &told.body["scimType"]), (400, &json!(kind)), "{body}: {}", told.body);
    }
    assert_eq!(service.get("/Users").await.is(200).body["totalResults"], 0);
    service.end().await;
}

#[tokio::test]
async fn a_login_belongs_to_one_account_whatever_its_case() {
    let service = Service::start().await;
    let first = service.user("Kari", json!({})).await.is(201).id();
    service.user("kARI", json!({})).await.fails(409, "uniqueness");
    let other = service.user("Åse", json!({})).await.is(201).id();
    service.user("åse", json!({})).await.fails(409, "uniqueness");
    service.put(&other, user("KARI", json!({}))).await.fails(409, "uniqueness");
    // One's own login in another case is one's own.
    service.put(&first, user("kari", json!({}))).await.is(200);
    // A person who comes back has the same login, in a new account.
    service.patch(&first, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
    service.user("kari", json!({})).await.is(201);
    service.end().await;
}

#[tokio::test]
async fn put_replaces_what_clients_write_and_takes_away_what_is_not_sent() {
    let service = Service::start().await;
    let made = service.user("kari", kari()).await.is(201);
    let id = made.id();
    let put =
        service.put(&id, user("kari2", json!({ "roles": roles(&["a/1/B"]), "id": "other" }))).await.is(200);
    assert_eq!((put.id(), &put.body["userName"]), (id.clone(), &json!("kari2")));
    for gone in ["displayName", "name", "emails", "externalId"] {
        assert!(put.body.get(gone).is_none(), "{gone}");
    }
    assert_eq!(put.roles(), ["a/1/B"]);
    // If `active` is not sent, it stays as it is. So a missing word closes nobody.
    assert_eq!(put.body["active"], true);
    service.put("nobody", user("x", json!({}))).await.fails(404, "");
    // The name is in two places. The place that was changed counts.
    let named = service.put(&id, user("kari2", json!({ "displayName": "Kari A" }))).await.is(200);
    assert_eq!(named.body["name"]["formatted"], "Kari A");
    let both = json!({ "displayName": "Kari A", "name": { "formatted": "Kari B" } });
    assert_eq!(service.put(&id, user("kari2", both)).await.is(200).body["displayName"], "Kari B");
    service.end().await;
}

#[tokio::test]
async fn an_entry_without_its_value_is_refused_and_takes_nothing_away() {
    let service = Service::start().await;
    let with = |more: Value| {
        let mut whole = kari();
        whole[OWN] = json!({ "reference": "r" });
        for (name, value) in more.as_object().unwrap() {
            whole[name] = value.clone();
        }
        user("kari", whole)
    };
    let id = service.post("/Users", with(json!({}))).await.is(201).id();
    let before = service.get(&format!("/Users/{id}")).await.is(200).body;
    let right = "smerteregisteret/100082/LC";
    for more in [
        json!({ "roles": {} }),
        json!({ "roles": [{}] }),
        json!({ "roles": [null] }),
        json!({ "roles": [{ "value": null }] }),
        json!({ "roles": [{ "display": "LC" }] }),
        json!({ "roles": [{ "type": "x", "primary": true }] }),
        json!({ "roles": [{ "value": right }, {}] }),
        json!({ "roles": [right, { "display": "LC" }] }),
        json!({ "roles": "" }),
        json!({ "roles": 7 }),
        json!({ "roles": [[]] }),
        json!({ "roles": true }),
        json!({ "emails": [{ "type": "work" }] }),
        json!({ "emails": [{ "value": null, "primary": true }] }),
        json!({ OWN: [] }),
        json!({ OWN: "r" }),
    ] {
        let put = service.put(&id, with(more.clone())).await;
        assert_eq!(
            (put.status, &put.body["scimType"]),
            (400, &json!("invalidValue")),
            "{more}: {}",
            put.body
        );
        let mut other = with(more.clone());
        (other["userName"], other["externalId"]) = (json!("nina"), json!("7"));
        service.post("/Users", other).await.fails(400, "invalidValue");
        assert_eq!(service.get(&format!("/Users/{id}")).await.body, before, "{more}");
    }
    // The same in a PATCH, whatever the operation and wherever the entries stand.
    let one = format!("roles[value eq \"{right}\"]");
    for (op, path, value) in [
        ("replace", "roles", json!([{}])),
        ("replace", "roles", json!([null])),
        ("replace", "roles", json!([{ "value": right }, {}])),
        ("replace", one.as_str(), json!({})),
        ("add", "roles", json!([{}])),
        ("remove", "roles", json!([{}])),
        ("remove", "roles", json!([])),
        ("remove", "roles", Value::Null),
    ] {
        let operation = json!([{ "op": op, "path": path, "value": value }]);
        let told = service.patch(&id, operation.clone()).await;
        assert_eq!((told.status, &told.body["scimType"]), (400, &json!("invalidValue")), "{operation}");
        assert_eq!(service.get(&format!("/Users/{id}")).await.body, before, "{operation}");
    }
    // What says openly that there is nothing is done.
    let emptied = service.put(&id, with(json!({ "roles": [], "emails": null }))).await.is(200).body;
    assert!(emptied.get("roles").is_none() && emptied.get("emails").is_none(), "{emptied}");
    // A closing beside it is done all the same.
    let closing = with(json!({ "roles": [{}], "active": false }));
    service.put(&id, closing).await.fails(400, "invalidValue");
    assert_eq!(service.get(&format!("/Users/{id}")).await.body["active"], false);
    service.end().await;
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_a_known_one_is_not_sent_again() {
    let service = Service::start().await;
    let made = service.user("kari", kari()).await.is(201);
    let (id, first) = (made.id(), made.version());
    let path = format!("/Users/{id}");
    let get = |version: &str| service.request(Method::GET, &path).header("if-none-match", version);
    assert_eq!(answer(get(&first)).await.is(304).version(), first);
    answer(get("W/\"other\"")).await.is(200);

    let put = |version: &str, name: &str| {
        let body = user("kari", json!({ "displayName": name }));
        service.request(Method::PUT, &path).header("if-match", version).json(&body)
    };
    let second = answer(put(&first, "Kari T.")).await.is(200).version();
    assert_ne!(first, second);
    answer(put(&first, "Kari X.")).await.fails(412, "");
    let delete = service.request(Method::DELETE, &path).header("if-match", &first);
    answer(delete).await.fails(412, "");
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "remove", "path": "displayName" }],
    });
    let patch =
        |version: &str| service.request(Method::PATCH, &path).header("if-match", version).json(&patch);
    answer(patch(&first)).await.fails(412, "");
    assert_eq!(service.get(&path).await.is(200).body["displayName"], "Kari T.");
    // A list may stand in several lines, and a version that is no text is none of this user.
    let unread = reqwest::header::HeaderValue::from_bytes(b"\"\xff\"").unwrap();
    let unread = service.request(Method::DELETE, &path).header("if-match", unread);
    answer(unread).await.fails(412, "");
    let lines = service.request(Method::GET, &path).header("if-none-match", "W/\"x\"");
    answer(lines.header("if-none-match", &second)).await.is(304);
    answer(patch("W/\"x\"").header("if-match", &first)).await.fails(412, "");
    let third = answer(patch(&format!("W/\"x\", {second}"))).await.is(200).version();
    answer(put("W/\"x\"", "Kari Z.").header("if-match", &third)).await.is(200);
    answer(put("*", "Kari Y.")).await.is(200);
    // The same content has the same version, and a request that changes nothing keeps it.
    let now = service.get(&path).await.version();
    assert_eq!(answer(put(&now, "Kari Y.")).await.is(200).version(), now);
    service.end().await;
}

#[tokio::test]
async fn a_part_of_a_user_is_sent_where_a_part_is_asked_for() {
    let service = Service::start().await;
    let id = service.user("kari", kari()).await.is(201).id();
    let part = async |query: &str| service.get(&format!("/Users/{id}?{query}")).await.is(200).body;
    let keys = |body: &Value| {
        let mut keys: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&part("attributes=userName").await), ["id", "schemas", "userName"]);
    let named = part(&format!("attributes=NAME.formatted,{USER}:roles,nonsense")).await;
    assert_eq!(keys(&named), ["id", "name", "roles", "schemas"]);
    let left = part("excludedAttributes=roles,id,emails.type").await;
    assert!(left.get("roles").is_none() && left["id"] == id.as_str());
    assert_eq!(left["emails"], json!([{ "value": "kari@hospital.example" }]));
    let own = part(&format!("attributes={OWN}:state")).await;
    assert_eq!(own[OWN], json!({ "state": "open" }));
    let both = format!("/Users/{id}?attributes=id&excludedAttributes=roles");
    service.get(&both).await.fails(400, "invalidValue");
    let made = service.post("/Users?attributes=id", user("ola", json!({}))).await.is(201);
    assert_eq!(keys(&made.body), ["id", "schemas"]);
    service.end().await;
}
