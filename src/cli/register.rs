//! `portvakt register`: a look into the embedded register, and fictional history to try things on.

use serde_json::json;

use crate::apply::ApplyError;
use crate::config::{Format, Global};
use crate::diag::{Exit, Finding};
use crate::reconcile::engine::{EngineError, open_register};
use crate::store::sqlite::view::{Show, User, users};
use crate::store::sqlite::{Create, Seeded, seed};

use super::{list, output, plan};

/// Look into the embedded register, or fill it with fictional history.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Give every open account fictional courses, forms and report subscriptions, so that the effect of a
    /// revocation can be seen. Never run it on a register with real history.
    Seed {
        /// The same number gives the same history.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Show the accounts of the register.
    Users {
        /// Closed accounts too.
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = match &args.what {
        What::Seed { seed } => fill(global, *seed).map(|seeded| {
            output::out(&format!(
                "{} accounts have got {} courses, {} forms and {} report subscriptions, all fictional.\n",
                seeded.accounts, seeded.courses, seeded.forms, seeded.subscriptions
            ));
        }),
        What::Users { all } => show(global, if *all { Show::All } else { Show::Open }),
    };
    done.map_or_else(|finding| output::stop(global.format, finding), |()| Exit::Ok)
}

/// Fills the register with fictional history.
pub(super) fn fill(global: &Global, number: u64) -> Result<Seeded, Finding> {
    let standing = list::open(global)?;
    let told = |error: ApplyError| EngineError::from(error).finding();
    let mut register =
        open_register(&global.store_path(), Create::MustExist).map_err(|error| error.finding())?;
    let tx = register.connection_mut().transaction().map_err(|error| told(error.into()))?;
    let seeded = seed(&tx, number, standing.today).map_err(|error| told(error.into()))?;
    tx.commit().map_err(|error| told(error.into()))?;
    Ok(seeded)
}

fn state(user: &User) -> String {
    match (user.open, user.closed) {
        (true, _) => "open".to_owned(),
        (false, Some(day)) => format!("closed {day}"),
        (false, None) => "closed by hand".to_owned(),
    }
}

fn show(global: &Global, which: Show) -> Result<(), Finding> {
    let reader = plan::reader(global)?;
    let listed = users(reader.connection(), which).map_err(plan::told)?;
    if let Some(why) = &listed.incomplete {
        output::err(&format!("this list is not whole: {why}"));
    }
    if global.format == Format::Json {
        output::json_out(&json!({ "users": listed.users, "incomplete": listed.incomplete }));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = listed
        .users
        .iter()
        .map(|user| {
            let rights: Vec<String> = user.rights.iter().map(|(right, _)| right.to_string()).collect();
            vec![
                user.account.to_string().chars().take(8).collect(),
                user.name.clone(),
                user.email.clone().unwrap_or_else(|| "-".to_owned()),
                state(user),
                if rights.is_empty() { "-".to_owned() } else { rights.join(" ") },
                user.courses.to_string(),
                user.forms.to_string(),
                user.subscriptions.to_string(),
            ]
        })
        .collect();
    let headings = ["ACCOUNT", "NAME", "E-MAIL", "STATE", "RIGHTS", "COURSES", "FORMS", "REPORTS"];
    output::out(&output::table(&headings, &rows));
    output::err(&format!("{} accounts", rows.len()));
    Ok(())
}
