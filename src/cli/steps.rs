//! Describes the steps of a plan in words. `-` takes away, `+` gives, `~` amends, and `=` only records.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::{Standing, Why};
use portvakt_core::diag::{Lang, Noun, Text, quoted, text};
use portvakt_core::model::{ApplicationId, GrantKey, Register, Right, RoleId};
use portvakt_core::plan::{Detail, Effect, Follows, HeldSet, Raise, ReportWork, Revoke, Step, StepSubject};
use portvakt_core::reports::ReportRowChange;
use serde_json::{Value, json};

/// For each grant, the words about its approver, the day and the request.
pub(super) type ApprovalWords = BTreeMap<GrantKey, Text>;

/// Returns the grants that a step is about.
pub(super) fn grants(step: &Step) -> Vec<&GrantKey> {
    match &step.effect {
        Effect::Lower { revoke, .. } => revoke.iter().flat_map(|revoke| &revoke.grants).collect(),
        Effect::Raise { grant } => grant.iter().map(|raise| &raise.grant).collect(),
        Effect::Settle { grants } => grants.iter().map(|(key, _)| key).collect(),
        Effect::Sweep { .. } | Effect::Amend { .. } => Vec::new(),
    }
}

/// Describes the steps in the order of work, with one line or more for each. If there are none, it says whether
/// something is held.
pub(super) fn in_words(
    (steps, works, held): (&[Step], &[ReportWork], &[HeldSet]),
    quietly: &[&Standing],
    register: &Register,
    approvals: &ApprovalWords,
    lang: Lang,
) -> String {
    if steps.is_empty() && works.is_empty() && quietly.is_empty() {
        let nothing = if held.is_empty() {
            text!(
                en: "Nothing to do: the register is as the accepted files say.\n",
                nb: "Ingenting å gjøre: registeret er slik de godtatte filene sier.\n"
            )
        } else if held.iter().all(|set| set.why == Why::Budget) {
            text!(
                en: "Nothing is done: removals are held until people release them (`removals-held`).\n",
                nb: "Ingenting gjøres: fjerninger holdes tilbake til noen frigir dem (`removals-held`).\n"
            )
        } else {
            let codes: BTreeSet<&str> = held.iter().map(|set| set.why.code().as_str()).collect();
            let codes = quoted(codes);
            text!(
                en: "Nothing is done: something waits until people release it or the files are mended ({codes}).\n",
                nb: "Ingenting gjøres: noe venter til noen frigir det eller filene blir rettet ({codes}).\n"
            )
        };
        return nothing.get(lang).to_owned();
    }
    let lines = steps.iter().flat_map(|step| step_lines(step, register, approvals));
    let quietly = quietly.iter().map(|standing| entry_in_words(standing, register));
    lines
        .chain(works.iter().flat_map(work))
        .chain(quietly)
        .map(|line| format!("{}\n", line.get(lang)))
        .collect()
}

/// Returns the accepted entries that no step is about. For example, an access was extended, begins later, or is over
/// already.
pub(super) fn without_a_step<'a>(accepted: &'a [Standing], steps: &[Step]) -> Vec<&'a Standing> {
    let told: BTreeSet<&GrantKey> = steps.iter().flat_map(grants).collect();
    accepted.iter().filter(|standing| !told.contains(&standing.grant.key)).collect()
}

/// Returns accepted entries as JSON.
pub(super) fn entries(accepted: &[Standing]) -> Value {
    let told = |standing: &Standing| {
        let grant = &standing.grant;
        json!({ "grant": grant.key, "role": grant.role, "from": grant.from, "until": grant.until })
    };
    accepted.iter().map(told).collect()
}

fn entry_in_words(standing: &Standing, register: &Register) -> Text {
    let grant = &standing.grant;
    let (who, right, from, request) =
        (&grant.key.person, right(&grant.right(), register), grant.from, &grant.key.request);
    let until = grant.until.map_or_else(
        || text!(en: "without an end", nb: "uten sluttdato"),
        |day| text!(en: "to {day}", nb: "til {day}"),
    );
    text!(
        with right, until;
        en: "= {who}: {right} is accepted, from {from} {until} ({request}); nothing to do in the register today",
        nb: "= {who}: {right} er godtatt, fra {from} {until} ({request}); ingenting å gjøre i registeret i dag"
    )
}

/// Describes the work in Rapporteket for one account.
fn work(work: &ReportWork) -> Vec<Text> {
    const ENDS: Noun = Noun::new(
        ["report ends in Rapporteket", "reports end in Rapporteket"],
        ["rapport avsluttes i Rapporteket", "rapporter avsluttes i Rapporteket"],
    );
    const ROWS: Noun = Noun::new(["report", "reports"], ["rapport", "rapporter"]);
    let who = work.person.as_ref().map_or_else(
        || {
            let account = &work.account;
            text!(en: "account {account}", nb: "konto {account}")
        },
        |person| Text::same(person.as_str()),
    );
    let count =
        |is: fn(&ReportRowChange) -> bool| work.changes.iter().filter(|(_, change)| is(change)).count();
    let (ends, takes) = (count(ReportRowChange::ends), count(ReportRowChange::takes_out));
    let mut lines = Vec::new();
    if ends > 0 {
        let ends = ENDS.count(ends);
        lines.push(text!(with who, ends; en: "- {who}: {ends}", nb: "- {who}: {ends}"));
    }
    if takes > 0 {
        let rows = ROWS.count(takes);
        lines.push(text!(
            with who, rows;
            en: "- {who}: the e-mail address is taken out of {rows} in Rapporteket",
            nb: "- {who}: e-postadressen tas ut av {rows} i Rapporteket"
        ));
    }
    if work.waits || (lines.is_empty() && work.follows != Follows::Earlier) {
        lines.push(text!(
            with who;
            en: "- {who}: what is to end in Rapporteket is written down and done later",
            nb: "- {who}: det som skal avsluttes i Rapporteket, skrives ned og gjøres senere"
        ));
    }
    if work.follows == Follows::Earlier {
        lines.push(text!(
            with who;
            en: "- {who}: what an earlier pass left open in Rapporteket is tried again",
            nb: "- {who}: det en tidligere gjennomgang ikke fikk gjort i Rapporteket, prøves på nytt"
        ));
    }
    lines
}

