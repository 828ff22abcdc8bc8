//! Things that a forge has approved once and that are put back: settings, rejections and the answers of a review. The
//! request that puts them back is another one, and its approvals count alone.

use portvakt_core::model::ForgeKind;

use super::bench::REGISTER;
use super::platform::{AUTHOR, COORDINATORS, LC, LEADERS, MANAGERS, Story};
use super::tree::{LC_AHUS, LEADER};
use super::world::How;

const NEVER: &str = "policies/never.cedar";
const TWO: &[u64] = &[LEADERS, MANAGERS];

/// Opens a request with the files in the folder, which these accounts approve.
fn approved(story: &Story, author: u64, accounts: &[u64]) -> u64 {
    let number = story.open(author);
    accounts.iter().for_each(|account| story.approve(number, *account));
    number
}

/// Returns the digests of the policies and the settings in force.
fn in_force(story: &Story) -> String {
    story.scene.ask(
        "SELECT group_concat(value, ' ') FROM \
         (SELECT value FROM mark WHERE key IN ('policies', 'settings') ORDER BY key)",
    )
}

#[test]
fn settings_of_an_earlier_request_do_not_come_back_with_its_approvals() {
    let office = "office: national-coordinator, from: 2015-01-01";
    let suspended = format!("{office}, suspended: true");
    for (kind, (from, to), approvers) in [
        (ForgeKind::GitHub, ("max_lis_months: 6", "max_lis_months: 9"), TWO),
        // One other administrator may suspend.
        (ForgeKind::GitLab, (office, &*suspended), &[LEADERS]),
    ] {
        let story = Story::new(kind);
        story.scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
        story.judge(approved(&story, AUTHOR, TWO), How::Merge).in_order();
        let old = story.scene.read(REGISTER);
        story.scene.edit(REGISTER, from, to);
        story.judge(approved(&story, AUTHOR, approvers), How::Squash).in_order();
        let now = in_force(&story);
        story.scene.write(REGISTER, &old);
        let number = story.open(AUTHOR);
        story.judge(number, How::Merge).says(&["protected-change"]).moves_nothing();
        story.scene.acted(Vec::new()).says_apart(&[], &["protected-change"]);
        assert_eq!(in_force(&story), now);
        // Meant after all, two approve the request that puts them back.
        TWO.iter().for_each(|account| story.approve(number, *account));
        story.scene.acted(Vec::new()).in_order();
        assert_ne!(in_force(&story), now);
    }
}

#[test]
fn a_part_of_what_was_approved_together_is_not_used_alone() {
    let story = Story::new(ForgeKind::GitHub);
    let before = [REGISTER, NEVER].map(|path| story.scene.read(path));
    // The two parts come in two commits, and each is judged.
    story.scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
    let number = story.open(AUTHOR);
    story.scene.write(NEVER, &format!("{}// It goes with the register.\n", before[1]));
    story.push(number);
    TWO.iter().for_each(|account| story.approve(number, *account));
    story.judge(number, How::Rebase).in_order();
    let after = [REGISTER, NEVER].map(|path| story.scene.read(path));
    let put = |files: &[String; 2]| {
        [REGISTER, NEVER].iter().zip(files).for_each(|(path, text)| story.scene.write(path, text));
    };
    put(&before);
    story.judge(approved(&story, AUTHOR, TWO), How::Squash).in_order();
    let now = in_force(&story);
    story.scene.write(REGISTER, &after[0]);
    story.judge(approved(&story, AUTHOR, &[]), How::Squash).says(&["protected-change"]).moves_nothing();
    // The other part is pushed without a request.
    story.meanwhile(NEVER, &after[1]);
    story.scene.acted(Vec::new()).says_apart(&[], &["protected-change"]);
    assert_eq!(in_force(&story), now);
}

