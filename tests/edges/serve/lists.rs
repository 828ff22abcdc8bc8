//! Lists of the SCIM service: filters, order, pages by index and by cursor, and searches.

use serde_json::{Value, json};

use super::desk::{Service, roles};

/// Makes five people. One has a login in capital letters, one has no name, and one is closed.
async fn five() -> Service {
    let service = Service::start().await;
    for (login, more) in [
        ("dina", json!({ "displayName": "Dina Å", "externalId": "person/dina", "roles": roles(&["a/1/R"]) })),
        ("Anna", json!({ "displayName": "Bo", "emails": [{ "value": "anna@x.example" }] })),
        ("carl", json!({ "displayName": "anders", "roles": roles(&["a/1/R", "b/2/S"]) })),
        ("berit", json!({})),
        ("erik", json!({ "displayName": "Carl" })),
    ] {
        service.user(login, more).await.is(201);
    }
    let erik = service.list(&[("filter", "userName eq \"erik\"")]).await.body["Resources"][0]["id"].clone();
    let close = json!([{ "op": "replace", "path": "active", "value": false }]);
    service.patch(erik.as_str().unwrap(), close).await.is(200);
    service
}

#[tokio::test]
async fn filters_choose_whom_they_name() {
    let service = five().await;
    let chosen = async |filter: &str| {
        let told = service.list(&[("filter", filter), ("sortBy", "userName")]).await.is(200);
        let names = told.names().join(" ");
        assert_eq!(told.body["totalResults"], told.names().len(), "{filter}");
        names
    };
    for (filter, expected) in [
        ("userName eq \"ANNA\"", "Anna"),
        ("USERNAME EQ \"anna\"", "Anna"),
        ("externalId eq \"person/dina\"", "dina"),
        ("externalId eq \"PERSON/dina\"", ""),
        ("active eq true", "Anna berit carl dina"),
        ("active eq false", "erik"),
        ("not (active eq true)", "erik"),
        ("not(active eq true)", "erik"),
        ("displayName co \"å\"", "dina"),
        ("displayName pr", "Anna carl dina erik"),
        ("not (displayName pr) and active eq true", "berit"),
        ("displayName eq null", "berit"),
        ("name.formatted sw \"c\" or userName sw \"c\"", "carl erik"),
        ("roles pr", "carl dina"),
        ("roles.value eq \"b/2/S\"", "carl"),
        ("roles eq \"a/1/R\"", "carl dina"),
        ("roles[value sw \"a/\" and value ew \"/R\"]", "carl dina"),
        ("roles[value eq \"A/1/R\"]", ""),
        ("emails[type eq \"work\" and value co \"@X.example\"]", "Anna"),
        ("emails[primary eq true]", "Anna"),
        ("userName gt \"berit\" and userName le \"dina\"", "carl dina"),
        ("active eq false or userName eq \"anna\" and roles pr", "erik"),
        ("(active eq false or userName eq \"anna\") and not (roles pr)", "Anna erik"),
        ("meta.lastModified ge \"2026-01-01T00:00:00+01:00\"", "Anna berit carl dina erik"),
        ("meta.created lt \"2026-01-01T00:00:00Z\"", ""),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"carl\"", "carl"),
        ("urn:ietf:params:scim:schemas:extension:portvakt:2.0:User:state eq \"closed\"", "erik"),
        ("urn:ietf:params:scim:schemas:extension:portvakt:2.0:User:subscriptions gt 0", ""),
        (
            "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\" and id pr and userName ne \"carl\"",
            "Anna berit dina erik",
        ),
    ] {
        assert_eq!(chosen(filter).await, expected, "{filter}");
    }
    for wrong in [
        "",
        "userName",
        "userName eq",
        "userName eq anna",
        "userName eq \"a",
        "nickName eq \"a\"",
        "active gt true",
        "active eq \"true\"",
        "userName eq 5",
        "meta.created gt \"yesterday\"",
        "name eq \"x\"",
        "userName[a eq \"b\"]",
        "roles[colour eq \"b\"]",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "not userName pr",
    ] {
        service.list(&[("filter", wrong)]).await.fails(400, "invalidFilter");
    }
    service.end().await;
}

