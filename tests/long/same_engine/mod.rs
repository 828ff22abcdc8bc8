//! Proves that CI and the daemon judge with one engine. Random bases, changes and evidence go through both real entry
//! points. Both must say the same about every entry, every removal and every change of the settings. Each verdict is
//! also compared with a plain model of the rules.
//!
//! A case is one thing that is judged: an entry with its evidence, a removal, or a change of the settings. It is part
//! of a change of one to sixty edits over a base. `PORTVAKT_CASES` gives the smallest number of cases (the default is
//! ten thousand), and `PORTVAKT_SEED` gives the first seed. A failure names its base and its change. It is made as
//! small as possible before it is shown.

mod chance;
mod edits;
mod engines;
mod keys;
mod model;
pub mod splitmix;
mod words;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use chance::Chance;
use edits::Desk;
use engines::{Forge, Said, WAS_ASSUMED, by_check, by_pass, changed_bytes};
use model::{Answer, Case, Key, Reviews, Verdict};
use portvakt_core::change::Removal;
use portvakt_core::diag::{Code, Finding};
use portvakt_core::model::GrantKey;
use portvakt_core::plan::AccessItem;
use portvakt_core::tree::Snapshot;
use words::{APPLICATIONS, Id, Tree};
use world::{Workshop, World};

/// The allocator that the program uses too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of changes over one base.
const A_BASE: usize = 250;

/// More edits than this make a large change.
const CROWD: usize = 20;

/// The test ends after this number of failures, each with another base.
const FAILURES: usize = 4;

fn asked() -> (usize, u64) {
    let number = |name: &str, usual: u64| {
        std::env::var(name)
            .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    (usize::try_from(number("PORTVAKT_CASES", 10_000)).unwrap(), number("PORTVAKT_SEED", 1))
}

/// The seeds of the edits of a change.
fn edits_of(seed: u64, change: usize) -> Vec<u64> {
    let mut chance = Chance::at(seed, 1 + change as u64);
    let count = match chance.weighed(&[88, 12]) {
        0 => 1 + chance.weighed(&[30, 25, 15, 10, 5, 5]),
        _ => CROWD + 1 + chance.below(40),
    };
    (0..count).map(|_| chance.next()).collect()
}

fn plain(key: &GrantKey) -> Key {
    let same = |id: &str| -> Id {
        let people = edits::HOLDERS.iter().chain(&edits::ORDINARY);
        people.chain(&APPLICATIONS).find(|known| **known == id).unwrap_or_else(|| panic!("{id}"))
    };
    let request = key.request.as_str().trim_start_matches('R').parse().unwrap();
    (same(key.person.as_str()), same(key.application.as_str()), key.unit.0, request)
}

/// Translates a refusal into the words of the model.
fn verdict(finding: &Finding) -> Result<Verdict, String> {
    if let Some(assumed) = finding.policies.iter().find(|id| id.starts_with("assumed-")) {
        return Err(format!("`{assumed}` was asked: {}", finding.message.en()));
    }
    Ok(match finding.code {
        Code::NotPermitted => Verdict::Nobody,
        Code::Forbidden | Code::ApprovalNotRenewed => {
            let known = [
                "R7", "R9", "R11", "R14", "R15", "R16", "R17", "R19", "R20", "R21", "R22", "R23", "R33",
                "R37", "R42", "R43",
            ];
            let rules = finding.rules.iter().map(|rule| known.iter().find(|known| *known == rule).copied());
            Verdict::Rules(rules.collect::<Option<_>>().ok_or_else(|| format!("{:?}", finding.rules))?)
        }
        Code::PolicyError => return Err(finding.message.en().to_owned()),
        code => Verdict::Evidence([code.as_str()].into()),
    })
}

fn agrees(engine: &Verdict, model: &Verdict) -> bool {
    match (engine, model) {
        // If several reasons exist, only one of them is told.
        (Verdict::Evidence(one), Verdict::Evidence(any)) => one.is_subset(any),
        _ => engine == model,
    }
}

fn compare(said: &Said, answer: &Answer) -> Result<(), String> {
    let mut engine: BTreeMap<Key, Verdict> = BTreeMap::new();
    for key in said.permitted.keys() {
        engine.insert(plain(key), Verdict::Permitted);
    }
    for (key, finding) in &said.refused {
        engine.insert(plain(key), verdict(finding)?);
    }
    let keys: BTreeSet<Key> = engine.keys().chain(answer.entries.keys()).copied().collect();
    for key in keys {
        match (engine.get(&key), answer.entries.get(&key)) {
            (Some(one), Some(two)) if agrees(one, two) => {}
            (one, two) => return Err(format!("{key:?}\n  program: {one:?}\n  rules:   {two:?}")),
        }
    }
    if let Some(asked) = said.others.iter().find(|other| other.starts_with(WAS_ASSUMED)) {
        return Err(asked.clone());
    }
    if said.settings != answer.settings {
        return Err(format!("settings\n  program: {:?}\n  rules:   {:?}", said.settings, answer.settings));
    }
    Ok(())
}

/// Counts what was seen, so that a test that reaches too little is noticed.
#[derive(Default)]
struct Tally(BTreeMap<String, usize>);

impl Tally {
    fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }
    fn take(&mut self, said: &Said) {
        said.permitted.values().for_each(|(_, proof)| {
            let proof = proof.to_string();
            self.count(format!("permitted, {}", proof.split(' ').next().unwrap_or_default()));
        });
        for finding in said.refused.values() {
            match finding.code {
                Code::Forbidden => {
                    finding.policies.iter().for_each(|policy| self.count(format!("forbidden {policy}")));
                }
                code => self.count(code.as_str()),
            }
        }
        for person in said.others.iter().filter(|other| other.starts_with("person-unproven")) {
            let told = ["served before", "may not approve", "it is dated"];
            let why = told.into_iter().find(|words| person.contains(words)).unwrap_or("unsigned");
            self.count(format!("person-unproven, {why}"));
        }
        if said.others.iter().any(|other| other.starts_with("rejection-without-effect")) {
            self.count("rejection-without-effect");
        }
        self.count(format!("settings {:?}", said.settings));
        if !said.held.is_empty() {
            self.count("removals held");
        }
        if said.taken.values().any(|removal| removal.proof.is_some()) {
            self.count("removals with evidence");
        }
        if !said.taken.is_empty() {
            self.count("removals");
        }
        let own = |removal: &&Removal| {
            removal.revocation.as_ref().is_some_and(|mark| mark.by == removal.key.person)
        };
        said.taken.values().filter(own).for_each(|_| self.count("one's own access given up"));
    }
}

