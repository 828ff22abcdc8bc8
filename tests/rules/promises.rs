//! Tests that every rule of the procedure has a promise, or another guard with its test. Every policy must have a
//! promise about each action that it decides. docs/promises.md is made from `policies/` and docs/promises-source.yaml.
//! `UPDATE_DOCS=1 cargo test --test rules promises` writes it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use portvakt_core::diag::Lang;
use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, Promise, PromiseKind, REQUIRED_FILES};
use serde::Deserialize;

const PAGE: &str = "docs/promises.md";
const SOURCE: &str = "docs/promises-source.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    always: String,
    rules: Vec<Rule>,
    assumed: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    rule: String,
    in_short: String,
    program: Option<String>,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    advice: Vec<String>,
    open: Option<String>,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(crate::ROOT).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn source() -> Source {
    serde_yaml::from_str(&read(SOURCE)).unwrap()
}

fn policies() -> Policies {
    let paths = REQUIRED_FILES.iter().chain(&PROMISE_FILES);
    let files = paths.map(|name| (FilePath::new(name), Arc::from(read(name).into_bytes()))).collect();
    Policies::load(&files).unwrap()
}

fn is_assumed(promise: &Promise) -> bool {
    matches!(promise.kind, PromiseKind::Assumed { .. })
}

/// Returns the names of the promises about a rule. Assumptions do not keep a rule.
fn of_rule<'p>(policies: &'p Policies, rule: &str) -> Vec<&'p str> {
    let promises = policies.promises().iter().filter(|promise| !is_assumed(promise));
    promises.filter(|promise| promise.rules.iter().any(|one| one == rule)).map(|p| p.id.as_str()).collect()
}

