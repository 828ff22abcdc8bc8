//! Shows a change of the protected files before it is signed, and checks that the signed content is the content that
//! would be merged. The signature covers digests, which nobody can read.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::decide::{protected_files, rules_of, settings_digests};
use portvakt_core::diag::{Code, Finding, Severity, text};
use portvakt_core::invisible::is_invisible;
use portvakt_core::model::FilePath;
use portvakt_core::tree::{ALLOWED_SIGNERS, ATTRIBUTES, BESIDE_THE_STATE, REGISTER, REVOKED_KEYS};

use crate::cli::clone::git::git;
use crate::cli::proposal::Proposed;
use crate::cli::signable;
use crate::config::Global;

/// Returns whether a path is one of the protected files. The signatures beside them are not protected files.
pub(super) fn is_protected(path: &FilePath) -> bool {
    let path = path.as_str();
    let mut folders = ["desired-state", "policies"].into_iter().chain(BESIDE_THE_STATE);
    let is_below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let is_attributes =
        path.rsplit('/').next() == Some(ATTRIBUTES) && (path == ATTRIBUTES || folders.any(is_below));
    is_attributes
        || [REGISTER, ALLOWED_SIGNERS, REVOKED_KEYS, "policies"].contains(&path)
        || path.starts_with("policies/")
}

/// Returns the protected files that the change would add, alter or remove.
pub(super) fn changed_files(proposed: &Proposed) -> Vec<FilePath> {
    let base = proposed.base.as_ref().map(protected_files).unwrap_or_default();
    let tree = protected_files(&proposed.tree);
    let paths: BTreeSet<&FilePath> = base.keys().chain(tree.keys()).collect();
    paths.into_iter().filter(|path| base.get(*path) != tree.get(*path)).cloned().collect()
}

/// Checks that the settings of a branch may be signed. They must be valid, and they must be the settings that the merge
/// would give. `branch` is the place of the branch.
///
/// # Errors
/// The change has findings that stop it, or the branch lacks a newer commit of its target.
pub(super) fn may_be_signed(proposed: &Proposed, branch: &Global) -> Result<(), Vec<Finding>> {
    let is_stopped = |finding: &&Finding| {
        matches!(finding.severity, Severity::Fatal | Severity::Error)
            && finding.place.as_ref().is_none_or(|place| is_protected(&place.file))
    };
    let stops: Vec<Finding> = proposed.checked.findings.iter().filter(is_stopped).cloned().collect();
    if !stops.is_empty() {
        return Err(stops);
    }
    let rules = rules_of(&proposed.tree)?;
    let merged = settings_digests(proposed.tree.settings(), &rules.policies_digest);
    if signable::digests_to_sign(branch)? == merged {
        return Ok(());
    }
    let message = text!(
        en: "the settings of this branch are not those that would stand when it is merged, so a signature would be over something else than is shown",
        nb: "innstillingene på denne grenen er ikke de som ville gjelde når den er flettet, så en signatur ville gjelde noe annet enn det som vises"
    );
    let way_out = text!(
        en: "Merge the target branch into it, send it, and run this again.",
        nb: "Flett målgrenen inn i den, send den, og kjør dette igjen."
    );
    Err(vec![Finding::new(Code::BaseStale, message, way_out)])
}

/// Returns the lines that a change removes from these files and adds to them, between two commits. An invisible
/// character is shown by its number. `inside` is the folder of the tree in the clone `top`.
///
/// # Errors
/// A call of git fails.
pub(super) fn changed_lines(
    (top, inside): (&Path, &Path),
    (base, commit): (&str, &str),
    paths: &[FilePath],
) -> Result<String, Finding> {
    let paths: Vec<String> =
        paths.iter().map(|path| inside.join(path.as_str()).to_string_lossy().into_owned()).collect();
    // No git setting and no `.gitattributes` may hide a line.
    let mut args = vec!["--literal-pathspecs", "diff", "--no-color", "--no-ext-diff", "--no-textconv"];
    args.extend(["--no-renames", "--text", "--unified=3", base, commit, "--"]);
    args.extend(paths.iter().map(String::as_str));
    let said = git(top, &args)?;
    Ok(said.out.lines().map(|line| format!("{}\n", visible(line))).collect())
}

fn visible(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for c in line.chars() {
        if is_invisible(c) && c != '\t' {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}
