//! The evidence of a review as one HTML page, for a screen and for paper. The page has nothing but the gathered value, and
//! whatever stands in it is shown as text.

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::review::notice_words;
use serde_json::Value;

use crate::cli::review::html::{cell, escaped, fact};
use crate::cli::review::unlisted;

/// Returns one HTML page for a screen and for paper. It loads nothing from elsewhere.
pub(super) fn evidence_page(value: &Value, lang: Lang) -> String {
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
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_in_a_page_is_taken_for_more_than_text() {
        let value = json!({
            "trust": "ahus", "quarter": "2026-Q4",
            "rows": [{ "name": "<b>Kari & \"Ola\"</b>", "notices": ["unit-closed"], "answer": "end" }],
            "came-after-the-list": [{ "name": "<b>Siv", "person": "siv.testesen", "from": "2026-11-24" }],
            "reviewers": [{ "name": "<i>", "on": "2026-11-24", "statement": "a: <b>\n", "signed-with": ["SHA256:x"] }],
        });
        let page = evidence_page(&value, Lang::En);
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
