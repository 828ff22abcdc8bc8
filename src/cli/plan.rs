//! `portvakt plan` shows what would be done to the store, why, and who approved it. It uses nothing that can write.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Instant;

use portvakt_core::decide::{Decided, Nothing, Patience, Reviews, Scope};
use portvakt_core::diag::{Code, Exit, Finding, Looked, Text, text};
use portvakt_core::model::{Evidence, FilePath, GrantKey};
use portvakt_core::reports::ReadReports;
use portvakt_core::store::ReadStore;
use portvakt_core::tree::Snapshot;
use portvakt_database::Site;
use portvakt_engine::memory::MemoryError;
use portvakt_engine::pass::{Asked, PassError, Seen, Shelf, prepare};
use portvakt_engine::reconcile::engine::{EngineError, belongs, source_finding};
use portvakt_engine::reconcile::origin::rewritten;
use portvakt_engine::reconcile::reviews::{Asking, ForgeReviews};
use portvakt_engine::review::{Compared, Judged, Review};
use portvakt_engine::{memory, review};
use portvakt_sources::{Depth, Directory, Made, RealPace, Settle, SourceError, standing};
use portvakt_stores::RemoteStore;
use portvakt_stores::rapporteket::{Maria, Settings};
use portvakt_stores::tables::Reader;
use serde_json::json;

use super::progress::Progress;
use super::proposal::{self, Named, Proposed};
use super::steps::{self, Approvals};
use super::{check, output};
use crate::config::{Format, Global, ScimError};

/// Show what an apply would do, and write nothing.
///
/// With a base, it explains a proposed change to whoever reviews it, and needs no register: who gains and loses what,
/// by whose approval, what is held and why.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    named: Named,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if args.named.base.is_some() {
        return explained(global, &args.named).unwrap_or_else(|finding| stopped(global, finding));
    }
    if args.named.head.is_some() {
        output::tell(
            global,
            &text!(
                en: "error: `--head` goes with `plan --base`; see --help",
                nb: "feil: `--head` hører til `plan --base`; se --help"
            ),
        );
        return Exit::Usage;
    }
    match decide(global) {
        Ok(planned) => report(global, &planned),
        Err(finding) => output::stop(global, finding),
    }
}

/// Reports the finding that ended the command. In Markdown it becomes a comment, so that a reviewer sees why there is
/// no review.
fn stopped(global: &Global, finding: Finding) -> Exit {
    if global.format != Format::Markdown {
        return output::stop(global, finding);
    }
    output::out(&review::findings(std::slice::from_ref(&finding), global.lang()));
    finding.exit()
}

/// Explains a proposed change to its reviewer.
fn explained(global: &Global, named: &Named) -> Result<Exit, Finding> {
    let progress = Progress::reading(global);
    let judged = proposal::judged(global, named, &progress)?;
    drop(progress);
    let Proposed { base, tree, commits, checked, on, .. } = judged;
    let judged = Judged {
        base: commits.base.clone(),
        head: commits.head.clone(),
        merged: commits.made.map(|made| made == Made::Merged),
    };
    let base = base.as_ref().unwrap_or(&tree);
    let review = Review::of(&checked, Compared { base, tree: &tree, judged, on });
    let own = if review.does_something() { Exit::Differs } else { Exit::Ok };
    let exit = Finding::exit_of(&checked.findings).worst(own);
    let page = || review::page(&review, global.lang());
    match global.format {
        Format::Markdown => output::out(&review::markdown(&page())),
        Format::Human => output::out(&review::human(&page())),
        Format::Json | Format::Github | Format::Sarif | Format::Junit => {
            let (findings, files) = check::placed(global, &checked.findings, &tree);
            let more = json!({ "review": review });
            return Ok(output::findings_and(global, Looked::At(&files), &findings, more, own));
        }
    }
    Ok(exit)
}

/// Turns an error into a finding for people.
pub(super) fn told(error: impl Into<EngineError>) -> Finding {
    error.into().finding()
}

/// The whole tree, and its commit if a branch is followed.
pub(super) struct Tree {
    pub snapshot: Snapshot,
    pub commit: Option<String>,
}

/// Reads the whole tree from the directory, or from the tip of the branch.
pub(super) fn tree(global: &Global) -> Result<Tree, Finding> {
    let read = match global.branch() {
        None => Directory::new(&global.root)
            .take(Depth::All, Settle::default(), &mut RealPace)
            .map(|snapshot| Tree { snapshot, commit: None }),
        Some(branch) => branch
            .open()
            .and_then(|repository| repository.commit(branch.rev()))
            .map(|commit| Tree { snapshot: commit.snapshot, commit: Some(commit.id) }),
    };
    read.map_err(|error| located(global, source_finding(&error)))
}

