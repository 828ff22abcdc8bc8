//! Tests a person who goes to another trust (R31), with and without days at both.

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;
use super::terminal::Step;

const OLD: &str = "desired-state/helse-stavanger/aksel.demostad.yaml";
const NEW: &str = "desired-state/ahus/aksel.demostad.yaml";

/// The answers with days at both trusts, from the last day on. The approver at the old trust is Halvor.
const OVERLAP: [Step<'static>; 8] = [
    ("gang): ", "+14 dager\n"),
    ("Nummer: ", "2\n"),
    ("(Enter: 1): ", "\n"),
    ("søknaden: ", "REQ-2026-0303\n"),
    ("slutt): ", "\n"),
    ("(Enter: 1): ", "\n"),
    ("Nummer: ", "2\n"),
    ("[j/N] ", "j\n"),
];
const BRANCH: &str = "access/move-aksel.demostad";
const SIGNS: [Step<'static>; 1] = [("[j/N] ", "j\n")];

#[test]
fn without_days_at_both_the_new_trust_signs_alone() {
    let world = World::new();
    let answers = [
        ("Nummer: ", "4\n"),
        ("holder): ", "aksel\n"),
        ("gang): ", "\n"),
        ("Nummer: ", "2\n"),
        ("(Enter: 1): ", "\n"),
        ("søknaden: ", "REQ-2026-0303\n"),
        ("slutt): ", "\n"),
        ("(Enter: 1): ", "\n"),
        ("[j/N] ", "j\n"),
    ];
    let lars = world.person(AHUS);
    let done = lars.types("portvakt", &answers).ends(0).takes_at_most(40);
    shows("flytte", "med-en-gang", &done);
    done.says("Signert av Lars Demostad").never_says("Venter på");
    world.takes_in(BRANCH);
    assert!(world.has(NEW) && !world.has(OLD));
    assert!(world.file(NEW).contains("employer: ahus"));
    // Once more it changes nothing, and nothing is wrong.
    let mut again = vec!["move", "aksel", "--unit", "100089", "--last-day", "now", "--role", "LU"];
    again.extend(["--request", "REQ-2026-0303", "--identity", "known", "--yes"]);
    let already = "Aksel Demostad har allerede LU ved Ahus (100089)";
    lars.runs(&again).ends(0).says(already);
    // So it is where the number is typed at the question. Another number is no earlier move.
    let typed = |number: &str| {
        let number = format!("{number}\n");
        lars.types("portvakt move aksel --unit 100089", &[("søknaden: ", number.as_str())])
    };
    typed("req-2026-0303").ends(0).says(already).says("Det er ingenting å endre.");
    let nothing = "det finnes ingen tilgang ved et annet helseforetak å flytte fra";
    typed("REQ-2026-0399").ends(1).says(nothing).never_says(already);
    // Without a terminal nobody is asked.
    lars.runs(&["move", "aksel", "--unit", "100089", "--yes"]).ends(1).says(nothing);
    assert!(world.branches().is_empty());
}

#[test]
fn with_days_at_both_each_trust_signs() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    let done = lars.types("portvakt move aksel", &OVERLAP).ends(0).takes_at_most(60);
    shows("flytte", "med-overlapp", &done);
    done.says("Signert av Lars Demostad").says("Venter på Halvor Liksomdal");
    assert_eq!(world.judged(BRANCH), (1, "unsigned".to_owned()));
    let signed = halvor.types("portvakt approve --waiting", &SIGNS).ends(0).takes_at_most(30);
    signed.says("Signert, og sendt");
    world.takes_in(BRANCH);
    assert!(world.file(OLD).contains("until: 2026-12-07"));
    assert!(world.file(OLD).contains("employer: ahus") && world.file(NEW).contains("employer: ahus"));
}

