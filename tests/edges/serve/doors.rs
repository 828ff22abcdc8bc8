//! The service lets in only clients with one of its tokens. It refuses bodies that are not JSON or too large.

use std::time::Duration;

use portvakt_serve::{TokenError, Tokens};
use reqwest::Method;
use serde_json::json;

use super::desk::{Service, TOKEN, answer, user, write_tokens};

#[tokio::test]
async fn nobody_is_let_in_without_one_of_the_tokens() {
    let service = Service::start().await;
    let url = format!("{}/Users", service.base);
    let bare = answer(service.client.get(&url)).await.fails(401, "");
    assert!(bare.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    for wrong in ["", "wrong", &TOKEN[1..], &format!("{TOKEN}x"), &TOKEN.to_uppercase()] {
        answer(service.client.get(&url).bearer_auth(wrong)).await.fails(401, "");
    }
    answer(service.client.get(&url).basic_auth("a", Some(TOKEN))).await.fails(401, "");
    answer(service.client.post(&url).json(&user("kari", json!({})))).await.fails(401, "");
    // A wrong token is told of where none is needed, too.
    let config = format!("{}/ServiceProviderConfig", service.base);
    answer(service.client.get(config).bearer_auth("wrong")).await.fails(401, "");
    assert_eq!(service.get("/Users").await.is(200).body["totalResults"], 0);
    service.end().await;
}

#[tokio::test]
async fn the_file_of_tokens_is_read_again_when_it_changes() {
    let service = Service::start().await;
    service.get("/Users").await.is(200);
    let file = service.folder.path().join("tokens");
    let look = async || {
        tokio::time::sleep(Duration::from_millis(600)).await;
        service.get("/Users").await.status
    };
    write_tokens(&file, "another-token-0123456789");
    assert_eq!(look().await, 401);
    write_tokens(&file, &format!("# two of them\n\nanother-token-0123456789\n{TOKEN}"));
    assert_eq!(look().await, 200);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(look().await, 401);
    write_tokens(&file, TOKEN);
    assert_eq!(look().await, 200);
    service.end().await;
}

#[test]
fn a_file_of_tokens_that_lets_too_many_in_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    assert!(matches!(Tokens::open(&file), Err(TokenError::Read { .. })));
    assert!(std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&file).status().unwrap().success());
    assert!(matches!(Tokens::open(&file), Err(TokenError::NoFile(_))), "nobody waits for a pipe");
    std::fs::remove_file(&file).unwrap();
    write_tokens(&file, "# nothing but a remark");
    assert!(matches!(Tokens::open(&file), Err(TokenError::None(_))));
    write_tokens(&file, "# short\nsecret");
    let told = Tokens::open(&file).unwrap_err();
    assert!(matches!(told, TokenError::Line { line: 2, .. }), "{told}");
    assert!(!told.to_string().contains("secret"), "{told}");
    write_tokens(&file, TOKEN);
    assert!(Tokens::open(&file).unwrap().let_in(TOKEN));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Tokens::open(&file), Err(TokenError::Open(_))));
    for writable in [0o602, 0o622, 0o620, 0o666] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(writable)).unwrap();
        assert!(matches!(Tokens::open(&file), Err(TokenError::Writable(_))), "{writable:o}");
    }
    let folder = file.parent().unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Tokens::open(&file), Err(TokenError::Folder(_))), "another file could be put there");
    let inner = folder.join("inner");
    std::fs::create_dir(&inner).unwrap();
    write_tokens(&inner.join("tokens"), TOKEN);
    let told = Tokens::open(&inner.join("tokens"));
    assert!(matches!(told, Err(TokenError::Folder(_))), "another folder could be put there");
    // Only root can give a file away.
    if std::os::unix::fs::chown(inner.join("tokens"), Some(65534), None).is_ok() {
        assert!(matches!(Tokens::open(&inner.join("tokens")), Err(TokenError::Foreign(_))));
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(Tokens::open(&file).unwrap().let_in(TOKEN), "as in `/tmp`");
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(Tokens::open(&file).unwrap().let_in(TOKEN));
}

#[tokio::test]
async fn the_service_answers_its_own_names_and_no_other() {
    let service = Service::start().await;
    for path in ["/Users", "/ServiceProviderConfig"] {
        let ask = |host: &'static str| service.request(Method::GET, path).header("host", host);
        answer(ask("evil.example")).await.fails(421, "");
        answer(ask("localhost:1")).await.is(200);
    }
    service.end().await;
}

#[tokio::test]
async fn a_header_that_may_stand_once_is_refused_where_it_stands_twice() {
    let service = Service::start().await;
    let url = format!("{}/Users", service.base);
    let bearer = |token: &str| format!("Bearer {token}");
    for (one, other) in [(TOKEN, "wrong"), ("wrong", TOKEN), (TOKEN, TOKEN)] {
        let ask = || service.client.get(&url).header("authorization", bearer(one));
        let told = answer(ask().header("authorization", bearer(other))).await.fails(400, "");
        assert!(told.body["detail"].as_str().unwrap().contains("`authorization`"), "{}", told.body);
    }
    let kari = user("kari", json!({})).to_string();
    let post = service.request(Method::POST, "/Users").header("content-type", "application/scim+json");
    answer(post.header("content-type", "text/plain").body(kari)).await.fails(400, "");
    let get = service.request(Method::GET, "/Users").header("host", "localhost:1");
    answer(get.header("host", "localhost:1")).await.fails(400, "");
    assert_eq!(service.get("/Users").await.is(200).body["totalResults"], 0);
    service.end().await;
}

#[tokio::test]
async fn bodies_are_json_and_not_too_large() {
    let service = Service::start().await;
    let post = |kind: &'static str, body: String| {
        service.request(Method::POST, "/Users").header("content-type", kind).body(body)
    };
    let kari = user("kari", json!({})).to_string();
    answer(post("text/plain", kari.clone())).await.fails(415, "");
    answer(post("application/scim+json; charset=utf-8", "{".to_owned())).await.fails(400, "invalidSyntax");
    answer(post("application/scim+json", "[]".to_owned())).await.fails(400, "invalidSyntax");
    let large = user("kari", json!({ "displayName": "x".repeat(1 << 20) })).to_string();
    answer(post("application/json", large)).await.fails(413, "");
    answer(post("application/scim+json; charset=utf-8", kari)).await.is(201);
    service.end().await;
}

#[tokio::test]
async fn it_ends_when_told_although_somebody_never_finishes_asking() {
    use std::io::Write as _;
    let service = Service::start().await;
    service.get("/Users").await.is(200);
    let host = service.base.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let mut half = std::net::TcpStream::connect(host).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::time::timeout(Duration::from_secs(15), service.end()).await.unwrap();
}