/// A plan, with the facts that people want to see beside it.
pub(super) struct Planned {
    pub decided: Decided,
    pub approvals: Approvals,
    /// The number of commits from the accepted one to the tip, if a branch is followed.
    pub commits: Option<usize>,
    /// The files that were read.
    pub files: Vec<FilePath>,
    /// The number of steps that an earlier pass began at a register elsewhere, without a known outcome.
    pub unsettled: usize,
}

/// Checks that the tip of the branch descends from the accepted commit, and counts the commits between them.
fn along(global: &Global, reader: &Reader, tip: Option<&str>) -> Result<Option<usize>, Finding> {
    let accepted = memory::accepted_commit(reader.connection()).map_err(told)?;
    let has_base = memory::accepted_rules(reader.connection()).map_err(told)?.is_some();
    let failed = |error: SourceError| located(global, source_finding(&error));
    match (tip, accepted, global.branch()) {
        (None, Some(_), _) => Err(told(EngineError::Switched { from: "git" })),
        (Some(_), None, _) if has_base => Err(told(EngineError::Switched { from: "a directory" })),
        (Some(tip), Some(accepted), Some(branch)) => {
            let repository = branch.open().map_err(failed)?;
            match standing(&repository, &accepted, tip).map_err(failed)? {
                Ok(commits) => Ok(Some(commits)),
                Err(why) => {
                    let tip = repository.find(tip).map_err(failed)?;
                    Err(rewritten(&why, &accepted, &tip))
                }
            }
        }
        _ => Ok(None),
    }
}

/// The kind of evidence that the accepted register asks for. It is `None` before the first baseline.
fn accepted_evidence(reader: &Reader) -> Result<Option<Evidence>, Finding> {
    let conn = reader.connection();
    let Some((policies, settings)) = memory::accepted_rules(conn).map_err(told)? else { return Ok(None) };
    let rules = Shelf::default().remembered(conn, &policies, &settings).map_err(told)?;
    Ok(Some(rules.register.evidence.clone()))
}

/// Adds the place to a finding, so that a person in the wrong folder or with a mistyped path sees the reason.
pub(super) fn located(global: &Global, mut finding: Finding) -> Finding {
    match finding.code {
        Code::TreeMissing => {
            let root = std::path::absolute(&global.root).unwrap_or_else(|_| global.root.clone());
            let (root, what) = (root.display(), finding.message);
            finding.message = text!(with what; en: "in `{root}`: {what}", nb: "i `{root}`: {what}");
            finding.way_out = finding.way_out.and(text!(
                en: "Another root is named with `--root DIR`.",
                nb: "En annen rot oppgis med `--root DIR`."
            ));
        }
        Code::NoBaseline => {
            let (path, what) = (global.store_path(), finding.message);
            let path = path.display();
            finding.message = text!(with what; en: "`{path}`: {what}", nb: "`{path}`: {what}");
            finding.way_out = finding.way_out.and(match global.store.place() {
                None => text!(
                    en: "Another register is named with `--store sqlite:PATH`.",
                    nb: "Et annet register oppgis med `--store sqlite:PATH`."
                ),
                Some(_) => text!(
                    en: "Another file that remembers it is named with `--memory sqlite:PATH`.",
                    nb: "En annen fil som husker det, oppgis med `--memory sqlite:PATH`."
                ),
            });
        }
        _ => {}
    }
    finding
}

/// Opens the register for reading. If approvals are only declared, it prints a note about that.
pub(super) fn reader(global: &Global) -> Result<Reader, Finding> {
    let reader = quiet_reader(global)?;
    if accepted_evidence(&reader)? == Some(Evidence::Declared) {
        output::tell(
            global,
            &text!(
                en: "NOTE: this register takes approvals as they are written; nothing shows that anybody approved (`evidence: declared`).",
                nb: "MERK: dette registeret tar godkjenninger slik de er skrevet; ingenting viser at noen har godkjent (`evidence: declared`)."
            ),
        );
    }
    Ok(reader)
}

