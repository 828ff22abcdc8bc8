//! `review answer` writes answers into a list. They come from the options, from a table that was filled in, or from a
//! terminal, one row after the other.

mod whose;

use std::collections::BTreeMap;

use jiff::civil::Date;
use portvakt_core::decide::ends_over_budget;
use portvakt_core::diag::{Code, Exit, Finding, Noun, Text, text};
use portvakt_core::model::{
    Answered, Evidence, FilePath, PersonId, Review, ReviewRow, ReviewedBy, RowAnswer, Setting, SettingRow,
};
use portvakt_core::parse;
use portvakt_core::parse::ParsedReview;
use portvakt_core::plan::LimitAsked;
use portvakt_core::review::{LastUse, rewritten};
use serde_json::json;

use super::answerer::Answerer;
use super::ask::{Questions, ask_rows, has_passed, may_have, own_answers, unanswered, waits_for_the_number};
use super::list::{ReviewDesk, replace_list, writes};
use super::meanwhile::{changed_meanwhile, taken_over, tell_left_out};
use super::usual::{self, Reviewing};
use super::{AnswerArgs, Done, beyond, facts, filled, outdated, path_of_list};
use crate::cli::ask::{Asker, sure};
use crate::cli::clone::SentList;
use crate::cli::{output, over_budget, today};
use crate::config::{Format, Global};

use whose::Whose;

