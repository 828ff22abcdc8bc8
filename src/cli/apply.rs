//! `portvakt apply` makes one pass over the tree as it is now, or one over each commit that waits.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use portvakt_core::change::Standing;
use portvakt_core::decide::Patience;
use portvakt_core::diag::{Code, Exit, Finding, Looked, Noun, Text, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::{FilePath, PersonId};
use portvakt_core::plan::{ReportWork, Step};
use portvakt_core::store::StoreError;
use portvakt_database::Site;
use portvakt_engine::apply::Unreported;
use portvakt_engine::reconcile::engine::{Engine, EngineError, ExternalRegister, PassReach, Passed};
use portvakt_engine::reconcile::origin::fetch_finding;
use portvakt_sources::{Branch, Settle};
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::Maria;
use serde_json::json;

use super::fetching::{FETCH_LIMIT, remote};
use super::progress::Progress;
use super::steps::{self, ApprovalWords};
use super::{finding, lock, output, places, reading};
use crate::config::{Format, Global};

/// Carry out what the tree asks for, once.
///
/// The directory is taken as it stands: what is not there counts as taken out. With `--source git` each commit since
/// the one accepted last is judged at its predecessor, oldest first. Refuses to run beside a daemon on
/// the same register.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Fetch the branch from this remote first, with the system's `git`, and follow it as it stands there.
    #[arg(long, env = "PORTVAKT_FETCH", hide_env_values = true, value_name = "REMOTE")]
    fetch: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let (branch, mut notes) = match fetched(global, args) {
        Ok(fetched) => fetched,
        Err(finding) => return output::stop_for_arguments(global, finding),
    };
    // A path without an accepted register is reported before any file is created there.
    if let Err(finding) = reading::open_quietly(global) {
        return output::stop(global, finding);
    }
    let elsewhere = match places::register_elsewhere(global) {
        Ok(elsewhere) => elsewhere,
        Err(finding) => return output::stop(global, finding),
    };
    let site = match places::site(global) {
        Ok(site) => site,
        Err(finding) => return output::stop(global, finding),
    };
    let reports = match places::reports(global) {
        Ok(reports) => reports,
        Err(finding) => return output::stop(global, finding),
    };
    let turn = match lock::take_turn(global) {
        Ok(turn) => turn,
        Err(finding) => return output::stop(global, finding),
    };
    match passes(global, branch, elsewhere.as_ref(), reports, (site, &turn)) {
        Ok(mut all) => {
            all.notes.append(&mut notes);
            report(global, &all)
        }
        Err(error) => {
            notes.push(finding::located(global, error.finding()));
            output::findings(global, &notes, json!({}))
        }
    }
}

/// Fetches the branch if this was asked for, and returns it. A failed fetch is reported, but it stops nothing.
fn fetched(global: &Global, args: &Args) -> Result<(Option<Branch>, Vec<Finding>), Finding> {
    let Some(remote) = remote(global, args.fetch.as_deref())? else {
        return Ok((global.branch(), Vec::new()));
    };
    let progress = Progress::doing(global, text!(en: "fetching", nb: "henter"));
    let failed = remote.fetch(FETCH_LIMIT, &AtomicBool::new(false)).err();
    drop(progress);
    let notes = failed.iter().map(|error| fetch_finding(error, None)).collect();
    Ok((Some(remote.tracking()), notes))
}

/// All passes of a run. There is one pass, or one for each commit that waited and one over everything at the end.
#[derive(Default)]
struct All {
    last: Option<Passed>,
    steps: Vec<Step>,
    accepted: Vec<Standing>,
    reports: Vec<ReportWork>,
    done: usize,
    commits: Vec<String>,
    notes: Vec<Finding>,
    /// The words for each release that is now in force.
    released: Vec<Text>,
}

