//! Starts `portvakt-prove`, the program beside this one that asks a solver. So this program contains no prover. A
//! command without options for it uses the environment ([`SolverArgs::usual`]). A proof that a register remembers uses
//! only options ([`HostSolverArgs`]). Otherwise a person who sets a variable could choose the program that vouches for
//! the policies.
//!
//! If cargo runs a debug build, the prover is built first. So `cargo run -- prove` works in a fresh clone. A release
//! never starts cargo.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::{Args as _, FromArgMatches as _};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{Digest, Hasher};
use portvakt_core::proof::{PROTOCOL, ProofTask, Reply, ReplyForm, Unsure};
use portvakt_core::system::said;

use super::waited::{EndedProgram, ran};

/// The name of the program that proves.
const NAME: &str = "portvakt-prove";
/// The defaults of the options. They are the solver, and the longest time for one question in seconds.
const SOLVER: &str = "cvc5";
const SECONDS: u64 = 20;
/// The longest time in seconds in which the solver tells its version.
const VERSION_SECONDS: u64 = 10;
/// The time in seconds by which one question may exceed the solver's own limit.
const GRACE: u64 = 5;

/// How the solver is found, and how long it may take.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SolverArgs {
    /// The solver, cvc5: a path, or a name that is looked for on `PATH`.
    #[arg(
        long,
        env = "PORTVAKT_SOLVER",
        hide_env_values = true,
        default_value = SOLVER,
        value_name = "PATH"
    )]
    solver: OsString,
    /// The longest time for one question, in seconds.
    #[arg(
        long,
        default_value_t = SECONDS,
        value_parser = clap::value_parser!(u64).range(1..=3600),
        value_name = "SECONDS"
    )]
    solver_seconds: u64,
    /// The most steps for one question, as the solver counts them: the same number on every machine. Nothing that is
    /// remembered counts then. Without it there is no such limit.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..), value_name = "STEPS")]
    solver_steps: Option<u64>,
    /// The program that puts the questions to the solver; `portvakt-prove` beside this program where it is left out.
    #[arg(long, env = "PORTVAKT_PROVER", hide_env_values = true, value_name = "PATH")]
    prover: Option<OsString>,
}

impl SolverArgs {
    /// Returns the settings for a command without such options. They come from the environment (`PORTVAKT_SOLVER`,
    /// `PORTVAKT_PROVER`) or from the defaults of the options.
    pub(super) fn usual() -> Self {
        let command = Self::augment_args(clap::Command::new(NAME).no_binary_name(true));
        let none = std::iter::empty::<OsString>();
        let read = command.try_get_matches_from(none).and_then(|matches| Self::from_arg_matches(&matches));
        read.unwrap_or_else(|_| Self {
            solver: SOLVER.into(),
            solver_seconds: SECONDS,
            solver_steps: None,
            prover: None,
        })
    }
}

/// The same options where a proof is remembered. Nothing of the environment counts but where `PATH` finds the solver.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct HostSolverArgs {
    /// The solver, cvc5: a path, or a name that is looked for on `PATH`.
    #[arg(long, default_value = SOLVER, value_name = "PATH")]
    solver: OsString,
    /// The longest time for one question, in seconds.
    #[arg(
        long,
        default_value_t = SECONDS,
        value_parser = clap::value_parser!(u64).range(1..=3600),
        value_name = "SECONDS"
    )]
    solver_seconds: u64,
    /// The program that puts the questions to the solver; `portvakt-prove` beside this program where it is left out.
    #[arg(long, value_name = "PATH")]
    prover: Option<OsString>,
}

impl HostSolverArgs {
    /// Returns the settings that the options give, and nothing from the environment.
    pub(super) fn options(&self) -> SolverArgs {
        let Self { solver, solver_seconds, prover } = self.clone();
        SolverArgs { solver, solver_seconds, solver_steps: None, prover }
    }
}

/// A prover with its solver. Both programs exist.
pub(super) struct Prover {
    program: PathBuf,
    /// The path of the solver. If only a name was given, it was found with `PATH`.
    solver: String,
    seconds: u64,
    steps: Option<u64>,
    /// The version text of the solver.
    pub(super) version: String,
}

