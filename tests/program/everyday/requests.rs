//! Tests applications by the list of tasks alone: those that wait, and one that is rejected. Also tests commands by the
//! beginning of their name.

use super::bench::{AHUS, LEADER, STAVANGER, World};
use super::pages::shows;

const EXPORT: &str = "\
Søknadsnummer;Fødselsnummer;Navn;RESH;Rolle;Applikasjon;Mottatt
REQ-2026-0501;01017012345;Nina Nyquist;100083;LU;smerteregisteret;2026-11-20
";

#[test]
fn what_waits_is_listed_and_an_application_is_rejected() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let export = format!("{}\n", halvor.keeps("eksport.csv", EXPORT));
    let asked = "utenfor kodelageret: ";
    let wrong = [("Nummer: ", "10\n"), (asked, "/finnes/ikke.csv\n"), (asked, export.as_str())];
    let listed = halvor.types("portvakt", &wrong).ends(0);
    listed
        .says("Det er ingen fil `/finnes/ikke.csv`.")
        .says("REQ-2026-0501  Nina Nyquist")
        .never_says("01017012345");
    let answers = [
        ("Nummer: ", "11\n"),
        ("nummeret på søknaden: ", "REQ-2026-0501\n"),
        ("noe om personen: ", "ikke ansatt ved enheten\n"),
        ("[j/N] ", "j\n"),
    ];
    let rejected = halvor.types("portvakt", &answers).ends(0);
    shows("soknader", "avvise", &rejected);
    rejected.says("Signert av Halvor Liksomdal").takes_at_most(60);
    let branch = world.branches().pop().unwrap();
    let list = world.file_on(&branch, "requests/helse-stavanger.yaml");
    assert!(list.contains("request: REQ-2026-0501") && !list.contains("Nyquist"), "{list}");
    // Until the branch is merged, a user who does the same task again is told about it.
    let again = halvor.types("portvakt reject REQ-2026-0501 --reason igjen", &[("[j/N] ", "n\n")]).ends(1);
    again.says("Denne søknaden venter allerede, på access/reject-REQ-2026-0501");
    let script = ["reject", "REQ-2026-0501", "--trust", "helse-stavanger", "--reason", "igjen", "--yes"];
    halvor.runs(&script).ends(1).says("access/reject-REQ-2026-0501").says("--again");
    assert_eq!(world.branches(), std::slice::from_ref(&branch));
    world.takes_in(&branch);
    halvor.runs(&script).ends(0).says("avvist 2026-11-23 av Halvor Liksomdal");
    assert!(world.branches().is_empty());
}

#[test]
fn a_rejection_that_was_taken_in_without_its_signature_is_signed_and_not_written_again() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let reject = ["reject", "REQ-2026-0503", "--trust", "helse-stavanger", "--reason", "feilsendt", "--yes"];
    halvor.runs(&[&reject[..], &["--unsigned"]].concat()).ends(0);
    world.merge("access/reject-REQ-2026-0503");
    // Another administrator of the trust is told whose signature is missing, and writes nothing.
    let bjorn = world.person(LEADER);
    let other = bjorn.runs(&reject).ends(1).says("duplicate-entry").says("ingen virkning ennå");
    other.says("portvakt approve --waiting");
    // Whoever has rejected it signs it as it stands, and is asked as `approve` asks.
    let unasked = halvor.runs(&reject[..6]).says("--yes");
    assert_eq!(unasked.code, 2, "{}", unasked.transcript);
    assert!(world.branches().is_empty());
    let signed = halvor.runs(&reject).ends(0).says("# På hovedgrenen, uten signaturen din:");
    signed.says("REQ-2026-0503").says("Sendt som grenen access/signatures");
    // The signature waits on its branch, and nobody signs twice.
    halvor
        .runs(&reject)
        .ends(1)
        .says("ingen virkning ennå")
        .says("er den alt på en gren, få den grenen tatt inn");
    assert_eq!(world.branches(), ["access/signatures"]);
    world.takes_in("access/signatures");
    halvor.runs(&reject).ends(0).says("avvist 2026-11-23 av Halvor Liksomdal");
    halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
}

#[test]
fn a_rejection_that_was_wrong_is_taken_out_and_its_number_serves_again() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    for number in ["REQ-2026-0504", "REQ-2026-0505"] {
        let reject = ["reject", number, "--trust", "helse-stavanger", "--reason", "feilsendt", "--yes"];
        halvor.runs(&reject).ends(0);
        world.takes_in(&format!("access/reject-{number}"));
    }
    let mut grant = vec!["grant", "Ylva", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--yes"];
    grant.extend([
        "--position",
        "lis",
        "--until",
        "+3m",
        "--identity",
        "known",
        "--request",
        "REQ-2026-0504",
    ]);
    halvor.runs(&grant).ends(1).says("request-rejected").says("`portvakt reject --undo REQ-2026-0504`");
    // The first leaves the other in the list, and with the last the list goes.
    for (number, branch) in [
        ("req-2026-0504", "access/undo-reject-REQ-2026-0504"),
        ("REQ-2026-0505", "access/undo-reject-REQ-2026-0505"),
    ] {
        let undone = halvor.types(&format!("portvakt reject --undo {number}"), &[("[j/N] ", "j\n")]).ends(0);
        undone
            .says("ved Helse Stavanger HF: avvisningen fra Halvor Liksomdal (halvor.liksomdal) tas ut")
            .says("avvist 2026-11-23 av Halvor Liksomdal (halvor.liksomdal)")
            .says(&format!("Sendt som grenen {branch}"))
            .never_says("Signert");
        let again = halvor.runs(&["reject", "--undo", number, "--yes"]).ends(1);
        again.says(&format!("Den samme endringen venter allerede, på {branch}")).says("Få den tatt inn");
        let (base, head) = ("refs/remotes/origin/main", format!("refs/remotes/origin/{branch}"));
        let comment =
            |format: &str| halvor.runs(&["--format", format, "plan", "--base", base, "--head", &head]);
        let told = comment("json").json();
        assert_eq!(told["review"]["also"][0]["no-longer-rejected"]["by"]["id"], STAVANGER, "{told}");
        comment("markdown").says(r"avvisningen fra Halvor Liksomdal \(`halvor.liksomdal`\) tas ut");
        world.takes_in(branch);
    }
    assert!(!world.has("requests/helse-stavanger.yaml") && !world.has("requests/helse-stavanger.yaml.sig"));
    halvor.runs(&["reject", "--undo", "REQ-2026-0504", "--yes"]).ends(0).says("Det er ingenting å endre.");
    halvor.runs(&["reject", "--undo", "REQ-2026-0504", "--reason", "x"]).ends(2);
    halvor.runs(&grant).ends(0);
    world.takes_in("access/grant-ylva.nyansatt");
}

