//! Prepares a pass up to the decision. The data of the case is read once, and the core decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{Base, Head};
use portvakt_core::decide::{
    AtNewest, Case, Decided, Distrust, EndedRights, EntryQuestion, FileReviews, ForgeAnswers, HeldSince,
    Known, Needs, Observation, PutBack, ReportsObserved, Rest, RuleChange, Scope, SeenTree, Spent,
    WantedOfUnsettled, approved_rejections, day_in, decide, head_in_pass, keys_to_ask, may_return, needs,
    reviews_of_each, served_by_the_forgotten, sizes_matter, statements_of_head, unproven_rejections,
    without_taken,
};
use portvakt_core::judge::{ForgeInquiry, Pins, Rules, Used};
use portvakt_core::model::{Digest, Register, TrustId};
use portvakt_core::plan::{Sizes, Untrusted};
use portvakt_core::review::{self, UsedFrom};
use portvakt_core::store::{LeftRole, Misfit};
use portvakt_core::zone::time_zone;
use portvakt_database::Connection;

use super::adopt::owners;
use super::asked::{Newest, PassError, PassInput, PassTools};
use super::look::{looks, pins};
use super::observe::observe;
use super::office::Office;
use super::settings::{SettingsChange, Settled};
use super::{distrust, reports, unfinished};
use crate::memory;
use crate::memory::{AskedSlots, Bound, Days, Slot};

