//! Tests the words about a change of the policies, wherever it is reviewed, signed or released. If the comparison was
//! not made, the words say so, and they never call it unchanged.
//!
//! The examples need cvc5. If it is missing, a test prints one line about how to install it and passes, as in
//! `prove`.

use std::path::{Path, PathBuf};

use super::desk::{COORDINATOR, Desk, LEADER, Told, copy};
use super::git::{commit, git, repository};
use crate::prove::{NOT_STAVANGER, OWN_TRUST, PROVER, script, solver};

mod remembered;

const ADMINISTRATION: &str = "policies/administration.cedar";
const NOWHERE: &str = "/nowhere/cvc5";
const SAME: &str = "The policies decide the same for every request";
const NOT_COMPUTED: &str =
    "What the changed policies permit was not computed; that does not mean that nothing changes";
/// The options of a review of the tree against its copy.
const AGAINST: [&str; 2] = ["--base", "../base"];

/// Runs a command that takes solver and prover from the environment.
fn run(desk: &Desk, solver: &Path, prover: &Path, args: &[&str]) -> Told {
    let mut command = desk.program();
    command.args(args).env("PORTVAKT_SOLVER", solver).env("PORTVAKT_PROVER", prover);
    Told::of(&command.output().unwrap())
}

/// The same where no solver is.
fn without(desk: &Desk, args: &[&str]) -> Told {
    run(desk, Path::new(NOWHERE), Path::new(PROVER), args)
}

/// A comment on the change of the tree against its copy.
fn comment(command: &'static str, lang: &'static str) -> Vec<&'static str> {
    [&["--format", "markdown", "--lang", lang, command][..], &AGAINST].concat()
}

/// Removes the cases from the tree. `policy.rs` tests what they say about a change.
fn without_cases(desk: Desk) -> Desk {
    std::fs::remove_dir_all(desk.root().join("policies/tests")).unwrap();
    desk
}

/// Returns the example tree with a copy of it beside it.
fn with_base() -> Desk {
    let desk = without_cases(Desk::tree());
    copy(&desk.root(), &desk.beside("base"));
    desk
}

/// Changes a policy so that only for SC people may not approve their own access.
fn loosen(desk: &Desk) {
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
}

/// Makes a key for each person, who may sign with it.
fn keys(desk: &Desk, people: &[&str]) -> Vec<PathBuf> {
    let mut lines = String::new();
    let mut files = Vec::new();
    for person in people {
        let (file, public) = desk.key(person);
        lines.push_str(&format!("{person} {public}\n"));
        files.push(file);
    }
    std::fs::write(desk.root().join("desired-state/allowed_signers"), lines).unwrap();
    files
}

#[test]
fn the_comment_says_in_one_sentence_who_could_now_do_what() {
    let Some(solver) = solver() else { return };
    let desk = with_base();
    loosen(&desk);
    for (command, lang, who, words, nobody) in [
        (
            "plan",
            "en",
            "- Whoever is register coordinator of the trust it is about could now ",
            "could now approve their own access\\: Bruker av registeret \\(LU\\) in Smerteregisteret at a health trust \\(a health worker",
            "own access\\: Leder av",
        ),
        (
            "check",
            "nb",
            "- Den som er registerkoordinator ved helseforetaket det gjelder, kan nå ",
            "kan nå godkjenne sin egen tilgang\\: Bruker av registeret \\(LU\\) i Smerteregisteret ved et helseforetak \\(helsepersonell",
            "egen tilgang\\: Leder av",
        ),
    ] {
        let mut program = desk.program();
        program.args(comment(command, lang)).env("PORTVAKT_SOLVER", &solver).env("PORTVAKT_PROVER", PROVER);
        // The second comment is about the same change, so it tells what the first has computed.
        program.env("XDG_CACHE_HOME", desk.beside("cache"));
        // A change that waits for two is held, and its effect makes that neither better nor worse.
        let told = Told::of(&program.output().unwrap()).ends(4);
        let sentence = told.out.lines().find(|line| line.contains(words));
        let sentence = sentence.unwrap_or_else(|| panic!("`{words}` is not in\n{}", told.out));
        assert!(sentence.starts_with(who), "{sentence}");
        assert!(!told.out.contains(nobody), "{}", told.out);
        told.never_says(SAME).never_says("was not computed").never_says("er ikke beregnet");
    }
}

#[test]
fn other_words_that_decide_the_same_are_told_so_and_no_solver_is_needed() {
    let desk = with_base();
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    for command in ["plan", "check"] {
        let told = without(&desk, &comment(command, "en")).ends(4);
        told.says(SAME).says("The advice is the same for every request").never_says("was not computed");
    }
    without(&desk, &comment("plan", "nb"))
        .ends(4)
        .says("Tilgangsreglene avgjør det samme for hver forespørsel");
    without(&desk, &[&["policy", "diff"][..], &AGAINST].concat()).ends(0).says(SAME);
    // If no policy changes, the output says nothing about policies.
    let desk = with_base();
    desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 3");
    without(&desk, &comment("plan", "en")).ends(4).never_says(SAME).never_says("was not computed");
}

