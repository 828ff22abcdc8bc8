//! The connection to a service: tokens that are renewed, and requests that go only to the intended address.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use portvakt_core::store::{ReadStore as _, StoreError};
use portvakt_stores::scim::{ClientCredentials, Credentials, Scim, ScimSettings};

use super::loopback::{Fault, Loopback};
use super::world::World;

#[test]
fn a_token_that_was_renewed_in_its_file_is_taken_up() {
    let service = Loopback::start(&[]);
    service.shop.lock().unwrap().token = Some("first".to_owned());
    let world = World::accepted(&service.place());
    let file = world.root().join("token");
    portvakt_test_bench::secret(&file, "first\n");
    let mut settings = world.settings();
    settings.entry = Credentials::Token(file.clone());
    let store = Scim::new(&settings).unwrap();
    assert!(store.list().is_ok());

    service.shop.lock().unwrap().token = Some("second".to_owned());
    let refused = store.list().unwrap_err();
    assert!(
        matches!(&refused, StoreError::NotLetIn { why, .. } if why.en().contains("it does not accept who asks")),
        "{refused:?}"
    );
    std::fs::write(&file, "second\n").unwrap();
    assert!(store.list().is_ok(), "without a restart");

    for wrong in ["", "two words", "two\nlines"] {
        std::fs::write(&file, wrong).unwrap();
        let store = Scim::new(&settings).unwrap();
        let told = store.list().unwrap_err().to_string();
        assert!(told.contains("one secret in one line") && !told.contains("words"), "{told}");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(Scim::new(&settings).unwrap().list(), Err(StoreError::NotLetIn { .. })));
}

#[test]
fn a_token_is_fetched_with_a_clients_own_credentials() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let service = Loopback::start(&[]);
    service.shop.lock().unwrap().token = Some("granted".to_owned());
    let world = World::accepted(&service.place());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let endpoint = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&line);
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).unwrap();
        let answer = r#"{"access_token": "granted", "token_type": "Bearer", "expires_in": 3600}"#;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    let secret = world.root().join("secret");
    portvakt_test_bench::secret(&secret, "hush+hush\n");
    let mut settings = world.settings();
    settings.entry = Credentials::Client(ClientCredentials {
        endpoint: format!("http://127.0.0.1:{port}/token").parse().unwrap(),
        id: "portvakt".to_owned(),
        secret,
        scope: Some("scim".to_owned()),
    });
    assert!(Scim::new(&settings).unwrap().list().is_ok());
    let (head, body) = endpoint.join().unwrap();
    assert_eq!(body, "grant_type=client_credentials&scope=scim");
    // `portvakt:hush%2Bhush`, each part encoded before the two are joined (RFC 6749 section 2.3.1).
    assert!(head.contains("Basic cG9ydHZha3Q6aHVzaCUyQmh1c2g="), "{head}");
}

/// Starts an endpoint that gives a new token each time, or redirects to another address.
fn token_endpoint(elsewhere: &'static str) -> (tokio::runtime::Runtime, u16, Arc<AtomicU32>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    let given = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&given);
    let answer = move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let body =
            format!(r#"{{"access_token": "number-{number}", "token_type": "bearer", "expires_in": "3599"}}"#);
        let status = if elsewhere.is_empty() { StatusCode::OK } else { StatusCode::TEMPORARY_REDIRECT };
        std::future::ready((status, [("location", elsewhere)], body))
    };
    let router = axum::Router::new().fallback(answer);
    runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (runtime, port, given)
}

fn client_of(port: u16, world: &World) -> Credentials {
    let secret = world.root().join("secret");
    portvakt_test_bench::secret(&secret, "hush\n");
    Credentials::Client(ClientCredentials {
        endpoint: format!("http://127.0.0.1:{port}/token").parse().unwrap(),
        id: "portvakt".to_owned(),
        secret,
        scope: None,
    })
}

#[test]
fn a_token_that_is_refused_is_fetched_anew_and_kept_until_then() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let (_running, port, given) = token_endpoint("");
    let mut settings = world.settings();
    settings.entry = client_of(port, &world);
    let store = Scim::new(&settings).unwrap();
    for (token, times) in [("number-1", 1), ("number-2", 2), ("number-2", 2)] {
        service.shop.lock().unwrap().token = Some(token.to_owned());
        assert!(store.list().is_ok(), "{token}");
        assert_eq!(given.load(Ordering::SeqCst), times);
    }
    // A secret is not carried to where an answer points.
    let (_running, port, _) = token_endpoint("http://127.0.0.1:1/token");
    settings.entry = client_of(port, &world);
    let told = Scim::new(&settings).unwrap().list().unwrap_err();
    assert!(matches!(&told, StoreError::NotLetIn { why, .. } if why.en().contains("307")), "{told:?}");
}