/// Makes a pass without writing anything. It reads the data of the case and lets the core decide.
///
/// # Errors
/// When nothing has been accepted yet, or memory or store cannot be read.
pub fn prepare_pass(
    asked: &mut PassTools<'_>,
    seen: PassInput<'_>,
    scope: &Scope,
) -> Result<Decided, PassError> {
    let conn = asked.memory;
    let Office { rules, last, clock, differs: mut rest } = Office::of(conn, asked.shelf, seen.now)?;
    let today = clock.day;
    let (releases, never_given) = asked.shelf.ledger(conn)?.releases(conn, (seen.now, &clock))?;
    rest.extend(never_given.into_iter().map(Rest::Release));
    let settings = SettingsChange { rules: &rules, releases: &releases, today, told: clock.told };
    let Settled { change, everybody, signed, differs } = settings.of(asked, &seen)?;
    rest.extend(differs);

    let looks = looks(conn, asked.shelf.ledger(conn)?, &seen, scope)?;
    let since = memory::seen_astray(conn)?;
    let held = HeldSince { since: &since, today: &clock };
    let head = head_in_pass(&looks, seen.snapshot, &rules.register, held);
    let due = match scope {
        Scope::Whole => BTreeSet::new(),
        Scope::Files(_) => Days { register: &rules.register, ends: clock.ends }.due(conn)?,
    };
    let Needs { base: wanted, unsettled, people } = needs(&head, &due, scope);
    let mut base = memory::base_as_it_stands(conn, &rules.register, wanted.as_ref())?;
    let slots = unsettled.as_ref().map_or(AskedSlots::Every, slots_of);
    let ledger = asked.shelf.ledger(conn)?;
    let mut distrust = distrust::compare_with_ledger(ledger, conn, &mut base, &slots)?;
    asked.shelf.keep_differing(&distrust.rest, &slots);
    let ledger = asked.shelf.ledger(conn)?;
    let (removals, additions, less) = ledger.used(conn, clock.shown)?;
    let debts = ledger.debts(conn)?;
    rest.extend(less);
    distrust.also(rest);
    let mut served = keys_to_ask(&head, &base);
    served.retain(|key| ledger.served_somebody_forgotten(key));
    served_by_the_forgotten(&mut base, &served);
    let unfinished = unfinished::read_unfinished(conn, unsettled.as_ref())?;
    let settled = (&*rules, &change, &signed);
    let (pins, used, put_back) = judged_before(asked, &seen, (&head, settled, &slots), &mut distrust)?;
    let at_newest = seen.newest.map(|newest| at_newest(newest, &head)).transpose()?;

    let in_force = change.proposed.register_in_force(&rules);
    let account_lists = without_taken(in_force, &owners(conn, in_force.adopted_accounts.keys())?);
    let in_force_now = account_lists.as_ref().unwrap_or(in_force);
    let observed = observe(asked.store, (conn, clock.shown), &base, in_force_now, people)?;
    let reports = reports::read_reports(asked, (&observed, &debts), &rules.register, today)?;
    let mut findings = seen.findings.to_vec();
    if asked.reports.is_none() && matches!(scope, Scope::Whole) {
        findings.extend(reports::stranded(conn)?);
    }
    // A program that was killed since may have begun the run.
    let together = memory::run_removals(conn)?;
    let (first_access, user_lists) = user_lists(&seen, (&*rules, &used), (scope, &head), conn, today)?;
    let unproven = unproven_rejections(seen.snapshot.requests(), &rules.register, &used);
    let rejections = approved_rejections(&reviews_of_each(seen.reviews, unproven), &rules.register);
    // The forge is asked nothing after this.
    findings.extend(seen.reviews.troubles());
    let mut spent = Spent { removals, additions, together, sizes: Sizes::default() };
    if sizes_matter(scope, (&head, &due, &base), &spent, (&unfinished, &rules.register)) {
        spent.sizes = memory::sizes(conn, today)?;
    }
    findings.extend(asked.store.misfits()?.iter().map(Misfit::finding));
    // An account that this program did not open, and that is nobody's here, is not its business.
    let is_ours =
        |left: &&LeftRole| left.person.is_some() || in_force.adopted_accounts.contains_key(&left.account);
    findings.extend(asked.store.left_roles().iter().filter(is_ours).map(LeftRole::finding));
    let ended_with = ended_with(asked.shelf.ledger(conn)?, &base, &head);
    let case = Case {
        change,
        question: EntryQuestion::Today,
        today: clock,
        seen: SeenTree {
            snapshot: seen.snapshot,
            written: seen.written,
            newest: at_newest.as_ref(),
            branch: seen.branch,
            copy: seen.copy,
            now: seen.now,
            moment: Some(seen.moment),
        },
        scope,
        head,
        known: Known {
            base,
            distrust,
            everybody,
            account_lists,
            used,
            put_back,
            replaced: asked.shelf.followed().replaced_statements().clone(),
            used_from: UsedFrom::Passes,
            pins,
            releases,
            spent,
            first_access,
            last,
            due,
            patience: std::mem::take(asked.patience),
            unfinished,
        },
        forge: ForgeAnswers { asked: ForgeInquiry::Asked, user_lists, rejections },
        observation: Some(Observation {
            observed,
            reports: ReportsObserved { seen: reports, debts },
            ended_with,
        }),
        findings,
        rules,
    };
    let (decided, patience) = decide(case);
    *asked.patience = patience;
    Ok(decided)
}

/// Returns what the ledger says about subscriptions that ended with a right, for every right that somebody may have
/// again.
fn ended_with(ledger: &Bound, base: &Base, head: &Head) -> EndedRights {
    let mut all = EndedRights::new();
    for grant in may_return(base, head) {
        let person = &grant.key.person;
        if ledger.has_lost(person) {
            let right = grant.right();
            let ended = ledger.ended_with(person, &right);
            if !ended.is_empty() {
                all.insert((person.clone(), right), ended);
            }
        }
    }
    all
}

/// Returns the slots of the holds and the refusals that a pass over few files needs.
fn slots_of(wanted: &WantedOfUnsettled) -> AskedSlots {
    let refusals = wanted.refusals.iter().map(Slot::of_refusals);
    AskedSlots::These(wanted.holds.iter().map(Slot::of_hold).chain(refusals).collect())
}

