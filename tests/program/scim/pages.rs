//! A list that is read again. The program guesses from the last reading where the pages begin. Whatever has changed
//! since, the list contains everybody or says why it does not. A guess changes only the time that the reading takes.

use std::collections::BTreeSet;

use portvakt_core::store::ReadStore as _;
use portvakt_stores::scim::{Scim, Settings};
use serde_json::json;

use super::loopback::{Fault, Loopback};

/// The ids that are there, as the service itself has them.
fn there(service: &Loopback) -> BTreeSet<String> {
    service.users().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

fn add(service: &Loopback, people: std::ops::Range<usize>) {
    for number in people {
        service.add(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("testesen-{number}"),
            "displayName": "Kari Testesen", "externalId": format!("kari.testesen-{number}/{number}"),
            "active": true, "emails": [{"value": format!("kari{number}@example.test")}],
            "roles": [{"value": "smerteregisteret/100082/LU"}],
        }));
    }
}

/// How many pages were asked for since the last time.
fn asked(service: &Loopback) -> usize {
    let log = std::mem::take(&mut service.shop.lock().unwrap().log);
    log.iter().filter(|line| line.contains("startIndex")).count()
}

#[test]
fn a_list_is_everybody_however_many_have_come_and_gone_since_the_last() {
    let service = Loopback::start(&[]);
    let store = Scim::new(&Settings::new(service.place().parse().unwrap())).unwrap();
    let same = |what: &str| {
        let listing = store.list().unwrap();
        assert_eq!(listing.incomplete, None, "{what}");
        let listed: BTreeSet<String> =
            listing.accounts.iter().map(|account| account.id.to_string()).collect();
        assert_eq!(listed, there(&service), "{what}");
        assert_eq!(listing.accounts.len(), listed.len(), "{what}");
    };
    same("nobody");
    add(&service, 0..130);
    same("for the first time");
    asked(&service);
    same("as before");
    assert_eq!(asked(&service), 8, "seven pages and a look past the last");
    add(&service, 130..171);
    same("more");
    assert_eq!(asked(&service), 10, "nine pages and a look past the last: one way of asking was enough");
    service.set(&[Fault::ShortPages]);
    same("in shorter pages");
    service.set(&[]);
    same("in longer pages");
    let ids: Vec<String> = there(&service).into_iter().collect();
    for kept in [45, 20, 3, 0] {
        for gone in &ids[kept..] {
            service.remove(gone);
        }
        same("fewer");
    }
    add(&service, 0..61);
    same("after nobody");
}

#[test]
fn a_guess_believes_nothing() {
    for (fault, says) in [
        (Fault::FirstPageAlways, "is listed twice"),
        (Fault::TotalTooHigh, "it counts 131 accounts, and 130 came"),
        (Fault::TotalOfPage, "more accounts follow"),
        (Fault::NoTotal, "it does not say how many"),
    ] {
        let service = Loopback::start(&[]);
        let store = Scim::new(&Settings::new(service.place().parse().unwrap())).unwrap();
        add(&service, 0..130);
        assert_eq!(store.list().unwrap().incomplete, None);
        service.set(&[fault]);
        let why = store.list().unwrap().incomplete;
        assert!(why.as_ref().is_some_and(|why| why.contains(says)), "{fault:?}: {why:?}");
        service.set(&[]);
        assert_eq!(store.list().unwrap().incomplete, None, "{fault:?}");
    }
}