#[test]
fn approvals_of_two_requests_are_not_put_together() {
    let story = Story::new(ForgeKind::GitHub);
    let (before, now) = (story.scene.read(REGISTER), in_force(&story));
    story.scene.edit(REGISTER, "max_lis_months: 12", "max_lis_months: 6");
    let after = story.scene.read(REGISTER);
    let number = approved(&story, COORDINATORS, &[LEADERS]);
    story.judge(number, How::Squash).says(&["protected-change"]).moves_nothing();
    // It is taken back. What CI takes for accepted was never in force.
    story.scene.write(REGISTER, &before);
    story
        .judge(approved(&story, AUTHOR, &[]), How::Squash)
        .says_apart(&["protected-change"], &[])
        .moves_nothing();
    story.scene.write(REGISTER, &after);
    let number = approved(&story, LEADERS, &[COORDINATORS]);
    story.judge(number, How::Squash).says(&["protected-change"]).moves_nothing();
    assert_eq!(in_force(&story), now);
    story.approve(number, MANAGERS);
    story.scene.acted(Vec::new()).in_order();
    assert_ne!(in_force(&story), now);
}

#[test]
fn a_rejection_that_was_taken_out_comes_back_by_an_approval_only() {
    let story = Story::new(ForgeKind::GitHub);
    let path = "requests/ahus.yaml";
    let list = format!(
        "rejected:\n  - {{request: REQ-NEW-1, by: {LC_AHUS}, on: 2026-03-02, reason: not employed at the unit}}\n"
    );
    story.scene.write(path, &list);
    story.judge(approved(&story, AUTHOR, &[LC]), How::Merge).in_order();
    story.scene.write(path, "rejected: []\n");
    story.judge(approved(&story, AUTHOR, &[LC]), How::Squash).in_order();
    story.scene.write(path, &list);
    let number = story.open(AUTHOR);
    story.judge(number, How::Squash).says(&["rejection-without-effect"]);
    story.scene.acted(Vec::new()).says_apart(&[], &["rejection-without-effect"]);
    story.approve(number, LC);
    story.scene.acted(Vec::new()).in_order();
    // It has counted, so it is remembered while it is there.
    story.withdraw(number, LC);
    story.scene.acted(Vec::new()).in_order();
}

/// Answers every row of a list with `keep`.
fn answered(list: &str) -> String {
    let (mut person, mut text) = ("", String::new());
    for line in list.lines() {
        person = line.strip_prefix("  - person: ").unwrap_or(person);
        text.push_str(&format!("{line}\n"));
        if line.starts_with("    allows:") {
            let by = if person == LC_AHUS { LEADER } else { LC_AHUS };
            text.push_str(&format!("    answer: keep\n    answered_by: {by}\n"));
        }
    }
    let reviewed = [LC_AHUS, LEADER].map(|by| format!("\n  - {{by: {by}, on: 2026-03-02}}")).concat();
    text.replacen("reviewed: []", &format!("reviewed:{reviewed}"), 1)
}

#[test]
fn answers_that_were_replaced_come_back_by_an_approval_only() {
    let story = Story::new(ForgeKind::GitHub);
    let path = "reviews/ahus/2026-Q1.yaml";
    let mut start = story.scene.desk_program();
    start.args(["review", "start", "--trust", "ahus", "--here"]);
    assert!(start.output().unwrap().status.success());
    let kept = answered(&story.scene.read(path));
    story.scene.write(path, &kept);
    let both: &[u64] = &[LC, LEADERS];
    story.judge(approved(&story, AUTHOR, both), How::Squash).in_order();
    let (before, row) = kept.split_once("person: bo.testesen").unwrap();
    let ended = format!("{before}person: bo.testesen{}", row.replacen("answer: keep", "answer: end", 1));
    story.scene.write(path, &ended);
    story.judge(approved(&story, AUTHOR, both), How::Squash).in_order().advises("review-answers-open");
    story.scene.write(path, &kept);
    let number = story.open(AUTHOR);
    story.judge(number, How::Squash).says(&["review-unsigned"]);
    story.scene.acted(Vec::new()).says_apart(&[], &["review-unsigned"]);
    both.iter().for_each(|account| story.approve(number, *account));
    story.scene.acted(Vec::new()).in_order();
    both.iter().for_each(|account| story.withdraw(number, *account));
    story.scene.acted(Vec::new()).in_order();
}
