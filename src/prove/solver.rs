//! Asks the solver one question. Each question gets a process of its own. So no question uses the time of another
//! question, and a solver that dies loses no other answer.
//!
//! Policies share conditions, and a policy about several actions asks the same of each. So a fifth of the questions of
//! the shipped set are put in the very words of another one. If the solver has said that there is no such request, it
//! is not asked again in this run.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cedar_policy_symcc::err::{EncodeError, Error};
use cedar_policy_symcc::solver::{LocalSolver, Solver as _, SolverError, WriterSolver};
use cedar_policy_symcc::term::Term;
use cedar_policy_symcc::{CedarSymCompiler, Env, WellFormedAsserts};
use portvakt_core::diag::{Text, text};
use portvakt_core::proof::{ProofTask, Unsure};
use portvakt_core::system::said;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};

use super::bound::BECOME;

/// The solver ends by itself when its time is over. If it does not, it is waited for this much longer.
const GRACE: Duration = Duration::from_secs(5);

/// The question for the reason of a solver that does not know.
const WHY: &[u8] = b"(get-info :reason-unknown)\n";

/// The beginning of the library's words for a solver that has ended. They have no type of their own.
const ENDED: &str = "Solver process terminated unexpectedly";

/// How much a solver may do for one question.
#[derive(Debug, Clone, Copy)]
pub(super) struct SolverLimits {
    /// The longest time, in seconds.
    pub(super) seconds: u64,
    /// The most steps, as the solver counts them. The same solver needs the same number on every machine.
    pub(super) steps: Option<u64>,
}

impl SolverLimits {
    /// Returns the limits that a task sets.
    pub(super) fn of(task: &ProofTask) -> Self {
        Self { seconds: task.seconds, steps: task.steps }
    }
}

/// The questions of a run in the words in which they are put to the solver, each with whether the solver has said that
/// there is no such request. Nothing else is kept: a request is looked for anew, and so is what the solver did not know.
#[derive(Debug, Default)]
pub(super) struct Refuted(Mutex<HashMap<Vec<u8>, Arc<Mutex<bool>>>>);

impl Refuted {
    /// Returns what is known about a question. Whoever holds its lock asks, and others with the same question wait.
    fn of(&self, words: Vec<u8>) -> Option<Arc<Mutex<bool>>> {
        Some(Arc::clone(self.0.lock().ok()?.entry(words).or_default()))
    }
}

/// Starts solvers. Each thread has one of these.
pub(super) struct Solver<'a> {
    program: &'a str,
    /// The program of the prover, which becomes the solver. Without it the solver is started directly.
    prover: Option<&'a Path>,
    limits: SolverLimits,
    /// What the solver has told in this run, to whichever thread.
    refuted: &'a Refuted,
    runtime: Runtime,
}

impl<'a> Solver<'a> {
    /// Makes a starter of solvers. `program` is the path of the solver. `prover` is the program of the prover. With it,
    /// the solver ends with the process that asks. `refuted` is of the same solver with the same limits.
    pub(super) fn new(
        program: &'a str,
        prover: Option<&'a Path>,
        limits: SolverLimits,
        refuted: &'a Refuted,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { program, prover, limits, refuted, runtime })
    }

    /// Looks for a request that these assertions describe. `None` means that there is none.
    pub(super) fn find(&self, asserts: &WellFormedAsserts<'_>) -> Result<Option<Env>, Unsure> {
        // A condition that is obviously false needs no solver, for example a policy about another action.
        if asserts.asserts().iter().any(|assert| *assert == Term::from(false)) {
            return Ok(None);
        }
        let words = self.runtime.block_on(words(asserts));
        let Some(known) = words.and_then(|words| self.refuted.of(words)) else {
            return self.runtime.block_on(self.asked(asserts));
        };
        let Ok(mut is_refuted) = known.lock() else {
            return self.runtime.block_on(self.asked(asserts));
        };
        if *is_refuted {
            return Ok(None);
        }
        let answer = self.runtime.block_on(self.asked(asserts));
        *is_refuted = matches!(answer, Ok(None));
        answer
    }

