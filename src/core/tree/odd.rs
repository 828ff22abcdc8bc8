//! Odd paths: everything in the tree that is not a plain file in its place.
//!
//! The program never opens, follows or guesses at an odd path. It reports the path, and the user of the snapshot holds
//! the folder of the path and no other folder.

use std::fmt;
use std::sync::Arc;

use crate::diag::{Text, text};
use crate::invisible::is_invisible;
use crate::model::PersonId;
use crate::planted::PlantedFault;

use super::names::{ATTRIBUTES, TREES};

/// A path that does not belong in the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Odd {
    /// The path, relative to the root. Characters that cannot be seen and bytes that are not text are written as escapes.
    pub path: String,
    /// The folder of `desired-state` that the path is in, or that the path itself is. `None` if there is no such
    /// folder.
    pub folder: Option<Box<str>>,
    /// The reason why the path is odd.
    pub what: Oddity,
    /// The person at `person:` in the file, if the file could be read.
    pub person: Option<PersonId>,
    /// The bytes of the file, if it could be read.
    pub bytes: Option<Arc<[u8]>>,
}

impl Odd {
    /// Makes an odd path that was not read.
    pub fn unread(path: String, folder: Option<&str>, what: Oddity) -> Self {
        Self { path, folder: folder.map(Box::from), what, person: None, bytes: None }
    }

    /// Adds the bytes of a file whose name or place is odd.
    pub fn reading(mut self, bytes: &[u8]) -> Self {
        if !self.is_signatures() {
            self.person = person_line(&String::from_utf8_lossy(bytes));
            self.bytes = Some(bytes.into());
        }
        self
    }

    /// Whether it is a signature file. Such a file does not show that the file beside it exists, whatever name it has.
    fn is_signatures(&self) -> bool {
        self.path.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("sig"))
    }

    /// The person that the file name means, in any case and with any ending. `None` if it means no person.
    #[must_use]
    pub fn named(&self) -> Option<PersonId> {
        if self.is_signatures() {
            return None;
        }
        let name = self.path.rsplit('/').next()?.to_lowercase();
        let stem = name.find(".yaml").or_else(|| name.find(".yml")).and_then(|end| name.get(..end))?;
        PersonId::new(stem).ok()
    }

    /// Whether the folder itself is the odd path. Then nothing is known about the files in it.
    #[must_use]
    pub fn is_whole_folder(&self) -> bool {
        self.folder.as_ref().is_some_and(|folder| {
            self.path.strip_prefix("desired-state/").is_some_and(|rest| rest == &**folder)
        })
    }
}

/// The reason why a path is odd.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Oddity {
    /// It is a symbolic link. The program does not follow it.
    Link,
    /// It is a FIFO, socket or device.
    Special,
    /// It is a directory inside a trust's folder.
    Nested,
    /// It is a submodule of a git repository.
    Submodule,
    /// It is a file in a trust's folder that ends neither in `.yaml` nor in `.yaml.sig`.
    NotYaml,
    /// It is a file directly in `desired-state` that does not belong there.
    Misplaced,
    /// Its name has characters that cannot be seen, or bytes that are not UTF-8.
    Name,
    /// Its name is this one where upper and lower case are the same, and another one here.
    Case(&'static str),
    /// It is a file with more bytes than allowed.
    TooLarge {
        /// The highest number of bytes allowed.
        most: u64,
    },
    /// It is a folder with more files than allowed.
    Crowded {
        /// The highest number of files allowed.
        most: usize,
    },
    /// It changed at every reading, so no two readings of it agree.
    Restless {
        /// How many times the tree was read.
        scans: u32,
    },
    /// The operating system did not let the program read it.
    Unreadable(Text),
}

impl Oddity {
    /// Whether only the name or the place is wrong. Such a file could still be a person's file.
    pub fn is_of_the_name(&self) -> bool {
        matches!(self, Self::NotYaml | Self::Misplaced | Self::Name)
    }

