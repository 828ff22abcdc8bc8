//! Tests what happens to a key after it was wanted: the question for its passphrase is left or answered with nothing, or the key
//! is lost and somebody takes its authority away.

use super::bench::{AHUS, KEYLESS, LEADER, NATIONAL, STAVANGER, World};
use super::pages::shows;

const WAITING: [&str; 3] = ["approve", "--waiting", "--yes"];
const REVOKED: &str = "desired-state/revoked_keys";
const NEW_KEY: &str = "access/key-halvor.liksomdal";
const REVOCATION: &str = "access/revoke-key-halvor.liksomdal";

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
fn whoever_presses_ctrl_c_before_a_signature_is_told_that_nothing_was_signed() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    world.locks(STAVANGER, "tre blaa elver");
    let told =
        halvor.types_to_openssh("portvakt revoke aksel --yes", &[("Enter passphrase", "\x03")]).ends(1);
    told.says("ble avbrutt før den hadde signert")
        .says("Ingenting ble skrevet.")
        .never_says("lås opp nøkkelen");
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

#[test]
fn a_lost_key_is_revoked_by_one_and_the_new_one_is_signed_anew_by_two() {
    let world = World::new();
    let (halvor, bjorn, ingrid) = (world.person(STAVANGER), world.person(LEADER), world.person(NATIONAL));
    halvor.runs(&["key", "new", "--no-passphrase"]).ends(0);
    for person in [&ingrid, &bjorn] {
        person.runs(&WAITING).ends(0).says("Signert, og sendt til access/key-halvor.liksomdal");
    }
    let revoked = bjorn.types("portvakt key revoke halvor", &[("[j/N] ", "j\n")]).ends(0).takes_at_most(30);
    shows("mistet-nokkel", "sperre", &revoked);
    revoked
        .says("Du har signert det, og det trengs ingen annen signatur")
        .says(&format!("grenen {REVOCATION}"));
    let list = world.file_on(REVOCATION, REVOKED);
    assert!(list.starts_with("ssh-ed25519 ") && list.ends_with(" halvor.liksomdal"), "{list}");
    world.takes_in(REVOCATION);
    // The revocation counts already, so nobody is asked for a second signature. The new key is signed on the newest settings.
    for person in [&ingrid, &bjorn] {
        let told = person.runs(&WAITING).ends(0).never_says("har én av to signaturer");
        told.says(&format!("Signert, og sendt til {NEW_KEY}"));
    }
    world.takes_in(NEW_KEY);
    for person in [&ingrid, &bjorn] {
        person.runs(&WAITING).ends(0).says("Ingenting venter på deg.");
    }
}

#[test]
fn settings_that_must_be_signed_anew_are_told_so_when_their_branch_is_sent_anew() {
    let world = World::new();
    let (halvor, bjorn) = (world.person(STAVANGER), world.person(LEADER));
    halvor.runs(&["key", "new", "--no-passphrase"]).ends(0);
    bjorn.runs(&WAITING).ends(0).says(&format!("Signert, og sendt til {NEW_KEY}"));
    bjorn.runs(&["key", "revoke", "halvor", "--yes"]).ends(0);
    world.takes_in(REVOCATION);
    let sent = halvor.runs(&["send"]).ends(0).never_says("med signaturene sine");
    sent.says(&format!("Innstillingene er endret siden {NEW_KEY} ble laget")).says("må signeres på nytt");
    assert_ne!(world.judged(NEW_KEY).0, 0, "the earlier signature does not count for the newest settings");
}

#[test]
fn whoever_may_not_revoke_a_key_sends_it_to_those_who_may() {
    let world = World::new();
    let (lars, bjorn, ingrid) = (world.person(AHUS), world.person(LEADER), world.person(NATIONAL));
    let revokes = ["key", "revoke", "halvor", "--yes"];
    let told = lars.runs(&revokes).ends(0).says("Det venter på 1 av disse: ");
    told.says("Bjørn Lederesen (bjorn.lederesen)").says("portvakt approve --waiting");
    assert_eq!(world.judged(REVOCATION), (4, "protected-change".to_owned()));
    lars.runs(&revokes).ends(0).says(&format!("venter allerede på {REVOCATION}"));
    assert_eq!(world.branches(), [REVOCATION]);
    bjorn.runs(&WAITING).ends(0).says(&format!("Signert, og sendt til {REVOCATION}"));
    world.takes_in(REVOCATION);
    for person in [&ingrid, &bjorn] {
        person.runs(&WAITING).ends(0).says("Ingenting venter på deg.");
    }
    lars.runs(&revokes).ends(0).says("er sperret fra før");
}

#[test]
fn nobody_signs_that_their_own_key_is_revoked() {
    let world = World::new();
    let told = world.person(NATIONAL).runs(&["key", "revoke", "ingrid", "--yes"]).ends(0);
    told.says("Det venter på ").says("Bjørn Lederesen (bjorn.lederesen)").never_says("Du har signert det");
    let branch = "access/revoke-key-ingrid.koordinatorsen";
    assert!(world.file_on(branch, REVOKED).ends_with(" ingrid.koordinatorsen"));
    assert!(!world.names_in(branch, "desired-state").contains("settings.sig"));
}

#[test]
fn a_key_that_nobody_has_is_not_revoked() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    bjorn.runs(&["key", "revoke", "kristin", "--yes"]).ends(1).says("ingen slik nøkkel");
    let other = ["key", "revoke", "halvor", "--fingerprint", "SHA256:ingens", "--yes"];
    bjorn.runs(&other).ends(1).says("ingen slik nøkkel").says("`--fingerprint`: SHA256:");
    let english = [&["--lang", "en"][..], &other[..]].concat();
    bjorn.runs(&english).ends(1).says("has no such key in `desired-state/allowed_signers`");
    assert!(world.branches().is_empty());
}

#[test]
fn send_names_what_is_changed_here_and_not_sent() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.");
    halvor.runs(&["end", "aksel", "--here", "--yes"]).ends(0);
    let told = halvor.runs(&["send"]).ends(0).never_says("Alt er sendt.").says("Alt annet er sendt.");
    told.says("ikke sendt: `desired-state/helse-stavanger/aksel.demostad.yaml`");
    let told = halvor.runs(&["--format", "json", "send"]).ends(0).json();
    assert_eq!(told["unsent"][0], "desired-state/helse-stavanger/aksel.demostad.yaml", "{told}");
}
