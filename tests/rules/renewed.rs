//! When the approval of a changed access is one of its own (R14, R37): one person approves an access once a day.

use jiff::civil::date;
use portvakt_core::diag::Code;

use crate::review::world::{LC, LEADER, World};

const FILE: &str = "desired-state/ahus/ola.testesen.yaml";
const APPROVED: &str = "approved: {by: lc.ahusen, on: 2026-02-05, identity: known}";
const CONTACTED: &str = "identity: contacted, contacted: {channel: phone, on: 2026-02-04}";

/// The findings about the file when its access changes under this approval. It is the day after the accepted approval.
fn codes_with(approval: &str) -> Vec<Code> {
    codes_from("2026-02-04", approval)
}

/// The same, where the access begins on this day.
fn codes_from(start: &str, approval: &str) -> Vec<Code> {
    let world = World::new();
    let mut after = world.clone();
    after.edit(FILE, "from: 2026-02-05", &format!("from: {start}"));
    after.edit(FILE, APPROVED, approval);
    let findings = world.check(&after, date(2026, 2, 6)).findings;
    let of_file = findings
        .into_iter()
        .filter(|finding| finding.place.as_ref().is_some_and(|place| place.file.as_str() == FILE));
    of_file.map(|finding| finding.code).collect()
}

#[test]
fn other_words_about_the_identity_are_no_approval_of_their_own() {
    let of = |by: &str, on: &str, how: &str| format!("approved: {{by: {by}, on: {on}, {how}}}");
    let is_refused =
        |by: &str, on: &str, how: &str| codes_with(&of(by, on, how)).contains(&Code::ApprovalNotRenewed);
    assert!(is_refused(LC, "2026-02-05", "identity: known"), "the same approval");
    assert!(is_refused(LC, "2026-02-05", CONTACTED), "the same person on the same day");
    assert!(is_refused(LEADER, "2026-02-04", CONTACTED), "an earlier day");
    assert!(!is_refused(LC, "2026-02-06", CONTACTED), "the same person on a later day");
    assert!(!is_refused(LEADER, "2026-02-05", "identity: known"), "another person on the same day");
}

#[test]
fn an_access_that_has_begun_keeps_its_start_whoever_approves_a_later_one() {
    let approved = |by: &str| format!("approved: {{by: {by}, on: 2026-02-06, identity: known}}");
    for by in [LC, LEADER] {
        let moved = codes_from("2026-02-07", &approved(by));
        assert!(moved.contains(&Code::StartMoved), "it would be gone until tomorrow: {moved:?}");
        assert!(!codes_from("2026-02-06", &approved(by)).contains(&Code::StartMoved), "nothing is gone");
    }
}
