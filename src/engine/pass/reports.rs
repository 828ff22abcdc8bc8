//! Reads what a pass needs from Rapporteket: its rows, the work that is still owed to it, and the other users of an
//! address that may be removed.
//!
//! Nothing here stops a pass. If Rapporteket cannot be read, the finding says so and the work waits. The register's
//! own revocations continue.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::diag::{Code, Finding, Noun, text};
use portvakt_core::model::{Account, AccountId, PersonId, Register};
use portvakt_core::plan::{Observed, Owed, Reports, StoreExtent, folded};
use portvakt_core::reports::{ReportRow, ReportsError};
use portvakt_core::store::ReadStore;
use portvakt_database::Connection;

use super::asked::PassTools;
use crate::memory;
use crate::memory::MemoryError;

/// Reads Rapporteket, if the program is configured with it and there may be work to do there.
pub(super) fn read_reports(
    asked: &PassTools<'_>,
    (observed, debts): (&Observed, &BTreeSet<i64>),
    register: &Register,
    today: Date,
) -> Result<Option<Reports>, MemoryError> {
    let Some(reports) = asked.reports else { return Ok(None) };
    // A debt that the ledger does not confirm is not a debt of an earlier pass.
    let owed = memory::report_debts(asked.memory)?.into_iter().map(|debt| debt.owed);
    let owed: Vec<Owed> = owed.filter(|owed| debts.contains(&owed.seq)).collect();
    if owed.is_empty() && observed.accounts.is_empty() {
        return Ok(None);
    }
    let meaning = reports.meaning().clone();
    let known = register.applications.keys().any(|id| id.as_str() == meaning.application);
    let rows = if known {
        reports.rows(today)
    } else {
        Err(ReportsError::Table(text!(
            en: "the register has no application `{application}`; name the one that gives reports as `application` in \
                 the file of `--reports-map`",
            nb: "registeret har ingen applikasjon `{application}`; oppgi den som gir rapporter, som `application` i filen \
                 til `--reports-map`";
            application = meaning.application
        )))
    };
    let beside = owed_accounts(asked.store, observed, &owed);
    let users = rows.as_ref().ok().and_then(|rows| users(asked.store, observed, &beside, (rows, &owed)));
    Ok(Some(Reports { rows, meaning, owed, beside, users }))
}

/// Reports the owed work if the program is no longer configured with Rapporteket. Without this finding the work
/// would wait for ever and nobody would know.
pub(super) fn stranded(memory: &Connection) -> Result<Option<Finding>, MemoryError> {
    const ACCOUNTS: Noun = Noun::new(["account", "accounts"], ["konto", "kontoer"]);
    let debts = memory::report_debts(memory)?;
    let Some(since) = debts.iter().map(|debt| debt.since).min() else { return Ok(None) };
    let accounts: BTreeSet<_> = debts.iter().map(|debt| &debt.owed.account).collect();
    let count = ACCOUNTS.count(accounts.len());
    let message = text!(
        with count;
        en: "the reports of {count} in Rapporteket have not ended yet, since {since}, and `--reports` is not given",
        nb: "rapportene til {count} i Rapporteket er ikke avsluttet ennå, siden {since}, og `--reports` er ikke oppgitt"
    );
    let way_out = text!(
        en: "Name Rapporteket's database with `--reports` again; then they are ended.",
        nb: "Oppgi databasen til Rapporteket med `--reports` igjen; da blir de avsluttet."
    );
    Ok(Some(Finding::new(Code::ReportsOwed, message, way_out)))
}

/// Reads the accounts that work is owed for, and the other accounts of the same people. If they cannot be read, the
/// work is still owed.
fn owed_accounts(store: &dyn ReadStore, observed: &Observed, owed: &[Owed]) -> BTreeMap<AccountId, Account> {
    let (mut people, mut ids): (BTreeSet<PersonId>, BTreeSet<AccountId>) = Default::default();
    for owed in owed.iter().filter(|owed| !observed.accounts.contains_key(&owed.account)) {
        people.extend(owed.person.clone());
        ids.insert(owed.account.clone());
    }
    if ids.is_empty() {
        return BTreeMap::new();
    }
    match store.accounts(&people, &ids) {
        Ok(accounts) => accounts.into_iter().map(|account| (account.id.clone(), account)).collect(),
        Err(error) => {
            tracing::warn!(%error, "the accounts whose reports are owed could not be read");
            BTreeMap::new()
        }
    }
}

/// Groups the active accounts by address. If the pass saw only a part of the register, the whole list is read, but
/// only if an address is among the recipients of a report. That is rare.
fn users(
    store: &dyn ReadStore,
    observed: &Observed,
    beside: &BTreeMap<AccountId, Account>,
    (rows, owed): (&[ReportRow], &[Owed]),
) -> Option<BTreeMap<String, BTreeSet<AccountId>>> {
    match &observed.extent {
        StoreExtent::Whole => Some(by_address(observed.accounts.values())),
        StoreExtent::Doubtful(_) => None,
        StoreExtent::People(_) => {
            let seen = observed.accounts.values().chain(beside.values());
            let addresses: BTreeSet<&str> = seen
                .filter_map(|account| account.email.as_deref())
                .chain(owed.iter().filter_map(|owed| owed.address.as_deref()))
                .collect();
            if !rows.iter().any(|row| addresses.iter().any(|address| row.goes_to(address))) {
                return Some(BTreeMap::new());
            }
            match store.list() {
                Ok(listing) if listing.incomplete.is_none() => Some(by_address(listing.accounts.iter())),
                Ok(_) => None,
                Err(error) => {
                    tracing::warn!(%error, "whether somebody else uses an address could not be read");
                    None
                }
            }
        }
    }
}

fn by_address<'a>(accounts: impl Iterator<Item = &'a Account>) -> BTreeMap<String, BTreeSet<AccountId>> {
    let mut users: BTreeMap<String, BTreeSet<AccountId>> = BTreeMap::new();
    for account in accounts.filter(|account| account.active) {
        if let Some(email) = &account.email {
            users.entry(folded(email)).or_default().insert(account.id.clone());
        }
    }
    users
}
