//! `review form` writes a list as a table for a spreadsheet, where the reviewer fills in the answers.
//! `review answer --from` reads it back (`filled`).
//!
//! Each row names its list and its number. So rows may be in any order, and some may be missing. The cells for the
//! answers are empty. Earlier answers are in a column of their own, which is not read back. So reviewers only give the
//! answers that they have filled in themselves. A cell beside the answer names the row a second time, with its earlier
//! answer. It shows when columns were shifted against each other, or when another person has answered since.

use jiff::civil::Date;
use portvakt_core::diag::{Exit, Finding, Lang, Text};
use portvakt_core::model::{Answered, Quarter, Review, ReviewRow, RowAnswer, Setting, SettingRow};
use portvakt_core::review::{notice_words, setting_words};

use super::Done;
use super::list::ReviewDesk;
use super::show::answer_words;
use super::usual;
use crate::cli::clone::ListPlace;
use crate::cli::sheet;
use crate::config::Global;

/// The headings of the columns that are read back, in English and in bokmål. The words in brackets explain the heading.
pub(super) const LIST: [&str; 2] = ["LIST", "LISTE"];
pub(super) const ROW: [&str; 2] = ["ROW", "RAD"];
pub(super) const PERSON: [&str; 2] = ["PERSON", "PERSON"];
pub(super) const UNIT: [&str; 2] = ["UNIT", "ENHET"];
pub(super) const APPLICATION: [&str; 2] = ["APPLICATION", "APPLIKASJON"];
pub(super) const ROLE: [&str; 2] = ["ROLE", "ROLLE"];
pub(super) const FROM: [&str; 2] = ["FROM", "FRA"];
pub(super) const ANSWER: [&str; 2] =
    ["ANSWER (keep or change or end)", "SVAR (behold eller endre eller avslutt)"];
pub(super) const KEEP_UNTIL: [&str; 2] = ["KEEP UNTIL", "BEHOLD TIL"];
pub(super) const ROW_AGAIN: [&str; 2] = ["ROW AGAIN", "RAD IGJEN"];

/// The headings of all columns, in their order.
const COLUMNS: [[&str; 2]; 14] = [
    LIST,
    ROW,
    ["NAME", "NAVN"],
    PERSON,
    UNIT,
    APPLICATION,
    ROLE,
    FROM,
    ["UNTIL", "TIL"],
    ["STANDS OUT", "SKILLER SEG UT"],
    ["ANSWERED SO FAR", "BESVART HITTIL"],
    ANSWER,
    KEEP_UNTIL,
    ROW_AGAIN,
];

pub(super) fn run(global: &Global, (typed, quarter): (&str, Quarter), here: bool) -> Done {
    let one = |finding: Finding| vec![finding];
    let main = ListPlace::main(global, here).map_err(one)?;
    let trust = usual::trust_meant(ReviewDesk::open(main.global()).as_ref(), typed)?;
    let place = main.with_list(global, &trust, Some(quarter)).map_err(one)?;
    let desk = ReviewDesk::open(place.global())?;
    let (_, list) = desk.list(&trust, Some(quarter))?;
    let (review, lang) = (&list.parsed.review, global.lang());
    let mark = mark_of(review);
    let accesses = review.rows.iter().map(|row| (row_cells(&desk, row, lang), row.answered.as_ref()));
    let settings = review.settings.iter().map(|row| (setting_cells(&desk, row, lang), row.answered.as_ref()));
    let rows: Vec<Vec<String>> = accesses
        .chain(settings)
        .zip(1_usize..)
        .map(|((about, answered), number)| {
            let mut cells = vec![mark.clone(), number.to_string()];
            cells.extend(about);
            let answer = answered.map(|answered| answer_words(Some(answered)));
            cells.push(answer.map_or_else(String::new, |answer| answer.get(lang).to_owned()));
            let again = format!("{}{}", start_of(&mark, number), state_of(answered));
            cells.extend([String::new(), String::new(), again]);
            cells
        })
        .collect();
    let headings = COLUMNS.map(|[en, nb]| match lang {
        Lang::En => en,
        Lang::Nb => nb,
    });
    sheet::to_fill_in(&headings, &rows, lang);
    Ok(Exit::Ok)
}

/// Returns the word by which a table names its list. A spreadsheet does not take it for a number.
pub(super) fn mark_of(review: &Review) -> String {
    let digest: String = review.list_digest().to_string().chars().take(16).collect();
    format!("list-{digest}")
}

/// Returns the start of the word that names a row beside its answer. The row's earlier answer follows it.
pub(super) fn start_of(mark: &str, number: usize) -> String {
    format!("{mark}/{number}/")
}

/// Returns the answer of a row, with the person who gave it, as one word.
pub(super) fn state_of(answered: Option<&Answered>) -> String {
    let Some(Answered { answer, by }) = answered else { return "open".to_owned() };
    match answer {
        RowAnswer::Keep { until: Some(day) } => format!("keep-{day}/{by}"),
        RowAnswer::Keep { until: None } | RowAnswer::Change | RowAnswer::End => {
            format!("{}/{by}", answer.as_str())
        }
    }
}

fn or_empty(day: Option<Date>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

/// Returns the cells that describe a row, from the name on.
fn row_cells(desk: &ReviewDesk, row: &ReviewRow, lang: Lang) -> Vec<String> {
    let notices: Vec<Text> = row.notices.iter().map(|notice| notice_words(*notice)).collect();
    vec![
        desk.name(&row.key.person).to_owned(),
        row.key.person.to_string(),
        desk.rules.register.unit_name(row.key.unit),
        row.key.application.to_string(),
        row.role.to_string(),
        row.from.to_string(),
        or_empty(row.until),
        Text::joined(notices, "; ").get(lang).to_owned(),
    ]
}

/// Returns the cells that describe a row of the settings. The words for the setting are in the column of the role.
fn setting_cells(desk: &ReviewDesk, row: &SettingRow, lang: Lang) -> Vec<String> {
    let (from, until) = match &row.setting {
        Setting::Appointment { from, until, .. } => (Some(*from), *until),
        Setting::Ignored { .. } | Setting::Adopted { .. } => (None, None),
    };
    let person = row.setting.person();
    vec![
        person.map_or_else(String::new, |person| desk.name(person).to_owned()),
        person.map_or_else(String::new, ToString::to_string),
        String::new(),
        String::new(),
        setting_words(&row.setting, &desk.rules.register).get(lang).to_owned(),
        or_empty(from),
        or_empty(until),
        String::new(),
    ]
}
