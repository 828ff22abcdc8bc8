//! `review evidence` writes what an auditor asks for about one review. It has the list, the decision for each access,
//! the reviewers and their statements. It also has the digests that tie it to the tree, to the files and to the ledger.
//! In a clone there is no ledger and no store, so both parts are empty. The list is then that of the newest main
//! branch.

use std::path::Path;

use portvakt_core::diag::{Code, Exit, Finding, Lang, text};
use portvakt_core::evidence::SignatureFile;
use portvakt_core::model::{Digest, Quarter, RowAnswer, TrustId};
use portvakt_core::review::{AnswerFollowed, anew, followed, followed_setting, setting_anew, setting_words};
use serde_json::{Value, json};

use self::page::evidence_page;
use super::Done;
use super::list::ReviewDesk;
use super::record::{ReviewRecord, Stands, state_of_list};
use super::show::{follows, follows_setting};
use super::unlisted;
use crate::cli::clone::ListPlace;
use crate::cli::output;
use crate::config::Global;

mod page;

pub(super) fn run(
    global: &Global,
    (typed, quarter): (&str, Quarter),
    html: bool,
    checkpoint: Option<&Path>,
    here: bool,
) -> Done {
    let one = |finding: Finding| vec![finding];
    let register = ReviewRecord::register(global).map_err(one)?;
    // On the register's host, the files are those that its daemon reads.
    let place = ListPlace::main(global, here || register.is_some()).map_err(one)?;
    let desk = ReviewDesk::open(place.global())?;
    let trust = &desk.trust(typed)?;
    let record = register.map(|register| ReviewRecord::read(register, trust, quarter));
    let record = record.transpose().map_err(one)?;
    let desk = desk.beside_register(record.as_ref().map(ReviewRecord::used).transpose().map_err(one)?);
    let held = place.held(global, trust, Some(quarter)).map_err(one)?;
    if let Some(held) = &held {
        let branch = portvakt_net::line(&held.branch);
        output::tell(
            global,
            &text!(
                en: "A list of {quarter} is on the branch {branch}, and not taken in yet: of that nothing is said here.",
                nb: "En liste for {quarter} er på grenen {branch}, og ikke tatt inn ennå: om den sies det ingenting her."
            ),
        );
    }
    if checkpoint.is_some() && record.is_none() {
        let message = text!(
            en: "there is no ledger here to hold a checkpoint against",
            nb: "her finnes ingen protokoll å holde et kontrollpunkt opp mot"
        );
        let way_out = text!(
            en: "Ask where the daemon runs, or leave out `--checkpoint`.",
            nb: "Spør der tjenesten kjører, eller utelat `--checkpoint`."
        );
        return Err(vec![Finding::new(Code::NoBaseline, message, way_out)]);
    }
    let gathered = gathered(&desk, (trust, quarter), record.as_ref(), checkpoint);
    let value = gathered.map_err(|findings| match held {
        Some(_) => findings.into_iter().map(|finding| on_a_branch(finding, trust, quarter)).collect(),
        None => findings,
    })?;
    if html {
        output::out(&evidence_page(&value, global.lang()));
    } else {
        output::json_out(&value);
    }
    Ok(Exit::Ok)
}

/// Returns the finding about a list that only a branch has. Another list cannot be made, so it tells where this one is
/// shown.
fn on_a_branch(finding: Finding, trust: &TrustId, quarter: Quarter) -> Finding {
    if finding.code != Code::UnknownName {
        return finding;
    }
    let way_out = text!(
        en: "There is evidence when the branch is taken in. Until then `portvakt review show --trust {trust} --quarter {quarter}` shows the list on it.",
        nb: "Bevis finnes når grenen er tatt inn. Inntil da viser `portvakt review show --trust {trust} --quarter {quarter}` listen på den."
    );
    Finding { way_out, ..finding }
}

