//! Tests a name that somebody who is here has already. The access of somebody new gets into nobody else's file, and no
//! option about a person is passed over without a word.

use super::bench::{KEYLESS, STAVANGER, Session, World};

const WENCHE: &str = "desired-state/helse-stavanger/wenche.fiktivsen.yaml";
const TOLD_APART: &str =
    "Wenche Fiktivsen (wenche.fiktivsen), Helse Stavanger HF, Stavanger (100083), stilling lis";

/// A new access at Stavanger, as options.
fn given(who: &[&'static str], request: &'static str, more: &[&'static str]) -> Vec<&'static str> {
    let access = ["--unit", "Stavanger", "--role", "LU", "--application", "smerteregisteret"];
    let known = ["--until", "+3m", "--identity", "known", "--request", request];
    [&["grant"][..], who, &access, &known, more].concat()
}

#[test]
fn whoever_has_the_whole_name_of_somebody_who_is_here_is_asked_about() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let same = format!("Her fra før: {TOLD_APART}. Samme person? [j/N] ");
    let line = |position: &str| {
        let args = given(&["Wenche", "Fiktivsen"], "REQ-2026-0991", &[]).join(" ");
        format!("portvakt {args}{position}")
    };
    let new = halvor.types(&line(" --position none"), &[(same.as_str(), "\n"), ("[j/N] ", "j\n")]).ends(0);
    new.says("Wenche Fiktivsen (wenche.fiktivsen2)");
    let branch = "access/grant-wenche.fiktivsen2";
    assert_eq!(world.branches(), [branch]);
    assert_eq!(world.file_on(branch, WENCHE), world.file(WENCHE));
    world.turns_down(branch);
    let known = halvor.types(&line(""), &[(same.as_str(), "j\n"), ("likevel? [j/N] ", "n\n")]).ends(1);
    known.says("Personen har allerede LU ved Stavanger");
    assert!(world.branches().is_empty());
}

#[test]
fn without_a_terminal_the_whole_name_of_somebody_who_is_here_is_refused() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let name = ["Wenche", "Fiktivsen"];
    let none = ["--position", "none", "--yes"];
    let refused = halvor.runs(&given(&name, "REQ-2026-0991", &none)).ends(2);
    refused.says(&format!("noen som heter `Wenche Fiktivsen`, er her fra før: {TOLD_APART}")).says("`--new`");
    assert!(world.branches().is_empty());
    // The number of an application that was hers means her, and so does her id.
    let hers = given(&name, "REQ-2026-0155", &["--yes"]);
    halvor.runs(&hers).never_says("er her fra før");
    let by_id = given(&["wenche.fiktivsen"], "REQ-2026-0992", &["--yes"]);
    halvor.runs(&by_id).ends(1).says("Personen har allerede LU ved Stavanger");
    halvor.runs(&given(&name, "REQ-2026-0993", &[&["--new"][..], &none].concat())).ends(0);
    halvor.runs(&given(&name, "REQ-2026-0994", &[&["--id", "wenche.annen"][..], &none].concat())).ends(0);
    assert_eq!(world.branches(), ["access/grant-wenche.annen", "access/grant-wenche.fiktivsen2"]);
}

#[test]
fn two_new_people_of_one_name_get_a_file_each() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let ole = |request: &'static str, more: &[&'static str]| given(&["Ole", "Nordmann"], request, more);
    halvor.runs(&ole("REQ-2026-0601", &["--yes"])).ends(0);
    let of_halvor = ["--approver", "halvor", "--unsigned", "--yes"];
    let again = [&of_halvor[..], &["--again"]].concat();
    kristin.runs(&ole("REQ-2026-0602", &again)).ends(0);
    world.takes_in("access/grant-ole.nordmann");
    let first = world.file("desired-state/helse-stavanger/ole.nordmann.yaml");
    let told = kristin.runs(&["send"]).ends(1).says("Gjør oppgaven en gang til");
    told.says("Filen til `ole.nordmann` er ny i begge").says("legg til `--new`");
    world.turns_down("access/grant-ole.nordmann-2");
    kristin.runs(&ole("REQ-2026-0602", &of_halvor)).ends(2).says("Ole Nordmann (ole.nordmann)");
    assert!(world.branches().is_empty());
    kristin.runs(&ole("REQ-2026-0602", &[&of_halvor[..], &["--new"]].concat())).ends(0);
    let branch = "access/grant-ole.nordmann2";
    assert_eq!(world.branches(), [branch]);
    assert_eq!(world.file_on(branch, "desired-state/helse-stavanger/ole.nordmann.yaml"), first);
}

#[test]
fn an_option_that_says_something_else_than_the_file_is_not_passed_over() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let wenche = |more: &[&'static str]| -> Session {
        halvor.runs(&given(&["wenche"], "REQ-2026-0992", &[&["--yes"][..], more].concat())).ends(1)
    };
    for (option, value) in [
        ("--position", "none"),
        ("--position", "sykepleier"),
        ("--staff", "ict"),
        ("--employer", "Ahus"),
        ("--login", "wenche1"),
    ] {
        wenche(&[option, value])
            .says(&format!("filen sier noe annet enn `{option}`"))
            .says(&format!("portvakt change wenche.fiktivsen {option} …"));
    }
    wenche(&["--id", "wenche.annen"]).says("med en annen id enn `wenche.annen`").says("`--new`");
    // What the file says too is no reason to stop.
    let same = ["--position", "lis", "--staff", "health", "--employer", "helse-stavanger", "--login", "none"];
    wenche(&same).never_says("sier noe annet").says("Personen har allerede LU ved Stavanger");
    assert!(world.branches().is_empty());
}

#[test]
fn a_number_with_blanks_in_it_is_taken_for_the_one_that_it_means() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let ylva = |request: &'static str| given(&["Ylva", "Nyansatt"], request, &["--yes"]);
    halvor.runs(&ylva("REQ 26 1")).ends(2).says("numrene her har formen `REQ-0000-0000`");
    assert!(world.branches().is_empty());
    halvor.runs(&ylva("REQ - 2026 - 0901")).ends(0).says("forstått som søknaden `REQ-2026-0901`");
    let file =
        world.file_on("access/grant-ylva.nyansatt", "desired-state/helse-stavanger/ylva.nyansatt.yaml");
    assert!(file.contains("request: REQ-2026-0901\n"), "{file}");
    let line = "portvakt reject --trust helse-stavanger --reason feilsendt --yes";
    let typed = [("nummeret på søknaden: ", "req 2026 0301\n")];
    halvor.types(line, &typed).ends(0).says("forstått som søknaden `req-2026-0301`");
}
