//! Tests somebody new whose access waits on a branch, and whom the main branch does not know yet.

use super::bench::{STAVANGER, World};

const BRANCH: &str = "access/grant-nils.asnes";

/// Nils Åsnes is to have access at Stavanger. Another Nils is here already.
const GRANT: [&str; 14] = [
    "grant",
    "Nils Åsnes",
    "--unit",
    "Stavanger",
    "--role",
    "LU",
    "--request",
    "REQ-2026-0811",
    "--until",
    "+3m",
    "--identity",
    "known",
    "--yes",
    "--new",
];

#[test]
fn a_newcomer_is_found_by_id_and_by_name_with_what_it_waits_for() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&GRANT).ends(0);
    for typed in ["nils.asnes", "Nils Åsnes", "åsnes"] {
        let told = halvor.runs(&["explain", typed]).ends(0);
        told.says("Nils Åsnes (nils.asnes), ikke i noen fil i hovedgrenen ennå")
            .says(&format!("Underveis, og ikke tatt inn ennå: {BRANCH}"))
            .never_says("ingen kjenner");
        let told = halvor.runs(&["history", typed]).ends(1).says(BRANCH);
        told.says("`portvakt explain nils.asnes`").never_says("ingen kjenner");
    }
    halvor.runs(&["explain", "nils"]).ends(1).says("Nils Nordprøve").says("Nils Åsnes (nils.asnes)");
    let json = halvor.runs(&["--format", "json", "explain", "nils.asnes"]).ends(0).json();
    assert_eq!(json["people"][0]["waits_on"][0], BRANCH, "{json}");
    world.takes_in(BRANCH);
    halvor.runs(&["explain", "nils.asnes"]).ends(0).says("etter filene").never_says("Underveis");
}

#[test]
fn whoever_would_take_back_a_mistake_before_the_merge_is_told_how() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&GRANT).ends(0);
    for args in [&["end", "åsnes"][..], &["revoke", "nils.asnes"], &["change", "Åsnes", "--position", "lis"]]
    {
        let told = halvor.runs(&[args, &["--yes"]].concat()).ends(2).never_says("ingen her heter");
        told.says(&format!("tilgangen venter på {BRANCH}")).says("lukk forespørselen for den grenen");
    }
    let asked = [("holder): ", "åsnes\n"), ("venter på", ""), ("holder): ", "q\n")];
    halvor.types("portvakt end", &asked).ends(2).says("Ingenting ble skrevet.");
    // One that was turned down waits no more.
    world.turns_down(BRANCH);
    halvor.runs(&["end", "åsnes", "--yes"]).ends(2).says("ingen her heter `åsnes`");
}

#[test]
fn a_newcomer_on_a_branch_that_is_not_sent_is_known_too() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.loses_the_network();
    halvor.runs(&GRANT).ends(0).says("ikke sendt");
    halvor.runs(&["explain", "nils.asnes"]).ends(0).says(&format!("ikke tatt inn ennå: {BRANCH}"));
    halvor.runs(&["revoke", "åsnes", "--yes"]).ends(2).says(&format!("`git branch -D {BRANCH}`"));
}
