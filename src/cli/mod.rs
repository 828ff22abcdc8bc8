//! Runs the command line. Each command has its own file with its arguments and a `run` function that returns an exit
//! code.
//!
//! ```text
//!  check           `check`: the tree, read and judged
//!  plan            `plan`: what would be done, and the review of a change
//!  apply           `apply`: one pass, or one for each commit that waits
//!  daemon          `daemon`: passes again and again
//!  baseline        `baseline`: the first base
//!  release         `release`: something that is held is let go, on this host
//!  confirm_date    `confirm-date`: today's date is right, on this host
//!  approve         `approve`: signatures beside the files
//!  statement       `statement`: the exact text that is signed
//!  policy          `policy`: cases, format and effect of the policies
//!  prove           `prove`: the promises of the policies
//!  list            `list`: the user list
//!  history         `history`: all accesses of a person
//!  who_had         `who-had`: who had access at a unit
//!  who_can_approve `who-can-approve`: who may approve an access
//!  explain         `explain`: why a person has access or not
//!  can             `can`: what a person may do
//!  review          `review`: the review of a user list
//!  register        `register`: the embedded register, and the same as a SCIM service
//!  ledger          `ledger`: the ledger and its checkpoints
//!  schema          `schema`: the JSON Schemas
//!  owners          `owners`: CODEOWNERS from the policies
//!  store           `store check`: what a register elsewhere announces
//!  demo            `demo`: the main task on the example tree
//!  author          the everyday commands, which write a change
//!
//!  help            the text of `--help`
//!  prefix          the beginning of a command's name
//!  typed           everything that was typed, checked before a command runs
//!  refused         refused arguments, in words
//!  folder          the folder with the files, for a user in another one
//!  output          results and messages
//!  sheet           rows for a spreadsheet
//!  progress        the progress of long work
//!  finding         an error as the finding that ends a command
//!  workspace       paths as an output format needs them
//!  unwritten       the words for a file that cannot be written
//!  who             a person, by id or name
//!  trust           a trust, by id or name
//!  unit            a unit, by id or name
//!  application     an application, by id or name
//!  today           the register's day, and days that are typed
//!  past            days in the past, as moments of the ledger
//!  ask             questions at the terminal
//!
//!  places          the tables, the register elsewhere and the reports that the options name
//!  tree            the tree that the options name
//!  branch_past     the past of the branch of that tree
//!  reading         the register, opened for reading
//!  standing        the same with its accepted state
//!  lock            the right to write
//!  whose           the owner of the folder, before anything is made there
//!  replaced        whole files, replaced
//!  planned         the decision about what `apply` would do
//!  steps           the steps of a plan, in words
//!  last_valid      settings that stand in for those that are not valid
//!  proposal        a proposed change, judged
//!  judged          a change of a branch, as its reviewer sees it
//!  decision        the register, opened for a decision of administrators
//!  fetching        the remote repository that is fetched from
//!  clone           the clone that a command stands in
//!  by_files        what the files of a clone say of a person, in words
//!  told_access     an access in two lines
//!  chain           whether the ledger can be relied on
//!  code_owners     what CODEOWNERS would say today
//!  fictional       fictional history, for a demo
//!  listener        the address where a program listens
//!  logs            the log of a program that keeps running
//!  due             when reviews are due
//!  compared        how changed policies decide differently
//!  prover          the program that proves
//!  proved          proofs that are remembered
//!  promised        the promises of a tree, put to the prover
//!  required        the proof that a register asks for
//!  waited          a program that may not hang
//!  administrators  the administrators that `--by` names
//!  signable        what can be signed
//!  signing         the signatures of a person, written beside the files
//!  unsigned        what the main branch of a clone has without a signature
//!  openssh         signatures by `ssh-keygen`
//!  answered        the answers of a review that a person signs
//!  over_budget     ends of a review that are over the budget
//!  reasons         advice about reasons that name somebody
//! ```
//! A command lends nothing else. What several of them need has a room of its own, such as `clone`, `ask`, `signing` and
//! `judged`. The everyday commands stand in `author`.

