//! Every change of a ledger is detected, either by its chain or by a checkpoint that was kept on another machine.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

use jiff::{Timestamp, ToSpan as _};
use portvakt_database::{Connection, params};
use portvakt_engine::ledger::{
    Checkpoint, CheckpointError, CheckpointKey, EntryKind, Filter, KeyError, LedgerError, VerifyError,
    append, entries, head, prepare, verify,
};
use portvakt_stores::tables::{Create, Tables};
use proptest::prelude::*;
use serde_json::{Value, json};

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

/// The kinds come in turn.
fn kind_of(at: u64) -> EntryKind {
    EntryKind::ALL[usize::try_from(at).unwrap() % EntryKind::ALL.len()]
}

fn ledger(length: u64) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    prepare(&connection).unwrap();
    for at in 1..=length {
        let kind = kind_of(at);
        let body = json!({"account": format!("acc-{at}"), "n": at, "note": "blåbær", "list": [1, {"b": 2, "a": at}]});
        append(&connection, moment(i64::try_from(at).unwrap()), kind, &body).unwrap();
    }
    connection
}

/// The ledger as a person can change it who writes to the file and removes the table's own protection first.
fn unprotected(length: u64) -> Connection {
    let connection = ledger(length);
    connection
        .execute_batch("DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept")
        .unwrap();
    connection
}

fn broken_at(connection: &Connection) -> Option<u64> {
    match verify(connection) {
        Ok(_) => None,
        Err(VerifyError::Broken(broken)) => Some(broken.seq),
        Err(VerifyError::Store(error)) => panic!("{error:?}"),
    }
}

#[test]
fn entries_read_back_as_written_and_the_chain_holds() {
    let connection = ledger(1200);
    let verified = verify(&connection).unwrap();
    assert_eq!((verified.entries, verified.head), (1200, head(&connection).unwrap()));
    let read: Vec<_> = entries(&connection, 1, Filter::default()).collect::<Result<_, _>>().unwrap();
    assert_eq!(read.len(), 1200);
    assert!(
        read.iter().zip(1..).all(|(entry, seq)| entry.seq == seq && entry.at == moment(entry.seq as i64))
    );
    assert_eq!(read[7].body["list"][1], json!({"a": 8, "b": 2}));
    assert_eq!(Some(read[1199].hash), verified.head.map(|head| head.hash));

    let seqs = |from, filter| -> Vec<u64> {
        entries(&connection, from, filter).map(|entry| entry.unwrap().seq).collect()
    };
    assert_eq!(seqs(1199, Filter::default()), [1199, 1200]);
    assert_eq!(seqs(5000, Filter::default()), Vec::<u64>::new());
    let naming = Filter { naming: Some("acc-120".to_owned()), ..Filter::default() };
    assert_eq!(seqs(1, naming), [120], "the whole value, not a part of one");
    let drift =
        Filter { kinds: BTreeSet::from([EntryKind::Drift]), before: Some(moment(30)), ..Filter::default() };
    let written: Vec<u64> = (1..30).filter(|at| kind_of(*at) == EntryKind::Drift).collect();
    assert!(!written.is_empty(), "one entry in {} tells of drift", EntryKind::ALL.len());
    assert_eq!(seqs(1, drift), written);
    let since = Filter { since: Some(moment(1198)), ..Filter::default() };
    assert_eq!(seqs(1, since), [1198, 1199, 1200]);
}

