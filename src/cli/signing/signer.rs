//! Finds the signer, the key, and the parts of the tree that this person has to sign. Signatures that would not count
//! are found here, before anything is signed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use portvakt_core::decide::RenamedIds;
use portvakt_core::diag::{Code, Finding, Noun, Severity, Text, text};
use portvakt_core::evidence::{
    Claim, FileSignatures, LARGEST, LARGEST_OF_A_LIST, Lack, MOST_DAYS, PublicKey, SignatureFile, Signers,
    namespace,
};
use portvakt_core::model::{Digest, FilePath, Grant, PersonId, Register};

use crate::cli::ask::Asker;
use crate::cli::openssh::{Agent, ChosenKey, agent_keys};
use crate::cli::signable::SignableKind;
use crate::cli::{reading, replaced, signable, today, who, whose};
use crate::config::Global;

mod tasks;

/// What somebody signs, who that is, and with which key. It says so in the same way for the options of `approve` and for a
/// change that another command has made.
#[derive(Debug, Clone)]
pub(in crate::cli) struct SigningOptions {
    /// Persons' files, or lists of `requests` or `reviews`.
    pub(in crate::cli) files: Vec<PathBuf>,
    /// Only this entry of the file, counted from 1.
    pub(in crate::cli) entry: Option<usize>,
    /// Only who the person is, and none of the entries.
    pub(in crate::cli) person: bool,
    /// The settings of the tree.
    pub(in crate::cli) settings: bool,
    /// The digest of what is held, if its release is signed.
    pub(in crate::cli) release: Option<Digest>,
    /// The file that the signature of a release goes into.
    pub(in crate::cli) out: Option<PathBuf>,
    /// The file with the key.
    pub(in crate::cli) key: Option<PathBuf>,
    /// Tells whether the key is in the running agent.
    pub(in crate::cli) agent: bool,
    /// Who signs, as it is typed. Without it: the person whose key it is.
    pub(in crate::cli) by: Option<String>,
}

/// A statement to be signed.
pub(in crate::cli) struct New {
    pub(in crate::cli) entry: Option<usize>,
    pub(in crate::cli) kind: SignableKind,
    pub(in crate::cli) text: String,
    pub(in crate::cli) claim: Option<Claim>,
}

/// Tells how much a signature file may hold. A file of one person or of the settings is small. The file of a trust's
/// list grows for years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Holds {
    Person,
    Trust,
    /// The signer names the file of a release. It may be any file, so it is never begun anew.
    Release,
}

impl Holds {
    /// Reads such a file.
    pub(in crate::cli) fn read(self, bytes: &[u8]) -> SignatureFile {
        match self {
            Self::Person | Self::Release => SignatureFile::read(bytes),
            Self::Trust => SignatureFile::read_of_a_list(bytes),
        }
    }
}

/// A signature file, with the signatures that stay in it and the new ones.
pub(in crate::cli) struct SigningTask {
    pub(in crate::cli) target: PathBuf,
    pub(in crate::cli) holds: Holds,
    /// The subject of the signatures, in words.
    pub(in crate::cli) about: Text,
    pub(in crate::cli) kept: Vec<String>,
    pub(in crate::cli) new: Vec<New>,
    /// The review list, if it ends over half of its accesses. The numbers are how many end, and how many it has.
    pub(in crate::cli) ends_most: Option<(FilePath, (usize, usize))>,
    /// The answers in the signer's name, of which the statement of a review has a digest alone. Empty for everything else.
    pub(in crate::cli) answers: Text,
}

/// The signer, the key, and the facts that decide whether a signature counts.
pub(in crate::cli) struct Signer {
    pub(in crate::cli) register: Register,
    /// The keys, each under the current id of its person, as the register judges them.
    pub(in crate::cli) signers: Signers,
    /// The earlier ids of people, each with the id that the person has now.
    renamed: RenamedIds,
    pub(in crate::cli) namespace: String,
    pub(in crate::cli) today: Date,
    /// Asks the signer for the passphrase once more.
    pub(in crate::cli) ask: Asker,
    pub(in crate::cli) key: ChosenKey,
    pub(in crate::cli) by: PersonId,
    /// The statements from before the change. They are not part of what is signed.
    pub(in crate::cli) stood: Stated,
    /// Whether who a person is, is left to those who approve what the change brings for that person.
    pub(in crate::cli) leaves_people: bool,
}

/// The content of persons' files, in the words that are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Stated {
    /// The statements of the entries, and those about a change of id.
    pub(in crate::cli) entries: BTreeSet<String>,
    /// The digests of what identifies the person of each file.
    pub(in crate::cli) people: BTreeSet<(FilePath, Digest)>,
}

