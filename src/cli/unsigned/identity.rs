//! Finds changed names, logins and e-mail addresses on the main branch that nobody has signed. They are judged like the
//! pass judges them: each is compared with what was accepted of the person. A line that is taken out orders nothing. A
//! signed access is evidence of its login too.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::change::Field;
use portvakt_core::diag::{Text, text};
use portvakt_core::evidence::{Signature, SignatureFile, Signers, namespace};
use portvakt_core::judge::who_may_approve;
use portvakt_core::model::{Digest, Facts, FilePath, Grant, PersonId, TrustId, VouchedFact};
use portvakt_core::parse;
use portvakt_core::tree::{ALLOWED_SIGNERS, with_lf};
use portvakt_sources::{SourceError, Version, earlier_versions};

use super::MainHistory;
use crate::cli::signable::Signed;
use crate::cli::signing::Stated;

/// The number of versions of one file that are read, starting with the newest.
const VERSIONS: usize = 50;

/// Something that identifies a person and that nobody has signed on the main branch.
pub(in crate::cli) struct OpenIdentity {
    /// The person of the file.
    pub(super) person: PersonId,
    /// The trust of the file.
    pub(super) trust: TrustId,
    /// The parts that differ from what was accepted.
    pub(super) differs: Vec<(Field, Text)>,
    /// The people who may sign it today. It is never the person.
    pub(in crate::cli) may_sign: BTreeSet<PersonId>,
    /// The open branch that has the signature.
    pub(in crate::cli) signed_on: Option<String>,
}

