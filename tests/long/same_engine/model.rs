//! The rules of the procedure (`docs/rules.md`) and the laws (`docs/laws.md`), written down in plain code. They say who
//! may approve what, what proves an approval, and when settings come into force. The model uses neither the policy
//! language nor the code that judges.
//!
//! It is slow and simple on purpose. It computes everything itself, except which removals the budget holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;

use crate::same_engine::words::*;

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

#[derive(Debug, Clone)]
struct Standing {
    said: Said,
    /// Tells whether the access was taken out or taken back before today.
    gone: bool,
}

impl Standing {
    fn lives(&self, today: Day) -> bool {
        !self.gone && self.said.until.is_none_or(|until| today <= until)
    }
    fn in_force(&self, today: Day) -> bool {
        self.lives(today) && self.said.from <= today
    }
}

/// The accepted accesses, and the statements that have served.
struct Past {
    ever: BTreeMap<Key, Standing>,
    used: BTreeSet<Said>,
    consents: Vec<(Settings, Id, Day)>,
}

fn key(person: Id, e: &Entry) -> Key {
    (person, e.application, e.unit, e.request)
}

fn past(history: &[Tree]) -> Past {
    let mut past = Past { ever: BTreeMap::new(), used: BTreeSet::new(), consents: Vec::new() };
    for tree in history {
        let mut named = BTreeSet::new();
        for ((_, person), file) in &tree.files {
            for e in &file.entries {
                let (key, said) = (key(person, e), Said::of(person, &file.about, e));
                named.insert(key);
                let gone = e.revoked.is_some();
                match past.ever.get_mut(&key) {
                    Some(was) => {
                        if was.said != said {
                            past.used.insert(std::mem::replace(&mut was.said, said));
                        }
                        was.gone |= gone;
                    }
                    None => drop(past.ever.insert(key, Standing { said, gone })),
                }
            }
        }
        for (key, standing) in &mut past.ever {
            standing.gone |= !named.contains(key);
        }
        let signed = tree.consents.iter().map(|c| (tree.settings.clone(), c.by, c.on));
        past.consents.extend(signed);
    }
    past
}

/// Offices in force, and the trusts somebody coordinates.
#[derive(Debug, Clone, Default)]
struct Authority {
    offices: BTreeMap<Id, BTreeSet<Id>>,
    coordinates: BTreeMap<Id, BTreeSet<Id>>,
}

impl Authority {
    fn of(register: &Register, past: &Past, today: Day) -> Self {
        let mut authority = Self::default();
        for a in &register.appointments {
            let mine = || past.ever.iter().filter(|(key, _)| key.0 == a.person);
            // A person whose access is over has no authority, in spite of the register (R44).
            let left = mine().next().is_some() && !mine().any(|(_, standing)| standing.lives(today));
            let serves = a.from <= today && a.until.is_none_or(|until| today <= until) && !a.suspended;
            if serves && !left {
                authority.offices.entry(a.person).or_default().insert(a.office);
            }
        }
        for standing in past.ever.values().filter(|standing| standing.in_force(today)) {
            authority.gains(&standing.said);
        }
        authority
    }

    /// The role LC in the register itself gives it, and LC in Rapporteket alone does not (R6, R7).
    fn gains(&mut self, said: &Said) {
        if said.role == "LC" && said.application == "smerteregisteret" {
            self.coordinates.entry(said.person).or_default().insert(trust_of(said.unit));
        }
    }

    fn holds(&self, person: Id, office: Id) -> bool {
        self.offices.get(person).is_some_and(|offices| offices.contains(office))
    }

    fn leads(&self, person: Id) -> bool {
        self.holds(person, "register-leader") || self.holds(person, "national-coordinator")
    }

    fn national(&self, person: Id) -> bool {
        self.leads(person) || self.holds(person, "system-manager")
    }
}

/// Something in the head that gives something.
#[derive(Debug, Clone)]
struct Asked {
    key: Key,
    said: Said,
    /// An accepted entry says something else now.
    change: bool,
    spent: bool,
    /// The approval is neither the one that was accepted nor one of an earlier day.
    renewed: bool,
    /// It was over before anybody saw it.
    over: bool,
    /// Its request was accepted for somebody else, at any time.
    bound: bool,
    file: (Id, Id),
}

