//! Words that occur in several places of a page, in both languages.

use jiff::civil::Date;
use portvakt_core::diag::{Lang, text};
use portvakt_core::model::{Evidence, GrantField, Identity, Proof, Staff};

use super::block::Cell;
use super::value::{
    AccessPlace, AccessStanding, ChangedKey, EntryDifference, KeyChange, KeyTurn, LossReason, LossTime,
    OfficeChange, ReviewGain, ReviewLoss, SettingChange, Term, Who,
};

type HeadingWords = fn(Lang) -> String;

fn who_head(lang: Lang) -> String {
    text!(en: "Who", nb: "Hvem").get(lang).to_owned()
}

fn access_head(lang: Lang) -> String {
    text!(en: "Access", nb: "Tilgang").get(lang).to_owned()
}

fn where_head(lang: Lang) -> String {
    text!(en: "Where (RESH)", nb: "Hvor (RESH)").get(lang).to_owned()
}

/// The headings of the table of gains.
pub(super) const GAINS: [HeadingWords; 8] = [
    who_head,
    access_head,
    where_head,
    |lang| text!(en: "From – to", nb: "Fra – til").get(lang).to_owned(),
    |lang| text!(en: "Approved by, on, request", nb: "Godkjent av, dato, søknad").get(lang).to_owned(),
    |lang| text!(en: "Person and identity", nb: "Person og identitet").get(lang).to_owned(),
    |lang| text!(en: "Evidence seen", nb: "Bevis").get(lang).to_owned(),
    |lang| text!(en: "New or changed", nb: "Ny eller endret").get(lang).to_owned(),
];

/// The headings of the table of losses.
pub(super) const LOSSES: [HeadingWords; 5] = [
    who_head,
    access_head,
    where_head,
    |lang| text!(en: "Why", nb: "Hvorfor").get(lang).to_owned(),
    |lang| text!(en: "From when", nb: "Fra når").get(lang).to_owned(),
];

/// The headings of the table of the removal budget.
pub(super) const BUDGET: [HeadingWords; 4] = [
    where_plain,
    |lang| text!(en: "People who lose something", nb: "Personer som mister noe").get(lang).to_owned(),
    |lang| text!(en: "Allowed", nb: "Tillatt").get(lang).to_owned(),
    |lang| text!(en: "Verdict", nb: "Vurdering").get(lang).to_owned(),
];

fn where_plain(lang: Lang) -> String {
    text!(en: "Where", nb: "Hvor").get(lang).to_owned()
}

/// Returns a person with name and id.
pub(super) fn who_cell(who: &Who) -> Cell {
    with_person(Cell::default(), who)
}

pub(super) fn with_person(cell: Cell, who: &Who) -> Cell {
    if who.name == who.id.as_str() {
        return cell.code(who.id.as_str());
    }
    cell.words(who.name.clone()).words(" (").code(who.id.as_str()).words(")")
}

pub(super) fn access_cell(place: &AccessPlace) -> Cell {
    Cell::default().words(format!("{} ({}), {}", place.role, place.role_name, place.application_name))
}

pub(super) fn place_cell(place: &AccessPlace) -> Cell {
    Cell::default().words(format!("{} ({}), {}", place.unit, place.resh, place.trust))
}

pub(super) fn until(until: Option<Date>, lang: Lang) -> String {
    until.map_or_else(|| text!(en: "no end", nb: "ingen slutt").get(lang).to_owned(), |day| day.to_string())
}

/// Returns what the approver states about the person: the kind of staff, the position, and how they know who it is.
pub(super) fn identity_cell(gain: &ReviewGain, lang: Lang) -> Cell {
    let staff = match gain.staff {
        Staff::Health => text!(en: "health staff", nb: "helsepersonell"),
        Staff::Ict => text!(en: "ICT staff", nb: "IKT-personell"),
        Staff::Other => text!(en: "neither health nor ICT staff", nb: "verken helse- eller IKT-personell"),
    };
    let position = match &gain.position {
        Some(position) => text!(en: "position {position}", nb: "stilling {position}"),
        None => text!(en: "no position given", nb: "ingen stilling oppgitt"),
    };
    let identity = match &gain.identity {
        Identity::Known => text!(en: "the approver knows the person", nb: "godkjenneren kjenner personen"),
        Identity::Contacted { channel, on } => text!(
            en: "the approver has contacted the person ({channel}, {on})",
            nb: "godkjenneren har kontaktet personen ({channel}, {on})"
        ),
        Identity::Uncertain => {
            text!(en: "it is uncertain who the person is", nb: "det er usikkert hvem personen er")
        }
    };
    let (staff, position, identity) = (staff.get(lang), position.get(lang), identity.get(lang));
    Cell::default().words(format!("{staff}, {position}; {identity}"))
}