/// Returns the words for settings that come into force. They only tell what differs.
fn settings_in_words(before: &Rules, after: &Rules) -> Text {
    let differs = [
        (before.policies_digest != after.policies_digest, text!(en: "the policies", nb: "tilgangsreglene")),
        (before.register != after.register, text!(en: "`register.yaml`", nb: "`register.yaml`")),
        (before.signers != after.signers, text!(en: "the lists of keys", nb: "nøkkellistene")),
    ];
    let mut what: Vec<Text> = differs.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    if what.is_empty() {
        what.push(text!(en: "the settings as they are written", nb: "innstillingene slik de er skrevet"));
    }
    let last = what.pop().unwrap_or_default();
    let what = if what.is_empty() {
        last
    } else {
        let most = Text::joined(what, ", ");
        text!(with most, last; en: "{most} and {last}", nb: "{most} og {last}")
    };
    text!(
        with what;
        en: "Released, and in force from now on: {what}.\n",
        nb: "Frigitt, og gjelder fra nå av: {what}.\n"
    )
}

fn passes(
    global: &Global,
    branch: Option<Branch>,
    elsewhere: Option<&RemoteStore>,
    reports: Option<Maria>,
    (site, turn): (Site, &lock::Turn),
) -> Result<All, EngineError> {
    // Programs on other machines can write to a register on a server.
    let is_shared = matches!(site, Site::Server(_));
    let mut engine = match branch {
        None if is_shared => {
            let name = Engine::copy_name(&global.root);
            Engine::open(&global.root, site, Settle::default(), Patience::None)?.named(&name)
        }
        None => Engine::open(&global.root, site, Settle::default(), Patience::None)?,
        Some(branch) => Engine::follow(branch, site)?,
    }
    .with_forge_token(global.forge_token());
    if let Some(remote) = elsewhere {
        engine = engine.with_store(ExternalRegister { place: remote.place(), store: remote.open()? });
    }
    if let Some(reports) = reports {
        engine = engine.with_reports(Box::new(reports));
    }
    engine.register().connection().write_under(turn.epoch());
    let progress = Progress::doing(global, text!(en: "reading and judging", nb: "leser og vurderer"));
    let (mut all, mut reach) = (All::default(), PassReach::Everything);
    loop {
        let passed =
            engine.pass(reach, global.clock().now(), Instant::now(), |done, of| progress.set(done, of))?;
        all.done += passed.carried.done;
        let failed: Vec<&Step> = passed.carried.failed.iter().map(|(step, _)| step).collect();
        all.steps.extend(passed.decided.plan.steps.iter().filter(|step| !failed.contains(step)).cloned());
        all.accepted.extend(passed.decided.outcome.grants.iter().cloned());
        // A failure has a finding of its own (`reports-owed`).
        let owed =
            |work: &ReportWork| passed.carried.reports.failed.iter().any(|it| it.account == work.account);
        all.reports.extend(passed.decided.plan.reports.iter().flatten().filter(|work| !owed(work)).cloned());
        if let Some(advance) =
            passed.decided.tree.advance.as_ref().filter(|advance| advance.from != advance.to)
        {
            all.commits.push(advance.to.clone());
        }
        let released = passed.decided.released_rules.as_ref();
        all.released.extend(released.map(|(rules, _)| settings_in_words(&passed.decided.rules, rules)));
        let left = passed.followed.as_ref().map_or(0, |followed| followed.left);
        let passed_over = |finding: &&Finding| finding.code == Code::CommitPassedOver;
        all.notes.extend(passed.decided.findings.iter().filter(passed_over).cloned());
        let whole =
            passed.decided.tree.whole || passed.followed.as_ref().is_some_and(|f| f.refused.is_some());
        if left == 0 && whole {
            // Steps that still fail are listed among the steps that were asked for.
            all.steps.extend(passed.carried.failed.iter().map(|(step, _)| step.clone()));
            all.last = Some(passed);
            return Ok(all);
        }
        reach = if left == 0 { PassReach::Everything } else { PassReach::Changes };
    }
}