    /// The reason in words for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Link => text!(en: "a symbolic link", nb: "en symbolsk lenke"),
            Self::Special => text!(en: "a FIFO, socket or device", nb: "en FIFO, socket eller enhetsfil"),
            Self::Nested => {
                text!(en: "a directory inside a trust's folder", nb: "en mappe inne i et helseforetaks mappe")
            }
            Self::Submodule => text!(en: "a git submodule", nb: "en git-submodul"),
            Self::NotYaml => {
                text!(en: "a file that does not end in `.yaml`", nb: "en fil som ikke slutter på `.yaml`")
            }
            Self::Misplaced => text!(
                en: "a file outside the folders of the trusts",
                nb: "en fil utenfor helseforetakenes mapper"
            ),
            Self::Name => text!(
                en: "a name with characters that cannot be seen, or that is no text",
                nb: "et navn med tegn som ikke synes, eller som ikke er tekst"
            ),
            Self::Case(right) => text!(
                en: "a name that is read as `{right}` where upper and lower case are the same (macOS, Windows), and not here",
                nb: "et navn som leses som `{right}` der store og små bokstaver er det samme (macOS, Windows), og ikke her"
            ),
            Self::TooLarge { most } => {
                text!(en: "a file of more than {most} bytes", nb: "en fil på mer enn {most} byte")
            }
            Self::Crowded { most } => {
                text!(en: "a folder of more than {most} files", nb: "en mappe med mer enn {most} filer")
            }
            Self::Restless { scans } => text!(
                en: "still changing at the last of {scans} readings",
                nb: "fortsatt under endring ved den siste av {scans} lesninger"
            ),
            Self::Unreadable(why) => text!(with why; en: "unreadable: {why}", nb: "uleselig: {why}"),
        }
    }

    /// The next step, in one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::Link => text!(
                en: "Put the file itself there instead of a link to it.",
                nb: "Legg selve filen der i stedet for en lenke til den."
            ),
            Self::Special | Self::NotYaml | Self::Misplaced => text!(
                en: "Move it out of the tree, or give it its right name and place.",
                nb: "Flytt den bort, eller gi den riktig navn og plass."
            ),
            Self::Nested => text!(
                en: "Move the files of the directory up into the trust's folder, or out of the tree.",
                nb: "Flytt filene opp i helseforetakets mappe, eller bort."
            ),
            Self::Submodule => text!(
                en: "Put the files themselves into the repository instead of a submodule.",
                nb: "Legg selve filene i arkivet i stedet for en submodul."
            ),
            Self::Name => text!(
                en: "Give it a name of lower-case letters, digits, `.` and `-`, ending in `.yaml`.",
                nb: "Gi den et navn med små bokstaver, sifre, `.` og `-`, som slutter på `.yaml`."
            ),
            Self::Case(right) => text!(
                en: "Rename it to `{right}` if it is meant, or take it away: a checkout there obeys it, and no check reads it.",
                nb: "Gi den navnet `{right}` hvis den er ment, eller fjern den: en utsjekking der følger den, og ingen kontroll leser den."
            ),
            Self::TooLarge { .. } => text!(
                en: "A person's file is a few kilobytes: put back the right file.",
                nb: "En persons fil er på noen få kilobyte: legg riktig fil tilbake."
            ),
            Self::Crowded { .. } => text!(
                en: "Find out what filled the folder, and take it out of the tree.",
                nb: "Finn ut hva som fylte mappen, og flytt det bort."
            ),
            Self::Restless { .. } => text!(
                en: "Wait until whatever writes there has finished; write a file elsewhere and rename it into place.",
                nb: "Vent til det som skriver der, er ferdig; skriv filer et annet sted og flytt dem på plass."
            ),
            Self::Unreadable(_) => text!(
                en: "Give the program's user the right to read it, or mend the disk.",
                nb: "Gi programmets bruker leserett, eller rett feilen på disken."
            ),
        }
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// A name for display. What cannot be seen in it is written with escapes, and the backslash too then, so that no other
/// name is shown alike.
pub fn shown(name: &[u8]) -> String {
    match (plain(name), std::str::from_utf8(name)) {
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
pub fn plain(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok().filter(|text| !text.chars().any(is_invisible))
}

/// Returns whether a name is UTF-8 without control characters. A folder in `desired-state` and a path below `policies`
/// need not be more. A name with other invisible characters is known by its shown form. This is the name of no trust
/// and of no policies, so it is reported. Revocations in it still act, and the pass continues with the policies that
/// were accepted last.
pub fn is_text(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// The folder that an odd path directly in `desired-state` replaces. A plain file there can replace a trust's folder
/// just as a FIFO can.
pub fn whole<'n>(name: &'n str, what: &Oddity) -> Option<&'n str> {
    (*what != Oddity::Misplaced || !PlantedFault::FileForFolderEmpties.is_planted()).then_some(name)
}

/// Whether a name is always ignored without a finding. These are hidden names and the backup copies of editors, but no name that
/// another system reads as `.gitattributes`.
pub fn passed_over(name: &[u8]) -> bool {
    (name.starts_with(b".") && !is_attributes_elsewhere(name)) || name.ends_with(b"~")
}

/// Whether a checkout on another system obeys a file with this name as a `.gitattributes`, and one here does not.
pub fn is_attributes_elsewhere(name: &[u8]) -> bool {
    is_another_elsewhere(name, ATTRIBUTES)
}

/// The name with a meaning at the root that another system reads in this one.
pub fn misspelt_at_root(name: &[u8]) -> Option<&'static str> {
    TREES.into_iter().chain([ATTRIBUTES]).find(|right| is_another_elsewhere(name, right))
}

