//! Makes a CODEOWNERS file as GitHub and GitLab read it. It names the people that the forge asks to review each path.
//! The lines are made from the policies and are placed between two marks. Lines outside the marks are kept, above the
//! marks.
//!
//! CODEOWNERS only asks for reviews; it decides nothing. For a forge one owner's approval is enough, but
//! Portvakt judges for each entry who may approve it. A path without owners would need no approval at all, so no
//! such line is written.

use std::collections::BTreeSet;

use portvakt_core::judge::Owners;
use portvakt_core::model::{Handle, PersonId, Register};
use portvakt_core::tree::{
    ALLOWED_SIGNERS, ATTRIBUTES, BESIDE_THE_STATE, REGISTER, REQUESTS, REVIEWS, REVOKED_KEYS,
    SETTINGS_SIGNATURES,
};

/// The forge that reads the CODEOWNERS file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeOwnersForge {
    /// GitHub uses the last line that matches.
    GitHub,
    /// GitLab uses the last line that matches in each section. A section says how many approvals are needed.
    GitLab,
}

impl CodeOwnersForge {
    /// Returns the word for the command line and the mark.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }

    /// Returns the paths where the forge looks for the file, in the forge's order.
    #[must_use]
    pub fn places(self) -> [&'static str; 3] {
        match self {
            Self::GitHub => [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
            Self::GitLab => ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        }
    }

    /// Returns the path for a new file.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::GitHub => ".github/CODEOWNERS",
            Self::GitLab => ".gitlab/CODEOWNERS",
        }
    }
}

/// The result of making the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOwners {
    /// The generated part, including the marks.
    pub part: String,
    /// People who may approve but have no handle.
    pub missing: BTreeSet<PersonId>,
}

const BEGIN: &str = "# >>> portvakt owners --host ";
const END: &str = "# <<< portvakt owners";

/// The files that decide what is judged, or which people are asked. Besides the settings and the policies these are
/// the files that make reviews necessary at all.
const AT_THE_TOP: [&str; 6] = [
    "/CODEOWNERS",
    "/docs/CODEOWNERS",
    "/.github/",
    "/.gitlab/",
    "/.gitlab-ci.yml",
    "/.pre-commit-config.yaml",
];

