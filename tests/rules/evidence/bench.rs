//! A folder with real keys, and OpenSSH's own verdict beside ours.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use jiff::civil::Date;
use portvakt_core::evidence::{Lack, Sealed, Signature, SignatureFile, Signers};
use portvakt_core::model::PersonId;
use tempfile::TempDir;

pub const NAMESPACE: &str = "portvakt@smerteregisteret";
pub const ZONE: &str = "Europe/Oslo";

pub fn id(text: &str) -> PersonId {
    PersonId::new(text).unwrap()
}

pub struct Bench {
    dir: TempDir,
}

/// A key in files.
#[derive(Clone)]
pub struct Key {
    pub file: PathBuf,
    pub public: String,
    pub fingerprint: String,
}

impl Bench {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn key(&self, name: &str, options: &[&str]) -> Key {
        let file = self.path(name);
        run(Command::new("ssh-keygen").args(["-q", "-N", "", "-C", "test", "-f"]).arg(&file).args(options));
        let public = std::fs::read_to_string(file.with_extension("pub")).unwrap().trim().to_owned();
        let shown = run(Command::new("ssh-keygen").arg("-lf").arg(file.with_extension("pub")));
        let fingerprint = shown.split(' ').nth(1).unwrap().to_owned();
        Key { file, public, fingerprint }
    }

    pub fn ed25519(&self, name: &str) -> Key {
        self.key(name, &["-t", "ed25519"])
    }

    /// A block over `message`.
    pub fn sign(&self, key: &Key, namespace: &str, message: &str, options: &[&str]) -> String {
        let path = self.write("message", message);
        let _none = std::fs::remove_file(self.path("message.sig"));
        run(Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .arg(&key.file)
            .args(options)
            .arg(&path)
            .stdin(Stdio::null()));
        std::fs::read_to_string(self.path("message.sig")).unwrap()
    }

    /// Whether `ssh-keygen -Y verify` accepts, at noon of the day in the register's time zone.
    pub fn openssh_accepts(&self, case: &Case<'_>) -> bool {
        let allowed = self.write("allowed", case.allowed);
        let revoked = self.write("revoked", case.revoked);
        let signature = self.write("signature", case.block);
        let time = format!("verify-time={}1200", case.day.to_string().replace('-', ""));
        let message = std::fs::File::open(self.write("verified", case.message)).unwrap();
        let done = Command::new("ssh-keygen")
            .env("TZ", ZONE)
            .args(["-Y", "verify", "-n", case.namespace, "-I", case.by, "-O", &time, "-f"])
            .arg(allowed)
            .arg("-s")
            .arg(signature)
            .arg("-r")
            .arg(revoked)
            .stdin(message)
            .output()
            .unwrap();
        done.status.success()
    }
}

/// One question to both.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub allowed: &'a str,
    pub revoked: &'a str,
    pub block: &'a str,
    pub namespace: &'a str,
    pub message: &'a str,
    pub by: &'a str,
    pub day: Date,
}

impl Case<'_> {
    /// Our verdict; the text says what of it could not even be read.
    pub fn ours(&self) -> Result<Sealed, Refused> {
        let signers =
            Signers::parse(self.allowed.as_bytes(), self.revoked.as_bytes(), ZONE).map_err(|findings| {
                Refused::Signers(findings.iter().map(|finding| finding.message.en()).collect())
            })?;
        let file = SignatureFile::read(self.block.as_bytes());
        let [signature]: &[Signature] = &file.signatures else {
            return Err(Refused::Block(file.faults.iter().map(|fault| fault.what.en()).collect()));
        };
        assert!(file.faults.is_empty(), "{:?}", file.faults);
        signers
            .weigh(signature, self.namespace, self.message.as_bytes(), &id(self.by), &[self.day])
            .map_err(Refused::Lack)
    }
}

#[derive(Debug)]
pub enum Refused {
    Signers(String),
    Block(String),
    Lack(Lack),
}

#[track_caller]
pub fn run(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
