//! One person's file: the facts about the person, and their access at one trust, entry by entry.

use super::entry::{Context, Entry, SHAPE as OF_AN_ENTRY, entry};
use super::hidden::untold;
use super::item::put_in;
use super::node::Value;
use super::outdented::mend;
use super::page::{FilePage, shown};
use super::shape::Shape;
use super::suggest;
use super::walk::Fields;
use super::yaml::{self, in_order};
use super::{meant, pasted, private, revocation_text, shape};
use crate::characters::of_any_encoding;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{Facts, FilePath, PersonId, Previously, Register, TrustId, UnitId};

mod about;
mod entries;

pub(crate) use about::employer;
pub use about::{FilePlaces, PreviouslyPlaces};
use about::{facts, previously};
use entries::{access_nodes, refuse_duplicates};

/// A person's file that could be read. Each of its entries may still be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFile {
    /// The path of the file.
    pub path: FilePath,
    /// The trust, from the name of the folder.
    pub trust: TrustId,
    /// The person, from the name of the file.
    pub person: PersonId,
    /// The facts that the file states about the person.
    pub facts: Facts,
    /// The earlier id of the person, if the file has one.
    pub previously: Option<Previously>,
    /// The places of the values about the person.
    pub places: FilePlaces,
    /// The access entries, in the order of the file.
    pub entries: Vec<Entry>,
}

pub(crate) const KEYS: &[&str] =
    &["person", "name", "employer", "staff", "position", "login", "email", "previously", "access"];

const SHAPE: Shape =
    Shape::Keys(KEYS, &[("previously", shape::PREVIOUSLY), ("access", Shape::List(&OF_AN_ENTRY))]);

/// Reads a person's file at `desired-state/<trust>/<person>.yaml`.
///
/// # Errors
/// The file as a whole cannot be used and is held. This happens when it is too large, is not text or is not plain YAML.
/// It also happens when it has an unknown key, or when a value about the person is not valid. The register may not know
/// the folder, or the name in the file may not be the file's name. Last, the file may have something that no file may
/// have, even in a comment: an e-mail address that is not allowed, a national identity number, a telephone number or an
/// invisible character. All findings are returned in the order of the lines, with the findings of the entries.
pub fn person(path: &FilePath, bytes: &[u8], register: &Register) -> Result<ParsedFile, Vec<Finding>> {
    let read = by_keys(path, bytes, register);
    // Bytes that are not text have been reported as such.
    let Ok(text) = std::str::from_utf8(bytes) else { return read };
    let mut told: Vec<Finding> = match &read {
        Ok(file) => file.entries.iter().flat_map(Entry::findings).cloned().collect(),
        Err(findings) => findings.clone(),
    };
    if told.iter().any(|finding| finding.code == Code::NotText) {
        // This is text of another encoding, which has an empty byte beside every letter.
        return read;
    }
    let untold = untold(FilePage { path, text }, &told);
    if untold.is_empty() {
        return read;
    }
    told.extend(untold);
    Err(in_order(told))
}

/// Reads the file key by key.
fn by_keys(path: &FilePath, bytes: &[u8], register: &Register) -> Result<ParsedFile, Vec<Finding>> {
    let text = yaml::text(path, bytes).map_err(|findings| {
        let text = of_any_encoding(bytes);
        revocation_text::unreadable(findings, FilePage { path, text: &text })
    })?;
    let page = FilePage { path, text };
    let mut held = Vec::new();
    personal_numbers(page, register, &mut held);
    let place = folder(path, register, &mut held);
    let mut node = match yaml::read(path, text) {
        Ok(node) => node,
        Err(findings) => {
            held.extend(revocation_text::unreadable(findings, page));
            return Err(in_order(held));
        }
    };
    if matches!(node.value, Value::Null) {
        let message = text!(en: "The file is empty.", nb: "Filen er tom.");
        let way_out = text!(
            en: "Put the file back as it was; whose access ends has the file deleted.",
            nb: "Legg filen tilbake slik den var; når tilgangen skal opphøre, slettes filen."
        );
        held.push(Finding::new(Code::NotYaml, message, way_out).at(Place::file(path)));
        return Err(in_order(held));
    }
    if let Some(pasted) = pasted::anywhere(page) {
        held.push(pasted);
        // One finding is enough for all. But nobody may miss a finding about `revoked`.
        if !text.to_lowercase().contains("revoked") {
            return Err(in_order(held));
        }
    }
    mend(page, &mut node, SHAPE, &mut held);
    let Some(fields) =
        Fields::open(page, &node, text!(en: "a person's file", nb: "en persons fil"), KEYS, &mut held)
    else {
        return Err(in_order(held));
    };
    let about = facts(&fields, place.as_ref().map(|(_, person)| person), register, &mut held);
    let previously = previously(&fields, place.as_ref().map(|(_, person)| person), register, &mut held);
    let access = access_nodes(&fields, &mut held);
    let mut entries = Vec::with_capacity(access.len());
    if let Some((trust, person)) = &place {
        let context =
            Context { register, trust, person, vouched: about.as_ref().map(|(facts, _)| &facts.vouched) };
        entries.extend(access.iter().map(|node| entry(page, node, &context, &mut held)));
    }
    refuse_duplicates(page, &mut entries);
    match (about, place) {
        (Some((facts, places)), Some((trust, person))) if held.is_empty() => {
            let (previously, at) = previously.unzip();
            let places = FilePlaces { previously: at, ..places };
            Ok(ParsedFile { path: path.clone(), trust, person, facts, previously, places, entries })
        }
        _ => {
            for entry in entries {
                if let Entry::Invalid { findings, .. } = entry {
                    held.extend(findings);
                }
            }
            Err(in_order(held))
        }
    }
}

