//! Reads what a file says about its person: the facts and the earlier id. An error in any of them holds the file.

use super::super::entry::approved;
use super::super::item::{Item, NameKind, Read, plausible_address};
use super::super::node::Value;
use super::super::outdented::keys_below;
use super::super::page::shown;
use super::super::span::Span;
use super::super::walk::{Fields, inner};
use crate::characters::{lost_letter, named};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{
    Email, EmployerId, Facts, FilePath, Login, PersonId, Position, Previously, Register, Staff, TrustKind,
    Vouched, VouchedFact,
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

impl FilePlaces {
    /// Returns the place of a fact that approvals vouch for. If the file leaves the fact out, it is the place of
    /// another value.
    #[must_use]
    pub fn vouched(&self, fact: VouchedFact) -> Span {
        match fact {
            VouchedFact::Employer => self.employer,
            VouchedFact::Staff => self.staff,
            VouchedFact::Position => self.position.unwrap_or(self.staff),
            VouchedFact::Login => self.login.unwrap_or(self.person),
        }
    }
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

/// Reads the facts, with the places of their values.
pub(super) fn facts(
    fields: &Fields<'_, '_>,
    file: Option<&PersonId>,
    register: &Register,
    held: &mut Vec<Finding>,
) -> Option<(Facts, FilePlaces)> {
    let person = fields.need("person", "fornavn.etternavn", held, |item| {
        let written = item.id(PersonId::new, "fornavn.etternavn")?;
        match file {
            Some(file) if written.as_str().strip_suffix(".yaml") == Some(file.as_str()) => Err(item.wrong(
                Code::WrongFolder,
                text!(
                    en: "`{written}` is the name of the file; the id is the part before `.yaml`.",
                    nb: "`{written}` er navnet på filen; id-en er delen foran `.yaml`."
                ),
                text!(en: "Write `{file}`.", nb: "Skriv `{file}`."),
            )),
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
    let line = || employer_line(fields.page.path, register);
    let employer = fields.need_as("employer", line, held, |item| employer(item, register));
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

/// Returns the way out for a file without an employer. Most people are employed by the trust of their folder. If it
/// employs nobody, no name is proposed.
fn employer_line(path: &FilePath, register: &Register) -> Text {
    let own = path.person_parts().and_then(|(folder, _)| EmployerId::new(folder).ok());
    match own.filter(|employer| register.is_employer(employer)) {
        Some(employer) => text!(
            en: "Add the line `employer: {employer}`.",
            nb: "Legg til linjen `employer: {employer}`."
        ),
        None => text!(
            en: "Add the line `employer:` with the trust or the ICT body that employs the person.",
            nb: "Legg til linjen `employer:` med helseforetaket eller IKT-enheten der personen er ansatt."
        ),
    }
}

/// Reads `previously`: the earlier id, and the approval of the change. Any error in it holds the file.
pub(super) fn previously(
    fields: &Fields<'_, '_>,
    file: Option<&PersonId>,
    register: &Register,
    held: &mut Vec<Finding>,
) -> Option<(Previously, PreviouslyPlaces)> {
    let item = fields.item("previously")?;
    if !matches!(item.node.value, Value::Map(_)) {
        let message = text!(
            en: "`previously` says which id the person had before, and who approved the change; the approval is missing.",
            nb: "`previously` sier hvilken id personen hadde før, og hvem som godkjente endringen; godkjenningen mangler."
        );
        let way_out = text!(
            en: "Write three lines: `previously:`, below it `person: fornavn.etternavn`, and `approved: {{by: fornavn.etternavn, on: YYYY-MM-DD, identity: known}}`.",
            nb: "Skriv tre linjer: `previously:`, under den `person: fornavn.etternavn` og `approved: {{by: fornavn.etternavn, on: ÅÅÅÅ-MM-DD, identity: known}}`."
        );
        held.push(fields.page.finding(Code::BadValue, item.node.span, message, way_out));
        return None;
    }
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    let inner = inner(&item, keys_below("previously"), &mut unknown, &mut wrong);
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
        let approved = approved(inner, register, &mut unknown, &mut wrong);
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
    if let Some(lost) = lost_letter(&name) {
        let mut letters = lost.chars();
        let what = match (letters.next(), letters.next()) {
            (Some(one), None) => named(one),
            _ => Text::same(format!("`{lost}`")),
        };
        let message = text!(
            with what;
            en: "The name holds {what}, which stands where a letter was lost on the way.",
            nb: "Navnet inneholder {what}, som står der en bokstav er gått tapt på veien."
        );
        let way_out = text!(
            en: "Write the name anew with its own letters, and save the file with the encoding UTF-8.",
            nb: "Skriv navnet på nytt med dets egne bokstaver, og lagre filen med tegnkodingen UTF-8."
        );
        return Err(item.wrong(Code::BadValue, message, way_out));
    }
    Ok(name)
}

/// Reads the id of an employer: a health trust, or an ICT body of the register.
pub(crate) fn employer(item: &Item<'_, '_>, register: &Register) -> Read<EmployerId> {
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
    let mut names: Vec<(&str, &str)> = trusts.map(|(id, trust)| (id.as_str(), trust.name.as_str())).collect();
    names.extend(register.ict_bodies.iter().map(|(id, name)| (id.as_str(), name.as_str())));
    Err(item.unknown_of(text, &NameKind::EMPLOYER, &names))
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