mod administrators;
mod answered;
mod application;
mod apply;
mod approve;
mod ask;
mod author;
mod baseline;
mod branch_past;
mod by_files;
mod can;
mod chain;
mod check;
mod clone;
mod code_owners;
mod compared;
mod confirm_date;
mod daemon;
mod decision;
mod demo;
mod due;
mod explain;
mod fetching;
mod fictional;
mod finding;
mod folder;
mod help;
mod history;
mod judged;
mod last_valid;
mod ledger;
mod list;
mod listener;
mod lock;
mod logs;
mod openssh;
mod output;
mod over_budget;
mod owners;
mod past;
mod places;
mod plan;
mod planned;
mod policy;
mod prefix;
mod progress;
mod promised;
mod proposal;
mod prove;
mod proved;
mod prover;
mod reading;
mod reasons;
mod refused;
mod register;
mod release;
mod replaced;
mod required;
mod review;
mod schema;
mod sheet;
mod signable;
mod signing;
mod standing;
mod statement;
mod steps;
mod store;
mod today;
mod told_access;
mod tree;
mod trust;
mod typed;
mod unit;
mod unsigned;
mod unwritten;
mod waited;
mod who;
mod who_can_approve;
mod who_had;
mod whose;
mod workspace;

use std::ffi::OsString;
use std::path::Path;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Exit, Lang, Text, text};

use crate::config::{Global, format_of, language_of};

/// Access as code for a health register: reviewed files become rights, deleted files take them away.
#[derive(Debug, Parser)]
#[command(name = "portvakt", version, about, max_term_width = 110, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Join(author::JoinArgs),
    Requests(author::RequestsArgs),
    Grant(author::GrantArgs),
    Reject(author::RejectArgs),
    Extend(author::ExtendArgs),
    Change(author::ChangeArgs),
    Move(author::MoveArgs),
    End(author::EndArgs),
    Revoke(author::RevokeArgs),
    Send(author::SendArgs),
    Key(author::KeyArgs),
    Demo(demo::Args),
    Check(check::Args),
    Prove(prove::Args),
    Policy(policy::Args),
    Statement(statement::Args),
    Approve(approve::Args),
    Baseline(baseline::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Daemon(daemon::Args),
    Release(release::Args),
    ConfirmDate(confirm_date::Args),
    List(list::Args),
    History(history::Args),
    WhoHad(who_had::Args),
    WhoCanApprove(who_can_approve::Args),
    Explain(explain::Args),
    Can(can::Args),
    Review(review::Args),
    Register(register::Args),
    Ledger(ledger::Args),
    Schema(schema::Args),
    Owners(owners::Args),
    Store(store::Args),
}

impl Command {
    /// Whether this is a task in a clone. Such a task also works in a folder below the one that has the files.
    fn is_everyday(&self) -> bool {
        match self {
            Self::Grant(_) | Self::Extend(_) | Self::Change(_) | Self::Move(_) => true,
            Self::End(_) | Self::Revoke(_) | Self::Requests(_) | Self::Reject(_) => true,
            Self::Send(_) | Self::Key(_) | Self::Review(_) | Self::Explain(_) => true,
            Self::List(_) | Self::History(_) | Self::WhoCanApprove(_) => true,
            Self::Approve(args) => args.waiting,
            _ => false,
        }
    }

    /// Whether this command prints findings as its result. The other commands print a list, an answer or nothing, and
    /// they print a finding only when they fail.
    fn tells_findings(&self) -> bool {
        match self {
            Self::Check(_) | Self::Prove(_) | Self::Baseline(_) | Self::Plan(_) => true,
            Self::Apply(_) | Self::Explain(_) | Self::Store(_) | Self::Policy(_) => true,
            Self::Grant(_) | Self::Extend(_) | Self::Change(_) | Self::Move(_) => false,
            Self::End(_) | Self::Revoke(_) | Self::Requests(_) | Self::Reject(_) => false,
            Self::Join(_) | Self::Send(_) | Self::Key(_) | Self::Owners(_) => false,
            Self::Statement(_) | Self::Approve(_) => false,
            Self::Demo(_) | Self::Daemon(_) | Self::Release(_) | Self::ConfirmDate(_) => false,
            Self::List(_) | Self::Can(_) | Self::Review(_) => false,
            Self::Register(_) | Self::Ledger(_) | Self::Schema(_) => false,
            Self::History(_) | Self::WhoHad(_) | Self::WhoCanApprove(_) => false,
        }
    }
}

/// Runs the program with these arguments and this clock. The first argument is the program's name.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, clock: Clock) -> Exit {
    let mut args: Vec<OsString> = args.into_iter().collect();
    // A user at a terminal who types only the program's name is asked for a task.
    let (lang, format) = (language_of(&args), format_of(&args));
    let is_asked = author::asks_for_a_task(lang, format);
    if args.len() == 1 && is_asked {
        let Some(words) = author::task(lang, format) else { return Exit::Usage };
        args.extend(words.into_iter().map(OsString::from));
    }
    match parsed(&args, is_asked) {
        Ok((cli, Some(why))) => {
            output::tell(&cli.global, &text!(with why; en: "error: {why}", nb: "feil: {why}"));
            Exit::Usage
        }
        Ok((mut cli, None)) => {
            cli.global.go_by(clock);
            cli.goes_up();
            let lang = cli.global.lang();
            output::end(lang, cli.run())
        }
        Err(told) if told.use_stderr() => {
            refused::tell(&told, lang);
            Exit::Usage
        }
        Err(asked) => {
            output::help(&asked.render());
            output::end(Lang::En, Exit::Ok)
        }
    }
}

