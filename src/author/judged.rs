//! Judges a draft before a byte of it is written. It is judged as its reviewer will judge it, as if everybody whose
//! approval it names had given evidence. So every finding is about the change itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::decide::{ChangeToCheck, Checked, Past, check_against};
use portvakt_core::diag::{Code, Finding};
use portvakt_core::model::{Evidence, FilePath};
use portvakt_core::parse;
use portvakt_core::tree::{REGISTER, Snapshot};

use super::desk::AuthorDesk;
use super::draft::ChangeDraft;
use super::edit::{EditError, with_value};

/// Files of a tree with their new bytes. `None` removes a file.
type Changes = BTreeMap<FilePath, Option<Arc<[u8]>>>;

/// A change with its judgement.
#[derive(Debug)]
pub struct JudgedChange {
    /// The tree before the change.
    pub base: Snapshot,
    /// The tree after the change.
    pub tree: Snapshot,
    /// The result of the check, as `portvakt check` would give it.
    pub checked: Checked,
}

/// Judges a change as if everybody whose approval it names had given evidence. So every finding is about the change
/// itself. `past` gives what the history of the branch tells.
///
/// # Errors
/// The place of `evidence` in `register.yaml` cannot be found.
pub fn judge_change(
    desk: &AuthorDesk,
    draft: &ChangeDraft,
    past: &dyn Past,
) -> Result<JudgedChange, EditError> {
    let register = declaring(&desk.tree)?;
    let base = desk.tree.with(&register);
    let tree = draft.tree(&base);
    let checked = |tree: &Snapshot| {
        check_against(&ChangeToCheck { base: &base, tree, past, reviews: None, today: desk.today })
    };
    let (before, mut after) = (checked(&base), checked(&tree));
    // Earlier mistakes are not mistakes of this change. A line that is added above one moves it. The finding that nobody
    // is asked for evidence is not true of this draft either.
    let moved = before.findings.iter().filter(|finding| !after.findings.contains(finding));
    let mut moved: Vec<Finding> = moved.map(in_any_line).collect();
    after.findings.retain(|finding| {
        if finding.code == Code::EvidenceDeclared || before.findings.contains(finding) {
            return false;
        }
        let same = moved.iter().position(|one| *one == in_any_line(finding));
        if let Some(at) = same {
            moved.swap_remove(at);
        }
        same.is_none()
    });
    Ok(JudgedChange { base, tree, checked: after })
}

/// Returns a finding without the number of its line. The text of the line stays.
fn in_any_line(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if let Some(place) = &mut finding.place {
        place.line = 0;
    }
    finding
}

/// Returns the register's file with `evidence: declared`, which asks for no evidence of an approval.
fn declaring(tree: &Snapshot) -> Result<Changes, EditError> {
    let path = FilePath::new(REGISTER);
    let text = parse::text(&path, tree.register()).map_err(EditError::InError)?;
    let text = with_value(text, "evidence", Evidence::Declared.as_str())?;
    Ok(BTreeMap::from([(path, Some(Arc::from(text.into_bytes())))]))
}
