//! Opens what a clone knows besides its files. This is the newest main branch of the remote, and what its other branches
//! would change for a person, with the findings that stop them.

use std::path::{Path, PathBuf};

use portvakt_author::AuthorDesk;
use portvakt_core::diag::{Finding, text};
use portvakt_core::model::{PersonId, Register};

use super::branch_name;
use super::former::{EarlierFiles, FormerPeople};
use super::listed::{OpenBranch, branches};
use super::overtaken::is_overtaken;
use super::place::{WritingPlace, changed_on, clone_of, target_of};
use super::remote::REMOTES;
use super::taken::is_taken_in;
use crate::cli::{judged, last_valid, output, today, tree};
use crate::config::Global;

/// The newest files. In a clone they are those of the main branch of the remote, otherwise the files here.
pub(in crate::cli) struct Newest(WritingPlace);

impl Newest {
    /// Returns the options of the command, with the folder of these files as the root.
    pub(in crate::cli) fn global(&self) -> &Global {
        &self.0.global
    }

    /// Returns the commit of these files and the top of its clone. It is `None` outside of a clone.
    pub(in crate::cli) fn commit(&self, global: &Global) -> Option<(PathBuf, String)> {
        let (_, tip) = self.0.repository()?;
        Some((clone_of(&global.root)?, tip.to_owned()))
    }

    /// Reads these files. If their settings are not valid, the newest valid ones of their history stand in, and the user
    /// is told. It is `None` if the files cannot be read, or if there are no valid settings.
    ///
    /// # Errors
    /// The day is not known in the register's time zone.
    pub(in crate::cli) fn desk(&self, global: &Global) -> Result<Option<AuthorDesk>, Finding> {
        let Ok(tree) = tree::read_tree(self.global()) else { return Ok(None) };
        // A day that is not known is no fault of the files.
        let _today = today::of_tree(global, &tree.snapshot)?;
        Ok(last_valid::desk(global, self.global(), &tree.snapshot).ok().map(|(desk, _)| desk))
    }

    /// Returns all people who have or had a file, from the history of these files.
    pub(in crate::cli) fn former(&self, global: &Global) -> FormerPeople {
        FormerPeople::read(global, &self.0)
    }

    /// Returns what the files of a person say and said.
    pub(in crate::cli) fn earlier(
        &self,
        former: &FormerPeople,
        id: &PersonId,
        register: &Register,
    ) -> EarlierFiles {
        former.earlier(&self.0, id, register)
    }
}

/// Returns whether the root is in a clone.
pub(in crate::cli) fn is_in_a_clone(global: &Global) -> bool {
    clone_of(&global.root).is_some()
}

/// Returns whether two folders are in one clone.
pub(in crate::cli) fn are_in_one_clone(one: &Path, other: &Path) -> bool {
    clone_of(one).is_some_and(|top| clone_of(other) == Some(top))
}

/// Opens the newest files.
///
/// # Errors
/// A call of git fails.
pub(in crate::cli) fn open_newest(global: &Global) -> Result<Newest, Finding> {
    WritingPlace::open(global, false).map(Newest)
}

/// Shows every branch that changes a file of this person, as its reviewer sees it, also one of this clone that is not
/// sent yet. A branch that has nothing left to change is left out. Outside of a clone it shows nothing.
///
/// # Errors
/// A call of git fails.
pub(in crate::cli) fn on_the_way(global: &Global, id: &PersonId) -> Result<(), Finding> {
    let Some(top) = clone_of(&global.root) else { return Ok(()) };
    let Some(target) = target_of(&top) else { return Ok(()) };
    let target = target.as_str();
    for OpenBranch { name, reference } in branches(&top, target)? {
        // The remote may have deleted a branch of this clone when it was merged.
        let was_taken = || !reference.starts_with(REMOTES) && is_taken_in(&top, target, &reference);
        if !is_about(global, &top, (target, &reference), id)?
            || was_taken()
            || is_overtaken((&global.root, &top), target, &reference)
        {
            continue;
        }
        let branch = branch_name::shown(&name);
        output::say(
            global,
            &text!(
                en: "\nOn its way, and not taken in yet: {branch}\n\n",
                nb: "\nUnderveis, og ikke tatt inn ennå: {branch}\n\n"
            ),
        );
        if let Err(finding) = judged::show_change(global, target, &reference) {
            output::stop(global, finding);
        }
    }
    Ok(())
}

fn is_about(
    global: &Global,
    top: &Path,
    (target, reference): (&str, &str),
    id: &PersonId,
) -> Result<bool, Finding> {
    let paths = changed_on(&global.root, top, target, reference)?;
    Ok(paths.iter().any(|path| path.person_parts().is_some_and(|(_, stem)| stem == id.as_str())))
}
