//! Checks that the files agree about people: one person has one set of facts, one login belongs to one person, and no
//! two people have ids that look alike. The file that differs from what was accepted is held, and never the other
//! files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::{Base, Field, Head, HeadFile, Spots};
use crate::diag::{Code, Finding, Text, text};
use crate::model::{Facts, Login, PersonId, TrustId, VouchedFact};
use crate::parse::confusable::skeleton;

/// The files that are held because they disagree, with the findings.
#[derive(Debug, Default)]
pub struct Disagreement {
    /// The files that are held.
    pub held: BTreeSet<(PersonId, TrustId)>,
    /// The findings that say what is wrong with each file.
    pub findings: Vec<Finding>,
}

struct FactsOfFile<'a> {
    person: &'a PersonId,
    trust: &'a TrustId,
    facts: &'a Facts,
    spots: &'a Arc<dyn Spots>,
}

/// Compares the files of a head with each other and with what was accepted.
#[must_use]
pub fn agree(base: &Base, head: &Head) -> Disagreement {
    let mut result = Disagreement::default();
    let mut logins: BTreeMap<Login, BTreeSet<PersonId>> = BTreeMap::new();
    let mut skeletons: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
    for (person, files) in &head.files {
        let said: Vec<FactsOfFile<'_>> = files
            .iter()
            .filter_map(|(trust, file)| match file {
                HeadFile::Says { facts, spots, .. } => Some(FactsOfFile { person, trust, facts, spots }),
                _ => None,
            })
            .collect();
        if said.is_empty() {
            continue;
        }
        one_person(base, files, &said, &mut result);
        let standing = unmoved(base, person, files).into_iter().map(|(_, facts)| facts);
        for login in logins_of(person, said.iter().map(|said| said.facts), standing) {
            logins.entry(login).or_default().insert(person.clone());
        }
        skeletons.entry(skeleton(person)).or_default().insert(person.clone());
    }
    for (login, mut people) in logins {
        let owners = owners_of(base, &login);
        people.extend(owners.iter().cloned());
        let field = Field::Vouched(VouchedFact::Login);
        hold_others(head, &people, &owners, field, &mut result, |person, other| {
            Finding::new(
                Code::LoginShared,
                text!(
                    en: "the login `{login}` of `{person}` belongs to `{other}`",
                    nb: "innloggingen `{login}` for `{person}` tilhører `{other}`"
                ),
                text!(
                    en: "A login belongs to one person: correct it, or take it out of the other file first.",
                    nb: "En innlogging tilhører én person: rett den, eller ta den ut av den andre filen først."
                ),
            )
        });
    }
    for (look, mut people) in skeletons {
        let owners: BTreeSet<PersonId> = base.skeletons.get(&look).cloned().into_iter().collect();
        people.extend(owners.iter().cloned());
        hold_others(head, &people, &owners, Field::Name, &mut result, |person, other| {
            Finding::new(
                Code::ConfusableId,
                look_alike(person, other),
                text!(
                    en: "If they are one person, use the id that is there already; if they are two, give the new one another id.",
                    nb: "Er de én person, bruk id-en som finnes fra før; er de to, gi den nye en annen id."
                ),
            )
        });
    }
    result
}

/// The logins of a person. They are the logins that the files of the head name. A person whose files name no login logs
/// in with the id.
fn logins_of<'a>(
    person: &PersonId,
    said: impl Iterator<Item = &'a Facts>,
    mut standing: impl Iterator<Item = &'a Facts>,
) -> BTreeSet<Login> {
    let named: BTreeSet<Login> = said.filter_map(|facts| facts.vouched.login.clone()).collect();
    if named.is_empty() && standing.all(|facts| facts.vouched.login.is_none()) {
        return Login::new(person.as_str()).into_iter().collect();
    }
    named
}

/// The people who own a login by what was accepted: those whose file names it, and those without a login whose id it
/// is. There can be two from the time before an id counted as a login.
fn owners_of(base: &Base, login: &Login) -> BTreeSet<PersonId> {
    let named = base.logins.get(login).cloned();
    let by_id = PersonId::new(login.as_str()).ok().filter(|id| {
        let known = base.people.get(id).map(|known| &known.files);
        known.is_some_and(|files| {
            !files.is_empty() && files.values().all(|facts| facts.vouched.login.is_none())
        })
    });
    named.into_iter().chain(by_id).collect()
}

