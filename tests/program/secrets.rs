//! Tests that no secret is in the program's output. It may be typed into an address by mistake, even if the address has
//! other faults, or a server may repeat it.

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
    "postgres://u:SECRET@one:1,two:2/db?port=1,2",
    "postgres://u@one,two/db?password=SECRET",
    "postgres://u@db.example.no/register?password=SECRET",
    "postgres://u@db.example.no/register?host=/run&passw%6frd=SECRET",
    "postgres:u:SECRET@db.example.no/register",
    "mysql://u:SECRET@",
    "mysql://u:SECRET@127.0.0.1/d",
    "mysql://u:SECRET",
    "mariadb://u:SECRET@[::1/d",
    "mariadb://u:SECRET@one:1,two:2/d",
    "http://u:SECRET@",
    "http://u:SECRET@[::1/v2",
    "https://u:SECRET@register.example.no/v2",
    "https://SECRET@register.example.no/v2",
    "https://register.example.no/v2?token=SECRET",
    "https://register.example.no/v2#SECRET",
    "sqlite://u:SECRET@db.example.no/r",
    "u:SECRET@db.example.no",
    "//u:SECRET@db.example.no/r",
    "https://register.example.no/v2;key=SECRET",
    "https://register.example.no/v2;k=SECRET",
    "host=db.example.no password=SECRET",
    "host=one,two port=1,2 user=u dbname=d password='SECRET'",
    "sqlite:var/r.db?key=SECRET",
    "sqlite:u:SECRET@db.example.no",
    "sqlite:var/u:SECRET@db.example.no/r.db",
    "POSTGRES:u:SECRET",
    "postgres://u%3ASECRET@db.example.no/register",
    "host=db.example.no user=u pw=SECRET",
    "host=db.example.no passwort:SECRET",
    "Server=db.example.no;Uid=u;Password: SECRET",
    "postgres//u:SECRET@db.example.no/register",
    "postgres：//u:SECRET@db.example.no/register",
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
    // A text without a secret is shown as it was typed.
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
        ("--store", "postgres://u@one,two,three/db?port=1,2", "one for each of them"),
        ("--store", "postgres://u@one,two/db?host=three", "in two places"),
        ("--store", "postgres://u@one,two/db?target_session_attrs=any", "can only be `read-write`"),
        ("--store", "host=one,two user=u dbname=d sslmode=disable", "not known here"),
        ("--reports", "mysql://u@one,two/d", "several hosts"),
        ("--reports", "mariadb://u@one:1,two:2/d", "several hosts"),
        ("--store", "postgres://u@h/db?port=0", "1 to 65535"),
    ] {
        let told = told(&run(home.path(), &[option, &wrong.replace("SECRET", SECRET), "plan"], &[]));
        assert!(told.contains(words) && !told.contains(SECRET), "{told}");
    }
}

/// The options that name a file with a secret, with a command that reads it.
fn reads(file: &str) -> Vec<(&'static str, Vec<String>)> {
    let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let here = "http://127.0.0.1:1/scim";
    vec![
        ("--scim-token", line(&["--store", here, "--scim-token", file, "store", "check"])),
        ("--scim-oauth", line(&["--store", here, "--scim-oauth", file, "store", "check"])),
        ("--scim-certificate", line(&["--store", here, "--scim-certificate", file, "store", "check"])),
        (
            "--store-password-file",
            line(&["--store", "postgres://u@127.0.0.1:1/d", "--store-password-file", file, "list"]),
        ),
        ("--token-file", line(&["register", "serve", "--listen", "127.0.0.1:0", "--token-file", file])),
    ]
}

#[test]
fn a_secret_that_is_given_in_place_of_its_file_is_not_printed() {
    let home = tempfile::tempdir().unwrap();
    for (option, line) in reads(SECRET) {
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        for lang in ["en", "nb"] {
            let output = run(home.path(), &words, &[("PORTVAKT_LANG", lang)]);
            let told = told(&output);
            assert!(!output.status.success(), "{option}: {told}");
            assert!(!told.contains(SECRET), "{lang} {option}: {told}");
            assert!(told.contains(option), "which option it is about: {lang} {option}: {told}");
        }
    }
}

