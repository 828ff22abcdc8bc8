//! `approve --waiting` signs only what it has shown. A branch that it cannot sign does not stop the others.

use super::bench::{AHUS, LEADER, World};
use crate::prove::{OR_FONNA, OWN_TRUST, PROVER, solver};

const REGISTER: &str = "desired-state/register.yaml";
const SIGNERS: &str = "desired-state/allowed_signers";
const SIGNS: [&str; 3] = ["approve", "--waiting", "--yes"];

/// Adds a comment to the list of keys. Two national administrators must sign such a change.
fn adds_a_comment(world: &World, branch: &str) {
    let text = format!("{}\n# En merknad\n", world.file(SIGNERS));
    world.sends(("main", branch), SIGNERS, &text);
}

#[test]
fn the_lines_of_a_protected_file_are_shown_before_they_are_signed() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "merknad");
    bjorn.runs(&SIGNS).ends(0).says("\n+# En merknad\n").says("Signert, og sendt til merknad");
    assert_eq!(world.judged("merknad"), (4, "protected-change".to_owned()), "one of two has signed");
}

#[test]
fn what_changed_policies_decide_is_shown_before_they_are_signed() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    let path = "policies/administration.cedar";
    world.sends(("main", "ord"), path, &format!("{}\n// En merknad\n", world.file(path)));
    let told = bjorn.runs(&SIGNS).ends(0).says("Tilgangsreglene avgjør det samme for hver forespørsel.");
    told.says("Rådene er de samme for hver forespørsel.").says("Signert, og sendt til ord");
    let tight = "@id(\"ikke-i-femti-ar\")\n@rule(\"R1\")\n@says(\"Nobody for fifty years.\")\n@says_nb(\"Ingen i femti år.\")\nforbid (principal is Administrator, action in [Action::\"grant\"], resource is Access) when { context.months > 600 };\n";
    world.sends(("main", "femti"), path, &format!("{}\n\n{tight}", world.file(path)));
    // Without a solver the output does not say that nothing changes.
    let told = bjorn.runs(&SIGNS).ends(0).says("er ikke beregnet; det betyr ikke at ingenting endres");
    told.never_says("avgjør det samme").says("Signert, og sendt til femti");
}

#[test]
fn who_could_now_do_what_is_shown_before_changed_policies_are_signed() {
    let Some(solver) = solver() else { return };
    let world = World::new();
    let bjorn = world.person(LEADER);
    let path = "policies/administration.cedar";
    let text = world.file(path);
    assert!(text.contains(OWN_TRUST), "{text}");
    world.sends(("main", "fonna"), path, &format!("{}\n", text.replace(OWN_TRUST, OR_FONNA)));
    let told = bjorn.runs_with((solver.as_path(), PROVER), &SIGNS).ends(0);
    let story = "En uten noe verv kan nå godkjenne tilgang som Bruker av registeret (LU) i Smerteregisteret ved Helse Fonna HF (`helse-fonna`) for helsepersonell, ansatt der.";
    let at = |words: &str| {
        told.transcript.find(words).unwrap_or_else(|| panic!("`{words}` is not in\n{}", told.transcript))
    };
    assert!(at(story) < at("Signert, og sendt til fonna"), "{}", told.transcript);
    told.never_says("avgjør det samme").never_says("er ikke beregnet");
}

#[test]
fn a_branch_called_like_a_reference_is_not_pushed_to_the_main_branch() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "refs/remotes/origin/main");
    let before = world.file(SIGNERS);
    bjorn.runs(&SIGNS).ends(1).says("ingenting signeres der").never_says("Signert, og sendt");
    assert_eq!(world.file(SIGNERS), before);
    assert!(!world.has("desired-state/settings.sig"));
}

#[test]
fn settings_that_are_not_those_that_would_be_merged_are_not_signed() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "merknad");
    let text = format!("{}\n# Noe annet er tatt inn\n", world.file(REGISTER));
    world.sends(("main", "main"), REGISTER, &text);
    let told = bjorn.runs(&SIGNS).ends(1);
    told.says("innstillingene på denne grenen er ikke de som ville gjelde").never_says("Signert, og sendt");
}

#[test]
fn a_change_in_conflict_is_not_signed() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "merknad");
    let text = format!("{}\n# En annen merknad\n", world.file(SIGNERS));
    world.sends(("main", "main"), SIGNERS, &text);
    bjorn.runs(&SIGNS).ends(1).says("kan ikke flettes").never_says("Signert, og sendt");
}

#[test]
fn a_branch_that_cannot_be_signed_stops_no_other() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    world.sends_unrelated("alene");
    adds_a_comment(&world, "merknad");
    let told = bjorn.runs(&SIGNS);
    assert_ne!(told.code, 0, "{}", told.transcript);
    told.says("alene: ").says("Signert, og sendt til merknad").never_says("Ingenting venter");
}

#[test]
fn what_can_be_signed_is_not_passed_over() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    // Git says nothing of a file that this line names.
    world.sends(("main", "attributter"), "policies/.gitattributes", "*.cedar -diff\n");
    adds_a_comment(&world, "x/HEAD");
    let told = bjorn.runs(&SIGNS).ends(0).says("\n+*.cedar -diff\n");
    told.says("Signert, og sendt til attributter").says("Signert, og sendt til x/HEAD");
}

/// On the day somebody's laptop is stolen it takes one, and that one must be asked.
#[test]
fn a_key_that_is_taken_away_waits_for_a_signature() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    let keys = world.file(SIGNERS);
    let kept: Vec<&str> = keys.lines().filter(|line| !line.starts_with(AHUS)).collect();
    assert_ne!(kept.len(), keys.lines().count());
    world.sends(("main", "stjaalet"), SIGNERS, &format!("{}\n", kept.join("\n")));
    let told = bjorn.runs(&SIGNS).ends(0).says("\n-lars.demostad ").says("Signert, og sendt til stjaalet");
    told.never_says("Ingenting venter");
}

#[test]
fn attributes_beside_the_lists_wait_for_a_signature() {
    for folder in ["reviews", "reviews/ahus", "requests"] {
        let world = World::new();
        let bjorn = world.person(LEADER);
        world.sends(("main", "attributter"), &format!("{folder}/.gitattributes"), "*.yaml -diff\n");
        let told = bjorn.runs(&SIGNS).ends(0).says("\n+*.yaml -diff\n");
        told.says("Signert, og sendt til attributter");
        assert_eq!(world.judged("attributter"), (4, "protected-change".to_owned()), "{folder}");
    }
}

#[test]
fn a_key_that_cannot_sign_is_told_and_not_that_nothing_waits() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "merknad");
    let told = bjorn.runs(&["approve", "--waiting", "--yes", "--key", "/finnes-ikke"]);
    assert_ne!(told.code, 0, "{}", told.transcript);
    told.never_says("Ingenting venter").never_says("Signert, og sendt");
}

#[test]
fn a_name_that_turns_the_text_around_is_shown_without_it() {
    let world = World::new();
    let bjorn = world.person(LEADER);
    adds_a_comment(&world, "merknad\u{202e}niam");
    bjorn.runs(&SIGNS).ends(1).says("merknad\\u{202e}niam: ingenting signeres der").never_says("\u{202e}");
}
