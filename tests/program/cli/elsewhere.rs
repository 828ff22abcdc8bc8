//! Tests the options for a register elsewhere. The program refuses wrong options before it contacts anybody.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::desk::{COORDINATOR, Desk, LEADER};
use crate::scim::loopback::{Fault, Loopback};

/// A message of PostgreSQL's protocol.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], length.to_be_bytes().as_slice(), body].concat()
}

/// Starts what answers everything with this error, at once or after it has let the client in. Returns its port.
fn pooler(code: &'static str, words: &'static str, lets_in: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = message(b'E', format!("SERROR\0VERROR\0C{code}\0M{words}\0\0").as_bytes());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, error) = (stream.unwrap(), error.clone());
            std::thread::spawn(move || {
                let mut heard = [0; 65536];
                let mut answer = if lets_in { message(b'R', &[0; 4]) } else { error.clone() };
                while stream.read(&mut heard).is_ok_and(|count| count > 0) {
                    answer.extend(message(b'Z', b"I"));
                    if stream.write_all(&answer).is_err() {
                        return;
                    }
                    answer = error.clone();
                }
            });
        }
    });
    port
}

#[test]
fn a_pooler_that_keeps_no_connection_is_told_as_one() {
    let desk = Desk::accepted();
    for (code, words, lets_in) in [
        ("42P05", "prepared statement \"s0\" already exists", true),
        ("26000", "prepared statement \"s0\" does not exist", true),
        ("08P01", "unsupported startup parameter: options", false),
    ] {
        let place = format!("postgres://vakt@127.0.0.1:{}/register", pooler(code, words, lets_in));
        let told = desk.run(&["--store", &place, "plan"]).ends(5);
        told.says(words).says("a connection pooler seems to stand between").says("name the server itself");
    }
}

#[test]
fn an_address_that_is_none() {
    let desk = Desk::accepted();
    for (wrong, says) in [
        ("http://register.example.no/scim/v2", "`http` is for this host alone"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://a:secret@register.example.no/", "never stands in the address"),
        ("mysql://localhost/register", "no store this version knows"),
        ("postgres://localhost/register", "`postgres://USER@HOST/DATABASE` is expected"),
        (
            "postgres://vakt@db.example.no/register?sslmode=disable",
            "only `host=` (a host, or `/FOLDER` of a socket",
        ),
        ("postgres://vakt:secret@db.example.no/register", "`--store-password-file`"),
    ] {
        desk.run(&["--store", wrong, "plan"]).ends(2).says(says);
    }
    desk.run(&["--memory", "https://register.example.no/", "plan"]).ends(2).says("sqlite:PATH");
}

#[test]
fn what_one_register_has_told_is_not_used_for_another() {
    let desk = Desk::accepted();
    let elsewhere = ["--store", "http://127.0.0.1:1/scim", "--memory", "sqlite:var/register.db"];
    for command in ["plan", "apply", "list"] {
        let told = desk.run(&[&elsewhere[..], &[command]].concat()).ends(5);
        told.says("accepted for the register in this file itself").says("127.0.0.1:1");
    }
    // A memory that nothing was accepted in is none.
    desk.run(&["--store", "http://127.0.0.1:1/scim", "apply"]).ends(4).says("no-baseline").says("--memory");
}

#[test]
fn a_service_is_looked_at_without_a_baseline() {
    let desk = Desk::empty();
    let store = ["--store", "http://127.0.0.1:1/scim", "store", "check"];
    desk.run(&store).ends(5).says("cannot be reached");
    desk.run(&["store", "check"]).ends(0).says("no attribute map");
    let service = Loopback::start(&[Fault::NoRoles]);
    let place = service.place();
    let told = desk.run(&["--store", &place, "store", "check"]).ends(1);
    told.says("store-misfit").says("`roles`").says("--scim-map");
    service.set(&[]);
    desk.run(&["--store", &place, "store", "check"])
        .ends(0)
        .says("fits the attribute map")
        .says("0 accounts");
}

/// Nothing is asked of a service that does not fit, so it has refused nothing, and no step of it is told to have failed.
#[test]
fn a_service_that_does_not_fit_is_told_once() {
    let desk = Desk::tree();
    let service = Loopback::start(&[Fault::NoRoles]);
    let place = service.place();
    let elsewhere = ["--store", place.as_str(), "--memory", "sqlite:var/memory.db"];
    let run = |more: &[&str]| desk.run(&[&elsewhere[..], more].concat());
    let digest = run(&["baseline"]).after("Digest of the tree: ");
    run(&["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    let told = run(&["apply"]).ends(1).says("no account is opened and no right is given");
    let told = told.never_says("step-failed").never_says("refused").says("0 of ");
    let all = format!("{}{}", told.out, told.err);
    assert_eq!(all.matches("does not fit the attribute map").count(), 1, "{all}");
    assert!(service.users().is_empty());
}

#[test]
fn files_that_are_missing_or_wrong_are_named() {
    let desk = Desk::accepted();
    let map = desk.root().join("map.yaml");
    std::fs::write(&map, "logon: userName\n").unwrap();
    let store = ["--store", "http://127.0.0.1:1/scim"];
    let run = |more: &[&str]| desk.run(&[&store[..], more, &["baseline"]].concat()).ends(5);
    run(&["--scim-map", map.to_str().unwrap()]).says("map.yaml").says("logon");
    run(&["--scim-map", "no/such/file"]).says("no/such/file");
    run(&["--scim-token", "credential:register"]).says("no credential `register`");
    run(&["--scim-token", "no/such/token"])
        .says("`--scim-token`: No such file")
        .says("does not let this program in");
    run(&["--scim-oauth", map.to_str().unwrap()]).says("map.yaml");
    let certificate = desk.root().join("certificate.pem");
    portvakt_test_bench::secret(&certificate, "no certificate");
    run(&["--scim-certificate", certificate.to_str().unwrap()]).says("certificate.pem").says("PEM");
    run(&[]).says("cannot be reached");
    desk.run(&[&store[..], &["register", "users"]].concat()).ends(5).says("embedded register");
}
