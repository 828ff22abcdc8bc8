//! Whole passes against a service that behaves correctly: the number of requests for one revocation, changes that
//! somebody made by hand, and values of the service beside ours.

use std::time::Instant;

use jiff::Timestamp;
use portvakt_engine::reconcile::engine::Reach;
use serde_json::{Value, json};

use super::loopback::Loopback;
use super::world::{World, held, pass};

fn of<'u>(users: &'u [Value], person: &str) -> &'u Value {
    users.iter().find(|user| user["externalId"].as_str().is_some_and(|id| id.starts_with(person))).unwrap()
}

#[test]
fn one_revocation_is_one_conditional_write_and_one_read() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    pass(&mut engine).unwrap();
    for (file, person) in [
        ("helse-stavanger/aksel.demostad.yaml", "aksel.demostad"),
        ("unn/sara.fiktivsen.yaml", "sara.fiktivsen"),
    ] {
        std::fs::remove_file(world.file(file)).unwrap();
        service.shop.lock().unwrap().log.clear();
        let passed = engine.pass(Reach::Changes, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
        assert_eq!((passed.carried.done, passed.carried.failed.len()), (1, 0));
        let users = service.users();
        assert_eq!(of(&users, person)["active"], false);
    }
    // The first write of a process also finds out whether versions are kept.
    let log = service.shop.lock().unwrap().log.clone();
    let asked: Vec<&str> = log.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, ["GET", "PATCH", "GET"], "read for the plan, written, read back: {log:?}");
}

#[test]
fn one_new_account_is_one_write_and_one_read() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    super::crash::people(&world, 1);
    service.shop.lock().unwrap().log.clear();
    let passed = engine.pass(Reach::Changes, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
    assert_eq!((passed.carried.done, passed.carried.failed.len()), (1, 0));
    let log = service.shop.lock().unwrap().log.clone();
    let asked: Vec<&str> = log.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(asked, ["POST", "GET"], "{log:?}");
}

#[test]
fn what_was_changed_by_hand_is_put_right_and_what_is_not_ours_stays() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let should = world.should();
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    assert_eq!(held(&service), should);

    let users = service.users();
    let id = |person: &str| of(&users, person)["id"].as_str().unwrap().to_owned();
    let (sara, aksel) = (id("sara.fiktivsen"), id("aksel.demostad"));
    service.by_hand(&sara, |user| {
        let roles = user["roles"].as_array_mut().unwrap();
        roles.push(json!({"value": "smerteregisteret/100089/LC", "display": "given by hand"}));
        roles.push(json!({"value": "portal-user"}));
        user["phoneNumbers"] = json!([{"value": "22 00 00 00"}]);
    });
    service.by_hand(&aksel, |user| user["roles"] = json!([]));
    let stranger = service.add(json!({
        "userName": "nobody", "displayName": "Nobody Testesen", "active": true,
        "emails": [{"value": "nobody@example.test"}], "roles": [{"value": "smerteregisteret/100082/LC"}],
    }));
    let passed = pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    let users = service.users();
    let sara = of(&users, "sara.fiktivsen");
    let roles: Vec<&str> =
        sara["roles"].as_array().unwrap().iter().filter_map(|r| r["value"].as_str()).collect();
    assert!(roles.contains(&"portal-user") && !roles.contains(&"smerteregisteret/100089/LC"), "{roles:?}");
    assert_eq!(sara["phoneNumbers"], json!([{"value": "22 00 00 00"}]));
    assert!(!of(&users, "aksel.demostad")["roles"].as_array().unwrap().is_empty(), "given again");
    let stranger = users.iter().find(|user| user["id"] == json!(stranger)).unwrap();
    assert_eq!(stranger["active"], false);
    assert!(stranger.get("roles").is_none() && stranger.get("emails").is_none(), "{stranger}");
}

#[test]
fn somebody_who_comes_back_has_a_new_account_with_the_old_login() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let path = world.file("helse-stavanger/aksel.demostad.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let before = service.users();
    let old = of(&before, "aksel.demostad").clone();
    std::fs::remove_file(&path).unwrap();
    pass(&mut engine).unwrap();
    let request = text.lines().find_map(|line| line.trim().strip_prefix("request: ")).unwrap();
    let today = Timestamp::now().in_tz("Europe/Oslo").unwrap().date();
    let again: String = text
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((key, _)) if key.trim() == "from" || (key.trim() == "on" && !key.contains("revoked")) => {
                format!("{key}: {today}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&path, again.replace(request, &format!("{request}-2"))).unwrap();
    let passed = pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty() && passed.carried.done > 0, "{passed:?}");
    let users = service.users();
    let his: Vec<&Value> = users
        .iter()
        .filter(|user| user["externalId"].as_str().unwrap().starts_with("aksel.demostad"))
        .collect();
    let (open, closed): (Vec<&Value>, Vec<&Value>) = his.into_iter().partition(|user| user["active"] == true);
    assert_eq!((open.len(), closed.len()), (1, 1));
    assert_eq!(closed[0]["id"], old["id"], "the old one is there, closed");
    assert_ne!(open[0]["externalId"], closed[0]["externalId"]);
    assert_eq!(open[0]["userName"], old["userName"]);
    assert!(closed[0]["userName"].as_str().unwrap().contains(".closed-"), "{}", closed[0]);
}

#[test]
fn an_account_that_was_closed_by_hand_keeps_no_role_when_its_file_goes() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let id = of(&service.users(), "aksel.demostad")["id"].as_str().unwrap().to_owned();
    service.by_hand(&id, |user| user["active"] = json!(false));
    pass(&mut engine).unwrap();
    std::fs::remove_file(world.file("helse-stavanger/aksel.demostad.yaml")).unwrap();
    let passed = pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    let users = service.users();
    let closed = of(&users, "aksel.demostad");
    assert_eq!((&closed["id"], &closed["active"]), (&json!(id), &json!(false)));
    assert!(closed.get("roles").is_none() && closed.get("emails").is_none(), "{closed}");
    let passed = pass(&mut engine).unwrap();
    assert!(passed.decided.plan.steps.is_empty(), "{:?}", passed.decided.plan.steps);
}

#[test]
fn a_closed_account_of_nobody_keeps_no_role() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let stranger = service.add(json!({
        "userName": "nobody", "displayName": "Nobody Testesen", "active": false,
        "roles": [{"value": "smerteregisteret/100082/LC"}],
    }));
    let passed = pass(&mut engine).unwrap();
    assert!(passed.carried.failed.is_empty(), "{:?}", passed.carried.failed);
    let users = service.users();
    let stranger = users.iter().find(|user| user["id"] == json!(stranger)).unwrap();
    assert!(stranger["active"] == false && stranger.get("roles").is_none(), "{stranger}");
    assert!(pass(&mut engine).unwrap().decided.plan.steps.is_empty());
}
