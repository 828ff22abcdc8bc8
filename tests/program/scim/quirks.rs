//! Tests what a service does to one account, and where the program could take a step for done, or do it twice.

use portvakt_core::diag::Code;
use portvakt_engine::reconcile::engine::Engine;
use serde_json::{Value, json};

use super::loopback::{Fault, Loopback};
use super::passes::applied_again;
use super::world::{World, held, pass};

const AKSEL: &str = "helse-stavanger/aksel.demostad.yaml";

const SARA: &str = "unn/sara.fiktivsen.yaml";

/// The accounts of a person, as the service has them.
fn accounts_of(service: &Loopback, person: &str) -> Vec<Value> {
    let is = |user: &Value| user["externalId"].as_str().is_some_and(|id| id.starts_with(person));
    service.users().into_iter().filter(is).collect()
}

/// The only account of a person.
fn only_account(service: &Loopback, person: &str) -> Value {
    let mut accounts = accounts_of(service, person);
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    accounts.remove(0)
}

fn has_roles(account: &Value) -> bool {
    account["roles"].as_array().is_some_and(|roles| !roles.is_empty())
}

#[test]
fn an_account_that_is_listed_and_not_found_is_not_taken_for_gone() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
    service.set(&[Fault::OneNotFound]);
    std::fs::remove_file(world.file(SARA)).unwrap();
    for _ in 0..2 {
        let passed = pass(&mut engine).unwrap();
        assert_eq!(passed.carried.done, 0, "nothing was closed");
        let [(_, why)] = passed.carried.failed.as_slice() else { panic!("{:?}", passed.carried.failed) };
        assert!(why.to_string().contains("its list shows the account and it answers 404 for it"), "{why}");
        let sara = only_account(&service, "sara.fiktivsen");
        assert!(sara["active"] == true && has_roles(&sara));
    }
    service.set(&[]);
    assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
    let sara = only_account(&service, "sara.fiktivsen");
    assert!(sara["active"] == false && !has_roles(&sara), "{sara}");
    // One that is in no list is gone.
    let aksel = accounts_of(&service, "aksel.demostad").remove(0);
    std::fs::remove_file(world.file(AKSEL)).unwrap();
    service.remove(aksel["id"].as_str().unwrap());
    assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
}

#[test]
fn one_account_that_is_listed_and_not_found_stops_nobody_else() {
    // Where lists show little, each account is read alone, and this one only stands in the list.
    let service = Loopback::start(&[Fault::BareLists]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
    service.set(&[Fault::BareLists, Fault::OneNotFound]);
    for _ in 0..2 {
        pass(&mut engine).unwrap();
    }
    let sara = only_account(&service, "sara.fiktivsen");
    assert!(sara["active"] == true && has_roles(&sara), "{sara}");
}

/// Aksel leaves and comes back, by a new request. Returns the one open and the one closed account that there are then.
fn leaves_and_comes_back(service: &Loopback) -> [Value; 2] {
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let text = std::fs::read_to_string(world.file(AKSEL)).unwrap();
    std::fs::remove_file(world.file(AKSEL)).unwrap();
    assert!(pass(&mut engine).unwrap().carried.failed.is_empty());
    std::fs::write(world.file(AKSEL), applied_again(&text, 2)).unwrap();
    let passed = pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty() && passed.carried.done > 0, "{:?}", passed.carried.failed);
    let (open, closed): (Vec<Value>, Vec<Value>) =
        accounts_of(service, "aksel.demostad").into_iter().partition(|user| user["active"] == true);
    assert_eq!((open.len(), closed.len()), (1, 1));
    [open, closed].map(|mut one| one.remove(0))
}

#[test]
fn who_comes_back_is_given_nothing_in_an_account_that_says_no_longer_that_it_is_active() {
    let service = Loopback::start(&[Fault::ActiveLeftOut]);
    let [open, closed] = leaves_and_comes_back(&service);
    assert!(has_roles(&open) && !has_roles(&closed), "{closed}");
}

