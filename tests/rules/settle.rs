//! Tests the change of the rules that a tree proposes: the values that must be read for it, and the decision by those
//! values.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use portvakt_core::change::Base;
use portvakt_core::decide::{
    Adoptable, AttributesFound, FileReviews, KnownPolicyProofs, OfTree, Proposed, RuleChange,
    SettlingGrounds, SettlingNeeds, reviewed_files, rules_of, served_requests, settle,
};
use portvakt_core::diag::Code;
use portvakt_core::judge::{Rules, Used};
use portvakt_core::model::{Digest, FilePath, ForgeApproval, ReviewCircumstances, ReviewedChange};
use portvakt_core::tree::Snapshot;

use crate::review::world::{LEADER, World, id, path};

const REGISTER: &str = "desired-state/register.yaml";
const KEYS: &str = "desired-state/allowed_signers";
const MANAGER: &str = "system.eksempelvik";
const FORGE: &str = "evidence: forge\nforge: {kind: github, api: \"https://api.example.no\", project: clinic/access, branch: main, accounts: {11: leder.eksempelvik, 12: system.eksempelvik}}";

/// A register whose evidence is the forge, and a change of it.
struct Change {
    before: Snapshot,
    tree: Snapshot,
    base: Base,
    adoptable: Option<Adoptable>,
    releases: BTreeSet<Digest>,
    used: Used,
    reviews: FileReviews,
}

impl Change {
    fn of(edits: &[(&str, &str)]) -> Self {
        let mut world = World::new();
        world.edit(REGISTER, "evidence: declared", FORGE);
        let (before, base) = (world.tree(), world.base(Self::today()));
        for (from, to) in edits {
            world.edit(REGISTER, from, to);
        }
        Self {
            before,
            tree: world.tree(),
            base,
            adoptable: None,
            releases: BTreeSet::new(),
            used: Used::new(),
            reviews: FileReviews::new(),
        }
    }

    fn today() -> Date {
        date(2026, 11, 10)
    }

    fn accepted(&self) -> Rules {
        rules_of(&self.before).unwrap()
    }

    fn proposed(&self) -> OfTree {
        rules_of(&self.tree).map(Arc::new)
    }

    fn grounds(&self) -> SettlingGrounds<'_> {
        SettlingGrounds {
            tree: &self.tree,
            in_office: &self.base,
            everybody: &self.base,
            in_force: Some(&self.before),
            attributes: AttributesFound::Known,
            adoptable: self.adoptable.as_ref(),
            releases: &self.releases,
            used: &self.used,
            proofs: KnownPolicyProofs::Unknown,
            reviews: &self.reviews,
            today: Self::today(),
            told: Self::today(),
        }
    }

    fn needs(&self) -> SettlingNeeds {
        SettlingNeeds::of(&self.accepted(), &self.proposed())
    }

    fn asked(&self) -> Vec<FilePath> {
        reviewed_files(&self.accepted(), &self.proposed(), &self.grounds())
    }

    fn settled(&self) -> RuleChange {
        settle(&self.accepted(), self.proposed(), &self.grounds())
    }

    /// These people have approved the change of the register on the forge.
    fn approved(mut self, people: &[&str]) -> Self {
        let approval = |by: &&str| ReviewedChange {
            review: ForgeApproval { by: id(by), request: 7, head: "1a2b".to_owned() },
            old: Some(Arc::clone(&self.before.settings().register)),
            new: Some(Arc::clone(&self.tree.settings().register)),
            circumstances: ReviewCircumstances {
                given: Some("2026-10-20T10:00:00Z".parse().unwrap()),
                is_whole: true,
                later: Vec::new(),
            },
        };
        self.reviews = [(path(REGISTER), people.iter().map(approval).collect())].into();
        self
    }

    /// Two have approved the change of the register, and then this is so of each of the approvals.
    fn approved_but(edits: &[(&str, &str)], but: impl Fn(usize, &mut ReviewedChange)) -> Self {
        let mut change = Self::of(edits).approved(&[LEADER, MANAGER]);
        for (number, approval) in change.reviews.values_mut().flatten().enumerate() {
            but(number, approval);
        }
        change
    }

    fn is_released(&self) -> bool {
        matches!(self.settled().proposed, Proposed::Released(..))
    }
}

fn codes(change: &RuleChange) -> BTreeSet<Code> {
    change.findings.iter().map(|finding| finding.code).collect()
}

const NAMED: (&str, &str) = ("name: Smerteregisteret", "name: Det nye smerteregisteret");
const CLOSED: (&str, &str) = (", 200089: Ski", "");

