//! CODEOWNERS, as GitHub and GitLab read it: whom the forge asks for a review of which path. Made from the policies,
//! between two marks; what stands outside them is somebody's own and is kept, above.
//!
//! It asks, and decides nothing: one owner's approval is enough for a forge, and who may approve an entry is judged
//! entry by entry. A path without owners would need nobody, so none is written.

use std::collections::BTreeSet;

use portvakt_core::judge::Owners;
use portvakt_core::model::{Handle, PersonId, Register};
use portvakt_core::tree::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES};

/// Whose CODEOWNERS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The last line that matches counts.
    GitHub,
    /// The same, section by section; a section says how many approvals it takes.
    GitLab,
}

impl Host {
    /// The word on the command line and in the mark.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }

    /// Where the forge looks for the file, in its order.
    #[must_use]
    pub fn places(self) -> [&'static str; 3] {
        match self {
            Self::GitHub => [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
            Self::GitLab => ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        }
    }

    /// Where a new file is put.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::GitHub => ".github/CODEOWNERS",
            Self::GitLab => ".gitlab/CODEOWNERS",
        }
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeOwners {
    /// The generated part, marks included.
    pub part: String,
    /// Who may approve and has no handle.
    pub missing: BTreeSet<PersonId>,
}

const BEGIN: &str = "# >>> portvakt owners --host ";
const END: &str = "# <<< portvakt owners";

/// What decides what is judged, or what is asked: besides the settings and the policies, the files that make reviews
/// needed at all.
const AT_THE_TOP: [&str; 6] = [
    "/CODEOWNERS",
    "/docs/CODEOWNERS",
    "/.github/",
    "/.gitlab/",
    "/.gitlab-ci.yml",
    "/.pre-commit-config.yaml",
];

/// Writes the generated part. `below` is the folder of the tree in the repository; empty for its top.
///
/// # Errors
/// The administrators of the protected files, where none of them has a handle: nobody would be asked.
pub fn code_owners(
    owners: &Owners,
    register: &Register,
    host: Host,
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
    if host == Host::GitLab {
        part.push_str("[Portvakt access]\n");
    }
    // A folder that is new has no line of its own yet.
    part.push_str(&line(&format!("{top}/desired-state/"), &national));
    for (trust, people) in &owners.folders {
        let people = handles(people);
        let asked = if people.is_empty() { &national } else { &people };
        part.push_str(&line(&format!("{top}/desired-state/{trust}/"), asked));
    }
    if host == Host::GitLab {
        // Giving authority takes two (R44).
        part.push_str(if national.len() > 1 { "[Portvakt settings][2]\n" } else { "[Portvakt settings]\n" });
    }
    for path in [REGISTER, ALLOWED_SIGNERS, REVOKED_KEYS, SETTINGS_SIGNATURES, "policies/"] {
        part.push_str(&line(&format!("{top}/{path}"), &national));
    }
    for path in AT_THE_TOP {
        part.push_str(&line(path, &national));
    }
    part.push_str(END);
    part.push('\n');
    Ok(CodeOwners { part, missing })
}

/// For which forge a file's generated part was made; `None` where it has none.
#[must_use]
pub fn host_of(text: &str) -> Option<Host> {
    text.lines().find_map(|line| {
        let word = line.trim_end().strip_prefix(BEGIN)?;
        [Host::GitHub, Host::GitLab].into_iter().find(|host| host.as_str() == word)
    })
}

/// A file with its generated part made new. The part comes last, since later lines win over it.
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

/// What has a meaning in a pattern, taken as it stands.
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
        // A later line would win over ours, so it is put above.
        let after = format!("{part}* @everybody\n");
        assert_eq!(with_part(&after, &part), format!("* @everybody\n\n{part}"));
        // Without its end, the part reaches to the end of the file.
        assert_eq!(with_part(&format!("/y @b\n{BEGIN}github\n/x"), &part), first);
        assert_eq!((host_of(&first), host_of("/y @b")), (Some(Host::GitHub), None));
    }

    #[test]
    fn a_folder_with_a_space_is_one_path() {
        assert_eq!(escaped("a b/c"), "a\\ b/c");
    }
}
