//! The memory is what the program keeps between passes: what was accepted and by which rules, what is held and since
//! when, what the budgets have spent, the releases, and the last moment at which the clock was trusted.
//!
//! The memory is in the same database as the register that this program writes, so an effect and its record are one
//! transaction. The program survives the loss of the memory: without a recorded base it writes nothing until a baseline
//! is accepted.
//!
//! ```text
//!  base          reads the accepted state
//!  record        writes the accepted state, and what happens to it later
//!  standing_row  one accepted grant, by the names of its columns
//!  file_row      what one file says about its person, by the names of its columns
//!  columns       makes the type of a row from the names of its columns
//!  rows          reads and writes all other rows, and reports damage
//!  by_keys       finds rows by many keys at once, so that no whole table is read for a few rows
//!  older         adds the columns that the tables of an older version do not have
//!  due           the days on which something is due
//!  in_force      counts the people who have access on a day
//!  holds         what is held, and why
//!  waits         things that wait, such as missing files and the limits of held removals
//!  marks         single values, releases, and the use of the removal budget
//!  spending      the values of a release and of a charge to a budget
//!  rules         the rules in force, by digest
//!  intents       steps that an external store was asked to do
//!  reports       work that is still to be done in Rapporteket
//!  asked         the digests of open requests to an external register, and of work owed in Rapporteket
//!  renamed       the ids that people had before
//!  restated      people whose accepted details the store may not have been told yet
//!  trusts        trusts that get another id
//!  unwatched     a time in which the clock was not trusted
//!  bound         compares the rows with the ledger
//!  parts         digests of everything that belongs to no single person
//!  slots         a digest for each group of rows whose keys begin alike
//! ```

mod asked;
mod base;
pub mod bound;
mod by_keys;
mod columns;
mod due;
mod file_row;
mod holds;
mod in_force;
mod intents;
mod marks;
mod older;
mod parts;
mod record;
mod renamed;
mod reports;
mod restated;
mod rows;
mod rules;
mod slots;
mod spending;
mod standing_row;
mod trusts;
mod unwatched;
mod waits;

pub use portvakt_core::decide::WantedOfBase;
use portvakt_core::diag::{Text, text};
use portvakt_database::{Connection, Dialect, in_postgres};

pub use asked::{
    OpenWork, asked_among, debt_of, forget_asked_besides, intent_name, open_requests, opening_name,
    owed_name, planned_name, salt_asked,
};
pub use base::{
    AcceptedFile, accepted_files, base, base_as_it_stands, digest_of, digests, file_of, left_behind, spent,
    user_of,
};
pub use bound::Bound;
pub use due::Days;
pub use file_row::accept_file;
pub use holds::{
    HeldFile, HoldsInNumbers, KeptFinding, RefusedEntry, RemovalHold, clear_file, file_holds,
    file_holds_among, first_judgements, forget_refusal, hold_file, hold_refusal, holds_in_numbers,
    lift_refusal, refusals, refusals_of, removal_holds, removals_wait, set_removal_holds,
};
pub use in_force::{oldest, sizes};
pub use intents::{
    Intent, account_made, belongs_to, bind, close_intent, forget_opening, had_access, intend, open_intents,
    opening_for, openings, told_in_force, unsettled,
};
pub use marks::{
    Release, accepted_commit, charges, clock_mark, last_proved, live_releases, mark, move_trusted,
    record_release, releases, remove_count, set_accepted_commit, set_last_proved, set_mark, set_trusted,
    spend, spend_all_but, trusted, used,
};
pub use parts::{Covered, bind_anew, bind_slots_anew, part_digests, parts_covering, remembered, salt_parts};
pub use record::{
    UNSETTLED, accept_grant, clear_grant, close_accounts, forget_file, forget_rows, leave_account,
    look_again, miss_at, set_account, set_accounts, shorten_grant, spend_request, store_ended, store_given,
    use_person_statement, use_statement, used_person_statements_among, used_statements,
    used_statements_among,
};
pub use renamed::{rename_person, renamed, replace_renamed, set_renamed};
pub use reports::{
    LONGEST_WAIT, OwedAfter, PlannedReports, ReportDebt, owe_reports, plan_reports, report_debts,
    reports_done, reports_failed,
};
pub use restated::{restated, set_restated};
pub use rules::{
    accepted_register, accepted_rules, attributes_found, find_attributes, rule_files, rules_by_digests,
    set_accepted_rules, set_attributes_known, store_rules,
};
pub use slots::{
    AskedSlots, Slot, SlotChanges, SlotDigests, SlotTable, part_of_slot, salt_slots, slots, slots_named_by,
};
pub use trusts::{files_of_trust, of_trust, rename_trust};
pub use unwatched::Unwatched;
pub use waits::{
    NO_COPY, accepted_snapshot, additions_used, authority_kept, count_additions, forget_items, free_requests,
    freed_requests, leave_behind, missed_files, moved, release_items, released_items, run_removals,
    seen_astray, seen_extensions, set_accepted_snapshot, set_astray, set_authority_kept, set_missing,
    set_moved, set_run_removals, set_seen_extensions, set_waiting_limits, set_writer, waiting_limits, writer,
};

/// The reason why the program's memory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// The database reported an error.
    Database(#[from] portvakt_database::Error),
    /// A row does not contain what this program writes. The words are in English, for people who look at the tables.
    Damaged(String),
    /// The ledger, which the memory is compared with, reported an error.
    Ledger(#[from] crate::ledger::LedgerError),
}

impl MemoryError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Database(error) => {
                let why = error.words();
                text!(
                    with why;
                    en: "what the program remembers could not be read or written: {why}",
                    nb: "det programmet husker, kunne ikke leses eller skrives: {why}"
                )
            }
            Self::Damaged(what) => text!(
                en: "what the program remembers is damaged: {what}",
                nb: "det programmet husker, er skadet: «{what}»"
            ),
            Self::Ledger(error) => error.words(),
        }
    }
}

impl std::fmt::Display for MemoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The tables and indexes of the memory.
const SCHEMAS: [&str; 5] = [SCHEMA, file_row::SCHEMA, standing_row::SCHEMA, intents::SCHEMA, reports::SCHEMA];

/// Makes the tables that do not exist yet, and adds the columns that those of an older version do not have.
///
/// # Errors
/// When the database cannot be written.
pub fn prepare(conn: &Connection) -> Result<(), MemoryError> {
    if conn.dialect() == Dialect::Postgres {
        // The owner of the database makes these tables together with all others.
        return Ok(());
    }
    for schema in SCHEMAS {
        // An index may be on a new column.
        older::add_columns(conn, schema)?;
        conn.execute_batch(schema)?;
    }
    Ok(())
}

/// Returns the tables for PostgreSQL. The owner of the database makes them.
#[must_use]
pub fn tables() -> String {
    in_postgres(&SCHEMAS.concat())
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
CREATE INDEX IF NOT EXISTS refusal_open ON refusal (path) WHERE lifted IS NULL;
CREATE TABLE IF NOT EXISTS removal_hold (
    digest TEXT PRIMARY KEY, since TEXT NOT NULL, summary TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS release (
    digest TEXT NOT NULL, at TEXT NOT NULL, people TEXT NOT NULL, keys TEXT NOT NULL, spent TEXT,
    PRIMARY KEY (digest, at)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS release_open ON release (digest, at) WHERE spent IS NULL;
CREATE TABLE IF NOT EXISTS budget (
    at TEXT NOT NULL, who TEXT NOT NULL, trust TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS budget_at ON budget (at);
";
