//! Finds the one slip from which findings in many files follow, although these files are in order. Such a slip is a
//! name in `register.yaml` or of a folder that is written in another way than in the files, a misspelt id of an
//! administrator, or a limit that is too low. A check reports the slip once, at its place.
//!
//! What follows from a slip is not guessed. Lines that say the same of one name are counted in one finding, with
//! their places. If the slip is in an appointment or a limit, the tree is judged a second time with the register as
//! it may be meant. The findings of that second judgement are reported, together with the slip, which is refused.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Head, HeadFile};
use crate::diag::{Code, Finding, Noun, Place, quoted, text};
use crate::model::{FilePath, PersonId, Register, TrustId};
use crate::parse::reading::shown;
use crate::tree::REGISTER;

/// A likely slip in the register.
pub(super) enum Slip {
    /// An appointed id that has no file and approves nothing. One other id differs from it in a letter or two, and
    /// approves entries without an office.
    Appointed { written: PersonId, meant: PersonId, entries: usize },
    /// An id in the place of another one, which differs from it in a letter or two.
    Replaced { written: PersonId, meant: PersonId },
    /// At several trusts, more people coordinate than the limit allows.
    TooFew { over: BTreeMap<TrustId, BTreeSet<PersonId>> },
}

/// The likely slips in the register of a tree that is judged by itself.
pub(super) fn suspects(register: &Register, head: &Head, today: Date) -> Vec<Slip> {
    let mut approved: BTreeMap<&PersonId, usize> = BTreeMap::new();
    let mut holders: BTreeMap<TrustId, BTreeSet<PersonId>> = BTreeMap::new();
    for (_, person, trust, file) in head.iter() {
        let HeadFile::Says { entries, .. } = file else { continue };
        for entry in entries {
            let grant = &entry.grant;
            *approved.entry(&grant.approval.by).or_default() += 1;
            let coordinates = grant.role == register.coordinators.role
                && grant.key.application == register.coordinators.application;
            let lasts = grant.revoked.is_none() && grant.until.is_none_or(|until| until >= today);
            if coordinates && lasts {
                holders.entry(trust.clone()).or_default().insert(person.clone());
            }
        }
    }
    let appointed: BTreeSet<&PersonId> =
        register.appointments.iter().map(|appointment| &appointment.person).collect();
    let mut found = Vec::new();
    for written in &appointed {
        if approved.contains_key(*written) || head.files.contains_key(*written) {
            continue;
        }
        let near: Vec<(&PersonId, usize)> = approved
            .iter()
            .filter(|(by, _)| !appointed.contains(**by) && is_near(by, written))
            .map(|(by, entries)| (*by, *entries))
            .collect();
        if let [(meant, entries)] = near.as_slice() {
            let (written, meant) = ((*written).clone(), (*meant).clone());
            found.push(Slip::Appointed { written, meant, entries: *entries });
        }
    }
    holders.retain(|trust, people| {
        let most = register.trusts.get(trust).map(|trust| trust.most_coordinators);
        most.is_some_and(|most| u32::try_from(people.len()).unwrap_or(u32::MAX) > most)
    });
    if holders.len() >= SEVERAL {
        found.push(Slip::TooFew { over: holders });
    }
    found
}

/// The appointment of somebody in the place of a person whose id differs in a letter or two, in the same office.
pub(super) fn replaced(before: &Register, after: &Register) -> Option<Slip> {
    let names = |register: &Register, person: &PersonId| {
        register.appointments.iter().any(|appointment| appointment.person == *person)
    };
    let gone = before.appointments.iter().filter(|was| !names(after, &was.person));
    gone.flat_map(|was| after.appointments.iter().map(move |is| (was, is)))
        .find(|(was, is)| {
            was.office == is.office && !names(before, &is.person) && is_near(&was.person, &is.person)
        })
        .map(|(was, is)| Slip::Replaced { written: is.person.clone(), meant: was.person.clone() })
}

/// The number of trusts, and of files, from which on one slip is likelier than many.
const SEVERAL: usize = 3;

fn is_near(one: &PersonId, other: &PersonId) -> bool {
    strsim::damerau_levenshtein(one.as_str(), other.as_str()) <= 2
}

impl Slip {
    /// The register as it may be meant.
    pub(super) fn mended(&self, register: &Register) -> Register {
        let mut register = register.clone();
        match self {
            Self::Appointed { written, meant, .. } | Self::Replaced { written, meant } => {
                for appointment in &mut register.appointments {
                    if appointment.person == *written {
                        appointment.person = meant.clone();
                    }
                }
            }
            Self::TooFew { over } => {
                for (id, trust) in &mut register.trusts {
                    if over.contains_key(id) {
                        trust.most_coordinators = trust.most_coordinators.saturating_add(1);
                    }
                }
            }
        }
        register
    }

