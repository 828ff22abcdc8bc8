//! Tests reviews of a user list in passes: which accesses wait for one, what is recorded of it, and that the record
//! stays.

mod forge;

use jiff::civil::Date;
use portvakt_core::decide::{Scope, accepted_tree, rules_of};
use portvakt_core::diag::{Code, Lang};
use portvakt_core::model::{Answered, FilePath, Review, ReviewedBy, RowAnswer, TrustId};
use portvakt_core::review::{self, ReviewState, Start};

use crate::pass::asked::pass_on_the_way;
use crate::pass::fixture::*;
use crate::pass::store::cut_pass;

const WAITS: &str = "new-access-waits-for-review";

/// Ahus with a coordinator and a nurse, where reviews are asked for since the first of March.
fn world() -> World {
    World::new(tree())
}

fn tree() -> Tree {
    let mut tree = Tree::with(&[file("ahus", "ola.testesen", [lu(AHUS, "R1", LC_AHUS)])]);
    let from = "review_months: 3\n";
    tree.edit("desired-state/register.yaml", from, "review_months: 3\nreviews_from: 2026-03-01\n");
    tree
}

fn new(person: &str, request: &str, by: &str, day: &str) -> File {
    file("ahus", person, [lu(AHUS, request, by).from(day).on(day)])
}

/// Returns the list of Ahus, made and answered on a day. The register leader answers the coordinator's row.
fn list(world: &World, day: &str) -> (String, String) {
    let (snapshot, today): (_, Date) = (world.tree.snapshot(), day.parse().unwrap());
    let rules = rules_of(&snapshot).unwrap();
    let base = accepted_tree(&snapshot, &rules.register, today).base;
    let trust = TrustId::new("ahus").unwrap();
    let mut list: Review =
        review::start(&Start { rules: &rules, base: &base, trust: &trust, tree: snapshot.digest(), today });
    // A person who waits has no row, because the list has only people with access.
    list.rows.retain(|row| world.has(row.key.person.as_str()));
    for row in &mut list.rows {
        let by = if row.key.person == person(LC_AHUS) { LEADER } else { LC_AHUS };
        row.answered = Some(Answered { answer: RowAnswer::Keep { until: None }, by: person(by) });
    }
    list.reviewed = [LC_AHUS, LEADER].map(|by| ReviewedBy { by: person(by), on: today }).to_vec();
    let path = format!("reviews/ahus/{}.yaml", list.quarter);
    (path, review::written(&list, Lang::Nb, |person| person.to_string(), |_| Vec::new()))
}

fn waits(decided: &portvakt_core::decide::Decided) -> bool {
    let refused = decided.unsettled.refused.values();
    refused.flat_map(|(_, refusal)| &refusal.finding.policies).any(|policy| policy == WAITS)
}

/// Returns whether a finding of this code is about Ahus. Fonna is never reviewed here.
fn told(decided: &portvakt_core::decide::Decided, code: Code) -> bool {
    decided.findings.iter().any(|finding| finding.code == code && finding.message.en().contains("Ahus HF"))
}

fn recorded(world: &World) -> Vec<String> {
    entries(world, "SELECT body FROM ledger WHERE kind = 'reviewed' ORDER BY seq")
}

fn closings(world: &World) -> Vec<String> {
    entries(world, "SELECT body FROM ledger WHERE kind = 'review-closed' ORDER BY seq")
}

fn entries(world: &World, question: &str) -> Vec<String> {
    let mut statement = world.register.connection().prepare_cached(question).unwrap();
    statement.query_all([], |row| row.get(0)).unwrap()
}

