//! The example tree obeys the rules of the procedure: as it is, copied to any day, and generated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::{Date, date};
use portvakt::example;
use portvakt_core::diag::{Colour, Lang, human};
use portvakt_core::model::{FilePath, Grant, Identity, PersonId, Register, Staff, TrustKind};
use portvakt_core::parse;
use portvakt_core::parse::{Entry, ParsedFile, confusable};

type Files = BTreeMap<FilePath, Vec<u8>>;

fn on_disk(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.join("desired-state")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(FilePath::new(&name), std::fs::read(path).unwrap());
            }
        }
    }
    files
}

fn example_files() -> Files {
    on_disk(Path::new(crate::ROOT))
}

fn read(files: &Files) -> (Register, Vec<ParsedFile>) {
    let path = FilePath::new("desired-state/register.yaml");
    let register = parse::register(&path, &files[&path])
        .unwrap_or_else(|f| panic!("{}", human(&f, Colour::Never, Lang::En)));
    let people = files
        .iter()
        .filter(|(path, _)| path.person_parts().is_some())
        .map(|(path, bytes)| {
            parse::person(path, bytes, &register)
                .unwrap_or_else(|f| panic!("{}", human(&f, Colour::Never, Lang::En)))
        })
        .collect();
    (register, people)
}

fn grants(people: &[ParsedFile]) -> Vec<&Grant> {
    let mut grants = Vec::new();
    for file in people {
        for entry in &file.entries {
            match entry {
                Entry::Valid { grant, .. } => grants.push(&**grant),
                Entry::Invalid { findings, .. } => panic!("{}", human(findings, Colour::Never, Lang::En)),
            }
        }
    }
    grants
}

/// The rules of the procedure (`docs/rules.md`) that a tree alone can be held against.
fn in_order(register: &Register, people: &[ParsedFile]) {
    entries_in_order(register, people);
    let grants = grants(people);
    let mut coordinators: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for grant in grants.iter().filter(|grant| grant.role.as_str() == "LC") {
        coordinators.entry(&grant.trust).or_default().insert(&grant.key.person);
    }
    for (id, trust) in register.trusts.iter().filter(|(_, trust)| trust.kind == TrustKind::Trust) {
        let held = coordinators.get(id).map_or(0, BTreeSet::len);
        assert!((1..=trust.most_coordinators as usize).contains(&held), "{id} has {held} coordinators (R21)");
    }
}

/// Those rules that hold for each entry by itself.
fn entries_in_order(register: &Register, people: &[ParsedFile]) {
    let grants = grants(people);
    let mut seen = BTreeSet::new();
    let mut skeletons: BTreeMap<String, &PersonId> = BTreeMap::new();
    let mut facts = BTreeMap::new();
    for file in people {
        let other = skeletons.insert(confusable::skeleton(&file.person), &file.person);
        assert!(other.is_none_or(|other| *other == file.person), "{} and {other:?} look alike", file.person);
        let first = facts.entry(&file.person).or_insert(&file.facts);
        assert_eq!(*first, &file.facts, "files of {} agree (R2)", file.person);
    }
    let office = |person: &PersonId, day: Date| -> Vec<&str> {
        let held = register.appointments.iter().filter(|a| a.person == *person && a.in_office(day));
        held.map(|a| a.office.as_str()).collect()
    };
    for grant in &grants {
        let who = format!("{:?}", grant.key);
        let (by, on) = (&grant.approval.by, grant.approval.on);
        let trust = &register.trusts[&grant.trust];
        let offices = office(by, on);
        let national = offices.iter().any(|o| ["register-leader", "national-coordinator"].contains(o));
        assert!(seen.insert(&grant.key), "{who}: one request, one grant (R33)");
        assert_ne!(*by, grant.key.person, "{who}: nobody approves their own access (R42)");
        assert!(on <= grant.from, "{who}: approved before it begins");
        assert_ne!(grant.approval.identity, Identity::Uncertain, "{who}: R17");
        assert_ne!(grant.vouched.staff, Staff::Other, "{who}: R43");
        assert_eq!(grant.role.as_str() == "SC", trust.kind == TrustKind::National, "{who}: R23");
        match grant.role.as_str() {
            "SC" => {
                let held = office(&grant.key.person, grant.from);
                assert!(
                    held.contains(&"register-leader") && offices.contains(&"national-coordinator"),
                    "{who}: R19"
                );
            }
            "LC" => assert!(national && trust.kind == TrustKind::Trust, "{who}: R20"),
            _ if trust.kind == TrustKind::Test => {
                let employer = grant.vouched.employer.as_str();
                assert!(
                    ["helse-nord-ikt", "nhn"].contains(&employer) && grant.vouched.staff == Staff::Ict,
                    "{who}: R11"
                );
                assert!(
                    offices.iter().any(|o| ["ict-administrator", "system-manager"].contains(o)),
                    "{who}: R16"
                );
            }
            _ if trust.host => assert!(national, "{who}: R4, R5"),
            _ => {
                let own = grants.iter().any(|lc| {
                    lc.key.person == *by
                        && lc.trust == grant.trust
                        && lc.role == register.coordinators.role
                        && lc.key.application == register.coordinators.application
                        && lc.in_force(on)
                });
                assert!(own && grant.vouched.staff == Staff::Health, "{who}: R6, R15");
            }
        }
        if grant.vouched.position.as_ref().is_some_and(|position| position.as_str() == "lis") {
            let last = grant.from.saturating_add(jiff::Span::new().months(3));
            assert!(grant.until.is_some_and(|until| until <= last), "{who}: R37");
        }
    }
}

