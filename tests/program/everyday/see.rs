//! Tests who has access, who had it, and who may approve it. A clone answers from its files. The rest is known where
//! the register is.

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;

#[test]
fn whoever_has_access_is_listed_with_from_and_until() {
    let world = World::new();
    let listed = world.person(STAVANGER).types("portvakt list --trust helse-stavanger", &[]).ends(0);
    let listed = listed.takes_at_most(40);
    shows("se-hvem", "liste", &listed);
    listed.says("Wenche Fiktivsen").says("2027-01-18").says("7 tilganger 2026-11-23, etter filene");
}

#[test]
fn what_somebody_has_and_has_had_is_told_from_the_files_and_their_history() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    let told = halvor.types("portvakt history aksel", &[]).ends(0).takes_at_most(30);
    shows("se-hvem", "historikk", &told);
    told.says("REQ-2024-0156").says("trukket tilbake av Halvor Liksomdal (halvor.liksomdal)");
}

#[test]
fn who_may_approve_is_said_of_what_somebody_has_and_of_what_is_applied_for() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let change = halvor.types("portvakt who-can-approve aksel", &[]).ends(0).takes_at_most(40);
    shows("se-hvem", "endring", &change);
    change.says("Kristin Skinnvik").says("koordinator ved Helse Stavanger HF");
    let new = halvor.types("portvakt who-can-approve --unit Stavanger --role LC", &[]).ends(0);
    let new = new.takes_at_most(60);
    shows("se-hvem", "ny", &new);
    new.says("Bjørn Lederesen").never_says("Kristin Skinnvik");
}

#[test]
fn where_a_review_is_long_overdue_those_who_may_go_on_are_named() {
    let world = World::with_reviews_from("2026-09-01");
    let halvor = world.person(STAVANGER);
    let asked = ["who-can-approve", "--unit", "Stavanger", "--role", "LU"];
    let waits = "ved Helse Stavanger HF venter til brukerlisten er kontrollert";
    world.on("2027-01-01");
    halvor.runs(&asked).ends(0).says("Kristin Skinnvik").never_says(waits);
    world.on("2027-01-02");
    halvor.runs(&asked).ends(0).says("Bjørn Lederesen").never_says("Kristin Skinnvik").says(waits);
    let answer = halvor.runs(&[&["--format", "json"][..], &asked].concat()).json();
    assert_eq!(answer["answers"][0]["waits-for-review"], true, "{answer}");
    let export =
        halvor.keeps("eksport.csv", "Søknadsnummer;Navn;RESH;Rolle\nREQ-1;Ylva Nyansatt;100083;LU\n");
    let listed = halvor.runs(&["requests", "--from", &export]).says("Bjørn Lederesen");
    listed.never_says("Kristin Skinnvik").says("! nye og forlengede tilganger ved helse-stavanger venter");
    // It is told before the first question, and the coordinator is not taken for the approver.
    let line = "portvakt grant Ylva Nyansatt --unit Stavanger";
    halvor.types(line, &[(waits, ""), ("Nummer: ", "q\n")]).ends(2);
    let given = ["grant", "Ylva", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--request", "REQ-1"];
    let more = ["--until", "+3m", "--identity", "known", "--yes"];
    halvor.runs(&[&given[..], &more[..]].concat()).ends(2).says(waits).says("--approver");
    assert!(world.branches().is_empty());
}

#[test]
fn who_may_approve_goes_by_what_was_taken_in_and_not_by_an_old_folder() {
    let world = World::new();
    let lars = world.person(AHUS);
    world.person(STAVANGER).gives_ylva_access();
    let told = lars.runs(&["who-can-approve", "ylva"]).ends(0).says("forstått som Ylva Nyansatt");
    told.says("ved Stavanger (100083), en endring").says("Kristin Skinnvik");
}

#[test]
fn who_had_access_is_told_where_the_register_is() {
    let world = World::new();
    let (host, halvor) = (world.host(), world.person(STAVANGER));
    world.on("2026-11-24");
    host.runs(&["apply"]).ends(0);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    world.on("2026-11-25");
    host.pulls();
    host.runs(&["apply"]).ends(0).says("aksel.demostad");
    world.on("2026-11-26");
    let told = host.types("portvakt who-had --unit Stavanger --from 24.11.", &[]).ends(0).takes_at_most(50);
    shows("se-hvem", "hadde", &told);
    let told = told.says("Aksel Demostad").says("trukket tilbake i filen");
    told.says("7 tilganger ved Stavanger (100083) fra 2026-11-24 til 2026-11-26");
    // In a clone the output tells where to ask.
    let asked = ["who-had", "--unit", "Stavanger", "--from", "24.11."];
    halvor.runs(&asked).ends(4).says("spør der tjenesten kjører");
}
