//! What the everyday commands print for programs: every key of it stands in `docs/json.md`, and each key there is printed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bench::{ADDRESS, AHUS, KEYLESS, NATIONAL, Person, STAVANGER, UNN, World};

const CHANGES: &str = "`grant`, `extend`, `change`, `end`, `revoke`, `move`, `reject`";
const EVERY: &str = "Every result";
const WAITS: &str = "What it waits for";

/// The keys by the heading that they stand under.
type Keys = BTreeMap<String, BTreeSet<String>>;

/// The keys that the page describes, in the tables below each heading.
fn described() -> Keys {
    let page = std::fs::read_to_string(format!("{}/docs/json.md", crate::ROOT)).unwrap();
    let mut found = Keys::new();
    for part in page.split("\n## ").skip(1) {
        let (heading, below) = part.split_once('\n').unwrap();
        let rows = below.lines().filter_map(|line| line.strip_prefix("| `"));
        let keys = rows.filter_map(|row| row.split_once('`')).map(|(key, _)| key.to_owned());
        found.insert(heading.to_owned(), keys.collect());
    }
    found
}

/// Collects the keys of a value, each with those that it is below. The form of a finding is that of its schema.
fn keys(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, &format!("{above}[]"), found)),
        Value::Object(fields) => {
            for (name, below) in fields {
                let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
                if key != "findings" {
                    keys(below, &key, found);
                }
                found.insert(key);
            }
        }
        _ => {}
    }
}

/// Notes the keys of a result under its heading. Those that many commands print stand under headings of their own.
fn note(printed: &mut Keys, heading: &str, result: &Value) {
    let mut found = BTreeSet::new();
    keys(result, "", &mut found);
    for key in found {
        let heading = match key.as_str() {
            "findings" | "exit" | "lang" => EVERY,
            _ if key.starts_with("waits[].") => WAITS,
            _ => heading,
        };
        printed.entry(heading.to_owned()).or_default().insert(key);
    }
}

/// Runs a command that does its work, and returns what it prints.
fn done(person: &Person<'_>, args: &[&str]) -> Value {
    person.runs(&[&["--format", "json"][..], args].concat()).ends(0).json()
}

/// A new access for Siv, which is not signed.
fn siv() -> Vec<&'static str> {
    let mut args =
        vec!["grant", "Siv", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--identity", "known"];
    args.extend(["--application", "smerteregisteret", "--request", "REQ-2026-0411", "--yes"]);
    args.extend(["--approver", "halvor", "--unsigned"]);
    args
}

fn changes(printed: &mut Keys) {
    let world = World::new();
    let (halvor, henrik, lars) = (world.person(STAVANGER), world.person(UNN), world.person(AHUS));
    halvor.gives_ylva_access();
    let longer = ["extend", "ylva", "--until", "2027-05-23", "--yes", "--approver", "kristin.skinnvik"];
    note(printed, CHANGES, &done(&halvor, &longer));
    let role = ["change", "sara", "--role", "LC", "--approver", "bjorn", "--yes"];
    note(printed, CHANGES, &done(&henrik, &role));
    let mut moved = vec!["move", "aksel", "--unit", "100089", "--last-day", "7.12.2026", "--role", "LU"];
    moved.extend(["--request", "REQ-2026-0303", "--identity", "known", "--approver", STAVANGER, "--yes"]);
    note(printed, CHANGES, &done(&lars, &moved));
    let reject = ["reject", "REQ-2026-0503", "--trust", "helse-stavanger", "--reason", "feilsendt", "--yes"];
    note(printed, CHANGES, &done(&halvor, &reject));
    world.takes_in("access/reject-REQ-2026-0503");
    let already = done(&halvor, &reject);
    assert!(already["already"].is_string(), "{already}");
    note(printed, CHANGES, &already);
    note(printed, CHANGES, &done(&halvor, &siv()));
    note(printed, "`approve --waiting`", &done(&halvor, &["approve", "--waiting", "--yes"]));
    // The same in the files of the folder, where it is signed by the name of its file.
    let here = [&siv()[..], &["--here", "--again"][..]].concat();
    note(printed, CHANGES, &done(&halvor, &here));
    let signed = done(&halvor, &["approve", "desired-state/helse-stavanger/siv.nyansatt.yaml", "--yes"]);
    note(printed, "`approve FILE`", &signed);
}