fn personal_numbers(page: FilePage<'_>, register: &Register, held: &mut Vec<Finding>) {
    for (kind, span) in private::find_numbers(page.text) {
        let unit = super::item::whole_number(span.of(page.text)).map(UnitId);
        if unit.is_some_and(|unit| register.units.contains_key(&unit)) {
            continue;
        }
        held.push(page.finding(Code::PersonalNumber, span, kind.words(), private::take_out("det")));
    }
}

/// The trust and the person that the path names.
fn folder(path: &FilePath, register: &Register, held: &mut Vec<Finding>) -> Option<(TrustId, PersonId)> {
    let mut wrong = |code, message: Text, way_out: Text| {
        held.push(Finding::new(code, message, way_out).at(Place::file(path)));
        None
    };
    let Some((folder, stem)) = path.person_parts() else {
        return wrong(
            Code::WrongFolder,
            text!(
                en: "`{path}` is no place for a person's file.",
                nb: "`{path}` er ikke plassen for en persons fil.";
                path = shown(path.as_str())
            ),
            text!(
                en: "A person's file stands at `desired-state/<trust>/<person>.yaml`.",
                nb: "En persons fil ligger på `desired-state/<helseforetak>/<person>.yaml`."
            ),
        );
    };
    let person = match PersonId::new(stem) {
        Ok(person) => person,
        Err(error) => {
            let (stem, why) = (shown(stem), error.words());
            return wrong(
                Code::BadValue,
                text!(
                    with why;
                    en: "The file name `{stem}` cannot name a person: {why}.",
                    nb: "Filnavnet `{stem}` kan ikke være en person: {why}."
                ),
                match meant::id(&stem, PersonId::new, '.') {
                    _ if let Some(copied) = meant::copy_of(&stem) => text!(
                        en: "Is it a copy of `{copied}.yaml`? Then move it out of the tree; the file of another person has a name like `fornavn.etternavn.yaml`.",
                        nb: "Er den en kopi av `{copied}.yaml`? Flytt den da bort; filen til en annen person har et navn som `fornavn.etternavn.yaml`."
                    ),
                    Some(meant) => text!(
                        en: "Name the file `{meant}.yaml`: an id has small letters a to z, digits, dots and hyphens.",
                        nb: "Gi filen navnet `{meant}.yaml`: en id har små bokstaver a til z, sifre, punktum og bindestrek."
                    ),
                    None => text!(
                        en: "Name the file like `fornavn.etternavn.yaml`: small letters a to z, digits, dots and hyphens.",
                        nb: "Gi filen et navn som `fornavn.etternavn.yaml`: små bokstaver a til z, sifre, punktum og bindestrek."
                    ),
                },
            );
        }
    };
    match register.trusts.get_key_value(folder) {
        Some((trust, _)) => Some((trust.clone(), person)),
        None => {
            let names: Vec<&str> = register.trusts.keys().map(TrustId::as_str).collect();
            let message = suggest::no_trust_with(folder).and(put_in(folder));
            let way_out = suggest::way_out(folder, &text!(en: "The folders are", nb: "Mappene er"), &names);
            let finding = Finding::new(Code::WrongFolder, message, way_out).at(Place::file(path));
            held.push(finding.missing(shown(folder)));
            None
        }
    }
}
