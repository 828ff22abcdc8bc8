//! A trust gets another id (`previously:`). The folder, the units and all accepted entries follow when two
//! administrators release it.

use portvakt_core::decide::{ChangeToCheck, Checked, Decided, Nothing, check_against, check_alone, rules_of};
use portvakt_core::diag::{Code, Finding};
use portvakt_core::model::{Digest, FilePath};
use portvakt_engine::memory;

use crate::pass::fixture::*;

const REGISTER_FILE: &str = "desired-state/register.yaml";
const PEOPLE: [&str; 6] =
    ["en.ahusen", "to.ahusen", "tre.ahusen", "fire.ahusen", "fem.ahusen", "seks.ahusen"];
const ELSEWHERE: &str = "borte.ahusen";

fn world() -> World {
    let mut files: Vec<File> = PEOPLE
        .iter()
        .map(|who| file("ahus", who, [lu(AHUS, &format!("REQ-{who}"), LC_AHUS).until("2027-01-01")]))
        .collect();
    // Employed there, with access elsewhere.
    files.push(File {
        employer: "ahus".to_owned(),
        ..file("helse-fonna", ELSEWHERE, [lu(FONNA, "REQ-B", LC_FONNA)])
    });
    World::with(&files)
}

fn rename_settings(tree: &mut Tree) {
    tree.edit(REGISTER_FILE, "  ahus: {name: Ahus HF,", "  ahus-hf: {name: Ahus HF, previously: ahus,");
}

fn move_files(tree: &mut Tree) {
    for (path, bytes) in std::mem::take(&mut tree.0) {
        let text = String::from_utf8(bytes).unwrap().replace("employer: ahus\n", "employer: ahus-hf\n");
        tree.raw(&path.as_str().replace("desired-state/ahus/", "desired-state/ahus-hf/"), &text);
    }
}

fn release_of(world: &mut World) -> Decided {
    let digest: Digest = rules_of(&world.tree.snapshot()).unwrap().digest;
    world.pass();
    world.release(digest);
    world.pass()
}

fn against(base: &Tree, tree: &Tree) -> Checked {
    let (base, tree) = (base.snapshot(), tree.snapshot());
    let today = START.parse().unwrap();
    check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today })
}

fn all() -> impl Iterator<Item = &'static str> {
    PEOPLE.into_iter().chain([ELSEWHERE, LC_AHUS])
}

fn accounts(world: &World) -> Vec<(String, Vec<String>)> {
    all().map(|who| (world.account(who).unwrap().id.to_string(), world.rights(who))).collect()
}

fn follows(world: &mut World) {
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    world.quiet();
    world.ledger_holds();
    assert_eq!(world.untrusted(), Vec::<String>::new());
    // The coordinator coordinates the trust under its new id, and only its files end an access.
    world.put(&file("ahus-hf", "ny.ahusen", [lu(AHUS, "REQ-NY", LC_AHUS)]));
    world.tree.remove("ahus-hf", PEOPLE[0]);
    world.pass();
    assert!(world.has("ny.ahusen") && !world.has(PEOPLE[0]));
    // Losses count together for the trust, under either id.
    world.tree.remove("ahus-hf", PEOPLE[1]);
    world.pass();
    assert!(!world.has(PEOPLE[1]));
    world.quiet();
}

#[test]
fn everything_follows_when_the_folder_is_renamed_in_the_same_change() {
    let mut world = world();
    let (base, before) = (world.tree.clone(), accounts(&world));
    rename_settings(&mut world.tree);
    move_files(&mut world.tree);
    assert_eq!(
        errors(&check_alone(&world.tree.snapshot(), START.parse().unwrap()).findings),
        Vec::<String>::new()
    );
    let checked = against(&base, &world.tree);
    let errors_but_the_release: Vec<_> =
        checked.findings.iter().filter(|finding| finding.code != Code::ProtectedChange).cloned().collect();
    assert_eq!(errors(&errors_but_the_release), Vec::<String>::new(), "CI waits for nothing but the two");
    assert_eq!((checked.given, checked.taken), (0, 0));
    world.pass();
    assert_eq!(accounts(&world), before, "until two have released it, nothing is lost");
    let decided = release_of(&mut world);
    assert!(decided.released_rules.is_some());
    assert_eq!(accounts(&world), before);
    follows(&mut world);
}

#[test]
fn everything_follows_when_the_folder_is_renamed_later() {
    let mut world = world();
    let before = accounts(&world);
    rename_settings(&mut world.tree);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    assert_eq!(accounts(&world), before, "the old folder is told, and nobody loses anything");
    move_files(&mut world.tree);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert_eq!(accounts(&world), before);
    follows(&mut world);
}

