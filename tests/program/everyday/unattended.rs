//! Tests commands without a terminal, which ask nothing, and without a network, which continue with what was fetched.

use super::bench::{ADDRESS, KEYLESS, STAVANGER, World};

#[test]
fn without_a_terminal_nothing_is_asked() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&[]).ends(2).says("det mangler en kommando").never_says("Hva vil du gjøre");
    halvor.runs(&["grant", "Ylva", "Nyansatt"]).ends(2).says("--role");
    halvor.runs(&["extend", "wenche"]).ends(2).says("--until");
    // Where there is no end, there is nothing to say a day for.
    halvor.runs(&["extend", "aksel"]).ends(0).says("ingen slutt");
    halvor.runs(&["revoke", "aksel"]).ends(2).says("--yes");
    halvor.runs(&["end", "testesen", "--yes"]).ends(2).says("gunnar.testesen");
    // A name that nobody has is answered with who is nearest.
    halvor.runs(&["end", "aksl", "--yes"]).ends(2).says("mente du Aksel Demostad (aksel.demostad)?");
    let unit = ["grant", "Ylva", "Nyansatt", "--unit", "Stvanger", "--role", "LU", "--yes"];
    halvor.runs(&unit).ends(2).says("ingen enhet heter `Stvanger`; mente du Stavanger?");
    halvor.runs(&["explain", "aksl"]).says("Mente du Aksel Demostad (aksel.demostad)?");
    assert!(world.branches().is_empty());
}

#[test]
fn with_a_format_for_programs_nothing_is_asked_at_a_terminal_either() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let json = ("PORTVAKT_FORMAT", "json");
    halvor.types_with(json, "portvakt", &[]).ends(2).never_says("Hva vil du gjøre");
    halvor.types_with(json, "portvakt extend wenche", &[]).ends(2).says("--until");
    halvor.types("portvakt --format json revoke aksel", &[]).ends(2).says("--yes");
    // The format for people asks.
    halvor.types("portvakt revoke aksel --format human", &[("[j/N] ", "n\n")]).ends(1);
    assert!(world.branches().is_empty());
}

#[test]
fn a_day_with_the_month_first_is_named_and_not_guessed() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let ends = |day: &str| halvor.runs(&["end", "aksel", "--until", day, "--yes"]);
    ends("12/31/2026").ends(2).says("har måneden først").says("31.12.2026");
    ends("1/12/2026").ends(2).says("1.12.2026, med dagen først, eller 12.1.2026, med måneden først");
    assert!(world.branches().is_empty());
    ends("1/12-2026").ends(0);
}

#[test]
fn what_was_made_without_a_network_is_sent_later_and_only_once() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.loses_the_network();
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("ikke sendt").never_says("..");
    assert!(world.branches().is_empty());
    halvor.finds_the_network();
    halvor
        .types("portvakt", &[("Nummer: ", "9\n")])
        .ends(0)
        .says("Sendt som grenen access/end-aksel.demostad");
    world.takes_in("access/end-aksel.demostad");
    halvor.runs(&["explain", "aksel"]).ends(0).says("til 2026-11-23");
    halvor.types("portvakt", &[("Nummer: ", "9\n")]).ends(0).says("Alt er sendt.");
    assert!(world.branches().is_empty(), "a branch that was taken in is not sent again");
}

#[test]
fn what_a_killed_command_left_behind_is_taken_away_by_the_next() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let left = halvor.leaves_a_work_tree();
    assert!(left.is_dir());
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    assert!(!left.exists());
}

#[test]
fn no_program_that_the_clone_is_set_to_runs() {
    for name in ["planted", "a=b", "a'b=c=d"] {
        let world = World::new();
        let halvor = world.person(STAVANGER);
        let ran = halvor.has_planted_settings(name);
        halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("Sendt som grenen access/end-aksel.demostad");
        assert!(!ran.exists(), "{name}");
        world.takes_in("access/end-aksel.demostad");
    }
}

#[test]
fn no_program_that_only_work_trees_are_set_to_runs() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let ran = halvor.has_planted_settings_of_work_trees();
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("Sendt som grenen access/end-aksel.demostad");
    assert!(!ran.exists());
    world.takes_in("access/end-aksel.demostad");
}

#[test]
fn where_the_settings_of_the_clone_cannot_be_read_nothing_is_run() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.has_a_setting_that_is_no_text();
    let done = halvor.runs(&["end", "aksel", "--yes"]);
    assert_ne!(done.code, 0, "{}", done.transcript);
    done.says("det er ikke kjent hvilke filtre og kroker klonen er satt opp med");
    assert!(world.branches().is_empty());
}

#[test]
fn where_no_branch_is_made_it_is_said_why() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.knows_no_main_branch();
    let done = halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    done.says("det lages ingen gren")
        .says("git remote set-head origin --auto")
        .says("Skrevet: ")
        .says("Ikke sendt: det er ikke kjent hvilken gren i `origin`");
}

