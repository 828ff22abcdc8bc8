//! Tests the last day of an access (R30). An earlier end needs no approval.

use super::bench::{STAVANGER, World};
use super::pages::shows;

const FILE: &str = "desired-state/helse-stavanger/aksel.demostad.yaml";

#[test]
fn an_access_ends_today() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let answers = [("Nummer: ", "5\n"), ("holder): ", "aks\n"), ("[j/N] ", "j\n")];
    let done = halvor.types("portvakt", &answers).ends(0).takes_at_most(20);
    shows("avslutte", "i-dag", &done);
    // A user who has just ended an access is not advised to extend it.
    done.never_says("lengre tilgang").never_says("Venter på");
    // The approval of old, which was never signed, is no part of this change.
    halvor.types("portvakt approve --waiting", &[]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/end-aksel.demostad");
    assert!(world.file(FILE).contains("until: 2026-11-23"));
}

#[test]
fn or_on_a_day_that_is_said() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let done = halvor.types("portvakt end aksel --until 31.12.", &[("[j/N] ", "j\n")]).ends(0);
    shows("avslutte", "en-dag", &done);
    world.takes_in("access/end-aksel.demostad");
    assert!(world.file(FILE).contains("until: 2026-12-31"));
}

#[test]
fn an_end_that_comes_sooner_stays_and_a_later_one_is_an_extension() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["end", "aksel", "--until", "31.12.", "--yes"]).ends(0);
    world.takes_in("access/end-aksel.demostad");
    let later = halvor.runs(&["end", "aksel", "--until", "2027-06-01", "--yes"]).ends(1);
    later.says("slutter allerede 2026-12-31").says("portvakt extend aksel.demostad --until 2027-06-01");
    halvor.runs(&["end", "aksel", "--until", "31.12.", "--yes"]).ends(0).says("Det er ingenting å endre.");
}

#[test]
fn where_nothing_is_left_to_end_nobody_is_told_to_give_a_new_access() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    world.on("2027-02-24");
    for command in ["end", "revoke"] {
        let told = halvor.runs(&[command, "ylva", "--yes"]).ends(0).never_says("portvakt grant");
        told.says("(ylva.nyansatt) har ingen tilgang å avslutte: den siste var over etter 2027-02-23.");
    }
    // Whoever wants it to last longer needs a new one.
    halvor.runs(&["extend", "ylva", "--until", "+3m", "--yes"]).ends(1).says("portvakt grant");
}

#[test]
fn what_stays_elsewhere_is_said_with_who_may_end_it() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let done = halvor.runs(&["end", "gunnar", "--yes"]).ends(0);
    done.says(
        "Tilgangen ved Fonna (100084) står; den kan trekkes tilbake av Bjørn Lederesen (bjorn.lederesen)",
    )
    .says("Leif Utkastli (leif.utkastli)")
    .says("`--everywhere` lar den slutte også.");
    world.takes_in("access/end-gunnar.testesen");
    assert!(world.file("desired-state/helse-stavanger/gunnar.testesen.yaml").contains("until: 2026-11-23"));
    assert!(!world.file("desired-state/helse-fonna/gunnar.testesen.yaml").contains("until:"));
    // If there is nothing left to do, the command says that as well.
    halvor.runs(&["end", "gunnar", "--yes"]).ends(0).says("ingenting å endre").says("Fonna (100084) står");
    // What nobody has cannot end, and the command says what there is.
    let none = ["--unit", "Fonna", "--application", "rapporteket", "--yes"];
    for command in [&["end", "gunnar"][..], &["end", "gunnar", "--everywhere"][..]] {
        let told = halvor.runs(&[command, &none[..]].concat()).ends(1);
        told.says("har ingen slik tilgang").says("Fonna (100084), smerteregisteret");
    }
    let told = halvor.runs(&["revoke", "gunnar", "--unit", "UNN", "--yes"]).ends(1);
    told.says("har ingen slik tilgang").never_says("du er ikke administrator");
    // With one unit, the command does not ask about the others.
    let at_fonna = halvor.runs(&["end", "gunnar", "--unit", "Fonna", "--everywhere", "--yes"]).ends(0);
    at_fonna.never_says("står; den");
    let branches = world.branches();
    let [branch] = branches.as_slice() else { panic!("{branches:?}") };
    assert!(
        world.file_on(branch, "desired-state/helse-fonna/gunnar.testesen.yaml").contains("until: 2026-11-23")
    );
}
