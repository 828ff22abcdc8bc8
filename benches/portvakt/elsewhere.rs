//! Measures a register behind this project's own SCIM service, as a process on this host: the first pass, a pass with
//! nothing to do, and one access taken back. The floor of each is a plain loader. It sends the very requests that the
//! pass sent, as many at once, to the same service in the same state. It reads each answer as JSON, because any client
//! must that wants to know whether a write succeeded. The notes below the table tell the time of a loader that ignores
//! the answers. They also tell the time of the program's durable record, which no loader makes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::Method;
use portvakt_core::decide::Patience;
use portvakt_core::model::PersonId;
use portvakt_core::policy::Policies;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Engine, ExternalRegister, PassReach, Passed, open_register};
use portvakt_sources::Settle;
use portvakt_stores::scim::{Credentials, Scim, ScimSettings};
use portvakt_stores::tables::Create;

use self::durable::Timed;
use self::loader::{Answers, Recorder, Sent, client, host, load};
use self::service::{PLACE, Service, TOKEN, token};
use super::table::{Goal, Table, median};
use super::tree::{Tree, now, remove, spread};
use super::{Outcome, floor};

mod durable;
mod loader;
mod service;

/// A request may cost at most this many times what it costs a plain loader: 0.8 of its rate.
const GOAL: Goal = Goal::Times(1.25);

struct Bench {
    engine: Engine,
    spent: Arc<Mutex<Duration>>,
    recording: Arc<Mutex<Duration>>,
}

/// The time of a pass, and of its parts.
struct Took {
    passed: Passed,
    /// The time of the whole pass.
    time: Duration,
    /// The time in the store, with the record of its outcomes.
    spent: Duration,
    /// The part of it in which the record was written. Requests may be under way at the same time.
    recording: Duration,
}

impl Bench {
    fn of(tree: &Tree, memory: &Path, address: &str) -> Outcome<Self> {
        let mut settings = ScimSettings::new(address.parse()?);
        settings.entry = Credentials::Token(token(&tree.place("")));
        let spent = Arc::new(Mutex::new(Duration::ZERO));
        let recording = Arc::new(Mutex::new(Duration::ZERO));
        let store = Box::new(Timed {
            store: Scim::new(&settings)?,
            spent: Arc::clone(&spent),
            recording: Arc::clone(&recording),
        });
        Policies::forget_shared();
        let engine = Engine::open(&tree.root(), memory, Settle::default(), Patience::None)?
            .with_store(ExternalRegister { place: PLACE.to_owned(), store });
        Ok(Self { engine, spent, recording })
    }

    fn pass(&mut self, reach: PassReach) -> Outcome<Took> {
        for timer in [&self.spent, &self.recording] {
            if let Ok(mut time) = timer.lock() {
                *time = Duration::ZERO;
            }
        }
        let began = Instant::now();
        let passed = self.engine.pass(reach, now()?, Instant::now(), |_, _| {})?;
        let time = began.elapsed();
        if let Some((step, why)) = passed.carried.failed.first() {
            return Err(format!("a step failed: {step:?}: {why}").into());
        }
        let of = |timer: &Mutex<Duration>| timer.lock().map(|time| *time).unwrap_or_default();
        Ok(Took { passed, time, spent: of(&self.spent), recording: of(&self.recording) })
    }
}

/// Times of several passes and of the loaders beside them.
#[derive(Default)]
struct Times {
    all: Vec<Duration>,
    there: Vec<Duration>,
    recording: Vec<Duration>,
    floors: Vec<Duration>,
    unread: Vec<Duration>,
}

impl Times {
    fn add(&mut self, took: &Took) {
        self.all.push(took.time);
        self.there.push(took.spent);
        self.recording.push(took.recording);
    }

    /// Returns the notes for below the table.
    fn told(&self) -> String {
        let ms = |times: &[Duration]| median(times).as_secs_f64() * 1e3;
        format!(
            "in the store {:.2} ms, {:.2} ms of it while its record was written; a loader that reads the answers {:.2} ms, \
             one that does not {:.2} ms",
            ms(&self.there),
            ms(&self.recording),
            ms(&self.floors),
            ms(&self.unread),
        )
    }
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    // The service's last writes may be in a file beside the database.
    rusqlite::Connection::open(from)?.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    remove(to)?;
    std::fs::copy(from, to)?;
    Ok(())
}

