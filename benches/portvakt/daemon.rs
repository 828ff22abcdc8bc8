//! The engine as the daemon runs it: the first pass over an empty register, a plan with nothing to do, one file
//! changed, one access taken back.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use portvakt_core::decide::{Patience, Scope};
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::policy::Policies;
use portvakt_core::store::{Listing, ReadStore, StoreError};
use portvakt_engine::pass::{PassInput, PassTools, Shelf, prepare_pass};
use portvakt_engine::reconcile::engine::{Engine, PassReach, Passed, open_register};
use portvakt_sources::{Depth, Directory, RealPace, Settle};
use portvakt_stores::tables::{Create, Reader};
use rusqlite::{Connection, params};

use super::reading::pause;
use super::statements::{First, LIST, Rows, STATEMENTS, TOGETHER, first, quiet, rows};
use super::table::{Goal, Table, median};
use super::tree::{NoPause, TODAY, Tree, now, remove, spread};
use super::{Outcome, floor};

/// The register that the tree has been carried out in.
pub const STORE: &str = "register.db";

/// The time that the daemon may need beyond the floor.
const BEYOND: Goal = Goal::Beyond(Duration::from_millis(50));

pub fn measure(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let empty = tree.place("accepted.db");
    tree.accept(&empty)?;
    converge(tree, &empty, table)?;
    nothing_to_do(tree, table)?;
    one_change(tree, table)?;
    one_account(tree, table)?;
    revocations(tree, table)?;
    table.note(format!(
        "`one file changed` and `revocation` stand on two looks at the names and stamps of all files, taken in turn \
         with the passes, and the pause of {} ms between them.",
        pause().as_millis()
    ));
    Ok(())
}

/// Measures a look at the tree that waits for it to settle.
pub fn looking(tree: &Tree) -> Outcome<Duration> {
    Ok(floor::scan(&tree.root())? + floor::scan(&tree.root())? + pause())
}

fn engine(tree: &Tree, store: &Path) -> Outcome<Engine> {
    Policies::forget_shared();
    Ok(Engine::open(&tree.root(), store, Settle::default(), Patience::None)?)
}

pub fn pass(engine: &mut Engine, reach: PassReach, now: Timestamp) -> Outcome<(Passed, Duration)> {
    let began = Instant::now();
    let passed = engine.pass(reach, now, Instant::now(), |_, _| {})?;
    let time = began.elapsed();
    if let Some((step, why)) = passed.carried.failed.first() {
        return Err(format!("a step failed: {step:?}: {why}").into());
    }
    Ok((passed, time))
}

fn converge(tree: &Tree, empty: &Path, table: &mut Table) -> Outcome<()> {
    let (store, bare) = (tree.place(STORE), tree.place("bare.db"));
    let (mut times, mut stored, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..tree.rounds.first_passes(tree.people) {
        remove(&store)?;
        std::fs::copy(empty, &store)?;
        let First { all, store: writing } = first(tree, store.as_path())?;
        times.push(all);
        stored.push(writing);
        let rows = rows(Reader::open(store.as_path())?.connection())?;
        remove(&bare)?;
        std::fs::copy(empty, &bare)?;
        floors.push(load(&rows, &bare)?);
    }
    remove(&bare)?;
    let floor = median(&floors);
    table.times("first pass, all of it", tree.people, &times, floor, Goal::None)?;
    table.times("first pass, in the store", tree.people, &stored, floor, Goal::Times(1.25))?;
    table.note(
        "`first pass` stands on a loader that sends the statements of its steps, read-backs included, in the same durable \
         transactions; all of it also reads the tree and judges it."
            .to_owned(),
    );
    Ok(())
}

/// Sends the statements of the steps, in the same transactions, each for all of a transaction's people in turn.
fn load(all: &[Rows], bare: &Path) -> Outcome<Duration> {
    let register = open_register(bare, Create::MustExist)?;
    let mut seq: i64 =
        register.connection().query_row("SELECT max(seq) FROM ledger", [], |row| row.get(0))?;
    let plain = register.connection().as_sqlite().ok_or("no SQLite file")?;
    let began = Instant::now();
    for batch in all.chunks(TOGETHER) {
        plain.execute_batch("BEGIN IMMEDIATE; SAVEPOINT step")?;
        let known = STATEMENTS.map(|sql| plain.prepare_cached(sql));
        let [open, account, access, whole, given, nobody_else, owner, key, head, ledger] = known;
        let (mut open, mut account, mut access, mut whole) = (open?, account?, access?, whole?);
        let (mut given, mut nobody_else, mut owner) = (given?, nobody_else?, owner?);
        let (mut key, mut head, mut ledger) = (key?, head?, ledger?);
        for Rows { account: (_, person, ..), .. } in batch {
            every(open.query([person])?)?;
        }
        for Rows { account: (id, person, name, login, email, opened), .. } in batch {
            account.execute(params![id, person, name, login, email, opened])?;
        }
        for Rows { account: (id, .., opened), access: rights, .. } in batch {
            for (application, unit, role, request) in rights {
                access.execute(params![id, application, unit, role, request, opened])?;
            }
        }
        for Rows { account: (id, ..), .. } in batch {
            every(whole.query([id])?)?;
        }
        for Rows { account: (_, person, .., opened), access: rights, .. } in batch {
            for (application, unit, _, request) in rights {
                given.execute(params![person, application, unit, request, opened])?;
            }
        }
        for Rows { account: (id, person, ..), .. } in batch {
            nobody_else.execute([person, id])?;
        }
        for Rows { account: (id, person, ..), .. } in batch {
            owner.execute([person, id])?;
        }
        for Rows { account: (_, person, ..), .. } in batch {
            every(key.query([person])?)?;
        }
        every(head.query([])?)?;
        for Rows { ledger: (at, kind, body, prev, hash), .. } in batch {
            seq += 1;
            ledger.execute(params![seq, at, kind, body, prev, hash])?;
        }
        plain.execute_batch("RELEASE step; COMMIT")?;
    }
    Ok(began.elapsed())
}

/// Reads every value of every row.
fn every(mut rows: rusqlite::Rows<'_>) -> Outcome<()> {
    let columns = rows.as_ref().map_or(0, rusqlite::Statement::column_count);
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            std::hint::black_box(row.get_ref(at)?);
        }
    }
    Ok(())
}

