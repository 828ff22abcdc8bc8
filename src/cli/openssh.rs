//! Signs with OpenSSH's own `ssh-keygen`. That program handles private keys, passphrases, agents and hardware keys.
//! This code never reads a private key.
//!
//! ```text
//!  asking  whether OpenSSH may ask for a passphrase
//! ```

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::{PublicKey, Signature, SignatureFile};
use portvakt_core::system::said;

use super::ask::Asker;
use super::{output, signable, unwritten};
use crate::config;

mod asking;

pub(super) use asking::is_unprotected;

/// The largest size of a key file, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The number of times a passphrase is asked for.
const TRIES: usize = 3;

/// The key that signs.
pub(super) struct ChosenKey {
    /// The public half of the key that signs.
    pub(super) public: PublicKey,
    /// The public key as one line of a `.pub` file.
    pub(super) line: String,
    /// The file that `ssh-keygen` gets. It holds the private key, or the public key if an agent or hardware holds the
    /// private one.
    file: PathBuf,
    agent: Agent,
    scratch: Scratch,
}

/// Tells whether a running agent holds the private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agent {
    /// The private key is in a file, or in hardware that the file names.
    No,
    /// The private key is in a running `ssh-agent`.
    Yes,
}

/// A private folder for temporary files. It is removed when the value is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        let path = config::scratch().join(format!("portvakt-{}", uuid::Uuid::new_v4()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %why, "a folder for signing could not be taken away");
        }
    }
}

fn cannot(what: Text, way_out: Text) -> Finding {
    Finding::new(Code::NotSigned, what, way_out)
}

fn scratch() -> Result<Scratch, Finding> {
    Scratch::new().map_err(|error| {
        let why = said(&error);
        cannot(
            text!(
                with why;
                en: "no folder for signing could be made: {why}",
                nb: "det kunne ikke lages en mappe for signeringen: {why}"
            ),
            text!(
                en: "Set `TMPDIR` to a folder you can write in.",
                nb: "Sett `TMPDIR` til en mappe du kan skrive i."
            ),
        )
    })
}

impl ChosenKey {
    /// Uses the key in a file. The file holds the private key, or the public key if an agent or hardware holds the
    /// private one.
    pub(super) fn from_file(path: &Path, agent: Agent, ask: Asker) -> Result<Self, Finding> {
        let line = public_line(path, ask)?;
        let public = usable(&line)?;
        Ok(Self { public, line, file: path.to_owned(), agent, scratch: scratch()? })
    }

    /// Uses a key of the running agent, given as its public line.
    pub(super) fn in_agent(line: &str) -> Result<Self, Finding> {
        let scratch = scratch()?;
        let file = scratch.0.join("key.pub");
        std::fs::write(&file, format!("{line}\n")).map_err(|why| {
            let what = unwritten::cannot_write(&file, &said(&why));
            cannot(what, text!(en: "Set `TMPDIR`.", nb: "Sett `TMPDIR`."))
        })?;
        Ok(Self { public: usable(line)?, line: line.to_owned(), file, agent: Agent::Yes, scratch })
    }

