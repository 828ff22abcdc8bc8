//! Odd paths: everything in the tree that is not a plain file in its place.
//!
//! The program never follows an odd path and never guesses at it. It reports the path, and the user of the snapshot holds
//! the folder of the path and no other folder. A plain file under a wrong name or in a wrong place is read only to learn
//! whom it names, since it may be a person's file that was moved.

use std::fmt;
use std::sync::Arc;

use crate::diag::{Text, text};
use crate::model::PersonId;
use crate::planted::PlantedFault;

use super::file_name::is_litter;
use super::lines::{person_line, says_revoked};
use super::names::ATTRIBUTES;

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
    /// Whether files of people may be in it that cannot be read. It may be a folder that was not read as a whole, or a
    /// file that is not text, such as an archive.
    pub hides_files: bool,
    /// Whether `revoked` is in a person's file that is too large to be read. It takes nothing away there.
    pub says_revoked: bool,
}

impl Odd {
    /// Makes an odd path that was not read.
    pub fn unread(path: String, folder: Option<&str>, what: Oddity) -> Self {
        let folder = folder.map(Box::from);
        Self { path, folder, what, person: None, bytes: None, hides_files: false, says_revoked: false }
    }

    /// Makes an odd path in the place of a file that has a meaning, and outside of the folders of the trusts. A folder
    /// there, or a file that is too large to be read, may hold people's files that were moved there by a slip.
    #[must_use]
    pub fn in_place_of_a_file(path: String, what: Oddity) -> Self {
        let may_hide = what.may_hide_files();
        let odd = Self::unread(path, None, what);
        if may_hide { odd.hiding_files() } else { odd }
    }

    /// Adds the bytes of a file whose name or place is odd.
    pub fn reading(mut self, bytes: &[u8]) -> Self {
        if !self.is_signatures() {
            self.person = person_line(&String::from_utf8_lossy(bytes));
            self.bytes = Some(bytes.into());
            self.hides_files = !is_plain_text(bytes);
        }
        self
    }

    /// Notes whether `revoked` is in these bytes of a file that is too large to be read. They serve for nothing else.
    #[must_use]
    pub fn looking_for_revoked(mut self, bytes: &[u8]) -> Self {
        self.says_revoked = !self.is_signatures() && says_revoked(bytes);
        self
    }

    /// Notes that files of people may be in it that cannot be read. A signature file never has any, but a folder of
    /// that name may.
    #[must_use]
    pub fn hiding_files(mut self) -> Self {
        let is_folder = matches!(self.what, Oddity::Nested | Oddity::Submodule);
        self.hides_files = is_folder || !self.is_signatures();
        self
    }

    /// Whether files of people may be in it that cannot be read, or behind it. A link may lead to a folder, and the
    /// program does not follow it. One with the name of a person's file stands for that file alone, and one in
    /// `policies` holds nobody.
    #[must_use]
    pub fn may_hide_files(&self) -> bool {
        let is_link = self.what == Oddity::Link && self.path.split('/').next() != Some("policies");
        self.hides_files || (is_link && !self.is_signatures() && self.person_by_name().is_none())
    }