#[test]
fn a_change_goes_to_the_only_remote_whatever_it_is_called() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.calls_the_remote("upstream");
    let done = halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    done.says("Sendt som grenen access/end-aksel.demostad").never_says("Ikke sendt");
    // A second one finds the branch of the first there.
    halvor.runs(&["end", "aksel", "--yes"]).ends(1).says("access/end-aksel.demostad");
    world.takes_in("access/end-aksel.demostad");
    halvor.runs(&["send"]).ends(0).says("Endringen på access/end-aksel.demostad er tatt inn");
}

#[test]
fn where_the_remote_is_not_known_it_is_said_that_nothing_was_sent() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["end", "aksel", "--yes", "--here"]).ends(0).says("Ikke sendt: `--here`");
    halvor.calls_the_remote("upstream");
    halvor.has_another_remote("fork");
    let done = halvor.runs(&["revoke", "wenche", "--yes", "--reason", "misbruk"]).ends(0);
    done.says("Ikke sendt: denne klonen har flere fjernarkiver")
        .says("`fork`, `upstream`")
        .says("git remote rename NAVN origin");
    let sends = halvor.runs(&["send"]).says("flere fjernarkiver").never_says("ikke laget med");
    assert_ne!(sends.code, 0, "{}", sends.transcript);
    assert!(world.branches().is_empty());
}

#[test]
fn a_branch_that_others_have_added_to_is_left_alone() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    world.sends(("access/end-aksel.demostad", "access/end-aksel.demostad"), "notes", "Sett på.\n");
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.");
}

#[test]
fn a_name_that_is_taken_is_sent_as_another() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    halvor.loses_the_network();
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("ikke sendt");
    kristin.runs(&["end", "aksel", "--until", "2026-12-31", "--yes"]).ends(0);
    halvor.finds_the_network();
    halvor.runs(&["send"]).ends(0).says("Sendt som grenen access/end-aksel.demostad-2");
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.");
}

#[test]
fn what_was_taken_in_is_not_sent_again() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    world.takes_in("access/end-aksel.demostad");
    halvor.forgets_what_was_sent("access/end-aksel.demostad");
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.");
    assert!(world.branches().is_empty());
}

#[test]
fn what_a_forge_has_squashed_is_known_and_taken_away_here() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let branch = "access/end-aksel.demostad";
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    world.squashes(branch);
    // The same file goes on at the target, so that it is not as the branch left it any more.
    let file = "desired-state/helse-stavanger/aksel.demostad.yaml";
    let later = format!("{}\n# later\n", world.file(file));
    world.sends(("main", "main"), file, &later);
    halvor.forgets_what_was_sent(branch);
    let done = halvor.runs(&["send"]).ends(0);
    done.says(&format!("Endringen på {branch} er tatt inn, og grenen her er fjernet.")).says("Alt er sendt.");
    assert!(world.branches().is_empty(), "it is not sent again");
    assert_eq!(halvor.branches(), "");
}

#[test]
fn a_branch_that_was_taken_in_stays_where_it_is_checked_out() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let branch = "access/end-aksel.demostad";
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    halvor.checks_out(branch);
    world.squashes(branch);
    let done = halvor.runs(&["--format", "json", "send"]).ends(0).json();
    assert_eq!(done["taken_in"], serde_json::json!([{ "branch": branch, "dropped": false }]), "{done}");
    assert_eq!(halvor.branches(), branch);
    assert!(world.branches().is_empty());
}

#[test]
fn what_was_turned_down_is_not_taken_away_here() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let branch = "access/end-aksel.demostad";
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    world.turns_down(branch);
    halvor.runs(&["send"]).ends(0).says("Alt er sendt.").never_says("tatt inn");
    assert_eq!(halvor.branches(), branch);
    assert!(world.branches().is_empty());
}

#[test]
fn whoever_is_not_known_joins_nothing_and_can_try_again() {
    let world = World::new();
    let halvor = world.newcomer(STAVANGER);
    assert_ne!(halvor.runs(&["join", ADDRESS, "--by", "ingen.slik"]).code, 0);
    halvor.runs(&["join", ADDRESS, "--by", STAVANGER]).ends(0).never_says("finnes allerede");
}

#[test]
fn a_list_of_keys_that_is_a_link_is_not_read_and_not_sent() {
    let world = World::new();
    let kristin = world.person(KEYLESS);
    world.has_a_link("desired-state/allowed_signers");
    assert_ne!(kristin.runs(&["key", "new", "--no-passphrase"]).code, 0);
    assert!(world.branches().is_empty());
}

