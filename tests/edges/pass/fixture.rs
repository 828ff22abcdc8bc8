//! A small register for tests: a tree as text, a real SQLite register, and passes over it.

#[path = "rows.rs"]
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::KnownPerson;
use portvakt_core::decide::{
    Copy, Decided, FollowedBranch, Patience, Scope, Trusted, day_in, head, looks_of,
};
use portvakt_core::diag::{Code, Finding, Severity};
use portvakt_core::model::{Account, AccountId, Digest, FilePath, PersonId, Right};
use portvakt_core::plan::HeldSet;
use portvakt_core::policy::REQUIRED_FILES;
use portvakt_core::store::ReadStore;
use portvakt_core::tree::Snapshot;
use portvakt_core::zone::time_zone;
use portvakt_engine::apply::{Acceptable, accept_baseline, carry_out, confirm_date, release, release_set};
use portvakt_engine::memory;
use portvakt_engine::memory::bound::Extent;
use portvakt_engine::memory::{Bound, Release};
use portvakt_engine::pass::{PassError, PassInput, PassTools, Shelf, prepare};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_stores::tables::{Create, Tables, history_digest};
use portvakt_test_bench::register::TEST_TRUST;
pub use portvakt_test_bench::register::{
    AHUS, BERGEN, COORDINATOR, FONNA, ICT, LC_AHUS, LC_FONNA, LEADER, MANAGER, TEST,
};
use portvakt_test_bench::{Access, about};

/// The settings of the register. They begin with an empty line, as the recorded file of an older version has them.
pub fn settings_text() -> String {
    let mut register = portvakt_test_bench::Register { before: "\n".to_owned(), ..Default::default() };
    let ict = "person: ikt.eksempelvik, name: Ikt Eksempelvik, office: ict-administrator, from: 2015-01-01";
    register.administrators.push(ict.to_owned());
    register.trusts.push(TEST_TRUST.to_owned());
    register.text()
}

/// One entry of a person's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub application: String,
    pub unit: String,
    pub role: String,
    pub from: String,
    pub until: Option<String>,
    pub request: String,
    pub by: String,
    pub on: String,
    pub identity: String,
    pub revoked: Option<(String, String)>,
}

pub fn entry(role: &str, unit: u32, request: &str, by: &str) -> Entry {
    Entry {
        application: "smerteregisteret".to_owned(),
        unit: unit.to_string(),
        role: role.to_owned(),
        from: "2026-01-05".to_owned(),
        until: None,
        request: request.to_owned(),
        by: by.to_owned(),
        on: "2026-02-27".to_owned(),
        identity: "known".to_owned(),
        revoked: None,
    }
}

pub fn lu(unit: u32, request: &str, by: &str) -> Entry {
    entry("LU", unit, request, by)
}

pub fn lc(unit: u32, request: &str, by: &str) -> Entry {
    entry("LC", unit, request, by)
}

impl Entry {
    pub fn from(mut self, day: &str) -> Self {
        day.clone_into(&mut self.from);
        self
    }
    pub fn until(mut self, day: &str) -> Self {
        self.until = Some(day.to_owned());
        self
    }
    pub fn on(mut self, day: &str) -> Self {
        day.clone_into(&mut self.on);
        self
    }
    pub fn rapporteket(mut self) -> Self {
        "rapporteket-smerte".clone_into(&mut self.application);
        self
    }
    pub fn revoked(mut self, by: &str) -> Self {
        self.revoked = Some(("2026-03-02".to_owned(), by.to_owned()));
        self
    }
}

/// A person's file before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub person: String,
    pub name: String,
    pub trust: String,
    pub employer: String,
    pub staff: String,
    pub position: Option<String>,
    pub login: Option<String>,
    pub email: Option<String>,
    pub access: Vec<Entry>,
}

pub fn file(trust: &str, person: &str, access: impl IntoIterator<Item = Entry>) -> File {
    File {
        person: person.to_owned(),
        name: format!("Navn {}", person.chars().filter(|c| c.is_alphabetic()).collect::<String>()),
        trust: trust.to_owned(),
        employer: if trust == "nasjonal" || trust == "utvikling" { "helse-bergen" } else { trust }.to_owned(),
        staff: "health".to_owned(),
        position: None,
        login: None,
        email: None,
        access: access.into_iter().collect(),
    }
}

impl File {
    pub fn lis(mut self) -> Self {
        self.position = Some("lis".to_owned());
        self
    }
    pub fn ict(mut self, employer: &str) -> Self {
        "ict".clone_into(&mut self.staff);
        employer.clone_into(&mut self.employer);
        self
    }
    pub fn login(mut self, login: &str) -> Self {
        self.login = Some(login.to_owned());
        self
    }
    pub fn path(&self) -> String {
        format!("desired-state/{}/{}.yaml", self.trust, self.person)
    }
    pub fn text(&self) -> String {
        let mut text = about(&self.person, &self.name, &self.employer, &self.staff);
        for (key, value) in [("position", &self.position), ("login", &self.login), ("email", &self.email)] {
            if let Some(value) = value {
                text.push_str(&format!("{key}: {value}\n"));
            }
        }
        text.push_str("access:\n");
        for e in &self.access {
            let access = Access {
                application: &e.application,
                unit: &e.unit,
                role: &e.role,
                from: &e.from,
                until: e.until.as_ref().map(|until| until as &dyn std::fmt::Display),
                request: &e.request,
                by: &e.by,
                on: &e.on,
                identity: &e.identity,
                contacted: None,
                revoked: e.revoked.as_ref().map(|(on, by)| (on as &dyn std::fmt::Display, by.as_str())),
            };
            access.write(&mut text);
        }
        text
    }
}

/// The files of the tree on disk.
#[derive(Debug, Clone)]
pub struct Tree(pub BTreeMap<FilePath, Vec<u8>>);

impl Tree {
    /// Register and policies, and the coordinators of two trusts.
    pub fn new() -> Self {
        let root = Path::new(crate::ROOT);
        let mut files = BTreeMap::new();
        for path in REQUIRED_FILES {
            files.insert(FilePath::new(path), std::fs::read(root.join(path)).unwrap());
        }
        files.insert(FilePath::new("desired-state/register.yaml"), settings_text().into_bytes());
        let mut tree = Self(files);
        tree.put(&file("ahus", LC_AHUS, [lc(AHUS, "REQ-LC-1", LEADER)]));
        tree.put(&file("helse-fonna", LC_FONNA, [lc(FONNA, "REQ-LC-2", LEADER)]));
        tree
    }

    pub fn with(files: &[File]) -> Self {
        let mut tree = Self::new();
        files.iter().for_each(|file| tree.put(file));
        tree
    }

    pub fn put(&mut self, file: &File) {
        self.raw(&file.path(), &file.text());
    }

    pub fn raw(&mut self, path: &str, text: &str) {
        self.0.insert(FilePath::new(path), text.as_bytes().to_vec());
    }

    pub fn remove(&mut self, trust: &str, person: &str) {
        let path = FilePath::new(&format!("desired-state/{trust}/{person}.yaml"));
        assert!(self.0.remove(&path).is_some(), "{path} is not there");
    }

    pub fn edit(&mut self, path: &str, from: &str, to: &str) {
        let bytes = self.0.get_mut(&FilePath::new(path)).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "`{from}` is not in {path}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.0.clone())
    }
}

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
        bound.untrusted_of(&base, Extent::Whole).unwrap().into_keys().map(|id| id.to_string()).collect()
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
        prepare(&mut asked, seen, scope)
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
    let head = head(&looks_of(&snapshot), snapshot.odd(), &rules.register);
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
