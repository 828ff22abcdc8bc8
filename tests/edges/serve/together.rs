//! The service and another program use one file, and many clients use the service at once.

use std::sync::Arc;
use std::time::Duration;

use portvakt_core::store::ReadStore as _;
use serde_json::json;

use super::desk::{Service, roles};

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_writes_is_seen_at_once() {
    let service = Service::start().await;
    let id = service.user("kari", json!({})).await.is(201).id();
    let before = service.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(service.get("/Users").await.body["totalResults"], 1);
    let register = service.register();
    let sql = "INSERT INTO account (id, name, active, opened) VALUES ('by-hand', 'Hand', 1, '2026-01-01')";
    register.connection().execute(sql, []).unwrap();
    register.connection().execute("UPDATE account SET name = 'Kari' WHERE id = ?1", [&id]).unwrap();
    assert_eq!(service.get("/Users").await.body["totalResults"], 2);
    let after = service.get(&format!("/Users/{id}")).await.is(200);
    assert_ne!(before.version(), after.version());
    let changed = |body: &serde_json::Value| body["meta"]["lastModified"].as_str().unwrap().to_owned();
    assert!(changed(&before.body) < changed(&after.body));
    // An account without a login shows its id, and keeps having none.
    let hand = service.get("/Users/by-hand").await.is(200);
    assert_eq!(hand.body["userName"], "by-hand");
    service.patch("by-hand", json!([{ "op": "replace", "path": "displayName", "value": "H" }])).await.is(200);
    let login: Option<String> = register
        .connection()
        .query_row("SELECT login FROM account WHERE id = 'by-hand'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(login, None);
    let found = service.list(&[("filter", "userName eq \"BY-HAND\"")]).await;
    assert_eq!(found.body["totalResults"], 1);
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_writer_is_waited_for_and_after_five_seconds_told_of() {
    let service = Service::start().await;
    let mut register = service.register();
    let lock = register.connection_mut().begin().unwrap();
    // Reading goes on.
    service.get("/Users").await.is(200);
    let busy = service.user("kari", json!({})).await.fails(503, "");
    assert_eq!(busy.headers["retry-after"], "1");
    let service = Arc::new(service);
    let waiting = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.user("kari", json!({})).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(lock);
    waiting.await.unwrap().is(201);
    Arc::into_inner(service).unwrap().end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clients_at_once_lose_nothing() {
    let service = Arc::new(Service::start().await);
    let id = service.user("shared", json!({})).await.is(201).id();
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let (service, id) = (Arc::clone(&service), id.clone());
            tokio::spawn(async move {
                service.user(&format!("own-{n}"), json!({})).await.is(201);
                let add = json!([{ "op": "add", "path": "roles", "value": roles(&[&format!("a/{n}/R")]) }]);
                service.patch(&id, add).await.is(200);
                service.get("/Users?sortBy=userName").await.is(200);
                // One login, asked for by all of them.
                service.user("wanted", json!({})).await.status
            })
        })
        .collect();
    let mut got = Vec::new();
    for task in tasks {
        got.push(task.await.unwrap());
    }
    got.sort_unstable();
    assert_eq!(got[0], 201);
    assert!(got[1..].iter().all(|status| *status == 409), "{got:?}");
    assert_eq!(service.get(&format!("/Users/{id}")).await.is(200).roles().len(), 16);
    assert_eq!(service.get("/Users").await.body["totalResults"], 18);
    let listing = service.register().list().unwrap();
    assert_eq!((listing.accounts.len(), listing.incomplete), (18, None));
    Arc::into_inner(service).unwrap().end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_not_whole_is_not_sent() {
    let service = Service::start().await;
    service.user("kari", json!({})).await.is(201);
    let register = service.register();
    let sql = "INSERT INTO access (account, application, unit, role, granted) VALUES ('nobody', 'a', 1, 'R', '2026-01-01')";
    register.connection().execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    // The trigger that notes the change refers to the account, too.
    register.connection().execute_batch("DROP TRIGGER access_given").unwrap();
    register.connection().execute(sql, []).unwrap();
    service.get("/Users").await.fails(500, "");
    service.end().await;
}