fn nothing_to_do(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let store = tree.place(STORE);
    let (mut floors, mut lists, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    let times = tree.rounds.several(|| {
        floors.push(floor::read(&tree.root())? + every_row(&store)?);
        lists.push(plain_list(&store)?);
        let (all, listing) = quiet(tree, store.as_path())?;
        listed.push(listing);
        Ok(all)
    })?;
    let (floor, list) = (median(&floors), median(&lists));
    table.times("plan with nothing to do, all of it", tree.people, &times, floor, Goal::None)?;
    table.times("plan with nothing to do, in the store", tree.people, &listed, list, Goal::Times(1.25))?;
    table.note(
        "`plan`, all of it, stands on reading every byte of the tree and every row of accounts, rights and memory, no pause \
         in either; in the store on the statements of the list, each value kept."
            .to_owned(),
    );
    Ok(())
}

fn every_row(store: &Path) -> Outcome<Duration> {
    let began = Instant::now();
    let connection = Connection::open(store)?;
    for table in ["person_file", "standing", "person_account", "account", "access"] {
        every(connection.prepare(&format!("SELECT * FROM {table}"))?.query([])?)?;
    }
    Ok(began.elapsed())
}

/// The statements of the list, in one transaction, each value kept.
fn plain_list(store: &Path) -> Outcome<Duration> {
    let connection = Connection::open(store)?;
    let began = Instant::now();
    let tx = connection.unchecked_transaction()?;
    for sql in LIST {
        // A count does not come from the index that the rows came through.
        let sql = sql.replace("count(*) FROM access", "count(*) FROM access NOT INDEXED");
        let mut statement = tx.prepare(&sql)?;
        let columns = statement.column_count();
        let kept: Vec<Vec<rusqlite::types::Value>> = statement
            .query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?
            .collect::<Result<_, _>>()?;
        std::hint::black_box(kept);
    }
    drop(tx);
    Ok(began.elapsed())
}

fn one_change(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let all = Tree::simple(&tree.take()?);
    // The others are for the rows after this one: a file that has been changed has a second access.
    let many = tree.rounds.choose(20, 1).min(all.len() / 2);
    let people = spread(all, many);
    let mut engine = engine(tree, &tree.place(STORE))?;
    pass(&mut engine, PassReach::Everything, now()?)?;
    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for one in &people {
        floors.push(looking(tree)?);
        tree.save(&one.path, &one.with_another()?)?;
        let (passed, time) = pass(&mut engine, PassReach::Changes, now()?)?;
        if passed.carried.done != 1 {
            return Err(format!("one file has changed, and {} steps were done", passed.carried.done).into());
        }
        times.push(time);
    }
    table.times("one file changed, judged and applied", tree.people, &times, median(&floors), BEYOND)?;
    tree.age();
    Ok(())
}

/// A store that counts its requests.
struct Counting<'a> {
    store: &'a Reader,
    lists: Cell<usize>,
    accounts: Cell<usize>,
}