impl Prover {
    /// Finds the prover and the solver. An empty name counts as a missing one.
    pub(super) fn find(args: &SolverArgs) -> Result<Self, Finding> {
        let named = if args.solver.is_empty() { Path::new(SOLVER) } else { Path::new(&args.solver) };
        let found = on_path(named);
        let version = version(&found).map_err(|why| not_proved(why.words()))?;
        let Some(solver) = found.to_str().map(str::to_owned) else {
            let path = found.display();
            return Err(not_proved(text!(
                en: "the path of the solver is no text: `{path}`",
                nb: "stien til løseren er ikke tekst: `{path}`"
            )));
        };
        let program = match args.prover.as_ref().filter(|program| !program.is_empty()) {
            Some(program) => PathBuf::from(program),
            None => prover_path()?,
        };
        Ok(Self { program, solver, seconds: args.solver_seconds, steps: args.solver_steps, version })
    }

    /// Returns the path of the program that proves.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Returns the longest time for one question, in seconds.
    pub(super) fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Returns the largest number of steps for one question, if there is such a limit.
    pub(super) fn steps(&self) -> Option<u64> {
        self.steps
    }

    /// Returns whether an earlier answer may be used. It may not if the steps are limited, because nobody knows how
    /// many it has needed.
    pub(super) fn may_remember(&self) -> bool {
        self.steps.is_none()
    }

    /// Returns the path of the solver, for a task.
    pub(super) fn solver(&self) -> String {
        self.solver.clone()
    }

    /// Returns a digest of the bytes of the prover and of the solver, and of the solver's version text. The bytes are
    /// needed, because another solver can have the same version text. It is `None` if one of the two files cannot be
    /// read.
    pub(super) fn digest(&self) -> Option<Digest> {
        let prover = std::fs::read(&self.program).ok()?;
        let solver = std::fs::read(&self.solver).ok()?;
        let mut hasher = Hasher::new("portvakt prover 2");
        hasher.part(&prover).part(&solver).part(self.version.as_bytes());
        Some(hasher.finish())
    }

    /// Returns the longest time for this number of questions, as if they were asked one after another.
    pub(super) fn time_for(&self, questions: usize) -> Duration {
        let questions = u32::try_from(questions).unwrap_or(u32::MAX).max(1);
        Duration::from_secs(self.seconds.saturating_add(GRACE)).saturating_mul(questions)
    }

    /// Gives the prover a task and waits for its reply, no longer than `limit`.
    pub(super) fn ask(&self, task: &ProofTask, limit: Duration) -> Result<Reply, Finding> {
        let program = self.program.display();
        let failed = |why: Text| {
            not_proved(text!(
                with why;
                en: "the prover `{program}` did not do its work: {why}",
                nb: "bevisføreren `{program}` gjorde ikke arbeidet sitt: {why}"
            ))
        };
        let words = serde_json::to_vec(task).map_err(|why| failed(Text::said(why.to_string())))?;
        let EndedProgram { out, written, .. } = match ran(&mut Command::new(&self.program), words, limit) {
            Ok(ran) => ran,
            Err(why) if why.kind() == ErrorKind::TimedOut => {
                let seconds = limit.as_secs();
                return Err(not_proved(text!(
                    en: "the prover `{program}` had not answered after {seconds} seconds",
                    nb: "bevisføreren `{program}` hadde ikke svart etter {seconds} sekunder"
                )));
            }
            Err(why) => return Err(failed(said(&why))),
        };
        // A prover that has ended does not read. Its reply then gives the reason, or is empty.
        written.map_err(|why| failed(said(&why)))?;
        let unread = |why: serde_json::Error| failed(Text::said(why.to_string()));
        let ReplyForm { protocol: form } = serde_json::from_slice(&out).map_err(unread)?;
        if form != PROTOCOL {
            return Err(failed(text!(
                en: "form {form} in place of {PROTOCOL}",
                nb: "form {form} i stedet for {PROTOCOL}"
            )));
        }
        let reply: Reply = serde_json::from_slice(&out).map_err(unread)?;
        if let Some(why) = &reply.refused {
            return Err(failed(why.clone()));
        }
        Ok(reply)
    }
}

