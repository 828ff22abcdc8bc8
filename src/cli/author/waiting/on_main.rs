//! Finds accesses, rejected applications and lists of reviews on the main branch that wait for this person's signature,
//! and changed names, logins and e-mail addresses. They were merged without it, so no open branch shows them. The
//! signature goes on a branch of its own.

use std::path::PathBuf;

use portvakt_core::diag::{Exit, text};
use portvakt_core::evidence::Signature;
use portvakt_core::model::FilePath;

use super::super::{Stop, Work, enrolling, own};
use super::{SignedBranches, Waiting, does_key_count, print_waiting};
use crate::cli::ask::Asker;
use crate::cli::clone::place::{WritingPlace, clone_of, open_branches, target_of};
use crate::cli::clone::plain;
use crate::cli::unsigned::MainHistory;
use crate::cli::{output, signing};
use crate::config::Format;

/// Files of the main branch with statements in this person's name that they have not signed.
#[derive(Default)]
pub(super) struct UnsignedFiles {
    paths: Vec<FilePath>,
    /// The statements in these files that do not wait.
    stood: signing::Stated,
}

/// Shows and signs what one file of the main branch has in this person's name without their signature. It is `None` if
/// there is no such thing, or if nobody can sign here.
///
/// # Errors
/// The user was asked and gave no answer, or it could not be signed.
pub(in crate::cli::author) fn sign_on_main(work: &Work<'_>, path: &FilePath) -> Result<Option<Exit>, Stop> {
    let global = work.global;
    let key = own::own_key(global, work.how);
    let (Some(top), Some((_, tip)), Some(me), Some(key)) =
        (clone_of(&global.root), work.place.repository(), work.me.as_ref(), key)
    else {
        return Ok(None);
    };
    let Some(target) = target_of(&top) else { return Ok(None) };
    let key_counts = does_key_count(work, &key, me)?;
    let waiting = Waiting { work, top: &top, tip, me, key: &key, key_counts, ends_most: false };
    let references = open_branches(&top, &target)?;
    let Some(unsigned) = waiting.unsigned_on_main(&references, |one| one == path) else { return Ok(None) };
    let mut done = SignedBranches { is_fetched: work.place.is_fetched, ..SignedBranches::default() };
    waiting.signs_on_main(&unsigned, &mut done)?;
    if !done.signed.is_empty() && !key_counts {
        done.waits.push(enrolling::enrolling(&work.desk, me));
    }
    Ok(Some(print_waiting(global, &done)))
}

impl Waiting<'_> {
    /// Finds the files of the main branch that wait for this person, among those that are asked for. A signature on an
    /// open branch counts too.
    pub(super) fn unsigned_on_main(
        &self,
        references: &[String],
        is_asked: impl Fn(&FilePath) -> bool,
    ) -> Option<UnsignedFiles> {
        let work = self.work;
        let at = (self.top, self.tip);
        let history = MainHistory::read(work.global, &work.place.global, at, &work.desk)?;
        let mut found = UnsignedFiles::default();
        for path in history.changed.iter().filter(|path| is_asked(path)) {
            let waits = self.waits(&history, path, references, &mut found.stood);
            // Who the person is waits too if this person could sign it.
            let identity = history.open_identity(path, references);
            let is_open = identity.is_some_and(|open| {
                open.signed_on.is_none() && open.may_sign.contains(work.desk.base.meant(self.me))
            });
            if !waits && !is_open {
                continue;
            }
            history.adds_history(path, &mut found.stood);
            if !is_open {
                found.stood.people.extend(history.identity(path).map(|digest| (path.clone(), digest)));
            }
            found.paths.push(path.clone());
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
    /// not wait are added to `stood`. If the list of keys does not have this person's key yet, the signature of an
    /// unknown key counts too.
    fn waits(
        &self,
        history: &MainHistory<'_>,
        path: &FilePath,
        references: &[String],
        stood: &mut signing::Stated,
    ) -> bool {
        let today = self.work.today();
        let own = history.statements_of(path).into_iter().filter(|(one, _)| one.by == *self.me);
        let (new, old): (Vec<_>, Vec<_>) = own.partition(|(one, _)| history.is_recent(one.on));
        stood.entries.extend(old.into_iter().map(|(one, _)| one.text));
        if new.is_empty() {
            return false;
        }
        let revs = references.iter().map(String::as_str).chain([self.tip]);
        let signatures: Vec<Signature> = revs.flat_map(|rev| history.signatures_at(rev, path)).collect();
        let mut waits = false;
        for (one, before) in new {
            let days = [one.on, today];
            let is_signed = signatures.iter().any(|signature| {
                let mut texts = std::iter::once(&one.text).chain(&before);
                history.counts(signature, self.me, &days, self.key_counts)
                    && texts.any(|text| signature.covers(text.as_bytes()))
            });
            if is_signed {
                stood.entries.insert(one.text);
            } else {
                waits = true;
            }
        }
        waits
    }
}