pub fn measure(tree: &Tree, table: &mut Table) -> Outcome<()> {
    // The loader's client is built with TLS, although loopback needs none. The store may have chosen the provider
    // before.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let accepted = tree.place("elsewhere-accepted.db");
    tree.accept(&accepted)?;
    memory::bind(open_register(&accepted, Create::MustExist)?.connection(), Some(PLACE))?;
    converge(tree, &accepted, table)?;
    nothing_to_do(tree, table)?;
    revocations(tree, table)
}

/// Returns the files where the service keeps its accounts, and where the program remembers them.
fn files(tree: &Tree) -> (PathBuf, PathBuf) {
    (tree.place("served.db"), tree.place("remembered.db"))
}

fn converge(tree: &Tree, accepted: &Path, table: &mut Table) -> Outcome<()> {
    let (register, memory) = files(tree);
    let mut times = Times::default();
    remove(&register)?;
    copy(accepted, &memory)?;
    let service = Service::start(&tree.place(""), &register)?;
    let recorder = Recorder::before(&service)?;
    Bench::of(tree, &memory, &recorder.address)?.pass(PassReach::Everything)?;
    let sent = recorder.take();
    recorder.end();
    drop(service);
    for _ in 0..tree.rounds.first_passes(tree.people) {
        for answers in [Answers::Unread, Answers::Read] {
            remove(&register)?;
            let service = Service::start(&tree.place(""), &register)?;
            let time = load(&sent, &service, answers, Duration::ZERO)?;
            if answers == Answers::Read { &mut times.floors } else { &mut times.unread }.push(time);
        }
        remove(&register)?;
        copy(accepted, &memory)?;
        let service = Service::start(&tree.place(""), &register)?;
        let took = Bench::of(tree, &memory, &service.address)?.pass(PassReach::Everything)?;
        if (took.passed.carried.done as u64) < tree.people {
            return Err(format!("{} accounts for {} people", took.passed.carried.done, tree.people).into());
        }
        times.add(&took);
    }
    let floor = median(&times.floors);
    table.times("SCIM: first pass, all of it", tree.people, &times.all, floor, Goal::None)?;
    table.times("SCIM: first pass, in the store", tree.people, &times.there, floor, GOAL)?;
    table.note(format!(
        "SCIM, {} people: the first pass is {}: {}.",
        tree.people,
        counted(&sent),
        times.told()
    ));
    Ok(())
}

/// Returns how many requests of each kind there are.
fn counted(sent: &[Sent]) -> String {
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for one in sent {
        let path = one.path.split('?').next().unwrap_or_default().trim_start_matches("/scim/v2/");
        let what = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["Users"] => "list",
            ["Users", _] => "user",
            [other, ..] => other,
            [] => "",
        };
        *kinds.entry(format!("{} {what}", one.method)).or_default() += 1;
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{} requests ({})", sent.len(), kinds.join(", "))
}

fn nothing_to_do(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let (register, memory) = files(tree);
    let service = Service::start(&tree.place(""), &register)?;
    let recorder = Recorder::before(&service)?;
    let mut recorded = Bench::of(tree, &memory, &recorder.address)?;
    // After a start, the service is asked once for what it offers.
    recorded.pass(PassReach::Everything)?;
    recorder.take();
    let Took { passed, .. } = recorded.pass(PassReach::Everything)?;
    if passed.carried.done != 0 {
        return Err(format!("nothing has changed, and {} steps were done", passed.carried.done).into());
    }
    let sent = recorder.take();
    drop(recorded);
    recorder.end();
    let mut bench = Bench::of(tree, &memory, &service.address)?;
    bench.pass(PassReach::Everything)?;
    let mut times = Times::default();
    tree.rounds.several(|| {
        times.unread.push(load(&sent, &service, Answers::Unread, Duration::ZERO)?);
        times.floors.push(load(&sent, &service, Answers::Read, Duration::ZERO)?);
        let took = bench.pass(PassReach::Everything)?;
        times.add(&took);
        Ok(took.time)
    })?;
    let floor = median(&times.floors);
    table.times("SCIM: a pass with nothing to do, all of it", tree.people, &times.all, floor, Goal::None)?;
    table.times("SCIM: a pass with nothing to do, in the store", tree.people, &times.there, floor, GOAL)?;
    table.note(format!(
        "SCIM, {} people: a pass with nothing to do is {}: {}.",
        tree.people,
        counted(&sent),
        times.told()
    ));
    Ok(())
}