#[test]
fn what_was_not_computed_is_told_and_never_taken_for_no_change() {
    let desk = with_base();
    loosen(&desk);
    for command in ["plan", "check"] {
        let told = without(&desk, &comment(command, "en")).ends(4).says(NOT_COMPUTED).never_says(SAME);
        told.says("`portvakt policy diff --base REV`").says("`apt-get install cvc5`");
        let told = without(&desk, &comment(command, "nb")).ends(4);
        told.says("er ikke beregnet; det betyr ikke at ingenting endres").never_says("avgjør det samme");
    }
    without(&desk, &[&["plan"][..], &AGAINST].concat()).ends(4).says(NOT_COMPUTED);
    // A prover that has compared nothing, one that is not there, and a solver that does not know.
    let fake = script(&desk, "fake", "echo fake 1");
    let empty = script(
        &desk,
        "empty",
        "while read -r line; do :; done\necho '{\"protocol\":3,\"answers\":[],\"changes\":[],\"refused\":null}'",
    );
    for prover in [empty.as_path(), Path::new("/nowhere/prover")] {
        let told = run(&desk, &fake, prover, &comment("plan", "en"));
        told.ends(4).says(NOT_COMPUTED).never_says(SAME);
    }
    let unsure = script(
        &desk,
        "unsure",
        "[ \"$1\" = --version ] && { echo unsure 1; exit 0; }\nwhile read -r line; do case $line in *check-sat*) echo unknown;; esac; done",
    );
    let told = run(&desk, &unsure, Path::new(PROVER), &comment("plan", "en")).ends(4);
    told.says("was not computed for every request").never_says(SAME).never_says("The advice is the same");
}

#[test]
fn a_solver_that_hangs_keeps_nobody_waiting_for_ever() {
    let desk = with_base();
    loosen(&desk);
    let hangs = script(&desk, "hangs", "exec /bin/sleep 60");
    let told = run(&desk, &hangs, Path::new(PROVER), &comment("plan", "en")).ends(4).says(NOT_COMPUTED);
    told.says("had not answered after 10 seconds");
    let solver = hangs.to_str().unwrap();
    let told = desk.run(&["--lang", "nb", "prove", "--solver", solver, "--prover", PROVER]).ends(5);
    told.says("hadde ikke svart etter 10 sekunder");
}

#[test]
fn a_change_that_is_in_order_stays_so_without_a_solver() {
    let desk = without_cases(Desk::tree());
    desk.change_file("desired-state/register.yaml", "evidence: declared", "evidence: signature");
    let keys = keys(&desk, &[COORDINATOR, LEADER]);
    copy(&desk.root(), &desk.beside("base"));
    loosen(&desk);
    for key in &keys {
        let signs = ["approve", "--settings", "--yes", "--key", key.to_str().unwrap()];
        // This is not a clone, so it is unknown which policies these replace.
        let told =
            without(&desk, &signs).ends(0).says("It is not known here which policies these would replace");
        told.says("does not mean that nothing changes").says("1 signature written");
    }
    for command in ["plan", "check"] {
        without(&desk, &comment(command, "en")).ends(0).says(NOT_COMPUTED);
    }
}

#[test]
fn whoever_signs_settings_or_their_release_sees_it_before_they_are_asked() {
    let desk = without_cases(repository());
    let keys = keys(&desk, &[LEADER]);
    let key = keys[0].to_str().unwrap();
    commit(&desk.root());
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let signs = ["approve", "--settings", "--key", key];
    // Without a terminal nobody is asked, and nothing is signed.
    let told = without(&desk, &signs).ends(2).says("Nothing was signed");
    told.says("The policies here are those of the commit that they are compared with").never_says(SAME);
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    without(&desk, &signs).ends(2).says(SAME).never_says("was not computed");
    loosen(&desk);
    without(&desk, &signs).ends(2).says(NOT_COMPUTED).never_says(SAME);
    // The same is true if the change is committed.
    commit(&desk.root());
    let told = without(&desk, &[&signs[..], &["--lang", "nb"]].concat()).ends(2);
    told.says("er ikke beregnet; det betyr ikke at ingenting endres");
    let told = without(&desk, &[&signs[..], &["--yes"]].concat()).ends(0);
    assert!(told.out.find(NOT_COMPUTED).unwrap() < told.out.find("1 signature written").unwrap());
    // Only the register's machine knows what is held under another digest.
    let out = desk.beside("release.sig");
    let digest = "ab".repeat(32);
    let release = ["approve", "--release", &digest, "--out", out.to_str().unwrap(), "--key", key];
    without(&desk, &release).ends(2).says("The settings here are not what is held under this digest");
}

/// The sentence about an existing access that the coordinators of Helse Stavanger could not give any more.
const DENIED: &str = "smerteregisteret/100083/LU of `aksel.demostad` stands, and the changed rules would deny it: no policy permits it";

