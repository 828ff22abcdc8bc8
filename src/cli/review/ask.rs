//! Asks a reviewer at a terminal about each row of a list. The typed letters are those of the language.

use std::io::Write as _;
use std::ops::ControlFlow;

use jiff::civil::Date;
use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::model::{Answered, PersonId, Review, ReviewRow, RowAnswer, Setting, SettingRow};
use portvakt_core::review::{AnswerRefused, LastUse, notice_words, setting_words};
use portvakt_net::Typed;

use super::answerer::Answerer;
use super::list::ReviewDesk;
use super::show::answer_by_name;
use super::{beyond, outdated};
use crate::cli::ask::signals;
use crate::cli::{output, today};
use crate::config::Global;

/// The person who is asked, and the values that the rows are shown with.
pub(super) struct Questions<'a> {
    pub(super) global: &'a Global,
    pub(super) answerer: &'a Answerer<'a>,
    /// The newest tree, if it can be read. It may have changed since the list was made.
    pub(super) newest: Option<&'a ReviewDesk>,
    pub(super) last_use: &'a LastUse,
}

/// Asks for the rows that are meant, one after the other. It returns the number of answers.
pub(super) fn ask_rows(
    questions: &Questions<'_>,
    list: &mut Review,
    access: impl Fn(&ReviewRow) -> bool,
    setting: impl Fn(&SettingRow) -> bool,
) -> usize {
    let Questions { global, answerer, newest, last_use } = *questions;
    let (desk, lang) = (answerer.desk, global.lang());
    let all = list.rows.iter().filter(|row| access(row)).count()
        + list.settings.iter().filter(|row| setting(row)).count();
    let now: &Review = list;
    let since = |row: &ReviewRow| newest.and_then(|newest| outdated::since(row, now, newest));
    let since: Vec<Option<Text>> = now.rows.iter().map(since).collect();
    let mut asking = ReviewerAsked { global, answerer, given: 0, number: 0, all };
    for (row, since) in list.rows.iter_mut().zip(&since).filter(|(row, _)| access(row)) {
        let shown = shown(desk, row, (last_use, since.as_ref()), lang);
        let before = asking.given;
        let goes_on = asking.at(&shown, Some(&row.key.person), |_| true, &mut row.answered).is_continue();
        if asking.given > before {
            beyond::tell_of_row(global, desk, row);
        }
        if !goes_on {
            return asking.given;
        }
    }
    for row in list.settings.iter_mut().filter(|row| setting(row)) {
        let shown = setting_shown(desk, row, lang);
        let fits = |answer| may_have(&row.setting, answer);
        if asking.at(&shown, row.setting.person(), fits, &mut row.answered).is_break() {
            return asking.given;
        }
    }
    asking.given
}

/// Returns the number of rows without an answer.
pub(super) fn unanswered(list: &Review) -> usize {
    let rows = list.rows.iter().filter(|row| row.answered.is_none()).count();
    rows + list.settings.iter().filter(|row| row.answered.is_none()).count()
}

/// Returns whether all rows have an answer and somebody's answers do not count, since they have no line under
/// `reviewed`. They have not typed the number of the ends.
pub(super) fn waits_for_the_number(list: &Review, by: &PersonId) -> bool {
    unanswered(list) == 0 && list.answerers().contains(by) && list.reviewed.iter().all(|line| line.by != *by)
}

/// Returns the number of answers that somebody has given.
pub(super) fn own_answers(list: &Review, by: &PersonId) -> usize {
    let is_own = |answered: &&Answered| answered.by == *by;
    let rows = list.rows.iter().filter_map(|row| row.answered.as_ref()).filter(is_own).count();
    rows + list.settings_of(by).count()
}

/// A reviewer who is asked about one row after another.
struct ReviewerAsked<'a> {
    global: &'a Global,
    answerer: &'a Answerer<'a>,
    given: usize,
    number: usize,
    all: usize,
}

