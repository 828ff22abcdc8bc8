//! The bulk request (RFC 7644 section 3.7).

use serde_json::{Value, json};

use super::desk::{Answer, Service, USER, user};

async fn bulk(service: &Service, operations: Value, more: Value) -> Answer {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    service.post("/Bulk", body).await
}

fn make(name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name, json!({})) })
}

#[tokio::test]
async fn each_operation_has_its_own_answer() {
    let service = Service::start().await;
    let kept = service.user("kari", json!({})).await.is(201);
    let gone = service.user("ola", json!({})).await.is(201).id();
    let (id, version) = (kept.id(), kept.version());
    let told = bulk(
        &service,
        json!([
            make("new"),
            { "method": "PUT", "path": format!("/Users/{id}"), "version": version,
              "data": user("kari", json!({ "displayName": "Kari" })) },
            { "method": "PATCH", "path": format!("/Users/{id}"),
              "data": [{ "op": "add", "path": "roles", "value": [{ "value": "a/1/R" }] }] },
            { "method": "PUT", "path": format!("/Users/{id}"), "version": version, "data": user("x", json!({})) },
            { "method": "DELETE", "path": format!("/Users/{gone}") },
            make("KARI"),
            { "method": "DELETE", "path": "/Users/nobody" },
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": {} },
        ]),
        json!({}),
    )
    .await
    .is(200);
    assert_eq!(told.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    let answers = told.body["Operations"].as_array().unwrap();
    let status: Vec<&str> = answers.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["201", "200", "200", "412", "204", "409", "404", "404"]);
    assert_eq!(answers[0]["bulkId"], "new");
    assert_eq!(answers[1]["location"], format!("{}/Users/{id}", service.base));
    assert_eq!(answers[5]["response"]["scimType"], "uniqueness");
    assert!(answers[5].get("location").is_none());
    let now = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!((&now.body["displayName"], now.roles()), (&json!("Kari"), vec!["a/1/R"]));
    assert_eq!(answers[2]["version"], now.version());
    service.get(&format!("/Users/{gone}")).await.is(404);
    service.end().await;
}

#[tokio::test]
async fn a_bulk_id_stands_for_what_is_made_wherever_in_the_request() {
    let service = Service::start().await;
    let told = bulk(
        &service,
        json!([
            { "method": "PATCH", "path": "/Users/bulkId:b", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "add", "path": "externalId", "value": "bulkId:a" }] } },
            make("b"),
            make("a"),
            { "method": "DELETE", "path": "/Users/bulkId:none" },
        ]),
        json!({}),
    )
    .await
    .is(200);
    let answers = told.body["Operations"].as_array().unwrap();
    let status: Vec<&str> = answers.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["200", "201", "201", "400"]);
    let (a, b) = (service.list_one("a").await, service.list_one("b").await);
    assert_eq!(b["externalId"], a["id"]);
    // Two that wait for each other are told so, and others are done.
    let waits = |name: &str, other: &str| {
        let data = user(name, json!({ "externalId": format!("bulkId:{other}") }));
        json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": data })
    };
    let told = bulk(&service, json!([waits("c", "d"), waits("d", "c"), make("e")]), json!({})).await.is(200);
    let status: Vec<&Value> =
        told.body["Operations"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
    assert_eq!(status, ["400", "400", "201"]);
    service.end().await;
}

#[tokio::test]
async fn after_as_many_failures_as_allowed_the_rest_is_left_undone() {
    let service = Service::start().await;
    service.user("kari", json!({})).await.is(201);
    let operations = json!([make("one"), make("kari"), make("two"), make("Kari"), make("three")]);
    let told = bulk(&service, operations, json!({ "failOnErrors": 2 })).await.is(200);
    let status: Vec<&Value> =
        told.body["Operations"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
    assert_eq!(status, ["201", "409", "201", "409"]);
    assert_eq!(service.get("/Users").await.body["totalResults"], 3);
    service.end().await;
}

#[tokio::test]
async fn a_request_that_is_no_bulk_request_does_nothing() {
    let service = Service::start().await;
    let many: Vec<Value> = (0..1001).map(|n| make(&n.to_string())).collect();
    bulk(&service, json!(many), json!({})).await.fails(413, "");
    bulk(&service, json!("none"), json!({})).await.fails(400, "invalidSyntax");
    // What is wrong with an operation is its own error.
    for wrong in [
        json!([{ "method": "GET", "path": "/Users" }]),
        json!([{ "method": "POST", "path": "/Users", "data": user("x", json!({})) }]),
        json!([make("twice"), make("twice")]),
    ] {
        let told = bulk(&service, wrong, json!({})).await.is(200);
        for answer in told.body["Operations"].as_array().unwrap() {
            assert_eq!(answer["status"], "400", "{answer}");
            assert_eq!(answer["response"]["scimType"], "invalidSyntax", "{answer}");
        }
    }
    bulk(&service, json!([make("x")]), json!({ "failOnErrors": 0 })).await.fails(400, "invalidSyntax");
    service.post("/Bulk", json!({ "schemas": [USER] })).await.fails(400, "invalidSyntax");
    assert_eq!(service.get("/Users").await.body["totalResults"], 0);
    service.end().await;
}

impl Service {
    async fn list_one(&self, login: &str) -> Value {
        let told = self.list(&[("filter", &format!("userName eq \"{login}\""))]).await.is(200);
        assert_eq!(told.body["totalResults"], 1);
        told.body["Resources"][0].clone()
    }
}
