//! Tests a service that does not accept what the attribute map writes. The fault is reported before the first write. If
//! the service does not announce it, it is reported after two tries.

use portvakt_core::diag::{Code, Lang};
use portvakt_core::store::StoreError;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Engine, Passed};
use portvakt_stores::scim::{Map, ScimSettings};

use super::loopback::{Fault, Loopback};
use super::world::{World, held, pass};

fn settings(world: &World, map: &str) -> ScimSettings {
    ScimSettings { map: Map::parse(map).unwrap(), ..world.settings() }
}

/// Returns the requests to the service that are not reads.
fn writes(service: &Loopback) -> Vec<String> {
    let log = service.shop.lock().unwrap().log.clone();
    log.into_iter().filter(|line| !line.starts_with("GET ")).collect()
}

fn misfits(passed: &Passed) -> Vec<String> {
    let findings = passed.decided.findings.iter().filter(|finding| finding.code == Code::StoreMisfit);
    findings.map(|finding| format!("{} {}", finding.message.en(), finding.way_out.en())).collect()
}

/// The next pass tries again, and one by a service that is in order opens everybody.
fn opens_everybody_when_in_order(service: &Loopback, world: &World, engine: &mut Engine) {
    service.set(&[]);
    let passed = pass(engine).unwrap();
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    assert_eq!(held(service), world.should());
}

#[test]
fn what_is_announced_decides_before_the_first_write() {
    for (fault, attribute, key, mends) in [
        (Fault::NoRoles, "`roles`", "`roles`", None),
        (Fault::ExternalIdReadOnly, "`externalId`", "`external-id`", Some("external-id: badge")),
        (Fault::FamilyNameNeeded, "`name`", "`family-name`", Some("family-name: name.familyName")),
    ] {
        let service = Loopback::start(&[fault]);
        let world = World::accepted(&service.place());
        let passed = pass(&mut world.engine()).unwrap();
        let told = misfits(&passed);
        assert!(
            told.len() == 1 && told[0].contains(attribute) && told[0].contains(key),
            "{fault:?}: {told:?}"
        );
        let failed = &passed.carried.failed;
        assert!(!failed.is_empty(), "{fault:?}");
        // Nothing was asked of the service, so it has refused nothing.
        assert!(failed.iter().all(|(_, why)| matches!(why, StoreError::Unfit(_))), "{fault:?}: {failed:?}");
        assert_eq!(writes(&service), [""; 0], "{fault:?}: nothing is opened that cannot be finished");
        assert!(service.users().is_empty());
        let Some(mends) = mends.filter(|_| fault == Fault::FamilyNameNeeded) else { continue };
        let passed = pass(&mut world.engine_with(&settings(&world, mends))).unwrap();
        assert!(
            misfits(&passed).is_empty() && passed.carried.failed.is_empty(),
            "{:?}",
            passed.carried.failed
        );
        assert_eq!(held(&service), world.should());
        let families: Vec<_> =
            service.users().iter().map(|user| user["name"]["familyName"].clone()).collect();
        assert!(
            families.iter().all(|name| name.as_str().is_some_and(|name| !name.is_empty())),
            "{families:?}"
        );
    }
}

#[test]
fn what_takes_away_goes_on_whatever_does_not_fit() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    pass(&mut world.engine()).unwrap();
    service.set(&[Fault::FamilyNameNeeded]);
    let leaver = world.file("helse-stavanger/aksel.demostad.yaml");
    std::fs::remove_file(leaver).unwrap();
    service.set(&[Fault::ExternalIdReadOnly]);
    let passed = pass(&mut world.engine()).unwrap();
    assert_eq!(misfits(&passed).len(), 1);
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    let users = service.users();
    let aksel = users.iter().find(|user| user["userName"].as_str().unwrap().starts_with("aksel")).unwrap();
    assert_eq!(aksel["active"], false);
}