impl Stated {
    /// Returns whether an entry had these words before, apart from its last day.
    pub(in crate::cli) fn has_but_for_the_end(&self, text: &str) -> bool {
        let without = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.starts_with("until: ")).map(str::to_owned).collect()
        };
        let asked = without(text);
        self.entries.iter().any(|stood| without(stood) == asked)
    }

    /// Whether an entry stood before with these words, but for a last day that comes sooner now. That asks for nobody's
    /// signature.
    pub(in crate::cli) fn ends_sooner(&self, text: &str) -> bool {
        const OPEN: &str = "open";
        let split = |text: &str| -> (Vec<String>, String) {
            let (until, rest): (Vec<&str>, Vec<&str>) =
                text.lines().partition(|line| line.starts_with("until: "));
            let last = until.concat().trim_start_matches("until: ").to_owned();
            (rest.into_iter().map(str::to_owned).collect(), last)
        };
        let (asked, last) = split(text);
        // Days are written so that the order of their letters is that of the days.
        self.entries
            .iter()
            .map(|stood| split(stood))
            .any(|(stood, before)| stood == asked && last != OPEN && (before == OPEN || last < before))
    }

    /// The people who approve the entries that a file brings, without those that stood before, those that are over, those that
    /// only end sooner, and those whose approval is too old to be signed. Where an id changes, every entry has other words, and
    /// nobody is named.
    pub(in crate::cli) fn approvers_beside(
        &self,
        file: &signable::Signed,
        register: &Register,
        today: Date,
    ) -> BTreeSet<PersonId> {
        let of_id = file.previously.as_ref().map(|id| id.statement(&register.id, &file.person, &file.trust));
        if of_id.is_some_and(|text| !self.entries.contains(&text)) {
            return BTreeSet::new();
        }
        let is_brought = |grant: &&Grant| {
            let text = grant.statement(&register.id);
            let days = grant.approval.on.until(today).map_or(i32::MAX, |span| span.get_days());
            !grant.is_over(today)
                && days <= MOST_DAYS
                && !self.entries.contains(&text)
                && !self.ends_sooner(&text)
        };
        let brought = file.grants.iter().map(|(_, grant)| grant).filter(is_brought);
        brought.map(|grant| grant.approval.by.clone()).filter(|by| *by != file.person).collect()
    }
}

fn refused(about: &Text, lack: &Lack) -> Finding {
    let why = lack.words();
    let message = text!(
        with about, why;
        en: "{about}: the signature would not count: {why}",
        nb: "{about}: signaturen ville ikke telle: {why}"
    );
    Finding::new(Code::NotSigned, message, lack.way_out())
}

impl Signer {
    /// Returns whether a statement already has a signature that counts.
    fn is_proved(&self, proofs: &FileSignatures<'_>, one: &signable::Signable) -> bool {
        let days = [one.on, self.today];
        proofs.seek(&self.signers, &one.text, &self.namespace, &self.by, &days).is_ok()
    }

    /// Returns whether this key has already signed a statement, even if the signature does not count.
    fn has_signed(&self, proofs: &FileSignatures<'_>, one: &signable::Signable) -> bool {
        proofs.covering(&one.text).any(|signature| {
            signature.namespace == self.namespace && signature.key == *self.key.public.fingerprint()
        })
    }

    /// Returns the current id of a person. The settings, the list of keys or the options may have an earlier one.
    fn meant<'a>(&'a self, id: &'a PersonId) -> &'a PersonId {
        self.renamed.get(id).unwrap_or(id)
    }

    /// Finds the signer and the key. `renamed` has the earlier ids of people, each with the current one. A key that is
    /// listed under an earlier id is the person's.
    pub(in crate::cli) fn open(
        global: &Global,
        options: &SigningOptions,
        renamed: RenamedIds,
    ) -> Result<Self, Vec<Finding>> {
        let register = signable::register(global)?;
        reading::note_declared(global, &register.evidence);
        let today = today::of_register(global, &register).map_err(|finding| vec![finding])?;
        let (listed, _) = signable::signers(global, &register)?;
        let signers = listed.knowing(&renamed);
        let namespace = namespace(&register.id);
        let named = options.by.as_deref().map(|typed| who::by_files(global, &register, typed)).transpose();
        let named = named.map_err(|finding| vec![finding])?;
        let named = named.map(|by| renamed.get(&by).cloned().unwrap_or(by));
        let ask = Asker::new(global);
        let key = match (&options.key, options.agent) {
            (Some(path), true) => ChosenKey::from_file(path, Agent::Yes, ask),
            (Some(path), false) => ChosenKey::from_file(path, Agent::No, ask),
            (None, _) => from_agent(&signers, &namespace, named.as_ref(), today),
        }
        .map_err(|finding| vec![finding])?;
        let owner = signers.holder(key.public.fingerprint());
        let Some(by) = named.as_ref().or(owner).cloned() else {
            let key = key.public.fingerprint();
            let message = text!(
                en: "the key {key} is nobody's in `desired-state/allowed_signers`, so that it does not say who signs",
                nb: "nøkkelen {key} tilhører ingen i `desired-state/allowed_signers`, så den sier ikke hvem som signerer"
            );
            let way_out = text!(
                en: "Say who you are with `--by PERSON`, and have the key added to `desired-state/allowed_signers`.",
                nb: "Si hvem du er med `--by PERSON`, og få nøkkelen lagt til i `desired-state/allowed_signers`."
            );
            return Err(vec![Finding::new(Code::NotSigned, message, way_out)]);
        };
        let (stood, leaves_people) = (Stated::default(), false);
        Ok(Self { register, signers, renamed, namespace, today, ask, key, by, stood, leaves_people })
    }