impl MainHistory<'_> {
    /// Returns the digest of what identifies the person of a file.
    pub(in crate::cli) fn identity(&self, path: &FilePath) -> Option<Digest> {
        let file = self.file(path)?;
        Some(file.facts.identifying_digest(&self.desk.rules.register.id, &file.person))
    }

    /// Returns what identifies the person of a file, if nobody has signed it on the main branch and it needs that. It is
    /// `None` if the person has no access, because then nothing depends on the file. `branches` are open branches that
    /// may have the signature.
    pub(in crate::cli) fn open_identity(&self, path: &FilePath, branches: &[String]) -> Option<OpenIdentity> {
        path.person_parts()?;
        let file = self.file(path)?;
        let there = self.signatures_of(self.tip, &file.person);
        // What is older than the signatures, and what was signed long ago, is found without the rest of the history.
        let nobody = BTreeSet::new();
        if self.is_unchanged(path, &file) || self.is_identified(&file.facts, &file.person, &there, &nobody) {
            return None;
        }
        let may_sign = self.may_identify(&file.person)?;
        if self.is_identified(&file.facts, &file.person, &there, &may_sign) {
            return None;
        }
        let known = self.accepted_facts(path, &file, &may_sign).ok()?;
        let differs = self.differs(&file, &known, &there, &may_sign);
        if differs.is_empty() {
            return None;
        }
        let has_it = |branch: &&String| {
            let there = self.signatures_of(branch, &file.person);
            self.is_identified(&file.facts, &file.person, &there, &may_sign)
        };
        let signed_on = branches.iter().find(has_it).cloned();
        Some(OpenIdentity { person: file.person, trust: file.trust, differs, may_sign, signed_on })
    }

    /// Returns whether a file has always identified its person as it does now.
    fn is_unchanged(&self, path: &FilePath, file: &Signed) -> bool {
        let register = &self.desk.rules.register;
        let now = file.facts.identifying_digest(&register.id, &file.person);
        let is_same = |facts: &Facts| facts.identifying_digest(&register.id, &file.person) == now;
        let Ok(newer) = self.newer_facts(path) else { return false };
        self.first_facts(path).is_some_and(|first| is_same(&first)) && newer.iter().all(is_same)
    }

    /// Returns the people who may sign who a person is. These are the people who may approve one of the person's
    /// accesses. An access that still waits for its signature is counted only if the person has no other. One that was
    /// never signed and is too old for it gives nothing. It is `None` if the person has no access.
    fn may_identify(&self, person: &PersonId) -> Option<BTreeSet<PersonId>> {
        let (base, today) = (&self.desk.base, self.desk.today);
        let known = base.people.get(base.meant(person))?;
        let (mut signed, mut waiting) = (Vec::new(), Vec::new());
        let living = known.grants.values().map(|one| &one.grant).filter(|grant| !grant.is_over(today));
        for grant in living {
            let path = FilePath::of_person(&grant.trust, person);
            if !self.changed.contains(&path) || self.has_been_signed(&path, grant) {
                signed.push(grant);
            } else if self.is_recent(grant.approval.on) {
                waiting.push(grant);
            }
        }
        let telling = if signed.is_empty() { waiting } else { signed };
        if telling.is_empty() {
            return None;
        }
        let none = BTreeSet::new();
        let may =
            telling.into_iter().flat_map(|one| who_may_approve(&self.desk.known, base, one, &none, today));
        Some(may.filter(|by| !base.is_same(by, person)).collect())
    }

    /// Returns whether an access of a file was signed once, or is older than the signatures.
    fn has_been_signed(&self, path: &FilePath, grant: &Grant) -> bool {
        let text = grant.statement(&self.desk.rules.register.id);
        let mut stood = Stated::default();
        self.adds_history(path, &mut stood);
        if stood.entries.contains(&text) || stood.ends_sooner(&text) {
            return true;
        }
        // It may have been signed under the earlier id of its person.
        let there = self.signatures_at(self.tip, path);
        let all = self.statements_of(path).into_iter();
        let mut earlier = all.filter(|(one, _)| one.text == text).filter_map(|(_, before)| before);
        earlier.any(|before| there.iter().any(|one| one.covers(before.as_bytes())))
    }

    /// Returns the signatures beside all files of a person at a commit or on a branch.
    fn signatures_of(&self, rev: &str, person: &PersonId) -> Vec<Signature> {
        let files = self.desk.person(person).files;
        let paths = files.keys().map(|trust| FilePath::of_person(trust, person));
        paths.flat_map(|path| self.signatures_at(rev, &path)).collect()
    }

    /// Returns whether one of these signatures says who the person is. A signature that is too old to be used today may
    /// have been used while its signer could.
    fn is_identified(
        &self,
        facts: &Facts,
        person: &PersonId,
        signatures: &[Signature],
        may_sign: &BTreeSet<PersonId>,
    ) -> bool {
        let (base, id) = (&self.desk.base, &self.desk.rules.register.id);
        signatures.iter().any(|signature| {
            let Some(claim) = &signature.claim else { return false };
            let may = !self.is_recent(claim.on) || may_sign.contains(base.meant(&claim.by));
            may && !base.is_same(&claim.by, person)
                && signature.covers(facts.person_statement(id, person, &claim.by, claim.on).as_bytes())
                && self.may_have_counted(signature, &claim.by, claim.on)
        })
    }

    /// Returns whether a signature of this day counts as that of its person, or did while it could be used. A key that the
    /// list of keys does not have yet may come into it, but only while the signature can still be used.
    fn may_have_counted(&self, signature: &Signature, by: &PersonId, on: Date) -> bool {
        let today = self.desk.today;
        if self.is_recent(on) {
            return self.counts(signature, by, &[on, today], false);
        }
        on <= today && self.was_signed_by(signature, by)
    }

    /// Returns whether the key of a signature is that of a person, or was at some time.
    fn was_signed_by(&self, signature: &Signature, by: &PersonId) -> bool {
        let (base, register) = (&self.desk.base, &self.desk.rules.register);
        if signature.namespace != namespace(&register.id) {
            return false;
        }
        let is_theirs =
            |signers: &Signers| signers.holder(&signature.key).map(|holder| base.is_same(holder, by));
        if let Some(is_theirs) = is_theirs(&self.desk.known.signers) {
            return is_theirs;
        }
        let earlier = self.versions(&FilePath::new(ALLOWED_SIGNERS)).unwrap_or_default();
        earlier.into_iter().any(|version| {
            let then = Signers::parse(&with_lf(version.bytes.into()), &[], &register.time_zone);
            then.is_ok_and(|then| is_theirs(&then) == Some(true))
        })
    }

    /// Returns what was accepted of a person, by each of the person's files on the main branch.
    fn accepted_facts(
        &self,
        path: &FilePath,
        file: &Signed,
        may_sign: &BTreeSet<PersonId>,
    ) -> Result<Vec<Facts>, SourceError> {
        let (base, register) = (&self.desk.base, &self.desk.rules.register);
        let now = file.facts.identifying_digest(&register.id, &file.person);
        let before = base.renamed.iter().filter(|(_, meant)| **meant == file.person).map(|(id, _)| id);
        let mut known = Vec::new();
        for id in std::iter::once(&file.person).chain(before) {
            let files = self.desk.person(id).files;
            for trust in register.trusts.keys() {
                let other = FilePath::of_person(trust, id);
                if other == *path || self.changed.contains(&other) {
                    known.extend(self.accepted_of((&other, id), &now, may_sign)?);
                } else {
                    known.extend(files.get(trust).map(|file| file.facts.clone()));
                }
            }
        }
        Ok(known)
    }

    /// Returns what was accepted of the person of one file: the facts from before the register asked for signatures, or
    /// later ones that were signed. `now` is what the main branch says now. Only a signature that is there now is
    /// evidence of it.
    fn accepted_of(
        &self,
        (path, person): (&FilePath, &PersonId),
        now: &Digest,
        may_sign: &BTreeSet<PersonId>,
    ) -> Result<Option<Facts>, SourceError> {
        let register = &self.desk.rules.register;
        let mut accepted = self.first_facts(path);
        let signatures: Vec<Signature> = self
            .versions(&path.signatures())?
            .iter()
            .flat_map(|version| SignatureFile::read(&version.bytes).signatures)
            .collect();
        for facts in self.newer_facts(path)? {
            let is_said_now = facts.identifying_digest(&register.id, person) == *now;
            if !is_said_now && self.is_identified(&facts, person, &signatures, may_sign) {
                accepted = Some(facts);
            }
        }
        Ok(accepted)
    }

    /// Returns what a file said of its person before the register asked for signatures.
    fn first_facts(&self, path: &FilePath) -> Option<Facts> {
        let text = self.content_at(&self.since, &self.name_of(path))?;
        self.facts_in(path, text.into_bytes())
    }

    /// Returns what the later versions of a file say of its person, beginning with the oldest. A version that cannot be
    /// read today is skipped.
    fn newer_facts(&self, path: &FilePath) -> Result<Vec<Facts>, SourceError> {
        let newer =
            self.versions(path)?.into_iter().filter(|version| self.commits.contains(&version.commit)).rev();
        Ok(newer.filter_map(|version| self.facts_in(path, version.bytes)).collect())
    }

    fn versions(&self, path: &FilePath) -> Result<Vec<Version>, SourceError> {
        earlier_versions(&self.repository, self.tip, path.as_str(), VERSIONS)
    }

    fn facts_in(&self, path: &FilePath, bytes: Vec<u8>) -> Option<Facts> {
        let file = parse::person(path, &with_lf(bytes.into()), &self.desk.rules.register).ok()?;
        Some(file.facts)
    }

    /// Returns the parts of a file that differ from everything that was accepted of the person.
    fn differs(
        &self,
        file: &Signed,
        known: &[Facts],
        signatures: &[Signature],
        may_sign: &BTreeSet<PersonId>,
    ) -> Vec<(Field, Text)> {
        let said = &file.facts;
        let (base, id) = (&self.desk.base, &self.desk.rules.register.id);
        let is_signed = |grant: &Grant| {
            let (text, approval) = (grant.statement(id), &grant.approval);
            may_sign.contains(base.meant(&approval.by))
                && signatures.iter().any(|one| {
                    one.covers(text.as_bytes()) && self.may_have_counted(one, &approval.by, approval.on)
                })
        };
        let mut differs = Vec::new();
        if known.iter().all(|facts| facts.name != said.name) {
            differs.push((Field::Name, text!(en: "name", nb: "navn")));
        }
        if said.vouched.login.is_some()
            && known.iter().all(|facts| facts.vouched.login != said.vouched.login)
            && !file.grants.iter().any(|(_, grant)| is_signed(grant))
        {
            differs.push((Field::Vouched(VouchedFact::Login), text!(en: "login", nb: "innlogging")));
        }
        if said.email.is_some() && known.iter().all(|facts| facts.email != said.email) {
            differs.push((Field::Email, text!(en: "e-mail address", nb: "e-postadresse")));
        }
        differs
    }
}
