//! A base with a past: a first tree that was accepted on the host, the changes that were accepted since, and the
//! register with the result.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::ToSpan;
use portvakt_core::decide::{Trusted, head_of_tree};
use portvakt_core::diag::{Code, Finding};
use portvakt_core::model::{FilePath, PersonId};
use portvakt_core::store::ReadStore;
use portvakt_core::tree::Snapshot;
use portvakt_engine::apply::{Acceptable, accept_baseline, carry_out, confirm_date};
use portvakt_engine::pass::Shelf;
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::{Create, Tables};

use crate::same_engine::chance::Chance;
use crate::same_engine::edits::{COORDINATOR, Desk, LEADER, LEFT, alter, days, first};
use crate::same_engine::engines::*;
use crate::same_engine::keys::Bench;
use crate::same_engine::model::Reviews;
use crate::same_engine::words::*;

/// Values that are made once and used for every base of a thread.
pub struct Workshop {
    pub policies: Policies,
    pub bench: Bench,
    pub shelf: Shelf,
    /// The policies of the repository with their answers so far. Every base begins with them.
    warm: Shelf,
    pub dir: tempfile::TempDir,
}

impl Workshop {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (policies, mut bench, mut warm) = (Policies::read(), Bench::new(), Shelf::default());
        let tree = first(&mut Chance::new(0), Mode::Declared, "2026-01-01".parse().unwrap());
        warm.of_tree(&Snapshot::of(tree_bytes(&tree, &policies, &mut bench))).unwrap();
        Self { policies, bench, shelf: warm.clone(), warm, dir }
    }
}

/// The number of different settings that the changes of a base may bring.
const VARIANTS: usize = 8;

/// A base with its history and its register.
pub struct World {
    pub history: Vec<Tree>,
    pub bytes: BTreeMap<FilePath, Vec<u8>>,
    pub snapshot: Snapshot,
    pub past: Branch,
    pub register: Tables,
    pub variants: Vec<Settings>,
    pub today: Day,
}

/// The number of the sequence that rejections of a base are chosen by.
const REJECTIONS: u64 = u64::MAX;

/// The days before the day of the cases on which something was accepted. The last one is outside the budget's seven
/// days.
const PASSES: [i64; 4] = [-28, -22, -16, -9];

