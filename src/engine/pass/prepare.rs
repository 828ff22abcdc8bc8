//! Prepares a pass up to the decision. The data of the case is read once, and the core decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{Base, Head, HeadFile};
use portvakt_core::decide::{
    AtNewest, Case, Decided, Known, Observation, Patience, Proposed, Rest, Scope, Spent, day_in, decide, head,
};
use portvakt_core::judge::Forge;
use portvakt_core::model::{BudgetLimits, GrantKey, PersonId, Register, TrustId};
use portvakt_core::plan::{BudgetUse, Sizes};
use portvakt_core::zone::time_zone;

use super::adopt::without_taken;
use super::asked::{Asked, Newest, PassError, PassInput};
use super::look::{looks, pins, wanted};
use super::observe::observe;
use super::office::Office;
use super::settings::Settings;
use super::{distrust, known, reports};
use crate::memory;
use crate::memory::MemoryError;
use crate::memory::bound::Extent;

/// Makes a pass without writing anything. It reads the data of the case and lets the core decide.
///
/// # Errors
/// When nothing has been accepted yet, or memory or store cannot be read.
pub fn prepare(asked: &mut Asked<'_>, seen: PassInput<'_>, scope: &Scope) -> Result<Decided, PassError> {
    let conn = asked.memory;
    let Office { rules, last, clock, differs: mut rest } = Office::of(conn, asked.shelf, seen.now)?;
    let today = clock.day;
    let (releases, never_given) = asked.shelf.ledger(conn)?.releases(conn, seen.now)?;
    rest.extend(never_given.into_iter().map(Rest::Release));
    let used = memory::used_statements(conn)?;
    let settings = Settings { rules: &rules, releases: &releases, used: &used, today };
    let mut change = settings.of(asked, &seen)?;

    let looks = looks(conn, asked.shelf.ledger(conn)?, &seen, scope)?;
    let head = head(&looks, seen.snapshot.odd(), &rules.register);
    let due = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(_) => memory::due(conn, clock.ends)?,
    };
    let wanted = wanted(&head, &due, scope);
    let mut base = memory::base_as_it_stands(conn, &rules.register, wanted.as_ref())?;
    let extent = if wanted.is_some() { Extent::Slice } else { Extent::Whole };
    let ledger = asked.shelf.ledger(conn)?;
    let mut distrust = distrust::of(ledger, conn, &mut base, extent)?;
    let (removals, additions, less) = ledger.used(conn, clock.moment)?;
    rest.extend(less);
    distrust.also(rest);
    served_by_the_forgotten(&mut base, &head, |key| ledger.served_somebody_forgotten(key))?;
    let known = known::read(conn)?;
    let pins = pins(asked, conn, &head, &distrust.untrusted)?;
    let at_newest = seen.newest.map(|newest| at_newest(newest, &head)).transpose()?;

    let people = match scope {
        Scope::Whole => None,
        Scope::Files(_) => Some(head.files.keys().cloned().chain(due.iter().cloned()).collect()),
    };
    let in_force = match &change.proposed {
        Proposed::Released(new, _) => &new.register,
        _ => &rules.register,
    };
    change.lists = without_taken(conn, in_force)?;
    let lists = change.lists.as_ref().unwrap_or(in_force);
    let observed = observe(asked.store, &base, lists, people)?;
    let reports = reports::look(asked, &observed, &rules.register, today)?;
    if asked.reports.is_none() && matches!(scope, Scope::Whole) {
        change.findings.extend(reports::stranded(conn)?);
    }
    let together = seen.together.clone();
    let mut spent = Spent { removals, additions, together, sizes: Sizes::default() };
    if sizes_matter(scope, (&head, &due, &base), &spent, (&known, &rules.register)) {
        spent.sizes = memory::sizes(conn, today)?;
    }
    let ledger = asked.shelf.ledger(conn)?;
    let case = Case {
        change,
        today: clock,
        last,
        seen: portvakt_core::decide::Seen {
            snapshot: seen.snapshot,
            written: seen.written,
            newest: at_newest.as_ref(),
            copy: seen.copy,
            now: seen.now,
            moment: Some(seen.moment),
        },
        scope,
        head,
        due,
        base,
        distrust,
        releases,
        used,
        pins,
        known,
        spent,
        observation: Some(Observation {
            observed,
            reports,
            ended_with: &|person, right| ledger.ended_with(person, right),
        }),
        forge: Forge::Asked,
        patience: std::mem::replace(asked.patience, Patience::None),
        rules,
    };
    let (decided, patience) = decide(case);
    *asked.patience = patience;
    Ok(decided)
}

/// Reads the files that are looked at as they are at the newest commit.
fn at_newest(newest: &dyn Newest, head: &Head) -> Result<AtNewest, PassError> {
    head.iter().map(|(path, ..)| Ok((path.clone(), newest.bytes(&path)?.map(Into::into)))).collect()
}

/// Says whether the number of people with access can matter. It cannot if so few people are looked at that even the
/// smallest limits allow every change.
fn sizes_matter(
    scope: &Scope,
    (head, due, base): (&Head, &BTreeSet<PersonId>, &Base),
    spent: &Spent,
    (known, register): (&Known, &Register),
) -> bool {
    let Scope::Files(_) = scope else { return true };
    let mut pairs: BTreeSet<(&PersonId, Option<&TrustId>)> = BTreeSet::new();
    for person in head.files.keys().chain(due) {
        pairs.insert((person, None));
        let files = head.files.get(person).into_iter().flat_map(BTreeMap::keys);
        let grants = base.people.get(person).into_iter().flat_map(|known| known.grants.values());
        let trusts = files.chain(grants.map(|standing| &standing.grant.trust));
        pairs.extend(trusts.map(|trust| (person, Some(trust))));
    }
    let most = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
    let most = most.saturating_add(spent.together.all);
    let suffice = |limits: &BudgetLimits, used: &BudgetUse| {
        let at_trusts = used.trusts.values().chain([&0]).all(|used| most <= limits.at_trust(0, *used));
        at_trusts && most <= limits.over_all(0, used.all)
    };
    let first = known.first_limits.as_ref();
    let removals = first
        .map_or_else(|| register.removal_limits.clone(), |first| first.tighter(&register.removal_limits));
    !(suffice(&removals, &spent.removals) && suffice(&register.addition_limits, &spent.additions))
}

/// Marks requests that served a person who has been forgotten since. Such a request cannot serve another person.
fn served_by_the_forgotten(
    base: &mut Base,
    head: &Head,
    served: impl Fn(&GrantKey) -> bool,
) -> Result<(), MemoryError> {
    let mut spent = BTreeSet::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        let keys = entries.iter().map(|entry| &entry.grant.key);
        spent.extend(
            keys.filter(|key| base.standing(key).is_none() && served(key)).map(|key| key.request.clone()),
        );
    }
    for request in spent {
        let nobody = PersonId::new("unknown").map_err(|why| MemoryError::Damaged(why.to_string()))?;
        base.requests.entry(request).or_default().insert(nobody);
    }
    Ok(())
}

/// Returns the register's day at a moment. The day begins at midnight in the register's time zone, in summer and in
/// winter.
///
/// # Errors
/// When this machine does not know the register's time zone.
pub fn day(register: &Register, now: Timestamp) -> Result<Date, PassError> {
    Ok(day_in(&time_zone(&register.time_zone)?, now))
}