/// Opens the register for reading without the note. Commands that print findings use it, because their findings include
/// this fact.
pub(super) fn quiet_reader(global: &Global) -> Result<Reader, Finding> {
    let none = || located(global, told(PassError::NoBaseline));
    let site = site(global)?;
    if matches!(&site, Site::File(path) if !path.exists()) {
        return Err(none());
    }
    let reader = Reader::open(site).map_err(told)?;
    if !memory::is_prepared(reader.connection()).map_err(told)? {
        return Err(none());
    }
    belongs(reader.connection(), global.store.place().as_deref()).map_err(told)?;
    Ok(reader)
}

/// The place of this program's own tables.
pub(super) fn site(global: &Global) -> Result<Site, Finding> {
    global.site().map_err(|error| unreachable(global, &error))
}

/// The client for a register elsewhere. It is `None` if the register is in this program's own tables.
pub(super) fn elsewhere(global: &Global) -> Result<Option<RemoteStore>, Finding> {
    global.remote().map_err(|error| unreachable(global, &error))
}

fn unreachable(global: &Global, error: &ScimError) -> Finding {
    let (place, why) = (&global.store, error.words());
    let message = text!(
        with why;
        en: "the register at `{place}`: {why}",
        nb: "registeret på `{place}`: {why}"
    );
    let way_out = text!(
        en: "Mend the option or the file it names.",
        nb: "Rett valget eller filen det navngir."
    );
    Finding::new(Code::StoreUnavailable, message, way_out)
}

/// The client for Rapporteket's reports, if the options name its database.
pub(super) fn reports(global: &Global) -> Result<Option<Maria>, Finding> {
    let Some(settings) = reports_settings(global)? else { return Ok(None) };
    Maria::new(&settings).map(Some).map_err(|error| {
        let way_out = text!(en: "Mend what the message names.", nb: "Rett det meldingen nevner.");
        Finding::new(Code::ReportsUnavailable, Text::same(error.to_string()), way_out)
    })
}

/// The settings for Rapporteket's reports, if the options name its database.
pub(super) fn reports_settings(global: &Global) -> Result<Option<Settings>, Finding> {
    global.reports().map_err(|error| {
        let why = error.words();
        let message = text!(
            with why;
            en: "Rapporteket's database: {why}",
            nb: "databasen til Rapporteket: {why}"
        );
        let way_out = text!(
            en: "Mend the option or the file it names.",
            nb: "Rett valget eller filen det navngir."
        );
        Finding::new(Code::ReportsUnavailable, message, way_out)
    })
}

/// Opens the store for reading. It is the register's own tables or the client for a register elsewhere. Neither can
/// write.
pub(super) fn reading(global: &Global, reader: Reader) -> Result<(Rc<Reader>, Rc<dyn ReadStore>), Finding> {
    let reader = Rc::new(reader);
    match elsewhere(global)? {
        None => Ok((Rc::clone(&reader), reader)),
        Some(remote) => Ok((reader, Rc::from(remote.read().map_err(told)?))),
    }
}

/// Decides what would be done, and adds the approvals and the files that were read.
pub(super) fn decide(global: &Global) -> Result<Planned, Finding> {
    let progress = Progress::reading(global);
    let Tree { snapshot, commit } = tree(global)?;
    progress.now(text!(en: "judging and comparing", nb: "vurderer og sammenligner"));
    let (reader, store) = reading(global, quiet_reader(global)?)?;
    let reports = reports(global)?;
    let commits = along(global, &reader, commit.as_deref())?;
    let mut asked = Asked {
        memory: reader.connection(),
        store: store.as_ref(),
        reports: reports.as_ref().map(|reports| reports as &dyn ReadReports),
        shelf: &mut Shelf::default(),
        patience: &mut Patience::None,
    };
    let evidence = accepted_evidence(&reader)?;
    let (branch, token) = (global.branch(), global.forge_token());
    let asking = match evidence {
        None => Ok(None),
        Some(evidence) => Asking::ready(&evidence, branch.as_ref(), token.as_deref()),
    };
    let (asking, mut besides) =
        asking.map_or_else(|finding| (None, vec![finding]), |ready| (ready, Vec::new()));
    let forge = asking.as_ref().zip(commit.as_deref()).map(|(asking, commit)| asking.merged(commit));
    let seen = Seen {
        reviews: forge.as_ref().map_or(&Nothing as &dyn Reviews, |forge| forge),
        ..Seen::alone(&snapshot, global.clock().now(), Instant::now())
    };
    let mut decided =
        prepare(&mut asked, seen, &Scope::Whole).map_err(|error| located(global, told(error)))?;
    besides.extend(forge.map(ForgeReviews::troubles).into_iter().flatten());
    decided.findings.append(&mut besides);
    decided.findings.sort();
    let approvals = approvals(&decided, &reader).map_err(told)?;
    let files = snapshot.files().map(|(path, _)| path).collect();
    // In the embedded register an effect and its record are one transaction. So no step is ever without an outcome
    // there.
    let unsettled = match global.store.place() {
        None => 0,
        Some(_) => memory::unsettled(reader.connection()).map_err(told)?,
    };
    Ok(Planned { decided, approvals, commits, files, unsettled })
}

