//! Tests the first day: a clone, a key, and two national administrators who enrol the keys, in either order.

use super::bench::{ADDRESS, AHUS, KEYLESS, LEADER, NATIONAL, Person, STAVANGER, Session, UNN, World};
use super::pages::shows;

const PASSPHRASE: &str = "tre blaa elver\n";

/// Makes a key at the terminal. The guide counts the keystrokes without the passphrase.
fn types_a_passphrase(person: &Person<'_>) -> Session {
    let script = [("no passphrase): ", PASSPHRASE), ("again: ", PASSPHRASE)];
    let mut made = person.types_to_openssh("portvakt key new", &script).ends(0).never_says(PASSPHRASE.trim());
    made.keys -= 2 * PASSPHRASE.trim().chars().count();
    made.takes_at_most(20)
}

/// Makes a key on a machine that nobody else uses.
fn makes_a_key(person: &Person<'_>) -> Session {
    person.runs(&["key", "new", "--no-passphrase"]).ends(0)
}

/// Signs the keys that were gathered, and is not asked about each by itself.
fn signs_the_keys(person: &Person<'_>) {
    let signed = person.types("portvakt approve --waiting", &[("[j/N] ", "j\n")]).ends(0).takes_at_most(40);
    signed.says("Signert, og sendt til access/keys").never_says("# access/key-");
}

/// How many have signed the settings on a branch.
fn signatures_on(world: &World, branch: &str) -> usize {
    world.file_on(branch, "desired-state/settings.sig").matches("BEGIN SSH SIGNATURE").count()
}

