//! Measures a register behind this project's own SCIM service, as a process on this host: the first pass, a pass with
//! nothing to do, and one access taken back. The floor of each is a plain loader. It sends the very requests that the
//! pass sent, as many at once, to the same service in the same state. It reads each answer as JSON, because any client
//! must that wants to know whether a write succeeded. The notes below the table tell the time of a loader that ignores
//! the answers. They also tell the time of the program's durable record, which no loader makes.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use jiff::civil::Date;
use portvakt_core::decide::Patience;
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, OpeningId, ReadStore, StoreError, StoreTask, TaskOutcome, WriteStore};
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Elsewhere, Engine, Passed, Reach, open_register};
use portvakt_sources::Settle;
use portvakt_stores::scim::{Credentials, IN_FLIGHT, Scim, ScimSettings};
use portvakt_stores::tables::Create;
use tokio::runtime::Runtime;

use super::table::{Goal, Table, median};
use super::tree::{Tree, now};
use super::{Outcome, floor, several};

const TOKEN: &str = "a-token-of-no-importance";

/// The name of the register in the memory. Its address differs in each run.
const PLACE: &str = "http://127.0.0.1/scim/v2";

/// A request may cost at most this many times what it costs a plain loader: 0.8 of its rate.
const GOAL: Goal = Goal::Times(1.25);

/// The service, as a process, ended with the value.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(folder: &Path, register: &Path) -> Outcome<Self> {
        use std::os::unix::fs::PermissionsExt as _;
        let token = token(folder);
        std::fs::write(&token, format!("{TOKEN}\n"))?;
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600))?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_portvakt"))
            .env_clear()
            .arg("--store")
            .arg(format!("sqlite:{}", register.display()))
            .args(["register", "serve", "--log", "error", "--listen", "127.0.0.1:0", "--token-file"])
            .arg(&token)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().to_owned() })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn token(folder: &Path) -> PathBuf {
    folder.join("token")
}

/// One request, as it was sent.
#[derive(Debug, Clone)]
struct Sent {
    method: Method,
    path: String,
    version: Option<String>,
    body: Bytes,
}

/// Stands before the service and notes the requests.
struct Recorder {
    runtime: Runtime,
    address: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

#[derive(Clone)]
struct Way {
    client: reqwest::Client,
    base: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

async fn pass_on(
    State(way): State<Way>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.to_string();
    let version = headers.get("if-match").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut request = way.client.request(method.clone(), format!("{}{path}", way.base));
    request = request.headers(headers).body(body.clone());
    if let Ok(mut sent) = way.sent.lock() {
        sent.push(Sent { method, path, version, body });
    }
    let answer = async {
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
    };
    match answer.await {
        Ok((status, headers, body)) => (status, headers, body).into_response(),
        Err(why) => (axum::http::StatusCode::BAD_GATEWAY, why.to_string()).into_response(),
    }
}

/// Returns the address of the service, up to its path.
fn host(address: &str) -> String {
    address.trim_end_matches("/scim/v2").to_owned()
}

impl Recorder {
    fn before(service: &Service) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = format!("http://{}/scim/v2", listener.local_addr()?);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let base = host(&service.address);
        let way = Way { client: client()?, base, sent: Arc::clone(&sent) };
        let router = axum::Router::new().fallback(pass_on).with_state(way);
        let router = router.layer(axum::extract::DefaultBodyLimit::max(1 << 24));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { runtime, address, sent })
    }

    fn take(&self) -> Vec<Sent> {
        self.sent.lock().map(|mut sent| std::mem::take(&mut *sent)).unwrap_or_default()
    }

    fn end(self) {
        self.runtime.shutdown_background();
    }
}

fn client() -> Outcome<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

/// Tells what a loader does with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// Reads it as JSON.
    Read,
    /// Takes it in and looks at nothing of it.
    Unread,
}

