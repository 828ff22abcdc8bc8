//! Finds whose approval counts.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::ForgeKind;
use portvakt_sources::forge::{Discount, ForgeError, ForgeReview};

use crate::forge::server::{KARI, KARI_TOO, OLA, PER, ROBOT, STRANGER, Server};
use crate::forge::world::{How, World};

const FILE: &str = "desired-state/helse-vest/kari.testesen.yaml";
const BOTH: [ForgeKind; 2] = [ForgeKind::GitHub, ForgeKind::GitLab];

/// Returns the one changed file of the one request that brought the result of `story`.
fn review(kind: ForgeKind, story: impl Fn(&mut World) -> String) -> ForgeReview {
    let mut world = World::new();
    let commit = story(&mut world);
    let reviews = Server::start(kind, world).reviews(&commit).unwrap();
    let [review] = <[ForgeReview; 1]>::try_from(reviews).unwrap();
    assert_eq!(review.path, FILE);
    review
}

/// A request by Ola on which `story` happens, then squashed.
fn squashed(kind: ForgeKind, story: impl Fn(&mut World, u64)) -> ForgeReview {
    review(kind, |world| {
        let number = world.open(OLA, &[(FILE, Some("kari, LC"))]);
        story(world, number);
        world.merge(number, How::Squash)
    })
}

fn nobody_but(review: &ForgeReview, discounted: &[(u64, Discount)], kind: ForgeKind) {
    assert_eq!(review.approvers, BTreeSet::new(), "{kind:?}");
    assert_eq!(review.discounted, discounted.iter().copied().collect::<BTreeMap<_, _>>(), "{kind:?}");
}

#[test]
fn an_approval_of_the_final_head_counts() {
    for kind in BOTH {
        let review = squashed(kind, |world, number| {
            world.approve(number, KARI);
            world.act(number, KARI, "COMMENTED");
        });
        assert_eq!(review.approvers, BTreeSet::from([KARI]), "{kind:?}");
        assert!(review.discounted.is_empty());
        assert_eq!((review.author, review.request), (OLA, 1));
        assert!(review.url.starts_with("https://git") && review.url.ends_with("/1"), "{}", review.url);
    }
}

#[test]
fn an_approval_is_as_old_as_the_forge_says_or_as_the_head_it_is_of() {
    for kind in BOTH {
        for says_when in [true, false] {
            let review = squashed(kind, |world, number| {
                world.says_when = says_when;
                world.approve(number, KARI);
            });
            let second = if kind == ForgeKind::GitLab && !says_when { 3 } else { 4 };
            let given = format!("2026-11-20T10:00:0{second}Z").parse().unwrap();
            assert_eq!(review.given, BTreeMap::from([(KARI, given)]), "{kind:?} {says_when}");
        }
    }
}

#[test]
fn nothing_approved_is_nothing() {
    for kind in BOTH {
        nobody_but(&squashed(kind, |_, _| {}), &[], kind);
    }
}

#[test]
fn a_push_after_the_approval_takes_it_away() {
    let story = |world: &mut World, number| {
        world.approve(number, KARI);
        world.push(number, Some(OLA), &[(FILE, Some("kari, SC"))]);
    };
    let hub = squashed(ForgeKind::GitHub, story);
    nobody_but(&hub, &[(KARI, Discount::OtherHead)], ForgeKind::GitHub);
    nobody_but(&squashed(ForgeKind::GitLab, story), &[], ForgeKind::GitLab);
    // Approved anew, it counts.
    for kind in BOTH {
        let review = squashed(kind, |world, number| {
            story(world, number);
            world.approve(number, KARI);
        });
        assert_eq!(review.approvers, BTreeSet::from([KARI]));
    }
}

#[test]
fn gitlabs_rebase_button_keeps_approvals_and_they_count_for_nothing() {
    let story = |world: &mut World, number| {
        world.approve(number, KARI);
        world.elsewhere(&[("README.md", Some("other"))]);
        world.rebase_by_button(number);
    };
    let review = squashed(ForgeKind::GitLab, story);
    nobody_but(&review, &[(KARI, Discount::OtherHead)], ForgeKind::GitLab);
    // A GitLab that does not say when: the documentation says that this cannot be known.
    let review = squashed(ForgeKind::GitLab, |world, number| {
        world.says_when = false;
        story(world, number);
    });
    assert_eq!(review.approvers, BTreeSet::from([KARI]));
}

