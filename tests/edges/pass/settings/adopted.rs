//! An account is adopted only if it belongs to nobody.

use portvakt_core::decide::SettingsWait;
use portvakt_core::diag::{Code, Severity};
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;

use super::{KARI, REGISTER_FILE, kari, proposed};
use crate::pass::fixture::*;

fn adopt(world: &mut World, account: &str, who: &str) {
    world.tree.edit(REGISTER_FILE, "adopt: {}", &format!("adopt: {{{account}: {who}}}"));
}

pub(super) fn account_of(world: &World, who: &str) -> String {
    world.account(who).unwrap().id.as_str().to_owned()
}

#[test]
fn a_colleagues_account_cannot_be_adopted() {
    for named in ["ny.testesen", "uten.tilgangsen"] {
        let mut world = World::with(&[kari()]);
        let account = account_of(&world, KARI);
        adopt(&mut world, &account, named);
        world.put(&file("ahus", "ny.testesen", [lu(AHUS, "REQ-8", LC_AHUS)]));
        let finding = only(&world.pass(), Code::AdoptedTaken);
        assert!(!finding.message.en().contains(KARI), "{finding:#?}");
        let digest = proposed(&world);
        world.release(digest);
        let decided = world.pass();
        assert!(decided.released_rules.is_none());
        world.pass();
        assert_eq!(account_of(&world, KARI), account);
        assert_eq!(world.rights(KARI).len(), 2);
        assert_ne!(account_of(&world, "ny.testesen"), account);
    }
}

#[test]
fn an_account_that_is_not_there_or_is_closed_cannot_be_adopted() {
    let mut world = World::with(&[kari()]);
    let account = account_of(&world, KARI);
    world.tree.remove("ahus", KARI);
    world.pass();
    adopt(&mut world, &account, "ny.testesen");
    let decided = world.pass();
    let refused = only(&decided, Code::AdoptedTaken);
    assert_eq!(decided.unsettled.settings, SettingsWait::Refused(vec![refused]));
    world.tree.edit(REGISTER_FILE, &account, "no-such-account");
    only(&world.pass(), Code::AdoptedTaken);
}

#[test]
fn an_account_that_waiting_settings_name_stays_until_two_have_decided() {
    for (before, after) in
        [("adopt: {}", "adopt: {fremmed-1: ny.testesen}"), ("ignore: []", "ignore: [fremmed-1]")]
    {
        let mut world = World::with(&[kari()]);
        world.sql(
            "INSERT INTO account (id, name, active, opened) VALUES ('fremmed-1', 'Fremmed', 1, '2020-01-01');
             INSERT INTO access (account, application, unit, role, granted)
                 VALUES ('fremmed-1', 'smerteregisteret', 100089, 'LU', '2020-01-01');",
        );
        let is_open = |world: &World| {
            world.accounts().iter().any(|account| account.active && account.id.as_str() == "fremmed-1")
        };
        world.tree.edit(REGISTER_FILE, before, after);
        for _ in 0..2 {
            let told = only(&world.pass(), Code::UnknownAccount);
            assert_eq!(told.severity, Severity::Held, "{told:#?}");
            assert!(is_open(&world), "{after}");
        }
        // It goes when the line is taken back.
        world.tree.edit(REGISTER_FILE, after, before);
        world.pass();
        assert!(!is_open(&world), "{after}");
    }
}

/// An earlier version of the program, or a person, may have put a wrong line into force. The account then stays with
/// its owner.
#[test]
fn a_wrong_line_in_force_shares_no_account() {
    let mut tree = Tree::with(&[kari(), file("ahus", "ny.testesen", [lu(AHUS, "REQ-8", LC_AHUS)])]);
    tree.edit(REGISTER_FILE, "adopt: {}", "adopt: {a-7: ny.testesen}");
    let mut world = World::accepted(tree, &[]);
    world.pass();
    let account = account_of(&world, KARI);
    world.tree.edit(REGISTER_FILE, "a-7", &account);
    let (snapshot, conn) = (world.tree.snapshot(), world.register.connection());
    let (policies, _) = memory::accepted_rules(conn).unwrap().unwrap();
    let settings = snapshot.settings().digest();
    memory::store_rules(conn, (&policies, snapshot.policies()), (&settings, snapshot.settings())).unwrap();
    memory::set_accepted_rules(conn, &policies, &settings).unwrap();
    let body = serde_json::json!({ "policies": policies, "settings": settings });
    append(conn, world.now, EntryKind::ProtectedAccepted, &body).unwrap();
    world.shelf = portvakt_engine::pass::Shelf::default();
    for _ in 0..3 {
        world.pass();
        assert_eq!(account_of(&world, KARI), account);
        assert_ne!(account_of(&world, "ny.testesen"), account);
    }
}