/// While the clock is behind, two days are in question. Whoever was in office on one of them only decides nothing.
#[test]
fn whoever_approves_is_in_office_on_both_days_of_a_clock_that_went_back() {
    let change = Change::of(&[NAMED]).approved(&["leder.eksempelvik", MANAGER]);
    assert!(matches!(change.settled().proposed, Proposed::Released(..)));
    let before_their_office = date(2014, 12, 31);
    for (today, told) in [(Change::today(), before_their_office), (before_their_office, Change::today())] {
        let grounds = SettlingGrounds { today, told, ..change.grounds() };
        let settled = settle(&change.accepted(), change.proposed(), &grounds);
        assert!(matches!(settled.proposed, Proposed::Held(_)), "{today} and {told}: {:?}", codes(&settled));
    }
}

#[test]
fn rules_that_are_in_force_need_nothing_to_be_read() {
    let change = Change::of(&[]);
    let needs = change.needs();
    assert!(!needs.everybody && !needs.in_force && needs.adopted.is_empty(), "{needs:?}");
    assert!(change.asked().is_empty());
    assert!(matches!(change.settled().proposed, Proposed::Same));
}

#[test]
fn everybody_is_read_where_accesses_could_lose_what_they_rest_on() {
    let needs = Change::of(&[NAMED]).needs();
    assert!(!needs.everybody && needs.in_force, "{needs:?}");
    assert!(Change::of(&[CLOSED]).needs().everybody);
}

#[test]
fn accounts_are_read_where_they_would_be_adopted_and_were_not_before() {
    let adopted = ("adopt: {}", "adopt: {konto-1: kari.testesen}");
    let mut change = Change::of(&[adopted]);
    let needs = change.needs();
    assert_eq!(needs.adopted.values().collect::<Vec<_>>(), [&id("kari.testesen")]);
    // A check knows of no account. A pass has looked, and there is none.
    assert!(!codes(&change.settled()).contains(&Code::AdoptedTaken));
    change.adoptable = Some(Adoptable::default());
    let settled = change.settled();
    assert!(codes(&settled).contains(&Code::AdoptedTaken), "{:?}", settled.findings);
    assert!(matches!(settled.proposed, Proposed::Invalid(_)));
}

#[test]
fn the_forge_is_asked_about_what_changed_and_only_where_an_approval_would_count() {
    assert_eq!(Change::of(&[NAMED]).asked(), [path(REGISTER)]);
    for refused in [CLOSED, ("name: Smerteregisteret\n", "name: Smerteregisteret # \u{200b}\n")] {
        let change = Change::of(&[refused]);
        assert!(change.asked().is_empty(), "{refused:?}");
        let settled = change.approved(&[LEADER, MANAGER]).settled();
        let Proposed::Invalid(why) = settled.proposed else { panic!("{refused:?}") };
        assert!(why.iter().all(|finding| settled.findings.contains(finding)));
        assert!(settled.consent.is_none() && !why.is_empty());
    }
}

#[test]
fn two_who_approved_the_change_put_it_in_force() {
    let held = Change::of(&[NAMED]).approved(&[LEADER]).settled();
    assert!(matches!(held.proposed, Proposed::Held(_)), "{:?}", held.findings);
    let given = Change::of(&[NAMED]).approved(&[LEADER, MANAGER]).settled();
    assert!(matches!(given.proposed, Proposed::Released(..)), "{:?}", given.findings);
    assert_eq!(given.consent.unwrap().by, [id(LEADER), id(MANAGER)].into());
}

/// An approval is of one step: from what is in force to what the tree has, in one request, as the last of the branch.
#[test]
fn an_approval_of_another_step_of_the_settings_is_none_of_this_one() {
    let bytes = |text: &str| -> Option<Arc<[u8]>> { Some(text.as_bytes().into()) };
    let now = |change: &ReviewedChange| change.new.clone();
    assert!(Change::approved_but(&[NAMED], |_, _| {}).is_released());
    // Something else was in force, or is proposed.
    assert!(!Change::approved_but(&[NAMED], |_, change| change.old = None).is_released());
    assert!(!Change::approved_but(&[NAMED], |_, change| change.old = now(change)).is_released());
    assert!(!Change::approved_but(&[NAMED], |_, change| change.new = bytes("other")).is_released());
    // It was taken back since, and somebody has put it there again.
    for later in [vec![None], vec![bytes("other")], vec![bytes("other"), None]] {
        let change = Change::approved_but(&[NAMED], |_, change| {
            change.circumstances.later = [vec![now(change)], later.clone()].concat();
        });
        assert!(!change.is_released(), "{later:?}");
    }
    // A part of the request has not come, or is not there any more.
    assert!(!Change::approved_but(&[NAMED], |_, change| change.circumstances.is_whole = false).is_released());
    // Two requests have one approval each.
    let apart = Change::approved_but(&[NAMED], |number, change| change.review.request += number as u64);
    let settled = apart.settled();
    assert!(matches!(settled.proposed, Proposed::Held(_)));
    assert_eq!(settled.consent.unwrap().by.len(), 1);
}