#[test]
fn a_file_with_a_secret_that_others_can_read_write_or_replace_is_not_taken() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("secrets");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("secret");
    portvakt_test_bench::secret(&file, SECRET);
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Only root can give a file away.
    let me = std::fs::metadata(&file).unwrap().uid();
    for (mode, of_folder, of_all, owner, words) in [
        (0o602, 0o700, 0o700, me, "write|written"),
        (0o622, 0o700, 0o700, me, "write|written"),
        (0o666, 0o700, 0o700, me, "write|written"),
        (0o644, 0o700, 0o700, me, "can read it|can be read by everybody"),
        (0o600, 0o777, 0o700, me, "replace"),
        (0o600, 0o700, 0o777, me, "replace"),
        (0o600, 0o700, 0o700, 65534, "belongs to another user"),
    ] {
        if owner != me && me != 0 {
            continue;
        }
        set(home.path(), of_all);
        set(&folder, of_folder);
        set(&file, mode);
        chown(&file, Some(owner), None).unwrap();
        for (option, line) in reads(file.to_str().unwrap()) {
            // This file holds no secret, and names the one that does.
            if option == "--scim-oauth" {
                continue;
            }
            let line: Vec<&str> = line.iter().map(String::as_str).collect();
            let output = run(home.path(), &line, &[]);
            let told = told(&output);
            assert!(!output.status.success(), "{option}: {told}");
            assert!(words.split('|').any(|words| told.contains(words)), "{mode:o} {option}: {told}");
            assert!(!told.contains(SECRET), "{option}: {told}");
        }
    }
}

/// The arguments that are a text. An address with a password may be typed in each by mistake, and so may an invisible
/// character.
const ARGUMENTS: &[&[&str]] = &[
    &["check", "--base", "TYPED"],
    &["check", "--head", "TYPED", "--base", "HEAD"],
    &["check", "--target", "TYPED"],
    &["policy", "diff", "--base", "TYPED"],
    &["plan", "--base", "TYPED"],
    &["ledger", "verify", "--checkpoint", "TYPED"],
    &["ledger", "verify", "--key", "TYPED"],
    &["ledger", "checkpoint", "--out", "TYPED"],
    &["ledger", "show", "--naming", "TYPED"],
    &["ledger", "show", "--kind", "TYPED"],
    &["statement", "TYPED"],
    &["approve", "TYPED"],
    &["can", "TYPED", "read-course"],
    &["can", "kari.testesen", "TYPED"],
    &["demo", "--prepare", "TYPED"],
    &["release", "TYPED"],
    &["baseline", "--accept", "TYPED"],
    &["confirm-date", "TYPED"],
    &["list", "--trust", "TYPED"],
    &["list", "--at", "TYPED"],
    &["history", "TYPED"],
    &["explain", "TYPED"],
    &["schema", "TYPED"],
    &["join", "TYPED"],
    &["revoke", "kari.testesen", "--reason", "TYPED"],
    &["daemon", "--settle", "TYPED"],
    &["daemon", "--listen", "TYPED"],
    &["daemon", "--fetch", "TYPED"],
    &["register", "serve", "--token-file", "tokens", "--public-url", "TYPED"],
    &["--format", "TYPED", "plan"],
    &["--root", "TYPED", "plan"],
    &["--lang", "TYPED", "plan"],
    &["list", "TYPED"],
    &["TYPED"],
    &["ledger", "TYPED"],
    &["list", "--TYPED"],
];

fn typed(home: &Path, lang: &str, line: &[&str], what: &str) -> String {
    let line: Vec<String> = line.iter().map(|word| word.replace("TYPED", what)).collect();
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let output = run(home, &words, &[("PORTVAKT_LANG", lang)]);
    assert_eq!(output.status.code(), Some(2), "{line:?}: {output:?}");
    told(&output)
}

