//! The bytes of the settings that the program does not read: comments, and the way in which a line is written. They
//! mean nothing to the program, but people read them. A change that only takes authority away needs one signature. So
//! it may touch only the lines that take it away: the suspended appointment, the removed key, the revoked key. The
//! reason may be written there. All other bytes need two people, no matter how the line is written.

use std::collections::BTreeSet;

use crate::evidence::{PublicKey, Signers};
use crate::model::Appointment;
use crate::tree::SettingsFiles;

/// The appointments and keys from which a change takes authority.
pub(super) struct Taken<'a> {
    /// The appointments that it suspends.
    pub appointments: Vec<&'a Appointment>,
    /// The keys before the change.
    pub signers: &'a Signers,
}

/// Characters at which an editor begins a line, although the line goes on for the program or for `git diff`.
const BREAKS: [char; 4] = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Returns whether a change touches lines that take no authority away: their content, or a comment on them.
pub(super) fn touches_other_lines(before: &SettingsFiles, after: &SettingsFiles, taken: &Taken<'_>) -> bool {
    in_register(&before.register, &after.register, &taken.appointments)
        || in_signers(&before.allowed_signers, &after.allowed_signers)
        || in_revoked(&before.revoked_keys, &after.revoked_keys, taken.signers)
}

/// A file before and after a change, line by line.
struct Lines<'t> {
    before: Vec<&'t str>,
    after: Vec<&'t str>,
    /// The places in `before` of the lines that are gone.
    gone: Vec<usize>,
    /// The places in `after` of the lines that are new.
    new: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Compares two versions of a file. It is `None` if the change is too large to be searched, or if the file is not
    /// text.
    fn of(before: &'t [u8], after: &'t [u8]) -> Option<Self> {
        let (before, after) = (std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?);
        let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
        let (gone, new) = changed_lines(&before, &after)?;
        Some(Self { before, after, gone, new })
    }

    fn gone_lines(&self) -> Vec<&'t str> {
        self.gone.iter().map(|at| line_at(&self.before, *at)).collect()
    }

    fn new_lines(&self) -> Vec<&'t str> {
        self.new.iter().map(|at| line_at(&self.after, *at)).collect()
    }
}

fn line_at<'t>(lines: &[&'t str], at: usize) -> &'t str {
    lines.get(at).copied().unwrap_or_default()
}

fn in_register(before: &[u8], after: &[u8], suspended: &[&Appointment]) -> bool {
    let Some(lines) = Lines::of(before, after) else { return true };
    let takes = |text: &str| suspended.iter().any(|held| is_of(text, held));
    let is_elsewhere = |all: &[&str], at: usize| {
        let line = line_at(all, at);
        let is_comment = line.contains('#') && without_comment(line).trim().is_empty();
        !line.trim().is_empty() && (is_comment || line.contains(BREAKS) || !takes(&item(all, at)))
    };
    let (gone, new) = (lines.gone_lines(), lines.new_lines());
    // The same words with another comment. It does not matter where the blanks and the quotation marks are.
    let is_again = |was: &&str| {
        let letters = letters(without_comment(was));
        let same = |is: &&str| self::letters(without_comment(is)) == letters && comment(is) != comment(was);
        !letters.is_empty() && new.iter().any(same)
    };
    let suspends = |line: &str| words(without_comment(line)).any(|word| word == "suspended");
    lines.gone.iter().any(|at| is_elsewhere(&lines.before, *at))
        || lines.new.iter().any(|at| is_elsewhere(&lines.after, *at))
        || gone.iter().any(|line| line.contains('#') && !takes(without_comment(line)))
        || new.iter().any(|line| line.contains('#') && !suspends(line))
        || gone.iter().any(is_again)
}

/// A line without its comment. A `#` in a value counts as the beginning of a comment. Because of that, two people may
/// have to look at more changes, and never at fewer.
fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(code, _)| code)
}

fn comment(line: &str) -> &str {
    line.split_once('#').map_or("", |(_, comment)| comment)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "{}[],:\"'".contains(c)).filter(|word| !word.is_empty())
}

