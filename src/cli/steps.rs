//! The steps of a plan in words: `-` takes away, `+` gives, `~` amends, `=` only records.

use std::collections::BTreeMap;

use crate::model::{GrantKey, Register, Right};
use crate::plan::{Effect, Raise, Step, Subject};

/// Who approved a grant, when and on which request, in words.
pub(super) type Approvals = BTreeMap<GrantKey, String>;

/// The grants a step is about.
pub(super) fn grants(step: &Step) -> Vec<&GrantKey> {
    match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    }
}

/// The steps in order of work, one line or more each.
pub(super) fn text(steps: &[Step], register: &Register, approvals: &Approvals) -> String {
    if steps.is_empty() {
        return "Nothing to do: the register is as the accepted files say.\n".to_owned();
    }
    let lines = steps.iter().flat_map(|step| lines(step, register, approvals));
    lines.map(|line| line + "\n").collect()
}

fn lines(step: &Step, register: &Register, approvals: &Approvals) -> Vec<String> {
    let who = who(step);
    match &step.effect {
        Effect::Lower { revoke, end_subscriptions, close } => {
            let mut lines: Vec<String> = revoke
                .iter()
                .map(|gone| format!("- {who}: {} — {}", right(&gone.right, register), gone.cause.words()))
                .collect();
            if !end_subscriptions.is_empty() {
                lines.push(format!("- {who}: {}", ends(end_subscriptions)));
            }
            if *close {
                lines.push(format!("- {who}: the account closes, its e-mail is cleared, its history stays"));
            }
            lines
        }
        Effect::Sweep { end_subscriptions } => {
            vec![format!("- {who}: the e-mail of a closed account is cleared, {}", ends(end_subscriptions))]
        }
        Effect::Amend { .. } => vec![format!("~ {who}: name, login or e-mail brought in step")],
        Effect::Raise { grant } => {
            let new = if matches!(step.subject, Subject::New(_)) { ", in a new account" } else { "" };
            let given = |raise: &Raise| {
                let again = if raise.drift { ", given again after it was taken away by hand" } else { "" };
                let approval =
                    approvals.get(&raise.grant).map(|text| format!(" ({text})")).unwrap_or_default();
                format!("+ {who}: {}{new}{again}{approval}", right(&raise.right, register))
            };
            grant.iter().map(given).collect()
        }
        Effect::Settle { grants } => grants
            .iter()
            .map(|(key, cause)| {
                let unit = register.unit_name(key.unit);
                let why = cause.words();
                format!("= {who}: {} at {unit} is over — {why}; the store agrees already", key.application)
            })
            .collect(),
    }
}

fn who(step: &Step) -> String {
    match (&step.person, &step.subject) {
        (Some(person), _) => person.to_string(),
        (None, Subject::Account(account)) => format!("account {account}"),
        (None, Subject::New(new)) => new.person.to_string(),
        (None, Subject::Nobody) => "nobody".to_owned(),
    }
}

fn ends(subscriptions: &[i64]) -> String {
    match subscriptions.len() {
        1 => "1 report subscription ends".to_owned(),
        n => format!("{n} report subscriptions end"),
    }
}

fn right(right: &Right, register: &Register) -> String {
    format!("{} in {} at {}", right.role, right.application, register.unit_name(right.unit))
}
