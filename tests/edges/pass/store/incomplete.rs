//! Lists of the store that are not whole. Nothing is taken for absent by one, and what is read alone still acts.

use std::collections::BTreeSet;

use portvakt_core::decide::{Decided, Scope};
use portvakt_core::diag::{Code, text};
use portvakt_core::model::{Account, AccountId, GrantKey, PersonId};
use portvakt_core::store::{Listing, ReadStore, StoreError};
use portvakt_engine::pass::{PassInput, PassTools, prepare_pass};

use super::{by_id, kari, unknown};
use crate::pass::fixture::*;

/// A store whose list is not whole.
struct Cut<'a> {
    inside: &'a dyn ReadStore,
    without: Option<AccountId>,
    /// Whether the list says itself that it is not whole.
    is_told: bool,
    /// Whether the single account can be read.
    answers: bool,
}

impl ReadStore for Cut<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = self.inside.list()?;
        listing.accounts.retain(|account| Some(&account.id) != self.without.as_ref());
        if self.is_told {
            listing.incomplete = Some(text!(en: "page 2 of 3 did not come", nb: "side 2 av 3 kom ikke"));
        }
        Ok(listing)
    }
    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        if !self.answers && self.without.as_ref().is_some_and(|id| ids.contains(id)) {
            let why = text!(en: "it says 500", nb: "det svarer 500");
            return Err(StoreError::Answer { place: "https://register.example".to_owned(), why });
        }
        self.inside.accounts(people, ids)
    }
    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.inside.spent()
    }
}

/// A whole pass over such a store.
pub fn cut_pass(world: &mut World, without: Option<AccountId>) -> Decided {
    over(world, |inside| Cut { inside, without, is_told: true, answers: true })
}

/// A whole pass over a list that shifted: it seems whole, and this account fell between two pages.
fn shifted_pass(world: &mut World, without: &AccountId, answers: bool) -> Decided {
    world.now += jiff::SignedDuration::from_secs(120);
    over(world, |inside| Cut { inside, without: Some(without.clone()), is_told: false, answers })
}

fn over(world: &mut World, cut: impl for<'a> FnOnce(&'a dyn ReadStore) -> Cut<'a>) -> Decided {
    let snapshot = world.tree.snapshot();
    let store = cut(&world.register);
    let decided = {
        let mut asked = PassTools {
            memory: world.register.connection(),
            store: &store,
            reports: None,
            shelf: &mut world.shelf,
            patience: &mut world.patience,
        };
        let seen = PassInput::alone(&snapshot, world.now, std::time::Instant::now());
        prepare_pass(&mut asked, seen, &Scope::Whole).unwrap()
    };
    portvakt_engine::apply::carry_out(&mut world.register, None, &decided, |_, _| {}).unwrap();
    decided
}

#[test]
fn a_list_that_is_not_whole_shows_whose_an_account_may_be_too() {
    let mut world = World::with(&[]);
    world.sql(&unknown("gammel-1"));
    world.sql("UPDATE account SET login = 'kari.testesen' WHERE id = 'gammel-1'");
    world.put(&kari());
    let decided = cut_pass(&mut world, None);
    assert!(codes(&decided).contains(&Code::UnknownAccount), "{:?}", codes(&decided));
    assert!(by_id(&world, "gammel-1").active && !world.has("kari.testesen"));
}

