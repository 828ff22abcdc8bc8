//! `portvakt approve` shows what will be signed and lets OpenSSH sign it. It then checks the signature and writes it
//! beside the file. A signature that would not count is reported before anything is signed.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Exit, Finding, Noun, Text, text};
use portvakt_core::evidence::Claim;
use portvakt_core::model::{Digest, FilePath, PersonId};
use serde_json::json;

pub(super) use self::signer::Stated;
use self::signer::{Signer, SigningTask};
use super::{compared, output, signable, sure, today, unwritten};
use crate::config::{Format, Global};

mod signer;

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
    /// The file with your private key, or the `.pub` of a key in hardware or in an agent.
    #[arg(long, value_name = "KEY", required_unless_present_any = ["agent", "waiting"])]
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
            && let Err(exit) = sure::of_the_ends(global, list, *most, args.ends_most)
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

/// Shows how the policies decide differently, if settings or their release are signed. The statement only has their
/// digest, which nobody can read.
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

/// The parts of a change that a person signs: everything in these files that they have approved and that the change
/// adds.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignedChange<'a> {
    /// The persons' files that are changed.
    pub(super) files: &'a [PathBuf],
    /// Tells whether the settings are signed too. They are, if the change concerns them and the person may release
    /// them.
    pub(super) settings: bool,
    /// Tells whether a review's list is signed too if it ends over half of its accesses. The caller asks the user for
    /// their number.
    pub(super) ends_most: bool,
    /// The result of [`stated`] for these files before the change. The old content is not signed along with the change,
    /// because it was not shown.
    pub(super) stood: &'a Stated,
    /// Whether who a person is, is left to whoever approves an entry that the change brings for that person, where somebody does.
    pub(super) leaves_people: bool,
}

/// The signatures that were made for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signatures {
    /// The number of new signatures. Zero is not an error.
    pub(super) made: usize,
    /// Tells whether the tree's list of keys has the key, so that the signatures count.
    pub(super) count: bool,
}

/// Returns what persons' files say now, in the words that are signed. A file that is missing or cannot be read says
/// nothing.
pub(super) fn stated(global: &Global, paths: &[FilePath]) -> Stated {
    let Ok(register) = signable::register(global) else { return Stated::default() };
    let read =
        |path: &FilePath| signable::person_file(global, &register, &global.root.join(path.as_str())).ok();
    let files: Vec<signable::Signed> = paths.iter().filter_map(read).collect();
    let people = files
        .iter()
        .map(|file| (file.path.clone(), file.facts.identifying_digest(&register.id, &file.person)))
        .collect();
    let entries = files.iter().flat_map(|file| file.statements(&register)).map(|one| one.text).collect();
    Stated { entries, people }
}

/// The people who approve what a change brings, so that it waits for them. A file that cannot be read names nobody.
pub(super) fn named(global: &Global, change: SignedChange<'_>) -> BTreeSet<PersonId> {
    let Ok(register) = signable::register(global) else { return BTreeSet::new() };
    let Ok(today) = today::of_register(global, &register) else { return BTreeSet::new() };
    let read = |file: &PathBuf| signable::person_file(global, &register, file).ok();
    let files = change.files.iter().filter_map(read);
    files.flat_map(|file| change.stood.approvers_beside(&file, &register, today)).collect()
}

/// Signs a change without asking: whoever calls has shown it and asked. Nothing to sign is in order.
///
/// # Errors
/// A signature would not count, or it could not be made. Signatures that were made before stay.
pub(super) fn sign(
    global: &Global,
    change: SignedChange<'_>,
    key: &SignersKey,
    by: &PersonId,
) -> Result<Signatures, Vec<Finding>> {
    let ready = to_sign(global, change, key, by)?;
    let files = ready.signer.with_new(&ready.tasks).map_err(|finding| vec![finding])?;
    let mut tasks = ready.tasks.iter().zip(&files);
    tasks.try_for_each(|(task, text)| write(task, text).map_err(|finding| vec![finding]))?;
    Ok(Signatures { made: ready.tasks.iter().map(|task| task.new.len()).sum(), count: ready.key_counts })
}

/// The statements that [`sign`] would sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToSign {
    /// The statements, word by word.
    pub(super) statements: Vec<String>,
    /// What the statements have the digest of alone: the answers in the signer's name, for each list of a review.
    pub(super) answers: Vec<Text>,
    /// The lists of reviews among them that end over half of their accesses: how many, and of how many.
    pub(super) ends_most: Vec<(FilePath, (usize, usize))>,
    /// Tells whether the tree's list of keys has the key, so that the signatures count.
    pub(super) key_counts: bool,
}

/// The statements that [`sign`] would sign, word by word.
///
/// # Errors
/// The findings, when a signature would not count.
pub(super) fn statements(
    global: &Global,
    change: SignedChange<'_>,
    key: &SignersKey,
    by: &PersonId,
) -> Result<ToSign, Vec<Finding>> {
    let Ready { tasks, key_counts, .. } = to_sign(global, change, key, by)?;
    let ends_most = tasks.iter().filter_map(|task| task.ends_most.clone()).collect();
    let answers = tasks.iter().map(|task| &task.answers).filter(|answers| !answers.is_empty());
    let answers = answers.map(in_lines).collect();
    let statements = tasks.into_iter().flat_map(|task| task.new).map(|new| new.text).collect();
    Ok(ToSign { statements, answers, ends_most, key_counts })
}

