//! Other ends of lines are the same settings, and gitattributes about the tree are settings too.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::decide::{ChangeToCheck, Nothing, check_against, only_takes, rules_of};
use portvakt_core::diag::Code;
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::policy::Policies;
use portvakt_core::tree::SettingsFiles;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;

use super::{REGISTER_FILE, kari, proposed};
use crate::pass::fixture::*;

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
}

/// A checkout may write the ends of lines in another way than the commit has them.
#[test]
fn ends_of_lines_change_nothing() {
    let mut world = World::with(&[kari()]);
    world.pass();
    world.quiet();
    let (committed, there) = (world.tree.clone(), world.tree.snapshot());
    for turn in 0..3 {
        for (at, bytes) in world.tree.0.values_mut().enumerate() {
            // All files, then every other one, then none.
            *bytes = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
            if turn == 0 || (turn == 1 && at % 2 == 0) {
                *bytes = with_crlf(bytes);
            }
        }
        let checked_out = world.tree.snapshot();
        assert_eq!(checked_out.digest(), there.digest());
        assert_eq!(checked_out.read(), there.read(), "what is parsed is the same, places too");
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::ProtectedChange), "{:#?}", decided.findings);
        world.quiet();
        let today = START.parse().unwrap();
        let base = committed.snapshot();
        let proposal =
            ChangeToCheck { base: &base, tree: &checked_out, past: &Nothing, reviews: None, today };
        assert_eq!(errors(&check_against(&proposal).findings), Vec::<String>::new());
    }
    // A carriage return within a line is content.
    let register = world.tree.0.get_mut(&FilePath::new(REGISTER_FILE)).unwrap();
    register.extend_from_slice(b"# a\rb\n");
    assert_ne!(world.tree.snapshot().digest(), there.digest());
}

/// An earlier version digested the bytes as they were.
#[test]
fn settings_that_were_accepted_with_crlf_are_not_approved_again() {
    let mut world = World::with(&[kari()]);
    world.pass();
    let snapshot = world.tree.snapshot();
    let crlf = |bytes: &Arc<[u8]>| -> Arc<[u8]> { with_crlf(bytes).into() };
    let policies: BTreeMap<FilePath, Arc<[u8]>> =
        snapshot.policies().iter().map(|(path, bytes)| (path.clone(), crlf(bytes))).collect();
    let kept = snapshot.settings();
    let settings = SettingsFiles {
        register: crlf(&kept.register),
        allowed_signers: crlf(&kept.allowed_signers),
        revoked_keys: crlf(&kept.revoked_keys),
        ..kept.clone()
    };
    let then = (Policies::digest_of(&policies), settings.digest());
    let conn = world.register.connection();
    memory::store_rules(conn, (&then.0, &policies), (&then.1, &settings)).unwrap();
    memory::set_accepted_rules(conn, &then.0, &then.1).unwrap();
    let body = serde_json::json!({ "policies": then.0, "settings": then.1 });
    append(conn, world.now, EntryKind::ProtectedAccepted, &body).unwrap();
    world.restart();

    let decided = world.pass();
    assert!(decided.released_rules.is_some() && !codes(&decided).contains(&Code::ProtectedChange));
    let accepted = memory::accepted_rules(world.register.connection()).unwrap().unwrap();
    assert_eq!(accepted.1, snapshot.settings().digest());
    assert_ne!(accepted, then);
    world.pass();
    world.quiet();
    world.ledger_holds();
    // Anything more than the ends of lines waits.
    world.tree.edit(REGISTER_FILE, "units: {100089: Ahus,", "units: {100089: Akershus,");
    only(&world.pass(), Code::ProtectedChange);
}

/// The program has loaded the rules in force, so it does not read their files again by itself.
#[test]
fn files_that_were_changed_under_the_digest_in_force_are_not_what_is_in_force() {
    let mut world = World::with(&[kari()]);
    world.pass();
    let (from, to) = ("units: {100089: Ahus,", "units: {100089: Akershus,");
    world.tree.edit(REGISTER_FILE, from, to);
    only(&world.pass(), Code::ProtectedChange);
    world.sql(&format!("UPDATE artifact SET body = replace(body, '{from}', '{to}')"));
    for _ in 0..2 {
        let decided = world.pass();
        assert!(decided.released_rules.is_none());
        let told = codes(&decided);
        assert!(told.contains(&Code::ProtectedChange) && told.contains(&Code::MemoryDiffers), "{told:?}");
    }
    // What two release on the host comes into force, and its files are written anew.
    world.release(proposed(&world));
    assert!(world.pass().released_rules.is_some());
    assert!(!codes(&world.pass()).contains(&Code::MemoryDiffers));
}

