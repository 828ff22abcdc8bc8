//! A task from standard input to its reply. The questions are shared among as many threads as there are processors.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use portvakt_core::diag::{Finding, Text, text};
use portvakt_core::model::FilePath;
use portvakt_core::policy::Policies;
use portvakt_core::proof::{PROTOCOL, ProofAnswer, ProofTask, Reply, questions};

use super::bench::Bench;
use super::solver::{Refuted, Solver, SolverLimits};
use super::{differ, promises};

/// Reads a task and writes the reply, both as JSON. `prover` is as for [`reply_to`].
#[must_use]
pub fn run(task: &str, prover: Option<&Path>) -> String {
    let reply = match serde_json::from_str::<ProofTask>(task) {
        Ok(task) if task.protocol == PROTOCOL => reply_to(&task, prover),
        Ok(task) => refused_task(text!(
            en: "this prover speaks form {PROTOCOL}, and was told form {form}",
            nb: "denne bevisføreren bruker form {PROTOCOL} og fikk form {form}";
            form = task.protocol
        )),
        Err(why) => refused_task(Text::said(why.to_string())),
    };
    // If a reply cannot be written it is empty, and an empty reply never counts as an answer.
    serde_json::to_string(&reply).unwrap_or_default()
}

fn refused_task(why: Text) -> Reply {
    Reply { protocol: PROTOCOL, refused: Some(why), ..Reply::default() }
}

/// Does a task. `prover` is the program that runs [`program`](super::program). With it, each solver ends with this
/// process. Without it, a solver that is left alone ends by its own limit.
#[must_use]
pub fn reply_to(task: &ProofTask, prover: Option<&Path>) -> Reply {
    let policies = match load(&task.files) {
        Ok(policies) => policies,
        Err(why) => return refused_task(why),
    };
    let bench = Bench::new(&policies);
    let Some(before) = &task.before else {
        let asked = questions(&policies);
        let answers = in_parallel(&asked, (task, prover), |solver, asked| ProofAnswer {
            asked: asked.clone(),
            verdict: promises::verdict_on(&bench, solver, asked),
        });
        return Reply { protocol: PROTOCOL, answers, ..Reply::default() };
    };
    let before = match load(before) {
        Ok(before) => before,
        Err(why) => return refused_task(why),
    };
    let old = Bench::new(&before);
    let pairs = differ::comparisons(&bench, &old);
    let found = in_parallel(&pairs, (task, prover), |solver, pair| {
        differ::compare(&bench, &old, &task.roles, solver, pair)
    });
    if found.len() != pairs.len() {
        return refused_task(text!(en: "not everything was compared", nb: "ikke alt ble sammenlignet"));
    }
    let changes = found.into_iter().flatten().collect();
    Reply { protocol: PROTOCOL, changes, ..Reply::default() }
}

fn load(files: &BTreeMap<String, String>) -> Result<Policies, Text> {
    let files = files.iter().map(|(path, text)| (FilePath::new(path), Arc::from(text.as_bytes()))).collect();
    Policies::load(&files).map_err(|findings| {
        let said = findings.iter().map(|finding: &Finding| finding.message.clone());
        Text::joined(said, "; ")
    })
}