    /// Whether it is a signature file. Such a file does not show that the file beside it exists, no matter what its
    /// name is.
    fn is_signatures(&self) -> bool {
        self.path.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("sig"))
    }

    /// Whether a policy could be here that was not read: a file with the ending of the policies or of their schema, or
    /// all files of `policies`. The files of `policies/tests` and any others in `policies` decide nothing. A file
    /// `.gitattributes` of any folder is one of the settings, and counts as such a policy. Git obeys one that is not
    /// read here.
    #[must_use]
    pub fn hides_a_policy(&self) -> bool {
        if self.is_of_git() {
            return true;
        }
        match self.path.strip_prefix("policies") {
            Some("") => true,
            Some(rest) => {
                let is_policy = [".cedar", ".cedarschema"].iter().any(|end| rest.ends_with(end));
                rest.starts_with('/') && is_policy && !rest.starts_with("/tests/")
            }
            None => false,
        }
    }

    /// Whether it is a `.gitattributes`. Those of folders that have no files of the tree are not looked at.
    #[must_use]
    pub fn is_of_git(&self) -> bool {
        self.path.rsplit('/').next() == Some(ATTRIBUTES)
    }

    /// The next step, in one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match &self.what {
            Oddity::TooLarge { .. } if self.path.starts_with("policies/") => text!(
                en: "Take out of it what does not belong there, or move it out of `policies`.",
                nb: "Ta ut av den det som ikke hører hjemme der, eller flytt den ut av `policies`."
            ),
            Oddity::TooLarge { .. } if self.is_of_git() => text!(
                en: "Take out of it what does not belong there, or take it away.",
                nb: "Ta ut av den det som ikke hører hjemme der, eller fjern den."
            ),
            Oddity::Name if self.path.starts_with("policies/") => text!(
                en: "Give it a name of text without control characters, or move it out of `policies`.",
                nb: "Gi den et navn av tekst uten styretegn, eller flytt den ut av `policies`."
            ),
            what => what.way_out(),
        }
    }

    /// The person that the file name means, in any case and with any ending. `None` if it means no person.
    #[must_use]
    pub fn person_by_name(&self) -> Option<PersonId> {
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
    /// It is a directory inside more directories than allowed.
    Deep {
        /// The highest number of directories allowed above it.
        most: usize,
    },
    /// It is a file in a directory inside a trust's folder.
    Within,
    /// It is a submodule of a git repository.
    Submodule,
    /// It is a file in a trust's folder that ends neither in `.yaml` nor in `.yaml.sig`.
    NotYaml,
    /// It is a file directly in `desired-state` that does not belong there.
    Misplaced,
    /// Its name has characters that cannot be seen, or bytes that are not UTF-8.
    Name,
    /// Its name equals this one on systems that do not distinguish upper and lower case. Here it is a different name.
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
        matches!(self, Self::NotYaml | Self::Misplaced | Self::Name | Self::Within)
    }

    /// Whether files of people may be behind it. It was not read, and it may be a folder or an archive.
    #[must_use]
    pub fn may_hide_files(&self) -> bool {
        matches!(
            self,
            Self::Nested
                | Self::Submodule
                | Self::TooLarge { .. }
                | Self::Crowded { .. }
                | Self::Unreadable(_)
        )
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
            Self::Deep { most } => text!(
                en: "a directory inside more than {most} others",
                nb: "en mappe inne i flere enn {most} andre"
            ),
            Self::Within => text!(
                en: "a file in a directory inside a trust's folder",
                nb: "en fil i en mappe inne i et helseforetaks mappe"
            ),
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
            Self::Special | Self::NotYaml | Self::Misplaced | Self::Deep { .. } => text!(
                en: "Move it out of the tree, or give it its right name and place.",
                nb: "Flytt den bort, eller gi den riktig navn og plass."
            ),
            Self::Nested | Self::Within => text!(
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

/// The folder that an odd path directly in `desired-state` replaces. A plain file there can replace a trust's folder
/// just as a FIFO can.
pub fn replaced_folder<'n>(name: &'n str, what: &Oddity) -> Option<&'n str> {
    (*what != Oddity::Misplaced || !PlantedFault::FileForFolderEmpties.is_planted()).then_some(name)
}

/// Whether a file in a directory inside a trust's folder may be a person's file. The program reads such files only to
/// learn who is named in them.
#[must_use]
pub fn is_nested_file(name: &[u8]) -> bool {
    !is_litter(name) && !name.to_ascii_lowercase().ends_with(b".sig")
}

/// Whether the bytes are text that a person's file could have. An archive or another binary file is not.
fn is_plain_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_name_nobody() {
        let odd = |path: &str| Odd::unread(path.to_owned(), None, Oddity::NotYaml).person_by_name().is_some();
        assert!(odd("desired-state/unn/Kari.Testesen.yaml.bak"));
        assert!(
            !odd("desired-state/unn/Kari.Testesen.yaml.SIG") && !odd("desired-state/kari.testesen.yaml.sig")
        );
    }

    #[test]
    fn a_file_that_is_no_text_may_hide_files_and_a_signature_file_never_does() {
        let read = |path: &str, bytes: &[u8]| {
            Odd::unread(path.to_owned(), None, Oddity::Misplaced).reading(bytes).hides_files
        };
        assert!(
            read("desired-state/ahus.tar.gz", b"\x1f\x8b\x08\x00") && read("desired-state/a.tar", b"a\0b")
        );
        assert!(!read("desired-state/README.md", "Les dette først.\n".as_bytes()));
        assert!(!read("desired-state/kari.testesen.yaml.sig", b"\xff"));
        let unread =
            |path: &str| Odd::unread(path.to_owned(), None, Oddity::Misplaced).hiding_files().hides_files;
        assert!(unread("desired-state/large.zip") && !unread("desired-state/kari.testesen.yaml.SIG"));
    }

    #[test]
    fn a_link_may_lead_to_a_folder_of_files_unless_it_has_the_name_of_a_file() {
        let may_hide = |path: &str, what: Oddity| Odd::unread(path.to_owned(), None, what).may_hide_files();
        assert!(may_hide("desired-state/unn/arkiv", Oddity::Link) && may_hide("reviews/unn", Oddity::Link));
        for named in
            ["desired-state/unn/kari.testesen.yaml", "desired-state/unn/x.yaml.sig", "policies/tests"]
        {
            assert!(!may_hide(named, Oddity::Link), "{named}");
        }
        assert!(!may_hide("desired-state/unn/arkiv", Oddity::Special));
    }

    #[test]
    fn gitattributes_of_any_folder_are_settings() {
        let hides = |path: &str| Odd::unread(path.to_owned(), None, Oddity::Link).hides_a_policy();
        for folder in
            ["", "desired-state/", "desired-state/unn/", "policies/tests/", "reviews/unn/", "requests/"]
        {
            assert!(hides(&format!("{folder}.gitattributes")), "{folder}");
        }
        for path in
            ["desired-state/unn/a.gitattributes", "reviews/.gitattributes.bak", "policies/tests/a.cedar"]
        {
            assert!(!hides(path), "{path}");
        }
    }
}
