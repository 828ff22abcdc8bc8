//! The forge with the repository of the tree, and the persons its accounts belong to. These settings are in
//! `register.yaml`, so they are protected: a person who can change them decides whose approval is believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PersonId;

/// The kind of API that the forge has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    /// github.com or GitHub Enterprise Server, with REST API version 2022-11-28.
    GitHub,
    /// gitlab.com or a self-hosted GitLab, with REST API v4.
    GitLab,
}

/// The forge and the accounts on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeSettings {
    /// The kind of API that the forge has.
    pub kind: ForgeKind,
    /// The address of the API, such as `https://api.github.com` or `https://gitlab.example.no/api/v4`.
    pub api: String,
    /// The project, written `owner/name`. On GitLab it may also be the project's number or path.
    pub project: String,
    /// The branch that requests are merged to, without `refs/heads/`.
    pub branch: String,
    /// The person each account belongs to, by the forge's immutable account number. A login can be renamed and then
    /// taken by another person; the number cannot. One person may have several accounts.
    pub accounts: BTreeMap<u64, PersonId>,
}
