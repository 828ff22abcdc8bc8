//! Tests that the encoder and the evaluator agree. Random requests are given to both, including requests with facts
//! that no register has. The evaluator is the one that decides in the daemon, and the encoder makes the questions for
//! a solver. If a request is known completely, nothing is left to a solver, because its terms are true or false.
//!
//! Three sets are tested: the shipped one, that of a new register, and the shipped one with the example of separation
//! of duties. `PORTVAKT_AGREE` gives the number of requests for the first set. The default is a thousand, and the
//! other sets get a tenth each. `PORTVAKT_SEED` gives the seed. Each request goes to the whole set, and to every
//! fourth policy and promise alone, in turn. Some more policies ask in ways that no shipped policy does.
//!
//! If a solver says that there is no request, nothing can be given to the evaluator. So the promises are tested here
//! too: no request that can be made is decided against a promise.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{
    Context, Entities, EntityUid, Policy, PolicySet, Request, RequestEnv, Schema, SchemaFragment,
};
use cedar_policy_symcc::term::Term;
use cedar_policy_symcc::{
    CompiledPolicy, CompiledPolicySet, Env, SymEnv, always_denies_asserts, never_errors_asserts,
    never_matches_asserts,
};
use portvakt_core::model::FilePath;
use portvakt_core::policy::{PROMISE_FILES, Policies, PromiseKind, REQUIRED_FILES};
use serde_json::{Map, Value, json};

use super::bench::{Bench, policy_set};
use super::example::replay;

/// One of this number of policies is asked by itself about a request.
const BY_THEMSELVES: usize = 4;

/// Policies that ask in ways that no shipped one does: for a part of a word, with sums and products, for the
/// applicant's other accesses, and for a product that is too large to evaluate.
const MORE: &str = r#"
permit (principal is Administrator, action, resource is Access)
when { resource has position && resource.position like "l*s" };
permit (principal is Administrator, action, resource is Access)
when { context.months + context.holdersAfterChange > context.maxLisMonths - 2 };
forbid (principal is Administrator, action, resource is Access)
when { -context.months < 3 - context.mostHolders * 2 };
permit (principal is Administrator, action, resource is Access)
when { context.holdersAfterChange * 9223372036854775807 >= 0 };
permit (principal is Administrator, action, resource is Access)
when { if context.hasEnd then context.months > 3 else resource.others.applications.isEmpty() };
forbid (principal is Administrator, action, resource is Access)
when { resource.others.roles.containsAll([Role::"SC", Role::"LU"]) };
forbid (principal is Administrator, action, resource is Access)
when { resource.others.units.contains(resource.unit.id) && principal.offices == resource.offices };
permit (principal is Administrator, action, resource is Access)
when {
    resource.others.entries.contains({
        application: resource.application,
        role: resource.role,
        unit: resource.unit.id,
        trust: resource.trust.id
    })
};
"#;

/// A source of random numbers. The same seed gives the same numbers.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// Makes values of the types of a schema.
pub(super) struct RandomFacts {
    common: Value,
    pub(super) entities: Value,
    pub(super) actions: Value,
}

impl RandomFacts {
    pub(super) fn of(text: &str) -> Self {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(text).unwrap();
        let whole = fragment.to_json_value().unwrap();
        let of = |part: &str| whole[""][part].clone();
        Self { common: of("commonTypes"), entities: of("entityTypes"), actions: of("actions") }
    }

    /// Returns a value of a type. It is `None` for one that is left out.
    fn value(&self, of: &Value, dice: &mut Dice) -> Option<Value> {
        if of["required"] == json!(false) && dice.below(2) == 0 {
            return None;
        }
        Some(match of["type"].as_str().unwrap() {
            "Boolean" | "Bool" | "__cedar::Bool" => json!(dice.below(2) == 0),
            "Long" | "__cedar::Long" => json!([-1, 0, 0, 1, 2, 2, 3, 4, 12, 13][dice.below(10)]),
            "String" | "__cedar::String" => json!(dice.of(&["lis", "lis", "nurse", ""])),
            "Set" => (0..dice.below(3)).filter_map(|_| self.value(&of["element"], dice)).collect(),
            "Record" => self.record(&of["attributes"], dice),
            "EntityOrCommon" => self.value_of_type(of["name"].as_str().unwrap(), dice),
            "Entity" => self.entity(of["name"].as_str().unwrap(), dice),
            name => self.value_of_type(name, dice),
        })
    }

    fn record(&self, attributes: &Value, dice: &mut Dice) -> Value {
        let all = attributes.as_object().unwrap();
        let made: Map<String, Value> =
            all.iter().filter_map(|(name, of)| Some((name.clone(), self.value(of, dice)?))).collect();
        Value::Object(made)
    }

