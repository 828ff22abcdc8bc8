//! `portvakt plan`: what would be done to the store, why and approved by whom. Holds nothing that can write.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::json;

use crate::config::{Format, Global};
use crate::diag::{Exit, Finding};
use crate::memory::{self, MemoryError};
use crate::model::{GrantKey, Register, Right};
use crate::pass::{Asked, Decided, PassError, Patience, Scope, Seen, Shelf, prepare};
use crate::plan::{Effect, Step, Subject};
use crate::reconcile::engine::{EngineError, source_finding};
use crate::source::{Depth, Directory, RealPace, Settle, Snapshot};
use crate::store::sqlite::Reader;

use super::output;

/// Show what an apply would do, and write nothing.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(global: &Global, _: &Args) -> Exit {
    match decide(global) {
        Ok((decided, approvals)) => report(global, &decided, &approvals),
        Err(finding) => output::stop(global.format, finding),
    }
}

pub(super) type Approvals = BTreeMap<GrantKey, String>;

/// Reads the whole tree.
pub(super) fn snapshot(global: &Global) -> Result<Snapshot, Finding> {
    Directory::new(&global.root)
        .take(Depth::All, Settle::default(), &mut RealPace)
        .map_err(|error| source_finding(&error))
}

/// Opens the register for reading, and tells whether a baseline can be in it.
pub(super) fn reader(global: &Global) -> Result<Reader, Finding> {
    let path = global.store_path();
    if !path.exists() {
        return Err(EngineError::from(PassError::NoBaseline).finding());
    }
    let reader = Reader::open(&path).map_err(|error| EngineError::from(error).finding())?;
    match memory::is_prepared(reader.connection()) {
        Ok(true) => Ok(reader),
        Ok(false) => Err(EngineError::from(PassError::NoBaseline).finding()),
        Err(error) => Err(EngineError::from(error).finding()),
    }
}

pub(super) fn decide(global: &Global) -> Result<(Decided, Approvals), Finding> {
    let snapshot = snapshot(global)?;
    let reader = reader(global)?;
    let mut asked = Asked {
        memory: reader.connection(),
        store: &reader,
        shelf: &mut Shelf::default(),
        patience: &mut Patience::None,
    };
    let open = BTreeMap::new();
    let seen = Seen { snapshot: &snapshot, open: &open, now: global.clock().now(), moment: Instant::now() };
    let decided =
        prepare(&mut asked, seen, &Scope::Whole).map_err(|error| EngineError::from(error).finding())?;
    let approvals = approvals(&decided, &reader).map_err(|error| EngineError::from(error).finding())?;
    Ok((decided, approvals))
}

/// Who approved what the steps are about, by grant.
fn approvals(decided: &Decided, reader: &Reader) -> Result<Approvals, MemoryError> {
    let keys: BTreeSet<&GrantKey> = decided.steps.iter().flat_map(grants).collect();
    let people = keys.iter().map(|key| key.person.clone()).collect();
    let wanted = memory::Wanted { people, ..memory::Wanted::default() };
    let base = memory::base(reader.connection(), &decided.rules.register, Some(&wanted))?;
    let accepted: BTreeMap<_, _> =
        decided.grants.iter().map(|standing| (&standing.grant.key, standing)).collect();
    let mut approvals = Approvals::new();
    for key in keys {
        if let Some(standing) = accepted.get(key).copied().or_else(|| base.standing(key)) {
            let approval = &standing.grant.approval;
            let text = format!("approved by {} on {}, {}", approval.by, approval.on, key.request);
            approvals.insert(key.clone(), text);
        }
    }
    Ok(approvals)
}

fn grants(step: &Step) -> Vec<&GrantKey> {
    match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    }
}

fn report(global: &Global, decided: &Decided, approvals: &Approvals) -> Exit {
    if global.format == Format::Human {
        output::out(&text(&decided.steps, &decided.rules.register, approvals));
    }
    let approved: Vec<_> =
        approvals.iter().map(|(key, text)| json!({ "grant": key, "approval": text })).collect();
    let more = json!({
        "steps": decided.steps,
        "approvals": approved,
        "held": decided.held_removals,
        "plan": decided.plan_digest(),
        "snapshot": decided.snapshot,
    });
    let own = if decided.steps.is_empty() { Exit::Ok } else { Exit::Differs };
    let exit = output::findings_and(global.format, &decided.findings, more, own);
    let summary = crate::diag::summary(&decided.findings);
    output::err(&format!("{} steps; {summary}; nothing was written", decided.steps.len()));
    exit
}

/// The steps for people, in order of work.
pub(super) fn steps_text(steps: &[Step], register: &Register) -> String {
    text(steps, register, &Approvals::new())
}

fn text(steps: &[Step], register: &Register, approvals: &Approvals) -> String {
    let mut lines = Vec::new();
    for step in steps {
        let who = match (&step.person, &step.subject) {
            (Some(person), _) => person.to_string(),
            (None, Subject::Account(account)) => format!("account {account}"),
            (None, Subject::New(new)) => new.person.to_string(),
            (None, Subject::Nobody) => "nobody".to_owned(),
        };
        match &step.effect {
            Effect::Lower { revoke, end_subscriptions, close } => {
                lines.extend(revoke.iter().map(|revoke| {
                    format!("- {who}: {} — {}", right(&revoke.right, register), revoke.cause.words())
                }));
                if !end_subscriptions.is_empty() {
                    lines.push(format!("- {who}: {} report subscriptions end", end_subscriptions.len()));
                }
                if *close {
                    lines.push(format!(
                        "- {who}: the account closes, its e-mail is cleared, its history stays"
                    ));
                }
            }
            Effect::Sweep { end_subscriptions } => lines.push(format!(
                "- {who}: the e-mail of a closed account is cleared, {} report subscriptions end",
                end_subscriptions.len()
            )),
            Effect::Amend { .. } => lines.push(format!("~ {who}: name, login or e-mail brought in step")),
            Effect::Raise { grant } => lines.extend(grant.iter().map(|raise| {
                let new = if matches!(step.subject, Subject::New(_)) { ", in a new account" } else { "" };
                let again = if raise.drift { ", given again after it was taken away by hand" } else { "" };
                let approval =
                    approvals.get(&raise.grant).map_or_else(String::new, |text| format!(" ({text})"));
                format!("+ {who}: {}{new}{again}{approval}", right(&raise.right, register))
            })),
            Effect::Settle { grants } => lines.extend(grants.iter().map(|(key, cause)| {
                let unit = register.unit_name(key.unit);
                format!(
                    "= {who}: {} at {unit} is over — {}; the store agrees already",
                    key.application,
                    cause.words()
                )
            })),
        }
    }
    if lines.is_empty() {
        lines.push("Nothing to do: the register is as the accepted files say.".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn right(right: &Right, register: &Register) -> String {
    format!("{} in {} at {}", right.role, right.application, register.unit_name(right.unit))
}
