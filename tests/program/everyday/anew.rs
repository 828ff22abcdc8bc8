//! Two changes at the end of one list on the same day: nobody has to settle that in git. The second is made anew on the newest main
//! branch, and its signature goes on counting.

use super::bench::{KEYLESS, Person, STAVANGER, Session, World};

const LIST: &str = "requests/helse-stavanger.yaml";

fn rejects(person: &Person<'_>, number: &str, more: &[&str]) -> Session {
    let args = ["reject", number, "--trust", "helse-stavanger", "--yes", "--reason"];
    person.runs(&[&args[..], &["ikke ansatt ved enheten"][..], more].concat()).ends(0)
}

fn branch(number: &str) -> String {
    format!("access/reject-{number}")
}

/// The numbers of the list of the main branch, in their order.
fn numbers(world: &World) -> Vec<String> {
    let list = world.file(LIST);
    list.lines().filter_map(|line| line.strip_prefix("  - request: ").map(str::to_owned)).collect()
}

fn signatures(world: &World) -> usize {
    world.file(&format!("{LIST}.sig")).matches("BEGIN SSH SIGNATURE").count()
}

#[test]
fn two_rejections_of_one_day_are_both_taken_in() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    rejects(&halvor, "REQ-2026-0601", &[]);
    rejects(&halvor, "REQ-2026-0602", &[]);
    world.takes_in(&branch("REQ-2026-0601"));
    assert_eq!(world.judged(&branch("REQ-2026-0602")).1, "merge-conflict");
    halvor.runs(&["send"]).ends(0).says("siden access/reject-REQ-2026-0602 ble laget").says("Alt er sendt.");
    world.takes_in(&branch("REQ-2026-0602"));
    assert_eq!(numbers(&world), ["REQ-2026-0601", "REQ-2026-0602"]);
    assert_eq!(signatures(&world), 2);
    // There is nothing left to do.
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.").never_says("ble laget");
    assert_eq!(halvor.branches(), "");
}

#[test]
fn the_next_command_makes_it_anew_too() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    rejects(&halvor, "REQ-2026-0601", &[]);
    rejects(&halvor, "REQ-2026-0602", &[]);
    world.takes_in(&branch("REQ-2026-0601"));
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("siden access/reject-REQ-2026-0602 ble laget");
    world.takes_in(&branch("REQ-2026-0602"));
    assert_eq!(numbers(&world), ["REQ-2026-0601", "REQ-2026-0602"]);
}

#[test]
fn what_was_not_sent_yet_is_made_anew_before_it_is() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    rejects(&halvor, "REQ-2026-0601", &[]);
    halvor.loses_the_network();
    rejects(&halvor, "REQ-2026-0602", &[]).says("ikke sendt");
    world.takes_in(&branch("REQ-2026-0601"));
    halvor.finds_the_network();
    let sent = halvor.runs(&["send"]).ends(0);
    sent.says("siden access/reject-REQ-2026-0602 ble laget")
        .says("Sendt som grenen access/reject-REQ-2026-0602");
    world.takes_in(&branch("REQ-2026-0602"));
    assert_eq!(numbers(&world), ["REQ-2026-0601", "REQ-2026-0602"]);
}

#[test]
fn whoever_signs_what_a_colleague_wrote_signs_it_on_the_newest_list() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    rejects(&kristin, "REQ-2026-0603", &["--approver", STAVANGER]);
    rejects(&halvor, "REQ-2026-0604", &[]);
    world.takes_in(&branch("REQ-2026-0604"));
    let signed = halvor.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed
        .says("siden access/reject-REQ-2026-0603 ble laget")
        .says("Signert, og sendt til access/reject-REQ-2026-0603");
    world.takes_in(&branch("REQ-2026-0603"));
    assert_eq!(numbers(&world), ["REQ-2026-0604", "REQ-2026-0603"]);
    assert_eq!(signatures(&world), 2);
}

#[test]
fn a_number_that_both_rejected_is_left_to_people_in_words() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    rejects(&kristin, "REQ-2026-0605", &["--approver", STAVANGER]);
    let args = [
        "reject",
        "req-2026-0605",
        "--trust",
        "helse-stavanger",
        "--yes",
        "--again",
        "--reason",
        "sendt to ganger",
    ];
    halvor.runs(&args).ends(0);
    world.takes_in("access/reject-req-2026-0605");
    let told = halvor.runs(&["approve", "--waiting", "--yes"]);
    assert_ne!(told.code, 0, "{}", told.transcript);
    told.says("access/reject-REQ-2026-0605 passer ikke med det som står nå")
        .says(LIST)
        .says("Gjør oppgaven en gang til");
    assert_eq!(numbers(&world), ["req-2026-0605"]);
}

#[test]
fn a_change_that_did_more_than_add_is_told_by_send_and_nags_nobody() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    kristin.runs(&["end", "aksel", "--until", "2026-12-31", "--yes", "--again"]).ends(0);
    world.takes_in("access/end-aksel.demostad-2");
    let told = halvor.runs(&["send"]).ends(1);
    told.says("access/end-aksel.demostad passer ikke med det som står nå")
        .says("Gjør oppgaven en gang til")
        .never_says("Alt er sendt.");
    rejects(&halvor, "REQ-2026-0606", &[]).never_says("passer ikke med");
}

#[test]
fn what_cannot_be_taken_in_keeps_nobody_from_doing_the_task_once_more() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    halvor.runs(&["end", "aksel", "--until", "2026-12-31", "--yes"]).ends(0);
    let sooner = ["end", "aksel", "--until", "2026-12-15", "--yes"];
    kristin.runs(&sooner).ends(0);
    world.takes_in("access/end-aksel.demostad");
    let second = "access/end-aksel.demostad-2";
    assert_eq!(world.judged(second).1, "merge-conflict");
    // Nobody is sent to settle in git what a command writes.
    let seen = kristin.runs(&["explain", "aksel"]).ends(0).says(second).never_says("for hånd");
    seen.says("gjør vedkommende oppgaven en gang til med samme kommando");
    kristin.runs(&["send"]).ends(1).says("lukk forespørselen for den gamle grenen");
    let again = kristin.runs(&sooner).ends(0).never_says("venter allerede").never_says("--waiting");
    again.says(&format!("Det som venter på {second}, passer ikke")).says("lukk forespørselen for den");
    world.turns_down(second);
    world.takes_in("access/end-aksel.demostad");
    assert!(world.file("desired-state/helse-stavanger/aksel.demostad.yaml").contains("until: 2026-12-15"));
}

#[test]
fn a_second_revocation_has_nothing_left_to_do_when_the_first_is_taken_in() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["revoke", "aksel", "--reason", "sluttet", "--yes"]).ends(0);
    halvor.runs(&["revoke", "aksel", "--yes", "--again"]).ends(0);
    let second = "access/revoke-aksel.demostad-2";
    assert!(world.branches().contains(&second.to_owned()));
    world.takes_in("access/revoke-aksel.demostad");
    halvor.runs(&["explain", "aksel"]).ends(0).never_says("Flett målgrenen").never_says(second);
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    let sent = halvor.runs(&["send"]).ends(0).never_says("Gjør oppgaven en gang til");
    sent.says(&format!("Det {second} skulle endre, er alt gjort med en annen endring"))
        .says("på kodeplattformen kan lukkes");
    assert_eq!(halvor.branches(), "");
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.").never_says(second);
}