#[test]
fn who_comes_back_has_the_old_login_where_lists_leave_out_closed_accounts() {
    let service = Loopback::start(&[Fault::HidesClosed]);
    let [open, closed] = leaves_and_comes_back(&service);
    assert_eq!(open["userName"], "aksel.demostad");
    assert!(closed["userName"].as_str().unwrap().contains(".closed-"), "{closed}");
}

/// Everybody has an account, Aksel's has a role that is no right of the register besides, and his file is deleted.
fn aksel_leaves_with_another_role(service: &Loopback, world: &World) -> (Engine, String) {
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let aksel = accounts_of(service, "aksel.demostad").remove(0);
    let id = aksel["id"].as_str().unwrap().to_owned();
    service.by_hand(&id, |raw| {
        raw["roles"].as_array_mut().unwrap().push(json!({"value": "portal-admin"}));
    });
    std::fs::remove_file(world.file(AKSEL)).unwrap();
    (engine, id)
}

#[test]
fn a_closing_that_leaves_a_role_is_not_done() {
    let service = Loopback::start(&[Fault::OtherRolesStay]);
    let world = World::accepted(&service.place());
    let (mut engine, id) = aksel_leaves_with_another_role(&service, &world);
    let passed = pass(&mut engine).unwrap();
    let [(_, why)] = passed.carried.failed.as_slice() else { panic!("{:?}", passed.carried.failed) };
    assert!(why.to_string().contains("still has the role `portal-admin`"), "{why}");
    let aksel = only_account(&service, "aksel.demostad");
    assert_eq!((&aksel["active"], &aksel["roles"]), (&json!(false), &json!([{"value": "portal-admin"}])));
    // It is told as long as it stands. A new engine knows only what is on the disk.
    pass(&mut engine).unwrap();
    assert_eq!(roles_left(&mut engine), ["portal-admin"]);
    drop(engine);
    let mut engine = world.engine();
    assert_eq!(roles_left(&mut engine), ["portal-admin"]);
    service.by_hand(&id, |raw| raw["roles"] = json!([]));
    assert!(roles_left(&mut engine).is_empty());
}

/// Makes a pass, and returns the roles that it tells of Aksel's closed account. It has nothing to do besides.
fn roles_left(engine: &mut Engine) -> Vec<String> {
    let passed = pass(engine).unwrap();
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    let told = passed.decided.findings.iter().filter(|finding| finding.code == Code::RoleLeft);
    let told = told.map(|finding| {
        let message = finding.message.en();
        assert!(message.contains("`aksel.demostad`"), "{message}");
        message.split('`').nth(3).unwrap().to_owned()
    });
    told.collect()
}

