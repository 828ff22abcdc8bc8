//! Settings that people's access depends on. A change that would orphan access is refused before anybody can release
//! it. An account is adopted only if it belongs to nobody. Entries follow their unit to another trust.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::decide::{Decided, Nothing, Proposal, Scope, check_against, only_takes, rules_of};
use portvakt_core::diag::Code;
use portvakt_core::model::{Digest, FilePath};
use portvakt_core::policy::Policies;
use portvakt_core::tree::SettingsFiles;
use portvakt_engine::ledger::{EntryKind, append};
use portvakt_engine::memory;

use crate::pass::fixture::*;

const REGISTER_FILE: &str = "desired-state/register.yaml";
const SIGNERS_FILE: &str = "desired-state/allowed_signers";
const KARI: &str = "kari.testesen";

fn proposed(world: &World) -> Digest {
    rules_of(&world.tree.snapshot()).unwrap().digest
}

fn kari() -> File {
    file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS).rapporteket(), lu(AHUS, "REQ-7", LC_AHUS)])
}

/// Changes the settings, releases them, and makes passes.
fn release_of(world: &mut World) -> Decided {
    world.pass();
    let digest = proposed(world);
    world.release(digest);
    world.pass()
}

#[test]
fn what_accepted_entries_rest_on_cannot_leave_the_register() {
    let nothing = Vec::<String>::new;
    for (from, to, what) in [
        (", rapporteket-smerte: Rapporteket - Smerte", "", "`rapporteket-smerte`"),
        ("units: {100089: Ahus, 200089: Ski}", "units: {200089: Ski}", "100089"),
        ("  ahus: {", "  ahus-hf: {", "`ahus`"),
        ("  LU: {name: Bruker}\n", "", "`LU`"),
        (", annen-ikt: Annen IKT", "", "`annen-ikt`"),
    ] {
        let mut hired = file("ahus", "nils.testesen", [lu(AHUS, "REQ-8", LC_AHUS)]);
        "annen-ikt".clone_into(&mut hired.employer);
        let mut tree = Tree::with(&[kari(), hired]);
        tree.edit(REGISTER_FILE, "nhn: Norsk helsenett", "nhn: Norsk helsenett, annen-ikt: Annen IKT");
        let mut world = World::new(tree);
        let base = world.tree.clone();
        world.tree.edit(REGISTER_FILE, from, to);
        let rules = match rules_of(&world.tree.snapshot()) {
            Ok(rules) => rules,
            Err(findings) => panic!("{from} → {to}: {findings:#?}"),
        };
        let (one, two) = (base.snapshot(), world.tree.snapshot());
        let today = START.parse().unwrap();
        let proposal = Proposal { base: &one, tree: &two, past: &Nothing, reviews: None, today };
        let checked = check_against(&proposal);
        let told = |finding: &portvakt_core::diag::Finding| {
            finding.code == Code::SettingsOrphan && finding.message.en().contains(what)
        };
        assert!(checked.findings.iter().any(told), "{what}: {:#?}", checked.findings);
        let decided = world.pass();
        assert!(decided.findings.iter().any(told), "{what}: {:#?}", decided.findings);
        assert!(!codes(&decided).contains(&Code::ProtectedChange), "nothing is offered for release");
        // A release of it all the same lets nothing go.
        world.release(rules.digest);
        let decided = world.pass();
        assert!(decided.released_rules.is_none() && decided.plan.steps.is_empty());
        assert_eq!(world.rights(KARI).len(), 2);
        world.tree = base;
        assert_eq!(errors(&world.pass().findings), nothing());
    }
}

#[test]
fn what_nobody_rests_on_any_more_may_go() {
    let mut world = World::with(&[kari()]);
    world.tree.edit(REGISTER_FILE, ", rapporteket-smerte: Rapporteket - Smerte", "");
    assert!(codes(&world.pass()).contains(&Code::SettingsOrphan));
    world.put(&file("ahus", KARI, [lu(AHUS, "REQ-7", LC_AHUS)]));
    world.pass();
    assert!(release_of(&mut world).released_rules.is_some());
    // A name for display is nobody's ground.
    world.tree.edit(REGISTER_FILE, "name: Ahus HF", "name: Akershus HF");
    assert!(release_of(&mut world).released_rules.is_some());
    assert_eq!(world.rights(KARI).len(), 1);
}

