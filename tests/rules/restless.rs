//! A list that never came to rest while the tree was read: no number that was seen in it serves anybody, and a review counts as
//! it was read before.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use portvakt_core::diag::{Code, Finding, Lang};
use portvakt_core::judge::{Bar, ForgeInquiry, rejected_alone};
use portvakt_core::model::RequestId;
use portvakt_core::review::{self, ReviewCase};
use portvakt_core::tree::{ListFiles, ListFolder, Odd, Oddity};

use crate::review::world::{LIST, World, answered, path};

const REJECTED: &str = "requests/ahus.yaml";

fn restless(path: &str) -> Odd {
    Odd::unread(path.to_owned(), None, Oddity::Restless { scans: 20 })
}

/// What is told about the list: what holds, until when, and what to do.
fn is_told(findings: &[Finding], code: Code, holds: [&str; 2]) {
    let told: Vec<&Finding> = findings.iter().filter(|finding| finding.code == code).collect();
    let [finding] = told.as_slice() else { panic!("{told:?}") };
    for (lang, holds) in [Lang::En, Lang::Nb].into_iter().zip(holds) {
        assert!(finding.message.get(lang).contains(holds), "{finding:?}");
    }
    assert!(finding.way_out.en().starts_with("Wait until whatever writes there has finished"), "{finding:?}");
}

#[test]
fn no_number_that_was_seen_in_a_restless_list_serves_anybody() {
    let (world, today) = (World::new(), date(2026, 11, 10));
    let mut lists = ListFiles::of(ListFolder::Requests);
    lists.odd.push(restless(REJECTED));
    let seen = b"  - {request: REQ-9, on: 20\n  - {request: req-10, by".to_vec();
    lists.restless.insert(path(REJECTED), seen.into());
    let rejected = rejected_alone(&lists, &world.rules(), &world.base(today));
    let bar = |request: &str| rejected.bar(&RequestId::new(request).unwrap());
    for request in ["REQ-9", "REQ-10"] {
        assert_eq!(bar(request), Some(Bar::Unread { list: path(REJECTED) }), "{request}");
    }
    assert_eq!(bar("REQ-11"), None);
    assert!(rejected.accepted.is_empty());
    is_told(
        &rejected.findings,
        Code::RejectionsUnread,
        ["no number in it gives anybody new access", "ingen av numrene i den gir noen ny tilgang"],
    );
}

#[test]
fn a_restless_review_counts_as_it_was_read_before() {
    let (mut world, today) = (World::new(), date(2026, 11, 10));
    world.put_list(&answered(world.list(today), today));
    let (tree, rules, base) = (world.tree(), world.rules(), world.base(today));
    let mut lists = tree.reviews().clone();
    lists.odd.push(restless(LIST));
    lists.restless.insert(path(LIST), Arc::default());
    let (used, first) = (BTreeSet::new(), review::oldest(&base, today));
    let case = ReviewCase::of_files(&lists, &rules, &base, &used, &first, today);
    let judged = review::judge_all(&ReviewCase { forge: ForgeInquiry::Asked, ..case });
    let counts: Vec<_> = judged.lists.iter().map(|list| (&list.path, list.counts_from)).collect();
    assert_eq!(counts, [(&path(LIST), Some(today))]);
    is_told(
        &judged.findings,
        Code::ReviewUnread,
        ["nothing new in it counts", "ingenting nytt i den teller"],
    );
}