fn revocations(tree: &Tree, table: &mut Table) -> Outcome<()> {
    let (register, memory) = files(tree);
    let again = tree.place("again.db");
    // Two are shown, and the first of the others is for one loader and the second for the other.
    let people = spread(Tree::simple(&tree.take()?), tree.rounds.choose(22, 4));
    let (shown, people) = people.split_at(2.min(people.len()));
    // The first write of a process also finds out whether versions are kept. The second write shows the cost of one.
    let service = Service::start(&tree.place(""), &register)?;
    let recorder = Recorder::before(&service)?;
    let mut recorded = Bench::of(tree, &memory, &recorder.address)?;
    recorded.pass(PassReach::Everything)?;
    let mut sent = Vec::new();
    for one in shown {
        recorder.take();
        tree.save(&one.path, &one.taken_back()?)?;
        recorded.pass(PassReach::Changes)?;
        sent = recorder.take();
    }
    drop(recorded);
    recorder.end();
    let told = counted(&sent);
    let written = sent.iter().find(|one| one.version.is_some()).ok_or("nothing was written on a version")?;

    copy(&register, &again)?;
    let other = Service::start(&tree.place(""), &again)?;
    let mut bench = Bench::of(tree, &memory, &service.address)?;
    bench.pass(PassReach::Everything)?;
    let mut times = Times::default();
    let pause = super::reading::pause();
    for (number, one) in people.iter().enumerate() {
        // The loader works in another register in the same state. Each loader takes every other one.
        let asked = asked_of(&other, &memory, &one.person, written)?;
        let answers = if number % 2 == 0 { Answers::Read } else { Answers::Unread };
        let time = load(&asked, &other, answers, pause)?;
        if answers == Answers::Read { &mut times.floors } else { &mut times.unread }.push(time);
        tree.save(&one.path, &one.taken_back()?)?;
        let took = bench.pass(PassReach::Changes)?;
        if took.passed.carried.done != 1 {
            let done = took.passed.carried.done;
            return Err(format!("one access was taken back, and {done} steps were done").into());
        }
        // Again the first one of a process.
        if number > 0 {
            times.add(&took);
        }
    }
    let looking = floor::scan(&tree.root())? + floor::scan(&tree.root())? + pause;
    let requests = median(&times.floors);
    let beyond = Goal::Beyond(Duration::from_millis(50));
    table.times("SCIM: revocation, all of it", tree.people, &times.all, looking + requests, beyond)?;
    table.times("SCIM: revocation, in the store", tree.people, &times.there, requests, GOAL)?;
    table.note(format!(
        "SCIM, {} people: one revocation is {told}, one after the other: {}.",
        tree.people,
        times.told()
    ));
    Ok(())
}

/// Returns the requests of a revocation: reading the account, the write on its version, and reading it again.
fn asked_of(service: &Service, memory: &Path, person: &PersonId, written: &Sent) -> Outcome<Vec<Sent>> {
    let account: String = rusqlite::Connection::open(memory)?.query_row(
        "SELECT account FROM person_account WHERE person = ?1",
        [person.as_str()],
        |row| row.get(0),
    )?;
    let path = format!("/scim/v2/Users/{account}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let version = runtime.block_on(async {
        let url = format!("{}{path}", host(&service.address));
        let answer = client()?.get(url).bearer_auth(TOKEN).send().await?;
        let version = answer.headers().get("etag").ok_or("an account without a version")?;
        Outcome::Ok(version.to_str()?.to_owned())
    })?;
    let read = Sent { method: Method::GET, path: path.clone(), version: None, body: Bytes::new() };
    let write = Sent { version: Some(version), path, ..written.clone() };
    Ok(vec![read.clone(), write, read])
}
