//! Accounts are opened, changed, closed and opened again. The parts that must not change stay the same.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::{AccountId, RequestId, Right};
use portvakt_core::plan::{Effect, Step};
use portvakt_core::store::{ReadStore as _, StoreError};
use portvakt_stores::tables::view::{Show, users};
use portvakt_stores::tables::write::Performed;
use portvakt_stores::tables::{authorship, history_digest, seed};
use rusqlite::Connection;

use super::bench::{Bench, TODAY, about, amend, given, lower, lu, newcomer, person, right, subscriptions};

#[test]
fn somebody_comes_changes_leaves_and_comes_back() {
    let mut bench = Bench::new();
    let (lu, report) = (lu(), right("rapporteket-smerte", 100082, "LU"));
    let id = bench.raise("kari.testesen", &[lu.clone(), report.clone()], "2026/0137");
    let account = bench.account(&id);
    assert_eq!(account.email.as_deref(), Some("kari.testesen@hospital.example"));
    let request = RequestId::new("2026/0137").ok();
    assert_eq!(
        account.rights,
        BTreeMap::from([(lu.clone(), request.clone()), (report.clone(), request.clone())])
    );

    let amended = bench.done(&about(&id, amend("Kari Oppdiktet Testesen", None))).1;
    assert_eq!(amended.name, "Kari Oppdiktet Testesen");
    assert_eq!(amended.email, account.email, "`None` leaves the address as it is");
    let amended = bench.done(&about(&id, amend("Kari Testesen", Some(Some("kari@hospital.example"))))).1;
    assert_eq!(amended.email.as_deref(), Some("kari@hospital.example"));

    assert!(seed(bench.register.connection(), 7, TODAY).unwrap().subscriptions > 0);
    let history = history_digest(bench.register.connection()).unwrap();
    let made = authorship(bench.register.connection(), &id).unwrap();
    assert!(made.courses > 0 && made.forms >= made.courses, "{made:?}");

    // One application is taken away, the other stays (R31), and so does the address.
    let account = bench.account(&id);
    let of_report = account.subscriptions.iter().filter(|subscription| subscription.right() == report);
    let ended: Vec<i64> = of_report.map(|subscription| subscription.id).collect();
    assert!(!ended.is_empty());
    let (_, after) = bench.done(&about(&id, lower(std::slice::from_ref(&report), &ended, false)));
    assert_eq!(after.rights.keys().collect::<Vec<_>>(), [&lu]);
    assert!(after.active && after.email.is_some());

    // The last right goes: closed, no address anywhere, nothing sent any more, history untouched (R38-R40).
    let rest = subscriptions(&after);
    let (_, after) = bench.done(&about(&id, lower(std::slice::from_ref(&lu), &rest, true)));
    assert!(
        !after.active && after.email.is_none() && after.rights.is_empty() && after.subscriptions.is_empty()
    );
    assert!(bench.number("SELECT count(*) FROM subscription") > 0);
    assert_eq!(bench.number("SELECT count(*) FROM subscription WHERE end_date >= '2026-11-23'"), 0);
    assert_eq!(bench.number("SELECT count(*) FROM subscription WHERE address IS NOT NULL"), 0);
    assert_eq!(bench.number("SELECT count(*) FROM account WHERE closed = '2026-11-23'"), 1);
    assert_eq!(history_digest(bench.register.connection()).unwrap(), history);
    assert_eq!(authorship(bench.register.connection(), &id).unwrap(), made);
    let spent = |right: &Right| given("kari.testesen", right, "2026/0137").grant;
    assert_eq!(bench.register.spent().unwrap(), BTreeSet::from([spent(&lu), spent(&report)]));

    // Such accounts are hidden by default, and shown to auditors (R35).
    assert_eq!(users(bench.register.connection(), Show::Open).unwrap().users, []);
    let all = users(bench.register.connection(), Show::All).unwrap();
    assert_eq!((all.users.len(), all.incomplete), (1, None));
    let user = &all.users[0];
    assert_eq!((user.open, user.closed, user.courses), (false, Some(TODAY), made.courses));

    // Coming back is a new account of the same person (R34).
    let back = bench.raise("kari.testesen", std::slice::from_ref(&lu), "2027/0001");
    assert_ne!(back, id);
    let people = BTreeSet::from([person("kari.testesen")]);
    let both = bench.register.accounts(&people, &BTreeSet::from([id.clone()])).unwrap();
    let both: Vec<_> = both.iter().map(|account| (&account.id, account.active)).collect();
    assert_eq!(both, [(&id, false), (&back, true)]);
    assert_eq!(seed(bench.register.connection(), 7, TODAY).unwrap().accounts, 1, "only the new account");
    assert_eq!(seed(bench.register.connection(), 7, TODAY).unwrap().accounts, 0);
}

