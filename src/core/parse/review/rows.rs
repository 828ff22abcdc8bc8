//! Reads the rows of a list: the access or setting as it was when the list was made, and the answer.

use jiff::civil::Date;

use super::super::entry::NO_NUMBER;
use super::super::item::{Item, Read};
use super::super::node::Node;
use super::super::page::FilePage;
use super::super::span::Span;
use super::super::walk::Fields;
use super::{ROW_KEYS, SETTING_KEYS, as_it_was_made, list_nodes, person};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{
    AccountId, Answered, ApplicationId, GrantKey, OfficeId, RequestId, ReviewRow, RoleId, RowAnswer,
    RowNotice, Setting, SettingRow, UnitId,
};

/// Reads one row: an access as it was, with its answer.
pub(super) fn row(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<ReviewRow> {
    let what = text!(en: "a row of a review", nb: "en rad i en kontroll");
    let fields = Fields::open(page, node, what, ROW_KEYS, wrong)?;
    // Nobody writes these by hand, so no value is proposed for any of them.
    let anew = as_it_was_made;
    let person_id = fields.need_as("person", anew, wrong, person);
    let application =
        fields.need_as("application", anew, wrong, |item| item.id(ApplicationId::new, "smerteregisteret"));
    let unit = fields.need_as("unit", anew, wrong, |item| item.number(0, u32::MAX));
    let role = fields.need_as("role", anew, wrong, |item| item.id(RoleId::new, "LU"));
    let request = fields.need_as("request", anew, wrong, |item| item.id(RequestId::new, NO_NUMBER));
    let from = fields.need_as("from", anew, wrong, Item::date);
    let until = fields.may("until", wrong, Item::date);
    let approved_by = fields.need_as("approved_by", anew, wrong, person);
    let approved_on = fields.need_as("approved_on", anew, wrong, Item::date);
    let allows = words(&fields, "allows", wrong, act_name);
    let notices = words(&fields, "notices", wrong, |item| {
        item.one_of(&RowNotice::ALL.map(|notice| (notice.as_str(), notice)))
    });
    let answered = answered(&fields, wrong);
    Some(ReviewRow {
        key: GrantKey {
            person: person_id?.value,
            application: application?.value,
            unit: UnitId(unit?.value),
            request: request?.value,
        },
        role: role?.value,
        from: from?.value,
        until: until?.map(|at| at.value),
        approved_by: approved_by?.value,
        approved_on: approved_on?.value,
        allows: allows?,
        notices: notices?,
        answered: answered?,
    })
}

/// Reads a row about the settings: an appointment, or an account.
pub(super) fn setting(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<SettingRow> {
    let what = text!(en: "a row about the settings", nb: "en rad om innstillingene");
    let fields = Fields::open(page, node, what, SETTING_KEYS, wrong)?;
    let office =
        fields.may("office", wrong, |item| item.id(OfficeId::new, "register-leader"))?.map(|at| at.value);
    let account = fields.may("account", wrong, |item| item.text().map(AccountId::new))?.map(|at| at.value);
    let of = fields.may("person", wrong, person)?.map(|at| at.value);
    let from = fields.may("from", wrong, Item::date)?.map(|at| at.value);
    let until = fields.may("until", wrong, Item::date)?.map(|at| at.value);
    let answered = answered(&fields, wrong)?;
    let setting = match (office, account, of, from, until) {
        (Some(office), None, Some(person), Some(from), until) => {
            Setting::Appointment { person, office, from, until }
        }
        (None, Some(account), None, None, None) => Setting::Ignored { account },
        (None, Some(account), Some(person), None, None) => Setting::Adopted { account, person },
        _ => {
            let message = text!(
                en: "A row about the settings is an office with `person` and `from`, or an `account`.",
                nb: "En rad om innstillingene er et verv (`office`) med `person` og `from`, eller en konto (`account`)."
            );
            wrong.push(page.finding(Code::BadValue, fields.span, message, as_it_was_made()));
            return None;
        }
    };
    let kept_until = answered.as_ref().is_some_and(|answered| {
        matches!(answered.answer, RowAnswer::Keep { until: Some(_) }) && setting.account().is_some()
    });
    if kept_until {
        let message = text!(en: "An account of the settings has no last day.", nb: "En konto i innstillingene har ingen siste dag.");
        let way_out = text!(
            en: "Leave out `keep_until`, or write `answer: end`.",
            nb: "Utelat `keep_until`, eller skriv `answer: end`."
        );
        wrong.push(page.finding(Code::BadValue, fields.span, message, way_out));
        return None;
    }
    Some(SettingRow { setting, answered })
}

/// Reads a list of words. A key that is left out is an empty list.
fn words<T>(
    fields: &Fields<'_, '_>,
    key: &'static str,
    wrong: &mut Vec<Finding>,
    read: impl Fn(&Item<'_, '_>) -> Read<T>,
) -> Option<Vec<T>> {
    let before = wrong.len();
    let mut found = Vec::new();
    for node in list_nodes(fields, key, false, wrong) {
        match read(&Item { page: fields.page, key, node }) {
            Ok(word) => found.push(word),
            Err(finding) => wrong.push(*finding),
        }
    }
    (wrong.len() == before).then_some(found)
}

/// The name of an act of the capability policies.
fn act_name(item: &Item<'_, '_>) -> Read<String> {
    // An act is written in the alphabet of an application's id.
    item.id(ApplicationId::new, "register-form").map(|id| id.to_string())
}

/// Reads the answer of a row. `None` means that something in it is wrong.
fn answered(fields: &Fields<'_, '_>, wrong: &mut Vec<Finding>) -> Option<Option<Answered>> {
    const WORDS: [(&str, &str); 3] = [("keep", "keep"), ("change", "change"), ("end", "end")];
    let answer = fields.may("answer", wrong, |item| item.one_of(&WORDS));
    let until = fields.may("keep_until", wrong, Item::date);
    let by = fields.may("answered_by", wrong, person);
    let (answer, until, by) = (answer?, until?, by?);
    if ["answer", "answered_by"].into_iter().any(|key| fields.is_there_with_a_slip(key)) {
        // The misspelt key has a finding already.
        return None;
    }
    let mut refuse = |key: &'static str, message: Text, way_out: Text| {
        let span = fields.item(key).map_or(fields.span, |item| item.node.span);
        wrong.push(fields.page.finding(Code::BadValue, span, message, way_out));
        None
    };
    match (answer, until, by) {
        (None, None, None) => Some(None),
        (Some(answer), until, Some(by)) => {
            let until: Option<Date> = until.map(|at| at.value);
            let answer = match (answer.value, until) {
                ("keep", until) => RowAnswer::Keep { until },
                (_, Some(_)) => {
                    return refuse(
                        "keep_until",
                        text!(
                            en: "`keep_until` belongs to the answer `keep` only.",
                            nb: "`keep_until` hører bare til svaret `keep`."
                        ),
                        text!(en: "Delete the line, or write `answer: keep`.", nb: "Slett linjen, eller skriv `answer: keep`."),
                    );
                }
                ("change", None) => RowAnswer::Change,
                (_, None) => RowAnswer::End,
            };
            Some(Some(Answered { answer, by: by.value }))
        }
        (Some(_), _, None) => refuse(
            "answer",
            text!(en: "The answer does not say who gave it.", nb: "Svaret sier ikke hvem som har gitt det."),
            text!(en: "Add the line `answered_by: fornavn.etternavn`.", nb: "Legg til linjen `answered_by: fornavn.etternavn`."),
        ),
        (None, until, _) => refuse(
            if until.is_some() { "keep_until" } else { "answered_by" },
            text!(en: "The row has no answer.", nb: "Raden har ikke noe svar."),
            text!(
                en: "Add `answer: keep`, `answer: change` or `answer: end`.",
                nb: "Legg til `answer: keep`, `answer: change` eller `answer: end`."
            ),
        ),
    }
}

/// Refuses an answer that keeps a right until a day before the list was made. It would end the right without saying so.
pub(super) fn kept_into_the_past<'r>(
    fields: &Fields<'_, '_>,
    made: Date,
    answers: impl Iterator<Item = (Option<&'r Answered>, &'r Span)>,
    wrong: &mut Vec<Finding>,
) {
    for (answered, place) in answers {
        let Some(RowAnswer::Keep { until: Some(until) }) = answered.map(|answered| answered.answer) else {
            continue;
        };
        if until < made {
            let message = text!(
                en: "This is kept until {until}, and the list was made on {made}.",
                nb: "Denne beholdes til {until}, og listen ble laget {made}."
            );
            let way_out = text!(
                en: "Write a later day at `keep_until`, or `answer: end` without it.",
                nb: "Skriv en senere dag i `keep_until`, eller `answer: end` uten den."
            );
            wrong.push(fields.page.finding(Code::BadValue, *place, message, way_out));
        }
    }
}

/// Refuses a second row about the same thing. `message` gives the words for it.
pub(super) fn twice<'r, T: Ord + 'r>(
    fields: &Fields<'_, '_>,
    rows: impl Iterator<Item = (&'r T, &'r Span)>,
    message: &Text,
    wrong: &mut Vec<Finding>,
) {
    let mut seen = std::collections::BTreeSet::new();
    for (about, place) in rows {
        if !seen.insert(about) {
            let way_out = text!(
                en: "Keep the row that `portvakt review start` wrote and delete the other.",
                nb: "Behold raden som `portvakt review start` skrev, og slett den andre."
            );
            wrong.push(fields.page.finding(Code::DuplicateEntry, *place, message.clone(), way_out));
        }
    }
}
