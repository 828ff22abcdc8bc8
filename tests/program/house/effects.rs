//! The core links nothing that could reach the outside world, and every effect is banned in it and in the crate of the
//! everyday commands.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::{root, sources};

#[test]
fn the_core_links_nothing_that_touches_the_world() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .current_dir(root())
        .args(["tree", "--offline", "--locked", "-p", "portvakt-core", "-e", "normal", "--prefix", "none"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).unwrap();
    let linked: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(linked.contains("cedar-policy"), "{tree}");
    for banned in [
        "tokio",
        "reqwest",
        "hyper",
        "axum",
        "rusqlite",
        "tokio-postgres",
        "mysql_async",
        "gix",
        "notify",
        "rustix",
        "rustls",
        "tracing-subscriber",
        // Random values are given to the core from outside.
        "uuid",
        "portvakt-author",
        "portvakt-database",
        "portvakt-engine",
        "portvakt-listen",
        "portvakt-net",
        "portvakt-prove",
        "portvakt-serve",
        "portvakt-sources",
        "portvakt-stores",
    ] {
        assert!(!linked.contains(banned), "the core links {banned}");
    }
}

/// Returns the entries of a list of bans in a `clippy.toml`, by what they ban.
fn bans(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let paths = text.lines().filter(|line| line.trim_start().starts_with("{ path"));
    paths.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect()
}

/// The everyday commands give this crate what it needs, and write what it returns.
#[test]
fn the_crate_of_the_everyday_commands_has_the_bans_of_the_core() {
    assert_eq!(bans("src/author/clippy.toml"), bans("src/core/clippy.toml"));
    let lib = fs::read_to_string(root().join("src/author/lib.rs")).unwrap();
    assert!(lib.contains("#![deny(clippy::print_stdout, clippy::print_stderr"), "it may print");
}

#[test]
fn the_core_has_the_bans_of_the_project_and_those_of_every_effect() {
    let (project, core) = (bans("clippy.toml"), bans("src/core/clippy.toml"));
    assert!(project.len() > 5 && project.is_subset(&core), "{:?}", project.difference(&core));
    let text = fs::read_to_string(root().join("src/core/clippy.toml")).unwrap();
    for setting in fs::read_to_string(root().join("clippy.toml")).unwrap().lines() {
        if setting
            .split_once(" = ")
            .is_some_and(|(name, _)| name.starts_with("allow-") || name.starts_with("large-"))
        {
            assert!(text.lines().any(|line| line == setting), "{setting}");
        }
    }
    for effect in [
        "std::fs::read",
        "std::fs::write",
        "std::fs::copy",
        "std::fs::remove_dir_all",
        "std::fs::symlink_metadata",
        "std::fs::canonicalize",
        "std::fs::File",
        "std::path::Path::is_file",
        "std::path::Path::metadata",
        "std::env::var",
        "std::env::vars_os",
        "std::env::current_exe",
        "std::net::TcpStream",
        "std::net::ToSocketAddrs::to_socket_addrs",
        "std::os::unix::net::UnixStream",
        "std::process::Command",
        "std::io::stdin",
        "std::io::stdout",
        "std::io::stderr",
        "std::thread::spawn",
        "std::thread::Builder::spawn",
        "std::thread::available_parallelism",
        "std::path::absolute",
        "std::fs::soft_link",
        "std::os::unix::fs::chown",
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "jiff::Timestamp::now",
        "jiff::ZonedDateTime::now",
        "jiff::ZonedDateTime::in_tz",
        "jiff::civil::DateTime::in_tz",
        "jiff::tz::TimeZone::try_system",
        "jiff::tz::db",
        "uuid::Uuid::new_v4",
    ] {
        assert!(core.contains(effect), "the core may use {effect}");
    }
    let lib = fs::read_to_string(root().join("src/core/lib.rs")).unwrap();
    assert!(lib.contains("#![deny(clippy::print_stdout, clippy::print_stderr"), "the core may print");
}

/// A `clippy.toml` takes the place of the one above it, so what the tests may do is said here.
#[test]
fn the_tests_have_the_bans_of_the_project_but_that_of_the_clock() {
    let (mut project, tests) = (bans("clippy.toml"), bans("tests/clippy.toml"));
    assert!(project.remove("jiff::Timestamp::now"), "the program may ask the system's clock");
    assert_eq!(tests, project);
    let mut places = Vec::new();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        if text.contains("Timestamp::now") {
            places.push(file.strip_prefix(root()).unwrap().display().to_string());
        }
    }
    places.sort();
    // The clock of the shipped program, and the two answers that name a time by the clock of somebody else.
    assert_eq!(places, ["src/main.rs", "src/sources/forge/wire.rs", "src/stores/scim/wire.rs"]);
}

/// Whether there is somebody to ask is decided in one place, by the terminal and by the format.
#[test]
fn one_place_asks_whether_somebody_can_be_asked() {
    let (mut places, mut files) = (Vec::new(), Vec::new());
    sources(&root().join("src"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        if text.contains("stdin().is_terminal()") || text.contains("is_terminal(&std::io::stdin())") {
            places.push(file.strip_prefix(root()).unwrap().display().to_string());
        }
    }
    assert_eq!(places, ["src/cli/ask/mod.rs"]);
}

/// Clippy says nothing of a ban on a name that does not exist, if the ban may be invalid. So a name that a newer version of
/// a library has changed would be allowed.
#[test]
fn a_ban_in_the_core_names_something() {
    let text = fs::read_to_string(root().join("src/core/clippy.toml")).unwrap();
    let may_be_nothing: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("allow-invalid"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    // The core does not link this one.
    assert_eq!(may_be_nothing, ["uuid::Uuid::new_v4"]);
}
