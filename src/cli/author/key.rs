//! `portvakt key new` makes a signing key, and a change of its own that adds it to `allowed_signers`. A key that is
//! enrolled and used in the same change does not count, so it needs this earlier change. `portvakt key gather` puts the
//! waiting keys of several branches into one change, so that two people enrol them with one signature each. `portvakt key
//! revoke` takes authority from a key that is lost or stolen.

mod gather;
mod made;
mod revoke;

use std::path::{Path, PathBuf};

use jiff::ToSpan as _;
use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_core::evidence::{Fingerprint, PublicKey, namespace};
use portvakt_core::model::PersonId;
use portvakt_core::tree::ALLOWED_SIGNERS;
use serde_json::json;

use super::enrolling::{add_lines, branch_with, enrolling, is_enrolled_by};
use super::{How, Stop, Work, people};
use crate::cli::clone::git::git;
use crate::cli::clone::place::{Sent, clone_of};
use crate::cli::clone::remote::FolderAlone;
use crate::cli::clone::{noted, plain, sent};
use crate::cli::output;
use crate::config::{Format, Global, home};

use gather::gather;
use made::{beside, make_key, may_do_without_passphrase, passphrase, unasked};
use revoke::revoke_key;

/// Signing keys: make yours, enroll those that wait, or revoke a lost one.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    /// Make a key, and a request of its own that adds it to `allowed_signers`.
    New {
        /// Where the private key goes; `~/.ssh/portvakt_REGISTER` where it is left out.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Enroll a key that is there already: its public half.
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        public: Option<PathBuf>,
        /// For how many months it counts.
        #[arg(long, value_name = "MONTHS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=60))]
        months: u16,
        /// Without a passphrase, for a machine that nobody else uses.
        #[arg(long)]
        no_passphrase: bool,
        #[command(flatten)]
        how: How,
    },
    /// Put the keys that wait on branches of their own into one change, to be signed once.
    Gather,
    /// Revoke a key that is lost or stolen, in a request of its own. One national administrator is enough for it.
    Revoke {
        /// Whose key: an id, a name or a part of it.
        #[arg(value_name = "PERSON")]
        who: Vec<String>,
        /// Which key, where the person has several: its fingerprint, or the beginning of that.
        #[arg(long, value_name = "FINGERPRINT")]
        fingerprint: Option<String>,
        #[command(flatten)]
        how: How,
    },
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = match &args.command {
        KeyCommand::New { file, public, months, no_passphrase, how } => {
            let file = match (file, public) {
                (_, Some(public)) => Source::There(public.clone()),
                (file, None) => Source::New(file.clone()),
            };
            new(global, (file, !no_passphrase), *months, how)
        }
        KeyCommand::Gather => gather(global),
        KeyCommand::Revoke { who, fingerprint, how } => revoke_key(global, who, fingerprint.as_deref(), how),
    };
    done.unwrap_or_else(|stop| stop.exit(global))
}

/// The origin of the key: a new pair, or the public half of an existing one.
enum Source {
    New(Option<PathBuf>),
    There(PathBuf),
}

