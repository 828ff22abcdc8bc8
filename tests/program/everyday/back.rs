//! Tests a person who comes back. They need a new application, and the old one cannot be used (R33).

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;

#[test]
fn whoever_comes_back_needs_a_new_application() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    world.on("2027-03-01");
    let with = |request: &'static str| {
        [
            ("Nummer: ", "1\n"),
            ("etternavn): ", "aksel\n"),
            ("Nummer: ", "2\n"),
            ("(Enter: 1): ", "\n"),
            ("søknaden: ", request),
            ("slutt): ", "+6m\n"),
        ]
    };
    let old = halvor.types("portvakt", &with("REQ-2024-0156\n")).ends(1);
    shows("komme-tilbake", "gammel-soknad", &old);
    old.says("sender ny søknad").never_says("slett");
    let answers = [&with("REQ-2027-0007\n")[..], &[("(Enter: 1): ", "\n"), ("[j/N] ", "j\n")]].concat();
    let new = halvor.types("portvakt", &answers).ends(0).takes_at_most(60);
    shows("komme-tilbake", "ny-soknad", &new);
    world.takes_in("access/grant-aksel.demostad");
    let text = world.file("desired-state/helse-stavanger/aksel.demostad.yaml");
    assert!(text.contains("REQ-2024-0156") && text.contains("REQ-2027-0007"), "what was stays: {text}");
}

#[test]
fn a_former_user_whose_file_is_gone_is_told_before_anything_is_written() {
    let world = World::new();
    world.loses("desired-state/ahus/geir.eksempelvik.yaml");
    let lars = world.person(AHUS);
    let access = ["--unit", "Ahus", "--role", "LU", "--request", "REQ-2026-0401", "--until", "+3m"];
    let known = ["--identity", "known", "--yes"];
    let given = |who: &[&str]| lars.runs(&[&["grant"][..], who, &access[..], &known[..]].concat());
    // A part of the name is not enough for a person who is in no file.
    given(&["geir.eksempelvik"]).ends(2).says("tidligere bruker").says("Geir Eksempelvik (geir.eksempelvik)");
    // The id of a former user is nobody else's.
    given(&["Geira", "Testmann", "--id", "geir.eksempelvik"])
        .ends(2)
        .says("tilhørte Geir Eksempelvik")
        .says("utelat `--id`");
    given(&["Geir", "Annen", "Eksempelvik"])
        .ends(0)
        .says("Tidligere brukere med et lignende navn: Geir Eksempelvik (geir.eksempelvik).");
    assert_eq!(world.branches(), ["access/grant-geir.eksempelvik2"]);
    world.turns_down("access/grant-geir.eksempelvik2");
    // The same person comes back, and it is said.
    given(&["Geir", "Eksempelvik"])
        .ends(0)
        .says("en tidligere bruker heter Geir Eksempelvik (geir.eksempelvik)")
        .says("får ny bruker med denne nye søknaden")
        .says("oppgi en annen id med `--id`");
    assert_eq!(world.branches(), ["access/grant-geir.eksempelvik"]);
}
