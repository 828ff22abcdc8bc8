//! Approvals that a forge knows. A real repository is merged in the usual ways, and a service on loopback answers as
//! GitHub and GitLab do. `check --merge-request` says before the merge the same as the pass says after it.

use portvakt_core::model::ForgeKind;

use super::bench::{REGISTER, Told};
use super::platform::{AUTHOR, BOTH, COORDINATORS, LC, LC_TOO, LEADERS, MANAGERS, OTHER_LC, Story};
use super::tree::{ELIN, FONNA, LC_AHUS, LC_FONNA, of_ahus, person, smerte};
use super::world::How;

mod unanswered;

const NEW: &str = "ny.testesen LU smerteregisteret 100089";
const WAYS: [How; 3] = [How::Merge, How::Squash, How::Rebase];

/// Begins a story that proposes a new person at Ahus, with the LC of Ahus as approver.
fn newcomer(kind: ForgeKind, author: u64) -> (Story, u64) {
    let story = Story::new(kind);
    story.scene.newcomer(LC_AHUS, "2026-03-02");
    let number = story.open(author);
    (story, number)
}

#[test]
fn a_request_that_the_approver_has_approved_gives_access_however_it_is_merged() {
    for kind in BOTH {
        let story = Story::new(kind);
        for (at, how) in WAYS.into_iter().enumerate() {
            // There are two commits. Only their result together was approved.
            let (id, request) = (format!("ny{at}.testesen"), format!("REQ-NEW-{at}"));
            let entry = smerte(&request, LC_AHUS);
            story.scene.write(&of_ahus(&id), &person(&id, "ahus", &[entry.clone().until("2026-04-30")]));
            let number = story.open(AUTHOR);
            story.scene.write(&of_ahus(&id), &person(&id, "ahus", &[entry]));
            story.push(number);
            story.approve(number, LC);
            let given = format!("{id} LU smerteregisteret 100089");
            story.judge(number, how).in_order().gives(&[&given]);
        }
    }
}

#[test]
fn the_merge_that_a_workflow_checks_out_is_judged_as_the_head_is() {
    let (story, number) = newcomer(ForgeKind::GitHub, AUTHOR);
    story.meanwhile("README", "something else\n");
    for approved in [false, true] {
        if approved {
            story.approve(number, LC);
        }
        let of_head = story.check(number);
        assert_eq!(of_head.is_empty(), approved, "{of_head:?}");
        assert_eq!(story.check_merged_folder(number), of_head);
    }
    story.merge(number, How::Merge);
    story.scene.acted(Vec::new()).in_order().gives(&[NEW]);
}

#[test]
fn the_comment_on_a_request_says_who_has_approved_it() {
    let (story, number) = newcomer(ForgeKind::GitLab, AUTHOR);
    let number = number.to_string();
    let plan = ["plan", "--base", "main", "--head", "change-1", "--merge-request", &number];
    let comment = || story.scene.portvakt(&[&["--format", "markdown"], &plan[..]].concat());
    comment().ends(1).says("forge knows of no approval by").says("`lc.ahusen`");
    story.approve(1, LC);
    comment().ends(3).says("reviewed in request 1, at").says("ny.testesen");
    let json = story.scene.portvakt(&[&["--format", "json"], &plan[..]].concat()).ends(3).json();
    assert_eq!(json["review"]["gains"][0]["evidence"]["review"]["request"], 1, "{json}");
    // If the forge is not asked, the question stays open. Another request says nothing about this one.
    story.scene.portvakt(&plan[..5]).ends(3).says("--merge-request");
    let other = ["plan", "--base", "main", "--head", "change-1", "--merge-request", "7"];
    story.scene.portvakt(&other).ends(1).says("not-reviewed");
}

#[test]
fn other_merges_in_between_do_a_reviewed_change_no_harm() {
    for (kind, how) in [(ForgeKind::GitHub, How::Merge), (ForgeKind::GitLab, How::Rebase)] {
        let (story, number) = newcomer(kind, AUTHOR);
        story.approve(number, LC);
        story.meanwhile("README", "something else\n");
        let bo = story.scene.read("desired-state/ahus/bo.testesen.yaml");
        story.meanwhile("desired-state/ahus/bo.testesen.yaml", &format!("# a note\n{bo}"));
        story.judge_with_daemon(number, how).in_order().gives(&[NEW]);
    }
}

