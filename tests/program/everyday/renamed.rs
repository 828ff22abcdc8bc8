//! Tests the work of a person whose id has changed, where the clone and the list of keys still have the earlier id.

use super::bench::{ADDRESS, KEYLESS, LEADER, NATIONAL, STAVANGER, UNN, World};

const FILE: &str = "desired-state/helse-stavanger/siv.nyansatt.yaml";
const BRANCH: &str = "access/grant-siv.nyansatt";
const HALVOR: &str = "halvor.nyland";
const BJORN: &str = "bjorn.nyland";
const WAITING: [&str; 3] = ["approve", "--waiting", "--yes"];

/// The file of a person on the main branch has another id from now on. The settings and the keys stay as they are.
fn is_called(world: &World, trust: &str, (old, new): (&str, &str)) {
    let path = |id: &str| format!("desired-state/{trust}/{id}.yaml");
    let text = world.file(&path(old));
    let named = text.replace(&format!("person: {old}"), &format!("person: {new}"));
    assert_ne!(text, named);
    let approved = format!("{{by: {NATIONAL}, on: 2026-11-20, identity: known}}");
    let previously = format!("previously: {{person: {old}, approved: {approved}}}\nname:");
    world.sends(("main", "main"), &path(new), &format!("{}\n", named.replacen("name:", &previously, 1)));
    world.loses(&path(old));
}

fn halvor_is_called_otherwise(world: &World) {
    is_called(world, "helse-stavanger", (STAVANGER, HALVOR));
}

fn bjorn_is_called_otherwise(world: &World) {
    is_called(world, "nasjonal", (LEADER, BJORN));
}

/// A new access for Siv, as options.
fn siv(more: &[&'static str]) -> Vec<&'static str> {
    let args = ["grant", "Siv", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--identity", "known"];
    let access = ["--application", "smerteregisteret", "--request", "REQ-2026-0421", "--yes"];
    [&args[..], &access[..], more].concat()
}

/// Checks that the entry and the identity of Siv are signed in the current id.
fn is_signed_by_halvor(signed: &str) {
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 2, "{signed}");
    assert!(signed.contains("by: halvor.nyland") && !signed.contains(STAVANGER), "{signed}");
}

#[test]
fn a_change_is_signed_with_a_key_that_is_listed_under_the_earlier_id() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor_is_called_otherwise(&world);
    let done = halvor.runs(&siv(&[])).ends(0).says("Signert av Halvor Liksomdal");
    done.never_says("ikke registrert ennå");
    is_signed_by_halvor(&world.file_on(BRANCH, &format!("{FILE}.sig")));
}

#[test]
fn what_waits_is_signed_with_a_key_that_is_listed_under_the_earlier_id() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    halvor_is_called_otherwise(&world);
    kristin.runs(&siv(&["--approver", "halvor", "--unsigned"])).ends(0).says("Venter på Halvor Liksomdal");
    let told = halvor.runs(&WAITING).ends(0).says("Signert, og sendt til access/grant-siv.nyansatt");
    told.never_says("ikke registrert ennå");
    is_signed_by_halvor(&world.file_on(BRANCH, &format!("{FILE}.sig")));
}

#[test]
fn a_file_is_signed_by_its_name_under_the_current_id() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor_is_called_otherwise(&world);
    halvor.pulls();
    halvor.runs(&siv(&["--approver", "halvor", "--unsigned", "--here"])).ends(0);
    let told = halvor.runs(&["approve", FILE, "--yes"]).ends(0);
    told.says("2 signaturer skrevet til").says("som `halvor.nyland` med nøkkelen");
}

#[test]
fn settings_that_somebody_signed_under_an_earlier_id_wait_for_the_other_signature() {
    let world = World::new();
    world.person(KEYLESS).runs(&["key", "new", "--no-passphrase"]).ends(0);
    let (bjorn, ingrid) = (world.person(LEADER), world.person(NATIONAL));
    bjorn.runs(&WAITING).ends(0);
    world.merge("access/key-kristin.skinnvik");
    bjorn_is_called_otherwise(&world);
    bjorn.runs(&WAITING).ends(0).says("Ingenting venter på deg.");
    let signed = ingrid.runs(&WAITING).ends(0);
    signed
        .says("har én av to signaturer, den til Bjørn Lederesen (bjorn.nyland)")
        .says("Sendt som grenen access/settings");
    let signatures = world.file_on("access/settings", "desired-state/settings.sig");
    assert_eq!(signatures.matches("BEGIN SSH SIGNATURE").count(), 2, "{signatures}");
}

#[test]
fn keys_that_somebody_signed_under_an_earlier_id_are_not_gathered_by_them_again() {
    let world = World::new();
    for person in [KEYLESS, UNN] {
        world.person(person).runs(&["key", "new", "--no-passphrase"]).ends(0);
    }
    let bjorn = world.person(LEADER);
    let answers = [("[j/N] ", "n\n"), ("[j/N] ", "j\n"), ("[j/N] ", "j\n")];
    bjorn.types("portvakt approve --waiting", &answers).ends(0).says("Samle dem i én endring");
    bjorn_is_called_otherwise(&world);
    bjorn.runs(&WAITING).never_says("Nye nøkler venter på flere grener");
    assert_eq!(world.branches(), ["access/key-henrik.liksomdal", "access/key-kristin.skinnvik"]);
}

#[test]
fn a_key_that_is_listed_under_an_earlier_id_is_known_as_the_persons() {
    let world = World::new();
    halvor_is_called_otherwise(&world);
    let halvor = world.newcomer(STAVANGER);
    halvor.has_a_key_of(STAVANGER);
    let joined = halvor.runs(&["join", ADDRESS, "--by", HALVOR]).ends(0);
    joined.says("er signert inn, og").says("du signerer med den");
    let key = halvor.setting("portvakt.key");
    assert!(key.ends_with("portvakt_smerteregisteret"), "{key}");
    let told = halvor.runs(&["key", "new", "--public", &format!("{key}.pub")]);
    told.says("er allerede registrert, for Halvor Liksomdal (halvor.nyland)");
}