#[test]
fn new_access_waits_for_a_review_that_is_overdue_by_a_month_and_comes_with_it() {
    let mut world = world();
    world.day("2026-07-01").put(&new("ny.foer", "R2", LC_AHUS, "2026-07-01"));
    let decided = world.pass();
    assert!(world.has("ny.foer") && told(&decided, Code::ReviewOverdue));
    world.day("2026-07-02").put(&new("ny.testesen", "R3", LC_AHUS, "2026-07-02"));
    world.put(&new("ny.lederesen", "R4", LEADER, "2026-07-02"));
    let decided = world.pass();
    assert!(told(&decided, Code::ReviewEscalated) && waits(&decided));
    let mut refused = decided.unsettled.refused.values().map(|(_, refusal)| &refusal.finding);
    let waiting = refused.find(|finding| finding.policies.iter().any(|policy| policy == WAITS)).unwrap();
    let way_out = waiting.way_out.en();
    assert!(
        way_out.starts_with("Review the user list first: `portvakt review start --trust ahus`")
            && way_out.contains("Could be approved by"),
        "{way_out}"
    );
    let state = |decided: &portvakt_core::decide::Decided| {
        let reviews = decided.reviews.due.as_ref();
        reviews.map(|reviews| reviews[&TrustId::new("ahus").unwrap()].state)
    };
    assert_eq!(state(&decided), Some(ReviewState::Escalated));
    assert!(!world.has("ny.testesen") && world.has("ny.lederesen") && world.has("ola.testesen"));
    // A pass over one file knows it too.
    let path = FilePath::new("desired-state/ahus/ny.seinere.yaml");
    world.put(&new("ny.seinere", "R5", LC_AHUS, "2026-07-02"));
    let partial = world.pass_over(&Scope::Files([path].into()));
    assert!(waits(&partial));
    assert_eq!(state(&partial), None);
    assert!(!world.has("ny.seinere") && recorded(&world).is_empty());

    let (path, text) = list(&world, "2026-07-02");
    assert_eq!(path, "reviews/ahus/2026-Q3.yaml");
    world.tree.raw(&path, &text);
    let decided = world.pass();
    assert!(!waits(&decided) && !told(&decided, Code::ReviewEscalated));
    assert_eq!(decided.reviews.attested.len(), 1);
    assert!(world.has("ny.testesen") && world.has("ny.seinere"));
    world.quiet();
    let recorded = recorded(&world);
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert!(recorded[0].contains("\"quarter\":\"2026-Q3\"") && recorded[0].contains("\"trust\":\"ahus\""));
    assert!(!recorded[0].contains("lc.ahusen") && !recorded[0].contains("leder"), "{recorded:?}");
    world.ledger_holds();
}

#[test]
fn an_extension_that_waits_for_a_review_is_accepted_with_it_although_the_access_has_ended() {
    // What comes back is what was seen in time. Other words, with the same approval, use the request again.
    for (until, comes) in [("2026-09-30", true), ("2026-10-31", false)] {
        let ending = |entry: Entry| file("ahus", "slutter.testesen", [entry]);
        let access = || lu(AHUS, "R2", LC_AHUS).until("2026-07-05");
        let mut tree = tree();
        tree.put(&ending(access()));
        let mut world = World::new(tree);
        let account = world.account("slutter.testesen").unwrap().id;
        world.day("2026-07-02").put(&ending(access().until("2026-09-30").on("2026-07-02")));
        let decided = world.pass();
        assert!(waits(&decided) && world.has("slutter.testesen"));
        let mut refused = decided.unsettled.refused.values().map(|(_, refusal)| &refusal.finding);
        assert!(refused.any(|finding| finding.way_out.en().contains("this gives it again then")));
        world.day("2026-07-06");
        for _ in 0..2 {
            assert!(waits(&world.pass()) && !world.has("slutter.testesen"), "its end acts");
        }
        world.put(&ending(access().until(until).on("2026-07-02")));
        let (path, text) = list(&world, "2026-07-06");
        world.tree.raw(&path, &text);
        world.pass();
        world.pass();
        assert_eq!(world.has("slutter.testesen"), comes, "{until}");
        if comes {
            assert_ne!(
                world.account("slutter.testesen").unwrap().id,
                account,
                "a closed account stays closed"
            );
        }
        world.ledger_holds();
    }
}

/// A world where an extension waits for the review that is overdue. Returns the file before and with it as well.
fn with_an_extension_that_waits() -> (World, File, File) {
    let access = || lu(AHUS, "R2", LC_AHUS).until("2026-07-05");
    let file = |entry: Entry| file("ahus", "slutter.testesen", [entry]);
    let (ending, longer) = (file(access()), file(access().until("2026-09-30").on("2026-07-02")));
    let mut tree = tree();
    tree.put(&ending);
    let mut world = World::new(tree);
    world.day("2026-07-02").put(&longer);
    assert!(waits(&world.pass()));
    (world, ending, longer)
}