#[test]
fn an_interrupted_closing_that_left_a_role_is_not_taken_for_done() {
    let service = Loopback::start(&[Fault::OtherRolesStay, Fault::VersionsLacking]);
    let world = World::accepted(&service.place());
    let (mut engine, _) = aksel_leaves_with_another_role(&service, &world);
    service.goes_away(&[Fault::OtherRolesStay, Fault::VersionsLacking]);
    let gone = pass(&mut engine);
    assert!(!gone.is_ok_and(|passed| passed.carried.failed.is_empty()));
    assert_eq!(only_account(&service, "aksel.demostad")["active"], json!(false), "it was closed");
    let count = |engine: &Engine, sql: &str| -> i64 {
        engine.register().connection().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let failed = "SELECT count(*) FROM ledger WHERE kind = 'step-failed'";
    let before = count(&engine, failed);
    assert_ne!(count(&engine, "SELECT count(*) FROM intent"), 0, "nobody knows that it was");
    service.set(&[Fault::OtherRolesStay, Fault::VersionsLacking]);
    assert_eq!(roles_left(&mut engine), ["portal-admin"]);
    assert!(count(&engine, failed) > before, "the role is looked for before it counts as done");
    assert_eq!(count(&engine, "SELECT count(*) FROM intent"), 0);
}

/// Returns the reasons why steps failed.
fn why_failed(world: &World) -> Vec<String> {
    // A new engine knows only what is on the disk.
    let passed = pass(&mut world.engine()).unwrap();
    passed.carried.failed.iter().map(|(_, why)| why.to_string()).collect()
}

#[test]
fn who_is_opened_inactive_is_opened_once() {
    let service = Loopback::start(&[Fault::OpensInactive]);
    let world = World::accepted(&service.place());
    let should = world.should();
    for _ in 0..3 {
        let told = why_failed(&world);
        assert!(told.iter().any(|why| why.starts_with("the service opens accounts inactive")), "{told:?}");
        let users = service.users();
        assert_eq!(users.len(), 2, "{users:?}");
        let renamed = |user: &Value| user["userName"].as_str().unwrap().contains(".closed-");
        assert!(!users.iter().any(renamed), "{users:?}");
    }
    service.set(&[]);
    for user in service.users() {
        service.by_hand(user["id"].as_str().unwrap(), |raw| raw["active"] = json!(true));
    }
    why_failed(&world);
    assert_eq!(why_failed(&world), [""; 0]);
    assert_eq!(held(&service), should);
}

#[test]
fn who_is_not_shown_yet_is_opened_once() {
    let service = Loopback::start(&[Fault::ShowsMuchLater, Fault::LoginsNotUnique]);
    let world = World::accepted(&service.place());
    let should = world.should();
    for _ in 0..3 {
        let told = why_failed(&world);
        let waits = told.iter().filter(|why| why.starts_with("opened as `") && why.contains("not shown yet"));
        assert_eq!(waits.count(), 2, "{told:?}");
        assert_eq!(service.users().len(), 2, "nobody else is asked for, and nobody twice");
    }
    service.set(&[Fault::LoginsNotUnique]);
    service.catch_up();
    assert_eq!(why_failed(&world), [""; 0]);
    assert_eq!(held(&service), should);
    let posts = service.shop.lock().unwrap().posts;
    assert_eq!(posts, service.users().len() as u64);
}

#[test]
fn when_nobody_can_be_read_back_no_more_are_opened() {
    let service = Loopback::start(&[Fault::ListsInsteadOfOne]);
    let world = World::accepted(&service.place());
    let told = why_failed(&world);
    assert_eq!(service.users().len(), 2, "{told:?}");
    let untried = told.iter().filter(|why| why.starts_with("it was not asked for, since it ended alike"));
    assert_eq!(untried.count(), told.len() - 2, "{told:?}");
    // The next pass is made all the same.
    assert!(!why_failed(&world).is_empty());
}

#[test]
fn an_opening_without_an_answer_waits_alone_where_the_list_is_in_doubt() {
    let service = Loopback::start(&[Fault::GoesAway]);
    let world = World::accepted(&service.place());
    let should = world.should();
    let mut engine = world.engine();
    let gone = pass(&mut engine);
    assert!(!gone.is_ok_and(|passed| passed.carried.failed.is_empty()));
    service.set(&[Fault::TotalTooHigh]);
    let passed = pass(&mut engine).unwrap();
    let mut told = passed.carried.failed.iter().map(|(_, why)| why.to_string());
    assert!(told.all(|why| why.contains("the list is not whole")), "{:?}", passed.carried.failed);
    assert!(!held(&service).is_empty(), "the others are opened");
    let not_written = "SELECT count(*) FROM ledger WHERE kind = 'step-failed' AND body LIKE '%not-written%'";
    let lies: i64 = engine.register().connection().query_row(not_written, [], |row| row.get(0)).unwrap();
    assert_eq!(lies, 0, "what was asked for may have been written");
    service.set(&[]);
    pass(&mut engine).unwrap();
    assert_eq!(held(&service), should);
}
