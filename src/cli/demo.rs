//! `portvakt demo` shows the main task on the example tree, from a copied file to a revoked access.

use std::path::PathBuf;
use std::time::Instant;

use portvakt_core::decide::{Patience, check_alone, day_in};
use portvakt_core::diag::{Code, Exit, Finding, Noun, Severity, Text, text};
use portvakt_core::judge::left;
use portvakt_core::model::PersonId;
use portvakt_core::zone::time_zone;
use portvakt_engine::apply::{Acceptable, accept_baseline};
use portvakt_engine::reconcile::engine::{Engine, EngineError, PassReach, open_register};
use portvakt_sources::Settle;
use portvakt_stores::tables::Create;

use super::{administrators, daemon, fictional, listener, output, today, tree};
use crate::config::{Global, SourceKind};
use crate::example;

/// Try it: copy the example tree, accept it, fill a register and watch it.
///
/// Writes the example tree with dates near today into a new folder, accepts it as the first base, tells a register
/// of its own, gives it fictional history, and runs the daemon on it until it is stopped with Ctrl-C.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; made if it is missing. A demo that is there already is gone on with.
    #[arg(default_value = "demo", value_name = "DIR")]
    dir: PathBuf,
    /// Where the status page listens.
    #[arg(long, default_value = "127.0.0.1:9464", value_parser = listener::socket_address, value_name = "ADDRESS")]
    listen: std::net::SocketAddr,
    /// Only make the folder; do not start the daemon.
    #[arg(long)]
    prepare: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let mut demo = global.clone();
    demo.root.clone_from(&args.dir);
    // The demo uses a register of its own, even if the environment names another one.
    demo.store = demo.store.or_embedded();
    (demo.source, demo.reference, demo.inside) = (SourceKind::Dir, None, None);
    let fresh = !demo.store_path().exists();
    let made = if fresh { make(&demo) } else { Ok(()) };
    if let Err(finding) = made {
        return output::stop(global, finding);
    }
    say(global, args, fresh);
    if args.prepare {
        return Exit::Ok;
    }
    daemon::run(&demo, &daemon::Args::for_demo(args.listen))
}

fn make(demo: &Global) -> Result<(), Finding> {
    let failed = |error: EngineError| error.finding();
    let now = demo.clock().now();
    // The example's register uses Oslo's time zone. An error of one day near midnight only moves the example's dates.
    let today = day_in(&time_zone("Europe/Oslo").unwrap_or(jiff::tz::TimeZone::UTC), now);
    example::copy(&demo.root, today).map_err(|error| {
        let (root, why) = (demo.root.display(), error.words());
        let message = text!(
            with why;
            en: "the example could not be written to `{root}`: {why}",
            nb: "eksempelet kunne ikke skrives til `{root}`: {why}"
        );
        let way_out = text!(
            en: "Name another folder: `portvakt demo OTHER`.",
            nb: "Oppgi en annen mappe: `portvakt demo ANNEN`."
        );
        Finding::new(Code::SourceUnreadable, message, way_out)
    })?;
    let tree = tree::read_tree(demo)?.snapshot;
    let today = today::of_tree(demo, &tree)?;
    let checked = check_alone(&tree, today);
    if let Some(wrong) = checked.findings.iter().find(|finding| finding.severity != Severity::Advice) {
        return Err(wrong.clone());
    }
    let rules = checked.rules.as_ref().ok_or_else(|| {
        let message = text!(en: "the example tree has no rules", nb: "eksempelet har ingen regler");
        let way_out = text!(en: "This is a fault of this build.", nb: "Dette er en feil i programmet.");
        Finding::new(Code::TreeMissing, message, way_out)
    })?;
    let authority = portvakt_core::judge::Authority::on(
        &rules.register,
        &portvakt_core::change::Base::default(),
        &[today],
    );
    let by: Vec<PersonId> = left::administrators(rules, &authority).into_iter().take(2).collect();
    let [first, second] = administrators::two(rules, &authority, &by)?;
    let mut register = open_register(&demo.store_path(), Create::IfMissing).map_err(failed)?;
    let tree = Acceptable {
        snapshot: &tree,
        commit: None,
        rules,
        head: &checked.head,
        accounts: &[],
        spent: &std::collections::BTreeSet::new(),
        today,
        now,
        follows: None,
        broken: None,
        proof: None,
    };
    accept_baseline(&mut register, &tree, [&first, &second]).map_err(|error| failed(error.into()))?;
    drop(register);
    let mut engine =
        Engine::open(&demo.root, &demo.store_path(), Settle::default(), Patience::None).map_err(failed)?;
    let passed = engine.pass(PassReach::Everything, now, Instant::now(), |_, _| ()).map_err(failed)?;
    let seeded = fictional::fill_register(demo, 1)?;
    mention(demo, &{
        let opened = Noun::ACCOUNTS.count(passed.carried.done);
        let (courses, reports) =
            (fictional::COURSES.count(seeded.courses), fictional::SUBSCRIPTIONS.count(seeded.subscriptions));
        text!(
            with opened, courses, reports;
            en: "Baseline accepted by {first} and {second}: {opened} opened, {courses} and {reports} made up.\n",
            nb: "Grunnlaget er godtatt av {first} og {second}: {opened} åpnet, {courses} og {reports} diktet opp.\n"
        )
    });
    Ok(())
}

fn say(global: &Global, args: &Args, fresh: bool) {
    let dir = args.dir.display();
    let program =
        std::env::current_exe().map_or_else(|_| "portvakt".to_owned(), |path| path.display().to_string());
    if !fresh {
        mention(
            global,
            &text!(
                en: "Going on with the demo in `{dir}` (delete the folder to begin anew).\n",
                nb: "Fortsetter demoen i `{dir}` (slett mappen for å begynne på nytt).\n"
            ),
        );
    }
    let listen = args.listen;
    mention(
        global,
        &text!(
            en: "
Try, in another terminal:
  {program} --root {dir} list --trust helse-stavanger
  rm {dir}/desired-state/helse-stavanger/aksel.demostad.yaml     # has left: access, e-mail and reports go
  {program} --root {dir} register users --all
  {program} --root {dir} explain aksel.demostad
  echo 'x: [' >> {dir}/desired-state/unn/sara.fiktivsen.yaml      # a typo: held, nobody is revoked
  mv {dir}/desired-state {dir}/away; sleep 5; mv {dir}/away {dir}/desired-state   # nothing changes, and it says why
  {program} --root {dir} ledger verify
Status: http://{listen}/
",
            nb: "
Prøv, i en annen terminal:
  {program} --root {dir} list --trust helse-stavanger
  rm {dir}/desired-state/helse-stavanger/aksel.demostad.yaml     # har sluttet: tilgang, e-post og rapporter fjernes
  {program} --root {dir} register users --all
  {program} --root {dir} explain aksel.demostad
  echo 'x: [' >> {dir}/desired-state/unn/sara.fiktivsen.yaml      # en skrivefeil: holdes tilbake, ingen mister noe
  mv {dir}/desired-state {dir}/borte; sleep 5; mv {dir}/borte {dir}/desired-state   # ingenting endres, og det sies hvorfor
  {program} --root {dir} ledger verify
Status: http://{listen}/
"
        ),
    );
}

/// Prints a message for a person who watches the demo. A script may throw it away.
fn mention(demo: &Global, text: &Text) {
    output::mention(text.get(demo.lang()));
}
