//! `portvakt approve` shows what will be signed and lets OpenSSH sign it. It then checks the signature and writes it
//! beside the file. A signature that would not count is reported before anything is signed.

use std::io::Write as _;
use std::path::PathBuf;

use portvakt_core::diag::{Exit, Finding, Noun, Text, text, with_full_stop};
use portvakt_core::model::Digest;
use serde_json::json;

use super::ask::{Asker, signals, sure};
use super::clone::{is_in_a_clone, no_key, noted, noted_key};
use super::signing::{Signer, SigningOptions, in_lines, write};
use super::{compared, output, signable};
use crate::config::{Format, Global};

/// Sign what you approved, with your SSH key.
///
/// The signatures stand in `FILE.sig` beside each file.
/// Shows in full what will be signed and asks first. Signs the entries whose `approved.by` (or `revoked.by`) is you
/// and that are not signed yet; as an administrator you also sign who the person is (name, login, e-mail address),
/// where nobody has within 31 days. The private key stays with OpenSSH: a file, an agent or hardware.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Persons' files, or lists of `requests` or `reviews`.
    #[arg(value_name = "FILE", required_unless_present_any = ["settings", "release", "waiting"])]
    pub(super) files: Vec<PathBuf>,
    /// Only this entry of the file, counted from 1.
    #[arg(long, value_name = "N", requires = "files")]
    pub(super) entry: Option<usize>,
    /// Only who the person is (name, login, e-mail address), and none of the entries.
    #[arg(long, requires = "files", conflicts_with = "entry")]
    pub(super) person: bool,
    /// The settings of the tree (`register.yaml`, policies, lists of keys); goes into `desired-state/settings.sig`.
    #[arg(long, conflicts_with = "files")]
    pub(super) settings: bool,
    /// What is held under this digest; goes into the file named with `--out`.
    #[arg(long, value_name = "DIGEST", requires = "out", conflicts_with_all = ["files", "settings"])]
    pub(super) release: Option<Digest>,
    /// Where the signature of a release goes; a file that is there already is extended.
    #[arg(long, value_name = "FILE", requires = "release")]
    pub(super) out: Option<PathBuf>,
    /// The file with your private key, or the `.pub` of a key in hardware or in an agent. Without it: the key that `portvakt join`
    /// or `portvakt key new` noted.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<PathBuf>,
    /// Sign with a key in the running `ssh-agent`; without `--key` the one that is yours by `allowed_signers`.
    #[arg(long)]
    pub(super) agent: bool,
    /// Everything that waits for your signature, over all branches of `origin`: each change is shown, signed and sent.
    #[arg(long, conflicts_with_all = ["files", "entry", "settings", "release", "out"])]
    pub(super) waiting: bool,
    /// Who signs: the id, the name or a part of it; the person whose key it is where it is left out.
    #[arg(long, value_name = "PERSON")]
    pub(super) by: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
    /// Sign a list that ends over half of its accesses, without being asked for the number; `--yes` is not enough for that.
    #[arg(long, conflicts_with_all = ["settings", "release"])]
    pub(super) ends_most: bool,
}

impl Args {
    /// The options that say what is signed, by whom and with which key.
    fn signing(&self) -> SigningOptions {
        SigningOptions {
            files: self.files.clone(),
            entry: self.entry,
            person: self.person,
            settings: self.settings,
            release: self.release,
            out: self.out.clone(),
            key: self.key.clone(),
            agent: self.agent,
            by: self.by.clone(),
        }
    }
}

pub(super) fn run(global: &Global, args: Args) -> Exit {
    with_key(global, args).map_or_else(|exit| exit, |args| approve(global, &args))
}

/// Returns the options of `approve` with a key. If they name none, the noted key is added, with the person who was
/// noted with it.
///
/// # Errors
/// There is no key. The user has been told so.
fn with_key(global: &Global, args: Args) -> Result<Args, Exit> {
    if args.key.is_some() || args.agent {
        return Ok(args);
    }
    let Some(key) = noted_key(global) else {
        let Finding { message, way_out, .. } = no_key();
        let message = message.changed(with_full_stop);
        let told = text!(
            with message, way_out;
            en: "error: {message} {way_out}",
            nb: "feil: {message} {way_out}"
        );
        output::tell(global, &told);
        return Err(Exit::Usage);
    };
    let by = args.by.clone().or_else(|| noted(global).map(|me| me.to_string()));
    Ok(Args { key: Some(key), by, ..args })
}

