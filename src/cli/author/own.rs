//! Finds out who writes, and with which key they sign. The options come first. Then comes what `portvakt join` and
//! `portvakt key new` noted in the clone (`portvakt.person` and `portvakt.key` of its git configuration). Last, the
//! list of keys tells whose the signing key is.

use std::path::{Path, PathBuf};

use portvakt_author::AuthorDesk;
use portvakt_core::diag::{Text, text};
use portvakt_core::evidence::{Fingerprint, PublicKey, namespace};
use portvakt_core::model::PersonId;

use super::{How, people};
use crate::cli::ask::{Asker, Unanswered};
use crate::cli::clone::noted::{noted, noted_key};
use crate::cli::openssh::{Agent, ChosenKey, agent_keys};
use crate::cli::signing::SignersKey;
use crate::config::{Global, home};

/// Returns the person who writes. It is `None` if that is unknown.
pub(super) fn own_person(
    global: &Global,
    how: &How,
    desk: &AuthorDesk,
) -> Result<Option<PersonId>, Unanswered> {
    if let Some(typed) = &how.by {
        return people::chosen_person(Asker::new(global), desk, typed, "--by").map(Some);
    }
    let me = noted(global).or_else(|| holder(global, how, desk));
    // The clone may have an id that the person had before.
    Ok(me.map(|me| desk.base.meant(&me).clone()))
}

/// Returns the next step if it is unknown who writes or signs.
pub(super) fn say_who_you_are() -> Text {
    text!(
        en: "Say who you are with `--by PERSON`, or once for all in this folder with `git config portvakt.person ID`.",
        nb: "Si hvem du er, med `--by PERSON`, eller én gang for alle i denne mappen med `git config portvakt.person ID`."
    )
}

/// Returns the key that an option names, or else the noted key.
pub(super) fn own_key(global: &Global, how: &How) -> Option<SignersKey> {
    if how.unsigned {
        return None;
    }
    if let Some(file) = &how.key {
        return Some(SignersKey::File(file.clone()));
    }
    if how.agent {
        return Some(SignersKey::InAgent);
    }
    noted_key(global).map(SignersKey::File)
}

/// Returns the person whose key an option names or the clone has noted. If the agent is to sign, it is the one person
/// whose keys are in it.
fn holder(global: &Global, how: &How, desk: &AuthorDesk) -> Option<PersonId> {
    let signers = &desk.known.signers;
    let of_file = |file: &Path| {
        let chosen = ChosenKey::from_file(file, Agent::No, Asker::new(global)).ok()?;
        signers.holder(chosen.public.fingerprint()).cloned()
    };
    match own_key(global, how) {
        Some(SignersKey::File(file)) => of_file(&file),
        Some(SignersKey::InAgent) => {
            let lines = agent_keys().ok()?;
            let keys = lines.iter().filter_map(|line| PublicKey::from_line(line).ok());
            let mut people: Vec<PersonId> =
                keys.filter_map(|key| signers.holder(key.fingerprint()).cloned()).collect();
            people.dedup();
            <[PersonId; 1]>::try_from(people).ok().map(|[person]| person)
        }
        None => None,
    }
}

/// The state of a person's key, on this machine and in the list of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KnownKey {
    /// It is in this file, and counts today.
    Here(PathBuf),
    /// It is in the running agent, and counts today.
    InAgent,
    /// The person has a key that counts today. It was not found on this machine.
    Elsewhere,
    /// This file holds a key that does not count.
    Uncounted(PathBuf),
    /// No key was found.
    None,
}

impl KnownKey {
    /// Returns the word for programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Here(_) => "here",
            Self::InAgent => "in-agent",
            Self::Elsewhere => "elsewhere",
            Self::Uncounted(_) => "not-signed-in",
            Self::None => "none",
        }
    }
}

/// Looks for a person's key. It looks in the noted file, in the file of `portvakt key new`, among the other keys in
/// `~/.ssh`, and in the agent. It asks nothing and reads no private key. A key with another name in `~/.ssh` is only
/// taken if it counts, because a key that does not count may be for something else.
pub(super) fn known_key(global: &Global, desk: &AuthorDesk, me: &PersonId) -> KnownKey {
    let (id, signers) = (&desk.known.register.id, &desk.known.signers);
    let counts = |key: &Fingerprint| signers.counts(key, &namespace(id), me, &[desk.today]).is_ok();
    let noted = noted_key(global);
    let folder = home().map(|home| home.join(".ssh"));
    let usual = folder.as_ref().map(|folder| folder.join(format!("portvakt_{id}")));
    let mut first = None;
    for file in noted.into_iter().chain(usual) {
        let Some(key) = public_half(&file) else { continue };
        if counts(key.fingerprint()) {
            return KnownKey::Here(file);
        }
        first.get_or_insert(file);
    }
    let others = folder.map(|folder| keys_in(&folder)).unwrap_or_default();
    let mut others = others.into_iter();
    if let Some(file) = others.find(|file| public_half(file).is_some_and(|key| counts(key.fingerprint()))) {
        return KnownKey::Here(file);
    }
    let in_agent = agent_keys().unwrap_or_default();
    let mut in_agent = in_agent.iter().filter_map(|line| PublicKey::from_line(line).ok());
    if in_agent.any(|key| counts(key.fingerprint())) {
        return KnownKey::InAgent;
    }
    if signers.keys_of(me).any(counts) {
        return KnownKey::Elsewhere;
    }
    first.map_or(KnownKey::None, KnownKey::Uncounted)
}

/// Returns the files in a folder that are private keys by their names, in order of these names. Each has its public
/// half beside it.
fn keys_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let public = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let public = public.filter(|path| path.extension().is_some_and(|end| end == "pub") && path.is_file());
    let mut keys: Vec<PathBuf> =
        public.map(|path| path.with_extension("")).filter(|path| path.is_file()).collect();
    keys.sort();
    keys
}

/// Returns the public half of a key. It is the file itself, or the file beside it.
fn public_half(file: &Path) -> Option<PublicKey> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".pub");
    let read = |file: &Path| std::fs::read_to_string(file).ok();
    let text = if file.extension().is_some_and(|end| end == "pub") {
        read(file)?
    } else {
        read(Path::new(&beside))?
    };
    PublicKey::from_line(text.lines().next()?).ok()
}
