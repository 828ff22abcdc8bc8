//! Finds the parts of the tree that this person has to sign: settings, a release, lists, and the entries of persons'
//! files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::{Claim, FileSignatures, Lack, MOST_DAYS, Signature, SignatureFile, signed_by};
use portvakt_core::model::{Evidence, FilePath, PersonId, Review, release_statement};

use super::{Holds, New, Signer, SigningOptions, SigningTask, refused, signatures};
use crate::cli::signable::SignableKind;
use crate::cli::{answered, over_budget, signable};
use crate::config::Global;

impl Signer {
    pub(in crate::cli) fn tasks(
        &self,
        global: &Global,
        options: &SigningOptions,
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<SigningTask>, Vec<Finding>> {
        let id = &self.register.id;
        if options.settings {
            let digests = signable::digests_to_sign(global)?;
            let target = global.root.join("desired-state/settings.sig");
            let of = |by: &PersonId, on: Date| digests.statement(id, by, on);
            let about = text!(en: "the settings of the tree", nb: "innstillingene");
            return Ok(vec![self.claimed(target, about, SignableKind::Settings, of)?]);
        }
        if let Some((digest, out)) = options.release.zip(options.out.clone()) {
            let of = |by: &PersonId, on: Date| release_statement(id, digest, by, on);
            let about = text!(en: "what is held", nb: "det som holdes tilbake");
            return Ok(vec![self.claimed(out, about, SignableKind::Release, of)?]);
        }
        if options.entry.is_some() && options.files.len() > 1 {
            let message = text!(
                en: "`--entry` is about one file, and several are named",
                nb: "`--entry` gjelder én fil, og flere er oppgitt"
            );
            let way_out = text!(en: "Name one file.", nb: "Oppgi én fil.");
            return Err(vec![Finding::new(Code::NotSigned, message, way_out)]);
        }
        let mut seen = BTreeSet::new();
        let mut tasks = Vec::new();
        for file in &options.files {
            if let Some(list) = signable::review_list(global, &self.register, file)? {
                if seen.insert(list.path.clone()) {
                    tasks.push(self.review(global, &list, findings)?);
                }
                continue;
            }
            if let Some(list) = signable::signable_rejections(global, &self.register, file)? {
                if seen.insert(list.path.clone()) {
                    tasks.push(self.rejections(&list, options.entry, findings)?);
                }
                continue;
            }
            let signed = signable::person_file(global, &self.register, file)?;
            if seen.insert(signed.path.clone()) {
                tasks.push(self.file(global, options, &signed, findings)?);
            }
        }
        Ok(tasks)
    }

    /// Prepares a statement that each signer makes in their own name, with the day.
    fn claimed(
        &self,
        target: PathBuf,
        about: Text,
        kind: SignableKind,
        of: impl Fn(&PersonId, Date) -> String,
    ) -> Result<SigningTask, Vec<Finding>> {
        let holds = if kind == SignableKind::Release { Holds::Release } else { Holds::Person };
        let file = signatures(&target, holds)?;
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
        let (ends_most, answers) = (None, Text::default());
        Ok(SigningTask { target, holds, about, kept, new, ends_most, answers })
    }

    /// Prepares the statements of this administrator in a list of rejected applications. Earlier signatures stay.
    /// Signatures over an earlier content of the list are removed.
    fn rejections(
        &self,
        list: &signable::SignedList,
        entry: Option<usize>,
        findings: &mut Vec<Finding>,
    ) -> Result<SigningTask, Vec<Finding>> {
        let there = signatures(&list.signatures, Holds::Trust)?;
        let (proofs, kept) = of_the_list(list, &there);
        let mut new = Vec::new();
        let asked = |one: &&signable::Signable| entry.is_none() || one.entry == entry;
        for one in list.statements.iter().filter(asked).filter(|one| self.is_asked_for(one)) {
            if self.is_proved(&proofs, one) || self.has_signed(&proofs, one) {
                continue;
            }
            match self.would_count(one.on) {
                Ok(()) => {
                    let text = one.text.clone();
                    new.push(New { entry: one.entry, kind: one.kind, text, claim: None });
                }
                // An old rejection was signed with a key that counted then.
                Err(Lack::TooOld { .. }) if proofs.covering(&one.text).next().is_some() => {}
                Err(lack) => {
                    let path = &list.path;
                    findings.push(refused(&text!(en: "`{path}`", nb: "`{path}`"), &lack));
                }
            }
        }
        let about = Text::same(list.path.to_string());
        Ok(SigningTask {
            target: list.signatures.clone(),
            holds: Holds::Trust,
            about,
            kept,
            new,
            ends_most: None,
            answers: Text::default(),
        })
    }

    /// Prepares the statement of this reviewer in a list, with the answers that it is about. Signatures over an earlier
    /// content of the list are removed.
    fn review(
        &self,
        global: &Global,
        list: &signable::SignedList,
        findings: &mut Vec<Finding>,
    ) -> Result<SigningTask, Vec<Finding>> {
        let there = signatures(&list.signatures, Holds::Person)?;
        let (proofs, kept) = of_the_list(list, &there);
        let mut new = Vec::new();
        for one in list.statements.iter().filter(|one| self.is_asked_for(one)) {
            if self.is_proved(&proofs, one) {
                continue;
            }
            match self.would_count(one.on) {
                Ok(()) => new.push(New { entry: None, kind: one.kind, text: one.text.clone(), claim: None }),
                Err(lack) => {
                    let path = &list.path;
                    findings.push(refused(&text!(en: "`{path}`", nb: "`{path}`"), &lack));
                }
            }
        }
        let review = list.review.as_ref();
        let ends_most = review.and_then(Review::ends_most).map(|most| (list.path.clone(), most));
        let answers = review.map(|review| {
            let own = answered::in_the_name_of(global, &self.register, (&list.path, review), &self.by);
            let over = over_budget::by_the_files(global, &self.register, review, self.today);
            Text::joined(std::iter::once(own).chain(over), "\n")
        });
        let answers = answers.unwrap_or_default();
        let (target, about) = (list.signatures.clone(), Text::same(list.path.to_string()));
        Ok(SigningTask { target, holds: Holds::Person, about, kept, new, ends_most, answers })
    }

    /// Returns whether a statement is in the signer's name and did not stand before.
    fn is_asked_for(&self, one: &signable::Signable) -> bool {
        one.by == self.by && !self.stood.entries.contains(&one.text)
    }

    /// Prepares everything that is to be signed of a person's file.
    fn file(
        &self,
        global: &Global,
        options: &SigningOptions,
        signed: &signable::Signed,
        findings: &mut Vec<Finding>,
    ) -> Result<SigningTask, Vec<Finding>> {
        // All entries are checked in any case, so that their earlier signatures stay in the file.
        let mut unasked = Vec::new();
        let mut task =
            self.entries(signed, options.entry, if options.person { &mut unasked } else { findings })?;
        if options.person {
            task.new.clear();
        }
        if options.entry.is_none() {
            let there = signatures(&task.target, Holds::Person)?;
            task.new.extend(self.about_person(global, options, signed, &there));
        }
        Ok(task)
    }

    /// Prepares the statements of a person's file.
    fn entries(
        &self,
        file: &signable::Signed,
        entry: Option<usize>,
        findings: &mut Vec<Finding>,
    ) -> Result<SigningTask, Vec<Finding>> {
        let asked = |one: usize| entry.is_none_or(|entry| entry == one);
        // Statements about the whole file are included unless one entry is asked for.
        let asked_for = |one: Option<usize>| one.map_or(entry.is_none(), asked);
        findings.extend(
            file.wrong.iter().filter(|(entry, _)| asked(*entry)).flat_map(|(_, found)| found.iter().cloned()),
        );
        let target = file.signatures();
        let there = signatures(&target, Holds::Person)?;
        let all = file.statements(&self.register);
        // Entries that were signed under an earlier id were accepted with that signature. It stays in the file, and
        // they are not signed again.
        let before = file.statements_before(&self.register);
        let texts: Vec<String> = all.iter().map(|one| &one.text).chain(&before).cloned().collect();
        let proofs = FileSignatures::of(&there.signatures, &texts);
        let stray: BTreeSet<usize> =
            proofs.stray().filter(|one| !self.stays(one, file)).map(|one| one.line).collect();
        let kept =
            there.signatures.iter().filter(|one| !stray.contains(&one.line)).map(Signature::text).collect();
        let taken_back: BTreeSet<usize> = all
            .iter()
            .filter(|one| one.kind == SignableKind::Revocation)
            .filter_map(|one| one.entry)
            .collect();
        let mut new = Vec::new();
        let mine = all.iter().filter(|one| self.is_asked_for(one));
        for one in mine.filter(|one| asked_for(one.entry)) {
            let is_access = one.kind == SignableKind::Access;
            // An access that is revoked needs no approval any more.
            if is_access && one.entry.is_some_and(|entry| taken_back.contains(&entry)) {
                continue;
            }
            if self.is_proved(&proofs, one) || self.has_signed(&proofs, one) {
                continue;
            }
            if is_access && self.stood.ends_sooner(&one.text) {
                continue;
            }
            match self.would_count(one.on) {
                Ok(()) => {
                    new.push(New { entry: one.entry, kind: one.kind, text: one.text.clone(), claim: None })
                }
                Err(Lack::TooOld { .. }) if file.previously.is_some() && is_access => {}
                // This is an old approval, and only the last day has moved. A later last day needs a new approval with
                // its own day.
                Err(Lack::TooOld { .. }) if self.stood.has_but_for_the_end(&one.text) => {}
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
        let about = Text::same(file.path.to_string());
        let (ends_most, answers) = (None, Text::default());
        Ok(SigningTask { target, holds: Holds::Person, about, kept, new, ends_most, answers })
    }

    /// Checks whether a signature that is made today would count for an approval with this date.
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

    /// Prepares the statement about what identifies the person, if an administrator signs and none has signed it yet.
    fn about_person(
        &self,
        global: &Global,
        options: &SigningOptions,
        file: &signable::Signed,
        there: &SignatureFile,
    ) -> Option<New> {
        let stands = || file.grants.iter().map(|(_, grant)| grant).filter(|grant| !grant.is_over(self.today));
        let approves = || stands().any(|grant| grant.approval.by == self.by);
        let identity = || (file.path.clone(), file.facts.identifying_digest(&self.register.id, &file.person));
        if self.register.evidence != Evidence::Signature
            || self.by == file.person
            || (!options.person && self.stood.people.contains(&identity()))
            || stands().next().is_none()
            || !(options.person || approves() || self.administers(global, file, &self.by))
            || (self.leaves_people && self.is_left_to_others(file))
        {
            return None;
        }
        let of = |by: &PersonId, on: Date| file.about_person(&self.register, by, on);
        let signed = signed_by(&there.signatures, of, &self.signers, &self.namespace, self.today, MOST_DAYS);
        let own = |one: &Signature| {
            let of_today = |claim: &Claim| claim.by == self.by && claim.on == self.today;
            one.key == *self.key.public.fingerprint()
                && one.claim.as_ref().is_some_and(of_today)
                && self.stays(one, file)
        };
        // A signature of an earlier day may have been used before. So a person who asks for a new one signs again.
        let is_signed = there.signatures.iter().any(own)
            || (!options.person
                && signed.people.keys().any(|by| *by == self.by || self.administers(global, file, by)));
        (!is_signed).then(|| {
            let claim = Claim { by: self.by.clone(), on: self.today };
            let text = of(&claim.by, claim.on);
            New { entry: None, kind: SignableKind::Person, text, claim: Some(claim) }
        })
    }

    /// Returns whether others confirm the person's identity. They approve what the change adds for the person, and the
    /// signer does not.
    fn is_left_to_others(&self, file: &signable::Signed) -> bool {
        let named = self.stood.approvers_beside(file, &self.register, self.today);
        !named.is_empty() && !named.contains(&self.by)
    }

    /// Returns whether the tree makes somebody an administrator for the file. They are appointed and in office, or they
    /// are the trust's coordinator. Whether the signature counts is decided later, by what was accepted.
    fn administers(&self, global: &Global, file: &signable::Signed, person: &PersonId) -> bool {
        let register = &self.register;
        let mut offices = register.appointments.iter().filter(|one| one.in_office(self.today));
        let appointed = offices.any(|one| self.meant(&one.person) == self.meant(person));
        let own = || {
            let path = global.root.join(FilePath::of_person(&file.trust, person).as_str());
            signable::person_file(global, register, &path).ok()
        };
        appointed
            || own().is_some_and(|own| {
                own.grants.iter().any(|(_, grant)| {
                    grant.role == register.coordinators.role
                        && grant.key.application == register.coordinators.application
                        && grant.in_force(self.today)
                })
            })
    }

    /// Returns whether a signature with a claim is about something other than an entry. It revokes one of the accesses,
    /// at once or from its end date, or it tells who the person is.
    fn stays(&self, signature: &Signature, file: &signable::Signed) -> bool {
        let Some(claim) = &signature.claim else { return false };
        if signature.covers(file.about_person(&self.register, &claim.by, claim.on).as_bytes()) {
            return true;
        }
        file.grants.iter().any(|(_, grant)| {
            [None, grant.until].into_iter().any(|last| {
                let text = grant.key.revocation_statement(&self.register.id, last, &claim.by, claim.on);
                signature.covers(text.as_bytes())
            })
        })
    }
}

/// Returns what the signatures of a list cover, and the signatures that stay. Those over an earlier content of the list
/// are removed.
fn of_the_list<'a>(
    list: &signable::SignedList,
    there: &'a SignatureFile,
) -> (FileSignatures<'a>, Vec<String>) {
    let texts = list.statements.iter().chain(&list.earlier).map(|one| one.text.clone());
    let proofs = FileSignatures::of(&there.signatures, texts.collect::<Vec<String>>());
    let stray: BTreeSet<usize> = proofs.stray().map(|one| one.line).collect();
    let kept = there.signatures.iter().filter(|one| !stray.contains(&one.line)).map(Signature::text);
    (proofs, kept.collect())
}
