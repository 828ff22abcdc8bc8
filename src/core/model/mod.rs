//! The types of the domain: people, units, grants, rights, and the register they belong to.
//!
//! Everything here is a plain value. This module uses no file, clock, network or database. The values were checked
//! when they were read.

mod account;
mod digest;
mod evidence;
mod forge;
mod grant;
mod handle;
mod ids;
mod person;
mod quarter;
mod register;
mod rejection;
mod review;
mod right;
mod statement;
mod vouched;

pub use account::{Account, Subscription, alike};
pub use digest::{Digest, DigestError, Hasher};
pub use evidence::{Evidence, EvidenceKind, Proof, Reviewed, ReviewedChange};
pub use forge::{ForgeKind, ForgeSettings};
pub use grant::{Approval, Grant, GrantField, GrantKey, Identity, Revocation};
pub use handle::{Handle, HandleError};
pub use ids::{
    AccountId, ApplicationId, EmployerId, FilePath, IdError, Login, OfficeId, PersonId, Position, RequestId,
    RoleId, TrustId, UnitId,
};
pub use person::{Email, Facts, Previously};
pub use quarter::{Quarter, QuarterError};
pub use register::{
    Appointment, BudgetLimits, Coordinators, ProofsAsked, Register, RenamedTrusts, RoleRules, Trust,
    TrustKind, Unit,
};
pub use rejection::Rejection;
pub use review::{
    Answered, Delegation, Notice, Review, ReviewRow, ReviewStatement, ReviewedBy, RowAnswer, Setting,
    SettingRow,
};
pub use right::Right;
pub use statement::{SettingsDigests, release_statement};
pub use vouched::{Staff, Vouched, VouchedFact};
