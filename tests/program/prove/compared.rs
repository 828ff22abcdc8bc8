//! Tests what `policy diff` tells of a change of the policies.

use std::path::Path;

use serde_json::Value;

use super::part::few;
use super::{ADMINISTRATION, CAPABILITIES, FORMATS, NOT_STAVANGER, OR_FONNA, OWN_TRUST, run, script, solver};
use crate::cli::desk::{Desk, copy};
use crate::cli::judged_otherwise::{loosen, registrar};

#[test]
fn a_change_of_policies_says_who_could_do_what() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let count = desk.beside("count");
    let words = format!(
        "[ \"$1\" = --version ] || echo asked >> '{}'\nexec '{}' \"$@\"",
        count.display(),
        solver.display()
    );
    let solver = script(&desk, "counted", &words);
    copy(&desk.root(), &desk.beside("before"));
    let before = desk.beside("before");
    let diff = |more: &[&str]| {
        let args = [&["policy", "diff", "--base", before.to_str().unwrap()][..], more].concat();
        run(&desk, &solver, &args)
    };
    diff(&[]).ends(0).says("The policies decide the same for every request.");
    // Other words that decide the same.
    desk.change_file(ADMINISTRATION, "// ---- Who may approve ----", "// ---- Who approves ----");
    diff(&[]).ends(0).says("The policies decide the same for every request.");
    desk.change_file(
        ADMINISTRATION,
        "when { context.self };\n\n// Applicants who",
        "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
    );
    let told = diff(&["--format", "json"]).ends(3).json();
    let more: Vec<&str> =
        told["more"].as_array().unwrap().iter().map(|told| told.as_str().unwrap()).collect();
    assert!(
        more.iter().any(|told| told.contains(
            "could now approve their own access: Bruker av registeret (LU) in Smerteregisteret at "
        )),
        "{more:?}"
    );
    assert!(!more.iter().any(|told| told.contains("own access: Leder av")), "{more:?}");
    assert_eq!((told["less"].as_array().unwrap().len(), &told["same"]), (0, &Value::Bool(false)));
    assert_eq!(told["advice"], serde_json::json!([]));
    // What is told is LC's and LU's, for two actions. A plainer request is looked for of each of these alone, and for
    // some forty usual facts, of which the request that was found has many already.
    let asked = std::fs::read_to_string(&count).unwrap().lines().count();
    assert!(asked < 140, "{asked}");
    diff(&["--lang", "nb"])
        .ends(3)
        .says(", kan nå godkjenne sin egen tilgang: Bruker av registeret (LU) i Smerteregisteret");
    run(&desk, Path::new("/nowhere/cvc5"), &["policy", "diff", "--base", before.to_str().unwrap()]).ends(5);
}

#[test]
fn accesses_that_stand_and_would_be_denied_are_told_beside_the_comparison() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(ADMINISTRATION, OWN_TRUST, NOT_STAVANGER);
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &[&["--format", "json"][..], &args].concat()).ends(3).json();
    assert!(
        told["less"].to_string().contains(
            "could no longer approve access as Bruker av registeret (LU) in Smerteregisteret at Helse Stavanger HF (`helse-stavanger`) for"
        ),
        "{told}"
    );
    let standing = told["standing"].as_array().unwrap();
    assert!(standing.iter().all(|one| one["code"] == "would-be-denied"), "{told}");
    let denied = "smerteregisteret/100083/LU of `aksel.demostad` stands, and the changed rules would deny it: no policy permits it";
    assert!(standing.iter().any(|one| one["message"] == denied), "{told}");
    run(&desk, &solver, &args)
        .ends(3)
        .says(&format!("\nStands today, and the changed rules would deny it:\n  {denied}\n"));
    // Where there is room for findings alone, the log has the sentences.
    for format in FORMATS {
        let told = run(&desk, &solver, &[&["--format", format][..], &args].concat()).ends(3);
        told.says("could no longer approve access as Bruker av registeret").says("aksel.demostad");
    }
    // It is known without a solver.
    let nowhere = Path::new("/nowhere/cvc5");
    run(&desk, nowhere, &args).ends(5).says(denied).says("not-proved");
}

