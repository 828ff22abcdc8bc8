//! Days begin and end while nothing else happens.

use jiff::{Timestamp, ToSpan as _};

use crate::daemon::fixture::{World, person, today};

/// Returns the time this number of seconds before the register's next midnight, in summer and winter.
fn before_midnight(seconds: i64) -> Timestamp {
    let midnight = today().tomorrow().unwrap().in_tz("Europe/Oslo").unwrap().timestamp();
    midnight - seconds.seconds()
}

#[test]
fn an_accepted_end_acts_at_midnight_in_oslo_and_an_accepted_start_too() {
    let world = World::example(today());
    let path = world.file("ahus/geir.eksempelvik.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let until = text.lines().find(|line| line.trim_start().starts_with("until:")).unwrap().to_owned();
    std::fs::write(&path, text.replace(&until, &format!("    until: {}", today()))).unwrap();
    let path = world.file("unn/sara.fiktivsen.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let from = text.lines().find(|line| line.trim_start().starts_with("from:")).unwrap().to_owned();
    std::fs::write(&path, text.replace(&from, &format!("    from: {}", today().tomorrow().unwrap())))
        .unwrap();
    let now = before_midnight(15);
    world.accept_at(now);
    let daemon = world.daemon(&["--now", &now.to_string()]).settled();
    let people = [person("geir.eksempelvik"), person("sara.fiktivsen")];
    let rights = || people.each_ref().map(|person| world.rights(person.as_str()));
    let before = rights();
    assert!(before[0] == 1 && world.rights("anne.fiktivsen") == 2, "the end date is inclusive: {before:?}");
    daemon.until("midnight", || rights() == [0, before[1] + 1]);
    // The rows are there a moment before the line that tells of them.
    let told = || daemon.lines().iter().any(|line| line["trigger"] == "midnight" && line["done"] == 2);
    daemon.until("the line of that pass", told);
    daemon.quiet();
    assert!(daemon.is("portvakt_clock_suspect", 0.0));
    // The page tells the times of the same clock, and so do the ages.
    let page = daemon.get("/").1;
    let started = page.lines().find(|line| line.contains("<th>Started</th>")).unwrap();
    let told = started.split("<td>").nth(1).and_then(|cell| cell.split(" UTC").next()).unwrap();
    let told: Timestamp = format!("{}Z", told.replace(' ', "T")).parse().unwrap();
    assert!((now.as_second()..now.as_second() + 60).contains(&told.as_second()), "{started}, begun at {now}");
}