#[test]
fn the_example_is_in_order() {
    let (register, people) = read(&example_files());
    in_order(&register, &people);
    let grants = grants(&people);
    let persons: BTreeSet<_> = people.iter().map(|file| &file.person).collect();
    assert!((50..=70).contains(&persons.len()), "{} people", persons.len());
    assert!(persons.len() < people.len(), "somebody works at two trusts");
    for unit in register.units.keys() {
        assert!(grants.iter().any(|grant| grant.key.unit == *unit), "nobody at {unit}");
    }
    for (role, application) in
        register.roles.keys().flat_map(|r| register.applications.keys().map(move |a| (r, a)))
    {
        assert!(
            grants.iter().any(|g| g.role == *role && g.key.application == *application),
            "no {role} {application}"
        );
    }
    assert_eq!(grants.iter().filter(|grant| grant.revoked.is_some()).count(), 1);
    assert!(grants.iter().any(|grant| grant.until.is_some_and(|until| until < example::WRITTEN_FOR)));
}

#[test]
fn the_register_says_what_the_procedure_says() {
    let (register, _) = read(&example_files());
    assert_eq!(register.units.len(), 15);
    let hosts: Vec<_> =
        register.trusts.iter().filter(|(_, trust)| trust.host).map(|(id, _)| id.as_str()).collect();
    assert_eq!(hosts, ["helse-bergen"]);
    let only = |wanted: fn(&portvakt_core::model::Unit) -> bool| -> Vec<u32> {
        register.units.iter().filter(|(_, unit)| wanted(unit)).map(|(id, _)| id.0).collect()
    };
    assert_eq!(only(|unit| unit.national), [0]);
    assert_eq!(only(|unit| unit.test_only), [900_000_001]);
    let limits = &register.removal_limits;
    assert_eq!((limits.trust_least, limits.trust_percent), (2, 10));
    assert_eq!((limits.all_least, limits.all_percent, limits.all_most), (3, 5, 10));
    assert_eq!((register.max_lis_months, register.review_months, register.contact_in_git), (12, 3, false));
    assert!(register.trusts.values().all(|trust| trust.most_coordinators == 2));
}

#[test]
fn a_copy_is_in_order_on_any_day() {
    for today in [date(2024, 2, 29), example::WRITTEN_FOR, date(2026, 12, 1), date(2031, 1, 15)] {
        let folder = tempfile::tempdir().unwrap();
        example::copy(folder.path(), today).unwrap();
        let files = on_disk(folder.path());
        let (register, people) = read(&files);
        in_order(&register, &people);
        let ends: Vec<Date> = grants(&people).iter().filter_map(|grant| grant.until).collect();
        assert!(
            ends.iter().filter(|end| **end > today.saturating_add(jiff::Span::new().days(14))).count() >= 10
        );
        assert!(grants(&people).iter().all(|grant| grant.approval.on <= today));
        // Only dates have moved.
        let original = example_files();
        assert_eq!(files.keys().collect::<Vec<_>>(), original.keys().collect::<Vec<_>>());
        for (path, bytes) in &files {
            assert_eq!(bytes.len(), original[path].len(), "{path}");
            assert_eq!(
                today == example::WRITTEN_FOR || path.person_parts().is_none(),
                *bytes == original[path],
                "{path}"
            );
        }
        assert!(matches!(example::copy(folder.path(), today), Err(example::ExampleError::Occupied(_))));
    }
}

#[test]
fn a_generated_tree_is_in_order_and_the_same_each_time() {
    let make = |people, seed| example::files(people, seed).unwrap().collect::<Files>();
    let files = make(3000, 7);
    assert_eq!(files, make(3000, 7));
    assert_ne!(files, make(3000, 8));
    let (register, people) = read(&files);
    in_order(&register, &people);
    let persons: BTreeSet<_> = people.iter().map(|file| &file.person).collect();
    assert_eq!(persons.len(), 3000);
    let share = grants(&people).len() as f64 / 3000.0;
    assert!((1.1..1.3).contains(&share), "{share} entries a person");
    for count in [0, 1, 5] {
        read(&make(count, 1));
    }
    let folder = tempfile::tempdir().unwrap();
    example::generate(300, 7, folder.path()).unwrap();
    let small: Files =
        make(300, 7).into_iter().filter(|(path, _)| path.as_str().starts_with("desired")).collect();
    assert_eq!(on_disk(folder.path()), small);
}

/// How many people have one entry without an end and no other file.
fn with_one_access(files: &Files) -> usize {
    let (mut folders, mut single) = (BTreeMap::<&str, u32>::new(), BTreeSet::new());
    for (path, bytes) in files {
        let Some((_, person)) = path.person_parts() else { continue };
        *folders.entry(person).or_default() += 1;
        let text = std::str::from_utf8(bytes).unwrap();
        if text.matches("- application:").count() == 1 && !text.contains("until:") {
            single.insert(person);
        }
    }
    single.iter().filter(|person| folders[**person] == 1).count()
}

#[test]
fn a_small_generated_tree_has_people_without_an_office_and_the_entries_of_a_large_one() {
    // The benchmarks take ten people or more. They change the files of people with one access, and need four of them.
    for count in 10..=80 {
        let files: Files = example::files(count, 1).unwrap().collect();
        let (register, people) = read(&files);
        entries_in_order(&register, &people);
        let persons: BTreeSet<_> = people.iter().map(|file| &file.person).collect();
        assert_eq!(persons.len() as u64, count);
        let single = with_one_access(&files);
        assert!(single >= 4, "{single} of {count} people have one access");
        let offices = grants(&people).iter().filter(|grant| grant.role.as_str() != "LU").count() as u64;
        // Whoever has an office has it in both applications.
        assert!((2..=2 * (count / 3)).contains(&offices), "{offices} entries of offices for {count} people");
    }
}
