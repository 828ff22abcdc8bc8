//! Tests what is signed: the change that was shown, and nothing from before it.

use serde_json::json;

use super::bench::{AHUS, KEYLESS, LEADER, STAVANGER, Session, World};

const FILE: &str = "desired-state/helse-stavanger/siv.nyansatt.yaml";

/// A new access for Siv in one application, as options.
fn siv(application: &'static str, request: &'static str) -> Vec<&'static str> {
    let mut args =
        vec!["grant", "Siv", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--identity", "known"];
    args.extend(["--application", application, "--request", request, "--yes"]);
    args
}

#[test]
fn what_somebody_else_wrote_in_your_name_is_not_signed_along() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0401");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0).says("Venter på Halvor Liksomdal");
    // It is taken in all the same, without a signature, so that it gives nothing.
    world.merge("access/grant-siv.nyansatt");
    let other = [&["grant", "siv.nyansatt"][..], &siv("rapporteket", "REQ-2026-0402")[3..]].concat();
    halvor.runs(&other).ends(0).says("Signert av Halvor Liksomdal");
    let branch = world.branches().pop().unwrap();
    let signed = world.file_on(&branch, &format!("{FILE}.sig"));
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 1, "{signed}");
}

#[test]
fn a_name_with_a_letter_that_only_looks_like_another_is_shown_for_what_it_is() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0407");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0);
    // The first letter of the name is Cyrillic.
    world.sends(("access/grant-siv.nyansatt", "access/grant-\u{455}iv.nyansatt"), "notes", "Lik.\n");
    world.turns_down("access/grant-siv.nyansatt");
    let told = halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("fra mer enn ett alfabet");
    told.says("Signert, og sendt til access/grant-\\u{455}iv.nyansatt").never_says("\u{455}");
}

#[test]
fn whoever_is_found_by_a_part_of_a_name_is_named_before_access_is_given() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let give = |who: &[&str], request: &str| {
        let args = ["--application", "rapporteket", "--role", "LU", "--unit", "Stavanger", "--yes"];
        halvor.runs(
            &[&["grant"][..], who, &args[..], &["--identity", "known", "--request", request][..]].concat(),
        )
    };
    give(&["aksel"], "REQ-2026-0408").ends(0).says("forstått som Aksel Demostad (aksel.demostad)");
    give(&["aksel.demostad"], "REQ-2026-0409").never_says("forstått som");
}

#[test]
fn a_key_file_that_is_gone_is_named_and_nothing_is_written() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    world.moves_the_key_of(STAVANGER);
    let told = halvor.runs(&siv("smerteregisteret", "REQ-2026-0410")).never_says("No private key");
    let told = told.says("nøkkelfilen er borte: `").says("Ingenting ble skrevet.");
    assert_ne!(told.code, 0, "{}", told.transcript);
    assert!(world.branches().is_empty() && halvor.branches().is_empty(), "{}", told.transcript);
}

#[test]
fn a_file_is_signed_by_its_name_with_the_key_that_was_noted() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0411");
    written.extend(["--approver", "halvor", "--unsigned", "--here"]);
    halvor.runs(&written).ends(0);
    let told = halvor.runs(&["approve", FILE, "--yes"]).ends(0);
    told.says("2 signaturer skrevet til").says("som `halvor.liksomdal` med nøkkelen");
    // Whoever has no key is told how to name one, or to make one.
    kristin.runs(&["approve", FILE, "--yes"]).ends(2).says("`--key NØKKEL`").says("`portvakt key new`");
}

#[test]
fn an_old_approval_in_the_same_file_stops_nothing() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let args = ["grant", "aksel", "--application", "rapporteket", "--role", "LU", "--unit", "Stavanger"];
    let more = ["--request", "REQ-2026-0403", "--identity", "known", "--yes"];
    halvor.runs(&[&args[..], &more[..]].concat()).ends(0).says("Signert av Halvor Liksomdal");
    world.takes_in("access/grant-aksel.demostad");
}

