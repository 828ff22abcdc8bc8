//! Tests a key whose question for a passphrase is left, or answered with nothing.

use super::bench::{KEYLESS, World};

#[test]
fn the_end_of_the_input_and_an_empty_line_are_no_passphrase_and_no_key_is_made() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    for typed in ["\x04", "\n"] {
        let script = [("no passphrase): ", typed), ("again: ", typed)];
        let told = kristin.types_to_openssh("portvakt key new", &script).ends(1);
        told.says("det ble ikke skrevet noe passord, så den nye nøkkelen er slettet").says("--no-passphrase");
        assert_eq!((world.branches().len(), kristin.branches().trim()), (0, ""));
    }
    let english = [("no passphrase): ", "\n"), ("again: ", "\n")];
    kristin.types_to_openssh("portvakt --lang en key new", &english).ends(1).says("no passphrase was typed");
    // Nothing of those keys is there any more.
    kristin.runs(&["key", "new", "--no-passphrase"]).ends(0).never_says("finnes allerede");
    assert_eq!(world.branches(), ["access/key-kristin.skinnvik"]);
}

#[test]
fn whoever_presses_ctrl_c_at_the_passphrase_is_told_that_nothing_was_written() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    let left = [("no passphrase): ", "\x03")];
    let told = kristin.types_to_openssh("portvakt key new", &left).ends(2);
    told.says("Ingenting ble skrevet.").never_says("Installer OpenSSH").never_says("signal");
    let told = kristin.types_to_openssh("portvakt --lang en key new", &left).ends(2);
    told.says("Nothing was written.").never_says("Install OpenSSH").never_says("signal");
    assert!(world.branches().is_empty());
}

#[test]
fn a_key_that_is_there_without_a_passphrase_is_only_enrolled_if_that_is_said() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    kristin.runs(&["key", "new", "--no-passphrase"]).ends(0);
    let lacks = "har ikke noe passord: den som får tak i filen";
    kristin.runs(&["key", "new"]).ends(1).says(lacks).says("ssh-keygen -p -f ").never_says("venter allerede");
    kristin.runs(&["key", "new", "--no-passphrase"]).ends(0).says("venter allerede på");
    world.turns_down("access/key-kristin.skinnvik");
    let public = format!("{}.pub", kristin.setting("portvakt.key"));
    kristin.runs(&["key", "new", "--public", &public]).ends(1).says(lacks).says("ssh-keygen -p -f ");
    assert!(world.branches().is_empty());
    kristin.runs(&["key", "new", "--public", &public, "--no-passphrase"]).ends(0).never_says(lacks);
    assert_eq!(world.branches().len(), 1);
}
