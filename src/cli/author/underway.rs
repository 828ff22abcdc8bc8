//! Finds changes that wait already and concern the same person or the same application. It looks at the branches of
//! the remote, and at branches of this clone that are not sent. The user is told before anything is written. Another
//! change of the same person is a notice, because both may be meant. The same change, or the same application, is a
//! [`Repeat`]. It stops the command until the user says that it is meant. A revocation is kept back by nothing that waits
//! but the very same files. A change that can never be merged keeps nobody back: its task is to be done once more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{ApplicationId, FilePath, Grant, Register, RequestId, RoleId, UnitId, Vouched};
use portvakt_core::parse::{self, Entry};

use super::anew::{self, Anew};
use super::{Made, Work};
use crate::cli::clone::branch_name;
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::listed::{OpenBranch, branches};
use crate::cli::clone::place::{changed_on, clone_of, root_in_clone, target_of};
use crate::cli::clone::remote::reference_there;
use crate::cli::clone::taken::is_taken_in;
use crate::cli::judged;

/// Something that would be done a second time.
pub(super) struct Repeat {
    /// The sentence about what exists already, without its full stop.
    pub(super) what: Text,
    /// The sentence that tells what to do instead.
    pub(super) way_out: Text,
}

impl Repeat {
    /// Returns the finding that stops the command if there is no terminal to ask at.
    pub(super) fn stops(&self) -> Finding {
        let way_out = self.way_out.clone().and(text!(
            en: "If this is meant all the same, say `--again`.",
            nb: "Er dette ment likevel, skriv `--again`."
        ));
        Finding::new(Code::DuplicateEntry, self.what.clone(), way_out)
    }

    /// Returns the same as words for a user at a terminal.
    pub(super) fn words(&self) -> Text {
        let (what, way_out) = (self.what.clone(), self.way_out.clone());
        text!(with what, way_out; en: "{what}. {way_out}", nb: "{what}. {way_out}")
    }
}

/// The changes that wait already beside a change that is not written yet.
#[derive(Default)]
pub(super) struct Underway {
    /// Notices about other changes of the same people, and about changes that cannot be merged any more.
    pub(super) others: Vec<Text>,
    /// Branches with the same change, or with another change on the same application.
    pub(super) same: Vec<Repeat>,
}

/// Finds the changes that wait already beside this change. Outside of a clone there are none. A branch that git cannot
/// compare is skipped, so that it cannot keep others from their work.
pub(super) fn already(work: &Work<'_>, made: &Made) -> Underway {
    let mut found = Underway::default();
    let Some((_, tip)) = work.place.repository() else { return found };
    let root = &work.global.root;
    let Some(top) = clone_of(root) else { return found };
    let Some(target) = target_of(&top) else { return found };
    let target = target.as_str();
    let people: BTreeSet<&str> =
        made.draft.files.iter().filter_map(|file| person_of_path(&file.path)).collect();
    let numbers = new_numbers(made);
    for OpenBranch { name, reference } in branches(&top, target).unwrap_or_default() {
        let Ok(paths) = changed_on(root, &top, target, &reference) else { continue };
        let is_of_person = paths.iter().filter_map(person_of_path).any(|person| people.contains(person));
        let names = || {
            let between = format!("{target}...{reference}");
            let plain = [
                "diff",
                "--unified=0",
                "--no-renames",
                "--no-color",
                "--no-ext-diff",
                "--no-textconv",
                &between,
            ];
            let Ok(changes) = git(&top, &plain) else { return false };
            let mut added =
                changes.out.lines().filter_map(|line| line.strip_prefix('+')).filter_map(number_in_line);
            added.any(|number| numbers.contains(&number))
        };
        // A change of nobody's file that brings no number, such as a rejection that is taken out again.
        let is_elsewhere = people.is_empty()
            && numbers.is_empty()
            && made.draft.files.iter().any(|file| paths.contains(&file.path))
            && has_the_files(work, made, &top, &reference);
        let is_about = is_of_person || is_elsewhere || (!numbers.is_empty() && names());
        if !is_about || is_taken_in(&top, target, &reference) {
            continue;
        }
        let branch = branch_name::shown(&name);
        if cannot_join(work, &top, tip, &reference) {
            found.others.push(text!(
                en: "What waits on {branch} does not fit what stands now, and it cannot be taken in any more: close the request for it at the forge.",
                nb: "Det som venter på {branch}, passer ikke med det som står nå, og kan ikke lenger tas inn: lukk forespørselen for den på kodeplattformen."
            ));
            continue;
        }
        let is_access = is_of_person && is_same(work, made, (top.as_path(), target), &reference);
        let is_exact =
            is_elsewhere || (is_of_person && !is_access && has_the_files(work, made, &top, &reference));
        if is_of_person && !is_access && !is_exact {
            found.others.push(text!(
                en: "For this person something waits already, on {branch}: see whether this is the same.",
                nb: "For denne personen venter noe allerede, på {branch}: se om dette er det samme."
            ));
            continue;
        }
        let what = if is_exact {
            text!(
                en: "The same change waits already, on {branch}",
                nb: "Den samme endringen venter allerede, på {branch}"
            )
        } else if is_of_person {
            text!(
                en: "This access waits already, on {branch}",
                nb: "Denne tilgangen venter allerede, på {branch}"
            )
        } else {
            text!(
                en: "This application waits already, on {branch}",
                nb: "Denne søknaden venter allerede, på {branch}"
            )
        };
        let at_origin = reference_there(&top, &name);
        let way_out = match answer_of_git(&top, &["rev-parse", "--verify", "--quiet", &at_origin]) {
            None => text!(en: "Send it with `portvakt send`.", nb: "Send den med `portvakt send`."),
            Some(_) if lacks_a_signature(work, tip, &reference) => text!(
                en: "Have it signed (`portvakt approve --waiting`) and taken in, or turned down at the forge.",
                nb: "Få den signert (`portvakt approve --waiting`) og tatt inn, eller avslått på kodeplattformen."
            ),
            Some(_) => text!(
                en: "Have it taken in, or turned down at the forge.",
                nb: "Få den tatt inn, eller avslått på kodeplattformen."
            ),
        };
        found.same.push(Repeat { what, way_out });
    }
    found
}