impl ReviewerAsked<'_> {
    /// Shows a row and asks until the user types something that can be its answer. A break ends all questions.
    fn at(
        &mut self,
        shown: &str,
        about: Option<&PersonId>,
        fits: impl Fn(RowAnswer) -> bool,
        answered: &mut Option<Answered>,
    ) -> ControlFlow<()> {
        self.number += 1;
        let (global, number, open) = (self.global, self.number, self.all);
        output::say(global, &text!(en: "\n{number} of {open}: {shown}", nb: "\n{number} av {open}: {shown}"));
        if let Err(why) = self.answerer.may_answer(about) {
            output::say(global, &another_answers(why));
            return ControlFlow::Continue(());
        }
        loop {
            let question = text!(
                en: "[k]eep, k DATE, [c]hange, [e]nd, Enter for later, [q]uit: ",
                nb: "[b]ehold, b DATO, [e]ndre, [a]vslutt, Enter for senere, [q] for å slutte: "
            );
            let mut stderr = std::io::stderr().lock();
            let _gone =
                stderr.write_all(question.get(global.lang()).as_bytes()).and_then(|()| stderr.flush());
            drop(stderr);
            // After Ctrl-C the earlier answers are written too, as with `q`.
            let Some(typed) = signals::next_typed_line() else { return ControlFlow::Break(()) };
            let typed = typed.trim();
            match answer_meant(typed, global.lang(), self.answerer.desk.today) {
                Meant::Later => return ControlFlow::Continue(()),
                Meant::Quit => return ControlFlow::Break(()),
                Meant::Answer(answer) if fits(answer) => {
                    *answered = Some(Answered { answer, by: self.answerer.by.clone() });
                    self.given += 1;
                    return ControlFlow::Continue(());
                }
                Meant::Answer(_) => output::tell(
                    global,
                    &text!(
                        en: "An account has no last day: keep it without one, or end it.",
                        nb: "En konto har ingen siste dag: behold den uten dag, eller avslutt den."
                    ),
                ),
                Meant::NoDay(why) => output::tell(global, &why),
                Meant::Nothing => {
                    let typed = Typed::from(typed);
                    output::tell(
                        global,
                        &text!(
                            en: "`{typed}` is none of these answers",
                            nb: "`{typed}` er ikke noe av disse svarene"
                        ),
                    );
                }
            }
        }
    }
}

/// Returns the words below a row that is not asked about.
fn another_answers(why: AnswerRefused) -> Text {
    match why {
        AnswerRefused::OwnRow => text!(
            en: "This is your own; another person answers it.\n",
            nb: "Dette er ditt eget; en annen svarer på det.\n"
        ),
        AnswerRefused::NotEntitled => text!(
            en: "This is about the person whose delegate you are; another person answers it.\n",
            nb: "Dette gjelder den du er stedfortreder for; en annen svarer på det.\n"
        ),
    }
}

/// Returns a row about the settings as a reviewer reads it.
fn setting_shown(desk: &ReviewDesk, row: &SettingRow, lang: Lang) -> String {
    let words = setting_words(&row.setting, &desk.rules.register);
    let who = row.setting.person().map(|person| format!("{}: ", desk.who(person))).unwrap_or_default();
    let days = match &row.setting {
        Setting::Appointment { from, until: Some(until), .. } => {
            text!(en: ", from {from} until {until}", nb: ", fra {from} til {until}")
        }
        Setting::Appointment { from, until: None, .. } => text!(en: ", from {from}", nb: ", fra {from}"),
        Setting::Ignored { .. } | Setting::Adopted { .. } => Text::default(),
    };
    format!(
        "{who}{}{}\n{}",
        words.get(lang),
        days.get(lang),
        answered_line(desk, row.answered.as_ref(), lang)
    )
}

/// Returns the line for the answer that a row has already.
fn answered_line(desk: &ReviewDesk, answered: Option<&Answered>, lang: Lang) -> String {
    let Some(answer) = answered.map(|known| answer_by_name(desk, Some(known))) else { return String::new() };
    let line = text!(with answer; en: "    answered: {answer}\n", nb: "    besvart: {answer}\n");
    line.get(lang).to_owned()
}

/// The meaning of what the reviewer typed.
enum Meant {
    Answer(RowAnswer),
    Later,
    Quit,
    /// The typed day cannot be used as the last day. The words say why.
    NoDay(Text),
    Nothing,
}

/// Reads the typed text. The letters are those of the language. The words of both languages are understood.
fn answer_meant(typed: &str, lang: Lang, today: Date) -> Meant {
    let lower = typed.to_lowercase();
    let (word, rest) = lower.split_once(' ').map_or((lower.as_str(), ""), |(word, rest)| (word, rest.trim()));
    let keep = ["keep", "behold", if lang == Lang::Nb { "b" } else { "k" }];
    let change = ["change", "endre", if lang == Lang::Nb { "e" } else { "c" }];
    let end = ["end", "avslutt", if lang == Lang::Nb { "a" } else { "e" }];
    match word {
        "" => Meant::Later,
        "q" | "quit" => Meant::Quit,
        word if keep.contains(&word) && rest.is_empty() => Meant::Answer(RowAnswer::Keep { until: None }),
        word if keep.contains(&word) => match today::coming(rest, today) {
            Ok(day) => {
                let answer = RowAnswer::Keep { until: Some(day) };
                has_passed(answer, today).map_or(Meant::Answer(answer), Meant::NoDay)
            }
            Err(finding) => Meant::NoDay(finding.message),
        },
        word if change.contains(&word) && rest.is_empty() => Meant::Answer(RowAnswer::Change),
        word if end.contains(&word) && rest.is_empty() => Meant::Answer(RowAnswer::End),
        _ => Meant::Nothing,
    }
}

