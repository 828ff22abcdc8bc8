//! `review start` makes the list of a trust from the current tree. In a clone it uses the newest main branch, and puts
//! the list on a branch of its own.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, Noun, text};
use portvakt_core::model::{Answered, Evidence, PersonId, Quarter, Review, ReviewedBy, TrustId};
use portvakt_core::review::{self, Start, answers_for};
use serde_json::json;

use super::ask::{has_passed, waits_for_the_number};
use super::list::{ReviewDesk, replace_list, writes};
use super::{Done, path_of, path_of_list, usual};
use crate::cli::clone::{self, ListPlace, SentList};
use crate::cli::output;
use crate::config::{Format, Global};

pub(super) fn run(global: &Global, trust: Option<&str>, anew: bool, here: bool) -> Done {
    let one = |finding: Finding| vec![finding];
    writes(global)?;
    let mut place = ListPlace::main(global, here).map_err(one)?;
    let mut desk = ReviewDesk::open(place.global())?;
    let trust = match trust {
        Some(typed) => Some(desk.trust(typed)?),
        None => usual::usual_trust(global, &desk, clone::noted(global).as_ref()),
    };
    let Some(trust) = &trust else { return Ok(Exit::Usage) };
    if let Some(held) = place.held(global, trust, Some(Quarter::of(desk.today))).map_err(one)? {
        if !anew {
            return Err(vec![is_on(global, &held.branch, trust)]);
        }
        place = place.anew(global, held).map_err(one)?;
        desk = ReviewDesk::open(place.global())?;
    }
    desk.reads_whole(trust)?;
    let mut list = review::start(&Start {
        rules: &desk.rules,
        base: &desk.base,
        trust,
        tree: desk.tree.digest(),
        today: desk.today,
    });
    review::remind(&mut list, &desk.judged(), &desk.base, desk.today);
    let file = path_of_list(place.global(), trust, list.quarter);
    let path = path_of(trust, list.quarter);
    let shown = if place.is_in_a_clone() { path.to_string() } else { file.display().to_string() };
    if file.symlink_metadata().is_ok() {
        let before = desk.list(trust, Some(list.quarter));
        // A list on a branch of its own was not taken in yet, so nothing is lost if it is made anew.
        let counts = before.as_ref().ok().and_then(|(_, list)| list.counts_from);
        if let Some(day) = counts.filter(|_| place.branch().is_none()) {
            return Err(vec![counts_already(global, &shown, trust, day)]);
        }
        if !anew {
            let quarter = list.quarter;
            let message = text!(
                en: "`{shown}` is there already: the list of {quarter}",
                nb: "`{shown}` finnes allerede: listen for {quarter}"
            );
            let way_out = text!(
                en: "Answer it with `portvakt review answer`, or make it anew with `--anew`.",
                nb: "Svar med `portvakt review answer`, eller lag den på nytt med `--anew`."
            );
            return Err(vec![Finding::new(Code::BadValue, message, way_out)]);
        }
        if let Ok((_, before)) = before {
            keep_answers(&mut list, &before.parsed.review, &desk);
        }
    }
    place.may_write(&path).map_err(one)?;
    let sent = if replace_list(&file, &desk.written(&list, global.lang()))? {
        let message = format!("Make the list of {trust} for the review of {}", list.quarter);
        place.keep((trust, list.quarter), &message, None).map_err(one)?
    } else {
        None
    };
    const ROWS: Noun = Noun::new(["access", "accesses"], ["tilgang", "tilganger"]);
    const SETTINGS: Noun = Noun::new(
        ["office or service account", "offices and service accounts"],
        ["verv eller tjenestekonto", "verv og tjenestekontoer"],
    );
    let mut rows = ROWS.count(list.rows.len());
    if !list.settings.is_empty() {
        let settings = SETTINGS.count(list.settings.len());
        rows = text!(with rows, settings; en: "{rows}, {settings}", nb: "{rows}, {settings}");
    }
    if global.format == Format::Json {
        output::json_out(&json!({
            "file": shown, "rows": list.rows.len(), "settings": list.settings.len(), "quarter": list.quarter,
            "branch": sent.as_ref().map(SentList::branch), "sent": sent.as_ref().is_some_and(SentList::is_there),
        }));
        return Ok(Exit::Ok);
    }
    let answering = usual::answering(global, trust);
    output::say(
        global,
        &text!(
            with rows, answering;
            en: "{shown}: {rows}. Answer each with {answering}.\n",
            nb: "{shown}: {rows}. Svar på hver med {answering}.\n"
        ),
    );
    if desk.rules.register.evidence == Evidence::Signature && !list.reviewed.is_empty() {
        let names: Vec<String> = list.reviewed.iter().map(|line| desk.who(&line.by)).collect();
        let names = names.join(", ");
        let again = text!(
            en: "The list is a new one, with answers from before. These sign it again: {names}.\n",
            nb: "Listen er ny, med svar fra før. Disse signerer den på nytt: {names}.\n"
        );
        output::say(global, &again);
    }
    sent.iter().for_each(|sent| sent.say(global));
    Ok(Exit::Ok)
}

