//! A list in `requests/<trust>.yaml`: the applications that were rejected at a trust (R3).
//!
//! It is read as strictly as a person's file, and as a whole. If anything in it is wrong, nobody can know what it
//! rejects. So no number in it may serve a new access until it is corrected (see `judge::rejected`).

use super::entry::NO_NUMBER;
use super::hidden::untold;
use super::item::whole_number;
use super::node::{Node, Value};
use super::page::{FilePage, shown};
use super::private;
use super::span::Span;
use super::suggest;
use super::walk::{Fields, missing_key};
use super::yaml;
use super::yaml::in_order;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, PersonId, Register, Rejection, RequestId, Trust, TrustId, UnitId};
use crate::tree::rejections_trust;

/// A list that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedRejections {
    /// The trust as the path names it. Statements name it so.
    pub written: TrustId,
    /// The trust by the id it has now.
    pub trust: TrustId,
    /// The rejected applications, in the order of the file.
    pub entries: Vec<RejectedEntry>,
}

/// One rejected application, with the places of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedEntry {
    /// The rejected application, with its day, person and reason.
    pub rejection: Rejection,
    /// The place of `request`.
    pub request: Span,
    /// The place of `on`.
    pub on: Span,
    /// The place of `by`.
    pub by: Span,
    /// The place of `reason`.
    pub reason: Span,
}

pub(crate) const KEYS: &[&str] = &["rejected"];
pub(crate) const ENTRY_KEYS: &[&str] = &["request", "on", "by", "reason"];

/// Reads a list.
///
/// # Errors
/// Fails if anything in it is wrong: its place, its form or a value. It also fails if the list has a number that
/// belongs to a person, an address or an invisible character. All findings are returned, in the order of the lines.
pub fn rejections(
    path: &FilePath,
    bytes: &[u8],
    register: &Register,
) -> Result<ParsedRejections, Vec<Finding>> {
    let text = yaml::text(path, bytes)?;
    let page = FilePage { path, text };
    let mut wrong = Vec::new();
    let place = trust_of_path(path, register, &mut wrong);
    personal_numbers(page, register, &mut wrong);
    let entries = match yaml::read(path, text) {
        Ok(node) => rejected_entries(page, &node, &mut wrong),
        Err(findings) => {
            wrong.extend(findings);
            Vec::new()
        }
    };
    wrong.extend(untold(page, &wrong));
    match place {
        Some((written, trust)) if wrong.is_empty() => Ok(ParsedRejections { written, trust, entries }),
        _ => Err(in_order(wrong)),
    }
}

/// The trust that the path names, as it is written and by the id it has now.
fn trust_of_path(
    path: &FilePath,
    register: &Register,
    wrong: &mut Vec<Finding>,
) -> Option<(TrustId, TrustId)> {
    let folder = rejections_trust(path).unwrap_or_default();
    let before = |(id, trust): (&TrustId, &Trust)| {
        let old = trust.previously.as_ref().filter(|old| old.as_str() == folder)?;
        Some((old.clone(), id.clone()))
    };
    let known = register.trusts.get_key_value(folder).map(|(id, _)| (id.clone(), id.clone()));
    let found = known.or_else(|| register.trusts.iter().find_map(before));
    if found.is_none() {
        let message = text!(
            en: "`register.yaml` has no trust with the id `{folder}`.",
            nb: "`register.yaml` har ikke noe helseforetak med id-en `{folder}`.";
            folder = shown(folder)
        );
        let way_out = text!(
            en: "Rejected applications stand at `requests/<trust>.yaml`; `portvakt reject` writes them there.",
            nb: "Avviste søknader står i `requests/<helseforetak>.yaml`; `portvakt reject` skriver dem dit."
        );
        let way_out = suggest::trust_like(folder, register).and(way_out);
        let finding = Finding::new(Code::WrongFolder, message, way_out).at(Place::file(path));
        wrong.push(finding.missing(shown(folder)));
    }
    found
}

