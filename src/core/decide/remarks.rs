//! Findings of a check and a pass besides the verdicts. They concern evidence that could not be seen, a tree without
//! people, access that ends soon or was over before it began, and units that have closed. None of them refuses
//! anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::change::{Base, ChangeSet, Field, Head, HeadFile};
use crate::characters::{as_typed, is_put_in, named};
use crate::diag::{Code, Finding, Noun, Place, Text, text};
use crate::judge::{Judgement, OfficeDay};
use crate::model::{Evidence, FilePath, GrantKey, PersonId, Register, TrustId, UnitId};
use crate::parse::reading::shown;
use crate::tree::REGISTER;
use crate::tree::Snapshot;

use super::slips::place;
use super::whom::names;

/// Reports entries without visible evidence, if no base tells which entries are new.
pub fn unseen(judgement: &Judgement, evidence: &Evidence) -> Option<Finding> {
    let count = judgement.unproven;
    (count > 0).then(|| {
        let entries = Noun::ENTRIES.count(count);
        let message = match evidence {
            Evidence::Forge(_) => text!(
                with entries;
                en: "the forge has not been asked who approved {entries}",
                nb: "kodeplattformen er ikke spurt om hvem som har godkjent {entries}"
            ),
            Evidence::Signature | Evidence::Declared => text!(
                with entries;
                en: "no evidence that the keys of this tree bear out, for {entries}",
                nb: "ikke noe bevis som nøklene her bekrefter, for {entries}"
            ),
        };
        let way_out = text!(
            en: "Nothing to do where they were accepted long ago; what is new is judged with `--base`.",
            nb: "Ingenting å gjøre der de ble godtatt for lenge siden; det som er nytt, vurderes med `--base`."
        );
        Finding::new(Code::EvidenceUnseen, message, way_out)
    })
}

/// Reports that the forge has not yet been asked for the approvers.
pub fn unasked(judgement: &Judgement) -> Option<Finding> {
    let count = judgement.unproven;
    (count > 0).then(|| {
        let entries = Noun::ENTRIES.count(count);
        let message = text!(
            with entries;
            en: "for {entries} the forge will be asked after the merge who approved them",
            nb: "for {entries} blir kodeplattformen spurt etter flettingen om hvem som har godkjent"
        );
        let way_out = text!(
            en: "With `--merge-request NUMBER` it is asked now.",
            nb: "Med `--merge-request NUMMER` blir den spurt nå."
        );
        Finding::new(Code::EvidenceUnseen, message, way_out)
    })
}

/// Reports a tree without people. This is right only when a register begins; otherwise nothing was checked.
pub fn nothing_checked(tree: &Snapshot) -> Option<Finding> {
    (tree.count() == 0).then(|| {
        let message = text!(en: "the tree has the file of no person", nb: "det finnes ingen personfiler");
        let way_out = text!(
            en: "If the register is new, that is right; if not, check that the files were copied and that the root is the right one.",
            nb: "Er registeret nytt, er det riktig; hvis ikke, kontroller at filene er kopiert og at mappen er den riktige."
        );
        Finding::new(Code::NothingChecked, message, way_out)
    })
}

/// Reports `revoked` with a future day. It is carried out at once, because a person who takes access back does not
/// want to wait.
pub fn revoked_ahead(head: &Head, today: Date) -> Vec<Finding> {
    let told = |on: Date, place: Place| {
        let message = text!(
            en: "`revoked` is dated {on}, which is after today ({today}); it acts at once",
            nb: "`revoked` er datert {on}, som er etter i dag ({today}); det virker straks"
        );
        let way_out = text!(
            en: "If the access is to end on that day and not before, take `revoked` out while there is time and write `until: {on}`.",
            nb: "Skal tilgangen opphøre den dagen og ikke før, ta ut `revoked` mens det er tid, og skriv `until: {on}`."
        );
        Finding::new(Code::RevokedAhead, message, way_out).at(place)
    };
    let mut findings = Vec::new();
    for (path, _, _, file) in head.iter() {
        let (valid, others) = match file {
            HeadFile::Says { entries, invalid, spots, .. } => (Some((entries, spots)), invalid.as_slice()),
            HeadFile::Held { says } => (None, says.as_slice()),
            HeadFile::Gone => continue,
        };
        if let Some((entries, spots)) = valid {
            let marks = entries.iter().filter_map(|entry| Some((entry, entry.grant.revoked.as_ref()?.on)));
            let ahead = marks.filter(|(_, on)| *on > today);
            findings
                .extend(ahead.map(|(entry, on)| told(on, spots.place(Some(entry.number), Field::RevokedBy))));
        }
        let marks = others.iter().filter_map(|entry| Some(entry.revoked.as_ref()?.on));
        findings.extend(marks.filter(|on| *on > today).map(|on| told(on, Place::file(&path))));
    }
    findings
}

