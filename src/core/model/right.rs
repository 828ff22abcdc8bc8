//! A right, as the store receives it. It says nothing about the request or the approval.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ApplicationId, RoleId, UnitId};

/// One role in one application at one unit. The register knows no other form of a right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Right {
    /// The application the role is held in.
    pub application: ApplicationId,
    /// The unit the role is held at.
    pub unit: UnitId,
    /// The role that the right gives there.
    pub role: RoleId,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.application, self.unit, self.role)
    }
}
