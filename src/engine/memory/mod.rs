//! The memory is what the program keeps between passes: what was accepted and by which rules, what is held and since
//! when, what the removal budget has spent, the releases, and how late the program has been.
//!
//! The memory is in the same database as the register that this program writes, so an effect and its record are one
//! transaction. The program survives the loss of the memory: without a recorded base it writes nothing until a baseline
//! is accepted.

mod base;
pub mod bound;
mod holds;
mod intents;
mod marks;
mod parts;
mod record;
mod renamed;
mod reports;
mod rows;
mod rules;
mod spending;
mod standing_row;
mod trusts;
mod unwatched;
mod waits;

use portvakt_database::{Connection, Dialect, in_postgres};

pub use base::{
    AcceptedFile, Wanted, base, base_as_it_stands, digest_of, digests, due, file_of, files, left_behind,
    next_day, sizes, spent, user_of,
};
pub use bound::Bound;
pub use holds::{
    HeldFile, KeptFinding, Refused, RemovalHold, clear_file, file_holds, first_judgements, forget_refusal,
    hold_file, hold_refusal, lift_refusal, refusals, removal_holds, set_removal_holds,
};
pub use intents::{
    Intent, belongs_to, bind, close_intent, forget_opening, intend, open_intents, opening_for, openings,
    told_in_force, unsettled,
};
pub use marks::{
    Release, accepted_commit, charges, clock_mark, live_releases, mark, record_release, releases,
    remove_count, set_accepted_commit, set_mark, set_trusted, spend, spend_all_but, trusted, used,
};
pub use parts::{parts, salt_parts};
pub use record::{
    UNSETTLED, accept_file, accept_grant, clear_grant, close_accounts, forget_file, forget_rows,
    leave_account, look_again, miss_at, set_account, set_accounts, shorten_grant, spend_request, store_ended,
    store_given, use_statement, used_statements,
};
pub use renamed::{rename_person, renamed, replace_renamed, set_renamed};
pub use reports::{ReportDebt, owe_reports, plan_reports, report_debts, reports_done, reports_failed};
pub use rules::{accepted_rules, rule_files, rules_by_digests, set_accepted_rules, store_rules};
pub use trusts::{files_of_trust, of_trust, rename_trust};
pub use unwatched::Unwatched;
pub use waits::{
    accepted_snapshot, additions_used, astray, authority_kept, count_additions, forget_items, free_requests,
    freed_requests, missing, moved, release_items, released_items, set_accepted_snapshot, set_astray,
    set_authority_kept, set_missing, set_moved, set_waiting_limits, set_writer, waiting_limits, writer,
};

/// The reason why the program's memory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The database reported an error.
    #[error("what the program remembers could not be read or written")]
    Database(#[from] portvakt_database::Error),
    /// A row does not contain what this program writes.
    #[error("what the program remembers is damaged: {0}")]
    Damaged(String),
    /// The ledger, which the memory is compared with, reported an error.
    #[error(transparent)]
    Ledger(#[from] crate::ledger::LedgerError),
}

/// Makes the tables that do not exist yet.
///
/// # Errors
/// When the database cannot be written.
pub fn prepare(conn: &Connection) -> Result<(), MemoryError> {
    if conn.dialect() == Dialect::Postgres {
        // The owner of the database makes these tables together with all others.
        return Ok(());
    }
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch(intents::SCHEMA)?;
    Ok(conn.execute_batch(reports::SCHEMA)?)
}

/// Returns the tables for PostgreSQL. The owner of the database makes them.
#[must_use]
pub fn tables() -> String {
    in_postgres(&format!("{SCHEMA}{}{}", intents::SCHEMA, reports::SCHEMA))
}

/// Returns whether the tables exist.
///
/// # Errors
/// When the database cannot be read.
pub fn is_prepared(conn: &Connection) -> Result<bool, MemoryError> {
    Ok(conn.has_table("standing")?)
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifact (digest TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person_file (
    person TEXT NOT NULL, trust TEXT NOT NULL, name TEXT NOT NULL, employer TEXT NOT NULL, staff TEXT NOT NULL,
    position TEXT, login TEXT, email TEXT, skeleton TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (person, trust)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_file_login ON person_file (login) WHERE login IS NOT NULL;
CREATE INDEX IF NOT EXISTS person_file_skeleton ON person_file (skeleton);
CREATE TABLE IF NOT EXISTS standing (
    person TEXT NOT NULL, application TEXT NOT NULL, unit INTEGER NOT NULL, request TEXT NOT NULL,
    trust TEXT NOT NULL, role TEXT NOT NULL, from_day TEXT NOT NULL, until_day TEXT,
    approved_by TEXT NOT NULL, approved_on TEXT NOT NULL, identity TEXT NOT NULL,
    revoked_on TEXT, revoked_by TEXT, revoked_reason TEXT,
    employer TEXT NOT NULL, staff TEXT NOT NULL, position TEXT, login TEXT,
    accepted_on TEXT NOT NULL, way TEXT NOT NULL, policies TEXT NOT NULL, rules TEXT NOT NULL,
    given TEXT, replaced TEXT, cleared TEXT, ended TEXT, evidence TEXT,
    PRIMARY KEY (person, application, unit, request)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS standing_role ON standing (role, trust) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_until ON standing (until_day) WHERE ended IS NULL AND until_day IS NOT NULL;
CREATE INDEX IF NOT EXISTS standing_from ON standing (from_day) WHERE given IS NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_open ON standing (person) WHERE cleared IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_replaced ON standing (person) WHERE replaced IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_request ON standing (request, person);
CREATE TABLE IF NOT EXISTS used_statement (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person_account (
    person TEXT PRIMARY KEY, account TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file_hold (
    path TEXT PRIMARY KEY, since TEXT NOT NULL, findings TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (
    person TEXT NOT NULL, application TEXT NOT NULL, unit INTEGER NOT NULL, request TEXT NOT NULL,
    path TEXT NOT NULL, statement TEXT NOT NULL, policies TEXT NOT NULL, settings TEXT NOT NULL,
    first_day TEXT NOT NULL, since TEXT NOT NULL, finding TEXT NOT NULL, lifted TEXT,
    PRIMARY KEY (person, application, unit, request)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS removal_hold (
    digest TEXT PRIMARY KEY, since TEXT NOT NULL, summary TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release (
    digest TEXT NOT NULL, at TEXT NOT NULL, people TEXT NOT NULL, keys TEXT NOT NULL, spent TEXT,
    PRIMARY KEY (digest, at)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS budget (
    at TEXT NOT NULL, who TEXT NOT NULL, trust TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS budget_at ON budget (at);
";
