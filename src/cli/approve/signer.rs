//! Finds the signer, the key, and the parts of the tree that this person has to sign. Signatures that would not count
//! are found here, before anything is signed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, Noun, Severity, Text, text};
use portvakt_core::evidence::{
    Claim, LARGEST, Lack, MOST_DAYS, Proofs, PublicKey, Signature, SignatureFile, Signers, namespace,
    signed_by,
};
use portvakt_core::model::{PersonId, Register, release_statement};

use super::Args;
use crate::cli::openssh::{Agent, Chosen, agent_keys};
use crate::cli::{replaced, signable, today};
use crate::config::Global;

/// A statement to be signed.
pub(super) struct New {
    pub(super) entry: Option<usize>,
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) claim: Option<Claim>,
}

/// A signature file, with the signatures that stay in it and the new ones.
pub(super) struct Task {
    pub(super) target: PathBuf,
    /// The subject of the signatures, in words.
    pub(super) about: Text,
    pub(super) kept: Vec<String>,
    pub(super) new: Vec<New>,
}

/// The signer, the key, and the facts that decide whether a signature counts.
pub(super) struct Signer {
    pub(super) register: Register,
    pub(super) signers: Signers,
    pub(super) namespace: String,
    pub(super) today: Date,
    pub(super) key: Chosen,
    pub(super) by: PersonId,
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
    pub(super) fn open(global: &Global, args: &Args) -> Result<Self, Vec<Finding>> {
        let register = signable::register(global)?;
        let today = today::of_register(global, &register).map_err(|finding| vec![finding])?;
        let (signers, _) = signable::signers(global, &register)?;
        let namespace = namespace(&register.id);
        let key = match (&args.key, args.agent) {
            (Some(path), true) => Chosen::from_file(path, Agent::Yes),
            (Some(path), false) => Chosen::from_file(path, Agent::No),
            (None, _) => from_agent(&signers, &namespace, args.by.as_ref(), today),
        }
        .map_err(|finding| vec![finding])?;
        let owner = signers.holder(key.public.fingerprint());
        let Some(by) = args.by.as_ref().or(owner).cloned() else {
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
        Ok(Self { register, signers, namespace, today, key, by })
    }

    /// Checks whether the key counts. An unknown key may sign too, because its signature counts once the key is known.
    pub(super) fn key_counts(&self) -> Result<Option<Finding>, Vec<Finding>> {
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

    pub(super) fn tasks(
        &self,
        global: &Global,
        args: &Args,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<Task>, Vec<Finding>> {
        let id = &self.register.id;
        if args.settings {
            let digests = signable::settings(global)?;
            let target = global.root.join("desired-state/settings.sig");
            let of = |by: &PersonId, on: Date| digests.statement(id, by, on);
            let about = text!(en: "the settings of the tree", nb: "innstillingene");
            return Ok(vec![self.claimed(target, about, "settings", of)?]);
        }
        if let Some((digest, out)) = args.release.zip(args.out.clone()) {
            let of = |by: &PersonId, on: Date| release_statement(id, digest, by, on);
            let about = text!(en: "what is held", nb: "det som holdes tilbake");
            return Ok(vec![self.claimed(out, about, "release", of)?]);
        }
        if args.entry.is_some() && args.files.len() > 1 {
            let message = text!(
                en: "`--entry` is about one file, and several are named",
                nb: "`--entry` gjelder én fil, og flere er oppgitt"
            );
            let way_out = text!(en: "Name one file.", nb: "Oppgi én fil.");
            return Err(vec![Finding::new(Code::NotSigned, message, way_out)]);
        }
        let mut seen = BTreeSet::new();
        let mut tasks = Vec::new();
        for file in &args.files {
            let signed = signable::person_file(global, &self.register, file)?;
            if seen.insert(signed.path.clone()) {
                tasks.push(self.entries(&signed, args.entry, findings)?);
            }
        }
        Ok(tasks)
    }

    /// Prepares a statement that each signer makes in their own name, with the day.
    fn claimed(
        &self,
        target: PathBuf,
        about: Text,
        kind: &'static str,
        of: impl Fn(&PersonId, Date) -> String,
    ) -> Result<Task, Vec<Finding>> {
        let file = signatures(&target)?;
        let covers = |claim: &Claim| of(&claim.by, claim.on);
        let kept = file
            .signatures
            .iter()
            .filter(|one| one.claim.as_ref().is_some_and(|claim| one.covers(covers(claim).as_bytes())))
            .map(Signature::text)
            .collect();
        let signed = signed_by(&file.signatures, &of, &self.signers, &self.namespace, self.today, MOST_DAYS);
        let mut new = Vec::new();
        if !signed.people.contains_key(&self.by) {
            let claim = Claim { by: self.by.clone(), on: self.today };
            new.push(New { entry: None, kind, text: covers(&claim), claim: Some(claim) });
        }
        Ok(Task { target, about, kept, new })
    }

    /// Prepares the statements of a person's file.
    fn entries(
        &self,
        file: &signable::Signed,
        entry: Option<usize>,
        findings: &mut Vec<Finding>,
    ) -> Result<Task, Vec<Finding>> {
        let asked = |one: usize| entry.is_none_or(|entry| entry == one);
        // Statements about the whole file are included unless one entry is asked for.
        let asked_for = |one: Option<usize>| one.map_or(entry.is_none(), asked);
        findings.extend(
            file.wrong.iter().filter(|(entry, _)| asked(*entry)).flat_map(|(_, found)| found.iter().cloned()),
        );
        let target = file.signatures();
        let there = signatures(&target)?;
        let all = file.statements(&self.register);
        // Entries that were signed under an earlier id were accepted with that signature. It stays in the file, and
        // they are not signed again.
        let before = file.statements_before(&self.register);
        let texts: Vec<String> = all.iter().map(|one| &one.text).chain(&before).cloned().collect();
        let proofs = Proofs::of(&there.signatures, &texts);
        let stray: BTreeSet<usize> =
            proofs.stray().filter(|one| !self.takes_back(one, file)).map(|one| one.line).collect();
        let kept =
            there.signatures.iter().filter(|one| !stray.contains(&one.line)).map(Signature::text).collect();
        let taken_back: BTreeSet<usize> =
            all.iter().filter(|one| one.kind == "revocation").filter_map(|one| one.entry).collect();
        let mut new = Vec::new();
        for one in all.iter().filter(|one| asked_for(one.entry) && one.by == self.by) {
            // An access that is revoked needs no approval any more.
            if one.kind == "access" && one.entry.is_some_and(|entry| taken_back.contains(&entry)) {
                continue;
            }
            let own = |signature: &Signature| {
                signature.namespace == self.namespace && signature.key == *self.key.public.fingerprint()
            };
            let days = [one.on, self.today];
            let proved = proofs.seek(&self.signers, &one.text, &self.namespace, &self.by, &days).is_ok();
            if proved || proofs.covering(&one.text).any(own) {
                continue;
            }
            match self.would_count(one.on) {
                Ok(()) => {
                    new.push(New { entry: one.entry, kind: one.kind, text: one.text.clone(), claim: None })
                }
                Err(Lack::TooOld { .. }) if file.previously.is_some() && one.kind == "access" => {}
                Err(lack) => {
                    let path = &file.path;
                    let about = match one.entry {
                        Some(entry) => {
                            text!(en: "`{path}`, entry {entry}", nb: "`{path}`, oppføring {entry}")
                        }
                        None => text!(en: "`{path}`, `previously`", nb: "`{path}`, `previously`"),
                    };
                    findings.push(refused(&about, &lack));
                }
            }
        }
        Ok(Task { target, about: Text::same(file.path.to_string()), kept, new })
    }

    /// Whether a signature made today would count for an approval with this date.
    fn would_count(&self, on: Date) -> Result<(), Lack> {
        if on > self.today {
            return Err(Lack::InFuture { on });
        }
        if on.until(self.today).map_or(i32::MAX, |span| span.get_days()) > MOST_DAYS {
            return Err(Lack::TooOld { on, most_days: MOST_DAYS });
        }
        let key = self.key.public.fingerprint();
        match self.signers.counts(key, &self.namespace, &self.by, &[on, self.today]) {
            Err(Lack::UnknownKey { .. }) | Ok(()) => Ok(()),
            other => other,
        }
    }

    /// Whether a signature with a claim revokes one of the accesses, at once or from its end date.
    fn takes_back(&self, signature: &Signature, file: &signable::Signed) -> bool {
        let Some(claim) = &signature.claim else { return false };
        file.grants.iter().any(|(_, grant)| {
            [None, grant.until].into_iter().any(|last| {
                let text = grant.key.revocation_statement(&self.register.id, last, &claim.by, claim.on);
                signature.covers(text.as_bytes())
            })
        })
    }
}

/// Finds the signer's key in the agent.
fn from_agent(
    signers: &Signers,
    namespace: &str,
    by: Option<&PersonId>,
    today: Date,
) -> Result<Chosen, Finding> {
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
        [line] => Chosen::in_agent(line),
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

/// Reads a signature file. A missing file counts as empty.
fn signatures(path: &Path) -> Result<SignatureFile, Vec<Finding>> {
    replaced::is_a_file(path).map_err(|finding| vec![finding])?;
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    match signable::read(path, most) {
        Ok(bytes) => Ok(SignatureFile::read(&bytes)),
        Err(why) if why.is_missing() => Ok(SignatureFile::default()),
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
