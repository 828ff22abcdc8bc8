//! The same in PostgreSQL, where a server is named: each figure beside a plain loader that writes or reads the same rows
//! with the same driver.
//!
//! `PORTVAKT_BENCH_POSTGRES` is the address of a database as its owner, without a password to be asked for; the schema
//! `portvakt` in it is dropped and made anew. The role `portvakt` must be there.

use std::time::{Duration, Instant};

use portvakt::database::{Server, Site};
use portvakt::model::PersonId;
use portvakt::pass::{Asked, Patience, Scope, Seen, Shelf, prepare};
use portvakt::reconcile::engine::{Engine, Reach, create_register};
use portvakt::source::Settle;
use portvakt::store::tables::Reader;

use super::daemon::{looking, pass};
use super::table::{Goal, Table, median};
use super::tree::{Tree, now};
use super::{Outcome, floor, several};

const ROLE: &str = "portvakt";

pub fn measure(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let Ok(owner) = std::env::var("PORTVAKT_BENCH_POSTGRES") else {
        table.note("PostgreSQL was not measured: PORTVAKT_BENCH_POSTGRES names no database.".to_owned());
        return Ok(());
    };
    let there = There::at(&owner)?;
    converge(&there, tree, table)?;
    nothing_to_do(&there, tree, table)?;
    revocations(&there, tree, table)?;
    table.note(
        "PostgreSQL: `first pass` stands on a loader that writes the same rows, 256 people a transaction; `plan` on reading \
         every byte and every row; `revocation` on two looks and one durable write of two rows. The passes ask more than \
         that: what is there before, and what is there afterwards."
            .to_owned(),
    );
    Ok(())
}

struct There {
    owner: Server,
    role: Server,
}

impl There {
    fn at(owner: &str) -> Outcome<Self> {
        let server = |url: &str| -> Outcome<Server> {
            Ok(Server { address: url.parse()?, password: None, authorities: None })
        };
        let (_, rest) = owner.split_once('@').ok_or("an owner is needed before the `@`")?;
        Ok(Self { owner: server(owner)?, role: server(&format!("postgres://{ROLE}@{rest}"))? })
    }

    fn site(&self) -> Site {
        Site::Server(Box::new(self.role.clone()))
    }

    /// The plain driver, as the program's role.
    fn plain(&self) -> Outcome<postgres::Client> {
        let mut config: postgres::Config = self.role.address.to_string().parse()?;
        Ok(config.options("-c search_path=portvakt").connect(postgres::NoTls)?)
    }

    /// An empty register that has accepted the tree.
    fn anew(&self, tree: &Tree) -> Outcome<()> {
        self.owner.connect()?.execute_batch("DROP SCHEMA IF EXISTS portvakt CASCADE")?;
        create_register(&self.owner, ROLE)?;
        tree.accept(self.site())
    }

    fn engine(&self, tree: &Tree) -> Outcome<Engine> {
        Ok(Engine::open(&tree.root(), self.site(), Settle::default(), Patience::None)?)
    }
}

fn converge(there: &There, tree: &Tree, table: &mut Table) -> Outcome<()> {
    there.anew(tree)?;
    let (passed, _) = pass(&mut there.engine(tree)?, Reach::Everything, now()?)?;
    if (passed.carried.done as u64) < tree.people {
        return Err(format!("{} accounts for {} people", passed.carried.done, tree.people).into());
    }
    let rows = rows(there)?;
    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..if tree.people > 20_000 { 1 } else { 3 } {
        there.anew(tree)?;
        floors.push(load(there, &rows)?);
        there.anew(tree)?;
        times.push(pass(&mut there.engine(tree)?, Reach::Everything, now()?)?.1);
    }
    let what = "PostgreSQL: first pass into an empty register";
    table.times(what, tree.people, &times, median(&floors), Goal::None);
    Ok(())
}

/// What a step's transaction writes for one person.
struct Rows {
    account: (String, String, String, Option<String>, Option<String>, String),
    access: Vec<(String, i64, String, String)>,
    ledger: (String, String, String, Vec<u8>, Vec<u8>),
}

fn rows(there: &There) -> Outcome<Vec<Rows>> {
    let mut client = there.plain()?;
    let rights = client.prepare("SELECT application, unit, role, request FROM access WHERE account = $1")?;
    let steps = client
        .query("SELECT at, kind, body, prev, hash FROM ledger WHERE kind = 'step' ORDER BY seq", &[])?
        .into_iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
    let accounts =
        client.query("SELECT id, person, name, login, email, opened FROM account ORDER BY person", &[])?;
    let mut all = Vec::with_capacity(accounts.len());
    for (row, ledger) in accounts.into_iter().zip(steps) {
        let id: String = row.get(0);
        let access = client
            .query(&rights, &[&id])?
            .into_iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
            .collect();
        let account = (id, row.get(1), row.get(2), row.get(3), row.get(4), row.get(5));
        all.push(Rows { account, access, ledger });
    }
    Ok(all)
}

