//! `review answer --from` reads a table that `review form` wrote and a reviewer filled in.
//!
//! Only cells that are filled in are answers. Columns are found by their headings, in either language. Four faults
//! refuse the whole table. It belongs to another list. A column is missing. Columns were shifted against each other. Or
//! an answer differs from one that another person has given since the table was written. The message names the row as a
//! spreadsheet shows it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use portvakt_author::{table, table_text};
use portvakt_core::diag::{Code, Finding, Lang, Text, text};
use portvakt_core::model::{Answered, PersonId, Review, RowAnswer, Setting};
use portvakt_core::review::setting_words;

use super::ask::has_passed;
use super::form::{
    ANSWER, APPLICATION, FROM, KEEP_UNTIL, LIST, PERSON, ROLE, ROW, ROW_AGAIN, UNIT, mark_of, start_of,
    state_of,
};
use super::list::ReviewDesk;
use crate::cli::{signable, today};

/// The largest table that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads the answers of a table that `by` has filled in, by the numbers of their rows. Rows about accesses come first,
/// then rows about the settings.
pub(super) fn filled_answers(
    file: &Path,
    list: &Review,
    by: &PersonId,
    desk: &ReviewDesk,
) -> Result<BTreeMap<usize, RowAnswer>, Vec<Finding>> {
    let shown = file.display().to_string();
    let bytes = signable::read_plain_file(file, LARGEST).map_err(|why| {
        let way_out = text!(
            en: "Name the table that `portvakt review form` wrote.",
            nb: "Oppgi tabellen som `portvakt review form` skrev."
        );
        vec![Finding::new(Code::SourceUnreadable, why.of(&shown), way_out)]
    })?;
    let unread = |why: &Text| vec![refused(&shown, why)];
    let text = table_text(bytes).map_err(|error| unread(error.words()))?;
    let rows = table(&text).map_err(|error| unread(error.words()))?;
    answers_of(&rows, list, by, desk).map_err(|why| unread(&why))
}

fn refused(shown: &str, why: &Text) -> Finding {
    let message = text!(
        with why;
        en: "`{shown}` is not used: {why}",
        nb: "`{shown}` brukes ikke: {why}"
    );
    let way_out = text!(
        en: "Mend that, or write the table anew with `portvakt review form TRUST QUARTER` and fill that one in.",
        nb: "Rett det, eller skriv tabellen på nytt med `portvakt review form HELSEFORETAK KVARTAL` og fyll ut den."
    );
    Finding::new(Code::BadValue, message, way_out)
}

/// Reads the rows of a table. The error names the fault and its row.
fn answers_of(
    rows: &[Vec<String>],
    list: &Review,
    by: &PersonId,
    desk: &ReviewDesk,
) -> Result<BTreeMap<usize, RowAnswer>, Text> {
    let headings: &[String] = rows.first().map(Vec::as_slice).unwrap_or_default();
    let form =
        Form { columns: Columns::of(headings)?, mark: mark_of(list), rows: rows_of(list, desk), by, desk };
    let mut answers = BTreeMap::new();
    for (cells, at) in rows.iter().zip(1_usize..).skip(1) {
        let wrong =
            |why: Text| text!(with why; en: "row {at} of the table {why}", nb: "rad {at} i tabellen {why}");
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some((number, answer)) = form.answer(cells).map_err(wrong)? else { continue };
        if answers.insert(number, answer).is_some() {
            return Err(wrong(text!(en: "stands there twice", nb: "står der to ganger")));
        }
    }
    Ok(answers)
}

/// The places of the columns that are read.
struct Columns {
    list: usize,
    row: usize,
    person: usize,
    unit: usize,
    application: usize,
    role: usize,
    from: usize,
    answer: usize,
    keep_until: usize,
    again: usize,
}

impl Columns {
    /// Finds each column by its heading. Each heading must be there exactly once.
    fn of(headings: &[String]) -> Result<Self, Text> {
        let at = |heading: [&str; 2]| column_of(headings, heading);
        Ok(Self {
            list: at(LIST)?,
            row: at(ROW)?,
            person: at(PERSON)?,
            unit: at(UNIT)?,
            application: at(APPLICATION)?,
            role: at(ROLE)?,
            from: at(FROM)?,
            answer: at(ANSWER)?,
            keep_until: at(KEEP_UNTIL)?,
            again: at(ROW_AGAIN)?,
        })
    }
}

/// Returns a heading in the form that is compared: in small letters, and without the words in brackets.
fn compared_heading(heading: &str) -> String {
    heading.split('(').next().unwrap_or_default().trim().to_lowercase()
}