#[test]
fn nobody_loses_because_of_a_forgotten_employer_while_the_new_id_waits() {
    let mut world = world();
    let before = accounts(&world);
    rename_settings(&mut world.tree);
    for (path, bytes) in std::mem::take(&mut world.tree.0) {
        let path = path.as_str().replace("desired-state/ahus/", "desired-state/ahus-hf/");
        world.tree.raw(&path, &String::from_utf8(bytes).unwrap());
    }
    for day in (4..=14).step_by(2) {
        let decided = world.day(&format!("2026-03-{day:02}")).pass();
        assert_eq!(accounts(&world), before, "{day}");
        // By the settings that wait, the employer is wrong in each moved file, and nobody is told to correct nothing.
        let employer = |one: &&Finding| {
            one.code == Code::UnknownName && one.message.en().starts_with("`ahus` is not in `register.yaml`")
        };
        assert!(decided.findings.iter().filter(employer).count() >= PEOPLE.len(), "{:#?}", decided.findings);
        let nothing = |one: &Finding| one.way_out.en().starts_with("Nothing is to be corrected here");
        assert!(!decided.findings.iter().any(nothing), "{day}");
    }
    // The settings cannot be read meanwhile. They are neither released nor taken back by that.
    let settings = FilePath::new(REGISTER_FILE);
    let waiting = world.tree.0.insert(settings.clone(), b"x: [".to_vec()).unwrap();
    for day in (16..=26).step_by(2) {
        world.day(&format!("2026-03-{day:02}")).pass();
        assert_eq!(accounts(&world), before, "{day}");
    }
    world.tree.0.insert(settings, waiting);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    assert_eq!(accounts(&world), before, "the files are held in their right folder");
    move_files(&mut world.tree);
    assert_eq!(errors(&world.pass().findings), Vec::<String>::new());
    assert_eq!(accounts(&world), before);
}

#[test]
fn a_new_id_is_one_that_nobody_has() {
    for (from, to) in [
        // Another trust's id, and one that takes two in.
        ("  ahus: {name: Ahus HF,", "  helse-fonna: {previously: ahus, name: Ahus HF,"),
        ("  helse-fonna: {name", "  helse-fonna: {previously: ahus, name"),
        // The file does not mention the earlier id.
        ("  ahus: {name: Ahus HF,", "  ahus-hf: {name: Ahus HF,"),
        // The file mentions the id of another trust.
        ("  ahus: {name: Ahus HF,", "  ahus-hf: {name: Ahus HF, previously: helse-fonn,"),
        // It becomes something else on the way.
        (
            "  ahus: {name: Ahus HF, org_no: 983971636,",
            "  ahus-hf: {name: Ahus HF, previously: ahus, kind: test,",
        ),
    ] {
        let mut world = world();
        let before = accounts(&world);
        world.tree.edit(REGISTER_FILE, from, to);
        if rules_of(&world.tree.snapshot()).is_ok() {
            let decided = release_of(&mut world);
            assert!(decided.released_rules.is_none(), "{to}");
            assert!(decided.findings.iter().any(|f| f.code == Code::SettingsOrphan), "{to}");
        } else {
            world.pass();
        }
        assert_eq!(accounts(&world), before, "{to}");
    }
}

#[test]
fn what_is_over_follows_and_stays_over() {
    let mut world = world();
    world.tree.remove("ahus", PEOPLE[0]);
    world.pass();
    rename_settings(&mut world.tree);
    move_files(&mut world.tree);
    release_of(&mut world);
    world.pass();
    let path = FilePath::new(REGISTER_FILE);
    let register = portvakt_core::parse::register(&path, &world.tree.0[&path]).unwrap();
    let base = memory::base(world.register.connection(), &register, None).unwrap();
    let over = base.people[&person(PEOPLE[0])].grants.values().next().unwrap();
    assert_eq!(over.grant.trust.as_str(), "ahus-hf");
    assert!(over.ended.is_some());
    world.put(&file("ahus-hf", PEOPLE[0], [lu(AHUS, &format!("REQ-{}", PEOPLE[0]), LC_AHUS)]));
    assert_eq!(world.pass().unsettled.refused.len(), 1, "its request has served");
}

#[test]
fn what_is_withheld_stays_withheld_when_its_trust_is_renamed() {
    let mut world = world();
    let lost =
        file("ahus", PEOPLE[0], [lu(AHUS, &format!("REQ-{}", PEOPLE[0]), LC_AHUS).until("2027-01-01")]);
    world.tree.remove("ahus", PEOPLE[0]);
    world.tree.raw("desired-state/ahus/En.ahusen.yaml", &lost.text());
    world.pass();
    assert!(world.has(PEOPLE[0]));
    world.now += jiff::SignedDuration::from_hours(2);
    rename_settings(&mut world.tree);
    move_files(&mut world.tree);
    world.pass();
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    world.pass();
    assert!(world.has(PEOPLE[0]), "the hold goes along");
}

#[test]
fn what_the_trust_lost_before_is_not_taken_for_a_change_of_the_database() {
    let mut world = world();
    world.tree.remove("ahus", PEOPLE[0]);
    world.pass();
    rename_settings(&mut world.tree);
    move_files(&mut world.tree);
    assert!(release_of(&mut world).released_rules.is_some());
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(decided.findings.iter().all(|finding| finding.code != Code::MemoryDiffers));
}

#[test]
fn a_trust_takes_no_unit_of_another_one_along() {
    let mut world = world();
    rename_settings(&mut world.tree);
    world.tree.edit(REGISTER_FILE, "200089: Ski}", "200089: Ski, 100084: Fonna}");
    world.tree.edit(REGISTER_FILE, "units: {100084: Fonna}", "units: {300084: Ny}");
    let decided = release_of(&mut world);
    assert!(decided.released_rules.is_none());
    assert!(decided.findings.iter().any(|finding| finding.code == Code::SettingsOrphan));
}
