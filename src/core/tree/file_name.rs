//! Reads the bytes of a name: how the name is shown, whether it is ignored, and which name another system reads in it.
//!
//! These questions are asked of every name, whether its path is odd or not, and before anything is known of the file.

use crate::invisible::is_invisible;

use super::names::{ATTRIBUTES, TREES};

/// A name for display. Characters that cannot be seen are written as escapes. If there are any, a backslash is escaped
/// too, so that no two names look the same.
pub fn shown(name: &[u8]) -> String {
    match (visible_name(name), std::str::from_utf8(name)) {
        (Some(text), _) => text.to_owned(),
        (None, Ok(text)) => {
            let mut out = String::with_capacity(2 * text.len());
            for c in text.chars() {
                if c == '\\' || is_invisible(c) { out.extend(c.escape_default()) } else { out.push(c) }
            }
            out
        }
        (None, Err(_)) => name.escape_ascii().to_string(),
    }
}

/// The name as text, if it is UTF-8 and every character in it can be seen.
pub fn visible_name(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok().filter(|text| !text.chars().any(is_invisible))
}

/// Returns whether a name is UTF-8 without control characters. Nothing more is required of a folder in `desired-state`
/// and of a path below `policies`. A name with other invisible characters is known by its shown form. No trust and no
/// policies have such a name, so it is reported. Revocations in it still act, and the pass continues with the policies
/// that were accepted last.
pub fn is_text(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// Returns whether a name is always ignored without a finding. These are hidden names and the backup copies of editors,
/// but not a name that another system reads as `.gitattributes`.
pub fn passed_over(name: &[u8]) -> bool {
    (name.starts_with(b".") && !is_attributes_elsewhere(name)) || name.ends_with(b"~")
}

/// Returns whether a checkout on another system treats a file with this name as a `.gitattributes`, and one here does
/// not.
pub fn is_attributes_elsewhere(name: &[u8]) -> bool {
    is_another_elsewhere(name, ATTRIBUTES)
}

/// The name with a meaning at the root that another system reads in this one.
pub fn misspelt_at_root(name: &[u8]) -> Option<&'static str> {
    TREES.into_iter().chain([ATTRIBUTES]).find(|right| is_another_elsewhere(name, right))
}

/// Returns whether a name is a different one here, but equals this one on a system that does not distinguish upper and
/// lower case. Such systems also leave out a dot or a space at the end, or what cannot be seen.
fn is_another_elsewhere(name: &[u8], right: &str) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    if name == right {
        return false;
    }
    let ends = |c: char| matches!(c, '.' | ' ') || is_invisible(c);
    let letters = name.trim_end_matches(ends).chars().filter(|c| !is_invisible(*c));
    // A letter such as `ſ` becomes the plain letter through its capital letter.
    letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).eq(right.chars())
}

/// Returns whether a plain file with this name is ignored too. Operating systems, editors and merges leave such files
/// behind.
///
/// Names that people give to files they put aside (`.bak`, `.old`, `.tmp`, `.txt`) are not litter, because such a file
/// may be a person's file. Only plain files are litter, so a folder never disappears because of its name.
pub fn is_litter(name: &[u8]) -> bool {
    const SYSTEMS: [&[u8]; 4] = [b"thumbs.db", b"ehthumbs.db", b"desktop.ini", b".ds_store"];
    // Vim uses this name to test whether it may write there, and other names if that one is taken.
    const TRIED: [&[u8]; 3] = [b"4913", b"5036", b"5159"];
    // Vim's swap files end in `.swp`, or in `.swo` down to `.swa` if that name is taken.
    let swap = matches!(name, [_, .., b'.', b's', b'w', b'a'..=b'p']);
    let merged = [&b".orig"[..], b".rej"].iter().any(|end| name.len() > end.len() && name.ends_with(end));
    passed_over(name)
        || SYSTEMS.iter().any(|system| name.eq_ignore_ascii_case(system))
        || TRIED.contains(&name)
        || swap
        || merged
        || matches!(name, [b'#', .., b'#'])
        || name.starts_with(b"~$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn litter_is_what_programs_leave_and_nothing_that_people_name() {
        for name in [
            "Thumbs.db",
            "THUMBS.DB",
            "ehthumbs.db",
            "desktop.ini",
            "Desktop.INI",
            ".DS_Store",
            ".x",
            "x~",
            "x.yaml.swp",
            "x.yaml.swo",
            "#x.yaml#",
            ".#x.yaml",
            "4913",
            "5036",
            "x.yaml.orig",
            "x.yaml.rej",
            "~$x.docx",
        ] {
            assert!(is_litter(name.as_bytes()), "{name}");
        }
        for name in [
            "x.yaml",
            "x.yaml.sig",
            "x.yaml.bak",
            "x.yaml.old",
            "x.yml",
            "x.txt",
            "x.tmp",
            "#x.yaml",
            "#",
            "4914",
            ".orig2",
            "thumbs.yaml",
            "x.swz",
            "orig",
            "x.ORIG",
            "Copy of x.yaml",
            "x (1).yaml",
            "FIFO",
        ] {
            assert_eq!(is_litter(name.as_bytes()), name.starts_with('.'), "{name}");
        }
    }

    #[test]
    fn a_name_shows_what_cannot_be_seen_in_it_and_no_two_names_alike() {
        let of = |name: &str| shown(name.as_bytes());
        assert_eq!(of("bjørn.testesen.yaml"), "bjørn.testesen.yaml");
        assert_eq!(of("bjørn\u{202e}.yaml"), "bjørn\\u{202e}.yaml");
        assert_eq!(of("kari\u{200b}\u{3164}\u{2800}\u{34f}"), "kari\\u{200b}\\u{3164}\\u{2800}\\u{34f}");
        assert_eq!(of("a\nb"), "a\\nb");
        assert_ne!(of("\u{202e}\u{202d}"), of("\\u{202e}\u{202d}"));
        for name in ["kari\u{115f}.yaml", "\u{feff}kari.yaml", "kari.yaml\u{fe0f}"] {
            assert_eq!(visible_name(name.as_bytes()), None, "{name:?}");
            assert!(is_text(name.as_bytes()), "{name:?}");
        }
        assert!(!is_text(b"a\nb") && !is_text(b"\xff"));
    }

    #[test]
    fn a_name_that_another_system_reads_otherwise_is_known() {
        for name in [
            ".GITATTRIBUTES",
            ".GitAttributes",
            ".gitattributes.",
            ".gitattribute\u{17f}",
            ".gitattributes\u{200c}",
        ] {
            assert!(is_attributes_elsewhere(name.as_bytes()) && !passed_over(name.as_bytes()), "{name:?}");
            assert_eq!(misspelt_at_root(name.as_bytes()), Some(ATTRIBUTES), "{name:?}");
        }
        for (name, right) in [
            ("Policies", "policies"),
            ("DESIRED-STATE", "desired-state"),
            ("Reviews", "reviews"),
            ("requestS", "requests"),
        ] {
            assert_eq!(misspelt_at_root(name.as_bytes()), Some(right));
        }
        for name in [
            ".gitattributes",
            ".gitignore",
            ".GITIGNORE",
            "policies",
            "policies2",
            "docs",
            "POLICY",
            "",
            "\u{e5}",
        ] {
            assert_eq!(misspelt_at_root(name.as_bytes()), None, "{name}");
            assert!(!is_attributes_elsewhere(name.as_bytes()), "{name}");
        }
        assert!(!is_attributes_elsewhere(b"\xff") && passed_over(b".gitattributes"));
    }
}
