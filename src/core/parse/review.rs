//! A list in `reviews/<trust>/<quarter>.yaml`: the review of a trust's user list (R36).
//!
//! It is read as strictly as a person's file, and as a whole. A list with any error does not count as a review, because
//! nobody can know what the signer saw. Its units, roles and applications are not looked up in the register, so a list
//! stays readable after a unit or a role is gone.

use super::item::{Item, Read, whole_number};
use super::node::{Node, Value};
use super::page::{FilePage, shown};
use super::private;
use super::span::Span;
use super::suggest::{no_trust_with, trust_like};
use super::walk::{Fields, missing_key};
use super::yaml;
use super::yaml::in_order;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{
    Delegation, Digest, FilePath, PersonId, Quarter, Register, Review, ReviewedBy, Trust, TrustId, UnitId,
};
use crate::tree::review_parts;

mod rows;

use rows::{kept_into_the_past, row, setting, twice};

/// The largest list that is read, in bytes. A list holds a whole trust, so it may be larger than a person's file.
pub const LARGEST_REVIEW: usize = 1024 * 1024;

/// A list that could be read, with the places of its rows and of its reviewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedReview {
    /// The review. It names its trust as the file does.
    pub review: Review,
    /// The trust by the id it has now.
    pub trust: TrustId,
    /// The place of each row, in the order of the rows.
    pub rows: Vec<Span>,
    /// The place of each row about the settings, in their order.
    pub settings: Vec<Span>,
    /// The place of each reviewer, in their order.
    pub reviewed: Vec<Span>,
}

pub(crate) const KEYS: &[&str] =
    &["trust", "quarter", "made", "tree", "delegates", "reviewed", "rows", "settings"];
pub(crate) const DELEGATE_KEYS: &[&str] = &["person", "by", "from", "until"];
pub(crate) const REVIEWED_KEYS: &[&str] = &["by", "on"];
pub(crate) const SETTING_KEYS: &[&str] =
    &["office", "account", "person", "from", "until", "answer", "keep_until", "answered_by"];
pub(crate) const ROW_KEYS: &[&str] = &[
    "person",
    "application",
    "unit",
    "role",
    "request",
    "from",
    "until",
    "approved_by",
    "approved_on",
    "allows",
    "notices",
    "answer",
    "keep_until",
    "answered_by",
];

/// Reads a list.
///
/// # Errors
/// Fails if anything in it is wrong: its place, its form, a value, or a number that belongs to a person. All findings
/// are returned, in the order of the lines.
pub fn review(path: &FilePath, bytes: &[u8], register: &Register) -> Result<ParsedReview, Vec<Finding>> {
    let text = yaml::text_up_to(path, bytes, LARGEST_REVIEW)?;
    let page = FilePage { path, text };
    let mut wrong = Vec::new();
    let place = review_path(path, register, &mut wrong);
    let node = match yaml::read(path, text) {
        Ok(node) => node,
        Err(findings) => {
            wrong.extend(findings);
            return Err(in_order(wrong));
        }
    };
    let what = text!(en: "a review", nb: "en kontroll");
    let Some(fields) = Fields::open(page, &node, what, KEYS, &mut wrong) else {
        return Err(in_order(wrong));
    };
    personal_numbers(&fields, register, &mut wrong);
    let read = review_of_fields(&fields, place, &mut wrong);
    match read {
        Some(parsed) if wrong.is_empty() => Ok(parsed),
        _ => Err(in_order(wrong)),
    }
}

/// The parts of a path: the trust as it is written, the trust by its current id, and the quarter.
struct ReviewPath {
    written: TrustId,
    trust: TrustId,
    quarter: Quarter,
}