/// Returns the finding about a list that counts. If it were made anew, the review would count no more.
fn counts_already(global: &Global, shown: &str, trust: &TrustId, day: Date) -> Finding {
    let message = text!(
        en: "`{shown}` is there already and counts from {day}; made anew, that review would count no more",
        nb: "`{shown}` finnes allerede og teller fra {day}; lages den på nytt, teller ikke den kontrollen lenger"
    );
    let answering = usual::answering(global, trust);
    let way_out = text!(
        with answering;
        en: "Correct an answer with {answering}, a person and the answer. The next list is made in the next quarter.",
        nb: "Rett et svar med {answering}, en person og svaret. Neste liste lages i neste kvartal."
    );
    Finding::new(Code::BadValue, message, way_out)
}

/// Returns the finding about a list that is on a branch already.
fn is_on(global: &Global, branch: &str, trust: &TrustId) -> Finding {
    let branch = portvakt_net::line(branch);
    let message = text!(
        en: "the list of this quarter is on the branch `{branch}` already, and not taken in yet",
        nb: "listen for dette kvartalet er allerede på grenen `{branch}`, og ikke tatt inn ennå"
    );
    let answering = usual::answering(global, trust);
    let way_out = text!(
        with answering;
        en: "Answer it with {answering}, or make it anew with `--anew`.",
        nb: "Svar med {answering}, eller lag den på nytt med `--anew`."
    );
    Finding::new(Code::BadValue, message, way_out)
}

/// Takes over the answers to accesses and settings that have not changed, if the same person may still give them today.
/// An answer that keeps a right until a day that has passed is dropped and asked for again. It is a new list, so whoever
/// has answered must sign it again, and so must the reviewers who have named a delegate. Each of them gets a line with
/// the day of the list, so that they are asked for their signature.
fn keep_answers(list: &mut Review, before: &Review, desk: &ReviewDesk) {
    let (made, base) = (list.made, &desk.base);
    let entitled = desk.who_may_review(&list.trust);
    let may_review = |person: &PersonId| entitled.iter().any(|one| base.is_same(one, person));
    let of_delegates = before.delegations.iter().filter(|one| made <= one.until && may_review(&one.by));
    let mut signers: BTreeSet<PersonId> = of_delegates.map(|one| one.by.clone()).collect();
    let mut stays = |answered: &Answered, about: Option<&PersonId>| {
        let by = &answered.by;
        let reviewers = answers_for((by, about), made, &before.delegations, base, may_review);
        let is_kept = reviewers.is_ok() && has_passed(answered.answer, made).is_none();
        if is_kept {
            signers.insert(by.clone());
        }
        is_kept
    };
    list.delegations.clone_from(&before.delegations);
    for row in &mut list.rows {
        let same = before.rows.iter().find(|old| old.key == row.key && old.role == row.role);
        row.answered = same
            .filter(|old| old.from == row.from && old.until == row.until)
            .and_then(|old| old.answered.clone().filter(|answered| stays(answered, Some(&old.key.person))));
    }
    for row in &mut list.settings {
        let same = before.settings.iter().find(|old| old.setting == row.setting);
        row.answered = same
            .and_then(|old| old.answered.clone().filter(|answered| stays(answered, old.setting.person())));
    }
    // Answers that wait for the number of the ends begin to count with that number alone.
    if desk.rules.register.evidence != Evidence::Signature && list.ends_most().is_some() {
        signers.retain(|by| !waits_for_the_number(before, by));
    }
    list.reviewed = signers.into_iter().map(|by| ReviewedBy { by, on: made }).collect();
}
