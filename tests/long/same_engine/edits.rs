//! The edits that honest and dishonest people can make in a tree: to entries, files, settings, and the evidence beside
//! them.

use jiff::ToSpan;
pub use portvakt_test_bench::register::{COORDINATOR, ICT, LEADER, MANAGER};

use crate::same_engine::chance::Chance;
use crate::same_engine::model::{Review, Reviews};
use crate::same_engine::words::*;

pub const FORMER: Id = "gammel.ledersen";
pub const COMING: Id = "kommende.koordinatorsen";
pub const SUSPENDED: Id = "suspendert.systemsen";
/// A system manager in the register. The file that gave them access is deleted on the way to the base.
pub const LEFT: Id = "sluttet.systemsen";
pub const SECOND: Id = "andre.systemsen";

/// One of them, as the table below has it.
type Second = (usize, Id, Option<i64>, Option<i64>, bool);

/// All people with a key. The position is the number of the key.
pub const HOLDERS: [Id; 17] = [
    LEADER,
    COORDINATOR,
    MANAGER,
    ICT,
    FORMER,
    COMING,
    SUSPENDED,
    LEFT,
    SECOND,
    "lc.ahusen",
    "lc.skisen",
    "lc.fonnasen",
    "lc.bergensen",
    "lc.rapportsen",
    "lc.senere",
    "en.testesen",
    "to.testesen",
];
/// Second keys: number, owner, first and last day from today, and whether it is revoked.
const SECONDS: [Second; 6] = [
    (17, LEADER, None, Some(-3), false),
    (18, COORDINATOR, None, None, true),
    (19, "lc.ahusen", Some(-1), None, false),
    (20, "lc.fonnasen", None, Some(5), false),
    (21, MANAGER, Some(2), None, false),
    (22, COORDINATOR, None, None, false),
];
/// Keys of nobody. The last one is revoked, too.
const STRANGE: [usize; 3] = [23, 24, 25];

pub const ORDINARY: [Id; 40] = [
    "en.testesen",
    "to.testesen",
    "tre.testesen",
    "fire.testesen",
    "fem.testesen",
    "seks.testesen",
    "ny.nyesen",
    "nye.nyesen",
    "nyest.nyesen",
    "helt.nyesen",
    "arne.mengdesen",
    "berit.mengdesen",
    "cato.mengdesen",
    "dagny.mengdesen",
    "egil.mengdesen",
    "frida.mengdesen",
    "geir.mengdesen",
    "hilde.mengdesen",
    "ivar.mengdesen",
    "jorunn.mengdesen",
    "knut.mengdesen",
    "liv.mengdesen",
    "magne.mengdesen",
    "nina.mengdesen",
    "oskar.mengdesen",
    "petra.mengdesen",
    "ragnar.mengdesen",
    "siri.mengdesen",
    "tor.mengdesen",
    "unni.mengdesen",
    "vidar.mengdesen",
    "wenche.mengdesen",
    "yngve.mengdesen",
    "aase.mengdesen",
    "oddny.mengdesen",
    "per.mengdesen",
    "randi.mengdesen",
    "steinar.mengdesen",
    "tone.mengdesen",
    "ulf.mengdesen",
];

/// Policies that are cut out where they are loosened or tightened.
const CUTS: [Id; 9] = [
    "lis-needs-end-date",
    "lc-only-by-national-leadership",
    "identity-must-be-certain",
    "coordinator-never-approves-elsewhere",
    "test-unit-only-for-technical-staff",
    "nobody-approves-own-access",
    "request-serves-once",
    "lc-not-too-many",
    "system-manager-approves-ict",
];

pub fn days(today: Day, count: i64) -> Day {
    today.checked_add(count.days()).unwrap()
}

/// The day of a contact, counted from today. It lies before every approval: a contact after it is an error of the file.
const CONTACTED: i64 = -200;

fn keys_of(person: Id) -> Vec<usize> {
    let first = HOLDERS.iter().position(|holder| *holder == person);
    first.into_iter().chain(SECONDS.iter().filter(|key| key.1 == person).map(|key| key.0)).collect()
}