/// Returns whether a branch can never be merged: git cannot join it with the newest main branch, and it cannot be
/// repeated there.
fn cannot_join(work: &Work<'_>, top: &Path, tip: &str, reference: &str) -> bool {
    let commit = format!("{reference}^{{commit}}");
    let Some(commit) = answer_of_git(top, &["rev-parse", "--verify", "--quiet", &commit]) else {
        return false;
    };
    matches!(anew::on_newest(work.global, top, tip, &commit), Ok(Anew::Apart(_)))
}

/// The findings about something that is not signed, or not as it stands.
const UNSIGNED: [Code; 4] =
    [Code::Unsigned, Code::SignedSomethingElse, Code::PersonUnproven, Code::RejectionWithoutEffect];

/// Returns whether anything on a branch still waits for a signature.
fn lacks_a_signature(work: &Work<'_>, tip: &str, reference: &str) -> bool {
    let judged = judged::judged_change(work.global, tip, reference);
    judged.is_ok_and(|judged| judged.checked.findings.iter().any(|one| UNSIGNED.contains(&one.code)))
}

/// The effect of a change on one access.
#[derive(Debug, PartialEq, Eq)]
enum AccessChange {
    /// It is given, in this role.
    Given(RoleId),
    /// Its last day comes later.
    Later,
    /// It ends sooner, after this day.
    Sooner(Date),
    /// Something else of it changes. The values are the role and the facts after the change.
    Other(RoleId, Vouched),
}

impl AccessChange {
    /// Returns the effect on an access. It is `None` if the access stays as it is, or is taken back at once.
    fn of(before: Option<&Grant>, after: &Grant) -> Option<Self> {
        let Some(before) = before else { return Some(Self::Given(after.role.clone())) };
        if before == after || after.revoked.is_some() {
            return None;
        }
        Some(match (before.until, after.until) {
            (Some(old), new) if new.is_none_or(|new| new > old) => Self::Later,
            (old, Some(new)) if old.is_none_or(|old| new < old) => Self::Sooner(new),
            _ => Self::Other(after.role.clone(), after.vouched.clone()),
        })
    }

    /// Returns whether this effect adds nothing to the one that waits. An earlier end than the one that waits is a new
    /// effect.
    fn repeats(&self, waits: &Self) -> bool {
        match (self, waits) {
            (Self::Sooner(now), Self::Sooner(waits)) => waits <= now,
            (now, waits) => now == waits,
        }
    }
}

/// Returns whether a branch has the same effect on one of the accesses.
fn is_same(work: &Work<'_>, made: &Made, (top, target): (&Path, &str), reference: &str) -> bool {
    let Some(base) = answer_of_git(top, &["merge-base", target, reference]) else { return false };
    let register = &work.desk.rules.register;
    let there = |rev: &str, path: &FilePath| file_at(work, top, rev, path);
    made.draft.files.iter().filter(|file| person_of_path(&file.path).is_some()).any(|file| {
        let path = &file.path;
        let now = turns(path, [file.before.as_deref(), file.after.as_deref()], register);
        let (before, after) = (there(&base, path), there(reference, path));
        let of_branch = [before.as_deref().map(str::as_bytes), after.as_deref().map(str::as_bytes)];
        let waits = turns(path, of_branch, register);
        now.iter()
            .any(|(access, turn)| waits.iter().any(|(other, waits)| access == other && turn.repeats(waits)))
    })
}