#[test]
fn two_refusals_in_the_same_words_are_enough() {
    for (fault, says) in [
        (Fault::FamilyNameUnsaid, "name.familyName is required"),
        (Fault::RolesNeverKept, "does not have the right"),
    ] {
        let service = Loopback::start(&[fault]);
        let world = World::accepted(&service.place());
        let mut engine = world.engine();
        let passed = pass(&mut engine).unwrap();
        let failed: Vec<String> = passed.carried.failed.iter().map(|(_, why)| why.to_string()).collect();
        let untried = failed
            .iter()
            .filter(|why| why.starts_with("it was not asked for, since two others were refused"))
            .count();
        assert!(failed.len() > 10 && untried == failed.len() - 2, "{fault:?}: {failed:?}");
        assert!(failed[0].contains(says), "{failed:?}");
        // What this program has found itself is told in bokmål, and what the service says is quoted there.
        let told = passed.carried.failed.iter().map(|(_, why)| why.words().get(Lang::Nb).to_owned());
        let untried: Vec<String> = told.filter(|why| why.contains("to andre ble avslått")).collect();
        let in_bokmal = match fault {
            Fault::RolesNeverKept => "har ikke rettigheten",
            _ => "«name.familyName is required",
        };
        assert!(untried.len() == failed.len() - 2, "{untried:?}");
        assert!(untried.iter().all(|why| why.contains(in_bokmal)), "{fault:?}: {untried:?}");
        assert!(!untried[0].contains("does not have"), "{untried:?}");
        assert!(service.users().len() <= 2, "{fault:?}");
        assert!(service.shop.lock().unwrap().log.len() < 100, "{fault:?}");
        if fault == Fault::FamilyNameUnsaid {
            // Who was refused, and who was not asked for, has an answer. Nothing was cut off.
            assert_eq!(memory::unsettled(engine.register().connection()).unwrap(), 0);
            opens_everybody_when_in_order(&service, &world, &mut engine);
        }
    }
}

/// A fault that concerns every person is found with one account. (If an attribute is unknown, the roles are tried in
/// both their forms.)
#[test]
fn one_refusal_is_enough_where_it_can_lie_in_nobody() {
    for (fault, says, asked) in [
        (Fault::OpensNobody, "405 Method Not Allowed: users are made in another system", 1),
        (Fault::WritesUnknown, "401 Unauthorized: it does not accept who asks", 1),
        (Fault::NamesUnknown, "400 Bad Request: no displayName here", 2),
    ] {
        let service = Loopback::start(&[fault]);
        let world = World::accepted(&service.place());
        let mut engine = world.engine();
        let passed = pass(&mut engine).unwrap();
        let failed: Vec<String> = passed.carried.failed.iter().map(|(_, why)| why.to_string()).collect();
        let untried = failed
            .iter()
            .filter(|why| why.starts_with("it was not asked for, since another was refused for a reason"))
            .count();
        assert!(failed.len() > 10 && untried == failed.len() - 1, "{fault:?}: {failed:?}");
        assert!(failed.iter().all(|why| why.contains(says)), "{fault:?}: {failed:?}");
        assert_eq!(writes(&service).len(), asked, "{fault:?}: {:?}", writes(&service));
        opens_everybody_when_in_order(&service, &world, &mut engine);
    }
}

#[test]
fn one_account_that_is_refused_stops_nobody_else() {
    for fault in [Fault::TakenByNobody, Fault::OneForbidden] {
        let service = Loopback::start(&[fault]);
        let world = World::accepted(&service.place());
        let passed = pass(&mut world.engine()).unwrap();
        assert_eq!(passed.carried.failed.len(), 1, "{fault:?}: {:?}", passed.carried.failed);
    }
}

#[test]
fn old_versions_are_tried_once_however_many_write_at_a_time() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    pass(&mut world.engine()).unwrap();
    for leaver in
        ["helse-stavanger/aksel.demostad", "unn/sara.fiktivsen", "oslo-universitetssykehus/eli.demostad"]
    {
        std::fs::remove_file(world.file(&format!("{leaver}.yaml"))).unwrap();
    }
    service.shop.lock().unwrap().log.clear();
    pass(&mut world.engine()).unwrap();
    let refused = service.shop.lock().unwrap().refused_versions;
    assert_eq!(refused, 1, "{:?}", writes(&service));
}