/// Returns the finding that something was not proved.
pub(super) fn not_proved(why: Text) -> Finding {
    let message = text!(with why; en: "not proved: {why}", nb: "ikke bevist: {why}");
    Finding::new(Code::NotProved, message, Code::NotProved.next())
}

/// Returns the file that a name leads to. It is the first file of that name on `PATH` that may be run. So the file that
/// runs is the file whose bytes are in the digest. A path stays as it is, and so does a name that leads nowhere.
fn on_path(named: &Path) -> PathBuf {
    if named.as_os_str().as_encoded_bytes().contains(&b'/') {
        return named.to_owned();
    }
    let folders = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let runs = |file: &PathBuf| {
        file.metadata().is_ok_and(|known| known.is_file() && known.permissions().mode() & 0o111 != 0)
    };
    // An empty entry is the folder in which the command runs.
    let here = |folder: PathBuf| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let mut files = std::env::split_paths(&folders).map(|folder| here(folder).join(named));
    files.find(runs).unwrap_or_else(|| named.to_owned())
}

/// Returns the version text of the solver, which is its first line.
fn version(solver: &Path) -> Result<String, Unsure> {
    let name = solver.display();
    let limit = Duration::from_secs(VERSION_SECONDS);
    let told = ran(Command::new(solver).arg("--version").stderr(Stdio::null()), Vec::new(), limit);
    let told = told.map_err(|why| match why.kind() {
        ErrorKind::TimedOut => Unsure::OutOfTime(VERSION_SECONDS),
        _ => {
            let why = said(&why);
            Unsure::NoSolver(text!(with why; en: "`{name}`: {why}", nb: "`{name}`: {why}"))
        }
    })?;
    let said = String::from_utf8_lossy(&told.out);
    let first = said.lines().map(str::trim).find(|line| !line.is_empty());
    match first.filter(|_| told.status.success()) {
        Some(version) => Ok(version.to_owned()),
        None => Err(Unsure::NoSolver(text!(
            en: "`{name} --version` says nothing",
            nb: "`{name} --version` skriver ingenting"
        ))),
    }
}

/// Returns the prover in the folder of this program.
fn prover_path() -> Result<PathBuf, Finding> {
    let own = std::env::current_exe().map_err(|why| {
        let why = said(&why);
        not_proved(text!(
            with why;
            en: "the folder of this program is not known: {why}",
            nb: "mappen til dette programmet er ikke kjent: {why}"
        ))
    })?;
    let path = own.with_file_name(format!("{NAME}{}", std::env::consts::EXE_SUFFIX));
    #[cfg(debug_assertions)]
    if !path.is_file() {
        build(&path);
    }
    if path.is_file() {
        return Ok(path);
    }
    let path = path.display();
    let mut finding = not_proved(text!(
        en: "the prover is not beside this program, at `{path}`",
        nb: "bevisføreren ligger ikke ved siden av dette programmet, på `{path}`"
    ));
    finding.way_out = text!(
        en: "Install it beside this program (`cargo build --bin {NAME}` makes it), or name it with `--prover`.",
        nb: "Installer den ved siden av dette programmet (`cargo build --bin {NAME}` lager den), eller oppgi den med `--prover`."
    );
    Err(finding)
}

/// Lets the cargo that runs this program build the prover too, into the same folder. If that fails, cargo tells the
/// reason.
#[cfg(debug_assertions)]
fn build(path: &Path) {
    let Some((cargo, manifest)) = crate::config::cargo() else { return };
    // The folder of the program is that of the profile. It is below the folder of all builds.
    let Some(builds) = path.parent().filter(|folder| folder.ends_with("debug")).and_then(Path::parent) else {
        return;
    };
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--bin", NAME]);
    build.arg("--manifest-path").arg(manifest.join("Cargo.toml")).arg("--target-dir").arg(builds);
    let _told = build.stdin(Stdio::null()).status();
}
