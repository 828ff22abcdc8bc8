//! A tree that counts as accepted, in which the settings still name the earlier id of somebody in office. They mean the
//! person, who has the office and approves nothing of their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::{Date, date};
use portvakt_core::change::Base;
use portvakt_core::decide::{accepted_tree, check_alone, knowing};
use portvakt_core::diag::Code;
use portvakt_core::judge::{Authority, Rules, left, who_may_approve};
use portvakt_core::model::{Grant, PersonId};
use portvakt_core::review::{self, ReviewCase};

use crate::review::world::{LC, LEADER, World, answered, id, person};

const NOW: &str = "leder.nylund";
const FILE: &str = "desired-state/ahus/leder.nylund.yaml";
const TODAY: Date = date(2026, 11, 24);

/// The register leader is called something else since March, and `register.yaml` does not say so.
fn world() -> World {
    let mut world = World::new();
    let by = "approved: {by: nasjonal.eksempelvik, on: 2026-03-02, identity: known}";
    let previously = format!("previously: {{person: {LEADER}, {by}}}\n");
    world.put(FILE, person(NOW, 100_089, "LU", "nasjonal.eksempelvik", "2026-02-05", &previously));
    world
}

fn accepted(world: &World) -> (Arc<Rules>, Base) {
    let (tree, rules) = (world.tree(), Arc::new(world.rules()));
    let base = accepted_tree(&tree, &rules.register, TODAY).base;
    (knowing(&rules, &base.renamed), base)
}

fn grant_of(base: &Base, person: &str) -> Grant {
    base.people[&id(person)].grants.values().next().unwrap().grant.clone()
}

#[test]
fn an_office_under_an_earlier_id_is_the_persons() {
    let (rules, base) = accepted(&world());
    let may =
        |person: &str| who_may_approve(&rules, &base, &grant_of(&base, person), &BTreeSet::new(), TODAY);
    let others = may("ola.testesen");
    assert!(others.contains(&id(NOW)) && !others.contains(&id(LEADER)), "{others:?}");
    // Nobody approves their own access, under any id.
    let own = may(NOW);
    assert!(own.contains(&id("nasjonal.eksempelvik")), "{own:?}");
    assert!(!own.contains(&id(NOW)) && !own.contains(&id(LEADER)), "{own:?}");
    let authority = Authority::on(&rules.register, &base, &[TODAY]);
    let national = left::administrators(&rules, &authority);
    assert!(national.contains(&id(NOW)) && !national.contains(&id(LEADER)), "{national:?}");
}

#[test]
fn whoever_has_left_under_a_new_id_has_no_office_under_the_earlier_one() {
    let mut world = world();
    world.edit(FILE, "from: 2026-02-05\n", "from: 2026-02-05\n    until: 2026-06-30\n");
    let (rules, base) = accepted(&world);
    let authority = Authority::on(&rules.register, &base, &[TODAY]);
    let people: BTreeSet<&PersonId> = authority.iter().map(|(person, _)| person).collect();
    assert!(!people.contains(&id(NOW)) && !people.contains(&id(LEADER)), "{people:?}");
    assert!(people.contains(&id(LC)), "{people:?}");
}

#[test]
fn an_answer_in_a_review_counts_under_either_id() {
    for by in [LEADER, NOW] {
        let mut world = world();
        let mut list = answered(world.list(date(2026, 11, 20)), TODAY);
        let rows = list.rows.iter_mut().filter_map(|row| row.answered.as_mut());
        rows.filter(|answered| answered.by == id(LEADER)).for_each(|answered| answered.by = id(by));
        list.reviewed.iter_mut().filter(|line| line.by == id(LEADER)).for_each(|line| line.by = id(by));
        world.put_list(&list);
        let (rules, base) = accepted(&world);
        let (tree, used, first) = (world.tree(), BTreeSet::new(), review::oldest(&base, TODAY));
        let case = ReviewCase::of_files(tree.reviews(), &rules, &base, &used, &first, TODAY);
        let judged = review::judge_all(&case);
        assert_eq!(judged.attested.len(), 1, "{by}: {:?}", judged.findings);
        // A check of the tree by itself says the same.
        let told = check_alone(&tree, TODAY).findings;
        assert!(told.iter().all(|finding| finding.code != Code::ReviewerNotEntitled), "{by}: {told:?}");
    }
}

#[test]
fn an_id_that_still_has_a_file_is_no_earlier_id() {
    let mut world = world();
    world.put("desired-state/ahus/leder.eksempelvik.yaml", "person: [\n");
    let (rules, base) = accepted(&world);
    let authority = Authority::on(&rules.register, &base, &[TODAY]);
    assert!(base.renamed.is_empty() && authority.knows(&id(LEADER)) && !authority.knows(&id(NOW)));
}