/// Finds numbers that belong to a person, anywhere in the file.
fn personal_numbers(page: FilePage<'_>, register: &Register, wrong: &mut Vec<Finding>) {
    for (_, span) in private::find_numbers(page.text) {
        let unit = whole_number(span.of(page.text)).map(UnitId);
        if unit.is_some_and(|unit| register.units.contains_key(&unit)) {
            continue;
        }
        let (message, way_out) = (private::of_a_person(), private::take_out("det"));
        wrong.push(page.finding(Code::PersonalNumber, span, message, way_out));
    }
}

fn rejected_entries(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Vec<RejectedEntry> {
    let what = text!(en: "a list of rejected applications", nb: "en liste over avviste søknader");
    let Some(fields) = Fields::open(page, node, what, KEYS, wrong) else { return Vec::new() };
    let Some(item) = fields.item("rejected") else {
        if fields.is_there_with_a_slip("rejected") {
            return Vec::new();
        }
        let way_out = text!(
            en: "Add the line `rejected:`, with the entries below it.",
            nb: "Legg til linjen `rejected:`, med oppføringene under."
        );
        wrong.push(page.finding(Code::MissingKey, fields.span, missing_key("rejected"), way_out));
        return Vec::new();
    };
    let Value::List(nodes) = &item.node.value else {
        let message = text!(en: "`rejected` is no list.", nb: "`rejected` er ingen liste.");
        let way_out = text!(
            en: "Write the entries below `rejected:`, each beginning with a hyphen.",
            nb: "Skriv oppføringene under `rejected:`, hver med en bindestrek først."
        );
        wrong.push(*item.wrong(Code::BadValue, message, way_out));
        return Vec::new();
    };
    let mut entries: Vec<RejectedEntry> = Vec::new();
    for node in nodes {
        let Some(entry) = rejected_entry(page, node, wrong) else { continue };
        if entries.iter().any(|earlier| earlier.rejection.request.is_same(&entry.rejection.request)) {
            let request = &entry.rejection.request;
            let message = text!(
                en: "The application `{request}` is rejected twice here.",
                nb: "Søknaden `{request}` er avvist to ganger her."
            );
            let way_out = Code::DuplicateEntry.next();
            wrong.push(page.finding(Code::DuplicateEntry, entry.request, message, way_out));
        }
        entries.push(entry);
    }
    entries
}

fn rejected_entry(page: FilePage<'_>, node: &Node<'_>, wrong: &mut Vec<Finding>) -> Option<RejectedEntry> {
    let what = text!(en: "a rejected application", nb: "en avvist søknad");
    let fields = Fields::open(page, node, what, ENTRY_KEYS, wrong)?;
    let request = fields.need("request", NO_NUMBER, wrong, |item| item.id(RequestId::new, NO_NUMBER));
    let on = fields.need_day("on", wrong);
    let by =
        fields.need("by", "fornavn.etternavn", wrong, |item| item.id(PersonId::new, "fornavn.etternavn"));
    let example = || {
        text!(
            en: "Add the line `reason: not employed at the unit`.",
            nb: "Legg til linjen `reason: ikke ansatt ved enheten`."
        )
    };
    let reason = fields.need_as("reason", example, wrong, |item| {
        let reason = item.words()?;
        match unfit_reason(&reason) {
            None => Ok(reason),
            Some(message) => {
                let way_out = text!(
                    en: "Write the reason without anything about the person.",
                    nb: "Skriv begrunnelsen uten noe om personen."
                );
                Err(item.wrong(Code::BadValue, message, way_out))
            }
        }
    });
    let (request, on, by, reason) = (request?, on?, by?, reason?);
    Some(RejectedEntry {
        request: request.span,
        on: on.span,
        by: by.span,
        reason: reason.span,
        rejection: Rejection { request: request.value, on: on.value, by: by.value, reason: reason.value },
    })
}

/// Returns the words about an e-mail address in a reason, which belongs to a person and may not be there.
fn unfit_reason(reason: &str) -> Option<Text> {
    reason.contains('@').then(|| {
        text!(
            en: "The reason holds an e-mail address.",
            nb: "Begrunnelsen inneholder en e-postadresse."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Lang;

    fn read(text: &str) -> Result<ParsedRejections, Vec<Finding>> {
        read_at("requests/ahus.yaml", text)
    }

    fn read_at(path: &str, text: &str) -> Result<ParsedRejections, Vec<Finding>> {
        let register = include_str!("../../../desired-state/register.yaml");
        let register =
            super::super::register(&FilePath::new("desired-state/register.yaml"), register.as_bytes())
                .unwrap();
        rejections(&FilePath::new(path), text.as_bytes(), &register)
    }

    fn entry(request: &str) -> String {
        format!("  - request: {request}\n    on: 2026-11-23\n    by: lars.demostad\n    reason: no need\n")
    }

    #[test]
    fn a_list_in_order_is_read_with_its_places() {
        let text = format!("# rejected here\nrejected:\n{}{}", entry("REQ-1"), entry("REQ/2"));
        let parsed = read(&text).unwrap();
        assert_eq!((parsed.trust.as_str(), parsed.written.as_str()), ("ahus", "ahus"));
        let requests: Vec<&str> = parsed.entries.iter().map(|entry| entry.request.of(&text)).collect();
        assert_eq!(requests, ["REQ-1", "REQ/2"]);
        let first = parsed.entries.first().unwrap();
        assert_eq!((first.on.of(&text), first.by.of(&text)), ("2026-11-23", "lars.demostad"));
        assert_eq!(first.rejection.reason, "no need");
        assert!(read("rejected: []\n").unwrap().entries.is_empty());
    }

    #[test]
    fn anything_wrong_is_told_where_it_stands() {
        let one = format!("rejected:\n{}", entry("REQ-1"));
        for (text, code, line) in [
            ("rejected: none\n".to_owned(), Code::BadValue, 1),
            ("refused: []\n".to_owned(), Code::UnknownKey, 1),
            (format!("{one}{}", entry("REQ-1")), Code::DuplicateEntry, 6),
            (format!("{one}{}", entry("req-1")), Code::DuplicateEntry, 6),
            (one.replace("    on:", "    at:"), Code::UnknownKey, 3),
            (one.replace("    by: lars.demostad\n", ""), Code::MissingKey, 2),
            (one.replace("2026-11-23", "23.11."), Code::BadValue, 3),
            (one.replace("lars.demostad", "Lars Demostad"), Code::BadValue, 4),
            (one.replace("no need", "wrote from lars@sykehus.test"), Code::BadValue, 5),
            (one.replace("no need", "born 01017012345"), Code::PersonalNumber, 5),
            (format!("{one}# call 900 00 000\n"), Code::PersonalNumber, 6),
            (format!("{one}# \u{202e}x\n"), Code::NotYaml, 6),
        ] {
            let findings = read(&text).unwrap_err();
            let found = findings.iter().find(|finding| finding.code == code);
            let at = found.and_then(|finding| finding.place.as_ref()).map(|place| place.line);
            assert_eq!(at, Some(line), "{code} in\n{text}\n{findings:#?}");
        }
        // One slip is reported once, in the reader's language, and with the value that is meant.
        for (text, en, nb) in [
            (one.replace("rejected:", "avvist:"), "Did you mean `rejected`?", "Mente du `rejected`?"),
            (
                one.replace("    reason: no need\n", ""),
                "`reason: not employed at the unit`",
                "`reason: ikke ansatt ved enheten`",
            ),
        ] {
            let findings = read(&text).unwrap_err();
            let [finding] = findings.as_slice() else { panic!("{text}\n{findings:#?}") };
            assert!(finding.way_out.en().contains(en), "{finding:?}");
            assert!(finding.way_out.get(Lang::Nb).contains(nb), "{finding:?}");
        }
        let near = read_at("requests/Ahus.yaml", &one).unwrap_err();
        assert!(
            near.iter().any(|finding| finding.way_out.en().starts_with("Did you mean `ahus`?")),
            "{near:?}"
        );
        let broken = read(&one.replace("rejected:", "rejected: [x")).unwrap_err();
        assert!(broken.iter().any(|finding| finding.code == Code::NotYaml), "{broken:#?}");
        assert!(!read("").unwrap_err().is_empty());
        let findings = read_at("requests/nowhere.yaml", &one).unwrap_err();
        assert!(findings.iter().any(|finding| finding.code == Code::WrongFolder), "{findings:#?}");
    }
}
