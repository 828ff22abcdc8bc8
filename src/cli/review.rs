//! `portvakt review` makes, answers and shows the review of a trust's user list (R36). Everything it needs is in the
//! tree, so it works in a clone. There the list is on a branch of its own until that branch is merged. Only the
//! register itself knows whether a review is closed.

mod answer;
mod answerer;
mod ask;
mod beyond;
mod delegate;
mod evidence;
mod facts;
mod filled;
mod form;
mod html;
mod list;
mod meanwhile;
mod outdated;
mod record;
mod show;
mod start;
mod unlisted;
mod usual;

use std::path::PathBuf;

use clap::Subcommand;
use portvakt_core::diag::{Exit, Finding};
use portvakt_core::model::{ApplicationId, FilePath, OfficeId, Quarter, TrustId};
use serde_json::json;

use super::{output, trust};
use crate::config::Global;

/// Review who has access at a trust, every third month.
///
/// Make the list, answer each row, show where it stands.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ReviewCommand,
}

#[derive(Debug, Subcommand)]
enum ReviewCommand {
    /// Make the list of a trust: `reviews/TRUST/QUARTER.yaml`, with every access and what it allows.
    Start {
        /// The trust: its id, its name or a part of it. Without it: the one where you are coordinator, or the one you choose.
        #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
        trust: Option<String>,
        /// Make the list anew where there is one for this quarter; answers to accesses that are as they were stay.
        #[arg(long)]
        anew: bool,
        /// Make it from the files here and write it into them, and make no branch.
        #[arg(long)]
        here: bool,
    },
    /// Answer rows of a list. Without a person it asks for one row after the other.
    Answer(AnswerArgs),
    /// Name somebody who answers in your place, between two days. You sign the review too.
    Delegate(DelegateArgs),
    /// Write a list as a table for a spreadsheet (CSV), to be filled in.
    ///
    /// `review answer --from FILE` reads it back. Each line names the list it is of.
    Form {
        /// The trust: its id, its name or a part of it.
        #[arg(value_parser = trust::typed_name)]
        trust: String,
        /// Which list, such as `2026-Q4`.
        quarter: Quarter,
        /// Read the files here.
        #[arg(long)]
        here: bool,
    },
    /// Show when the users of a trust last used the register.
    ///
    /// As far as its store keeps that. It is shown while answering too, and goes into no list.
    Facts {
        /// The trust: its id, its name or a part of it.
        #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
        trust: String,
    },
    /// Show a list with its answers, and when the next review is due.
    Show {
        /// The trust, by its id, its name or a part of it; all of them where it is left out, without their rows.
        #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
        trust: Option<String>,
        /// Which list, such as `2026-Q4`; the newest where it is left out.
        #[arg(long, value_name = "QUARTER", requires = "trust")]
        quarter: Option<Quarter>,
        /// Read the files here.
        #[arg(long)]
        here: bool,
    },
    /// What an auditor asks for of one review, as JSON.
    ///
    /// With the digests that tie it to the tree and to the ledger, the pass that closed it, and what the store holds at the
    /// trust that no file names.
    Evidence {
        /// The trust: its id, its name or a part of it.
        #[arg(value_parser = trust::typed_name)]
        trust: String,
        /// Which list, such as `2026-Q4`.
        quarter: Quarter,
        /// Write one page of HTML that prints well instead.
        #[arg(long)]
        html: bool,
        /// A checkpoint of the ledger that was kept elsewhere: it is held against the ledger and stands in the evidence.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// Read the files here, also in a clone.
        #[arg(long)]
        here: bool,
    },
}

