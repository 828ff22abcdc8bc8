//! `portvakt approve` shows what will be signed and lets OpenSSH sign it. It then checks the signature and writes it
//! beside the file. A signature that would not count is reported before anything is signed.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Exit, Finding, Noun, Text, text};
use portvakt_core::evidence::{Claim, SignatureFile};
use portvakt_core::model::{Digest, PersonId};
use serde_json::json;

use self::signer::{Signer, Task};
use super::output;
use crate::config::{Format, Global};

mod signer;

/// Sign what you approved, with your SSH key; the signatures stand in `FILE.sig` beside each file.
///
/// Shows in full what will be signed and asks first. Signs the entries whose `approved.by` (or `revoked.by`) is you
/// and that are not signed yet. The private key stays with OpenSSH: a file, an agent or hardware.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Persons' files.
    #[arg(value_name = "FILE", required_unless_present_any = ["settings", "release"])]
    pub(super) files: Vec<PathBuf>,
    /// Only this entry of the file, counted from 1.
    #[arg(long, value_name = "N", requires = "files")]
    pub(super) entry: Option<usize>,
    /// The settings of the tree (`register.yaml`, policies, lists of keys); goes into `desired-state/settings.sig`.
    #[arg(long, conflicts_with = "files")]
    pub(super) settings: bool,
    /// What is held under this digest; goes into the file named with `--out`.
    #[arg(long, value_name = "DIGEST", requires = "out", conflicts_with_all = ["files", "settings"])]
    pub(super) release: Option<Digest>,
    /// Where the signature of a release goes; a file that is there already is extended.
    #[arg(long, value_name = "FILE", requires = "release")]
    pub(super) out: Option<PathBuf>,
    /// The file with your private key, or the `.pub` of a key in hardware or in an agent.
    #[arg(long, value_name = "KEY", required_unless_present = "agent")]
    pub(super) key: Option<PathBuf>,
    /// Sign with a key in the running `ssh-agent`; without `--key` the one that is yours by `allowed_signers`.
    #[arg(long)]
    pub(super) agent: bool,
    /// Who signs; the person whose key it is where it is left out.
    #[arg(long, value_name = "PERSON", value_parser = super::person)]
    pub(super) by: Option<PersonId>,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let mut findings = Vec::new();
    let prepared = Signer::open(global, args).and_then(|signer| {
        findings.extend(signer.key_counts()?);
        let tasks = signer.tasks(global, args, &mut findings)?;
        Ok((signer, tasks))
    });
    let (signer, mut tasks) = match prepared {
        Ok(prepared) => prepared,
        Err(more) => {
            findings.extend(more);
            return output::findings(global, &findings, json!({ "signed": [] }));
        }
    };
    tasks.retain(|task| !task.new.is_empty());
    let count: usize = tasks.iter().map(|task| task.new.len()).sum();
    if count == 0 {
        let by = &signer.by;
        say(
            global,
            &text!(
                en: "There is nothing for `{by}` to sign.\n",
                nb: "Det er ingenting `{by}` skal signere.\n"
            ),
        );
        return output::findings(global, &findings, json!({ "signed": [] }));
    }
    for task in &tasks {
        for new in &task.new {
            let which = new
                .entry
                .map_or_else(Text::default, |entry| text!(en: ", entry {entry}", nb: ", oppføring {entry}"));
            let (about, kind, statement) = (&task.about, kind_words(new.kind), &new.text);
            say(
                global,
                &text!(
                    with about, which, kind;
                    en: "# {about}{which}: {kind}\n{statement}\n",
                    nb: "# {about}{which}: {kind}\n{statement}\n"
                ),
            );
        }
    }
    let (statements, by) = (STATEMENTS.count(count), &signer.by);
    let question = text!(
        with statements;
        en: "Sign {statements} as `{by}` with the key {key}?",
        nb: "Signere {statements} som `{by}` med nøkkelen {key}?";
        key = signer.key.public.fingerprint()
    );
    if let Err(exit) = confirmed(global, args, &question) {
        return exit;
    }
    let mut signed = Vec::new();
    for task in &tasks {
        match signer.carry_out(task) {
            Ok(()) => {
                let written = SIGNATURES.count(task.new.len());
                let (by, key, target) = (&signer.by, signer.key.public.fingerprint(), task.target.display());
                say(
                    global,
                    &text!(
                        with written;
                        en: "{written} written to `{target}`, as `{by}` with the key {key}.\n",
                        nb: "{written} skrevet til `{target}`, som `{by}` med nøkkelen {key}.\n"
                    ),
                );
                signed.extend(task.new.iter().map(|new| {
                    json!({ "file": task.target, "entry": new.entry, "kind": new.kind, "statement": new.text })
                }));
            }
            Err(finding) => {
                findings.push(finding);
                break;
            }
        }
    }
    let more = json!({ "signed": signed, "by": signer.by, "key": signer.key.public.fingerprint() });
    output::findings(global, &findings, more)
}

