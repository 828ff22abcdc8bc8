//! A person who leaves, moves or gets fewer rights receives no more reports. Everybody else still receives theirs.

use std::collections::BTreeSet;

use portvakt_core::decide::{Patience, Scope};
use portvakt_core::diag::text;
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, ReadStore, StoreError};
use portvakt_engine::apply::{carry_out, carry_out_reports};
use portvakt_engine::pass::{PassInput, PassTools, Shelf, prepare_pass};
use portvakt_engine::reconcile::engine::open_register;
use portvakt_sources::{Depth, Directory, RealPace};
use portvakt_stores::tables::Create;

use super::world::{SETTLE, World, codes, whole};

const LU_AT_AHUS: &str = r#"{"reshId": "100089", "userRole": "LU"}"#;
const LC_AT_AHUS: &str = r#"{"reshId": "100089", "userRole": "LC"}"#;
const LU_AT_FONNA: &str = r#"{"reshId": "100084", "userRole": "LU"}"#;

#[test]
fn the_reports_of_who_leaves_end_and_the_address_goes_everywhere() {
    let Some(world) = World::new() else { return };
    let (hilde, lars) = ("hilde.utkastli@example.test", "lars.demostad@example.test");
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("own-bulletin", "hilde.utkastli", lars, "bulletin", LU_AT_AHUS);
    world.maria.report("of-lars", "lars.demostad", lars, "subscription", LC_AT_AHUS);
    world.maria.report("alone", "lars.demostad", hilde, "dispatchment", LC_AT_AHUS);
    world.maria.report("comma", "lars.demostad", &format!("{lars}, {hilde}"), "dispatchment", LC_AT_AHUS);
    world.maria.report(
        "json",
        "lars.demostad",
        &format!(r#"["{hilde}","{lars}"]"#),
        "dispatchment",
        LC_AT_AHUS,
    );
    world.maria.report(
        "semicolon",
        "lars.demostad",
        &format!("Hilde <{hilde}>; {lars}"),
        "dispatchment",
        LC_AT_AHUS,
    );
    let before = world.apply();
    assert!(before.decided.is_quiet() && codes(&before).is_empty(), "{:?}", before.decided.findings);
    assert_eq!(world.maria.running().len(), 7);

    world.remove("ahus/hilde.utkastli.yaml");
    let passed = world.apply();
    assert!(passed.carried.failed.is_empty() && passed.carried.reports.failed.is_empty(), "{passed:?}");
    assert!(world.is_closed("hilde.utkastli"));
    assert_eq!(world.maria.running(), ["comma", "json", "of-lars", "semicolon"]);
    assert_eq!(world.maria.to("comma"), lars);
    assert_eq!(world.maria.to("json"), format!(r#"["{lars}"]"#));
    assert_eq!(world.maria.to("semicolon"), lars);
    assert_eq!(world.maria.sql("SELECT count(*) FROM autoreport WHERE email LIKE '%hilde%'"), "0");
    let yesterday = super::world::today().yesterday().unwrap().to_string();
    assert_eq!(
        world.maria.sql("SELECT DISTINCT terminateDate FROM autoreport WHERE id LIKE 'own%'"),
        yesterday
    );

    // It is one operation. The entry names the entry of the closing, and nothing personal.
    let entries = world.entries("reports");
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((&entries[0]["ended"], &entries[0]["addresses"]), (&3.into(), &5.into()));
    let operation = entries[0]["operations"][0].as_i64().unwrap();
    let closing: String =
        world.ask(&format!("SELECT kind || ' ' || body FROM ledger WHERE seq = {operation}"));
    assert!(closing.starts_with("step ") && closing.contains("\"closed\":true"), "{closing}");
    let ledger: i64 =
        world.ask("SELECT count(*) FROM ledger WHERE body LIKE '%example.test%' OR body LIKE '%hilde%'");
    assert_eq!((ledger, world.owed()), (0, 0), "the address is remembered nowhere");
    let again = world.apply();
    assert!(again.decided.is_quiet() && world.entries("reports").len() == 1);
}

#[test]
fn who_keeps_another_right_keeps_the_reports_of_that_one() {
    let Some(world) = World::new() else { return };
    let (hilde, leif) = ("hilde.utkastli@example.test", "leif.utkastli@example.test");
    world.maria.report("here", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("other-unit", "hilde.utkastli", hilde, "subscription", LU_AT_FONNA);
    world.maria.report("higher", "hilde.utkastli", hilde, "dispatchment", LC_AT_AHUS);
    world.maria.report("lower", "leif.utkastli", leif, "subscription", LU_AT_FONNA);
    world.maria.report("leif-at-ahus", "leif.utkastli", leif, "subscription", LC_AT_AHUS);
    world.apply();
    assert_eq!(
        world.maria.running(),
        ["here", "lower"],
        "an LC has what an LU has; no other way, and no other unit"
    );
    assert_eq!(world.maria.to("other-unit"), hilde, "who has access keeps the address");
    // They lost something, and it counts once against the budget.
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM budget"), 2);
    assert_eq!(world.entries("reports").len(), 2);

    // Access in the other application alone gives no reports.
    world.revoke("ahus/hilde.utkastli.yaml", "rapporteket-smerte", "anne.fiktivsen");
    world.apply();
    assert_eq!(world.maria.running(), ["lower"]);
    let open: bool = world.ask("SELECT active FROM account WHERE person = 'hilde.utkastli'");
    assert!(open, "the account goes on");
}

#[test]
fn an_address_that_somebody_else_still_uses_stays() {
    let Some(world) = World::new() else { return };
    let shared = "post.ahus@example.test";
    world.by_hand(&format!(
        "UPDATE account SET email = '{shared}' WHERE person IN ('hilde.utkastli', 'lars.demostad')"
    ));
    world.maria.report("to-both", "anne.fiktivsen", shared, "dispatchment", LC_AT_AHUS);
    let mut engine = world.engine();
    whole(&mut engine);
    world.remove("ahus/hilde.utkastli.yaml");
    // A pass over one file looks for other people before it removes an address.
    let small = |engine: &mut portvakt_engine::reconcile::engine::Engine| {
        let reach = portvakt_engine::reconcile::engine::PassReach::Changes;
        let passed =
            engine.pass(reach, jiff::Timestamp::now(), std::time::Instant::now(), |_, _| {}).unwrap();
        assert!(!passed.decided.tree.whole);
    };
    small(&mut engine);
    assert!(world.is_closed("hilde.utkastli"));
    assert_eq!(world.maria.running(), ["to-both"]);
    world.remove("ahus/lars.demostad.yaml");
    small(&mut engine);
    assert!(world.is_closed("lars.demostad"));
    assert_eq!(world.maria.reports(), [("to-both".to_owned(), false, String::new())]);
}

/// Gives a person an address in the tree, whose owner keeps addresses there from here on.
fn address_in_the_tree(world: &World, path: &str, address: &str) {
    world.edit(path, |text| text.replace("staff: health\n", &format!("staff: health\nemail: {address}\n")));
}

#[test]
fn an_address_that_another_one_replaces_is_replaced_in_the_reports_and_goes_with_its_owner() {
    let Some(mut world) = World::keeping_addresses() else { return };
    let (hilde, lars, new) =
        ("hilde.utkastli@example.test", "lars.demostad@example.test", "ny.adresse@example.test");
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("list", "lars.demostad", &format!("{lars},{hilde}"), "dispatchment", LC_AT_AHUS);
    assert!(codes(&world.apply()).is_empty());
    // The table does not answer while the address changes. The old one is remembered for as long as it takes.
    world.maria.down();
    address_in_the_tree(&world, "ahus/hilde.utkastli.yaml", new);
    assert_eq!(codes(&world.apply()), ["reports-unavailable", "reports-owed"]);
    let now: String = world.ask("SELECT email FROM account WHERE person = 'hilde.utkastli'");
    assert_eq!((now.as_str(), world.owed()), (new, 1));
    world.maria.up();
    assert!(codes(&world.apply()).is_empty());
    assert_eq!(world.maria.running(), ["list", "own"], "who has access keeps the reports");
    assert_eq!((world.maria.to("own"), world.maria.to("list")), (new.to_owned(), format!("{lars}, {new}")));
    assert_eq!(world.owed(), 0, "the old address is remembered nowhere");
    // And when it answers at once.
    let last = "enda.nyere@example.test";
    world.edit("ahus/hilde.utkastli.yaml", |text| text.replace(new, last));
    assert!(codes(&world.apply()).is_empty());
    assert_eq!((world.maria.to("own"), world.maria.to("list")), (last.to_owned(), format!("{lars}, {last}")));
    world.remove("ahus/hilde.utkastli.yaml");
    assert!(codes(&world.apply()).is_empty());
    assert_eq!((world.maria.running(), world.maria.to("list")), (vec!["list".to_owned()], lars.to_owned()));
    assert_eq!(world.owed(), 0);
}

#[test]
fn an_address_that_is_cleared_goes_from_the_reports_although_its_owner_stays() {
    let Some(world) = World::keeping_addresses() else { return };
    let (hilde, lars) = ("hilde.utkastli@example.test", "lars.demostad@example.test");
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("list", "lars.demostad", &format!("{lars},{hilde}"), "dispatchment", LC_AT_AHUS);
    address_in_the_tree(&world, "ahus/hilde.utkastli.yaml", "none");
    world.apply();
    assert_eq!((world.maria.running(), world.maria.to("list")), (vec!["list".to_owned()], lars.to_owned()));
    assert_eq!(world.owed(), 0);
}

#[test]
fn two_who_leave_on_one_day_are_both_taken_out_of_one_list() {
    let Some(world) = World::new() else { return };
    let [hilde, guri, anne] =
        ["hilde.utkastli", "guri.liksomdal", "anne.fiktivsen"].map(|id| format!("{id}@example.test"));
    world.maria.report(
        "list",
        "anne.fiktivsen",
        &format!("{hilde},{anne},{guri}"),
        "dispatchment",
        LC_AT_AHUS,
    );
    world.maria.report("of-hilde", "hilde.utkastli", &guri, "dispatchment", LU_AT_AHUS);
    world.remove("ahus/hilde.utkastli.yaml");
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    let passed = world.apply();
    assert!(passed.carried.reports.failed.is_empty(), "{:?}", passed.carried.reports);
    assert_eq!(world.maria.to("list"), anne);
    assert_eq!(world.maria.reports()[1], ("of-hilde".to_owned(), false, String::new()));
    assert_eq!(world.entries("reports").len(), 2);
}

#[test]
fn too_many_at_once_are_held_like_every_removal() {
    let Some(world) = World::new() else { return };
    world.four_reports_elsewhere();
    let passed = world.apply();
    assert_eq!(world.maria.running().len(), 4, "the budget is three");
    let held: Vec<_> = passed.decided.unsettled.sets.iter().collect();
    assert_eq!((held.len(), held[0].people.len()), (1, 4), "{held:?}");
    assert_eq!(world.owed(), 0);
}

#[test]
fn a_step_that_fails_ends_no_report() {
    let Some(world) = World::new() else { return };
    let (hilde, guri) = ("hilde.utkastli@example.test", "guri.liksomdal@example.test");
    world.maria.report("of-hilde", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("of-guri", "guri.liksomdal", guri, "subscription", "{}");
    world.by_hand(
        "CREATE TRIGGER stop BEFORE UPDATE ON access
         WHEN old.account IN (SELECT id FROM account WHERE person = 'hilde.utkastli')
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    );
    world.remove("ahus/hilde.utkastli.yaml");
    world.remove("helse-more-og-romsdal/guri.liksomdal.yaml");
    for _ in 0..2 {
        let passed = world.apply();
        assert_eq!((passed.carried.failed.len(), passed.carried.reports.failed.len()), (1, 0));
        assert_eq!(world.maria.running(), ["of-hilde"], "who keeps the access keeps the report");
    }
    world.by_hand("DROP TRIGGER stop");
    world.apply();
    assert!(world.maria.running().is_empty() && world.owed() == 0);
    assert_eq!(world.entries("reports").len(), 2);
}

#[test]
fn who_comes_back_with_the_same_login_keeps_what_the_new_right_covers() {
    let Some(world) = World::new() else { return };
    let hilde = "hilde.utkastli@example.test";
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.revoke("ahus/hilde.utkastli.yaml", "smerteregisteret", "anne.fiktivsen");
    world.revoke("ahus/hilde.utkastli.yaml", "rapporteket-smerte", "anne.fiktivsen");
    world.apply();
    assert!(world.maria.running().is_empty());
    // A new application makes a new account with the same login. The closed one keeps its login too.
    let today = super::world::today();
    world.edit("ahus/hilde.utkastli.yaml", |text| {
        let again = "  - application: rapporteket-smerte\n    unit: 100089\n    role: LU\n";
        format!(
            "{}{again}    from: {today}\n    request: REQ-NEW-1\n    approved:\n      by: anne.fiktivsen\n      on: \
             {today}\n      identity: known\n",
            text.replace("staff: health\n", "staff: health\nlogin: hilde.utkastli\n")
        )
    });
    let passed = world.apply();
    assert_eq!(
        world.ask::<i64>("SELECT count(*) FROM account WHERE login = 'hilde.utkastli'"),
        2,
        "{passed:?}"
    );
    world.maria.report("new", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report("too-much", "hilde.utkastli", hilde, "subscription", LC_AT_AHUS);
    world.apply();
    assert_eq!(world.maria.running(), ["new"]);
}

#[test]
fn a_login_of_two_people_is_nobodys() {
    let Some(world) = World::new() else { return };
    world.by_hand("UPDATE account SET login = 'felles' WHERE person IN ('hilde.utkastli', 'guri.liksomdal')");
    world.maria.report("shared", "felles", "x@example.test", "subscription", LU_AT_FONNA);
    let passed = world.apply();
    assert_eq!((codes(&passed), world.maria.running().len()), (vec!["report-unclear"], 1));
    world.remove("ahus/hilde.utkastli.yaml");
    world.apply();
    assert!(world.maria.running().is_empty(), "of one person now");
}

/// A register that does not show everybody.
struct Cut<'a>(&'a dyn ReadStore);

impl ReadStore for Cut<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        let listing = self.0.list()?;
        let incomplete = Some(text!(en: "page 2 of 3 did not come", nb: "side 2 av 3 kom ikke"));
        Ok(Listing { incomplete, ..listing })
    }
    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.0.accounts(people, ids)
    }
    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.0.spent()
    }
}

#[test]
fn without_a_whole_list_no_address_goes_and_nothing_that_was_found_besides_ends() {
    let Some(world) = World::new() else { return };
    let hilde = "hilde.utkastli@example.test";
    world.maria.report("own", "hilde.utkastli", hilde, "subscription", LU_AT_AHUS);
    world.maria.report(
        "list",
        "lars.demostad",
        &format!("a@example.test {hilde}"),
        "dispatchment",
        LC_AT_AHUS,
    );
    world.maria.report("besides", "lars.demostad", "x@example.test", "subscription", LU_AT_FONNA);
    world.revoke("ahus/hilde.utkastli.yaml", "smerteregisteret", "anne.fiktivsen");
    world.revoke("ahus/hilde.utkastli.yaml", "rapporteket-smerte", "anne.fiktivsen");
    let snapshot = Directory::new(world.root()).take(Depth::All, SETTLE, &mut RealPace).unwrap();
    let mut register = open_register(&world.store(), Create::MustExist).unwrap();
    let reports = world.reports();
    let decided = {
        let mut asked = PassTools {
            memory: register.connection(),
            store: &Cut(&register),
            reports: Some(reports.as_ref()),
            shelf: &mut Shelf::default(),
            patience: &mut Patience::None,
        };
        let seen = PassInput::alone(&snapshot, jiff::Timestamp::now(), std::time::Instant::now());
        prepare_pass(&mut asked, seen, &Scope::Whole).unwrap()
    };
    carry_out(&mut register, None, &decided, |_, _| {}).unwrap();
    let reported = carry_out_reports(&mut register, reports.as_ref(), &decided).unwrap();
    assert!(world.is_closed("hilde.utkastli"), "revoked is explicit");
    assert_eq!((reported.accounts, reported.failed.len(), world.owed()), (0, 1, 1));
    assert_eq!(world.maria.running(), ["besides", "list"]);
    drop(register);
    world.by_hand("UPDATE report_debt SET next = NULL");
    world.apply();
    assert_eq!(
        (world.maria.running(), world.maria.to("list")),
        (vec!["list".to_owned()], "a@example.test".to_owned())
    );
}
