//! `portvakt apply`: one pass over the tree as it stands.

use std::time::Instant;

use serde_json::json;

use crate::config::{Format, Global};
use crate::diag::{Code, Exit, Finding};
use crate::pass::Patience;
use crate::reconcile::engine::{Engine, Passed, Reach};
use crate::source::Settle;

use super::progress::Progress;
use super::steps::{self, Approvals};
use super::{lock, output, plan};

/// Carry out what the tree asks for, once.
///
/// The directory is taken as it stands: what is not there counts as taken out. Refuses to run beside a daemon on
/// the same register.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(global: &Global, _: &Args) -> Exit {
    // A path that leads to no accepted register is told before anything is made there.
    if let Err(finding) = plan::reader(global) {
        return output::stop(global.format, finding);
    }
    let _lock = match lock::take(global) {
        Ok(lock) => lock,
        Err(finding) => return output::stop(global.format, finding),
    };
    let engine = Engine::open(&global.root, &global.store_path(), Settle::default(), Patience::None);
    let passed = engine.and_then(|mut engine| {
        let progress = Progress::doing("reading and judging");
        engine.pass(Reach::Everything, global.clock().now(), Instant::now(), |done, of| {
            progress.set(done, of);
        })
    });
    match passed {
        Ok(passed) => report(global, &passed),
        Err(error) => output::stop(global.format, plan::located(global, error.finding())),
    }
}

/// A step that failed, for people.
pub(super) fn failed_steps(passed: &Passed) -> impl Iterator<Item = Finding> {
    passed.carried.failed.iter().map(|(step, why)| {
        let who =
            step.person.as_ref().map_or_else(|| "an account".to_owned(), |person| format!("`{person}`"));
        let message = format!("a step for {who} did not succeed: {why}");
        let way_out = "Mend what the message names; the next pass tries again, and what is done stays done.";
        Finding::new(Code::StepFailed, message, way_out)
    })
}

fn report(global: &Global, passed: &Passed) -> Exit {
    let mut findings = passed.decided.findings.clone();
    findings.extend(failed_steps(passed));
    if global.format == Format::Human {
        if passed.decided.released_rules.is_some() {
            output::out("The released policies and `register.yaml` are in force from now on.\n");
        }
        output::out(&steps::text(&passed.decided.steps, &passed.decided.rules.register, &Approvals::new()));
    }
    let more = json!({
        "steps": passed.decided.steps,
        "done": passed.carried.done,
        "failed": passed.carried.failed.len(),
        "plan": passed.decided.plan_digest(),
        "snapshot": passed.decided.snapshot,
        "held": passed.decided.held_removals,
    });
    let exit = output::findings(global.format, &findings, more);
    let steps = passed.decided.steps.len();
    output::err(&format!(
        "{} of {} done; {}",
        passed.carried.done,
        output::count(steps, "step", "steps"),
        crate::diag::summary(&findings)
    ));
    exit
}