pub(super) fn run(global: &Global, args: &AnswerArgs) -> Done {
    writes(global)?;
    if let Some(Err(exit)) = args.until.as_deref().map(|typed| today::is_a_day(global, typed)) {
        return Ok(exit);
    }
    let last_use = last_use(args)?;
    let one = |finding: Finding| vec![finding];
    let asked_for = (args.trust.as_deref(), args.quarter);
    let opened = usual::open_list(global, args.here, asked_for, args.by.as_deref())?;
    let Some(Reviewing { mut place, mut desk, newest, by, trust }) = opened else { return Ok(Exit::Usage) };
    let until =
        args.until.as_deref().map(|typed| today::coming(typed, desk.today)).transpose().map_err(one)?;
    let by = &by;
    let (path, mut list) = desk.list(&trust, args.quarter)?;
    let person = args.person.as_deref();
    let person = person.map(|typed| usual::person_of_list(global, &desk, &list.parsed.review, typed));
    let person = person.transpose().map_err(one)?;
    let answerer = Answerer::of(&desk, &trust, &list.parsed.review, by).map_err(one)?;
    let mut new = list.parsed.review.clone();
    let whose = match (&person, &args.account) {
        (Some(person), _) => Some(Whose::Person(person, &desk.base)),
        (None, Some(account)) => Some(Whose::Account(account)),
        (None, None) => None,
    };
    let answer = chosen(args, until);
    if let Some(why) = answer.and_then(|answer| has_passed(answer, desk.today)) {
        let way_out = text!(
            en: "Give a day to come, or say `--end`.",
            nb: "Oppgi en dag som kommer, eller skriv `--end`."
        );
        return Err(vec![Finding::new(Code::BadValue, why, way_out)]);
    }
    let is_asked = Asker::new(global).at_a_terminal();
    let mut given = match (&args.from, whose, answer) {
        (Some(file), _, _) => formed(&filled::filled_answers(file, &new, by, &desk)?, &mut new, &answerer)?,
        (None, Some(whose), Some(answer)) => answer_named_rows(args, &mut new, (&answerer, whose), answer)?,
        // If the user names a person and no answer, the rows are shown once more, with their current answers.
        (None, Some(whose), None) if is_asked => {
            is_there(&new, args, whose)?;
            let last_use = facts::recorded_last_use(global);
            let questions =
                Questions { global, answerer: &answerer, newest: newest.as_ref(), last_use: &last_use };
            ask_rows(&questions, &mut new, |row| whose.has(row, args), |row| whose.has_setting(row, args))
        }
        (None, Some(_), None) => {
            let way_out = text!(
                en: "Say `--keep`, `--change` or `--end`.",
                nb: "Skriv `--keep`, `--change` eller `--end`."
            );
            let message = text!(en: "the answer is missing", nb: "svaret mangler");
            return Err(vec![Finding::new(Code::MissingKey, message, way_out)]);
        }
        // These answers were kept, and nobody has typed the number of the ends yet.
        (None, None, None) if waits_for_the_number(&new, by) => own_answers(&new, by),
        (None, None, None) if is_asked => {
            let last_use = last_use.or(facts::recorded_last_use(global));
            let questions =
                Questions { global, answerer: &answerer, newest: newest.as_ref(), last_use: &last_use };
            let access = |row: &ReviewRow| row.answered.is_none();
            ask_rows(&questions, &mut new, access, |row: &SettingRow| row.answered.is_none())
        }
        (None, None, _) => {
            output::tell(
                global,
                &text!(
                    en: "without a terminal to ask at, name a person and an answer; see --help",
                    nb: "uten en terminal å spørre i må du oppgi en person og et svar; se --help"
                ),
            );
            return Ok(Exit::Usage);
        }
    };
    if given == 0 {
        return Ok(nothing_answered(global));
    }
    if answer.is_some() || args.from.is_some() {
        beyond::tell(global, &desk, &list.parsed.review, &new);
        newest.iter().for_each(|newest| outdated::tell(global, &list.parsed.review, &new, newest));
    }
    // Answering takes time, and another reviewer may have sent their answers in the meantime.
    if (whose.is_none() || answer.is_none())
        && let Some((now, tree)) = changed_meanwhile(global, (&place, &desk), (&path, &trust, new.quarter))?
    {
        desk = tree;
        place = now.unwrap_or(place);
        let before = list.parsed.review;
        list = desk.list(&trust, Some(new.quarter))?.1;
        output::tell(
            global,
            &text!(
                en: "Somebody else has written in the list meanwhile.",
                nb: "En annen har skrevet i listen i mellomtiden."
            ),
        );
        // They may have taken out a delegate, or have changed who may review.
        let answerer = Answerer::of(&desk, &trust, &list.parsed.review, by).map_err(one)?;
        let may_answer = |about: Option<&PersonId>| answerer.may_answer(about).is_ok();
        let (both, left_out) = taken_over(&before, &new, &list.parsed.review, may_answer);
        new = both;
        given = given.saturating_sub(left_out.count());
        tell_left_out(global, left_out);
        if given == 0 {
            return Ok(nothing_answered(global));
        }
        output::tell(
            global,
            &text!(
                en: "Yours is added to it; rows that they answered stay as they answered.",
                nb: "Ditt er lagt til; rader de har svart på, står som de svarte."
            ),
        );
    }
    new.reviewed.retain(|known| known.by != *by);
    // Whoever signs a list is asked for the number then. Where nobody signs it, the list is complete with the last answer.
    // Without the number the answers are kept, and without a line under `reviewed` they do not count.
    let is_signed = desk.rules.register.evidence == Evidence::Signature;
    let most = new.ends_most().filter(|_| !is_signed && unanswered(&new) == 0);
    let kept = text!(
        en: "The answers are kept, and do not count yet",
        nb: "Svarene beholdes, men teller ikke ennå"
    );
    let unsure = most.and_then(|most| sure::of_the_ends(global, &path, most, args.ends_most, &kept).err());
    if unsure.is_none() {
        new.reviewed.push(ReviewedBy { by: by.clone(), on: desk.today });
    }
    place.may_write(&path).map_err(one)?;
    let sent = if write_answers(place.global(), &desk, &path, &list.parsed, &new)? {
        let message = format!("Answers to the list of {} for the review of {}", new.trust, new.quarter);
        place.keep((&new.trust, new.quarter), &message, Some(by)).map_err(one)?
    } else {
        None
    };
    let way = match unsure {
        Some(_) => Signing::NotYet,
        None if place.is_in_a_clone() => Signing::OfAllBranches,
        None => Signing::OfTheFile,
    };
    let over = ends_over_budget(&new, &desk.rules.register, &desk.base, desk.today);
    if let Some(over) = &over {
        output::tell(global, &over_budget::words(&desk.rules.register, &new, over));
    }
    report(global, (by, way), &path, &new, (given, over.as_ref(), sent.as_ref()));
    sent.iter().for_each(|sent| sent.say(global));
    Ok(unsure.unwrap_or(Exit::Ok))
}

/// Ends the command after no answer at all.
fn nothing_answered(global: &Global) -> Exit {
    output::tell(global, &text!(en: "Nothing was answered.", nb: "Ingenting ble besvart."));
    Exit::Ok
}

