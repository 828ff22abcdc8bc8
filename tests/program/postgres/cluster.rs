//! A PostgreSQL server on a free port of this host. It is started for the tests that run now, and it ends with the last
//! of them.
//!
//! It is not part of the repository. If it is missing, a test prints one line about how to install it and passes. With
//! `CI=true` the test fails.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use portvakt_database::{Server, Site};
use portvakt_engine::reconcile::engine::create_register;

use crate::running;

/// The password of every role of this server.
pub const PASSWORD: &str = "av liten viktighet";

/// The role the program connects as.
pub const ROLE: &str = "portvakt";

/// The role that owns the tables.
pub const OWNER: &str = "eier";

pub struct Cluster {
    child: Mutex<Child>,
    pub port: u16,
    home: tempfile::TempDir,
}

static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Returns the folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = packaged.map(|entry| entry.path().join("bin")).collect();
    found.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    found.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// The server refuses to run as root: then it is nobody's.
fn as_nobody(command: &mut Command) -> &mut Command {
    if rustix::process::getuid().is_root() { command.uid(65534).gid(65534) } else { command }
}

impl Cluster {
    /// Returns the server of this run. It is `None` if the machine has none.
    pub fn get() -> Option<Arc<Self>> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = running.upgrade() {
            return Some(cluster);
        }
        let cluster = Self::alone()?;
        *running = Arc::downgrade(&cluster);
        Some(cluster)
    }

    /// Returns a server that no other test knows. It is `None` if the machine has none.
    pub fn alone() -> Option<Arc<Self>> {
        let Some(programs) = programs() else {
            let told = "PostgreSQL is missing: apt-get install --no-install-recommends postgresql";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
            eprintln!("skipped: {told}");
            return None;
        };
        Some(Arc::new(Self::start(&programs)))
    }

    fn start(programs: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let word = home.path().join("password");
        portvakt_test_bench::secret(&word, &format!("{PASSWORD}\n"));
        if rustix::process::getuid().is_root() {
            for path in [home.path(), &word] {
                std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
            }
        }
        let data = home.path().join("data");
        let made = as_nobody(&mut Command::new(programs.join("initdb")))
            .current_dir(home.path())
            .args([
                "-U",
                "chief",
                "--locale=C.UTF-8",
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--no-sync",
            ])
            .arg("--pwfile")
            .arg(&word)
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        // From here on the program reads it, and takes its own user's secrets only.
        if rustix::process::getuid().is_root() {
            std::os::unix::fs::chown(&word, Some(0), Some(0)).unwrap();
        }
        certificate(home.path(), "server", "localhost");
        certificate(home.path(), "other", "localhost");
        let cluster = Self::serve(programs, home);
        let mut chief = client(cluster.port, "chief", "postgres").unwrap();
        for role in [ROLE, OWNER] {
            chief.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")).unwrap();
        }
        cluster
    }

    /// Starts a server over the data in this folder, on a free port.
    fn serve(programs: &Path, home: tempfile::TempDir) -> Self {
        let port = free_port();
        let child = launched(programs, home.path(), port);
        let cluster = Self { child: Mutex::new(child), port, home };
        cluster.until_it_answers();
        cluster
    }

    fn until_it_answers(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        let answers = || TcpStream::connect(("127.0.0.1", self.port)).is_ok() && self.chief().is_ok();
        while !answers() {
            let ended = self.child.lock().unwrap().try_wait().unwrap();
            assert!(Instant::now() < end && ended.is_none(), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn chief(&self) -> Result<postgres::Client, postgres::Error> {
        client(self.port, "chief", "postgres")
    }

    /// Makes a standby server that follows this one.
    pub fn standby(&self) -> Self {
        let (programs, home) = (programs().unwrap(), tempfile::tempdir().unwrap());
        if rustix::process::getuid().is_root() {
            std::os::unix::fs::chown(home.path(), Some(65534), Some(65534)).unwrap();
        }
        let made = as_nobody(&mut Command::new(programs.join("pg_basebackup")))
            .current_dir(home.path())
            .arg("-h")
            .arg(self.home.path())
            .args(["-p", &self.port.to_string(), "-U", "chief", "-R", "-X", "stream", "-c", "fast"])
            .args(["--no-sync", "-D"])
            .arg(home.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        certificate(home.path(), "server", "localhost");
        Self::serve(&programs, home)
    }

    /// Makes a standby the main server.
    pub fn promote(&self) {
        let promoted = self.chief().unwrap().query_one("SELECT pg_promote()", &[]).unwrap();
        assert!(promoted.get::<_, bool>(0));
    }

    /// Ends the server as a machine that loses power does.
    pub fn crash(&self) {
        let mut child = self.child.lock().unwrap();
        running::signal(&child, rustix::process::Signal::QUIT).ok();
        child.wait().unwrap();
    }

    /// Starts the server again after its end.
    pub fn comes_back(&self) {
        *self.child.lock().unwrap() = launched(&programs().unwrap(), self.home.path(), self.port);
        self.until_it_answers();
    }
}

/// Returns a port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn launched(programs: &Path, home: &Path, port: u16) -> Child {
    as_nobody(&mut Command::new(programs.join("postgres")))
        .current_dir(home)
        .arg("-D")
        .arg(home.join("data"))
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
        .args(["-c", "max_connections=80", "-c", "ssl=on"])
        .args(["-c", &format!("ssl_cert_file={}", home.join("server.pem").display())])
        .args(["-c", &format!("ssl_key_file={}", home.join("server.key").display())])
        .arg("-k")
        .arg(home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(home.join("log")).unwrap())
        .spawn()
        .unwrap()
}

/// A certificate that vouches for itself, for a name.
fn certificate(folder: &Path, file: &str, name: &str) {
    let made = as_nobody(&mut Command::new("openssl"))
        .current_dir(folder)
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{name}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &format!("{file}.key"), "-out", &format!("{file}.pem")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // This is a fast end, which cuts connections. What has ended already gets no signal.
        if matches!(child.try_wait(), Ok(None)) {
            running::signal(child, rustix::process::Signal::INT).ok();
        }
        child.wait().ok();
    }
}

fn client(port: u16, role: &str, database: &str) -> Result<postgres::Client, postgres::Error> {
    let mut config = postgres::Config::new();
    config.host("127.0.0.1").port(port).user(role).password(PASSWORD).dbname(database);
    config.options("-c search_path=portvakt").connect_timeout(Duration::from_secs(5));
    config.connect(postgres::NoTls)
}

/// A database of its own, with a register in it.
pub struct Database {
    cluster: Arc<Cluster>,
    name: String,
}

impl Database {
    /// Makes a new database with a register. It is `None` if there is no server.
    pub fn new() -> Option<Self> {
        Some(Self::bare()?.with_register())
    }

    /// Makes a new database with a register on this server.
    pub fn on(cluster: &Arc<Cluster>) -> Self {
        Self::bare_on(Arc::clone(cluster)).with_register()
    }

    fn with_register(self) -> Self {
        create_register(&self.server(OWNER), ROLE).unwrap();
        self
    }

    /// Makes a new, empty database.
    pub fn bare() -> Option<Self> {
        Some(Self::bare_on(Cluster::get()?))
    }

    fn bare_on(cluster: Arc<Cluster>) -> Self {
        let name = format!("register{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut chief = client(cluster.port, "chief", "postgres").unwrap();
        chief.batch_execute(&format!("CREATE DATABASE {name} OWNER {OWNER}")).unwrap();
        Self { cluster, name }
    }

    /// Returns the same database on a server that follows its own.
    pub fn at(&self, cluster: &Arc<Cluster>) -> Self {
        Self { cluster: Arc::clone(cluster), name: self.name.clone() }
    }

    /// The name of the database, and the port of its server.
    pub fn place(&self) -> (&str, u16) {
        (&self.name, self.cluster.port)
    }

    pub fn url(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{}", self.cluster.port, self.name)
    }

    /// The ways to write a port, of the network and of the socket.
    pub fn with_ports(&self) -> Vec<String> {
        let (port, name, folder) = (self.cluster.port, &self.name, self.cluster.home.path().display());
        let encoded = folder.to_string().replace('/', "%2F");
        vec![
            format!("postgres://{ROLE}@127.0.0.1/{name}?port={port}"),
            format!("postgres://{ROLE}@127.0.0.1:{port}/{name}?port={port}"),
            format!("postgresql://{ROLE}@/{name}?host={folder}&port={port}"),
            format!("postgres://{ROLE}@/{name}?port={port}&host={folder}"),
            format!("postgres://{ROLE}@:{port}/{name}?host={folder}"),
            format!("postgres://{ROLE}@{encoded}:{port}/{name}"),
        ]
    }

    /// Returns the same database over TLS. The name of this host is one that the program does not know as this machine.
    /// `authority` is the file that vouches for it.
    pub fn over_tls(&self, authority: Option<&str>) -> Server {
        let url = self.url(ROLE).replace("127.0.0.1", "LOCALHOST");
        let authorities = authority.map(|file| self.cluster.home.path().join(file));
        Server { address: url.parse().unwrap(), password: Some(self.password()), authorities }
    }

    /// Returns the file with the password.
    pub fn password(&self) -> PathBuf {
        self.cluster.home.path().join("password")
    }

    pub fn server(&self, role: &str) -> Server {
        let address = self.url(role).parse().unwrap();
        Server { address, password: Some(self.password()), authorities: None }
    }

    pub fn site(&self) -> Site {
        Site::Server(Box::new(self.server(ROLE)))
    }

    /// Connects as a person with a database browser does.
    pub fn client(&self, role: &str) -> postgres::Client {
        client(self.cluster.port, role, &self.name).unwrap()
    }
}