/// Returns whether a text names an appointment. The person may be there under an earlier id, so the person's name is
/// enough too.
fn is_of(text: &str, held: &Appointment) -> bool {
    let has = |wanted: &str| words(text).any(|word| word == wanted);
    has(held.office.as_str())
        && (has(held.person.as_str()) || (!held.name.is_empty() && text.contains(&held.name)))
}

/// The item of a list that a line belongs to, without its comments. A line that belongs to no item is returned alone.
fn item(lines: &[&str], at: usize) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let begins = |line: &str| line.trim() == "-" || line.trim_start().starts_with("- ");
    let is_empty = |line: &str| without_comment(line).trim().is_empty();
    let own = line_at(lines, at);
    let is_first = |at: &usize| begins(line_at(lines, *at)) && indent(line_at(lines, *at)) < indent(own);
    let first = if begins(own) { Some(at) } else { (0..at).rev().find(is_first) };
    let Some(first) = first else { return without_comment(own).to_owned() };
    let depth = indent(line_at(lines, first));
    let rest = lines.iter().skip(first + 1);
    let inside = rest.take_while(|line| is_empty(line) || indent(line) > depth).count();
    if at > first + inside {
        return without_comment(own).to_owned();
    }
    let of_it: Vec<&str> =
        lines.iter().skip(first).take(inside + 1).map(|line| without_comment(line)).collect();
    of_it.join("\n")
}

fn in_signers(before: &[u8], after: &[u8]) -> bool {
    among_keys(before, after).is_none_or(|(_, new)| !new.is_empty())
}

fn in_revoked(before: &[u8], after: &[u8], signers: &Signers) -> bool {
    let Some((gone, new)) = among_keys(before, after) else { return true };
    let mut taken = BTreeSet::new();
    // A key that belongs to nobody, or that already counts no more, takes no authority away.
    let mut takes = |line: &str| {
        PublicKey::from_line(line.trim()).is_ok_and(|key| {
            let key = key.fingerprint();
            let counts = signers.holder(key).is_some() && !signers.revoked().contains(key);
            counts && taken.insert(key.clone())
        })
    };
    !gone.is_empty() || new.into_iter().any(|line| line.contains(BREAKS) || !takes(line))
}

/// The lines of a list of keys that are gone and those that are new. A key that only moved is neither. `None` if a comment of its
/// own is among them, or if it would take too long.
fn among_keys<'t>(before: &'t [u8], after: &'t [u8]) -> Option<(Vec<&'t str>, Vec<&'t str>)> {
    let lines = Lines::of(before, after)?;
    let (gone, new) = (lines.gone_lines(), lines.new_lines());
    if gone.iter().chain(&new).any(|line| line.trim().starts_with('#')) {
        return None;
    }
    let only = |these: &[&'t str], others: &[&'t str]| -> Vec<&'t str> {
        these.iter().copied().filter(|line| !line.trim().is_empty() && !others.contains(line)).collect()
    };
    Some((only(&gone, &new), only(&new, &gone)))
}

/// The most comparisons of lines.
const MOST: usize = 4_000_000;