#[test]
fn an_extension_that_waits_is_not_forgotten_at_a_commit_on_the_way_that_lacks_it() {
    let (mut world, ending, longer) = with_an_extension_that_waits();
    world.day("2026-07-06").put(&ending);
    pass_on_the_way(&mut world, &longer);
    assert!(!world.has("slutter.testesen"), "its end acts");
    world.put(&longer);
    let (path, text) = list(&world, "2026-07-06");
    world.tree.raw(&path, &text);
    world.pass();
    world.pass();
    assert!(world.has("slutter.testesen"));
    world.ledger_holds();
}

#[test]
fn an_extension_that_waits_is_not_forgotten_while_its_file_is_missing_or_in_error() {
    for wrong in [None, Some("x: [\n")] {
        let (mut world, _, longer) = with_an_extension_that_waits();
        match wrong {
            Some(text) => world.tree.raw("desired-state/ahus/slutter.testesen.yaml", text),
            None => world.tree.remove("ahus", "slutter.testesen"),
        }
        world.day("2026-07-06").pass();
        assert!(!world.has("slutter.testesen"), "its end acts");
        world.put(&longer);
        let (path, text) = list(&world, "2026-07-06");
        world.tree.raw(&path, &text);
        world.pass();
        world.pass();
        assert!(world.has("slutter.testesen"), "{wrong:?}");
        world.ledger_holds();
    }
}

#[test]
fn a_review_that_counted_stands_when_its_reviewer_leaves_and_after_a_restart() {
    let mut world = world();
    world.day("2026-05-20");
    let (path, text) = list(&world, "2026-05-20");
    world.tree.raw(&path, &text);
    assert_eq!(world.pass().reviews.attested.len(), 1);
    world.tree.remove("ahus", LC_AHUS);
    world.pass();
    assert!(!world.has(LC_AHUS));
    world.restart();
    // Without it the review would have been due on the first of June.
    let decided = world.day("2026-08-05").pass();
    assert!(!told(&decided, Code::ReviewDueSoon) && decided.reviews.attested.is_empty());
    assert!(told(&world.day("2026-08-06").pass(), Code::ReviewDueSoon));
    assert!(told(&world.day("2026-08-21").pass(), Code::ReviewOverdue));
}

#[test]
fn a_baseline_accepts_the_reviews_of_the_tree() {
    let mut world = world();
    let (path, text) = list(&world, "2026-03-02");
    world.tree.raw(&path, &text);
    world.baseline("2026-03-02");
    // The list is older than 31 days when a pass reads it first.
    let decided = world.day("2026-05-04").pass();
    assert!(decided.reviews.attested.is_empty());
    assert!(!codes(&decided).contains(&Code::ReviewUnsigned) && !told(&decided, Code::ReviewDueSoon));
    assert!(told(&world.day("2026-05-20").pass(), Code::ReviewDueSoon));
}

#[test]
fn a_review_takes_nothing_away_and_what_it_ends_is_told_until_the_files_say_so() {
    let mut world = world_that_ends_ola();
    let decided = world.pass();
    assert!(world.has("ola.testesen") && codes(&decided).contains(&Code::ReviewAnswersOpen));
    world.tree.remove("ahus", "ola.testesen");
    let decided = world.pass();
    assert!(!world.has("ola.testesen") && !codes(&decided).contains(&Code::ReviewAnswersOpen));
}

/// Returns the world on 20 May with a list that ends Ola's access.
fn world_that_ends_ola() -> World {
    let mut world = world();
    world.day("2026-05-20");
    let (path, text) = list(&world, "2026-05-20");
    let end = text.replacen(
        "answer: keep\n    answered_by: lc.ahusen",
        "answer: end\n    answered_by: lc.ahusen",
        1,
    );
    assert_ne!(end, text);
    world.tree.raw(&path, &end);
    world
}

