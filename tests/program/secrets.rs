//! No secret stands in what the program prints: not one that somebody typed into an address by mistake, whatever else is
//! wrong with the address, and not one that a server says back.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

const SECRET: &str = "hemmelig-7f3a9c";

fn run(root: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
    command.env_clear().envs(variables.iter().copied()).arg("--root").arg(root).args(args).output().unwrap()
}

fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

const WRONG: &[&str] = &[
    "postgres://u:SECRET@[::1/db",
    "postgres://u:SECRET@db.example.no/register",
    "postgres://u:SECRET@",
    "postgres://u:SECRET@one,two/db",
    "postgres://u@db.example.no/register?password=SECRET",
    "postgres://u@db.example.no/register?host=/run&passw%6frd=SECRET",
    "postgres:u:SECRET@db.example.no/register",
    "mysql://u:SECRET@",
    "mysql://u:SECRET@127.0.0.1/d",
    "mysql://u:SECRET",
    "mariadb://u:SECRET@[::1/d",
    "http://u:SECRET@",
    "http://u:SECRET@[::1/v2",
    "https://u:SECRET@register.example.no/v2",
    "https://SECRET@register.example.no/v2",
    "https://register.example.no/v2?token=SECRET",
    "https://register.example.no/v2#SECRET",
    "sqlite://u:SECRET@db.example.no/r",
    "u:SECRET@db.example.no",
];

#[test]
fn a_secret_in_a_wrong_address_is_not_printed() {
    let home = tempfile::tempdir().unwrap();
    for wrong in WRONG.iter().map(|wrong| wrong.replace("SECRET", SECRET)) {
        for (option, variable) in [
            ("--store", "PORTVAKT_STORE"),
            ("--reports", "PORTVAKT_REPORTS"),
            ("--memory", "PORTVAKT_MEMORY"),
        ] {
            let joined = format!("{option}={wrong}");
            let outputs = [
                run(home.path(), &[option, &wrong, "plan"], &[]),
                run(home.path(), &[&joined, "plan"], &[]),
                run(home.path(), &["plan"], &[(variable, &wrong)]),
            ];
            for output in outputs {
                let told = told(&output);
                assert_eq!(output.status.code(), Some(2), "{option} {wrong}: {told}");
                assert!(!told.contains(SECRET), "{option} {wrong}: {told}");
                assert!(told.contains(option), "which option it is about: {told}");
            }
        }
        // An address without its option.
        let output = run(home.path(), &["plan", &wrong], &[]);
        assert!(output.status.code() == Some(2) && !told(&output).contains(SECRET), "{output:?}");
    }
    // What holds no secret is shown as it was typed.
    let output = run(home.path(), &["--store", "var/register.db", "plan"], &[]);
    assert!(told(&output).contains("`var/register.db`"), "{output:?}");
}

#[test]
fn the_reason_is_told_without_the_address() {
    let home = tempfile::tempdir().unwrap();
    for (option, wrong, words) in [
        ("--store", "postgres://u:SECRET@[::1/db", "`postgres://USER@HOST/DATABASE` is expected"),
        ("--store", "https://u:SECRET@r.example.no/v2", "never stands in the address"),
        ("--reports", "mysql://u:SECRET@127.0.0.1/d", "a password never stands in the address"),
        ("--store", "postgres://u@one,two/db", "several hosts"),
        ("--store", "postgres://u@h/db?port=0", "1 to 65535"),
    ] {
        let told = told(&run(home.path(), &[option, &wrong.replace("SECRET", SECRET), "plan"], &[]));
        assert!(told.contains(words) && !told.contains(SECRET), "{told}");
    }
}

/// Answers every request with this status and a body that repeats the secret.
fn echoes(status: &'static str, body: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn a_token_that_a_service_says_back_is_not_printed() {
    // The last one is the same text by another way of writing a letter in JSON.
    let other = SECRET.replacen('h', "\\u0068", 1);
    for said in [SECRET, &other] {
        for status in ["401 Unauthorized", "403 Forbidden", "400 Bad Request", "200 OK"] {
            let body = format!(
                r#"{{"detail": "the token {said} is not known", "scimType": "{said}", "totalResults": "{said}"}}"#
            );
            let place = format!("http://127.0.0.1:{}/v2", echoes(status, body));
            let world = crate::scim::world::World::accepted(&place);
            let file = world.root().join("token");
            std::fs::write(&file, SECRET).unwrap();
            let args = ["--store", &place, "--scim-token", file.to_str().unwrap(), "plan"];
            let output = run(world.root(), &args, &[]);
            let told = told(&output);
            assert_eq!(output.status.code(), Some(5), "{told}");
            assert!(!told.contains(SECRET), "{status}: {told}");
            assert!(!status.starts_with("401") || told.contains("the token … is not known"), "{told}");
        }
    }
}

#[test]
fn a_token_that_the_forge_says_back_is_not_printed() {
    use portvakt_core::model::{ForgeKind, ForgeSettings};
    for body in [
        format!(r#"[{{"number": "{SECRET}", "base": {{"ref": "main"}}}}]"#),
        format!(r#"{{"message": "{SECRET}"}}"#),
        format!("\"{SECRET}\""),
    ] {
        let settings = ForgeSettings {
            kind: ForgeKind::GitHub,
            api: format!("http://127.0.0.1:{}", echoes("200 OK", body)),
            project: "clinic/access".to_owned(),
            branch: "main".to_owned(),
            accounts: std::collections::BTreeMap::new(),
        };
        let token = secrecy::SecretString::from(SECRET);
        let forge = portvakt_sources::forge::Forge::open(&settings, Some(token)).unwrap();
        let error = forge.reviews(&"0123456789".repeat(4), "").unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", error.words()).contains(SECRET), "{error:?}");
    }
}
