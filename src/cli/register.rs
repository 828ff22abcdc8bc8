//! `portvakt register` shows the embedded register, serves it over SCIM, and fills it with fictional history for
//! trials.

use portvakt_core::diag::{Code, Exit, Finding, Lang, Noun, Text, text};
use portvakt_database::Site;
use portvakt_engine::reconcile::engine::create_register;
use portvakt_stores::tables::Seeded;
use portvakt_stores::tables::view::{Show, User, users};
use serde_json::json;

use super::fictional::{COURSES, SUBSCRIPTIONS, fill};
use super::{finding, output, places, reading, serve};
use crate::config::{Format, Global, StoreUrl};

const FORMS: Noun = Noun::new(["form", "forms"], ["skjema", "skjemaer"]);

/// Look into the embedded register, serve it, or fill it with fictional history.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: RegisterCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RegisterCommand {
    /// Give every open account fictional courses, forms and report subscriptions, so that the effect of a
    /// revocation can be seen. Never run it on a register with real history.
    Seed {
        /// The same number gives the same history.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Make the tables of a register in PostgreSQL, once, as the owner of the database.
    ///
    /// `--store` names the database and the owner's role. The role given here is the one the program connects as: it gets
    /// what the program needs, and can neither change nor delete what the ledger holds.
    Create {
        /// The role the program will connect as; it must be there already.
        #[arg(long, value_name = "ROLE")]
        role: String,
    },
    Serve(serve::Args),
    /// Show the accounts of the register.
    Users {
        /// Closed accounts too.
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if let Some(place) = global.store.place() {
        let message = text!(
            en: "this command is for the embedded register, and the register is at `{place}`",
            nb: "denne kommandoen gjelder det innebygde registeret, og registeret er på `{place}`"
        );
        let way_out = text!(
            en: "`portvakt list` and `portvakt explain` say who has access; the register's own tools show its accounts.",
            nb: "`portvakt list` og `portvakt explain` viser hvem som har tilgang; registerets egne verktøy viser kontoene."
        );
        return output::stop(global, Finding::new(Code::StoreUnavailable, message, way_out));
    }
    let on_server = matches!(global.store, StoreUrl::Postgres(_));
    let done = match &args.what {
        RegisterCommand::Seed { .. } | RegisterCommand::Serve(_) if on_server => Err(only_a_file(global)),
        RegisterCommand::Create { role } => create(global, role),
        RegisterCommand::Serve(args) => return serve::run(global, args),
        RegisterCommand::Seed { seed } => fill(global, *seed).map(|seeded| {
            let Seeded { accounts, courses, forms, subscriptions } = seeded;
            let (accounts, courses) = (Noun::ACCOUNTS.count(accounts), COURSES.count(courses));
            let (forms, subscriptions) = (FORMS.count(forms), SUBSCRIPTIONS.count(subscriptions));
            output::say(
                global,
                &text!(
                    with accounts, courses, forms, subscriptions;
                    en: "All fictional, for {accounts}: {courses}, {forms} and {subscriptions}.\n",
                    nb: "Bare oppdiktet, for {accounts}: {courses}, {forms} og {subscriptions}.\n"
                ),
            );
        }),
        RegisterCommand::Users { all } => show(global, if *all { Show::All } else { Show::Open }),
    };
    done.map_or_else(|finding| output::stop(global, finding), |()| Exit::Ok)
}

/// The finding for a command that works only on a register in a file, when the register is in PostgreSQL.
fn only_a_file(global: &Global) -> Finding {
    let place = &global.store;
    let message = text!(
        en: "this command is for a register in a file (`sqlite:PATH`), and the register is at `{place}`",
        nb: "denne kommandoen gjelder et register i en fil (`sqlite:STI`), og registeret er på `{place}`"
    );
    let way_out = text!(
        en: "Name a file with `--store`. Other programs read and write a register in PostgreSQL with its own tools.",
        nb: "Oppgi en fil med `--store`. Andre programmer leser og skriver et register i PostgreSQL med databasens egne verktøy."
    );
    Finding::new(Code::StoreUnavailable, message, way_out)
}

fn create(global: &Global, role: &str) -> Result<(), Finding> {
    let Site::Server(server) = places::site(global)? else {
        let store = &global.store;
        let message = text!(
            en: "tables are made beforehand only in PostgreSQL, and the register is `{store}`",
            nb: "tabeller lages på forhånd bare i PostgreSQL, og registeret er `{store}`"
        );
        let way_out = text!(
            en: "Name the database with `--store postgres://OWNER@HOST/DATABASE`; a file is made when a baseline is accepted.",
            nb: "Oppgi databasen med `--store postgres://EIER@VERT/DATABASE`; en fil lages når et grunnlag godtas."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    };
    create_register(&server, role).map_err(|error| error.finding())?;
    output::say(
        global,
        &text!(
            en: "The register is made; the program connects to it as `{role}`. Next: `portvakt baseline`.\n",
            nb: "Registeret er laget; programmet kobler seg til det som `{role}`. Neste: `portvakt baseline`.\n"
        ),
    );
    Ok(())
}

fn state(user: &User) -> Text {
    match (user.open, user.closed) {
        (true, _) => text!(en: "open", nb: "åpen"),
        (false, Some(day)) => text!(en: "closed {day}", nb: "stengt {day}"),
        (false, None) => text!(en: "closed by hand", nb: "stengt for hånd"),
    }
}

fn show(global: &Global, which: Show) -> Result<(), Finding> {
    let reader = reading::open(global)?;
    let listed = users(reader.connection(), which).map_err(finding::of)?;
    if let Some(why) = &listed.incomplete {
        output::tell(
            global,
            &text!(with why; en: "this list is not whole: {why}", nb: "denne listen er ikke hel: {why}"),
        );
    }
    if global.format == Format::Json {
        let incomplete = listed.incomplete.as_ref().map(Text::en);
        output::json_out(&json!({ "users": listed.users, "incomplete": incomplete }));
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
                state(user).get(global.lang()).to_owned(),
                if rights.is_empty() { "-".to_owned() } else { rights.join(" ") },
                user.courses.to_string(),
                user.forms.to_string(),
                user.subscriptions.to_string(),
            ]
        })
        .collect();
    let headings = match global.lang() {
        Lang::En => ["ACCOUNT", "NAME", "E-MAIL", "STATE", "RIGHTS", "COURSES", "FORMS", "REPORTS"],
        Lang::Nb => ["KONTO", "NAVN", "E-POST", "TILSTAND", "RETTIGHETER", "FORLØP", "SKJEMAER", "RAPPORTER"],
    };
    output::out(&output::table(&headings, &rows));
    output::tell(global, &Noun::ACCOUNTS.count(rows.len()));
    Ok(())
}