/// Reads by which rules refused entries were judged first, and which statements have served before. The memory is asked
/// about the statements of the head and of the lists.
///
/// In a pass over few files the slots of these statements are compared with the ledger before. If one of them
/// differs, the first judgements are not relied on either. Statements that an earlier comparison found to have served
/// are not looked up again: the lists hold hundreds of statements after some years, and a pass over few files has
/// changed none of them.
fn judged_before(
    asked: &mut PassTools<'_>,
    seen: &PassInput<'_>,
    (head, (rules, change, signed), slots): (&Head, (&Rules, &RuleChange, &BTreeSet<Digest>), &AskedSlots),
    distrust: &mut Distrust,
) -> Result<(Pins, Used, PutBack), PassError> {
    let conn = asked.memory;
    let zone = time_zone(&rules.register.time_zone)?;
    let day = |moment: &Timestamp| day_in(&zone, *moment);
    let unwatched = asked.shelf.ledger(conn)?.unwatched().iter().map(|(from, to)| (day(from), day(to)));
    let unwatched: Vec<(Date, Date)> = unwatched.collect();
    let mut first = pins(asked, conn, (head, &distrust.untrusted), &unwatched)?;
    let mut statements = statements_of_head(head, rules, change, &first);
    let mut lists = asked.shelf.list_statements(seen.snapshot, rules);
    let put_back = asked.shelf.put_back(seen.snapshot, seen.reviews, rules);
    lists.extend(put_back.values());
    let mut known = BTreeSet::new();
    if let AskedSlots::These(_) = slots {
        known = asked.shelf.known_to_have_served(&lists);
        let served = statements.accesses.iter().chain(lists.difference(&known)).chain(signed);
        let slots = AskedSlots::These(served.map(Slot::of_served).collect());
        if distrust::also_slots(distrust, asked.shelf.ledger(conn)?, conn, &slots)? {
            asked.shelf.keep_differing(&distrust.rest, &slots);
            first = pins(asked, conn, (head, &distrust.untrusted), &unwatched)?;
            statements = statements_of_head(head, rules, change, &first);
        }
    }
    statements.accesses.extend(lists.difference(&known));
    let mut used = memory::used_statements_among(conn, &statements.accesses)?;
    used.extend(known);
    if distrust.untrusted != Untrusted::Everybody {
        asked.shelf.keep_served(lists.intersection(&used).copied().collect());
    }
    // What was taken out of a list and put back is remembered only if it has counted since.
    let unknown: BTreeSet<Digest> =
        put_back.iter().filter(|(_, mark)| !used.contains(*mark)).map(|(statement, _)| *statement).collect();
    used.retain(|statement| !unknown.contains(statement));
    used.extend(memory::used_person_statements_among(conn, &statements.identifying)?);
    Ok((first, used, put_back))
}

/// Reads what is known about the user lists: the day of the oldest access at each trust, and what the forge knows of
/// the lists that do not count yet. The forge is not asked about other lists. A pass over few files asks only about
/// the trusts of these files, since new access there may wait for a review.
fn user_lists(
    seen: &PassInput<'_>,
    (rules, used): (&Rules, &Used),
    (scope, head): (&Scope, &Head),
    conn: &Connection,
    today: Date,
) -> Result<(BTreeMap<TrustId, Date>, FileReviews), PassError> {
    let files = seen.snapshot.reviews();
    if files.is_empty() && rules.register.reviews_from.is_none() {
        return Ok((BTreeMap::new(), FileReviews::new()));
    }
    let trusts: Option<BTreeSet<TrustId>> = match scope {
        Scope::Whole => None,
        Scope::Files(_) => Some(head.files.values().flat_map(BTreeMap::keys).cloned().collect()),
    };
    let first_access = memory::oldest(conn, today, trusts.as_ref())?;
    Ok((first_access, reviews_of_each(seen.reviews, review::unproven(files, rules, used))))
}

/// Reads the files that are looked at as they are at the newest commit.
fn at_newest(newest: &dyn Newest, head: &Head) -> Result<AtNewest, PassError> {
    head.iter().map(|(path, ..)| Ok((path.clone(), newest.bytes(&path)?.map(Into::into)))).collect()
}

/// Returns the register's day at a moment. The day begins at midnight in the register's time zone, in summer and in
/// winter.
///
/// # Errors
/// When this machine does not know the register's time zone.
pub fn day_at(register: &Register, now: Timestamp) -> Result<Date, PassError> {
    Ok(day_in(&time_zone(&register.time_zone)?, now))
}