#[test]
fn an_approval_from_before_the_target_branch_was_changed_does_not_count() {
    // The request was aimed at a branch that held the change already, and approved there.
    for event in ["base_ref_changed", "automatic_base_change_succeeded", "base_ref_force_pushed"] {
        for kind in BOTH {
            for says_when in [true, false] {
                let story = |world: &mut World, number| {
                    world.says_when = says_when;
                    world.request(number).branch = "test".to_owned();
                    world.approve(number, KARI);
                    world.retarget(number, "main", event);
                };
                nobody_but(&squashed(kind, story), &[(KARI, Discount::OtherTarget)], kind);
                // Approved as it stands since, it counts: where GitLab does not say when, nobody can know that.
                let review = squashed(kind, |world, number| {
                    story(world, number);
                    world.approve(number, KARI);
                });
                let known = says_when || kind == ForgeKind::GitHub;
                assert_eq!(review.approvers.contains(&KARI), known, "{kind:?} {says_when}");
            }
        }
    }
}

#[test]
fn changes_requested_or_dismissed_afterwards_take_it_back() {
    let review = squashed(ForgeKind::GitHub, |world, number| {
        world.approve(number, KARI);
        world.act(number, KARI, "CHANGES_REQUESTED");
        world.approve(number, PER);
        world.dismiss(number, PER);
    });
    let back = [(KARI, Discount::TakenBack), (PER, Discount::TakenBack)];
    nobody_but(&review, &back, ForgeKind::GitHub);
    // On GitLab an approval that was taken back is not in the list any more.
    let review = squashed(ForgeKind::GitLab, |world, number| {
        world.approve(number, KARI);
        world.act(number, KARI, "CHANGES_REQUESTED");
    });
    nobody_but(&review, &[], ForgeKind::GitLab);
    // The other way round it stands.
    for kind in BOTH {
        let review = squashed(kind, |world, number| {
            world.act(number, KARI, "CHANGES_REQUESTED");
            world.approve(number, KARI);
        });
        assert_eq!(review.approvers, BTreeSet::from([KARI]), "{kind:?}");
    }
}

#[test]
fn a_review_of_another_says_nothing_about_mine() {
    for kind in BOTH {
        let review = squashed(kind, |world, number| {
            world.approve(number, KARI);
            world.act(number, PER, "CHANGES_REQUESTED");
        });
        assert_eq!(review.approvers, BTreeSet::from([KARI]), "{kind:?}");
    }
}

#[test]
fn the_author_does_not_approve() {
    for kind in BOTH {
        let review = squashed(kind, |world, number| world.approve(number, OLA));
        nobody_but(&review, &[(OLA, Discount::Author)], kind);
    }
}

#[test]
fn another_account_of_the_author_is_the_author() {
    for kind in BOTH {
        let review = review(kind, |world| {
            let number = world.open(KARI, &[(FILE, Some("kari, LC"))]);
            world.approve(number, KARI_TOO);
            world.approve(number, PER);
            world.merge(number, How::Squash)
        });
        assert_eq!(review.approvers, BTreeSet::from([PER]), "{kind:?}");
        assert_eq!(review.discounted, BTreeMap::from([(KARI_TOO, Discount::SamePerson)]));
    }
}

#[test]
fn whoever_has_a_commit_in_it_is_an_author() {
    let review = squashed(ForgeKind::GitHub, |world, number| {
        world.push(number, Some(KARI), &[(FILE, Some("kari, SC"))]);
        world.push(number, None, &[(FILE, Some("kari, LU"))]);
        world.approve(number, KARI);
        world.approve(number, KARI_TOO);
    });
    let own = [(KARI, Discount::Author), (KARI_TOO, Discount::SamePerson)];
    nobody_but(&review, &own, ForgeKind::GitHub);
}