/// Returns whether a branch has the people's files as they would be after the change, byte for byte but for line ends. It
/// looks at all files of a change that has none of people.
fn has_the_files(work: &Work<'_>, made: &Made, top: &Path, reference: &str) -> bool {
    let is_of_people = |path: &FilePath| person_of_path(path).is_some();
    let has_people = made.draft.files.iter().any(|file| is_of_people(&file.path));
    let mut files = made.draft.files.iter().filter(|file| !has_people || is_of_people(&file.path));
    files.all(|file| {
        let wanted = file.after.as_deref().map(|bytes| with_plain_ends(&String::from_utf8_lossy(bytes)));
        file_at(work, top, reference, &file.path).map(|text| with_plain_ends(&text)) == wanted
    })
}

fn with_plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Returns a file of the tree at a commit or on a branch of the clone.
fn file_at(work: &Work<'_>, top: &Path, rev: &str, path: &FilePath) -> Option<String> {
    let inside = root_in_clone(&work.global.root, top);
    let name = format!("{rev}:{}", inside.join(path.as_str()).display());
    git(top, &["cat-file", "blob", &name]).ok().map(|said| said.out)
}

/// Returns the effects on the accesses of one file, by application and unit.
fn turns(
    path: &FilePath,
    [before, after]: [Option<&[u8]>; 2],
    register: &Register,
) -> Vec<((ApplicationId, UnitId), AccessChange)> {
    let (before, after) = (grants(path, before, register), grants(path, after, register));
    let turned = after.iter().filter_map(|(key, grant)| {
        let turn = AccessChange::of(before.get(key), grant)?;
        Some(((grant.key.application.clone(), grant.key.unit), turn))
    });
    turned.collect()
}

/// Returns the accesses of a file by application, unit and number. A file that cannot be read has none.
fn grants(
    path: &FilePath,
    bytes: Option<&[u8]>,
    register: &Register,
) -> BTreeMap<(ApplicationId, UnitId, RequestId), Grant> {
    let file = bytes.and_then(|bytes| parse::person(path, bytes, register).ok());
    let entries = file.into_iter().flat_map(|file| file.entries);
    let valid = entries.filter_map(|entry| match entry {
        Entry::Valid { grant, .. } => {
            let key = (grant.key.application.clone(), grant.key.unit, grant.key.request.folded());
            Some((key, *grant))
        }
        Entry::Invalid { .. } => None,
    });
    valid.collect()
}

/// Returns the person whose file this is.
fn person_of_path(path: &FilePath) -> Option<&str> {
    path.person_parts().map(|(_, person)| person)
}

/// Returns the application numbers that a change adds, folded.
fn new_numbers(made: &Made) -> BTreeSet<RequestId> {
    let mut numbers = BTreeSet::new();
    for file in &made.draft.files {
        let all = |bytes: Option<&[u8]>| -> BTreeSet<RequestId> {
            let text = String::from_utf8_lossy(bytes.unwrap_or_default());
            text.lines().filter_map(number_in_line).collect()
        };
        let before = all(file.before.as_deref());
        numbers.extend(all(file.after.as_deref()).into_iter().filter(|number| !before.contains(number)));
    }
    numbers
}

/// Returns the number at `request:` in a line, folded.
fn number_in_line(line: &str) -> Option<RequestId> {
    let value = line.trim_start().trim_start_matches("- ").strip_prefix("request:")?;
    let value = value.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    RequestId::new(value).ok().map(|number| number.folded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_repeats_one_that_comes_no_later() {
        let day = |day: i8| jiff::civil::date(2026, 12, day);
        let ends = |on: i8| AccessChange::Sooner(day(on));
        assert!(ends(31).repeats(&ends(31)) && ends(31).repeats(&ends(1)));
        assert!(!ends(1).repeats(&ends(31)), "what takes more away waits for nobody");
        assert!(AccessChange::Later.repeats(&AccessChange::Later) && !AccessChange::Later.repeats(&ends(31)));
        let role = |id: &str| RoleId::new(id).unwrap();
        assert!(AccessChange::Given(role("LU")).repeats(&AccessChange::Given(role("LU"))));
        assert!(!AccessChange::Given(role("LC")).repeats(&AccessChange::Given(role("LU"))));
    }

    #[test]
    fn a_number_is_found_as_files_and_lists_write_it() {
        for line in ["    request: req-1a", "  - request: 'REQ-1A' # by mail", "request: \"Req-1a\""] {
            assert_eq!(number_in_line(line), RequestId::new("REQ-1A").ok(), "{line}");
        }
        assert_eq!(number_in_line("    role: LU"), None);
    }
}
