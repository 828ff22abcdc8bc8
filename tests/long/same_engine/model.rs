//! The rules of the procedure (`docs/rules.md`) and the laws (`docs/laws.md`), written down in plain code. They say who
//! may approve what, what proves an approval, and when settings come into force. The model uses neither the policy
//! language nor the code that judges.
//!
//! It is slow and simple on purpose. It computes everything itself, except which removals the budget holds.

use std::collections::{BTreeMap, BTreeSet};

use self::changes::{Asked, changes};
use self::evidence::{evidence, rejected};
use self::past::{Authority, Past, past};
use self::protected::protected;
use self::rules::{besides, busiest, rules};
use crate::same_engine::words::*;

mod changes;
mod evidence;
mod past;
mod protected;
mod rules;

/// The key of an access: person, application, unit and request. It decides which accesses are the same (R33).
pub type Key = (Id, Id, u32, u32);

/// A reviewed change of one person's file, as the forge knows it.
#[derive(Debug, Clone)]
pub struct Review {
    pub trust: Id,
    pub person: Id,
    pub by: Id,
    pub old: Option<File>,
    pub new: Option<File>,
}

/// The evidence of approvals that is not in the tree.
#[derive(Debug, Clone, Default)]
pub struct Reviews {
    pub files: Vec<Review>,
    /// The people who approved these settings.
    pub settings: Vec<(Id, Settings)>,
    /// The people who approved a change of the list of rejected applications, from the first list to the second.
    pub lists: Vec<(Id, Vec<Rejected>, Vec<Rejected>)>,
}

