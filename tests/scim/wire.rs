//! The way in: tokens that are renewed, and requests that go where they are meant to and nowhere else.

use portvakt::store::scim::{ClientCredentials, Entry, Scim};
use portvakt::store::{ReadStore as _, StoreError};

use super::loopback::Loopback;
use super::world::World;

#[test]
fn a_token_that_was_renewed_in_its_file_is_taken_up() {
    let service = Loopback::start(&[]);
    service.shop.lock().unwrap().token = Some("first".to_owned());
    let world = World::accepted(&service.place());
    let file = world.root().join("token");
    std::fs::write(&file, "first\n").unwrap();
    let mut settings = world.settings();
    settings.entry = Entry::Token(file.clone());
    let store = Scim::new(&settings).unwrap();
    assert!(store.list().is_ok());

    service.shop.lock().unwrap().token = Some("second".to_owned());
    let refused = store.list().unwrap_err();
    assert!(
        matches!(&refused, StoreError::NotLetIn { why, .. } if why.contains("no such token")),
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
    std::fs::write(&secret, "hush+hush\n").unwrap();
    let mut settings = world.settings();
    settings.entry = Entry::Client(ClientCredentials {
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
    let ids = std::collections::BTreeSet::from([portvakt::model::AccountId::new("a1")]);
    let read = Scim::new(&world.settings()).unwrap().accounts(&std::collections::BTreeSet::new(), &ids);
    assert!(matches!(&read, Err(StoreError::Answer { why, .. }) if why.contains("404")), "{read:?}");
}
