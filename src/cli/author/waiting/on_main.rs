//! Finds accesses, rejected applications and lists of reviews on the main branch that wait for this person's signature.
//! They were merged without it, so no open branch shows them. The signature goes on a branch of its own.
//!
//! The files do not tell what was accepted without a signature. So what the main branch had before the register asked
//! for signatures does not wait, and neither does an approval that is too old to be signed.

use std::path::PathBuf;

use jiff::civil::Date;
use portvakt_core::diag::text;
use portvakt_core::evidence::{MOST_DAYS, Signature, SignatureFile, namespace, signed_by};
use portvakt_core::model::{Evidence, FilePath, PersonId, Register};
use portvakt_core::parse::{self, Entry};
use portvakt_core::tree::{REGISTER, rejections_trust, review_parts};

use super::super::Stop;
use super::{SignedBranches, Waiting, is_signed_by_itself};
use crate::cli::ask::Asker;
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::place::{WritingPlace, changed_on, root_in_clone};
use crate::cli::clone::plain;
use crate::cli::signable::{self, Signable, SignableKind};
use crate::cli::{output, signing};
use crate::config::Format;

/// The number of commits of the main branch that are looked at, starting with the newest.
const MOST: &str = "--max-count=1000";

/// The same for the commits that changed one file.
const MOST_OF_A_FILE: &str = "--max-count=50";

/// Files of the main branch with statements in this person's name that they have not signed.
#[derive(Default)]
pub(super) struct UnsignedFiles {
    paths: Vec<FilePath>,
    /// The statements in these files that do not wait.
    stood: signing::Stated,
}

