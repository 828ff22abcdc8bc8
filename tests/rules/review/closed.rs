//! Tests when a review is closed: its ends are over, and the whole store shows it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use portvakt_core::model::{Account, AccountId, Answered, PersonId, Right, RoleId, RowAnswer};
use portvakt_core::review::{AnswerFollowed, Closed, ReadBack, answers_of, closed, followed};

use super::world::{LC, World, account, answered, codes, id};

const MADE: Date = date(2026, 11, 20);
const ON: Date = date(2026, 11, 24);
const OLA: &str = "ola.testesen";
const FILE: &str = "desired-state/ahus/ola.testesen.yaml";

/// Returns a world whose list is answered. Every row but Ola's has `keep`.
fn world(of_ola: RowAnswer) -> World {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    let row = list.rows.iter_mut().find(|row| row.key.person == id(OLA)).unwrap();
    row.answered = Some(Answered { answer: of_ola, by: id(LC) });
    world.put_list(&list);
    world
}

fn read_back(world: &World, accounts: &[Account], today: Date) -> Vec<Closed> {
    let (base, rules) = (world.base(today), world.rules());
    let judged = world.judged_by(&base, &BTreeSet::new(), today);
    assert!(judged.lists[0].counts_from.is_some(), "{:?}", judged.findings);
    let accounts = accounts.iter().map(|account| (account.id.clone(), account.clone())).collect();
    let store = ReadBack { base: &base, register: &rules.register, accounts: &accounts, today };
    closed(&judged, &BTreeSet::new(), &store)
}

/// Returns how the files follow the answer at Ola's row.
fn ola(world: &World, today: Date) -> AnswerFollowed {
    let base = world.base(today);
    let judged = world.judged_by(&base, &BTreeSet::new(), today);
    let rows = &judged.lists[0].parsed.review.rows;
    let row = rows.iter().find(|row| row.key.person == id(OLA)).unwrap();
    followed(row, &base, |_| None, today)
}

fn ends(world: &mut World, day: &str) {
    world.edit(FILE, "    request:", &format!("    until: {day}\n    request:"));
}

#[test]
fn a_review_that_asks_for_nothing_is_closed_as_soon_as_it_counts() {
    let world = world(RowAnswer::Keep { until: None });
    let shown = read_back(&world, &[account("1", Some(OLA))], ON);
    let [one] = &shown[..] else { panic!("{shown:?}") };
    assert_eq!((one.trust.as_str(), one.quarter.to_string(), one.read), ("ahus", "2026-Q4".to_owned(), 1));
    // It is closed once.
    let (base, rules) = (world.base(ON), world.rules());
    let judged = world.judged_by(&base, &BTreeSet::new(), ON);
    let answers = answers_of(&judged.lists[0].parsed.review);
    assert_eq!(one.answers, answers);
    let (accounts, today) = (BTreeMap::new(), ON);
    let store = ReadBack { base: &base, register: &rules.register, accounts: &accounts, today };
    assert_eq!(closed(&judged, &BTreeSet::from([answers]), &store), []);
}

#[test]
fn an_end_is_read_back_before_the_review_is_closed() {
    let mut world = world(RowAnswer::End);
    let has = [account("1", Some(OLA))];
    assert_eq!((ola(&world, ON), read_back(&world, &[], ON)), (AnswerFollowed::NotYet, Vec::new()));
    world.0.remove(&super::world::path(FILE));
    assert_eq!(ola(&world, ON), AnswerFollowed::Done);
    assert_eq!(read_back(&world, &has, ON), []);
    // A closed account that still has the right is no end either.
    assert_eq!(read_back(&world, &[Account { active: false, ..has[0].clone() }], ON), []);
    let shown = read_back(&world, &[account("2", Some("per.testesen"))], ON);
    let [one] = &shown[..] else { panic!("{shown:?}") };
    assert_eq!(one.unnamed, [AccountId::new("2")]);
}

#[test]
fn an_end_that_is_accepted_and_not_over_yet_says_its_day_and_keeps_the_review_open() {
    let mut world = world(RowAnswer::End);
    ends(&mut world, "2026-11-24");
    assert_eq!(ola(&world, ON), AnswerFollowed::EndsOn(ON));
    assert_eq!(read_back(&world, &[], ON), []);
    let after = date(2026, 11, 25);
    assert_eq!(ola(&world, after), AnswerFollowed::Done);
    assert_eq!(read_back(&world, &[], after).len(), 1);
}

