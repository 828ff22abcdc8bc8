//! New keys: how their lines come into the list of keys, and who signs them in. `key`, whatever signs with a key that is
//! not enrolled yet, and `approve --waiting` say the same of them.

use std::path::Path;

use portvakt_author::AuthorDesk;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::PersonId;
use portvakt_core::system::{said, way_out};
use serde_json::{Value, json};

use super::Work;
use crate::cli::clone::branch_name;
use crate::cli::clone::git::answer_of_git;
use crate::cli::clone::place::{BRANCHES, clone_of, name_there, open_branches, root_in_clone, target_of};
use crate::cli::{replaced, signable, unwritten, whose};
use crate::config::Global;

/// The size in bytes of the largest list of keys to which a key is added.
const LARGEST: u64 = 1024 * 1024;

/// Returns whether no national administrator has a key on the main branch. Then nobody can sign a key in, and the first
/// keys come with what two administrators accept on the host.
fn begins(desk: &AuthorDesk) -> bool {
    desk.may_release().iter().all(|person| desk.known.signers.keys_of(person).next().is_none())
}

/// Returns the JSON value about a key that is not enrolled yet. It names the people who may sign it, and two of them
/// must. Where nobody could, they accept it on the host.
pub(super) fn enrolling(desk: &AuthorDesk, owner: &PersonId) -> Value {
    let may = desk.may_release();
    if begins(desk) {
        return json!({ "what": "key", "of": owner, "for": may, "baseline": true });
    }
    json!({ "what": "key", "of": owner, "for": may, "signatures": 2 })
}

/// Returns the words about the first keys of a register, which nobody can sign in.
fn with_the_baseline() -> Text {
    text!(
        en: "No national administrator has a key on the main branch yet, so nobody can sign this one in. The keys count when they are taken in and two national administrators have accepted them on the host of the register: with the first `portvakt baseline`, or with `portvakt release` where one was accepted before.",
        nb: "Ingen nasjonal administrator har en nøkkel på hovedgrenen ennå, så ingen kan signere inn denne. Nøklene teller når de er tatt inn og to nasjonale administratorer har godtatt dem på registerets maskin: med den første `portvakt baseline`, eller med `portvakt release` hvis en er godtatt før."
    )
}

/// Returns the words about who enrols a key that a change brings.
pub(super) fn is_enrolled_by(work: &Work<'_>) -> Text {
    if begins(&work.desk) {
        return with_the_baseline();
    }
    let names = work.all_called(&work.desk.may_release());
    text!(
        en: "Two national administrators sign it in: among {names}. Until then what it signs does not count.",
        nb: "To nasjonale administratorer signerer den inn: blant {names}. Til da teller ikke det den signerer."
    )
}

/// Returns the words about a signature with a key that is not enrolled yet, with the people who may sign it in.
pub(super) fn not_enrolled_and_by_whom(work: &Work<'_>) -> Text {
    if begins(&work.desk) {
        return with_the_baseline();
    }
    let names = work.all_called(&work.desk.may_release());
    not_enrolled(&work.desk).and(text!(
        en: "Two of these sign it in: {names}.",
        nb: "To av disse signerer den inn: {names}."
    ))
}

/// Returns the words about a signature with a key that is not enrolled yet.
pub(super) fn not_enrolled(desk: &AuthorDesk) -> Text {
    if begins(desk) {
        return with_the_baseline();
    }
    text!(
        en: "That key is not enrolled yet. The signature counts when two national administrators have signed the key in, and this change is taken in after it.",
        nb: "Den nøkkelen er ikke registrert ennå. Signaturen teller når to nasjonale administratorer har signert inn nøkkelen, og denne endringen tas inn etter den."
    )
}

/// Returns whether a branch has a name like those that `key new` gives to branches.
pub(super) fn is_of_a_key(branch: &str) -> bool {
    branch.strip_prefix(BRANCHES).is_some_and(|name| name.starts_with("key-"))
}

/// Returns the name of an open branch of the remote that has these words in a list of keys, as it is shown. It is `None` if
/// the main branch has them too.
pub(super) fn branch_with(global: &Global, list: &str, words: &str) -> Option<String> {
    let top = clone_of(&global.root)?;
    let list = root_in_clone(&global.root, &top).join(list).display().to_string();
    let target = target_of(&top)?;
    let target = target.as_str();
    let has_it = |reference: &str| {
        answer_of_git(&top, &["show", &format!("{reference}:{list}")])
            .is_some_and(|text| text.contains(words))
    };
    if has_it(target) {
        return None;
    }
    let references = open_branches(&top, target).ok()?;
    references
        .iter()
        .find(|reference| has_it(reference))
        .map(|reference| branch_name::shown(name_there(reference)))
}

/// Adds lines at the end of a list of keys below a root. All earlier lines stay. If the list or its folder is a link,
/// it is not read, because the content of the target would be published.
pub(super) fn add_lines(root: &Path, list: &str, lines: &[String]) -> Result<(), Finding> {
    let path = root.join(list);
    let folder = path.parent().unwrap_or(root);
    if !folder.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Err(unwritable(folder, &std::io::Error::other("it is no plain folder")));
    }
    let mut text = match signable::read_plain_file(&path, LARGEST) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| unwritable(&path, &std::io::Error::other("it is not text in UTF-8")))?,
        Err(why) if why.is_missing() => String::new(),
        Err(why) => {
            return Err(signable::unread_list(list, &why));
        }
    };
    // The new lines get the line end of the earlier ones.
    let end = if text.lines().count() > 0 && text.split_inclusive('\n').all(|line| line.ends_with("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    for line in lines {
        text.push_str(line);
        text.push_str(end);
    }
    whose::may_put(&path)?;
    replaced::replace_file(&path, text.as_bytes()).map_err(|why| unwritable(&path, &why))
}

fn unwritable(path: &Path, why: &std::io::Error) -> Finding {
    let message = unwritten::cannot_write(path, &said(why));
    Finding::new(Code::SourceUnreadable, message, way_out(why))
}