fn load(there: &There, rows: &[Rows]) -> Outcome<Duration> {
    let mut client = there.plain()?;
    let mut seq: i64 = client.query_one("SELECT max(seq) FROM ledger", &[])?.get(0);
    let account = client.prepare("INSERT INTO account (id, person, name, login, email, active, opened) VALUES ($1, $2, $3, $4, $5, 1, $6)")?;
    let access = client.prepare("INSERT INTO access (account, application, unit, role, request, granted) VALUES ($1, $2, $3, $4, $5, $6)")?;
    let given = client.prepare("UPDATE standing SET given = $5 WHERE person = $1 AND application = $2 AND unit = $3 AND request = $4")?;
    let owner = client.prepare("INSERT INTO person_account (person, account) VALUES ($1, $2)")?;
    let ledger = client
        .prepare("INSERT INTO ledger (seq, at, kind, body, prev, hash) VALUES ($1, $2, $3, $4, $5, $6)")?;
    let began = Instant::now();
    for batch in rows.chunks(256) {
        let mut tx = client.transaction()?;
        for Rows { account: (id, person, name, login, email, opened), access: rights, ledger: entry } in batch
        {
            tx.execute(&account, &[id, person, name, login, email, opened])?;
            for (application, unit, role, request) in rights {
                tx.execute(&access, &[id, application, unit, role, request, opened])?;
                tx.execute(&given, &[person, application, unit, request, opened])?;
            }
            tx.execute(&owner, &[person, id])?;
            seq += 1;
            let (at, kind, body, prev, hash) = entry;
            tx.execute(&ledger, &[&seq, at, kind, body, prev, hash])?;
        }
        tx.commit()?;
    }
    Ok(began.elapsed())
}

fn nothing_to_do(there: &There, tree: &Tree, table: &mut Table) -> Outcome<()> {
    let mut floors = Vec::new();
    let times = several(|| {
        floors.push(floor::read(&tree.root())? + every_row(there)?);
        let began = Instant::now();
        let snapshot = tree.take()?;
        let reader = Reader::open(there.site())?;
        let mut asked = Asked {
            memory: reader.connection(),
            store: &reader,
            reports: None,
            shelf: &mut Shelf::default(),
            patience: &mut Patience::None,
        };
        let seen = Seen {
            snapshot: &snapshot,
            open: &std::collections::BTreeMap::new(),
            reviews: &portvakt::pass::Nothing,
            now: now()?,
            moment: Instant::now(),
        };
        let decided = prepare(&mut asked, seen, &Scope::Whole)?;
        let time = began.elapsed();
        if !decided.is_quiet() {
            return Err(format!("nothing has changed, and there are {} steps", decided.steps.len()).into());
        }
        Ok(time)
    })?;
    table.times("PostgreSQL: plan with nothing to do", tree.people, &times, median(&floors), Goal::None);
    Ok(())
}

fn every_row(there: &There) -> Outcome<Duration> {
    let mut client = there.plain()?;
    let began = Instant::now();
    for table in ["person_file", "standing", "person_account", "account", "access"] {
        std::hint::black_box(client.query(&format!("SELECT * FROM {table}"), &[])?);
    }
    Ok(began.elapsed())
}

fn revocations(there: &There, tree: &Tree, table: &mut Table) -> Outcome<()> {
    let people = tree.simple(&tree.take()?, 50);
    let mut engine = there.engine(tree)?;
    pass(&mut engine, Reach::Everything, now()?)?;
    let mut other = there.plain()?;
    let mut open = |person: &PersonId| -> Outcome<i64> {
        let sql = "SELECT count(*) FROM account WHERE person = $1 AND active = 1";
        Ok(other.query_one(sql, &[&person.as_str()])?.get(0))
    };
    let (mut times, mut floors) = (Vec::new(), Vec::new());
    for (number, one) in people.iter().enumerate() {
        if number.is_multiple_of(5) {
            floors.push(looking(tree)?);
        }
        if open(&one.person)? == 0 {
            return Err(format!("`{}` has no access to take back", one.person).into());
        }
        tree.save(&one.path, &one.taken_back()?)?;
        times.push(pass(&mut engine, Reach::Changes, now()?)?.1);
        if open(&one.person)? != 0 {
            return Err(format!("`{}` still has access", one.person).into());
        }
    }
    // As it was, for what is measured after this.
    for one in &people {
        tree.save(&one.path, &one.text)?;
    }
    tree.age();
    let mut client = there.plain()?;
    let writing = several(|| {
        let began = Instant::now();
        let mut tx = client.transaction()?;
        tx.execute("UPDATE access SET ended = ended WHERE id = (SELECT max(id) FROM access)", &[])?;
        tx.execute("UPDATE account SET name = name WHERE id = (SELECT max(id) FROM account)", &[])?;
        tx.commit()?;
        Ok(began.elapsed())
    })?;
    let floor = median(&floors) + median(&writing);
    table.times(
        "PostgreSQL: revocation, saved until the row has changed",
        tree.people,
        &times,
        floor,
        Goal::None,
    );
    Ok(())
}
