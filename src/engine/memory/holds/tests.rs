//! Tests that files are held, entries are refused and removals wait, and that a few of them are found among many.

use portvakt_core::change::Why;
use portvakt_core::diag::text;
use portvakt_core::model::{ApplicationId, RequestId, UnitId};

use super::*;
use crate::memory::by_keys::plan_of;

fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

fn entry(who: &str, request: &str) -> GrantKey {
    GrantKey {
        person: person(who),
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(100_001),
        request: RequestId::new(request).unwrap(),
    }
}

fn refuse(conn: &Connection, key: &GrantKey) {
    let digest = Digest::of(b"digest");
    let told = KeptFinding {
        code: "policy-denied".to_owned(),
        message: text!(en: "it is refused", nb: "den er avslått"),
        way_out: text!(en: "Mend it.", nb: "Rett den."),
        rules: Vec::new(),
        policies: Vec::new(),
    };
    let refused = RefusedEntry {
        path: FilePath::new(&format!("desired-state/ahus/{}.yaml", key.person)),
        statement: digest,
        policies: digest,
        settings: digest,
        first_day: "2026-03-02".parse().unwrap(),
        since: "2026-03-02T11:00:00Z".to_owned(),
        told,
    };
    hold_refusal(conn, key, &refused).unwrap();
}

#[test]
fn a_lifted_refusal_keeps_its_first_judgement_and_is_open_no_more() {
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    let [open, lifted] = ["REQ-1", "REQ-2"].map(|request| entry("kari.testesen", request));
    let other = entry("ola.testesen", "REQ-3");
    [&open, &lifted, &other].into_iter().for_each(|key| refuse(&conn, key));
    lift_refusal(&conn, &lifted, "2026-03-03T11:00:00Z").unwrap();
    let kari = person("kari.testesen");
    let people = BTreeSet::from([&kari]);
    let judged: Vec<GrantKey> = first_judgements(&conn, &people).unwrap().into_keys().collect();
    assert_eq!(judged, [open.clone(), lifted]);
    let now: Vec<GrantKey> = refusals_of(&conn, &people).unwrap().into_keys().collect();
    assert_eq!(now, std::slice::from_ref(&open));
    let all: Vec<GrantKey> = refusals(&conn).unwrap().into_keys().collect();
    assert_eq!(all, [open, other]);
}

#[test]
fn what_is_held_is_counted_with_its_oldest_start() {
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    assert_eq!(holds_in_numbers(&conn).unwrap(), HoldsInNumbers::default());
    let lifted = entry("kari.testesen", "REQ-1");
    [&lifted, &entry("ola.testesen", "REQ-2")].into_iter().for_each(|key| refuse(&conn, key));
    lift_refusal(&conn, &lifted, "2026-03-03T11:00:00Z").unwrap();
    let of = |files_and_entries, oldest: &str| HoldsInNumbers {
        files_and_entries,
        oldest: Some(oldest.parse().unwrap()),
    };
    assert_eq!(holds_in_numbers(&conn).unwrap(), of(1, "2026-03-02T11:00:00Z"));
    for (name, since) in [("per", "2026-03-01T08:00:00Z"), ("siri", "2026-03-04T08:00:00Z")] {
        let path = FilePath::new(&format!("desired-state/ahus/{name}.testesen.yaml"));
        hold_file(&conn, &path, since, &[]).unwrap();
    }
    assert_eq!(holds_in_numbers(&conn).unwrap(), of(3, "2026-03-01T08:00:00Z"));
}

