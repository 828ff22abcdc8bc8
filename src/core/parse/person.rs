//! One person's file: the facts about the person, and their access at one trust, entry by entry.

use super::yaml::in_order;
use std::collections::BTreeMap;

use super::entry::{Context, Entry, approved, entry};
use super::item::{Item, Kind, Read, plausible_address};
use super::node::{Node, Value};
use super::page::{Page, shown};
use super::span::Span;
use super::suggest;
use super::walk::{Fields, inner, missing};
use super::yaml;
use super::{private, revocation_text};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{
    ApplicationId, Email, EmployerId, Facts, FilePath, Login, PersonId, Position, Previously, Register,
    RequestId, Staff, TrustId, TrustKind, UnitId, Vouched,
};

/// The places of the values about the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlaces {
    /// The place of `person`.
    pub person: Span,
    /// The place of `name`.
    pub name: Span,
    /// The place of `employer`.
    pub employer: Span,
    /// The place of `staff`.
    pub staff: Span,
    /// The place of `position`, if the file has it.
    pub position: Option<Span>,
    /// The place of `login`, if the file has it.
    pub login: Option<Span>,
    /// The place of `email`, if the file has it.
    pub email: Option<Span>,
    /// The places of the values of `previously`, if the file has it.
    pub previously: Option<PreviouslyPlaces>,
}

/// The places of the values of `previously`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviouslyPlaces {
    /// The place of `previously.person`.
    pub person: Span,
    /// The place of `previously.approved.by`.
    pub by: Span,
    /// The place of `previously.approved.on`.
    pub on: Span,
    /// The place of `previously.approved.identity`.
    pub identity: Span,
}

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

/// Reads a person's file at `desired-state/<trust>/<person>.yaml`.
///
/// # Errors
/// When the file as a whole cannot be used and is held. The reasons are: it is too large, it is not text, it is not
/// plain YAML, it has an unknown key, a value about the person is not valid, the register does not know the folder,
/// the name in it is not the file's name, an e-mail address is not allowed, or it has a national identity number or a
/// telephone number. All findings are returned in the order of the lines, with the findings of the entries.
pub fn person(path: &FilePath, bytes: &[u8], register: &Register) -> Result<ParsedFile, Vec<Finding>> {
    let text = yaml::text(path, bytes).map_err(|findings| {
        let text = String::from_utf8_lossy(bytes);
        revocation_text::unreadable(findings, Page { path, text: &text })
    })?;
    let page = Page { path, text };
    let mut held = Vec::new();
    personal_numbers(page, register, &mut held);
    let place = folder(path, register, &mut held);
    let node = match yaml::read(path, text) {
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
    let Some(fields) =
        Fields::open(page, &node, text!(en: "a person's file", nb: "en persons fil"), KEYS, &mut held)
    else {
        return Err(in_order(held));
    };
    let about = facts(&fields, place.as_ref().map(|(_, person)| person), register, &mut held);
    let previously = previously(&fields, place.as_ref().map(|(_, person)| person), &mut held);
    let access = access(&fields, &mut held);
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

fn personal_numbers(page: Page<'_>, register: &Register, held: &mut Vec<Finding>) {
    for (kind, span) in private::find(page.text) {
        let unit = super::item::whole(span.of(page.text)).map(UnitId);
        if unit.is_some_and(|unit| register.units.contains_key(&unit)) {
            continue;
        }
        let message = match kind {
            private::Kind::IdentityNumber => text!(
                en: "This looks like a national identity number.",
                nb: "Dette ser ut som et fødselsnummer."
            ),
            private::Kind::Telephone => text!(
                en: "This looks like a telephone number.",
                nb: "Dette ser ut som et telefonnummer."
            ),
        };
        let way_out = text!(
            en: "Take it out, also out of the history of the change: what is written here is kept for ever.",
            nb: "Ta det bort, også fra endringens historikk: det som skrives her, blir lagret for alltid."
        );
        held.push(page.finding(Code::PersonalNumber, span, message, way_out));
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
                text!(
                    en: "Name the file like `fornavn.etternavn.yaml`: small letters a to z, digits, dots and hyphens.",
                    nb: "Gi filen et navn som `fornavn.etternavn.yaml`: små bokstaver a til z, sifre, punktum og bindestrek."
                ),
            );
        }
    };
    match register.trusts.get_key_value(folder) {
        Some((trust, _)) => Some((trust.clone(), person)),
        None => {
            let names: Vec<&str> = register.trusts.keys().map(TrustId::as_str).collect();
            wrong(
                Code::WrongFolder,
                text!(
                    en: "`register.yaml` has no trust with the folder `{folder}`.",
                    nb: "`register.yaml` har ikke noe helseforetak med mappen `{folder}`.";
                    folder = shown(folder)
                ),
                suggest::way_out(folder, &text!(en: "The folders are", nb: "Mappene er"), &names),
            )
        }
    }
}

