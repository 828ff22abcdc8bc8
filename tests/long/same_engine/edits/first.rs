//! The first tree of a history: its settings, and the files of those who have access from the beginning.

use super::{
    COMING, COORDINATOR, FORMER, HOLDERS, ICT, LEADER, LEFT, MANAGER, ORDINARY, SECOND, SECONDS, STRANGE,
    SUSPENDED, days,
};
use crate::same_engine::chance::Chance;
use crate::same_engine::words::*;

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

pub(super) fn about(trust: Id) -> About {
    let employer = match trust {
        "nasjonal" => "helse-bergen",
        "utvikling" => "nhn",
        other => other,
    };
    About { employer, staff: if trust == "utvikling" { "ict" } else { "health" }, lis: false, login: None }
}

pub(super) fn entry(role: Id, unit: u32, request: u32, by: Id, today: Day) -> Entry {
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
        tree.files.insert((trust, person), File { entries, ..File::of(about(trust)) });
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
