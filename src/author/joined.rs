//! Repeats a change on the newest main branch. It is needed when both wrote at the same place of a file, mostly at the
//! end of a list, and git cannot join them. The entries that the change added are added again to the newest file.
//!
//! Only additions are repeated, and only those that the program itself makes. The program adds the same entries to the
//! old file and compares the result with the change, byte for byte. If they differ, the change did something else too,
//! and people must join it. A signature stays valid, because it covers statements and not files.

use portvakt_core::evidence::SIGNATURE_END;
use portvakt_core::model::{FilePath, Grant, Register, Rejection};
use portvakt_core::parse::{self, Entry, ParsedFile};
use portvakt_core::tree::{ALLOWED_SIGNERS, REVOKED_KEYS, SETTINGS_SIGNATURES, rejections_trust};

use super::edit::{WantedFile, rewritten};
use super::ends::LineEnds;
use super::requests::{NEW_LIST, with_rejection};

/// The versions of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileVersions<'a> {
    /// The text in the commit where the change and the main branch parted. It is `None` if the file did not exist
    /// there.
    pub before: Option<&'a str>,
    /// The text of the file in the change.
    pub change: &'a str,
    /// The text of the file in the newest main branch.
    pub newest: &'a str,
}

/// Returns the newest text with the additions of the change. It is `None` if the change did anything other than the
/// program's own additions. It is also `None` if the newest text has these additions already.
#[must_use]
pub fn joined(path: &FilePath, versions: FileVersions<'_>, register: &Register) -> Option<String> {
    let before = versions.before.map(LineEnds::plain);
    let (change, newest) = (LineEnds::plain(versions.change), LineEnds::plain(versions.newest));
    let plain = FileVersions { before: before.as_deref(), change: &change, newest: &newest };
    let is_of_entries = |path: &FilePath| path.person_parts().is_some() || rejections_trust(path).is_some();
    let joined = if [ALLOWED_SIGNERS, REVOKED_KEYS].contains(&path.as_str()) {
        joined_keys(plain)?
    } else if path.as_str() == SETTINGS_SIGNATURES {
        // Settings are signed as a whole. They have changed, so they must be signed again.
        newest.clone()
    } else if rejections_trust(path).is_some() {
        joined_rejections(path, plain, register)?
    } else if path.person_parts().is_some() {
        joined_person(path, plain, register)?
    } else if path.as_str().ends_with(".sig") && is_of_entries(&path.signed()) {
        signatures(plain)
    } else {
        return None;
    };
    let mut ends = LineEnds::of(versions.newest);
    ends.follow(&newest, &joined);
    Some(ends.put_back(&joined))
}

/// Returns whether the change of a person's file only takes back accesses that the newest text has taken back too, maybe
/// with another reason. If the change did anything else, the answer is no.
#[must_use]
pub fn is_taken_back_already(path: &FilePath, versions: FileVersions<'_>, register: &Register) -> bool {
    path.person_parts().is_some() && takes_nothing_back(path, versions, register).unwrap_or(false)
}

/// The same. It is `None` if a version of the file cannot be read.
fn takes_nothing_back(path: &FilePath, versions: FileVersions<'_>, register: &Register) -> Option<bool> {
    let read = |text: &str| parse::person(path, text.as_bytes(), register).ok();
    let before = LineEnds::plain(versions.before?);
    let change = LineEnds::plain(versions.change);
    let newest = LineEnds::plain(versions.newest);
    let (was, now, there) = (read(&before)?, read(&change)?, read(&newest)?);
    let (earlier, later) = (WantedFile::of(&was), WantedFile::of(&now));
    let held = WantedFile::of(&there).grants;
    let is_revoked_there = |revoked: &Grant| {
        let mut same = held.values().filter(|one| one.key == revoked.key).peekable();
        same.peek().is_some() && same.all(|one| one.revoked.is_some())
    };
    let is_done = |(number, grant): (&usize, &Grant)| match earlier.grants.get(number) {
        Some(was) if was == grant => true,
        Some(was) => was.revoked.is_none() && grant.revoked.is_some() && is_revoked_there(grant),
        None => false,
    };
    if earlier.grants.len() != later.grants.len() || !later.grants.iter().all(is_done) {
        return Some(false);
    }
    // Nothing but these revocations may be written, or the change does something else too.
    let mut wanted = earlier;
    for (number, grant) in &mut wanted.grants {
        grant.revoked = later.grants.get(number).and_then(|later| later.revoked.clone());
    }
    let written = rewritten(path, before.as_bytes(), register, &wanted).ok()?;
    Some(before != change && written == change.as_bytes())
}

