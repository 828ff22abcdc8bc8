//! The acts of people, mistakes, operators and people who try to gain access. Each act changes the tree and tells the
//! oracle what it means, or that it means nothing.
//!
//! A step is a line of text and never fails. If it has nothing to work on, it does nothing. So any other step can be
//! left out of a history.

mod slips;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::ToSpan;

use super::desk::*;
use super::oracle::{Grant, Oracle, State, Version};
use slips::slip;

/// One step: its time, its act, its person, its way and its amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The true time in seconds since the first midnight.
    pub at: i64,
    pub verb: String,
    pub who: String,
    pub what: String,
    pub n: i64,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, verb, n) = (self.at, &self.verb, self.n);
        write!(f, "{at} {verb} {} {} {n}", word(&self.who), word(&self.what))
    }
}

fn word(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

impl Step {
    pub fn new(at: i64, verb: &str, who: &str, what: &str, n: i64) -> Self {
        let [verb, who, what] = [verb, who, what].map(str::to_owned);
        Self { at, verb, who, what, n }
    }

    /// Reads a line as it is printed.
    pub fn read(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [at, verb, who, what, n] = parts[..] else { return None };
        let unword = |text: &str| if text == "-" { "" } else { text }.to_owned();
        Some(Self {
            at: at.parse().ok()?,
            verb: verb.to_owned(),
            who: unword(who),
            what: unword(what),
            n: n.parse().ok()?,
        })
    }
}

/// Mistakes with one file. An unchanged access must survive all of them except `away`.
pub const TORN: [&str; 11] =
    ["cut", "drop", "swap", "twice", "newbad", "refused", "baddate", "markers", "crlf", "longer", "lift"];
pub const MOVED: [&str; 6] = ["capital", "trust", "nofolder", "top", "two", "movebad"];
pub const AROUND: [&str; 5] = ["copy", "copybeside", "litter", "swapfile", "backup-copy"];
/// Files a level too deep, or beside the state. An unchanged access must survive all of them.
pub const DEEP: [&str; 3] = ["deeper", "inner", "beside"];
pub const GREEDY: [&str; 7] = ["self", "wrong", "spent", "borrow", "future", "unit", "rejected"];

/// Letters for digits: a long number in a file looks like a telephone number.
pub fn request(at: i64, number: i64) -> String {
    let letters = |n: i64| n.to_string().bytes().map(|b| char::from(b'a' + b - b'0')).collect::<String>();
    format!("R-{}-{}", letters(at), letters(number))
}

/// Does one step on the tree and tells the oracle. The driver does the steps that need the engine.
pub fn act(step: &Step, today: Day, desk: &mut Desk, oracle: &mut Oracle) {
    let (at, who, what, n) = (step.at, step.who.as_str(), step.what.as_str(), step.n);
    let ahead = |days: i64| today.checked_add(days.days()).unwrap();
    let leaving =
        ["leave", "revoke", "revokebad", "move", "end", "role", "back"].contains(&step.verb.as_str());
    if leaving && PILLARS.contains(&who) {
        return;
    }
    // If a person's row in the memory was changed by hand, the next change waits until the row is put back. Two changes
    // of one row would not be one mistake.
    if step.verb != "repair" && desk.slips.iter().any(|slip| !slip.undo.is_empty() && slip.who == who) {
        return;
    }
    match step.verb.as_str() {
        // A person gets access. `what` is trust:role:application, and `n` packs start and length.
        "give" => {
            let parts: Vec<&str> = what.split(':').collect();
            let [trust, role, application] = parts[..] else { return };
            let (start, length) = (n / 1000, n % 1000);
            give(desk, oracle, at, 0, who, trust, role, application, today, ahead(start), length);
        }
        "mass" => {
            for number in 0..n {
                let person = format!("flokk{}.{}", number, request(at, 0).to_lowercase().replace("r-", ""));
                give(desk, oracle, at, number, &person, who, "LU", "smerteregisteret", today, today, 0);
            }
        }
        "back" => {
            let Some(place) = desk.only(who).or_else(|| {
                desk.deleted.keys().find(|(_, person)| person == who && desk.places(who).is_empty()).cloned()
            }) else {
                return;
            };
            if oracle.of(who).any(|grant| !matches!(grant.state, State::Gone(_))) {
                return;
            }
            mend(desk, who);
            desk.files.remove(&place);
            give(desk, oracle, at, 0, who, &place.0, "LU", "smerteregisteret", today, today, n);
        }
        "extend" | "end" | "role" => edit(step, today, desk, oracle),
        "revoke" => {
            for place in desk.places(who) {
                mend(desk, who);
                let by = approver(&place.0, "LU").to_owned();
                let file = desk.files.get_mut(&place).unwrap();
                for entry in &mut file.access {
                    entry.revoked.get_or_insert((today, by.clone()));
                }
            }
            gone(oracle, who, None, at);
        }
        // The same act comes beside a mistake in the file.
        "revokebad" => {
            let Some(place) = desk.only(who).filter(|place| desk.over(place).is_none()) else { return };
            act(&Step { verb: "revoke".to_owned(), ..step.clone() }, today, desk, oracle);
            let text = desk.files[&place].text().replacen("from: 2", "from: x2", 1);
            desk.slips.push(Slip {
                kind: "revokebad".to_owned(),
                who: who.to_owned(),
                since: at,
                over: BTreeMap::from([(path(&place.0, who), Some(text.into_bytes()))]),
                covers: BTreeMap::from([(place, Takes::Nothing)]),
                folder: None,
                undo: Vec::new(),
            });
        }
        "leave" => {
            mend(desk, who);
            for place in desk.places(who) {
                let file = desk.files.remove(&place).unwrap();
                desk.deleted.insert(place, file);
            }
            gone(oracle, who, None, at);
        }
        "move" => {
            let Some(place) = desk.only(who) else { return };
            if place.0 == what || TRUSTS.iter().all(|known| known.0 != what) {
                return;
            }
            mend(desk, who);
            let file = desk.files.remove(&place).unwrap();
            let employer = file.employer.clone();
            desk.deleted.insert(place.clone(), file);
            gone(oracle, who, Some(&place.0), at);
            give(desk, oracle, at, 0, who, what, "LU", "smerteregisteret", today, today, 0);
            if let Some(file) = desk.files.get_mut(&(what.to_owned(), who.to_owned())) {
                file.employer = employer;
            }
        }
        // An application is rejected at a trust. Either it is the one that an attacker uses at the moment `n`. Or a
        // person who may not reject there rejects the one that an honest change uses at that moment. The latter keeps
        // nobody out.
        "reject" => {
            let (by, number) = match who {
                "wrong" => (if what == "ahus" { "lc.fonnasen" } else { "lc.ahusen" }, 0),
                _ => (approver(what, "LU"), 7),
            };
            let (trust, by) = (what.to_owned(), by.to_owned());
            desk.rejected.push(Rejection { trust, request: request(n, number), on: today, by });
        }
        // Limits are not changed while a folder is not in its place. What the new limits let go would be another question.
        "raise" | "lower" => {
            desk.put_folders_back();
            desk.limits = if step.verb == "raise" { RAISED } else { LIMITS };
        }
        // The driver does these, because it knows the content of the store.
        "unleave" | "sqlrole" | "sqluntil" | "sqlaccount" => {}
        "repair" => {
            desk.slips.retain(|slip| !(who.is_empty() || slip.who == who));
        }
        kind => slip(kind, step, today, desk, oracle),
    }
}

fn gone(oracle: &mut Oracle, who: &str, trust: Option<&str>, at: i64) {
    for grant in &mut oracle.grants {
        if grant.person == who && grant.state != State::Doubt && trust.is_none_or(|t| t == grant.trust) {
            if let State::Gone(_) = grant.state {
                continue;
            }
            grant.state = State::Gone(at);
        }
    }
}

/// An honest person corrects the mistakes that they find in the file.
pub fn mend(desk: &mut Desk, who: &str) {
    let places = desk.places(who);
    desk.slips.retain(|slip| !slip.undo.is_empty() || !places.iter().any(|p| slip.covers.contains_key(p)));
}

#[expect(clippy::too_many_arguments, reason = "a line of a form")]
pub fn give(
    desk: &mut Desk,
    oracle: &mut Oracle,
    at: i64,
    number: i64,
    person: &str,
    trust: &str,
    role: &str,
    application: &str,
    today: Day,
    from: Day,
    length: i64,
) {
    let place = (trust.to_owned(), person.to_owned());
    let elsewhere = desk.places(person).iter().any(|known| *known != place);
    let has = |grant: &Grant| {
        grant.application == application && grant.trust == trust && !matches!(grant.state, State::Gone(_))
    };
    if elsewhere || oracle.of(person).any(has) || TRUSTS.iter().all(|known| known.0 != trust) {
        return;
    }
    mend(desk, person);
    let until = (length > 0).then(|| from.checked_add(length.days()).unwrap());
    let request = request(at, number);
    let file = desk.files.entry(place).or_insert_with(|| File {
        person: person.to_owned(),
        employer: trust.to_owned(),
        access: Vec::new(),
    });
    file.access.push(Entry {
        application: application.to_owned(),
        unit: unit_of(trust),
        role: role.to_owned(),
        from,
        until,
        request: request.clone(),
        by: approver(trust, role).to_owned(),
        on: today,
        revoked: None,
    });
    oracle.grants.push(Grant {
        person: person.to_owned(),
        trust: trust.to_owned(),
        application: application.to_owned(),
        unit: unit_of(trust),
        request,
        versions: vec![Version { since: at, on: today, role: role.to_owned(), from, until }],
        open: 0,
        state: State::Meant,
        accepted: None,
        given: BTreeSet::new(),
        forgotten: false,
        missed: 0,
    });
}

/// A longer or shorter time, or another role, approved again.
fn edit(step: &Step, today: Day, desk: &mut Desk, oracle: &mut Oracle) {
    let Some(place) = desk.only(&step.who) else { return };
    let of = |grant: &&mut Grant| grant.person == step.who && grant.state == State::Meant;
    let Some(grant) = oracle.grants.iter_mut().find(of) else { return };
    let file = desk.files.get(&place).unwrap();
    let Some(number) = file.access.iter().position(|entry| entry.request == grant.request) else { return };
    let last = grant.last().clone();
    let until = match step.verb.as_str() {
        // This is not done in the last days, because then it may be too late to be in time.
        "extend" => match last.until {
            Some(until) if until >= today.checked_add(4.days()).unwrap() => {
                Some(until.checked_add(step.n.max(1).days()).unwrap())
            }
            _ => return,
        },
        "end" => {
            let day = today.checked_add(step.n.days()).unwrap();
            if last.until.is_some_and(|until| until <= day) || last.from > day || last.from > today {
                return;
            }
            Some(day)
        }
        _ => last.until,
    };
    let role = if step.verb == "role" { step.what.as_str() } else { &last.role };
    let by = approver(&place.0, role);
    let entry = &file.access[number];
    // A second approval of the same day by the same person cannot be told from the first.
    if (role == last.role && until == last.until) || (entry.by == by && entry.on == today) {
        return;
    }
    mend(desk, &step.who);
    let entry = &mut desk.files.get_mut(&place).unwrap().access[number];
    entry.until = until;
    entry.role = role.to_owned();
    entry.by = by.to_owned();
    entry.on = today;
    grant.change(step.at, today, |version| {
        version.until = until;
        version.role = role.to_owned();
    });
}
