//! Measures the same in PostgreSQL, if a server is named. The floor of each figure is a plain loader that sends the
//! same statements, or reads the same rows, with the same driver.
//!
//! The loader of the first pass sends the statements of [`super::statements`]. Around them it sends `BEGIN`, the
//! lease's row, `SAVEPOINT`, `RELEASE` and `COMMIT`. Each is sent for all 256 before it waits for the answers, as the
//! program does. The notes below the table tell how many statements both have sent. The pass also reads the register
//! before that, and records the plan.
//!
//! `PORTVAKT_BENCH_POSTGRES` is the address of a database as its owner, without a password. The schema `portvakt` in it
//! is dropped and made again. The role `portvakt` must exist.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use portvakt_core::decide::Patience;
use portvakt_core::model::PersonId;
use portvakt_core::policy::Policies;
use portvakt_database::{Sent, Server, Site, sent};
use portvakt_engine::reconcile::engine::{Engine, PassReach, create_register};
use portvakt_sources::Settle;
use portvakt_stores::tables::Reader;
use tokio_postgres::types::{FromSql, ToSql, Type};

use super::daemon::{looking, pass};
use super::statements::{First, LIST, Rows, STATEMENTS, TOGETHER, first, quiet, rows};
use super::table::{Goal, Table, median};
use super::tree::{Tree, now, spread};
use super::{Outcome, floor};

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
        "PostgreSQL: `first pass` stands on a loader that sends the statements of its steps, read-backs included, in the \
         same transactions; all of it also reads the tree and judges it, in the store is what writes. `plan` stands on reading every byte and every \
         row; `revocation` on two looks and one durable write of two rows, and asks more than that: what is there \
         before, and what is there afterwards."
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
        Policies::forget_shared();
        Ok(Engine::open(&tree.root(), self.site(), Settle::default(), Patience::None)?)
    }
}

fn converge(there: &There, tree: &Tree, table: &mut Table) -> Outcome<()> {
    there.anew(tree)?;
    let (passed, _) = pass(&mut there.engine(tree)?, PassReach::Everything, now()?)?;
    if (passed.carried.done as u64) < tree.people {
        return Err(format!("{} accounts for {} people", passed.carried.done, tree.people).into());
    }
    let rows = rows(Reader::open(there.site())?.connection())?;
    let (mut times, mut stored, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = String::new();
    for _ in 0..tree.rounds.first_passes(tree.people) {
        there.anew(tree)?;
        let (time, loader) = load(there, &rows)?;
        floors.push(time);
        there.anew(tree)?;
        let before = sent();
        let First { all, store } = first(tree, there.site())?;
        let after = sent();
        times.push(all);
        stored.push(store);
        told = format!(
            "PostgreSQL, {} people: a first pass sends {} statements and waits {} times; its loader {} and {}.",
            tree.people,
            after.statements - before.statements,
            after.journeys - before.journeys,
            loader.statements,
            loader.journeys,
        );
    }
    let floor = median(&floors);
    table.times("PostgreSQL: first pass, all of it", tree.people, &times, floor, Goal::None)?;
    table.times("PostgreSQL: first pass, in the store", tree.people, &stored, floor, Goal::Times(1.25))?;
    table.note(told);
    Ok(())
}

type Places<'r> = Vec<&'r (dyn ToSql + Sync)>;

/// A client that counts its statements.
struct Loader {
    client: tokio_postgres::Client,
    sent: std::cell::Cell<Sent>,
}

impl Loader {
    fn counts(&self, statements: usize) {
        let Sent { statements: before, journeys } = self.sent.get();
        self.sent.set(Sent { statements: before + statements as u64, journeys: journeys + 1 });
    }

    async fn once(&self, sql: &str) -> Outcome<()> {
        self.counts(1);
        Ok(self.client.batch_execute(sql).await?)
    }

    async fn each(&self, statement: &tokio_postgres::Statement, rows: &[Places<'_>]) -> Outcome<()> {
        self.counts(rows.len());
        let answers = rows.iter().map(|places| self.client.query(statement, places));
        std::hint::black_box(try_join_all(answers).await?);
        Ok(())
    }

    async fn all(&self, rows: &[Rows], mut seq: i64) -> Outcome<Duration> {
        let mut known = Vec::new();
        for sql in STATEMENTS {
            known.push(self.client.prepare(&in_its_words(sql)).await?);
        }
        let [open, account, access, whole, given, nobody_else, owner, key, head, ledger] = known.as_slice()
        else {
            return Err("a statement is missing".into());
        };
        let began = Instant::now();
        for batch in rows.chunks(TOGETHER) {
            self.once("BEGIN").await?;
            self.once("SELECT epoch FROM lease FOR UPDATE").await?;
            self.once("SAVEPOINT step").await?;
            let of = |places: fn(&Rows) -> Places<'_>| batch.iter().map(places).collect::<Vec<_>>();
            self.each(open, &of(|row| vec![&row.account.1])).await?;
            let accounts = of(|row| {
                let (id, person, name, login, email, opened) = &row.account;
                vec![id, person, name, login, email, opened]
            });
            self.each(account, &accounts).await?;
            let mut rights: Vec<Places<'_>> = Vec::new();
            let mut gives: Vec<Places<'_>> = Vec::new();
            for Rows { account: (id, person, .., opened), access, .. } in batch {
                for (application, unit, role, request) in access {
                    rights.push(vec![id, application, unit, role, request, opened]);
                    gives.push(vec![person, application, unit, request, opened]);
                }
            }
            self.each(access, &rights).await?;
            self.each(whole, &of(|row| vec![&row.account.0])).await?;
            self.each(given, &gives).await?;
            let pairs = of(|row| vec![&row.account.1, &row.account.0]);
            self.each(nobody_else, &pairs).await?;
            self.each(owner, &pairs).await?;
            self.each(key, &of(|row| vec![&row.account.1])).await?;
            self.each(head, &[Vec::new()]).await?;
            let numbers: Vec<i64> = (seq + 1..).take(batch.len()).collect();
            seq += i64::try_from(batch.len())?;
            let entries: Vec<Places<'_>> = batch
                .iter()
                .zip(&numbers)
                .map(|(Rows { ledger: (at, kind, body, prev, hash), .. }, seq)| {
                    vec![seq as _, at as _, kind as _, body as _, prev as _, hash as _]
                })
                .collect();
            self.each(ledger, &entries).await?;
            self.once("RELEASE step").await?;
            self.once("COMMIT").await?;
        }
        Ok(began.elapsed())
    }
}

/// Sends the statements of the steps, in the same transactions.
fn load(there: &There, rows: &[Rows]) -> Outcome<(Duration, Sent)> {
    let seq: i64 = there.plain()?.query_one("SELECT max(seq) FROM ledger", &[])?.get(0);
    let mut config: tokio_postgres::Config = there.role.address.to_string().parse()?;
    config.options("-c search_path=portvakt");
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let loader = Loader { client, sent: std::cell::Cell::new(Sent { statements: 0, journeys: 0 }) };
        let time = loader.all(rows, seq).await?;
        Ok((time, loader.sent.get()))
    })
}