    async fn asked(&self, asserts: &WellFormedAsserts<'_>) -> Result<Option<Env>, Unsure> {
        let mut command = match self.prover {
            Some(prover) => {
                let mut command = Command::new(prover);
                command.arg(BECOME).arg(std::process::id().to_string()).arg(self.program);
                command
            }
            None => Command::new(self.program),
        };
        // The last option lets a policy look into words (`like`).
        command.args(["--lang", "smt", "--strings-exp"]);
        let SolverLimits { seconds, steps } = self.limits;
        command.arg(format!("--tlimit-per={}", seconds.saturating_mul(1000)));
        command.args(steps.map(|steps| format!("--rlimit-per={steps}")));
        // A solver that is not waited for any more is ended with the question.
        command.kill_on_drop(true);
        let solver = LocalSolver::from_command(&mut command).map_err(|error| self.no_solver(&error))?;
        let mut compiler = CedarSymCompiler::new(solver).map_err(|error| self.unsure(&error))?;
        let answer = async {
            let found = compiler.check_sat(asserts).await;
            match found {
                Err(Error::SolverUnknown) => Err(self.why_unknown(compiler.solver_mut()).await),
                found => found.map_err(|error| self.unsure(&error)),
            }
        };
        let longest = Duration::from_secs(seconds).saturating_add(GRACE);
        match tokio::time::timeout(longest, answer).await {
            Ok(found) => found,
            Err(_) => Err(Unsure::OutOfTime(seconds)),
        }
    }

    /// Asks a solver that does not know for the reason. The solver is of no use after this.
    async fn why_unknown(&self, solver: &mut LocalSolver) -> Unsure {
        if solver.smtlib_input().write_all(WHY).await.is_err() {
            return Unsure::Unknown;
        }
        // The next line that is read is the reason. It is not a decision, so the library returns it as a text that
        // was not understood.
        let Err(SolverError::UnrecognizedSolverOutput(reason)) = solver.check_sat().await else {
            return Unsure::Unknown;
        };
        match self.limits {
            SolverLimits { steps: Some(steps), .. } if reason.contains("resourceout") => {
                Unsure::OutOfSteps(steps)
            }
            SolverLimits { seconds, .. } if reason.contains("timeout") => Unsure::OutOfTime(seconds),
            _ => Unsure::Unknown,
        }
    }

    fn no_solver(&self, error: &SolverError) -> Unsure {
        let why = match error {
            SolverError::Io(why) => said(why),
            other => Text::said(other.to_string()),
        };
        let program = self.program;
        Unsure::NoSolver(text!(with why; en: "`{program}`: {why}", nb: "`{program}`: {why}"))
    }

    fn unsure(&self, error: &Error) -> Unsure {
        match error {
            Error::SolverUnknown => Unsure::Unknown,
            Error::EncodeError(EncodeError::Io(_))
            | Error::SolverError(
                SolverError::Io(_)
                | SolverError::UnrecognizedSolverOutput(_)
                | SolverError::SolverMarkedFailed,
            ) => Unsure::NoAnswer,
            Error::SolverError(SolverError::Solver(words)) if words.starts_with(ENDED) => Unsure::NoAnswer,
            other => failed(other),
        }
    }
}

/// Returns the words in which a question is put to a solver. It is `None` if it needs no solver, or cannot be put to one.
async fn words(asserts: &WellFormedAsserts<'_>) -> Option<Vec<u8>> {
    let mut compiler = CedarSymCompiler::new(WriterSolver { w: Vec::new() }).ok()?;
    match compiler.check_sat(asserts).await {
        // One that only writes knows no answer.
        Err(Error::SolverUnknown) => Some(std::mem::take(&mut compiler.solver_mut().w)),
        _ => None,
    }
}

/// Returns an error of the encoder, in its own words.
pub(super) fn failed(error: &Error) -> Unsure {
    Unsure::Failed(Text::said(error.to_string()))
}
