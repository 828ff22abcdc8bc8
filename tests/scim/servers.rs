//! SCIM servers that nobody here wrote, each started from its package in a version that is named.
//!
//! They are not part of the repository. Where they are missing a test says in one line how to get them, and passes;
//! with `CI=true` it fails.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portvakt::store::WriteStore;
use portvakt::store::scim::{Entry, Scim, Settings};

use super::story::{self, Bench};

pub const TOKEN: &str = "a-token-of-no-importance";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("scim-servers")
}

/// A server's process, ended with the test.
pub struct Running {
    child: Child,
    settings: Settings,
    _token: tempfile::TempDir,
}

impl Running {
    /// Starts a command on a free port, and waits until somebody listens there. `None` where its package is missing.
    fn start(needs: &Path, base: &str, command: impl Fn(u16) -> Command) -> Option<Self> {
        if !needs.exists() {
            let told = "the SCIM servers of the tests are missing: run tests/scim/servers/get";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
            eprintln!("skipped: {told}");
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child =
            command(port).env("TOKEN", TOKEN).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
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
        let token = tempfile::tempdir().unwrap();
        std::fs::write(token.path().join("token"), format!("{TOKEN}\n")).unwrap();
        let mut settings = Settings::new(format!("http://127.0.0.1:{port}{base}").parse().unwrap());
        settings.entry = Entry::Token(token.path().join("token"));
        Some(Self { child, settings, _token: token })
    }

    /// PyPI `scim2-server`.
    pub fn scim2() -> Option<Self> {
        let uvicorn = folder().join("python/bin/uvicorn");
        Self::start(&uvicorn.clone(), "/v2", |port| {
            let mut command = Command::new(&uvicorn);
            command
                .args(["--app-dir", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scim/servers"), "scim2:app"])
                .args(["--log-level", "error", "--port", &port.to_string()])
                .env("PYTHONDONTWRITEBYTECODE", "1");
            command
        })
    }

    /// npm `scimmy` behind `scimmy-routers`.
    pub fn scimmy() -> Option<Self> {
        let folder = folder().join("node");
        Self::start(&folder.join("node_modules/scimmy-routers"), "/scim/v2", |port| {
            std::fs::copy(
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scim/servers/scimmy.mjs"),
                folder.join("scimmy.mjs"),
            )
            .unwrap();
            let mut command = Command::new("node");
            command.arg(folder.join("scimmy.mjs")).arg(port.to_string());
            command
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let process = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::TERM).ok();
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

// This project's own service joins here: start `portvakt register serve` on a free port, and `story::tell` it.
