//! A new access for somebody new (R12 to R17).

use super::bench::{AHUS, STAVANGER, World};
use super::pages::shows;
use super::terminal::Step;

const FILE: &str = "desired-state/helse-stavanger/ylva.nyansatt.yaml";

/// The answers of the whole task, from the list of tasks on.
const ANSWERS: [Step<'static>; 9] = [
    ("Nummer: ", "1\n"),
    ("etternavn): ", "Ylva Nyansatt\n"),
    ("Nummer: ", "2\n"),
    ("(Enter: 1): ", "\n"),
    ("søknaden: ", "REQ-2026-0301\n"),
    ("noe): ", "lis\n"),
    ("slutt): ", "+3m\n"),
    ("(Enter: 1): ", "\n"),
    ("[j/N] ", "j\n"),
];

#[test]
fn a_new_access_is_given_signed_and_sent() {
    let world = World::new();
    let done = world.person(STAVANGER).types("portvakt", &ANSWERS).ends(0).takes_at_most(60);
    shows("gi-tilgang", "ny", &done);
    let done = done.says("Signert av Halvor Liksomdal").says("access/grant-ylva.nyansatt");
    done.never_says("Ingenting viser").never_says("Venter på");
    assert_eq!(world.branches(), ["access/grant-ylva.nyansatt"]);
    world.takes_in("access/grant-ylva.nyansatt");
    let text = world.file(FILE);
    assert!(text.contains("until: 2027-02-23") && text.contains("position: lis"), "{text}");
    assert_eq!(text.matches("application: ").count(), 2, "{text}");
}

#[test]
fn the_day_of_contact_is_asked_for_and_a_number_is_no_position() {
    let world = World::new();
    let mut answers = ANSWERS[..5].to_vec();
    answers.extend([("noe): ", "1\n"), ("`1` er ingen stilling", ""), ("noe): ", "lis\n"), ANSWERS[6]]);
    // The question takes the word of the option, too.
    answers.extend([("(Enter: 1): ", "contacted\n"), ("(telefon 28.11.): ", "telefon\n")]);
    answers.extend([("(Enter: i dag, 2026-11-23): ", "\n"), ANSWERS[8]]);
    let done = world.person(STAVANGER).types("portvakt", &answers).ends(0);
    done.says("stilling lis; godkjenneren har kontaktet personen (telefon, 2026-11-23)");
    let text = world.file_on("access/grant-ylva.nyansatt", FILE);
    assert!(text.contains("channel: telefon\n        on: 2026-11-23"), "{text}");
}

#[test]
fn an_answer_of_no_leaves_everything_as_it_was() {
    let world = World::new();
    let mut answers = ANSWERS;
    answers[8] = ("[j/N] ", "\n");
    world.person(STAVANGER).types("portvakt", &answers).ends(1).says("Ingenting ble skrevet.");
    assert!(world.branches().is_empty());
}

#[test]
fn an_answer_that_cannot_be_used_is_asked_for_again() {
    let world = World::new();
    let answers = [
        ("Nummer: ", "15\n"),
        ("Skriv et nummer fra 1 til 14, eller mer av ordene for et valg; `q` avslutter.\r\nNummer: ", "2\n"),
        ("holder): ", "zzz\n"),
        ("ingen her heter `zzz`\r\nhvem (en del av navnet holder): ", "wenche\n"),
        ("til nå: ", "snart\n"),
        ("er ingen dag", ""),
        ("til nå: ", "31.3.\n"),
        // Another approver has contacted her.
        ("Nummer (Enter: 1): ", "\n"),
        ("[j/N] ", "j\n"),
    ];
    world.person(STAVANGER).types("portvakt", &answers).ends(0).says("2027-03-31");
    world.takes_in("access/extend-wenche.fiktivsen");
}

#[test]
fn a_name_that_cannot_be_used_is_asked_for_again_at_once() {
    let world = World::new();
    let mut answers = ANSWERS[..1].to_vec();
    answers.extend([
        ("etternavn): ", "\n"),
        ("Skriv et navn, eller en del av det.", ""),
        ("etternavn): ", "Ylva\n"),
        ("en ny person oppgis med fullt navn", ""),
        // The letters of this name are neither large nor small, and none of them can be in an id.
        ("etternavn): ", "王 小明\n"),
        ("det kan ikke lages noen id av det navnet", ""),
        // An arrow key was pressed.
        ("etternavn): ", "Yl\u{1b}[Dva Nyansatt\n"),
        ("inneholder et tegn som ikke synes", ""),
    ]);
    answers.extend(&ANSWERS[1..]);
    world.person(STAVANGER).types("portvakt", &answers).ends(0);
    assert!(world.file_on("access/grant-ylva.nyansatt", FILE).contains("name: Ylva Nyansatt\n"));
}

