//! An access that is taken back at once (R45).

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;

#[test]
fn an_access_is_taken_back_at_once() {
    let world = World::new();
    let answers = [("Nummer: ", "6\n"), ("holder): ", "aks\n"), ("[j/N] ", "j\n")];
    let done = world.person(STAVANGER).types("portvakt", &answers).ends(0).takes_at_most(20);
    shows("trekke-tilbake", "med-en-gang", &done);
    done.says("Signert av Halvor Liksomdal").says("tatt inn");
    world.takes_in("access/revoke-aksel.demostad");
    let text = world.file("desired-state/helse-stavanger/aksel.demostad.yaml");
    assert!(text.contains("revoked:") && text.contains("by: halvor.liksomdal"), "{text}");
    let signed = world.file("desired-state/helse-stavanger/aksel.demostad.yaml.sig");
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 1, "{signed}");
}

#[test]
fn who_may_is_said_where_you_may_not() {
    let world = World::new();
    let done = world.person(STAVANGER).types("portvakt revoke bjørn", &[]).ends(1);
    shows("trekke-tilbake", "ikke-din", &done);
    done.says("Ingrid Koordinatorsen").says("--everywhere");
    assert!(world.branches().is_empty());
}

#[test]
fn what_stays_elsewhere_is_said_with_who_may_take_it_back() {
    let world = World::new();
    let done = world.person(STAVANGER).runs(&["revoke", "gunnar", "--yes"]).ends(0);
    done.says(
        "Tilgangen ved Fonna (100084) står; den kan trekkes tilbake av Bjørn Lederesen (bjorn.lederesen)",
    )
    .says("Leif Utkastli (leif.utkastli)")
    .never_says("mister tilgang ved");
    let branch = "access/revoke-gunnar.testesen";
    assert!(world.file_on(branch, "desired-state/helse-stavanger/gunnar.testesen.yaml").contains("revoked:"));
    assert!(!world.file_on(branch, "desired-state/helse-fonna/gunnar.testesen.yaml").contains("revoked:"));
}

#[test]
fn everywhere_says_which_trusts_lose_the_person_and_what_a_mistake_costs() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let done = halvor.types("portvakt revoke gunnar --everywhere", &[("[j/N] ", "j\n")]).ends(0);
    shows("trekke-tilbake", "overalt", &done);
    // It is said before anything is written.
    let (cost, asked) = (
        "Gunnar Testesen mister tilgang ved Helse Fonna HF, Helse Stavanger HF. Var det en feil, trengs en ny søknad ved hvert av dem",
        "Skrive dette?",
    );
    let at = |words: &str| done.transcript.find(words).unwrap_or_else(|| panic!("{}", done.transcript));
    assert!(at(cost) < at(asked), "{}", done.transcript);
    world.takes_in("access/revoke-gunnar.testesen");
    for trust in ["helse-stavanger", "helse-fonna"] {
        let text = world.file(&format!("desired-state/{trust}/gunnar.testesen.yaml"));
        assert!(text.contains("by: halvor.liksomdal\n      reason: avsluttet"), "{text}");
    }
}

const LEFT: &str = "desired-state/oslo-universitetssykehus/sunniva.monsterud.yaml";

/// Radiumhospitalet went to Ahus, and the files of its people still stand in the folder of Oslo.
fn with_a_unit_that_went_to_ahus() -> World {
    let world = World::new();
    let path = "desired-state/register.yaml";
    let (unit, ahus) = ("      705758: Radiumhospitalet\n", "      100089: Ahus\n");
    let text = world.file(path);
    assert!(text.contains(unit) && text.contains(ahus), "{text}");
    let moved = text.replacen(unit, "", 1).replacen(ahus, &format!("{ahus}{unit}"), 1);
    world.sends(("main", "main"), path, &format!("{moved}\n"));
    world
}

#[test]
fn an_entry_that_its_unit_left_in_the_old_folder_is_taken_back_where_it_stands() {
    let world = with_a_unit_that_went_to_ahus();
    let lars = world.person(AHUS);
    let ended = lars.runs(&["end", "sunniva", "--everywhere", "--yes"]).ends(1);
    ended
        .says("slett oppføringen, eller skriv `revoked`, der den står: `portvakt revoke`")
        .never_says("Inntil da kan ingenting");
    assert!(world.branches().is_empty());
    // An administrator of the trust that the unit belongs to now may do it, and nothing is there to be signed.
    let done = lars.runs(&["revoke", "sunniva", "--yes"]).ends(0);
    done.says(&format!("Skrevet: {LEFT}")).never_says("Signert av").never_says("Venter på");
    let branch = "access/revoke-sunniva.monsterud";
    let text = world.file_on(branch, LEFT);
    assert!(text.starts_with(&world.file(LEFT)), "nothing else changes: {text}");
    assert!(text.contains("revoked:") && text.contains("by: lars.demostad"), "{text}");
    world.merge(branch);
    for command in ["end", "revoke"] {
        let told = lars.runs(&[command, "sunniva", "--everywhere", "--yes"]).ends(0);
        told.says("har ingen tilgang å avslutte");
    }
}

#[test]
fn all_entries_that_a_unit_left_in_one_file_are_taken_back_together() {
    let world = with_a_unit_that_went_to_ahus();
    world.person(AHUS).runs(&["revoke", "svein.fiktivsen", "--everywhere", "--yes"]).ends(0);
    let file = "desired-state/oslo-universitetssykehus/svein.fiktivsen.yaml";
    let text = world.file_on("access/revoke-svein.fiktivsen", file);
    assert_eq!(text.matches("revoked:").count(), 2, "{text}");
}

#[test]
fn an_entry_left_in_the_old_folder_that_shares_its_request_is_not_guessed_at() {
    let world = with_a_unit_that_went_to_ahus();
    let text = world.file(LEFT);
    let (_, entries) = text.split_once("access:\n").unwrap();
    let other = entries.replacen("705758", "705652", 1);
    world.sends(("main", "main"), LEFT, &format!("{text}\n{other}\n"));
    let done = world.person(AHUS).runs(&["revoke", "sunniva", "--unit", "705758", "--yes"]).ends(1);
    done.says("har ingen slik tilgang");
    assert!(world.branches().is_empty());
}
