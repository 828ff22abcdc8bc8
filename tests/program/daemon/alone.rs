//! The daemon starts, stops, and is the only one on its register.

use std::fs::{self, hard_link};
use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::daemon::fixture::{Daemon, World};

#[test]
fn a_second_daemon_on_the_same_register_refuses() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let second = Daemon::command(world.root(), &[]).output().unwrap();
    assert_eq!(second.status.code(), Some(5));
    let text = String::from_utf8(second.stdout).unwrap();
    assert!(text.contains("another portvakt works on this register"), "{text}");
    assert_eq!(daemon.stop(), 0);
    // The lock ends with the process that had it.
    let third = world.daemon(&[]).settled();
    third.signal(rustix::process::Signal::INT);
    assert_eq!(third.stop(), 0);
}

#[test]
fn a_register_that_is_reached_under_another_name_is_the_same_register() {
    let world = World::accepted();
    let beside = world.home().join("beside");
    fs::create_dir(&beside).unwrap();
    symlink(world.store(), beside.join("link.db")).unwrap();
    symlink("link.db", beside.join("again.db")).unwrap();
    let second = |name: &str| {
        let store = format!("sqlite:{}", beside.join(name).display());
        let out = Daemon::command(world.root(), &["--store", &store]).output().unwrap();
        assert_eq!(out.status.code(), Some(5), "{name}");
        String::from_utf8(out.stdout).unwrap()
    };
    let daemon = world.daemon(&[]).settled();
    for name in ["link.db", "again.db"] {
        let text = second(name);
        assert!(text.contains("another portvakt works on this register"), "{name}: {text}");
    }
    // A hard link shows no way to the other name, so neither name is used.
    hard_link(world.store(), beside.join("hard.db")).unwrap();
    let text = second("hard.db");
    assert!(text.contains("has 2 names (hard links)"), "{text}");
    assert_eq!(daemon.stop(), 0);
    assert!(second("link.db").contains("has 2 names (hard links)"), "the other name is refused too");
    fs::remove_file(beside.join("hard.db")).unwrap();
    let left: Vec<_> = fs::read_dir(&beside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing was made beside the links: {left:?}");
}

#[test]
fn wrong_options_are_wrong_usage_and_say_what_is_right() {
    let world = World::accepted();
    for (option, value, says) in [
        ("--listen", "0.0.0.0:9464", "is not an address of this host alone"),
        ("--grace", "soon", "a length of time is expected, such as `500ms`, `30s`"),
        ("--settle", "0s", "longer than nothing"),
        ("--log", "loud", "--log"),
        ("--log-format", "xml", "json"),
    ] {
        let out = Daemon::command(world.root(), &[option, value]).output().unwrap();
        let text = String::from_utf8(out.stderr).unwrap();
        assert!(out.status.code() == Some(2) && text.contains(says), "{option} {value}: {text}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let out = Daemon::command(world.root(), &["--listen", &address]).output().unwrap();
    let text = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.code() == Some(5) && text.contains("cannot be listened on"), "{text}");
    assert!(text.contains("name another with `--listen`"), "{text}");
}

#[test]
fn idle_it_makes_no_pass_and_uses_no_time() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let (passes, used) = (daemon.passes(), daemon.ticks());
    std::thread::sleep(Duration::from_secs(3));
    let used = daemon.ticks() - used;
    assert!((daemon.passes() - passes).abs() < 0.5, "{}", daemon.log());
    // Hundredths of a second, in three seconds.
    assert!(used <= 3, "{used} ticks");
}

#[test]
fn the_regular_pass_comes_by_itself() {
    let world = World::accepted();
    let daemon = world.daemon(&["--full-every", "500ms"]);
    daemon.until("three of them", || daemon.log().matches("\"trigger\":\"timer\"").count() >= 6);
    assert_eq!(daemon.stop(), 0);
}
