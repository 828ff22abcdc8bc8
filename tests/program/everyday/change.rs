//! Tests a change of the role, which a person other than the author must approve (R14, R16).

use super::bench::{LEADER, STAVANGER, UNN, World};
use super::pages::shows;

#[test]
fn a_role_is_changed_by_two_people() {
    let world = World::new();
    let (henrik, bjorn) = (world.person(UNN), world.person(LEADER));
    let answers = [
        ("Nummer: ", "3\n"),
        ("holder): ", "frida\n"),
        ("Nummer: ", "1\n"),
        ("Nummer: ", "1\n"),
        ("[j/N] ", "j\n"),
    ];
    let asked = henrik.types("portvakt", &answers).ends(0).takes_at_most(30);
    shows("endre", "ny-rolle", &asked);
    asked
        .says("1 LC: Registerkoordinator. LC registrerer og lagrer alle skjema ved eget helseforetak.")
        .says("Henrik Liksomdal (henrik.liksomdal) 2023-12-14 → Bjørn Lederesen (bjorn.lederesen) 2026-11-23")
        .says("Venter på Bjørn Lederesen")
        .never_says("Signert");
    assert_eq!(world.judged("access/change-frida.skinnvik"), (1, "unsigned".to_owned()));
    let signed = bjorn.types("portvakt", &[("Nummer: ", "8\n"), ("[j/N] ", "j\n")]).ends(0);
    let signed = signed.takes_at_most(20);
    shows("signere", "ny-rolle", &signed);
    signed.says("Signert, og sendt til access/change-frida.skinnvik");
    bjorn.types("portvakt", &[("Nummer: ", "8\n")]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/change-frida.skinnvik");
    assert!(world.file("desired-state/unn/frida.skinnvik.yaml").contains("role: LC"));
}

#[test]
fn whoever_has_nothing_is_told_so_before_anything_is_asked() {
    let world = World::new();
    let henrik = world.person(UNN);
    henrik.types("portvakt change hedda", &[]).ends(1).says("ingen tilgang").never_says("rollen");
}

#[test]
fn how_the_person_is_known_stays_as_the_entry_has_it() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_access_to_somebody_contacted();
    let position = ["change", "siv", "--position", "sykepleier", "--yes"];
    halvor.runs(&position).ends(1).says("Halvor Liksomdal (`halvor.liksomdal`) har allerede godkjent");
    world.on("2026-11-24");
    halvor.runs(&position).ends(0).says("godkjenneren har kontaktet personen (telefon, 2026-11-20)");
}

#[test]
fn a_position_that_needs_an_end_is_changed_after_the_end_is_written() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let grant = ["grant", "Tiril", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--until", "none"];
    let more = ["--request", "REQ-2026-0455", "--identity", "known", "--yes"];
    halvor.runs(&[&grant[..], &more[..]].concat()).ends(0);
    world.takes_in("access/grant-tiril.nyansatt");
    world.on("2026-11-24");
    let position = ["change", "tiril", "--position", "lis", "--yes"];
    let refused = halvor.runs(&position).ends(1).says("må ha en sluttdato").never_says("Ingen kan godkjenne");
    refused.says("Skriv den først, med `portvakt end tiril.nyansatt --until DAG`");
    halvor.runs(&["end", "tiril", "--until", "2027-02-20", "--yes"]).ends(0);
    world.takes_in("access/end-tiril.nyansatt");
    halvor.runs(&position).ends(0).says("Signert av Halvor Liksomdal");
}

#[test]
fn what_nobody_may_approve_says_what_stands_against_it() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    // This access has lasted longer than one of a registrar may.
    let registrar = halvor.runs(&["change", "aksel", "--position", "lis", "--yes"]).ends(1);
    registrar
        .says("Ingen siste dag hjelper")
        .says("portvakt end aksel.demostad")
        .says("en ny på en ny søknad");
    // No policy permits it, and a promise says so.
    let staff = halvor.runs(&["change", "aksel", "--staff", "ict", "--yes"]).ends(1);
    staff
        .says("IKT-personell som ikke er ansatt i et IKT-selskap, får aldri tilgang ved et helseforetak")
        .never_says("spør registerleder");
}
