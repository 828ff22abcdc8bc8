//! Tests files whose content does not mean what it seems to mean: litter, revocations that cannot be read, missing
//! fields, closed units, and lists that name a person's account.

use portvakt_core::decide::{ChangeToCheck, Nothing, Scope, check_against};
use portvakt_core::diag::Code;
use portvakt_core::model::FilePath;
use portvakt_core::plan::{AccessItem, Detail, Effect};

use super::fixture::*;

const KARI: &str = "desired-state/ahus/kari.testesen.yaml";

fn kari() -> File {
    file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)])
}

fn addressed(world: &World) -> usize {
    world.accounts().iter().filter(|account| account.email.is_some()).count()
}

/// A register whose accounts have addresses, none of them from a file, and whose files may name them.
fn with_addresses(files: &[File]) -> World {
    let mut tree = Tree::with(files);
    tree.edit("desired-state/register.yaml", "contact_in_git: false", "contact_in_git: true");
    let world = World::new(tree);
    world.sql("UPDATE account SET email = person || '@example.test'");
    world
}

fn email(world: &World, who: &str) -> Option<String> {
    world.account(who).and_then(|account| account.email)
}

#[test]
fn litter_holds_nothing_and_is_nobodys_file() {
    for litter in
        ["Thumbs.db", "kari.testesen.yaml.orig", "#kari.testesen.yaml#", "4913", "kari.testesen.yaml.swo"]
    {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw(&format!("desired-state/ahus/{litter}"), &kari().text());
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::OddPath), "{litter}");
        assert!(!world.has("kari.testesen"), "{litter}: it shields nobody");
    }
    for put_aside in ["kari.testesen.yaml.bak", "kari.testesen.yaml.txt"] {
        let mut world = World::with(&[kari()]);
        world.tree.remove("ahus", "kari.testesen");
        world.tree.raw(&format!("desired-state/ahus/{put_aside}"), &kari().text());
        let decided = world.pass();
        assert!(codes(&decided).contains(&Code::OddPath), "{put_aside}");
        assert!(world.has("kari.testesen"), "{put_aside}: people name so what they put aside");
    }
}

#[test]
fn a_mark_that_cannot_be_read_says_that_the_access_stands() {
    let mut world = World::with(&[kari()]);
    world.tree.raw(KARI, &format!("{}    revoked: 29.11.2026\n", kari().text()));
    let found = only(&world.pass(), Code::RevocationUnread);
    assert!(found.message.en().starts_with("The access of `kari.testesen` STANDS"), "{}", found.message.en());
    assert!(found.way_out.en().contains("{on: 2026-11-29, by: fornavn.etternavn,"), "{}", found.way_out.en());
    assert!(world.has("kari.testesen"));
}

#[test]
fn a_mark_in_a_file_of_another_encoding_says_that_the_access_stands() {
    let text = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]).text();
    let utf_16 =
        |order: fn(u16) -> [u8; 2], text: &str| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
    let utf_32 = |order: fn(u32) -> [u8; 4], text: &str| -> Vec<u8> {
        text.chars().flat_map(|c| order(u32::from(c))).collect()
    };
    for text in [text.clone(), format!("\u{feff}{text}")] {
        for bytes in [
            utf_16(u16::to_le_bytes, &text),
            utf_16(u16::to_be_bytes, &text),
            utf_32(u32::to_le_bytes, &text),
            utf_32(u32::to_be_bytes, &text),
        ] {
            let mut world = World::with(&[kari()]);
            world.tree.0.insert(FilePath::new(KARI), bytes);
            let found = only(&world.pass(), Code::NotText);
            assert!(found.message.en().starts_with("The access of `kari.testesen` STANDS"), "{found:?}");
            assert!(found.way_out.en().contains("{on: 2026-03-02, by: lc.ahusen,"), "{found:?}");
            assert!(world.has("kari.testesen"));
        }
    }
}

