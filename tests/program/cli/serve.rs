//! Tests `register serve` as the real program.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use super::desk::Desk;
use crate::running;

fn tokens(desk: &Desk, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = desk.root().join("tokens");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const TOKEN: &str = "a-token-for-tests-0123456789";

#[test]
fn it_is_not_served_to_the_world_or_without_tokens() {
    let desk = Desk::empty();
    let serve = ["register", "serve", "--token-file", "tokens"];
    desk.run(&serve).ends(1).says("cannot be read").says("openssl rand");
    tokens(&desk, "short");
    desk.run(&serve).ends(1).says("line 1").never_says("short");
    tokens(&desk, TOKEN);
    let open = [&serve[..], &["--listen", "0.0.0.0:0"]].concat();
    desk.run(&open).ends(1).says("in the clear").says("--behind-proxy");
    desk.run(&["register", "serve"]).ends(2).says("--token-file");
    desk.run(&[&serve[..], &["--public-url", "nowhere"]].concat()).ends(2);
}

#[test]
fn what_is_remembered_of_another_register_is_not_served() {
    let desk = Desk::accepted();
    tokens(&desk, TOKEN);
    let memory = desk.root().join("var/register.db");
    let conn = rusqlite::Connection::open(&memory).unwrap();
    portvakt_engine::memory::bind(&conn.into(), Some("https://register.example.no/scim/v2")).unwrap();
    let serve = ["register", "serve", "--token-file", "tokens", "--listen", "127.0.0.1:0"];
    desk.run(&serve).ends(5).says("register.example.no").says("this file itself");
}

#[test]
fn it_says_where_it_is_and_ends_when_told() {
    let desk = Desk::empty();
    tokens(&desk, TOKEN);
    let mut program = desk.program();
    program.args([
        "register",
        "serve",
        "--token-file",
        "tokens",
        "--listen",
        "127.0.0.1:0",
        "--log",
        "debug",
    ]);
    program.args(["--public-url", "https://register.example/scim/v2"]);
    let mut child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let line = running::first_line(&mut child);
    let host = line.strip_prefix("http://").unwrap().strip_suffix("/scim/v2").unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let query = "filter=userName%20eq%20%22kari.testesen%22";
    write!(
        stream,
        "GET /scim/v2/Users?{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n\
         GET /scim/v2/ResourceTypes/User HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.starts_with("HTTP/1.1 200") && answers.contains("\"totalResults\":0"), "{answers}");
    assert!(answers.contains("https://register.example/scim/v2/ResourceTypes/User"), "{answers}");
    running::signal(&child, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    // The log does not tell who may ask or about whom.
    assert!(log.contains("answered") && !log.contains(TOKEN) && !log.contains("kari"), "{log}");
}
