//! The work that ends reports in Rapporteket. It is drawn after the steps for the register, from the state of the
//! accounts after those steps.
//!
//! This module promises the following. A report runs while its owner has a right that covers its stored role and
//! unit. Three cases are reported and end nothing: an owner that nobody knows, a login shared by two people, and
//! parameters that cannot be read while the owner has access. An address that an active account still uses stays. The
//! address that an account has instead of another one takes the place of that one. An unknown table never counts as an
//! empty one. Work that follows from a step is part of that step's operation. Other work counts against the removal
//! budget, like every removal for absence.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Cause;
use crate::diag::{Code, Finding, Noun, Text, text};
use crate::model::{AccountId, Right};
use crate::reports::{Fit, Owner, ReportRow, ReportRowChange, ReportsError};

use super::drawing::Drawing;
use super::report_accounts::{AccountsById, Opened, after, folded};
use super::report_work::{Follows, ReportWork, Reports};
use super::situation::{Situation, StoreExtent};
use super::{AccessItem, NewAccount};

/// The accounts and people that an owner's name may refer to.
#[derive(Default)]
struct OwnerCandidates {
    accounts: Vec<AccountId>,
    rights: BTreeSet<Right>,
    /// The people behind the active accounts. If there is more than one, the owner is not clear.
    people: BTreeSet<String>,
    ignored: bool,
}

/// The rows as they change, and the work for each account.
struct Table {
    rows: Vec<ReportRow>,
    works: BTreeMap<AccountId, ReportWork>,
    /// The accounts of operations that take access away. The others only have another address.
    losing: BTreeSet<AccountId>,
    count: usize,
}

impl Table {
    fn change(&mut self, at: usize, account: &AccountId, after: ReportRow) {
        let (Some(row), Some(work)) = (self.rows.get_mut(at), self.works.get_mut(account)) else { return };
        match work.changes.iter_mut().find(|(_, change)| change.after == *row) {
            Some((_, change)) => change.after = after.clone(),
            None => {
                self.count += 1;
                work.changes
                    .push((self.count, ReportRowChange { before: row.clone(), after: after.clone() }));
            }
        }
        *row = after;
    }
}

impl<'a> Drawing<'a> {
    /// Draws the work that ends reports in Rapporteket.
    pub(super) fn reports(&mut self) {
        let situation: &'a Situation<'a> = self.situation;
        let Some(reports) = situation.reports else { return };
        let (after, opened) = after(situation, reports, &self.draft.steps);
        let (works, losing) = operations(reports, &after);
        let rows = match &reports.rows {
            Ok(rows) => rows.clone(),
            Err(why) => {
                self.unavailable(why);
                self.draft.reports = works.into_values().collect();
                return;
            }
        };
        let mut table = Table { rows, works, losing, count: 0 };
        self.owned_rows(reports, &after, &opened, &mut table);
        addresses(situation, reports, (&after, &opened), &mut table);
        // Work that follows from a step but changes nothing is left out.
        let something =
            |work: &ReportWork| work.follows == Follows::Earlier || work.waits || !work.changes.is_empty();
        self.draft.reports = table.works.into_values().filter(something).collect();
    }

    /// Ends the rows whose owner has no right that covers them.
    fn owned_rows(
        &mut self,
        reports: &Reports,
        after: &AccountsById<'_>,
        opened: &Opened,
        table: &mut Table,
    ) {
        let (today, whole) = (self.situation.today, self.situation.observed.extent == StoreExtent::Whole);
        let holders = holders(self.situation, reports.meaning.owner, after, opened);
        let (mut unknown, mut unclear) = (BTreeSet::new(), BTreeSet::new());
        let unread = table.rows.iter().filter(|row| !row.names_recipients_clearly());
        let unread: BTreeSet<String> = unread.map(|row| row.name().to_owned()).collect();
        for at in 0..table.rows.len() {
            let Some(row) = table.rows.get(at).cloned() else { continue };
            let owner = row.owner.clone().unwrap_or_default();
            let Some(of) = holders.get(&owner) else {
                unknown.insert(owner);
                continue;
            };
            if of.ignored {
                continue;
            }
            if of.people.len() > 1 {
                unclear.insert(format!("{} ({owner})", row.name()));
                continue;
            }
            match reports.meaning.fit(&row, &of.rights) {
                Fit::Covered => {}
                Fit::Unclear => {
                    unclear.insert(format!("{} ({owner})", row.name()));
                }
                Fit::Over => {
                    let known = of.accounts.iter().find(|id| table.works.contains_key(*id));
                    let chosen = known.or(of.accounts.first()).cloned();
                    if let Some(account) = chosen.filter(|account| self.may(account, after, table)) {
                        table.change(at, &account, row.ended(today));
                    }
                }
            }
        }
        if whole {
            self.tell_unknown_owners(&unknown, &unclear);
            self.unread(&unread);
        }
    }