#[test]
fn a_list_takes_more_of_the_words_and_can_be_left() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    for leaves in ["q\n", "\n"] {
        halvor.types("portvakt", &[("Nummer: ", leaves)]).ends(2).says("Ingenting ble skrevet.");
    }
    // Several are called so.
    let asked = "portvakt end demostad --yes";
    halvor.types(asked, &[("Nummer: ", "q\n")]).ends(2).says("Ingenting ble skrevet.");
    let answers = [("Nummer: ", "demostad\n"), ("mer av ordene for et valg; ", ""), ("Nummer: ", "aksel\n")];
    halvor.types(asked, &answers).ends(0).says("access/end-aksel.demostad");
    halvor.types("portvakt", &[("Nummer: ", "sende\n")]).ends(0).never_says("Skriv et nummer");
}

#[test]
fn what_no_later_answer_mends_is_asked_for_again_where_it_was_typed() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let mut answers = ANSWERS[..4].to_vec();
    answers.extend([
        // This one is Aksel's.
        ("søknaden: ", "REQ-2024-0156\n"),
        ("Søknaden `REQ-2024-0156` er, eller var, en annens", ""),
        ANSWERS[4],
        ("noe): ", "lege i spesialisering\n"),
        ("skriv den som ett ord, slik som `lis` for lege i spesialisering", ""),
        ANSWERS[5],
        ("slutt): ", "1.1.2025\n"),
        ("2025-01-01 er før den første dagen, 2026-11-23.", ""),
    ]);
    answers.extend(&ANSWERS[6..]);
    halvor.types("portvakt", &answers).ends(0).says("access/grant-ylva.nyansatt");
    // Whoever begins by mistake leaves at any question.
    let begins = [ANSWERS[0], ("etternavn): ", "q\n")];
    halvor.types("portvakt", &begins).ends(2).says("Ingenting ble skrevet.");
}

#[test]
fn no_position_is_none_whichever_way_it_is_said() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let access = ["--unit", "Stavanger", "--role", "LU", "--request", "REQ-2026-0301", "--until", "+3m"];
    let about = ["grant", "Ylva", "Nyansatt", "--new", "--position", "none", "--identity", "known", "--yes"];
    halvor.runs(&[&about[..], &access[..]].concat()).ends(0).never_says("stilling none");
    let text = world.file_on("access/grant-ylva.nyansatt", FILE);
    assert!(!text.contains("position"), "{text}");
}

#[test]
fn a_yes_that_was_typed_before_the_question_is_no_answer() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    // The `j` of somebody who is in a hurry comes while the change is judged.
    let answers = [("til nå: ", "31.3.\n"), ("Nummer (Enter: 1): ", "\nj\n"), ("[j/N] ", "\n")];
    let asked = halvor.types("portvakt extend wenche", &answers);
    asked.ends(1).says("Ingenting ble skrevet.");
    assert!(world.branches().is_empty());
}

#[test]
fn whoever_has_the_access_already_is_told_so() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let answers = [
        ("Nummer: ", "2\n"),
        ("(Enter: 1): ", "3\n"),
        ("søknaden: ", "REQ-2026-0302\n"),
        ("slutt): ", "\n"),
        ("(Enter: 1): ", "\n"),
        ("[j/N] ", "n\n"),
    ];
    halvor.types("portvakt grant aksel", &answers).ends(1).says("Personen har allerede LU ved Stavanger");
}

#[test]
fn the_full_name_of_somebody_new_is_never_taken_for_another_unasked() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let same = "Her fra før: Aksel Demostad (aksel.demostad), Helse Stavanger HF, Stavanger (100083). Samme person? [j/N] ";
    let mut answers = ANSWERS.to_vec();
    answers[1] = ("etternavn): ", "Aksel Demo\n");
    answers.insert(2, (same, "\n"));
    halvor.types("portvakt", &answers).ends(0).never_says("forstått som");
    assert_eq!(world.branches(), ["access/grant-aksel.demo"]);
    world.merge("access/grant-aksel.demo");
    // Whoever says that it is the same person goes on with them, and says no position of somebody new.
    let again = [
        (same, "j\n"),
        ("Nummer: ", "2\n"),
        ("(Enter: 1): ", "3\n"),
        ("søknaden: ", "REQ-2026-0302\n"),
        ("slutt): ", "\n"),
        ("(Enter: 1): ", "\n"),
        ("[j/N] ", "n\n"),
    ];
    let again = halvor.types("portvakt grant Aksel Demos", &again).ends(1);
    again.says("Personen har allerede LU ved Stavanger");
}