/// Returns the accepted facts of those files of a person that are not in the head or are held.
fn unmoved<'a>(
    base: &'a Base,
    person: &PersonId,
    files: &BTreeMap<TrustId, HeadFile>,
) -> Vec<(&'a TrustId, &'a Facts)> {
    let accepted = base.people.get(person).into_iter().flat_map(|known| &known.files);
    accepted
        .filter(|(trust, _)| match files.get(*trust) {
            None | Some(HeadFile::Held { .. }) => true,
            Some(HeadFile::Says { .. } | HeadFile::Gone) => false,
        })
        .collect()
}

/// Checks the files of one person against each other. For files that are not in the head or are held, what was
/// accepted for them is used.
fn one_person(
    base: &Base,
    files: &BTreeMap<TrustId, HeadFile>,
    all: &[FactsOfFile<'_>],
    result: &mut Disagreement,
) {
    let Some(first) = all.first() else { return };
    let known = base.people.get(first.person);
    let unmoved = unmoved(base, first.person, files);
    // Every file is compared with every other. A file without an address agrees with two files that have different
    // addresses.
    let now = || all.iter().map(|s| s.facts).chain(unmoved.iter().map(|(_, facts)| *facts));
    if now().all(|one| now().all(|other| one.agrees(other))) {
        return;
    }
    let accepted = || known.into_iter().flat_map(|known| &known.files);
    for said in all {
        // A file that says what was accepted is not the one that differs.
        if accepted().any(|(_, accepted)| accepted == said.facts) {
            continue;
        }
        let among = || all.iter().map(|other| (other.trust, other.facts));
        let departs = |(_, facts): &(&TrustId, &Facts)| !facts.agrees(said.facts);
        let other = accepted().find(departs).or_else(|| among().find(departs));
        let Some((other_trust, other)) = other else { continue };
        let (field, mine, theirs) = difference(said.facts, other);
        let elsewhere = text!(en: " at {other_trust}", nb: " ved {other_trust}");
        let person = said.person;
        let message = text!(
            with mine, theirs, elsewhere;
            en: "the files of `{person}` disagree: {mine} here, {theirs} in what stands{elsewhere}",
            nb: "filene til `{person}` er uenige: {mine} her, {theirs} i det som gjelder{elsewhere}"
        );
        let way_out = text!(
            en: "Change every file of the person in the same change, or correct this one; until then it is held and nothing is taken away.",
            nb: "Endre alle filene til personen i samme endring, eller rett denne; inntil da holdes den tilbake, og ingenting fjernes."
        );
        result.held.insert((said.person.clone(), said.trust.clone()));
        result
            .findings
            .push(Finding::new(Code::PersonDisagrees, message, way_out).at(said.spots.place(None, field)));
    }
}

fn difference(mine: &Facts, other: &Facts) -> (Field, Text, Text) {
    let quoted = |value: Option<String>| match value {
        None => text!(en: "`nothing`", nb: "`ingenting`"),
        Some(value) => Text::same(format!("`{value}`")),
    };
    let of = |facts: &Facts| {
        let mut said = vec![(Field::Name, "name", Some(facts.name.clone()))];
        let vouched = facts.vouched.said();
        said.extend(
            vouched.map(|(fact, value)| (Field::Vouched(fact), fact.key(), value.map(str::to_owned))),
        );
        said.push((Field::Email, "email", facts.email.as_ref().map(|email| email.as_str().to_owned())));
        said
    };
    for ((field, word, left), (_, _, right)) in of(mine).into_iter().zip(of(other)) {
        let unsaid = field == Field::Email && (left.is_none() || right.is_none());
        if left != right && !unsaid {
            let left = quoted(left);
            return (field, text!(with left; en: "{word} {left}", nb: "{word} {left}"), quoted(right));
        }
    }
    (Field::Name, text!(en: "the same", nb: "det samme"), text!(en: "another file", nb: "en annen fil"))
}

/// Says that nobody can see which of two ids is meant.
pub(super) fn look_alike(one: &PersonId, other: &PersonId) -> Text {
    text!(
        en: "the ids `{one}` and `{other}` cannot be told apart by eye",
        nb: "øyet kan ikke skille id-ene `{one}` og `{other}`"
    )
}

fn hold_others(
    head: &Head,
    people: &BTreeSet<PersonId>,
    owners: &BTreeSet<PersonId>,
    field: Field,
    result: &mut Disagreement,
    finding: impl Fn(&PersonId, &PersonId) -> Finding,
) {
    if people.len() < 2 {
        return;
    }
    for person in people.difference(owners) {
        let Some(other) = owners.first().or_else(|| people.iter().find(|other| *other != person)) else {
            continue;
        };
        for (trust, file) in head.files.get(person).into_iter().flatten() {
            if let HeadFile::Says { spots, .. } = file {
                result.held.insert((person.clone(), trust.clone()));
                result.findings.push(finding(person, other).at(spots.place(None, field)));
            }
        }
    }
}
