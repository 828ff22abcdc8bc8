//! Tests that slots are named and salted, and that the rows of the wanted slots are found.

use super::*;
use crate::memory::{hold_file, prepare, use_statement};

fn statement(number: usize) -> Digest {
    Digest::of(format!("statement {number}").as_bytes())
}

fn path(name: &str) -> FilePath {
    FilePath::new(&format!("desired-state/ahus/{name}"))
}

fn many(of: usize) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    prepare(&conn).unwrap();
    for number in 0..of {
        use_statement(&conn, &statement(number)).unwrap();
        hold_file(&conn, &path(&format!("{}.yaml", statement(number))), "2026-03-02T11:00:00Z", &[]).unwrap();
    }
    conn
}

#[test]
fn few_rows_are_read_for_few_keys() {
    let conn = many(10_000);
    let kari = PersonId::new("kari.testesen").unwrap();
    let mut asked = BTreeSet::from([Slot::of_refusals(&kari)]);
    asked.extend([1, 2, 30_000].map(|number| Slot::of_served(&statement(number))));
    asked.insert(Slot::of_hold(&path(&format!("{}.yaml", statement(3)))));
    let mut read = 0;
    each_row(&conn, &asked, |_, _| read += 1).unwrap();
    // A slot has about two or three rows.
    assert!((3..60).contains(&read), "{read}");
    for table in SlotTable::ALL {
        let mut plan = conn.prepare_cached(&format!("EXPLAIN QUERY PLAN {}", table.rows_between())).unwrap();
        let steps: Vec<String> = plan.query_all(["a", "b"], |row| row.get(3)).unwrap();
        assert!(!steps.is_empty() && steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
    }
}

#[test]
fn a_slot_alone_has_the_digest_that_it_has_among_all() {
    let conn = many(500);
    every_slot_anew(&conn).unwrap();
    for odd in ["?", "ab", "desired-state/ahus/abc/x.yaml", "desired-state/ahus/ab", "æøå/æøåx"] {
        hold_file(&conn, &FilePath::new(odd), "2026-03-02T11:00:00Z", &[]).unwrap();
    }
    let every = slots(&conn, &AskedSlots::Every).unwrap();
    let mut asked: BTreeSet<Slot> = (0..500).map(|number| Slot::of_served(&statement(number))).collect();
    let names = (0..500).map(|number| path(&format!("{}.yaml", statement(number))));
    asked.extend(names.map(|path| Slot::of_hold(&path)));
    for odd in ["?", "ab", "desired-state/ahus/abc/x.yaml", "desired-state/ahus/ab", "æøå/æøåx"] {
        asked.insert(Slot::of_hold(&FilePath::new(odd)));
    }
    assert_eq!(slots(&conn, &AskedSlots::These(asked)).unwrap(), every);
    // No pass writes such keys. They are still read if somebody has put them in.
    let most = char::MAX.to_string();
    for odd in [String::new(), most.clone(), most.repeat(4), format!("ab{most}x"), "a\u{d7ff}".to_owned()] {
        hold_file(&conn, &FilePath::new(&odd), "2026-03-02T11:00:00Z", &[]).unwrap();
        let asked = AskedSlots::These([Slot::of_hold(&FilePath::new(&odd))].into());
        let alone = slots(&conn, &asked).unwrap();
        let every = slots(&conn, &AskedSlots::Every).unwrap();
        assert_eq!(alone.len(), 1, "{odd:?}");
        assert!(alone.iter().all(|(name, digest)| digest.is_some() && every.get(name) == Some(digest)));
    }
    let empty = AskedSlots::These([Slot::of_hold(&path("zzz.yaml"))].into());
    assert_eq!(slots(&conn, &empty).unwrap().into_values().collect::<Vec<_>>(), [None]);
}

#[test]
fn a_new_salt_changes_the_digest_and_not_the_name() {
    let conn = many(5);
    let before = every_slot_anew(&conn).unwrap();
    let after = every_slot_anew(&conn).unwrap();
    assert!(before.keys().eq(after.keys()));
    assert!(before.iter().all(|(name, change)| after[name] != *change));
    assert!(before.keys().all(|name| [MemoryPart::Holds, MemoryPart::Served].contains(&part_of_slot(name))));
    assert_eq!(part_of_slot("later 00ff"), MemoryPart::Other("later".to_owned()));
}
