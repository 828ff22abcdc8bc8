//! A small register for tests: a tree as text, a real SQLite register, and passes over it.

#[path = "rows.rs"]
mod rows;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::KnownPerson;
use portvakt_core::decide::{Copy, Decided, FollowedBranch, Patience, Scope, Trusted, day_in, head_of_tree};
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::model::{Account, AccountId, Digest, FilePath, PersonId, Right};
use portvakt_core::plan::HeldSet;
use portvakt_core::store::ReadStore;
use portvakt_core::zone::time_zone;
use portvakt_engine::apply::{Acceptable, accept_baseline, carry_out, confirm_date, release, release_set};
use portvakt_engine::memory;
use portvakt_engine::memory::bound::ComparedPart;
use portvakt_engine::memory::{Bound, Release};
use portvakt_engine::pass::{PassError, PassInput, PassTools, Shelf, prepare_pass};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::{Create, Tables, history_digest};
pub use portvakt_test_bench::register::{
    AHUS, BERGEN, COORDINATOR, FONNA, ICT, LC_AHUS, LC_FONNA, LEADER, MANAGER, TEST,
};
pub use tree::{Entry, File, Tree, entry, file, lc, lu, settings_text};

/// Loading policies takes most of the time of a short test: those of the repository are loaded once.
fn warm() -> Shelf {
    static WARM: OnceLock<Shelf> = OnceLock::new();
    let load = || {
        let mut shelf = Shelf::default();
        shelf.of_tree(&Tree::new().snapshot()).unwrap();
        shelf
    };
    WARM.get_or_init(load).clone()
}

/// The tree, the register and the clock of one test.
pub struct World {
    pub tree: Tree,
    pub register: Tables,
    pub now: Timestamp,
    pub shelf: Shelf,
    pub patience: Patience,
    /// The time when the world began, and the time since then by a clock that only runs forward.
    pub began: (Instant, Duration),
    pub dir: tempfile::TempDir,
}

pub fn noon(day: &str) -> Timestamp {
    format!("{day}T11:00:00Z").parse().unwrap()
}

pub fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

/// The day at `now` is confirmed by these.
pub fn confirm(register: &mut Tables, now: Timestamp, by: &[&str]) {
    let zone = "Europe/Oslo";
    let trusted =
        Trusted { instant: now, day: day_in(&time_zone(zone).unwrap(), now), zone: zone.to_owned() };
    confirm_date(register, &trusted, &by.iter().map(|by| person(by)).collect()).unwrap();
}

pub const START: &str = "2026-03-02";

impl World {
    /// A tree that has been accepted and carried out.
    pub fn new(tree: Tree) -> Self {
        let mut world = Self::accepted(tree, &[]);
        let decided = world.pass();
        assert_eq!(errors(&decided.findings), Vec::<String>::new());
        world.quiet();
        world
    }

    pub fn with(files: &[File]) -> Self {
        Self::new(Tree::with(files))
    }

    /// A tree that has been accepted over a store prepared by these statements, before any pass.
    pub fn accepted(tree: Tree, store: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut register = open_register(&dir.path().join("register.db"), Create::IfMissing).unwrap();
        // Tests need no disk that survives a power cut.
        register.connection().execute_batch("PRAGMA synchronous = OFF").unwrap();
        for sql in store {
            register.connection().execute_batch(sql).unwrap();
        }
        let mut shelf = warm();
        let now = noon(START);
        accept(&mut register, &tree, &mut shelf, (now, START.parse().unwrap()));
        Self {
            tree,
            register,
            now,
            shelf,
            patience: Patience::None,
            began: (Instant::now(), Duration::ZERO),
            dir,
        }
    }

    /// Two administrators accept the tree on the host as a new baseline.
    pub fn baseline(&mut self, day: &str) {
        accept(&mut self.register, &self.tree, &mut self.shelf, (self.now, day.parse().unwrap()));
    }

    /// Forgets what the program had seen of the ledger, as after a restart.
    pub fn restart(&mut self) {
        self.shelf = warm();
    }

