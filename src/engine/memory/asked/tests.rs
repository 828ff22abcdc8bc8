//! Tests that rows are found by their names among thousands, that nothing stays of what is over, and that the salt
//! stays while something is open.

use jiff::Timestamp;
use portvakt_core::model::PersonId;

use super::*;
use crate::memory::by_keys::plan_of;
use crate::memory::{close_intent, forget_opening, open_intents, plan_reports, report_debts, reports_done};

const AT: &str = "2026-03-02T11:00:00Z";

fn empty() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    crate::ledger::prepare(&conn).unwrap();
    crate::memory::prepare(&conn).unwrap();
    conn
}

/// Two thousand intents, as many openings, and as many report debts, of which every second one is owed.
fn many() -> Connection {
    let conn = empty();
    set_mark(&conn, SALT, "a salt").unwrap();
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE number AS
             WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 2000)
             SELECT n FROM counted;
         INSERT INTO intent (seq, at, day, step)
             SELECT n, '{AT}', '2026-03-02', 'step ' || n FROM number;
         INSERT INTO opening (person, opening, since) SELECT 'bruker' || n, 'opening-' || n, '{AT}' FROM number;
         INSERT INTO report_debt (seq, account, state, ends, takes, since)
             SELECT n, 'account-' || n, CASE n % 2 WHEN 0 THEN 'owed' ELSE 'planned' END, '[]', '[]', '{AT}'
             FROM number;
         INSERT INTO person_key (person, key, salt)
             SELECT 'bruker' || n, 'key-' || n, 'salt' FROM number WHERE n % 3 = 0"
    ))
    .unwrap();
    conn
}

fn salt(conn: &Connection) -> Option<String> {
    mark(conn, SALT).unwrap()
}

#[test]
fn rows_are_found_by_their_names_without_reading_the_others() {
    let conn = many();
    let all = open_requests(&conn).unwrap();
    assert_eq!(all.len(), 6000);
    assert_eq!(asked_among(&conn, all.keys()).unwrap(), all);
    let opening = |id: &str| opening_name(&OpeningId::new(id));
    let there = [
        intent_name(7),
        intent_name(1999),
        opening("opening-2"),
        opening("opening-3"),
        planned_name(9),
        owed_name(10),
    ];
    let nowhere = [
        intent_name(2001),
        opening("opening-0"),
        planned_name(10),
        owed_name(9),
        "intent 011".to_owned(),
        "intent +12".to_owned(),
        "intent ?".to_owned(),
        "opening".to_owned(),
        "another 13".to_owned(),
    ];
    let expected: OpenWork = there.iter().map(|name| (name.clone(), all[name])).collect();
    assert_eq!(asked_among(&conn, there.iter().chain(&nowhere)).unwrap(), expected);
    assert!(asked_among(&conn, []).unwrap().is_empty());
    for kind in &ROWS {
        let steps = plan_of(&conn, &kind.by_name());
        assert!(!steps.is_empty() && steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
    }
}

#[test]
fn a_row_that_was_changed_has_another_digest_by_its_name_too() {
    let conn = many();
    let names = [intent_name(7), opening_name(&OpeningId::new("opening-3")), planned_name(9), owed_name(10)];
    let before = asked_among(&conn, &names).unwrap();
    conn.execute_batch(
        "UPDATE intent SET day = '2026-03-03';
         UPDATE person_key SET key = key || 'x';
         UPDATE report_debt SET address = 'kari@example.org'",
    )
    .unwrap();
    let after = asked_among(&conn, &names).unwrap();
    assert_eq!(after.len(), 4);
    assert!(names.iter().all(|name| before[name] != after[name]), "{before:?} {after:?}");
}

#[test]
fn what_is_over_leaves_nothing_to_read() {
    let conn = many();
    for seq in 1..=2000 {
        close_intent(&conn, seq).unwrap();
        forget_opening(&conn, &PersonId::new(&format!("bruker{seq}")).unwrap()).unwrap();
    }
    let now: Timestamp = AT.parse().unwrap();
    let planned = plan_reports(&conn, now, &[], &(1..=2000).collect()).unwrap();
    assert_eq!(planned.dropped.len(), 1000);
    let owed = report_debts(&conn).unwrap();
    assert_eq!(owed.len(), 1000);
    owed.iter().for_each(|debt| reports_done(&conn, debt).unwrap());
    assert!(open_requests(&conn).unwrap().is_empty());
    assert!(open_intents(&conn).unwrap().is_empty());
    for table in ["intent", "opening", "report_debt"] {
        let question = format!("SELECT count(*) FROM {table}");
        let rows: i64 = conn.query_row(&question, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    salt_asked(&conn).unwrap();
    assert_ne!(salt(&conn).as_deref(), Some("a salt"));
}

#[test]
fn the_salt_stays_while_one_row_is_open() {
    for (row, over) in [
        (
            format!("INSERT INTO intent (at, day, step) VALUES ('{AT}', '2026-03-02', '-')"),
            "DELETE FROM intent",
        ),
        (
            format!("INSERT INTO opening (person, opening, since) VALUES ('kari.testesen', 'x', '{AT}')"),
            "DELETE FROM opening",
        ),
        (
            format!(
                "INSERT INTO report_debt (account, state, ends, takes, since)
                 VALUES ('x', 'planned', '[]', '[]', '{AT}')"
            ),
            // Owed work keeps the salt as planned work does.
            "UPDATE report_debt SET state = 'owed'",
        ),
    ] {
        let conn = empty();
        salt_asked(&conn).unwrap();
        let first = salt(&conn);
        assert!(first.is_some());
        conn.execute(&row, []).unwrap();
        salt_asked(&conn).unwrap();
        assert_eq!(salt(&conn), first, "{row}");
        conn.execute(over, []).unwrap();
        salt_asked(&conn).unwrap();
        assert_eq!(salt(&conn) == first, over.starts_with("UPDATE"), "{row}");
        conn.execute("DELETE FROM report_debt", []).unwrap();
        salt_asked(&conn).unwrap();
        assert_ne!(salt(&conn), first, "{row}");
    }
}
