//! A review that is evidenced by signatures, made with `ssh-keygen`.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use portvakt_core::diag::Code;
use portvakt_core::model::{Answered, Review, RowAnswer, TrustId};
use portvakt_core::review::{self, JudgedReviews};

use super::world::{LC, LEADER, LIST, World, answered, codes, id, one};
use crate::evidence::bench::{Bench, Key, NAMESPACE};

const MADE: Date = date(2026, 11, 20);
const ON: Date = date(2026, 11, 24);

struct Desk {
    bench: Bench,
    world: World,
    lc: Key,
    leader: Key,
}

impl Desk {
    fn new() -> Self {
        let bench = Bench::new();
        let (lc, leader) = (bench.ed25519("lc"), bench.ed25519("leader"));
        let mut world = World::new();
        world.edit("desired-state/register.yaml", "evidence: declared", "evidence: signature");
        let keys = format!("{LC} {}\n{LEADER} {}\n", lc.public, leader.public);
        world.put("desired-state/allowed_signers", keys);
        Self { bench, world, lc, leader }
    }

    /// Returns the signature of one reviewer of the list, over their statement.
    fn seal(&self, list: &Review, by: &str, key: &Key) -> String {
        let line = list.reviewed.iter().find(|line| line.by == id(by)).unwrap();
        self.bench.sign(key, NAMESPACE, &list.statement("smerteregisteret", line), &[])
    }

    fn judged(&mut self, list: &Review, seals: &[String]) -> JudgedReviews {
        self.world.put_list(list);
        self.world.put(&format!("{LIST}.sig"), seals.concat());
        self.world.judged(&BTreeSet::new(), ON)
    }
}

fn counts(judged: &JudgedReviews) -> bool {
    judged.due[&TrustId::new("ahus").unwrap()].last == Some(ON)
}

#[test]
fn two_sign_in_either_order_and_each_signs_only_their_own_answers() {
    let mut desk = Desk::new();
    let list = answered(desk.world.list(MADE), ON);
    // The coordinator signs before the register leader has answered.
    let mut alone = list.clone();
    alone.rows.iter_mut().filter(|row| row.key.person == id(LC)).for_each(|row| row.answered = None);
    let lc = desk.seal(&alone, LC, &desk.lc);
    let leader = desk.seal(&list, LEADER, &desk.leader);
    for seals in [[lc.clone(), leader.clone()], [leader.clone(), lc.clone()]] {
        let judged = desk.judged(&list, &seals);
        assert_eq!(codes(&judged.findings), [""; 0]);
        assert!(counts(&judged));
    }
    let merged = review::merged(desk.world.tree().reviews(), &desk.world.rules());
    assert_eq!(merged.len(), 2);
}

/// Returns a list in which the coordinator keeps one access until an earlier day.
fn shortened(desk: &Desk, on: Date) -> Review {
    let mut list = answered(desk.world.list(on), on);
    let row = list.rows.iter_mut().find(|row| row.key.person == id("ola.testesen")).unwrap();
    row.answered = Some(Answered { answer: RowAnswer::Keep { until: Some(on) }, by: id(LC) });
    list
}

/// Returns the signature of the coordinator over the statement in its earlier version, which counts a shortened row as kept.
fn seal_of_version_1(desk: &Desk, list: &Review) -> String {
    let statement = list.statements("smerteregisteret", &list.reviewed[0]);
    let earlier = statement.texts().nth(1).unwrap();
    assert!(earlier.starts_with("portvakt review statement 1\n"), "{earlier}");
    desk.bench.sign(&desk.lc, NAMESPACE, earlier, &[])
}

#[test]
fn a_list_with_a_shortened_row_is_signed_in_version_2_and_counts_as_signed_before() {
    let mut desk = Desk::new();
    let list = shortened(&desk, ON);
    let statements = list.statements("smerteregisteret", &list.reviewed[0]);
    assert!(statements.text().contains("\nkept: 2\nshortened: 1\n"), "{}", statements.text());
    let (lc, leader) = (desk.seal(&list, LC, &desk.lc), desk.seal(&list, LEADER, &desk.leader));
    let judged = desk.judged(&list, &[lc, leader.clone()]);
    assert!(counts(&judged), "{:?}", judged.findings);
    // It is remembered, and known without its file of signatures, by the text that was signed. One that counted by the
    // earlier text is still known by it.
    let by: BTreeSet<_> = judged.attested[0].by.iter().map(|(_, digest)| *digest).collect();
    let [now, before] = <[_; 2]>::try_from(statements.digests().collect::<Vec<_>>()).unwrap();
    assert!(by.contains(&now));
    desk.world.put(&format!("{LIST}.sig"), "");
    assert!(counts(&desk.world.judged(&by, ON)));
    let earlier: BTreeSet<_> =
        by.iter().map(|digest| if *digest == now { before } else { *digest }).collect();
    assert!(counts(&desk.world.judged(&earlier, ON)));
}

