//! An access that lasts longer (R37).

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;

#[test]
fn an_access_is_extended() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    world.on("2027-02-10");
    let answers = [("Nummer: ", "2\n"), ("holder): ", "ylva\n"), ("til nå: ", "+3m\n"), ("[j/N] ", "j\n")];
    let done = halvor.types("portvakt", &answers).ends(0).takes_at_most(25);
    shows("forlenge", "tre-maneder", &done);
    done.says("Signert av Halvor Liksomdal");
    world.takes_in("access/extend-ylva.nyansatt");
    let text = world.file("desired-state/helse-stavanger/ylva.nyansatt.yaml");
    assert_eq!(text.matches("until: 2027-05-23").count(), 2, "{text}");
    assert_eq!(text.matches("on: 2027-02-10").count(), 2, "{text}");
}

#[test]
fn who_has_approved_today_is_told_who_else_can_and_when() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    let longer = ["extend", "ylva", "--until", "2027-05-23", "--yes"];
    let refused =
        halvor.runs(&longer).ends(1).says("Halvor Liksomdal (`halvor.liksomdal`) har allerede godkjent");
    refused.says("i morgen kan Halvor Liksomdal").says("og i dag Bjørn Lederesen").says("Kristin Skinnvik");
    let of_another = [&longer[..], &["--approver", "kristin.skinnvik"]].concat();
    halvor.runs(&of_another).ends(0).says("Venter på Kristin Skinnvik");
    world.on("2026-11-24");
    halvor.runs(&longer).ends(1).says("Denne tilgangen venter allerede, på access/extend-ylva.nyansatt");
    halvor.runs(&[&longer[..], &["--again"]].concat()).ends(0).says("Signert av Halvor Liksomdal");
}

#[test]
fn what_has_no_end_is_told_before_a_day_is_asked_for() {
    let world = World::new();
    let asked = world.person(STAVANGER).types("portvakt extend aksel", &[]).ends(0);
    asked.says("i smerteregisteret har allerede ingen slutt. Det er ingenting å endre.");
}

#[test]
fn no_end_is_typed_at_the_question_as_the_option_gives_it() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_access_to_somebody_contacted();
    world.on("2026-11-24");
    let answers = [("til nå: ", "Ingen\n"), ("[j/N] ", "j\n")];
    halvor.types("portvakt extend siv", &answers).ends(0).says("Signert av Halvor Liksomdal");
    world.takes_in("access/extend-siv.nyansatt");
    let text = world.file("desired-state/helse-stavanger/siv.nyansatt.yaml");
    assert!(!text.contains("until:"), "{text}");
}

#[test]
fn a_day_that_cannot_be_is_asked_for_again_and_the_words_of_the_question_are_an_answer() {
    let world = World::new();
    let answers = [
        ("eller `uten slutt`, 2027-01-17 til nå: ", "1.12.2026\n"),
        ("til nå: ", "uten slutt\n"),
        ("til nå: ", "+1m\n"),
        ("[j/N] ", "j\n"),
    ];
    let asked = world.person(AHUS).types("portvakt extend geir.eksempelvik", &answers).ends(0);
    asked.says("varer allerede til 2027-01-17").says("må ha en sluttdato").says("Signert av Lars Demostad");
    let text = world.file_on("access/extend-geir.eksempelvik", "desired-state/ahus/geir.eksempelvik.yaml");
    assert!(text.contains("until: 2027-02-17"), "{text}");
}

#[test]
fn the_option_takes_the_words_of_the_question_for_no_end() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    for words in ["uten slutt", "Ingen slutt", "no end", "none"] {
        let told = halvor.runs(&["extend", "aksel", "--until", words, "--yes"]).ends(0);
        told.says("har allerede ingen slutt").never_says("ingen dag");
    }
}

#[test]
fn how_the_person_is_known_stays_as_the_entry_has_it() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_access_to_somebody_contacted();
    // Nobody says of themselves on the same day that they know the person, who was contacted.
    let longer = ["extend", "siv", "--until", "+1m", "--yes"];
    halvor.runs(&longer).ends(1).says("Halvor Liksomdal (`halvor.liksomdal`) har allerede godkjent");
    world.on("2026-11-24");
    let done = halvor.runs(&longer).ends(0);
    done.says("godkjenneren har kontaktet personen (telefon, 2026-11-20)");
    world.takes_in("access/extend-siv.nyansatt");
    let text = world.file("desired-state/helse-stavanger/siv.nyansatt.yaml");
    assert_eq!(text.matches("channel: telefon\n        on: 2026-11-20").count(), 2, "{text}");
    assert_eq!(text.matches("until: 2027-03-23").count(), 2, "{text}");
    // Another approver has not contacted the person, and says how they know who it is.
    let of_another = ["extend", "siv", "--until", "+1m", "--yes", "--approver", "kristin.skinnvik"];
    halvor.runs(&of_another).ends(2).says("--identity").never_says("Skrevet: ");
    let known = [&of_another[..], &["--identity", "known"]].concat();
    halvor.runs(&known).ends(0).says("godkjenneren kjenner personen").says("Venter på Kristin Skinnvik");
    world.on("2026-11-25");
    let known = ["extend", "siv", "--again", "--until", "+1m", "--identity", "known", "--yes"];
    halvor.runs(&known).ends(0).says("godkjenneren kjenner personen");
}