#[test]
fn a_file_that_another_merge_has_changed_meanwhile_must_be_reviewed_anew() {
    for how in [How::Merge, How::Squash] {
        let story = Story::new(ForgeKind::GitHub);
        story.scene.edit(ELIN, "until: 2026-06-30", "until: 2026-12-31");
        story.scene.edit(ELIN, "on: 2026-01-02", "on: 2026-03-02");
        let number = story.open(AUTHOR);
        story.approve(number, LC);
        let main = story.scene.git(&["show", &format!("main:{ELIN}")]);
        story.meanwhile(ELIN, &format!("# a note\n{main}\n"));
        story.judge(number, how).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn a_push_after_the_approval_takes_it_away() {
    for (kind, how) in [(ForgeKind::GitHub, How::Squash), (ForgeKind::GitLab, How::Merge)] {
        let (story, number) = newcomer(kind, AUTHOR);
        story.approve(number, LC);
        story.scene.edit(&of_ahus("ny.testesen"), "unit: 100089", "unit: 200089");
        story.push(number);
        story.judge(number, how).says(&["not-reviewed"]).moves_nothing();
    }
    // The branch is rebased. The approved commit is on it alone, and is not what was merged.
    let (story, number) = newcomer(ForgeKind::GitHub, AUTHOR);
    story.approve(number, LC);
    story.scene.edit(&of_ahus("ny.testesen"), "unit: 100089", "unit: 200089");
    story.push(number);
    story.judge(number, How::Rebase).says(&["not-reviewed"]).moves_nothing();
}

#[test]
fn an_approval_of_a_request_that_was_aimed_elsewhere_does_not_count() {
    for kind in BOTH {
        let story = Story::new(kind);
        story.scene.newcomer(LC_AHUS, "2026-03-02");
        let number = story.open(AUTHOR);
        story.retarget(number, "elsewhere");
        story.approve(number, LC);
        story.retarget(number, "main");
        story.judge_with_daemon(number, How::Merge).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn an_author_who_approves_their_own_request_has_not_approved() {
    for kind in BOTH {
        let (story, number) = newcomer(kind, LC);
        story.approve(number, LC);
        story.approve(number, LC_TOO);
        story.judge(number, How::Merge).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn an_approval_that_was_taken_back_before_the_merge_is_none() {
    for kind in BOTH {
        let (story, number) = newcomer(kind, AUTHOR);
        story.approve(number, LC);
        story.withdraw(number, LC);
        story.judge(number, How::Squash).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn an_approval_that_is_taken_back_or_given_after_the_check_counts_as_it_is_when_the_pass_asks() {
    let (story, number) = newcomer(ForgeKind::GitHub, AUTHOR);
    story.approve(number, LC);
    let ci = story.check(number);
    story.merge(number, How::Merge);
    story.withdraw(number, LC);
    story.scene.acted(ci).says_apart(&[], &["not-reviewed"]).moves_nothing();
    story.approve(number, LC);
    story.scene.acted(Vec::new()).in_order().gives(&[NEW]);
}

#[test]
fn an_approval_by_another_than_the_approver_named_does_not_count() {
    for kind in BOTH {
        let (story, number) = newcomer(kind, AUTHOR);
        story.approve(number, LEADERS);
        story.approve(number, OTHER_LC);
        story.judge_with_daemon(number, How::Merge).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn a_check_without_a_base_says_that_the_forge_was_not_asked_and_nothing_of_keys() {
    for kind in BOTH {
        let story = Story::new(kind);
        story.scene.newcomer(LC_AHUS, "2026-03-02");
        for (lang, words) in [("en", "the forge has not been asked who approved"), ("nb", "er ikke spurt om")]
        {
            let mut check = story.scene.desk_program();
            check.args(["--lang", lang, "check"]);
            let told = Told::of(&check.output().unwrap()).ends(0).says(words);
            assert!(!told.out.contains("keys of this tree") && !told.out.contains("nøklene"), "{told:?}");
        }
    }
}

#[test]
fn a_named_approver_of_another_trust_is_refused_whatever_the_forge_says() {
    let story = Story::new(ForgeKind::GitLab);
    story.scene.newcomer("lc.fonnasen", "2026-03-02");
    let number = story.open(AUTHOR);
    story.approve(number, OTHER_LC);
    story.judge(number, How::Squash).says(&["forbidden"]).moves_nothing();
}

#[test]
fn the_approval_of_another_request_with_the_same_bytes_stays_there() {
    for kind in BOTH {
        let (story, first) = newcomer(kind, AUTHOR);
        story.approve(first, LC);
        story.scene.git(&["switch", "-q", "-c", "change-2", "main"]);
        story.scene.newcomer(LC_AHUS, "2026-03-02");
        let second = story.open(AUTHOR);
        story.judge(second, How::Squash).says(&["not-reviewed"]).moves_nothing();
    }
}

#[test]
fn a_name_that_nobody_reviewed_stays_as_it_was_and_a_reviewed_one_is_taken() {
    for kind in BOTH {
        let story = Story::new(kind);
        let file = of_ahus("bo.testesen");
        let name = || story.scene.ask("SELECT name FROM account WHERE person = 'bo.testesen'");
        story.scene.edit(&file, "name: Navn Testesen", "name: Annet Testesen");
        let number = story.open(AUTHOR);
        // The administrator of another trust has approved it.
        story.approve(number, OTHER_LC);
        story.judge(number, How::Merge).says(&["person-unproven"]).moves_nothing();
        assert_eq!(name(), "Navn Testesen");
        story.scene.edit(&file, "name: Annet Testesen", "name: Nytt Testesen");
        let number = story.open(AUTHOR);
        story.approve(number, LC);
        story.judge_with_daemon(number, How::Squash).in_order().moves_nothing();
        assert_eq!(name(), "Nytt Testesen");
    }
}

#[test]
fn whoever_reviews_a_first_access_elsewhere_does_not_review_the_name_that_comes_with_it() {
    for kind in BOTH {
        let story = Story::new(kind);
        let name = || story.scene.ask("SELECT name FROM account WHERE person = 'bo.testesen'");
        story.scene.edit(&of_ahus("bo.testesen"), "name: Navn Testesen", "name: Annet Testesen");
        let text = person("bo.testesen", "ahus", &[smerte("REQ-FONNA-1", LC_FONNA).at(FONNA)]);
        let text = text.replace("Navn Testesen", "Annet Testesen");
        story.scene.write("desired-state/helse-fonna/bo.testesen.yaml", &text);
        let number = story.open(AUTHOR);
        story.approve(number, OTHER_LC);
        let judged = story.judge_with_daemon(number, How::Merge);
        judged
            .says(&["person-unproven", "person-unproven"])
            .gives(&["bo.testesen LU smerteregisteret 100084"]);
        assert_eq!(name(), "Navn Testesen");
    }
}

#[test]
fn an_old_file_that_was_approved_once_does_not_come_back_through_another_request() {
    let story = Story::new(ForgeKind::GitHub);
    let mut files = Vec::new();
    for (until, to, on) in [("2026-06-30", "2026-09-30", "02"), ("2026-09-30", "2026-08-31", "03")] {
        story.scene.on(&format!("2026-03-{on}"));
        story.scene.edit(ELIN, &format!("until: {until}"), &format!("until: {to}"));
        let text = story.scene.read(ELIN);
        let (before, after) = text.split_once("      on: ").unwrap();
        let rest = after.split_once('\n').unwrap().1;
        story.scene.write(ELIN, &format!("{before}      on: 2026-03-{on}\n{rest}"));
        let number = story.open(AUTHOR);
        story.approve(number, LC);
        story.judge(number, How::Squash).in_order();
        files.push(story.scene.read(ELIN));
    }
    story.scene.write(ELIN, &files[0]);
    let number = story.open(AUTHOR);
    story.judge(number, How::Squash).says(&["statement-used"]).moves_nothing();
    let ends = story.scene.ask("SELECT until_day FROM standing WHERE person = 'elin.testesen'");
    assert_eq!(ends, "2026-08-31");
}

#[test]
fn a_request_that_was_reverted_is_not_had_by_reverting_the_revert() {
    let (story, number) = newcomer(ForgeKind::GitHub, AUTHOR);
    story.approve(number, LC);
    story.judge(number, How::Squash).in_order().gives(&[NEW]);
    let squashed = story.scene.git(&["rev-parse", "main"]);
    for (turn, expected) in [&[][..], &["forbidden"]].into_iter().enumerate() {
        let last = if turn == 0 { squashed.clone() } else { story.scene.git(&["rev-parse", "main"]) };
        story.scene.git(&["revert", "--no-commit", &last]);
        let number = story.open(AUTHOR);
        story.approve(number, LC);
        let judged = story.judge(number, How::Squash).says(expected);
        if turn == 0 {
            judged.moves(&[], &[NEW])
        } else {
            judged.moves_nothing()
        };
    }
}

#[test]
fn an_approval_of_an_account_that_is_blocked_is_told_and_gives_nothing() {
    let (story, number) = newcomer(ForgeKind::GitLab, AUTHOR);
    story.approve(number, LC);
    story.state(LC, "blocked");
    story.judge(number, How::Squash).says(&["not-reviewed"]).advises("approver-not-active").moves_nothing();
    story.state(LC, "active");
    story.scene.acted(Vec::new()).in_order().gives(&[NEW]);
}

#[test]
fn a_leaver_goes_without_anybodys_approval() {
    let story = Story::new(ForgeKind::GitLab);
    story.scene.delete(&of_ahus("bo.testesen"));
    let number = story.open(AUTHOR);
    story.judge(number, How::Rebase).in_order().moves(&[], &["bo.testesen LU smerteregisteret 100089"]);
}

#[test]
fn settings_take_the_approval_of_two_national_administrators_and_never_the_authors() {
    for (author, approvers, expected) in [
        (AUTHOR, &[LEADERS, MANAGERS][..], &[][..]),
        (AUTHOR, &[LEADERS], &["protected-change"]),
        (LEADERS, &[LEADERS, MANAGERS], &["protected-change"]),
        (AUTHOR, &[LEADERS, LC], &["protected-change"]),
    ] {
        let story = Story::new(ForgeKind::GitHub);
        story.scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
        let number = story.open(author);
        approvers.iter().for_each(|account| story.approve(number, *account));
        story.judge(number, How::Squash).says(expected).moves_nothing();
        if approvers.len() == 1 {
            story.approve(number, COORDINATORS);
            story.scene.acted(Vec::new()).in_order();
        }
    }
}

/// One of them stands beside the folders of the tree and not below one.
#[test]
fn gitattributes_take_the_approval_of_two_national_administrators() {
    for kind in BOTH {
        for path in [".gitattributes", "desired-state/ahus/.gitattributes"] {
            for (approvers, expected) in
                [(&[LEADERS, MANAGERS][..], &[][..]), (&[LEADERS, LC], &["protected-change"])]
            {
                let story = Story::new(kind);
                story.scene.write(path, "*.yaml -diff\n");
                let number = story.open(AUTHOR);
                approvers.iter().for_each(|account| story.approve(number, *account));
                story.judge(number, How::Merge).says(expected).moves_nothing();
            }
        }
    }
}

/// The files that are read have LF. The reviewed ones are other blobs with the same content.
#[test]
fn what_was_committed_with_crlf_is_approved_as_it_is() {
    for kind in BOTH {
        let story = Story::new(kind);
        let text = person("ny.testesen", "ahus", &[smerte("REQ-NEW-1", LC_AHUS)]);
        story.scene.write(&of_ahus("ny.testesen"), &text.replace('\n', "\r\n"));
        let number = story.open(AUTHOR);
        story.approve(number, LC);
        story.judge(number, How::Merge).in_order().gives(&[NEW]);
    }
}

#[test]
fn an_account_that_is_named_and_used_in_one_change_speaks_for_nobody() {
    let story = Story::new(ForgeKind::GitLab);
    story.scene.edit(REGISTER, &format!("{LC}: lc.ahusen"), &format!("{LC}: lc.ahusen, 77: lc.ahusen"));
    story.scene.newcomer(LC_AHUS, "2026-03-02");
    let number = story.open(AUTHOR);
    [77, LEADERS, MANAGERS].into_iter().for_each(|account| story.approve(number, account));
    story.judge(number, How::Merge).says(&["not-reviewed"]).moves_nothing();
}
