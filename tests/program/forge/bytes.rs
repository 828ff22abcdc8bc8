//! Finds which bytes were reviewed.

use std::collections::BTreeSet;

use portvakt_core::model::ForgeKind;
use portvakt_sources::forge::{ForgeError, ForgeReview};

use crate::forge::server::{KARI, OLA, Server};
use crate::forge::world::{How, World, blob};

const KARIS: &str = "desired-state/helse-vest/kari.testesen.yaml";
const PERS: &str = "desired-state/helse-nord/per.oppdiktet.yaml";
const BOTH: [ForgeKind; 2] = [ForgeKind::GitHub, ForgeKind::GitLab];

type Triple = (String, Option<String>, Option<String>);

fn triples(reviews: &[ForgeReview]) -> Vec<Triple> {
    reviews.iter().map(|review| (review.path.clone(), review.old.clone(), review.new.clone())).collect()
}

fn triple(path: &str, old: Option<&str>, new: Option<&str>) -> Triple {
    (path.to_owned(), old.map(blob), new.map(blob))
}

#[test]
fn merge_squash_and_rebase_bring_the_same_reviewed_bytes() {
    for kind in BOTH {
        for how in [How::Merge, How::Squash, How::Rebase] {
            let mut world = World::new();
            let number = world.open(OLA, &[(KARIS, Some("one"))]);
            world.push(number, Some(OLA), &[(KARIS, Some("two"))]);
            world.approve(number, KARI);
            // Another merge in between does no harm.
            let other = world.elsewhere(&[(PERS, Some("per, LC")), ("policies/roles.cedar", Some("other"))]);
            world.merge(number, how);
            let landed = world.request(number).landed.clone();
            assert_eq!(landed.len(), if how == How::Rebase { 2 } else { 1 });
            let server = Server::start(kind, world);
            for commit in landed {
                let reviews = server.reviews(&commit).unwrap();
                assert_eq!(triples(&reviews), [triple(KARIS, Some("kari"), Some("two"))], "{kind:?} {how:?}");
                assert_eq!(reviews[0].approvers, BTreeSet::from([KARI]));
            }
            // The commit in between was not reviewed here.
            assert_eq!(server.reviews(&other).unwrap(), []);
        }
    }
}

#[test]
fn what_came_in_from_the_target_branch_was_not_reviewed_here() {
    // The branch merges a commit that was pushed without any review. The recorded base of its request stays the old
    // one.
    let mut world = World::new();
    let number = world.open(OLA, &[(KARIS, Some("one"))]);
    let sneaked = world.elsewhere(&[(PERS, Some("per, SC"))]);
    let head = world.request(number).head.clone();
    let mut files = world.files(&sneaked).clone();
    files.insert(KARIS.to_owned(), "one".to_owned());
    let both = world.add(&[&head, &sneaked], files, Some(OLA));
    let request = world.request(number);
    request.commits.push(both.clone());
    request.head = both;
    world.approve(number, KARI);
    let mut server = Server::start(ForgeKind::GitHub, world);
    let open = server.forge().reviews_of_open(number, "").unwrap();
    assert_eq!(triples(&open), [triple(KARIS, Some("kari"), Some("one"))]);
    for how in [How::Merge, How::Squash] {
        let commit = server.shared.lock().unwrap().world.merge(number, how);
        assert_eq!(triples(&server.reviews(&commit).unwrap()), triples(&open), "{how:?}");
        let mut world = World::new();
        std::mem::swap(&mut world, &mut server.shared.lock().unwrap().world);
        // The target goes back to before the merge, for the other kind of merge.
        world.tip = sneaked.clone();
        server = Server::start(ForgeKind::GitHub, world);
    }
}

#[test]
fn a_requests_own_commit_on_the_branch_was_pushed() {
    let mut world = World::new();
    let number = world.open(OLA, &[(KARIS, Some("one"))]);
    world.push(number, Some(OLA), &[(KARIS, Some("two"))]);
    world.approve(number, KARI);
    world.merge(number, How::Push);
    let landed = world.request(number).landed.clone();
    let server = Server::start(ForgeKind::GitHub, world);
    assert_eq!(landed.len(), 2);
    for commit in &landed {
        let error = server.reviews(commit).unwrap_err();
        assert!(matches!(error, ForgeError::Pushed { .. }) && !error.passing(), "{error}");
    }
}

#[test]
fn renamed_deleted_and_new_files() {
    for kind in BOTH {
        let mut world = World::new();
        let moved = "desired-state/helse-nord/kari.testesen.yaml";
        let changes = [
            (KARIS, None),
            (moved, Some("kari")),
            (PERS, None),
            ("desired-state/ny/ny.person.yaml", Some("new")),
            ("policies/roles.cedar", Some("permit more")),
            ("README.md", Some("not ours")),
            ("elsewhere/desired-state/x.yaml", Some("not ours")),
        ];
        let number = world.open(OLA, &changes);
        let commit = world.merge(number, How::Merge);
        let reviews = Server::start(kind, world).reviews(&commit).unwrap();
        let wanted = [
            triple(moved, None, Some("kari")),
            triple(PERS, Some("per"), None),
            triple(KARIS, Some("kari"), None),
            triple("desired-state/ny/ny.person.yaml", None, Some("new")),
            triple("policies/roles.cedar", Some("permit"), Some("permit more")),
        ];
        assert_eq!(triples(&reviews), wanted, "{kind:?}");
    }
}

