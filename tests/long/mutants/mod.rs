//! Changes one thing in each policy. A case or a promise must notice it. A mutant that neither notices must decide the
//! same for every request, and the prover proves that. The test covers the shipped set, and the set of a new register.
//!
//! A normal run tries some of the mutants against the cases. `PORTVAKT_MUTANTS=all` tries every one, and asks the
//! prover about each that no case notices. It prints the score, and names those that decide the same.

mod make;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use make::{Mutant, knows, mutants, words};
use portvakt_core::diag::Exit;
use portvakt_core::model::{FilePath, Register};
use portvakt_core::parse;
use portvakt_core::policy::{PROMISE_FILES, Policies, PolicyCase, REQUIRED_FILES, try_cases};
use portvakt_core::proof::{PROTOCOL, ProofTask, ProofVerdict, promise_findings};

type Files = BTreeMap<FilePath, Arc<[u8]>>;

/// One set of policies, with its promises, its cases and the register that they speak of.
struct Set {
    name: &'static str,
    /// The folder of the set, below the folder of the project.
    folder: &'static str,
    /// A normal run tries every so many-th mutant.
    sample: usize,
    /// The least number of mutants.
    least: usize,
}

const SETS: [Set; 2] = [
    Set { name: "the shipped set", folder: ".", sample: 9, least: 500 },
    Set { name: "the set of a new register", folder: "examples/new-register", sample: 3, least: 150 },
];

impl Set {
    fn read(&self, path: &str) -> Arc<[u8]> {
        Arc::from(std::fs::read(Path::new(crate::ROOT).join(self.folder).join(path)).unwrap())
    }

    /// The policies, the promises and the cases.
    fn files(&self) -> Files {
        let folder = Path::new(crate::ROOT).join(self.folder).join("policies/tests");
        let cases = std::fs::read_dir(folder).unwrap().map(|file| {
            let name = file.unwrap().file_name();
            format!("policies/tests/{}", name.to_str().unwrap())
        });
        let fixed = REQUIRED_FILES.iter().chain(&PROMISE_FILES).map(|path| (*path).to_owned());
        fixed.chain(cases).map(|path| (FilePath::new(&path), self.read(&path))).collect()
    }

    fn register(&self) -> Register {
        let path = "desired-state/register.yaml";
        parse::register(&FilePath::new(path), &self.read(path)).unwrap()
    }
}

fn text(files: &Files, path: &str) -> String {
    String::from_utf8(files[&FilePath::new(path)].to_vec()).unwrap()
}

/// The files with one policy in the words of a mutant.
fn changed(files: &Files, policies: &Policies, id: &str, mutant: &Mutant) -> Files {
    let before = policies.written(id).unwrap().to_cedar().unwrap();
    let path = policies.place_of(id).unwrap().file;
    let text = text(files, path.as_str());
    assert_eq!(text.matches(&before).count(), 1, "{id}");
    let mut files = files.clone();
    files.insert(path, Arc::from(text.replace(&before, &mutant.words).into_bytes()));
    files
}

/// The result for a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It is no policy of this schema, or can never decide: nothing is loaded.
    Refused,
    /// A case is answered otherwise.
    ByCase,
    /// A promise is broken, or a policy is dead.
    ByProof,
    /// It decides the same for every request.
    Same,
    /// No case and no promise notices it.
    Survives,
}

fn by_cases(files: &Files, cases: &[PolicyCase], register: &Register) -> Option<Fate> {
    let Ok(policies) = Policies::load(files) else { return Some(Fate::Refused) };
    cases.iter().any(|case| case.judge(&policies, register).is_some()).then_some(Fate::ByCase)
}

fn task(files: &Files, before: Option<&Files>) -> ProofTask {
    let texts = |files: &Files| {
        let paths = REQUIRED_FILES.iter().chain(&PROMISE_FILES);
        paths.map(|path| ((*path).to_owned(), text(files, path))).collect()
    };
    ProofTask {
        protocol: PROTOCOL,
        solver: "cvc5".to_owned(),
        seconds: 60,
        steps: None,
        files: texts(files),
        before: before.map(texts),
        roles: Vec::new(),
    }
}