fn adopt(world: &mut World, account: &str, who: &str) {
    world.tree.edit(REGISTER_FILE, "adopt: {}", &format!("adopt: {{{account}: {who}}}"));
}

fn account_of(world: &World, who: &str) -> String {
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
    only(&world.pass(), Code::AdoptedTaken);
    world.tree.edit(REGISTER_FILE, &account, "no-such-account");
    only(&world.pass(), Code::AdoptedTaken);
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

/// Ski goes from Ahus to Helse Bergen.
fn moved() -> World {
    World::with(&[
        file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]),
        file("ahus", "to.skisen", [lu(200_089, "REQ-2", LC_AHUS)]),
        file("ahus", "tre.skisen", [lu(200_089, "REQ-3", LC_AHUS)]),
        file("ahus", "begge.skisen", [lu(200_089, "REQ-4", LC_AHUS), lu(AHUS, "REQ-4", LC_AHUS)]),
    ])
}

const SKISEN: [&str; 3] = ["en.skisen", "to.skisen", "tre.skisen"];

fn move_unit(world: &mut World) {
    world.tree.edit(REGISTER_FILE, "units: {100089: Ahus, 200089: Ski}", "units: {100089: Ahus}");
    world.tree.edit(REGISTER_FILE, "units: {100082: Haukeland}", "units: {100082: Haukeland, 200089: Ski}");
}

fn move_files(world: &mut World) {
    for (number, who) in SKISEN.iter().enumerate() {
        world.tree.remove("ahus", who);
        let mut moved = file("helse-bergen", who, [lu(200_089, &format!("REQ-{}", number + 1), LC_AHUS)]);
        "ahus".clone_into(&mut moved.employer);
        world.put(&moved);
    }
    world.put(&file("ahus", "begge.skisen", [lu(AHUS, "REQ-4", LC_AHUS)]));
    let mut here = file("helse-bergen", "begge.skisen", [lu(200_089, "REQ-4", LC_AHUS)]);
    "ahus".clone_into(&mut here.employer);
    world.put(&here);
}

/// Checks that all people have the same accesses on the same accounts as before.
fn all_is_as_before(world: &World, accounts: &[String]) {
    let now: Vec<String> = SKISEN.iter().chain(&["begge.skisen"]).map(|who| account_of(world, who)).collect();
    assert_eq!(now, accounts);
    assert_eq!(world.rights("begge.skisen").len(), 2);
    assert!(SKISEN.iter().all(|who| world.rights(who) == ["200089/LU"]));
}

fn accounts(world: &World) -> Vec<String> {
    SKISEN.iter().chain(&["begge.skisen"]).map(|who| account_of(world, who)).collect()
}

#[test]
fn entries_follow_their_unit_when_the_files_move_later() {
    let mut world = moved();
    let before = accounts(&world);
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::WrongFolder), "what is left in the old folder is told");
    all_is_as_before(&world, &before);
    move_files(&mut world);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    assert!(decided.plan.steps.is_empty() && decided.outcome.grants.is_empty(), "nothing is approved again");
    all_is_as_before(&world, &before);
    world.quiet();
    world.ledger_holds();
    // From now on the file of the new trust ends the access.
    world.tree.remove("helse-bergen", "en.skisen");
    world.pass();
    assert!(!world.has("en.skisen"));
}

#[test]
fn entries_follow_their_unit_when_the_files_move_along() {
    let mut world = moved();
    let before = accounts(&world);
    let base = world.tree.snapshot();
    move_unit(&mut world);
    move_files(&mut world);
    let tree = world.tree.snapshot();
    let today = START.parse().unwrap();
    let checked = check_against(&Proposal { base: &base, tree: &tree, past: &Nothing, reviews: None, today });
    let mut findings = checked.findings;
    findings.retain(|finding| finding.code != Code::ProtectedChange);
    assert_eq!(errors(&findings), Vec::<String>::new(), "CI waits for nothing but the two");
    assert_eq!((checked.given, checked.taken), (0, 0));
    world.pass();
    all_is_as_before(&world, &before);
    assert!(release_of(&mut world).released_rules.is_some());
    all_is_as_before(&world, &before);
    let decided = world.pass();
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    all_is_as_before(&world, &before);
    world.quiet();
}

