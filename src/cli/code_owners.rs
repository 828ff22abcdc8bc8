//! What CODEOWNERS would say today, and the files of it that there are. `owners` writes such a file, and `check` tells whether
//! one is out of date.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::decide::{accepted_tree, knowing, rules_of};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::judge::{Authority, owners};
use portvakt_core::model::{Evidence, ForgeKind, PersonId};
use portvakt_core::tree::Snapshot;
use portvakt_engine::report::{CodeOwners, CodeOwnersForge, code_owners, host_of, with_part};
use portvakt_sources::{OWNER_PLACES, OwnerFiles, TreeLimits};

use super::{replaced, signable};
use crate::config::Global;

/// Gives advice if a CODEOWNERS file differs from the policies of today. It gives none if the file has no part from
/// this program. The file comes from the commit of the tree, or from the work tree if the tree was read from a folder.
pub(super) fn stale(
    global: &Global,
    tree: &Snapshot,
    committed: Option<OwnerFiles>,
    today: Date,
) -> Option<Finding> {
    let (files, below) = match committed {
        None => {
            let top = top(global);
            (owners_files(&top.path), top.below)
        }
        Some(files) => {
            let text = |bytes| String::from_utf8(bytes).ok();
            let files = files
                .into_iter()
                .filter_map(|(place, bytes)| Some(FoundOwners { place, text: text(bytes)? }));
            (files.collect(), global.git_branch().open().ok()?.inside().to_owned())
        }
    };
    files.into_iter().find_map(|file| {
        let host = host_of(&file.text)?;
        let (made, ..) = made_owners(tree, today, Some(host), &below).ok()?;
        (with_part(&file.text, &made.part) != file.text).then(|| stale_finding(file.place))
    })
}

/// The advice about a file that differs from the policies of today.
pub(super) fn stale_finding(place: &str) -> Finding {
    let message = text!(
        en: "`{place}` does not say who may approve today",
        nb: "`{place}` sier ikke hvem som kan godkjenne i dag"
    );
    let way_out = text!(
        en: "Run `portvakt owners --write` and send the file along.",
        nb: "Kjør `portvakt owners --write`, og send filen med."
    );
    Finding::new(Code::OwnersStale, message, way_out)
}

/// Makes CODEOWNERS from the policies of a tree. Without a host it is made for the forge of the register, or for GitHub.
pub(super) fn made_owners(
    tree: &Snapshot,
    today: Date,
    host: Option<CodeOwnersForge>,
    below: &str,
) -> Result<(CodeOwners, CodeOwnersForge, Evidence), Vec<Finding>> {
    let rules = Arc::new(rules_of(tree)?);
    let base = accepted_tree(tree, &rules.register, today).base;
    let rules = knowing(&rules, &base.renamed);
    let owners = owners(&rules, &Authority::on(&rules.register, &base, &[today]));
    let host = host.unwrap_or(match &rules.register.evidence {
        Evidence::Forge(forge) if forge.kind == ForgeKind::GitLab => CodeOwnersForge::GitLab,
        _ => CodeOwnersForge::GitHub,
    });
    let made = code_owners(&owners, &rules.register, host, below).map_err(|people| {
        let message = text!(
            en: "no national administrator has a name on the forge, so the forge would ask nobody about the rules and settings",
            nb: "ingen nasjonal administrator har et navn på kodeplattformen, så plattformen ville ikke spurt noen om regler og innstillinger"
        );
        vec![Finding::new(Code::OwnerWithoutHandle, message, add(&people)).error()]
    })?;
    Ok((made, host, rules.register.evidence.clone()))
}

/// The next step for people without a name on the forge.
pub(super) fn add(people: &BTreeSet<PersonId>) -> Text {
    let person = people.first().map_or("fornavn.etternavn", PersonId::as_str);
    text!(
        en: "Add them under `code_owners` in `register.yaml`: `{person}: \"@name\"`.",
        nb: "Legg dem til under `code_owners` i `register.yaml`: `{person}: \"@navn\"`."
    )
}

/// The top folder of the repository, and the path of the tree below it.
pub(super) struct Top {
    pub(super) path: PathBuf,
    pub(super) below: String,
}

/// Finds the nearest parent folder with a `.git`. If there is none, it is the root itself.
pub(super) fn top(global: &Global) -> Top {
    let root = global.root.canonicalize().unwrap_or_else(|_| global.root.clone());
    let top = root.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
    let path = top.map_or_else(|| root.clone(), Path::to_path_buf);
    let below = root.strip_prefix(&path).map(|below| below.to_string_lossy().into_owned());
    Top { below: below.unwrap_or_default(), path }
}

/// A CODEOWNERS file that exists.
pub(super) struct FoundOwners {
    pub(super) place: &'static str,
    pub(super) text: String,
}

/// Returns the files that exist. The work tree may be another person's change. So a link is not followed, just as a
/// forge does not follow it. No more is read than from a commit.
pub(super) fn owners_files(top: &Path) -> Vec<FoundOwners> {
    let read = |place| {
        replaced::is_a_file_of(top, place).ok()?;
        let bytes = signable::read_plain_file(&top.join(place), TreeLimits::default().large_bytes).ok()?;
        Some(FoundOwners { place, text: String::from_utf8(bytes).ok()? })
    };
    OWNER_PLACES.into_iter().filter_map(read).collect()
}