impl Asked {
    /// An entry that was never accepted, of somebody whose request has not served them.
    fn is_new(&self) -> bool {
        !self.change && !self.spent
    }
}

/// The accesses that the head asks for and takes away.
#[derive(Debug, Default)]
struct Changes {
    asked: Vec<Asked>,
    /// Taken away, with the new last day where there is one.
    taken: BTreeMap<Key, Option<Day>>,
}

fn changes(case: &Case<'_>, past: &Past) -> Changes {
    let today = case.today;
    let base = case.history.last().unwrap();
    let held = disagreeing(base, case.head);
    let mut found = Changes::default();
    let mut over_before: Vec<Asked> = Vec::new();
    for (place, file) in &case.head.files {
        if file.broken {
            continue;
        }
        // Revocations and earlier ends in a file that disagrees still act.
        let disagrees = held.contains(place);
        let (trust, person) = *place;
        let mut named = BTreeSet::new();
        for e in &file.entries {
            let (key, said) = (key(person, e), Said::of(person, &file.about, e));
            named.insert(key);
            let over = e.revoked.is_some() || e.until.is_some_and(|until| until < today);
            let bound = past.ever.keys().any(|other| other.3 == key.3 && other.0 != person);
            let (change, spent, renewed) = (false, false, true);
            let asked = Asked { key, said, change, spent, renewed, over, bound, file: *place };
            match past.ever.get(&key) {
                None if disagrees => {}
                None if over => over_before.push(asked),
                None => found.asked.push(asked),
                Some(standing) if !standing.lives(today) => {
                    if !over && !disagrees {
                        found.asked.push(Asked { spent: true, renewed: false, ..asked });
                    }
                }
                Some(_) if e.revoked.is_some() => drop(found.taken.insert(key, None)),
                Some(standing) => {
                    let mut was = standing.said.clone();
                    if let Some(until) = e.until
                        && was.until.is_none_or(|old| until < old)
                    {
                        // An earlier end acts by itself.
                        found.taken.insert(key, Some(until));
                        was.until = Some(until);
                    }
                    if was != asked.said && !over && !disagrees {
                        let approval = |said: &Said| (said.by, said.on, said.identity);
                        let renewed = approval(&was) != approval(&asked.said) && asked.said.on >= was.on;
                        found.asked.push(Asked { change: true, renewed, ..asked });
                    }
                }
            }
        }
        for (key, _) in past.ever.iter().filter(|(key, standing)| {
            !disagrees
                && key.0 == person
                && trust_of(key.2) == trust
                && standing.lives(today)
                && !named.contains(*key)
        }) {
            found.taken.insert(*key, None);
        }
    }
    for (trust, person) in base.files.keys().filter(|place| !case.head.files.contains_key(*place)) {
        for (key, standing) in &past.ever {
            if key.0 == *person && trust_of(key.2) == *trust && standing.lives(today) {
                found.taken.insert(*key, None);
            }
        }
    }
    // An access that was over when it was first seen is only recorded, unless its request is another person's.
    let people = |request: u32| -> BTreeSet<Id> {
        let new = found.asked.iter().filter(|asked| asked.is_new()).chain(&over_before);
        new.filter(|asked| asked.key.3 == request).map(|asked| asked.key.0).collect()
    };
    let contested: Vec<Asked> =
        over_before.iter().filter(|asked| asked.bound || people(asked.key.3).len() > 1).cloned().collect();
    found.asked.extend(contested);
    found
}