    fn value_of_type(&self, name: &str, dice: &mut Dice) -> Value {
        match name {
            "Bool" | "Long" | "String" | "__cedar::Bool" | "__cedar::Long" | "__cedar::String" => {
                self.value(&json!({ "type": name }), dice).unwrap()
            }
            _ => match self.common.get(name) {
                Some(of) => self.value(of, dice).unwrap(),
                None => self.entity(name, dice),
            },
        }
    }

    fn entity(&self, kind: &str, dice: &mut Dice) -> Value {
        let words: Vec<&str> = match self.entities[kind]["enum"].as_array() {
            Some(ids) => ids.iter().filter_map(Value::as_str).collect(),
            // There are few of them, so that two are often equal.
            None if kind == "Employer" => vec!["helse-nord-ikt", "nhn", "a"],
            None => vec!["a", "b"],
        };
        json!({"__entity": {"type": kind, "id": dice.of(&words)}})
    }

    /// Returns a request of a kind, with the entities that it names.
    pub(super) fn request(&self, env: &RequestEnv, schema: &Schema, dice: &mut Dice) -> Env {
        let (principal, resource) = (env.principal().to_string(), env.resource().to_string());
        let mut stored = Vec::new();
        for kind in [&principal, &resource] {
            let shape = &self.entities[kind]["shape"];
            let attrs = if shape.is_object() { self.value(shape, dice).unwrap() } else { json!({}) };
            stored.push(json!({"uid": {"type": kind, "id": "it"}, "attrs": attrs, "parents": []}));
        }
        for (kind, ids) in
            [("Trust", &["a", "b"][..]), ("Unit", &["a", "b"]), ("Employer", &["helse-nord-ikt", "nhn", "a"])]
        {
            stored.extend(
                ids.iter().map(|id| json!({"uid": {"type": kind, "id": id}, "attrs": {}, "parents": []})),
            );
        }
        let entities = Entities::from_json_value(Value::Array(stored), Some(schema)).unwrap();
        let uid = |kind: &str| -> EntityUid { format!("{kind}::\"it\"").parse().unwrap() };
        let context = self.context(env, schema, dice);
        let request =
            Request::new(uid(&principal), env.action().clone(), uid(&resource), context, Some(schema));
        Env { request: request.unwrap(), entities }
    }

    fn context(&self, env: &RequestEnv, schema: &Schema, dice: &mut Dice) -> Context {
        let of = &self.actions[env.action().id().unescaped()]["appliesTo"]["context"];
        let value = if of.is_object() { self.value(of, dice).unwrap() } else { json!({}) };
        Context::from_json_value(value, Some((schema, env.action()))).unwrap()
    }
}

/// Returns whether all terms are true. In a request that is known completely each is true or false.
fn holds<'t>(terms: impl Iterator<Item = &'t Term>) -> bool {
    let mut all = true;
    for term in terms {
        let known = [Term::from(true), Term::from(false)].iter().position(|one| one == term);
        all &= known.unwrap_or_else(|| panic!("a solver would be needed: {term:?}")) == 0;
    }
    all
}

pub(super) type Files = BTreeMap<FilePath, Arc<[u8]>>;

fn project_file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Returns the policies and the promises below a folder of the project.
pub(super) fn read_policies(folder: &str) -> Files {
    let read = |path: &&str| (FilePath::new(path), Arc::from(project_file(&format!("{folder}{path}"))));
    REQUIRED_FILES.iter().chain(&PROMISE_FILES).map(read).collect()
}

pub(super) fn words(files: &Files, path: &str) -> String {
    String::from_utf8(files[&FilePath::new(path)].to_vec()).unwrap()
}

/// Returns the shipped set with the example of separation of duties, as docs/policies.md says.
fn separated() -> Files {
    let mut files = read_policies("");
    let shipped = Policies::load(&files).unwrap();
    let example = |name: &str| {
        String::from_utf8(project_file(&format!("examples/separation-of-duties{name}.cedar"))).unwrap()
    };
    let mut always = words(&files, "policies/always.cedar");
    for instead in example("-always").split("@id(\"").skip(1) {
        let (id, _) = instead.split_once('"').unwrap();
        let before = shipped.written(id).unwrap().to_cedar().unwrap();
        assert_eq!(always.matches(before.as_str()).count(), 1, "{id}");
        always = always.replace(before.as_str(), format!("@id(\"{instead}").trim_end());
    }
    let administration = words(&files, "policies/administration.cedar") + "\n" + &example("");
    let never = words(&files, "policies/never.cedar") + "\n" + &example("-never");
    for (path, text) in [("administration", administration), ("never", never), ("always", always)] {
        files.insert(FilePath::new(&format!("policies/{path}.cedar")), Arc::from(text.into_bytes()));
    }
    files
}

/// Counts how often something was seen.
#[derive(Debug, Default)]
struct Seen {
    requests: usize,
    /// Requests that are permitted.
    permitted: usize,
    /// Times that a policy or a promise was about a request.
    matched: usize,
    /// Times that a policy could not be worked out.
    failed: usize,
    /// Times that a promise was about a request that can be made.
    promised: usize,
}

