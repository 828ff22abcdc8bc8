//! Tests the review of a user list as a coordinator does it (R36): the list, the answers, the check, and the evidence
//! for an auditor.

use super::desk::{Desk, Told};

mod answered;
mod evidence;
mod national;
mod overtaken;
mod table;

const LIST: &str = "reviews/unn/2026-Q4.yaml";
const HENRIK: &str = "henrik.liksomdal";

/// The example tree, whose register asks for reviews.
fn desk() -> Desk {
    let desk = Desk::tree();
    desk.change_file(
        "desired-state/register.yaml",
        "review_months: 3\n",
        "review_months: 3\nreviews_from: 2026-09-01\n",
    );
    desk
}

fn answer(desk: &Desk, by: &str, person: &str, how: &[&str]) -> Told {
    let mut args = vec!["review", "answer", "--trust", "unn", "--by", by, person];
    args.extend(how);
    desk.run(&args)
}

fn list(desk: &Desk) -> String {
    std::fs::read_to_string(desk.root().join(LIST)).unwrap()
}

/// The accepted example with a review of UNN that keeps everybody but Sara.
fn reviewed() -> Desk {
    let desk = Desk::accepted();
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["frida.skinnvik", "olav.testesen"] {
        answer(&desk, HENRIK, person, &["--keep"]).ends(0);
    }
    answer(&desk, HENRIK, "sara.fiktivsen", &["--end"]).ends(0);
    answer(&desk, "bjorn.lederesen", HENRIK, &["--keep"]).ends(0);
    desk.run(&["apply"]).ends(0);
    desk
}
