//! The statements about which the memory is asked whether they have served: those that stand in the files that are looked
//! at and in the lists, wherever in the register they served before.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use portvakt_core::change::{Base, Head};
use portvakt_core::decide::{
    FileToRead, ListStatements, head, keys_to_ask, looks_of, served_by_the_forgotten,
};
use portvakt_core::judge::may_have_served;
use portvakt_core::model::{Digest, ForgeApproval, GrantKey, PersonId, ReviewCircumstances, ReviewedChange};
use portvakt_core::parse;
use portvakt_core::review::answers_of;

use crate::review::world::{LC, LEADER, LIST, World, answered, id, path};

const REGISTER: &str = "desired-state/register.yaml";
const REJECTED: &str = "requests/ahus.yaml";
const KARI: &str = "kari.testesen";

fn looks(world: &World) -> Vec<FileToRead> {
    looks_of(&world.tree()).into_iter().filter(|look| look.path.as_str().contains(KARI)).collect()
}

fn head_of(world: &World, looks: &[FileToRead]) -> Head {
    head(looks, &world.tree(), &world.rules().register)
}

#[test]
fn a_statement_that_has_served_at_one_trust_is_asked_about_at_another() {
    let mut world = World::new();
    let accesses =
        |world: &World| may_have_served(&head_of(world, &looks(world)), &world.rules().register.id).accesses;
    let before = accesses(&world);
    assert_eq!(before.len(), 1);
    // The unit moves, and the file goes along.
    world.edit(REGISTER, "units: {100089: Ahus, 200089: Ski}", "units: {100089: Ahus}");
    world.edit(REGISTER, "units: {100082: Haukeland}", "units: {100082: Haukeland, 200089: Ski}");
    let file = world.0.remove(&path("desired-state/ahus/kari.testesen.yaml")).unwrap();
    world.put("desired-state/helse-bergen/kari.testesen.yaml", file);
    assert_eq!(accesses(&world), before);
    // A new approval is another statement.
    world.edit("desired-state/helse-bergen/kari.testesen.yaml", "on: 2026-03-05", "on: 2026-03-06");
    assert!(accesses(&world).is_disjoint(&before));
}

#[test]
fn a_number_that_served_somebody_forgotten_is_asked_about_in_its_usual_spellings_and_is_bound() {
    let world = World::new();
    let (head, mut base) = (head_of(&world, &looks(&world)), Base::default());
    let mut keys = keys_to_ask(&head, &base);
    let numbers: BTreeSet<&str> = keys.iter().map(|key| key.request.as_str()).collect();
    assert_eq!(numbers, BTreeSet::from(["REQ-KARI.TESTESEN", "REQ-kari.testesen", "req-kari.testesen"]));
    let other = GrantKey { person: id(LC), ..keys.first().unwrap().clone() };
    assert!(base.others_on(&other).is_empty());
    // The ledger knows one spelling, and the number is bound in every one.
    keys.retain(|key| key.request.as_str().starts_with("req-"));
    served_by_the_forgotten(&mut base, &keys);
    assert_eq!(base.others_on(&other), BTreeSet::from([PersonId::forgotten()]));
    assert_eq!(PersonId::new("unknown"), Ok(PersonId::forgotten()));
    // What was accepted is not asked about.
    assert_eq!(keys_to_ask(&head, &world.base(date(2026, 11, 10))), BTreeSet::new());
}

#[test]
fn every_approval_of_what_identifies_a_person_is_asked_about() {
    let world = World::new();
    let approved = |requests: &[u64]| {
        let mut looks = looks(&world);
        for look in &mut looks {
            let new = look.bytes.as_ref().map(|(bytes, _)| Arc::clone(bytes));
            let review =
                |request: &u64| ForgeApproval { by: id(LC), request: *request, head: "1a2b".to_owned() };
            let change = |request| ReviewedChange {
                review: review(request),
                old: None,
                new: new.clone(),
                circumstances: ReviewCircumstances::default(),
            };
            look.reviews = requests.iter().map(change).collect();
        }
        may_have_served(&head_of(&world, &looks), &world.rules().register.id)
    };
    assert_eq!(approved(&[]).identifying, BTreeSet::new());
    let (first, both) = (approved(&[7]), approved(&[7, 8]));
    assert_eq!((first.identifying.len(), both.identifying.len()), (1, 2));
    assert!(first.identifying.is_subset(&both.identifying));
    assert_eq!(first.accesses, both.accesses);
}

#[test]
fn what_lists_say_is_asked_about_as_they_are_now() {
    let today = date(2026, 11, 10);
    let mut world = World::new();
    world.put_list(&answered(world.list(today), today));
    let rejected =
        format!("rejected:\n  - {{request: REQ-9, on: 2026-11-09, by: {LEADER}, reason: no need}}\n");
    world.put(REJECTED, rejected);
    let rules = world.rules();
    let list = parse::review(&path(LIST), &world.0[&path(LIST)], &rules.register).unwrap().review;
    let signed = list.reviewed.iter().map(|line| list.statements(&rules.register.id, line).digest());
    let of_the_review: BTreeSet<Digest> = signed.chain([answers_of(&list)]).collect();
    assert_eq!(of_the_review.len(), 3);
    let mut lists = ListStatements::default();
    let all = lists.of(&world.tree(), &rules);
    assert!(of_the_review.is_subset(&all));
    assert_eq!(all.len(), 4);
    // Nothing has changed.
    assert_eq!(lists.of(&world.tree(), &rules), all);
    world.edit(REJECTED, "REQ-9", "REQ-10");
    let other = lists.of(&world.tree(), &rules);
    assert_eq!((other.difference(&all).count(), all.difference(&other).count()), (1, 1));
    assert_eq!(ListStatements::default().of(&world.tree(), &rules), other);
    world.0.remove(&path(LIST));
    assert_eq!(lists.of(&world.tree(), &rules).len(), 1);
    // With these settings the list belongs to no trust, and nothing in it counts.
    world.edit(REGISTER, "  ahus: {name: Ahus HF", "  andre: {name: Ahus HF");
    assert_eq!(lists.of(&world.tree(), &world.rules()), BTreeSet::new());
}