/// Several files about a person must agree, and a login belongs to one person. The file that differs from what was
/// accepted is held.
fn disagreeing(base: &Tree, head: &Tree) -> BTreeSet<(Id, Id)> {
    let mut held = BTreeSet::new();
    let said = |tree: &Tree, who: Id| -> Vec<((Id, Id), (About, u32))> {
        let files = tree.files.iter().filter(|((_, person), file)| *person == who && !file.broken);
        files.map(|(place, file)| (*place, (file.about.clone(), file.name))).collect()
    };
    let people: BTreeSet<Id> = head.files.keys().map(|(_, person)| *person).collect();
    for person in &people {
        let now = said(head, person);
        let accepted = said(base, person).first().map(|(_, about)| about.clone());
        let unread = head.files.iter().any(|((_, who), file)| who == person && file.broken);
        let mut all: BTreeSet<&(About, u32)> = now.iter().map(|(_, about)| about).collect();
        all.extend(accepted.iter().filter(|_| {
            unread
                && head
                    .files
                    .iter()
                    .any(|(place, file)| place.1 == *person && file.broken && base.files.contains_key(place))
        }));
        if all.len() > 1 {
            held.extend(now.iter().filter(|(_, about)| accepted.as_ref() != Some(about)).map(|(p, _)| *p));
        }
    }
    let login = |file: &File| if file.broken { None } else { file.about.login };
    let logins: BTreeSet<Id> = head.files.values().filter_map(login).collect();
    for one in logins {
        let owner = base.files.iter().find(|(_, file)| login(file) == Some(one)).map(|((_, p), _)| *p);
        let mut users: BTreeSet<Id> =
            head.files.iter().filter(|(_, file)| login(file) == Some(one)).map(|((_, p), _)| *p).collect();
        users.extend(owner);
        if users.len() > 1 {
            for (place, file) in &head.files {
                let changed = base.files.get(place) != Some(file);
                if changed && !file.broken && users.contains(place.1) && owner != Some(place.1) {
                    held.insert(*place);
                }
            }
        }
    }
    held
}

const BODIES: [Id; 3] = ["helse-vest-ikt", "helse-nord-ikt", "nhn"];

