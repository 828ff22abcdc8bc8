//! Gives paths the form that an output format needs. A workflow annotates lines by their path from the folder where the
//! program runs.

use std::path::{Component, PathBuf};

use portvakt_core::diag::Finding;
use portvakt_core::model::FilePath;
use portvakt_core::tree::Snapshot;

use crate::config::{Format, Global};

/// The findings and the files that were read, with the paths that the chosen format needs.
pub(super) fn placed(
    global: &Global,
    findings: &[Finding],
    tree: &Snapshot,
) -> (Vec<Finding>, Vec<FilePath>) {
    placed_at(global, findings, tree.files().map(|(path, _)| path).collect())
}

/// The findings and these files, with the paths that the chosen format needs.
pub(super) fn placed_at(
    global: &Global,
    findings: &[Finding],
    mut looked: Vec<FilePath>,
) -> (Vec<Finding>, Vec<FilePath>) {
    let mut findings = findings.to_vec();
    if !matches!(global.format, Format::Human | Format::Json) {
        let below = path_to_root(global);
        let places = findings.iter_mut().filter_map(|finding| finding.place.as_mut());
        for file in places.map(|place| &mut place.file).chain(&mut looked) {
            *file = from_workspace(below.as_ref(), file);
        }
    }
    (findings, looked)
}

/// The path from the working directory to the root, if the root is below it. A workflow needs this path to annotate
/// lines.
fn path_to_root(global: &Global) -> Option<PathBuf> {
    let below: Vec<_> = global.root.components().filter(|part| *part != Component::CurDir).collect();
    let plain = below.iter().all(|part| matches!(part, Component::Normal(_)));
    (!below.is_empty() && plain).then(|| below.iter().collect())
}

fn from_workspace(below: Option<&PathBuf>, file: &FilePath) -> FilePath {
    below.map_or_else(|| file.clone(), |root| FilePath::new(&root.join(file.as_str()).to_string_lossy()))
}