    /// Signs all texts at once, so that OpenSSH asks for a passphrase only once. After a wrong passphrase the user may
    /// type it again. This program then checks each signature itself before it returns them, in the order of the texts.
    pub(super) fn sign(
        &self,
        namespace: &str,
        texts: &[&str],
        ask: Asker,
    ) -> Result<Vec<Signature>, Finding> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut statements = Vec::new();
        for text in texts {
            let statement = self.scratch.0.join(format!("statement-{}", uuid::Uuid::new_v4()));
            std::fs::write(&statement, text).map_err(|why| broken(&said(&why)))?;
            statements.push(statement);
        }
        if self.is_gone() {
            return Err(gone(&self.file));
        }
        self.run(namespace, &statements, ask)?;
        statements.iter().zip(texts).map(|(statement, text)| self.made(namespace, statement, text)).collect()
    }

    /// Lets `ssh-keygen` sign these files.
    fn run(&self, namespace: &str, statements: &[PathBuf], ask: Asker) -> Result<(), Finding> {
        for left in (0..TRIES).rev() {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-Y", "sign", "-n", namespace]).arg("-f").arg(&self.file);
            if self.agent == Agent::Yes {
                command.arg("-U");
            }
            // If somebody can be asked, standard input and the terminal stay connected: `ssh-keygen` asks there for a
            // passphrase, a PIN or a touch.
            asking::limit(&mut command, ask);
            let done =
                command.args(statements).stdout(Stdio::null()).status().map_err(|why| missing(&why))?;
            if done.success() {
                return Ok(());
            }
            // A user who presses Ctrl-C at the question ends `ssh-keygen` by a signal. They are not asked again.
            if done.code().is_none() {
                return Err(ended_by_signal());
            }
            if !asking::is_locked(&self.file) {
                return Err(self.did_not_sign());
            }
            if !asking::may_ask(ask) {
                return Err(asking::locked(&self.file));
            }
            if left == 0 || !ask.at_a_terminal() {
                break;
            }
            let again = text!(
                en: "That was not the passphrase of the key. Try again.",
                nb: "Det var ikke passordet for nøkkelen. Prøv igjen."
            );
            output::err(again.get(ask.lang()));
        }
        let key = self.public.fingerprint();
        Err(cannot(
            text!(
                en: "nothing was signed: the passphrase of the key {key} was not typed, or not the right one",
                nb: "ingenting ble signert: passordet for nøkkelen {key} ble ikke skrevet, eller var ikke riktig"
            ),
            text!(
                en: "Run the command again and type the passphrase of the key. Nobody can find it for you: if it is forgotten, make a new key with `portvakt key new`.",
                nb: "Kjør kommandoen igjen, og skriv passordet for nøkkelen. Ingen kan finne det for deg: er det glemt, lag en ny nøkkel med `portvakt key new`."
            ),
        ))
    }

    /// Whether the private key is neither in its file nor in the agent. This is checked here, because OpenSSH says so
    /// only in English.
    fn is_gone(&self) -> bool {
        let is_public = self.file.extension().is_some_and(|end| end == "pub");
        let private = if is_public { self.file.with_extension("") } else { self.file.clone() };
        if self.agent == Agent::Yes || private.exists() {
            return false;
        }
        let lines = agent_keys().unwrap_or_default();
        let mut keys = lines.iter().filter_map(|line| PublicKey::from_line(line).ok());
        !keys.any(|key| key.fingerprint() == self.public.fingerprint())
    }

    fn did_not_sign(&self) -> Finding {
        let key = self.public.fingerprint();
        cannot(
            text!(
                en: "`ssh-keygen` did not sign with the key {key}",
                nb: "`ssh-keygen` signerte ikke med nøkkelen {key}"
            ),
            text!(
                en: "Its own message stands above: unlock the key, plug it in and touch it, or add it to the agent.",
                nb: "Dens egen melding står over: lås opp nøkkelen, sett den i og berør den, eller legg den til i agenten."
            ),
        )
    }

    /// The signature that `ssh-keygen` wrote beside a statement. It must be valid.
    fn made(&self, namespace: &str, statement: &Path, text: &str) -> Result<Signature, Finding> {
        let bytes = signable::read_plain_file(&statement.with_extension("sig"), LARGEST)
            .map_err(|why| broken(&why.words()))?;
        let file = SignatureFile::read(&bytes);
        match <[Signature; 1]>::try_from(file.signatures) {
            Ok([signature])
                if file.faults.is_empty()
                    && signature.namespace == namespace
                    && signature.key == *self.public.fingerprint()
                    && signature.covers(text.as_bytes()) =>
            {
                Ok(signature)
            }
            _ => {
                let why = file.faults.first().map_or_else(Text::default, |fault| {
                    let what = &fault.what;
                    text!(with what; en: ": {what}", nb: ": {what}")
                });
                let key = self.public.fingerprint();
                Err(cannot(
                    text!(
                        with why;
                        en: "what `ssh-keygen` made with the key {key} does not hold{why}",
                        nb: "det `ssh-keygen` laget med nøkkelen {key}, holder ikke{why}"
                    ),
                    text!(
                        en: "A hardware-backed key must ask for a touch; make one without `no-touch-required`.",
                        nb: "En nøkkel i maskinvare må kreve berøring; lag en uten `no-touch-required`."
                    ),
                ))
            }
        }
    }
}

/// The finding about a key that is not in its file any more.
fn gone(file: &Path) -> Finding {
    let file = file.display();
    cannot(
        text!(
            en: "the key file `{file}` is not there, and nothing can be signed without it",
            nb: "nøkkelfilen er borte: `{file}`, og uten den kan ingenting signeres"
        ),
        text!(
            en: "Bring it back, or say where it is: `git config portvakt.key FILE`, or once with `--key FILE`. If it is lost, revoke it with `portvakt key revoke`, and make a new one with `portvakt key new`.",
            nb: "Hent den tilbake, eller si hvor den er: `git config portvakt.key FIL`, eller én gang med `--key FIL`. Er den mistet, sperr den med `portvakt key revoke`, og lag en ny med `portvakt key new`."
        ),
    )
}