#[test]
fn the_same_body_is_the_same_bytes_and_time_keeps_its_fractions() {
    let connection = ledger(0);
    assert_eq!(verify(&connection).unwrap().head, None);
    let body: Value = serde_json::from_str(r#"{"z": {}, "b": [ ], "a": {"d": "\"\n", "c": null}}"#).unwrap();
    let at = moment(0).checked_add(123_456.microseconds()).unwrap();
    let entry = append(&connection, at, EntryKind::Plan, &body).unwrap();
    let text: String = connection.query_row("SELECT body FROM ledger", [], |row| row.get(0)).unwrap();
    assert_eq!(text, r#"{"a":{"c":null,"d":"\"\n"},"b":[],"z":{}}"#);
    assert_eq!(entries(&connection, 1, Filter::default()).next().unwrap().unwrap(), entry);
}

#[test]
fn the_table_refuses_to_be_changed() {
    let connection = ledger(3);
    for sql in [
        "UPDATE ledger SET body = '{}' WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 3",
        "INSERT INTO ledger SELECT 9, at, kind, body, prev, hash FROM ledger WHERE seq = 3",
        "INSERT OR REPLACE INTO ledger SELECT seq, at, kind, '{}', prev, hash FROM ledger WHERE seq = 3",
        "INSERT INTO ledger (at, kind, body, prev, hash) SELECT at, kind, body, prev, hash FROM ledger WHERE seq = 3",
    ] {
        let told = connection.execute(sql, []).unwrap_err().to_string();
        assert!(told.contains("the ledger only grows"), "{sql}: {told}");
    }
    assert_eq!(broken_at(&connection), None);
}

#[test]
fn an_entry_goes_with_the_transaction_it_records() {
    let folder = tempfile::tempdir().unwrap();
    let mut register = Tables::open(&folder.path().join("register.db"), Create::IfMissing).unwrap();
    prepare(register.connection()).unwrap();
    prepare(register.connection()).unwrap();
    let transaction = register.connection_mut().begin().unwrap();
    append(&transaction, moment(1), EntryKind::Step, &json!({})).unwrap();
    drop(transaction);
    assert_eq!(head(register.connection()).unwrap(), None);
    assert_eq!(append(register.connection(), moment(1), EntryKind::Step, &json!({})).unwrap().seq, 1);
}

#[test]
fn removed_inserted_and_cut_in_the_middle_are_found() {
    for (sql, seq) in [
        ("DELETE FROM ledger WHERE seq = 4", 4),
        ("DELETE FROM ledger WHERE seq BETWEEN 3 AND 8", 3),
        ("DELETE FROM ledger WHERE seq = 1", 1),
        ("DELETE FROM ledger WHERE seq = 4; UPDATE ledger SET seq = seq - 1 WHERE seq > 4", 4),
        (
            "UPDATE ledger SET seq = -seq - 1 WHERE seq > 4; UPDATE ledger SET seq = -seq WHERE seq < 0;
             INSERT INTO ledger SELECT 5, at, kind, body, prev, hash FROM ledger WHERE seq = 4",
            5,
        ),
        ("INSERT INTO ledger SELECT 0, at, kind, body, prev, hash FROM ledger WHERE seq = 1", 1),
        ("INSERT INTO ledger SELECT 11, at, kind, body, hash, hash FROM ledger WHERE seq = 10", 11),
    ] {
        let connection = unprotected(10);
        connection.execute_batch(sql).unwrap();
        assert_eq!(broken_at(&connection), Some(seq), "{sql}");
    }
}

#[test]
fn a_head_without_a_hash_is_not_built_upon() {
    let connection = unprotected(3);
    connection.execute("UPDATE ledger SET hash = x'00' WHERE seq = 3", []).unwrap();
    let error = append(&connection, moment(4), EntryKind::Pass, &json!({})).unwrap_err();
    assert!(matches!(error, LedgerError::Broken(ref broken) if broken.seq == 3), "{error:?}");
    assert_eq!(error.to_string(), "the ledger does not hold at entry 3: it carries no hash");
}

#[test]
fn a_checkpoint_finds_a_cut_tail_and_a_ledger_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let key = CheckpointKey::open(&folder.path().join("key")).unwrap();
    let connection = unprotected(10);
    let checkpoint = key.sign("smerte", head(&connection).unwrap().unwrap(), moment(99)).unwrap();
    checkpoint.verify_signature(Some(&key.public())).unwrap();
    checkpoint.agrees(&connection).unwrap();
    append(&connection, moment(100), EntryKind::Pass, &json!({})).unwrap();
    checkpoint.agrees(&connection).unwrap();

    connection.execute("DELETE FROM ledger WHERE seq > 9", []).unwrap();
    assert_eq!(broken_at(&connection), None, "the chain alone does not see it");
    assert!(matches!(checkpoint.agrees(&connection), Err(CheckpointError::Truncated { seq: 10, .. })));
    append(&connection, moment(100), EntryKind::Pass, &json!({"other": true})).unwrap();
    assert_eq!(broken_at(&connection), None);
    assert!(matches!(checkpoint.agrees(&connection), Err(CheckpointError::Replaced { seq: 10, .. })));
}

#[test]
fn a_checkpoint_cannot_be_edited_or_signed_by_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let key = CheckpointKey::open(&folder.path().join("key")).unwrap();
    let other = CheckpointKey::open(&folder.path().join("other")).unwrap();
    let connection = ledger(2);
    let head = head(&connection).unwrap().unwrap();
    let good = key.sign("smerte", head, moment(5)).unwrap();
    let bad = |edit: &dyn Fn(&mut Checkpoint)| {
        let mut checkpoint = good.clone();
        edit(&mut checkpoint);
        assert!(
            matches!(checkpoint.verify_signature(None), Err(CheckpointError::Signature)),
            "{checkpoint:?}"
        );
    };
    bad(&|checkpoint| checkpoint.register = "other".to_owned());
    bad(&|checkpoint| checkpoint.seq = 1);
    bad(&|checkpoint| checkpoint.hash = portvakt_core::model::Digest::of(b"x"));
    bad(&|checkpoint| checkpoint.at = moment(6));
    bad(&|checkpoint| checkpoint.public_key = other.public());
    bad(&|checkpoint| checkpoint.public_key = "00".to_owned());
    bad(&|checkpoint| checkpoint.signature.replace_range(0..1, "x"));
    bad(&|checkpoint| checkpoint.signature.clear());
    let foreign = other.sign("smerte", head, moment(5)).unwrap();
    foreign.verify_signature(None).unwrap();
    let error = foreign.verify_signature(Some(&key.public())).unwrap_err();
    assert!(matches!(error, CheckpointError::OtherKey { .. }), "{error:?}");
    let error = key.sign("smerte\nentry: 9", head, moment(5)).unwrap_err();
    assert!(matches!(error, CheckpointError::Register(_)), "{error:?}");
}