    /// Checks whether the key counts. An unknown key may sign too, because its signature counts once the key is known.
    pub(in crate::cli) fn key_counts(&self) -> Result<Option<Finding>, Vec<Finding>> {
        let key = self.key.public.fingerprint();
        match self.signers.counts(key, &self.namespace, &self.by, &[self.today]) {
            Ok(()) => Ok(None),
            Err(Lack::UnknownKey { .. }) => {
                let message = text!(
                    en: "the key {key} does not stand in `desired-state/allowed_signers` yet; until it does, what it signs does not count",
                    nb: "nøkkelen {key} står ikke i `desired-state/allowed_signers` ennå; før den gjør det, teller ikke det den signerer"
                );
                let words: Vec<&str> = self.key.line.split_whitespace().take(2).collect();
                let (by, namespace, words) = (&self.by, &self.namespace, words.join(" "));
                let way_out = text!(
                    en: "Add the line `{by} namespaces=\"{namespace}\" {words}` there; two national administrators sign that change with `portvakt approve --settings`.",
                    nb: "Legg til linjen `{by} namespaces=\"{namespace}\" {words}` der; to nasjonale administratorer signerer den endringen med `portvakt approve --settings`."
                );
                let mut finding = Finding::new(Code::NotSigned, message, way_out);
                finding.severity = Severity::Advice;
                Ok(Some(finding))
            }
            Err(lack) => {
                let about = text!(en: "nothing was signed", nb: "ingenting ble signert");
                Err(vec![refused(&about, &lack)])
            }
        }
    }
}

/// Finds the signer's key in the agent.
fn from_agent(
    signers: &Signers,
    namespace: &str,
    by: Option<&PersonId>,
    today: Date,
) -> Result<ChosenKey, Finding> {
    let keys = agent_keys()?;
    let mut fit = Vec::new();
    for line in &keys {
        let Ok(key) = PublicKey::from_line(line) else { continue };
        let owner = signers.holder(key.fingerprint()).cloned();
        let Some(owner) = owner.filter(|owner| by.is_none_or(|by| by == owner)) else { continue };
        if signers.counts(key.fingerprint(), namespace, &owner, &[today]).is_ok() {
            fit.push(line);
        }
    }
    match fit[..] {
        [line] => ChosenKey::in_agent(line),
        [] => {
            const KEYS: Noun = Noun::new(["key", "keys"], ["nøkkel", "nøkler"]);
            let whose = by.map_or_else(
                || {
                    text!(
                        en: "anybody in `desired-state/allowed_signers`",
                        nb: "noen i `desired-state/allowed_signers`"
                    )
                },
                |by| Text::same(format!("`{by}`")),
            );
            let count = KEYS.count(keys.len());
            let message = text!(
                with count, whose;
                en: "the agent holds {count}, and none is a key of {whose} that counts today",
                nb: "agenten har {count}, og ingen av dem tilhører {whose} og gjelder i dag"
            );
            let way_out = text!(
                en: "Add it with `ssh-add KEY`, or name its public half: `--agent --key KEY.pub`.",
                nb: "Legg den til med `ssh-add NØKKEL`, eller oppgi den offentlige delen: `--agent --key NØKKEL.pub`."
            );
            Err(Finding::new(Code::NotSigned, message, way_out))
        }
        _ => {
            let message = text!(
                en: "{n} of the agent's keys would do",
                nb: "{n} av agentens nøkler kunne brukes";
                n = fit.len()
            );
            let way_out = text!(
                en: "Name one by its public half: `--agent --key KEY.pub`, or say who signs with `--by PERSON`.",
                nb: "Oppgi den offentlige delen av én: `--agent --key NØKKEL.pub`, eller si hvem som signerer, med `--by PERSON`."
            );
            Err(Finding::new(Code::NotSigned, message, way_out))
        }
    }
}

/// Reads a signature file. A missing file counts as empty, and so does one beside a file of the tree that is too large.
fn signatures(path: &Path, holds: Holds) -> Result<SignatureFile, Vec<Finding>> {
    replaced::is_a_file(path).map_err(|finding| vec![finding])?;
    whose::may_put(path).map_err(|finding| vec![finding])?;
    let most = match holds {
        Holds::Person | Holds::Release => LARGEST,
        Holds::Trust => LARGEST_OF_A_LIST,
    };
    match signable::read_plain_file(path, u64::try_from(most).unwrap_or(u64::MAX)) {
        Ok(bytes) => Ok(holds.read(&bytes)),
        Err(why) if why.is_missing() => Ok(SignatureFile::default()),
        // Nothing of such a file is read, so no signature in it counts. Whoever must sign is not kept from it.
        Err(why) if why.is_too_large() && holds != Holds::Release => Ok(SignatureFile::default()),
        Err(why) => {
            let message = why.of(&path.display().to_string());
            let way_out = text!(
                en: "Take it out of the way, or put the right file there.",
                nb: "Flytt den bort, eller legg riktig fil der."
            );
            Err(vec![Finding::new(Code::NotSigned, message, way_out)])
        }
    }
}
