//! Whole passes and the commands, on PostgreSQL. Their decisions and results are the same as with a register in a file.

use std::collections::BTreeSet;

use portvakt_core::decide::Patience;
use portvakt_database::Connection;
use portvakt_engine::reconcile::engine::Engine;

use super::cluster::{Database, OWNER};
use super::world::{SETTLE, World, pass, person};

/// Returns the rights, and what is remembered of them. Account ids are random and left out.
pub(super) fn state(connection: &Connection) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for sql in [
        "SELECT 'right ' || person || ' ' || application || ' ' || unit || ' ' || role || ' ' || coalesce(request, '-')
             || ' ' || granted || ' ' || coalesce(access.ended, '-')
         FROM access JOIN account ON account.id = access.account",
        "SELECT 'account ' || person || ' ' || name || ' ' || active || ' ' || coalesce(login, '-') FROM account",
        "SELECT 'standing ' || person || ' ' || application || ' ' || unit || ' ' || request || ' ' || trust || ' '
             || coalesce(given, '-') || ' ' || coalesce(cleared, '-') || ' ' || coalesce(ended, '-') FROM standing",
        "SELECT 'file ' || person || ' ' || trust || ' ' || digest || ' ' || skeleton FROM person_file",
        "SELECT 'used by ' || person FROM person_account",
    ] {
        all.extend(connection.prepare_cached(sql).unwrap().query_all([], |row| row.get::<String>(0)).unwrap());
    }
    all
}

