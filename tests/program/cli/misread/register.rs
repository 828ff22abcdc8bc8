//! A slip in the register, or an odd character in it: it is told once and at its place, although every file rests on the
//! register.

use super::errors;
use crate::cli::desk::{Desk, LEADER, Told, person};

const REGISTER: &str = "desired-state/register.yaml";

/// Checks a register with some words replaced, in both languages. There must be one error, at this place.
fn slip(from: &str, to: &str, place: &str) -> [Told; 2] {
    let desk = Desk::tree();
    desk.change_file(REGISTER, from, to);
    ["en", "nb"].map(|lang| {
        let told = desk.run(&["--lang", lang, "check"]).ends(1);
        assert_eq!(errors(&told), 1, "{}", told.out);
        told.says(place)
    })
}

#[test]
fn a_slip_in_the_register_is_told_once_and_not_in_every_file_that_rests_on_it() {
    let [en, nb] = slip("100082: Haukeland", "100028: Haukeland", ".yaml:");
    en.says("`100082` is not in `register.yaml` as a unit").says("other lines or files say the same");
    nb.says("andre linjer eller filer sier det samme").says("rett `register.yaml`");
    let [en, nb] = slip("most_coordinators: 2", "most_coordinators: 1", "register.yaml:30");
    en.says("trusts more people are register coordinators than `most_coordinators` allows")
        .says("`tone.testesen`");
    nb.says("flere registerkoordinatorer enn `most_coordinators` tillater").says("er ikke sagt ett for ett");
    for (id, slipped) in
        [("bjorn.lederesen", "bjorn.ledersen"), ("ingrid.koordinatorsen", "ingrid.koordinatorsn")]
    {
        let (from, to) = (format!("person: {id}"), format!("person: {slipped}"));
        let [en, nb] = slip(&from, &to, &format!("  - {to}"));
        en.says(&format!("appoints `{slipped}`, who is nowhere else")).says(&format!("Write `{id}` there"));
        nb.says(&format!("oppnevner `{slipped}`, som ikke finnes")).says(&format!("Skriv `{id}` der"));
    }
}

#[test]
fn what_does_not_follow_from_a_slip_is_told_beside_it() {
    let desk = Desk::tree();
    desk.change_file(REGISTER, "person: bjorn.lederesen", "person: bjorn.ledersen");
    // A third coordinator is one too many, and is reported beside the slip.
    let lc = person("ny.testesen", "helse-bergen", 100_082, LEADER).replace("role: LU", "role: LC");
    desk.write("helse-bergen", "ny.testesen", lc);
    let told = desk.run(&["check"]).ends(1);
    assert_eq!(errors(&told), 2, "{}", told.out);
    told.says("lc-not-too-many").says("bjorn.ledersen");
    // They are also reported beside a limit that is one too low.
    desk.change_file(REGISTER, "person: bjorn.ledersen", "person: bjorn.lederesen");
    desk.change_file(REGISTER, "most_coordinators: 2", "most_coordinators: 1");
    let told = desk.run(&["check"]).ends(1);
    assert_eq!(errors(&told), 2, "{}", told.out);
    told.says("lc-not-too-many").says("`most_coordinators` allows");
    // Two files with the same slip are two.
    let desk = Desk::tree();
    for (trust, id) in [("helse-bergen", "ola.provedal"), ("helse-bergen", "kari.testesen")] {
        desk.change(trust, id, "staff: health", "staff: healthy");
    }
    assert_eq!(errors(&desk.run(&["check"]).ends(1)), 2);
}

#[test]
fn an_administrator_in_the_place_of_another_is_one_advice() {
    let (desk, before) = (Desk::tree(), Desk::tree());
    let base = before.root();
    let base = base.to_str().unwrap();
    desk.change_file(REGISTER, "person: bjorn.lederesen", "person: bjorn.ledersen");
    let told = desk.run(&["check", "--base", base]);
    let denied = told.out.lines().filter(|line| line.starts_with("advice[would-be-denied]")).count();
    assert_eq!(denied, 1, "{}", told.out);
    told.says("`bjorn.ledersen` takes the place of `bjorn.lederesen`").says("Write `bjorn.lederesen` there");
    desk.run(&["--lang", "nb", "check", "--base", base]).says("`bjorn.ledersen` kommer i stedet for");
}

#[test]
fn quotation_marks_of_print_in_a_name_of_the_register_are_advice() {
    for (from, to, what, meant) in [
        ("name: Bjørn Lederesen", "name: “Bjørn Lederesen”", "(`“`, U+201C)", "write `Bjørn Lederesen`"),
        (
            "{name: Registerkoordinator,",
            "{name: «Registerkoordinator»,",
            "(`«`, U+00AB)",
            "write `Registerkoordinator`",
        ),
        (
            "register-leader: Leder",
            "register-leader: ”Leder”",
            "(`”`, U+201D)",
            "write `Leder av registeret`",
        ),
        ("100082: Haukeland", "100082: “Haukeland”", "(`“`, U+201C)", "write `Haukeland`"),
        (
            "name: Ingrid Koordinatorsen",
            "name: Ingrid–Anne Koordinatorsen",
            "an en dash",
            "write `Ingrid-Anne Koordinatorsen`",
        ),
    ] {
        let desk = Desk::tree();
        desk.change_file(REGISTER, from, to);
        let told = desk.run(&["check"]).ends(0).says("advice[bad-value]").says(what).says(meant);
        told.says("--> desired-state/register.yaml:");
        let nb = meant.replace("write", "skriv");
        desk.run(&["--lang", "nb", "check"])
            .ends(0)
            .says("råd[bad-value]")
            .says(what.trim_start_matches("an en dash"))
            .says(&nb);
        // With a base, only a register that changes is told about it.
        let base = Desk::tree();
        let base = base.root();
        desk.run(&["check", "--base", base.to_str().unwrap()]).says(meant);
        desk.run(&["check", "--base", desk.root().to_str().unwrap()]).never_says(meant);
    }
    // A dash in the name of a place may be meant.
    let desk = Desk::tree();
    desk.change_file(REGISTER, "100082: Haukeland", "100082: Bergen – Haukeland");
    desk.run(&["check"]).ends(0).never_says("bad-value");
    desk.change_file(REGISTER, "Bergen – Haukeland", "Bergen – “Haukeland”");
    desk.run(&["check"]).ends(0).says("advice[bad-value]").says("(`“`, U+201C)");
}