#[test]
fn an_end_is_put_to_nobody_however_new_the_approval_is() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    halvor.runs(&siv("smerteregisteret", "REQ-2026-0409")).ends(0).says("Signert av Halvor Liksomdal");
    world.takes_in("access/grant-siv.nyansatt");
    kristin.runs(&["end", "siv", "--until", "31.12.", "--yes"]).ends(0);
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/end-siv.nyansatt");
    assert!(world.file(FILE).contains("until: 2026-12-31"));
    // The main branch has the access with another last day than was signed. That waits for nobody either.
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn an_access_that_was_taken_in_without_its_signature_waits_for_its_approver() {
    let world = World::new();
    let (halvor, kristin, bjorn) = (world.person(STAVANGER), world.person(KEYLESS), world.person(LEADER));
    let mut written = siv("smerteregisteret", "REQ-2026-0412");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0);
    world.merge("access/grant-siv.nyansatt");
    // It is put to nobody else.
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    let lacks = "hovedgrenen har dette uten signaturen til Halvor Liksomdal (halvor.liksomdal)";
    let told = bjorn.runs(&["explain", "siv"]).ends(0).says(lacks);
    told.says("`portvakt approve --waiting` legger det fram for Halvor Liksomdal (halvor.liksomdal).");
    bjorn.runs(&["explain", "aksel"]).ends(0).never_says("uten signaturen");
    // A check of the files of the main branch advises the same.
    let lars = world.person(AHUS);
    lars.runs(&["check"]).ends(0).says(lacks).says(FILE);
    lars.runs(&["check", "--no-base"]).ends(0).never_says("uten signaturen");
    let signed = halvor.types("portvakt approve --waiting", &[("[j/N] ", "j\n")]).ends(0);
    signed
        .says("# På hovedgrenen, uten signaturen din:")
        .says("request: REQ-2026-0412")
        .says("Sendt som grenen access/signatures");
    let signed = world.file_on("access/signatures", &format!("{FILE}.sig"));
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 2, "{signed}");
    // While that branch waits, nobody is asked again.
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    bjorn.runs(&["explain", "siv"]).ends(0).says("Det er signert på access/signatures");
    world.takes_in("access/signatures");
    bjorn.runs(&["explain", "siv"]).ends(0).never_says("uten signaturen");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn an_approval_on_the_main_branch_that_is_too_old_to_be_signed_is_put_to_nobody() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0413");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0);
    world.merge("access/grant-siv.nyansatt");
    world.on("2026-12-25");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn who_somebody_is_waits_for_whoever_approves_and_is_not_signed_by_others() {
    let world = World::new();
    let (halvor, kristin, bjorn) = (world.person(STAVANGER), world.person(KEYLESS), world.person(LEADER));
    let mut written = siv("smerteregisteret", "REQ-2026-0410");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0).says("Venter på Halvor Liksomdal");
    let told = bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    told.says("access/grant-siv.nyansatt venter på Halvor Liksomdal (halvor.liksomdal).");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    let signed = world.file_on("access/grant-siv.nyansatt", &format!("{FILE}.sig"));
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 2, "{signed}");
    assert!(signed.contains("by: halvor.liksomdal") && !signed.contains("bjorn"), "{signed}");
    world.takes_in("access/grant-siv.nyansatt");
}

#[test]
fn another_name_that_no_approval_goes_with_is_put_to_any_administrator() {
    let world = World::new();
    let (halvor, bjorn) = (world.person(STAVANGER), world.person(LEADER));
    halvor.runs(&["change", "aksel", "--name", "Aksel Nyttnavn", "--unsigned", "--yes"]).ends(0);
    let signed = bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("Signert, og sendt til access/change-aksel.demostad");
    world.takes_in("access/change-aksel.demostad");
}

#[test]
fn another_name_that_was_taken_in_without_a_signature_waits_for_any_administrator() {
    let world = World::new();
    let (halvor, bjorn) = (world.person(STAVANGER), world.person(LEADER));
    halvor.runs(&["change", "aksel", "--name", "Aksel Nyttnavn", "--unsigned", "--yes"]).ends(0);
    world.merge("access/change-aksel.demostad");
    let told = bjorn.runs(&["explain", "aksel"]).ends(0);
    told.says("navn: hovedgrenen har dette uten signaturen til en administrator").says("halvor.liksomdal");
    // An administrator of another trust is not asked.
    let lars = world.person(AHUS);
    lars.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    let signed = halvor.runs(&["approve", "--waiting", "--yes"]).ends(0);
    let signed = signed.says("# På hovedgrenen, uten signaturen din:").says("name: Aksel Nyttnavn");
    signed.says("Sendt som grenen access/signatures");
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    world.takes_in("access/signatures");
    bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    bjorn.runs(&["explain", "aksel"]).ends(0).never_says("uten signaturen");
}