/// The answers as they are shown, with an empty line behind them.
fn in_lines(answers: &Text) -> Text {
    answers.changed(|words| format!("{words}\n\n"))
}

/// Everything that is needed to sign a change.
struct Ready {
    signer: Signer,
    tasks: Vec<SigningTask>,
    key_counts: bool,
}

fn to_sign(
    global: &Global,
    change: SignedChange<'_>,
    key: &SignersKey,
    by: &PersonId,
) -> Result<Ready, Vec<Finding>> {
    let (key, agent) = match key {
        SignersKey::File(file) => (Some(file.clone()), false),
        SignersKey::InAgent => (None, true),
    };
    let of_files = Args {
        files: change.files.to_vec(),
        entry: None,
        person: false,
        settings: false,
        release: None,
        out: None,
        key,
        agent,
        waiting: false,
        by: Some(by.to_string()),
        yes: true,
        ends_most: false,
    };
    let mut signer = Signer::open(global, &of_files)?;
    signer.stood.clone_from(change.stood);
    signer.leaves_people = change.leaves_people;
    let key_counts = signer.key_counts()?.is_none();
    let mut findings = Vec::new();
    let mut tasks = signer.tasks(global, &of_files, &mut findings)?;
    if change.settings {
        let of_settings = Args { files: Vec::new(), settings: true, ..of_files };
        tasks.extend(signer.tasks(global, &of_settings, &mut findings)?);
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    tasks.retain(|task| !task.new.is_empty());
    if !change.ends_most
        && let Some((list, most)) = tasks.iter().find_map(|task| task.ends_most.as_ref())
    {
        return Err(vec![asks_more(list, *most)]);
    }
    Ok(Ready { signer, tasks, key_counts })
}

/// The finding about a list that is signed only where somebody is asked for the number of its ends.
fn asks_more(list: &FilePath, (ended, all): (usize, usize)) -> Finding {
    let message = text!(
        en: "`{list}` was not signed: {ended} of {all} accesses would end, and nobody was asked for that number",
        nb: "`{list}` ble ikke signert: {ended} av {all} tilganger ville bli avsluttet, og ingen ble spurt om det tallet"
    );
    let way_out = text!(
        en: "Sign at a terminal, or say `--ends-most`.",
        nb: "Signer i en terminal, eller skriv `--ends-most`."
    );
    Finding::new(Code::NotSigned, message, way_out)
}

/// The key that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignersKey {
    /// The key is in a file: the private key, or the public half of a key in hardware.
    File(PathBuf),
    /// The key is in the running agent.
    InAgent,
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
        "review" => "kontroll",
        super::signable::PERSON => {
            return text!(
                en: "what identifies the person",
                nb: "det som identifiserer personen"
            );
        }
        super::signable::REJECTION => "avvisning",
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
    /// Signs the new statements, and returns the text of each signature file with them. It writes nothing.
    fn with_new(&self, tasks: &[SigningTask]) -> Result<Vec<String>, Finding> {
        let new = tasks.iter().flat_map(|task| &task.new);
        let statements: Vec<&str> = new.map(|new| new.text.as_str()).collect();
        let mut signatures = self.key.sign(&self.namespace, &statements, self.lang)?.into_iter();
        let files = tasks.iter().map(|task| {
            let mut text = task.kept.concat();
            for (new, signature) in task.new.iter().zip(signatures.by_ref()) {
                text.extend(new.claim.as_ref().map(Claim::lines));
                text.push_str(&signature.text());
            }
            text
        });
        Ok(files.collect())
    }
}

/// Writes a signature file. If anything fails, the old file stays unchanged.
fn write(task: &SigningTask, text: &str) -> Result<(), Finding> {
    let cannot = |why: Text| {
        let message = unwritten::cannot_write(&task.target, &why);
        Finding::new(Code::NotSigned, message, unwritten::take_the_right())
    };
    let read = task.holds.read(text.as_bytes());
    if read.signatures.len() != task.kept.len() + task.new.len() || !read.faults.is_empty() {
        return Err(cannot(text!(
            en: "it would hold more than a file of signatures can",
            nb: "den ville inneholde mer enn en signaturfil kan"
        )));
    }
    replace(&task.target, text.as_bytes()).map_err(|why| cannot(portvakt_core::system::said(&why)))
}

/// Replaces a whole file at once. Another process that reads it sees either the old file or the new one.
pub(super) fn replace(target: &Path, text: &[u8]) -> std::io::Result<()> {
    let name = target.file_name().ok_or_else(|| std::io::Error::other("it names no file"))?.to_string_lossy();
    let new = target.with_file_name(format!(".{name}-{}.new", uuid::Uuid::new_v4()));
    let written = std::fs::File::create_new(&new).and_then(|mut file| {
        file.write_all(text)?;
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
