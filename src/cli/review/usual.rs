//! Finds what a reviewer need not type. This is who they are, if `portvakt join` has noted it, and the trust, if they
//! are its coordinator.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::diag::{Finding, Text, text};
use portvakt_core::model::{PersonId, Quarter, Review, TrustId};

use super::list::ReviewDesk;
use crate::cli::ask::one_of;
use crate::cli::clone::{ListPlace, noted};
use crate::cli::{output, who};
use crate::config::Global;

/// A list that is open for writing, and the person who writes.
pub(super) struct Reviewing {
    pub(super) place: ListPlace,
    /// The tree at that place.
    pub(super) desk: ReviewDesk,
    /// The newest tree, if it can be read. It may have changed since the list was made.
    pub(super) newest: Option<ReviewDesk>,
    pub(super) by: PersonId,
    pub(super) trust: TrustId,
}

/// Opens the list that is meant. It is `None` if the reviewer or the trust is unknown, and the user is told so.
///
/// # Errors
/// A call of git fails, the tree cannot be read, or the options name nobody or several people.
pub(super) fn open_list(
    global: &Global,
    here: bool,
    (asked, quarter): (Option<&str>, Option<Quarter>),
    typed: Option<&str>,
) -> Result<Option<Reviewing>, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let main = ListPlace::main(global, here).map_err(one)?;
    let newest = ReviewDesk::open(main.global());
    let (said, trust, newest) = match asked {
        Some(typed) => (None, trust_meant(newest.as_ref(), typed)?, newest.ok()),
        None => {
            let desk = newest?;
            let Some(by) = reviewer(global, &desk, typed).map_err(one)? else { return Ok(None) };
            let Some(trust) = usual_trust(global, &desk, Some(&by)) else { return Ok(None) };
            (Some(by), trust, Some(desk))
        }
    };
    let place = main.with_list(global, &trust, quarter).map_err(one)?;
    let desk = ReviewDesk::open(place.global())?;
    let by = match said {
        Some(by) => Some(by),
        None => reviewer(global, &desk, typed).map_err(one)?,
    };
    Ok(by.map(|by| Reviewing { place, desk, newest, by, trust }))
}

/// Returns the trust that an option means, by the register of the newest tree. If that tree cannot be read, only an id
/// is understood.
///
/// # Errors
/// The text fits no trust or several, or the tree cannot be read and the text is not an id.
pub(super) fn trust_meant(
    newest: Result<&ReviewDesk, &Vec<Finding>>,
    typed: &str,
) -> Result<TrustId, Vec<Finding>> {
    match newest {
        Ok(desk) => desk.trust(typed),
        Err(findings) => TrustId::new(typed).map_err(|_| findings.clone()),
    }
}

/// Returns the person whom an id, a name or a part of one means.
///
/// # Errors
/// The text fits nobody, or it fits several people.
pub(super) fn person_meant(global: &Global, desk: &ReviewDesk, typed: &str) -> Result<PersonId, Finding> {
    who::People::of_base(&desk.base, &desk.rules.register, &BTreeMap::new()).meant(global, typed)
}

/// Does the same for a person of a list. If several people fit and one of them has a row in the list, that one is meant.
///
/// # Errors
/// The text fits nobody, or it fits several people.
pub(super) fn person_of_list(
    global: &Global,
    desk: &ReviewDesk,
    list: &Review,
    typed: &str,
) -> Result<PersonId, Finding> {
    let rows = list.rows.iter().map(|row| &row.key.person);
    let about: Vec<&PersonId> =
        rows.chain(list.settings.iter().filter_map(|row| row.setting.person())).collect();
    let has_a_row = |person: &PersonId| about.iter().any(|about| desk.base.is_same(about, person));
    who::People::of_base(&desk.base, &desk.rules.register, &BTreeMap::new())
        .meant_among(global, typed, has_a_row)
}

/// Returns the reviewer: the person whom the options name, or whom `portvakt join` noted in this clone. It is `None` if
/// neither names one, and the user is told so. Answers under an earlier id would not count as signed, so it is the
/// current id.
///
/// # Errors
/// The options name nobody or several people.
fn reviewer(global: &Global, desk: &ReviewDesk, typed: Option<&str>) -> Result<Option<PersonId>, Finding> {
    if let Some(typed) = typed {
        return person_meant(global, desk, typed).map(|person| Some(desk.base.meant(&person).clone()));
    }
    let known = noted(global);
    if known.is_none() {
        output::tell(
            global,
            &text!(
                en: "error: it is not said who reviews; say it with `--by PERSON`, or once for all in this folder with `git config portvakt.person ID`; see --help",
                nb: "feil: det er ikke sagt hvem som kontrollerer; oppgi det med `--by PERSON`, eller én gang for alle i denne mappen med `git config portvakt.person ID`; se --help"
            ),
        );
    }
    Ok(known.map(|known| desk.base.meant(&known).clone()))
}

/// Returns the trust that is meant if the options name none. It is the only trust where this person is coordinator
/// today, or the one that the user chooses at the terminal. It is `None` without an answer, and then the user is told.
pub(super) fn usual_trust(global: &Global, desk: &ReviewDesk, person: Option<&PersonId>) -> Option<TrustId> {
    let own = person.map(|person| coordinated(desk, person)).unwrap_or_default();
    let register = &desk.rules.register;
    // People call a trust by its id and by the names of its units too.
    let among: Vec<(TrustId, Vec<String>)> = register
        .trusts
        .iter()
        .filter(|(id, _)| own.is_empty() || own.contains(*id))
        .map(|(id, trust)| {
            let units = register.units.values().filter(|unit| unit.trust == *id);
            let names = [trust.name.clone(), id.to_string()].into_iter();
            (id.clone(), names.chain(units.map(|unit| unit.name.clone())).collect())
        })
        .collect();
    let question = text!(en: "which trust", nb: "hvilket helseforetak");
    one_of(global, &question, "--trust", &among)
}

/// Returns the trusts where somebody is coordinator today.
fn coordinated(desk: &ReviewDesk, person: &PersonId) -> BTreeSet<TrustId> {
    let coordinators = &desk.rules.register.coordinators;
    let known = desk.base.people.get(desk.base.meant(person));
    let grants = known.into_iter().flat_map(|known| &known.grants);
    let held = grants.filter(|(key, standing)| {
        key.application == coordinators.application
            && standing.grant.role == coordinators.role
            && standing.in_force(desk.today)
    });
    held.map(|(_, standing)| standing.grant.trust.clone()).collect()
}

/// Returns the command that answers a list of this trust, in the form that is typed here.
pub(super) fn answering(global: &Global, trust: &TrustId) -> Text {
    match noted(global) {
        Some(_) => Text::same(format!("`portvakt review answer --trust {trust}`")),
        None => text!(
            en: "`portvakt review answer --trust {trust} --by YOU`",
            nb: "`portvakt review answer --trust {trust} --by DEG`"
        ),
    }
}