/// Returns whether an authority of the approver covers the access, and which rules forbid it. `lc` are the coordinators
/// after the change. `besides` are the person's other roles.
fn rules(
    settings: &Settings,
    past: &Past,
    who: &Authority,
    asked: &Asked,
    lc: usize,
    besides: &BTreeSet<Id>,
) -> Result<(), Verdict> {
    let said = &asked.said;
    let (by, trust) = (said.by, trust_of(said.unit));
    let hospital = !matches!(trust, "nasjonal" | "utvikling");
    let test = trust == "utvikling";
    let (health, ict) = (said.about.staff == "health", said.about.staff == "ict");
    let body = BODIES.contains(&said.about.employer);
    let runs_system = who.holds(said.person, "system-manager");
    let coordinator = |at: Id| who.coordinates.get(by).is_some_and(|trusts| trusts.contains(at));
    let anywhere = who.coordinates.contains_key(by);
    let office = who.offices.contains_key(by);
    let cut = |id: Id| settings.cut.contains(id);

    let (mut forbids, mut by_policy): (BTreeSet<Id>, Vec<Id>) = Default::default();
    let mut forbid = |id: Id, broken: bool, rules: &[Id]| {
        if broken && !cut(id) {
            forbids.extend(rules);
            by_policy.push(id);
        }
    };
    // An LC never approves for another HF (R7, R15).
    forbid(
        "coordinator-never-approves-elsewhere",
        anywhere && !office && !coordinator(trust),
        &["R7", "R15"],
    );
    // R42
    forbid("nobody-approves-own-access", by == said.person, &["R42"]);
    // R43
    forbid("only-health-and-ict-personnel", !health && !ict, &["R43"]);
    // R17
    forbid("identity-must-be-certain", said.identity == Identity::Uncertain, &["R17"]);
    // R33
    forbid("request-serves-once", asked.spent, &["R33"]);
    // R14, R37: a change is approved again.
    forbid("change-is-approved-again", asked.change && !asked.renewed, &["R14", "R37"]);
    // R19, R23
    let sc = said.role == "SC";
    forbid("sc-only-for-register-leader", sc && !who.holds(said.person, "register-leader"), &["R19"]);
    forbid("sc-only-at-national-unit", sc && trust != "nasjonal", &["R11", "R23"]);
    forbid("national-unit-only-for-sc", !sc && trust == "nasjonal", &["R22", "R23"]);
    // R20, R21
    let makes_lc = said.role == "LC";
    forbid("lc-only-by-national-leadership", makes_lc && !who.leads(by), &["R20"]);
    let most = settings.register.most.get(trust).copied().unwrap_or(2) as usize;
    forbid("lc-not-too-many", makes_lc && lc > most, &["R21"]);
    // This is the example of separation of duties, and not a rule of the procedure.
    let both = (makes_lc && besides.contains("SC")) || (sc && besides.contains("LC"));
    forbid("sc-and-lc-are-two-people", both, &["R19", "R20"]);
    // R11, R9
    let technical = ict && matches!(said.about.employer, "helse-nord-ikt" | "nhn");
    forbid("test-unit-only-for-technical-staff", test && !technical, &["R11"]);
    let outside = who.holds(by, "ict-administrator") && !test && by != said.person;
    forbid("ict-administrator-only-at-test-unit", outside, &["R9"]);
    // The system manager's own access has its own rule (R16).
    let unled = runs_system && !who.holds(by, "register-leader");
    forbid("system-manager-only-by-register-leader", unled, &["R16"]);
    // R37
    let longest = i64::from(settings.register.max_lis_months);
    let last = said.from.checked_add(longest.months()).unwrap();
    forbid("lis-needs-end-date", said.about.lis && said.until.is_none(), &["R37"]);
    forbid("lis-not-too-long", said.about.lis && said.until.is_some_and(|until| last < until), &["R37"]);
    // An entry that has served before may come again without a new approval. It has a finding of its own.
    let proved = settings.register.evidence != Mode::Declared;
    if proved && by_policy == ["change-is-approved-again"] && past.used.contains(said) {
        return Err(Verdict::Evidence(["statement-used"].into()));
    }
    if !forbids.is_empty() {
        return Err(Verdict::Rules(forbids));
    }

    // The leadership approves at every HF and nationally (R4, R5, R15). The HF's own LC approves there, but not at the
    // host (R6, R7).
    let leadership = who.leads(by) && health && !test;
    let own = coordinator(trust) && health && hospital && trust != "helse-bergen";
    // The system manager approves ICT personnel (R8, R16). Another person approves the system manager.
    let manager = who.holds(by, "system-manager") && ict && body && !runs_system;
    let leader = who.holds(by, "register-leader") && ict && body && runs_system && !test;
    // Helse Nord IKT approves at its own unit (R9).
    let nord = who.holds(by, "ict-administrator") && ict && test;
    let somebody = (leadership && !cut("national-leadership-approves"))
        || (own && !cut("coordinator-approves-at-own-trust"))
        || (manager && !cut("system-manager-approves-ict"))
        || (leader && !cut("register-leader-approves-system-manager"))
        || (nord && !cut("ict-administrator-approves-at-test-unit"));
    if somebody { Ok(()) } else { Err(Verdict::Nobody) }
}

const STATEMENT_DAYS: i64 = 31;

/// Why a key does not prove something, or nothing.
fn key_fault(settings: &Settings, key: usize, here: bool, by: Id, days: &[Day]) -> Option<Id> {
    if !here {
        return Some("wrong-namespace");
    }
    if settings.revoked.contains(&key) {
        return Some("key-revoked");
    }
    let Some(line) = settings.keys.iter().find(|line| line.key == key) else {
        return Some("unknown-signing-key");
    };
    let counts =
        |day: &Day| line.from.is_none_or(|from| from <= *day) && line.until.is_none_or(|until| *day <= until);
    if line.person != by {
        return Some("another-signer");
    }
    (!days.iter().all(counts)).then_some("key-outside-validity")
}

