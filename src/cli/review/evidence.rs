//! `review evidence` writes what an auditor asks for about one review. It has the list, the decision for each access,
//! the reviewers and their statements. It also has the digests that tie it to the tree, to the files and to the ledger.
//! In a clone there is no ledger and no store, so both parts are empty. The list is then that of the newest main
//! branch.

use std::path::Path;

use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, text};
use portvakt_core::evidence::SignatureFile;
use portvakt_core::model::{Digest, Quarter, RowAnswer, TrustId};
use portvakt_core::review::{
    AnswerFollowed, anew, followed, followed_setting, notice_words, setting_anew, setting_words,
};
use serde_json::{Value, json};

use super::Done;
use super::html::{cell, escaped, fact};
use super::list::ReviewDesk;
use super::record::{ReviewRecord, Stands, state_of_list};
use super::show::{follows, follows_setting};
use super::unlisted;
use crate::cli::clone::ListPlace;
use crate::cli::output;
use crate::config::Global;

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
        output::out(&page(&value, global.lang()));
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

/// Returns one HTML page for a screen and for paper. It loads nothing from elsewhere.
fn page(value: &Value, lang: Lang) -> String {
    let get = |key: &str| cell(value.get(key).unwrap_or(&Value::Null));
    let title = text!(
        en: "Review of the user list: {trust}, {quarter}",
        nb: "Kontroll av brukerlisten: {trust}, {quarter}";
        trust = get("trust"), quarter = get("quarter")
    );
    let title = title.get(lang);
    let facts: [(Text, &str); 7] = [
        (text!(en: "Register", nb: "Register"), "register"),
        (text!(en: "List made on", nb: "Listen laget"), "made"),
        (text!(en: "Counts from", nb: "Teller fra"), "counts-from"),
        (text!(en: "Made from the tree", nb: "Laget av filene"), "made-from-tree"),
        (text!(en: "The tree today", nb: "Filene i dag"), "tree"),
        (text!(en: "File", nb: "Fil"), "file-digest"),
        (text!(en: "List without answers", nb: "Listen uten svar"), "list-digest"),
    ];
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\nbody \
         {{ font: 10pt sans-serif; margin: 2em; }}\ntable {{ border-collapse: collapse; width: 100%; }}\nth, td {{ \
         border: 1px solid #999; padding: 3px; text-align: left; vertical-align: top; }}\ntr {{ break-inside: avoid; \
         }}\ncode, pre {{ font-size: 8pt; overflow-wrap: anywhere; white-space: pre-wrap; }}\n@page {{ size: A4 \
         landscape; margin: 1cm; }}\n</style>\n</head>\n<body>\n<h1>{title}</h1>\n<table>\n",
        lang.code()
    );
    for (name, key) in &facts {
        out.push_str(&fact(name.get(lang), &get(key)));
    }
    out.push_str("</table>\n");
    let heads = match lang {
        Lang::En => [
            "Person",
            "Unit",
            "Application",
            "Role",
            "From",
            "Until",
            "Approved",
            "Stands out",
            "Answer",
            "By",
            "Carried out",
        ],
        Lang::Nb => [
            "Person",
            "Enhet",
            "Applikasjon",
            "Rolle",
            "Fra",
            "Til",
            "Godkjent",
            "Skiller seg ut",
            "Svar",
            "Av",
            "Gjennomført",
        ],
    };
    out.push_str("<table>\n<thead><tr>");
    heads.iter().for_each(|head| out.push_str(&format!("<th>{head}</th>")));
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in value.get("rows").and_then(Value::as_array).into_iter().flatten() {
        let of = |key: &str| cell(row.get(key).unwrap_or(&Value::Null));
        let notices = row.get("notices").and_then(Value::as_array).into_iter().flatten();
        let notices: Vec<String> = notices.map(|notice| notice_cell(notice, lang)).collect();
        let cells = [
            format!("{}<br><code>{}</code>", of("name"), of("person")),
            of("unit-name"),
            of("application"),
            of("role"),
            of("from"),
            of("until"),
            format!("{}<br>{}", of("approved-by"), of("approved-on")),
            notices.join("<br>"),
            of("answer"),
            of("answered-by"),
            follows_cell(row, lang),
        ];
        out.push_str("<tr>");
        cells.iter().for_each(|cell| out.push_str(&format!("<td>{cell}</td>")));
        out.push_str("</tr>\n");
    }
    for row in value.get("settings").and_then(Value::as_array).into_iter().flatten() {
        let of = |pointer: &str| cell(row.pointer(pointer).unwrap_or(&Value::Null));
        let blank = || "-".to_owned();
        let cells = [
            format!("{}<br><code>{}</code>", of("/name"), of("/person")),
            of(match lang {
                Lang::En => "/in-words/en",
                Lang::Nb => "/in-words/nb",
            }),
            blank(),
            blank(),
            of("/setting/appointment/from"),
            of("/setting/appointment/until"),
            blank(),
            blank(),
            of("/answer"),
            of("/answered-by"),
            follows_cell(row, lang),
        ];
        out.push_str("<tr>");
        cells.iter().for_each(|cell| out.push_str(&format!("<td>{cell}</td>")));
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    out.push_str(&unlisted::page(value, lang));
    out.push_str(&record_of(value, lang));
    for reviewer in value.get("reviewers").and_then(Value::as_array).into_iter().flatten() {
        let of = |key: &str| cell(reviewer.get(key).unwrap_or(&Value::Null));
        out.push_str(&format!("<h2>{} ({})</h2>\n<pre>{}</pre>\n", of("name"), of("on"), of("statement")));
        for key in reviewer.get("signed-with").and_then(Value::as_array).into_iter().flatten() {
            out.push_str(&format!("<p><code>{}</code></p>\n", cell(key)));
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// Returns the part of the page that needs the register itself. It shows how far the review has come, the entries of
/// the ledger about it, and what the store holds.
fn record_of(value: &Value, lang: Lang) -> String {
    let at = |pointer: &str| cell(value.pointer(pointer).unwrap_or(&Value::Null));
    let heading = text!(en: "Closing", nb: "Avslutning");
    let mut out = format!("<h2>{}</h2>\n<table>\n", heading.get(lang));
    let facts: [(Text, &str); 12] = [
        (text!(en: "State", nb: "Tilstand"), "/state"),
        (text!(en: "Overtaken by", nb: "Avløst av"), "/overtaken-by"),
        (text!(en: "Closed by the pass of", nb: "Avsluttet av gjennomgangen"), "/closed/at"),
        (text!(en: "Entry of the closing", nb: "Innslag for avslutningen"), "/closed/seq"),
        (text!(en: "Its digest", nb: "Kontrollsiffer for det"), "/closed/hash"),
        (text!(en: "Accounts that it read", nb: "Kontoer den leste"), "/closed/body/accounts-read"),
        (
            text!(en: "At the trust, named by no file", nb: "Ved helseforetaket, nevnt i ingen fil"),
            "/closed/body/named-by-no-file",
        ),
        (text!(en: "The same today", nb: "Det samme i dag"), "/store/named-by-no-file"),
        (text!(en: "Last entry of the ledger", nb: "Siste innslag i protokollen"), "/ledger/head/seq"),
        (text!(en: "Its digest", nb: "Kontrollsiffer for det"), "/ledger/head/hash"),
        (text!(en: "The chain of the ledger holds", nb: "Kjeden i protokollen er hel"), "/ledger/holds"),
        (text!(en: "Checkpoint at entry", nb: "Kontrollpunkt ved innslag"), "/checkpoint/seq"),
    ];
    for (name, pointer) in &facts {
        out.push_str(&fact(name.get(lang), &at(pointer)));
    }
    let name = text!(en: "Entry of the review", nb: "Innslag om kontrollen");
    for entry in value.pointer("/ledger/entries").and_then(Value::as_array).into_iter().flatten() {
        let of = |key: &str| cell(entry.get(key).unwrap_or(&Value::Null));
        let (seq, kind, day, hash) = (of("seq"), of("kind"), of("at"), of("hash"));
        let name = name.get(lang);
        out.push_str(&format!("<tr><th>{name}</th><td>{seq} {kind} {day} <code>{hash}</code></td></tr>\n"));
    }
    out.push_str("</table>\n");
    out
}

/// Returns how the files follow an answer. For a list that was overtaken it also gives the answer of the newer list.
fn follows_cell(row: &Value, lang: Lang) -> String {
    let of = |key: &str| cell(row.get(key).unwrap_or(&Value::Null));
    let follows = of("follows");
    match row.get("answered-anew") {
        None | Some(Value::Null) => follows,
        Some(_) => {
            let answer = of("answered-anew");
            let later = text!(en: "answered anew: {answer}", nb: "besvart på nytt: {answer}");
            format!("{follows}<br>{}", later.get(lang))
        }
    }
}

/// Returns the words for a notice of the gathered value.
fn notice_cell(notice: &Value, lang: Lang) -> String {
    serde_json::from_value(notice.clone())
        .map_or_else(|_| cell(notice), |notice| escaped(notice_words(notice).get(lang)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_page_is_taken_for_more_than_text() {
        let value = json!({
            "trust": "ahus", "quarter": "2026-Q4",
            "rows": [{ "name": "<b>Kari & \"Ola\"</b>", "notices": ["unit-closed"], "answer": "end" }],
            "came-after-the-list": [{ "name": "<b>Siv", "person": "siv.testesen", "from": "2026-11-24" }],
            "reviewers": [{ "name": "<i>", "on": "2026-11-24", "statement": "a: <b>\n", "signed-with": ["SHA256:x"] }],
        });
        let page = page(&value, Lang::En);
        assert!(
            page.contains("&lt;b&gt;Kari &amp; &quot;Ola&quot;&lt;/b&gt;") && !page.contains("<b>"),
            "{page}"
        );
        assert!(page.contains("the unit has closed") && page.contains("<td>end</td>"), "{page}");
        assert!(page.contains("<pre>a: &lt;b&gt;\n</pre>") && page.contains("SHA256:x"), "{page}");
        assert!(page.contains("&lt;b&gt;Siv<br><code>siv.testesen</code>"), "{page}");
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    }
}