#[test]
fn without_a_terminal_a_name_that_is_not_whole_is_refused() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let access = ["--unit", "Stavanger", "--role", "LU", "--request", "REQ-2026-0301", "--until", "+3m"];
    let known = ["--identity", "known", "--yes"];
    let given = |who: &[&str]| halvor.runs(&[&["grant"][..], who, &access[..], &known[..]].concat());
    given(&["Tor", "Mo"])
        .ends(2)
        .says("`Tor Mo` er ikke hele navnet til Tor Mønsterud (tor.monsterud)")
        .says("`--new`");
    assert!(world.branches().is_empty());
    given(&["Tor", "Mo", "--new"]).ends(0).says("Andre med et lignende navn");
    assert_eq!(world.branches(), ["access/grant-tor.mo"]);
}

#[test]
fn two_of_one_name_are_told_apart_by_where_they_have_access() {
    let world = World::new();
    let args = ["grant", "Aksel", "Demostad", "--new", "--unit", "Ahus", "--role", "LU"];
    let more = ["--request", "REQ-2026-0301", "--identity", "known", "--yes"];
    world.person(AHUS).runs(&[&args[..], &more[..]].concat()).ends(0);
    world.merge("access/grant-aksel.demostad2");
    let told = world.person(STAVANGER).types("portvakt end aksel", &[("Nummer: ", "q\n")]).ends(2);
    told.says("  1 Aksel Demostad (aksel.demostad), Stavanger (100083)\n")
        .says("  2 Aksel Demostad (aksel.demostad2), Ahus (100089)\n");
}

#[test]
fn a_rule_that_another_answer_keeps_is_said_at_once_and_asked_for_again() {
    let world = World::new();
    let mut answers = ANSWERS[..2].to_vec();
    // As many coordinators as may be are at Stavanger already.
    answers.extend([("  2 LU: ", ""), ("Nummer: ", "1\n"), ("ville hatt 3 med rollen LC", "")]);
    answers.extend(&ANSWERS[2..6]);
    answers.extend([("slutt): ", "\n"), ("må ha en sluttdato", "")]);
    answers.extend(&ANSWERS[6..]);
    let done = world.person(STAVANGER).types("portvakt", &answers).ends(0);
    done.says("Signert av Halvor Liksomdal").never_says("3 SC").never_says("forbidden");
    world.takes_in("access/grant-ylva.nyansatt");
}

#[test]
fn what_is_refused_names_no_line_of_a_file_that_was_not_written() {
    let world = World::new();
    let args = ["grant", "Ylva", "Nyansatt", "--unit", "Stavanger", "--role", "SC", "--until", "+3m"];
    let more = ["--request", "REQ-2026-0301", "--identity", "known", "--yes"];
    let refused = world.person(STAVANGER).runs(&[&args[..], &more[..]].concat()).ends(1);
    refused.says("SC når bare nasjonale data").says("eller la det være").never_says("ylva.nyansatt.yaml");
    assert!(world.branches().is_empty());
}

#[test]
fn who_approves_both_applications_is_asked_about_once() {
    let world = World::new();
    let answers = [
        ANSWERS[2],
        ANSWERS[3],
        ANSWERS[4],
        ("noe): ", "\n"),
        ("slutt): ", "\n"),
        ANSWERS[7],
        ("hvem som godkjenner dette ved Ahus", ""),
        ("Nummer: ", "1\n"),
        ANSWERS[8],
    ];
    let done = world.person(STAVANGER).types("portvakt grant Nils Nilsen --unit Ahus", &answers).ends(0);
    assert_eq!(done.transcript.matches("hvem som godkjenner").count(), 1, "{}", done.transcript);
    done.says("Venter på");
    let text = world.file_on("access/grant-nils.nilsen", "desired-state/ahus/nils.nilsen.yaml");
    assert_eq!(text.matches("application: ").count(), 2, "{text}");
}

/// The options of an access that Halvor may give by himself.
const GIVEN: [&str; 9] =
    ["--role", "LU", "--until", "+3m", "--identity", "known", "--position", "none", "--yes"];