#[test]
fn a_small_pass_follows_a_unit_too() {
    let mut world = moved();
    let before = accounts(&world);
    move_unit(&mut world);
    release_of(&mut world);
    let old: Vec<FilePath> = world.tree.0.keys().filter(|p| p.as_str().contains("skisen")).cloned().collect();
    move_files(&mut world);
    let new = world.tree.0.keys().filter(|p| p.as_str().contains("skisen")).cloned();
    let scope = Scope::Files(old.into_iter().chain(new).collect());
    let decided = world.pass_over(&scope);
    assert_eq!(errors(&decided.findings), Vec::<String>::new());
    all_is_as_before(&world, &before);
}

const KEYS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOiRIS3T0Z8tSDdGZjgXrQ9c5AyA3MCILiP5ZfzqRMeJ",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbNo+kzj3d12iS5VJugAQuJdrw1VFSYURIC86g3uMwL",
];

#[test]
fn signatures_are_not_asked_for_before_two_can_give_them() {
    let enrol = |world: &mut World, people: &[&str]| {
        let lines = people.iter().zip(KEYS).map(|(person, key)| format!("{person} {key}\n"));
        world.tree.raw("desired-state/allowed_signers", &lines.collect::<String>());
    };
    let mut world = World::with(&[kari()]);
    world.tree.edit(REGISTER_FILE, "evidence: declared", "evidence: signature");
    // The approvers are nobody, then one person, then two of whom one is not a national administrator.
    for people in [&[][..], &[LEADER], &[LEADER, LC_AHUS]] {
        enrol(&mut world, people);
        let told = only(&world.pass(), Code::LastAdministrators);
        assert!(told.message.en().contains(COORDINATOR), "{people:?}: {told:?}");
        assert_eq!(told.message.en().contains(LEADER), people.is_empty(), "{people:?}: {told:?}");
        world.release(proposed(&world));
        let decided = world.pass();
        assert!(decided.released_rules.is_none(), "{people:?}");
    }
    enrol(&mut world, &[LEADER, COORDINATOR]);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::LastAdministrators), "{:#?}", decided.findings);
    world.release(proposed(&world));
    assert!(world.pass().released_rules.is_some());
}

#[test]
fn a_file_left_in_the_old_folder_ends_the_access_when_it_goes() {
    let mut world = moved();
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    assert!(world.has("en.skisen"), "the file in the old folder keeps it");
    world.tree.remove("ahus", "en.skisen");
    world.pass();
    assert!(!world.has("en.skisen"), "nobody names the access any more");
}

#[test]
fn what_is_withheld_stays_withheld_when_its_unit_moves() {
    let mut world = moved();
    let lost = file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]);
    world.tree.remove("ahus", "en.skisen");
    world.tree.raw("desired-state/ahus/En.skisen.yaml", &lost.text());
    world.pass();
    assert!(world.has("en.skisen"));
    world.now += jiff::SignedDuration::from_hours(2);
    move_unit(&mut world);
    assert!(release_of(&mut world).released_rules.is_some());
    world.pass();
    world.pass();
    assert!(world.has("en.skisen"), "the hold goes along");
}

#[test]
fn nobody_approves_a_change_of_id_where_the_person_has_nothing() {
    let mut world = moved();
    move_unit(&mut world);
    release_of(&mut world);
    world.pass();
    let old = file("ahus", "en.skisen", [lu(200_089, "REQ-1", LC_AHUS)]);
    let new = File { person: "en.annen".to_owned(), ..old };
    let text = new.text().replacen(
        "name:",
        "previously: {person: en.skisen, approved: {by: nobody.here, on: 2026-03-02, identity: known}}\nname:",
        1,
    );
    world.tree.remove("ahus", "en.skisen");
    world.tree.raw(&new.path(), &text);
    let decided = world.pass();
    assert!(codes(&decided).contains(&Code::IdChange) && decided.outcome.renamed.is_empty());
    assert!(world.has("en.skisen"));
}

/// A comment is bytes that two have to see, too: it takes nobody's authority.
#[test]
fn a_change_that_takes_nothing_takes_two() {
    let mut world = World::with(&[kari()]);
    world.tree.edit(
        REGISTER_FILE,
        "time_zone: Europe/Oslo",
        "time_zone: Europe/Oslo # everything here is agreed",
    );
    let one = rules_of(&world.tree.snapshot()).unwrap();
    let accepted = world.pass().rules.clone();
    assert_eq!(one.register, accepted.register, "it means the same");
    assert_eq!(only_takes(&accepted, &one), None);
    let told = only(&world.pass(), Code::ProtectedChange);
    assert!(told.way_out.en().contains("Two national administrators"), "{told:#?}");
}