#[test]
fn a_review_is_closed_by_the_whole_pass_that_reads_its_ends_back() {
    let mut world = world_that_ends_ola();
    world.pass();
    assert_eq!((recorded(&world).len(), closings(&world).len()), (1, 0));
    world.tree.remove("ahus", "ola.testesen");
    world.pass();
    // This pass has taken it away, and has not read that yet.
    assert!(!world.has("ola.testesen") && closings(&world).is_empty());
    // A pass over some files has not read the whole store.
    world.pass_over(&Scope::Files([FilePath::new("desired-state/ahus/lc.ahusen.yaml")].into()));
    assert!(closings(&world).is_empty());
    // A store whose list of accounts was cut off has not closed one either.
    assert!(cut_pass(&mut world, None).reviews.closed.is_empty() && closings(&world).is_empty());
    // A person has opened an account by hand, and no file names it.
    world.sql(
        "INSERT INTO account (id, name, active, opened) VALUES ('fremmed-1', 'Fremmed', 1, '2020-01-01');
         INSERT INTO access (account, application, unit, role, granted)
             VALUES ('fremmed-1', 'smerteregisteret', 100089, 'LU', '2020-01-01');",
    );
    let decided = world.pass();
    assert_eq!(decided.reviews.closed.len(), 1);
    let closed = closings(&world);
    let [body] = &closed[..] else { panic!("{closed:?}") };
    assert!(body.contains("\"quarter\":\"2026-Q2\"") && body.contains("\"trust\":\"ahus\""), "{body}");
    assert!(
        body.contains("\"named-by-no-file\":[\"fremmed-1\"]") && !body.contains("ola.testesen"),
        "{body}"
    );
    world.pass();
    world.quiet();
    world.restart();
    world.quiet();
    assert_eq!(closings(&world).len(), 1);
    world.ledger_holds();
}

#[test]
fn an_end_that_is_still_to_come_keeps_a_review_from_being_closed() {
    let mut world = world_that_ends_ola();
    world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-05-25")]));
    world.pass();
    let decided = world.day("2026-05-25").pass();
    assert!(world.has("ola.testesen") && !codes(&decided).contains(&Code::ReviewAnswersOpen));
    assert!(closings(&world).is_empty());
    world.day("2026-05-26").pass();
    assert!(!world.has("ola.testesen") && closings(&world).is_empty());
    world.pass();
    assert_eq!(closings(&world).len(), 1);
}

#[test]
fn a_review_that_asks_for_nothing_is_closed_with_it() {
    let mut world = world();
    world.day("2026-05-20");
    let (path, text) = list(&world, "2026-05-20");
    world.tree.raw(&path, &text);
    world.pass();
    assert_eq!((recorded(&world).len(), closings(&world).len()), (1, 1));
    world.quiet();
}

#[test]
fn a_review_that_a_newer_one_overtakes_is_closed_when_what_it_ends_is_read_back() {
    let mut world = world_that_ends_ola();
    world.put(&file("ahus", "ola.testesen", [lu(AHUS, "R1", LC_AHUS).until("2026-07-15")]));
    world.pass();
    world.day("2026-07-02");
    let (path, text) = list(&world, "2026-07-02");
    world.tree.raw(&path, &text);
    let decided = world.pass();
    assert_eq!((recorded(&world).len(), closings(&world).len()), (2, 1));
    assert!(closings(&world)[0].contains("\"quarter\":\"2026-Q3\""));
    let trust = TrustId::new("ahus").unwrap();
    let newest = decided.reviews.lists[&trust].counted.unwrap();
    assert_eq!((newest.quarter.to_string(), newest.closed), ("2026-Q3".to_owned(), Some(true)));
    let [waits] = &decided.reviews.overtaken[&trust][..] else { panic!("{:?}", decided.reviews) };
    let named = [waits.quarter.to_string(), waits.overtaken_by.to_string()];
    assert_eq!((named, waits.waits), (["2026-Q2".to_owned(), "2026-Q3".to_owned()], 1));
    world.restart();
    // This pass takes it away, and the next one has read that.
    let decided = world.day("2026-07-16").pass();
    assert!(!world.has("ola.testesen") && decided.reviews.overtaken.contains_key(&trust));
    assert_eq!(closings(&world).len(), 1);
    let decided = world.pass();
    assert!(decided.reviews.overtaken.is_empty());
    let closed = closings(&world);
    assert!(closed.len() == 2 && closed[1].contains("\"quarter\":\"2026-Q2\""), "{closed:?}");
    world.quiet();
    world.ledger_holds();
}