#[test]
fn a_closed_account_takes_nothing_more() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    bench.done(&about(&id, lower(&[lu()], &[], true)));
    let grant = vec![given("kari.testesen", &lu(), "r2")];
    let told = bench.not_written(&about(&id, Effect::Raise { grant }));
    assert_eq!(told, "the account `acc-0001` is closed, and stays as it is (R34)");
    bench.not_written(&about(&id, amend("X", Some(Some("x@hospital.example")))));
    let nobody = AccountId::new("nobody");
    let told = bench.not_written(&about(&nobody, Effect::Sweep { end_subscriptions: Vec::new() }));
    assert_eq!(told, "the account `nobody` is not in the register");
    let nothing = bench.perform(&about(&id, Effect::Settle { grants: Vec::new() })).unwrap();
    assert_eq!(nothing, Performed { account: Some(id), after: None });
}

#[test]
fn an_account_that_was_given_something_meanwhile_is_not_closed() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu(), right("smerteregisteret", 100083, "LC")], "r1");
    let told = bench.not_written(&about(&id, lower(&[lu()], &[], true)));
    assert!(told.contains("`smerteregisteret/100083/LC`"), "{told}");
}

#[test]
fn of_two_open_accounts_none_is_picked_and_an_id_is_not_used_twice() {
    let mut bench = Bench::new();
    bench.raise("kari.testesen", &[lu()], "r1");
    bench.sql(
        "INSERT INTO account (id, person, name, active, opened) VALUES
         ('by-hand', 'kari.testesen', 'Kari', 1, '2026-01-01'), ('acc-0002', NULL, 'Service', 1, '2026-01-01')",
    );
    let step = |name: &str| {
        let effect = Effect::Raise { grant: vec![given(name, &lu(), "r2")] };
        Step { subject: newcomer(name), person: None, effect }
    };
    assert_eq!(bench.not_written(&step("kari.testesen")), "`kari.testesen` has 2 open accounts");
    assert_eq!(bench.not_written(&step("ola.testesen")), "the new account id `acc-0002` is in use already");
}

#[test]
fn a_sweep_clears_what_a_hand_left_and_nothing_of_those_who_have_access() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    seed(bench.register.connection(), 1, TODAY).unwrap();
    let running = subscriptions(&bench.account(&id));
    let sweep = about(&id, Effect::Sweep { end_subscriptions: running.clone() });
    let told = bench.not_written(&sweep);
    assert_eq!(told, "the account `acc-0001` has access, so its e-mail address stays");

    // Somebody has done half of it by hand: the account is out of use, and the address and the reports are forgotten.
    bench.sql("UPDATE access SET ended = '2026-11-01'; UPDATE account SET active = 0");
    let half = bench.account(&id);
    assert!(half.email.is_some() && subscriptions(&half) == running && !running.is_empty());
    let (_, after) = bench.done(&sweep);
    assert!(after.email.is_none() && after.subscriptions.is_empty());
    assert_eq!(bench.number("SELECT count(*) FROM subscription WHERE address IS NOT NULL"), 0);
}

#[test]
fn what_is_half_done_is_finished_and_a_report_set_running_again_is_seen() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    seed(bench.register.connection(), 1, TODAY).unwrap();
    let running = subscriptions(&bench.account(&id));
    bench.sql("UPDATE access SET ended = '2026-11-01'; UPDATE account SET email = NULL");
    let (_, after) = bench.done(&about(&id, lower(&[lu()], &running, true)));
    assert!(!after.active && after.subscriptions.is_empty());
    assert_eq!(bench.number("SELECT count(*) FROM access WHERE ended = '2026-11-01'"), 1, "done already");

    // The last day cannot be moved on while the row says that it has ended ...
    let on = "UPDATE subscription SET end_date = '2099-01-01'";
    assert!(bench.register.connection().execute(on, []).unwrap_err().to_string().contains("CHECK"));
    // When the row no longer says so, the list has the account again.
    bench.sql(&format!("{on}, ended = NULL"));
    assert_eq!(subscriptions(&bench.account(&id)), running);
}

#[test]
fn a_right_given_by_hand_gets_its_request_and_one_that_is_there_keeps_its_own() {
    let mut bench = Bench::new();
    let (lu, lc) = (lu(), right("smerteregisteret", 100082, "LC"));
    let id = bench.raise("kari.testesen", std::slice::from_ref(&lu), "r1");
    bench.sql(
        "INSERT INTO access (account, application, unit, role, granted)
         VALUES ('acc-0001', 'smerteregisteret', 100082, 'LC', '2026-11-01')",
    );
    assert_eq!(bench.account(&id).rights[&lc], None);
    let grant = vec![given("kari.testesen", &lu, "r2"), given("kari.testesen", &lc, "r2")];
    let (_, after) = bench.done(&about(&id, Effect::Raise { grant }));
    assert_eq!(after.rights[&lu], RequestId::new("r1").ok());
    assert_eq!(after.rights[&lc], RequestId::new("r2").ok());
}

#[test]
fn a_subscription_of_somebody_else_is_not_ended() {
    let mut bench = Bench::new();
    let kari = bench.raise("kari.testesen", &[lu()], "r1");
    let ola = bench.raise("ola.testesen", &[lu()], "r2");
    seed(bench.register.connection(), 1, TODAY).unwrap();
    let hers = subscriptions(&bench.account(&kari));
    let told = bench.not_written(&about(&ola, lower(&[], &hers, false)));
    assert!(told.ends_with("of `acc-0002` still runs"), "{told}");
}