#[test]
fn the_change_that_carries_an_end_out_is_told_of_no_answer_that_is_open() {
    let base = world(RowAnswer::End);
    let told = |after: &World| codes(&base.check(after, ON).findings);
    assert_eq!(told(&base), ["review-answers-open"]);
    let mut gone = base.clone();
    gone.0.remove(&super::world::path(FILE));
    let mut ending = base.clone();
    ends(&mut ending, "2026-11-24");
    for after in [&gone, &ending] {
        assert_eq!(told(after), [""; 0]);
    }
}

#[test]
fn a_last_day_that_stood_there_before_the_review_is_no_end() {
    let mut world = World::new();
    ends(&mut world, "2026-12-31");
    let mut list = answered(world.list(MADE), ON);
    let row = list.rows.iter_mut().find(|row| row.key.person == id(OLA)).unwrap();
    row.answered = Some(Answered { answer: RowAnswer::End, by: id(LC) });
    world.put_list(&list);
    assert_eq!(ola(&world, ON), AnswerFollowed::NotYet);
    world.edit(FILE, "2026-12-31", "2026-11-30");
    assert_eq!(ola(&world, ON), AnswerFollowed::EndsOn(date(2026, 11, 30)));
}

#[test]
fn what_is_kept_beyond_its_own_last_day_asks_for_nothing_and_ends_on_its_own() {
    let mut world = World::new();
    ends(&mut world, "2026-12-31");
    let mut list = answered(world.list(MADE), ON);
    let row = list.rows.iter_mut().find(|row| row.key.person == id(OLA)).unwrap();
    assert_eq!(row.ends_before_kept(), None);
    row.answered = Some(Answered { answer: RowAnswer::Keep { until: Some(date(2027, 6, 30)) }, by: id(LC) });
    assert_eq!(row.ends_before_kept(), Some(date(2026, 12, 31)));
    world.put_list(&list);
    assert_eq!(ola(&world, ON), AnswerFollowed::NothingAsked);
    // If it is extended beyond the day of the answer, that answer is not followed.
    world.edit(FILE, "2026-12-31", "2027-09-30");
    assert_eq!(ola(&world, ON), AnswerFollowed::NotYet);
}

#[test]
fn what_is_kept_until_a_day_is_done_when_the_day_is_accepted() {
    let mut world = world(RowAnswer::Keep { until: Some(date(2027, 3, 31)) });
    let has = [account("1", Some(OLA))];
    assert_eq!((ola(&world, ON), read_back(&world, &has, ON)), (AnswerFollowed::NotYet, Vec::new()));
    ends(&mut world, "2027-03-31");
    assert_eq!(ola(&world, ON), AnswerFollowed::Done);
    assert_eq!(read_back(&world, &has, ON).len(), 1);
}

#[test]
fn a_change_is_done_when_the_store_has_the_new_right_and_not_the_old_one() {
    let mut world = world(RowAnswer::Change);
    assert_eq!(ola(&world, ON), AnswerFollowed::NotYet);
    world.edit(FILE, "role: LU", "role: LC");
    let old = account("1", Some(OLA));
    let right = |role: &str| {
        let right = old.rights.keys().next().unwrap().clone();
        (Right { role: RoleId::new(role).unwrap(), ..right }, None)
    };
    let with = |roles: &[&str]| {
        let rights = roles.iter().map(|&role| right(role)).collect();
        Account { rights, ..old.clone() }
    };
    let cases: [(&[&str], usize); 4] = [(&["LU"], 0), (&["LU", "LC"], 0), (&[], 0), (&["LC"], 1)];
    for (roles, shown) in cases {
        assert_eq!(read_back(&world, &[with(roles)], ON).len(), shown, "{roles:?}");
    }
    // An account that says nothing of its owner is known by its id.
    let known: PersonId = id(OLA);
    let mut base = world.base(ON);
    base.people.get_mut(&known).unwrap().account = Some(old.id.clone());
    let rules = world.rules();
    let judged = world.judged_by(&base, &BTreeSet::new(), ON);
    let accounts = BTreeMap::from([(old.id.clone(), Account { person: None, ..with(&["LU", "LC"]) })]);
    let store = ReadBack { base: &base, register: &rules.register, accounts: &accounts, today: ON };
    assert_eq!(closed(&judged, &BTreeSet::new(), &store), []);
}