fn facts(
    fields: &Fields<'_, '_>,
    file: Option<&PersonId>,
    register: &Register,
    held: &mut Vec<Finding>,
) -> Option<(Facts, FilePlaces)> {
    let person = fields.need("person", "fornavn.etternavn", held, |item| {
        let written = item.id(PersonId::new, "fornavn.etternavn")?;
        match file {
            Some(file) if *file != written => Err(item.wrong(
                Code::WrongFolder,
                text!(
                    en: "The file is named `{file}.yaml`, and it says `{written}`.",
                    nb: "Filen heter `{file}.yaml`, og i den står `{written}`."
                ),
                text!(
                    en: "Let both be the same; a person keeps one id in all files.",
                    nb: "La begge være like; en person har samme id i alle filer."
                ),
            )),
            _ => Ok(written),
        }
    });
    let name = fields.need("name", "Fornavn Etternavn", held, name);
    let employer = fields.need("employer", "helse-bergen", held, |item| employer(item, register));
    let staff = fields.need("staff", "health", held, |item| {
        item.one_of(&[Staff::Health, Staff::Ict, Staff::Other].map(|staff| (staff.as_str(), staff)))
    });
    let position = fields.may("position", held, |item| item.id(Position::new, "lis"));
    let login = fields.may("login", held, |item| item.id(Login::new, "fornavn.etternavn"));
    let email = fields.may("email", held, |item| email(item, register));
    let (person, name, employer, staff) = (person?, name?, employer?, staff?);
    let (position, login, email) = (position?, login?, email?);
    let places = FilePlaces {
        person: person.span,
        name: name.span,
        employer: employer.span,
        staff: staff.span,
        position: position.as_ref().map(|at| at.span),
        login: login.as_ref().map(|at| at.span),
        email: email.as_ref().map(|at| at.span),
        previously: None,
    };
    let vouched = Vouched {
        employer: employer.value,
        staff: staff.value,
        position: position.map(|at| at.value),
        login: login.map(|at| at.value),
    };
    Some((Facts { name: name.value, vouched, email: email.map(|at| at.value) }, places))
}

/// Reads `previously`: the earlier id, and the approval of the change. Any error in it holds the file.
fn previously(
    fields: &Fields<'_, '_>,
    file: Option<&PersonId>,
    held: &mut Vec<Finding>,
) -> Option<(Previously, PreviouslyPlaces)> {
    let item = fields.item("previously")?;
    if !matches!(item.node.value, Value::Map(_)) {
        let message = text!(
            en: "`previously` says which id the person had before, and who approved the change; the approval is missing.",
            nb: "`previously` sier hvilken id personen hadde før, og hvem som godkjente endringen; godkjenningen mangler."
        );
        let way_out = text!(
            en: "Write three lines: `previously:`, below it `person: fornavn.etternavn`, and `approved: {{by: fornavn.etternavn, on: 2026-01-31, identity: known}}`.",
            nb: "Skriv tre linjer: `previously:`, under den `person: fornavn.etternavn` og `approved: {{by: fornavn.etternavn, on: 2026-01-31, identity: known}}`."
        );
        held.push(fields.page.finding(Code::BadValue, item.node.span, message, way_out));
        return None;
    }
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    let inner = inner(&item, &["person", "approved"], &mut unknown, &mut wrong);
    let read = inner.as_ref().and_then(|inner| {
        let person = inner.need("person", "fornavn.etternavn", &mut wrong, |item| {
            let before = item.id(PersonId::new, "fornavn.etternavn")?;
            if file == Some(&before) {
                return Err(item.wrong(
                    Code::BadValue,
                    text!(
                        en: "The id before is the same as the id now.",
                        nb: "Id-en før er den samme som id-en nå."
                    ),
                    text!(en: "Delete `previously`.", nb: "Slett `previously`."),
                ));
            }
            Ok(before)
        });
        let approved = approved(inner, &mut unknown, &mut wrong);
        let (person, (approval, [by, on, identity])) = (person?, approved?);
        let places = PreviouslyPlaces { person: person.span, by, on, identity };
        Some((Previously { person: person.value, approval }, places))
    });
    held.append(&mut unknown);
    held.append(&mut wrong);
    read
}

fn name(item: &Item<'_, '_>) -> Read<String> {
    let name = item.words()?;
    if name.contains('@') || !name.chars().any(char::is_alphabetic) {
        let name = shown(&name);
        let message = text!(en: "`{name}` is no person's name.", nb: "`{name}` er ikke et personnavn.");
        let way_out = text!(
            en: "Write first name and last name: `Kari Testesen`.",
            nb: "Skriv fornavn og etternavn: `Kari Testesen`."
        );
        return Err(item.wrong(Code::BadValue, message, way_out));
    }
    Ok(name)
}

fn employer(item: &Item<'_, '_>, register: &Register) -> Read<EmployerId> {
    let text = item.text()?;
    if let Some((body, _)) = register.ict_bodies.get_key_value(text) {
        return Ok(body.clone());
    }
    if let Ok(employer) = EmployerId::new(text)
        && register.is_employer(&employer)
    {
        return Ok(employer);
    }
    let trusts = register.trusts.iter().filter(|(_, trust)| trust.kind == TrustKind::Trust);
    let mut names: Vec<&str> = trusts.map(|(trust, _)| trust.as_str()).collect();
    names.extend(register.ict_bodies.keys().map(EmployerId::as_str));
    Err(item.unknown(text, &Kind::EMPLOYER, &names))
}