/// Reads the path. A folder of a trust's earlier id belongs to that trust.
fn review_path(path: &FilePath, register: &Register, wrong: &mut Vec<Finding>) -> Option<ReviewPath> {
    let mut refuse = |message: Text, meant: Text, missing: Option<&str>| {
        let way_out = text!(
            en: "A review stands at `reviews/<trust>/<year>-Q<number>.yaml`; `portvakt review start` writes it there.",
            nb: "En kontroll ligger på `reviews/<helseforetak>/<år>-Q<nummer>.yaml`; `portvakt review start` skriver den dit."
        );
        let mut finding = Finding::new(Code::WrongFolder, message, meant.and(way_out)).at(Place::file(path));
        finding.missing = missing.map(|name| shown(name).into());
        wrong.push(finding);
        None
    };
    let Some((folder, stem)) = review_parts(path) else {
        let message = text!(
            en: "`{path}` is no place for a review.",
            nb: "`{path}` er ikke plassen for en kontroll.";
            path = shown(path.as_str())
        );
        return refuse(message, Text::default(), None);
    };
    let Ok(quarter) = Quarter::parse(stem) else {
        let message = text!(
            en: "The file name `{stem}` is no quarter.",
            nb: "Filnavnet `{stem}` er ikke et kvartal.";
            stem = shown(stem)
        );
        return refuse(message, Text::default(), None);
    };
    let before = |(id, trust): (&TrustId, &Trust)| {
        let old = trust.previously.as_ref().filter(|old| old.as_str() == folder)?;
        Some((old.clone(), id.clone()))
    };
    let known = register.trusts.get_key_value(folder).map(|(id, _)| (id.clone(), id.clone()));
    match known.or_else(|| register.trusts.iter().find_map(before)) {
        Some((written, trust)) => Some(ReviewPath { written, trust, quarter }),
        None => refuse(no_trust_with(folder), trust_like(folder, register), Some(folder)),
    }
}

/// Finds numbers that belong to a person. The digest of the tree and the ids of accounts are not searched, because they
/// may look like one.
fn personal_numbers(fields: &Fields<'_, '_>, register: &Register, wrong: &mut Vec<Finding>) {
    let page = fields.page;
    let digest = fields.item("tree").map(|item| item.node.span).unwrap_or_default();
    for (_, span) in private::find_numbers(page.text) {
        let unit = whole_number(span.of(page.text)).map(UnitId);
        let in_digest = span.start >= digest.start && span.end <= digest.end;
        if in_digest
            || names_an_account(page.text, span)
            || unit.is_some_and(|unit| register.units.contains_key(&unit))
        {
            continue;
        }
        let (message, way_out) = (private::of_a_person(), private::take_out("det"));
        wrong.push(page.finding(Code::PersonalNumber, span, message, way_out));
    }
}

/// Returns whether a number is the store's id of an account. It then comes after `account:` on its line.
fn names_an_account(text: &str, number: Span) -> bool {
    let before = usize::try_from(number.start).ok().and_then(|start| text.get(..start)).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    matches!(line.trim_start().trim_start_matches("- ").trim(), "account:" | "account: \"" | "account: '")
}

/// Compares a value with the part of the path that says the same.
fn as_in_the_path(item: &Item<'_, '_>, expected: Option<&str>) -> Read<()> {
    let text = item.text()?;
    let Some(expected) = expected.filter(|expected| *expected != text) else { return Ok(()) };
    Err(item.wrong(
        Code::WrongFolder,
        text!(
            en: "The path of the file says `{expected}`, and here stands `{text}`.",
            nb: "Stien til filen sier `{expected}`, og her står `{text}`.";
            text = shown(text)
        ),
        text!(en: "Let both be the same.", nb: "La begge være like."),
    ))
}