impl ReadStore for Counting<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        self.lists.set(self.lists.get() + 1);
        self.store.list()
    }

    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        let found = self.store.accounts(people, ids)?;
        self.accounts.set(self.accounts.get() + found.len());
        Ok(found)
    }

    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.lists.set(self.lists.get() + 1);
        self.store.spent()
    }

    fn lists_may_lag(&self) -> bool {
        self.store.lists_may_lag()
    }
}

/// Shows what a pass over one changed file opens and reads.
fn one_account(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let mut directory = Directory::new(&tree.root());
    let before = directory.take(Depth::All, Settle::default(), &mut NoPause)?;
    let one = Tree::one(&before)?;
    tree.save(&one.path, &one.with_another()?)?;
    let snapshot = directory.take(Depth::Changed, Settle::default(), &mut RealPace)?;
    let reader = Reader::open(&tree.place(STORE))?;
    let store = Counting { store: &reader, lists: Cell::new(0), accounts: Cell::new(0) };
    let mut asked = PassTools {
        memory: reader.connection(),
        store: &store,
        reports: None,
        shelf: &mut Shelf::default(),
        patience: &mut Patience::None,
    };
    let open = BTreeMap::new();
    let seen = PassInput { open: &open, ..PassInput::alone(&snapshot, now()?, Instant::now()) };
    let files = snapshot.differs_from(&before);
    let decided = prepare_pass(&mut asked, seen, &Scope::Files(files))?;
    if decided.plan.steps.len() != 1 {
        return Err(format!("one file has changed, and there are {} steps", decided.plan.steps.len()).into());
    }
    table.note(format!(
        "{} people, one file changed: {} files opened in two scans, {} entries judged, {} account read, {} lists of the store.",
        tree.people,
        directory.opened(),
        decided.outcome.grants.len(),
        store.accounts.get(),
        store.lists.get(),
    ));
    tree.save(&one.path, &one.text)?;
    tree.age();
    Ok(())
}

fn revocations(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let store = tree.place(STORE);
    let mut engine = engine(tree, &store)?;
    let people = spread(Tree::simple(&tree.take()?), tree.rounds.choose(100, 1));
    pass(&mut engine, PassReach::Everything, now()?)?;
    let other = Connection::open(&store)?;
    let mut open = other.prepare(
        "SELECT count(*) FROM access JOIN account ON account.id = access.account
         WHERE account.person = ?1 AND access.ended IS NULL AND account.active = 1",
    )?;
    let mut open = |person: &PersonId| open.query_row([person.as_str()], |row| row.get::<_, u32>(0));
    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for (number, one) in people.iter().enumerate() {
        if number.is_multiple_of(5) {
            floors.push(looking(tree)?);
        }
        if open(&one.person)? == 0 {
            return Err(format!("`{}` has no access to take back", one.person).into());
        }
        tree.save(&one.path, &one.taken_back()?)?;
        let (_, time) = pass(&mut engine, PassReach::Changes, now()?)?;
        if open(&one.person)? != 0 {
            return Err(format!("`{}` still has access", one.person).into());
        }
        times.push(time);
    }
    drop(engine);
    let writing = median(&tree.rounds.several(|| bare_write(&store))?);
    table.times(
        "revocation, saved until the row has changed",
        tree.people,
        &times,
        median(&floors) + writing,
        BEYOND,
    )?;
    table.note(format!(
        "`revocation` also stands on one durable write of two rows ({:.1} ms); of {TODAY}, {} in a row.",
        writing.as_secs_f64() * 1e3,
        people.len()
    ));
    Ok(())
}

/// Measures the smallest durable write of a revocation: the right's row and the account's. It changes nothing.
fn bare_write(store: &Path) -> Outcome<Duration> {
    let register = open_register(store, Create::MustExist)?;
    let plain = register.connection().as_sqlite().ok_or("no SQLite file")?;
    let began = Instant::now();
    let tx = plain.unchecked_transaction()?;
    tx.execute("UPDATE access SET ended = ended WHERE id = (SELECT max(id) FROM access)", [])?;
    tx.execute("UPDATE account SET name = name WHERE id = (SELECT max(id) FROM account)", [])?;
    tx.commit()?;
    Ok(began.elapsed())
}
