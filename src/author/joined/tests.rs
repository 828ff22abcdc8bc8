//! Joins two changes at one place of a file. The second addition comes after the first, and nothing else is guessed.

use super::*;

const REGISTER: &str = include_str!("../../../desired-state/register.yaml");
const LIST: &str = "requests/helse-stavanger.yaml";

fn made(path: &str, before: Option<&str>, change: &str, newest: &str) -> Option<String> {
    let register =
        parse::register(&FilePath::new("desired-state/register.yaml"), REGISTER.as_bytes()).unwrap();
    joined(&FilePath::new(path), FileVersions { before, change, newest }, &register)
}

fn rejection(number: &str) -> String {
    format!("  - request: {number}\n    on: 2026-11-23\n    by: halvor.liksomdal\n    reason: no need\n")
}

#[test]
fn two_rejections_of_one_day_stand_below_each_other() {
    let (first, second) = (rejection("REQ-1"), rejection("REQ-2"));
    let list = |entries: &str| format!("{NEW_LIST}{entries}");
    // The list is new on both sides.
    assert_eq!(
        made(LIST, None, &list(&second), &list(&first)),
        Some(list(&format!("{first}{second}"))),
        "a new list"
    );
    let (before, third) = (list(&first), rejection("REQ-3"));
    assert_eq!(
        made(LIST, Some(&before), &format!("{before}{third}"), &format!("{before}{second}")),
        Some(format!("{before}{second}{third}")),
        "a list that was there"
    );
    // The ends of the lines are those of the newest list.
    let windows = |text: &str| text.replace('\n', "\r\n");
    assert_eq!(
        made(LIST, Some(&before), &format!("{before}{third}"), &windows(&format!("{before}{second}"))),
        Some(windows(&format!("{before}{second}{third}"))),
    );
}

#[test]
fn a_number_that_was_rejected_meanwhile_and_a_change_of_what_stood_are_left_to_people() {
    let (before, second) = (format!("{NEW_LIST}{}", rejection("REQ-1")), rejection("REQ-2"));
    let change = format!("{before}{second}");
    let same = format!("{before}{}", rejection("req-2"));
    assert_eq!(made(LIST, Some(&before), &change, &same), None, "the same number in another case");
    let newest = format!("{before}{}", rejection("REQ-3"));
    for other in [
        change.replace("2026-11-23", "2026-11-22"),
        format!("{change}# a word more\n"),
        format!("{NEW_LIST}{second}"),
        change.replace("    by:", "    at:"),
    ] {
        assert_eq!(made(LIST, Some(&before), &other, &newest), None, "{other}");
    }
}

#[test]
fn signatures_of_both_stand_there_once() {
    let block =
        |words: &str| format!("{}\n{words}\n{SIGNATURE_END}\n", SIGNATURE_END.replace("END", "BEGIN"));
    let (first, second, third) = (block("AAAA"), block("BBBB"), block("CCCC"));
    let claimed = format!("by: kari.testesen\non: 2026-11-20\n{third}");
    let path = format!("{LIST}.sig");
    assert_eq!(made(&path, None, &second, &first), Some(format!("{first}{second}")));
    let (change, newest) = (format!("{first}{claimed}"), format!("{first}{second}"));
    assert_eq!(made(&path, Some(&first), &change, &newest), Some(format!("{first}{second}{claimed}")));
    // An entry that the newest file has removed does not come back.
    assert_eq!(made(&path, Some(&first), &change, &second), Some(format!("{second}{claimed}")));
    // A review is signed as a whole.
    assert_eq!(made("reviews/ahus/2026-Q4.yaml.sig", Some(&first), &change, &newest), None);
}

#[test]
fn a_key_is_added_once_more_and_the_settings_are_signed_anew() {
    let path = ALLOWED_SIGNERS;
    let (before, change, newest) = ("a.a key1\n", "a.a key1\nb.b key2\n", "a.a key1\nc.c key3\n");
    assert_eq!(made(path, Some(before), change, newest).as_deref(), Some("a.a key1\nc.c key3\nb.b key2\n"));
    assert_eq!(made(path, Some(before), "b.b key2\n", newest), None, "a key that is taken out");
    assert_eq!(made(SETTINGS_SIGNATURES, Some("x"), "y", "z").as_deref(), Some("z"));
    assert_eq!(made("desired-state/register.yaml", Some("x"), "y", "z"), None);
    assert_eq!(made("policies/who.cedar", Some("x"), "y", "z"), None);
}

const PERSON: &str = "desired-state/helse-stavanger/wenche.fiktivsen.yaml";

/// Wenche's file, with one access for each number.
fn file(numbers: &[&str]) -> String {
    let head = "person: wenche.fiktivsen\nname: Wenche Fiktivsen\nemployer: helse-stavanger\nstaff: health\nposition: lis\naccess:\n";
    let entry = |number: &&str| {
        format!(
            "  - application: smerteregisteret\n    unit: 100083\n    role: LU\n    from: 2026-10-25\n    until: 2027-01-18\n    request: {number}\n    approved:\n      by: kristin.skinnvik\n      on: 2026-10-21\n      identity: known\n"
        )
    };
    format!("{head}{}", numbers.iter().map(entry).collect::<String>())
}

#[test]
fn two_accesses_of_one_person_stand_below_each_other() {
    let before = file(&["REQ-1"]);
    let change = file(&["REQ-1", "REQ-2"]);
    let newest = file(&["REQ-1", "REQ-3"]);
    assert_eq!(made(PERSON, Some(&before), &change, &newest), Some(file(&["REQ-1", "REQ-3", "REQ-2"])));
    // A person who is new in both files may be two people.
    assert_eq!(made(PERSON, None, &change, &newest), None);
    // A fact that the approval vouches for has changed.
    let moved = newest.replace("position: lis", "position: nurse");
    assert_eq!(made(PERSON, Some(&before), &change, &moved), None);
    // A changed end is not an addition.
    let extended = change.replacen("2027-01-18", "2027-02-18", 1);
    assert_eq!(made(PERSON, Some(&before), &extended, &newest), None);
}

#[test]
fn a_revocation_of_what_is_revoked_already_has_nothing_left_to_do() {
    const PATH: &str = "desired-state/helse-stavanger/aksel.demostad.yaml";
    const BEFORE: &str = include_str!("../../../desired-state/helse-stavanger/aksel.demostad.yaml");
    let register =
        parse::register(&FilePath::new("desired-state/register.yaml"), REGISTER.as_bytes()).unwrap();
    let is_done = |change: &str, newest: &str| {
        let versions = FileVersions { before: Some(BEFORE), change, newest };
        is_taken_back_already(&FilePath::new(PATH), versions, &register)
    };
    let revoked = |reason: &str| {
        format!(
            "{BEFORE}    revoked:\n      on: 2026-11-23\n      by: halvor.liksomdal\n      reason: {reason}\n"
        )
    };
    assert!(is_done(&revoked("sluttet"), &revoked("avsluttet")));
    assert!(!is_done(&revoked("sluttet"), BEFORE), "it is not revoked there");
    assert!(!is_done(BEFORE, &revoked("sluttet")), "the change does nothing");
    let more = format!("{}# a word more\n", revoked("sluttet"));
    assert!(!is_done(&more, &revoked("avsluttet")), "the change says something else too");
    let renamed = revoked("sluttet").replace("name: Aksel", "name: Axel");
    assert!(!is_done(&renamed, &revoked("avsluttet")), "the change corrects the name too");
}