#[test]
fn in_another_folder_it_is_said_where_the_files_are() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let end = ["end", "aksel", "--yes"];
    for command in [&end[..], &["send"][..], &["list"][..]] {
        let told = halvor.runs_in("", command).ends(5);
        told.says("gå dit med `cd ").says("/tilganger`").never_says("grunnlag");
    }
    let newcomer = world.newcomer(KEYLESS);
    for command in [&end[..], &["send"][..]] {
        newcomer.runs(command).ends(5).says("portvakt join");
    }
    // What asks the register says the same. Nobody there is to accept a baseline.
    for command in [
        &["list"][..],
        &["list", "--all"],
        &["history", "aksel"],
        &["who-had", "--unit", "Stavanger", "--from", "2026-01-01"],
        &["review", "facts", "--trust", "ahus"],
        &["explain", "aksel"],
        &["policy", "diff", "--base", "main"],
    ] {
        let told = newcomer.runs(command).ends(5).says("er ikke den med tilgangene").says("portvakt join");
        told.never_says("grunnlag");
    }
    // A register whose place is named in full does not depend on the folder.
    let named = ["--store", "sqlite:/nowhere/register.db", "list"];
    newcomer.runs(&named).says("no-baseline").says("/nowhere/register.db");
    assert!(world.branches().is_empty());
}

/// The example that somebody tries out inside their clone is no part of it.
#[test]
fn a_tree_inside_a_clone_that_no_commit_has_is_the_tree_that_is_meant() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["demo", "--prepare", "demo"]).ends(0);
    let who = halvor.runs(&["--root", "demo", "who-can-approve", "sara.fiktivsen"]).ends(0);
    who.says("henrik.liksomdal").never_says("er ikke den med tilgangene");
    let revoke = [
        "--root",
        "demo",
        "revoke",
        "sara.fiktivsen",
        "--by",
        "bjorn.lederesen",
        "--reason",
        "sluttet",
        "--yes",
    ];
    let told = halvor.runs(&revoke).ends(0);
    told.says("denne mappen ligger inne i en klon og er ikke en del av den");
    assert!(world.branches().is_empty());
}

#[test]
fn an_address_of_another_repository_is_what_is_wrong() {
    let world = World::new();
    let kristin = world.newcomer(KEYLESS);
    let empty = world.has_an_empty_repository();
    let told = kristin.runs(&["join", &empty, "--by", KEYLESS]).ends(5);
    told.says("er ikke det med tilgangene").says("Rett adressen").says("--below MAPPE").never_says("disken");
    // The folder is gone again, so that the right address can take its name.
    kristin.runs(&["join", ADDRESS, "--by", KEYLESS]).ends(0);
}

#[test]
fn in_a_clone_of_git_it_is_said_how_to_say_who_one_is() {
    let world = World::new();
    let halvor = world.newcomer(STAVANGER);
    halvor.clones_with_git();
    let how = "git config portvakt.person ID";
    for command in [&["revoke", "aksel", "--yes"][..], &["approve", "--waiting"], &["review", "answer"]] {
        halvor.runs(command).says(how).never_says("portvakt join");
    }
    halvor.runs_in("", &["join", ADDRESS, "--by", STAVANGER]).ends(5).says("finnes allerede").says(how);
    halvor.runs(&["join", ADDRESS, ".", "--by", STAVANGER]).ends(5).says("finnes allerede").says(how);
    halvor.notes("portvakt.person", STAVANGER);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
}

#[test]
fn in_a_folder_of_the_clone_the_files_above_it_are_meant() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    let deep = "tilganger/desired-state/helse-stavanger";
    for command in [&["list"][..], &["who-can-approve", "aksel"][..], &["end", "aksel", "--yes"][..]] {
        let told = halvor.runs_in(deep, command).ends(0);
        told.says("Det gjelder filene i `").says("/tilganger`.");
    }
    assert_eq!(world.branches(), ["access/end-aksel.demostad"]);
    // What reads the folder itself is not meant.
    assert_ne!(halvor.runs_in(deep, &["check"]).code, 0);
}

#[test]
fn a_clone_that_shows_only_some_folders_is_worked_in_as_any_other() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.has_a_sparse_clone();
    halvor.runs(&["list"]).ends(0).says("Aksel Demostad");
    halvor.runs(&["end", "aksel", "--yes"]).ends(0).says("Sendt som grenen access/end-aksel.demostad");
    world.takes_in("access/end-aksel.demostad");
    // A command that reads the files here tells how to get the missing ones.
    halvor.runs(&["check"]).ends(5).says("git sparse-checkout disable");
}

#[test]
fn a_clone_of_the_newest_commit_alone_gets_the_rest_and_says_so() {
    let world = World::new();
    let (halvor, kristin) = (world.person(STAVANGER), world.person(KEYLESS));
    let args = ["reject", "REQ-2026-0701", "--trust", "helse-stavanger", "--reason", "ikke ansatt", "--yes"];
    kristin.runs(&[&args[..], &["--approver", STAVANGER][..]].concat()).ends(0);
    world.sends(("main", "main"), "notes", "Noe annet er tatt inn.\n");
    halvor.has_a_shallow_clone(STAVANGER);
    let signed = halvor.runs(&["approve", "--waiting", "--yes"]).ends(0);
    signed.says("bare de nyeste endringene").says("Signert, og sendt til access/reject-REQ-2026-0701");
    world.takes_in("access/reject-REQ-2026-0701");
    halvor.runs(&["approve", "--waiting"]).ends(0).never_says("bare de nyeste endringene");
}