/// Does the work for each item, several at a time, and returns the answers in the order of the items. If a thread
/// fails, its answers are missing, so a result that is shorter than the items is not complete.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    (task, prover): (&ProofTask, Option<&Path>),
    put: impl Fn(&Solver<'_>, &T) -> R + Sync,
) -> Vec<R> {
    let (next, refuted) = (AtomicUsize::new(0), Refuted::default());
    let work = || {
        let mut mine = Vec::new();
        let Ok(solver) = Solver::new(&task.solver, prover, SolverLimits::of(task), &refuted) else {
            return mine;
        };
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return mine };
            mine.push((at, put(&solver, item)));
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;
    use portvakt_core::policy::{PROMISE_FILES, REQUIRED_FILES};
    use portvakt_core::proof::{
        DifferenceWay, Matter, PolicyDifference, ProofVerdict, Unsure, every_question_is_answered,
    };

    use super::*;

    fn shipped() -> ProofTask {
        let read = |path: &&str| {
            let place = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
            ((*path).to_owned(), std::fs::read_to_string(place).unwrap())
        };
        ProofTask {
            protocol: PROTOCOL,
            solver: "there-is-no-such-solver".to_owned(),
            seconds: 1,
            steps: None,
            files: REQUIRED_FILES.iter().chain(&PROMISE_FILES).map(read).collect(),
            before: None,
            roles: vec!["LU".to_owned()],
        }
    }

    #[test]
    fn without_a_solver_every_question_is_answered_and_no_promise_is_kept() {
        let task = shipped();
        let reply = reply_to(&task, None);
        let policies = load(&task.files).unwrap();
        assert!(
            reply.refused.is_none() && every_question_is_answered(&questions(&policies), &reply.answers),
            "{reply:?}"
        );
        let promised: Vec<&ProofAnswer> = reply
            .answers
            .iter()
            .filter(|answer| matches!(answer.asked.matter, Matter::Never | Matter::Always | Matter::Void))
            .collect();
        // A few questions need no solver, because their wording decides them. All others have no answer, and none has
        // a wrong one.
        let unsure =
            |answer: &&&ProofAnswer| matches!(answer.verdict, ProofVerdict::Unsure(Unsure::NoSolver(_)));
        assert!(promised.iter().filter(unsure).count() > 80, "{promised:?}");
        for answer in promised {
            assert!(!matches!(answer.verdict, ProofVerdict::Fails(_)), "{answer:?}");
        }
    }

    #[test]
    fn without_a_solver_two_sets_are_not_called_the_same() {
        let mut task = shipped();
        let mut before = task.files.clone();
        let text = before.get_mut("policies/administration.cedar").unwrap();
        *text = text.replace("Staff::\"ict\" && resource.unit.testOnly };", "Staff::\"ict\" };");
        task.before = Some(before);
        let reply = reply_to(&task, None);
        assert_eq!(reply.refused, None);
        let unsure = |change: &PolicyDifference| matches!(change.verdict, ProofVerdict::Unsure(_));
        assert!(reply.changes.iter().any(unsure), "{reply:?}");
    }

    #[test]
    fn a_kind_of_request_that_one_schema_alone_has_is_asked_of_that_set() {
        let (now, schema) = (shipped(), "policies/schema.cedarschema");
        let mut other = now.clone();
        let text = other.files.get_mut(schema).unwrap();
        *text = text.replace(
            "\"register-reservation\" appliesTo",
            "\"register-reservation\", \"print-form\" appliesTo",
        );
        let text = other.files.get_mut("policies/capabilities.cedar").unwrap();
        *text = text.replace(
            "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\"]",
            "action in [Action::\"register-form\", Action::\"save-form\", Action::\"read-course\", Action::\"print-form\"]",
        );
        let compared = |after: &ProofTask, before: &ProofTask| {
            let reply = reply_to(&ProofTask { before: Some(before.files.clone()), ..after.clone() }, None);
            assert_eq!(reply.refused, None);
            reply.changes
        };
        for (way, changes) in
            [(DifferenceWay::More, compared(&other, &now)), (DifferenceWay::Less, compared(&now, &other))]
        {
            let of_it = |change: &&PolicyDifference| change.action == "print-form" && change.advice.is_none();
            let asked: Vec<&PolicyDifference> = changes.iter().filter(of_it).collect();
            let [only] = asked.as_slice() else { panic!("{changes:?}") };
            // There is no solver, so the permissions of the one set are unknown. The other set permits no such
            // request.
            assert!(only.way == way && matches!(only.verdict, ProofVerdict::Unsure(_)), "{only:?}");
        }
    }

    #[test]
    fn what_is_no_task_is_refused() {
        let reply = |text: &str| serde_json::from_str::<Reply>(&run(text, None)).unwrap();
        assert!(reply("{").refused.is_some());
        let other = ProofTask { protocol: PROTOCOL + 1, ..shipped() };
        let told = reply(&serde_json::to_string(&other).unwrap()).refused.unwrap();
        assert!(told.en().contains("was told form") && told.get(Lang::Nb).contains("fikk form"), "{told:?}");
        let mut broken = shipped();
        broken.files.remove("policies/administration.cedar");
        let told = reply(&serde_json::to_string(&broken).unwrap()).refused.unwrap();
        assert!(told.en().contains("missing") && told.get(Lang::Nb).contains("mangler"), "{told:?}");
    }
}