#[test]
fn a_checkpoint_file_reads_back_and_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.json");
    let key = CheckpointKey::open(&folder.path().join("key")).unwrap();
    let connection = ledger(2);
    for at in 1..=2 {
        let checkpoint = key.sign("smerte", head(&connection).unwrap().unwrap(), moment(at)).unwrap();
        checkpoint.write(&path).unwrap();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint);
    }
    let names = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2, "the key and the checkpoint, nothing left over");
    assert!(matches!(
        Checkpoint::read(&folder.path().join("key")),
        Err(CheckpointError::NotACheckpoint { .. })
    ));
    let error = Checkpoint::read(&folder.path().join("none")).unwrap_err();
    assert!(matches!(error, CheckpointError::File { .. }), "{error:?}");
    let checkpoint = Checkpoint::read(&path).unwrap();
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    assert!(matches!(checkpoint.write(&taken), Err(CheckpointError::File { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing left over");
}

#[test]
fn a_key_is_made_once_and_kept_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let key = CheckpointKey::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(CheckpointKey::open(&path).unwrap().public(), key.public());
    assert_ne!(CheckpointKey::open(&folder.path().join("other")).unwrap().public(), key.public());
    let secret = std::fs::read_to_string(&path).unwrap();
    assert!(!secret.contains(&key.public()) && !format!("{key:?}").contains(secret.lines().nth(1).unwrap()));

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(CheckpointKey::open(&path), Err(KeyError::Exposed(_))));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for text in ["", "portvakt ledger key 1\n00\n", &secret.replace("key 1", "key 2")] {
        std::fs::write(&path, text).unwrap();
        assert!(matches!(CheckpointKey::open(&path), Err(KeyError::NotAKey(_))), "{text}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "never overwritten");
    }
    assert!(matches!(
        CheckpointKey::open(&folder.path().join("none").join("key")),
        Err(KeyError::File { .. })
    ));
}

#[test]
fn many_entries_are_written_in_one_transaction_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let mut register = Tables::open(&folder.path().join("register.db"), Create::IfMissing).unwrap();
    prepare(register.connection()).unwrap();
    let body = json!({"account": "0b0c7a52-61f6-4d6f-9d3b-1f6f0d1f2a3b", "person": "k", "right": "a/1/LU"});
    let started = Instant::now();
    let transaction = register.connection_mut().begin().unwrap();
    for at in 0..20_000 {
        append(&transaction, moment(at), EntryKind::Step, &body).unwrap();
    }
    transaction.commit().unwrap();
    let written = started.elapsed();
    assert_eq!(verify(register.connection()).unwrap().entries, 20_000);
    println!("written in {written:?}, written and verified in {:?}", started.elapsed());
    // This is the limit without optimisation. If each entry prepared its statement again, the time would be far beyond
    // it.
    assert!(written.as_secs() < 10, "{written:?}");
}

const COLUMNS: [&str; 5] = ["at", "kind", "body", "prev", "hash"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_byte_changed_anywhere_is_found(
        length in 1_u64..12, row in any::<prop::sample::Index>(), column in 0_usize..5,
        at in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let connection = unprotected(length);
        let seq = row.index(usize::try_from(length).unwrap()) as i64 + 1;
        let name = COLUMNS[column];
        let sql = format!("SELECT CAST({name} AS BLOB) FROM ledger WHERE seq = ?1");
        let mut bytes: Vec<u8> = connection.query_row(&sql, [seq], |row| row.get(0)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let kept = if column < 3 { "CAST(?1 AS TEXT)" } else { "?1" };
        let sql = format!("UPDATE ledger SET {name} = {kept} WHERE seq = ?2");
        prop_assert_eq!(connection.execute(&sql, params![bytes, seq]).unwrap(), 1);
        prop_assert_eq!(broken_at(&connection), Some(seq as u64));
    }

    #[test]
    fn any_number_changed_is_found(length in 1_i64..12, row in any::<prop::sample::Index>(), bit in 0_u32..64) {
        let connection = unprotected(length as u64);
        let seq = row.index(length as usize) as i64 + 1;
        let other = seq ^ 1_i64.rotate_left(bit);
        // A number that is taken means two entries change places.
        let taken = (1..=length).contains(&other);
        connection.execute("UPDATE ledger SET seq = -9999 WHERE seq = ?1", [other]).unwrap();
        connection.execute("UPDATE ledger SET seq = ?2 WHERE seq = ?1", [seq, other]).unwrap();
        connection.execute("UPDATE ledger SET seq = ?1 WHERE seq = -9999", [seq]).unwrap();
        let first = if taken { seq.min(other) } else if other < 1 { 1 } else { seq };
        // The last one moved up leaves a gap that its own number shows.
        prop_assert_eq!(broken_at(&connection), Some(first as u64));
    }

    #[test]
    fn any_entry_removed_or_two_swapped_is_found(
        length in 2_u64..12, first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(),
    ) {
        let last = usize::try_from(length).unwrap();
        let (first, second) = (first.index(last - 1) as u64 + 1, second.index(last) as u64 + 1);
        let removed = unprotected(length);
        removed.execute("DELETE FROM ledger WHERE seq = ?1", [first as i64]).unwrap();
        prop_assert_eq!(broken_at(&removed), Some(first));
        prop_assume!(first != second);
        let swapped = unprotected(length);
        for (from, to) in [(first as i64, -1), (second as i64, first as i64), (-1, second as i64)] {
            swapped.execute("UPDATE ledger SET seq = ?2 WHERE seq = ?1", [from, to]).unwrap();
        }
        prop_assert_eq!(broken_at(&swapped), Some(first.min(second)));
    }
}

#[test]
fn times_never_fall_and_those_of_an_older_version_that_did_are_told() {
    let connection = ledger(3);
    let entry = append(&connection, moment(-86_400), EntryKind::Pass, &json!({})).unwrap();
    assert_eq!(entry.at, moment(3), "a clock that stands behind writes the time of the last entry");
    assert_eq!(append(&connection, moment(9), EntryKind::Pass, &json!({})).unwrap().at, moment(9));
    assert_eq!(verify(&connection).unwrap().fell, None);
    // Versions before this one wrote the clock's time: such an entry, chained as they chained it.
    let before = head(&connection).unwrap().unwrap();
    let mut hasher = portvakt_core::model::Hasher::new("portvakt ledger entry 1");
    let at = moment(2).to_string();
    hasher.part(&6u64.to_be_bytes()).part(at.as_bytes()).part(b"pass").part(b"{}");
    hasher.part(before.hash.as_bytes());
    let hash = hasher.finish();
    connection
        .execute(
            "INSERT INTO ledger (seq, at, kind, body, prev, hash) VALUES (6, ?1, 'pass', '{}', ?2, ?3)",
            params![at, before.hash.as_bytes().to_vec(), hash.as_bytes().to_vec()],
        )
        .unwrap();
    let verified = verify(&connection).unwrap();
    assert_eq!((verified.entries, verified.fell), (6, Some(6)));
}
