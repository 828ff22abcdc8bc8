//! Properties that hold for random trees, edits, failures and restarts.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::decide::{Decided, Scope};
use portvakt_core::model::{AccountId, FilePath, GrantKey, PersonId, RequestId};
use portvakt_core::plan::{Effect, Step};
use portvakt_engine::apply::carry_out;
use portvakt_engine::memory;
use portvakt_engine::pass::day_at;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::pass::fixture::*;

mod edits;

use edits::{Hand, edit};

fn world() -> World {
    World::with(&[
        file("ahus", "en.testesen", [lu(AHUS, "R0", LC_AHUS), lu(AHUS, "R0", LC_AHUS).rapporteket()]),
        file("helse-fonna", "to.testesen", [lu(FONNA, "R0", LC_FONNA).until("2026-03-05")]),
        file("ahus", "tre.testesen", [lu(AHUS, "R0", LC_AHUS).from("2026-03-04")]),
    ])
}

/// Returns what the store should hold of everybody, computed from memory alone.
fn desired(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let conn = world.register.connection();
    let register = world.shelf_register();
    let today = day_at(&register, world.now).unwrap();
    let base = memory::base(conn, &register, None).unwrap();
    let mut desired: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (person, known) in &base.people {
        for standing in known.grants.values().filter(|standing| standing.in_force(today)) {
            desired.entry(person.to_string()).or_default().insert(standing.grant.right().to_string());
        }
    }
    desired
}

fn in_store(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for account in world.accounts() {
        let rights: BTreeSet<String> = account.rights.keys().map(ToString::to_string).collect();
        if !rights.is_empty() {
            assert!(account.active);
            let before = held.insert(account.person.unwrap().to_string(), rights);
            assert!(before.is_none(), "two accounts with rights");
        }
    }
    held
}

impl World {
    fn shelf_register(&self) -> portvakt_core::model::Register {
        let path = FilePath::new("desired-state/register.yaml");
        portvakt_core::parse::register(&path, &self.tree.0[&path]).unwrap()
    }

    fn closed(&self) -> BTreeSet<AccountId> {
        self.accounts().into_iter().filter(|account| !account.active).map(|account| account.id).collect()
    }
}

/// Things that hold after any pass.
fn laws(world: &World, closed: &BTreeSet<AccountId>) {
    world.ledger_holds();
    assert!(world.closed().is_superset(closed), "a closed account was opened again");
    for account in world.accounts().iter().filter(|account| !account.active) {
        assert!(account.rights.is_empty() && account.email.is_none() && account.subscriptions.is_empty());
    }
}

/// Store and memory with random account ids, ledger order and times of the day taken out.
fn essence(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let ids: BTreeMap<String, String> = world
        .accounts()
        .into_iter()
        .map(|a| {
            (
                a.id.to_string(),
                format!("{}-{}", a.person.map_or_else(String::new, |p| p.to_string()), a.active),
            )
        })
        .collect();
    let content = tables(world, |table, _| {
        !table.starts_with("ledger") && !["mark", "person_key", "ledger_person"].contains(&table)
    });
    let stamp = |text: &str| {
        let mut text = text.to_owned();
        for (id, name) in &ids {
            text = text.replace(id, name);
        }
        while let Some(at) = text.find("T11:") {
            text.replace_range(at..at + 9, "");
        }
        text
    };
    content
        .into_iter()
        .map(|(table, rows)| {
            let numbered = table == "access" || table == "subscription";
            let rows = rows
                .iter()
                .map(|row| {
                    let row = stamp(row);
                    if numbered { row.split_once(" | ").unwrap().1.to_owned() } else { row }
                })
                .collect();
            (table, rows)
        })
        .collect()
}

/// Returns everything except the words of holds. If several files differ, another one may be named. If several people
/// could approve, one may be named whose name has just become known.
fn settled(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let mut content = world.content();
    for (table, words) in [("file_hold", " | ["), ("refusal", " | {")] {
        for rows in content.get_mut(table).into_iter() {
            *rows = rows.iter().map(|row| row.split(words).next().unwrap().to_owned()).collect();
        }
    }
    content
}

fn next_day(world: &mut World, number: usize) {
    world.day(["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-06"][number.min(3)]);
}

fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(10),
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn after_a_pass_the_store_is_what_is_accepted_and_a_second_pass_is_quiet(
        rounds in vec((vec(edit(), 1..5), 0..4_usize), 1..4),
    ) {
        let mut world = world();
        world.sql("INSERT INTO course (unit, status, created_by, created_on, updated_by, updated_on)
            SELECT 100089, 'open', id, '2026-01-01', id, '2026-01-01' FROM account");
        let history = world.history();
        let mut hand = Hand::default();
        for (number, (edits, _)) in rounds.iter().enumerate() {
            next_day(&mut world, number);
            for edit in edits {
                hand.make(&mut world.tree, edit);
            }
            let closed = world.closed();
            let decided = world.pass();
            laws(&world, &closed);
            // A removal that the guard holds is still accepted, so it is still desired.
            prop_assert_eq!(in_store(&world), desired(&world), "{:#?}", decided.plan.steps);
            let before = settled(&world);
            let again = world.pass();
            prop_assert!(again.plan.steps.is_empty(), "{:#?}", again.plan.steps);
            // What the first pass accepted may correct a refusal. Otherwise nothing is written.
            if again.outcome.grants.is_empty() {
                for (table, rows) in settled(&world) {
                    prop_assert_eq!(&rows, &before[&table], "{}", table);
                }
            }
        }
        prop_assert_eq!(world.history(), history);
    }

    #[test]
    fn a_small_pass_decides_what_a_whole_one_decides(
        rounds in vec(vec(edit(), 1..4), 1..4),
    ) {
        let (mut whole, mut small) = (world(), world());
        let mut pending = BTreeSet::new();
        let mut hand = Hand::default();
        for (number, edits) in rounds.iter().enumerate() {
            next_day(&mut whole, number);
            next_day(&mut small, number);
            for edit in edits {
                pending.insert(hand.make(&mut whole.tree, edit));
            }
            small.tree = whole.tree.clone();
            let by_whole = whole.pass();
            let by_small = small.pass_over(&Scope::Files(pending.clone()));
            let told = |decided: &Decided| -> BTreeMap<GrantKey, String> {
                decided.unsettled.refused.iter().map(|(key, (_, r))| (key.clone(), format!("{:?}", r.finding))).collect()
            };
            prop_assert_eq!(told(&by_whole), told(&by_small), "{:#?}", edits);
            prop_assert_eq!(&by_whole.unsettled.open, &by_small.unsettled.open);
            prop_assert_eq!(essence(&whole), essence(&small), "{:#?}", edits);
            pending = by_small.unsettled.open.clone();
        }
    }

    #[test]
    fn the_order_in_which_files_come_means_nothing(edits in vec(edit(), 1..7), seed in any::<u64>()) {
        let mut files = BTreeMap::new();
        let mut one = world();
        let mut hand = Hand::default();
        for edit in &edits {
            hand.make(&mut one.tree, edit);
        }
        for (path, bytes) in &one.tree.0 {
            files.insert(path.clone(), bytes.clone());
        }
        let mut two = world();
        let mut shuffled: Vec<_> = files.into_iter().collect();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        two.tree = Tree(shuffled.into_iter().collect());
        one.pass();
        two.pass();
        prop_assert_eq!(essence(&one), essence(&two));
    }

    #[test]
    fn whatever_fails_midway_nobody_loses_what_their_files_give(
        rounds in vec((vec(edit(), 1..4), 0..6_usize, 0..4_u8), 2..5),
    ) {
        let mut world = world();
        // Two people whose files nobody touches.
        world.put(&file("ahus", "ro.urortsen", [lu(AHUS, "REQ-RO", LEADER)]));
        world.put(&file("helse-fonna", "fred.urortsen", [lu(FONNA, "REQ-FRED", LEADER)]));
        world.pass();
        let mut hand = Hand::default();
        for (number, (edits, stop, how)) in rounds.iter().enumerate() {
            next_day(&mut world, number);
            for edit in edits {
                hand.make(&mut world.tree, edit);
            }
            let closed = world.closed();
            world.now += jiff::SignedDuration::from_secs(60);
            let decided = world.prepare(&Scope::Whole).unwrap();
            let half = decided.plan.steps.len() / 2;
            let decided = match how {
                // Stopped between the record and the steps, or after some of them.
                0 => decided.stopped_before(|at| at >= *stop),
                1 => decided.stopped_before(|at| at < half),
                _ => decided,
            };
            if *how == 2 {
                // The disk has no room left.
                let pages: i64 = world.register.connection()
                    .query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
                world.sql(&format!("PRAGMA max_page_count = {}", pages + i64::try_from(*stop).unwrap() / 2));
                let _full = carry_out(&mut world.register, None, &decided, |_, _| {});
                world.sql("PRAGMA max_page_count = 1000000");
            } else {
                carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
            }
            if *how == 3 {
                // Another process takes over.
                let path = world.dir.path().join("register.db");
                world.register = portvakt_engine::reconcile::engine::open_register(
                    &path, portvakt_stores::tables::Create::IfMissing).unwrap();
            }
            laws(&world, &closed);
            prop_assert!(world.has("ro.urortsen") && world.has("fred.urortsen"));
            world.pass();
            world.pass();
            laws(&world, &closed);
            prop_assert_eq!(in_store(&world), desired(&world));
            prop_assert!(world.has("ro.urortsen") && world.has("fred.urortsen"));
        }
    }

    #[test]
    fn who_has_a_right_has_an_accepted_grant_and_who_lost_one_had_their_file_changed(
        edits in vec(edit(), 1..5),
    ) {
        let mut world = world();
        let before = in_store(&world);
        let mut hand = Hand::default();
        let mut touched: BTreeSet<String> = BTreeSet::new();
        for edit in &edits {
            let path = hand.make(&mut world.tree, edit);
            touched.insert(path.person_parts().unwrap().1.to_owned());
        }
        let decided = world.pass();
        for (person, rights) in &before {
            if !touched.contains(person) {
                let now = in_store(&world);
                prop_assert_eq!(now.get(person), Some(rights), "{:#?}", decided.plan.steps);
            }
        }
        // An access is only given on a request of the same person, and each request serves once.
        let raised: Vec<&Step> =
            decided.plan.steps.iter().filter(|step| matches!(step.effect, Effect::Raise { .. })).collect();
        let mut seen: BTreeSet<(PersonId, RequestId, String)> = BTreeSet::new();
        for step in raised {
            let Effect::Raise { grant } = &step.effect else { continue };
            for raise in grant {
                prop_assert_eq!(Some(&raise.grant.person), step.person.as_ref());
                let first = seen.insert((raise.grant.person.clone(), raise.grant.request.clone(), raise.right.to_string()));
                prop_assert!(first);
            }
        }
    }
}