/// Settings as they are at first.
pub fn settings(chance: &mut Chance, evidence: Mode, today: Day) -> Settings {
    let office = |person, office, from: i64, until: Option<i64>| Appointment {
        person,
        office,
        from: days(today, from),
        until: until.map(|until| days(today, until)),
        suspended: person == SUSPENDED,
    };
    let appointments = vec![
        office(LEADER, "register-leader", -900, None),
        office(COORDINATOR, "national-coordinator", -900, Some(90)),
        office(MANAGER, "system-manager", -900, None),
        office(ICT, "ict-administrator", -900, None),
        office(FORMER, "register-leader", -900, Some(-1)),
        office(COMING, "national-coordinator", 1, None),
        office(SUSPENDED, "system-manager", -900, None),
        office(LEFT, "system-manager", -900, None),
        office(SECOND, "system-manager", 0, Some(0)),
    ];
    let line = |person, key, from: Option<i64>, until: Option<i64>| KeyLine {
        person,
        key,
        from: from.map(|day| days(today, day)),
        until: until.map(|day| days(today, day)),
    };
    let mut keys: Vec<KeyLine> =
        HOLDERS.iter().enumerate().map(|(key, person)| line(person, key, None, None)).collect();
    keys.extend(SECONDS.iter().map(|(key, person, from, until, _)| line(person, *key, *from, *until)));
    let revoked = SECONDS.iter().filter(|key| key.4).map(|key| key.0).chain([STRANGE[2]]).collect();
    let most = if chance.percent(30) { [("helse-fonna", 1)].into() } else { [("ahus", 3)].into() };
    let register = Register { evidence, most, max_lis_months: chance.pick(&[12, 6]), appointments, note: 0 };
    Settings { register, keys, revoked, cut: [].into() }
}

fn about(trust: Id) -> About {
    let employer = match trust {
        "nasjonal" => "helse-bergen",
        "utvikling" => "nhn",
        other => other,
    };
    About { employer, staff: if trust == "utvikling" { "ict" } else { "health" }, lis: false, login: None }
}

fn entry(role: Id, unit: u32, request: u32, by: Id, today: Day) -> Entry {
    Entry {
        application: APPLICATIONS[0],
        unit,
        role,
        from: days(today, -100),
        until: None,
        request,
        by,
        on: days(today, -101),
        identity: Identity::Known,
        revoked: None,
    }
}

/// Makes the first tree.
pub fn first(chance: &mut Chance, evidence: Mode, today: Day) -> Tree {
    let mut tree = Tree {
        settings: settings(chance, evidence, today),
        consents: Vec::new(),
        rejected: Vec::new(),
        files: [].into(),
    };
    let mut put = |trust: Id, person: Id, entries: Vec<Entry>| {
        let file = File {
            about: about(trust),
            entries,
            signatures: Vec::new(),
            identified: Vec::new(),
            broken: false,
            name: 0,
        };
        tree.files.insert((trust, person), file);
    };
    let lc = |unit| entry("LC", unit, 1, LEADER, today);
    let lu = |unit, by| entry("LU", unit, 1, by, today);
    put("ahus", "lc.ahusen", vec![lc(100_089)]);
    if chance.percent(50) {
        let until = chance.pick(&[None, Some(days(today, -1)), Some(today), Some(days(today, 40))]);
        put("ahus", "lc.skisen", vec![Entry { until, ..lc(200_089) }]);
    }
    put(
        "helse-fonna",
        "lc.fonnasen",
        vec![Entry { until: chance.pick(&[None, Some(days(today, 10))]), ..lc(100_084) }],
    );
    put("helse-bergen", "lc.bergensen", vec![lc(100_082)]);
    if chance.percent(50) {
        put("ahus", "lc.rapportsen", vec![Entry { application: APPLICATIONS[1], ..lc(200_089) }]);
    }
    if chance.percent(50) {
        put(
            "helse-fonna",
            "lc.senere",
            vec![Entry { from: days(today, 1), until: Some(days(today, 200)), ..lc(100_084) }],
        );
    }
    put("nasjonal", LEADER, vec![Entry { by: COORDINATOR, ..entry("SC", 0, 1, COORDINATOR, today) }]);
    put("utvikling", LEFT, vec![lu(900_000_001, MANAGER)]);
    for (at, person) in ORDINARY[..6].iter().enumerate() {
        let (trust, units) = TRUSTS[1 + at % 3];
        let mut e = lu(chance.pick(units), LEADER);
        e.until = chance.pick(&[None, None, Some(days(today, 60)), Some(days(today, -2)), Some(today)]);
        e.from = chance.pick(&[e.from, e.from, days(today, 3)]);
        if e.until.is_some_and(|until| until < e.from) {
            e.until = None;
        }
        let mut entries = vec![e.clone()];
        if chance.percent(40) {
            entries.push(Entry { application: APPLICATIONS[1], ..e });
        }
        put(trust, person, entries);
    }
    tree
}