#[test]
fn passes_leave_what_they_leave_in_a_file() {
    let Some(world) = World::accepted(3) else { return };
    let file = portvakt_database::Site::File(world.root().join("var/register.db"));
    world.accept(&file);
    let mut there = world.engine();
    let mut here = Engine::open(world.root(), &file, SETTLE, Patience::None).unwrap();
    let both = |there: &mut Engine, here: &mut Engine| {
        let (one, two) = (pass(there).unwrap(), pass(here).unwrap());
        assert!(one.carried.failed.is_empty(), "{:?}", one.carried.failed);
        assert_eq!(one.carried.done, two.carried.done);
        let findings = |passed: &portvakt_engine::reconcile::engine::Passed| {
            passed.decided.findings.iter().map(|finding| finding.message.en().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(findings(&one), findings(&two));
        assert_eq!(state(there.register().connection()), state(here.register().connection()));
        one.carried.done
    };
    assert!(both(&mut there, &mut here) > 20);
    assert_eq!(both(&mut there, &mut here), 0, "nothing is left to do");
    // One person leaves, one is new, one gets another end, and one is refused.
    std::fs::remove_file(world.file("ahus/mange.nr0.yaml")).unwrap();
    std::fs::write(world.file("ahus/mange.nr1.yaml"), person(1, None)).unwrap();
    std::fs::write(world.file("ahus/mange.nr9.yaml"), person(9, None)).unwrap();
    let selfish = person(8, None).replace("by: lars.demostad", "by: mange.nr8");
    std::fs::write(world.file("ahus/mange.nr8.yaml"), selfish).unwrap();
    assert!(both(&mut there, &mut here) > 1);
    assert_eq!(both(&mut there, &mut here), 0);
    let broken = person(9, None).replace("staff: health", "staff: stealth");
    std::fs::write(world.file("ahus/mange.nr9.yaml"), broken).unwrap();
    both(&mut there, &mut here);
    let verified = portvakt_engine::ledger::verify(there.register().connection()).unwrap();
    assert_eq!(
        verified.entries,
        portvakt_engine::ledger::verify(here.register().connection()).unwrap().entries
    );
}

#[test]
fn of_many_done_together_one_that_fails_is_left_out_and_recorded() {
    let Some(world) = World::accepted(3) else { return };
    let file = portvakt_database::Site::File(world.root().join("var/register.db"));
    world.accept(&file);
    let mut there = world.engine();
    let mut here = Engine::open(world.root(), &file, SETTLE, Patience::None).unwrap();
    let mut owner = world.database.client(OWNER);
    owner
        .batch_execute(
            "SET search_path = portvakt;
             CREATE TRIGGER odd BEFORE INSERT ON account FOR EACH ROW WHEN (NEW.person = 'mange.nr1')
             EXECUTE FUNCTION refuse('not this one')",
        )
        .unwrap();
    here.register()
        .connection()
        .execute_batch(
            "CREATE TRIGGER odd BEFORE INSERT ON account WHEN NEW.person = 'mange.nr1'
             BEGIN SELECT RAISE(ABORT, 'not this one'); END",
        )
        .unwrap();
    for engine in [&mut there, &mut here] {
        let passed = pass(engine).unwrap();
        let failed: Vec<&str> =
            passed.carried.failed.iter().map(|(step, _)| step.person.as_ref().unwrap().as_str()).collect();
        assert_eq!(failed, ["mange.nr1"]);
        assert!(passed.carried.done > 20, "{}", passed.carried.done);
        let count = |sql: &str| engine.register().connection().query_row(sql, [], |row| row.get::<i64>(0));
        let open = count("SELECT count(*) FROM account WHERE active = 1").unwrap();
        assert_eq!(open, count("SELECT count(*) FROM ledger WHERE kind = 'step'").unwrap(), "each once");
        assert_eq!(count("SELECT count(*) FROM ledger WHERE kind = 'step-failed'").unwrap(), 1);
        assert_eq!(open, count("SELECT count(*) FROM person_account").unwrap());
        portvakt_engine::ledger::verify(engine.register().connection()).unwrap();
    }
    assert_eq!(state(there.register().connection()), state(here.register().connection()));
    owner.batch_execute("DROP TRIGGER odd ON account").unwrap();
    here.register().connection().execute_batch("DROP TRIGGER odd").unwrap();
    for engine in [&mut there, &mut here] {
        let passed = pass(engine).unwrap();
        assert_eq!((passed.carried.done, passed.carried.failed.len()), (1, 0));
    }
}

#[test]
fn the_commands_from_the_first_table_to_the_ledger() {
    let Some(database) = Database::bare() else { return };
    let home = tempfile::tempdir().unwrap();
    portvakt::example::copy(home.path(), super::world::today()).unwrap();
    let run = |role: &str, command: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
            .env_clear()
            .args(["--store", &database.url(role), "--root"])
            .arg(home.path())
            .arg("--store-password-file")
            .arg(database.password())
            .args(command)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), told)
    };
    let (code, told) = run("portvakt", &["plan"]);
    assert!(code == 5 && told.contains("portvakt register create"), "{code} {told}");
    let (code, told) = run(OWNER, &["register", "create", "--role", "portvakt"]);
    assert!(code == 0 && told.contains("The register is made"), "{code} {told}");
    let (code, told) = run("portvakt", &["baseline", "--format", "json"]);
    assert_eq!(code, 0, "{told}");
    let start = told.find('{').unwrap();
    let shown: serde_json::Value =
        serde_json::Deserializer::from_str(&told[start..]).into_iter().next().unwrap().unwrap();
    let digest = shown["digest"].as_str().unwrap();
    let by = ["--by", "bjorn.lederesen", "--by", "ingrid.koordinatorsen"];
    let (code, told) = run("portvakt", &[&["baseline", "--accept", digest][..], &by].concat());
    assert_eq!(code, 0, "{told}");
    let (code, told) = run("portvakt", &["apply"]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = run("portvakt", &["plan"]);
    assert_eq!(code, 0, "nothing is left to do: {told}");
    for (command, says) in [
        (&["list"][..], "kari.testesen"),
        (&["register", "users"], "Kari Testesen"),
        (&["ledger", "verify"], "entries"),
        (&["explain", "kari.testesen"], "smerteregisteret"),
    ] {
        let (code, told) = run("portvakt", command);
        assert!(code == 0 && told.contains(says), "{command:?}: {code} {told}");
    }
    // A command that only works with a file says so.
    for command in [&["register", "seed"][..], &["register", "serve", "--token-file", "x"]] {
        let (code, told) = run("portvakt", command);
        assert!(code == 5 && told.contains("a register in a file"), "{command:?}: {code} {told}");
    }
    let (code, told) = run("portvakt:secret", &["plan"]);
    assert!(code == 2 && told.contains("--store-password-file") && !told.contains("secret"), "{code} {told}");
}
