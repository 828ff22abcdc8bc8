//! Closing an account is final. DELETE closes and hides it, and its history stays.

use jiff::ToSpan as _;
use portvakt_core::model::AccountId;
use portvakt_database::{Connection, params};
use portvakt_stores::tables::{history_digest, read, seed};
use serde_json::json;

use super::desk::{OWN, Service, roles, today, user};

fn subscribe(service: &Service, owner: &str, right: (&str, u32, &str)) {
    let register = service.register();
    let (start, end) = (today().to_string(), (today() + 365.days()).to_string());
    let sql =
        "INSERT INTO subscription (owner, owner_name, address, application, role, unit, start_date, end_date)
               VALUES (?1, 'n', 'kari@hospital.example', ?2, ?3, ?4, ?5, ?6)";
    let (application, unit, role) = right;
    register.connection().execute(sql, params![owner, application, role, unit, start, end]).unwrap();
}

fn running(connection: &Connection, owner: &str) -> Vec<String> {
    let account = read::account(connection, &AccountId::new(owner)).unwrap().unwrap();
    account.subscriptions.iter().map(|it| it.right().to_string()).collect()
}

#[tokio::test]
async fn an_account_that_is_closed_has_nothing_left_but_its_history_and_stays_closed() {
    let service = Service::start().await;
    let more = json!({
        "displayName": "Kari", "emails": [{ "value": "kari@hospital.example" }], "roles": roles(&["a/1/R"]),
    });
    let id = service.user("kari", more).await.is(201).id();
    let register = service.register();
    seed(register.connection(), 1, today()).unwrap();
    subscribe(&service, &id, ("a", 1, "R"));
    let history = history_digest(register.connection()).unwrap();

    let close = json!([
        { "op": "replace", "path": "roles", "value": [] },
        { "op": "replace", "path": "active", "value": false },
        { "op": "remove", "path": "emails" },
    ]);
    let closed = service.patch(&id, close.clone()).await.is(200);
    assert_eq!(closed.body["active"], false);
    assert!(closed.body.get("roles").is_none() && closed.body.get("emails").is_none(), "{}", closed.body);
    assert_eq!(closed.body["displayName"], "Kari");
    let own = service.get(&format!("/Users/{id}?attributes={OWN}")).await.is(200).body[OWN].clone();
    assert_eq!((&own["state"], &own["closed"]), (&json!("closed"), &json!(today().to_string())));
    assert_eq!(running(register.connection(), &id), Vec::<String>::new());
    let address: Option<String> = register
        .connection()
        .query_row("SELECT max(address) FROM subscription WHERE owner = ?1", [&id], |row| row.get(0))
        .unwrap();
    assert_eq!(address, None);
    assert_eq!(history_digest(register.connection()).unwrap(), history);

    // Doing it twice is doing it once.
    assert_eq!(service.patch(&id, close).await.is(200).version(), closed.version());
    let reopen = json!([{ "op": "replace", "path": "active", "value": true }]);
    service.patch(&id, reopen).await.fails(400, "mutability");
    service
        .put(&id, user("kari", json!({ "displayName": "Kari", "active": true })))
        .await
        .fails(400, "mutability");
    for change in [
        json!([{ "op": "add", "path": "roles", "value": roles(&["a/1/R"]) }]),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "k@x.example" }] }]),
        json!([{ "op": "replace", "path": "displayName", "value": "Ola" }]),
        json!([{ "op": "replace", "path": "userName", "value": "ola" }]),
        json!([{ "op": "replace", "path": "externalId", "value": "x" }]),
    ] {
        service.patch(&id, change).await.fails(400, "mutability");
    }
    // The attribute by which the closing can be found may come after it.
    let path = format!("{OWN}:reference");
    service.patch(&id, json!([{ "op": "add", "path": path, "value": "ledger/9" }])).await.is(200);
    service.end().await;
}

#[tokio::test]
async fn false_alone_closes_and_takes_everything_with_it() {
    let service = Service::start().await;
    let more = json!({ "emails": [{ "value": "k@x.example" }], "roles": roles(&["a/1/R", "b/2/S"]) });
    let id = service.user("kari", more.clone()).await.is(201).id();
    subscribe(&service, &id, ("b", 2, "S"));
    let mut off = user("kari", more);
    off["active"] = json!(false);
    let closed = service.put(&id, off).await.is(200);
    assert!(closed.body.get("roles").is_none() && closed.body.get("emails").is_none(), "{}", closed.body);
    assert_eq!(running(service.register().connection(), &id), Vec::<String>::new());
    service.end().await;
}