/// Reads the command line, with a help text that fits a page. If the command line is refused, the result has the
/// reason. `infers` tells whether the beginning of a command's name is enough.
fn parsed(args: &[OsString], infers: bool) -> Result<(Cli, Option<Text>), clap::Error> {
    let infers = infers && !prefix::asks_nothing(args);
    let mut command = help::fitted(Cli::command(), args).infer_subcommands(infers);
    let matches = command.try_get_matches_from_mut(args);
    let matches = matches
        .map_err(|told| typed::safe_error(prefix::with_those_meant(told, &command, args), &command))?;
    if infers && !prefix::is_enough(&matches, args) {
        return parsed(args, false);
    }
    let why = typed::unfit(&command, &matches);
    let cli = Cli::from_arg_matches(&matches)
        .map_err(|told| typed::safe_error(told.format(&mut command), &command))?;
    Ok((cli, why))
}

impl Cli {
    /// Uses the files above the current folder, if they belong to the same clone and no option names another root. The
    /// user is told which files are used.
    fn goes_up(&mut self) {
        let here = self.global.root.as_path();
        if !self.command.is_everyday() || here != Path::new(".") || self.global.branch().is_some() {
            return;
        }
        let Some(above) = folder::above(here).filter(|above| clone::are_in_one_clone(here, above)) else {
            return;
        };
        let shown = above.display().to_string();
        output::tell(
            &self.global,
            &text!(en: "The files in `{shown}` are meant.", nb: "Det gjelder filene i `{shown}`."),
        );
        self.global.root = above;
    }

    fn run(self) -> Exit {
        let global = &self.global;
        if let Some(why) = global.misuse() {
            output::tell(global, &text!(with why; en: "error: {why}", nb: "feil: {why}"));
            return Exit::Usage;
        }
        if global.format.is_for_findings() && !self.command.tells_findings() {
            output::tell(
                global,
                &text!(
                    en: "this command takes `--format human` or `json`: what it prints is no list of findings; see --help",
                    nb: "denne kommandoen tar `--format human` eller `json`: det den skriver ut, er ingen liste over funn; se --help"
                ),
            );
            return Exit::Usage;
        }
        match self.command {
            Command::Join(args) => author::join(global, &args),
            Command::Requests(args) => author::requests(global, &args),
            Command::Grant(args) => author::grant(global, &args),
            Command::Reject(args) => author::reject(global, &args),
            Command::Extend(args) => author::extend(global, &args),
            Command::Change(args) => author::change(global, &args),
            Command::Move(args) => author::mover(global, &args),
            Command::End(args) => author::end(global, &args),
            Command::Revoke(args) => author::revoke(global, &args),
            Command::Send(args) => author::send(global, &args),
            Command::Key(args) => author::key(global, &args),
            Command::Demo(args) => demo::run(global, &args),
            Command::Check(args) => check::run(global, &args),
            Command::Prove(args) => prove::run(global, &args),
            Command::Policy(args) => policy::run(global, &args),
            Command::Statement(args) => statement::run(global, &args),
            Command::Approve(args) if args.waiting => author::waiting(global, &args),
            Command::Approve(args) => approve::run(global, args),
            Command::Baseline(args) => baseline::run(global, &args),
            Command::Plan(args) => plan::run(global, &args),
            Command::Apply(args) => apply::run(global, &args),
            Command::Daemon(args) => daemon::run(global, &args),
            Command::Release(args) => release::run(global, &args),
            Command::ConfirmDate(args) => confirm_date::run(global, &args),
            Command::List(args) => list::run(global, &args),
            Command::History(args) => history::run(global, &args),
            Command::WhoHad(args) => who_had::run(global, &args),
            Command::WhoCanApprove(args) => who_can_approve::run(global, &args),
            Command::Explain(args) => explain::run(global, &args),
            Command::Can(args) => can::run(global, &args),
            Command::Review(args) => review::run(global, &args),
            Command::Register(args) => register::run(global, &args),
            Command::Ledger(args) => ledger::run(global, &args),
            Command::Owners(args) => owners::run(global, &args),
            Command::Store(args) => store::run(global, &args),
            Command::Schema(args) => schema::run(&args),
        }
    }
}