#[test]
fn a_list_that_is_not_whole_removes_nothing_for_being_absent() {
    let people = ["kari.testesen", "ola.testesen", "per.testesen"];
    let files: Vec<File> = people
        .iter()
        .enumerate()
        .map(|(n, who)| file("ahus", who, [lu(AHUS, &format!("R{n}"), LC_AHUS)]))
        .collect();
    let mut world = World::with(&files);
    world.sql(&unknown("ukjent"));
    world.sql("INSERT INTO account (id, name, email, active, opened, closed) VALUES ('lukket', 'Gammel', 'lukket@register.example', 0, '2020-01-01', '2021-01-01')");
    world.tree.remove("ahus", people[0]);
    world.put(&file("ahus", people[1], [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    world.put(&file("ahus", "ny.testesen", [lu(AHUS, "R8", LC_AHUS)]));
    let decided = cut_pass(&mut world, None);
    assert!(codes(&decided).contains(&Code::StoreIncomplete));
    assert!(world.has(people[0]), "taken back for being absent");
    assert!(!world.has(people[1]), "revoked is explicit");
    assert!(world.has(people[2]) && world.has("ny.testesen"));
    assert!(by_id(&world, "ukjent").active && by_id(&world, "lukket").email.is_some());
    world.pass();
    assert!(!world.has(people[0]) && !by_id(&world, "ukjent").active);
    world.quiet();
}

#[test]
fn an_account_that_a_cut_list_does_not_show_is_neither_closed_by_hand_nor_settled() {
    let mut world = World::with(&[kari()]);
    let id = world.account("kari.testesen").unwrap().id;
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    let decided = cut_pass(&mut world, Some(id.clone()));
    assert!(!codes(&decided).contains(&Code::ClosedByHand));
    // The account was read alone, so the change in the entry took effect at once.
    assert!(!by_id(&world, id.as_str()).active);
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    assert!(!by_id(&world, id.as_str()).active);
    world.quiet();
}

fn two_people() -> (World, AccountId) {
    let world = World::with(&[kari(), file("ahus", "ola.testesen", [lu(AHUS, "R2", LC_AHUS)])]);
    // So many are listed that the list does not look cut off.
    world.sql("INSERT INTO account (id, name, active, opened, closed) VALUES ('lukket', 'Gammel', 0, '2020-01-01', '2021-01-01')");
    let id = world.account("kari.testesen").unwrap().id;
    (world, id)
}

#[test]
fn a_revocation_takes_the_account_away_that_a_shifted_list_leaves_out() {
    let (mut world, id) = two_people();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    let decided = shifted_pass(&mut world, &id, true);
    let told = decided.findings.iter().find(|finding| finding.code == Code::StoreIncomplete).unwrap();
    assert!(told.message.en().contains(id.as_str()), "{told:?}");
    let closed = by_id(&world, id.as_str());
    assert!(!closed.active && closed.rights.is_empty(), "{closed:?}");
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    world.quiet();
}

#[test]
fn a_shifted_list_proves_no_absence() {
    for answers in [true, false] {
        let (mut world, id) = two_people();
        let decided = shifted_pass(&mut world, &id, answers);
        let seen = codes(&decided);
        assert!(seen.contains(&Code::StoreIncomplete) && !seen.contains(&Code::ClosedByHand), "{seen:?}");
        // With a new request nothing of the old account is over, and no second account is opened.
        let entries = [lu(AHUS, "R1", LC_AHUS), lu(AHUS, "R3", LC_AHUS).rapporteket()];
        world.put(&file("ahus", "kari.testesen", entries));
        shifted_pass(&mut world, &id, answers);
        assert_eq!(world.known("kari.testesen").account, Some(id.clone()));
        assert!(world.known("kari.testesen").grants.values().all(|standing| standing.ended.is_none()));
        let decided = world.pass();
        assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
        assert_eq!(world.account("kari.testesen").unwrap().id, id);
        assert_eq!(world.rights("kari.testesen").len(), 2);
        world.quiet();
    }
}

#[test]
fn what_cannot_be_read_alone_is_not_settled() {
    let (mut world, id) = two_people();
    world.put(&file("ahus", "kari.testesen", [lu(AHUS, "R1", LC_AHUS).revoked(LC_AHUS)]));
    shifted_pass(&mut world, &id, false);
    assert!(by_id(&world, id.as_str()).active, "nothing is certain of it");
    assert!(world.known("kari.testesen").grants.values().all(|standing| standing.ended.is_none()));
    let decided = world.pass();
    assert!(!codes(&decided).contains(&Code::Drift), "{:#?}", decided.findings);
    assert!(!by_id(&world, id.as_str()).active);
    world.quiet();
}