#[test]
fn an_author_who_is_nobody_in_the_settings_is_just_unknown() {
    for kind in BOTH {
        let review = review(kind, |world| {
            let number = world.open(STRANGER, &[(FILE, Some("kari, LC"))]);
            world.approve(number, KARI);
            world.approve(number, STRANGER);
            world.merge(number, How::Squash)
        });
        assert_eq!(review.approvers, BTreeSet::from([KARI]), "{kind:?}");
        assert_eq!(review.discounted, BTreeMap::from([(STRANGER, Discount::Author)]));
    }
}

#[test]
fn a_bot_never_approves() {
    for kind in BOTH {
        let review = squashed(kind, |world, number| {
            world.bots.insert(ROBOT);
            world.approve(number, ROBOT);
        });
        nobody_but(&review, &[(ROBOT, Discount::Bot)], kind);
    }
}

#[test]
fn on_gitlab_only_an_account_that_is_active_approves() {
    let of_state = |state: Option<&'static str>| {
        squashed(ForgeKind::GitLab, |world, number| {
            world.states.insert(KARI, state);
            world.approve(number, KARI);
            world.approve(number, PER);
        })
    };
    let stopped = ["blocked", "ldap_blocked", "blocked_pending_approval", "deactivated", "banned"];
    let stopped = stopped.map(|state| (Some(state), Discount::Stopped));
    let unknown = [None, Some("asleep"), Some("")].map(|state| (state, Discount::UnknownState));
    for (state, discount) in stopped.into_iter().chain(unknown) {
        let review = of_state(state);
        assert_eq!(review.approvers, BTreeSet::from([PER]), "{state:?}");
        assert_eq!(review.discounted, BTreeMap::from([(KARI, discount)]), "{state:?}");
        assert!(discount.way_out().is_some());
    }
    assert_eq!(of_state(Some("active")).approvers, BTreeSet::from([KARI, PER]));
    // A deleted account has no number on GitHub, and its review is nobody's.
    let mut world = World::new();
    let number = world.open(OLA, &[(FILE, Some("kari, LC"))]);
    world.approve(number, KARI);
    let commit = world.merge(number, How::Squash);
    let server = Server::start(ForgeKind::GitHub, world);
    let deleted = r#"[{"id": 1, "user": null, "state": "APPROVED", "submitted_at": "2026-11-20T10:00:09Z"}]"#;
    server.fault_with("pulls/1/reviews", 1, 200, Vec::new(), deleted.to_owned());
    nobody_but(&server.reviews(&commit).unwrap()[0], &[], ForgeKind::GitHub);
}

#[test]
fn the_approval_of_another_request_stays_there() {
    for kind in BOTH {
        let mut world = World::new();
        // There are two requests with the same change. The first is approved and never merged, the second merged and
        // never approved.
        let (first, second) = (world.open(OLA, &[(FILE, Some("x"))]), world.open(OLA, &[(FILE, Some("x"))]));
        world.approve(first, KARI);
        let commit = world.merge(second, How::Squash);
        // An open request, and one merged to another branch, hold the commit as well.
        world.request(first).landed.insert(commit.clone());
        let third = world.open(OLA, &[(FILE, Some("y"))]);
        world.approve(third, KARI);
        let request = world.request(third);
        (request.state, request.branch) = ("merged", "test".to_owned());
        request.landed.insert(commit.clone());
        let reviews = Server::start(kind, world).reviews(&commit).unwrap();
        assert_eq!(reviews.len(), 1);
        assert_eq!((reviews[0].request, &reviews[0].approvers), (second, &BTreeSet::new()), "{kind:?}");
    }
}

#[test]
fn a_commit_that_no_request_brought_has_no_reviews() {
    for kind in BOTH {
        let mut world = World::new();
        let commit = world.elsewhere(&[(FILE, Some("by hand"))]);
        assert_eq!(Server::start(kind, world).reviews(&commit).unwrap(), []);
    }
}