    /// Tells whether the rows of this account may be ended, as part of an operation or within the removal budget.
    fn may(&mut self, account: &AccountId, after: &AccountsById<'_>, table: &mut Table) -> bool {
        if table.losing.contains(account) {
            return true;
        }
        // What was found besides does not hang on the step that changes an address. The next pass finds it too.
        if table.works.get(account).is_some_and(|work| work.follows == Follows::Step) {
            return false;
        }
        let Some(of) = after.get(account) else { return false };
        let contact = AccessItem::Contact(account.clone());
        let who = of.account.person.as_ref().map_or_else(|| account.to_string(), ToString::to_string);
        if !self.draft.losses.iter().any(|loss| loss.item == contact) {
            self.lose(&who, None, contact.clone(), Cause::Sweep);
        }
        if self.held.contains(&contact) {
            return false;
        }
        let work = ReportWork {
            account: account.clone(),
            person: of.account.person.clone(),
            follows: Follows::Alone,
            address: None,
            earlier: BTreeSet::new(),
            changes: Vec::new(),
            waits: false,
        };
        table.works.entry(account.clone()).or_insert(work);
        table.losing.insert(account.clone());
        true
    }

    fn tell_unknown_owners(&mut self, unknown: &BTreeSet<String>, unclear: &BTreeSet<String>) {
        if !unknown.is_empty() {
            let (owners, names) = (OWNERS.count(unknown.len()), some(unknown));
            let message = text!(
                with owners, names;
                en: "Rapporteket sends reports for {owners} who cannot be found in the register: {names}",
                nb: "Rapporteket sender rapporter for {owners} som ikke finnes i registeret: {names}"
            );
            let way_out = text!(
                en: "End those reports in Rapporteket, or correct their owner; this program ends none of an owner it does not know.",
                nb: "Avslutt rapportene i Rapporteket, eller rett eieren; dette programmet avslutter ingen for en eier det ikke kjenner."
            );
            self.draft.findings.push(Finding::new(Code::ReportOwnerUnknown, message, way_out));
        }
        if !unclear.is_empty() {
            let (reports, names) = (Noun::REPORTS.count(unclear.len()), some(unclear));
            let message = text!(
                with reports, names;
                en: "the unit and role, or the owner, cannot be read from {reports} in Rapporteket: {names}",
                nb: "enhet og rolle, eller eieren, kan ikke leses av {reports} i Rapporteket: {names}"
            );
            let way_out = text!(
                en: "They stand while their owner has access. Make them anew in Rapporteket, or name its parameters in the file of `--reports-map`.",
                nb: "De består så lenge eieren har tilgang. Opprett dem på nytt i Rapporteket, eller oppgi parameterne i filen til `--reports-map`."
            );
            self.draft.findings.push(Finding::new(Code::ReportUnclear, message, way_out));
        }
    }

    fn unread(&mut self, unread: &BTreeSet<String>) {
        if unread.is_empty() {
            return;
        }
        let (reports, names) = (Noun::REPORTS.count(unread.len()), some(unread));
        let message = text!(
            with reports, names;
            en: "recipients in a form that is not understood, in {reports} in Rapporteket: {names}; the address of somebody who leaves stays in them",
            nb: "mottakere på en form som ikke forstås, i {reports} i Rapporteket: {names}; adressen til en som slutter, blir stående i dem"
        );
        let way_out = text!(
            en: "Write the recipients as addresses with commas between them (`a@example.no, b@example.no`).",
            nb: "Skriv mottakerne som adresser med komma mellom (`a@example.no, b@example.no`)."
        );
        self.draft.findings.push(Finding::new(Code::ReportUnclear, message, way_out));
    }

    fn unavailable(&mut self, error: &ReportsError) {
        let why = error.words();
        let message = text!(
            with why;
            en: "Rapporteket's reports are not known: {why}",
            nb: "rapportene i Rapporteket er ikke kjent: {why}"
        );
        let way_out = text!(
            en: "Access in the register goes on being taken away at once; what is to end in Rapporteket is written down and done when it answers.",
            nb: "Tilgang i registeret fjernes fortsatt med en gang; det som skal avsluttes i Rapporteket, er skrevet ned og gjøres når den svarer."
        );
        self.draft.findings.push(Finding::new(Code::ReportsUnavailable, message, way_out));
    }
}

const OWNERS: Noun = Noun::new(["owner", "owners"], ["eier", "eiere"]);

fn some(names: &BTreeSet<String>) -> Text {
    const SHOWN: usize = 8;
    Text::first_of(names.iter().map(|name| format!("`{name}`")), SHOWN)
}

