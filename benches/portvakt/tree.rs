//! A generated tree on disk, the register that follows it, and single files changed in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use portvakt::example::generate;
use portvakt_core::decide::{head_of_tree, rules_of};
use portvakt_core::judge::Rules;
use portvakt_core::model::{FilePath, PersonId};
use portvakt_core::tree::Snapshot;
use portvakt_engine::apply::{Acceptable, accept_baseline};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_sources::{Depth, Directory, Pace, Settle};
use portvakt_stores::tables::Create;
use tempfile::TempDir;

use super::Outcome;
use super::rounds::Rounds;

/// The day of all measurements: every generated access has begun, and none ends within two weeks.
pub const TODAY: Date = date(2026, 10, 5);

/// The fewest people that a tree is made of. Revocations over SCIM need four people with one access and no other file,
/// which `tests/edges/example_tree.rs` finds in every tree from this number on.
pub const LEAST: u64 = 10;

/// Goes away when dropped.
pub struct Tree {
    home: TempDir,
    pub people: u64,
    pub rounds: Rounds,
}

/// The limits of the example, and limits that allow a hundred removals a day. A held removal would not be measured.
const LIMITS: [(&str, &str); 2] = [
    ("trust: {least: 2, percent: 10}", "trust: {least: 10000, percent: 100}"),
    ("all: {least: 3, percent: 5, most: 10}", "all: {least: 10000, percent: 100, most: 10000}"),
];

impl Tree {
    pub fn make(people: u64, rounds: Rounds) -> Outcome<Self> {
        let tree = Self { home: tempfile::tempdir()?, people, rounds };
        generate(people, 1, &tree.root())?;
        let register = tree.root().join("desired-state/register.yaml");
        let mut text = std::fs::read_to_string(&register)?;
        for (usual, wide) in LIMITS {
            if !text.contains(usual) {
                return Err(format!("the example's register does not say `{usual}`").into());
            }
            text = text.replace(usual, wide);
        }
        std::fs::write(register, text)?;
        tree.age();
        Ok(tree)
    }

    pub fn root(&self) -> PathBuf {
        self.home.path().join("tree")
    }

    pub fn place(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Waits until no file counts as just written, which would have it read again at every look.
    pub fn age(&self) {
        self.rounds.wait(Duration::from_millis(2_200));
    }

    /// Reads the whole tree again.
    pub fn take(&self) -> Outcome<Snapshot> {
        Ok(Directory::new(&self.root()).take(Depth::All, Settle::default(), &mut NoPause)?)
    }

    pub fn rules(snapshot: &Snapshot) -> Outcome<Arc<Rules>> {
        Ok(Arc::new(rules_of(snapshot).map_err(|findings| format!("{findings:?}"))?))
    }

    /// Writes a register that has accepted the tree and holds no account yet.
    pub fn accept(&self, store: impl Into<portvakt_database::Site>) -> Outcome<()> {
        let snapshot = self.take()?;
        let rules = Self::rules(&snapshot)?;
        let head = head_of_tree(&snapshot, &rules.register);
        if let Some(finding) = head.findings.first() {
            return Err(format!("the generated tree is not in order: {finding:?}").into());
        }
        let (one, other) = (PersonId::new("bjorn.lederesen")?, PersonId::new("ingrid.koordinatorsen")?);
        let tree = Acceptable {
            snapshot: &snapshot,
            commit: None,
            rules: &rules,
            head: &head,
            accounts: &[],
            spent: &std::collections::BTreeSet::new(),
            today: TODAY,
            now: now()?,
            follows: None,
            broken: None,
            proof: None,
        };
        accept_baseline(&mut open_register(store, Create::IfMissing)?, &tree, [&one, &other])?;
        Ok(())
    }

    /// Returns the files of all people with one access and no other file, because they are easy to change: path, person
    /// and text.
    pub fn simple(snapshot: &Snapshot) -> Vec<Simple> {
        let simple = |(path, bytes): (&FilePath, &Arc<[u8]>)| {
            let text = std::str::from_utf8(bytes).ok()?;
            let one = text.matches("- application:").count() == 1 && !text.contains("until:");
            let (_, person) = path.person_parts()?;
            let person = PersonId::new(person).ok()?;
            one.then(|| Simple { path: path.clone(), person, text: text.to_owned() })
        };
        let mut files: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, person) in snapshot.read().keys().filter_map(FilePath::person_parts) {
            *files.entry(person).or_default() += 1;
        }
        let alone = |one: &Simple| files.get(one.person.as_str()) == Some(&1);
        let all: BTreeMap<PersonId, Simple> = snapshot
            .read()
            .iter()
            .filter_map(simple)
            .filter(alone)
            .map(|one| (one.person.clone(), one))
            .collect();
        all.into_values().collect()
    }

    /// Returns the first of these files.
    pub fn one(snapshot: &Snapshot) -> Outcome<Simple> {
        Ok(Self::simple(snapshot).into_iter().next().ok_or("nobody has one access and no other file")?)
    }

    /// Saves a file as editors do: written beside it and renamed into place.
    pub fn save(&self, path: &FilePath, text: &str) -> Outcome<()> {
        let beside = self.place("saved");
        std::fs::write(&beside, text)?;
        Ok(std::fs::rename(beside, self.root().join(path.as_str()))?)
    }
}

/// Takes so many of the files, or all if there are fewer. They are taken from all over the tree.
pub fn spread(all: Vec<Simple>, many: usize) -> Vec<Simple> {
    let step = (all.len() / many.max(1)).max(1);
    all.into_iter().step_by(step).take(many).collect()
}

/// The file of somebody with one access in force.
pub struct Simple {
    pub path: FilePath,
    pub person: PersonId,
    pub text: String,
}

impl Simple {
    /// The file with an access to the second application besides, approved today by the same person. An approval serves for
    /// some weeks only.
    pub fn with_another(&self) -> Outcome<String> {
        let (head, entry) = self.text.split_once("access:\n").ok_or("a file without access")?;
        let second = entry.replace("smerteregisteret", "rapporteket-smerte").replace("REQ-", "REQ-B-");
        let today = |line: &str| match line.split_once("on: 20") {
            Some((before, _)) => format!("{before}on: {TODAY}\n"),
            None => line.to_owned(),
        };
        let second: String = second.split_inclusive('\n').map(today).collect();
        Ok(format!("{head}access:\n{entry}{second}"))
    }

    /// The file with its access taken back.
    pub fn taken_back(&self) -> Outcome<String> {
        let by = self.text.split_once("      by: ").and_then(|(_, rest)| rest.lines().next());
        let by = by.ok_or("a file without an approver")?;
        let text = self.text.trim_end();
        Ok(format!("{text}\n    revoked:\n      on: {TODAY}\n      by: {by}\n      reason: has left\n"))
    }
}

/// Removes a database with the files beside it.
pub fn remove(store: &Path) -> Outcome<()> {
    for end in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{end}", store.display()));
        if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Noon of the day of all measurements.
pub fn now() -> Outcome<Timestamp> {
    Ok(TODAY.at(12, 0, 0, 0).in_tz("Europe/Oslo")?.timestamp())
}

/// The real clock and no waiting between the scans.
pub struct NoPause;

impl Pace for NoPause {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn pause(&mut self, _: Duration) {}
}