#[test]
fn a_reason_with_a_comma_takes_back_what_could_be_read_and_shows_the_line() {
    let mut world = World::with(&[kari()]);
    let mark = format!("    revoked: {{on: 2026-03-02, by: {LC_AHUS}, reason: sluttet, ringte}}\n");
    world.tree.raw(KARI, &format!("{}{mark}", kari().text()));
    let found = only(&world.pass(), Code::UnknownKey);
    assert!(
        found.message.en().starts_with("The access is taken back all the same"),
        "{}",
        found.message.en()
    );
    assert!(found.way_out.en().contains("reason: \"sluttet, ringte\"}"), "{}", found.way_out.en());
    assert!(!world.has("kari.testesen"));
}

#[test]
fn a_mark_of_a_day_to_come_acts_at_once_and_is_pointed_out() {
    let mut world = World::with(&[kari()]);
    let mark = format!("    revoked: {{on: 2026-05-01, by: {LC_AHUS}, reason: slutter}}\n");
    world.tree.raw(KARI, &format!("{}{mark}", kari().text()));
    let found = only(&world.pass(), Code::RevokedAhead);
    assert!(found.way_out.en().contains("`until: 2026-05-01`"));
    assert!(!world.has("kari.testesen"));
}

#[test]
fn an_address_that_no_file_names_stays() {
    let mut world = with_addresses(&[kari()]);
    let all = addressed(&world);
    assert!(all >= 3);
    world.quiet();
    assert_eq!(addressed(&world), all);
    // A line that is taken out again orders nothing either.
    let mut named = kari();
    named.email = Some("kari@example.test".to_owned());
    world.put(&named);
    let decided = world.pass();
    let amended: Vec<_> = decided.plan.steps.iter().map(|step| &step.effect).collect();
    assert!(
        matches!(amended[..], [Effect::Amend { changed, .. }] if *changed == [Detail::Email].into()),
        "{amended:?}"
    );
    assert_eq!(email(&world, "kari.testesen").as_deref(), Some("kari@example.test"));
    world.put(&kari());
    assert!(world.pass().plan.steps.is_empty());
    assert_eq!(email(&world, "kari.testesen").as_deref(), Some("kari@example.test"));
    world.quiet();
}

#[test]
fn none_clears_an_address_within_the_budget_and_its_step_says_so() {
    let files: Vec<File> = (0..5)
        .map(|n| file("ahus", &format!("p{n}.testesen"), [lu(AHUS, &format!("R{n}"), LC_AHUS)]))
        .collect();
    let none = |file: &File| File { email: Some("none".to_owned()), ..file.clone() };
    let mut world = with_addresses(&files);
    let all = addressed(&world);
    world.put(&none(&files[0]));
    let decided = world.pass();
    assert!(
        matches!(&decided.plan.steps[..], [step] if matches!(&step.effect, Effect::Amend { changed, .. }
            if *changed == [Detail::EmailCleared].into())),
        "{:?}",
        decided.plan.steps
    );
    assert_eq!(addressed(&world), all - 1);
    world.quiet();
    for file in &files {
        world.put(&none(file));
    }
    let held = world.pass().unsettled.sets.clone();
    assert!(
        held.iter().all(|set| set.items.iter().all(|item| matches!(item, AccessItem::Contact(_)))),
        "{held:?}"
    );
    assert_eq!((held.len(), addressed(&world)), (1, all - 1), "over the budget nothing goes");
    world.release(held[0].digest);
    world.pass();
    assert_eq!(addressed(&world), all - 5);
    world.quiet();
}