/// The places of the lines that are gone and of those that are new, where as many as possible have stayed in their order. `None` if
/// that would take too long.
fn changed_lines(before: &[&str], after: &[&str]) -> Option<(Vec<usize>, Vec<usize>)> {
    let same = before.iter().zip(after).take_while(|(was, is)| was == is).count();
    let (mut before, mut after) = (before.get(same..)?, after.get(same..)?);
    while let (Some((was, earlier)), Some((is, rest))) = (before.split_last(), after.split_last())
        && was == is
    {
        (before, after) = (earlier, rest);
    }
    let (gone_end, new_end) = (same + before.len(), same + after.len());
    if before.len().checked_mul(after.len())? > MOST {
        return None;
    }
    // For each number of last lines of the one file and of the other: how many of these lines can stay.
    let mut below = vec![0_u32; after.len() + 1];
    let mut stay = vec![below.clone()];
    for was in before.iter().rev() {
        let mut row = vec![0_u32];
        for (is, (both, one)) in after.iter().rev().zip(below.iter().zip(below.iter().skip(1))) {
            let other = row.last().copied().unwrap_or_default();
            row.push(if was == is { both + 1 } else { other.max(*one) });
        }
        stay.push(row.clone());
        below = row;
    }
    let stays = |first: &[&str], second: &[&str]| {
        stay.get(first.len()).and_then(|row| row.get(second.len())).copied().unwrap_or_default()
    };
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    while let (Some((was, earlier)), Some((is, rest))) = (before.split_first(), after.split_first()) {
        if was == is {
            (before, after) = (earlier, rest);
        } else if stays(earlier, after) >= stays(before, rest) {
            gone.push(gone_end - before.len());
            before = earlier;
        } else {
            new.push(new_end - after.len());
            after = rest;
        }
    }
    gone.extend(gone_end - before.len()..gone_end);
    new.extend(new_end - after.len()..new_end);
    Some((gone, new))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::{OfficeId, PersonId};

    const REGISTER: &str = "# the people\n\
        offices: {x: X, y: Y}\n\
        administrators:\n\
        - {person: a, office: x}\n\
        - {person: b, office: x} # on leave\n\
        - person: c\n\
        \x20 office: x\n\
        - {person: d, office: y}\n\
        limits:\n\
        \x20 all: {least: 3, most: 10}\n\
        months: 12\n";

    fn held(person: &str) -> Appointment {
        Appointment {
            person: PersonId::new(person).unwrap(),
            name: format!("{person} Testesen"),
            office: OfficeId::new("x").unwrap(),
            from: date(2015, 1, 1),
            until: None,
            suspended: true,
        }
    }

    /// Returns whether a change that suspends all three of office `x` also touches other lines.
    fn is_elsewhere(after: &str) -> bool {
        let of = |text: &str| SettingsFiles { register: text.as_bytes().into(), ..SettingsFiles::default() };
        let (people, signers) = (["a", "b", "c"].map(held), Signers::default());
        let taken = Taken { appointments: people.iter().collect(), signers: &signers };
        touches_other_lines(&of(REGISTER), &of(after), &taken)
    }

    fn with(from: &str, to: &str) -> String {
        assert!(REGISTER.contains(from), "{from}");
        REGISTER.replacen(from, to, 1)
    }

    #[test]
    fn a_comment_may_go_along_on_the_line_that_takes_and_nowhere_else() {
        let taken = with("a, office: x}", "a, office: x, suspended: true}");
        assert!(!is_elsewhere(REGISTER) && !is_elsewhere(&taken));
        assert!(!is_elsewhere(&with("a, office: x}", "a, office: x, suspended: true} # stolen laptop")));
        assert!(!is_elsewhere(&with(
            "c\n  office: x\n",
            "c\n  office: x\n  suspended: true # stolen laptop\n"
        )));
        assert!(!is_elsewhere(&with("b, office: x} # on leave", "b, office: x, suspended: true}")));
        assert!(!is_elsewhere(&taken.replace('\n', "\r\n")), "ends of lines are no words");
        assert!(!is_elsewhere(&format!("{taken}\n")), "nor is an empty line");
        for (from, to) in [
            ("# the people", "# the people, and who pays"),
            ("# the people\n", ""),
            ("# the people\n", "# the people\n# agreed\n"),
            ("# on leave", "# may approve everything"),
            (" # on leave", ""),
            ("person: c\n", "person: c # agreed\n"),
            ("person: c\n", "person: c\n# agreed\n"),
        ] {
            assert!(is_elsewhere(&with(from, to)), "{from} {to}");
            assert!(is_elsewhere(&taken.replacen(from, to, 1)), "beside a suspension: {from} {to}");
        }
        let moved = REGISTER.replacen("# the people\n", "", 1) + "# the people\n";
        assert!(is_elsewhere(&moved), "a comment that moves is about another line");
    }

    #[test]
    fn a_line_that_is_only_written_otherwise_carries_no_words() {
        let taken = with("a, office: x}", "a, office: x, suspended: true}");
        for (from, to) in [
            ("months: 12", "months:  12 # agreed by all"),
            ("months: 12", "months: 12\t# agreed by all"),
            ("months: 12", "'months': 12 # agreed by all"),
            ("months: 12", "months:\n  12 # agreed by all"),
            ("months: 12", "months:  12"),
            ("most: 10}", "most: 10,} # agreed by all"),
            ("least: 3, most: 10}", "most: 10, least: 3} # agreed by all"),
            ("d, office: y}", "d,  office: y} # for everybody"),
            ("d, office: y}", "d, office: y, suspended: false} # for everybody"),
            ("b, office: x} # on leave", "b,  office: x} # may approve everything"),
            ("b, office: x} # on leave", "b, office: \"x\"}"),
            ("  office: x\n", "  office:  x # suspended by nobody\n"),
            ("a, office: x", "a, office: x, suspended: true} # stolen\r# agreed by all"),
            ("a, office: x", "a, office: x, suspended: true} # stolen\u{2028}# agreed by all"),
        ] {
            assert!(is_elsewhere(&with(from, to)), "{from} {to}");
            assert!(is_elsewhere(&taken.replacen(from, to, 1)), "beside a suspension: {from} {to}");
        }
    }

    const KEYS: [&str; 2] = [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOiRIS3T0Z8tSDdGZjgXrQ9c5AyA3MCILiP5ZfzqRMeJ",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbNo+kzj3d12iS5VJugAQuJdrw1VFSYURIC86g3uMwL",
    ];
    /// A key that belongs to nobody in the list.
    const STRANGE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJN0YzTl/w5m/Eu0QKl7EF5b6YXsfUAudg/JWkDdvKeR";

    #[test]
    fn words_behind_a_key_are_a_comment() {
        let [one, two] = KEYS;
        let keys = format!("# laptops\na {one} a at home\nb {two}\n");
        let of = |keys: &str, revoked: &str| SettingsFiles {
            allowed_signers: keys.as_bytes().into(),
            revoked_keys: revoked.as_bytes().into(),
            ..SettingsFiles::default()
        };
        let revoked = format!("{one} lost\n");
        let signers = Signers::parse(keys.as_bytes(), revoked.as_bytes(), "Europe/Oslo").unwrap();
        let is_elsewhere = |after: &str, more: &str| {
            let taken = Taken { appointments: Vec::new(), signers: &signers };
            touches_other_lines(&of(&keys, &revoked), &of(after, &format!("{revoked}{more}")), &taken)
        };
        assert!(!is_elsewhere(&keys, ""));
        assert!(!is_elsewhere(&keys.replacen(&format!("b {two}\n"), "", 1), ""));
        assert!(!is_elsewhere(&keys, &format!("{two} stolen\n")));
        assert!(!is_elsewhere(&format!("# laptops\nb {two}\na {one} a at home\n"), ""));
        assert!(is_elsewhere(&keys.replacen("a at home", "a and b", 1), ""));
        assert!(is_elsewhere(&keys.replacen("a ssh", "a  ssh", 1).replacen("a at home", "a and b", 1), ""));
        assert!(is_elsewhere(&keys.replacen(two, &format!("{two} agreed"), 1), ""));
        assert!(is_elsewhere(&keys.replacen("# laptops\n", "", 1), ""));
        assert!(is_elsewhere(&keys, &format!("# stolen\n{two}\n")));
        assert!(is_elsewhere(&keys, &format!("{STRANGE} agreed by all\n")), "a key that is nobody's");
        assert!(is_elsewhere(&keys, &format!("{one} agreed by all\n")), "one that counts no more already");
        assert!(is_elsewhere(&keys, &format!("{two}\n{two} agreed by all\n")), "one key twice");
    }
}