/// One question to the model.
pub struct Case<'a> {
    /// All accepted trees, one after the other. The last one is the base.
    pub history: &'a [Tree],
    pub head: &'a Tree,
    pub reviews: &'a Reviews,
    pub today: Day,
    /// Removals that the budget holds. A person who stays still counts against the limits.
    pub held: &'a BTreeSet<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Permitted,
    /// No authority of the approver covers this access.
    Nobody,
    /// These rules forbid it.
    Rules(BTreeSet<Id>),
    /// Nothing proves the approval. Any of these kinds of finding may tell it.
    Evidence(BTreeSet<Id>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protected {
    Same,
    Held,
    InForce,
}

#[derive(Debug)]
pub struct Answer {
    pub entries: BTreeMap<Key, Verdict>,
    pub settings: Protected,
}

/// Returns the answer of the rules to a case.
pub fn judge(case: &Case<'_>) -> Answer {
    let past = past(case.history);
    let changes = changes(case, &past);
    let today = case.today;
    let (was, is) = (&case.history.last().unwrap().settings, &case.head.settings);
    // A change may loosen the settings and use them at once. It is judged by the old and the new settings.
    let both: Vec<&Settings> = if was == is { vec![was] } else { vec![was, is] };

    // These are the accesses after the removals.
    let mut left: BTreeMap<Key, Said> = BTreeMap::new();
    for (key, standing) in past.ever.iter().filter(|(_, standing)| standing.lives(today)) {
        let mut said = standing.said.clone();
        if let Some(until) = changes.taken.get(key).filter(|_| !case.held.contains(key)) {
            match until {
                Some(until) if *until >= today => said.until = Some(*until),
                _ => continue,
            }
        }
        left.insert(*key, said);
    }

    let mut out: BTreeMap<Key, Verdict> = changes
        .asked
        .iter()
        .filter(|asked| asked.said.on > today)
        .map(|asked| (asked.key, Verdict::Evidence(["approval-in-future"].into())))
        .collect();
    // An access that runs keeps the start that was accepted. Moved ahead, it would be gone until then.
    let runs = |asked: &Asked| {
        asked.change && past.ever.get(&asked.key).is_some_and(|standing| standing.in_force(today))
    };
    let moved =
        changes.asked.iter().filter(|asked| asked.said.on <= today && asked.said.from > today && runs(asked));
    out.extend(moved.map(|asked| (asked.key, Verdict::Evidence(["start-moved"].into()))));
    // A request serves one person.
    let of_another = || Verdict::Evidence(["request-of-another"].into());
    let bound = changes.asked.iter().filter(|asked| asked.is_new() && (asked.bound || asked.over));
    out.extend(bound.map(|asked| (asked.key, of_another())));
    // A rejected number serves nobody new.
    let rejected = rejected(case, &past);
    let barred = changes.asked.iter().filter(|asked| !asked.change && rejected.contains(&asked.key.3));
    out.extend(barred.map(|asked| (asked.key, Verdict::Evidence(["request-rejected"].into()))));
    let entries = loop {
        let entries = least(case, &past, &both, &left, &changes.asked, &out);
        let mut state = left.clone();
        let permitted = |asked: &&Asked| {
            entries.get(&asked.key).is_some_and(|(verdict, _)| *verdict == Verdict::Permitted)
        };
        for asked in changes.asked.iter().filter(permitted) {
            state.insert(asked.key, asked.said.clone());
        }
        let mut too_many = BTreeMap::new();
        for asked in changes.asked.iter().filter(permitted) {
            let lc = busiest(&state, &asked.said, today);
            let authorities = &entries[&asked.key].1;
            let besides = besides(&state, asked, today);
            for (settings, who) in both.iter().zip(authorities) {
                if let Err(verdict) = rules(settings, &past, who, asked, lc, &besides) {
                    too_many.entry(asked.key).or_insert(verdict);
                }
            }
        }
        // Two new people are on one request, and nothing else is wrong with either. Neither gets it.
        let new: Vec<&Asked> = changes.asked.iter().filter(|a| a.is_new()).filter(permitted).collect();
        for one in &new {
            if new.iter().any(|other| other.key.3 == one.key.3 && other.key.0 != one.key.0) {
                too_many.insert(one.key, of_another());
            }
        }
        if too_many.is_empty() {
            break entries;
        }
        out.extend(too_many);
    };
    let mut verdicts: BTreeMap<Key, Verdict> =
        entries.into_iter().map(|(key, (verdict, _))| (key, verdict)).collect();
    verdicts.extend(out);
    Answer { entries: verdicts, settings: protected(case, &past) }
}

type Round = BTreeMap<Key, (Verdict, Vec<Authority>)>;

/// Computes which grants of one change get in. They may depend on each other, from the base up. Circles never get in.
fn least(
    case: &Case<'_>,
    past: &Past,
    both: &[&Settings],
    left: &BTreeMap<Key, Said>,
    all: &[Asked],
    out: &BTreeMap<Key, Verdict>,
) -> Round {
    let mut who: Vec<Authority> =
        both.iter().map(|settings| Authority::of(&settings.register, past, case.today)).collect();
    let mut permitted: BTreeSet<Key> = BTreeSet::new();
    loop {
        let mut round = Round::new();
        for asked in all.iter().filter(|asked| !out.contains_key(&asked.key)) {
            let besides = besides(left, asked, case.today);
            let by_rules = both
                .iter()
                .zip(&who)
                .find_map(|(settings, who)| rules(settings, past, who, asked, 0, &besides).err());
            let shown = || both.iter().find_map(|settings| evidence(settings, case, past, asked).err());
            let verdict = if permitted.contains(&asked.key) {
                Verdict::Permitted
            } else {
                by_rules.or_else(shown).unwrap_or(Verdict::Permitted)
            };
            round.insert(asked.key, (verdict, who.clone()));
        }
        let before = permitted.len();
        for asked in all
            .iter()
            .filter(|asked| round.get(&asked.key).is_some_and(|(verdict, _)| *verdict == Verdict::Permitted))
        {
            permitted.insert(asked.key);
            let said = &asked.said;
            let now = said.from <= case.today && said.until.is_none_or(|until| case.today <= until);
            if now {
                who.iter_mut().for_each(|who| who.gains(said));
            }
        }
        if permitted.len() == before {
            return round;
        }
    }
}