#[test]
fn a_secret_in_any_argument_is_not_printed_and_nothing_is_done() {
    let home = tempfile::tempdir().unwrap();
    for address in [
        "https://u:SECRET@h/x",
        "postgres://u:SECRET@h/d",
        "//u:SECRET@h/x",
        "host=h password=SECRET",
        "sqlite:x?key=SECRET",
        "host=h user=u pw=SECRET",
        "postgres//u:SECRET@h/d",
        "postgres：//u:SECRET@h/d",
    ] {
        let address = address.replace("SECRET", SECRET);
        for (lang, line) in ARGUMENTS.iter().flat_map(|line| [("en", *line), ("nb", *line)]) {
            let told = typed(home.path(), lang, line, &address);
            assert!(!told.contains(SECRET), "{lang} {line:?}: {told}");
        }
    }
    let told = typed(home.path(), "en", &["check", "--base", "TYPED"], "https://u:SECRET@h/x");
    assert!(told.contains("`--base <REV|DIR>` holds an address") && told.contains("`https://…`"), "{told}");
    let told = typed(home.path(), "nb", &["check", "--base", "TYPED"], "https://u:SECRET@h/x");
    assert!(told.contains("`--base <REV|DIR>` har en adresse"), "{told}");
    // Git would say the address of a repository back.
    let into = home.path().join("access").to_str().unwrap().to_owned();
    for rest in ["x?token=SECRET", "x#SECRET", "x;k=SECRET", "x?SECRET"] {
        let address = format!("https://127.0.0.1:1/{rest}").replace("SECRET", SECRET);
        let told = typed(home.path(), "en", &["join", "TYPED", &into], &address);
        assert!(told.contains("`<ADDRESS>` holds an address") && !told.contains(SECRET), "{told}");
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is made");
}

#[test]
fn a_character_that_cannot_be_seen_in_any_argument_is_not_printed() {
    let home = tempfile::tempdir().unwrap();
    for hidden in ["a\u{202e}b", "a\u{1b}[31mb", "a\u{200b}b"] {
        for (lang, line) in ARGUMENTS.iter().flat_map(|line| [("en", *line), ("nb", *line)]) {
            let told = typed(home.path(), lang, line, hidden);
            assert!(!told.contains(['\u{202e}', '\u{1b}', '\u{200b}']), "{lang} {line:?}: {told:?}");
        }
    }
    let told = typed(home.path(), "en", &["history", "TYPED"], "a\u{202e}b");
    assert!(told.contains("`<PERSON>` holds a character that cannot be seen"), "{told}");
    assert!(told.contains("U+202E"), "{told}");
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
            portvakt_test_bench::secret(&file, SECRET);
            let args = ["--store", &place, "--scim-token", file.to_str().unwrap(), "plan"];
            let output = run(world.root(), &args, &[]);
            let told = told(&output);
            assert_eq!(output.status.code(), Some(5), "{told}");
            assert!(!told.contains(SECRET), "{status}: {told}");
            assert!(!status.starts_with("400") || told.contains("the token … is not known"), "{told}");
            assert!(!status.starts_with("401") || told.contains("it does not accept who asks"), "{told}");
            assert!(!status.starts_with("40") || status.starts_with("400") || !told.contains("the token …"));
        }
    }
}

/// Nobody could find all forms in which a token can be said back. So a refusal of the token is told without the words of
/// the service, and any other one without words that have the token in a known form.
#[test]
fn a_token_that_a_service_says_back_in_another_form_is_not_printed() {
    let coded: String = SECRET.chars().map(|c| format!("%{:02x}", u32::from(c))).collect();
    let short = SECRET.split_at(SECRET.len() - 3).0;
    for said in [coded.as_str(), &SECRET.to_uppercase(), short] {
        for status in ["401 Unauthorized", "400 Bad Request"] {
            let body = format!(r#"{{"detail": "invalid {said}"}}"#);
            let place = format!("http://127.0.0.1:{}/v2", echoes(status, body));
            let world = crate::scim::world::World::accepted(&place);
            let file = world.root().join("token");
            portvakt_test_bench::secret(&file, SECRET);
            let args = ["--store", &place, "--scim-token", file.to_str().unwrap(), "plan"];
            let told = told(&run(world.root(), &args, &[]));
            assert!(told.contains(status) && !told.contains(said) && !told.contains(short), "{said}: {told}");
        }
    }
}

/// Asks a forge that answers everything with this body. Returns all that the error says.
fn told_of_forge(body: String) -> String {
    use portvakt_core::model::{ForgeKind, ForgeSettings};
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
    format!("{error} {error:?} {:?} {}", error.words(), portvakt_core::system::with_causes(&error))
}

#[test]
fn a_token_that_the_forge_says_back_is_not_printed() {
    for body in [
        format!(r#"[{{"number": "{SECRET}", "base": {{"ref": "main"}}}}]"#),
        format!(r#"{{"message": "{SECRET}"}}"#),
        format!("\"{SECRET}\""),
    ] {
        let told = told_of_forge(body);
        assert!(!told.contains(SECRET), "{told}");
    }
}

/// A part of the token, and its base64 with a line break in it.
#[test]
fn a_token_that_the_forge_says_back_in_part_or_broken_up_is_not_printed() {
    for said in ["hemmelig-7f", "lig-7f3a9c", "aGVtbWVsaW\\nctN2YzYTlj", "h e m m e l i g - 7 f 3 a 9 c"] {
        let told = told_of_forge(format!(r#"[{{"number": "{said}", "base": {{"ref": "main"}}}}]"#));
        let said = said.replace("\\n", "\n");
        assert!(told.contains('…') && !told.contains(&said), "{told}");
        assert!(!told.contains("hemmelig") && !told.contains("7f3a9c"), "{told}");
    }
}