/// Runs both entry points and the model over one change. Returns the number of judged cases, or the difference in
/// words.
fn run(world: &World, edits: &[u64], shop: &mut Workshop, tally: &mut Tally) -> Result<usize, String> {
    let base = world.history.last().unwrap();
    let mut desk = Desk {
        tree: base.clone(),
        reviews: Reviews::default(),
        history: &world.history,
        variants: &world.variants,
        crowded: edits.len() > CROWD,
        today: world.today,
    };
    for seed in edits {
        desk.edit(&mut Chance::new(*seed));
    }
    let (tree, reviews) = (desk.tree, desk.reviews);
    let bytes = changed_bytes(&world.bytes, base, &tree, &shop.policies, &mut shop.bench);
    let snapshot = Snapshot::of(bytes);
    let step = (5000, [&base.settings, &tree.settings]);
    let forge = Forge::of(&reviews, step, &shop.policies, &shop.bench);
    let today = world.today;
    let check = by_check(&world.snapshot, &snapshot, &world.past, &forge, today, &mut shop.shelf);
    let pass = by_pass(&world.register, &snapshot, &forge, today, &mut shop.shelf);
    tally.take(&pass);
    let shown = || show(base, &tree, &reviews);
    if let Some(difference) = check.differs(&pass) {
        return Err(format!("CI and the daemon differ\n{difference}\n{}", shown()));
    }
    let held: BTreeSet<Key> = pass
        .held
        .iter()
        .filter_map(|item| if let AccessItem::Grant(key) = item { Some(plain(key)) } else { None })
        .collect();
    let answer =
        model::judge(&Case { history: &world.history, head: &tree, reviews: &reviews, today, held: &held });
    compare(&pass, &answer)
        .map_err(|difference| format!("not as the rules say\n{difference}\n{}", shown()))?;
    let settings = usize::from(pass.settings != model::Protected::Same);
    Ok(pass.permitted.len() + pass.refused.len() + pass.taken.len() + pass.held.len() + settings)
}

