//! Tests a task that is done for the second time. If the files have the result already, the command says so and writes
//! nothing. If a branch has it, the command stops, names the branch, and waits until the user says that it is meant.

use super::bench::{STAVANGER, World};

/// A new access for Ylva, as options.
fn ylva(request: &'static str) -> Vec<&'static str> {
    let mut args =
        vec!["grant", "Ylva", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--position", "lis"];
    args.extend(["--until", "+3m", "--identity", "known", "--request", request, "--yes"]);
    args
}

#[test]
fn what_stands_already_writes_nothing_and_nothing_is_wrong() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    let until = ["--until", "2027-02-23", "--yes"];
    for (args, words) in [
        (
            ylva("REQ-2026-0301"),
            "Ylva Nyansatt har allerede LU ved Stavanger (100083) på søknaden REQ-2026-0301",
        ),
        ([&["extend", "ylva"], &until[..]].concat(), "varer allerede til 2027-02-23"),
        ([&["end", "ylva"], &until[..]].concat(), "slutter allerede 2027-02-23"),
        (vec!["change", "ylva", "--position", "lis", "--yes"], "Filene sier allerede dette om Ylva Nyansatt"),
        (vec!["change", "ylva", "--role", "LU", "--yes"], "Filene sier allerede dette om Ylva Nyansatt"),
    ] {
        halvor.runs(&args).ends(0).says(words).says("Det er ingenting å endre.");
        let told = halvor.runs(&[&["--format", "json"], &args[..]].concat()).ends(0).json();
        assert!(told["already"].as_str().unwrap().contains(words), "{told}");
    }
    // Another last day on the same application is no repeat, and an application serves once.
    let mut longer = ylva("REQ-2026-0301");
    longer[10] = "+4m";
    halvor.runs(&longer).ends(1).says("portvakt extend");
    assert!(world.branches().is_empty());
}

#[test]
fn the_same_access_on_a_new_application_is_an_extension_unless_it_is_meant() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    let args = [&["grant", "ylva.nyansatt"][..], &ylva("REQ-2026-0302")[3..]].concat();
    halvor.runs(&args).ends(1).says("Personen har allerede LU ved Stavanger").says("portvakt extend");
    assert!(world.branches().is_empty());
    world.on("2026-11-24");
    halvor.runs(&[&args[..], &["--again"]].concat()).ends(0).says("Skrevet: ");
    assert_eq!(world.branches(), ["access/grant-ylva.nyansatt-2"]);
}

#[test]
fn a_new_access_that_waits_already_stops_with_the_name_of_its_branch() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&ylva("REQ-2026-0301")).ends(0);
    for request in ["REQ-2026-0301", "REQ-2026-0302"] {
        let told = halvor.runs(&ylva(request)).ends(1).never_says("Skrevet: ");
        told.says("Denne tilgangen venter allerede, på access/grant-ylva.nyansatt").says("--again");
    }
    assert_eq!(world.branches(), ["access/grant-ylva.nyansatt"]);
    // A user who rejects it is told as well that its number waits.
    let reject =
        ["reject", "REQ-2026-0301", "--trust", "helse-stavanger", "--reason", "ikke ansatt", "--yes"];
    halvor.runs(&reject).ends(1).says("Denne søknaden venter allerede, på access/grant-ylva.nyansatt");
    halvor.runs(&[&ylva("REQ-2026-0302")[..], &["--again"]].concat()).ends(0);
    assert_eq!(world.branches().len(), 2);
}

#[test]
fn an_end_that_waits_already_stops_a_later_one_and_nothing_that_takes_more_away() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let later = ["end", "aksel", "--until", "31.12.", "--yes"];
    halvor.runs(&later).ends(0);
    let told =
        halvor.runs(&later).ends(1).says("Denne tilgangen venter allerede, på access/end-aksel.demostad");
    // An end needs no signature.
    told.says("Få den tatt inn").never_says("approve --waiting");
    let asked = [("Skrive dette likevel? [j/N] ", "\n")];
    let told = halvor.types("portvakt end aksel --until 31.12.", &asked).ends(1);
    told.says("Denne tilgangen venter allerede, på access/end-aksel.demostad").says("Ingenting ble skrevet.");
    assert_eq!(world.branches(), ["access/end-aksel.demostad"]);
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("For denne personen venter noe allerede");
    let revoke = ["revoke", "aksel", "--yes"];
    halvor.runs(&revoke).ends(0).says("For denne personen venter noe allerede");
    let told = halvor.runs(&revoke).ends(1).says("--again").never_says("Skrevet: ");
    told.says("Den samme endringen venter allerede, på access/revoke-aksel.demostad");
    assert_eq!(world.branches().len(), 3);
    // With anything else in it, it waits for nobody.
    halvor.runs(&[&revoke[..], &["--reason", "sluttet i går"]].concat()).ends(0);
    assert_eq!(world.branches().len(), 4);
}

#[test]
fn the_same_name_that_waits_already_is_not_written_again() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let name = ["change", "aksel", "--name", "Aksel Demostad-Eksempel", "--yes"];
    halvor.runs(&name).ends(0);
    let told = halvor.runs(&name).ends(1).says("--again").never_says("Skrevet: ");
    told.says("Den samme endringen venter allerede, på access/change-aksel.demostad");
    halvor.runs(&["change", "aksel", "--name", "Aksel Eksempel", "--yes"]).ends(0);
    halvor.runs(&[&name[..], &["--again"]].concat()).ends(0);
    assert_eq!(world.branches().len(), 3);
}

#[test]
fn only_what_lacks_a_signature_is_to_be_signed() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let args = ylva("REQ-2026-0301");
    halvor.runs(&[&args[..], &["--unsigned"]].concat()).ends(0);
    halvor.runs(&args).ends(1).says("Få den signert (`portvakt approve --waiting`)");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    halvor.runs(&args).ends(1).says("Få den tatt inn").never_says("approve --waiting");
}

#[test]
fn what_waits_here_to_be_sent_is_not_made_again() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.loses_the_network();
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("ikke sendt");
    halvor.runs(&["end", "aksel", "--yes"]).ends(1).says("access/end-aksel.demostad").says("portvakt send");
    assert_eq!(halvor.branches(), "access/end-aksel.demostad");
}