/// Tells how the answers are signed once they are written.
#[derive(Clone, Copy)]
enum Signing {
    /// The user signs the file by its name.
    OfTheFile,
    /// The user signs everything that waits on the branches of the clone, with `approve --waiting`.
    OfAllBranches,
    /// Nothing is signed. The answers count once the user has typed the number of the ends.
    NotYet,
}

/// Reads the file of `--last-used`.
fn last_use(args: &AnswerArgs) -> Result<LastUse, Vec<Finding>> {
    let Some(file) = &args.last_used else { return Ok(LastUse::default()) };
    let shown = file.display();
    let refused = |why: Text| {
        let message =
            text!(with why; en: "`{shown}` cannot be used: {why}", nb: "`{shown}` kan ikke brukes: {why}");
        let way_out = text!(
            en: "Write a line for each, such as `kari.testesen,smerteregisteret,2026-01-31`.",
            nb: "Skriv en linje for hver, for eksempel `kari.testesen,smerteregisteret,2026-01-31`."
        );
        vec![Finding::new(Code::BadValue, message, way_out)]
    };
    let text = std::fs::read_to_string(file).map_err(|why| refused(portvakt_core::system::said(&why)))?;
    LastUse::read(&text).map_err(|line| {
        refused(text!(en: "line {line} has another form", nb: "linje {line} har en annen form"))
    })
}

/// Returns the answer that the options give.
fn chosen(args: &AnswerArgs, until: Option<Date>) -> Option<RowAnswer> {
    match (args.keep, args.change, args.end) {
        (true, _, _) => Some(RowAnswer::Keep { until }),
        (_, true, _) => Some(RowAnswer::Change),
        (_, _, true) => Some(RowAnswer::End),
        _ => None,
    }
}

/// Answers the rows that the options mean.
fn answer_named_rows(
    args: &AnswerArgs,
    list: &mut Review,
    (answerer, whose): (&Answerer<'_>, Whose<'_>),
    answer: RowAnswer,
) -> Result<usize, Vec<Finding>> {
    is_there(list, args, whose)?;
    let mut given = 0;
    for row in list.rows.iter_mut().filter(|row| whose.has(row, args)) {
        answer_access(row, answer, answerer)?;
        given += 1;
    }
    for row in list.settings.iter_mut().filter(|row| whose.has_setting(row, args)) {
        answer_setting(row, answer, answerer)?;
        given += 1;
    }
    Ok(given)
}

/// Answers a row about an access.
fn answer_access(
    row: &mut ReviewRow,
    answer: RowAnswer,
    answerer: &Answerer<'_>,
) -> Result<(), Vec<Finding>> {
    answerer.answers(Some(&row.key.person)).map_err(|finding| vec![finding])?;
    row.answered = Some(Answered { answer, by: answerer.by.clone() });
    Ok(())
}

/// Answers a row about the settings. An account has no last day.
fn answer_setting(
    row: &mut SettingRow,
    answer: RowAnswer,
    answerer: &Answerer<'_>,
) -> Result<(), Vec<Finding>> {
    answerer.answers(row.setting.person()).map_err(|finding| vec![finding])?;
    if !may_have(&row.setting, answer) {
        return Err(vec![no_last_day(&row.setting)]);
    }
    row.answered = Some(Answered { answer, by: answerer.by.clone() });
    Ok(())
}

/// Checks that the list has a row that the options mean.
fn is_there(list: &Review, args: &AnswerArgs, whose: Whose<'_>) -> Result<(), Vec<Finding>> {
    let has_access = list.rows.iter().any(|row| whose.has(row, args));
    if has_access || list.settings.iter().any(|row| whose.has_setting(row, args)) {
        return Ok(());
    }
    let who = match whose {
        Whose::Person(person, _) => person.as_str(),
        Whose::Account(account) => account,
    };
    let message = text!(
        en: "the list has no such row of `{who}`",
        nb: "listen har ingen slik rad for `{who}`"
    );
    let way_out = text!(
        en: "`portvakt review show --trust {trust}` shows the rows.",
        nb: "`portvakt review show --trust {trust}` viser radene.";
        trust = list.trust
    );
    Err(vec![Finding::new(Code::UnknownName, message, way_out)])
}