/// One administrator can suspend at night, and may give the reason on that line. Comments at other places need two.
#[test]
fn a_comment_elsewhere_does_not_ride_on_a_suspension() {
    let rules = |tree: &Tree| rules_of(&tree.snapshot()).unwrap();
    let office = "office: ict-administrator, from: 2015-01-01";
    let suspends = |world: &mut World| {
        world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
    };
    let mut world = World::with(&[kari()]);
    let accepted = rules(&world.tree);
    suspends(&mut world);
    assert!(only_takes(&accepted, &rules(&world.tree)).is_some());
    world.tree.edit(REGISTER_FILE, "time_zone: Europe/Oslo", "time_zone: Europe/Oslo # agreed");
    assert_eq!(only_takes(&accepted, &rules(&world.tree)), None);
    let told = only(&world.pass(), Code::ProtectedChange);
    assert!(told.way_out.en().contains("Two national administrators"), "{told:#?}");
    // A comment alone in the list of keys, and beside a suspension.
    for beside in [false, true] {
        let mut world = World::with(&[kari()]);
        let accepted = rules(&world.tree);
        let keys =
            world.tree.0.get(&FilePath::new(SIGNERS_FILE)).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let keys = format!("# may approve everything\n{}", String::from_utf8(keys).unwrap());
        world.tree.raw(SIGNERS_FILE, &keys);
        if beside {
            suspends(&mut world);
        }
        assert_eq!(only_takes(&accepted, &rules(&world.tree)), None, "{beside}");
        only(&world.pass(), Code::ProtectedChange);
    }
}

/// A line that is only written otherwise takes nothing, so that no words ride on it, and nothing that cannot be seen.
#[test]
fn another_layout_carries_no_comment_beside_a_suspension() {
    let rules = |tree: &Tree| rules_of(&tree.snapshot()).unwrap();
    let office = "office: ict-administrator, from: 2015-01-01";
    for (from, to) in [
        ("max_lis_months: 12", "max_lis_months:  12 # agreed by all"),
        ("max_lis_months: 12", "'max_lis_months': 12 # agreed by all"),
        ("max_lis_months: 12", "max_lis_months:\n  12 # agreed by all"),
        ("percent: 5, most: 10}", "most: 10, percent: 5} # see the annex"),
        ("max_lis_months: 12", "max_lis_months:  12 # \u{202e}.6 :shtnom_sil_xam\u{202c}"),
    ] {
        let mut world = World::with(&[kari()]);
        world.pass();
        let accepted = rules(&world.tree);
        world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
        assert!(only_takes(&accepted, &rules(&world.tree)).is_some());
        world.tree.edit(REGISTER_FILE, from, to);
        let proposed = rules(&world.tree);
        assert_eq!(only_takes(&accepted, &proposed), None, "{to}");
        let told = codes(&world.pass());
        // What cannot be seen is refused, and the rest waits for two.
        let code = if to.contains('\u{202e}') { Code::NotYaml } else { Code::ProtectedChange };
        assert!(told.contains(&code), "{to}: {told:?}");
    }
    // A key that is nobody's is revoked in no hurry.
    let mut world = World::with(&[kari()]);
    let accepted = rules(&world.tree);
    world.tree.edit(REGISTER_FILE, office, &format!("{office}, suspended: true"));
    world.tree.raw("desired-state/revoked_keys", &format!("{} agreed by all\n", KEYS[0]));
    assert_eq!(only_takes(&accepted, &rules(&world.tree)), None);
    only(&world.pass(), Code::ProtectedChange);
}

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
        let proposal = Proposal { base: &base, tree: &checked_out, past: &Nothing, reviews: None, today };
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

#[test]
fn gitattributes_that_an_upgrade_finds_count_as_accepted() {
    let older = "DELETE FROM mark WHERE key = 'attributes-found'";
    let attributes = "* text=auto\n";
    let mut world = World::with(&[kari()]);
    world.pass();
    world.sql(older);
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
        world.sql(older);
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
    world.sql(older);
    world.pass();
    world.tree.raw(".gitattributes", attributes);
    only(&world.pass(), Code::ProtectedChange);
}
