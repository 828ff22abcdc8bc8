//! Values that are written in another way than the files have them. The value that is meant is written out, and where
//! there may be two, it is asked which.

use portvakt_core::diag::Lang;

use super::{only, told, with};
use crate::parse::KARI;

#[test]
fn the_value_that_is_meant_is_written_out() {
    for (text, line, meant) in [
        (with("by: bjorn.lederesen", "by: Kristin Skinnvik"), 14, "kristin.skinnvik"),
        (with("by: bjorn.lederesen", "by: Kristin Skinnvik (kristin.skinnvik)"), 14, "kristin.skinnvik"),
        (with("request: REQ-2026-0113", "request: \"REQ-1 @team\""), 12, "REQ-1"),
        (with("by: bjorn.lederesen", "by: Bjørn Lederesen"), 14, "bjorn.lederesen"),
        (with("by: bjorn.lederesen", "by: \"Lederesen, Bjørn\""), 14, "bjorn.lederesen"),
        (with("by: bjorn.lederesen", "by: bjorn.lederesen@example.org"), 14, "bjorn.lederesen"),
        (with("person: kari.testesen", "person: Kari Testesen"), 1, "kari.testesen"),
        (with("from: 2026-09-01", "from: 2026-9-1"), 10, "2026-09-01"),
        (with("until: 2026-11-30", "until: 30.11.26"), 11, "2026-11-30"),
        (with("until: 2026-11-30", "until: 30. november 2026"), 11, "2026-11-30"),
        (with("until: 2026-11-30", "until: 20261130"), 11, "2026-11-30"),
        (with("on: 2026-08-28", "on: 2026-08-28T12:00:00"), 15, "2026-08-28"),
        (with("on: 2026-08-28", "on: 28/8/2026"), 15, "2026-08-28"),
        (with("unit: 100082", "unit: 100082 Haukeland"), 8, "100082"),
        (with("unit: 100082", "unit: Haukeland (100082)"), 8, "100082"),
        (with("request: REQ-2026-0113", "request: REQ 2026 0113"), 12, "REQ-2026-0113"),
        (with("position: lis", "position: LIS"), 5, "lis"),
    ] {
        told(&text, line, &format!("Write `{meant}`"), &format!("Skriv `{meant}`"));
    }
    told(&with("role: LU", "role: LU (Bruker)"), 9, "Did you mean `LU`?", "Mente du `LU`?");
    let mark = "    revoked: {on: 2026-11-5, by: Tone Testesen, reason: has left}\n";
    let one = only(&format!("{KARI}{mark}"));
    let line = "revoked: {on: 2026-11-05, by: tone.testesen, reason: \"has left\"}";
    assert!(one.way_out.en().contains(line), "{one:?}");
    // If a day has two meanings, the line does not contain one.
    for (on, en, nb) in [("03/04/2026", "YYYY-MM-DD", "ÅÅÅÅ-MM-DD"), ("26-11-23", "YYYY-MM-DD", "ÅÅÅÅ-MM-DD")]
    {
        let one = only(&format!("{KARI}    revoked: {{on: {on}, by: tone.testesen, reason: has left}}\n"));
        for (lang, day) in [(Lang::En, en), (Lang::Nb, nb)] {
            let line = format!("revoked: {{on: {day}, by: tone.testesen, reason: \"has left\"}}");
            assert!(one.way_out.get(lang).contains(&line), "{one:?}");
        }
    }
    // A text without one clear day or id is not guessed.
    for (text, words) in [
        (with("from: 2026-09-01", "from: 2026-02-30"), "a day that exists"),
        (with("from: 2026-09-01", "from: in autumn"), "such as `2026-01-31`"),
        (with("by: bjorn.lederesen", "by: \"???\""), "Write it like this"),
    ] {
        assert!(only(&text).way_out.en().contains(words), "{:?}", only(&text));
    }
}

#[test]
fn a_day_that_may_be_another_is_asked_for() {
    for (written, en, nb) in [
        ("27-02-01", "`2027-02-01` or `2001-02-27`", "`2027-02-01` eller `2001-02-27`"),
        ("26-11-23", "`2026-11-23` or `2023-11-26`", "`2026-11-23` eller `2023-11-26`"),
        ("03/04/2026", "`2026-04-03` or `2026-03-04`", "`2026-04-03` eller `2026-03-04`"),
    ] {
        let text = with("until: 2026-11-30", &format!("until: {written}"));
        told(&text, 11, &format!("Is {en} meant?"), &format!("Er det {nb} som er ment?"));
        assert!(!only(&text).way_out.en().contains("Write `"), "{written}");
    }
}

#[test]
fn two_that_stand_where_one_is_expected_are_not_joined() {
    for (text, line, key) in [
        (with("by: bjorn.lederesen", "by: lc.ahusen, nasjonal.eksempelvik"), 14, "by"),
        (with("by: bjorn.lederesen", "by: lc.ahusen og nasjonal.eksempelvik"), 14, "by"),
        (with("by: bjorn.lederesen", "by: Leder Eksempelvik, registerleder"), 14, "by"),
        (with("request: REQ-2026-0113", "request: REQ-NY, REQ-2"), 12, "request"),
    ] {
        let nb = format!("`{key}` er bare én. Hvilken er ment?");
        told(&text, line, &format!("`{key}` is one. Which is meant?"), &nb);
        assert!(!only(&text).way_out.en().contains("Write `"), "{text}");
    }
}

#[test]
fn a_value_behind_a_number_sign_is_told_as_a_comment() {
    for (right, wrong, line) in [
        ("request: REQ-2026-0113", "request: #REQ-2026-0113", 12),
        ("role: LU", "role: # LU", 9),
        ("name: Kari Testesen", "name: #", 2),
    ] {
        told(
            &with(right, wrong),
            line,
            "what stands behind `#` is a comment. Delete the `#`",
            "det som står etter `#`, er en kommentar. Slett `#`",
        );
    }
    let none = only(&with("request: REQ-2026-0113", "request:\n    # REQ"));
    assert!(none.message.en().ends_with("`request` has no value."), "{none:?}");
}
