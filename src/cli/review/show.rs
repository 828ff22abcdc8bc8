//! `review show` shows the state of the reviews of all trusts, or one list row by row.

use portvakt_core::diag::{Exit, Finding, Lang, Text, text};
use portvakt_core::model::{Answered, FilePath, Quarter, ReviewRow, Setting, SettingRow, TrustId};
use portvakt_core::review::{
    AnswerFollowed, Due, JudgedReviews, ReviewState, followed, followed_setting, newest_lists, notice_words,
    setting_words, unclosed,
};
use serde_json::{Value, json};

use super::Done;
use super::list::ReviewDesk;
use super::record::{ReviewRecord, Stands, state_of_list};
use super::{beyond, outdated, unlisted, usual};
use crate::cli::answered::answer_alone;
use crate::cli::clone::ListPlace;
use crate::cli::due::UsedReviews;
use crate::cli::{output, reading};
use crate::config::{Format, Global};

pub(super) fn run(global: &Global, (typed, quarter): (Option<&str>, Option<Quarter>), here: bool) -> Done {
    let main = ListPlace::main(global, here).map_err(|finding| vec![finding])?;
    let newest = ReviewDesk::open(main.global());
    let Some(typed) = typed else { return show_all(global, newest?) };
    let trust = &usual::trust_meant(newest.as_ref(), typed)?;
    let place = main.with_list(global, trust, quarter).map_err(|finding| vec![finding])?;
    let mut desk = ReviewDesk::open(place.global())?;
    if place.branch().is_some() {
        desk = desk.on_a_branch_of(newest.as_ref().ok());
    }
    if let Some(branch) = place.branch() {
        let branch = portvakt_net::line(branch);
        output::tell(
            global,
            &text!(
                en: "The list is on the branch {branch}, and not taken in yet.",
                nb: "Listen er på grenen {branch}, og ikke tatt inn ennå."
            ),
        );
    }
    show_one(global, (desk, newest.ok().as_ref()), trust, quarter)
}