/// Returns the work in Rapporteket as JSON. E-mail addresses are left out.
pub(super) fn reports(works: &[ReportWork]) -> Value {
    let told = |work: &ReportWork| {
        let rows = |is: fn(&ReportRowChange) -> bool| -> Vec<&str> {
            let those = work.changes.iter().filter(|(_, change)| is(change));
            those.map(|(_, change)| change.before.name()).collect()
        };
        json!({
            "account": work.account,
            "person": work.person,
            "follows": match work.follows {
                Follows::Step => "step",
                Follows::Alone => "alone",
                Follows::Earlier => "earlier",
            },
            "ends": rows(ReportRowChange::ends),
            "addresses": rows(ReportRowChange::takes_out),
        })
    };
    works.iter().map(told).collect()
}

fn step_lines(step: &Step, register: &Register, approvals: &ApprovalWords) -> Vec<Text> {
    let who = who(step);
    match &step.effect {
        Effect::Lower { cause, revoke, end_subscriptions, close } => {
            let gone = |gone: &Revoke| {
                let (right, why) = (right(&gone.right, register), gone.cause.words());
                text!(with who, right, why; en: "- {who}: {right} — {why}", nb: "- {who}: {right} — {why}")
            };
            let mut lines: Vec<Text> = revoke.iter().map(gone).collect();
            if !end_subscriptions.is_empty() {
                let ends = ends(end_subscriptions);
                lines.push(text!(with who, ends; en: "- {who}: {ends}", nb: "- {who}: {ends}"));
            }
            if *close {
                let why = if revoke.is_empty() {
                    let why = cause.words();
                    text!(with why; en: " — {why}", nb: " — {why}")
                } else {
                    Text::default()
                };
                lines.push(text!(
                    with who, why;
                    en: "- {who}: the account closes, its e-mail is cleared, its history stays{why}",
                    nb: "- {who}: kontoen stenges, e-postadressen fjernes, historikken bevares{why}"
                ));
            }
            lines
        }
        Effect::Sweep { end_subscriptions } => {
            let ends = ends(end_subscriptions);
            vec![text!(
                with who, ends;
                en: "- {who}: the e-mail of a closed account is cleared, {ends}",
                nb: "- {who}: e-postadressen på en stengt konto fjernes, {ends}"
            )]
        }
        Effect::Amend { changed, .. } => {
            let told = |detail: &Detail| {
                let what = detail.words();
                text!(with who, what; en: "~ {who}: {what}", nb: "~ {who}: {what}")
            };
            changed.iter().map(told).collect()
        }
        Effect::Raise { grant } => {
            let new = match step.subject {
                StepSubject::New(_) => text!(en: ", in a new account", nb: ", i en ny konto"),
                _ => Text::default(),
            };
            let given = |raise: &Raise| {
                let right = right(&raise.right, register);
                let again = if raise.drift {
                    text!(
                        en: ", given again after it was taken away by hand",
                        nb: ", gitt på nytt etter at den ble fjernet for hånd"
                    )
                } else {
                    Text::default()
                };
                let approval = approvals
                    .get(&raise.grant)
                    .map(|told| text!(with told; en: " ({told})", nb: " ({told})"))
                    .unwrap_or_default();
                text!(
                    with who, right, new, again, approval;
                    en: "+ {who}: {right}{new}{again}{approval}",
                    nb: "+ {who}: {right}{new}{again}{approval}"
                )
            };
            let stays = grant.iter().flat_map(|raise| &raise.stays_ended).map(|stays| {
                let words = stays.words();
                text!(with who, words; en: "  {who}: {words}", nb: "  {who}: {words}")
            });
            grant.iter().map(given).chain(stays).collect()
        }
        Effect::Settle { grants } => grants
            .iter()
            .map(|(key, cause)| {
                let (unit, why, application) =
                    (register.unit_name(key.unit), cause.words(), &key.application);
                text!(
                    with who, why;
                    en: "= {who}: {application} at {unit} is over — {why}; the store agrees already",
                    nb: "= {who}: {application} ved {unit} er over — {why}; registeret er alt i samsvar"
                )
            })
            .collect(),
    }
}

fn who(step: &Step) -> Text {
    match (&step.person, &step.subject) {
        (Some(person), _) => Text::same(person.as_str()),
        (None, StepSubject::Account(account)) => text!(en: "account {account}", nb: "konto {account}"),
        (None, StepSubject::New(new)) => Text::same(new.person.as_str()),
        (None, StepSubject::Nobody) => text!(en: "nobody", nb: "ingen"),
    }
}

fn ends(subscriptions: &[i64]) -> Text {
    const ENDS: Noun = Noun::new(
        ["report subscription ends", "report subscriptions end"],
        ["rapportabonnement avsluttes", "rapportabonnementer avsluttes"],
    );
    ENDS.count(subscriptions.len())
}

fn right(right: &Right, register: &Register) -> Text {
    role_at(&right.role, &right.application, &register.unit_name(right.unit))
}

/// Returns the words for a role, with the application and the place. The unit is named as in the register.
pub(super) fn role_at(role: &RoleId, application: &ApplicationId, unit: &str) -> Text {
    text!(en: "{role} in {application} at {unit}", nb: "{role} i {application} ved {unit}")
}
