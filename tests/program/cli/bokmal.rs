//! In bokmål no English is left, whatever goes wrong. What a server or a library has said itself is quoted («…»).

use super::desk::Desk;

/// Words that every English sentence of the program or of the system has one of.
const ENGLISH: [&str; 14] = [
    " the ",
    " cannot ",
    " is not ",
    " is no ",
    " has ",
    " it ",
    "expected",
    "ermission denied",
    "No such file",
    "refused",
    "os error",
    "line 1",
    "<TRUST>",
    "<WHICH>",
];

/// What is told, without what is quoted.
fn own_words(told: &str) -> String {
    let (mut own, mut rest) = (String::new(), told);
    while let Some((before, quoted)) = rest.split_once('«') {
        own.push_str(before);
        rest = quoted.split_once('»').map_or("", |(_, after)| after);
    }
    own + rest
}

/// Runs a command that fails, and looks for English in what it tells.
fn fails(desk: &Desk, args: &[&str], nb: &str) {
    let told = desk.run(&[&["--lang", "nb"][..], args].concat());
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains(nb), "{args:?}: `{nb}` is not said: {all}");
    let own = own_words(&all);
    for word in ENGLISH {
        assert!(!own.contains(word), "{args:?}: `{word}`: {all}");
    }
}

#[test]
fn a_register_that_cannot_be_used() {
    let desk = Desk::accepted();
    let root = desk.root();
    std::fs::write(root.join("other.db"), "this is no database, however long it is: ".repeat(40)).unwrap();
    std::fs::create_dir(root.join("folder.db")).unwrap();
    let mut damaged = std::fs::read(desk.store()).unwrap();
    damaged.iter_mut().skip(4096).for_each(|byte| *byte = 0xff);
    std::fs::write(root.join("damaged.db"), damaged).unwrap();
    for (store, more, nb) in [
        (
            "postgres://u@127.0.0.1:1/d",
            &[][..],
            "kan ikke nås: PostgreSQL svarer ikke: forbindelsen ble avvist",
        ),
        (
            "postgres://u@127.0.0.1:1/d",
            &["--store-password-file", "no/such"][..],
            "--store-password-file kan ikke brukes: filen eller mappen finnes ikke",
        ),
        (
            "postgres://u@db.example.invalid/d",
            &["--store-authorities", "no/such"][..],
            "`no/such` kan ikke brukes: filen eller mappen finnes ikke",
        ),
        ("sqlite:other.db", &[][..], "det er ingen SQLite-fil"),
        ("sqlite:folder.db", &[][..], "det er en mappe"),
        ("sqlite:damaged.db", &[][..], "skadet"),
    ] {
        fails(&desk, &[&["--store", store, "plan"][..], more].concat(), nb);
    }
}

#[test]
fn a_service_and_the_files_that_it_needs() {
    let desk = Desk::empty();
    std::fs::write(desk.root().join("word"), "word\n").unwrap();
    portvakt_test_bench::secret(&desk.root().join("key"), "word\n");
    std::fs::write(desk.root().join("unknown"), "logon: userName\n").unwrap();
    for (more, nb) in [
        (&[][..], "kan ikke nås: forbindelsen ble avvist"),
        (&["--scim-map", "word"][..], "her står noe annet enn det som hører hjemme her (linje 1, kolonne 1)"),
        (&["--scim-map", "unknown"][..], "nøkkelen `logon` er ukjent"),
        (&["--scim-map", "no/such"][..], "kan ikke leses: filen eller mappen finnes ikke"),
        (&["--scim-oauth", "word"][..], "her står noe annet"),
        (&["--scim-oauth", "no/such"][..], "filen eller mappen finnes ikke"),
        (
            &["--scim-token", "no/such"][..],
            "slipper ikke programmet inn: `--scim-token`: filen eller mappen finnes ikke",
        ),
        (&["--scim-certificate", "key"][..], "et sertifikat og nøkkelen til det er ventet"),
        (&["--scim-authorities", "no/such"][..], "filen eller mappen finnes ikke"),
    ] {
        let store = ["--store", "http://127.0.0.1:1/scim", "store", "check"];
        fails(&desk, &[&store[..], more].concat(), nb);
    }
}

#[test]
fn the_database_of_the_reports() {
    let desk = Desk::accepted();
    std::fs::write(desk.root().join("word"), "word\n").unwrap();
    let reports = ["--reports", "mysql://u@127.0.0.1:1/d"];
    for (more, nb) in [
        (&[][..], "databasen på `mysql://u@127.0.0.1:1/d` kan ikke nås: forbindelsen ble avvist"),
        (
            &["--reports-map", "word"][..],
            "her står noe annet enn det som hører hjemme her (linje 1, kolonne 1)",
        ),
        (&["--reports-map", "no/such"][..], "`no/such`: filen eller mappen finnes ikke"),
        (
            &["--reports-password", "no/such"][..],
            "`--reports-password` kan ikke leses: filen eller mappen finnes ikke",
        ),
    ] {
        fails(&desk, &[&reports[..], more, &["plan"]].concat(), nb);
    }
    // The driver says it at three levels, and it is told once.
    let told = desk.run(&[&reports[..], &["plan"]].concat());
    told.says("cannot be reached: Connection refused (os error 111)").never_says("Input/output");
}

#[test]
fn checkpoints_tokens_and_the_demo() {
    let desk = Desk::accepted();
    std::fs::write(desk.root().join("half.json"), "{").unwrap();
    std::fs::write(desk.root().join("tokens"), "short\n").unwrap();
    desk.run(&["ledger", "checkpoint", "--out", "whole.json"]).ends(0);
    let other = "0".repeat(64);
    for (args, nb) in [
        (&["ledger", "verify", "--checkpoint", "no/such"][..], "`no/such` kan ikke brukes"),
        (&["ledger", "verify", "--checkpoint", "half.json"][..], "`half.json` er ikke noe kontrollpunkt"),
        (
            &["ledger", "verify", "--checkpoint", "whole.json", "--key", &other][..],
            "kontrollpunktet er signert med nøkkelen",
        ),
        (&["ledger", "checkpoint", "--out", "no/such/x"][..], "filen eller mappen finnes ikke"),
        (
            &["register", "serve", "--token-file", "no/such"][..],
            "kan ikke leses: filen eller mappen finnes ikke",
        ),
        (
            &["register", "serve", "--token-file", "tokens", "--listen", "0.0.0.0:80"][..],
            "er ikke en adresse til denne maskinen alene",
        ),
        (&["demo", "--prepare", "/proc/no/such"][..], "kan ikke skrive `/proc/no/such/"),
        (&["demo", "--listen", "0.0.0.0:80"][..], "er ikke en adresse til denne maskinen alene"),
        (&["list", "--trust"][..], "`--trust <HELSEFORETAK>` mangler en verdi"),
        (&["can"][..], "`<HANDLING>`"),
        (&["--root", "no/such", "check"][..], "no/such"),
    ] {
        fails(&desk, args, nb);
    }
}

#[test]
fn an_entry_of_the_ledger_that_was_edited() {
    let desk = Desk::accepted();
    let edit = "DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;
                UPDATE ledger SET at = '2020-01-01T00:00:00Z' WHERE seq = 5;";
    desk.database().execute_batch(edit).unwrap();
    for command in [&["ledger", "verify"][..], &["plan"], &["baseline"]] {
        fails(&desk, command, "innholdet er ikke det som ble skrevet");
    }
}
