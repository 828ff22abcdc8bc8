//! Reading of the register: the whole list with its proof, single accounts, and reads while another process writes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use portvakt_core::diag::Lang;
use portvakt_core::model::AccountId;
use portvakt_core::plan::{Effect, Step};
use portvakt_core::store::{ReadStore as _, StoreError};
use portvakt_stores::tables::view::{Show, users};
use portvakt_stores::tables::write::perform;
use portvakt_stores::tables::{Reader, seed};
use rusqlite::{Connection, OpenFlags};

use super::bench::{Bench, TODAY, about, given, lower, lu, newcomer, right};

#[test]
fn a_list_that_is_not_whole_says_so() {
    let mut bench = Bench::new();
    bench.raise("kari.testesen", &[lu()], "r1");
    bench.raise("ola.testesen", &[lu()], "r2");
    let list = |bench: &Bench| bench.register.list().unwrap().incomplete;
    let incomplete = |bench: &Bench| list(bench).map(|why| why.en().to_owned());
    assert_eq!(incomplete(&bench), None);
    let insert = "INSERT INTO access (account, application, unit, role, granted) VALUES";

    bench.sql("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
    bench.sql(&format!("{insert} ('zzz', 'smerteregisteret', 1, 'LU', '2026-01-01')"));
    assert_eq!(incomplete(&bench).unwrap(), "a right belongs to the account `zzz`, which is not there");
    let told = list(&bench).unwrap();
    assert_eq!(told.get(Lang::Nb), "en rettighet hører til kontoen `zzz`, som ikke finnes");
    bench.sql("DELETE FROM access WHERE account = 'zzz'");

    bench.sql(&format!("{insert} ('acc-0001', 'smerteregisteret', -1, 'LU', '2026-01-01')"));
    let told = incomplete(&bench).unwrap();
    assert_eq!(told, "a right of the account `acc-0001` has a unit that cannot be read: `-1`");
    let told = list(&bench).unwrap();
    assert_eq!(
        told.get(Lang::Nb),
        "en rettighet til kontoen `acc-0001` har en enhet som ikke kan leses: `-1`"
    );
    bench.sql("DELETE FROM access WHERE unit = -1");

    bench.sql(
        "INSERT INTO account (id, person, name, active, opened) VALUES ('x', 'Kari!', 'X', 1, '2026-01-01')",
    );
    assert_eq!(incomplete(&bench).unwrap(), "the account `x` has a person that cannot be read: `Kari!`");
    bench.sql("UPDATE account SET person = 'x' WHERE id = 'x'");
    assert_eq!(incomplete(&bench), None);

    bench.sql("DROP INDEX access_once");
    bench.sql(&format!("{insert} ('acc-0001', 'smerteregisteret', 100082, 'LU', '2026-01-01')"));
    assert_eq!(incomplete(&bench).unwrap(), "the account `acc-0001` has the same right twice");
}

#[test]
fn a_damaged_index_does_not_vouch_for_itself() {
    let mut bench = Bench::new();
    for at in 0..20 {
        bench.raise(&format!("p{at}"), &[lu()], "r1");
    }
    // A row comes in while the index is told of another condition: afterwards the table has it and the index not.
    let told = |from: &str, to: &str| {
        let by_hand = Connection::open(&bench.path).unwrap();
        let schema = format!("UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}')");
        by_hand
            .execute_batch(&format!(
                "PRAGMA writable_schema = ON; {schema} WHERE name IN ('access_now', 'access_once')"
            ))
            .unwrap();
    };
    told("ended IS NULL", "ended = 1");
    let insert = "INSERT INTO access (account, application, unit, role, granted)
                  VALUES ('acc-0001', 'smerteregisteret', 7, 'LU', '2026-01-01')";
    Connection::open(&bench.path).unwrap().execute_batch(insert).unwrap();
    told("ended = 1", "ended IS NULL");
    let told = Reader::open(&bench.path).unwrap().list().unwrap().incomplete;
    let told = told.unwrap();
    assert_eq!(told.en(), "the register counts 21 rights, and 20 were read");
    assert_eq!(told.get(Lang::Nb), "registeret teller 21 rettigheter, og 20 ble lest");
}

#[test]
fn five_thousand_accounts_are_listed_whole_and_found_one_by_one() {
    let mut bench = Bench::new();
    let rights = [lu(), right("rapporteket-smerte", 100082, "LU")];
    let transaction = bench.register.connection_mut().begin().unwrap();
    for at in 0..5000_u32 {
        let name = format!("person{at}");
        let rights = rights.iter().take(1 + usize::from(at % 5 == 0));
        let grant = rights.map(|right| given(&name, right, "r1")).collect();
        let step = Step { subject: newcomer(&name), person: None, effect: Effect::Raise { grant } };
        // Ids in an order of their own, as random ones come.
        let id = || AccountId::new(&format!("{:08x}", at.wrapping_mul(2_654_435_761)));
        perform(&transaction, &step, TODAY, &mut { id }).unwrap();
    }
    let seeded = seed(&transaction, 3, TODAY).unwrap();
    transaction.commit().unwrap();
    assert_eq!(seeded.accounts, 5000);

    let started = Instant::now();
    let listing = bench.register.list().unwrap();
    let took = started.elapsed();
    assert_eq!(listing.incomplete, None);
    assert_eq!(listing.accounts.len(), 5000);
    assert_eq!(listing.accounts.iter().map(|account| account.rights.len()).sum::<usize>(), 6000);
    let listed = listing.accounts.iter().map(|account| account.subscriptions.len() as u64).sum::<u64>();
    assert_eq!(listed, seeded.subscriptions);
    // Without optimisation this takes a tenth of the limit.
    assert!(took < Duration::from_secs(2), "{took:?}");

    for account in listing.accounts.iter().step_by(500) {
        let people = BTreeSet::from([account.person.clone().unwrap()]);
        let found = bench.register.accounts(&people, &BTreeSet::new()).unwrap();
        assert_eq!(found, std::slice::from_ref(account));
        assert_eq!(bench.account(&account.id), *account);
    }
    let shown = users(bench.register.connection(), Show::Open).unwrap().users;
    assert_eq!(shown.iter().map(|user| user.courses).sum::<u64>(), seeded.courses);
    assert_eq!(shown.iter().map(|user| user.forms).sum::<u64>(), seeded.forms);
}

#[test]
fn one_account_is_a_point_read() {
    let bench = Bench::new();
    for from in [
        "account WHERE person = 'x'",
        "account WHERE id = 'x'",
        "access WHERE ended IS NULL AND account = 'x'",
        "subscription WHERE ended IS NULL AND owner = 'x'",
        "course WHERE created_by = 'x'",
        "form WHERE created_by = 'x'",
    ] {
        let plan = bench.plan(&format!("SELECT * FROM {from}"));
        assert!(plan[0].starts_with("SEARCH"), "{from}: {plan:?}");
    }
}

#[test]
fn the_list_needs_neither_sorting_nor_the_tables() {
    let bench = Bench::new();
    for sql in [
        "SELECT account, application, unit, role, request FROM access WHERE ended IS NULL ORDER BY account",
        "SELECT owner, id, application, unit, role, address, end_date FROM subscription WHERE ended IS NULL
         ORDER BY owner, id",
    ] {
        let plan = bench.plan(sql);
        assert!(plan.len() == 1 && plan[0].contains("USING COVERING INDEX"), "{sql}: {plan:?}");
    }
}

#[test]
fn what_reads_cannot_write() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    let reader = Reader::open(&bench.path).unwrap();
    let step = about(&id, lower(&[lu()], &[], true));
    let error = perform(reader.connection(), &step, TODAY, &mut || AccountId::new("x")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
    assert!(error.to_string().contains("give this user write access"));
    reader.connection().execute_batch("PRAGMA query_only = OFF").unwrap();
    let error = perform(reader.connection(), &step, TODAY, &mut || AccountId::new("x")).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly), "{error:?}");
    assert_eq!(reader.list().unwrap().accounts, [bench.account(&id)]);
}

#[test]
fn a_locked_register_says_so_and_can_still_be_read() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    bench.register.connection().as_sqlite().unwrap().busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open_with_flags(&bench.path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let step = about(&id, lower(&[lu()], &[], true));
    let error = bench.perform(&step).unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error:?}");
    assert_eq!(bench.register.list().unwrap().accounts.len(), 1);
    other.execute_batch("ROLLBACK").unwrap();
    bench.done(&step);
}