#[test]
fn accesses_that_are_denied_and_would_be_permitted_are_told_beside_the_comparison() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    registrar(&desk);
    loosen(&desk);
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &[&["--format", "json"][..], &args].concat()).ends(3).json();
    let permitted = told["permitted"].as_array().unwrap();
    let [only] = permitted.as_slice() else { panic!("{told}") };
    assert_eq!(only["code"], "would-be-permitted");
    assert_eq!(told["standing"], serde_json::json!([]));
    let message = only["message"].as_str().unwrap();
    assert!(
        message.starts_with("smerteregisteret/101719/LU of `ny.testesen` is denied by the rules in force")
    );
    run(&desk, &solver, &args)
        .ends(3)
        .says(&format!("\nDenied today, and the changed rules would permit it:\n  {message}\n"));
    let markdown = [&["--format", "markdown", "--lang", "nb"][..], &args].concat();
    run(&desk, &solver, &markdown).ends(3).says("avslås av reglene som gjelder");
}

#[test]
fn an_advice_that_comes_for_other_requests_is_told() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(
        "policies/advice.cedar",
        "context.holdersAfterChange > 1",
        "context.holdersAfterChange > 2",
    );
    desk.change_file(
        "policies/advice.cedar",
        "context.coordinatorsBefore == 0 ||",
        "context.coordinatorsBefore >= 0 ||",
    );
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let told = run(&desk, &solver, &[&["--format", "json"][..], &args].concat()).ends(3).json();
    let words = |list: &str| -> Vec<String> {
        told[list].as_array().unwrap().iter().map(|told| told.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (words("more").len(), words("less").len(), &told["same"]),
        (0, 0, &Value::Bool(false)),
        "{told}"
    );
    let advice = words("advice");
    assert_eq!(advice.len(), 2, "{advice:?}");
    let of = |start: &str| advice.iter().find(|told| told.starts_with(start)).unwrap();
    let sc = of("The advice `more-than-one-sc` could no longer come where it did: ");
    assert!(
        sc.contains("For example: ")
            && sc.contains("wants to approve access as Leder av registeret (SC) in Smerteregisteret"),
        "{sc}"
    );
    let trust = of("The advice `trust-without-coordinator` could now come where it did not: ");
    assert!(trust.contains("with access; coordinators (LC): 0, and before the change "), "{trust}");
    run(&desk, &solver, &args).ends(3).says("The policies decide the same for every request.");
}

#[test]
fn a_schema_that_differs_is_compared_where_a_request_says_the_same_to_both() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    let schema = "policies/schema.cedarschema";
    let diff = |more: &[&str]| {
        let args = [&["policy", "diff", "--base", before.to_str().unwrap()][..], more].concat();
        run(&desk, &solver, &args).ends(3)
    };
    // One action more, which one policy permits.
    desk.change_file(
        schema,
        "\"register-reservation\" appliesTo",
        "\"register-reservation\", \"print-form\" appliesTo",
    );
    let told = diff(&[]).says("The policies decide the same for every request.");
    told.says("New in the schema: `print-form`").says("The changed policies permit it to nobody.");
    desk.change_file(
        CAPABILITIES,
        "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\"],\n    resource is Record\n)\nwhen { principal.role == Role::\"LC\"",
        "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\", Action::\"print-form\"],\n    resource is Record\n)\nwhen { principal.role == Role::\"LC\"",
    );
    let told = diff(&["--format", "json"]).json();
    let more = told["more"].as_array().unwrap();
    let [only] = more.as_slice() else { panic!("{told}") };
    assert!(
        only.as_str().unwrap().contains("Registerkoordinator (LC)")
            && only.as_str().unwrap().contains("`print-form`"),
        "{told}"
    );
    assert_eq!((&told["left_out"], &told["schema_differs"]), (&Value::Bool(false), &Value::Bool(true)));
    let [said] = told["schema"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert!(
        said.as_str().unwrap().ends_with("The changed policies permit it to those who are told here."),
        "{said}"
    );

    // One that is gone, a fact that is told besides, and a role more, which cannot be compared.
    copy(&desk.root(), &before);
    desk.change_file(schema, ", \"print-form\" appliesTo", " appliesTo");
    desk.change_file(CAPABILITIES, ", Action::\"print-form\"]", "]");
    desk.change_file(schema, "    others: Others,\n", "");
    let told = diff(&["--lang", "nb"]).says("Borte fra skjemaet: `print-form`");
    told.says("tillot det for dem som er nevnt her")
        .says("Borte fra skjemaet: `resource.others`")
        .says(", kan ikke lenger gjøre `print-form`");

    // A role more, which policies that name no role permit at once.
    copy(&desk.root(), &before);
    let roles = "entity Role enum [\"SC\", \"LC\", \"LU\"];";
    desk.change_file(schema, roles, &roles.replace("\"LU\"", "\"LU\", \"XX\""));
    let told = diff(&[]).says("New in the schema: `Role::\"XX\"`. Nobody could use it before");
    told.says("could now approve access as XX in ")
        .never_says("the same for every request")
        .never_says("Left out");
    desk.change_file(schema, "entity Employer;", "entity Employer in [Trust];");
    diff(&[]).says("Left out: the schema describes requests of ").never_says("the same for every request");
}