/// Collects the evidence as one value. Both output forms are made from it.
fn gathered(
    desk: &ReviewDesk,
    (trust, quarter): (&TrustId, Quarter),
    record: Option<&ReviewRecord>,
    checkpoint: Option<&Path>,
) -> Result<Value, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let (path, list) = desk.list(trust, Some(quarter))?;
    let (review, register) = (&list.parsed.review, &desk.rules.register);
    let judged = desk.judged();
    let newer = judged.overtaker(&path);
    let files = desk.tree.reviews();
    let bytes = files.files.get(&path).map(|bytes| Digest::of(bytes));
    let signatures = SignatureFile::read(files.signatures(&path)).signatures;
    let reviewers: Vec<Value> = review
        .reviewed
        .iter()
        .map(|line| {
            let statements = review.statements(&register.id, line);
            // If only the text of an earlier version is signed, that text is the evidence.
            let covered = |text: &&str| signatures.iter().any(|signature| signature.covers(text.as_bytes()));
            let statement = statements.texts().find(covered).unwrap_or_else(|| statements.text());
            let keys: Vec<String> = signatures
                .iter()
                .filter(|signature| signature.covers(statement.as_bytes()))
                .map(|signature| signature.key.to_string())
                .collect();
            json!({
                "by": line.by, "name": desk.name(&line.by), "on": line.on, "statement": statement,
                "digest": Digest::of(statement.as_bytes()), "signed-with": keys,
            })
        })
        .collect();
    let rows: Vec<Value> = review
        .rows
        .iter()
        .map(|row| {
            let done = followed(row, &desk.base, |_| None, desk.today);
            let is_done = matches!(done, AnswerFollowed::Done | AnswerFollowed::NothingAsked);
            let later = anew(row, (&list, newer), &desk.base).filter(|_| done == AnswerFollowed::NotYet);
            let later = later.and_then(|row| row.answered.as_ref()).map(|answered| words(answered.answer));
            let allows: Vec<String> = desk.sentences(row).iter().map(|says| says.en().to_owned()).collect();
            json!({
                "person": row.key.person, "name": desk.name(&row.key.person),
                "application": row.key.application, "unit": row.key.unit,
                "unit-name": register.unit_name(row.key.unit), "role": row.role, "request": row.key.request,
                "from": row.from, "until": row.until, "approved-by": row.approved_by,
                "approved-on": row.approved_on, "allows": row.allows, "allows-in-words": allows,
                "notices": row.notices, "answer": row.answered.as_ref().map(|answered| words(answered.answer)),
                "answered-by": row.answered.as_ref().map(|answered| &answered.by),
                "carried-out": row.answered.is_some() && list.counts_from.is_some() && is_done,
                "follows": follows(desk, row).en(), "answered-anew": later,
            })
        })
        .collect();
    let settings: Vec<Value> = review
        .settings
        .iter()
        .map(|row| {
            let done = followed_setting(row, register, &desk.base, desk.today);
            let is_done = matches!(done, AnswerFollowed::Done | AnswerFollowed::NothingAsked);
            let later =
                setting_anew(row, (&list, newer), &desk.base).filter(|_| done == AnswerFollowed::NotYet);
            let later = later.and_then(|row| row.answered.as_ref()).map(|answered| words(answered.answer));
            let about = row.setting.person();
            json!({
                "setting": row.setting, "person": about, "name": about.map(|person| desk.name(person)),
                "in-words": { "en": setting_words(&row.setting, register).en(),
                              "nb": setting_words(&row.setting, register).get(Lang::Nb) },
                "answer": row.answered.as_ref().map(|answered| words(answered.answer)),
                "answered-by": row.answered.as_ref().map(|answered| &answered.by),
                "carried-out": row.answered.is_some() && list.counts_from.is_some() && is_done,
                "follows": follows_setting(desk, row).en(), "answered-anew": later,
            })
        })
        .collect();
    let state = state_of_list(&list, newer, record);
    let closed = match state {
        Stands::Closed(entry) => json!(entry),
        Stands::Open | Stands::Answered | Stands::Overtaken { .. } => Value::Null,
    };
    let ledger =
        record.map(|record| json!({ "entries": record.entries, "head": record.head, "holds": record.holds }));
    let store = record.map(|record| record.store(&list, newer)).transpose().map_err(one)?;
    let checkpoint = record.zip(checkpoint).map(|(record, file)| record.checkpoint(file));
    let checkpoint = checkpoint.transpose().map_err(one)?;
    let mut value = json!({
        "register": register.id, "trust": trust, "quarter": quarter, "on": desk.today, "file": path,
        "file-digest": bytes, "list-digest": review.list_digest(), "made": review.made,
        "made-from-tree": review.tree, "tree": desk.tree.digest(), "counts-from": list.counts_from,
        "reviewers": reviewers, "delegates": review.delegations, "rows": rows, "settings": settings,
    });
    let of_the_register = json!({
        "state": state.as_str(), "overtaken-by": newer.map(|newer| newer.parsed.review.quarter),
        "closed": closed, "ledger": ledger, "checkpoint": checkpoint, "store": store,
    });
    for more in [unlisted::unlisted_as_json(desk, &list), of_the_register] {
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
    }
    Ok(value)
}

fn words(answer: RowAnswer) -> String {
    match answer {
        RowAnswer::Keep { until: Some(day) } => format!("keep until {day}"),
        other => other.as_str().to_owned(),
    }
}
