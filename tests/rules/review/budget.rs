//! Tests what the ends of a review ask of the removal budget, before they are carried out.

use jiff::civil::{Date, date};
use portvakt_core::decide::ends_over_budget;
use portvakt_core::model::{Answered, Review, RowAnswer};

use super::world::{LC, World, id};

const TODAY: Date = date(2026, 11, 24);
const NURSES: [&str; 3] = ["ola.testesen", "per.testesen", "kari.testesen"];

fn answer_all(list: &mut Review, people: &[&str], answer: RowAnswer) {
    for row in list.rows.iter_mut().filter(|row| people.iter().any(|person| row.key.person == id(person))) {
        row.answered = Some(Answered { answer, by: id(LC) });
    }
}

/// What the limit of the trust is asked for and what it allows, where the ends are over it.
fn over(world: &World, list: &Review) -> Option<(u32, u32)> {
    let limit = ends_over_budget(list, &world.rules().register, &world.base(TODAY), TODAY)?;
    assert_eq!(limit.trust.as_ref().map(ToString::to_string).as_deref(), Some("ahus"));
    Some((limit.asked, limit.allowed))
}

#[test]
fn ends_and_earlier_ends_count_by_people_against_the_limit_of_the_trust() {
    let world = World::new();
    let mut list = world.list(TODAY);
    answer_all(&mut list, &NURSES[..2], RowAnswer::End);
    assert_eq!(over(&world, &list), None, "two at a trust of four are within it");
    answer_all(&mut list, &NURSES, RowAnswer::End);
    assert_eq!(over(&world, &list), Some((3, 2)));
    // A day to come takes something too, and a change or an access that stays takes nothing.
    answer_all(&mut list, &NURSES[2..], RowAnswer::Keep { until: Some(date(2026, 12, 31)) });
    assert_eq!(over(&world, &list), Some((3, 2)));
    for answer in [RowAnswer::Change, RowAnswer::Keep { until: None }] {
        answer_all(&mut list, &NURSES[2..], answer);
        assert_eq!(over(&world, &list), None, "{answer:?}");
    }
}

#[test]
fn what_the_files_say_already_asks_for_nothing_more() {
    let mut world = World::new();
    let mut list = world.list(TODAY);
    answer_all(&mut list, &NURSES, RowAnswer::End);
    let file = "desired-state/ahus/ola.testesen.yaml";
    world.edit(file, "    request:", "    until: 2026-11-24\n    request:");
    assert_eq!(over(&world, &list), None);
}