#[test]
fn an_office_more_that_stands_in_sets_alone_is_compared() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    let args = ["policy", "diff", "--base", before.to_str().unwrap()];
    let schema = "policies/schema.cedarschema";
    desk.change_file(schema, "\"ict-administrator\"];", "\"ict-administrator\", \"auditor\"];");
    let told = run(&desk, &solver, &args).ends(3).says("New in the schema: `Office::\"auditor\"`.");
    told.says("The policies decide the same for every request.")
        .says("were compared with the same requests without it there.")
        .never_says("Left out");
    // Now a policy names it.
    desk.change_file(
        ADMINISTRATION,
        "when { principal.offices.contains(Office::\"system-manager\") }\nwhen",
        "when { principal.offices.containsAny([Office::\"system-manager\", Office::\"auditor\"]) }\nwhen",
    );
    run(&desk, &solver, &args)
        .ends(3)
        .says("Whoever is auditor (`auditor`) could now approve access as Bruker av registeret (LU)")
        .never_says("The policies decide the same for every request.");
}

#[test]
fn a_comparison_needs_something_to_compare_with() {
    let desk = Desk::tree();
    run(&desk, Path::new("/nowhere/cvc5"), &["policy", "diff"]).ends(2).says("needs `--base`");
}

/// A solver that finds nothing breaks promises that must be about something. A comparison only asks for what should not be
/// there, so it puts a question of its own whose answer is known.
#[test]
fn a_solver_that_finds_nothing_whatever_it_is_asked_calls_no_two_sets_the_same() {
    let desk = Desk::tree();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    desk.change_file(ADMINISTRATION, OWN_TRUST, OR_FONNA);
    let liar = script(
        &desk,
        "cvc5",
        "[ \"$1\" = --version ] && { echo 'This is cvc5 version 1.0.3'; exit 0; }\nwhile read -r line; do case $line in *check-sat*) echo unsat;; esac; done",
    );
    let diff = ["policy", "diff", "--base", before.to_str().unwrap()];
    run(&desk, &liar, &diff)
        .ends(5)
        .says("not-proved")
        .says("the solver finds no request where there is one")
        .never_says("decide the same for every request");
    run(&desk, &liar, &[&["--lang", "nb"][..], &diff].concat())
        .ends(5)
        .says("løseren finner ingen forespørsel der det finnes en")
        .says("Oppgi cvc5 selv med `--solver`");
    run(&few(), &liar, &["prove"]).ends(1).says("promise-void").never_says("no findings");
    // Its answer about a kind of request is not believed either where no assumption is about that kind.
    let desk = few();
    let before = desk.beside("before");
    copy(&desk.root(), &before);
    let path = desk.root().join(ADMINISTRATION);
    let text = std::fs::read_to_string(&path).unwrap();
    let more = "\n@id(\"manager-releases\")\n@rule(\"R44\")\n@says(\"The system manager releases.\")\n@says_nb(\"Systemforvalter frigir.\")\npermit (principal is Administrator, action == Action::\"release\", resource is Register)\nwhen { principal.offices.contains(Office::\"system-manager\") };\n";
    std::fs::write(&path, text + more).unwrap();
    run(&desk, &liar, &["policy", "diff", "--base", before.to_str().unwrap()])
        .ends(5)
        .says("the solver finds no request where there is one")
        .never_says("decide the same for every request");
}
