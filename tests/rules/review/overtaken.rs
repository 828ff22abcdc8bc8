//! Tests a review that a newer one of the same trust has overtaken. Its ends are still carried out and read back. A
//! list that nobody answered does not become a review by it.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use portvakt_core::model::{Account, Answered, Digest, Review, RowAnswer, RowNotice, TrustId};
use portvakt_core::review::{self, FormerKeys, JudgedReviews, ReadBack, Unclosed};

use super::world::{LC, World, account, answered, codes, id, path};

const MADE: Date = date(2026, 11, 20);
const ON: Date = date(2026, 11, 24);
const NEXT: Date = date(2027, 1, 12);
const OLA: &str = "ola.testesen";
const FILE: &str = "desired-state/ahus/ola.testesen.yaml";
const NEXT_LIST: &str = "reviews/ahus/2027-Q1.yaml";

fn say_of_ola(list: &mut Review, answer: Option<RowAnswer>) {
    let row = list.rows.iter_mut().find(|row| row.key.person == id(OLA)).unwrap();
    row.answered = answer.map(|answer| Answered { answer, by: id(LC) });
}

/// A world whose review of the autumn says this of Ola, with the statements that were accepted.
fn autumn(of_ola: Option<RowAnswer>) -> (World, BTreeSet<Digest>) {
    let mut world = World::new();
    let mut list = answered(world.list(MADE), ON);
    say_of_ola(&mut list, of_ola);
    world.put_list(&list);
    let judged = world.judged(&BTreeSet::new(), ON);
    let by = judged.attested.iter().flat_map(|attested| &attested.by);
    (world, by.map(|(_, statement)| *statement).collect())
}

/// Adds the review of the winter. It keeps everything, except for its answer about Ola.
fn winter(world: &mut World, of_ola: RowAnswer) {
    let mut list = answered(world.list(NEXT), NEXT);
    say_of_ola(&mut list, Some(of_ola));
    world.put_list_at(NEXT_LIST, &list);
}

fn ends(world: &mut World, day: &str) {
    world.edit(FILE, "    request:", &format!("    until: {day}\n    request:"));
}

/// The quarters of the reviews that a reading of the store closes.
fn closed(world: &World, used: &BTreeSet<Digest>, accounts: &[Account], today: Date) -> Vec<String> {
    let (base, rules, judged) = (world.base(today), world.rules(), world.judged(used, today));
    let accounts = accounts.iter().map(|account| (account.id.clone(), account.clone())).collect();
    let store = ReadBack { base: &base, register: &rules.register, accounts: &accounts, today };
    let closed = review::closed(&judged, &BTreeSet::new(), &store);
    closed.iter().map(|closed| closed.quarter.to_string()).collect()
}

fn unclosed(world: &World, judged: &JudgedReviews, today: Date) -> Vec<Unclosed> {
    let (base, rules) = (world.base(today), world.rules());
    let mut found = review::unclosed(judged, (&base, &rules.register), |_| false, today);
    found.remove(&TrustId::new("ahus").unwrap()).unwrap_or_default()
}

#[test]
fn what_an_overtaken_review_ends_is_read_back_before_it_is_closed() {
    let (mut world, used) = autumn(Some(RowAnswer::End));
    assert_eq!(used.len(), 2);
    ends(&mut world, "2027-01-31");
    // The next reviewer keeps the row with that end, which still ends the access.
    winter(&mut world, RowAnswer::Keep { until: None });
    let judged = world.judged(&used, NEXT);
    assert_eq!((judged.lists.len(), judged.lists[0].counts_from), (1, Some(NEXT)));
    let [overtaken] = &judged.overtaken[..] else { panic!("{:?}", judged.overtaken) };
    assert_eq!((overtaken.by.to_string().as_str(), overtaken.list.counts_from), ("2027-Q1", Some(ON)));
    let newer = judged.overtaker(&path(super::world::LIST)).unwrap();
    assert_eq!(newer.path, path(NEXT_LIST));
    assert_eq!(judged.overtaker(&path(NEXT_LIST)), None);
    let waits = unclosed(&world, &judged, NEXT);
    let [one] = &waits[..] else { panic!("{waits:?}") };
    assert_eq!((one.quarter.to_string().as_str(), one.waits), ("2026-Q4", 1));
    assert_eq!(one.overtaken_by, overtaken.by);
    let has = [account("1", Some(OLA))];
    assert_eq!(closed(&world, &used, &has, NEXT), ["2027-Q1"]);
    // The day has passed, and the store still has it.
    let after = date(2027, 2, 1);
    assert_eq!(closed(&world, &used, &has, after), ["2027-Q1"]);
    assert_eq!(unclosed(&world, &world.judged(&used, after), after)[0].waits, 0);
    assert_eq!(closed(&world, &used, &[], after), ["2027-Q1", "2026-Q4"]);
    // One that is closed is told of no more.
    let (base, rules, judged) = (world.base(after), world.rules(), world.judged(&used, after));
    assert!(review::unclosed(&judged, (&base, &rules.register), |_| true, after).is_empty());
}