fn email(item: &Item<'_, '_>, register: &Register) -> Read<Email> {
    let text = item.text()?;
    if !register.contact_in_git && text == Email::NONE {
        return Err(item.wrong(
            Code::ContactInGit,
            text!(
                en: "`email: none` clears an address, and the owner of the register keeps addresses out of these files.",
                nb: "`email: none` fjerner en adresse, og registerets eier vil ikke ha adresser i disse filene."
            ),
            text!(
                en: "Delete the line; the address that the register has stays as it is.",
                nb: "Slett linjen; adressen i registeret blir stående som den er."
            ),
        ));
    }
    if !register.contact_in_git {
        return Err(item.wrong(
            Code::ContactInGit,
            text!(
                en: "An e-mail address; the owner of the register keeps them out of these files.",
                nb: "En e-postadresse; registerets eier vil ikke ha dem i disse filene."
            ),
            text!(
                en: "Delete the line, also from the history of the change: what is written here is kept for ever.",
                nb: "Slett linjen, også fra endringens historikk: det som skrives her, blir lagret for alltid."
            ),
        ));
    }
    if text == Email::NONE || plausible_address(text) {
        return Ok(Email::from(text.to_owned()));
    }
    let text = shown(text);
    let message = text!(en: "`{text}` is no e-mail address.", nb: "`{text}` er ingen e-postadresse.");
    let way_out = text!(
        en: "Write an address such as `fornavn.etternavn@example.org`, or `none` to clear the one in the register; without the line it stays.",
        nb: "Skriv en adresse som `fornavn.etternavn@example.org`, eller `none` for å fjerne den i registeret; uten linjen blir den stående."
    );
    Err(item.wrong(Code::BadValue, message, way_out))
}

fn access<'p, 'a>(fields: &Fields<'p, 'a>, held: &mut Vec<Finding>) -> &'p [Node<'a>] {
    let (code, span, message) = match fields.item("access").map(|item| (item.node.span, &item.node.value)) {
        Some((_, Value::List(nodes))) if !nodes.is_empty() => return nodes,
        Some((span, Value::List(_) | Value::Null)) => {
            let message = text!(en: "`access` has no entries.", nb: "`access` har ingen oppføringer.");
            (Code::BadValue, span, message)
        }
        Some((span, _)) => {
            let message = text!(
                en: "`access` is no list of entries.",
                nb: "`access` er ingen liste av oppføringer."
            );
            (Code::BadValue, span, message)
        }
        None => (Code::MissingKey, fields.span, missing("access")),
    };
    let way_out = text!(
        en: "Write the entries below `access:`, each beginning with a hyphen; whose access ends has the file deleted.",
        nb: "Skriv oppføringene under `access:`, hver med en bindestrek først; når tilgangen skal opphøre, slettes filen."
    );
    held.push(fields.page.finding(code, span, message, way_out));
    &[]
}

/// Refuses entries with the same request. A request serves one entry (R33), and nobody can know which of the two is
/// right.
fn refuse_duplicates(page: Page<'_>, entries: &mut [Entry]) {
    if entries.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<(ApplicationId, UnitId, RequestId), u32> = BTreeMap::new();
    for key in entries.iter().filter_map(key) {
        *seen.entry(key).or_default() += 1;
    }
    for entry in entries {
        let Some(key) = key(entry).filter(|key| seen.get(key).is_some_and(|count| *count > 1)) else {
            continue;
        };
        let (application, unit, request) = key;
        let span = match entry {
            Entry::Valid { places, .. } => places.request,
            Entry::Invalid { place, .. } => *place,
        };
        let message = text!(
            en: "Two entries for `{application}` at {unit} rest on the request `{request}`.",
            nb: "To oppføringer for `{application}` ved {unit} bygger på søknaden `{request}`."
        );
        let way_out = text!(
            en: "Keep the entry that is right and delete the other; another access needs a request of its own.",
            nb: "Behold oppføringen som er riktig, og slett den andre; en annen tilgang trenger egen søknad."
        );
        let finding = page.finding(Code::DuplicateEntry, span, message, way_out);
        match entry {
            Entry::Invalid { findings, .. } => findings.push(finding),
            Entry::Valid { grant, places } => {
                *entry = Entry::Invalid {
                    application: Some(application),
                    unit: Some(unit),
                    request: Some(request),
                    revoked: grant.revoked.clone(),
                    place: places.entry,
                    findings: vec![finding],
                };
            }
        }
    }
}

fn key(entry: &Entry) -> Option<(ApplicationId, UnitId, RequestId)> {
    match entry {
        Entry::Valid { grant, .. } => {
            Some((grant.key.application.clone(), grant.key.unit, grant.key.request.clone()))
        }
        Entry::Invalid { application, unit, request, .. } => {
            Some((application.clone()?, (*unit)?, request.clone()?))
        }
    }
}