/// The finding about a signature that the user has stopped.
fn ended_by_signal() -> Finding {
    cannot(
        text!(
            en: "nothing was signed: `ssh-keygen` was stopped before it had",
            nb: "ingenting ble signert: `ssh-keygen` ble avbrutt før den hadde signert"
        ),
        text!(en: "Run the command again to sign.", nb: "Kjør kommandoen igjen for å signere."),
    )
}

fn broken(why: &Text) -> Finding {
    let what = text!(
        with why;
        en: "the statement could not be handed to `ssh-keygen`: {why}",
        nb: "erklæringen kunne ikke gis til `ssh-keygen`: {why}"
    );
    cannot(what, text!(en: "Try again.", nb: "Prøv igjen."))
}

fn usable(line: &str) -> Result<PublicKey, Finding> {
    PublicKey::from_line(line).map_err(|why| {
        let why = why.words();
        cannot(
            text!(with why; en: "the key cannot be used: {why}", nb: "nøkkelen kan ikke brukes: {why}"),
            text!(
                en: "Make one: `ssh-keygen -t ed25519`, or `-t ed25519-sk` in hardware.",
                nb: "Lag en: `ssh-keygen -t ed25519`, eller `-t ed25519-sk` i maskinvare."
            ),
        )
    })
}

fn missing(error: &std::io::Error) -> Finding {
    let why = said(error);
    cannot(
        text!(
            with why;
            en: "`ssh-keygen` could not be run: {why}",
            nb: "`ssh-keygen` kunne ikke kjøres: {why}"
        ),
        text!(
            en: "Install OpenSSH (`openssh-client`), version 8.9 or later.",
            nb: "Installer OpenSSH (`openssh-client`), versjon 8.9 eller nyere."
        ),
    )
}

/// The public key of a key file, as one line. It comes from the file itself, from the `.pub` file beside it, or from
/// `ssh-keygen`.
fn public_line(path: &Path, ask: Asker) -> Result<String, Finding> {
    let text = |path: &Path| {
        signable::read_plain_file(path, LARGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    };
    let first = |text: String| text.lines().next().unwrap_or_default().trim().to_owned();
    let own = text(path).map(first).filter(|line| PublicKey::from_line(line).is_ok());
    let beside = || {
        let mut name = path.as_os_str().to_owned();
        name.push(".pub");
        text(Path::new(&name)).map(first)
    };
    if let Some(line) = own.or_else(beside) {
        return Ok(line);
    }
    if !path.exists() {
        return Err(gone(path));
    }
    let mut asked = Command::new("ssh-keygen");
    asked.args(["-y", "-f"]).arg(path).stdin(Stdio::inherit()).stderr(Stdio::inherit());
    asking::limit(&mut asked, ask);
    let output = asked.output().map_err(|why| missing(&why))?;
    if !output.status.success() && !asking::may_ask(ask) && asking::is_locked(path) {
        return Err(asking::locked(path));
    }
    if !output.status.success() {
        let path = path.display();
        let what = text!(
            en: "`{path}` is no key that `ssh-keygen` can read",
            nb: "`{path}` er ingen nøkkel som `ssh-keygen` kan lese"
        );
        let way_out = text!(
            en: "Name the file with the private key, or the `.pub` of a key in the agent.",
            nb: "Oppgi filen med den private nøkkelen, eller `.pub` for en nøkkel i agenten."
        );
        return Err(cannot(what, way_out));
    }
    Ok(first(String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// The public keys of the running agent, as lines. Keys that this program does not accept are left out.
pub(super) fn agent_keys() -> Result<Vec<String>, Finding> {
    let output = Command::new("ssh-add").arg("-L").stdin(Stdio::null()).output().map_err(|error| {
        let why = said(&error);
        cannot(
            text!(with why; en: "`ssh-add` could not be run: {why}", nb: "`ssh-add` kunne ikke kjøres: {why}"),
            text!(
                en: "Install OpenSSH (`openssh-client`).",
                nb: "Installer OpenSSH (`openssh-client`)."
            ),
        )
    })?;
    // Exit code 1 means an agent without keys. Exit code 2 means that there is no agent.
    if output.status.code() == Some(2) {
        return Err(cannot(
            text!(en: "no `ssh-agent` answers", nb: "ingen `ssh-agent` svarer"),
            text!(
                en: "Start one (`eval $(ssh-agent)`) and add the key (`ssh-add KEY`), or name a file with `--key`.",
                nb: "Start en (`eval $(ssh-agent)`) og legg til nøkkelen (`ssh-add NØKKEL`), eller oppgi en fil med `--key`."
            ),
        ));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter(|line| PublicKey::from_line(line).is_ok()).map(str::to_owned).collect())
}