#[test]
fn an_old_signature_with_a_key_that_was_never_enrolled_says_nothing_of_a_name() {
    let world = World::new();
    let (halvor, kristin, bjorn) = (world.person(STAVANGER), world.person(KEYLESS), world.person(LEADER));
    halvor.runs(&["change", "aksel", "--name", "Aksel Nyttnavn", "--unsigned", "--yes"]).ends(0);
    kristin.runs(&["key", "new", "--no-passphrase"]).ends(0);
    let signed = kristin.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("Signert, og sendt til access/change-aksel.demostad");
    world.merge("access/change-aksel.demostad");
    let lacks = "navn: hovedgrenen har dette uten signaturen til en administrator";
    // While the signature can be used, the key may still be enrolled.
    bjorn.runs(&["explain", "aksel"]).ends(0).never_says(lacks);
    world.on("2026-12-30");
    bjorn.runs(&["explain", "aksel"]).ends(0).says(lacks);
}

#[test]
fn a_name_that_was_changed_back_without_a_signature_waits_again() {
    let world = World::new();
    let (halvor, bjorn) = (world.person(STAVANGER), world.person(LEADER));
    halvor.runs(&["change", "aksel", "--name", "Aksel Nyttnavn", "--yes"]).ends(0).says("Signert av Halvor");
    world.takes_in("access/change-aksel.demostad");
    halvor.runs(&["change", "aksel", "--name", "Aksel Demostad", "--unsigned", "--yes"]).ends(0);
    world.merge(&world.branches().pop().unwrap());
    let signed = bjorn.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("name: Aksel Demostad").says("Sendt som grenen access/signatures");
}

#[test]
fn whoever_gives_another_name_signs_who_it_is() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["change", "aksel", "--name", "Aksel Nyttnavn", "--yes"]).ends(0).says("Signert av Halvor");
    world.takes_in("access/change-aksel.demostad");
    // Nobody is asked again for a signature that was made, and an end needs no signature.
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).never_says("Signert");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn a_signature_that_git_is_told_to_ignore_is_sent_all_the_same() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    world.sends(("main", "main"), ".gitignore", "*.sig\n");
    halvor.runs(&siv("smerteregisteret", "REQ-2026-0404")).ends(0).says("Signert av Halvor Liksomdal");
    let branch = world.branches().pop().unwrap();
    let signed = world.file_on(&branch, &format!("{FILE}.sig"));
    assert!(signed.contains("BEGIN SSH SIGNATURE"), "{signed}");
}

#[test]
fn a_program_is_told_what_a_change_waits_for() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    let key = json!({
        "what": "key",
        "of": "kristin.skinnvik",
        "for": ["bjorn.lederesen", "ingrid.koordinatorsen", "sigrid.forvaltersen"],
        "signatures": 2,
    });
    let made = kristin.runs(&["--format", "json", "key", "new", "--no-passphrase"]).ends(0).json();
    assert_eq!(made["waits"], json!([key]), "{made}");
    let early = kristin.runs(&["--format", "json", "revoke", "aksel", "--yes"]).ends(0).json();
    assert_eq!(
        (&early["waits"], &early["signed_by"]),
        (&json!([key]), &json!("kristin.skinnvik")),
        "{early}"
    );
    let mut of_another = vec!["--format", "json"];
    of_another.extend(siv("smerteregisteret", "REQ-2026-0405"));
    of_another.extend(["--approver", "halvor", "--unsigned"]);
    let waits = kristin.runs(&of_another).ends(0).json();
    let signature = json!({ "what": "signature", "for": ["halvor.liksomdal"] });
    assert_eq!(waits["waits"], json!([signature]), "{waits}");
}

