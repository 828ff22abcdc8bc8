//! Where the repository of the tree lives, and whose accounts those on it are. It stands in `register.yaml`, so it
//! is itself a protected setting: who may change it decides whose approval is believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PersonId;

/// Whose API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// github.com or GitHub Enterprise Server, REST API of 2022-11-28.
    GitHub,
    /// gitlab.com or an own GitLab, REST API v4.
    GitLab,
}

/// The forge and the accounts on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeSettings {
    /// Whose API is spoken.
    pub kind: ForgeKind,
    /// Where the API is: `https://api.github.com`, `https://gitlab.example.no/api/v4`.
    pub api: String,
    /// The project: `owner/name`; on GitLab its number or its path.
    pub project: String,
    /// The branch that requests are merged to, without `refs/heads/`.
    pub branch: String,
    /// Whose account is whose, by the forge's immutable number of the account. A login can be renamed and taken by
    /// somebody else; the number cannot. Several accounts may be one person.
    pub accounts: BTreeMap<u64, PersonId>,
}