#[test]
fn whoever_signs_settings_is_told_who_could_no_longer_do_what_and_what_stands() {
    let Some(solver) = solver() else { return };
    let desk = without_cases(repository());
    let keys = keys(&desk, &[LEADER]);
    commit(&desk.root());
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    desk.change_file(ADMINISTRATION, OWN_TRUST, NOT_STAVANGER);
    let signs = ["approve", "--settings", "--yes", "--key", keys[0].to_str().unwrap()];
    let told = run(&desk, &solver, Path::new(PROVER), &signs).ends(0);
    let story = "- Whoever is register coordinator of the trust it is about could no longer approve access as Bruker av registeret (LU) in Smerteregisteret at Helse Stavanger HF (`helse-stavanger`) for";
    let standing = format!("- {DENIED}\n");
    let at =
        |words: &str| told.out.find(words).unwrap_or_else(|| panic!("`{words}` is not in\n{}", told.out));
    assert!(at(story) < at(&standing) && at(&standing) < at("1 signature written"), "{}", told.out);
    told.never_says(SAME).never_says("was not computed");
}

/// The sentence about promises that are gone.
const GONE: &str = "Promises in force that the changed policies do not make, or make otherwise";

#[test]
fn a_promise_that_is_reworded_is_named_to_whoever_reviews_and_signs() {
    let rename = |desk: &Desk| {
        desk.change_file("policies/never.cedar", "@id(\"never-own-access\")", "@id(\"never-own-wish\")");
    };
    let desk = with_base();
    rename(&desk);
    for command in ["plan", "check"] {
        without(&desk, &comment(command, "en")).ends(4).says(GONE).says("`never-own-access`");
        without(&desk, &comment(command, "nb")).ends(4).says("eller har med andre ord");
    }
    // They decide the same, and yet they differ.
    let diff = [&["policy", "diff"][..], &AGAINST].concat();
    without(&desk, &diff).ends(3).says(SAME).says(GONE).says("`never-own-access`");
    let told = without(&desk, &[&["--format", "json"][..], &diff].concat()).ends(3).json();
    let gone = told["gone"][0].as_str().unwrap();
    assert!(gone.starts_with(GONE) && told["same"] == true, "{told}");
    without(&desk, &[&["--format", "markdown"][..], &diff].concat()).ends(3).says(GONE);
    // It is known without a solver, also where nothing else is.
    loosen(&desk);
    without(&desk, &diff).ends(5).says(GONE).says("not-proved");
    without(&desk, &comment("plan", "en")).ends(4).says(GONE).says(NOT_COMPUTED);
    let desk = with_base();
    for file in ["never", "always"] {
        std::fs::remove_file(desk.root().join(format!("policies/{file}.cedar"))).unwrap();
    }
    without(&desk, &diff).ends(3).says(GONE).says("`never-own-access`");

    let desk = without_cases(repository());
    let keys = keys(&desk, &[LEADER]);
    commit(&desk.root());
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    rename(&desk);
    let told = without(&desk, &["approve", "--settings", "--key", keys[0].to_str().unwrap()]);
    told.ends(2).says(GONE).says("`never-own-access`");
}

#[test]
fn a_promise_that_is_reworded_is_named_to_whoever_releases_it_also_where_no_proof_is_asked_for() {
    let desk = without_cases(Desk::accepted());
    desk.change_file("policies/never.cedar", "@id(\"never-own-access\")", "@id(\"never-own-wish\")");
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    let release = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    without(&desk, &release).ends(0).says(GONE).says("`never-own-access`");
}

#[test]
fn whoever_releases_changed_policies_is_told_before_they_are_let_go() {
    let desk = without_cases(Desk::accepted());
    loosen(&desk);
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    let release = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    let told = without(&desk, &release).ends(0).says(NOT_COMPUTED).never_says(SAME);
    assert!(told.err.contains(NOT_COMPUTED) && told.out.contains("Released until"), "{told:?}");
}

#[test]
fn whoever_releases_loosened_policies_is_told_who_could_now_do_what() {
    let Some(solver) = solver() else { return };
    let desk = without_cases(Desk::accepted());
    loosen(&desk);
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    let release = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    let told = run(&desk, &solver, Path::new(PROVER), &release).ends(0);
    let story = "Whoever is register coordinator of the trust it is about could now approve their own access: Bruker av registeret (LU) in Smerteregisteret at a health trust";
    assert!(told.err.contains(story) && told.out.contains("Released until"), "{told:?}");
    told.never_says(SAME).never_says("was not computed");
}

#[test]
fn whoever_releases_tightened_policies_is_told_which_accesses_stand_all_the_same() {
    let desk = without_cases(Desk::accepted());
    desk.change_file(ADMINISTRATION, OWN_TRUST, NOT_STAVANGER);
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    let told = without(&desk, &["release", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    told.says("accesses stand that the changed rules would deny:\n").says(&format!("\n  {DENIED}\n"));
}

#[test]
fn whoever_releases_other_words_is_told_that_they_decide_the_same() {
    let desk = without_cases(Desk::accepted());
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    let release = ["release", &digest, "--by", LEADER, "--by", COORDINATOR];
    without(&desk, &release).ends(0).says(SAME).never_says("was not computed");
}