/// Sends the same requests again, as many at once. Writes on a version are sent one after the other. The connection is
/// open and has rested for this long, as the program's has between two passes.
fn load(sent: &[Sent], service: &Service, answers: Answers, rested: Duration) -> Outcome<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (client, base) = (client()?, host(&service.address));
    let at_once = if sent.iter().any(|one| one.version.is_some()) { 1 } else { IN_FLIGHT };
    runtime.block_on(async {
        let answer = client.get(format!("{base}/scim/v2/ServiceProviderConfig")).send().await?;
        answer.bytes().await
    })?;
    std::thread::sleep(rested);
    let began = Instant::now();
    let refused = runtime.block_on(async {
        stream::iter(sent.to_vec())
            .map(|one| {
                let alone = one.method == Method::GET;
                let mut request =
                    client.request(one.method, format!("{base}{}", one.path)).bearer_auth(TOKEN);
                if let Some(version) = one.version {
                    request = request.header("if-match", version);
                }
                if !one.body.is_empty() {
                    request = request.header("content-type", "application/scim+json").body(one.body);
                }
                async move {
                    let answer = request.send().await?;
                    let status = answer.status();
                    let body = answer.bytes().await?;
                    let is_json = || serde_json::from_slice::<serde_json::Value>(&body).is_ok();
                    let read = answers == Answers::Unread || body.is_empty() || is_json();
                    let refused = || format!("{status}: {}", String::from_utf8_lossy(&body));
                    // An account that got another id this time is not found. The question costs the same.
                    let fine = status.is_success() || (alone && status.as_u16() == 404);
                    Ok::<_, reqwest::Error>((!fine || !read).then(refused))
                }
            })
            .buffered(at_once)
            .fold(Ok(None), |told: Result<Option<String>, reqwest::Error>, one| {
                std::future::ready(told.and_then(|told| Ok(told.or(one?))))
            })
            .await
    })?;
    if let Some(refused) = refused {
        return Err(format!("a request of the loader was refused: {refused}").into());
    }
    Ok(began.elapsed())
}

/// The store with the time that was spent in it.
#[derive(Debug)]
struct Timed {
    store: Scim,
    spent: Arc<Mutex<Duration>>,
    /// The part of the time in which the outcomes were recorded durably.
    recording: Arc<Mutex<Duration>>,
}

impl Timed {
    fn time<T>(&self, work: impl FnOnce(&Scim) -> T) -> T {
        let began = Instant::now();
        let done = work(&self.store);
        add(&self.spent, began.elapsed());
        done
    }
}

fn add(spent: &Mutex<Duration>, time: Duration) {
    if let Ok(mut spent) = spent.lock() {
        *spent += time;
    }
}

impl ReadStore for Timed {
    fn list(&self) -> Result<Listing, StoreError> {
        self.time(Scim::list)
    }

    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.time(|store| store.accounts(people, ids))
    }

    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.store.spent()
    }
}

