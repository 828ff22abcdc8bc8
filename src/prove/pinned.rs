//! Tests with a real solver that the encoder, the solver and the reading of its answer agree with the evaluator. Each
//! fact of a random request becomes a condition, so that a solver can only find this request. It must be among the
//! permitted ones if the evaluator permits it, and among the denied ones if not. So each request gives one answer that
//! there is a request, and one that there is none.
//!
//! `PORTVAKT_SOLVED` gives the number of requests, since each needs two runs of the solver. By default only some
//! requests are tested. `PORTVAKT_SEED` gives the seed. Without cvc5 nothing is tested, and with `CI=true` the test
//! fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use cedar_policy::{PolicySet, RequestEnv};
use cedar_policy_symcc::Env;
use portvakt_core::policy::Policies;
use serde_json::{Value, json};

use super::agree::{Dice, RandomFacts, number, read_policies, words};
use super::bench::{Bench, Between, differing_request};
use super::example::{example_of, replay};
use super::solver::{Refuted, Solver, SolverLimits};

/// Returns the path of the solver, if it is installed.
fn solver() -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("cvc5")).find(|file| file.is_file());
    if found.is_none() {
        let told = "cvc5 is not installed, so nothing is put to it here: apt-get install cvc5";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
        println!("{told}");
    }
    found.map(|file| file.to_str().unwrap().to_owned())
}

/// Returns a value in Cedar's words.
fn literal(value: &Value) -> String {
    let listed = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", listed(items.iter().map(literal).collect())),
        Value::Object(record) => match record.get("__entity") {
            Some(entity) => format!("{}::{}", entity["type"].as_str().unwrap(), entity["id"]),
            None => {
                let each = record.iter().map(|(name, value)| format!("{name}: {}", literal(value)));
                format!("{{{}}}", listed(each.collect()))
            }
        },
        plain => plain.to_string(),
    }
}

/// Adds the conditions that a place has this value.
fn push_conditions(place: &str, value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => all.push(format!("{place}.isEmpty()")),
        Value::Object(record) if !record.contains_key("__entity") => {
            for (name, value) in record {
                push_conditions(&format!("{place}.{name}"), value, all);
            }
        }
        value => all.push(format!("{place} == {}", literal(value))),
    }
}

/// Adds the conditions that all these facts are present, and that the others are absent.
fn conditions(of: &str, shape: &Value, facts: &Value, all: &mut Vec<String>) {
    let Some(attributes) = shape["attributes"].as_object() else { return };
    for (name, kind) in attributes {
        let value = &facts[name.as_str()];
        if kind["required"] == json!(false) {
            let no = if value.is_null() { "!" } else { "" };
            all.push(format!("{no}({of} has {name})"));
        }
        push_conditions(&format!("{of}.{name}"), value, all);
    }
}

/// Returns a `permit` of this request alone.
fn pinned(facts: &RandomFacts, env: &RequestEnv, made: &Env) -> PolicySet {
    let example = example_of(made, Vec::new()).unwrap();
    let mut all = vec!["true".to_owned()];
    for (of, thing) in [("principal", &example.principal), ("resource", &example.resource)] {
        conditions(of, &facts.entities[thing.kind.as_str()]["shape"], &thing.facts, &mut all);
    }
    let context = &facts.actions[example.action.as_str()]["appliesTo"]["context"];
    conditions("context", context, &example.context, &mut all);
    let (principal, action, resource) = (env.principal(), env.action(), env.resource());
    let all = all.join(" && ");
    let text = format!(
        "permit (principal is {principal}, action == {action}, resource is {resource}) when {{ {all} }};"
    );
    text.parse().unwrap_or_else(|why| panic!("{why}\n{text}"))
}

#[test]
fn a_solver_finds_a_request_where_the_evaluator_says_and_nowhere_else() {
    let Some(program) = solver() else { return };
    let many = usize::try_from(number("PORTVAKT_SOLVED", 30)).unwrap();
    let seed = number("PORTVAKT_SEED", 1);
    let texts = read_policies("");
    let policies = Policies::load(&texts).unwrap();
    let (bench, facts) =
        (Bench::new(&policies), RandomFacts::of(&words(&texts, "policies/schema.cedarschema")));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let permitted = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for worker in 0..threads {
            let (bench, facts, program, permitted) = (&bench, &facts, &program, &permitted);
            scope.spawn(move || {
                let limits = SolverLimits { seconds: 60, steps: None };
                let refuted = Refuted::default();
                let solver = Solver::new(program, None, limits, &refuted).unwrap();
                // These requests differ from the ones of the test without a solver.
                let mut dice =
                    Dice(seed.wrapping_mul(1 << 32).wrapping_add(1 << 16).wrapping_add(worker as u64));
                for number in 0..many.div_ceil(threads) {
                    let number = number * threads + worker;
                    permitted.fetch_add(
                        usize::from(is_permitted(bench, facts, &solver, number, &mut dice)),
                        Ordering::Relaxed,
                    );
                }
            });
        }
    });
    let permitted = permitted.into_inner();
    println!("{many} requests from seed {seed}, {permitted} of them permitted");
    assert!(many < 300 || permitted > 0, "none of {many} requests is permitted");
}

/// Asks about one request. It returns whether the request is permitted.
fn is_permitted(
    bench: &Bench<'_>,
    facts: &RandomFacts,
    solver: &Solver<'_>,
    number: usize,
    dice: &mut Dice,
) -> bool {
    let schema = &bench.sets.schema;
    let decided: Vec<&RequestEnv> =
        bench.environments.iter().filter(|env| bench.deciding(env).is_some()).collect();
    let env = decided[number % decided.len()];
    let deciding = bench.deciding(env).unwrap();
    let made = facts.request(env, schema, dice);
    let probe = pinned(facts, env, &made);
    assert!(replay(&made, &probe).allowed, "{probe}\n{made}");
    let allowed = replay(&made, deciding).allowed;
    let find = |what| differing_request(solver, schema, env, what, [&probe, deciding]).unwrap();
    let (permitted, denied) = (find(Between::Both), find(Between::FirstOnly));
    assert_eq!((permitted.is_some(), denied.is_some()), (allowed, !allowed), "{probe}\n{made}");
    // The request that is read back is this one.
    let read = permitted.or(denied).unwrap();
    assert!(replay(&read, &probe).allowed && replay(&read, deciding).allowed == allowed, "{made}\n{read}");
    allowed
}