#[test]
fn without_a_terminal_an_approver_is_named_for_each_trust() {
    let world = World::new();
    let lars = world.person(AHUS);
    let mut args = vec!["move", "aksel", "--unit", "100089", "--last-day", "7.12.2026", "--role", "LU"];
    args.extend(["--request", "REQ-2026-0303", "--identity", "known", "--yes"]);
    lars.runs(&args).ends(2).says("hvem som godkjenner dette ved Stavanger").says("--approver");
    let with = |approvers: &[&'static str]| {
        let named = approvers.iter().flat_map(|person| ["--approver", *person]);
        [args.clone(), named.collect()].concat()
    };
    // Whoever may approve at no trust is refused, with those who could.
    lars.runs(&with(&["wenche", STAVANGER])).ends(1).says("lars.demostad");
    let unsigned = [with(&[STAVANGER, AHUS]), vec!["--unsigned", "--here"]].concat();
    let waits = "Venter på Halvor Liksomdal (halvor.liksomdal), Lars Demostad (lars.demostad)";
    lars.runs(&unsigned).ends(0).says(waits);
    // The author approves at the trust for which nobody is named.
    let done = lars.runs(&with(&[STAVANGER])).ends(0);
    done.says("Signert av Lars Demostad").says("Venter på Halvor Liksomdal");
    assert_eq!(world.branches(), [BRANCH]);
}

#[test]
fn they_sign_in_either_order() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    let done = lars.types("portvakt move aksel --unsigned", &OVERLAP).ends(0).never_says("Signert");
    done.says("Venter på Halvor Liksomdal (halvor.liksomdal), Lars Demostad (lars.demostad)");
    halvor.types("portvakt approve --waiting", &SIGNS).ends(0);
    assert_eq!(world.judged(BRANCH).0, 1);
    lars.types("portvakt approve --waiting", &SIGNS).ends(0);
    world.takes_in(BRANCH);
}

#[test]
fn the_trust_that_is_left_is_named_by_a_part_of_its_name() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let mut args = vec!["move", "gunnar", "--leaves", "Fonna", "--unit", "UNN", "--last-day", "now"];
    args.extend(["--role", "LU", "--application", "smerteregisteret", "--request", "REQ-2026-0304"]);
    args.extend(["--identity", "known", "--approver", "henrik", "--yes"]);
    let done = halvor.runs(&args).ends(0).says("Fjernet: desired-state/helse-fonna/gunnar.testesen.yaml");
    done.says("Skrevet: desired-state/helse-stavanger/gunnar.testesen.yaml")
        .says("Venter på Henrik Liksomdal");
}

#[test]
fn a_last_day_that_has_been_is_refused_and_asked_for_again() {
    let world = World::new();
    let lars = world.person(AHUS);
    let mut args = vec!["move", "aksel", "--unit", "100089", "--last-day", "22.11.2026", "--role", "LU"];
    args.extend(["--request", "REQ-2026-0303", "--identity", "known", "--yes"]);
    lars.runs(&args).ends(1).says("siste dag 2026-11-22 har vært").says("`--last-day now`");
    // A day without a year is the nearest, as for `end`, and not one in a year's time.
    args[5] = "22.11.";
    lars.runs(&args).ends(1).says("siste dag 2026-11-22 har vært");
    assert!(world.branches().is_empty());
    let mut answers = OVERLAP.to_vec();
    answers[0] = ("gang): ", "i går\n");
    answers.insert(1, ("siste dag 2026-11-22 har vært", ""));
    answers.insert(2, ("gang): ", "\n"));
    // At once, nobody at the old trust is asked.
    answers.remove(8);
    let done = lars.types("portvakt move aksel", &answers).ends(0);
    done.says("Signert av Lars Demostad").never_says("Venter på");
    world.takes_in(BRANCH);
    assert!(world.has(NEW) && !world.has(OLD));
}

#[test]
fn a_registrar_who_moves_is_asked_again_for_the_last_day() {
    let world = World::new();
    let lars = world.person(AHUS);
    let answers = [
        ("gang): ", "\n"),
        ("Nummer: ", "2\n"),
        ("(Enter: 1): ", "\n"),
        ("søknaden: ", "REQ-2026-0303\n"),
        ("slutt): ", "\n"),
        ("må ha en sluttdato", ""),
        ("slutt): ", "+3m\n"),
        ("(Enter: 1): ", "\n"),
        ("[j/N] ", "j\n"),
    ];
    lars.types("portvakt move wenche", &answers).ends(0).says("Signert av Lars Demostad");
    let text = world.file_on("access/move-wenche.fiktivsen", "desired-state/ahus/wenche.fiktivsen.yaml");
    assert!(text.contains("until: 2027-02-23"), "{text}");
}