fn approve(global: &Global, args: &Args) -> Exit {
    let mut findings = Vec::new();
    let options = args.signing();
    let renamed = signable::renamed_ids(global);
    let prepared = Signer::open(global, &options, renamed).and_then(|signer| {
        findings.extend(signer.key_counts()?);
        let tasks = signer.tasks(global, &options, &mut findings)?;
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
            let (about, kind, statement) = (&task.about, new.kind.words(), &new.text);
            say(
                global,
                &text!(
                    with about, which, kind;
                    en: "# {about}{which}: {kind}\n{statement}\n",
                    nb: "# {about}{which}: {kind}\n{statement}\n"
                ),
            );
        }
        if !task.answers.is_empty() {
            say(global, &in_lines(&task.answers));
        }
    }
    show_what_policies_decide(global, args);
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
    for task in &tasks {
        if let Some((list, most)) = &task.ends_most
            && let Err(exit) = sure::of_the_ends(global, list, *most, args.ends_most, &sure::nothing_done())
        {
            return exit;
        }
    }
    let mut signed = Vec::new();
    let files = signer.with_new(&tasks).unwrap_or_else(|finding| {
        findings.push(finding);
        Vec::new()
    });
    for (task, text) in tasks.iter().zip(&files) {
        match write(task, text) {
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
                    let kind = new.kind.word();
                    json!({ "file": task.target, "entry": new.entry, "kind": kind, "statement": new.text })
                }));
            }
            Err(finding) => {
                findings.push(finding);
                break;
            }
        }
    }
    tell_how_to_send(global, args, signed.len());
    let more = json!({ "signed": signed, "by": signer.by, "key": signer.key.public.fingerprint() });
    output::findings(global, &findings, more)
}

/// Says what to do with signatures that were written into a clone, since this command sends nothing. The file of a release is
/// taken to the host.
fn tell_how_to_send(global: &Global, args: &Args, signed: usize) {
    if signed == 0 || args.release.is_some() || !is_in_a_clone(global) {
        return;
    }
    let told = text!(
        en: "What was signed is in this folder alone: commit it on the branch of the change, and push that branch. `portvakt approve --waiting` signs what waits on the branches of the remote, and sends it.\n",
        nb: "Det som ble signert, ligger bare i denne mappen: legg det inn på grenen til endringen (`git commit`), og send grenen (`git push`). `portvakt approve --waiting` signerer det som venter på grenene, og sender det.\n"
    );
    say(global, &told);
}

/// Shows how the policies decide differently, if settings or their release are signed. The statement contains only
/// their digest, which nobody can read.
fn show_what_policies_decide(global: &Global, args: &Args) {
    let told = match args.release {
        Some(digest) => compared::before_a_release_is_signed(global, digest),
        None if args.settings => compared::before_the_settings_are_signed(global),
        None => return,
    };
    for told in told {
        say(global, &text!(with told; en: "- {told}\n", nb: "- {told}\n"));
    }
}

const STATEMENTS: Noun = Noun::new(["statement", "statements"], ["erklæring", "erklæringer"]);
const SIGNATURES: Noun = Noun::new(["signature", "signatures"], ["signatur", "signaturer"]);

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
    if !Asker::new(global).at_a_terminal() {
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
    sure::forget_typed();
    let _gone = stderr.write_all(asked.get(global.lang()).as_bytes()).and_then(|()| stderr.flush());
    drop(stderr);
    let answer = signals::next_typed_line().unwrap_or_default();
    if ["y", "yes", "j", "ja"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    output::tell(global, &text!(en: "Nothing was signed.", nb: "Ingenting ble signert."));
    Err(Exit::Findings)
}
