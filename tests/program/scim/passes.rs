//! Whole passes against a service that behaves correctly: the number of requests for one revocation, changes that
//! somebody made by hand, and values of the service beside ours. One service keeps the logins of closed accounts.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

use jiff::Timestamp;
use portvakt_core::diag::Code;
use portvakt_core::model::AccountId;
use portvakt_core::store::StoreError;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::{Engine, PassReach};
use serde_json::{Value, json};

use super::loopback::{Fault, Loopback};
use super::world::{World, held, pass};

const AKSEL: &str = "helse-stavanger/aksel.demostad.yaml";

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
        let passed = engine.pass(PassReach::Changes, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
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
    let passed = engine.pass(PassReach::Changes, Timestamp::now(), Instant::now(), |_, _| {}).unwrap();
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
fn what_a_list_does_not_show_yet_was_changed_by_nobody() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    service.set(&[Fault::ListsLag]);
    std::fs::remove_file(world.file(AKSEL)).unwrap();
    pass(&mut engine).unwrap();
    drop(engine);
    // Another process comes upon a list that still shows the leaver, and later upon one without the new account.
    let quiet = || {
        service.shop.lock().unwrap().log.clear();
        let passed = pass(&mut world.engine()).unwrap();
        let drift = passed.decided.findings.iter().filter(|it| it.code == Code::Drift).count();
        let log = service.shop.lock().unwrap().log.clone();
        let writes = log.iter().filter(|line| !line.starts_with("GET ")).count();
        assert_eq!((drift, writes), (0, 0), "{:?} {log:?}", passed.decided.findings);
    };
    quiet();
    super::crash::people(&world, 1);
    assert!(pass(&mut world.engine()).unwrap().carried.failed.is_empty());
    quiet();
    // What somebody did change meanwhile is told.
    let id = of(&service.users(), "sara.fiktivsen")["id"].as_str().unwrap().to_owned();
    let more = json!({"value": "smerteregisteret/100089/LC"});
    service.by_hand(&id, |user| user["roles"].as_array_mut().unwrap().push(more));
    let passed = pass(&mut world.engine()).unwrap();
    assert!(passed.decided.findings.iter().any(|it| it.code == Code::Drift), "{:?}", passed.decided.findings);
}

/// A person's file for a new request, approved today.
pub fn applied_again(text: &str, request: u32) -> String {
    let old = text.lines().find_map(|line| line.trim().strip_prefix("request: ")).unwrap();
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
    again.replace(old, &format!("{old}-{request}"))
}

#[test]
fn somebody_who_comes_back_has_a_new_account_with_the_old_login() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    let mut engine = world.engine();
    pass(&mut engine).unwrap();
    let before = service.users();
    let old = of(&before, "aksel.demostad").clone();
    let text = std::fs::read_to_string(world.file(AKSEL)).unwrap();
    std::fs::remove_file(world.file(AKSEL)).unwrap();
    pass(&mut engine).unwrap();
    std::fs::write(world.file(AKSEL), applied_again(&text, 2)).unwrap();
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

/// Two ways out: the register's own people free the login, or the file names another one.
#[test]
fn a_login_that_stays_reserved_is_told_with_the_way_out() {
    for freed in [true, false] {
        let service = Loopback::start(&[Fault::LoginsStayTaken]);
        let world = World::accepted(&service.place());
        let mut engine = world.engine();
        pass(&mut engine).unwrap();
        let text = std::fs::read_to_string(world.file(AKSEL)).unwrap();
        std::fs::remove_file(world.file(AKSEL)).unwrap();
        pass(&mut engine).unwrap();
        let his = |service: &Loopback| -> Vec<Value> {
            let users = service.users().into_iter();
            users.filter(|user| user["externalId"].as_str().unwrap().starts_with("aksel.demostad")).collect()
        };
        let closed = his(&service)[0]["id"].as_str().unwrap().to_owned();
        std::fs::write(world.file(AKSEL), applied_again(&text, 2)).unwrap();
        // The first pass gives the closed account another login. Later passes find nobody with the old one.
        for _ in 0..2 {
            let passed = pass(&mut engine).unwrap();
            let [(_, StoreError::Reserved(reserved))] = passed.carried.failed.as_slice() else {
                panic!("{:?}", passed.carried.failed)
            };
            assert_eq!((&*reserved.login, &reserved.email), ("aksel.demostad", &None));
            assert_eq!(reserved.closed, [AccountId::new(&closed)]);
            let [account]: [Value; 1] = his(&service).try_into().unwrap();
            assert!(account["active"] == false && account.get("roles").is_none(), "{account}");
        }
        drop(engine);
        for (lang, message, way_out) in [
            (
                "en",
                "shows nobody with the login `aksel.demostad`",
                "write another `login` in the person's file",
            ),
            ("nb", "ingen med innloggingen `aksel.demostad`", "skriv et annet `login` i personens fil"),
        ] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
            program.env_clear().arg("--root").arg(world.root());
            let output = program.args(["--store", &world.place, "--lang", lang, "apply"]).output().unwrap();
            let told = [output.stdout, output.stderr].map(|told| String::from_utf8(told).unwrap()).concat();
            let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(output.status.code(), Some(5), "{told}");
            for part in [message, way_out, closed.as_str()] {
                assert!(words.contains(part), "{part}: {told}");
            }
        }
        if freed {
            service.set(&[]);
        } else {
            let other = applied_again(&text, 3).replace("staff: health\n", "staff: health\nlogin: aksel.d\n");
            std::fs::write(world.file(AKSEL), other).unwrap();
        }
        let passed = pass(&mut world.engine()).unwrap();
        assert!(passed.carried.failed.is_empty() && passed.carried.done > 0, "{passed:?}");
        let (open, closed): (Vec<Value>, Vec<Value>) =
            his(&service).into_iter().partition(|user| user["active"] == true);
        assert_eq!((open.len(), closed.len()), (1, 1));
        assert_eq!(open[0]["userName"], if freed { "aksel.demostad" } else { "aksel.d" });
    }
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

#[test]
fn the_people_who_are_counted_are_those_who_have_access_there() {
    // A service that refuses every account has nobody, however many were accepted.
    for faults in [&[Fault::FamilyNameUnsaid][..], &[]] {
        let service = Loopback::start(faults);
        let world = World::accepted(&service.place());
        let mut engine = world.engine();
        let counted = |engine: &Engine| memory::told_in_force(engine.register().connection()).unwrap();
        let there = || {
            let rights = held(&service);
            let people: BTreeSet<&String> = rights.iter().map(|(person, _)| person).collect();
            (people.len() as u64, rights.len() as u64)
        };
        pass(&mut engine).unwrap();
        assert_eq!(counted(&engine), there());
        assert_eq!(there().0 == 0, !faults.is_empty());
        // Who has left is not counted either.
        std::fs::remove_file(world.file(AKSEL)).unwrap();
        pass(&mut engine).unwrap();
        assert_eq!(counted(&engine), there());
    }
}