fn column_of(headings: &[String], heading: [&str; 2]) -> Result<usize, Text> {
    let names = heading.map(compared_heading);
    let is_it = |at: &usize| headings.get(*at).is_some_and(|cell| names.contains(&compared_heading(cell)));
    let places: Vec<usize> = (0..headings.len()).filter(is_it).collect();
    let [english, norwegian] = heading;
    let heading = Text::new(english, norwegian);
    match places.as_slice() {
        [place] => Ok(*place),
        [] => Err(text!(
            with heading;
            en: "its first row has no column `{heading}`",
            nb: "første rad har ingen kolonne `{heading}`"
        )),
        _ => Err(text!(
            with heading;
            en: "its first row has the column `{heading}` more than once",
            nb: "første rad har kolonnen `{heading}` mer enn én gang"
        )),
    }
}

/// The parts of a list's row that are compared with the table. A person's name may have changed, so it is not compared.
struct FormRow<'a> {
    person: &'a str,
    unit: String,
    application: &'a str,
    /// The role, or the words for a row about the settings, in both languages.
    roles: [String; 2],
    from: Option<Date>,
    answered: Option<&'a Answered>,
}

/// Returns the rows of a list, in the order of the numbers.
fn rows_of<'a>(list: &'a Review, desk: &ReviewDesk) -> Vec<FormRow<'a>> {
    let accesses = list.rows.iter().map(|row| FormRow {
        person: row.key.person.as_str(),
        unit: row.key.unit.to_string(),
        application: row.key.application.as_str(),
        roles: [row.role.to_string(), row.role.to_string()],
        from: Some(row.from),
        answered: row.answered.as_ref(),
    });
    let settings = list.settings.iter().map(|row| {
        let words = setting_words(&row.setting, &desk.rules.register);
        FormRow {
            person: row.setting.person().map_or("", PersonId::as_str),
            unit: String::new(),
            application: "",
            roles: [Lang::En, Lang::Nb].map(|lang| words.get(lang).to_owned()),
            from: match &row.setting {
                Setting::Appointment { from, .. } => Some(*from),
                Setting::Ignored { .. } | Setting::Adopted { .. } => None,
            },
            answered: row.answered.as_ref(),
        }
    });
    accesses.chain(settings).collect()
}

/// A table that is read, and the list to which it must belong.
struct Form<'a> {
    columns: Columns,
    mark: String,
    rows: Vec<FormRow<'a>>,
    by: &'a PersonId,
    desk: &'a ReviewDesk,
}

impl Form<'_> {
    /// Returns the answer of a row of the table, with the row's number in the list. The error tells what is wrong in
    /// the row.
    fn answer(&self, cells: &[String]) -> Result<Option<(usize, RowAnswer)>, Text> {
        let columns = &self.columns;
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.trim());
        if cell(columns.list) != self.mark.as_str() {
            let is_named = cell(columns.list).starts_with("list-");
            return Err(if is_named {
                text!(en: "was made from another list", nb: "er laget av en annen liste")
            } else {
                text!(en: "names no list", nb: "nevner ingen liste")
            });
        }
        let number = cell(columns.row).parse::<usize>().ok();
        let row = number.and_then(|number| Some((number, self.rows.get(number.checked_sub(1)?)?)));
        let Some((number, row)) = row else {
            return Err(text!(en: "has no number of the list", nb: "har ikke noe nummer fra listen"));
        };
        self.compare(row, cells)?;
        let Some(then) = cell(columns.again).strip_prefix(start_of(&self.mark, number).as_str()) else {
            return Err(text!(
                en: "has its answer beside the name of another row (`ROW AGAIN`): columns were shifted against each other",
                nb: "har svaret ved siden av navnet på en annen rad (`RAD IGJEN`): kolonner er forskjøvet mot hverandre"
            ));
        };
        let answer = answer_of(cell(columns.answer), cell(columns.keep_until), self.desk.today)?;
        // An answer that the list has already is left as it is.
        let is_new = row.answered.map(|known| known.answer) != answer;
        if let Some(why) = answer.and_then(|answer| has_passed(answer, self.desk.today)).filter(|_| is_new) {
            return Err(no_day(&why));
        }
        if let (Some(answer), Some(known)) = (answer, row.answered)
            && known.answer != answer
            && !self.desk.base.is_same(&known.by, self.by)
            && then != state_of(row.answered).as_str()
        {
            let who = &known.by;
            return Err(text!(
                en: "has another answer than `{who}` has given since the table was written",
                nb: "har et annet svar enn det `{who}` har gitt etter at tabellen ble skrevet"
            ));
        }
        Ok(answer.map(|answer| (number, answer)))
    }

    /// Compares the cells of the table's row with the row of the list.
    fn compare(&self, row: &FormRow<'_>, cells: &[String]) -> Result<(), Text> {
        let columns = &self.columns;
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.trim());
        if cell(columns.person) != row.person {
            return Err(text!(
                en: "names another person than the list has there",
                nb: "nevner en annen person enn listen har der"
            ));
        }
        // The name of a unit may change. Its number comes after the name.
        let unit = cell(columns.unit).trim_end_matches(')').rsplit('(').next().unwrap_or_default();
        let role = cell(columns.role).trim_start_matches('\'');
        let same = [
            (UNIT, unit == row.unit.as_str()),
            (APPLICATION, cell(columns.application) == row.application),
            (ROLE, row.roles.iter().any(|known| known.as_str() == role)),
            (FROM, is_day(cell(columns.from), row.from, self.desk.today)),
        ];
        let Some(([english, norwegian], _)) = same.into_iter().find(|(_, is_same)| !is_same) else {
            return Ok(());
        };
        let heading = Text::new(english, norwegian);
        Err(text!(
            with heading;
            en: "has something else under `{heading}` than the list has there",
            nb: "har noe annet under `{heading}` enn listen har der"
        ))
    }
}