/// Returns the words for a change, for people.
fn show(base: &Tree, tree: &Tree, reviews: &Reviews) -> String {
    let mut text = String::new();
    for place in base.files.keys().filter(|place| !tree.files.contains_key(*place)) {
        text.push_str(&format!("deleted {place:?}\n"));
    }
    for (place, file) in &tree.files {
        let was = base.files.get(place);
        if was == Some(file) {
            continue;
        }
        text.push_str(&format!("{place:?} {:?} broken: {}\n", file.about, file.broken));
        for e in was.iter().flat_map(|file| &file.entries) {
            text.push_str(&format!("  - {e:?}\n"));
        }
        file.entries.iter().for_each(|e| text.push_str(&format!("  + {e:?}\n")));
        file.signatures.iter().for_each(|s| text.push_str(&format!("  signed {s:?}\n")));
    }
    if base.settings != tree.settings {
        text.push_str(&format!("settings\n  - {:?}\n  + {:?}\n", base.settings, tree.settings));
        for c in &tree.consents {
            let right = *c.over == tree.settings;
            text.push_str(&format!("  {} {} key {} here {} these {right}\n", c.by, c.on, c.key, c.here));
        }
    }
    if base.rejected != tree.rejected {
        text.push_str(&format!("rejected\n  - {:?}\n  + {:?}\n", base.rejected, tree.rejected));
    }
    for (by, _, list) in &reviews.lists {
        text.push_str(&format!("  list reviewed by {by}, this one {}\n", *list == tree.rejected));
    }
    for (by, settings) in &reviews.settings {
        text.push_str(&format!("  reviewed by {by}, these {}\n", *settings == tree.settings));
    }
    for review in &reviews.files {
        text.push_str(&format!("  {review:?}\n"));
    }
    text
}

/// Leaves edits out as long as it still fails.
fn smallest(world: &World, edits: Vec<u64>, shop: &mut Workshop) -> (Vec<u64>, String) {
    let mut edits = edits;
    let mut why = run(world, &edits, shop, &mut Tally::default()).unwrap_err();
    'again: loop {
        for at in 0..edits.len() {
            let mut fewer = edits.clone();
            fewer.remove(at);
            if let Err(still) = run(world, &fewer, shop, &mut Tally::default()) {
                (edits, why) = (fewer, still);
                continue 'again;
            }
        }
        return (edits, why);
    }
}

#[test]
fn ci_and_the_daemon_and_the_rules_say_the_same() {
    let (cases, seed) = asked();
    let (next, judged, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::<String>::new()));
    let tally = Mutex::new(Tally::default());
    let begun = Instant::now();
    let enough = || judged.load(Ordering::Relaxed) >= cases || failed.lock().unwrap().len() >= FAILURES;
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let (mut shop, mut seen) = (Workshop::new(), Tally::default());
                while !enough() {
                    let base = next.fetch_add(1, Ordering::Relaxed);
                    let seed = seed.wrapping_mul(1 << 32).wrapping_add(base as u64);
                    let world = World::new(seed, &mut shop);
                    for change in 0..A_BASE {
                        if enough() {
                            break;
                        }
                        let edits = edits_of(seed, change);
                        match run(&world, &edits, &mut shop, &mut seen) {
                            Ok(count) => drop(judged.fetch_add(count, Ordering::Relaxed)),
                            Err(_) => {
                                let (edits, why) = smallest(&world, edits, &mut shop);
                                let text = format!("base {base}, change {change}, edits {edits:?}\n{why}");
                                failed.lock().unwrap().push(text);
                                break;
                            }
                        }
                    }
                }
                let mut all = tally.lock().unwrap();
                for (what, count) in seen.0 {
                    *all.0.entry(what).or_default() += count;
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    let (tally, judged) = (tally.into_inner().unwrap().0, judged.into_inner());
    println!("{judged} cases in {:.1} s\n{tally:#?}", begun.elapsed().as_secs_f64());
    // The cases must reach all of these. Otherwise the test would show less than it claims.
    if cases >= 10_000 {
        for reached in REACHED {
            assert!(tally.contains_key(*reached), "no case reaches: {reached}");
        }
    }
}

/// The situations that ten thousand cases must reach.
const REACHED: &[&str] = &[
    "another-signer",
    "approval-in-future",
    "approval-not-renewed",
    "forbidden change-is-approved-again",
    "forbidden coordinator-never-approves-elsewhere",
    "forbidden ict-administrator-only-at-test-unit",
    "forbidden identity-must-be-certain",
    "forbidden lc-not-too-many",
    "forbidden lc-only-by-national-leadership",
    "forbidden lis-needs-end-date",
    "forbidden lis-not-too-long",
    "forbidden national-unit-only-for-sc",
    "forbidden nobody-approves-own-access",
    "forbidden only-health-and-ict-personnel",
    "forbidden request-serves-once",
    "forbidden sc-only-at-national-unit",
    "forbidden sc-only-for-register-leader",
    "forbidden test-unit-only-for-technical-staff",
    "key-outside-validity",
    "key-revoked",
    "not-permitted",
    "not-reviewed",
    "permitted, declared",
    "person-unproven, it is dated",
    "person-unproven, may not approve",
    "person-unproven, unsigned",
    "permitted, reviewed",
    "permitted, signed",
    "rejection-without-effect",
    "request-of-another",
    "request-rejected",
    "removals held",
    "removals with evidence",
    "settings Held",
    "settings InForce",
    "signed-something-else",
    "start-moved",
    "statement-too-old",
    "statement-used",
    "unknown-signing-key",
    "unsigned",
    "wrong-namespace",
];