/// Adds a key to the list of keys. `asks` tells whether the key must have a passphrase.
fn new(global: &Global, (source, asks): (Source, bool), months: u16, how: &How) -> Result<Exit, Stop> {
    let work = Work::open(global, how)?;
    plain::is_plain(&work.place.global.root, ALLOWED_SIGNERS)?;
    let register = &work.desk.rules.register;
    let me = match work.me.clone() {
        Some(me) => me,
        None => {
            people::ask_for_person(work.ask, &work.desk, None, (&people::who_you_are(), "--by"), |_| None)?
        }
    };
    let private = match source {
        Source::There(public) => public,
        Source::New(file) => {
            let usual = || home().map(|home| home.join(".ssh").join(format!("portvakt_{}", register.id)));
            let file = file.or_else(usual).ok_or_else(nowhere)?;
            if asks {
                may_do_without_passphrase(&file)?;
            }
            if file.exists()
                && let Some(stop) = public_line(&file).ok().and_then(|line| still_waits(global, &line))
            {
                return Err(stop);
            }
            if asks && !work.ask.at_a_terminal() {
                return Err(unasked().into());
            }
            if asks && !file.exists() {
                output::tell(global, &passphrase());
            }
            make_key(&file, me.as_str(), asks)?;
            file
        }
    };
    let line = public_line(&private)?;
    let key = PublicKey::from_line(&line).map_err(|_| unusable(&private))?;
    if let Some(owner) = work.desk.known.signers.holder(key.fingerprint()) {
        let (owner, key) = (work.called(owner), key.fingerprint());
        let message = text!(
            en: "the key {key} is enrolled already, for {owner}",
            nb: "nøkkelen {key} er allerede registrert, for {owner}"
        );
        let way_out = text!(en: "Make a new one, or use it.", nb: "Lag en ny, eller bruk den.");
        return Err(Finding::new(Code::NotSigned, message, way_out).into());
    }
    if asks {
        may_do_without_passphrase(&private)?;
    }
    if let Some(stop) = still_waits(global, &line) {
        return Err(stop);
    }
    let until = work.today().checked_add(i64::from(months).months()).unwrap_or(work.today());
    let words: Vec<&str> = line.split_whitespace().take(2).collect();
    let line = format!(
        "{me} namespaces=\"{}\",valid-before=\"{}\" {}",
        namespace(&register.id),
        until.strftime("%Y%m%d"),
        words.join(" ")
    );
    add_lines(&work.place.global.root, ALLOWED_SIGNERS, &[line])?;
    let noted = std::path::absolute(&private).unwrap_or(private);
    note(global, &noted, me.as_str());
    let sent = work.place.keep(&format!("key-{me}"), &format!("Add a signing key of {me}"), me.as_str())?;
    print_key(&work, &me, key.fingerprint(), sent.as_ref());
    Ok(Exit::Ok)
}

/// Returns the reason to stop if this key waits on a branch of the remote already. It is not sent a second time.
fn still_waits(global: &Global, line: &str) -> Option<Stop> {
    let words: Vec<&str> = line.split_whitespace().take(2).collect();
    let branch = branch_with(global, ALLOWED_SIGNERS, &words.join(" "))?;
    Some(Stop::already(vec![text!(
        en: "This key waits on {branch} already.",
        nb: "Denne nøkkelen venter allerede på {branch}."
    )]))
}

/// Notes in the clone who writes and with which key. Outside of a clone it does nothing.
fn note(global: &Global, key: &Path, person: &str) {
    let Some(top) = clone_of(&global.root) else { return };
    for (name, value) in [(noted::KEY, &*key.to_string_lossy()), (noted::PERSON, person)] {
        if let Err(finding) = git(&top, &["config", "--local", name, value]) {
            output::tell(global, &finding.message);
        }
    }
}

fn print_key(work: &Work<'_>, owner: &PersonId, key: &Fingerprint, sent: Option<&Sent>) {
    let global = work.global;
    if global.format != Format::Human {
        let more = json!({
            "key": key,
            "waits": [enrolling(&work.desk, owner)],
            "branch": sent.map(|sent| &sent.branch),
            "sent": sent.is_some_and(|sent| sent.is_there),
        });
        output::findings(global, &[], more);
        return;
    }
    let mut lines = vec![
        text!(
            en: "The key {key} stands in `{ALLOWED_SIGNERS}`.",
            nb: "Nøkkelen {key} står i `{ALLOWED_SIGNERS}`."
        ),
        is_enrolled_by(work),
    ];
    lines.extend(sent.iter().flat_map(|sent| sent::sent_words(sent)));
    lines.extend(work.place.alone().map(FolderAlone::not_sent));
    lines.iter().for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
}

/// Returns the line of the public half of a key.
fn public_line(file: &Path) -> Result<String, Finding> {
    let public =
        if file.extension().is_some_and(|end| end == "pub") { file.to_owned() } else { beside(file) };
    let text = std::fs::read_to_string(&public).map_err(|_| unusable(&public))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn unusable(file: &Path) -> Finding {
    let file = file.display();
    let message = text!(
        en: "`{file}` holds no public key that can be used",
        nb: "`{file}` inneholder ingen offentlig nøkkel som kan brukes"
    );
    Finding::new(Code::NotSigned, message, text!(en: "Name a `.pub` file.", nb: "Oppgi en `.pub`-fil."))
}

fn nowhere() -> Finding {
    let message =
        text!(en: "it is not said where the key goes", nb: "det er ikke sagt hvor nøkkelen skal ligge");
    Finding::new(
        Code::NotSigned,
        message,
        text!(en: "Name a file with `--file`.", nb: "Oppgi en fil med `--file`."),
    )
}
