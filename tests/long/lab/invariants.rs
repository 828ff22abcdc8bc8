//! The rules that must hold after every pass, and those that must hold at the end of a history.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Day, Desk, LIMITS, Place, additions};
use super::oracle::{DAY, Date, Grant, Loss, Oracle, State, over};
use super::world::{GRACE, Store, Told};

/// The invariant that does not hold, and what was seen.
#[derive(Debug, Clone)]
pub struct Failure {
    pub invariant: &'static str,
    pub what: String,
}

pub fn fail<T>(invariant: &'static str, what: String) -> Result<T, Failure> {
    Err(Failure { invariant, what })
}

pub type Rights = BTreeMap<String, BTreeSet<String>>;

/// A pass that was made, and all that was known about it.
pub struct After<'a> {
    pub at: i64,
    pub date: Date,
    pub lasting: bool,
    /// Tells whether the store is another program's. Decided steps may then be done later.
    pub elsewhere: bool,
    /// Tells whether the run ended by itself. A run that was killed need not have done anything.
    pub ended: bool,
    pub before: &'a Rights,
    pub store: &'a Store,
    pub told: &'a Told,
    /// Files from which the law lets absence act.
    pub lawful: &'a BTreeSet<Place>,
    /// Files that stand as they are meant.
    pub shown: &'a BTreeSet<Place>,
    pub stale: bool,
    pub desk: &'a Desk,
}

fn place(grant: &Grant) -> Place {
    (grant.trust.clone(), grant.person.clone())
}

pub fn minus<'a>(one: &'a Rights, other: &Rights) -> Vec<(&'a String, &'a String)> {
    let in_other = |who: &String, right: &String| other.get(who).is_some_and(|rights| rights.contains(right));
    one.iter()
        .flat_map(|(who, rights)| rights.iter().map(move |right| (who, right)))
        .filter(|(who, right)| !in_other(who, right))
        .collect()
}

pub fn after_pass(after: &After<'_>, oracle: &mut Oracle) -> Result<(), Failure> {
    let rights = &after.store.rights;
    if let Some(who) = rights.keys().find(|who| who.starts_with("closed:")) {
        return fail("closed has nothing", format!("{who} has {:?}", rights[who]));
    }
    doubts(after, oracle);
    let lost = minus(after.before, rights);
    let gained = minus(rights, after.before);
    losses(after, oracle, &lost, &gained)?;
    gains(after, oracle, &gained)?;
    limits(after, oracle)?;
    if !after.ended {
        return Ok(());
    }
    settle(after, oracle);
    deadlines(after, oracle)
}

/// Notes the cases in which the law allows either result from now on.
fn doubts(after: &After<'_>, oracle: &mut Oracle) {
    for grant in oracle.grants.iter_mut().filter(|grant| grant.state == State::Meant) {
        let has = after.before.get(&grant.person);
        let in_store = has.is_some_and(|rights| rights.iter().any(|right| grant.may_give(right)));
        let late = !over(grant.last(), after.date.trusted)
            && grant.open().iter().any(|version| over(version, after.date.ends));
        let unseen = after.lawful.contains(&place(grant)) && !in_store;
        // A clock that ran ahead may have ended it before it was ever given.
        let ended_unseen = over(grant.last(), after.date.ends) && !in_store;
        // A clock some minutes before midnight may be believed. It then takes today's approval for one of tomorrow, and
        // a refused entry stays refused.
        let early = after.date.steady
            && after.shown.contains(&place(grant))
            && grant.open().iter().any(|version| version.on > after.date.trusted);
        if late || unseen || early || (ended_unseen && !over(grant.last(), after.date.trusted)) {
            grant.state = State::Doubt;
        }
    }
}

fn losses(
    after: &After<'_>,
    oracle: &mut Oracle,
    lost: &[(&String, &String)],
    gained: &[(&String, &String)],
) -> Result<(), Failure> {
    let mut charged: BTreeSet<(String, String)> = BTreeSet::new();
    for (who, right) in lost {
        let trust = oracle.at(right);
        let mut expired = false;
        for grant in oracle.grants.iter_mut().filter(|grant| grant.person == **who) {
            if !grant.may_give(right) {
                continue;
            }
            let ended = grant.open().iter().any(|version| over(version, after.date.ends));
            if grant.state == State::Meant
                && grant.accepted.is_some()
                && grant.always_gives(right)
                && !ended
                && !after.lawful.contains(&place(grant))
            {
                let slips: Vec<String> = after
                    .desk
                    .slips
                    .iter()
                    .filter(|slip| slip.who == **who || slip.folder.as_deref() == Some(trust))
                    .map(|slip| slip.kind.clone())
                    .collect();
                return fail(
                    "nobody loses without a meant loss",
                    format!("{who} lost {right} of request {} ({slips:?})", grant.request),
                );
            }
            // The newest of them is the one that gave it last.
            expired = ended && after.date.steady;
            // An access that no pass has seen cannot have given it.
            let known = grant.accepted.is_some() || !grant.given.is_empty();
            if grant.state == State::Meant && known && grant.right(grant.last()) == **right {
                // An older copy of the file may have restored what it gave before.
                let has = after.store.rights.get(*who);
                let older = has.is_some_and(|rights| rights.iter().any(|right| grant.may_give(right)));
                grant.state = if older { State::Doubt } else { State::Gone(after.at) };
            }
        }
        let changed = gained.iter().any(|(other, gain)| other == who && oracle.at(gain) == trust);
        let released = oracle.released.get(*who).is_some_and(|given| after.at - given < 7 * DAY);
        if !expired && !changed && !released {
            charged.insert(((*who).clone(), trust.to_owned()));
        }
    }
    for (person, trust) in charged {
        oracle.losses.push(Loss { at: after.at, moment: after.date.moment, person, trust });
    }
    Ok(())
}