#[tokio::test]
async fn lists_are_sorted_and_those_without_a_value_come_last() {
    let service = five().await;
    let sorted = async |by: &str, order: &str| {
        let told = service.list(&[("sortBy", by), ("sortOrder", order)]).await.is(200);
        told.names().join(" ")
    };
    assert_eq!(sorted("userName", "ascending").await, "Anna berit carl dina erik");
    assert_eq!(sorted("userName", "descending").await, "erik dina carl berit Anna");
    assert_eq!(sorted("displayName", "ascending").await, "carl Anna erik dina berit");
    assert_eq!(sorted("name.formatted", "descending").await, "berit dina erik Anna carl");
    let by_mail = sorted("emails", "ascending").await;
    assert!(by_mail.starts_with("Anna"), "{by_mail}");
    let ids: Vec<Value> = service.get("/Users").await.body["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert!(ids.is_sorted_by_key(|id| id.as_str().unwrap().to_owned()));
    service.list(&[("sortBy", "nickName")]).await.fails(400, "invalidPath");
    service.list(&[("sortBy", "userName"), ("sortOrder", "upwards")]).await.fails(400, "invalidValue");
    service.end().await;
}

#[tokio::test]
async fn pages_by_index_and_their_edges() {
    let service = five().await;
    let page = async |start: &str, count: &str| {
        let told =
            service.list(&[("sortBy", "userName"), ("startIndex", start), ("count", count)]).await.is(200);
        assert_eq!(told.body["totalResults"], 5);
        assert_eq!(told.body["itemsPerPage"], told.names().len());
        (told.body["startIndex"].as_u64().unwrap(), told.names().join(" "))
    };
    assert_eq!(page("1", "2").await, (1, "Anna berit".to_owned()));
    assert_eq!(page("5", "2").await, (5, "erik".to_owned()));
    assert_eq!(page("6", "2").await, (6, String::new()));
    assert_eq!(page("-3", "2").await, (1, "Anna berit".to_owned()));
    assert_eq!(page("1", "0").await, (1, String::new()));
    assert_eq!(page("1", "-1").await, (1, String::new()));
    assert_eq!(page("1", "100000").await.1.split(' ').count(), 5);
    service.list(&[("count", "many")]).await.fails(400, "invalidValue");
    service.end().await;
}

#[tokio::test]
async fn cursors_lead_through_the_whole_list_while_others_write() {
    let service = five().await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let told =
            service.list(&[("sortBy", "displayName"), ("count", "2"), ("cursor", &cursor)]).await.is(200);
        assert!(told.body.get("startIndex").is_none());
        seen.extend(told.names().into_iter().map(str::to_owned));
        match told.body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        assert!(cursor.chars().all(|c| c.is_ascii_alphanumeric()));
        if seen.len() == 2 {
            // A new user comes before the next page, and would move everybody by one place.
            service.user("aaa", json!({ "displayName": "aaa" })).await.is(201);
        }
    }
    assert_eq!(seen, ["carl", "Anna", "erik", "dina", "berit"]);
    for wrong in ["x", "00", "7b7d"] {
        service.list(&[("cursor", wrong)]).await.fails(400, "invalidCursor");
    }
    // A cursor belongs to its question.
    service.list(&[("sortBy", "userName"), ("cursor", &cursor)]).await.fails(400, "invalidCursor");
    service.list(&[("cursor", ""), ("startIndex", "1")]).await.fails(400, "invalidValue");
    service.end().await;
}

#[tokio::test]
async fn a_search_is_a_list_asked_for_in_a_body() {
    let service = five().await;
    let search = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": "roles pr", "sortBy": "userName", "sortOrder": "descending",
        "startIndex": 2, "count": 1, "attributes": ["userName"],
    });
    for path in ["/.search", "/Users/.search"] {
        let told = service.post(path, search.clone()).await.is(200);
        assert_eq!((&told.body["totalResults"], told.names()), (&json!(2), vec!["carl"]));
        let keys = told.body["Resources"][0].as_object().unwrap().len();
        assert_eq!(keys, 3, "id, schemas and what was asked for");
    }
    service.post("/.search", json!({ "filter": "roles pr" })).await.fails(400, "invalidSyntax");
    service.end().await;
}

#[tokio::test]
async fn a_page_has_a_hundred_users_unless_asked_and_a_thousand_at_most() {
    let service = Service::start().await;
    let operations: Vec<Value> = (0..1000)
        .map(|n| {
            let data = json!({ "schemas": [super::desk::USER], "userName": format!("u{n}") });
            json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": data })
        })
        .collect();
    let bulk =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    service.post("/Bulk", bulk).await.is(200);
    service.user("last", json!({})).await.is(201);
    let told = service.get("/Users").await.is(200);
    assert_eq!((&told.body["totalResults"], told.names().len()), (&json!(1001), 100));
    let told = service.get("/Users?count=5000").await.is(200);
    assert_eq!((&told.body["totalResults"], told.names().len()), (&json!(1001), 1000));
    service.end().await;
}