#[tokio::test]
async fn a_subscription_ends_with_the_right_it_was_made_under_and_no_other() {
    let service = Service::start().await;
    let id = service.user("kari", json!({ "roles": roles(&["a/1/R", "b/2/S"]) })).await.is(201).id();
    subscribe(&service, &id, ("a", 1, "R"));
    subscribe(&service, &id, ("b", 2, "S"));
    service.patch(&id, json!([{ "op": "remove", "path": "roles[value eq \"a/1/R\"]" }])).await.is(200);
    assert_eq!(running(service.register().connection(), &id), ["b/2/S"]);
    service.end().await;
}

#[tokio::test]
async fn delete_closes_and_hides_and_the_register_keeps_it() {
    let service = Service::start().await;
    let more = json!({ "externalId": "person/kari", "roles": roles(&["a/1/R"]) });
    let id = service.user("kari", more).await.is(201).id();
    let gone = service.delete(&id).await.is(204);
    assert!(gone.body.is_null());
    service.get(&format!("/Users/{id}")).await.fails(404, "");
    service.delete(&id).await.fails(404, "");
    service.put(&id, user("kari", json!({}))).await.fails(404, "");
    assert_eq!(service.get("/Users").await.is(200).body["totalResults"], 0);
    for filter in ["userName eq \"kari\"", "externalId eq \"person/kari\"", &format!("id eq \"{id}\"")] {
        assert_eq!(service.list(&[("filter", filter)]).await.is(200).body["totalResults"], 0, "{filter}");
    }
    let register = service.register();
    let account = read::account(register.connection(), &AccountId::new(&id)).unwrap().unwrap();
    assert!(!account.active && account.rights.is_empty() && account.login.as_deref() == Some("kari"));
    let ended: i64 = register
        .connection()
        .query_row("SELECT count(*) FROM access WHERE account = ?1 AND ended IS NOT NULL", [&id], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(ended, 1);
    service.user("kari", json!({})).await.is(201);
    service.end().await;
}

#[tokio::test]
async fn an_account_is_prepared_at_its_birth_and_opened_once() {
    let service = Service::start().await;
    let more = json!({ "active": false, "roles": roles(&["a/1/R"]), "emails": [{ "value": "k@x.example" }] });
    let made = service.user("kari", more).await.is(201);
    let id = made.id();
    assert_eq!((&made.body["active"], made.roles()), (&json!(false), vec!["a/1/R"]));
    // Nobody else can take its login in the meantime.
    service.user("KARI", json!({})).await.fails(409, "uniqueness");
    service.patch(&id, json!([{ "op": "add", "path": "roles", "value": roles(&["b/2/S"]) }])).await.is(200);
    let turn = async |active: bool| {
        service.patch(&id, json!([{ "op": "replace", "path": "active", "value": active }])).await
    };
    turn(false).await.is(200);
    let open = turn(true).await.is(200);
    assert_eq!((&open.body["active"], open.roles()), (&json!(true), vec!["a/1/R", "b/2/S"]));
    turn(false).await.is(200);
    turn(true).await.fails(400, "mutability");

    // The database file itself refuses it, for any program that writes.
    let register = service.register();
    let refuse = |sql: &str| {
        let told = register.connection().execute(sql, [&id]).unwrap_err().to_string();
        assert!(told.contains("R3"), "{sql}: {told}");
    };
    refuse("UPDATE account SET active = 1 WHERE id = ?1");
    refuse("UPDATE account_external SET pending = 1 WHERE account = ?1");
    refuse(
        "INSERT OR REPLACE INTO account_external (account, pending, modified) VALUES (?1, 1, '2026-01-01T00:00:00Z')",
    );
    refuse("DELETE FROM account_external WHERE account = ?1");
    service.end().await;
}

#[tokio::test]
async fn what_was_left_in_an_account_closed_by_hand_can_be_taken_away() {
    let service = Service::start().await;
    let more = json!({ "emails": [{ "value": "k@x.example" }], "roles": roles(&["a/1/R", "b/2/S"]) });
    let id = service.user("kari", more).await.is(201).id();
    service.register().connection().execute("UPDATE account SET active = 0 WHERE id = ?1", [&id]).unwrap();
    let left = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!((&left.body["active"], left.roles().len()), (&json!(false), 2));
    let operations = json!([{ "op": "remove", "path": "roles" }, { "op": "remove", "path": "emails" }]);
    let now = service.patch(&id, operations).await.is(200);
    assert!(now.body.get("roles").is_none() && now.body.get("emails").is_none(), "{}", now.body);
    service.end().await;
}