/// Returns the proof of the approval by these settings, or the kinds of finding.
fn evidence(settings: &Settings, case: &Case<'_>, past: &Past, asked: &Asked) -> Result<(), Verdict> {
    let (said, today) = (&asked.said, case.today);
    // It does not keep, whatever shows it.
    let too_old = said.on.checked_add(STATEMENT_DAYS.days()).unwrap() < today;
    let kept = || if too_old { Err(Verdict::Evidence(["statement-too-old"].into())) } else { Ok(()) };
    match settings.register.evidence {
        Mode::Declared => kept(),
        // The forge goes on naming the request that an approval has served in.
        Mode::Forge if past.used.contains(said) => Err(Verdict::Evidence(["statement-used"].into())),
        Mode::Forge => {
            let brought = |review: &&Review| {
                let of = |file: &Option<File>| {
                    file.as_ref().map(|file| file.said(review.person)).unwrap_or_default()
                };
                (review.trust, review.person) == asked.file
                    && review.by == said.by
                    && of(&review.new).contains(said)
                    && !of(&review.old).contains(said)
            };
            if case.reviews.files.iter().any(|review| brought(&review)) {
                kept()
            } else {
                Err(Verdict::Evidence(["not-reviewed"].into()))
            }
        }
        Mode::Signature => {
            let file = &case.head.files[&asked.file];
            let mut lacks: BTreeSet<Id> = BTreeSet::new();
            let all = file.said(said.person);
            for signature in &file.signatures {
                if *signature.over != *said {
                    if !all.contains(&*signature.over) {
                        lacks.insert("signed-something-else");
                    }
                    continue;
                }
                match key_fault(settings, signature.key, signature.here, said.by, &[said.on, today]) {
                    Some(lack) => drop(lacks.insert(lack)),
                    None if too_old => return kept(),
                    None if past.used.contains(said) => {
                        return Err(Verdict::Evidence(["statement-used"].into()));
                    }
                    None => return Ok(()),
                }
            }
            // A signature over another name covers nothing of the file either.
            if file.identified.iter().any(|signature| signature.name != file.name) {
                lacks.insert("signed-something-else");
            }
            if lacks.is_empty() {
                lacks.insert("unsigned");
            }
            Err(Verdict::Evidence(lacks))
        }
    }
}

/// Returns the numbers that serve nobody (R3): those that were accepted as rejected before, and those with evidence of
/// a person who may decide at the trust.
fn rejected(case: &Case<'_>, past: &Past) -> BTreeSet<u32> {
    let (base, today) = (case.history.last().unwrap(), case.today);
    let settings = &base.settings;
    let shown = |one: &Rejected| match settings.register.evidence {
        Mode::Declared => true,
        Mode::Forge => {
            let mut changes = case.reviews.lists.iter();
            changes.any(|(by, old, new)| *by == one.by && new.contains(one) && !old.contains(one))
        }
        Mode::Signature => one
            .signed
            .is_some_and(|(key, here)| key_fault(settings, key, here, one.by, &[one.on, today]).is_none()),
    };
    let fresh =
        |one: &Rejected| one.on <= today && today <= one.on.checked_add(STATEMENT_DAYS.days()).unwrap();
    // The person may give any access there, on the day of the rejection and today. This is the leadership, the system
    // manager for ICT personnel, and the trust's own LC.
    let may = |one: &Rejected| {
        let days = [one.on, today].map(|day| Authority::of(&settings.register, past, day));
        let holds = |office: Id| days.iter().all(|who| who.holds(one.by, office));
        let own =
            |who: &Authority| who.coordinates.get(one.by).is_some_and(|trusts| trusts.contains(REJECTED_AT));
        ["register-leader", "national-coordinator", "system-manager"].into_iter().any(holds)
            || days.iter().all(own)
    };
    let counts = |one: &Rejected| base.rejected.contains(one) || (fresh(one) && shown(one) && may(one));
    case.head.rejected.iter().filter(|&one| counts(one)).map(|one| one.request).collect()
}

/// Returns the largest number of people with LC at the trust on one day of this access, from today on.
fn busiest(state: &BTreeMap<Key, Said>, said: &Said, today: Day) -> usize {
    if said.role != "LC" {
        return 0;
    }
    let there: Vec<&Said> =
        state.values().filter(|s| s.role == "LC" && trust_of(s.unit) == trust_of(said.unit)).collect();
    let runs = |s: &Said, day: Day| s.from <= day && s.until.is_none_or(|until| day <= until);
    let days = there.iter().map(|s| s.from).chain([today]);
    days.filter(|day| *day >= today && runs(said, *day))
        .map(|day| there.iter().filter(|s| runs(s, day)).map(|s| s.person).collect::<BTreeSet<_>>().len())
        .max()
        .unwrap_or(0)
}