/// Reports names with characters that programs put in: quotation marks around the name, and typographic dashes and
/// spaces. Such a name is kept as it is written, in the register too, and may be intended.
pub fn odd_names(head: &Head) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, person, _, file) in head.iter() {
        let HeadFile::Says { facts, spots, .. } = file else { continue };
        let Some(odd) = odd_in(&facts.name) else { continue };
        let (what, meant) = (named(odd), as_meant(&facts.name));
        let message = text!(
            with what;
            en: "the name of `{person}` holds {what}; it is kept and shown as it is written",
            nb: "navnet til `{person}` inneholder {what}; det lagres og vises slik det er skrevet"
        );
        let way_out = text!(
            en: "If a program has put it in, write `name: {meant}`.",
            nb: "Har et program satt det inn, skriv `name: {meant}`."
        );
        let place = spots.place(None, Field::Name);
        findings.push(Finding::new(Code::BadValue, message, way_out).advice().at(place));
    }
    findings
}

/// Does the same for the names in `register.yaml`. `text` is the text of that file. A typographic dash is reported only
/// in the name of a person, because in the name of a place it is often intended.
pub fn odd_register_names(register: &Register, text: &str) -> Vec<Finding> {
    let of_people = register.appointments.iter().map(|appointment| (appointment.name.as_str(), true));
    let of_roles = register.roles.values().map(|role| role.name.as_str());
    let of_trusts = register.trusts.values().map(|trust| trust.name.as_str());
    let of_units = register.units.values().map(|unit| unit.name.as_str());
    let of_offices = register.offices.values().map(String::as_str);
    let of_applications = register.applications.values().map(String::as_str);
    let of_bodies = register.ict_bodies.values().map(String::as_str);
    let others = std::iter::once(register.name.as_str())
        .chain(of_roles)
        .chain(of_trusts)
        .chain(of_units)
        .chain(of_offices)
        .chain(of_applications)
        .chain(of_bodies);
    let is_dash = |c: char| as_typed(&c.to_string()) == "-";
    let all: BTreeMap<&str, bool> = others.map(|name| (name, false)).chain(of_people).collect();
    let told = |(name, is_person): (&str, bool)| {
        let looked_at: String = name.chars().filter(|c| is_person || !is_dash(*c)).collect();
        let odd = odd_in(&looked_at)?;
        let (what, meant, written) = (named(odd), as_meant(name), shown(name));
        let message = text!(
            with what;
            en: "the name `{written}` in `register.yaml` holds {what}; it is kept and shown as it is written",
            nb: "navnet `{written}` i `register.yaml` inneholder {what}; det lagres og vises slik det er skrevet"
        );
        let way_out = text!(
            en: "If a program has put it in, write `{meant}`.",
            nb: "Har et program satt det inn, skriv `{meant}`."
        );
        Some(Finding::new(Code::BadValue, message, way_out).advice().at(place(text, name)))
    };
    all.into_iter().filter_map(told).collect()
}

/// A name without what a program put in.
fn as_meant(name: &str) -> String {
    as_typed(name).replace('"', "").trim_matches([' ', '\'']).to_owned()
}

/// The first character of a name that a program may have put in. An apostrophe inside a word is not one.
fn odd_in(name: &str) -> Option<char> {
    let is_apostrophe = |c: char| c == '\'' || ('\u{2018}'..='\u{201b}').contains(&c);
    let at_an_edge = |word: &str| {
        word.chars().next().into_iter().chain(word.chars().next_back()).find(|c| is_apostrophe(*c))
    };
    let put_in = name.chars().find(|c| *c == '"' || (is_put_in(*c) && !is_apostrophe(*c)));
    put_in.or_else(|| name.split_whitespace().find_map(at_an_edge))
}

/// The number of days that an approval can serve a new entry.
const SERVES_DAYS: i64 = 31;

/// Reports entries that were over when they first appeared. Without a base, every entry that is over looks like that.
/// An entry that was approved recently, or after its own end, gets its own finding. The others share one finding.
pub fn gives_nothing(head: &Head, changes: &ChangeSet, when: OfficeDay, today: Date) -> Vec<Finding> {
    let late = today.checked_sub(SERVES_DAYS.days()).unwrap_or(Date::MIN);
    let (mut findings, mut old) = (Vec::new(), BTreeSet::new());
    for grant in changes.history.iter().map(|entry| &entry.grant).filter(|grant| grant.revoked.is_none()) {
        let GrantKey { person, request, .. } = &grant.key;
        let file = head.files.get(person).and_then(|files| files.get(&grant.trust));
        let (Some(until), Some(HeadFile::Says { entries, spots, .. })) = (grant.until, file) else {
            continue;
        };
        if when == OfficeDay::AnyDay && grant.approval.on < late && grant.approval.on <= until {
            old.insert(person.to_string());
            continue;
        }
        let message = text!(
            en: "the access of `{person}` was over on {until}: it gives nothing, and the request `{request}` is spent by it",
            nb: "tilgangen til `{person}` var over {until}: den gir ingenting, og bruker opp søknaden `{request}`"
        );
        let finding = Finding::new(Code::GivesNothing, message, right_dates());
        let number = entries.iter().find(|entry| entry.grant.key == grant.key).map(|entry| entry.number);
        findings.push(finding.at(spots.place(number, Field::Until)));
    }
    if !old.is_empty() {
        let names = names(&old);
        let message = text!(
            with names;
            en: "entries are wholly in the past ({names}); one that is new gives nothing and spends its request",
            nb: "oppføringer ligger helt i fortiden ({names}); en som er ny, gir ingenting og bruker opp søknaden"
        );
        findings.push(Finding::new(Code::GivesNothing, message, right_dates()));
    }
    findings
}