    /// The people whose remembered rows are not as the ledger says.
    pub fn untrusted(&self) -> Vec<String> {
        let conn = self.register.connection();
        let mut bound = Bound::default();
        bound.follow(conn).unwrap();
        let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
        // Loading policies takes longer than all the rest.
        let rules = self.shelf.clone().remembered(conn, &policies, &settings).unwrap();
        let base = memory::base_as_it_stands(conn, &rules.register, None).unwrap();
        bound.untrusted_of(&base, ComparedPart::Whole).unwrap().into_keys().map(|id| id.to_string()).collect()
    }

    pub fn put(&mut self, file: &File) -> &mut Self {
        self.tree.put(file);
        self
    }

    /// Goes on to another day, with a correct clock.
    pub fn day(&mut self, day: &str) -> &mut Self {
        self.now = noon(day);
        confirm(&mut self.register, self.now, &[LEADER]);
        self
    }

    pub fn prepare(&mut self, scope: &Scope) -> Result<Decided, PassError> {
        self.prepare_on(Copy::Own, None, scope)
    }

    /// Decides a whole pass at the newest commit of a branch that the program follows.
    pub fn prepare_along(&mut self, branch: &FollowedBranch) -> Decided {
        self.prepare_on(Copy::Own, Some(branch), &Scope::Whole).unwrap()
    }

    /// A whole pass by a machine that has taken over, on its own copy of the tree.
    pub fn pass_after_taking_over(&mut self) -> Decided {
        self.now += jiff::SignedDuration::from_secs(60);
        let decided = self.prepare_on(Copy::Unproven, None, &Scope::Whole).unwrap();
        let carried = carry_out(&mut self.register, None, &decided, |_, _| {}).unwrap();
        assert!(carried.failed.is_empty(), "{:?}", carried.failed);
        decided
    }

    fn prepare_on(
        &mut self,
        copy: Copy,
        branch: Option<&FollowedBranch>,
        scope: &Scope,
    ) -> Result<Decided, PassError> {
        let snapshot = self.tree.snapshot();
        let mut asked = PassTools {
            memory: self.register.connection(),
            store: &self.register,
            reports: None,
            shelf: &mut self.shelf,
            patience: &mut self.patience,
        };
        let moment = self.began.0 + self.began.1;
        let seen = PassInput { copy, branch, ..PassInput::alone(&snapshot, self.now, moment) };
        prepare_pass(&mut asked, seen, scope)
    }

    /// One whole pass, a minute after the last.
    pub fn pass(&mut self) -> Decided {
        self.pass_over(&Scope::Whole)
    }

    pub fn pass_over(&mut self, scope: &Scope) -> Decided {
        self.now += jiff::SignedDuration::from_secs(60);
        let decided = self.prepare(scope).unwrap();
        let carried = carry_out(&mut self.register, None, &decided, |_, _| {}).unwrap();
        assert!(carried.failed.is_empty(), "{:?}", carried.failed);
        // The ledger always agrees with what a pass records.
        let known = |finding: &Finding| matches!(finding.code, Code::MemoryDiffers | Code::LedgerBroken);
        if !decided.findings.iter().any(known) {
            assert_eq!(self.untrusted(), Vec::<String>::new());
            let mut bound = Bound::default();
            bound.follow(self.register.connection()).unwrap();
            assert_eq!(bound.parts_that_differ(self.register.connection()).unwrap(), BTreeSet::new());
        }
        decided
    }

    /// A pass that has nothing to do.
    pub fn quiet(&mut self) {
        let before = self.content();
        let decided = self.pass();
        assert!(decided.plan.steps.is_empty(), "{:#?}", decided.plan.steps);
        assert_eq!(self.content(), before, "a second pass wrote something");
    }

    pub fn accounts(&self) -> Vec<Account> {
        self.register.list().unwrap().accounts
    }

    pub fn account(&self, who: &str) -> Option<Account> {
        let mut open = self.accounts().into_iter().filter(|a| a.active && a.person == Some(person(who)));
        let found = open.next();
        assert!(open.next().is_none(), "two open accounts of {who}");
        found
    }