    /// The finding about it, in the text of `register.yaml`. `follow` is the number of findings that follow from it.
    pub(super) fn finding(&self, register: &str, follow: usize) -> Finding {
        let follows = text!(
            en: "What follows from it ({follow} findings) is not told one by one.",
            nb: "Det som følger av det ({follow} funn), er ikke sagt ett for ett."
        );
        match self {
            Self::Appointed { written, meant, entries } => {
                let entries = Noun::ENTRIES.count(*entries);
                let message = text!(
                    with entries;
                    en: "`register.yaml` appoints `{written}`, who is nowhere else; `{meant}` has approved {entries}, and is not appointed",
                    nb: "`register.yaml` oppnevner `{written}`, som ikke finnes noe annet sted; `{meant}` har godkjent {entries}, og er ikke oppnevnt"
                );
                let way_out = text!(
                    en: "Write `{meant}` there if that is who is meant; if they have been replaced, let the appointment before stand with its `until`.",
                    nb: "Skriv `{meant}` der hvis det er den som er ment; er vedkommende byttet ut, la den tidligere oppnevningen stå med `until`."
                );
                let finding = Finding::new(Code::RegisterInvalid, message, way_out.and(follows));
                finding.at(place(register, written.as_str()))
            }
            Self::Replaced { written, meant } => {
                let message = text!(
                    en: "`{written}` takes the place of `{meant}` in `register.yaml`, and {follow} accesses that stand would be denied for it",
                    nb: "`{written}` kommer i stedet for `{meant}` i `register.yaml`, og {follow} tilganger som gjelder, ville blitt avslått av den grunn"
                );
                let way_out = text!(
                    en: "Write `{meant}` there if that is who is meant. The accesses stay as they are.",
                    nb: "Skriv `{meant}` der hvis det er den som er ment. Tilgangene står som de er."
                );
                let finding = Finding::new(Code::WouldBeDenied, message, way_out);
                finding.at(place(register, written.as_str()))
            }
            Self::TooFew { over } => {
                let all: Vec<String> =
                    over.iter().map(|(trust, people)| trust_with_people(trust, people)).collect();
                let (count, all) = (over.len(), all.join("; "));
                let message = text!(
                    en: "at {count} trusts more people are register coordinators than `most_coordinators` allows: {all}",
                    nb: "ved {count} helseforetak er flere registerkoordinatorer enn `most_coordinators` tillater: {all}"
                );
                let way_out = text!(
                    en: "Correct the number if it is wrong; if it is right, end the access of those who are too many.",
                    nb: "Rett tallet hvis det er feil; er det riktig, avslutt tilgangen til dem som er for mange."
                );
                let finding = Finding::new(Code::RegisterInvalid, message, way_out.and(follows));
                finding.at(place(register, "most_coordinators"))
            }
        }
    }
}

fn trust_with_people(trust: &TrustId, people: &BTreeSet<PersonId>) -> String {
    format!("`{trust}` ({})", quoted(people))
}

/// The first place of these words in `register.yaml` outside its comments.
pub(super) fn place(register: &str, words: &str) -> Place {
    let path = FilePath::new(REGISTER);
    let mut start = 0;
    for line in register.split_inclusive('\n') {
        if let Some(at) = line.find(words).filter(|_| !line.trim_start().starts_with('#')) {
            return Place::span(&path, register, start + at, start + at + words.len());
        }
        start += line.len();
    }
    Place::file(&path)
}

/// Joins the findings about one name that `register.yaml` does not have, if they are in several files.
pub(super) fn told_once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut of_names: BTreeMap<Box<str>, Vec<Finding>> = BTreeMap::new();
    let mut others = Vec::new();
    for finding in findings {
        match finding.missing.clone() {
            Some(name) => of_names.entry(name).or_default().push(finding),
            None => others.push(finding),
        }
    }
    for all in of_names.into_values() {
        let files: BTreeSet<&FilePath> =
            all.iter().filter_map(|finding| finding.place.as_ref()).map(|place| &place.file).collect();
        if files.len() > SEVERAL {
            others.extend(as_one(all));
        } else {
            others.extend(all);
        }
    }
    others.sort();
    others
}

/// Returns the finding about a folder, or else the first finding, with the places of the others added.
fn as_one(mut all: Vec<Finding>) -> Option<Finding> {
    const SHOWN: usize = 10;
    let first = all.iter().position(|finding| finding.code == Code::WrongFolder).unwrap_or_default();
    if first >= all.len() {
        return None;
    }
    let mut finding = all.remove(first);
    let told = |place: &Place| match (shown(place.file.as_str()), place.line) {
        (file, 0) => file,
        (file, line) => format!("{file}:{line}"),
    };
    let mut places: Vec<String> =
        all.iter().filter_map(|finding| finding.place.as_ref()).take(SHOWN).map(told).collect();
    if all.len() > places.len() {
        places.push("…".to_owned());
    }
    let (count, places) = (all.len(), places.join(", "));
    let others = text!(
        en: "{count} other lines or files say the same: {places}.",
        nb: "{count} andre linjer eller filer sier det samme: {places}."
    );
    let way_out = text!(
        en: "If it is right there, correct `register.yaml`, which has it otherwise; if not, correct all of these.",
        nb: "Er det riktig der, rett `register.yaml`, som har det annerledes; hvis ikke, rett alle disse."
    );
    finding.message = finding.message.and(others);
    finding.way_out = way_out.and(finding.way_out);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_are_two_whatever_is_written_in_them() {
        let finding = |name: &str, file: usize| {
            let message = text!(
                en: "`{name}` is not in `register.yaml` as a role.",
                nb: "`{name}` står ikke i `register.yaml` som en rolle."
            );
            let place = Place::file(&FilePath::new(&format!("desired-state/ahus/p{file}.yaml")));
            let way_out = text!(en: "The register has LC.", nb: "Registeret har LC.");
            Finding::new(Code::UnknownName, message, way_out).at(place).missing(name)
        };
        let all = ["L`1", "L`2"].into_iter().flat_map(|name| (0..4).map(move |file| finding(name, file)));
        let told = told_once(all.collect());
        assert_eq!(told.len(), 2, "{told:#?}");
        let said = |finding: &Finding| finding.message.en().contains("3 other lines or files say the same");
        assert!(told.iter().all(said), "{told:#?}");
        let few = told_once((0..3).map(|file| finding("LX", file)).collect());
        assert_eq!(few.len(), 3);
    }
}