fn show_all(global: &Global, desk: ReviewDesk) -> Done {
    // Only the register knows which lists were accepted and closed. If it cannot be asked, the files are still shown.
    let register = reading::open_quietly(global).ok();
    let before = register.and_then(|register| UsedReviews::read(register.connection()).ok());
    let closed = before.as_ref().map(|before| before.used.clone());
    let recorded = before.as_ref().map(|before| before.last.clone()).unwrap_or_default();
    let desk = &desk.beside_register(before);
    let mut judged = desk.judged();
    // A list that was made anew or taken away undoes no review of the past.
    for (trust, due) in &mut judged.due {
        due.last = due.last.or(recorded.get(trust.as_str()).copied());
    }
    let lists = newest_lists(&judged, |answers| closed.as_ref().map(|closed| closed.contains(answers)));
    let lists_of = |trust: &TrustId| lists.get(trust).copied().unwrap_or_default();
    if global.format == Format::Json {
        let trusts: Vec<_> = judged
            .due
            .iter()
            .map(|(trust, due)| json!({ "trust": trust, "due": due, "lists": lists_of(trust) }))
            .collect();
        output::json_out(&json!({ "date": desk.today, "reviews": trusts }));
        return Ok(Exit::Ok);
    }
    let lang = global.lang();
    let day = |day: Option<jiff::civil::Date>, none: Text| {
        day.map_or_else(|| none.get(lang).to_owned(), |day| day.to_string())
    };
    let rows: Vec<Vec<String>> = judged
        .due
        .iter()
        .map(|(trust, Due { state, last, due })| {
            // If there was never a review, `Done` only means that none is due.
            let state = match (state, last) {
                (ReviewState::Done, None) => text!(en: "not reviewed", nb: "ikke kontrollert"),
                _ => state.words(),
            };
            let never = text!(en: "never", nb: "aldri");
            let no_day = text!(en: "no day is set", nb: "ingen frist er satt");
            let newest = Text::joined(lists_of(trust).words(), "; ").get(lang).to_owned();
            vec![trust.to_string(), state.get(lang).to_owned(), day(*last, never), day(*due, no_day), newest]
        })
        .collect();
    let headings = match lang {
        Lang::En => ["TRUST", "STATE", "LAST", "DUE", "LISTS"],
        Lang::Nb => ["HELSEFORETAK", "TILSTAND", "SIST", "FRIST", "LISTER"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    if desk.rules.register.reviews_from.is_none() {
        output::tell(
            global,
            &text!(
                en: "no review is ever due: `register.yaml` has no `reviews_from`",
                nb: "ingen kontroll har frist: `register.yaml` har ingen `reviews_from`"
            ),
        );
    }
    // The command names an overtaken list only if the files do not follow its answers yet.
    let overtaken = unclosed(&judged, (&desk.base, &desk.rules.register), |_| false, desk.today);
    for (trust, lists) in &overtaken {
        for one in lists.iter().filter(|one| one.waits > 0) {
            let words = one.words();
            output::tell(global, &text!(with words; en: "{trust}: {words}", nb: "{trust}: {words}"));
        }
    }
    Ok(Exit::Ok)
}

/// Shows one list. `newest` is the newest tree, if it can be read. It may have changed since the list was made.
fn show_one(
    global: &Global,
    (desk, newest): (ReviewDesk, Option<&ReviewDesk>),
    trust: &TrustId,
    quarter: Option<Quarter>,
) -> Done {
    let one = |finding: Finding| vec![finding];
    let (_, of_files) = desk.list(trust, quarter)?;
    let record =
        ReviewRecord::of(global, &of_files.parsed.trust, of_files.parsed.review.quarter).map_err(one)?;
    let used = record.as_ref().map(ReviewRecord::used).transpose().map_err(one)?;
    let desk = &desk.beside_register(used);
    let (path, list) = desk.list(trust, quarter)?;
    let review = &list.parsed.review;
    let judged = desk.judged();
    let newer = judged.overtaker(&path);
    let newest = newest.filter(|_| newer.is_none());
    let since = |row: &ReviewRow| {
        let is_carried_out = matches!(
            followed(row, &desk.base, |_| None, desk.today),
            AnswerFollowed::EndsOn(_) | AnswerFollowed::Done
        );
        newest.filter(|_| !is_carried_out).and_then(|newest| outdated::since(row, review, newest))
    };
    let state = state_of_list(&list, newer, record.as_ref());
    if global.format == Format::Json {
        let closed = match state {
            Stands::Closed(entry) => json!({ "seq": entry.seq, "at": entry.at, "hash": entry.hash }),
            Stands::Open | Stands::Answered | Stands::Overtaken { .. } => json!(null),
        };
        let by = newer.map(|newer| newer.parsed.review.quarter);
        let rows: Vec<_> = review.rows.iter().map(|row| follows(desk, row).en().to_owned()).collect();
        let changed: Vec<_> =
            review.rows.iter().map(|row| since(row).map(|since| since.en().to_owned())).collect();
        let settings = review.settings.iter();
        let settings: Vec<_> = settings.map(|row| follows_setting(desk, row).en().to_owned()).collect();
        let mut value = json!({
            "file": path, "counts-from": list.counts_from, "state": state.as_str(), "closed": closed,
            "overtaken-by": by, "review": review, "follows": rows, "settings-follow": settings,
            "since-the-list": changed,
        });
        if let (Value::Object(value), Value::Object(more)) =
            (&mut value, unlisted::unlisted_as_json(desk, &list))
        {
            value.extend(more);
        }
        output::json_out(&value);
        return Ok(Exit::Ok);
    }
    let lang = global.lang();
    let mut rows: Vec<Vec<String>> = review
        .rows
        .iter()
        .map(|row| {
            let notices = row.notices.iter().map(|notice| notice_words(*notice));
            let notices: Vec<Text> = since(row).into_iter().chain(notices).collect();
            vec![
                desk.who(&row.key.person),
                desk.rules.register.unit_name(row.key.unit),
                row.key.application.to_string(),
                row.role.to_string(),
                row.until.map_or_else(|| "-".to_owned(), |until| until.to_string()),
                answer_by_name(desk, row.answered.as_ref()).get(lang).to_owned(),
                follows(desk, row).get(lang).to_owned(),
                Text::joined(notices, "; ").get(lang).to_owned(),
            ]
        })
        .collect();
    rows.extend(review.settings.iter().map(|row| setting_cells(desk, row, lang)));
    // If a newer list has overtaken this one, later accesses are in the newer list.
    if newer.is_none() {
        rows.extend(unlisted::rows(desk, &list, lang));
    }
    let headings = match lang {
        Lang::En => ["PERSON", "UNIT", "APPLICATION", "ROLE", "UNTIL", "ANSWER", "FILES", "STANDS OUT"],
        Lang::Nb => ["PERSON", "ENHET", "APPLIKASJON", "ROLLE", "TIL", "SVAR", "FILENE", "SKILLER SEG UT"],
    };
    output::out(&output::aligned_table(&headings, &rows));
    let word = match list.counts_from {
        Some(day) => text!(en: "it counts from {day}", nb: "den teller fra {day}"),
        None => text!(en: "it does not count yet", nb: "den teller ikke ennå"),
    };
    output::tell(global, &text!(with word; en: "{path}: {word}", nb: "{path}: {word}"));
    // A list that a newer one has overtaken is asked of nobody any more.
    if list.counts_from.is_none() && newer.is_none() {
        tell_why(global, &judged, &path);
        if desk.waits_for_a_pass(&path) {
            let next = text!(
                en: "It lacks nothing, and no pass has taken it in yet.",
                nb: "Den mangler ingenting, og ingen gjennomgang har tatt den inn ennå."
            );
            output::tell(global, &next);
        }
    }
    let state = match (&state, &record) {
        (Stands::Answered, None) => text!(
            en: "answered; whether it is closed is known where the register is",
            nb: "besvart; om den er avsluttet, vet en der registeret er"
        ),
        _ => state.words(),
    };
    output::tell(global, &text!(with state; en: "{path}: {state}", nb: "{path}: {state}"));
    Ok(Exit::Ok)
}

/// Tells why a list does not count, by the findings about it.
fn tell_why(global: &Global, judged: &JudgedReviews, path: &FilePath) {
    let is_of_the_list = |finding: &&Finding| finding.place.as_ref().is_some_and(|place| place.file == *path);
    for Finding { message: why, way_out, .. } in judged.findings.iter().filter(is_of_the_list) {
        output::tell(global, &text!(with why, way_out; en: "- {why}. {way_out}", nb: "- {why}. {way_out}"));
    }
}

/// Returns the words that tell how the files follow the answer of a row. They are empty if the answer needs no change
/// and the access lasts as long as it says.
pub(super) fn follows(desk: &ReviewDesk, row: &ReviewRow) -> Text {
    match followed(row, &desk.base, |_| None, desk.today) {
        AnswerFollowed::NothingAsked => beyond::words(desk, row),
        other => words_of(other),
    }
}

fn words_of(followed: AnswerFollowed) -> Text {
    match followed {
        AnswerFollowed::NothingAsked => Text::default(),
        AnswerFollowed::NotYet => text!(en: "not carried out", nb: "ikke gjennomført"),
        AnswerFollowed::EndsOn(day) => text!(en: "ends on {day}", nb: "slutter {day}"),
        AnswerFollowed::Done => text!(en: "carried out", nb: "gjennomført"),
    }
}

/// Returns the words that tell how the settings follow the answer of a row.
pub(super) fn follows_setting(desk: &ReviewDesk, row: &SettingRow) -> Text {
    words_of(followed_setting(row, &desk.rules.register, &desk.base, desk.today))
}

/// Returns the cells of a row about the settings. It has no application and no role.
fn setting_cells(desk: &ReviewDesk, row: &SettingRow, lang: Lang) -> Vec<String> {
    let until = match &row.setting {
        Setting::Appointment { until: Some(until), .. } => until.to_string(),
        _ => "-".to_owned(),
    };
    vec![
        row.setting.person().map_or_else(|| "-".to_owned(), |person| desk.who(person)),
        setting_words(&row.setting, &desk.rules.register).get(lang).to_owned(),
        "-".to_owned(),
        "-".to_owned(),
        until,
        answer_by_name(desk, row.answered.as_ref()).get(lang).to_owned(),
        follows_setting(desk, row).get(lang).to_owned(),
        String::new(),
    ]
}

/// Returns the words for an answer, with the id of the person who gave it.
pub(super) fn answer_words(answered: Option<&Answered>) -> Text {
    let Some(Answered { answer, by }) = answered else { return no_answer() };
    let what = answer_alone(*answer);
    text!(with what; en: "{what} ({by})", nb: "{what} ({by})")
}

/// Returns the words for an answer, with the name and the id of the person who gave it.
pub(super) fn answer_by_name(desk: &ReviewDesk, answered: Option<&Answered>) -> Text {
    let Some(Answered { answer, by }) = answered else { return no_answer() };
    let (what, by) = (answer_alone(*answer), desk.who(by));
    text!(with what; en: "{what}, {by}", nb: "{what}, {by}")
}

fn no_answer() -> Text {
    text!(en: "no answer", nb: "uten svar")
}