fn gains(after: &After<'_>, oracle: &mut Oracle, gained: &[(&String, &String)]) -> Result<(), Failure> {
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for (who, right) in gained {
        let at = oracle.at(right);
        let mut why = "nobody ever gave it";
        let mut right_by = false;
        for grant in oracle.grants.iter_mut().filter(|grant| grant.person == **who) {
            if !grant.may_give(right) {
                continue;
            }
            if let State::Gone(_) = grant.state {
                // An accepted right that will be taken away stays until then, from its first day on.
                let waits = !grant.given.contains(*right) && after.told.names(who, at);
                if !waits {
                    why = "it was over for good";
                    continue;
                }
            }
            let begun = grant.open().iter().any(|version| version.from <= after.date.trusted);
            if !begun {
                why = "it has not begun";
                continue;
            }
            grant.given.insert((*right).clone());
            // A run that was killed has read it, if it has given it.
            let only_so = grant.state == State::Meant && grant.versions.len() == 1;
            if !after.ended && !after.told.disturbed && only_so {
                grant.accepted.get_or_insert(after.at);
            }
            right_by = true;
        }
        if !right_by {
            let invariant = if why == "it has not begun" {
                "nobody gains early"
            } else {
                "nobody gains without an accepted approval"
            };
            return fail(invariant, format!("{who} gained {right}: {why}"));
        }
        let released = oracle.released.get(*who).is_some_and(|given| after.at - given < 7 * DAY);
        if !released {
            pairs.insert(((*who).clone(), at.to_owned()));
        }
    }
    for (person, trust) in pairs {
        oracle.gains.push(Loss { at: after.at, moment: after.date.moment, person, trust });
    }
    Ok(())
}

fn count<'a>(of: impl Iterator<Item = &'a Loss>) -> usize {
    of.map(|loss| (&loss.person, loss.at)).collect::<BTreeSet<_>>().len()
}

/// The longest that a fault at the wire stands, in days.
pub const LATE: i64 = 2;

/// Removals and additions of this run and of seven days.
fn limits(after: &After<'_>, oracle: &Oracle) -> Result<(), Failure> {
    let at = after.at;
    // A fault may delay a step. It is counted on the day of the decision and seen on a later day.
    let days = if after.elsewhere { 7 - LATE } else { 7 };
    let since = after.date.moment - jiff::SignedDuration::from_secs(days * DAY);
    let week = |loss: &&Loss| loss.moment > since;
    let trusts: BTreeSet<&str> =
        oracle.losses.iter().chain(&oracle.gains).map(|l| l.trust.as_str()).collect();
    let places = trusts.into_iter().map(Some).chain([None]);
    for trust in places {
        let here = |loss: &&Loss| trust.is_none_or(|trust| loss.trust == trust);
        let name = trust.unwrap_or("the whole register");
        // A daemon that continues at once has made several passes. With a branch, one run counts once for all its
        // commits.
        let runs = if after.lasting { after.told.passes } else { 1 };
        let size = oracle.size(trust, after.before);
        let a_pass = |limits: super::desk::Limits| match trust {
            Some(_) => limits.trust(size),
            None => limits.all(size),
        };
        let allowed = |limits| runs * a_pass(limits);
        let waited = |loss: &&Loss| oracle.waited.contains(&loss.person);
        let now = count(oracle.losses.iter().filter(here).filter(|loss| loss.at == at));
        let old = count(oracle.losses.iter().filter(here).filter(waited).filter(|loss| loss.at == at));
        if old > allowed(LIMITS) {
            return fail(
                "what waits keeps its limits",
                format!("{name}: {old} went after the limits were raised"),
            );
        }
        if at <= oracle.unreckoned {
            continue;
        }
        if now > allowed(after.desk.limits) && !after.told.disturbed {
            return fail("the budget of a run", format!("{name}: {now} lost something at once"));
        }
        let seven = count(oracle.losses.iter().filter(here).filter(week));
        if now > 0 && seven > 2 * a_pass(after.desk.limits) {
            return fail("the budget of seven days", format!("{name}: {seven} lost something"));
        }
        let now = count(oracle.gains.iter().filter(here).filter(|gain| gain.at == at));
        if now > runs * additions(size) && !after.told.disturbed {
            return fail("the budget of additions", format!("{name}: {now} gained something at once"));
        }
        let seven = count(oracle.gains.iter().filter(here).filter(week));
        if now > 0 && seven > 2 * additions(size) {
            return fail(
                "the budget of additions",
                format!("{name}: {seven} gained something in seven days"),
            );
        }
    }
    Ok(())
}