#[test]
fn the_reason_of_a_hold_is_read_as_it_was_recorded() {
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    let file = FilePath::new("desired-state/ahus/kari.testesen.yaml");
    let known = [
        Why::Budget,
        Why::Additions,
        Why::InError { file: file.clone() },
        Why::Moved { to: file.clone() },
        Why::UnitMoved { file: file.clone() },
        Why::Unread { folder: file.clone() },
        Why::Beside { odd: file },
        Why::Blinking,
        Why::OlderTree,
        Why::LastAdministrators,
    ];
    let known = known.map(|why| (serde_json::json!({ "people": [], "why": why }), Some(why)));
    let others = [
        (serde_json::json!({ "people": [] }), Some(Why::Budget)),
        (serde_json::json!({ "people": [], "why": "a reason of a later version" }), None),
    ];
    for (summary, why) in known.into_iter().chain(others) {
        let holds = BTreeMap::from([(Digest::of(summary.to_string().as_bytes()), summary.clone())]);
        set_removal_holds(&conn, "2026-03-02T11:00:00Z", &holds).unwrap();
        let found: Vec<_> = removal_holds(&conn).unwrap().into_iter().map(|hold| hold.why).collect();
        assert_eq!(found, [why], "{summary}");
    }
}

#[test]
fn holds_and_refusals_of_few_are_found_without_reading_the_others() {
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    for question in [refused_where("lifted IS NULL"), REFUSED_SINCE.to_owned()] {
        let open = format!("EXPLAIN QUERY PLAN {question}");
        let steps: Vec<String> = conn.prepare_cached(&open).unwrap().query_all([], |row| row.get(3)).unwrap();
        assert!(steps.iter().all(|step| step.contains("INDEX refusal_open")), "{steps:?}");
    }
    for question in
        [format!("{HELD} WHERE path"), refused_where("person"), refused_where("lifted IS NULL AND person")]
    {
        let steps = plan_of(&conn, &question);
        assert!(!steps.is_empty() && steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
    }
}

#[test]
fn a_waiting_set_that_cannot_be_read_is_written_anew_and_a_row_of_no_set_goes() {
    const FIRST: &str = "2026-03-02T11:00:00Z";
    const NEXT: &str = "2026-03-03T11:00:00Z";
    let conn = Connection::open_in_memory().unwrap();
    crate::memory::prepare(&conn).unwrap();
    let [kept, damaged, over] = ["kept", "damaged", "over"].map(|set| Digest::of(set.as_bytes()));
    let of = |sets: &[Digest]| -> BTreeMap<Digest, serde_json::Value> {
        sets.iter().map(|set| (*set, serde_json::json!({ "why": "budget" }))).collect()
    };
    assert!(!removals_wait(&conn).unwrap());
    let new = set_removal_holds(&conn, FIRST, &of(&[kept, damaged, over])).unwrap();
    assert_eq!(new, BTreeSet::from([kept, damaged, over]));
    assert!(removals_wait(&conn).unwrap());
    conn.execute("UPDATE removal_hold SET summary = '{' WHERE digest = ?1", [damaged.to_string()]).unwrap();
    conn.execute("INSERT INTO removal_hold VALUES ('x', 'y', 'z')", []).unwrap();
    let two = of(&[kept, damaged]);
    assert_eq!(set_removal_holds(&conn, NEXT, &two).unwrap(), BTreeSet::from([damaged]));
    let since = |conn: &Connection| -> BTreeMap<Digest, String> {
        removal_holds(conn).unwrap().into_iter().map(|hold| (hold.digest, hold.since)).collect()
    };
    let starts = BTreeMap::from([(kept, FIRST.to_owned()), (damaged, NEXT.to_owned())]);
    assert_eq!(since(&conn), starts);
    let rows = |conn: &Connection| -> i64 {
        conn.query_row("SELECT count(*) FROM removal_hold", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(&conn), 2);
    // The next pass finds nothing new in them, and leaves the rows as they are.
    assert!(set_removal_holds(&conn, "2026-03-04T11:00:00Z", &two).unwrap().is_empty());
    assert_eq!(since(&conn), starts);
    // If nothing waits, a row that cannot be read does not stay either.
    conn.execute("INSERT INTO removal_hold VALUES ('x', 'y', 'z')", []).unwrap();
    assert!(set_removal_holds(&conn, NEXT, &BTreeMap::new()).unwrap().is_empty());
    assert!(!removals_wait(&conn).unwrap());
}
