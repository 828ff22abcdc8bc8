//! Tests the answers of the service to names that it does not keep, request by request. The table in
//! docs/scim-clients.md must be the same as the one found here.

use serde_json::{Map, Value, json};

use super::desk::{Answer, Service, user};

/// The value that no answer may show.
const SENT: &str = "wrong-41";

/// Returns the requests: the page's word for each, the name, and the value.
fn cases() -> Vec<(&'static str, &'static str, Value)> {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    vec![
        ("misspelt: `actve`", "actve", json!(SENT)),
        (
            "of a schema nobody here knows: `urn:x:other:2.0:User:shoe`",
            "urn:x:other:2.0:User:shoe",
            json!(SENT),
        ),
        ("the standard's, not kept: `title`", "title", json!(SENT)),
        ("the same, of the enterprise extension: `department`", enterprise, json!(SENT)),
        (
            "a kept attribute, nothing kept of it: `name` with `givenName` alone",
            "name",
            json!({ "givenName": SENT }),
        ),
        (
            "the same beside a part that is kept: `givenName` beside `formatted`",
            "name",
            json!({ "formatted": "Kari T.", "givenName": SENT }),
        ),
        (
            "`display` and `type` beside the `value` of a role",
            "roles",
            json!([{ "value": "a/1/R", "display": SENT, "type": SENT }]),
        ),
        (
            "a path that finds nothing: `emails[type eq \"home\"].value`",
            "emails[type eq \"home\"].value",
            json!(SENT),
        ),
        ("read-only, with another value: `id`", "id", json!(SENT)),
    ]
}

fn one(name: &str, value: &Value) -> Value {
    let mut members = Map::new();
    members.insert(name.to_owned(), value.clone());
    Value::Object(members)
}

fn operations(name: &str, value: &Value) -> [Value; 2] {
    [
        json!({ "op": "replace", "path": name, "value": value }),
        json!({ "op": "replace", "value": one(name, value) }),
    ]
}

async fn kari(service: &Service) -> String {
    service.user("kari", json!({ "displayName": "Kari" })).await.is(201).id()
}

/// Returns an answer in the form of the page.
fn cell(told: &Answer, what: &str) -> String {
    match told.body["scimType"].as_str() {
        Some(kind) => format!("{} `{kind}`", told.status),
        None => {
            assert!(told.status < 300 && !told.body.to_string().contains(SENT), "{what}: {}", told.body);
            format!("{}, left out", told.status)
        }
    }
}

#[tokio::test]
async fn the_page_for_clients_says_what_each_request_is_answered() {
    let service = Service::start().await;
    let id = kari(&service).await;
    let mut table =
        "| sent | `PATCH`, as its `path` | `PATCH`, in a value | `POST` | `PUT` |\n|---|---|---|---|---|\n"
            .to_owned();
    for (number, (what, name, value)) in cases().iter().enumerate() {
        let mut cells = vec![(*what).to_owned()];
        for operation in operations(name, value) {
            let before = service.get(&format!("/Users/{id}")).await.is(200).body;
            let told = service.patch(&id, json!([operation])).await;
            cells.push(cell(&told, what));
            if told.status >= 400 {
                let now = service.get(&format!("/Users/{id}")).await.is(200).body;
                assert_eq!(now, before, "{what}: what is refused changes nothing");
            }
        }
        let new = service.user(&format!("nina{number}"), one(name, value)).await;
        cells.push(cell(&new, what));
        let whole = service.put(&id, user("kari", one(name, value))).await;
        cells.push(cell(&whole, what));
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    service.end().await;
    let page = std::fs::read_to_string(format!("{}/docs/scim-clients.md", crate::ROOT)).unwrap();
    assert!(page.contains(&table), "docs/scim-clients.md has to say:\n{table}");
}

#[tokio::test]
async fn a_closing_is_lost_to_none_of_them() {
    let service = Service::start().await;
    let off = || json!({ "op": "replace", "value": { "active": "False" } });
    let closed = async |id: &str, told: Answer, what: &str| {
        assert_eq!(service.get(&format!("/Users/{id}")).await.body["active"], false, "{what}: {}", told.body);
    };
    for (what, name, value) in &cases() {
        for operation in operations(name, value) {
            for both in [json!([off(), operation]), json!([operation, off()])] {
                let id = kari(&service).await;
                let told = service.patch(&id, both).await;
                closed(&id, told, what).await;
            }
        }
        let id = kari(&service).await;
        let mut value = one(name, value);
        value["active"] = json!(false);
        let told = service.patch(&id, json!([{ "op": "replace", "value": value }])).await;
        closed(&id, told, what).await;
        let id = kari(&service).await;
        let told = service.put(&id, user("kari", value)).await;
        closed(&id, told, what).await;
    }
    service.end().await;
}
