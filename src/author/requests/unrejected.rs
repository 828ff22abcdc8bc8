//! Takes a rejection that was wrong out of its list. A list that rejects nothing any more is removed, with its
//! signatures.

use std::sync::Arc;

use portvakt_core::diag::Finding;
use portvakt_core::model::{FilePath, Register, Rejection, RequestId, TrustId};
use portvakt_core::parse::{self, RejectedEntry};

use crate::desk::AuthorDesk;
use crate::draft::{ChangeDraft, Writing};
use crate::edit::EditError;

/// A rejection that is taken out of its list.
#[derive(Debug)]
pub struct WithdrawnRejection {
    /// The change that takes it out.
    pub draft: ChangeDraft,
    /// The trust that has rejected the application.
    pub trust: TrustId,
    /// The rejection, as the list has it.
    pub rejection: Rejection,
}

/// Returns the change that takes the rejection of a number out of its list. If `trust` is given, only the list of that
/// trust is searched. It is `None` if no list has the number.
///
/// # Errors
/// A list that may have the number is in error, or the list is written in a way in which the entry is not found.
pub fn unreject(
    desk: &AuthorDesk,
    request: &RequestId,
    trust: Option<&TrustId>,
) -> Result<Option<WithdrawnRejection>, EditError> {
    let (register, files) = (&desk.rules.register, &desk.tree.requests().files);
    let mut in_error = Vec::new();
    for (path, bytes) in desk.tree.requests().lists() {
        let list = match parse::rejections(path, bytes, register) {
            Ok(list) => list,
            Err(findings) => {
                in_error.extend(findings);
                continue;
            }
        };
        if trust.is_some_and(|trust| *trust != list.trust) {
            continue;
        }
        let (out, stay): (Vec<_>, Vec<_>) =
            list.entries.iter().partition(|entry| entry.rejection.request.is_same(request));
        let Some(entry) = out.first() else { continue };
        let mut draft = ChangeDraft::default();
        if stay.is_empty() {
            for path in [path.clone(), path.signatures()] {
                if let Some(before) = files.get(&path).cloned() {
                    draft.files.push(Writing { path, before: Some(before), after: None });
                }
            }
        } else {
            let after = without(path, &String::from_utf8_lossy(bytes), &out, register)?;
            let (path, before) = (path.clone(), Some(Arc::clone(bytes)));
            draft.files.push(Writing { path, before, after: Some(Arc::from(after.into_bytes())) });
        }
        let rejection = entry.rejection.clone();
        return Ok(Some(WithdrawnRejection { draft, trust: list.trust.clone(), rejection }));
    }
    if in_error.is_empty() { Ok(None) } else { Err(EditError::InError(in_error)) }
}

/// Returns the text of a list without the lines of these entries. The result is read back. It must say exactly what the
/// other entries said.
fn without(
    path: &FilePath,
    text: &str,
    out: &[&RejectedEntry],
    register: &Register,
) -> Result<String, EditError> {
    let read = |text: &str| -> Result<Vec<Rejection>, Vec<Finding>> {
        let list = parse::rejections(path, text.as_bytes(), register)?;
        Ok(list.entries.into_iter().map(|entry| entry.rejection).collect())
    };
    let mut wanted = read(text).map_err(EditError::InError)?;
    wanted.retain(|rejection| out.iter().all(|entry| entry.rejection != *rejection));
    let mut left = text.to_owned();
    // The last entry goes first, so that the places of the others stay.
    for entry in out.iter().rev() {
        left = without_lines(&left, entry).ok_or(EditError::Unusual(None))?;
    }
    if read(&left).map_err(EditError::Otherwise)? == wanted {
        Ok(left)
    } else {
        Err(EditError::Unusual(None))
    }
}

/// Returns a text without the lines of an entry. It is `None` if the entry does not fit the text.
fn without_lines(text: &str, entry: &RejectedEntry) -> Option<String> {
    let values = [entry.request, entry.on, entry.by, entry.reason];
    let first = usize::try_from(values.iter().map(|value| value.start).min()?).ok()?;
    let last = usize::try_from(values.iter().map(|value| value.end).max()?).ok()?;
    let begins = text.get(..first)?.rfind('\n').map_or(0, |at| at + 1);
    let last = text.get(..last)?.trim_end().len();
    let ends = text.get(last..)?.find('\n').map_or(text.len(), |at| last + at + 1);
    Some([text.get(..begins)?, text.get(ends..)?].concat())
}