/// Changes the settings in one of the possible ways.
pub fn alter(settings: &mut Settings, chance: &mut Chance, today: Day) {
    match chance.below(11) {
        0 => drop(settings.register.most.insert("helse-fonna", chance.pick(&[1, 3]))),
        1 => settings.register.max_lis_months = chance.pick(&[3, 24]),
        2 => settings.register.note += 1,
        3 => {
            let at = chance.below(5);
            settings.register.appointments[at].suspended = true;
        }
        4 => {
            let person = chance.pick(&["en.testesen", "lc.ahusen", "ny.nyesen"]);
            let office = chance.pick(&["register-leader", "system-manager", "ict-administrator"]);
            // Nobody is appointed twice to one office.
            settings.register.appointments.retain(|a| (a.person, a.office) != (person, office));
            let from = days(today, -5);
            settings.register.appointments.push(Appointment {
                person,
                office,
                from,
                until: None,
                suspended: false,
            });
        }
        5 => settings.register.appointments.retain(|a| a.person != COORDINATOR),
        6 => {
            let key = chance.pick(&STRANGE);
            settings.keys.retain(|line| line.key != key);
            settings.keys.push(KeyLine {
                person: chance.pick(&[LEADER, "lc.ahusen", "ny.nyesen"]),
                key,
                from: None,
                until: None,
            });
        }
        7 => {
            let owner = chance.pick(&[LEADER, "lc.ahusen", MANAGER]);
            settings.keys.retain(|line| line.person != owner);
        }
        8 => drop(settings.revoked.insert(chance.pick(&[0, 9, 11]))),
        9 => settings.register.evidence = chance.pick(&[Mode::Declared, Mode::Signature]),
        _ => drop(settings.cut.insert(chance.pick(&CUTS))),
    }
}

/// The state that edits work on: the tree as it becomes, what the forge knows, and the history.
pub struct Desk<'a> {
    pub tree: Tree,
    pub reviews: Reviews,
    pub history: &'a [Tree],
    /// Settings that a change may bring: few for each base, since reading them takes longest.
    pub variants: &'a [Settings],
    /// Tells whether the change is a large one, mostly of new people.
    pub crowded: bool,
    pub today: Day,
}

