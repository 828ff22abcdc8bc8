//! The types of the domain: people, units, grants, rights, and the register they belong to.
//!
//! Everything here is a plain value. This module uses no file, clock, network or database. The values were checked
//! when they were read.
//!
//! The files, in reading order:
//!
//! ```text
//!  ids        a type for each kind of id: person, trust, unit, application, request and others
//!  digest     SHA-256 digests as values
//!  handle     a person's name on a forge
//!  right      one role in one application at one unit, as the store knows it
//!  account    an account of the store, with its rights and report subscriptions
//!  vouched    the facts about a person that an approval vouches for
//!  person     a person, as one file describes them
//!  grant      one entry of a file: an access with its approval
//!  rejection  an application that was rejected
//!  quarter    a quarter of a year, which names a review
//!  review     the review of a trust's user list, with its rows and answers
//!  statement  the fixed texts that people sign
//!  forge      the forge with the repository, and the people its accounts belong to
//!  evidence   the evidence that an approval needs, and the evidence that was found
//!  register   `register.yaml` as a value: trusts, units, roles, offices and limits
//! ```

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
pub use evidence::{Evidence, EvidenceKind, ForgeApproval, Proof, ReviewCircumstances, ReviewedChange};
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
    Answered, Delegation, Review, ReviewRow, ReviewStatement, ReviewedBy, RowAnswer, RowNotice, Setting,
    SettingRow,
};
pub use right::Right;
pub use statement::{SettingsDigests, release_statement};
pub use vouched::{Staff, Vouched, VouchedFact};
