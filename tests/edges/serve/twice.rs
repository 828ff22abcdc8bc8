//! Tests requests that are malformed or that contradict themselves. A closing is lost to none of them.

use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Answer, Service, USER, answer, roles, user};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

async fn opened(service: &Service, login: &str) -> String {
    let more = json!({
        "displayName": "Kari", "emails": [{ "value": "kari@hospital.example" }], "roles": roles(&["a/1/R"]),
    });
    service.user(login, more).await.is(201).id()
}

async fn is_open(service: &Service, id: &str) -> bool {
    let now = service.get(&format!("/Users/{id}")).await.is(200);
    let open = now.body["active"] == json!(true);
    assert_eq!(
        now.roles().len(),
        usize::from(open),
        "an account that is closed has nothing left: {}",
        now.body
    );
    open
}

/// Sends a body as it is written. `json!` cannot say a name twice.
async fn send(service: &Service, method: Method, path: &str, body: &str) -> Answer {
    let request = service.request(method, path).header("content-type", "application/scim+json");
    answer(request.body(body.to_owned())).await
}

fn tells_the_closing(told: &Answer) -> bool {
    told.body["detail"]
        .as_str()
        .unwrap()
        .ends_with("The request also closes the account, and that was done: the account is closed")
}

#[tokio::test]
async fn a_name_that_stands_twice_is_refused_and_loses_no_closing() {
    let service = Service::start().await;
    let values = |members: &str| format!(r#"[{{"op": "replace", "value": {{{members}}}}}]"#);
    let core = |members: &str| format!(r#""{USER}": {{{members}}}"#);
    // The operations of a PATCH, the kind of the error, and whether the account is open afterwards.
    let table = [
        (values(r#""active": false, "Active": true"#), "invalidSyntax", false),
        (values(r#""active": true, "Active": false"#), "invalidSyntax", false),
        (values(r#""active": true, "active": false, "active": true"#), "invalidSyntax", false),
        (values(&format!(r#""active": false, "{USER}:active": true"#)), "invalidSyntax", false),
        (values(&format!(r#"{}, "title": "x""#, core(r#""active": false"#))), "invalidSyntax", false),
        (values(&format!(r#"{}, "active": true"#, core(r#""active": false"#))), "invalidSyntax", false),
        (values(r#""roles": [], "Roles": [{"value": "a/2/R"}]"#), "invalidSyntax", true),
        (values(r#""name": {"formatted": "A", "FORMATTED": "B"}, "active": false"#), "invalidSyntax", false),
        (r#"[{"op": "replace", "path": "active", "value": true, "value": false}]"#.into(), "invalidSyntax", false),
        (r#"[{"op": "add", "path": "active", "Path": "title", "value": "False"}]"#.into(), "invalidSyntax", false),
        (r#"[{"op": "remove", "path": "active", "path": "roles"}]"#.into(), "invalidSyntax", true),
        (
            r#"[{"op": "replace", "path": "active", "value": false}], "Operations": []"#.into(),
            "invalidSyntax",
            false,
        ),
        (
            r#"[{"op": "replace", "path": "title", "value": "x"}], "operations": [{"op": "add", "value": {"active": false}}]"#
                .into(),
            "invalidSyntax",
            false,
        ),
        // Nothing stands twice here, but the operations contradict each other.
        (
            r#"[{"op": "replace", "path": "active", "value": false}, {"op": "replace", "path": "active", "value": true}]"#
                .into(),
            "mutability",
            false,
        ),
    ];
    for (operations, kind, open) in table {
        let id = opened(&service, "kari").await;
        let body = format!(r#"{{"schemas": ["{PATCH}"], "Operations": {operations}}}"#);
        let told = send(&service, Method::PATCH, &format!("/Users/{id}"), &body).await.fails(400, kind);
        assert_eq!(is_open(&service, &id).await, open, "{operations}");
        assert_eq!(tells_the_closing(&told), !open, "{operations}: {}", told.body);
        service.delete(&id).await.is(204);
    }
    for (members, open) in [
        (r#""active": false, "ACTIVE": true"#, false),
        (r#""active": true, "active": false"#, false),
        (r#""roles": [], "Roles": [{"value": "a/2/R"}]"#, true),
        (r#""userName": "ola", "active": false"#, false),
    ] {
        let id = opened(&service, "kari").await;
        let body = format!(r#"{{"schemas": ["{USER}"], "userName": "kari", {members}}}"#);
        send(&service, Method::PUT, &format!("/Users/{id}"), &body).await.fails(400, "invalidSyntax");
        assert_eq!(is_open(&service, &id).await, open, "{members}");
        service.delete(&id).await.is(204);
    }
    // The address asks for what cannot be answered.
    for (method, body) in [
        (
            Method::PATCH,
            json!({ "schemas": [PATCH], "Operations": [{ "op": "add", "value": { "active": false } }] }),
        ),
        (Method::PUT, user("kari", json!({ "active": false }))),
    ] {
        let id = opened(&service, "kari").await;
        let told = send(&service, method, &format!("/Users/{id}?count=x"), &body.to_string()).await;
        assert!(tells_the_closing(&told.fails(400, "invalidValue")));
        assert!(!is_open(&service, &id).await, "{body}");
        service.delete(&id).await.is(204);
    }
    service.post("/Users", user("kari", json!({ "USERNAME": "ola" }))).await.fails(400, "invalidSyntax");
    let search = r#"{"filter": "userName eq \"a\"", "Filter": "userName eq \"b\""}"#;
    send(&service, Method::POST, "/.search", search).await.fails(400, "invalidSyntax");
    assert_eq!(service.get("/Users").await.body["totalResults"], 0);
    service.end().await;
}

#[tokio::test]
async fn what_is_clear_and_in_order_is_done_as_before() {
    let service = Service::start().await;
    let id = opened(&service, "kari").await;
    // True for an account that is open changes nothing, and the closing after it is no contradiction.
    let both = json!([
        { "op": "replace", "path": "active", "value": true },
        { "op": "replace", "path": "active", "value": false },
    ]);
    service.patch(&id, both).await.is(200);
    assert!(!is_open(&service, &id).await);
    // An account that is prepared is not closed by false, and the last operation counts.
    let id = service.user("ola", json!({ "active": false })).await.is(201).id();
    let both = json!([
        { "op": "replace", "path": "active", "value": false },
        { "op": "replace", "path": "active", "value": true },
    ]);
    assert_eq!(service.patch(&id, both).await.is(200).body["active"], true);
    // A misspelt name asks a question, and one end of a sentence is enough.
    let value = json!({ "active": false, "actve": true });
    let told =
        service.patch(&id, json!([{ "op": "replace", "value": value }])).await.fails(400, "invalidSyntax");
    let detail = told.body["detail"].as_str().unwrap();
    assert!(detail.contains("is it misspelt? The request also"), "{detail}");
    service.end().await;
}

#[tokio::test]
async fn a_malformed_operation_is_refused_alone_in_bulk() {
    let service = Service::start().await;
    let new = || user("nina", json!({}));
    for (neighbour, kind) in [
        (json!({ "method": "POST", "path": "/Users", "data": new() }), "invalidSyntax"),
        (json!({ "method": "FOO", "path": "/Users/x" }), "invalidSyntax"),
        (json!({ "method": "DELETE" }), "invalidSyntax"),
        (json!("DELETE"), "invalidSyntax"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": 5, "data": new() }), "invalidSyntax"),
        (
            json!({ "method": "POST", "path": "/Users", "bulkId": "n", "version": 5, "data": new() }),
            "invalidSyntax",
        ),
        (
            json!({ "method": "POST", "path": "/Users", "bulkId": "n", "BulkId": "m", "data": new() }),
            "invalidSyntax",
        ),
    ] {
        for first in [true, false] {
            let id = opened(&service, "kari").await;
            let close = close(&id, json!({}));
            let operations = if first { [neighbour.clone(), close] } else { [close, neighbour.clone()] };
            let told = bulk(&service, json!({ "Operations": operations })).await.is(200);
            let told = &told.body["Operations"];
            let (wrong, done) = if first { (&told[0], &told[1]) } else { (&told[1], &told[0]) };
            assert_eq!((&wrong["status"], &done["status"]), (&json!("400"), &json!("200")), "{neighbour}");
            assert_eq!(wrong["response"]["scimType"], kind, "{neighbour}");
            assert!(!is_open(&service, &id).await, "{neighbour}");
            service.delete(&id).await.is(204);
        }
    }
    assert_eq!(service.get("/Users").await.body["totalResults"], 0);
    service.end().await;
}

#[tokio::test]
async fn a_closing_in_a_malformed_operation_or_request_is_done_in_bulk() {
    let service = Service::start().await;
    // What makes the closing operation malformed, and whether the account is open afterwards. An operation with a
    // condition that cannot be read does nothing.
    for (more, open) in [
        (json!({ "bulkId": 5 }), false),
        (json!({ "data": { "schemas": [USER], "active": false }, "method": "PUT", "bulkId": 5 }), false),
        (json!({ "method": "DELETE", "bulkId": 5 }), false),
        (json!({ "Data": [] }), false),
        (json!({ "version": 5 }), true),
        (json!({ "version": "W/\"old\"", "bulkId": 5 }), true),
        (json!({ "Path": "/Users/another" }), true),
        (json!({ "method": "GET" }), true),
    ] {
        let id = opened(&service, "kari").await;
        let told = bulk(&service, json!({ "Operations": [close(&id, more.clone())] })).await.is(200);
        assert_eq!(told.body["Operations"][0]["status"], "400", "{more}");
        assert_eq!(is_open(&service, &id).await, open, "{more}");
        service.delete(&id).await.is(204);
    }
    // A bulkId that nobody makes, and one that two have.
    let id = opened(&service, "kari").await;
    let unknown = json!([
        { "op": "replace", "path": "externalId", "value": "bulkId:nobody" },
        { "op": "replace", "path": "active", "value": false },
    ]);
    let told =
        bulk(&service, json!({ "Operations": [close(&id, json!({ "data": unknown }))] })).await.is(200);
    assert_eq!(told.body["Operations"][0]["status"], "400");
    assert!(!is_open(&service, &id).await);
    let ids = [opened(&service, "ola").await, opened(&service, "pia").await];
    let both: Vec<Value> = ids.iter().map(|id| close(id, json!({ "bulkId": "b" }))).collect();
    let told = bulk(&service, json!({ "Operations": both })).await.is(200);
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(told.body["Operations"][number]["status"], "400");
        assert!(!is_open(&service, id).await);
    }
    // The request itself is malformed: nothing of it is done except the closing.
    for more in [
        json!({ "failOnErrors": "2" }),
        json!({ "failOnErrors": 0 }),
        json!({ "schemas": [PATCH] }),
        json!({ "operations": [] }),
    ] {
        let id = opened(&service, "kari").await;
        let make =
            json!({ "method": "POST", "path": "/Users", "bulkId": "n", "data": user("nina", json!({})) });
        let mut body = json!({ "Operations": [make, close(&id, json!({}))] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = bulk(&service, body).await.fails(400, "invalidSyntax");
        assert!(told.body["detail"].as_str().unwrap().ends_with("that was done: 1 closed"), "{}", told.body);
        assert!(!is_open(&service, &id).await, "{more}");
        service.delete(&id).await.is(204);
    }
    let list = service.get("/Users").await.body;
    assert_eq!(list["totalResults"], 3, "nina was not made: {list}");
    service.end().await;
}

/// An operation of a bulk request that closes a user, with further members or others.
fn close(id: &str, more: Value) -> Value {
    let data = json!([{ "op": "replace", "path": "active", "value": false }]);
    let mut operation = json!({ "method": "PATCH", "path": format!("/Users/{id}"), "data": data });
    operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    operation
}

/// Sends a bulk request with these members.
async fn bulk(service: &Service, members: Value) -> Answer {
    let mut body = json!({ "schemas": [BULK] });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    service.post("/Bulk", body).await
}