fn review_of_fields(
    fields: &Fields<'_, '_>,
    place: Option<ReviewPath>,
    wrong: &mut Vec<Finding>,
) -> Option<ParsedReview> {
    // The errors of the path have been reported already.
    let (folder, stem) = place.as_ref().and_then(|_| review_parts(fields.page.path)).unzip();
    let trust = fields.need("trust", folder.unwrap_or("ahus"), wrong, |item| as_in_the_path(item, folder));
    let quarter = fields.need("quarter", stem.unwrap_or("2026-Q4"), wrong, |item| as_in_the_path(item, stem));
    let made = fields.need("made", "2026-11-20", wrong, |item| {
        let made = item.date()?;
        let quarter = place.as_ref().map(|place| place.quarter);
        if quarter.is_some_and(|quarter| quarter != Quarter::of(made)) {
            let message = text!(
                en: "The list was made on {made}, which is in another quarter.",
                nb: "Listen ble laget {made}, som er i et annet kvartal."
            );
            let way_out = text!(
                en: "Make a new list with `portvakt review start`.",
                nb: "Lag en ny liste med `portvakt review start`."
            );
            return Err(item.wrong(Code::BadValue, message, way_out));
        }
        Ok(made)
    });
    let tree = fields.need("tree", "the digest of the tree", wrong, digest);
    let (mut delegations, mut reviewed, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for node in list_nodes(fields, "delegates", false, wrong) {
        delegations.extend(delegation(fields.page, node, wrong));
    }
    let mut places = Vec::new();
    for node in list_nodes(fields, "reviewed", false, wrong) {
        if let Some(line) = reviewed_by(fields.page, node, wrong) {
            reviewed.push(line);
            places.push(fields.page.value_span(node));
        }
    }
    let mut row_places = Vec::new();
    for node in list_nodes(fields, "rows", true, wrong) {
        if let Some(row) = row(fields.page, node, wrong) {
            rows.push(row);
            row_places.push(fields.page.value_span(node));
        }
    }
    let message = text!(en: "This access has a row already.", nb: "Denne tilgangen har allerede en rad.");
    twice(fields, rows.iter().map(|row| &row.key).zip(&row_places), &message, wrong);
    let (mut settings, mut setting_places) = (Vec::new(), Vec::new());
    for node in list_nodes(fields, "settings", false, wrong) {
        if let Some(row) = setting(fields.page, node, wrong) {
            settings.push(row);
            setting_places.push(fields.page.value_span(node));
        }
    }
    let message =
        text!(en: "This setting has a row already.", nb: "Denne innstillingen har allerede en rad.");
    twice(fields, settings.iter().map(|row| &row.setting).zip(&setting_places), &message, wrong);
    if let Some(made) = &made {
        let of_rows = rows.iter().map(|row| row.answered.as_ref()).zip(&row_places);
        let of_settings = settings.iter().map(|row| row.answered.as_ref()).zip(&setting_places);
        kept_into_the_past(fields, made.value, of_rows.chain(of_settings), wrong);
    }
    let (ReviewPath { written, trust, quarter }, _, _) = (place?, trust?, quarter?);
    let (made, tree) = (made?.value, tree?.value);
    let review = Review { trust: written, quarter, made, tree, delegations, reviewed, rows, settings };
    Some(ParsedReview { review, trust, rows: row_places, settings: setting_places, reviewed: places })
}

fn digest(item: &Item<'_, '_>) -> Read<Digest> {
    let text = item.text()?;
    Digest::parse(text).map_err(|_| {
        let message = text!(
            en: "`{key}` is no digest: 64 hexadecimal digits are expected.",
            nb: "`{key}` er ikke et kontrollsiffer: 64 heksadesimale sifre ventes.";
            key = item.key
        );
        item.wrong(Code::BadValue, message, as_it_was_made())
    })
}

/// The next step if something was changed that nobody writes by hand.
fn as_it_was_made() -> Text {
    text!(
        en: "Put back what `portvakt review start` wrote.",
        nb: "Legg tilbake det `portvakt review start` skrev."
    )
}

/// The nodes of a list. If it may be left out and is, the result is empty.
fn list_nodes<'p, 'a>(
    fields: &Fields<'p, 'a>,
    key: &'static str,
    needed: bool,
    wrong: &mut Vec<Finding>,
) -> &'p [Node<'a>] {
    let Some(item) = fields.item(key) else {
        if needed && !fields.is_there_with_a_slip(key) {
            let way_out = text!(
                en: "Make the list anew with `portvakt review start`.",
                nb: "Lag listen på nytt med `portvakt review start`."
            );
            wrong.push(fields.page.finding(Code::MissingKey, fields.span, missing_key(key), way_out));
        }
        return &[];
    };
    match &item.node.value {
        Value::List(nodes) => nodes,
        _ => {
            let message = text!(en: "`{key}` is no list.", nb: "`{key}` er ingen liste.");
            let way_out = text!(
                en: "Write the entries below `{key}:`, each beginning with a hyphen.",
                nb: "Skriv oppføringene under `{key}:`, hver med en bindestrek først."
            );
            wrong.push(*item.wrong(Code::BadValue, message, way_out));
            &[]
        }
    }
}

fn delegation(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<Delegation> {
    let what = text!(en: "a delegate", nb: "en stedfortreder");
    let fields = Fields::open(page, node, what, DELEGATE_KEYS, wrong)?;
    let person = fields.need("person", "fornavn.etternavn", wrong, self::person);
    let by = fields.need("by", "fornavn.etternavn", wrong, self::person);
    let from = fields.need_day("from", wrong);
    let until = fields.need_day("until", wrong);
    Some(Delegation { person: person?.value, by: by?.value, from: from?.value, until: until?.value })
}

fn reviewed_by(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<ReviewedBy> {
    let what = text!(en: "a reviewer", nb: "en som har kontrollert");
    let fields = Fields::open(page, node, what, REVIEWED_KEYS, wrong)?;
    let by = fields.need("by", "fornavn.etternavn", wrong, person);
    let on = fields.need_day("on", wrong);
    Some(ReviewedBy { by: by?.value, on: on?.value })
}

fn person(item: &Item<'_, '_>) -> Read<PersonId> {
    item.id(PersonId::new, "fornavn.etternavn")
}