impl Desk<'_> {
    fn evidence(&self) -> Mode {
        self.history.last().unwrap_or(&self.tree).settings.register.evidence
    }

    /// One of the first ten, so that edits meet, or one of the crowd.
    fn ordinary(&self, chance: &mut Chance) -> Id {
        if chance.percent(if self.crowded { 15 } else { 90 }) {
            chance.pick(&ORDINARY[..10])
        } else {
            chance.pick(&ORDINARY)
        }
    }

    fn place(&self, chance: &mut Chance) -> Option<(Id, Id)> {
        let places: Vec<(Id, Id)> = self.tree.files.keys().copied().collect();
        (!places.is_empty()).then(|| chance.pick(&places))
    }

    /// Chooses an approver, mostly one whom the rules allow.
    fn approver(&self, chance: &mut Chance, trust: Id, role: Id, about: &About, person: Id) -> Id {
        if chance.percent(25) {
            let mut all = HOLDERS.to_vec();
            all.extend(["ingen.eksempelvik", person, person]);
            return chance.pick(&all);
        }
        match (about.staff, trust, role) {
            ("ict", "utvikling", _) => chance.pick(&[ICT, MANAGER]),
            ("ict", ..) => chance.pick(&[MANAGER, SECOND, LEADER]),
            (_, _, "LU") if chance.percent(50) => match trust {
                "ahus" => chance.pick(&["lc.ahusen", "lc.ahusen", "lc.skisen"]),
                "helse-fonna" => chance.pick(&["lc.fonnasen", "lc.fonnasen", "lc.senere"]),
                _ => LEADER,
            },
            _ => chance.pick(&[LEADER, COORDINATOR]),
        }
    }

    fn some_entry(&self, chance: &mut Chance, trust: Id, about: &About, person: Id) -> Entry {
        let today = self.today;
        let units = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1;
        let usual = if trust == "nasjonal" { "SC" } else { "LU" };
        let role = if chance.percent(75) { usual } else { chance.pick(&["SC", "LC", "LC", "LC", "LU"]) };
        let mut e = entry(role, chance.pick(units), 0, "", today);
        e.application = chance.pick(&APPLICATIONS);
        e.request =
            if chance.percent(15) { 1 + chance.below(3) as u32 } else { 100 + chance.below(900) as u32 };
        e.by = self.approver(chance, trust, role, about, person);
        e.from = days(today, chance.pick(&[-10, 0, 0, 1, 15, -100]));
        self.dates(chance, &mut e, about.lis);
        e
    }

    /// An end, an approval and how sure they were.
    fn dates(&self, chance: &mut Chance, e: &mut Entry, lis: bool) {
        let today = self.today;
        let months = i64::from(self.tree.settings.register.max_lis_months);
        let longest = e.from.checked_add(months.months()).unwrap();
        let mut ends = vec![
            Some(days(today, 30)),
            Some(days(today, 20)),
            Some(today),
            Some(days(today, -1)),
            Some(days(today, 500)),
            Some(longest),
            Some(days(longest, 1)),
        ];
        ends.extend(std::iter::repeat_n(None, if lis { 1 } else { 8 }));
        e.until = chance.pick(&ends).filter(|until| *until >= e.from);
        e.on = days(
            today,
            if chance.percent(80) {
                -1 - chance.below(5) as i64
            } else {
                chance.pick(&[0, 1, -31, -32, -60])
            },
        );
        e.identity = match chance.below(12) {
            0 => Identity::Uncertain,
            1..3 => Identity::Contacted(days(today, CONTACTED)),
            _ => Identity::Known,
        };
    }

    /// Puts an entry in place of one on the same request, or beside the others.
    fn write(&mut self, place: (Id, Id), e: Entry) {
        let file = self.tree.files.get_mut(&place).unwrap();
        let same =
            |one: &Entry| (one.application, one.unit, one.request) == (e.application, e.unit, e.request);
        match file.entries.iter_mut().find(|one| same(one)) {
            Some(one) => *one = e,
            None => file.entries.push(e),
        }
    }

    /// Adds evidence for the change that an edit made in a file. It is right, wrong or missing.
    fn approve(&mut self, chance: &mut Chance, place: (Id, Id), before: Option<File>) {
        let (trust, person) = place;
        let Some(file) = self.tree.files.get(&place).cloned() else { return };
        let old = before.as_ref().map(|file| file.said(person)).unwrap_or_default();
        let new: Vec<Said> = file.said(person).difference(&old).cloned().collect();
        let today = self.today;
        if self.evidence() == Mode::Forge || self.tree.settings.register.evidence == Mode::Forge {
            for said in &new {
                let mut review =
                    Review { trust, person, by: said.by, old: before.clone(), new: Some(file.clone()) };
                match chance.below(10) {
                    0 => continue,
                    1 => review.by = chance.pick(&HOLDERS),
                    // They approved another version, or a change that brought something else.
                    2 => review.new.iter_mut().for_each(|file| {
                        file.entries.iter_mut().for_each(|e| e.until = Some(days(today, 300)));
                    }),
                    3 => review.old = Some(file.clone()),
                    _ => {}
                }
                self.reviews.files.push(review);
            }
        }
        let signs =
            self.evidence() == Mode::Signature || self.tree.settings.register.evidence == Mode::Signature;
        if !signs {
            return;
        }
        if before.as_ref().is_none_or(|before| before.name != file.name) && chance.percent(85) {
            self.identify(chance, place, &file);
        }
        for said in new {
            let mine = keys_of(said.by);
            let key = mine.first().copied().unwrap_or(STRANGE[0]);
            let mut signature = Signature { key, here: true, over: Box::new(said.clone()) };
            match chance.below(24) {
                0 | 1 => continue,
                2 => signature.key = chance.pick(&STRANGE),
                3 => signature.key = chance.below(HOLDERS.len()),
                4 | 5 => signature.key = mine.last().copied().unwrap_or(STRANGE[1]),
                6 => signature.here = false,
                7 => signature.over.until = Some(days(today, 77)),
                8 => signature.over.role = if said.role == "LC" { "LU" } else { "LC" },
                _ => {}
            }
            let file = self.tree.files.get_mut(&place).unwrap();
            if file.signatures.len() < 10 {
                file.signatures.push(signature);
            }
        }
    }

    /// Adds a signature about the person of a file. Mostly one of the approvers signs, with a key that counts.
    fn identify(&mut self, chance: &mut Chance, place: (Id, Id), file: &File) {
        let Some(by) = file.entries.first().map(|entry| entry.by) else { return };
        let by = if chance.percent(80) { by } else { chance.pick(&HOLDERS) };
        let key = keys_of(by).first().copied().unwrap_or(STRANGE[0]);
        let key = if chance.percent(85) { key } else { chance.below(HOLDERS.len()) };
        let on = days(self.today, chance.pick(&[0, 0, -1, -31, -32, 1]));
        let name = if chance.percent(85) { file.name } else { 1 };
        let file = self.tree.files.get_mut(&place).unwrap();
        if file.identified.len() < 6 {
            file.identified.push(Identified { key, name, by, on });
        }
    }

    /// Makes one random edit.
    pub fn edit(&mut self, chance: &mut Chance) {
        let kinds = if self.crowded {
            [90, 22, 3, 2, 3, 3, 1, 1, 1, 1, 0, 2]
        } else {
            [30, 22, 8, 6, 8, 6, 2, 14, 4, 5, 3, 6]
        };
        match chance.weighed(&kinds) {
            0 => self.add(chance),
            1 => self.change(chance),
            2 => self.take_out(chance),
            3 => self.revoke(chance),
            4 => self.replay(chance),
            5 => self.says_otherwise(chance),
            6 => {
                if let Some(place) = self.place(chance) {
                    self.tree.files.get_mut(&place).unwrap().broken = true;
                }
            }
            7 => self.settings(chance),
            8 => self.circle(chance),
            9 => self.handover(chance),
            11 => self.reject(chance),
            _ => {
                for _ in 0..2 + chance.below(5) {
                    if let Some(place) = self.place(chance) {
                        self.tree.files.remove(&place);
                    }
                }
            }
        }
    }

    fn add(&mut self, chance: &mut Chance) {
        let person = if chance.percent(80) { self.ordinary(chance) } else { chance.pick(&HOLDERS) };
        let there: Vec<Id> = self.tree.files.keys().filter(|(_, p)| *p == person).map(|(t, _)| *t).collect();
        let trust = if !there.is_empty() && chance.percent(60) {
            chance.pick(&there)
        } else {
            TRUSTS[chance.weighed(&[1, 2, 5, 5, 2])].0
        };
        let place = (trust, person);
        let before = self.tree.files.get(&place).cloned();
        if before.is_none() {
            let of_person = self.tree.files.iter().find(|((_, p), _)| *p == person);
            let of_person = of_person.map(|(_, file)| (file.about.clone(), file.name));
            let (mut about, name) = of_person.unwrap_or_else(|| (about(trust), 0));
            if there.is_empty() && chance.percent(35) {
                about.staff = chance.pick(&["health", "ict", "ict", "other"]);
                about.employer = chance.pick(&EMPLOYERS);
                about.lis = chance.percent(50);
            }
            let file = File {
                about,
                entries: Vec::new(),
                signatures: Vec::new(),
                identified: Vec::new(),
                broken: false,
                name,
            };
            self.tree.files.insert(place, file);
        }
        let about = self.tree.files[&place].about.clone();
        for _ in 0..1 + chance.below(2) {
            let e = self.some_entry(chance, trust, &about, person);
            self.write(place, e);
        }
        self.approve(chance, place, before);
    }

    fn change(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let before = self.tree.files[&place].clone();
        if before.entries.is_empty() {
            return;
        }
        let at = chance.below(before.entries.len());
        let mut e = before.entries[at].clone();
        match chance.below(6) {
            0 => e.role = chance.pick(&["LU", "LC", "SC"]),
            1 | 2 => {
                let ends = [Some(30), Some(0), Some(-1), Some(300), None];
                e.until = chance.pick(&ends).map(|end| days(self.today, end));
            }
            3 => e.from = days(self.today, chance.pick(&[-50, 0, 5])),
            4 => e.identity = Identity::Contacted(days(self.today, CONTACTED)),
            _ => {}
        }
        e.until = e.until.filter(|until| *until >= e.from);
        if chance.percent(70) {
            let (until, identity) = (e.until, e.identity);
            self.dates(chance, &mut e, false);
            (e.until, e.identity) = (until, if chance.percent(85) { identity } else { e.identity });
            e.by = self.approver(chance, place.0, e.role, &before.about, place.1);
        }
        self.tree.files.get_mut(&place).unwrap().entries[at] = e;
        self.approve(chance, place, Some(before));
    }

    fn take_out(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let file = self.tree.files.get_mut(&place).unwrap();
        if file.entries.len() < 2 {
            self.tree.files.remove(&place);
        } else {
            let at = chance.below(file.entries.len());
            file.entries.remove(at);
        }
    }

    fn revoke(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let (by, today) = (chance.pick(&HOLDERS), self.today);
        let file = self.tree.files.get_mut(&place).unwrap();
        if !file.entries.is_empty() {
            let at = chance.below(file.entries.len());
            file.entries[at].revoked = Some((by, today));
        }
    }

    /// An old file with its old signatures.
    fn replay(&mut self, chance: &mut Chance) {
        if self.history.is_empty() {
            return;
        }
        let old = chance.pick(self.history);
        let changed: Vec<(Id, Id)> = old
            .files
            .iter()
            .filter(|(place, file)| self.tree.files.get(*place) != Some(*file))
            .map(|(place, _)| *place)
            .collect();
        if !changed.is_empty() {
            let place = chance.pick(&changed);
            self.tree.files.insert(place, old.files[&place].clone());
        }
    }

    fn says_otherwise(&mut self, chance: &mut Chance) {
        let Some(place) = self.place(chance) else { return };
        let before = self.tree.files[&place].clone();
        let file = self.tree.files.get_mut(&place).unwrap();
        match chance.below(5) {
            4 => file.name = chance.pick(&[0, 1, 2]),
            0 => file.about.employer = chance.pick(&EMPLOYERS),
            1 => file.about.staff = chance.pick(&["health", "ict", "other"]),
            2 => file.about.lis = !file.about.lis,
            _ => file.about.login = chance.pick(&[None, Some("delt"), Some("egen")]),
        }
        if chance.percent(60) {
            let (about, today) = (file.about.clone(), self.today);
            for at in 0..before.entries.len() {
                let (role, trust) = (before.entries[at].role, place.0);
                let by = self.approver(chance, trust, role, &about, place.1);
                let file = self.tree.files.get_mut(&place).unwrap();
                (file.entries[at].by, file.entries[at].on) = (by, days(today, -1));
            }
        }
        self.approve(chance, place, Some(before));
    }

    fn settings(&mut self, chance: &mut Chance) {
        let earlier = self.history.iter().rev().find(|tree| tree.settings != self.tree.settings);
        match earlier.filter(|_| chance.percent(10)).cloned() {
            // Old settings with the signatures of then.
            Some(tree) => {
                self.tree.settings = tree.settings;
                self.consent(chance, tree.consents);
            }
            None => {
                self.tree.settings = chance.pick(self.variants);
                self.consent(chance, Vec::new());
            }
        }
    }

    /// Signatures of some people beside the settings, or their reviews.
    fn consent(&mut self, chance: &mut Chance, old: Vec<Consent>) {
        let today = self.today;
        self.tree.consents = old;
        let settings = self.tree.settings.clone();
        for _ in 0..chance.below(4) {
            let by = if chance.percent(75) {
                chance.pick(&[LEADER, COORDINATOR, MANAGER, SECOND])
            } else {
                chance.pick(&HOLDERS)
            };
            if self.evidence() == Mode::Forge {
                let mut seen = settings.clone();
                if chance.percent(10) {
                    seen.register.note += 1;
                }
                self.reviews.settings.push((by, seen));
                continue;
            }
            let mine = keys_of(by);
            let mut consent =
                Consent { key: mine[0], here: true, over: Box::new(settings.clone()), by, on: today };
            consent.on = days(today, chance.pick(&[0, -1, -1, -2, -2, -31, -32, 1]));
            match chance.below(16) {
                0 => consent.key = chance.pick(&STRANGE),
                1 => consent.key = chance.below(HOLDERS.len()),
                2 => consent.key = mine[mine.len() - 1],
                3 => consent.here = false,
                4 => consent.over.register.note += 1,
                _ => {}
            }
            self.tree.consents.push(consent);
        }
    }

    /// Rejects an application at Ahus. The person may or may not reject it, and the evidence is right, wrong or
    /// missing. Its number is one that other edits use, or that has served.
    fn reject(&mut self, chance: &mut Chance) {
        let request = chance.pick(&[1, 2, 3, 50, 51, 60, 61]);
        let by = if chance.percent(70) {
            chance.pick(&[LEADER, COORDINATOR, MANAGER, "lc.ahusen"])
        } else {
            chance.pick(&HOLDERS)
        };
        let on = days(self.today, chance.pick(&[0, 0, -1, -1, -31, -32, 1]));
        let key = keys_of(by)[0];
        let signed = match chance.below(10) {
            0 => None,
            1 => Some((chance.pick(&STRANGE), true)),
            2 => Some((chance.below(HOLDERS.len()), true)),
            3 => Some((key, false)),
            _ => Some((key, true)),
        };
        if self.tree.rejected.iter().any(|one| one.request == request) {
            return;
        }
        let before = self.tree.rejected.clone();
        self.tree.rejected.push(Rejected { request, by, on, signed });
        if chance.percent(85) {
            let approved = if chance.percent(90) { by } else { chance.pick(&HOLDERS) };
            self.reviews.lists.push((approved, before, self.tree.rejected.clone()));
        }
    }

    /// Makes people who appoint each other as coordinators, and a person whom they let in.
    fn circle(&mut self, chance: &mut Chance) {
        let trust = chance.pick(&["ahus", "helse-fonna"]);
        let unit = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1[0];
        let first = chance.pick(&[LEADER, "nye.nyesen"]);
        let asked = [
            ("ny.nyesen", "LC", first),
            ("nye.nyesen", "LC", chance.pick(&["ny.nyesen", COORDINATOR])),
            ("nyest.nyesen", "LU", chance.pick(&["ny.nyesen", "nye.nyesen"])),
            ("helt.nyesen", "LU", chance.pick(&["ny.nyesen", "nye.nyesen"])),
        ];
        for (number, (person, role, by)) in asked.into_iter().enumerate() {
            let place = (trust, person);
            let before = self.tree.files.get(&place).cloned();
            let file = File {
                about: about(trust),
                entries: Vec::new(),
                signatures: Vec::new(),
                identified: Vec::new(),
                broken: false,
                name: 0,
            };
            self.tree.files.entry(place).or_insert(file);
            let from = days(self.today, chance.pick(&[-1, -1, 0, 1]));
            let e = Entry {
                from,
                on: days(self.today, -2),
                ..entry(role, unit, 50 + number as u32, by, self.today)
            };
            self.write(place, e);
            self.approve(chance, place, before);
        }
    }

    /// One coordinator leaves, another comes.
    fn handover(&mut self, chance: &mut Chance) {
        let (trust, leaves) = chance.pick(&[("ahus", "lc.ahusen"), ("helse-fonna", "lc.fonnasen")]);
        let today = self.today;
        let last = chance.pick(&[-1, 0, 20]);
        match (chance.below(3), self.tree.files.get_mut(&(trust, leaves))) {
            (0, _) => drop(self.tree.files.remove(&(trust, leaves))),
            (1, Some(file)) => file
                .entries
                .iter_mut()
                .for_each(|e| e.until = Some(days(today, last)).filter(|until| *until >= e.from)),
            (_, Some(file)) => file.entries.iter_mut().for_each(|e| e.revoked = Some((LEADER, today))),
            _ => {}
        }
        let unit = TRUSTS.iter().find(|(id, _)| *id == trust).unwrap().1[0];
        // Sometimes both are on one request.
        let apart = u32::from(chance.percent(90));
        for (number, person) in ["ny.nyesen", "nye.nyesen"].iter().take(1 + chance.below(2)).enumerate() {
            let place = (trust, *person);
            let before = self.tree.files.get(&place).cloned();
            let file = File {
                about: about(trust),
                entries: Vec::new(),
                signatures: Vec::new(),
                identified: Vec::new(),
                broken: false,
                name: 0,
            };
            self.tree.files.entry(place).or_insert(file);
            let from = days(today, chance.pick(&[0, 0, last, last + 1]));
            let e = Entry {
                from,
                on: days(today, -2),
                ..entry("LC", unit, 60 + apart * number as u32, LEADER, today)
            };
            self.write(place, e);
            self.approve(chance, place, before);
        }
    }
}