#[test]
fn a_coordinator_begins_and_their_key_is_signed_in() {
    let world = World::new();
    let kristin = world.newcomer(KEYLESS);
    let joined = kristin.types(&format!("portvakt join {ADDRESS}"), &[("holder): ", "kristin\n")]).ends(0);
    let joined = joined.takes_at_most(70);
    shows("komme-i-gang", "klone", &joined);
    joined.says("Du er Kristin Skinnvik (kristin.skinnvik).").says("portvakt key new");
    let made = types_a_passphrase(&kristin);
    shows("komme-i-gang", "nokkel", &made);
    made.says("Velg et passord").says("To nasjonale administratorer");
    // A signature with a key that is not enrolled yet does not count, and the output says so.
    let early =
        kristin.types_to_openssh("portvakt revoke aksel --yes", &[("Enter passphrase", PASSPHRASE)]).ends(0);
    early.says("ikke registrert ennå");

    let henrik = world.person(UNN);
    makes_a_key(&henrik);
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let gathered = ingrid.types("portvakt key gather", &[]).ends(0).takes_at_most(20);
    shows("komme-i-gang", "samle", &gathered);
    gathered.says("henrik.liksomdal").says("kristin.skinnvik");
    signs_the_keys(&ingrid);
    assert_eq!(world.judged("access/keys"), (4, "protected-change".to_owned()), "one is not enough");
    signs_the_keys(&bjorn);
    world.takes_in("access/keys");
    // The branches that were gathered have nothing left to sign.
    bjorn.types("portvakt approve --waiting", &[]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/revoke-aksel.demostad");
}

#[test]
fn where_no_administrator_has_a_key_the_first_ones_count_with_the_baseline_on_the_host() {
    let world = World::new();
    world.sends(("main", "main"), "desired-state/allowed_signers", "");
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let on_the_host = "godtatt dem på registerets maskin: med den første `portvakt baseline`";
    for person in [&bjorn, &ingrid] {
        makes_a_key(person).says(on_the_host).never_says("signerer den inn");
    }
    ingrid.runs(&["key", "gather"]).ends(0);
    let signed = ingrid.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("Signert, og sendt til access/keys").says(on_the_host).never_says("signerer den inn");
}

#[test]
fn a_key_that_was_gathered_is_told_to_be_taken_in_and_its_branch_is_not_made_anew() {
    let world = World::new();
    let (kristin, henrik) = (world.person(KEYLESS), world.person(UNN));
    makes_a_key(&kristin);
    makes_a_key(&henrik);
    // Until the keys are taken in, nothing happens to the branch.
    kristin.runs(&["send"]).ends(0).says("Alt er sendt.").never_says("tatt inn");
    world.person(NATIONAL).runs(&["key", "gather"]).ends(0);
    world.merge("access/keys");
    let sent = kristin.runs(&["send"]).ends(0).never_says("skrevet i samme fil");
    sent.says("Endringen på access/key-kristin.skinnvik er tatt inn, og grenen her er fjernet.")
        .says("på kodeplattformen kan lukkes");
    assert!(kristin.branches().trim().is_empty());
    kristin.runs(&["send"]).ends(0).says("Alt er sendt.").never_says("tatt inn");
}

#[test]
fn several_new_keys_are_gathered_before_they_are_signed_and_a_yes_takes_that() {
    let world = World::new();
    makes_a_key(&world.person(KEYLESS));
    makes_a_key(&world.person(UNN));
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let first = ingrid.runs(&["approve", "--waiting", "--yes"]).ends(0);
    first
        .says("access/key-henrik.liksomdal, access/key-kristin.skinnvik")
        .says("Signert, og sendt til access/keys.")
        .never_says("# access/key-");
    assert_eq!(signatures_on(&world, "access/keys"), 1);
    // Whoever has signed them all is asked no more, and the other one is asked once.
    ingrid.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    signs_the_keys(&bjorn);
    assert_eq!(signatures_on(&world, "access/keys"), 2);
    world.takes_in("access/keys");
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn whoever_does_not_gather_keys_is_asked_about_each() {
    let world = World::new();
    makes_a_key(&world.person(KEYLESS));
    makes_a_key(&world.person(UNN));
    let answers = [("[j/N] ", "n\n"), ("[j/N] ", "n\n"), ("[j/N] ", "j\n")];
    let signed = world.person(LEADER).types("portvakt approve --waiting", &answers).ends(0);
    signed.says("Samle dem i én endring").says("Signert, og sendt til access/key-kristin.skinnvik");
    assert_eq!(world.branches(), ["access/key-henrik.liksomdal", "access/key-kristin.skinnvik"]);
}

#[test]
fn a_single_key_is_not_gathered_and_both_sign_it_on_its_own_branch() {
    let world = World::new();
    makes_a_key(&world.person(KEYLESS));
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let told = ingrid.runs(&["key", "gather"]).ends(1).says("én ny nøkkel venter");
    told.says("portvakt approve --waiting");
    assert_eq!(world.branches(), ["access/key-kristin.skinnvik"]);
    for person in [&ingrid, &bjorn] {
        person.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    }
    world.takes_in("access/key-kristin.skinnvik");
}

#[test]
fn settings_that_were_taken_in_with_one_signature_wait_for_the_other_administrator() {
    let world = World::new();
    makes_a_key(&world.person(KEYLESS));
    makes_a_key(&world.person(UNN));
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    ingrid.runs(&["approve", "--waiting", "--yes"]).ends(0);
    world.merge("access/keys");
    ingrid.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    let signed = bjorn.types("portvakt approve --waiting", &[("[j/N] ", "j\n")]).ends(0);
    signed
        .says("har én av to signaturer, den til Ingrid Koordinatorsen (ingrid.koordinatorsen)")
        .says("+kristin.skinnvik")
        .says("Sendt som grenen access/settings");
    assert_eq!(signatures_on(&world, "access/settings"), 2);
    // While that branch waits, nobody is asked again.
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/settings");
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn a_key_that_waits_already_is_not_sent_a_second_time() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    makes_a_key(&kristin);
    let again = kristin.runs(&["key", "new", "--no-passphrase"]).ends(0);
    again.says("venter allerede på access/key-kristin.skinnvik").never_says("finnes allerede");
    assert_eq!(world.branches(), ["access/key-kristin.skinnvik"]);
}

#[test]
fn without_a_network_nobody_is_told_that_nothing_waits() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    bjorn.loses_the_network();
    let told = bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0);
    assert_eq!(told.transcript.matches("git fetch").count(), 1, "{}", told.transcript);
    told.says("Ingenting av det som sist ble hentet, venter på deg.").never_says("Ingenting venter på deg");
}