#[test]
fn an_application_of_another_trust_is_left_to_those_who_decide_there() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let of_ahus = EXPORT.replace("REQ-2026-0501", "REQ-2026-0502").replace("100083", "100089");
    let export = halvor.keeps("eksport.csv", &of_ahus);
    let args = ["reject", "REQ-2026-0502", "--export", &export, "--reason", "ikke ansatt"];
    let told = halvor.runs(&[&args[..], &["--yes"][..]].concat()).ends(1);
    told.says("Halvor Liksomdal (halvor.liksomdal) avgjør ikke der").says("Lars Demostad (lars.demostad)");
    let line = format!("portvakt reject REQ-2026-0502 --export {export}");
    halvor.types(&line, &[]).ends(1).says("Lars Demostad (lars.demostad)").never_says("Nummer:");
    assert!(world.branches().is_empty());
    // Whoever is named signs it.
    let named = halvor.runs(&[&args[..], &["--approver", AHUS, "--yes"][..]].concat()).ends(0);
    named.says("Venter på Lars Demostad (lars.demostad)");
}

/// The role of a coordinator makes an administrator in the register alone, and not in Rapporteket.
#[test]
fn a_trust_where_somebody_has_the_role_in_rapporteket_alone_is_not_offered_as_their_own() {
    let world = World::new();
    let text = world.file("desired-state/helse-stavanger/halvor.liksomdal.yaml");
    let (before, entries) = text.split_once("access:\n").unwrap();
    let in_rapporteket = entries.find("  - application: rapporteket-smerte\n").unwrap();
    let entry = entries[in_rapporteket..].replace("unit: 100083", "unit: 100084");
    let path = "desired-state/helse-fonna/halvor.liksomdal.yaml";
    world.sends(("main", "main"), path, &format!("{before}access:\n{entry}\n"));
    let halvor = world.person(STAVANGER);
    let line = "portvakt reject REQ-2026-0777 --reason feilsendt --yes";
    halvor.types(line, &[]).ends(0).never_says("Nummer: ").says("helse-stavanger");
}

#[test]
fn a_reason_that_names_somebody_is_refused_and_one_that_may_is_pointed_out() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let two =
        format!("{EXPORT}REQ-2026-0503;01017012345;Tor Prøvesen;100083;LU;smerteregisteret;2026-11-20\n");
    let export = halvor.keeps("eksport.csv", &two);
    let reject = |reason: &str| {
        let args = ["reject", "REQ-2026-0501", "--export", &export, "--yes", "--reason"];
        halvor.runs(&[&args[..], &[reason]].concat())
    };
    for (reason, whom) in [
        ("Nyquist er ikke ansatt", "søkeren"),
        ("er den samme som aksel demostad", "Aksel Demostad"),
        ("har samme oppgaver som aksel.demostad", "Aksel Demostad"),
        ("byttet med Tor Prøvesen", "Tor Prøvesen"),
    ] {
        reject(reason).ends(2).says(&format!("Begrunnelsen nevner {whom}"));
    }
    assert!(world.branches().is_empty());
    reject("avtalt med Aksel").ends(0).says("`Aksel` i begrunnelsen kan være navnet til noen");
    assert_eq!(world.branches(), ["access/reject-REQ-2026-0501"]);
}

#[test]
fn without_a_terminal_the_number_and_the_export_are_options() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["reject", "--yes"]).ends(2).says("NUMBER");
    halvor.runs(&["requests"]).ends(2).says("git config portvakt.requests");
}

#[test]
fn at_a_terminal_the_beginning_of_a_name_is_enough_where_no_other_command_begins_so() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.gives_ylva_access();
    halvor.types("portvakt expl ylva", &[]).ends(0).says("Ylva Nyansatt");
    let several = halvor.types("portvakt re", &[]).ends(2);
    several.says("`requests`").says("`reject`").says("`revoke`").says("`review`").says("`release`");
    // A command that writes without asking needs its whole name, also in a script at the terminal.
    for line in ["portvakt revo ylva --yes", "portvakt revo ylva --unsigned", "portvakt sen"] {
        halvor.types(line, &[]).ends(2).says("mente du");
    }
    assert!(world.branches().iter().all(|branch| !branch.contains("revoke")), "{:?}", world.branches());
    // A script writes the whole name.
    halvor.runs(&["expl", "ylva"]).ends(2).says("mente du").says("`explain`");
}