/// Makes one operation for each account that is lowered or swept, or that gets another address, and for each account with
/// owed work. It also returns the accounts of those operations that take access away.
fn operations(
    reports: &Reports,
    after: &AccountsById<'_>,
) -> (BTreeMap<AccountId, ReportWork>, BTreeSet<AccountId>) {
    let (mut works, mut losing) = (BTreeMap::new(), BTreeSet::new());
    for (id, after) in after {
        let address = after.lost_address().cloned();
        if !after.lowered && address.is_none() {
            continue;
        }
        let work = ReportWork {
            account: id.clone(),
            person: after.account.person.clone(),
            follows: Follows::Step,
            address,
            earlier: BTreeSet::new(),
            changes: Vec::new(),
            waits: false,
        };
        works.insert(id.clone(), work);
        losing.extend(after.lowered.then(|| id.clone()));
    }
    for owed in &reports.owed {
        // An account that was read and that is open is judged by what it has now. It keeps its address.
        let open = after.get(&owed.account).filter(|after| after.active);
        let address = owed.address.clone().filter(|address| open.is_none_or(|after| !after.has(address)));
        if open.is_none() || owed.address.is_none() {
            losing.insert(owed.account.clone());
        }
        let work = works.entry(owed.account.clone()).or_insert_with(|| ReportWork {
            account: owed.account.clone(),
            person: owed.person.clone(),
            follows: Follows::Earlier,
            address: None,
            earlier: BTreeSet::new(),
            changes: Vec::new(),
            waits: false,
        });
        work.earlier.extend(address);
    }
    (works, losing)
}

/// Finds the accounts and people behind each owner.
fn holders(
    situation: &Situation<'_>,
    owner: Owner,
    after: &AccountsById<'_>,
    opened: &Opened,
) -> BTreeMap<String, OwnerCandidates> {
    let mut holders: BTreeMap<String, OwnerCandidates> = BTreeMap::new();
    for (id, of) in after {
        let name = match owner {
            Owner::Login => of.account.login.clone(),
            Owner::Account => Some(id.to_string()),
            Owner::Person => of.account.person.as_ref().map(ToString::to_string),
        };
        let Some(name) = name else { continue };
        let holder = holders.entry(name).or_default();
        // An active account goes first, because it is the person's account now.
        let place = if of.active { 0 } else { holder.accounts.len() };
        holder.accounts.insert(place, id.clone());
        holder.rights.extend(of.rights.iter().cloned());
        if of.active {
            let who = of.account.person.as_ref().map_or_else(|| id.to_string(), ToString::to_string);
            holder.people.insert(who);
        }
        holder.ignored |= situation.lists.ignored_accounts.contains(id);
    }
    for (new, rights) in opened {
        let name = match owner {
            Owner::Login => new.login.clone(),
            Owner::Account => None,
            Owner::Person => Some(new.person.to_string()),
        };
        // A person without an account yet owns no report that could end.
        if let Some(holder) = name.and_then(|name| holders.get_mut(&name)) {
            holder.rights.extend(rights.iter().cloned());
            holder.people.insert(new.person.to_string());
        }
    }
    holders
}

/// Removes the addresses that accounts no longer have from the recipients of all reports. An account that stays open and
/// has another address gets the reports there.
fn addresses(
    situation: &Situation<'_>,
    reports: &Reports,
    (after, opened): (&AccountsById<'_>, &Opened),
    table: &mut Table,
) {
    let of_work = |work: &ReportWork| {
        let addresses = work.address.iter().chain(&work.earlier);
        addresses.map(|address| (work.account.clone(), address.clone())).collect::<Vec<_>>()
    };
    let leaving: Vec<(AccountId, String)> = table.works.values().flat_map(of_work).collect();
    for (account, address) in leaving {
        let at: Vec<usize> = (0..table.rows.len())
            .filter(|at| table.rows.get(*at).is_some_and(|row| row.goes_to(&address)))
            .collect();
        if at.is_empty() {
            continue;
        }
        let Some(users) = &reports.users else {
            if let Some(work) = table.works.get_mut(&account) {
                work.waits = true;
            }
            continue;
        };
        let address_of_new = |new: &NewAccount| new.email.as_deref().map(folded) == Some(folded(&address));
        let lets_go = |id: &AccountId| after.get(id).is_some_and(|after| !after.has(&address));
        let used = users
            .get(&folded(&address))
            .is_some_and(|ids| ids.iter().any(|id| *id != account && !lets_go(id)))
            || after.iter().any(|(id, after)| *id != account && after.has(&address))
            || opened.iter().any(|(new, _)| address_of_new(new));
        if used {
            continue;
        }
        let instead =
            after.get(&account).filter(|after| after.active).and_then(|after| after.email.as_deref());
        for at in at {
            if let Some(row) = table.rows.get(at) {
                let without = match instead {
                    Some(new) => row.readdressed((address.as_str(), new), situation.today),
                    None => row.without(&address, situation.today),
                };
                table.change(at, &account, without);
            }
        }
    }
}