#[test]
fn every_rule_has_a_promise_or_something_else_that_keeps_it() {
    let (source, policies) = (source(), policies());
    let expected: Vec<String> = (1..=45).map(|number| format!("R{number}")).collect();
    assert_eq!(source.rules.iter().map(|rule| rule.rule.clone()).collect::<Vec<_>>(), expected);
    let advice: BTreeSet<&str> =
        source.rules.iter().flat_map(|rule| &rule.advice).map(String::as_str).collect();
    let text = read("policies/advice.cedar");
    let ids = text.split("@id(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    assert_eq!(ids.map(|(id, _)| id).collect::<BTreeSet<_>>(), advice);
    for rule in &source.rules {
        let of_policies: Vec<&str> = policies
            .ids()
            .filter(|id| !advice.contains(id) && policies.rules(id).contains(&rule.rule))
            .collect();
        let promised = !of_rule(&policies, &rule.rule).is_empty();
        assert!(promised || of_policies.is_empty(), "{} is kept by {of_policies:?}: promise it", rule.rule);
        let kept = rule.program.is_some() || !rule.advice.is_empty();
        assert!(promised || kept, "nothing keeps {}", rule.rule);
        assert_eq!(rule.program.is_some(), !rule.tests.is_empty(), "{}: what the program keeps", rule.rule);
    }
}

/// The actions that a policy or a promise is about. One that names none is about everything that a role may let its holder do.
fn acts(policies: &Policies, id: &str) -> BTreeSet<String> {
    let written = policies.written(id).unwrap().to_json().unwrap();
    let action = &written["action"];
    let named: Vec<&serde_json::Value> = match action["entities"].as_array() {
        Some(listed) => listed.iter().collect(),
        None => action.get("entity").into_iter().collect(),
    };
    if named.is_empty() {
        assert_eq!(written["principal"]["entity_type"], "Holder", "`{id}` is about every action");
        return policies.capability_acts().map(ToString::to_string).collect();
    }
    named.into_iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_promise_is_read_again_as_it_was_written() {
    let policies = policies();
    for promise in policies.promises() {
        let written = policies.written(&promise.id).unwrap();
        assert_eq!(written.to_cedar().unwrap(), promise.words, "{}", promise.id);
    }
}

#[test]
fn every_policy_has_a_promise_of_its_kind_about_each_action_and_each_rule() {
    let policies = policies();
    let advice = read("policies/advice.cedar");
    for id in policies.ids().filter(|id| !advice.contains(&format!("@id(\"{id}\")"))) {
        let kind = if policies.forbids(id) { PromiseKind::Never } else { PromiseKind::Always };
        let (rules, decides) = (policies.rules(id), acts(&policies, id));
        let shares = |promise: &Promise| promise.rules.iter().any(|rule| rules.contains(rule));
        let of_kind = policies.promises().iter().filter(|promise| promise.kind == kind && shares(promise));
        let promised: BTreeSet<String> = of_kind.flat_map(|promise| acts(&policies, &promise.id)).collect();
        let open: Vec<&String> = decides.difference(&promised).collect();
        assert!(open.is_empty(), "`{id}` decides {open:?}, and no promise of {kind:?} is about that");
        for rule in rules {
            let mut named = of_rule(&policies, rule).into_iter();
            let about = named.any(|promise| !acts(&policies, promise).is_disjoint(&decides));
            assert!(about, "`{id}` keeps {rule}, and no promise of that rule is about what it decides");
        }
    }
}

/// An exception that only a comment of the file tells is one that nobody reads: it stands in the sentence, or above the table.
#[test]
fn what_a_promise_of_always_leaves_out_is_said() {
    let (source, policies) = (source(), policies());
    let names = |text: &str| text.contains("the administrator of Helse Nord IKT");
    assert!(names(&source.always) && source.always.contains("host trust"), "{}", source.always);
    let always = policies.promises().iter().filter(|promise| promise.kind == PromiseKind::Always);
    let excepted: Vec<&Promise> = always
        .filter(|promise| {
            promise.words.contains("unless { principal.offices.contains(Office::\"ict-administrator\") }")
        })
        .collect();
    assert!(excepted.len() > 5, "{excepted:?}");
    // A sentence above all of them says what is true of approving.
    for promise in excepted.into_iter().filter(|promise| !acts(&policies, &promise.id).contains("grant")) {
        assert!(names(promise.says.en()), "`{}`: {}", promise.id, promise.says.en());
        assert!(
            promise.says.get(Lang::Nb).contains("brukeradministrator i Helse Nord IKT"),
            "`{}`",
            promise.id
        );
    }
}

#[test]
fn every_assumption_has_its_test_and_every_test_is_there() {
    let (source, policies) = (source(), policies());
    let assumed: BTreeSet<&str> =
        policies.promises().iter().filter(|promise| is_assumed(promise)).map(|p| p.id.as_str()).collect();
    assert_eq!(source.assumed.keys().map(String::as_str).collect::<BTreeSet<_>>(), assumed);
    let tests = source.rules.iter().map(|rule| &rule.tests).chain(source.assumed.values()).flatten();
    for test in tests {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("`{test}` names no test"));
        assert!(read(file).contains(&format!("fn {name}(")), "`{test}` is not there");
    }
    assert!(source.assumed.values().all(|tests| !tests.is_empty()));
}

fn codes(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn tests(names: &[String]) -> String {
    codes(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Returns the assumptions, with their numbers on the page.
fn assumptions(policies: &Policies) -> impl Iterator<Item = (usize, &Promise)> {
    (1..).zip(policies.promises().iter().filter(|promise| is_assumed(promise)))
}

/// Returns the numbers of the assumptions about the requests that a promise is about.
fn given(policies: &Policies, promise: &Promise) -> String {
    let about = acts(policies, &promise.id);
    let given = assumptions(policies).filter(|(_, assumed)| !acts(policies, &assumed.id).is_disjoint(&about));
    let numbers: Vec<String> = given.map(|(number, _)| number.to_string()).collect();
    if numbers.is_empty() { "nothing".to_owned() } else { numbers.join(", ") }
}

fn page(source: &Source, policies: &Policies) -> String {
    let mut text = String::from(
        "# Promises\n\n\
         What the policies promise, whatever else they say. The promises are written in Cedar beside the policies\n\
         ([never.cedar](../policies/never.cedar), [always.cedar](../policies/always.cedar),\n\
         [assumed.cedar](../policies/assumed.cedar)) and decide nothing. This page is made of them and of\n\
         [promises-source.yaml](promises-source.yaml) by `UPDATE_DOCS=1 cargo test --test rules promises`.\n\n\
         A promise of *never* is kept if the policies permit no request that it describes, a promise of *always* if they\n\
         permit every one, of the requests that the program can make. What it cannot make is *assumed*, and has a test.\n\
         All promises are tried on random requests by `--test rules policies::promised`, and `portvakt prove` proves them\n\
         for every request ([policies.md](policies.md#proofs)), given what is assumed of requests of that kind: the numbers\n\
         beside a promise are those of the [assumptions](#assumed).\n\n\
         ## The rules\n\n\
         | rule | in short | promised by | besides |\n|---|---|---|---|\n",
    );
    for rule in &source.rules {
        let mut besides = Vec::new();
        if let Some(program) = &rule.program {
            besides.push(format!("the program: {program} ({})", tests(&rule.tests)));
        }
        if !rule.advice.is_empty() {
            besides.push(format!("advice, shown by its cases: {}", tests(&rule.advice)));
        }
        besides.extend(rule.open.iter().map(|open| format!("open: {open}")));
        let promised = codes(&of_rule(policies, &rule.rule));
        let _ =
            writeln!(text, "| {} | {} | {promised} | {} |", rule.rule, rule.in_short, besides.join("<br>"));
    }
    let always = format!("{}\n", source.always);
    for (title, above, kind) in
        [("Never", "", PromiseKind::Never), ("Always", always.as_str(), PromiseKind::Always)]
    {
        let head = "| promise | rules | in words | proved, given |\n|---|---|---|---|";
        let _ = write!(text, "\n## {title}\n\n{above}{head}\n");
        for promise in policies.promises().iter().filter(|promise| promise.kind == kind) {
            let (id, rules, says) = (&promise.id, promise.rules.join(", "), promise.says.en());
            let given = given(policies, promise);
            let _ = writeln!(text, "| `{id}` | {rules} | {says} | {given} |");
        }
    }
    text.push_str("\n## Assumed\n\n| | assumption | in words | tested by |\n|--:|---|---|---|\n");
    for (number, promise) in assumptions(policies) {
        let tested = source.assumed.get(&promise.id).map(|names| tests(names)).unwrap_or_default();
        let _ = writeln!(text, "| {number} | `{}` | {} | {tested} |", promise.id, promise.says.en());
    }
    text
}

#[test]
fn the_page_of_promises_is_that_of_the_promises() {
    let page = page(&source(), &policies());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path(PAGE), &page).unwrap();
    }
    let written = std::fs::read_to_string(path(PAGE)).unwrap_or_default();
    assert_eq!(written, page, "write it anew: UPDATE_DOCS=1 cargo test --test rules promises");
}
