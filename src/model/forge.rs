//! Where a register's changes are reviewed, where that review is its evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PersonId;

/// Whose API it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// GitHub, its REST API.
    GitHub,
    /// GitLab, its API version 4.
    GitLab,
}

/// The forge whose reviews count. Part of `register.yaml`, so a protected setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeSettings {
    /// Whose API.
    pub kind: ForgeKind,
    /// Where it answers, such as `https://api.github.com`.
    pub api: String,
    /// The repository: `owner/name`, or GitLab's project number or path.
    pub project: String,
    /// The branch whose merges count, without `refs/heads/`.
    pub branch: String,
    /// Which person an account is. Account numbers never change hands; names do.
    pub accounts: BTreeMap<u64, PersonId>,
}
