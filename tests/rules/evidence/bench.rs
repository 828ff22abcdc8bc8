//! A folder with real keys, and OpenSSH's own verdict beside ours.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use jiff::civil::{Date, date};
use portvakt_core::evidence::{Lack, Sealed, Signature, SignatureFile, Signers};
use portvakt_core::model::PersonId;
use tempfile::TempDir;

pub const NAMESPACE: &str = "portvakt@smerteregisteret";
pub const ZONE: &str = "Europe/Oslo";
/// What is signed.
pub const MESSAGE: &str = "portvakt access statement 1\nperson: ola.testesen\n";
/// The day on which it is judged.
pub const DAY: Date = date(2026, 11, 20);

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

    /// Returns the signature block over `message`.
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

    /// Returns whether `ssh-keygen -Y verify` accepts, at noon of the day in the register's time zone.
    pub fn openssh_accepts(&self, case: &Case<'_>) -> bool {
        self.verified(case, &format!("{}1200", case.day.to_string().replace('-', "")))
    }

    /// Returns whether it accepts in the last second of the day. A key that begins on the day has then begun, and one
    /// that counts on the day has not ended.
    pub fn openssh_accepts_at_its_end(&self, case: &Case<'_>) -> bool {
        let last = case.day.at(23, 59, 59, 0).in_tz(ZONE).unwrap().timestamp();
        self.verified(case, &last.strftime("%Y%m%d%H%M%SZ").to_string())
    }

    fn verified(&self, case: &Case<'_>, at: &str) -> bool {
        let allowed = self.write("allowed", case.allowed);
        let revoked = self.write("revoked", case.revoked);
        let signature = self.write("signature", case.block);
        let time = format!("verify-time={at}");
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

/// One question to both programs.
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

/// The usual question: whether this block shows that Kari has signed the message.
pub fn case<'a>(allowed: &'a str, block: &'a str) -> Case<'a> {
    Case {
        allowed,
        revoked: "",
        block,
        namespace: NAMESPACE,
        message: MESSAGE,
        by: "kari.testesen",
        day: DAY,
    }
}

impl Case<'_> {
    /// Returns our verdict. The text tells which part could not even be read.
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
        self.weighed(&signers, signature)
    }

    /// The same where more may stand in the file of the signature than one block.
    pub fn ours_of_the_first(&self) -> Result<Sealed, Refused> {
        let signers = Signers::parse(self.allowed.as_bytes(), self.revoked.as_bytes(), ZONE)
            .map_err(|findings| Refused::Signers(format!("{findings:?}")))?;
        let file = SignatureFile::read(self.block.as_bytes());
        let first = file.signatures.first().ok_or_else(|| Refused::Block(format!("{:?}", file.faults)))?;
        self.weighed(&signers, first)
    }

    fn weighed(&self, signers: &Signers, signature: &Signature) -> Result<Sealed, Refused> {
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