#[test]
fn a_new_signature_over_a_text_of_version_1_shows_no_shortened_row() {
    let mut desk = Desk::new();
    let on = date(2027, 1, 4);
    let list = shortened(&desk, on);
    let (lc, leader) = (seal_of_version_1(&desk, &list), desk.seal(&list, LEADER, &desk.leader));
    desk.world.put_list_at("reviews/ahus/2027-Q1.yaml", &list);
    desk.world.put("reviews/ahus/2027-Q1.yaml.sig", format!("{lc}{leader}"));
    let found = desk.world.judged(&BTreeSet::new(), on);
    let finding = one(&found.findings, Code::ReviewUnsigned);
    assert!(finding.message.en().contains("is over something else"), "{:?}", finding.message);
    assert!(found.attested.is_empty());
    let statement = list.statement("smerteregisteret", &list.reviewed[0]);
    let anew = desk.bench.sign(&desk.lc, NAMESPACE, &statement, &[]);
    desk.world.put("reviews/ahus/2027-Q1.yaml.sig", [anew, leader].concat());
    let found = desk.world.judged(&BTreeSet::new(), on);
    assert_eq!(found.due[&TrustId::new("ahus").unwrap()].last, Some(on));
}

#[test]
fn without_a_signature_that_covers_it_a_review_is_none() {
    let mut desk = Desk::new();
    let list = answered(desk.world.list(MADE), ON);
    let (lc, leader) = (desk.seal(&list, LC, &desk.lc), desk.seal(&list, LEADER, &desk.leader));
    let judged = desk.judged(&list, std::slice::from_ref(&lc));
    assert!(!counts(&judged));
    let finding = one(&judged.findings, Code::ReviewUnsigned);
    assert!(
        finding.message.en().contains("`leder.eksempelvik` has reviewed this list"),
        "{:?}",
        finding.message
    );
    assert_eq!(finding.place.as_ref().unwrap().text.trim(), "- {by: leder.eksempelvik, on: 2026-11-24}");
    // Another person's key cannot sign for the register leader.
    let forged =
        desk.bench.sign(&desk.lc, NAMESPACE, &list.statement("smerteregisteret", &list.reviewed[1]), &[]);
    let judged = desk.judged(&list, &[lc.clone(), forged.clone()]);
    assert!(!counts(&judged));
    assert!(one(&judged.findings, Code::ReviewUnsigned).message.en().contains("`leder.eksempelvik`"));
    assert_eq!(review::merged(desk.world.tree().reviews(), &desk.world.rules()).len(), 1);
    // An answer that is changed later was not signed.
    let mut edited = list.clone();
    let row = edited.rows.iter_mut().find(|row| row.key.person == id("ola.testesen")).unwrap();
    row.answered = Some(Answered { answer: RowAnswer::End, by: id(LC) });
    let judged = desk.judged(&edited, &[lc.clone(), leader.clone()]);
    assert!(!counts(&judged));
    assert!(one(&judged.findings, Code::ReviewUnsigned).message.en().contains("`lc.ahusen`"));
    // A row that is taken out afterwards breaks both.
    let mut shorter = list.clone();
    shorter.rows.retain(|row| row.key.person != id("ola.testesen"));
    let judged = desk.judged(&shorter, &[lc.clone(), leader.clone()]);
    assert_eq!(codes(&judged.findings), ["review-due-soon", "review-unsigned", "review-unsigned"]);
    // The signature is for another purpose.
    let statement = list.statement("smerteregisteret", &list.reviewed[0]);
    let other = desk.bench.sign(&desk.lc, "portvakt@other", &statement, &[]);
    assert!(!counts(&desk.judged(&list, &[other, leader])));
}
