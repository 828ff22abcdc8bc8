//! Shows people who have access at the trust but no row in its list. `review show` and `review evidence` use it. An
//! access may have come after the list was made, or be missing from it.

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::model::Setting;
use portvakt_core::review::{
    ReviewedList, UnlistedAccess, UnlistedSetting, setting_words, unlisted, unlisted_settings,
};
use serde_json::{Value, json};

use super::html::cell;
use super::list::ReviewDesk;

/// The names of both kinds in the output for programs.
const CAME_AFTER: &str = "came-after-the-list";
const MISSING: &str = "missing-from-the-list";

fn accesses<'a>(desk: &'a ReviewDesk, list: &'a ReviewedList) -> Vec<UnlistedAccess<'a>> {
    unlisted(&list.parsed, &desk.base, desk.today)
}

fn settings(desk: &ReviewDesk, list: &ReviewedList) -> Vec<UnlistedSetting> {
    unlisted_settings(&list.parsed, &desk.rules.register, &desk.base, desk.today)
}

/// Returns the words that replace the answer of a row.
fn words(came_after: bool) -> Text {
    if came_after {
        text!(en: "came after the list was made", nb: "kom til etter at listen ble laget")
    } else {
        text!(en: "missing from the list", nb: "mangler i listen")
    }
}

/// Returns the table rows of `review show` for accesses and settings without a row in the list.
pub(super) fn rows(desk: &ReviewDesk, list: &ReviewedList, lang: Lang) -> Vec<Vec<String>> {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let of_accesses = accesses(desk, list).into_iter().map(|one| {
        let grant = &one.standing.grant;
        vec![
            desk.who(&one.key.person),
            desk.rules.register.unit_name(one.key.unit),
            one.key.application.to_string(),
            grant.role.to_string(),
            day(grant.until),
            words(one.came_after).get(lang).to_owned(),
            String::new(),
            String::new(),
        ]
    });
    let of_settings = settings(desk, list).into_iter().map(|one| {
        let until = match &one.setting {
            Setting::Appointment { until, .. } => *until,
            Setting::Ignored { .. } | Setting::Adopted { .. } => None,
        };
        vec![
            one.setting.person().map_or_else(|| "-".to_owned(), |person| desk.who(person)),
            setting_words(&one.setting, &desk.rules.register).get(lang).to_owned(),
            "-".to_owned(),
            "-".to_owned(),
            day(until),
            words(one.came_after).get(lang).to_owned(),
            String::new(),
            String::new(),
        ]
    });
    of_accesses.chain(of_settings).collect()
}

/// Returns both kinds for JSON, each under its name.
pub(super) fn unlisted_as_json(desk: &ReviewDesk, list: &ReviewedList) -> Value {
    let mut told = [Vec::new(), Vec::new()];
    let [came, missing] = &mut told;
    for one in accesses(desk, list) {
        let grant = &one.standing.grant;
        let value = json!({
            "access": one.key, "person": one.key.person, "name": desk.name(&one.key.person),
            "application": one.key.application, "unit-name": desk.rules.register.unit_name(one.key.unit),
            "role": grant.role, "from": grant.from, "until": grant.until,
        });
        if one.came_after { came.push(value) } else { missing.push(value) }
    }
    for one in settings(desk, list) {
        let (about, in_words) = (one.setting.person(), setting_words(&one.setting, &desk.rules.register));
        let value = json!({
            "setting": one.setting, "person": about, "name": about.map(|person| desk.name(person)),
            "in-words": { "en": in_words.en(), "nb": in_words.get(Lang::Nb) },
        });
        if one.came_after { came.push(value) } else { missing.push(value) }
    }
    let [came, missing] = told;
    json!({ CAME_AFTER: came, MISSING: missing })
}

/// Returns the part of the page that names these people. It is empty if everybody has a row.
pub(super) fn page(value: &Value, lang: Lang) -> String {
    let kinds = [
        (text!(en: "Came after the list was made", nb: "Kom til etter at listen ble laget"), CAME_AFTER),
        (text!(en: "Missing from the list", nb: "Mangler i listen"), MISSING),
    ];
    let heads = match lang {
        Lang::En => ["Person", "Unit", "Application", "Role", "From", "Until"],
        Lang::Nb => ["Person", "Enhet", "Applikasjon", "Rolle", "Fra", "Til"],
    };
    let mut out = String::new();
    for (heading, key) in &kinds {
        let rows: Vec<&Value> = value.get(key).and_then(Value::as_array).into_iter().flatten().collect();
        if rows.is_empty() {
            continue;
        }
        out.push_str(&format!("<h2>{}</h2>\n<table>\n<thead><tr>", heading.get(lang)));
        heads.iter().for_each(|head| out.push_str(&format!("<th>{head}</th>")));
        out.push_str("</tr></thead>\n<tbody>\n");
        for row in rows {
            let of = |pointer: &str| cell(row.pointer(pointer).unwrap_or(&Value::Null));
            let is_setting = row.get("setting").is_some();
            let (what, from, until) = match (is_setting, lang) {
                (false, _) => ("/unit-name", "/from", "/until"),
                (true, Lang::En) => {
                    ("/in-words/en", "/setting/appointment/from", "/setting/appointment/until")
                }
                (true, Lang::Nb) => {
                    ("/in-words/nb", "/setting/appointment/from", "/setting/appointment/until")
                }
            };
            let person = format!("{}<br><code>{}</code>", of("/name"), of("/person"));
            let cells = [person, of(what), of("/application"), of("/role"), of(from), of(until)];
            out.push_str("<tr>");
            cells.iter().for_each(|cell| out.push_str(&format!("<td>{cell}</td>")));
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
    }
    out
}