impl World {
    pub fn new(seed: u64, shop: &mut Workshop) -> Self {
        shop.shelf = shop.warm.clone();
        let mut chance = Chance::at(seed, 0);
        let today: Day = chance.pick(&["2026-11-20", "2026-03-02", "2028-02-29"]).parse().unwrap();
        // The modes take turns. So each is used with few bases too, and does not depend on the thread.
        let evidence = [Mode::Signature, Mode::Forge, Mode::Signature, Mode::Declared][seed as usize % 4];
        let tree = first(&mut chance, evidence, today);
        let mut register = open(shop.dir.path());
        let snapshot = Snapshot::of(tree_bytes(&tree, &shop.policies, &mut shop.bench));
        baseline(&mut register, &snapshot, days(today, PASSES[0]), &mut shop.shelf);
        let (mut history, mut snapshots) = (vec![tree], vec![snapshot]);
        for (number, day) in PASSES.iter().enumerate() {
            let day = days(today, *day);
            let tree = history.last().unwrap().clone();
            let mut desk = Desk {
                tree,
                reviews: Reviews::default(),
                history: &[],
                variants: &[],
                crowded: false,
                today: day,
            };
            match number {
                // The store learns what the first tree gives.
                0 => {}
                _ if chance.percent(30) => desk.honest_settings(&mut chance),
                _ => {
                    for at in 0..2 + chance.below(3) {
                        desk.honest(&mut chance, number * 10 + at);
                    }
                    if chance.percent(40) {
                        desk.tree.files.remove(&("utvikling", LEFT));
                    }
                }
            }
            if number == 1 {
                desk.honest_rejections(&mut Chance::at(seed, REJECTIONS));
            }
            let (mut tree, reviews) = (desk.tree, desk.reviews);
            let before = history.last().unwrap().clone();
            // A part that is refused or held after all is put back.
            for round in 0.. {
                assert!(round < 8, "no base: {tree:#?}");
                let bytes = tree_bytes(&tree, &shop.policies, &mut shop.bench);
                let snapshot = Snapshot::of(bytes);
                let step = (1000, [&before.settings, &tree.settings]);
                let forge = Forge::of(&reviews, step, &shop.policies, &shop.bench);
                confirm(&mut register, day, LEADER);
                let decided = decide(&register, &snapshot, &forge, day, &mut shop.shelf);
                let mut back: Vec<FilePath> =
                    decided.unsettled.refused.values().map(|(path, _)| path.clone()).collect();
                back.extend(decided.unsettled.held_files.keys().cloned());
                let unproven = decided.findings.iter().filter(|one| one.code == Code::PersonUnproven);
                back.extend(unproven.filter_map(|one| one.place.as_ref()).map(|place| place.file.clone()));
                if !decided.unsettled.sets.is_empty() {
                    back.extend(before.files.keys().map(|(t, p)| FilePath::new(&path(t, p))));
                }
                if back.is_empty() {
                    let ineffective = |one: &Finding| one.code == Code::RejectionWithoutEffect;
                    assert!(!decided.findings.iter().any(ineffective), "{:#?}", decided.findings);
                    carry_out(&mut register, None, &decided, |_, _| {}).unwrap();
                    if tree != before {
                        history.push(tree);
                        snapshots.push(snapshot);
                    }
                    break;
                }
                for ((t, p), file) in &before.files {
                    if back.contains(&FilePath::new(&path(t, p))) {
                        tree.files.insert((*t, *p), file.clone());
                    }
                }
            }
        }
        confirm(&mut register, today, COORDINATOR);
        let bytes = tree_bytes(history.last().unwrap(), &shop.policies, &mut shop.bench);
        let snapshot = snapshots.pop().unwrap();
        assert_eq!(snapshot.digest(), Snapshot::of(bytes.clone()).digest());
        let variant = |_| {
            let mut settings = history.last().unwrap().settings.clone();
            for _ in 0..1 + chance.weighed(&[70, 30]) {
                alter(&mut settings, &mut chance, today);
            }
            settings
        };
        let variants = (0..VARIANTS).map(variant).collect();
        Self { history, bytes, snapshot, past: Branch::of(&snapshots), register, variants, today }
    }
}

/// This day is the trusted one.
fn confirm(register: &mut Tables, day: Day, by: &str) {
    let trusted = Trusted { instant: noon(day), day, zone: "Europe/Oslo".to_owned() };
    confirm_date(register, &trusted, &[PersonId::new(by).unwrap()].into()).unwrap();
}

fn open(dir: &Path) -> Tables {
    let path = dir.join("register.db");
    for end in ["", "-wal", "-shm"] {
        let _gone = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    let register = open_register(&path, Create::IfMissing).unwrap();
    // Tests need no disk that survives a power cut.
    register.connection().execute_batch("PRAGMA synchronous = OFF").unwrap();
    register
}

fn baseline(register: &mut Tables, snapshot: &Snapshot, day: Day, shelf: &mut Shelf) {
    let rules = shelf.of_tree(snapshot).unwrap();
    let head = head_of_tree(snapshot, &rules.register);
    assert!(head.findings.is_empty(), "{:#?}", head.findings);
    let accounts = register.list().unwrap().accounts;
    let spent = register.spent().unwrap();
    let now = noon(day).checked_sub(1.hours()).unwrap();
    let acceptable = Acceptable {
        snapshot,
        commit: None,
        rules: &rules,
        head: &head,
        accounts: &accounts,
        spent: &spent,
        today: day,
        now,
        follows: None,
        broken: None,
        proof: None,
    };
    let by = [LEADER, COORDINATOR].map(|id| PersonId::new(id).unwrap());
    accept_baseline(register, &acceptable, [&by[0], &by[1]]).unwrap();
}