/// The arguments of `review answer`.
#[derive(Debug, clap::Args)]
struct AnswerArgs {
    /// The trust: its id, its name or a part of it. Without it: the one where you are coordinator, or the one you choose.
    #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
    trust: Option<String>,
    /// Which list, such as `2026-Q4`; the newest where it is left out.
    #[arg(long, value_name = "QUARTER")]
    quarter: Option<Quarter>,
    /// Who answers: the id, the name or a part of it. Without it: who `portvakt join` said.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// A file beside the tree that says when somebody last used an application, a line each: `PERSON,APPLICATION,DATE`.
    /// It is shown while answering, and goes into no list.
    #[arg(long, value_name = "FILE", conflicts_with = "person")]
    last_used: Option<PathBuf>,
    /// The table of `review form` with the answers filled in. Where one is missing, the row stays as it is.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["person", "account", "last_used", "keep", "change", "end"]
    )]
    from: Option<PathBuf>,
    /// Whose access is answered for: the id, the name or a part of it. Without an answer it is asked for, at a terminal.
    person: Option<String>,
    /// Only this application of the person.
    #[arg(long, value_name = "APPLICATION", requires = "person")]
    application: Option<ApplicationId>,
    /// Only this unit of the person (RESH id).
    #[arg(long, value_name = "RESH", requires = "person")]
    unit: Option<u32>,
    /// Only this office of the person, on the national list.
    #[arg(long, value_name = "OFFICE", requires = "person", conflicts_with_all = ["application", "unit"])]
    office: Option<OfficeId>,
    /// This account of `register.yaml`, on the national list, instead of a person.
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["person", "last_used", "until"])]
    account: Option<String>,
    /// The access stays.
    #[arg(long, conflicts_with_all = ["change", "end"])]
    keep: bool,
    /// With `--keep`: at most until this day.
    #[arg(long, value_name = "DATE", requires = "keep")]
    until: Option<String>,
    /// The access is to be changed.
    #[arg(long, conflicts_with = "end")]
    change: bool,
    /// The access is to end.
    #[arg(long)]
    end: bool,
    /// Complete a list that ends over half of its accesses, without being asked for the number.
    #[arg(long)]
    ends_most: bool,
    /// Read the list in the files here and write the answers into them, and send nothing.
    #[arg(long)]
    here: bool,
}

/// The arguments of `review delegate`.
#[derive(Debug, clap::Args)]
struct DelegateArgs {
    /// The delegate: the id, the name or a part of it.
    person: String,
    /// The trust: its id, its name or a part of it. Without it: the one where you are coordinator, or the one you choose.
    #[arg(long, value_name = "TRUST", value_parser = trust::typed_name)]
    trust: Option<String>,
    /// Which list, such as `2026-Q4`; the newest where it is left out.
    #[arg(long, value_name = "QUARTER")]
    quarter: Option<Quarter>,
    /// Who names the delegate: the id, the name or a part of it. Without it: who `portvakt join` said.
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// The first day on which the delegate may answer; today where it is left out.
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last day on which the delegate may answer.
    #[arg(long, value_name = "DATE")]
    until: String,
    /// Read the list in the files here and write the delegate into them, and send nothing.
    #[arg(long)]
    here: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = match &args.command {
        ReviewCommand::Start { trust, anew, here } => start::run(global, trust.as_deref(), *anew, *here),
        ReviewCommand::Answer(args) => answer::run(global, args),
        ReviewCommand::Delegate(args) => delegate::run(global, args),
        ReviewCommand::Form { trust, quarter, here } => form::run(global, (trust, *quarter), *here),
        ReviewCommand::Facts { trust } => facts::run(global, trust),
        ReviewCommand::Show { trust, quarter, here } => {
            show::run(global, (trust.as_deref(), *quarter), *here)
        }
        ReviewCommand::Evidence { trust, quarter, html, checkpoint, here } => {
            evidence::run(global, (trust, *quarter), *html, checkpoint.as_deref(), *here)
        }
    };
    done.unwrap_or_else(|findings| output::findings(global, &findings, json!({})))
}

/// The result of a command of this file: an exit code, or the findings that stopped it.
type Done = Result<Exit, Vec<Finding>>;

/// Returns the path of a list's file below the root.
fn path_of_list(global: &Global, trust: &TrustId, quarter: Quarter) -> PathBuf {
    global.root.join(path_of(trust, quarter).as_str())
}

/// Returns the path of a list in the tree.
fn path_of(trust: &TrustId, quarter: Quarter) -> FilePath {
    FilePath::new(&format!("reviews/{trust}/{quarter}.yaml"))
}