impl Waiting<'_> {
    /// Finds the files of the main branch that wait for this person. A signature on an open branch counts too.
    pub(super) fn unsigned_on_main(&self, references: &[String]) -> Option<UnsignedFiles> {
        if self.work.desk.rules.register.evidence != Evidence::Signature {
            return None;
        }
        let since = self.signed_since()?;
        let mut paths = changed_on(&self.work.global.root, self.top, &since, self.tip).ok()?;
        paths.retain(is_signed_by_itself);
        let mut found = UnsignedFiles::default();
        for path in paths {
            if self.waits(&path, references, &mut found.stood) {
                self.adds_history(&path, &since, &mut found.stood);
                found.paths.push(path);
            }
        }
        (!found.paths.is_empty()).then_some(found)
    }

    /// Shows these statements, and adds the signatures on a branch of its own.
    pub(super) fn signs_on_main(
        &self,
        unsigned: &UnsignedFiles,
        done: &mut SignedBranches,
    ) -> Result<(), Stop> {
        let global = self.work.global;
        let place = WritingPlace::at(global, self.top, self.tip)?;
        let root = &place.global.root;
        let files: Vec<PathBuf> = unsigned.paths.iter().map(|path| root.join(path.as_str())).collect();
        let change = signing::SignedChange {
            files: &files,
            settings: false,
            ends_most: self.ends_most || Asker::new(global).at_a_terminal(),
            stood: &unsigned.stood,
            leaves_people: true,
            renamed: &self.work.desk.base.renamed,
        };
        let signing::ToSign { statements, answers, ends_most, .. } = self.statements(&place, change)?;
        if statements.is_empty() {
            return Ok(());
        }
        unsigned.paths.iter().try_for_each(|path| plain::is_plain(root, path.signatures().as_str()))?;
        if global.format == Format::Human {
            let heading = text!(
                en: "\n# On the main branch, without your signature:\n\n",
                nb: "\n# På hovedgrenen, uten signaturen din:\n\n"
            );
            output::say(global, &heading);
            statements.iter().for_each(|statement| output::out(&format!("{statement}\n")));
            answers.iter().for_each(|answers| output::say(global, answers));
        }
        if !self.is_to_be_signed()? {
            done.has_left = true;
            return Ok(());
        }
        for (list, most) in &ends_most {
            if !self.is_meant(list, *most)? {
                done.has_left = true;
                return Ok(());
            }
        }
        signing::sign(&place.global, change, self.key, self.me)?;
        self.keeps(&place, "signatures", statements.len(), done)
    }

    /// Returns whether a file has a statement in this person's name that waits for their signature. Statements that do
    /// not wait are added to `stood`.
    fn waits(&self, path: &FilePath, references: &[String], stood: &mut signing::Stated) -> bool {
        let (register, today) = (&self.work.desk.rules.register, self.work.today());
        let is_new =
            |on: Date| on <= today && on.until(today).map_or(i32::MAX, |span| span.get_days()) <= MOST_DAYS;
        let own = self.statements_of(path, register).into_iter().filter(|(one, _)| one.by == *self.me);
        let (new, old): (Vec<_>, Vec<_>) = own.partition(|(one, _)| is_new(one.on));
        stood.entries.extend(old.into_iter().map(|(one, _)| one.text));
        if new.is_empty() {
            return false;
        }
        let revs = references.iter().map(String::as_str).chain([self.tip]);
        let signatures: Vec<Signature> = revs.flat_map(|rev| self.signatures_at(rev, path)).collect();
        let mut waits = false;
        for (one, before) in new {
            let days = [one.on, today];
            let is_signed = signatures.iter().any(|signature| {
                let mut texts = std::iter::once(&one.text).chain(&before);
                self.is_own(signature, register, &days) && texts.any(|text| signature.covers(text.as_bytes()))
            });
            if is_signed {
                stood.entries.insert(one.text);
            } else {
                waits = true;
            }
        }
        waits
    }

    /// Returns whether a signature counts as this person's. If the list of keys does not have their key yet, the
    /// signature of an unknown key counts too.
    fn is_own(&self, signature: &Signature, register: &Register, days: &[Date]) -> bool {
        let signers = &self.work.desk.known.signers;
        match signers.holder(&signature.key) {
            Some(_) => signers.counts(&signature.key, &namespace(&register.id), self.me, days).is_ok(),
            None => !self.key_counts,
        }
    }

    /// Returns the statements of a file of the main branch. Beside each is the same statement under the earlier id of
    /// its person, if the file has one. A file that cannot be read has none.
    fn statements_of(&self, path: &FilePath, register: &Register) -> Vec<(Signable, Option<String>)> {
        let global = &self.work.place.global;
        let file = global.root.join(path.as_str());
        if path.person_parts().is_none() {
            let list = if review_parts(path).is_some() {
                signable::review_list(global, register, &file)
            } else {
                signable::signable_rejections(global, register, &file)
            };
            let statements = list.ok().flatten().map(|list| list.statements).unwrap_or_default();
            return statements.into_iter().map(|one| (one, None)).collect();
        }
        let Ok(file) = signable::person_file(global, register, &file) else { return Vec::new() };
        let before = file.statements_before(register);
        let numbers: Vec<usize> = file.grants.iter().map(|(number, _)| *number).collect();
        let under_the_earlier_id = |one: &Signable| {
            if one.kind != SignableKind::Access {
                return None;
            }
            let at = numbers.iter().position(|number| one.entry == Some(*number))?;
            before.get(at).cloned()
        };
        let all = file.statements(register).into_iter();
        all.map(|one| {
            let before = under_the_earlier_id(&one);
            (one, before)
        })
        .collect()
    }

    /// Adds the statements that the main branch has had of a file: those from before the register asked for signatures,
    /// and those that were signed. An access that only ends sooner than such a statement needs no signature. If
    /// somebody has signed who the person is, that does not wait either, however long ago it was.
    fn adds_history(&self, path: &FilePath, since: &str, stood: &mut signing::Stated) {
        let (register, today) = (&self.work.desk.rules.register, self.work.today());
        stood.entries.extend(self.texts_at(since, path, register).into_iter().map(|(text, _)| text));
        let name = self.name_of(path);
        let list =
            ["--literal-pathspecs", "rev-list", "--first-parent", MOST_OF_A_FILE, self.tip, "--", &name];
        let commits = git(self.top, &list).map(|said| said.out).unwrap_or_default();
        let revs = || commits.lines().chain([self.tip]);
        let signatures: Vec<Signature> = revs().flat_map(|rev| self.signatures_at(rev, path)).collect();
        let texts = revs().flat_map(|rev| self.texts_at(rev, path, register));
        let (signers, base) = (&self.work.desk.known.signers, &self.work.desk.base);
        let is_by = |one: &Signature, by: &PersonId| {
            signers.holder(&one.key).is_some_and(|holder| base.is_same(holder, by))
        };
        let signed = texts
            .filter(|(text, by)| signatures.iter().any(|one| is_by(one, by) && one.covers(text.as_bytes())));
        stood.entries.extend(signed.map(|(text, _)| text));
        if path.person_parts().is_none() {
            return;
        }
        let Ok(file) = signable::person_file(
            &self.work.place.global,
            register,
            &self.work.place.global.root.join(path.as_str()),
        ) else {
            return;
        };
        let of = |by: &PersonId, on: Date| file.about_person(register, by, on);
        if !signed_by(&signatures, of, signers, &namespace(&register.id), today, i32::MAX).people.is_empty() {
            let identity = file.facts.identifying_digest(&register.id, &file.person);
            stood.people.insert((path.clone(), identity));
        }
    }

    /// Returns the statements that a person's file or a list of rejections has at a commit, each with who signs it.
    fn texts_at(&self, rev: &str, path: &FilePath, register: &Register) -> Vec<(String, PersonId)> {
        let Some(text) = self.content_at(rev, &self.name_of(path)) else { return Vec::new() };
        let id = &register.id;
        if rejections_trust(path).is_some() {
            let parsed = parse::rejections(path, text.as_bytes(), register).ok();
            let of_list = |list: &parse::ParsedRejections| -> Vec<(String, PersonId)> {
                let rejections = list.entries.iter().map(|entry| &entry.rejection);
                rejections.map(|one| (one.statement(id, &list.written), one.by.clone())).collect()
            };
            return parsed.as_ref().map(of_list).unwrap_or_default();
        }
        let Ok(file) = parse::person(path, text.as_bytes(), register) else { return Vec::new() };
        let grants = file.entries.into_iter().filter_map(|entry| match entry {
            Entry::Valid { grant, .. } => Some(grant),
            Entry::Invalid { .. } => None,
        });
        grants
            .flat_map(|grant| {
                let taken_back = grant.revoked.as_ref().map(|one| {
                    let text = grant.key.revocation_statement(id, None, &one.by, one.on);
                    (text, one.by.clone())
                });
                std::iter::once((grant.statement(id), grant.approval.by.clone())).chain(taken_back)
            })
            .collect()
    }

    /// Returns the signatures beside a file at a commit.
    fn signatures_at(&self, rev: &str, path: &FilePath) -> Vec<Signature> {
        let Some(text) = self.content_at(rev, &self.name_of(&path.signatures())) else { return Vec::new() };
        SignatureFile::read_of_a_list(text.as_bytes()).signatures
    }

    fn content_at(&self, rev: &str, name: &str) -> Option<String> {
        git(self.top, &["cat-file", "blob", &format!("{rev}:{name}")]).ok().map(|said| said.out)
    }

    /// Returns the name of a file from the top of the clone.
    fn name_of(&self, path: &FilePath) -> String {
        root_in_clone(&self.work.global.root, self.top).join(path.as_str()).display().to_string()
    }

    /// Returns the commit of the main branch since which the register asks for signatures, or the first of the commits
    /// that are looked at.
    fn signed_since(&self) -> Option<String> {
        let name = self.name_of(&FilePath::new(REGISTER));
        let list = ["--literal-pathspecs", "rev-list", "--first-parent", MOST, self.tip, "--", &name];
        let mut since = None;
        for commit in git(self.top, &list).ok()?.out.lines() {
            let text = self.content_at(commit, &name).unwrap_or_default();
            let register = parse::register(&FilePath::new(REGISTER), text.as_bytes());
            if register.is_ok_and(|register| register.evidence != Evidence::Signature) {
                return since;
            }
            since = Some(commit.to_owned());
        }
        answer_of_git(self.top, &["rev-list", "--first-parent", MOST, self.tip])?
            .lines()
            .next_back()
            .map(str::to_owned)
    }
}