/// Such files tell how git checks files out and merges them, and whether a forge shows their changes.
#[test]
fn gitattributes_are_protected_wherever_they_are_about_the_tree() {
    for path in [
        ".gitattributes",
        "desired-state/.gitattributes",
        "desired-state/ahus/.gitattributes",
        "policies/.gitattributes",
        "reviews/.gitattributes",
        "reviews/ahus/.gitattributes",
    ] {
        let mut world = World::with(&[kari()]);
        world.pass();
        world.tree.raw(path, "*.yaml -diff\n");
        let finding = only(&world.pass(), Code::ProtectedChange);
        assert!(finding.message.en().contains("`.gitattributes` differs"), "{path}: {finding:#?}");
        let digest = proposed(&world);
        world.release(digest);
        assert!(world.pass().released_rules.is_some(), "{path}");
        world.pass();
        world.quiet();
        world.restart();
        world.quiet();
        // Changing it, or removing it, needs two administrators as well.
        world.tree.raw(path, "*.yaml -diff\n*.cedar -diff\n");
        only(&world.pass(), Code::ProtectedChange);
        assert!(world.tree.0.remove(&FilePath::new(path)).is_some());
        only(&world.pass(), Code::ProtectedChange);
        world.ledger_holds();
    }
    // An empty one says nothing, and one in another place is about nothing.
    let mut world = World::with(&[kari()]);
    let before = world.tree.snapshot().digest();
    world.tree.raw(".gitattributes", "");
    world.tree.raw("docs/.gitattributes", "* -diff\n");
    assert_eq!(world.tree.snapshot().digest(), before);
    // A suspension of one does not carry it along.
    let rules = |tree: &Tree| rules_of(&tree.snapshot()).unwrap();
    let accepted = rules(&world.tree);
    let office = "office: ict-administrator, from: 2015-01-01";
    world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
    assert!(only_takes(&accepted, &rules(&world.tree)).is_some());
    world.tree.raw(".gitattributes", "* -diff\n");
    assert!(only_takes(&accepted, &rules(&world.tree)).is_none());
}

const WITHOUT_MARK: &str = "DELETE FROM mark WHERE key = 'attributes-found'";

#[test]
fn gitattributes_of_no_upgrade_wait_whatever_the_memory_says_was_found() {
    let digest = Digest::of(b"these");
    let those = format!("UPDATE mark SET value = '{digest}' WHERE key = 'attributes-found'");
    for sql in [WITHOUT_MARK, &those] {
        let mut world = World::with(&[kari()]);
        world.sql(sql);
        world.tree.raw(".gitattributes", "* -diff\n");
        for _ in 0..2 {
            let decided = world.pass();
            only(&decided, Code::ProtectedChange);
            assert!(decided.released_rules.is_none(), "{sql}");
        }
        // Settings that two have released since then count them too.
        world.release(proposed(&world));
        assert!(world.pass().released_rules.is_some(), "{sql}");
        world.sql(WITHOUT_MARK);
        world.tree.raw("desired-state/.gitattributes", "* -diff\n");
        only(&world.pass(), Code::ProtectedChange);
    }
}

#[test]
fn gitattributes_that_an_upgrade_finds_count_as_accepted() {
    // That version wrote neither the mark nor the word in its entries.
    let older = |world: &World| {
        let conn = world.register.connection();
        let (policies, settings) = memory::accepted_rules(conn).unwrap().unwrap();
        let body = serde_json::json!({ "policies": policies, "settings": settings });
        append(conn, world.now, EntryKind::ProtectedAccepted, &body).unwrap();
        world.sql(WITHOUT_MARK);
    };
    let attributes = "* text=auto\n";
    let mut world = World::with(&[kari()]);
    world.pass();
    older(&world);
    world.tree.raw(".gitattributes", attributes);
    let decided = world.pass();
    assert!(decided.released_rules.is_some() && !codes(&decided).contains(&Code::ProtectedChange));
    world.pass();
    world.quiet();
    world.ledger_holds();
    world.tree.raw(".gitattributes", "* -diff\n");
    only(&world.pass(), Code::ProtectedChange);

    // A change is waiting at the upgrade. The attributes that were there then are accepted with it, and no others.
    let (from, to) = ("units: {100089: Ahus,", "units: {100089: Akershus,");
    for (later, accepted) in [(attributes, true), ("* -diff\n", false)] {
        let mut world = World::with(&[kari()]);
        world.pass();
        older(&world);
        world.tree.raw(".gitattributes", attributes);
        world.tree.edit(REGISTER_FILE, from, to);
        only(&world.pass(), Code::ProtectedChange);
        world.tree.edit(REGISTER_FILE, to, from);
        world.tree.raw(".gitattributes", later);
        let decided = world.pass();
        assert_eq!(decided.released_rules.is_some(), accepted, "{later}");
        assert_eq!(codes(&decided).contains(&Code::ProtectedChange), !accepted, "{later}");
    }

    // If no such file was there, a later one is a change.
    let mut world = World::with(&[kari()]);
    older(&world);
    world.pass();
    world.tree.raw(".gitattributes", attributes);
    only(&world.pass(), Code::ProtectedChange);
}
