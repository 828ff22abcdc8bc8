//! Reads one operation of a bulk request. A malformed operation keeps its own fault, and what can be understood of it:
//! whom it closes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::closes::{patch_closes, user_closes};
use crate::members::{all_named, check_own_names};
use crate::problem::{Problem, ProblemKind};
use crate::users::UserRequest;
use crate::wanted::find_member;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn read(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            "PATCH" => Some(Self::Patch),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One operation as it was sent.
pub(super) struct BulkOperation<'m> {
    /// The method as it was sent.
    pub(super) word: Option<&'m str>,
    pub(super) method: Option<Method>,
    pub(super) path: &'m str,
    pub(super) bulk_id: Option<&'m str>,
    pub(super) asked: UserRequest,
    pub(super) value: &'m Value,
    /// Why the operation cannot be done as it was sent.
    pub(super) fault: Option<Problem>,
    /// Whether the operation closes the user at its path, whatever else it says.
    pub(super) closes: bool,
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::of(ProblemKind::InvalidSyntax, detail)
}

/// Marks the operations whose `bulkId` another operation has too.
pub(super) fn refuse_repeated_ids(operations: &mut [BulkOperation<'_>]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in operations.iter().filter_map(|operation| operation.bulk_id) {
        *counts.entry(name).or_default() += 1;
    }
    for operation in operations {
        let Some(name) = operation.bulk_id else { continue };
        if operation.fault.is_none() && counts.get(name).is_some_and(|count| *count > 1) {
            operation.fault = Some(malformed(format!("the bulkId `{name}` stands for two operations")));
        }
    }
}

/// Reads an operation. If it is malformed, what can be understood of it is kept beside the fault.
pub(super) fn bulk_operation(operation: &Value) -> BulkOperation<'_> {
    let text = |name: &str| find_member(operation, name).and_then(Value::as_str);
    let word = text("method");
    let method = word.and_then(Method::read);
    let values = all_named(operation, "data");
    let closes = is_clearly_addressed(operation)
        && match method {
            Some(Method::Put) => values.iter().any(|value| user_closes(value)),
            Some(Method::Patch) => values.iter().any(|value| patch_closes(value)),
            Some(Method::Delete) => true,
            Some(Method::Post) | None => false,
        };
    BulkOperation {
        word,
        method,
        path: text("path").unwrap_or_default(),
        bulk_id: text("bulkId").filter(|name| !name.is_empty()),
        asked: UserRequest { known: text("version").map(str::to_owned) },
        value: values.first().copied().unwrap_or(&Value::Null),
        fault: check_operation(operation, method).err(),
        closes,
    }
}

/// Returns whether a member of an operation is a text, or is not there where it may be left out.
fn is_text_or_nothing(operation: &Value, name: &str) -> bool {
    matches!(find_member(operation, name), None | Some(Value::Null | Value::String(_)))
}

/// Returns whether an operation says once what is done to whom, and under which condition. If it does not, it closes
/// nobody.
fn is_clearly_addressed(operation: &Value) -> bool {
    let once = |name: &&str| all_named(operation, name).len() < 2;
    ["method", "path", "version"].iter().all(once) && is_text_or_nothing(operation, "version")
}

/// Checks the parts of an operation. Its `data` is checked when it is done.
fn check_operation(operation: &Value, method: Option<Method>) -> Result<(), Problem> {
    let Some(members) = operation.as_object() else {
        return Err(malformed("an operation must be a JSON object"));
    };
    check_own_names(members)?;
    let Some(method) = method else { return Err(no_method()) };
    if find_member(operation, "path").and_then(Value::as_str).is_none() {
        return Err(malformed("`path` is missing in an operation"));
    }
    for name in ["bulkId", "version"] {
        if !is_text_or_nothing(operation, name) {
            return Err(malformed(format!("`{name}` must be a text")));
        }
    }
    let id = find_member(operation, "bulkId").and_then(Value::as_str);
    if method == Method::Post && id.is_none_or(str::is_empty) {
        return Err(malformed("an operation that makes something needs a `bulkId`"));
    }
    Ok(())
}

/// Makes the error for an operation without a method that can be done.
pub(super) fn no_method() -> Problem {
    malformed("`method` must be POST, PUT, PATCH or DELETE")
}