#[test]
fn gitlab_must_take_approvals_back_and_keep_committers_out() {
    for (resets, barred) in [(false, true), (true, false)] {
        let mut world = World::new();
        (world.resets, world.committers_barred) = (resets, barred);
        let number = world.open(OLA, &[(FILE, Some("x"))]);
        world.approve(number, KARI);
        let commit = world.merge(number, How::Squash);
        let error = Server::start(ForgeKind::GitLab, world).reviews(&commit).unwrap_err();
        let named =
            if resets { "merge_requests_disable_committers_approval" } else { "reset_approvals_on_push" };
        assert!(
            matches!(error, ForgeError::Unprotected { .. }) && error.to_string().contains(named),
            "{error}"
        );
        assert!(!error.passing());
    }
    // GitLab without approval rules has no such page.
    let mut world = World::new();
    let number = world.open(OLA, &[(FILE, Some("x"))]);
    let commit = world.merge(number, How::Squash);
    let server = Server::start(ForgeKind::GitLab, world);
    server.fault("access/approvals", 9, 404);
    assert!(matches!(server.reviews(&commit), Err(ForgeError::Unprotected { .. })));
}

#[test]
fn authors_that_are_not_all_named_are_not_known() {
    let mut world = World::new();
    world.most_commits = 2;
    let number = world.open(OLA, &[(FILE, Some("1"))]);
    world.push(number, Some(OLA), &[(FILE, Some("2"))]);
    world.push(number, Some(KARI), &[(FILE, Some("3"))]);
    world.approve(number, KARI);
    let commit = world.merge(number, How::Squash);
    let error = Server::start(ForgeKind::GitHub, world).reviews(&commit).unwrap_err();
    assert!(matches!(error, ForgeError::Commits { named: 2, all: 3, .. }), "{error}");
}

#[test]
fn an_open_request_is_told_as_it_will_be() {
    for kind in BOTH {
        let mut world = World::new();
        let number = world.open(OLA, &[(FILE, Some("x"))]);
        world.approve(number, KARI);
        world.elsewhere(&[("desired-state/helse-nord/per.oppdiktet.yaml", Some("other"))]);
        let server = Server::start(kind, world);
        let before = server.forge().reviews_of_open(number, "").unwrap();
        let commit = server.shared.lock().unwrap().world.merge(number, How::Merge);
        assert_eq!(before, server.reviews(&commit).unwrap(), "{kind:?}");
        assert_eq!(before[0].approvers, BTreeSet::from([KARI]));
        let error = server.forge().reviews_of_open(number, "").unwrap_err();
        assert!(matches!(error, ForgeError::NotOpen { .. }), "{error}");
        assert!(matches!(server.forge().reviews_of_open(77, ""), Err(ForgeError::Missing { .. })));
    }
}

#[test]
fn a_push_while_gitlab_is_asked_is_noticed() {
    let mut world = World::new();
    let number = world.open(OLA, &[(FILE, Some("x"))]);
    world.says_when = false;
    world.approve(number, KARI);
    let server = Server::start(ForgeKind::GitLab, world);
    assert_eq!(server.forge().reviews_of_open(number, "").unwrap()[0].approvers, BTreeSet::from([KARI]));
    server.shared.lock().unwrap().world.pushes_meanwhile = true;
    let error = server.forge().reviews_of_open(number, "").unwrap_err();
    assert!(matches!(error, ForgeError::Moved { .. }) && error.passing(), "{error}");
}

#[test]
fn nothing_is_remembered_from_one_question_to_the_next() {
    for kind in BOTH {
        let mut world = World::new();
        let number = world.open(OLA, &[(FILE, Some("x"))]);
        world.approve(number, KARI);
        let commit = world.merge(number, How::Squash);
        let server = Server::start(kind, world);
        let forge = server.forge();
        assert_eq!(forge.reviews(&commit, "").unwrap()[0].approvers, BTreeSet::from([KARI]));
        server.shared.lock().unwrap().world.act(number, KARI, "CHANGES_REQUESTED");
        server.shared.lock().unwrap().world.approve(number, PER);
        assert_eq!(forge.reviews(&commit, "").unwrap()[0].approvers, BTreeSet::from([PER]), "{kind:?}");
    }
}