/// Returns the prover's result for a mutant that no case notices.
fn by_proof(files: &Files, before: &Files, register: &Register) -> Fate {
    let reply = portvakt_prove::reply_to(&task(files, Some(before)), None);
    assert_eq!(reply.refused, None);
    let known = reply.changes.iter().all(|change| !matches!(change.verdict, ProofVerdict::Unsure(_)));
    assert!(known && !reply.changes.is_empty(), "{reply:?}");
    // Promises are about decisions. Only cases are about advice.
    let mut decided = reply.changes.iter().filter(|change| change.advice.is_none());
    if decided.all(|change| change.verdict == ProofVerdict::Holds) {
        return Fate::Same;
    }
    let reply = portvakt_prove::reply_to(&task(files, None), None);
    let policies = Policies::load(files).unwrap();
    let (findings, _) = promise_findings(&reply.answers, &policies, register);
    match portvakt_core::diag::Finding::exit_of(&findings) {
        Exit::Findings => Fate::ByProof,
        Exit::Ok => Fate::Survives,
        exit => panic!("{exit:?}: {findings:?}"),
    }
}

#[test]
fn whoever_weakens_a_policy_is_told() {
    let survivors: Vec<String> = SETS.iter().flat_map(survivors).collect();
    assert!(survivors.is_empty(), "nobody notices:\n{}", survivors.join("\n"));
}

fn is_advice(policies: &Policies, id: &str) -> bool {
    policies.place_of(id).unwrap().file.as_str() == "policies/advice.cedar"
}

/// Tries the mutants of a set, prints the score, and names those that nobody notices.
fn survivors(set: &Set) -> Vec<String> {
    let all = std::env::var("PORTVAKT_MUTANTS").is_ok_and(|asked| asked == "all");
    let (name, files, register) = (set.name, set.files(), set.register());
    let policies = Policies::load(&files).unwrap();
    let cases = try_cases(&policies, &register, &files).cases;
    assert!(cases.iter().all(|case| case.judge(&policies, &register).is_none()), "{name}");
    let sets = policies.sets();
    for action in
        sets.schema.actions().filter(|action| !["attest", "inspect"].contains(&action.id().unescaped()))
    {
        assert!(knows(action), "{name}: `{action}` is exchanged for no other");
    }
    let words = words(&text(&files, REQUIRED_FILES[0]), &register);
    let ids: Vec<&str> = policies.ids().collect();
    let made: Vec<(&str, Mutant)> = ids
        .iter()
        .flat_map(|id| {
            mutants(policies.written(id).unwrap(), &words).into_iter().map(move |mutant| (*id, mutant))
        })
        .collect();
    assert!(made.len() > set.least, "{name}: {}", made.len());
    let tried: Vec<&(&str, Mutant)> = made.iter().step_by(if all { 1 } else { set.sample }).collect();
    let (next, fates) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((id, mutant)) = tried.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            let changed = changed(&files, &policies, id, mutant);
            let fate = by_cases(&changed, &cases, &register);
            fates.lock().unwrap().push((*id, &mutant.what, changed, fate));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut count: BTreeMap<Fate, usize> = BTreeMap::new();
    let mut survivors = Vec::new();
    let mut found = fates.into_inner().unwrap();
    found.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    for (id, what, changed, fate) in &found {
        // The prover uses both processors by itself.
        let fate = match fate {
            Some(fate) => *fate,
            // No promise is about advice, and the prover does not compare it. So its cases must notice the mutant.
            None if is_advice(&policies, id) => Fate::Survives,
            None if !all => continue,
            None => by_proof(changed, &files, &register),
        };
        *count.entry(fate).or_default() += 1;
        match fate {
            Fate::Same => println!("{name} decides the same: `{id}`, {what}"),
            Fate::Survives => survivors.push(format!("{name}: `{id}`, {what}")),
            Fate::ByProof => println!("{name}, by a proof alone: `{id}`, {what}"),
            Fate::Refused | Fate::ByCase => {}
        }
    }
    println!("{name}: {} of {} mutants: {count:?}", tried.len(), made.len());
    let caught = count.get(&Fate::ByCase).copied().unwrap_or_default();
    assert!(caught * 10 >= tried.len() * 7, "{name}: the cases catch {caught} of {}", tried.len());
    survivors
}
