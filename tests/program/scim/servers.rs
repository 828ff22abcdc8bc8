//! SCIM servers by other authors, and a client. Each server is started from its package in a fixed version.
//!
//! They are not part of the repository. If they are missing, a test prints one line about how to install them and
//! passes. With `CI=true` the test fails.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portvakt_core::store::WriteStore;
use portvakt_stores::scim::{Credentials, Scim, ScimSettings};

use super::story::{self, Bench};
use crate::running;

pub const TOKEN: &str = "a-token-of-no-importance";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("scim-servers")
}

/// Returns whether a package is there. If not, one line says so, and with `CI=true` the test fails.
fn is_there(needs: &Path) -> bool {
    if needs.exists() {
        return true;
    }
    let told = "the SCIM servers of the tests are missing: run tests/program/scim/servers/get";
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
    eprintln!("skipped: {told}");
    false
}

/// Returns PyPI `scim2-cli`, a client. It is `None` if its package is missing.
pub fn scim2_cli() -> Option<PathBuf> {
    let program = folder().join("python/bin/scim2");
    is_there(&program).then_some(program)
}

type Start = Box<dyn Fn(u16, &Path) -> Command>;

/// A server's process, ended with the test.
pub struct Running {
    child: Child,
    pub settings: ScimSettings,
    port: u16,
    command: Start,
    home: tempfile::TempDir,
}

impl Running {
    /// Starts a command on a free port, with a folder of its own, and waits until somebody listens there. `None` where
    /// its package is missing.
    fn start(needs: &Path, base: &str, command: impl Fn(u16, &Path) -> Command + 'static) -> Option<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        if !is_there(needs) {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let home = tempfile::tempdir().unwrap();
        let token = home.path().join("token");
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&token).unwrap();
        writeln!(file, "{TOKEN}").unwrap();
        let child = run(&command, port, home.path());
        let mut settings = ScimSettings::new(format!("http://127.0.0.1:{port}{base}").parse().unwrap());
        settings.entry = Credentials::Token(token);
        Some(Self { child, settings, port, command: Box::new(command), home })
    }

    pub fn place(&self) -> String {
        self.settings.address.to_string()
    }

    /// Returns the file with the token.
    pub fn token(&self) -> PathBuf {
        self.home.path().join("token")
    }

    /// Kills the server without a warning.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Started again, where it was.
    pub fn again(&mut self) {
        self.child = run(&self.command, self.port, self.home.path());
    }

    /// Starts this project's own service.
    pub fn own() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        let own = Self::start(program, "/scim/v2", |port, home| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
            command.env_clear().current_dir(home).args(["--root", ".", "--store", "sqlite:register.db"]);
            command.args(["register", "serve", "--token-file", "token"]);
            command.args(["--log", "error", "--listen", &format!("127.0.0.1:{port}")]);
            command
        });
        own.unwrap()
    }

    /// Starts PyPI `scim2-server`.
    pub fn scim2() -> Option<Self> {
        let uvicorn = folder().join("python/bin/uvicorn");
        Self::start(&uvicorn.clone(), "/v2", move |port, _| {
            let mut command = Command::new(&uvicorn);
            command
                .args([
                    "--app-dir",
                    concat!(env!("CARGO_MANIFEST_DIR"), "/program/scim/servers"),
                    "scim2:app",
                ])
                .args(["--log-level", "error", "--port", &port.to_string()])
                .env("PYTHONDONTWRITEBYTECODE", "1");
            command
        })
    }

    /// Starts npm `scimmy` behind `scimmy-routers`.
    pub fn scimmy() -> Option<Self> {
        let folder = folder().join("node");
        Self::start(&folder.join("node_modules/scimmy-routers"), "/scim/v2", move |port, _| {
            std::fs::copy(
                concat!(env!("CARGO_MANIFEST_DIR"), "/program/scim/servers/scimmy.mjs"),
                folder.join("scimmy.mjs"),
            )
            .unwrap();
            let mut command = Command::new("node");
            command.arg(folder.join("scimmy.mjs")).arg(port.to_string());
            command
        })
    }
}

/// Runs it and waits until somebody listens.
fn run(command: &dyn Fn(u16, &Path) -> Command, port: u16, home: &Path) -> Child {
    let mut command = command(port, home);
    let mut child = command.env("TOKEN", TOKEN).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > end || child.try_wait().unwrap().is_some() {
            let mut told = String::new();
            child.kill().ok();
            child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
            panic!("the server does not start: {told}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

impl Drop for Running {
    fn drop(&mut self) {
        running::signal(&self.child, rustix::process::Signal::TERM).ok();
        std::thread::sleep(Duration::from_millis(100));
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Bench for Running {
    fn store(&self) -> Box<dyn WriteStore> {
        Box::new(Scim::new(&self.settings).unwrap())
    }
}

#[test]
fn the_story_on_scim2_server() {
    if let Some(server) = Running::scim2() {
        story::tell(&server);
    }
}

#[test]
fn the_story_on_scimmy() {
    if let Some(server) = Running::scimmy() {
        story::tell(&server);
    }
}

#[test]
fn the_story_on_this_projects_own_service() {
    story::tell(&Running::own());
}
