//! Finds new people by the branches that are not merged. The main branch has no file of them yet, so nothing else in a
//! clone knows that their access waits.

use portvakt_author::former_of;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{FilePath, PersonId};

use super::branch_name;
use super::git::{answer_of_git, git};
use super::listed::{OpenBranch, branches};
use super::overtaken::is_overtaken;
use super::place::{changed_on, clone_of, root_in_clone, target_of};
use super::remote::reference_there;
use super::taken::is_taken_in;
use crate::config::Global;

/// A person with a file on a branch that the main branch does not have.
pub(in crate::cli) struct Newcomer {
    pub(in crate::cli) id: PersonId,
    /// The name in the file.
    pub(in crate::cli) name: String,
    /// The branch, as it is shown to people.
    pub(in crate::cli) branch: String,
    /// Tells whether the remote repository has the branch.
    is_sent: bool,
}

impl Newcomer {
    /// Returns the words about an access that waits, with the way to take it back before it is merged.
    pub(in crate::cli) fn waits(&self) -> Text {
        let Self { id, branch, .. } = self;
        let name = portvakt_net::line(&self.name);
        let waits = text!(
            en: "{name} ({id}) is in no file of the main branch yet: the access waits on {branch}.",
            nb: "{name} ({id}) står ikke i noen fil i hovedgrenen ennå: tilgangen venter på {branch}."
        );
        waits.and(if self.is_sent {
            text!(
                en: "To take it back, close the request for that branch at the forge, and delete the branch there.",
                nb: "Skal den tas tilbake, lukk forespørselen for den grenen på kodeplattformen, og slett grenen der."
            )
        } else {
            text!(
                en: "It is not sent yet: `git branch -D {branch}` takes it back.",
                nb: "Den er ikke sendt ennå: `git branch -D {branch}` tar den tilbake."
            )
        })
    }
}

/// Returns the people whose file is on an open branch alone. Outside of a clone there are none. A branch that git cannot
/// compare is skipped.
pub(in crate::cli) fn newcomers(global: &Global) -> Vec<Newcomer> {
    let root = &global.root;
    let Some(top) = clone_of(root) else { return Vec::new() };
    let Some(target) = target_of(&top) else { return Vec::new() };
    let inside = root_in_clone(root, &top);
    let content = |rev: &str, path: &FilePath| {
        let name = format!("{rev}:{}", inside.join(path.as_str()).display());
        git(&top, &["cat-file", "blob", &name]).ok().map(|said| said.out)
    };
    let mut found = Vec::new();
    for OpenBranch { name, reference } in branches(&top, &target).unwrap_or_default() {
        let Ok(paths) = changed_on(root, &top, &target, &reference) else { continue };
        let new =
            paths.iter().filter(|path| path.person_parts().is_some() && content(&target, path).is_none());
        let people: Vec<(PersonId, String)> =
            new.filter_map(|path| former_of(path, content(&reference, path)?.as_bytes())).collect();
        if people.is_empty()
            || is_taken_in(&top, &target, &reference)
            || is_overtaken((root, &top), &target, &reference)
        {
            continue;
        }
        let at_origin = reference_there(&top, &name);
        let is_sent = answer_of_git(&top, &["rev-parse", "--verify", "--quiet", &at_origin]).is_some();
        let branch = branch_name::shown(&name);
        found.extend(people.into_iter().map(|(id, name)| Newcomer {
            id,
            name,
            branch: branch.clone(),
            is_sent,
        }));
    }
    found
}
