//! Tests a list that is read again. The program guesses from the last reading where the pages begin. In spite of later
//! changes, the list contains everybody or says why it does not. A guess only changes the time that the reading takes.

use std::collections::BTreeSet;

use portvakt_core::store::ReadStore as _;
use portvakt_stores::scim::{Scim, ScimSettings};
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

/// Returns how many pages were asked for since the last call.
fn asked(service: &Loopback) -> usize {
    let log = std::mem::take(&mut service.shop.lock().unwrap().log);
    log.iter().filter(|line| line.contains("startIndex")).count()
}

#[test]
fn a_list_is_everybody_however_many_have_come_and_gone_since_the_last() {
    let service = Loopback::start(&[]);
    let store = Scim::new(&ScimSettings::new(service.place().parse().unwrap())).unwrap();
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
        let store = Scim::new(&ScimSettings::new(service.place().parse().unwrap())).unwrap();
        add(&service, 0..130);
        assert_eq!(store.list().unwrap().incomplete, None);
        service.set(&[fault]);
        let why = store.list().unwrap().incomplete;
        assert!(why.as_ref().is_some_and(|why| why.en().contains(says)), "{fault:?}: {why:?}");
        service.set(&[]);
        assert_eq!(store.list().unwrap().incomplete, None, "{fault:?}");
    }
}

#[test]
fn a_list_is_asked_for_in_the_way_that_the_service_calls_its_default() {
    for (fault, by_cursor) in [(Some(Fault::CursorFirst), true), (None, false)] {
        let faults: Vec<Fault> = fault.into_iter().collect();
        let service = Loopback::start(&faults);
        let store = Scim::new(&ScimSettings::new(service.place().parse().unwrap())).unwrap();
        add(&service, 0..50);
        let listing = store.list().unwrap();
        assert_eq!((listing.incomplete, listing.accounts.len()), (None, 50), "{fault:?}");
        let log = service.shop.lock().unwrap().log.clone();
        let cursors = log.iter().filter(|line| line.contains("cursor=")).count();
        assert_eq!(cursors, if by_cursor { 3 } else { 0 }, "{fault:?}: {log:?}");
        // In both ways the proof that the list is complete asks once more, for accounts after the last.
        assert!(log.iter().any(|line| line.contains("startIndex=51")), "{fault:?}: {log:?}");
    }
    // A page that only looks like everybody is found out, and the list is read again in the other way.
    let service = Loopback::start(&[Fault::CursorUnknown]);
    let store = Scim::new(&ScimSettings::new(service.place().parse().unwrap())).unwrap();
    add(&service, 0..50);
    let listing = store.list().unwrap();
    assert_eq!((listing.incomplete, listing.accounts.len()), (None, 50));
}
