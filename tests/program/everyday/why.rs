//! Tests the explanation of a person's access in a clone, from the files and the branches.

use super::bench::{AHUS, STAVANGER, UNN, World};
use super::pages::shows;

#[test]
fn what_was_taken_back_is_told_with_its_reason() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    let done = halvor.types("portvakt", &[("Nummer: ", "7\n"), ("holder): ", "aksel\n")]).ends(0);
    let done = done.takes_at_most(20);
    shows("finne-ut-hvorfor", "trukket-tilbake", &done);
    done.says("trukket tilbake av Halvor Liksomdal (halvor.liksomdal)").never_says("grunnlag er godtatt");
}

#[test]
fn what_waits_is_told_with_what_it_waits_for() {
    let world = World::new();
    let henrik = world.person(UNN);
    henrik.runs(&["change", "frida", "--role", "LC", "--approver", "bjørn", "--yes"]).ends(0);
    let done = henrik.types("portvakt explain frida", &[]).ends(0).takes_at_most(30);
    shows("finne-ut-hvorfor", "venter", &done);
    done.says("gjelder, om det er godtatt").says("access/change-frida.skinnvik").says("ikke signert");
}

#[test]
fn a_clone_lists_what_its_files_say() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    let now = halvor.runs(&["list", "--trust", "helse-stavanger"]).ends(0);
    let now = now.says("Halvor Liksomdal (halvor.liksomdal) 2024-06-11");
    now.says("Gunnar Testesen").says("gjelder, om det er godtatt").says("etter filene").never_says("Aksel");
    let all = halvor.runs(&["list", "--trust", "helse-stavanger", "--all"]).ends(0);
    all.says("trukket tilbake av Halvor Liksomdal (halvor.liksomdal)");
    let json = halvor.runs(&["--format", "json", "list"]).ends(0).json();
    assert_eq!(json["by"], "files");
    halvor.runs(&["list", "--csv"]).ends(0).says("gunnar.testesen").never_says("etter filene");
    halvor.runs(&["list", "--trust", "ingensteds"]).ends(1).says("ikke noe helseforetak");
    // The state of a past day is only known where the register is.
    halvor.runs(&["list", "--at", "2026-11-22"]).ends(4).says("spør der tjenesten kjører");
}

#[test]
fn several_who_fit_are_listed_and_nobody_is_guessed() {
    let world = World::new();
    let henrik = world.person(UNN);
    henrik.runs(&["explain", "fiktivsen"]).ends(1).says("Anne Fiktivsen").says("Sara Fiktivsen");
    let nobody = henrik.runs(&["explain", "ingen.slik"]).ends(1);
    nobody.says("ingen kjenner `ingen.slik`").never_says("grunnlag er godtatt");
}

#[test]
fn a_former_user_is_known_by_the_history_of_the_files() {
    let world = World::new();
    world.loses("desired-state/ahus/geir.eksempelvik.yaml");
    let lars = world.person(AHUS);
    for typed in ["geir.eksempelvik", "geir eksempelvik"] {
        let told = lars.runs(&["explain", typed]).ends(0);
        told.says("Geir Eksempelvik (geir.eksempelvik), tidligere bruker, etter filenes historikk")
            .says("filen ved ahus ble fjernet")
            .says("LU i smerteregisteret ved Ahus (100089): ikke lenger i noen fil; sist nevnt i versjonen fra ")
            .says("(fra 2026-10-25, til 2027-01-17)")
            .says("godkjent av Lars Demostad (lars.demostad) 2026-10-22, søknad REQ-2026-0114")
            .says("På registerets vert forteller `portvakt history geir.eksempelvik` resten")
            .never_says("noen gang godtatt");
    }
    let json = lars.runs(&["--format", "json", "explain", "geir.eksempelvik"]).ends(0).json();
    assert_eq!(json["people"][0]["name"], "Geir Eksempelvik");
    assert_eq!(json["people"][0]["former"].as_array().unwrap().len(), 1, "{json}");
    let told = lars.runs(&["history", "geir eks"]).ends(0);
    told.says("Geir Eksempelvik (geir.eksempelvik), etter filene og historikken deres")
        .says("filen ved ahus ble fjernet")
        .says("ikke lenger i noen fil")
        .says("(fra 2026-10-25, til 2027-01-17)")
        .says("På registerets vert")
        .never_says("baseline");
    let json = lars.runs(&["--format", "json", "history", "geir eks"]).ends(0).json();
    assert_eq!((&json["by"], &json["accesses"][0]["in_a_file"]), (&"files".into(), &false.into()));
    lars.runs(&["history", "aksel"]).ends(0).says("gjelder, om det er godtatt").never_says("fjernet");
}

#[test]
fn a_clone_says_what_it_does_not_know_and_where_to_ask() {
    let world = World::new();
    let henrik = world.person(UNN);
    for command in ["explain", "history"] {
        let nobody = henrik.runs(&[command, "ingen.slik"]).ends(1);
        nobody
            .says("ingen kjenner `ingen.slik` i denne klonen")
            .says("`portvakt history ingen.slik`")
            .never_says("noen gang godtatt")
            .never_says("baseline");
    }
    // The entries of the ledger are not here.
    henrik.runs(&["history", "frida", "--csv"]).ends(4).says("spør der tjenesten kjører");
}
