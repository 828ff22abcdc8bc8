//! A change of the protected files, as data: settings, offices and keys.

use jiff::civil::Date;
use portvakt_core::diag::Text;
use portvakt_core::model::{Digest, FilePath, OfficeId};
use serde::Serialize;

use super::Who;

/// A change of the protected files.
#[derive(Debug, Clone, Serialize)]
pub struct Protected {
    /// The state of the change.
    pub turn: Turn,
    /// The files that differ.
    pub files: Vec<FilePath>,
    /// The keys of `register.yaml` whose values differ, except `administrators`.
    pub settings: Vec<String>,
    /// What these keys say before and after, value by value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<SettingChange>,
    /// The appointments that differ.
    pub offices: Vec<OfficeChange>,
    /// The signing keys that differ.
    pub keys: Vec<KeyChange>,
    /// The digest that identifies the change for a release; `None` if the change is not valid.
    pub digest: Option<Digest>,
    /// The people whose approval is shown by evidence.
    pub by: Vec<Who>,
    /// The number of approvals that are needed.
    pub needed: usize,
    /// What the changed policies decide differently, in whole sentences. It is empty if nobody has compared them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decides: Vec<Text>,
}

/// A value of `register.yaml` that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingChange {
    /// The keys that lead to it, such as `trusts.ahus.host`. A unit is found under `units`.
    pub path: String,
    /// The value before. It is `None` if there is none.
    pub before: Option<String>,
    /// The value after. It is `None` if there is none.
    pub after: Option<String>,
}

/// The state of a change of the protected files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It waits for approvals.
    Waits,
    /// It is approved. It comes into force with the pass that accepts it, and counts for later entries.
    Approved,
    /// The files are not valid, so they cannot come into force.
    Invalid,
}

/// An appointment that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfficeChange {
    /// The person who holds the office.
    pub who: Who,
    /// The id of the office.
    pub office: OfficeId,
    /// The name of the office.
    pub name: String,
    /// The appointment before; `None` if there was none.
    pub before: Option<Term>,
    /// The appointment after; `None` if there is none.
    pub after: Option<Term>,
}

/// The days of an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The first day in office.
    pub from: Date,
    /// The last day, inclusive.
    pub until: Option<Date>,
    /// Whether the person has no authority for now, because the appointment is suspended.
    pub suspended: bool,
}

/// A key that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The person whose key it is.
    pub who: Who,
    /// The fingerprint of the key.
    pub key: String,
    /// How the key differs.
    pub turn: KeyTurn,
}

/// How a key differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyTurn {
    /// The key is added and counts from now on.
    Added,
    /// The key is removed from the list.
    Removed,
    /// The key is revoked.
    Revoked,
}
