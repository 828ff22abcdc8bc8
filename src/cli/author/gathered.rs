//! Puts the keys that wait on branches of their own into one change. `key gather` does so, and `approve --waiting` offers it.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::diag::{Finding, text};
use portvakt_core::evidence::Signers;
use portvakt_core::model::Register;
use portvakt_core::tree::ALLOWED_SIGNERS;
use serde_json::{Value, json};

use super::Stop;
use super::enrolling::{add_lines, is_of_a_key};
use crate::cli::clone::git::answer_of_git;
use crate::cli::clone::place::{Sent, WritingPlace, name_there, open_branches, root_in_clone};
use crate::cli::clone::taken::added_keys;
use crate::cli::clone::{noted, plain, sent};
use crate::cli::{output, signable};
use crate::config::Global;

/// Keys from several branches, in one change.
pub(super) struct GatheredKeys {
    /// The lines of the list of keys.
    lines: Vec<String>,
    /// The branch with all of them.
    pub(super) sent: Option<Sent>,
}

/// The keys that wait on branches of their own.
pub(super) enum WaitingKeys {
    /// No key waits.
    None,
    /// One key waits. It is not gathered: a second branch with it would be put to nobody, or the two who sign it would
    /// each sign another branch.
    One,
    /// Several keys wait, and they are in one change now.
    Gathered(Box<GatheredKeys>),
}

/// Puts the keys that wait on their own branches into one change and sends it, if there are several. A branch that
/// changes anything else is left out. `place` has the files of the main branch, and `register` is the one that counts
/// for them.
pub(super) fn gathered(
    global: &Global,
    place: &WritingPlace,
    (top, target): (&Path, &str),
    register: &Register,
) -> Result<WaitingKeys, Stop> {
    let path = root_in_clone(&global.root, top).join(ALLOWED_SIGNERS);
    let path = path.to_string_lossy();
    let lines_at = |rev: &str| -> Vec<String> {
        let text = answer_of_git(top, &["show", &format!("{rev}:{path}")]).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let there: BTreeSet<String> = lines_at(target).into_iter().collect();
    let mut new = Vec::new();
    for reference in open_branches(top, target)? {
        let adds = is_of_a_key(name_there(&reference)).then(|| added_keys(top, target, &reference));
        let Some(added) = adds.flatten() else { continue };
        let of_branch = lines_at(&reference).into_iter();
        new.extend(of_branch.filter(|line| added.contains(line) && !there.contains(line)));
    }
    let lines = good((place, register), &new, global)?;
    match lines.len() {
        0 => return Ok(WaitingKeys::None),
        1 => return Ok(WaitingKeys::One),
        _ => {}
    }
    plain::is_plain(&place.global.root, ALLOWED_SIGNERS)?;
    add_lines(&place.global.root, ALLOWED_SIGNERS, &lines)?;
    let count = lines.len();
    let who = noted::noted(global).map_or_else(|| "portvakt".to_owned(), |me| me.to_string());
    let sent = place.keep("keys", &format!("Add {count} signing keys, gathered"), &who)?;
    Ok(WaitingKeys::Gathered(Box::new(GatheredKeys { lines, sent })))
}

/// Reads the lists of keys of the files themselves, because the lines are added to them. Those of other settings cannot
/// stand in for them.
fn own_lists(place: &WritingPlace, register: &Register) -> Result<[Vec<u8>; 2], Vec<Finding>> {
    let mut own = place.global.clone();
    own.stand_in = None;
    signable::signers(&own, register).map(|(_, lists)| lists)
}

/// Returns whether a key can be added to the lists of keys of the files. It cannot if they are not valid.
pub(super) fn can_take_keys(place: &WritingPlace, register: &Register) -> bool {
    own_lists(place, register).is_ok()
}

/// Tells the user which keys are in one change now, and on which branch.
pub(super) fn say_gathered(global: &Global, gathered: &GatheredKeys) {
    for line in gathered.lines.iter().map(|line| portvakt_net::line(line)) {
        output::say(global, &text!(en: "  {line}\n", nb: "  {line}\n"));
    }
    let sent = gathered.sent.iter().flat_map(sent::sent_words);
    sent.for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
}

/// Returns the JSON value about the keys that are in one change now. There are none if no key waits.
pub(super) fn gathered_in_json(gathered: Option<&GatheredKeys>) -> Value {
    let lines = gathered.map(|gathered| gathered.lines.as_slice()).unwrap_or_default();
    let sent = gathered.and_then(|gathered| gathered.sent.as_ref());
    json!({
        "keys": lines,
        "branch": sent.map(|sent| &sent.branch),
        "sent": sent.is_some_and(|sent| sent.is_there),
    })
}

/// Returns the lines that the list of keys can take. They are tried one after the other. A line is left out if the list
/// could not be read with it. Examples are the key of another person, invisible characters, or an unknown option. The
/// user is told about each line that is left out.
fn good(
    (place, register): (&WritingPlace, &Register),
    lines: &[String],
    global: &Global,
) -> Result<Vec<String>, Stop> {
    let [allowed, revoked] = own_lists(place, register)?;
    let mut text = String::from_utf8_lossy(&allowed).into_owned();
    let mut good: Vec<String> = Vec::new();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        let with = format!("{}\n{line}\n", text.trim_end());
        if good.contains(line) {
            continue;
        }
        match Signers::parse(with.as_bytes(), &revoked, &register.time_zone) {
            Ok(_) => {
                text = with;
                good.push(line.clone());
            }
            Err(findings) => {
                let line = portvakt_net::line(line);
                for finding in findings {
                    let why = finding.message;
                    output::tell(
                        global,
                        &text!(with why; en: "left out: `{line}`: {why}", nb: "utelatt: `{line}`: {why}"),
                    );
                }
            }
        }
    }
    Ok(good)
}