/// Writes the generated part. `below` is the folder of the tree in the repository. It is empty if the tree is at
/// the top.
///
/// # Errors
/// The administrators of the protected files, if none of them has a handle. In that case nobody would be asked.
pub fn code_owners(
    owners: &Owners,
    register: &Register,
    host: CodeOwnersForge,
    below: &str,
) -> Result<CodeOwners, BTreeSet<PersonId>> {
    let handles = |people: &BTreeSet<PersonId>| -> BTreeSet<Handle> {
        people.iter().filter_map(|person| register.code_owners.get(person)).cloned().collect()
    };
    let national = handles(&owners.protected);
    if national.is_empty() {
        return Err(owners.protected.clone());
    }
    let everybody = owners.folders.values().flatten().chain(&owners.protected);
    let missing = everybody.filter(|person| !register.code_owners.contains_key(*person)).cloned().collect();
    let top = if below.is_empty() { String::new() } else { format!("/{}", escaped(below)) };
    let line = |path: &str, owners: &BTreeSet<Handle>| {
        let names: Vec<&str> = owners.iter().map(Handle::as_str).collect();
        format!("{path} {}\n", names.join(" "))
    };
    let word = host.as_str();
    let mut part = format!(
        "{BEGIN}{word}\n\
         # Made by `portvakt owners --write` from policies/, register.yaml and the coordinators in force: whom the\n\
         # policies let approve in each folder. Do not edit; lines of your own go above. It asks, and decides nothing:\n\
         # who may approve an entry is judged entry by entry.\n"
    );
    if host == CodeOwnersForge::GitLab {
        part.push_str("[Portvakt access]\n");
    }
    // A new folder has no line of its own yet, so this line covers it.
    part.push_str(&line(&format!("{top}/desired-state/"), &national));
    for (trust, people) in &owners.folders {
        let people = handles(people);
        let asked = if people.is_empty() { &national } else { &people };
        part.push_str(&line(&format!("{top}/desired-state/{trust}/"), asked));
    }
    // The people who review a user list need not be those who approve an access.
    part.push_str(&line(&format!("{top}/{REVIEWS}/"), &national));
    for (trust, people) in &owners.reviews {
        let people = handles(people);
        let asked = if people.is_empty() { &national } else { &people };
        part.push_str(&line(&format!("{top}/{REVIEWS}/{trust}/"), asked));
    }
    // A person who may approve at a trust may reject there.
    part.push_str(&line(&format!("{top}/{REQUESTS}/"), &national));
    for (trust, people) in &owners.folders {
        let people = handles(people);
        let asked = if people.is_empty() { &national } else { &people };
        part.push_str(&line(&format!("{top}/{REQUESTS}/{trust}.yaml*"), asked));
    }
    if host == CodeOwnersForge::GitLab {
        // A change that gives authority needs two approvals (R44).
        part.push_str(if national.len() > 1 { "[Portvakt settings][2]\n" } else { "[Portvakt settings]\n" });
    }
    let attributes: Vec<String> = std::iter::once("desired-state")
        .chain(BESIDE_THE_STATE)
        .map(|folder| format!("{folder}/**/{ATTRIBUTES}"))
        .collect();
    let files = [REGISTER, ALLOWED_SIGNERS, REVOKED_KEYS, SETTINGS_SIGNATURES, "policies/"];
    for path in files.into_iter().chain([ATTRIBUTES]).chain(attributes.iter().map(String::as_str)) {
        part.push_str(&line(&format!("{top}/{path}"), &national));
    }
    for path in AT_THE_TOP {
        part.push_str(&line(path, &national));
    }
    part.push_str(END);
    part.push('\n');
    Ok(CodeOwners { part, missing })
}

/// Returns the forge that the generated part of a file was made for; `None` if the file has no such part.
#[must_use]
pub fn host_of(text: &str) -> Option<CodeOwnersForge> {
    text.lines().find_map(|line| {
        let word = line.trim_end().strip_prefix(BEGIN)?;
        [CodeOwnersForge::GitHub, CodeOwnersForge::GitLab].into_iter().find(|host| host.as_str() == word)
    })
}

/// Returns the file with a new generated part. The part comes last, because later lines win over earlier ones.
#[must_use]
pub fn with_part(text: &str, part: &str) -> String {
    let mut own = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside = inside || line.starts_with(BEGIN);
        if !inside {
            own.push_str(line);
            own.push('\n');
        }
        inside = inside && line.trim_end() != END;
    }
    let own = own.trim_end();
    if own.is_empty() { part.to_owned() } else { format!("{own}\n\n{part}") }
}

/// Escapes the characters that have a meaning in a pattern.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, ' ' | '\\' | '*' | '?' | '[' | ']' | '#' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_others_are_kept_above() {
        let part = format!("{BEGIN}github\n/x @a\n{END}\n");
        assert_eq!(with_part("", &part), part);
        let first = with_part("/y @b\n", &part);
        assert_eq!(first, format!("/y @b\n\n{part}"));
        assert_eq!(with_part(&first, &part), first);
        // A later line would win over the generated lines, so it is moved above them.
        let after = format!("{part}* @everybody\n");
        assert_eq!(with_part(&after, &part), format!("* @everybody\n\n{part}"));
        // If the end mark is missing, the part reaches to the end of the file.
        assert_eq!(with_part(&format!("/y @b\n{BEGIN}github\n/x"), &part), first);
        assert_eq!((host_of(&first), host_of("/y @b")), (Some(CodeOwnersForge::GitHub), None));
    }

    #[test]
    fn a_folder_with_a_space_is_one_path() {
        assert_eq!(escaped("a b/c"), "a\\ b/c");
    }
}