/// The approvals of the grants that the steps are about.
fn approvals(decided: &Decided, reader: &Reader) -> Result<Approvals, MemoryError> {
    let keys: BTreeSet<&GrantKey> = decided.steps.iter().flat_map(steps::grants).collect();
    let people = keys.iter().map(|key| key.person.clone()).collect();
    let wanted = memory::Wanted { people, ..memory::Wanted::default() };
    let base = memory::base(reader.connection(), &decided.rules.register, Some(&wanted))?;
    let accepted: BTreeMap<_, _> =
        decided.grants.iter().map(|standing| (&standing.grant.key, standing)).collect();
    let mut approvals = Approvals::new();
    for key in keys {
        if let Some(standing) = accepted.get(key).copied().or_else(|| base.standing(key)) {
            let approval = &standing.grant.approval;
            let (by, on, request) = (&approval.by, approval.on, &key.request);
            let told = text!(
                en: "approved by {by} on {on}, {request}",
                nb: "godkjent av {by} {on}, {request}"
            );
            approvals.insert(key.clone(), told);
        }
    }
    Ok(approvals)
}

fn report(global: &Global, planned: &Planned) -> Exit {
    let Planned { decided, approvals, commits, files, unsettled } = planned;
    if global.format == Format::Human {
        let works = decided.reports.as_deref().unwrap_or_default();
        let steps = (decided.steps.as_slice(), works, decided.held_removals.as_slice());
        output::out(&steps::told(steps, &decided.rules.register, approvals, global.lang()));
    }
    let approved: Vec<_> = approvals
        .iter()
        .map(|(key, told)| json!({ "grant": key, "approval": told.get(global.lang()) }))
        .collect();
    let mut more = json!({
        "steps": decided.steps,
        "reports": steps::reports(decided.reports.as_deref().unwrap_or_default()),
        "approvals": approved,
        "held": decided.held_removals,
        "plan": decided.plan_digest(),
        "snapshot": decided.snapshot,
    });
    if let (Some(commits), Some(more)) = (commits, more.as_object_mut()) {
        more.insert("commits".to_owned(), json!(commits));
    }
    if *unsettled > 0 {
        if let Some(more) = more.as_object_mut() {
            more.insert("unsettled".to_owned(), json!(unsettled));
        }
        let steps = output::STEPS.count(*unsettled);
        output::tell(
            global,
            &text!(
                with steps;
                en: "an earlier pass was cut off: of {steps} it is not known whether the register has done them. The next `apply`, or the daemon, reads the register and records what it finds before it decides anything, so some of the steps of this plan may be done already",
                nb: "en tidligere gjennomgang ble avbrutt: av {steps} er det ikke kjent om registeret har utført dem. Neste `apply`, eller tjenesten, leser registeret og fører inn det den finner, før den avgjør noe, så noen av stegene i denne planen kan være utført"
            ),
        );
    }
    if let Some(commits) = commits.filter(|commits| *commits > 1) {
        output::tell(
            global,
            &text!(
                en: "{commits} commits lie between what was accepted and the tip; this is the tip against what was accepted, and `apply` judges each commit by itself",
                nb: "{commits} innsendinger ligger mellom det som er godtatt, og det nyeste; dette er det nyeste mot det som er godtatt, mens `apply` vurderer hver innsending for seg"
            ),
        );
    }
    let nothing = decided.steps.is_empty() && decided.reports.iter().flatten().next().is_none();
    let own = if nothing { Exit::Ok } else { Exit::Differs };
    let exit = output::findings_and(global, Looked::At(files), &decided.findings, more, own);
    let summary = portvakt_core::diag::summary(&decided.findings);
    let steps = output::STEPS.count(decided.steps.len());
    output::tell(
        global,
        &text!(
            with steps, summary;
            en: "{steps}; {summary}; nothing was written",
            nb: "{steps}; {summary}; ingenting ble skrevet"
        ),
    );
    exit
}
