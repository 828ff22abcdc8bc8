//! This crate serves the embedded register as a SCIM 2.0 service (RFC 7643, RFC 7644, cursors of RFC 9865). A
//! register without an interface of its own can put this service in front of its tables. The tests use it as their
//! loopback server.
//!
//! ```text
//!  run ──▶ http (tokens, limits, routes) ──▶ users · query · bulk · discovery
//!                                              │        │
//!                  document ◀── an account ────┤        ├── filter (scim_v2's grammar, checked by the schema)
//!                  patch, wanted ── a request ─┘        └── search, page, project
//!                                              ▼
//!                             desk: one writer, several readers ──▶ stores::tables::served
//! ```
//!
//! `schema` defines the attributes of a user, `standard` knows the names that this register does not keep, and `problem`
//! writes the errors. `resource_id` reads the id in an address. `headers` and `members` read headers and messages so that
//! nothing that is said twice is lost. `closes` finds a closing in a message, and `closing` makes sure that it is never lost because of other
//! parts of the request.
//!
//! Each request is one transaction, and its answer is read back from the register. A right is one value of `roles`.
//! `DELETE` closes the account and hides it. Nothing is ever deleted. A closed account is never opened again. The
//! service has no TLS. It listens only on this host, unless its options say that a proxy is in front of it.

use portvakt_stores::scim::USER;

mod bulk;
mod closes;
mod closing;
mod desk;
mod discovery;
mod document;
mod filter;
mod headers;
mod http;
mod members;
mod page;
mod patch;
mod problem;
mod project;
mod query;
mod resource_id;
mod schema;
mod search;
mod standard;
mod tokens;
mod users;
mod wanted;

pub use desk::RegisterDesk;
pub use http::{ServiceSettings, run};
pub use tokens::{TokenError, Tokens};

/// The path of the service below its host.
pub const BASE: &str = "/scim/v2";

/// The schema of a message that lists resources (RFC 7644 section 3.4.2).
const LISTED: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The schema of the attributes that this register adds to a user.
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:portvakt:2.0:User";