fn right_dates() -> Text {
    text!(
        en: "If the dates are wrong, correct them before the entry is accepted; if they are right, nothing is to be done.",
        nb: "Er datoene feil, rett dem før oppføringen blir godtatt; er de riktige, er det ingenting å gjøre."
    )
}

/// Reports people who still have access at a closed unit. Only the unit's administrators know which unit took over.
pub fn at_closed_units(
    base: &Base,
    register: &Register,
    taken: impl Fn(&GrantKey) -> bool,
    today: Date,
) -> Vec<Finding> {
    let closed = |unit: UnitId| register.units.get(&unit)?.until.filter(|until| *until < today);
    let mut found: BTreeMap<(&PersonId, &TrustId, UnitId), Date> = BTreeMap::new();
    if !register.units.keys().any(|unit| closed(*unit).is_some()) {
        return Vec::new();
    }
    for (person, known) in &base.people {
        for (key, standing) in known.grants.iter().filter(|(key, s)| s.lives(today) && !taken(key)) {
            if let Some(until) = closed(key.unit) {
                found.insert((person, &standing.grant.trust, key.unit), until);
            }
        }
    }
    found
        .into_iter()
        .map(|((person, trust, unit), until)| {
            let unit = register.unit_name(unit);
            let message = text!(
                en: "`{person}` still has access at {unit}, which closed on {until}",
                nb: "`{person}` har fortsatt tilgang ved {unit}, som ble nedlagt {until}"
            );
            let way_out = text!(
                en: "Write `until: {until}` at the entry, or delete it; where another unit took over, the person needs an entry there. If the unit has not closed, correct its `until` in `register.yaml`.",
                nb: "Skriv `until: {until}` i oppføringen, eller slett den; har en annen enhet overtatt, trenger personen en oppføring der. Er enheten ikke nedlagt, rett `until` for den i `register.yaml`."
            );
            let place = Place::file(&FilePath::of_person(trust, person));
            Finding::new(Code::UnitClosed, message, way_out).at(place)
        })
        .collect()
}

/// Reports accounts on the list of ignored accounts that belong to a known person.
pub fn ignored_of_somebody(base: &Base, register: &Register) -> Vec<Finding> {
    let owners = base.people.iter().filter_map(|(person, known)| Some((person, known.account.as_ref()?)));
    owners
        .filter(|(_, account)| register.ignored_accounts.contains(*account))
        .map(|(person, account)| {
            let message = text!(
                en: "`accounts: ignore` names `{account}`, which is the account of `{person}`",
                nb: "`accounts: ignore` nevner `{account}`, som er kontoen til `{person}`"
            );
            let way_out = text!(
                en: "Take it out of the list: only accounts that are nobody's, such as service accounts, belong there. Whose access is to end has the file deleted.",
                nb: "Ta den ut av listen: bare kontoer som ikke er noens, for eksempel tjenestekontoer, hører hjemme der. Skal noens tilgang opphøre, slettes filen."
            );
            Finding::new(Code::AccountIgnored, message, way_out).at(Place::file(&FilePath::new(REGISTER)))
        })
        .collect()
}

/// The number of days before its end at which an access is reported (R37).
pub const ENDS_SOON_DAYS: i64 = 14;

/// Returns the last day on which an end counts as near.
#[must_use]
pub fn near(today: Date) -> Date {
    today.checked_add(ENDS_SOON_DAYS.days()).unwrap_or(Date::MAX)
}

pub fn ends_soon(head: &Head, today: Date) -> Vec<Finding> {
    let near = near(today);
    let mut findings = Vec::new();
    for (_, _, _, file) in head.iter() {
        let HeadFile::Says { entries, spots, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| entry.grant.in_force(today)) {
            if let Some(until) = entry.grant.until.filter(|until| *until <= near) {
                let person = &entry.grant.key.person;
                let message = text!(
                    en: "the access of `{person}` ends on {until}",
                    nb: "tilgangen til `{person}` slutter {until}"
                );
                let way_out = text!(
                    en: "If the person stays, have a longer access approved before that day; after it a new application is needed.",
                    nb: "Blir personen værende, få en lengre tilgang godkjent før den dagen; etterpå trengs ny søknad."
                );
                findings.push(
                    Finding::new(Code::EndsSoon, message, way_out)
                        .at(spots.place(Some(entry.number), Field::Until)),
                );
            }
        }
    }
    findings
}