fn nothing_to_do(there: &There, tree: &Tree, table: &mut Table) -> Outcome<()> {
    let (mut floors, mut lists, mut listed) = (Vec::new(), Vec::new(), Vec::new());
    let times = tree.rounds.several(|| {
        floors.push(floor::read(&tree.root())? + every_row(there)?);
        lists.push(plain_list(there)?);
        let (all, listing) = quiet(tree, there.site())?;
        listed.push(listing);
        Ok(all)
    })?;
    let (floor, list) = (median(&floors), median(&lists));
    table.times("PostgreSQL: plan with nothing to do, all of it", tree.people, &times, floor, Goal::None)?;
    let what = "PostgreSQL: plan with nothing to do, in the store";
    table.times(what, tree.people, &listed, list, Goal::Times(1.25))?;
    Ok(())
}

/// The places of a statement as this database writes them.
fn in_its_words(sql: &str) -> String {
    sql.replace('?', "$")
}

/// The statements of the list in one transaction, each value kept.
fn plain_list(there: &There) -> Outcome<Duration> {
    let mut client = there.plain()?;
    let began = Instant::now();
    let mut tx = client.build_transaction().read_only(true).start()?;
    for sql in LIST {
        let rows = tx.query(sql, &[])?;
        let kept: Vec<Vec<Kept>> =
            rows.iter().map(|row| (0..row.len()).map(|at| row.get(at)).collect()).collect();
        std::hint::black_box(kept);
    }
    tx.commit()?;
    Ok(began.elapsed())
}

/// A value of its own.
#[expect(dead_code, reason = "kept, never looked at")]
enum Kept {
    Nothing,
    Number(i64),
    Text(String),
}

impl FromSql<'_> for Kept {
    fn from_sql(kind: &Type, raw: &[u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT4 => Self::Number(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Number(i64::from_sql(kind, raw)?),
            _ => Self::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Nothing)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
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
    let people = spread(Tree::simple(&tree.take()?), tree.rounds.choose(50, 1));
    let mut engine = there.engine(tree)?;
    pass(&mut engine, PassReach::Everything, now()?)?;
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
        times.push(pass(&mut engine, PassReach::Changes, now()?)?.1);
        if open(&one.person)? != 0 {
            return Err(format!("`{}` still has access", one.person).into());
        }
    }
    // This restores the state for the next measurement.
    for one in &people {
        tree.save(&one.path, &one.text)?;
    }
    tree.age();
    let mut client = there.plain()?;
    let writing = tree.rounds.several(|| {
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
    )?;
    Ok(())
}
