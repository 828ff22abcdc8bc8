//! Lists of the store that are not whole. Nothing is taken for absent by one, and what is read alone still acts.

use std::collections::BTreeSet;

use portvakt_core::decide::Scope;
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
}

impl ReadStore for Cut<'_> {
    fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = self.inside.list()?;
        listing.accounts.retain(|account| Some(&account.id) != self.without.as_ref());
        listing.incomplete = Some(text!(en: "page 2 of 3 did not come", nb: "side 2 av 3 kom ikke"));
        Ok(listing)
    }
    fn accounts(
        &self,
        people: &BTreeSet<PersonId>,
        ids: &BTreeSet<AccountId>,
    ) -> Result<Vec<Account>, StoreError> {
        self.inside.accounts(people, ids)
    }
    fn spent(&self) -> Result<BTreeSet<GrantKey>, StoreError> {
        self.inside.spent()
    }
}

/// A whole pass over such a store.
pub fn cut_pass(world: &mut World, without: Option<AccountId>) -> portvakt_core::decide::Decided {
    let snapshot = world.tree.snapshot();
    let store = Cut { inside: &world.register, without };
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