impl WriteStore for Timed {
    fn perform(
        &mut self,
        tasks: &[StoreTask<'_>],
        today: Date,
        told: &mut dyn FnMut(Vec<TaskOutcome>) -> ControlFlow<()>,
    ) {
        let began = Instant::now();
        self.store.perform(tasks, today, &mut |outcomes| {
            let began = Instant::now();
            let goes_on = told(outcomes);
            add(&self.recording, began.elapsed());
            goes_on
        });
        add(&self.spent, began.elapsed());
    }

    fn opened(
        &self,
        openings: &BTreeSet<OpeningId>,
    ) -> Result<std::collections::BTreeMap<OpeningId, Account>, StoreError> {
        self.time(|store| store.opened(openings))
    }
}

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
        let engine = Engine::open(&tree.root(), memory, Settle::default(), Patience::None)?
            .with_store(Elsewhere { place: PLACE.to_owned(), store });
        Ok(Self { engine, spent, recording })
    }

    fn pass(&mut self, reach: Reach) -> Outcome<Took> {
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

fn remove(store: &Path) -> Outcome<()> {
    for end in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{end}", store.display()));
        if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
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
    let runs = if tree.people > 20_000 { 1 } else { 3 };
    let mut times = Times::default();
    remove(&register)?;
    copy(accepted, &memory)?;
    let service = Service::start(&tree.place(""), &register)?;
    let recorder = Recorder::before(&service)?;
    Bench::of(tree, &memory, &recorder.address)?.pass(Reach::Everything)?;
    let sent = recorder.take();
    recorder.end();
    drop(service);
    for _ in 0..runs {
        for answers in [Answers::Unread, Answers::Read] {
            remove(&register)?;
            let service = Service::start(&tree.place(""), &register)?;
            let time = load(&sent, &service, answers, Duration::ZERO)?;
            if answers == Answers::Read { &mut times.floors } else { &mut times.unread }.push(time);
        }
        remove(&register)?;
        copy(accepted, &memory)?;
        let service = Service::start(&tree.place(""), &register)?;
        let took = Bench::of(tree, &memory, &service.address)?.pass(Reach::Everything)?;
        if (took.passed.carried.done as u64) < tree.people {
            return Err(format!("{} accounts for {} people", took.passed.carried.done, tree.people).into());
        }
        times.add(&took);
    }
    let floor = median(&times.floors);
    table.times("SCIM: first pass, all of it", tree.people, &times.all, floor, Goal::None);
    table.times("SCIM: first pass, in the store", tree.people, &times.there, floor, GOAL);
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
    recorded.pass(Reach::Everything)?;
    recorder.take();
    let Took { passed, .. } = recorded.pass(Reach::Everything)?;
    if passed.carried.done != 0 {
        return Err(format!("nothing has changed, and {} steps were done", passed.carried.done).into());
    }
    let sent = recorder.take();
    drop(recorded);
    recorder.end();
    let mut bench = Bench::of(tree, &memory, &service.address)?;
    bench.pass(Reach::Everything)?;
    let mut times = Times::default();
    several(|| {
        times.unread.push(load(&sent, &service, Answers::Unread, Duration::ZERO)?);
        times.floors.push(load(&sent, &service, Answers::Read, Duration::ZERO)?);
        let took = bench.pass(Reach::Everything)?;
        times.add(&took);
        Ok(took.time)
    })?;
    let floor = median(&times.floors);
    table.times("SCIM: a pass with nothing to do, all of it", tree.people, &times.all, floor, Goal::None);
    table.times("SCIM: a pass with nothing to do, in the store", tree.people, &times.there, floor, GOAL);
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
    let people = tree.simple(&tree.take()?, 22);
    let (shown, people) = people.split_at(2.min(people.len()));
    // The first write of a process also finds out whether versions are kept. The second write shows the cost of one.
    let service = Service::start(&tree.place(""), &register)?;
    let recorder = Recorder::before(&service)?;
    let mut recorded = Bench::of(tree, &memory, &recorder.address)?;
    recorded.pass(Reach::Everything)?;
    let mut sent = Vec::new();
    for one in shown {
        recorder.take();
        tree.save(&one.path, &one.taken_back()?)?;
        recorded.pass(Reach::Changes)?;
        sent = recorder.take();
    }
    drop(recorded);
    recorder.end();
    let told = counted(&sent);
    let written = sent.iter().find(|one| one.version.is_some()).ok_or("nothing was written on a version")?;

    copy(&register, &again)?;
    let other = Service::start(&tree.place(""), &again)?;
    let mut bench = Bench::of(tree, &memory, &service.address)?;
    bench.pass(Reach::Everything)?;
    let mut times = Times::default();
    let pause = super::reading::pause();
    for (number, one) in people.iter().enumerate() {
        // The loader works in another register in the same state. Each loader takes every other one.
        let asked = asked_of(&other, &memory, &one.person, written)?;
        let answers = if number % 2 == 0 { Answers::Read } else { Answers::Unread };
        let time = load(&asked, &other, answers, pause)?;
        if answers == Answers::Read { &mut times.floors } else { &mut times.unread }.push(time);
        tree.save(&one.path, &one.taken_back()?)?;
        let took = bench.pass(Reach::Changes)?;
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
    table.times("SCIM: revocation, all of it", tree.people, &times.all, looking + requests, beyond);
    table.times("SCIM: revocation, in the store", tree.people, &times.there, requests, GOAL);
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
