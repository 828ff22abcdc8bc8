//! Tests settings on the main branch that are not valid. The last valid ones stand in for them, as the last accepted ones
//! stay in force on the host. So access is taken away and changes are signed meanwhile, and the change that mends them
//! is judged like any other.

use super::bench::{ADDRESS, AHUS, KEYLESS, LEADER, NATIONAL, STAVANGER, UNN, World};

const REGISTER: &str = "desired-state/register.yaml";
const KEYS: &str = "desired-state/allowed_signers";

/// Somebody has merged a slip into the register. Returns the register without it.
fn slips(world: &World) -> String {
    let register = format!("{}\n", world.file(REGISTER));
    assert!(register.contains("\ntime_zone: "), "{register}");
    world.sends(("main", "main"), REGISTER, &register.replacen("\ntime_zone: ", "\ntime_zonee: ", 1));
    register
}

#[test]
fn a_slip_in_the_register_keeps_nobody_from_taking_access_away_or_signing() {
    let world = World::new();
    let (halvor, bjorn) = (world.person(STAVANGER), world.person(LEADER));
    let henrik = world.person(UNN);
    henrik.runs(&["change", "sara", "--role", "LC", "--approver", "bjorn", "--yes"]).ends(0);
    slips(&world);
    for args in [&["revoke", "gunnar", "--yes"][..], &["end", "aksel", "--yes"]] {
        let told = halvor.runs(args).ends(0).says("Sendt som grenen access/");
        told.says("Innstillingene er ikke gyldige slik de står: `desired-state/register.yaml`, linje ")
            .says("Arbeidet fortsetter etter dem i ");
    }
    assert!(
        world
            .file_on("access/revoke-gunnar.testesen", "desired-state/helse-stavanger/gunnar.testesen.yaml")
            .contains("revoked:")
    );
    let signed = bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("Signert, og sendt til access/change-sara.fiktivsen.");
    // CI goes on saying what is wrong with the settings, whatever else a change brings.
    assert_ne!(world.judged("access/change-sara.fiktivsen").0, 0);
    // The same in the files of a folder.
    halvor.pulls();
    halvor.runs(&["revoke", "gunnar", "--here", "--yes"]).ends(0).says("Arbeidet fortsetter etter dem i ");
}

#[test]
fn a_slip_in_the_register_keeps_nobody_from_joining_gathering_keys_or_asking_who_approves() {
    let world = World::new();
    let ingrid = world.person(NATIONAL);
    let keyless = [world.person(KEYLESS), world.person(UNN)];
    slips(&world);
    let goes_on = "Arbeidet fortsetter etter dem i ";
    for person in &keyless {
        person.runs(&["key", "new", "--no-passphrase"]).ends(0).says(goes_on);
    }
    let gathered = ingrid.runs(&["key", "gather"]).ends(0);
    gathered.says("Innstillingene er ikke gyldige slik de står").says(goes_on).says("access/keys");
    let list = world.file_on("access/keys", KEYS);
    assert!(list.contains(KEYLESS) && list.contains(UNN), "{list}");
    // The keys do not make the settings valid.
    assert_ne!(world.judged("access/keys").0, 0);
    ingrid.runs(&["who-can-approve", "sara"]).ends(0).says(goes_on).says(LEADER);
    let told = ingrid.runs(&["--lang", "en", "who-can-approve", "sara"]).ends(0);
    told.says("The settings are not valid as they stand").says("The work goes on by those of ");
    let joined = world.newcomer(AHUS).runs(&["join", ADDRESS, "--by", AHUS]).ends(0);
    joined.says("Innstillingene er ikke gyldige slik de står").says(goes_on);
}

#[test]
fn a_slip_in_the_register_keeps_nobody_from_asking_what_the_files_say() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    slips(&world);
    for args in [&["list"][..], &["explain", "aksel"], &["history", "aksel"]] {
        let told = halvor.runs(args).ends(0).says("Aksel Demostad").says("Arbeidet fortsetter etter dem i ");
        told.says("Innstillingene er ikke gyldige slik de står");
    }
    let listed = halvor.runs(&["--format", "json", "list"]).ends(0).json();
    assert_eq!(listed["by"], "files", "{listed}");
}

#[test]
fn no_key_is_added_to_a_list_of_keys_that_is_not_valid() {
    let world = World::new();
    let ingrid = world.person(NATIONAL);
    for id in [KEYLESS, UNN] {
        world.person(id).runs(&["key", "new", "--no-passphrase"]).ends(0);
    }
    world.sends(("main", "main"), KEYS, &format!("{}\nhalvor.liksomdal er ingen nøkkel\n", world.file(KEYS)));
    ingrid.runs(&["key", "gather"]).ends(1).says(KEYS);
    // Whoever signs what waits is not offered to gather them either, and it does not stop the rest.
    ingrid.runs(&["approve", "--waiting", "--yes"]).never_says("Nye nøkler venter på flere grener");
    assert_eq!(world.branches(), ["access/key-henrik.liksomdal", "access/key-kristin.skinnvik"]);
}

#[test]
fn policies_that_are_not_valid_keep_nobody_from_taking_access_away() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    world.sends(
        ("main", "main"),
        "policies/administration.cedar",
        "permitt (principal, action, resource);\n",
    );
    halvor.runs(&["revoke", "gunnar", "--yes"]).ends(0).says("Innstillingene er ikke gyldige slik de står");
    assert_eq!(world.branches(), ["access/revoke-gunnar.testesen"]);
}

#[test]
fn the_change_that_mends_the_settings_is_judged_by_the_newest_that_were_valid() {
    let world = World::new();
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let register = slips(&world);
    // What two have accepted before waits for nobody.
    world.sends(("main", "access/back"), REGISTER, &register);
    assert_eq!(world.judged("access/back"), (0, String::new()));
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    bjorn.checks_out("access/back");
    let told = bjorn.runs(&["check"]).ends(0);
    told.says("innstillingene i selve grunnlaget er ikke gyldige").says("`portvakt approve --settings`");
    // What differs from that waits for two, who are shown all of it.
    let other = register.replacen("\nreview_months: 3\n", "\nreview_months: 4\n", 1);
    world.sends(("main", "access/another"), REGISTER, &other);
    assert_eq!(world.judged("access/another"), (4, "protected-change".to_owned()));
    for person in [&ingrid, &bjorn] {
        let signed = person.runs(&["approve", "--waiting", "--yes"]).ends(0);
        signed
            .says("+review_months: 4")
            .never_says("-time_zonee")
            .says("Signert, og sendt til access/another");
    }
    world.takes_in("access/another");
}
