//! A review that is evidenced by signatures, made with `ssh-keygen`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::{Date, date};
use portvakt_core::decide::{ChangeToCheck, EarlierVersions, Past, check_against, replaced_in_newest};
use portvakt_core::diag::{Code, Finding};
use portvakt_core::evidence::Signers;
use portvakt_core::model::{Answered, Digest, FilePath, PersonId, RequestId, Review, RowAnswer, TrustId};
use portvakt_core::review::{self, FormerKeys, JudgedReviews, ReviewCase};

use super::world::{LC, LEADER, LIST, World, answered, codes, id, one, path};
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
    let merged = review::merged(desk.world.tree().reviews(), &desk.world.rules(), &FormerKeys::new());
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
    assert_eq!(review::merged(desk.world.tree().reviews(), &desk.world.rules(), &FormerKeys::new()).len(), 1);
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

/// The states of some files on a branch, oldest first.
#[derive(Debug, Default)]
struct Line(BTreeMap<FilePath, Vec<Arc<[u8]>>>);

impl Line {
    fn then(mut self, name: &str, bytes: &str) -> Self {
        self.0.entry(path(name)).or_default().push(bytes.as_bytes().into());
        self
    }
}

impl Past for Line {
    fn versions(&self, path: &FilePath) -> Result<Vec<Arc<[u8]>>, Finding> {
        Ok(self.0.get(path).into_iter().flatten().rev().cloned().collect())
    }
    fn naming(&self, _: &BTreeSet<RequestId>, _: &BTreeSet<PersonId>) -> Result<EarlierVersions, Finding> {
        Ok(Vec::new())
    }
    fn settings_statements(&self, _: &str) -> Result<BTreeSet<Digest>, Finding> {
        Ok(BTreeSet::new())
    }
}

/// Returns the codes about reviews of a check of the change between two trees.
fn checked(before: &World, after: &World, past: &Line) -> Vec<&'static str> {
    let (base, tree) = (before.tree(), after.tree());
    codes(
        &check_against(&ChangeToCheck { base: &base, tree: &tree, past, reviews: None, today: ON }).findings,
    )
}

/// Puts a list with its signatures into a tree, and returns both texts.
fn put(world: &mut World, list: &Review, seals: &[&String]) -> (String, String) {
    let seals: String = seals.iter().map(|seal| seal.as_str()).collect();
    world.put_list(list);
    world.put(&format!("{LIST}.sig"), &seals);
    (String::from_utf8(world.0[&path(LIST)].clone()).unwrap(), seals)
}

#[test]
fn an_earlier_statement_of_a_reviewer_counts_no_more_after_a_later_one() {
    let desk = Desk::new();
    let kept = answered(desk.world.list(MADE), ON);
    let mut ended = kept.clone();
    let row = ended.rows.iter_mut().find(|row| row.key.person == id("ola.testesen")).unwrap();
    row.answered = Some(Answered { answer: RowAnswer::End, by: id(LC) });
    let (lc, leader) = (desk.seal(&kept, LC, &desk.lc), desk.seal(&kept, LEADER, &desk.leader));
    let later = desk.seal(&ended, LC, &desk.lc);
    let (mut before, mut after) = (desk.world.clone(), desk.world.clone());
    let (new, new_seals) = put(&mut before, &ended, &[&later, &leader]);
    let (old, old_seals) = put(&mut after, &kept, &[&lc, &leader]);
    // A pass knows it from its ledger.
    let of = |list: &Review, line: usize| {
        Digest::of(list.statement("smerteregisteret", &list.reviewed[line]).as_bytes())
    };
    let used = BTreeSet::from([of(&kept, 0), of(&kept, 1), of(&ended, 0)]);
    let (tree, rules, base) = (after.tree(), after.rules(), after.base(ON));
    let first = review::oldest(&base, ON);
    let case = ReviewCase::of_files(tree.reviews(), &rules, &base, &used, &first, ON);
    assert!(counts(&review::judge_all(&case)));
    let replaced = BTreeSet::from([of(&kept, 0)]);
    let judged = review::judge_all(&ReviewCase { replaced: &replaced, ..case });
    assert!(!counts(&judged) && judged.attested.is_empty());
    let told = one(&judged.findings, Code::ReviewUnsigned).message.en();
    assert!(told.contains("`lc.ahusen`") && told.contains("a later review of this list"), "{told}");
    // A check knows it from the branch, also if the earlier list was merged again.
    let sig = format!("{LIST}.sig");
    let line =
        Line::default().then(LIST, &old).then(&sig, &old_seals).then(LIST, &new).then(&sig, &new_seals);
    assert!(checked(&before, &after, &line).contains(&"review-unsigned"));
    assert!(!checked(&after, &before, &line).contains(&"review-unsigned"));
    let mut changed = after.clone();
    changed.edit("desired-state/ahus/ola.testesen.yaml", "Test Testesen", "Tor Testesen");
    let line = line.then(LIST, &old).then(&sig, &old_seals);
    assert!(checked(&after, &changed, &line).contains(&"review-unsigned"));
    // A clone judges the tree as it stands by the same.
    let found = |past: &Line| replaced_in_newest(past, tree.reviews(), &rules).unwrap();
    assert!(!counts(&review::judge_all(&ReviewCase { replaced: &found(&line), ..case })));
    assert_eq!(found(&Line::default()), BTreeSet::new());
}

