//! An access that is taken back at once (R45).

use super::bench::{STAVANGER, World};
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