#[test]
fn either_administrator_signs_first() {
    let world = World::new();
    makes_a_key(&world.person(KEYLESS));
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    let yes = [("[j/N] ", "j\n")];
    bjorn.types("portvakt approve --waiting", &yes).ends(0);
    assert_eq!(world.judged("access/key-kristin.skinnvik").0, 4);
    ingrid.types("portvakt approve --waiting", &yes).ends(0);
    world.takes_in("access/key-kristin.skinnvik");
    makes_a_key(&world.person(UNN));
    bjorn.types("portvakt approve --waiting", &yes).ends(0).says("henrik.liksomdal");
}

#[test]
fn whoever_git_does_not_know_gets_a_name_in_the_clone_alone() {
    let world = World::new();
    let kristin = world.newcomer(KEYLESS);
    let joined = kristin.runs(&["join", ADDRESS, "--by", KEYLESS]).ends(0);
    joined.says("Git kjente deg ikke").says("Kristin Skinnvik <kristin.skinnvik@localhost>");
    assert_eq!(kristin.setting("user.name"), "Kristin Skinnvik");
    assert_eq!(kristin.setting("user.email"), "kristin.skinnvik@localhost");
    let henrik = world.newcomer(UNN);
    henrik.is_known_to_git();
    henrik.runs(&["join", ADDRESS, "--by", UNN]).ends(0).never_says("Git kjente deg ikke");
    assert_eq!(henrik.setting("user.name"), "");
}

#[test]
fn what_is_said_of_a_key_is_true() {
    let world = World::new();
    let join = |person: &Person<'_>, id: &str| person.runs(&["join", ADDRESS, "--by", id]).ends(0);
    let kristin = world.newcomer(KEYLESS);
    join(&kristin, KEYLESS).says("lag nøkkelen din med `portvakt key new`");
    // Halvor's key is signed in. He is on a new machine.
    let halvor = world.newcomer(STAVANGER);
    join(&halvor, STAVANGER).says("ble ikke funnet på denne maskinen").never_says("Neste steg");
    let lars = world.newcomer(AHUS);
    lars.has_a_key_of(AHUS);
    join(&lars, AHUS).says("er signert inn, og").says("du signerer med den");
    assert!(lars.setting("portvakt.key").ends_with("portvakt_smerteregisteret"));
    // A key that is another's, or nobody's, does not count as one's own.
    let henrik = world.newcomer(UNN);
    henrik.has_a_key_of(LEADER);
    join(&henrik, UNN).says("er ikke signert inn").says("portvakt key new --public");
    assert_eq!(henrik.setting("portvakt.key"), "");
}

#[test]
fn a_key_is_found_whatever_its_name_among_the_keys_of_the_machine() {
    let world = World::new();
    let bjorn = world.newcomer(LEADER);
    // Another key of this machine is for something else, and nothing is said of it.
    bjorn.has_a_key_named(AHUS, "a_forge");
    bjorn.has_a_key_named(LEADER, "id_ed25519");
    let joined = bjorn.runs(&["join", ADDRESS, "--by", LEADER]).ends(0);
    joined.says("er signert inn, og").says("du signerer med den").never_says("a_forge");
    assert!(bjorn.setting("portvakt.key").ends_with("/.ssh/id_ed25519"));
    // A public half alone signs nothing.
    let halvor = world.newcomer(STAVANGER);
    halvor.has_a_key_named(STAVANGER, "id_ed25519");
    halvor.loses_the_key("id_ed25519");
    let joined = halvor.runs(&["join", ADDRESS, "--by", STAVANGER]).ends(0);
    joined.says("ble ikke funnet på denne maskinen");
}