/// Joins a list of rejected applications: the newest one, with the rejections that the change adds.
fn joined_rejections(path: &FilePath, versions: FileVersions<'_>, register: &Register) -> Option<String> {
    let read = |text: &str| -> Option<Vec<Rejection>> {
        let parsed = parse::rejections(path, text.as_bytes(), register).ok()?;
        Some(parsed.entries.into_iter().map(|entry| entry.rejection).collect())
    };
    let was = versions.before.map_or(Some(Vec::new()), read)?;
    let (now, there) = (read(versions.change)?, read(versions.newest)?);
    let added = now.strip_prefix(was.as_slice())?;
    if added.iter().any(|one| there.iter().any(|other| other.request.is_same(&one.request))) {
        return None;
    }
    let with = |text: &str, earlier: usize| -> Option<String> {
        let mut text = text.to_owned();
        for (at, rejection) in added.iter().enumerate() {
            text = with_rejection(path, &text, rejection, register, earlier + at).ok()?;
        }
        Some(text)
    };
    let is_all = with(versions.before.unwrap_or(NEW_LIST), was.len())? == versions.change;
    is_all.then(|| with(versions.newest, there.len())).flatten()
}

/// Joins a person's file: the newest one, with the entries that the change adds.
fn joined_person(path: &FilePath, versions: FileVersions<'_>, register: &Register) -> Option<String> {
    let read = |text: &str| parse::person(path, text.as_bytes(), register).ok();
    let is_whole = |file: &ParsedFile| file.entries.iter().all(|entry| matches!(entry, Entry::Valid { .. }));
    let (was, now, there) = (read(versions.before?)?, read(versions.change)?, read(versions.newest)?);
    // The approvals of these entries vouch for these facts.
    if was.facts != there.facts || !is_whole(&was) || !is_whole(&now) {
        return None;
    }
    let grants = |file: &ParsedFile| -> Vec<Grant> { WantedFile::of(file).grants.into_values().collect() };
    let (earlier, all, held) = (grants(&was), grants(&now), grants(&there));
    let added = all.strip_prefix(earlier.as_slice())?;
    if added.iter().any(|one| held.iter().any(|other| other.key == one.key)) {
        return None;
    }
    let with = |text: &str, file: &ParsedFile| -> Option<String> {
        let mut wanted = WantedFile::of(file);
        wanted.added = added.to_vec();
        String::from_utf8(rewritten(path, text.as_bytes(), register, &wanted).ok()?).ok()
    };
    let is_all = with(versions.before?, &was)? == versions.change;
    is_all.then(|| with(versions.newest, &there)).flatten()
}

/// Returns a list of keys with the lines that the change adds. The national administrators must sign it again in any case.
fn joined_keys(versions: FileVersions<'_>) -> Option<String> {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (was, now) = (lines(versions.before.unwrap_or_default()), lines(versions.change));
    let (there, added) = (lines(versions.newest), now.strip_prefix(was.as_slice())?);
    let new = added.iter().filter(|line| !there.contains(line)).map(String::as_str);
    Some(with_lines(versions.newest, new))
}

/// Joins a file of signatures: the newest one, with those that the change adds.
fn signatures(versions: FileVersions<'_>) -> String {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split_inclusive(SIGNATURE_END).map(|part| part.trim().to_owned());
        parts.filter(|part| part.ends_with(SIGNATURE_END)).collect()
    };
    let (was, there) = (parts(versions.before.unwrap_or_default()), parts(versions.newest));
    let new: Vec<String> =
        parts(versions.change).into_iter().filter(|one| !was.contains(one) && !there.contains(one)).collect();
    with_lines(versions.newest, new.iter().map(String::as_str))
}

fn with_lines<'a>(text: &str, lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = text.to_owned();
    for line in lines {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