/// Returns one row as a reviewer reads it.
fn shown(
    desk: &ReviewDesk,
    row: &ReviewRow,
    (last_use, since): (&LastUse, Option<&Text>),
    lang: Lang,
) -> String {
    let (who, unit) = (desk.who(&row.key.person), desk.rules.register.unit_name(row.key.unit));
    let until = row.until.map_or_else(
        || text!(en: "no end", nb: "ingen slutt"),
        |until| text!(en: "until {until}", nb: "til {until}"),
    );
    let first = text!(
        with until;
        en: "{who}: {role} at {unit}, {application}, from {from}, {until}; approved by {by} on {on}\n",
        nb: "{who}: {role} ved {unit}, {application}, fra {from}, {until}; godkjent av {by} {on}\n";
        role = row.role, application = row.key.application, from = row.from,
        by = desk.who(&row.approved_by), on = row.approved_on
    );
    let mut out = first.get(lang).to_owned();
    for says in desk.sentences(row) {
        out.push_str(&format!("    {}\n", says.get(lang)));
    }
    if let Some(since) = since {
        out.push_str(&format!("    ! {}\n", since.get(lang)));
    }
    for notice in &row.notices {
        out.push_str(&format!("    ! {}\n", notice_words(*notice).get(lang)));
    }
    match (last_use.stands_out(row, desk.today), last_use.words(row)) {
        (Some(unused), _) => out.push_str(&format!("    ! {}\n", unused.get(lang))),
        (None, Some(used)) => out.push_str(&format!("    {}\n", used.get(lang))),
        (None, None) => {}
    }
    out.push_str(&answered_line(desk, row.answered.as_ref(), lang));
    out
}

/// Returns the error for an answer that keeps a right until a day that has passed. It would end the right without
/// saying so.
pub(super) fn has_passed(answer: RowAnswer, today: Date) -> Option<Text> {
    let RowAnswer::Keep { until: Some(day) } = answer else { return None };
    (day < today).then(|| {
        text!(
            en: "{day} has passed, and nothing can be kept until then",
            nb: "{day} er passert, og ingenting kan beholdes til da"
        )
    })
}

/// Returns whether a row about the settings can have this answer. A row about an account has no last day.
pub(super) fn may_have(setting: &Setting, answer: RowAnswer) -> bool {
    setting.account().is_none() || !matches!(answer, RowAnswer::Keep { until: Some(_) })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_letter_is_that_of_the_language_and_a_word_that_of_either() {
        let today = date(2026, 11, 23);
        let of = |typed: &str, lang| match answer_meant(typed, lang, today) {
            Meant::Answer(answer) => format!("{answer:?}"),
            Meant::Later => "later".to_owned(),
            Meant::Quit => "quit".to_owned(),
            Meant::NoDay(why) => why.get(lang).to_owned(),
            Meant::Nothing => "nothing".to_owned(),
        };
        let (keep, change, end) = (RowAnswer::Keep { until: None }, RowAnswer::Change, RowAnswer::End);
        for (typed, en, nb) in [
            ("k", format!("{keep:?}"), "nothing".to_owned()),
            ("b", "nothing".to_owned(), format!("{keep:?}")),
            ("e", format!("{end:?}"), format!("{change:?}")),
            ("a", "nothing".to_owned(), format!("{end:?}")),
            ("Behold", format!("{keep:?}"), format!("{keep:?}")),
            ("", "later".to_owned(), "later".to_owned()),
            ("q", "quit".to_owned(), "quit".to_owned()),
            ("end now", "nothing".to_owned(), "nothing".to_owned()),
        ] {
            assert_eq!((of(typed, Lang::En), of(typed, Lang::Nb)), (en, nb), "{typed}");
        }
        let until = RowAnswer::Keep { until: Some(date(2027, 3, 31)) };
        assert_eq!(of("k 2027-03-31", Lang::En), format!("{until:?}"));
        assert_eq!(of("b 31.3.27", Lang::Nb), format!("{until:?}"));
        let tomorrow = RowAnswer::Keep { until: Some(date(2026, 11, 24)) };
        assert_eq!(of("keep tomorrow", Lang::En), format!("{tomorrow:?}"));
        // A text that is not a day is refused, and so is a day that has passed.
        assert!(of("b 31.2.27", Lang::Nb).contains("`31.2.27` er ingen dato"));
        assert!(of("k 31.2.27", Lang::En).contains("`31.2.27` is no date"));
        assert!(of("b 1.13.27", Lang::Nb).contains("`1.13.27` har måneden først"));
        assert!(of("k 2020-01-01", Lang::En).contains("2020-01-01 has passed"));
        assert!(of("b 2020-01-01", Lang::Nb).contains("2020-01-01 er passert"));
    }
}