#[test]
fn a_merged_signature_counts_by_a_key_that_was_enrolled_once_and_by_no_other() {
    let mut desk = Desk::new();
    let list = answered(desk.world.list(MADE), ON);
    let (lc, leader) = (desk.seal(&list, LC, &desk.lc), desk.seal(&list, LEADER, &desk.leader));
    put(&mut desk.world, &list, &[&lc, &leader]);
    let before = format!("{LC} {}\n{LEADER} {}\n", desk.lc.public, desk.leader.public);
    desk.world.put("desired-state/allowed_signers", format!("{LEADER} {}\n", desk.leader.public));
    let (tree, rules) = (desk.world.tree(), desk.world.rules());
    let merged = |former: &FormerKeys| review::merged(tree.reviews(), &rules, former).len();
    assert!(review::has_strange_keys(tree.reviews(), &rules));
    assert_eq!(merged(&FormerKeys::new()), 1);
    let then = Signers::parse(before.as_bytes(), b"", "Europe/Oslo").unwrap();
    let former: FormerKeys = then.keys().map(|(key, owner)| (key.clone(), owner.clone())).collect();
    assert_eq!(merged(&former), 2);
    let anothers = former.iter().map(|(key, _)| (key.clone(), id("ola.testesen"))).collect();
    assert_eq!(merged(&anothers), 1);
    // A check reads the history of the branch.
    let never = Line::default();
    assert!(checked(&desk.world, &desk.world, &never).contains(&"review-unsigned"));
    let once = never.then("desired-state/allowed_signers", &before);
    assert_eq!(checked(&desk.world, &desk.world, &once), [""; 0]);
}

#[test]
fn a_key_that_nobody_has_yet_can_be_enrolled_without_signing_anew() {
    let mut desk = Desk::new();
    let list = answered(desk.world.list(MADE), ON);
    let stranger = desk.bench.ed25519("new");
    let (lc, leader) = (desk.seal(&list, LC, &stranger), desk.seal(&list, LEADER, &desk.leader));
    let judged = desk.judged(&list, &[lc.clone(), leader.clone()]);
    let told = one(&judged.findings, Code::ReviewUnsigned).message.en();
    assert!(told.contains("once the key is enrolled there"), "{told}");
    let keys = format!("{LC} {}\n{LEADER} {}\n", stranger.public, desk.leader.public);
    desk.world.put("desired-state/allowed_signers", keys);
    assert!(counts(&desk.judged(&list, &[lc, leader])));
}

#[test]
fn a_merged_list_without_a_row_for_an_older_access_does_not_count_in_a_check() {
    let mut desk = Desk::new();
    let mut list = answered(desk.world.list(MADE), ON);
    list.rows.retain(|row| row.key.person != id("ola.testesen"));
    let (lc, leader) = (desk.seal(&list, LC, &desk.lc), desk.seal(&list, LEADER, &desk.leader));
    put(&mut desk.world, &list, &[&lc, &leader]);
    let codes = checked(&desk.world, &desk.world, &Line::default());
    assert!(codes.contains(&"review-incomplete"), "{codes:?}");
}