/// Kristin signs what Halvor wrote for her, with a key that nobody has enrolled.
fn signs_with_a_new_key(args: &[&str]) -> Session {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0407");
    written.extend(["--approver", "kristin", "--unsigned"]);
    halvor.runs(&written).ends(0).says("Venter på Kristin Skinnvik");
    kristin.runs(&["key", "new", "--no-passphrase"]).ends(0);
    let signed = kristin.runs(&[args, &["approve", "--waiting", "--yes"][..]].concat()).ends(0);
    let signatures = world.file_on("access/grant-siv.nyansatt", &format!("{FILE}.sig"));
    assert!(signatures.contains("BEGIN SSH SIGNATURE"), "{signatures}");
    signed
}

#[test]
fn whoever_signs_with_a_key_that_is_not_enrolled_is_told_that_it_waits_and_for_whom() {
    let signed = signs_with_a_new_key(&[]).says("Signert, og sendt til access/grant-siv.nyansatt");
    signed.says("ikke registrert ennå").says("Ingrid Koordinatorsen (ingrid.koordinatorsen)");
    let waits = json!([{
        "what": "key",
        "of": "kristin.skinnvik",
        "for": ["bjorn.lederesen", "ingrid.koordinatorsen", "sigrid.forvaltersen"],
        "signatures": 2,
    }]);
    let told = signs_with_a_new_key(&["--format", "json"]).json();
    assert_eq!((&told["waits"], &told["signed"][0]["branch"]), (&waits, &json!("access/grant-siv.nyansatt")));
}

#[test]
fn whoever_signs_with_a_key_that_counts_waits_for_nothing() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let mut written = siv("smerteregisteret", "REQ-2026-0408");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0);
    let told = halvor.runs(&["--format", "json", "approve", "--waiting", "--yes"]).ends(0).json();
    assert_eq!((&told["waits"], told["signed"].as_array().map(Vec::len)), (&json!([]), Some(1)), "{told}");
}

#[test]
fn the_administrator_of_the_machines_is_not_asked_to_sign_settings() {
    let world = World::new();
    world.person(KEYLESS).runs(&["key", "new", "--no-passphrase"]).ends(0).never_says("Nils Nordprøve");
}

/// The texts that a person types who has a passphrase, and gets it wrong once.
const RIGHT: &str = "tre blaa elver";
const WRONG: &str = "fire blaa elver";

#[test]
fn a_passphrase_is_asked_for_at_the_terminal_once_and_again_where_it_is_wrong() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    world.locks(STAVANGER, RIGHT);
    let mut written = siv("smerteregisteret", "REQ-2026-0406");
    written.extend(["--approver", "halvor", "--unsigned"]);
    kristin.runs(&written).ends(0);
    let (right, wrong) = (format!("{RIGHT}\n"), format!("{WRONG}\n"));
    let script = [
        ("[j/N] ", "j\n"),
        ("Enter passphrase", wrong.as_str()),
        ("Det var ikke passordet for nøkkelen. Prøv igjen.", ""),
        ("Enter passphrase", right.as_str()),
    ];
    // The entry and the identity of the person are two statements, and one passphrase is enough.
    let done = halvor.types_to_openssh("portvakt approve --waiting", &script).ends(0);
    done.says("Signert, og sendt til access/grant-siv.nyansatt").never_says(RIGHT).never_says(WRONG);
    let signed = world.file_on("access/grant-siv.nyansatt", &format!("{FILE}.sig"));
    assert_eq!(signed.matches("BEGIN SSH SIGNATURE").count(), 2, "{signed}");
    world.takes_in("access/grant-siv.nyansatt");
}

#[test]
fn without_the_passphrase_nothing_is_signed_and_nothing_is_sent() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    world.locks(STAVANGER, RIGHT);
    let wrong = format!("{WRONG}\n");
    let script = [("Enter passphrase", wrong.as_str()); 3];
    let done = halvor.types_to_openssh("portvakt revoke aksel --yes", &script).ends(1);
    done.says("ble ikke skrevet, eller var ikke riktig").says("portvakt key new").never_says(WRONG);
    assert!(world.branches().is_empty());
}
