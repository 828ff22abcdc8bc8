//! Tests the proof that a register with `proofs: required` asks for, made on the host.

use std::path::Path;

use portvakt_core::policy::PROMISE_FILES;
use portvakt_core::proof::{PROTOCOL, Reply};

use super::{ADMINISTRATION, PROVER, content, parrot, run, script, solver, with};
use crate::cli::desk::{COORDINATOR, Desk, LEADER, Told, copy};

/// The example, in a register that asks for proofs.
fn asking() -> Desk {
    let desk = Desk::tree();
    let register = "desired-state/register.yaml";
    desk.change_file(register, "review_months: 3\n", "review_months: 3\nproofs: required\n");
    desk
}

/// Two accept the tree as it stands.
fn accept(desk: &Desk, solver: &Path, prover: &Path) -> Told {
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    with(desk, solver, prover, &["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR])
}

/// The number of proofs in the ledger.
fn proofs(desk: &Desk) -> i64 {
    let count = "SELECT count(*) FROM ledger WHERE kind = 'proved'";
    desk.database().query_row(count, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_first_base_that_asks_for_proofs_takes_one() {
    let desk = asking();
    desk.run(&["baseline"]).says("The register has `proofs: required`");
    let solver = script(&desk, "solver", "echo fake 1");
    accept(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER)).ends(5).says("not-proved");
    let nothing = parrot(&desk, &Reply { protocol: PROTOCOL, ..Reply::default() });
    accept(&desk, &solver, &nothing).ends(5).says("not answered every question");
    desk.run(&["apply"]).ends(4).says("no-baseline");
    accept(&desk, &solver, &content(&desk)).ends(0).says("Proved on this host").says("fake 1");
    assert_eq!(proofs(&desk), 1);
    desk.run(&["apply"]).ends(0);
    desk.run(&["ledger", "verify"]).ends(0);

    // Policies without promises could be loosened in any way.
    let desk = asking();
    for path in PROMISE_FILES {
        std::fs::remove_file(desk.root().join(path)).unwrap();
    }
    accept(&desk, &solver, &nothing).ends(5).says("promise nothing");
}

#[test]
fn what_is_remembered_is_proved_by_nothing_that_the_environment_names() {
    let desk = asking();
    let (solver, prover) = (script(&desk, "solver", "echo fake 1"), content(&desk));
    let digest = desk.run(&["baseline"]).after("Digest of the tree: ");
    let accepts = ["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR];
    let mut command = desk.program();
    command.args(accepts).env("PORTVAKT_SOLVER", &solver).env("PORTVAKT_PROVER", &prover);
    // There is no cvc5 on this path.
    command.env("PATH", desk.beside("nothing"));
    Told::of(&command.output().unwrap()).ends(5).says("not-proved");
    // The words about a proof also name the program that made it.
    let told = with(&desk, &solver, &prover, &accepts).ends(0).says("Proved on this host");
    told.says(&format!("by `{}`, ", prover.display()));

    assert_eq!(proofs(&desk), 1);
    desk.run(&["apply"]).ends(0);
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let mut command = desk.program();
    command.args(["release", &digest, "--by", LEADER, "--by", COORDINATOR]);
    command.env("PORTVAKT_SOLVER", &solver).env("PORTVAKT_PROVER", content(&desk));
    command.env("PATH", desk.beside("nothing"));
    Told::of(&command.output().unwrap()).ends(5).says("not-proved");
    assert_eq!(proofs(&desk), 1, "that of the first base");
}

#[test]
fn a_new_base_over_rules_that_cannot_be_read_takes_a_proof() {
    for damages in [
        &["UPDATE artifact SET body = '{}'"][..],
        &[
            "DELETE FROM mark WHERE key IN ('policies', 'settings')",
            "UPDATE ledger SET at = '2020-01-01T00:00:00Z' WHERE seq = 5",
        ],
    ] {
        let desk = asking();
        let solver = script(&desk, "solver", "echo fake 1");
        accept(&desk, &solver, &content(&desk)).ends(0);
        desk.run(&["apply"]).ends(0);
        // The tree asks for none, so only those in force could.
        desk.change_file("desired-state/register.yaml", "proofs: required\n", "");
        desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
        let database = desk.database();
        let free = "DROP TRIGGER ledger_gapless; DROP TRIGGER ledger_unchanged; DROP TRIGGER ledger_kept;";
        database.execute_batch(free).unwrap();
        for damage in damages {
            assert!(database.execute(damage, []).unwrap() > 0, "{damage}");
        }
        drop(database);
        accept(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER)).ends(5).says("not-proved");
        accept(&desk, &solver, &content(&desk)).ends(0).says("Proved on this host");
    }
}

#[test]
fn changed_policies_wait_until_a_release_has_proved_them_here() {
    let desk = asking();
    let solver = script(&desk, "solver", "echo fake 1");
    accept(&desk, &solver, &content(&desk)).ends(0);
    desk.run(&["apply"]).ends(0);
    copy(&desk.root(), &desk.beside("before"));
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    desk.run(&["check", "--base", "../before"]).ends(4).says("advice[proof-missing]").says("portvakt prove");
    let told = desk.run(&["apply"]).ends(4).says("held[proof-missing]").says("protected-change");
    let digest = told.after("portvakt release ");
    let both = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    with(&desk, Path::new("/nowhere/cvc5"), Path::new(PROVER), &both).ends(5).says("not-proved");
    // A person who may not release it is told so before anything is proved.
    let one = ["release", &digest, "--by", LEADER];
    with(&desk, &solver, &content(&desk), &one).ends(1).says("not-permitted");
    with(&desk, &solver, &content(&desk), &["release", &digest]).ends(1).says("not-permitted");
    // The user's own cache is no proof, although this very prover made it of this very set.
    let prover = content(&desk);
    with(&desk, &solver, &prover, &["prove"]).ends(0);
    let prover_again = parrot(&desk, &Reply { protocol: PROTOCOL, ..Reply::default() });
    assert_eq!(prover, prover_again);
    with(&desk, &solver, &prover, &["prove"]).ends(0).says("remembered from before");
    with(&desk, &solver, &prover, &both).ends(5).says("not answered every question");
    assert_eq!(proofs(&desk), 1, "that of the first base");
    desk.run(&["apply"]).ends(4).says("proof-missing").says("protected-change");

    let told = with(&desk, &solver, &content(&desk), &both).ends(0);
    told.says("Proved on this host").says("Released until seven days from now: rules");
    assert_eq!(proofs(&desk), 2);
    // It is remembered, and nobody has to be named for it.
    let told = with(&desk, &solver, &prover, &["--lang", "nb", "release", &digest]).ends(0);
    told.says("har bevist disse tilgangsreglene før").says("godkjent allerede");
    assert_eq!(proofs(&desk), 2);
    desk.run(&["apply"]).ends(0);
    desk.run(&["plan"]).ends(0).never_says("proof-missing").never_says("protected-change");

    // A promise that is taken away is one that nobody can break, so it is named.
    desk.change_file("policies/never.cedar", "@id(\"never-own-access\")", "@id(\"never-own-wish\")");
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let both = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    with(&desk, &solver, &content(&desk), &both)
        .ends(0)
        .says("do not make, or make otherwise: `never-own-access`");
    desk.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn policies_that_break_a_promise_are_not_released() {
    let Some(solver) = solver() else { return };
    let desk = asking();
    let fake = script(&desk, "solver", "echo fake 1");
    accept(&desk, &fake, &content(&desk)).ends(0);
    desk.run(&["apply"]).ends(0);
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
    let digest = desk.run(&["apply"]).ends(4).says("proof-missing").after("portvakt release ");
    let both = ["--lang", "nb", "release", &digest, "--by", LEADER, "--by", COORDINATOR];
    run(&desk, &solver, &both).ends(1).says("promise-broken").says("kan godkjenne");
    assert_eq!(proofs(&desk), 1, "that of the first base");
    desk.run(&["apply"]).ends(4).says("proof-missing").says("protected-change");
}