#[test]
fn a_name_is_turned_round_and_nothing_else_is_taken_for_one() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let more = [&["--unit", "Stavanger", "--request", "REQ-2026-0301"][..], &GIVEN].concat();
    let given = |name: &str| halvor.runs(&[&["grant", name][..], &more].concat());
    for (name, said) in [
        ("Ylva Nyansatt (LIS)", "`(` ikke står i noe navn"),
        ("Ylva: Nyansatt #3", "`:` ikke står i noe navn"),
        ("=CMD Nyansatt", "`=` ikke står i noe navn"),
        ("Ylva Nyansatt 3", "`3` ikke står i noe navn"),
        ("Dr. Ylva Nyansatt", "`Dr.` er en tittel"),
        ("ylva nyansatt", "begynner med store bokstaver; skriv `Ylva Nyansatt`"),
    ] {
        given(name).ends(2).says(said).never_says("ingen her heter");
    }
    let renamed = ["change", "aksel", "--name", "Aksel Demostad (LIS)", "--yes"];
    halvor.runs(&renamed).ends(2).says("`(` ikke står i noe navn");
    assert!(world.branches().is_empty());
    given("Nyansatt, Ylva").ends(0).says("access/grant-ylva.nyansatt");
    assert!(world.file_on("access/grant-ylva.nyansatt", FILE).contains("name: Ylva Nyansatt\n"));
    // Aksel is found, and is no new person.
    given("Demostad, Aksel").ends(2).says("(aksel.demostad)").never_says("demostad.aksel");
    halvor.runs(&["explain", "Demostad, Aksel"]).says("forstått som Aksel Demostad (aksel.demostad)");
}

#[test]
fn a_name_in_small_letters_or_with_more_in_an_export_is_mended_at_the_terminal() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let export = |name: &str| {
        halvor.keeps("eksport.csv", &format!("Søknadsnummer;Navn;RESH\nREQ-2026-0301;{name};100083\n"))
    };
    let line = |export: &str| {
        let given = GIVEN.join(" ");
        format!("portvakt grant --from-request REQ-2026-0301 --export {export} {given}")
    };
    let capitals = "Er dette navnet: Ylva Nyansatt? [j/N] ";
    let small = line(&export("ylva nyansatt"));
    halvor.types(&small, &[(capitals, "n\n")]).ends(2).says("skriv `Ylva Nyansatt`");
    halvor.runs(&small.split(' ').skip(1).collect::<Vec<_>>()).ends(2).says("skriv `Ylva Nyansatt`");
    let more = line(&export("Ylva Nyansatt (LIS)"));
    let answers = [("`(` ikke står i noe navn", ""), ("etternavn): ", "ylva nyansatt\n"), (capitals, "j\n")];
    halvor.types(&more, &answers).ends(0).says("access/grant-ylva.nyansatt");
    assert!(world.file_on("access/grant-ylva.nyansatt", FILE).contains("name: Ylva Nyansatt\n"));
}

#[test]
fn a_short_name_is_not_like_every_name_that_it_is_inside_of() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let who = ["grant", "Siv", "Ny", "--unit", "Stavanger", "--role", "LU", "--request", "REQ-2026-0302"];
    let more = ["--until", "+3m", "--identity", "known", "--yes"];
    halvor.runs(&[&who[..], &more[..]].concat()).ends(0).never_says("Dagny").never_says("lignende navn");
}

#[test]
fn a_unit_of_settings_that_two_have_not_signed_is_told() {
    const REGISTER: &str = "desired-state/register.yaml";
    let world = World::new();
    let new = "\ntrusts:\n  helse-finnmark:\n    name: Finnmark HF\n    org_no: 983974880\n    units:\n      101971: Hammerfest\n";
    let text = format!("{}\n", world.file(REGISTER).trim_end());
    world.sends(("main", "main"), REGISTER, &text.replacen("\ntrusts:\n", new, 1));
    let halvor = world.person(STAVANGER);
    let grant = |unit: &str| {
        let who = ["grant", "Per", "Viddesen", "--unit", unit, "--role", "LU", "--request", "REQ-2026-0303"];
        let more = ["--until", "+3m", "--identity", "known", "--yes"];
        halvor.runs(&[&who[..], &more[..]].concat())
    };
    grant("Hammerfest").says("Hammerfest (101971) står i innstillinger som ikke er signert av to");
    grant("Stavanger").ends(0).never_says("innstillinger som ikke er signert av to");
}