fn keys_and_branches(printed: &mut Keys) {
    let world = World::new();
    let (halvor, ingrid) = (world.person(STAVANGER), world.person(NATIONAL));
    let new_key = ["key", "new", "--no-passphrase"];
    for id in [KEYLESS, UNN] {
        let person = world.person(id);
        note(printed, "`key new`", &done(&person, &new_key));
        if id == KEYLESS {
            note(printed, CHANGES, &done(&person, &["revoke", "aksel", "--yes"]));
        }
    }
    note(printed, "`key gather`", &done(&ingrid, &["key", "gather"]));
    note(printed, "`key revoke`", &done(&ingrid, &["key", "revoke", "halvor", "--yes"]));
    let joins = ["join", ADDRESS, "--by", AHUS];
    note(printed, "`join`", &done(&world.newcomer(AHUS), &joins));
    halvor.loses_the_network();
    note(printed, CHANGES, &done(&halvor, &["end", "aksel", "--yes"]));
    halvor.finds_the_network();
    note(printed, "`send`", &done(&halvor, &["send"]));
    world.squashes("access/end-aksel.demostad");
    note(printed, "`send`", &done(&halvor, &["send"]));
    // Where no administrator has a key, the host accepts the first ones.
    let begins = World::new();
    begins.sends(("main", "main"), "desired-state/allowed_signers", "");
    note(printed, "`key new`", &done(&begins.person(NATIONAL), &new_key));
}

fn questions_and_reviews(printed: &mut Keys) {
    let world = World::new();
    let (halvor, lars) = (world.person(STAVANGER), world.person(AHUS));
    let facts = ["review", "facts", "--trust", "ahus"];
    note(printed, "`review facts`", &done(&world.host(), &facts));
    let export =
        "request;name;unit;role;application\nREQ-9001;Tor Typosen;Haugesund sjukehus;LU;smerteregisteret\n";
    let export = halvor.keeps("eksport.csv", export);
    note(printed, "`requests`", &done(&halvor, &["requests", "--from", &export]));
    note(printed, "`who-can-approve`", &done(&halvor, &["who-can-approve", "aksel"]));
    note(printed, "`review start`", &done(&lars, &["review", "start"]));
    let delegate = ["review", "delegate", "halvor", "--until", "20.12.26"];
    note(printed, "`review delegate`", &done(&lars, &delegate));
    halvor.runs(&["review", "start"]).ends(0);
    note(printed, "`review answer`", &done(&halvor, &["review", "answer", "aksel", "--keep"]));
    note(printed, "`review show`", &done(&lars, &["review", "show"]));
    for trust in ["ahus", "helse-stavanger"] {
        note(printed, "`review show --trust`", &done(&lars, &["review", "show", "--trust", trust]));
    }
    for trust in ["ahus", "helse-stavanger"] {
        world.merge(&format!("access/review-{trust}-2026-Q4"));
        let evidence = ["review", "evidence", trust, "2026-Q4"];
        note(printed, "`review evidence`", &done(&lars, &evidence));
    }
}

#[test]
fn every_key_that_is_printed_is_described_and_every_key_described_is_printed() {
    let mut printed = Keys::new();
    changes(&mut printed);
    keys_and_branches(&mut printed);
    questions_and_reviews(&mut printed);
    let described = described();
    let headings: BTreeSet<&String> = printed.keys().chain(described.keys()).collect();
    for heading in headings {
        let of = |keys: &Keys| keys.get(heading).cloned().unwrap_or_default();
        let (said, written) = (of(&printed), of(&described));
        let unsaid: Vec<&String> = said.difference(&written).collect();
        let gone: Vec<&String> = written.difference(&said).collect();
        assert!(
            unsaid.is_empty() && gone.is_empty(),
            "docs/json.md, {heading}: not described {unsaid:?}, not printed {gone:?}"
        );
    }
}