impl Desk<'_> {
    /// Makes an edit on the way to the base. People who may approve it do so, with all evidence.
    pub fn honest(&mut self, chance: &mut Chance, number: usize) {
        let today = self.today;
        let ordinary: Vec<(Id, Id)> =
            self.tree.files.keys().filter(|(_, p)| p.ends_with("testesen")).copied().collect();
        let place = chance.pick(&ordinary);
        let before = self.tree.files[&place].clone();
        let at = chance.below(before.entries.len());
        let by = chance.pick(&[LEADER, COORDINATOR, COORDINATOR]);
        let on = days(today, chance.pick(&[0, -1]));
        let file = self.tree.files.get_mut(&place).unwrap();
        let e = &mut file.entries[at];
        match chance.below(8) {
            7 => {
                // The person has another name. The approver signs it, or reviews it.
                file.name = (file.name + 1) % 3;
                file.identified.push(Identified { key: keys_of(by)[0], name: file.name, by, on });
                let (trust, person) = place;
                let (old, new) = (Some(before.clone()), Some(file.clone()));
                self.reviews.files.push(Review { trust, person, by, old, new });
                return;
            }
            // The access is approved again, with another end or without any change.
            0..3 => {
                (e.by, e.on) = (by, on);
                e.until =
                    chance.pick(&[Some(days(today, 90)), None, e.until]).filter(|until| *until >= e.from);
            }
            3 => e.until = Some(days(today, 35)).filter(|until| *until >= e.from),
            4 => {
                let e = Entry { by, on, request: 10 + number as u32, ..e.clone() };
                file.entries.push(Entry { from: today, until: None, revoked: None, ..e });
            }
            5 if file.entries.len() > 1 => drop(file.entries.remove(at)),
            _ => drop(file.signatures.pop()),
        }
        let file = self.tree.files[&place].clone();
        let old = before.said(place.1);
        for said in file.said(place.1).difference(&old) {
            let key = keys_of(said.by)[0];
            let signature = Signature { key, here: true, over: Box::new(said.clone()) };
            self.tree.files.get_mut(&place).unwrap().signatures.push(signature);
            let (trust, person) = place;
            let (old, new) = (Some(before.clone()), Some(file.clone()));
            self.reviews.files.push(Review { trust, person, by: said.by, old, new });
        }
    }

    /// Rejects applications on the way to the base. People who may reject them do so, with all evidence.
    pub fn honest_rejections(&mut self, chance: &mut Chance) {
        for request in [3, 51, 60] {
            if !chance.percent(40) {
                continue;
            }
            let by = chance.pick(&[LEADER, "lc.ahusen"]);
            let before = self.tree.rejected.clone();
            let signed = Some((keys_of(by)[0], true));
            self.tree.rejected.push(Rejected { request, by, on: self.today, signed });
            self.reviews.lists.push((by, before, self.tree.rejected.clone()));
        }
    }

    /// Changes the settings. Two people who may approve them do so.
    pub fn honest_settings(&mut self, chance: &mut Chance) {
        let settings = &mut self.tree.settings;
        match chance.below(3) {
            0 => settings.register.note += 1,
            1 => settings.register.max_lis_months = 9,
            _ => drop(settings.register.most.insert("helse-fonna", 2)),
        }
        let settings = settings.clone();
        let sign = |by: Id| {
            let (key, on) = (keys_of(by)[0], days(self.today, -1));
            Consent { key, here: true, over: Box::new(settings.clone()), by, on }
        };
        self.tree.consents = [LEADER, COORDINATOR].map(sign).into();
        self.reviews.settings.extend([LEADER, COORDINATOR].map(|by| (by, settings.clone())));
    }
}
