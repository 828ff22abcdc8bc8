//! What the store holds, what may be taken from it, and how far the clock is trusted.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::change::Base;
use crate::database::Connection;
use crate::diag::{Code, Finding, Text, text};
use crate::judge::Rules;
use crate::memory::{self, MemoryError};
use crate::model::{AccountId, ApplicationId, PersonId, Register};
use crate::plan::{
    Budget, Class, ClockTrust, Draft, Extent, Guarded, HeldSet, Item, Loss, Observed, Situation, draft,
};
use crate::store::{ReadStore, StoreError};

/// Draws the steps, and draws them again without what the guard holds.
pub(super) fn guard(
    situation: &Situation<'_>,
    budget: &Budget<'_, MemoryError>,
) -> Result<(Guarded, BTreeSet<Item>, Draft), MemoryError> {
    let first = draft(situation, &BTreeSet::new());
    // Without proof that the list is whole nothing is taken away for being absent (law: absence needs proof).
    let doubtful = matches!(situation.observed.extent, Extent::Doubtful(_));
    let (doubted, judged): (Vec<Loss>, Vec<Loss>) =
        first.losses.iter().cloned().partition(|loss| doubtful && loss.class == Class::Absence);
    let guarded = budget.judge(&judged)?;
    let mut held = guarded.held();
    held.extend(doubted.into_iter().map(|loss| loss.item));
    let drawn = if held.is_empty() { first } else { draft(situation, &held) };
    Ok((guarded, held, drawn))
}

pub(super) fn observe(
    store: &dyn ReadStore,
    base: &Base,
    register: &Register,
    people: Option<BTreeSet<PersonId>>,
) -> Result<Observed, StoreError> {
    let roles = |application: &ApplicationId| {
        let application = application.clone();
        register.roles.keys().map(move |role| (application.clone(), role.clone()))
    };
    store.told_roles(&register.applications.keys().flat_map(roles).collect());
    let (accounts, extent) = match people {
        Some(people) => {
            let mut ids: BTreeSet<AccountId> =
                people.iter().filter_map(|p| base.people.get(p)?.account.clone()).collect();
            let adopted = register.adopted_accounts.iter().filter(|(_, person)| people.contains(*person));
            ids.extend(adopted.map(|(account, _)| account.clone()));
            (store.accounts(&people, &ids)?, Extent::People(people))
        }
        None => {
            let listing = store.list()?;
            let known = base.people.values().filter(|known| known.account.is_some()).count();
            let seen = listing.accounts.len();
            let extent = match listing.incomplete {
                Some(why) => Extent::Doubtful(why),
                // A list far below what the ledger knows is a list that was cut.
                None if seen * 10 < known * 9 => {
                    Extent::Doubtful(format!("it has {seen} accounts, and {known} are known to be in use"))
                }
                None => Extent::Whole,
            };
            let mut accounts = listing.accounts;
            if let Extent::Doubtful(_) = extent {
                // What the list left out is read one by one: not in the list is not "not there".
                let listed: BTreeSet<_> = accounts.iter().map(|account| account.id.clone()).collect();
                let missing = |known: &&crate::change::Known| {
                    known.account.as_ref().is_some_and(|account| !listed.contains(account))
                };
                let ids: BTreeSet<_> =
                    base.people.values().filter(missing).filter_map(|known| known.account.clone()).collect();
                accounts.extend(store.accounts(&BTreeSet::new(), &ids)?);
            }
            (accounts, extent)
        }
    };
    let accounts = accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
    Ok(Observed { accounts, extent })
}
/// Hours the clock may run ahead between two passes before end dates are doubted.
const AHEAD: i64 = 48;

/// Minutes it may run behind: clocks are set right by small steps.
const BEHIND: i64 = 10;

pub(super) fn clock(
    conn: &Connection,
    now: Timestamp,
) -> Result<(ClockTrust, Option<Timestamp>), MemoryError> {
    let mark = memory::clock_mark(conn)?;
    let suspect = mark.is_some_and(|mark| {
        let behind = now.checked_add(BEHIND.minutes()).is_ok_and(|latest| latest < mark);
        behind || mark.checked_add(AHEAD.hours()).is_ok_and(|latest| now > latest)
    });
    Ok((if suspect { ClockTrust::Suspect } else { ClockTrust::Steady }, mark))
}

pub(super) fn clock_finding(now: Timestamp, mark: Option<Timestamp>, today: Date) -> Finding {
    let mark = match mark {
        None => text!(en: "never", nb: "aldri"),
        Some(mark) => Text::same(mark.to_string()),
    };
    let message = text!(
        with mark;
        en: "the clock says {now}, and the last trusted pass was at {mark}",
        nb: "klokken viser {now}, og den siste betrodde gjennomgangen var {mark}"
    );
    let way_out = text!(
        en: "End dates count against the removal budget until somebody confirms the date: `portvakt confirm-date {today} --by A`.",
        nb: "Sluttdatoer teller mot grensen for fjerninger til noen bekrefter datoen: `portvakt confirm-date {today} --by A`."
    );
    Finding::new(Code::ClockSuspect, message, way_out)
}
pub(super) fn held_finding(set: &HeldSet, rules: &Rules) -> Finding {
    let place = match &set.trust {
        Some(trust) => Text::same(
            rules.register.trusts.get(trust).map_or_else(|| trust.to_string(), |known| known.name.clone()),
        ),
        None => whole_register(),
    };
    let (asked, allowed, names, digest) = (set.asked, set.allowed, names(&set.people), set.digest);
    let message = text!(
        with place, names;
        en: "{place}: {asked} people would lose access and the budget allows {allowed}; held: {names}",
        nb: "{place}: {asked} personer ville miste tilgang, og grensen er {allowed}; holdt tilbake: {names}"
    );
    let way_out = text!(
        en: "If it is meant, two national administrators release it: `portvakt release {digest} --by A --by B`; if not, put the files back.",
        nb: "Er det meningen, frigir to nasjonale administratorer det: `portvakt release {digest} --by A --by B`; hvis ikke, legg filene tilbake."
    );
    Finding::new(Code::RemovalsHeld, message, way_out)
}

pub(super) fn whole_register() -> Text {
    text!(en: "the whole register", nb: "hele registeret")
}

pub(super) fn names(people: &BTreeSet<String>) -> Text {
    const SHOWN: usize = 8;
    let first = people.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match people.len().saturating_sub(SHOWN) {
        0 => Text::same(first),
        more => text!(en: "{first} and {more} more", nb: "{first} og {more} til"),
    }
}
