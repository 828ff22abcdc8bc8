//! Finds the applications that an answer means. A word that fits several is never taken as one of them.

use portvakt_author::{UnclearWord, applications_called};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::ApplicationId;

use crate::cli::ask::{Choice, Unanswered, by_names};
use crate::cli::author::Work;

/// Returns the applications that are meant.
pub(in crate::cli::author) fn applications(
    work: &Work<'_>,
    typed: &[String],
) -> Result<Vec<ApplicationId>, Unanswered> {
    if typed.is_empty() {
        if !work.ask.at_a_terminal() {
            return Ok(work.desk.rules.register.applications.keys().cloned().collect());
        }
        return asked_applications(work, Some(0));
    }
    let mut meant: Vec<ApplicationId> = Vec::new();
    for typed in typed {
        let found = applications_called(&work.desk.rules.register, typed)
            .or_else(|word| one_of_fitting(work, &word).map(|one| vec![one]))?;
        for one in found {
            // The same one may be named by several words.
            if !meant.contains(&one) {
                meant.push(one);
            }
        }
    }
    Ok(meant)
}

fn the_application() -> Text {
    text!(en: "the application", nb: "applikasjonen")
}

/// Asks for all of the applications or for one of them. `usual` is the place of the answer that an empty line gives. The
/// first one is all of them.
pub(in crate::cli::author) fn asked_applications(
    work: &Work<'_>,
    usual: Option<usize>,
) -> Result<Vec<ApplicationId>, Unanswered> {
    let known = &work.desk.rules.register.applications;
    let everything =
        Choice { value: known.keys().cloned().collect(), words: text!(en: "all of them", nb: "alle") };
    let each =
        known.iter().map(|(id, name)| Choice { value: vec![id.clone()], words: Text::same(name.as_str()) });
    let choices: Vec<Choice<Vec<ApplicationId>>> = std::iter::once(everything).chain(each).collect();
    let choices = if known.len() == 1 { choices.into_iter().skip(1).collect() } else { choices };
    let named: Vec<(Vec<ApplicationId>, Vec<String>)> = choices
        .iter()
        .map(|choice| {
            let words = [choice.words.en(), choice.words.get(work.ask.lang())].map(str::to_owned);
            let ids = choice.value.iter().filter(|_| choice.value.len() == 1).map(ToString::to_string);
            (choice.value.clone(), ids.chain(words).collect())
        })
        .collect();
    let meant = |typed: &str| by_names(typed, &named);
    work.ask.choose_meant(&the_application(), "--application", &choices, usual, meant)
}

/// Returns the one application that is meant by a word that fits several. The user chooses among those.
fn one_of_fitting(work: &Work<'_>, word: &UnclearWord) -> Result<ApplicationId, Unanswered> {
    let known = &work.desk.rules.register.applications;
    let fitting: Vec<Choice<ApplicationId>> = known
        .iter()
        .filter(|(id, _)| word.fitting.iter().any(|fitting| fitting == id.as_str()))
        .map(|(id, name)| Choice { value: id.clone(), words: Text::same(name.as_str()) })
        .collect();
    if fitting.len() > 1 && work.ask.at_a_terminal() {
        return work.ask.choose(&the_application(), "--application", &fitting, None);
    }
    let all = if word.fitting.is_empty() {
        known.keys().map(ApplicationId::as_str).collect::<Vec<_>>().join(", ")
    } else {
        word.fitting.join(", ")
    };
    let typed = portvakt_net::line(&word.typed);
    Err(Unanswered(text!(
        en: "error: `{typed}` is not one application; write one of {all}",
        nb: "feil: `{typed}` er ikke én applikasjon; skriv en av {all}"
    )))
}
