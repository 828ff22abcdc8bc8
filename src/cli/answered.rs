//! Shows in words what a person signs with the list of a review: each row that is answered in their name, with the
//! answer and its day. The statement contains only a digest of these answers, which nobody can read. Anybody who can
//! write in the list could have written them. So `approve` shows the words before anything is signed.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{FilePath, PersonId, Register, Review, ReviewRow, RowAnswer, Setting, SettingRow};
use portvakt_core::review::setting_words;

use super::signable;
use crate::config::Global;

/// The rows of a list that are answered in this person's name, one line for each. The number of rows that others have
/// answered comes last.
pub(super) fn in_the_name_of(
    global: &Global,
    register: &Register,
    (path, review): (&FilePath, &Review),
    by: &PersonId,
) -> Text {
    let who = |person: &PersonId| name_and_id(global, register, review, person);
    let accesses = review.answers_of(by).map(|(row, answer)| access_line(register, row, answer, &who));
    let settings = review.settings_of(by).map(|(row, answer)| setting_line(register, row, answer, &who));
    let own: Vec<Text> = accesses.chain(settings).collect();
    let rows = review.rows.iter().map(|row| &row.answered);
    let all = rows.chain(review.settings.iter().map(|row| &row.answered)).flatten();
    let others = all.filter(|answered| answered.by != *by).count();
    let mut lines = vec![match own.len() {
        0 => {
            text!(en: "No row of `{path}` is answered in your name.", nb: "Ingen rad i `{path}` er besvart i ditt navn.")
        }
        _ => text!(en: "Answers in your name in `{path}`:", nb: "Svar i ditt navn i `{path}`:"),
    }];
    lines.extend(own);
    if others > 0 {
        lines.push(text!(
            en: "Rows that others have answered, and that you do not sign: {others}.",
            nb: "Rader som andre har svart på, og som du ikke signerer: {others}."
        ));
    }
    Text::joined(lines, "\n")
}

fn access_line(
    register: &Register,
    row: &ReviewRow,
    answer: RowAnswer,
    who: &impl Fn(&PersonId) -> String,
) -> Text {
    let until = row.until.map_or_else(
        || text!(en: "no end", nb: "ingen slutt"),
        |until| text!(en: "until {until}", nb: "til {until}"),
    );
    let (who, what) = (who(&row.key.person), with_its_end(answer, row.ends_earlier()));
    text!(
        with until, what;
        en: "- {who}: {role} at {unit}, {application}, from {from}, {until}: {what}",
        nb: "- {who}: {role} ved {unit}, {application}, fra {from}, {until}: {what}";
        role = row.role, unit = register.unit_name(row.key.unit),
        application = row.key.application, from = row.from
    )
}

fn setting_line(
    register: &Register,
    row: &SettingRow,
    answer: RowAnswer,
    who: &impl Fn(&PersonId) -> String,
) -> Text {
    let about = row.setting.person().map(|person| format!("{}: ", who(person))).unwrap_or_default();
    let (setting, what) = (setting_words(&row.setting, register), with_its_end(answer, row.ends_earlier()));
    let until = match &row.setting {
        Setting::Appointment { until: Some(until), .. } => text!(en: ", until {until}", nb: ", til {until}"),
        Setting::Appointment { until: None, .. } | Setting::Ignored { .. } | Setting::Adopted { .. } => {
            Text::default()
        }
    };
    text!(
        with setting, until, what;
        en: "- {about}{setting}{until}: {what}",
        nb: "- {about}{setting}{until}: {what}"
    )
}

/// The words for an answer. If the access then ends earlier than it would have, the words say so.
fn with_its_end(answer: RowAnswer, is_earlier: bool) -> Text {
    let what = answer_alone(answer);
    if !is_earlier {
        return what;
    }
    text!(
        with what;
        en: "{what}, earlier than it would have ended",
        nb: "{what}, tidligere enn den ellers ville sluttet"
    )
}

/// The words for an answer, without the person who gave it.
pub(super) fn answer_alone(answer: RowAnswer) -> Text {
    match answer {
        RowAnswer::Keep { until: None } => text!(en: "keep", nb: "behold"),
        RowAnswer::Keep { until: Some(day) } => text!(en: "keep until {day}", nb: "behold til {day}"),
        RowAnswer::Change => text!(en: "change", nb: "endre"),
        RowAnswer::End => text!(en: "end", nb: "avslutt"),
    }
}

/// A person by name and id. The name is that of their file at the trust, or of their office. If neither is there, it is
/// the id alone.
fn name_and_id(global: &Global, register: &Register, review: &Review, person: &PersonId) -> String {
    let file = global.root.join(FilePath::of_person(&review.trust, person).as_str());
    let of_file = signable::person_file(global, register, &file).ok().map(|file| file.facts.name);
    let office = || register.appointments.iter().find(|one| one.person == *person);
    match of_file.or_else(|| office().map(|one| one.name.clone())) {
        Some(name) => format!("{name} ({person})"),
        None => person.to_string(),
    }
}