#[test]
fn an_answer_that_says_yes_and_changes_nothing_is_a_failure() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    let more =
        Effect::Raise { grant: vec![given("kari.testesen", &right("rapporteket-smerte", 1, "LU"), "r")] };
    for (deaf, effect) in [
        ("BEFORE UPDATE ON access", lower(&[lu()], &[], false)),
        ("BEFORE UPDATE OF email ON account", lower(&[lu()], &[], true)),
        ("BEFORE UPDATE OF active ON account", lower(&[lu()], &[], true)),
        ("BEFORE UPDATE OF name ON account", amend("X", None)),
        ("BEFORE UPDATE OF email ON account", amend("Fictional kari.testesen", Some(None))),
        ("BEFORE INSERT ON access", more),
    ] {
        bench.sql(&format!("CREATE TRIGGER deaf {deaf} BEGIN SELECT RAISE(IGNORE); END"));
        bench.not_written(&about(&id, effect));
        bench.sql("DROP TRIGGER deaf");
    }
}

#[test]
fn the_file_itself_refuses_what_would_falsify_history() {
    let mut bench = Bench::new();
    let id = bench.raise("kari.testesen", &[lu()], "r1");
    seed(bench.register.connection(), 1, TODAY).unwrap();
    bench.done(&about(&id, lower(&[lu()], &[], true)));
    let before = (history_digest(bench.register.connection()).unwrap(), bench.account(&id));
    // This is the connection of another program, so none of our settings is in force there.
    let other = Connection::open(&bench.path).unwrap();
    for (sql, rule) in [
        ("DELETE FROM account", "R38"),
        ("DELETE FROM course", "R39"),
        ("DELETE FROM form", "R39"),
        ("UPDATE account SET active = 1", "R34"),
        ("UPDATE account SET active = 1, closed = NULL", "R34"),
        ("UPDATE account SET closed = '2026-11-24'", "R34"),
        ("UPDATE account SET id = 'other'", "R34"),
        (
            "INSERT OR REPLACE INTO account (id, name, active, opened) VALUES ('acc-0001', 'X', 1, '2026-01-01')",
            "R34",
        ),
        ("INSERT OR REPLACE INTO course SELECT 1, 0, 'open', 'x', 'x', 'x', 'x'", "R39"),
        ("INSERT OR REPLACE INTO form SELECT 1, 1, 'x', 'open', 'x', 'x', 'x', 'x'", "R39"),
        ("UPDATE course SET created_by = 'x'", "R39"),
        ("UPDATE form SET created_by = 'x'", "R39"),
    ] {
        let told = other.execute(sql, []).unwrap_err().to_string();
        assert!(told.contains(rule), "{sql}: {told}");
    }
    assert_eq!((history_digest(bench.register.connection()).unwrap(), bench.account(&id)), before);
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let history = |number| {
        let mut bench = Bench::new();
        for name in ["kari.testesen", "ola.testesen", "eva.testesen"] {
            bench.raise(name, &[lu()], "r1");
        }
        seed(bench.register.connection(), number, TODAY).unwrap();
        history_digest(bench.register.connection()).unwrap()
    };
    assert_eq!(history(1), history(1));
    assert_ne!(history(1), history(2));
}

#[test]
fn any_change_of_history_changes_its_digest() {
    let mut bench = Bench::new();
    bench.raise("kari.testesen", &[lu()], "r1");
    seed(bench.register.connection(), 1, TODAY).unwrap();
    let mut seen = BTreeSet::from([history_digest(bench.register.connection()).unwrap()]);
    for sql in [
        "UPDATE course SET unit = unit + 1 WHERE id = 1",
        "UPDATE course SET status = iif(status = 'open', 'closed', 'open') WHERE id = 1",
        "UPDATE course SET updated_by = 'x' WHERE id = 1",
        "UPDATE form SET kind = 'other' WHERE id = 1",
        "UPDATE form SET updated_on = '2026-11-24' WHERE id = 1",
        "INSERT INTO form SELECT max(id) + 1, course, kind, status, 'x', 'x', 'x', 'x' FROM form",
    ] {
        bench.sql(sql);
        assert!(seen.insert(history_digest(bench.register.connection()).unwrap()), "{sql}");
    }
}

#[test]
fn a_full_disk_says_so_and_leaves_everything_as_it_was() {
    let mut bench = Bench::new();
    bench.raise("kari.testesen", &[lu()], "r1");
    let before = bench.register.list().unwrap().accounts;
    let pages = bench.number("PRAGMA page_count");
    assert_eq!(bench.number(&format!("PRAGMA max_page_count = {pages}")), pages);
    let units = (0..500).map(|unit| given("ola.testesen", &right("smerteregisteret", unit, "LU"), "r2"));
    let effect = Effect::Raise { grant: units.collect() };
    let step = Step { subject: newcomer("ola.testesen"), person: None, effect };
    let error = bench.perform(&step).unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error:?}");
    assert_eq!(bench.register.list().unwrap().accounts, before);
    // Room again, and the same step goes through.
    bench.number("PRAGMA max_page_count = 100000");
    bench.done(&step);
}