const STATEMENTS: Noun = Noun::new(["statement", "statements"], ["erklæring", "erklæringer"]);
const SIGNATURES: Noun = Noun::new(["signature", "signatures"], ["signatur", "signaturer"]);

/// The kind of statement in words for people. JSON output keeps the English word.
fn kind_words(kind: &'static str) -> Text {
    let nb = match kind {
        "access" => "tilgang",
        "revocation" => "tilbaketrekking",
        "settings" => "innstillinger",
        "release" => "frigivelse",
        super::signable::CHANGE_OF_ID => return text!(en: "change of id", nb: "endring av id"),
        other => other,
    };
    Text::new(kind, nb)
}

/// Writes text for people. It goes to standard error in the other formats, because programs read standard output.
fn say(global: &Global, text: &Text) {
    let text = text.get(global.lang());
    match global.format {
        Format::Human => output::out(text),
        _ => output::err(text.trim_end()),
    }
}

fn confirmed(global: &Global, args: &Args, question: &Text) -> Result<(), Exit> {
    if args.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        output::tell(
            global,
            &text!(
                with question;
                en: "{question} Nothing was signed: without a terminal to ask at, say `--yes`.",
                nb: "{question} Ingenting ble signert: uten en terminal å spørre i, skriv `--yes`."
            ),
        );
        return Err(Exit::Usage);
    }
    let mut stderr = std::io::stderr().lock();
    let asked = text!(with question; en: "{question} [y/N] ", nb: "{question} [j/N] ");
    let _gone = stderr.write_all(asked.get(global.lang()).as_bytes()).and_then(|()| stderr.flush());
    let mut answer = String::new();
    let yes = std::io::stdin().read_line(&mut answer).is_ok()
        && ["y", "yes", "j", "ja"].contains(&answer.trim().to_lowercase().as_str());
    if yes {
        return Ok(());
    }
    output::tell(global, &text!(en: "Nothing was signed.", nb: "Ingenting ble signert."));
    Err(Exit::Findings)
}

impl Signer {
    /// Signs the new statements and writes the signature file. If anything fails, the old file stays unchanged.
    fn carry_out(&self, task: &Task) -> Result<(), Finding> {
        let mut text = task.kept.concat();
        for new in &task.new {
            let signature = self.key.sign(&self.namespace, &new.text)?;
            text.extend(new.claim.as_ref().map(Claim::lines));
            text.push_str(&signature.text());
        }
        let cannot = |why: Text| {
            let target = task.target.display();
            let message = text!(
                with why;
                en: "`{target}` cannot be written: {why}",
                nb: "`{target}` kan ikke skrives: {why}"
            );
            let way_out = text!(
                en: "Give yourself the right to write in that folder.",
                nb: "Gi deg selv rett til å skrive i den mappen."
            );
            Finding::new(Code::NotSigned, message, way_out)
        };
        let read = SignatureFile::read(text.as_bytes());
        if read.signatures.len() != task.kept.len() + task.new.len() || !read.faults.is_empty() {
            return Err(cannot(text!(
                en: "it would hold more than a file of signatures can",
                nb: "den ville inneholde mer enn en signaturfil kan"
            )));
        }
        replace(&task.target, &text).map_err(|why| cannot(Text::same(why.to_string())))
    }
}

/// Replaces a whole file at once. Another process that reads it sees either the old file or the new one.
fn replace(target: &Path, text: &str) -> std::io::Result<()> {
    let name = target.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?.to_string_lossy();
    let new = target.with_file_name(format!(".{name}-{}.new", uuid::Uuid::new_v4()));
    let written = std::fs::File::create_new(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, target)
    });
    if written.is_err() {
        // The first error is the one to report. If the temporary file cannot be removed, its name begins with a dot, so
        // it is ignored.
        let _rest = std::fs::remove_file(&new);
    }
    written
}