/// The roles that the person has besides this access, on one of its days from today on.
fn besides(state: &BTreeMap<Key, Said>, asked: &Asked, today: Day) -> BTreeSet<Id> {
    let said = &asked.said;
    let meets = |other: &Said| {
        let first = said.from.max(other.from).max(today);
        [said.until, other.until].into_iter().flatten().all(|until| first <= until)
    };
    let others = state.iter().filter(|(key, _)| key.0 == asked.key.0 && **key != asked.key);
    others.filter(|(_, other)| meets(other)).map(|(_, other)| other.role).collect()
}

/// Returns whether a change of the settings comes into force.
fn protected(case: &Case<'_>, past: &Past) -> Protected {
    let (was, is) = (&case.history.last().unwrap().settings, &case.head.settings);
    if was == is {
        return Protected::Same;
    }
    let authority = Authority::of(&was.register, past, case.today);
    // Taking authority away needs one person who is not concerned (R44). All other changes need two.
    let concerned = only_takes(was, is);
    let needed = if concerned.is_some() { 1 } else { 2 };
    let may = |person: Id| {
        authority.national(person) && !concerned.as_ref().is_some_and(|people| people.contains(person))
    };
    let mut by: BTreeSet<Id> = BTreeSet::new();
    if was.register.evidence == Mode::Forge {
        let approved = |person: Id| {
            let seen: Vec<&Settings> =
                case.reviews.settings.iter().filter(|(by, _)| *by == person).map(|(_, s)| s).collect();
            (was.register == is.register || seen.iter().any(|s| s.register == is.register))
                && (was.keys == is.keys || seen.iter().any(|s| s.keys == is.keys))
                && (was.revoked == is.revoked || seen.iter().any(|s| s.revoked == is.revoked))
                && (was.cut == is.cut || seen.iter().any(|s| s.cut == is.cut))
        };
        by.extend(case.reviews.settings.iter().map(|(by, _)| *by).filter(|by| approved(by) && may(by)));
    } else {
        for c in &case.head.consents {
            let fresh = c.on <= case.today && case.today <= c.on.checked_add(STATEMENT_DAYS.days()).unwrap();
            let counts = key_fault(was, c.key, c.here, c.by, &[c.on, case.today]).is_none();
            let used = past.consents.iter().any(|(s, by, on)| s == is && *by == c.by && *on == c.on);
            if fresh && counts && !used && *c.over == *is && may(c.by) {
                by.insert(c.by);
            }
        }
    }
    if by.len() >= needed { Protected::InForce } else { Protected::Held }
}

/// Returns the people whose appointments are suspended and whose keys are taken away. It is `None` if anything else
/// differs.
fn only_takes(was: &Settings, is: &Settings) -> Option<BTreeSet<Id>> {
    let mut concerned = BTreeSet::new();
    let mut expected = was.register.clone();
    // A default written out and a comment take nothing, and two have to see them.
    for (before, after) in expected.appointments.iter_mut().zip(&is.register.appointments) {
        if after.suspended && !before.suspended {
            before.suspended = true;
            concerned.insert(before.person);
        }
    }
    let no_key_is_new = is.keys.iter().all(|line| was.keys.contains(line));
    // To revoke a key that is nobody's takes nothing.
    let mut revoked = is.revoked.difference(&was.revoked);
    if revoked.any(|key| was.keys.iter().all(|line| line.key != *key)) {
        return None;
    }
    if expected != is.register || was.cut != is.cut || !no_key_is_new || !is.revoked.is_superset(&was.revoked)
    {
        return None;
    }
    for line in &was.keys {
        let revoked = is.revoked.contains(&line.key) && !was.revoked.contains(&line.key);
        if revoked || !is.keys.contains(line) {
            concerned.insert(line.person);
        }
    }
    // A change that takes nothing takes two, like any other.
    (!concerned.is_empty()).then_some(concerned)
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