/// Returns whether a cell has this day. A spreadsheet may have changed its form, in America with the month first. Both
/// orders are accepted here, because the cell is only compared with the day of the list.
fn is_day(cell: &str, day: Option<Date>, today: Date) -> bool {
    let Some(day) = day else { return cell.is_empty() };
    let numbers: Vec<i16> = cell.split('/').filter_map(|number| number.parse().ok()).collect();
    let (of_month, month, year) = (i16::from(day.day()), i16::from(day.month()), day.year());
    let is_slashed = cell.matches('/').count() == 2
        && (numbers == [of_month, month, year] || numbers == [month, of_month, year]);
    is_slashed || today::coming(cell, today).is_ok_and(|read| read == day)
}

/// The words that an answer is filled in with, in English and in bokmål.
const KEEP: [&str; 2] = ["keep", "behold"];
const CHANGE: [&str; 2] = ["change", "endre"];
const END: [&str; 2] = ["end", "avslutt"];

fn no_day(why: &Text) -> Text {
    text!(with why; en: "has a day that is none: {why}", nb: "har en dag som ikke er noen: {why}")
}

/// Returns the answer that two cells give. Empty cells give none.
fn answer_of(word: &str, until: &str, today: Date) -> Result<Option<RowAnswer>, Text> {
    let word = word.to_lowercase();
    let is = |words: [&str; 2]| words.contains(&word.as_str());
    match (word.is_empty(), until.is_empty()) {
        (true, true) => Ok(None),
        (_, true) if is(CHANGE) => Ok(Some(RowAnswer::Change)),
        (_, true) if is(END) => Ok(Some(RowAnswer::End)),
        (_, true) if is(KEEP) => Ok(Some(RowAnswer::Keep { until: None })),
        (_, false) if is(KEEP) => match today::coming(until, today) {
            Ok(day) => Ok(Some(RowAnswer::Keep { until: Some(day) })),
            Err(finding) => Err(no_day(&finding.message)),
        },
        (_, false) => Err(text!(en: "has a day without `keep`", nb: "har en dag uten `behold`")),
        (false, true) => Err(text!(
            en: "has an answer that is none: write `keep`, `change` or `end`",
            nb: "har et svar som ikke er noe: skriv `behold`, `endre` eller `avslutt`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_answer_is_read_in_both_languages_and_an_empty_one_is_none() {
        let today = date(2026, 11, 23);
        let until = |year, month, day| Some(RowAnswer::Keep { until: Some(date(year, month, day)) });
        for (word, day, answer) in [
            ("", "", None),
            ("keep", "", Some(RowAnswer::Keep { until: None })),
            ("Behold", "2027-03-31", until(2027, 3, 31)),
            ("KEEP", "31.3.27", until(2027, 3, 31)),
            ("endre", "", Some(RowAnswer::Change)),
            ("change", "", Some(RowAnswer::Change)),
            ("Avslutt", "", Some(RowAnswer::End)),
            ("end", "", Some(RowAnswer::End)),
        ] {
            assert_eq!(answer_of(word, day, today), Ok(answer), "{word} {day}");
        }
        for (word, day) in
            [("perhaps", ""), ("k", ""), ("end", "2027-03-31"), ("", "2027-03-31"), ("keep", "soon")]
        {
            assert!(answer_of(word, day, today).is_err(), "{word} {day}");
        }
    }

    #[test]
    fn a_day_that_an_american_spreadsheet_wrote_is_compared_and_never_guessed() {
        let (today, day) = (date(2026, 11, 23), date(2027, 4, 3));
        for cell in ["2027-04-03", "3.4.2027", "4/3/2027", "03/04/2027", "3/4/2027"] {
            assert!(is_day(cell, Some(day), today), "{cell}");
        }
        for cell in ["4/4/2027", "4/3", "/3/4/2027", "2027/4/3/1", ""] {
            assert!(!is_day(cell, Some(day), today), "{cell}");
        }
        for (until, why) in [("12/31/2026", "har måneden først"), ("3/4/2027", "3.4.2027, med dagen først")]
        {
            let told = answer_of("keep", until, today).unwrap_err();
            assert!(told.get(Lang::Nb).contains(why), "{told:?}");
        }
    }
}