/// Returns the evidence for an approval. It is in bold if there is none.
pub(super) fn evidence(proof: Option<&Proof>, asked: Option<&Evidence>, by: &Who, lang: Lang) -> Cell {
    let Some(proof) = proof else {
        let name = &by.name;
        let comes = match asked {
            Some(Evidence::Forge(_)) => text!(
                en: "none yet: {name} approves at the forge",
                nb: "ikke ennå: {name} godkjenner på kodeplattformen"
            ),
            _ => text!(en: "none yet: {name} signs", nb: "ikke ennå: {name} signerer"),
        };
        return Cell::default().words(comes.get(lang));
    };
    match proof {
        // If the forge is the evidence, nobody is permitted by a declaration. Here the forge has not been asked
        // yet.
        Proof::Declared if matches!(asked, Some(Evidence::Forge(_))) => Cell::default().words(
            text!(
                en: "not seen yet: the forge is asked after the merge",
                nb: "ikke sett ennå: kodeplattformen spørres etter flettingen"
            )
            .get(lang),
        ),
        Proof::Declared => Cell::default()
            .strong(text!(en: "none: only what the file says", nb: "ingen: bare det filen sier").get(lang)),
        Proof::Signature { key } => {
            let (signed, of) =
                (text!(en: "signed with ", nb: "signert med "), text!(en: " of ", nb: " til "));
            Cell::default().words(signed.get(lang)).code(key).words(of.get(lang)).words(by.name.clone())
        }
        Proof::Review { request, head } => {
            let reviewed = text!(
                en: "reviewed in request {request}, at ",
                nb: "gjennomgått i forslag {request}, ved "
            );
            Cell::default().words(reviewed.get(lang)).code(head.get(..12).unwrap_or(head))
        }
    }
}

pub(super) fn change_cell(gain: &ReviewGain, lang: Lang) -> Cell {
    if gain.standing == AccessStanding::New {
        return Cell::default().words(text!(en: "new", nb: "ny").get(lang));
    }
    let mut cell = Cell::default().words(text!(en: "changed", nb: "endret").get(lang));
    for (at, EntryDifference { key, before, after }) in gain.differs.iter().enumerate() {
        let none = || match key {
            ChangedKey::Entry(GrantField::Until) => until(None, lang),
            _ => "–".to_owned(),
        };
        let (before, after) = (before.clone().unwrap_or_else(none), after.clone().unwrap_or_else(none));
        let named = key.words();
        let between = if at == 0 { ": " } else { "; " };
        cell = cell.words(format!("{between}{} {before} → {after}", named.get(lang)));
    }
    cell
}

pub(super) fn loss_cell(loss: &ReviewLoss, lang: Lang) -> Cell {
    let cell = match &loss.why {
        LossReason::Revoked { by, on } => {
            let by_words = text!(en: "taken back by ", nb: "trukket tilbake av ");
            with_person(Cell::default().words(by_words.get(lang)), by).words(format!(", {on}"))
        }
        LossReason::EarlierEnd { before } => {
            let before = until(*before, lang);
            let words = text!(en: "earlier end (was: {before})", nb: "tidligere slutt (var: {before})");
            Cell::default().words(words.get(lang))
        }
        LossReason::FileGone => {
            Cell::default().words(text!(en: "the file is gone", nb: "filen er borte").get(lang))
        }
        LossReason::EntryGone => {
            Cell::default().words(text!(en: "the entry is gone", nb: "oppføringen er borte").get(lang))
        }
    };
    match &loss.evidence {
        Some(Proof::Signature { key }) => {
            cell.words(text!(en: ", signed with ", nb: ", signert med ").get(lang)).code(key)
        }
        Some(Proof::Review { request, .. }) => {
            let reviewed =
                text!(en: ", reviewed in request {request}", nb: ", gjennomgått i forslag {request}");
            cell.words(reviewed.get(lang))
        }
        Some(Proof::Declared) | None => cell,
    }
}

pub(super) fn when(when: LossTime, lang: Lang) -> Cell {
    match when {
        LossTime::AtOnce => Cell::default().words(text!(en: "at once", nb: "straks").get(lang)),
        LossTime::After(day) => Cell::default().words(text!(en: "after {day}", nb: "etter {day}").get(lang)),
        LossTime::WhenReleased => Cell::default()
            .strong(text!(en: "held: when it is released", nb: "holdes tilbake: når det frigis").get(lang)),
    }
}

pub(super) fn office(change: &OfficeChange, lang: Lang) -> Cell {
    let term = |term: &Option<Term>| match term {
        None => text!(en: "not appointed", nb: "ikke oppnevnt").get(lang).to_owned(),
        Some(term) => {
            let (from, until) = (term.from, until(term.until, lang));
            let days = format!("{from} – {until}");
            let suspended = text!(en: "{days}, suspended", nb: "{days}, suspendert");
            if term.suspended { suspended.get(lang).to_owned() } else { days }
        }
    };
    let (before, after) = (term(&change.before), term(&change.after));
    who_cell(&change.who).words(format!(", {}: {before} → {after}", change.name))
}

/// Returns a value of the register, before and after.
pub(super) fn setting(change: &SettingChange, lang: Lang) -> Cell {
    let said = |cell: Cell, value: Option<&str>| match value {
        Some(value) => cell.code(value),
        None => cell.words(text!(en: "nothing", nb: "ingenting").get(lang)),
    };
    let before = said(Cell::default().code(change.path.clone()).words(": "), change.before.as_deref());
    said(before.words(" → "), change.after.as_deref())
}

pub(super) fn key_cell(change: &KeyChange, lang: Lang) -> Cell {
    let turn = match change.turn {
        KeyTurn::Added => text!(en: "a key is added: ", nb: "en nøkkel legges til: "),
        KeyTurn::Removed => text!(en: "a key is taken out: ", nb: "en nøkkel tas ut: "),
        KeyTurn::Revoked => text!(en: "a key is revoked: ", nb: "en nøkkel trekkes tilbake: "),
    };
    who_cell(&change.who).words(": ").words(turn.get(lang)).code(change.key.clone())
}