#[test]
fn a_file_that_says_nothing_of_the_address_agrees_with_one_that_does() {
    let twice = |email: [Option<&str>; 2]| {
        let mut one = file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS)]);
        let mut two = file("helse-fonna", "kari.testesen", [lu(FONNA, "R2", LC_FONNA)]);
        two.employer = "ahus".to_owned();
        [one.email, two.email] = email.map(|email| email.map(str::to_owned));
        [one, two]
    };
    for (said, becomes, agree) in [
        ([None, Some("kari@example.test")], Some("kari@example.test"), true),
        ([Some("none"), None], None, true),
        ([Some("none"), Some("kari@example.test")], Some("kari.testesen@example.test"), false),
    ] {
        let mut world = with_addresses(&twice([None, None]));
        for file in &twice(said) {
            world.put(file);
        }
        let decided = world.pass();
        assert_eq!(!codes(&decided).contains(&Code::PersonDisagrees), agree, "{said:?}");
        assert_eq!(email(&world, "kari.testesen").as_deref(), becomes, "{said:?}");
    }
}

#[test]
fn a_new_account_has_the_address_of_the_file_or_none() {
    let mut world = with_addresses(&[]);
    for (who, said, has) in [
        ("en.testesen", None, None),
        ("to.testesen", Some("none"), None),
        ("tre.testesen", Some("tre@example.test"), Some("tre@example.test")),
    ] {
        let mut file = file("ahus", who, [lu(AHUS, &format!("R-{who}"), LC_AHUS)]);
        file.email = said.map(str::to_owned);
        world.put(&file).pass();
        assert_eq!(email(&world, who).as_deref(), has, "{who}");
    }
    world.quiet();
}

#[test]
fn a_unit_that_has_closed_is_told_for_each_person_who_is_left_there() {
    let ola = file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS).until("2026-02-01")]);
    let mut world = World::with(&[kari(), ola]);
    let closed = "units: {100089: {name: Ahus, until: 2026-02-28}, 200089: Ski}";
    world.tree.edit("desired-state/register.yaml", "units: {100089: Ahus, 200089: Ski}", closed);
    let told = |world: &mut World| {
        let decided = world.prepare(&Scope::Whole).unwrap();
        let at = decided.findings.iter().filter(|finding| finding.code == Code::UnitClosed);
        at.map(|finding| finding.place.as_ref().unwrap().file.to_string()).collect::<Vec<_>>()
    };
    let left = ["desired-state/ahus/kari.testesen.yaml", "desired-state/ahus/lc.ahusen.yaml"];
    assert_eq!(told(&mut world), left, "before the settings are released");
    let held = only(&world.pass(), Code::ProtectedChange);
    world.release(held.message.en().rsplit(' ').next().unwrap().parse().unwrap());
    world.pass();
    assert_eq!(told(&mut world), left, "and after");
    assert!(world.has("kari.testesen"), "nothing is taken away for it");
    world.tree.remove("ahus", "kari.testesen");
    world.pass();
    assert_eq!(told(&mut world), left[1..]);
}

#[test]
fn the_account_of_somebody_who_is_known_cannot_be_ignored() {
    let mut world = World::with(&[kari()]);
    let account = world.account("kari.testesen").unwrap().id;
    world.tree.edit("desired-state/register.yaml", "ignore: []", &format!("ignore: [{account}]"));
    let found = only(&world.pass(), Code::AccountIgnored);
    assert!(found.message.en().contains("`kari.testesen`"), "before the release");
    world.tree.edit("desired-state/register.yaml", &format!("ignore: [{account}]"), "ignore: [vaktmester]");
    assert!(!codes(&world.pass()).contains(&Code::AccountIgnored));
}

#[test]
fn a_check_says_that_more_are_given_access_than_the_budget_lets_in() {
    let base = Tree::new();
    let mut tree = base.clone();
    for number in 0..25 {
        tree.put(&file(
            "ahus",
            &format!("ny{number}.testesen"),
            [lu(AHUS, &format!("REQ-N{number}"), LC_AHUS).on(START)],
        ));
    }
    let (base, tree) = (base.snapshot(), tree.snapshot());
    let today = START.parse().unwrap();
    let checked =
        check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today });
    let told: Vec<_> = checked.findings.iter().filter(|f| f.code == Code::AdditionsHeld).collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].message.en().contains("25 people") && told[0].message.en().contains("allows 20"),
        "{told:?}"
    );
}