#[test]
fn an_answer_without_a_token_is_told_and_nothing_is_sent_as_one() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for token in ["", "two words", "\u{e5}"] {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let body = format!(r#"{{"access_token": "{token}", "token_type": "bearer"}}"#);
        let router = axum::Router::new().fallback(move || std::future::ready(body.clone()));
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut settings = world.settings();
        settings.entry = client_of(port, &world);
        let told = Scim::new(&settings).unwrap().list().unwrap_err();
        assert!(
            matches!(&told, StoreError::NotLetIn { why, .. } if why.en().contains("`access_token` is empty")),
            "{token:?}: {told:?}"
        );
    }
}

#[test]
fn who_asks_for_a_while_is_given_it_and_who_asks_for_ever_is_left_to_the_next_pass() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let store = Scim::new(&world.settings()).unwrap();
    assert!(store.list().is_ok());
    let takes = |status: u16, wait: String| {
        service.shop.lock().unwrap().refuse_next = Some((status, wait));
        let begun = Instant::now();
        (store.list(), begun.elapsed())
    };
    let (listed, took) = takes(429, "1".to_owned());
    assert!(listed.is_ok() && took >= Duration::from_secs(1) && took < Duration::from_secs(5), "{took:?}");
    let soon = jiff::Timestamp::now() + Duration::from_secs(3);
    let soon = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon).unwrap();
    let (listed, took) = takes(503, soon);
    assert!(
        listed.is_ok() && took >= Duration::from_millis(1500) && took < Duration::from_secs(6),
        "{took:?}"
    );
    for absurd in ["99999999999999999999999999", "Thu, 31 Dec 9998 23:59:59 GMT"] {
        let (listed, took) = takes(503, absurd.to_owned());
        assert!(matches!(listed, Err(StoreError::Unreachable { .. })), "{listed:?}");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    // Nonsense asks for nothing, and the next try is soon.
    let (listed, took) = takes(503, "a little while".to_owned());
    assert!(listed.is_ok() && took < Duration::from_secs(1), "{took:?}");
}

/// A service may show pictures in its list. Ten users of a megabyte fit into an answer, and twenty do not.
#[test]
fn pages_that_are_too_large_are_asked_for_with_fewer_accounts() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let picture = "x".repeat(1024 * 1024);
    for number in 0..20 {
        service.add(serde_json::json!({
            "userName": format!("user{number}"), "active": true, "photos": [{"value": picture}],
            "roles": [{"value": "portal-user"}], "emails": [{"value": "user@example.test"}], "externalId": "another"
        }));
    }
    let listing = Scim::new(&world.settings()).unwrap().list().unwrap();
    assert_eq!((listing.accounts.len(), listing.incomplete), (20, None));
}

/// One step alone would wait ten seconds, and each of the others too.
#[test]
fn who_lets_nothing_through_does_not_hold_up_a_pass_for_each_step() {
    let service = Loopback::start(&[Fault::WritesBusy]);
    let world = World::accepted(&service.place());
    let mut settings = world.settings();
    settings.patience = Duration::from_secs(1);
    let mut engine = world.engine_with(&settings);
    let begun = Instant::now();
    let passed = super::world::pass(&mut engine).unwrap();
    let (failed, took) = (passed.carried.failed.len(), begun.elapsed());
    assert!(failed > 40 && took < Duration::from_secs(60), "{failed} in {took:?}");
    let writes = || service.shop.lock().unwrap().log.iter().filter(|line| !line.starts_with("GET")).count();
    assert!(writes() >= failed && writes() < 2 * failed, "each is asked for, and once: {}", writes());
    service.set(&[]);
    assert!(super::world::pass(&mut engine).unwrap().carried.failed.is_empty());
}

#[test]
fn a_base_with_a_path_and_a_slash_at_its_end_is_a_base() {
    let service = Loopback::start(&[Fault::EndpointFromRoot]);
    let place = format!("http://127.0.0.1:{}/tenants/7/scim/v2/", service.port);
    let world = World::accepted(place.trim_end_matches('/'));
    let mut engine = world.engine_with(&ScimSettings::new(place.parse().unwrap()));
    let passed = super::world::pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty() && passed.carried.done > 0);
    assert_eq!(super::world::held(&service), world.should());
    let log = service.shop.lock().unwrap().log.clone();
    assert!(log.iter().all(|line| line.contains(" /tenants/7/scim/v2/") && !line.contains("//")), "{log:?}");
}

#[test]
fn nobody_there_is_said_so() {
    let world = World::accepted("http://127.0.0.1:1/scim");
    let refused = Scim::new(&world.settings()).unwrap().list().unwrap_err();
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused:?}");
}

#[test]
fn a_wrong_address_is_not_a_register_that_everybody_has_left() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&format!("{}/not/here", service.place()));
    let ids = std::collections::BTreeSet::from([portvakt_core::model::AccountId::new("a1")]);
    let read = Scim::new(&world.settings()).unwrap().accounts(&std::collections::BTreeSet::new(), &ids);
    assert!(matches!(&read, Err(StoreError::Answer { why, .. }) if why.en().contains("404")), "{read:?}");
}
