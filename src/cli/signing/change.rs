//! Signs a change that another command has made and shown, and tells beforehand what would be signed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_core::decide::RenamedIds;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{FilePath, PersonId};

use super::signer::{Signer, SigningOptions, SigningTask, Stated};
use super::written::write;
use crate::cli::{signable, today};
use crate::config::Global;

/// The parts of a change that a person signs: everything in these files that they have approved and that the change
/// adds.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct SignedChange<'a> {
    /// The persons' files that are changed.
    pub(in crate::cli) files: &'a [PathBuf],
    /// Tells whether the settings are signed too. They are, if the change concerns them and the person may release
    /// them.
    pub(in crate::cli) settings: bool,
    /// Tells whether a review's list is signed too if it ends over half of its accesses. The caller asks the user for
    /// their number.
    pub(in crate::cli) ends_most: bool,
    /// The result of [`stated`] for these files before the change. The old content is not signed along with the change,
    /// because it was not shown.
    pub(in crate::cli) stood: &'a Stated,
    /// Whether the approvers of the change also confirm the person's identity. If nobody approves an entry that the
    /// change adds for the person, the signer confirms it.
    pub(in crate::cli) leaves_people: bool,
    /// The earlier ids of people, each with the current one, as the tree before the change has them.
    pub(in crate::cli) renamed: &'a RenamedIds,
}

/// The signatures that were made for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Signatures {
    /// The number of new signatures. Zero is not an error.
    pub(in crate::cli) made: usize,
    /// Tells whether the tree's list of keys has the key, so that the signatures count.
    pub(in crate::cli) count: bool,
}

/// Returns what persons' files say now, in the words that are signed. A file that is missing or cannot be read says
/// nothing.
pub(in crate::cli) fn stated(global: &Global, paths: &[FilePath]) -> Stated {
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

/// Returns the people who approve what a change adds. The change waits for them. A file that cannot be read names
/// nobody.
pub(in crate::cli) fn approvers_of_change(global: &Global, change: SignedChange<'_>) -> BTreeSet<PersonId> {
    let Ok(register) = signable::register(global) else { return BTreeSet::new() };
    let Ok(today) = today::of_register(global, &register) else { return BTreeSet::new() };
    let read = |file: &PathBuf| signable::person_file(global, &register, file).ok();
    let files = change.files.iter().filter_map(read);
    files.flat_map(|file| change.stood.approvers_beside(&file, &register, today)).collect()
}

/// Signs a change without asking. The caller has shown it and asked the user. It is not an error if there is nothing to
/// sign.
///
/// # Errors
/// A signature would not count, or it could not be made. Signatures that were made before stay.
pub(in crate::cli) fn sign(
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
pub(in crate::cli) struct ToSign {
    /// The statements, word by word.
    pub(in crate::cli) statements: Vec<String>,
    /// The answers in the signer's name, for each list of a review. The statements contain only their digest.
    pub(in crate::cli) answers: Vec<Text>,
    /// The lists of reviews that end over half of their accesses. The numbers are how many would end, and how many the
    /// list has.
    pub(in crate::cli) ends_most: Vec<(FilePath, (usize, usize))>,
    /// Tells whether the tree's list of keys has the key, so that the signatures count.
    pub(in crate::cli) key_counts: bool,
}

/// Returns the statements that [`sign`] would sign, word by word.
///
/// # Errors
/// A signature would not count. The error has the findings.
pub(in crate::cli) fn statements_to_sign(
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
    let of_files = SigningOptions {
        files: change.files.to_vec(),
        entry: None,
        person: false,
        settings: false,
        release: None,
        out: None,
        key,
        agent,
        by: Some(by.to_string()),
    };
    let mut signer = Signer::open(global, &of_files, change.renamed.clone())?;
    signer.stood.clone_from(change.stood);
    signer.leaves_people = change.leaves_people;
    let key_counts = signer.key_counts()?.is_none();
    let mut findings = Vec::new();
    let mut tasks = signer.tasks(global, &of_files, &mut findings)?;
    if change.settings {
        let of_settings = SigningOptions { files: Vec::new(), settings: true, ..of_files };
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

/// Returns the finding about a list that ends many accesses. It is not signed, because nobody was asked for the number
/// of ends.
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
pub(in crate::cli) enum SignersKey {
    /// The key is in a file: the private key, or the public half of a key in hardware.
    File(PathBuf),
    /// The key is in the running agent.
    InAgent,
}

/// Returns the answers as they are shown, with an empty line after them.
pub(in crate::cli) fn in_lines(answers: &Text) -> Text {
    answers.changed(|words| format!("{words}\n\n"))
}