    /// `application/unit/role` of everything a person can use.
    pub fn rights(&self, who: &str) -> Vec<String> {
        self.account(who)
            .map(|account| {
                account
                    .rights
                    .keys()
                    .map(|right| right.to_string().replace("smerteregisteret/", ""))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Returns the rights of an account.
    pub fn rights_of(&self, account: &AccountId) -> Vec<String> {
        let account = self.accounts().into_iter().find(|found| found.active && found.id == *account);
        let right = |right: &Right| right.to_string().replace("smerteregisteret/", "");
        account.map(|account| account.rights.keys().map(right).collect()).unwrap_or_default()
    }

    /// Returns what the memory knows of a person.
    pub fn known(&self, who: &str) -> KnownPerson {
        let path = FilePath::new("desired-state/register.yaml");
        let register = portvakt_core::parse::register(&path, settings_text().as_bytes()).unwrap();
        let base = memory::base(self.register.connection(), &register, None).unwrap();
        base.people.get(&person(who)).cloned().unwrap_or_default()
    }

    pub fn has(&self, who: &str) -> bool {
        !self.rights(who).is_empty()
    }

    pub fn sql(&self, sql: &str) {
        self.register.connection().execute_batch(sql).unwrap();
    }

    pub fn release(&mut self, digest: Digest) {
        let by = [person(LEADER), person(COORDINATOR)].into();
        let given = Release { digest, at: self.now, by, keys: [].into() };
        release(&mut self.register, &given, "removals").unwrap();
    }

    /// Two administrators release exactly the held set.
    pub fn release_set(&mut self, set: &HeldSet) {
        let by = [person(LEADER), person(COORDINATOR)].into();
        let given = Release { digest: set.digest, at: self.now, by, keys: [].into() };
        release_set(&mut self.register, &given, set).unwrap();
    }

    pub fn ledger_holds(&self) {
        portvakt_engine::ledger::verify(self.register.connection()).unwrap();
    }

    pub fn history(&self) -> Digest {
        history_digest(self.register.connection()).unwrap()
    }

    /// Everything in the register's file but the mark of the clock, as text.
    pub fn content(&self) -> BTreeMap<String, BTreeSet<String>> {
        tables(self, |table, row| !(table == "mark" && row.contains("clock")))
    }
}

fn accept(register: &mut Tables, tree: &Tree, shelf: &mut Shelf, (now, today): (Timestamp, Date)) {
    let snapshot = tree.snapshot();
    let rules = shelf.of_tree(&snapshot).unwrap();
    let head = head_of_tree(&snapshot, &rules.register);
    assert_eq!(errors(&head.findings), Vec::<String>::new());
    let accounts = register.list().unwrap().accounts;
    let spent = register.spent().unwrap();
    let mut bound = Bound::default();
    bound.follow(register.connection()).unwrap();
    let acceptable = Acceptable {
        snapshot: &snapshot,
        commit: None,
        rules: &rules,
        head: &head,
        accounts: &accounts,
        spent: &spent,
        today,
        now,
        follows: None,
        broken: bound.broken().cloned(),
        proof: None,
    };
    accept_baseline(register, &acceptable, [&person(LEADER), &person(COORDINATOR)]).unwrap();
}

/// All rows of all tables that a filter keeps.
pub fn tables(world: &World, keep: impl Fn(&str, &str) -> bool) -> BTreeMap<String, BTreeSet<String>> {
    rows::rows(world.register.connection().as_sqlite().unwrap(), |_| true, keep)
}

/// Findings that are more than advice, as `code message`.
pub fn errors(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.severity != Severity::Advice)
        .map(|finding| format!("{} {}", finding.code, finding.message.en()))
        .collect()
}

pub fn codes(decided: &Decided) -> BTreeSet<Code> {
    decided.findings.iter().map(|finding| finding.code).collect()
}

/// Returns the only finding with this code.
pub fn only(decided: &Decided, code: Code) -> Finding {
    let mut found = decided.findings.iter().filter(|finding| finding.code == code);
    let one = found.next().unwrap_or_else(|| panic!("no {code} in {:#?}", decided.findings));
    assert!(found.next().is_none(), "more than one {code} in {:#?}", decided.findings);
    one.clone()
}

/// The underlined words of a finding.
pub fn underlined(finding: &Finding) -> String {
    let place = finding.place.as_ref().unwrap();
    place.text.chars().skip(place.column - 1).take(place.end_column + 1 - place.column).collect()
}