/// Enters the answers of a table that was filled in, by the numbers of the rows. If the list already has the same
/// answer, that row stays as it is, with the person who gave the answer. Returns the number of new answers.
fn formed(
    answers: &BTreeMap<usize, RowAnswer>,
    list: &mut Review,
    answerer: &Answerer<'_>,
) -> Result<usize, Vec<Finding>> {
    let (mut given, mut numbers) = (0, 1_usize..);
    let mut next = || numbers.next().and_then(|number| answers.get(&number).copied());
    let stands =
        |answered: Option<&Answered>, answer: RowAnswer| answered.is_some_and(|known| known.answer == answer);
    for row in &mut list.rows {
        let Some(answer) = next().filter(|answer| !stands(row.answered.as_ref(), *answer)) else { continue };
        answer_access(row, answer, answerer)?;
        given += 1;
    }
    for row in &mut list.settings {
        let Some(answer) = next().filter(|answer| !stands(row.answered.as_ref(), *answer)) else { continue };
        answer_setting(row, answer, answerer)?;
        given += 1;
    }
    Ok(given)
}

fn no_last_day(setting: &Setting) -> Finding {
    let account = setting.account().map_or("", |account| account.as_str());
    let message = text!(
        en: "the account `{account}` of the settings has no last day",
        nb: "kontoen `{account}` i innstillingene har ingen siste dag"
    );
    let way_out = text!(en: "Leave out `--until`.", nb: "Utelat `--until`.");
    Finding::new(Code::BadValue, message, way_out)
}

/// Writes the rows that changed, the delegates and the reviewers. If the form of the list does not allow that, the
/// whole list is written.
pub(super) fn write_answers(
    global: &Global,
    desk: &ReviewDesk,
    path: &FilePath,
    before: &ParsedReview,
    new: &Review,
) -> Result<bool, Vec<Finding>> {
    let bytes = desk.tree.reviews().files.get(path).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let by_rows = rewritten(&String::from_utf8_lossy(&bytes), before, new);
    let reads_back = parse::review(path, by_rows.as_bytes(), &desk.rules.register)
        .is_ok_and(|parsed| parsed.review == *new);
    let text = if reads_back { by_rows } else { desk.written(new, global.lang()) };
    replace_list(&path_of_list(global, &new.trust, new.quarter), &text)
}

/// Returns the command that signs a list that is not kept in a clone.
pub(super) fn sign_the_file(path: &FilePath, by: &PersonId) -> Text {
    Text::same(format!("`portvakt approve {path} --key KEY --by {by}`"))
}

fn report(
    global: &Global,
    (by, way): (&PersonId, Signing),
    path: &FilePath,
    new: &Review,
    (given, over, sent): (usize, Option<&LimitAsked>, Option<&SentList>),
) {
    const ANSWERS: Noun = Noun::new(["answer", "answers"], ["svar", "svar"]);
    let open = unanswered(new);
    if let Some((ended, all)) = new.ends_most() {
        output::tell(
            global,
            &text!(
                en: "{ended} of {all} accesses would end: look once more before you sign",
                nb: "{ended} av {all} tilganger ville bli avsluttet: se en gang til før du signerer"
            ),
        );
    }
    if global.format == Format::Json {
        output::json_out(&json!({
            "file": path, "answered": given, "open": open, "over-budget": over,
            "branch": sent.map(SentList::branch), "sent": sent.is_some_and(SentList::is_there),
        }));
        return;
    }
    let count = ANSWERS.count(given);
    let next = match (open, way) {
        (0, Signing::NotYet) => text!(
            en: "they count when you type the number: `portvakt review answer`, or `--ends-most`",
            nb: "de teller når du skriver tallet: `portvakt review answer`, eller `--ends-most`"
        ),
        (0, Signing::OfTheFile) => sign_the_file(path, by),
        (0, Signing::OfAllBranches) => text!(
            en: "sign with `portvakt approve --waiting`",
            nb: "signer med `portvakt approve --waiting`"
        ),
        (open, _) => text!(en: "{open} without an answer", nb: "{open} uten svar"),
    };
    output::say(
        global,
        &text!(with count, next; en: "{path}: {count} written; {next}\n", nb: "{path}: {count} skrevet; {next}\n"),
    );
}