/// Returns the findings about the steps that failed. Steps that failed for the same reason are one finding, which names
/// the people. An attribute map that does not fit has a finding of its own (`store-misfit`), and is not told again.
fn failed_steps(passed: &Passed) -> impl Iterator<Item = Finding> {
    let mut alike: Vec<((Text, Text), Vec<&Step>)> = Vec::new();
    let misfit_told = passed.decided.findings.iter().any(|finding| finding.code == Code::StoreMisfit);
    for (step, why) in &passed.carried.failed {
        if misfit_told && matches!(why, StoreError::Unfit(_)) {
            continue;
        }
        let told = match why {
            StoreError::Reserved(reserved) => (reserved.words(), reserved.way_out()),
            other => (
                other.words(),
                text!(
                    en: "Mend what the message names; the next pass tries again, and what is done stays done.",
                    nb: "Rett det meldingen nevner; neste gjennomgang prøver igjen, og det som er gjort, forblir gjort."
                ),
            ),
        };
        match alike.iter_mut().find(|(known, _)| *known == told) {
            Some((_, steps)) => steps.push(step),
            None => alike.push((told, vec![step])),
        }
    }
    alike.into_iter().map(|((why, way_out), steps)| {
        let who = whose(&steps);
        let message = text!(
            with who, why;
            en: "a step for {who} did not succeed: {why}",
            nb: "et steg for {who} lyktes ikke: {why}"
        );
        Finding::new(Code::StepFailed, message, way_out)
    })
}

/// The most people that one finding names.
const NAMED: usize = 5;

fn whose(steps: &[&Step]) -> Text {
    let people: BTreeSet<&PersonId> = steps.iter().filter_map(|step| step.person.as_ref()).collect();
    match people.len() {
        0 if steps.len() == 1 => text!(en: "an account", nb: "en konto"),
        0 => Noun::ACCOUNTS.count(steps.len()),
        _ => Text::first_of(people.into_iter().map(|person| format!("`{person}`")), NAMED),
    }
}

fn report(global: &Global, all: &All) -> Exit {
    let Some(passed) = &all.last else { return Exit::Failed };
    let mut findings = passed.decided.findings.clone();
    findings.extend(all.notes.iter().cloned());
    findings.sort();
    findings.dedup();
    findings.extend(failed_steps(passed));
    findings.extend(passed.carried.reports.failed.iter().map(Unreported::finding));
    if global.format == Format::Human {
        all.released.iter().for_each(|released| output::say(global, released));
        let register = &passed.decided.rules.register;
        let held = passed.decided.unsettled.sets.as_slice();
        let steps = (all.steps.as_slice(), all.reports.as_slice(), held);
        let quietly = steps::without_a_step(&all.accepted, &all.steps);
        output::out(&steps::in_words(steps, &quietly, register, &ApprovalWords::new(), global.lang()));
    }
    let mut more = json!({
        "steps": all.steps,
        "accepted": steps::entries(&all.accepted),
        "reports": steps::reports(&all.reports),
        "done": all.done,
        "failed": passed.carried.failed.len(),
        "plan": passed.decided.plan_digest(),
        "snapshot": passed.decided.tree.snapshot,
        "held": passed.decided.unsettled.sets,
    });
    if let (Some(followed), Some(more)) = (&passed.followed, more.as_object_mut()) {
        more.insert("commit".to_owned(), json!(followed.at.id));
        more.insert("commits".to_owned(), json!(all.commits));
    }
    let files: Vec<FilePath> = passed.snapshot.files().map(|(path, _)| path).collect();
    let exit = output::findings_and(global, Looked::At(&files), &findings, more, Exit::Ok);
    if let (Some(followed), true) = (&passed.followed, global.format == Format::Human) {
        const COMMITS: Noun = Noun::new(["new commit", "new commits"], ["ny innsending", "nye innsendinger"]);
        let (commits, at) = (COMMITS.count(all.commits.len()), &followed.at.id);
        output::tell(
            global,
            &text!(
                with commits;
                en: "{commits} accepted; it stands at {at}",
                nb: "{commits} godtatt; den står ved {at}"
            ),
        );
    }
    let (done, steps) = (all.done, output::STEPS.count(all.steps.len()));
    let accepted = match all.accepted.len() {
        0 => Text::default(),
        count => {
            let entries = Noun::ENTRIES.count(count);
            text!(with entries; en: "{entries} accepted; ", nb: "{entries} godtatt; ")
        }
    };
    let summary = portvakt_core::diag::summary(&findings);
    output::tell(
        global,
        &text!(
            with accepted, steps, summary;
            en: "{accepted}{done} of {steps} done; {summary}",
            nb: "{accepted}{done} av {steps} utført; {summary}"
        ),
    );
    exit
}