/// Notes that a pass with a correct clock has read a file as it is meant. Its content is accepted from then on.
fn settle(after: &After<'_>, oracle: &mut Oracle) {
    for grant in &mut oracle.grants {
        if grant.state == State::Meant && over(grant.last(), after.date.trusted) {
            grant.state = State::Gone(after.at);
        }
        if grant.state == State::Meant && after.date.steady && after.shown.contains(&place(grant)) {
            grant.open = grant.versions.len() - 1;
            grant.accepted.get_or_insert(after.at);
        }
    }
}

/// Checks that what people mean is done in time, or that a finding tells why not.
fn deadlines(after: &After<'_>, oracle: &mut Oracle) -> Result<(), Failure> {
    const PASSES: u32 = 3;
    let clean = |trust: &str, who: &str| {
        // Litter is passed over, and `revoked` acts whatever else is wrong in its file.
        let harmless = |slip: &super::desk::Slip| ["litter", "swapfile", "revokebad"].contains(&&*slip.kind);
        let covers = |slip: &super::desk::Slip| {
            !harmless(slip)
                && (slip.who == who
                    || slip.folder.as_deref() == Some(trust)
                    || slip.covers.keys().any(|(_, person)| person == who))
        };
        after.date.steady && !after.stale && !after.told.disturbed && !after.desk.slips.iter().any(covers)
    };
    // Litter in a folder is not a reason.
    let littered = |trust: &str| {
        after.desk.slips.iter().any(|slip| slip.kind == "litter" && slip.folder.as_deref() == Some(trust))
    };
    let told =
        |who: &str, trust: &str| after.told.names(who, if littered(trust) { "no folder" } else { trust });
    for grant in &mut oracle.grants {
        let day = after.date.trusted;
        let last = grant.last();
        let should = grant.state == State::Meant
            && grant.accepted.is_some()
            && last.from <= day
            && !over(last, day)
            && clean(&grant.trust, &grant.person);
        let has =
            after.store.rights.get(&grant.person).is_some_and(|rights| rights.contains(&grant.right(last)));
        grant.missed = if should && !has { grant.missed + 1 } else { 0 };
        if grant.missed >= PASSES && !told(&grant.person, &grant.trust) {
            let right = grant.right(grant.last());
            let what =
                format!("{} has no {right} of request {}, and nothing says why", grant.person, grant.request);
            return fail("who is given access has it", what);
        }
    }
    let mut stays = BTreeMap::new();
    for (who, rights) in &after.store.rights {
        for right in rights {
            let trust = oracle.at(right);
            let backed = |grant: &Grant| !matches!(grant.state, State::Gone(_)) && grant.may_give(right);
            if oracle.of(who).any(backed) || !clean(trust, who) {
                continue;
            }
            let key = (who.clone(), right.clone());
            let (seen, since) = oracle.stays.get(&key).copied().unwrap_or((0, after.at));
            stays.insert(key, (seen + 1, since));
            let lasted = !after.lasting || after.at - since > 2 * GRACE;
            if seen + 1 >= PASSES && lasted && !told(who, trust) {
                return fail(
                    "a meant loss is done or something says why",
                    format!("{who} still has {right} after {} passes", seen + 1),
                );
            }
        }
    }
    oracle.stays = stays;
    Ok(())
}

/// Checks the end. Everything is corrected and released, so the store equals what people mean.
pub fn at_the_end(oracle: &Oracle, today: Day, told: &Told) -> Result<(), Failure> {
    let mut must: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut may: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for grant in &oracle.grants {
        let last = grant.last();
        if over(last, today) || last.from > today {
            continue;
        }
        match grant.state {
            State::Meant => {
                must.entry(&grant.person).or_default().insert(grant.right(last));
                may.entry(&grant.person).or_default().insert(grant.right(last));
            }
            State::Doubt => {
                let rights = grant.versions.iter().map(|version| grant.right(version));
                may.entry(&grant.person).or_default().extend(rights);
            }
            State::Gone(_) => {}
        }
    }
    let none = BTreeSet::new();
    let why = |who: &str| -> Vec<&(String, String)> {
        told.notes.iter().filter(|(_, text)| text.contains(who)).take(2).collect()
    };
    for (who, rights) in &must {
        let has = oracle.store.get(*who).unwrap_or(&none);
        if let Some(right) = rights.iter().find(|right| !has.contains(*right)) {
            let what = format!("{who} has no {right}: {:?}", why(who));
            return fail("in the end everybody has what is meant", what);
        }
    }
    for (who, rights) in &oracle.store {
        let allowed = may.get(who.as_str()).unwrap_or(&none);
        if let Some(right) = rights.iter().find(|right| !allowed.contains(*right)) {
            let what = format!("{who} has {right}: {:?}", why(who));
            return fail("in the end nobody has more", what);
        }
    }
    Ok(())
}
