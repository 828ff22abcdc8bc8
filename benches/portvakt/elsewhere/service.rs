//! The service as a process on this host.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Outcome;

pub(super) const TOKEN: &str = "a-token-of-no-importance";

/// The name of the register in the memory. Its address differs in each run.
pub(super) const PLACE: &str = "http://127.0.0.1/scim/v2";

/// The service, as a process, ended with the value.
pub(super) struct Service {
    child: Child,
    pub(super) address: String,
}

impl Service {
    pub(super) fn start(folder: &Path, register: &Path) -> Outcome<Self> {
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

pub(super) fn token(folder: &Path) -> PathBuf {
    folder.join("token")
}