#[test]
fn a_link_is_never_a_reviewed_file() {
    for kind in BOTH {
        let mut world = World::new();
        let number = world.open(OLA, &[(KARIS, Some("-> /etc/passwd")), (PERS, Some("x"))]);
        let commit = world.merge(number, How::Squash);
        let reviews = Server::start(kind, world).reviews(&commit).unwrap();
        assert_eq!(triples(&reviews), [triple(PERS, Some("per"), Some("x"))], "{kind:?}");
    }
}

#[test]
fn a_file_that_becomes_a_folder_went() {
    for kind in BOTH {
        let mut world = World::new();
        let inner = format!("{KARIS}/inner.yaml");
        let number = world.open(OLA, &[(KARIS, None), (&inner, Some("x"))]);
        let commit = world.merge(number, How::Squash);
        let reviews = Server::start(kind, world).reviews(&commit).unwrap();
        let wanted = [triple(KARIS, Some("kari"), None), triple(&inner, None, Some("x"))];
        assert_eq!(triples(&reviews), wanted, "{kind:?}");
    }
}

#[test]
fn the_tree_may_stand_in_a_folder() {
    for kind in BOTH {
        let mut world = World::new();
        let inside = "registre/smerte/desired-state/a/b.yaml";
        let number = world.open(OLA, &[(inside, Some("x")), (KARIS, Some("not this one"))]);
        world.approve(number, KARI);
        let commit = world.merge(number, How::Squash);
        let server = Server::start(kind, world);
        for folder in ["registre/smerte", "/registre/smerte/"] {
            let reviews = server.forge().reviews(&commit, folder).unwrap();
            assert_eq!(triples(&reviews), [triple("desired-state/a/b.yaml", None, Some("x"))], "{kind:?}");
        }
        assert_eq!(server.forge().reviews(&commit, "nowhere").unwrap(), []);
    }
}

#[test]
fn a_folder_that_is_cut_short_is_an_error() {
    let mut world = World::new();
    let number = world.open(OLA, &[(KARIS, Some("x"))]);
    world.approve(number, KARI);
    let commit = world.merge(number, How::Squash);
    world.truncated = Some(world.tree_of(&commit, "desired-state/helse-vest"));
    let error = Server::start(ForgeKind::GitHub, world).reviews(&commit).unwrap_err();
    assert!(error.to_string().contains("`desired-state/helse-vest`"), "{error}");
    assert!(matches!(error, ForgeError::Truncated { .. }) && !error.passing());
}

#[test]
fn every_page_is_read() {
    for kind in BOTH {
        let mut world = World::new();
        let paths: Vec<String> = (0..7).map(|n| format!("desired-state/helse-vest/p{n}.yaml")).collect();
        let changes: Vec<(&str, Option<&str>)> =
            paths.iter().map(|path| (path.as_str(), Some("x"))).collect();
        let number = world.open(OLA, &changes);
        world.push(number, Some(OLA), &[(KARIS, Some("x"))]);
        world.push(number, Some(KARI + 500), &[(KARIS, Some("y"))]);
        for account in [61, 62, 63, 64, KARI, KARI + 500] {
            world.approve(number, account);
        }
        // The review is on the third page of GitHub's list.
        world.act(number, 61, "CHANGES_REQUESTED");
        let commit = world.merge(number, How::Squash);
        // Five other requests hold the commit.
        for _ in 0..5 {
            let other = world.open(OLA, &[(KARIS, Some("z"))]);
            world.request(other).landed.insert(commit.clone());
        }
        world.requests.reverse();
        let whole = Server::start(kind, world);
        let wanted = whole.reviews(&commit).unwrap();
        assert_eq!(wanted.len(), 8);
        assert!(!wanted[0].approvers.contains(&61) && wanted[0].approvers.contains(&KARI));
        assert_eq!(wanted[0].approvers.contains(&(KARI + 500)), kind == ForgeKind::GitLab);
        let questions = whole.shared.lock().unwrap().asked.len();
        for page in [1, 2, 3] {
            whole.shared.lock().unwrap().world.page = page;
            assert_eq!(whole.reviews(&commit).unwrap(), wanted, "{kind:?}, pages of {page}");
        }
        assert!(whole.shared.lock().unwrap().asked.len() > 4 * questions);
    }
}

#[test]
fn folders_that_are_the_same_are_not_opened() {
    for kind in BOTH {
        let mut world = World::new();
        let number = world.open(OLA, &[(KARIS, Some("x"))]);
        let commit = world.merge(number, How::Squash);
        let north = world.tree_of(&commit, "desired-state/helse-nord");
        let server = Server::start(kind, world);
        server.reviews(&commit).unwrap();
        let asked = server.shared.lock().unwrap().asked.clone();
        assert!(!asked.iter().any(|url| url.contains("nord") || url.contains(&north)), "{asked:?}");
        assert!(asked.iter().any(|url| url.contains("vest") || kind == ForgeKind::GitHub));
    }
}