#[test]
fn a_list_that_nobody_answered_as_a_whole_is_no_review_when_it_is_overtaken() {
    let (mut world, used) = autumn(None);
    assert!(used.is_empty());
    let alone = world.judged(&used, ON);
    assert!(alone.overtaken.is_empty() && codes(&alone.findings).contains(&"review-incomplete"));
    winter(&mut world, RowAnswer::Keep { until: None });
    let judged = world.judged(&used, NEXT);
    assert_eq!(judged.overtaken[0].list.counts_from, None);
    // Nobody is asked to complete it, and it is never closed.
    assert_eq!(codes(&judged.findings), [""; 0]);
    assert_eq!(unclosed(&world, &judged, NEXT), []);
    assert_eq!(closed(&world, &used, &[account("1", Some(OLA))], NEXT), ["2027-Q1"]);
}

#[test]
fn the_newer_answer_stands_in_the_place_of_one_that_nobody_followed() {
    let told = |world: &World, used: &BTreeSet<Digest>| {
        let (base, rules, judged) = (world.base(NEXT), world.rules(), world.judged(used, NEXT));
        let (open, findings) = review::open_answers(&judged, &base, &rules.register, |_| None, NEXT);
        let places = findings.iter().filter_map(|finding| finding.place.clone());
        (open.len(), places.map(|place| place.file.to_string()).collect::<Vec<_>>())
    };
    let has = [account("1", Some(OLA))];
    let (mut world, used) = autumn(Some(RowAnswer::End));
    winter(&mut world, RowAnswer::Keep { until: None });
    assert_eq!(told(&world, &used), (0, Vec::new()));
    assert_eq!(closed(&world, &used, &has, NEXT), ["2027-Q1", "2026-Q4"]);
    let (mut world, used) = autumn(Some(RowAnswer::End));
    winter(&mut world, RowAnswer::End);
    assert_eq!(told(&world, &used), (1, vec![NEXT_LIST.to_owned()]));
    assert_eq!(closed(&world, &used, &has, NEXT), [""; 0]);
    world.0.remove(&path(FILE));
    assert_eq!(closed(&world, &used, &has, NEXT), [""; 0]);
    assert_eq!(closed(&world, &used, &[], NEXT), ["2027-Q1", "2026-Q4"]);
}

/// The list of the autumn, whose row of Ola was open, is completed on this day, after that of the winter was answered.
fn completed_late(world: &mut World, of_ola: RowAnswer, on: Date) {
    let mut list = answered(world.list(MADE), on);
    say_of_ola(&mut list, Some(of_ola));
    world.put_list(&list);
}

#[test]
fn an_end_of_an_older_list_that_was_given_later_is_not_forgotten() {
    let late = date(2027, 1, 14);
    let after = date(2027, 4, 10);
    let until = RowAnswer::Keep { until: Some(date(2027, 2, 28)) };
    for (older, newer, on, waits) in [
        (RowAnswer::End, RowAnswer::Keep { until: None }, late, 1),
        // On the same day nothing shows which answer came later.
        (RowAnswer::End, RowAnswer::Keep { until: None }, NEXT, 1),
        (RowAnswer::End, RowAnswer::Change, late, 1),
        (until, RowAnswer::Keep { until: None }, late, 1),
        // Both answers are the same, and the newer list asks for it.
        (RowAnswer::End, RowAnswer::End, late, 0),
        (RowAnswer::End, RowAnswer::Keep { until: None }, date(2027, 1, 11), 0),
    ] {
        let (mut world, _) = autumn(None);
        winter(&mut world, newer);
        completed_late(&mut world, older, on);
        // The statements in the tree count as accepted.
        let used = review::merged(world.tree().reviews(), &world.rules(), &FormerKeys::new());
        let (base, rules, judged) = (world.base(late), world.rules(), world.judged(&used, late));
        assert_eq!(judged.overtaken[0].list.counts_from, Some(on), "{older:?} {on}");
        let (_, findings) = review::open_answers(&judged, &base, &rules.register, |_| None, late);
        let places = findings.iter().filter_map(|finding| finding.place.as_ref());
        let of_the_older = places.filter(|place| place.file == path(super::world::LIST)).count();
        assert_eq!(of_the_older, waits, "{older:?} {newer:?} {on}");
        assert_eq!(unclosed(&world, &judged, late)[0].waits, waits, "{older:?} {newer:?} {on}");
        // A user who makes the next list is told about it.
        let mut next = world.list(after);
        review::remind(&mut next, &world.judged(&used, after), &world.base(after), after);
        let row = next.rows.iter().find(|row| row.key.person == id(OLA)).unwrap();
        let is_noted = row.notices.contains(&RowNotice::EarlierEndOpen);
        assert_eq!(is_noted, waits == 1 || newer == RowAnswer::End, "{older:?} {newer:?} {on}");
        let of_the_store = closed(&world, &used, &[account("1", Some(OLA))], late);
        assert_eq!(of_the_store.contains(&"2026-Q4".to_owned()), on < NEXT, "{older:?} {newer:?} {on}");
        // A list that is answered later says otherwise, and closes it.
        if waits == 1 {
            let list = answered(world.list(after), after);
            world.put_list_at("reviews/ahus/2027-Q2.yaml", &list);
            let used = review::merged(world.tree().reviews(), &world.rules(), &FormerKeys::new());
            let (base, judged) = (world.base(after), world.judged(&used, after));
            let open = review::open_answers(&judged, &base, &rules.register, |_| None, after).0;
            assert_eq!(open, [], "{older:?} {newer:?} {on}");
            assert!(closed(&world, &used, &[account("1", Some(OLA))], after).contains(&"2026-Q4".to_owned()));
        }
    }
}

