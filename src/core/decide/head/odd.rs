//! What a head says of something odd in the tree.

use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, Register, TrustId};
use crate::parse::revocation_unread;
use crate::tree::{Odd, Oddity};

/// Returns whether something odd is in the place of a folder with people's files, or of a possible one, or may hide such
/// files in another way. A plain file that can be read counts only in the place of a trust's folder.
pub(super) fn stands_for_a_folder(odd: &Odd, register: &Register) -> bool {
    let is_trust = |folder: &str| register.trusts.keys().any(|trust| trust.as_str() == folder);
    let is_in_the_place = odd.is_whole_folder()
        && (odd.what != Oddity::Misplaced || odd.folder.as_deref().is_some_and(is_trust));
    is_in_the_place || odd.may_hide_files()
}

/// Returns the trust whose folder waits because of something odd.
pub(super) fn held_trust(odd: &Odd, register: &Register) -> Option<TrustId> {
    let folder = odd.folder.as_deref()?;
    register.trusts.keys().find(|trust| trust.as_str() == folder).cloned()
}

/// Returns the folder whose changes wait because of something odd. A plain file beside the folders holds one only if it
/// is in the place of a trust's folder.
pub fn held_folder<'o>(odd: &'o Odd, register: &Register) -> Option<&'o str> {
    odd.folder.as_deref().filter(|folder| {
        odd.what != Oddity::Misplaced || register.trusts.keys().any(|trust| trust.as_str() == *folder)
    })
}

/// Returns whether the finding that refuses the settings of the tree says all that there is to say of something odd. It
/// does so of a `.gitattributes` outside of `policies`.
pub fn is_told_with_settings(odd: &Odd) -> bool {
    odd.is_of_git() && !odd.path.starts_with("policies/")
}

/// Makes the finding about something odd.
pub(super) fn odd_finding(odd: &Odd, register: &Register) -> Finding {
    let held = match held_folder(odd, register) {
        None => Text::default(),
        Some(folder) => text!(en: "; changes in `{folder}` wait", nb: "; endringer i `{folder}` venter"),
    };
    let (path, what) = (&odd.path, odd.what.words());
    let told = text!(with what, held; en: "`{path}` is {what}{held}", nb: "`{path}` er {what}{held}");
    let message =
        if odd.says_revoked { revocation_unread(&FilePath::new(&odd.path)).and(told) } else { told };
    let path = odd.path.to_lowercase();
    // An editor may add an ending of its own.
    let ending = path.strip_suffix(".txt").unwrap_or(&path);
    let is_misspelt =
        odd.what == Oddity::NotYaml && [".yml", ".yaml"].iter().any(|end| ending.ends_with(end));
    let way_out = match (odd.person_by_name(), &odd.what) {
        (Some(person), _) if is_misspelt => text!(
            en: "Name it `{person}.yaml`, if it is the file of `{person}`; if not, move it out of the tree.",
            nb: "Gi den navnet `{person}.yaml` hvis den er filen til `{person}`; hvis ikke, flytt den bort."
        ),
        (Some(person), Oddity::Misplaced) => text!(
            en: "Move it into the folder of the person's trust, as `desired-state/<trust>/{person}.yaml`; if it is nobody's file, move it out of the tree.",
            nb: "Flytt den inn i mappen til personens helseforetak, som `desired-state/<helseforetak>/{person}.yaml`; er den ingens fil, flytt den bort."
        ),
        _ => odd.way_out(),
    };
    Finding::new(Code::OddPath, message, way_out).at(Place::file(&FilePath::new(&odd.path)))
}