impl Seen {
    fn and(self, other: &Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            permitted: self.permitted + other.permitted,
            matched: self.matched + other.matched,
            failed: self.failed + other.failed,
            promised: self.promised + other.promised,
        }
    }
}

pub(super) fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn the_encoder_and_the_evaluator_say_the_same_about_random_requests() {
    let least = usize::try_from(number("PORTVAKT_AGREE", 1_000)).unwrap();
    let seed = number("PORTVAKT_SEED", 1);
    let mut all = Seen::default();
    for (name, texts, share, more) in [
        ("the shipped set", read_policies(""), 1, MORE),
        ("the set of a new register", read_policies("examples/new-register/"), 10, ""),
        ("the shipped set with duties kept apart", separated(), 10, MORE),
    ] {
        let seen = of_set(&texts, more, least.div_ceil(share), seed);
        println!("{name}, from seed {seed}: {seen:?}");
        all = all.and(&seen);
    }
    let Seen { requests, permitted, matched, failed, promised } = all;
    assert!(requests >= least && permitted > requests / 100 && matched > requests, "{all:?}");
    assert!(failed > 0 && promised > requests / 100, "{all:?}");
}

/// One set of policies, and the questions about it.
struct Set<'p> {
    bench: Bench<'p>,
    facts: RandomFacts,
    promises: Vec<(PromiseKind, Policy)>,
    more: Vec<Policy>,
}

/// Tries a set with this number of requests, on all processors.
fn of_set(texts: &Files, more: &str, many: usize, seed: u64) -> Seen {
    let policies = Policies::load(texts).unwrap();
    let written = |id: &str| policies.written(id).unwrap().clone();
    let promises = policies.promises().iter().map(|promise| (promise.kind, written(&promise.id)));
    let tried = Set {
        bench: Bench::new(&policies),
        facts: RandomFacts::of(&words(texts, "policies/schema.cedarschema")),
        promises: promises.collect(),
        more: more.parse::<PolicySet>().unwrap().policies().cloned().collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let dice = Dice(seed.wrapping_mul(1 << 32).wrapping_add(worker as u64));
                let tried = &tried;
                scope.spawn(move || agree(tried, dice, many.div_ceil(threads)))
            })
            .collect();
        workers.into_iter().fold(Seen::default(), |all, worker| all.and(&worker.join().unwrap()))
    })
}

/// Tries this number of requests.
fn agree(tried: &Set<'_>, mut dice: Dice, many: usize) -> Seen {
    let Set { bench, facts, promises, more } = tried;
    let schema = &bench.sets.schema;
    let (none, assumed) = (PolicySet::new(), policy_set(bench.assumed.iter()).unwrap());
    let mut seen = Seen { requests: many, ..Seen::default() };
    for number in 0..many {
        let env = &bench.environments[number % bench.environments.len()];
        let made = facts.request(env, schema, &mut dice);
        let known = SymEnv::from_concrete_env(env, schema, &made).unwrap();
        let deciding = bench.deciding(env).unwrap_or(&none);
        let said = replay(&made, deciding);
        let encoded =
            CompiledPolicySet::compile_with_custom_symenv(deciding, env, schema, known.clone()).unwrap();
        let allowed = holds(always_denies_asserts(&encoded).asserts().iter());
        assert_eq!(allowed, said.allowed, "{made}");
        seen.permitted += usize::from(allowed);

        let can_be_made = replay(&made, &assumed).by.is_empty();
        let turn = number / bench.environments.len();
        let policies = deciding.policies().chain(bench.sets.advice.policies()).chain(more);
        let each = policies.map(|policy| (None, policy));
        let each = each.chain(promises.iter().map(|(kind, policy)| (Some(*kind), policy))).enumerate();
        for (_, (kind, policy)) in each.filter(|(at, _)| (at + turn).is_multiple_of(BY_THEMSELVES)) {
            let said = replay(&made, &policy_set([policy].into_iter()).unwrap());
            let encoded =
                CompiledPolicy::compile_with_custom_symenv(policy, env, schema, known.clone()).unwrap();
            let about = holds(never_matches_asserts(&encoded).asserts().iter());
            assert_eq!(about, !said.by.is_empty(), "{policy}\n{made}");
            let fails = holds(never_errors_asserts(&encoded).asserts().iter());
            assert_eq!(fails, said.errors, "{policy}\n{made}");
            seen.matched += usize::from(about);
            seen.failed += usize::from(fails);
            let promised = match kind {
                Some(PromiseKind::Never) => false,
                Some(PromiseKind::Always) => true,
                Some(PromiseKind::Assumed { .. }) | None => continue,
            };
            if about && can_be_made {
                assert_eq!(allowed, promised, "{policy}\n{made}");
                seen.promised += 1;
            }
        }
    }
    seen
}