#[test]
fn an_older_list_that_is_completed_later_than_the_newer_one_begins_to_count() {
    let late = date(2027, 1, 14);
    for (on, answer, counts) in [
        (late, Some(RowAnswer::End), true),
        (NEXT, Some(RowAnswer::End), true),
        // An answer from before the newer list was answered is replaced there.
        (date(2027, 1, 11), Some(RowAnswer::End), false),
        (late, None, false),
    ] {
        let (mut world, _) = autumn(None);
        winter(&mut world, RowAnswer::Keep { until: None });
        let first = world.judged(&BTreeSet::new(), NEXT);
        assert_eq!(first.attested.len(), 1);
        let mut used: BTreeSet<Digest> = first.attested[0].by.iter().map(|(_, digest)| *digest).collect();
        let mut list = answered(world.list(MADE), on);
        say_of_ola(&mut list, answer);
        world.put_list(&list);
        let judged = world.judged(&used, late);
        let begun: Vec<String> = judged.attested.iter().map(|one| one.quarter.to_string()).collect();
        assert_eq!(begun, if counts { vec!["2026-Q4"] } else { Vec::new() }, "{on} {answer:?}");
        assert_eq!(judged.overtaken[0].list.counts_from, counts.then_some(on), "{on} {answer:?}");
        // The due day is computed from the newer list.
        let due = judged.due[&TrustId::new("ahus").unwrap()];
        assert_eq!(due.last, Some(NEXT));
        let (base, rules) = (world.base(late), world.rules());
        let open = |judged: &JudgedReviews| {
            review::open_answers(judged, &base, &rules.register, |_| None, late).0.len()
        };
        assert_eq!(open(&judged), usize::from(counts), "{on} {answer:?}");
        // After that it is remembered like any other.
        used.extend(judged.attested.iter().flat_map(|one| &one.by).map(|(_, digest)| *digest));
        let again = world.judged(&used, late);
        assert!(again.attested.is_empty());
        assert_eq!(open(&again), usize::from(counts), "{on} {answer:?}");
    }
}

#[test]
fn what_an_earlier_review_left_open_stands_at_the_row_of_the_next_list() {
    let notices = |world: &World, used: &BTreeSet<Digest>| {
        let (base, mut list) = (world.base(NEXT), world.list(NEXT));
        review::remind(&mut list, &world.judged(used, NEXT), &base, NEXT);
        let rows = list.rows.into_iter();
        let noted = rows.filter(|row| {
            row.notices.contains(&RowNotice::EarlierEndOpen)
                || row.notices.contains(&RowNotice::EarlierChangeOpen)
        });
        noted.map(|row| (row.key.person.to_string(), row.notices)).collect::<Vec<_>>()
    };
    for (answer, notice) in [
        (RowAnswer::End, RowNotice::EarlierEndOpen),
        (RowAnswer::Keep { until: Some(date(2026, 12, 31)) }, RowNotice::EarlierEndOpen),
        (RowAnswer::Change, RowNotice::EarlierChangeOpen),
    ] {
        let (mut world, used) = autumn(Some(answer));
        assert_eq!(notices(&world, &used), [(OLA.to_owned(), vec![notice])]);
        // A list that was signed by halves asks for it too.
        assert_eq!(notices(&world, &BTreeSet::new()), [(OLA.to_owned(), vec![notice])]);
        if answer == RowAnswer::End {
            ends(&mut world, "2027-01-31");
            assert_eq!(notices(&world, &used), []);
        }
    }
    assert_eq!(notices(&autumn(Some(RowAnswer::Keep { until: None })).0, &BTreeSet::new()), []);
}