/// Whether a name is not this one here, and is this one on a system that tells no case apart. Such systems also leave out a dot or
/// a space at the end, or what cannot be seen.
fn is_another_elsewhere(name: &[u8], right: &str) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    if name == right {
        return false;
    }
    let ends = |c: char| matches!(c, '.' | ' ') || is_invisible(c);
    let letters = name.trim_end_matches(ends).chars().filter(|c| !is_invisible(*c));
    // A letter such as `ſ` becomes the plain one by way of its capital.
    letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase).eq(right.chars())
}

/// Whether a plain file with this name is ignored too. Operating systems, editors and merges leave such files behind.
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

/// The person in the first line `person: …`. The text need not be valid YAML.
#[must_use]
pub fn person_line(text: &str) -> Option<PersonId> {
    text.lines().find_map(|line| {
        let value = line.trim_start_matches('\u{feff}').strip_prefix("person:")?;
        let value = value.split('#').next().unwrap_or_default().trim();
        let value = value.trim_matches(['"', '\'']);
        PersonId::new(&value.to_lowercase()).ok()
    })
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
            assert_eq!(plain(name.as_bytes()), None, "{name:?}");
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

    #[test]
    fn signatures_name_nobody() {
        let odd = |path: &str| Odd::unread(path.to_owned(), None, Oddity::NotYaml).named().is_some();
        assert!(odd("desired-state/unn/Kari.Testesen.yaml.bak"));
        assert!(
            !odd("desired-state/unn/Kari.Testesen.yaml.SIG") && !odd("desired-state/kari.testesen.yaml.sig")
        );
    }

    #[test]
    fn a_person_is_read_out_of_what_is_no_yaml() {
        let who = |text: &str| person_line(text).map(|person| person.to_string());
        assert_eq!(who("person: kari.testesen\nname: [").as_deref(), Some("kari.testesen"));
        assert_eq!(who("<<<<<<< HEAD\nperson: \"Kari.Testesen\" # her\n").as_deref(), Some("kari.testesen"));
        assert_eq!(who("name: person: kari"), None);
        assert_eq!(who(""), None);
    }
}