/// A request that has not changed all of it stands for no part of it.
#[test]
fn two_halves_that_were_approved_in_two_requests_are_not_put_together() {
    let of = |requests: [u64; 2]| {
        let mut change = Change::of(&[NAMED]);
        let mut world = World::new();
        world.edit(REGISTER, "evidence: declared", FORGE);
        world.edit(REGISTER, NAMED.0, NAMED.1);
        world.put(KEYS, "# nobody has a key yet\n");
        change.tree = world.tree();
        assert_eq!(change.asked(), [path(KEYS), path(REGISTER)]);
        let mut change = change.approved(&[LEADER, MANAGER]);
        let mut keys = change.reviews[&path(REGISTER)].clone();
        for approval in &mut keys {
            approval.old = None;
            approval.new = Some(Arc::clone(&change.tree.settings().allowed_signers));
            approval.review.request = requests[1];
        }
        change.reviews.values_mut().flatten().for_each(|approval| approval.review.request = requests[0]);
        change.reviews.insert(path(KEYS), keys);
        change
    };
    assert!(of([7, 7]).is_released());
    assert!(!of([7, 8]).is_released());
    let mut half = of([7, 7]);
    half.reviews.remove(&path(KEYS));
    assert!(!half.is_released());
}

#[test]
fn an_approval_on_the_forge_is_as_old_as_a_signature_may_be() {
    // It is the 10th of November, in Oslo.
    for (given, counts) in [
        (Some("2026-10-09T21:59:59Z"), false),
        (Some("2026-10-09T22:00:00Z"), true),
        (Some("2026-11-10T23:30:00Z"), true),
        (Some("2026-05-10T10:00:00Z"), false),
        (None, false),
    ] {
        let given: Option<Timestamp> = given.map(|given| given.parse().unwrap());
        let change = Change::approved_but(&[NAMED], |_, change| change.circumstances.given = given);
        assert_eq!(change.is_released(), counts, "{given:?}");
    }
    let one = Change::approved_but(&[NAMED], |number, change| {
        change.circumstances.given = change.circumstances.given.filter(|_| number == 0);
    });
    assert_eq!(one.settled().consent.unwrap().by, [id(LEADER)].into());
}

#[test]
fn a_request_that_has_put_settings_in_force_does_not_do_so_again() {
    let mut change = Change::of(&[NAMED]).approved(&[LEADER, MANAGER]);
    let Proposed::Released(new, statements) = change.settled().proposed else { panic!() };
    let remembered = served_requests(&change.accepted(), &new, &change.reviews);
    assert_eq!(remembered.iter().copied().collect::<Vec<_>>(), statements);
    change.used.extend(remembered);
    assert!(!change.is_released());
    // Another request for the same settings does, and this one for others.
    change.reviews.values_mut().flatten().for_each(|approval| approval.review.request = 8);
    assert!(change.is_released());
    let mut other = Change::of(&[("name: Smerteregisteret", "name: Et annet smerteregister")])
        .approved(&[LEADER, MANAGER]);
    other.used = change.used;
    assert!(other.is_released());
}

/// A tree that an earlier version has digested without the files `.gitattributes` is not approved again.
#[test]
fn attributes_that_were_there_when_this_version_came_are_those_in_force() {
    let mut change = Change::of(&[]);
    let mut world = World::new();
    world.edit(REGISTER, "evidence: declared", FORGE);
    world.put("desired-state/.gitattributes", "* text=auto\n");
    change.tree = world.tree();
    assert!(matches!(change.settled().proposed, Proposed::Held(_)));
    let (accepted, proposed) = (change.accepted(), change.proposed());
    let earlier = SettlingGrounds { attributes: AttributesFound::NotYet, ..change.grounds() };
    let settled = settle(&accepted, proposed, &earlier);
    assert!(matches!(settled.proposed, Proposed::Released(_, ref statements) if statements.is_empty()));
}
