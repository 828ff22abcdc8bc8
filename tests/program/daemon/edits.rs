//! Files are written, deleted, broken and corrected while the daemon runs.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::daemon::fixture::{World, end_after, newcomer, newcomer_until, today};

#[test]
fn an_approved_newcomer_gets_a_row_and_the_log_says_how_fast() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let before = world.state();
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    daemon.until("the right", || world.rights("nils.nykommer") == 1);
    daemon.quiet();
    let mut after = world.state();
    after.retain(|(person, _)| person != "nils.nykommer");
    assert_eq!(after, before, "and nobody else is touched");
    assert!(daemon.is("portvakt_steps_total{kind=\"raise\"}", 1.0));
    let lines = daemon.lines();
    let line = lines.iter().find(|line| line["trigger"] == "change" && line["done"] == 1).unwrap();
    let effect = line["effect_s"].as_f64().unwrap();
    assert!(effect > 0.0 && effect < 10.0 && line["snapshot"].as_str().unwrap().len() > 60, "{line}");
    assert!(daemon.metric("portvakt_last_effect_seconds") > 0.0);
}

/// A signed file is judged with the signatures beside it, although only one of the two has changed.
#[test]
fn an_edit_of_a_signed_file_or_of_its_signatures_fails_no_pass() {
    let world = World::accepted();
    let (path, signatures) =
        (world.file("ahus/anne.fiktivsen.yaml"), world.file("ahus/anne.fiktivsen.yaml.sig"));
    fs::write(&signatures, "no signature\n").unwrap();
    let daemon = world.daemon(&[]).settled();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}# a remark\n")).unwrap();
    daemon.until_passes(1.0);
    daemon.quiet();
    fs::write(&signatures, "no signature either\n").unwrap();
    daemon.until_passes(1.0);
    daemon.quiet();
    fs::write(&path, format!("{text}# another remark\n")).unwrap();
    daemon.until_passes(1.0);
    daemon.quiet();
    assert!(daemon.is("portvakt_passes_failed_total", 0.0), "{}", daemon.log());
    assert_eq!(world.rights("anne.fiktivsen"), 2);
}

/// A folder that never comes to rest is held, so whoever writes there without a pause stops no revocation elsewhere.
#[test]
fn somebody_who_writes_without_end_stops_no_revocation_elsewhere() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let (busy, path) = (world.file("unn/sara.fiktivsen.yaml"), world.file("ahus/hilde.utkastli.yaml"));
    let text = fs::read_to_string(&busy).unwrap();
    let of_the_busy = world.rights("sara.fiktivsen");
    let (done, begun) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !done.load(Ordering::SeqCst) && begun.elapsed() < Duration::from_secs(90) {
                turn += 1;
                fs::write(&busy, format!("{text}# {turn}\n")).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let revoked = format!(
            "    revoked: {{on: {}, by: anne.fiktivsen, reason: left}}\n  - application: rapporteket-smerte",
            today()
        );
        let hilde = fs::read_to_string(&path).unwrap();
        fs::write(&path, hilde.replace("  - application: rapporteket-smerte", &revoked)).unwrap();
        daemon.until("the revocation", || world.rights("hilde.utkastli") == 1);
        daemon.until_says("odd-path");
        done.store(true, Ordering::SeqCst);
    });
    assert_eq!(world.rights("sara.fiktivsen"), of_the_busy);
    // What was written last is judged as soon as the folder is at rest.
    daemon.until_is("portvakt_holds", 0.0);
    assert_eq!(world.rights("sara.fiktivsen"), of_the_busy);
}

#[test]
fn the_log_is_json_names_nobody_and_says_each_finding_once() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let path = world.file("ahus/nils.nykommer.yaml");
    fs::write(&path, newcomer("nils.nykommer").replace("role: LU", "role: SC")).unwrap();
    daemon.until_is("portvakt_holds", 1.0);
    for _ in 0..3 {
        daemon.look();
    }
    let found = |daemon: &crate::daemon::fixture::Daemon| {
        let lines = daemon.lines();
        lines.iter().filter(|line| line["file"] == "desired-state/ahus/nils.nykommer.yaml").count()
    };
    assert_eq!(found(&daemon), 1, "{}", daemon.log());
    assert_eq!(world.rights("nils.nykommer"), 0);
    fs::write(&path, newcomer("nils.nykommer").replace("Nils Nykommer", "Nils Ny:\tkommer")).unwrap();
    daemon.until("another finding", || found(&daemon) > 1);
    fs::remove_file(&path).unwrap();
    daemon.until_is("portvakt_holds", 0.0);
    let log = daemon.log();
    for name in ["Nils Ny", "Lars", "kommer\"", "@example"] {
        assert!(!log.contains(name), "{name} in\n{log}");
    }
    daemon.lines();
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_deleted_file_takes_rights_mail_and_reports_and_leaves_history() {
    let world = World::accepted();
    let (who, others) = ("anne.fiktivsen", "person <> 'anne.fiktivsen'");
    let mail = "SELECT count(*) FROM account WHERE email IS NOT NULL AND person = 'anne.fiktivsen'";
    let reports = "SELECT count(*) FROM subscription JOIN account ON account.id = owner
         WHERE person = 'anne.fiktivsen' AND ended IS NULL";
    assert_eq!((world.rights(who), world.ask::<i64>(mail)), (2, 1));
    assert!(world.ask::<i64>(reports) > 0);
    let rest = format!(
        "SELECT count(*) FROM access JOIN account ON account.id = account WHERE ended IS NULL AND {others}"
    );
    let (history, of_others) = (world.history(), world.ask::<i64>(&rest));
    let daemon = world.daemon(&["--grace", "1s"]).settled();
    fs::remove_file(world.file("ahus/anne.fiktivsen.yaml")).unwrap();
    daemon.until_passes(1.0);
    assert_eq!(world.rights(who), 2, "absence must last");
    daemon.until("revoked", || world.rights(who) == 0);
    daemon.quiet();
    assert_eq!((world.ask::<i64>(mail), world.ask::<i64>(reports)), (0, 0));
    assert_eq!((world.history(), world.ask::<i64>(&rest)), (history, of_others));
    assert!(daemon.metric("portvakt_last_effect_seconds") >= 1.0, "since it was first missed");
    let passes = daemon.passes();
    std::thread::sleep(Duration::from_millis(600));
    assert!((daemon.passes() - passes).abs() < 0.5, "nothing to do, nothing done");
}

#[test]
fn deleted_and_put_back_within_the_grace_is_nothing_each_time_anew() {
    let world = World::accepted();
    let daemon = world.daemon(&["--grace", "1500ms"]).settled();
    let before = world.state();
    let path = world.file("unn/sara.fiktivsen.yaml");
    let bytes = fs::read(&path).unwrap();
    // All absences together last longer than the grace. But each one counts alone.
    for _ in 0..4 {
        fs::remove_file(&path).unwrap();
        daemon.until_passes(1.0);
        daemon.quiet();
        fs::write(&path, &bytes).unwrap();
        daemon.until_passes(1.0);
        daemon.quiet();
    }
    assert_eq!(world.state(), before);
    assert!(!daemon.get("/metrics").1.contains("portvakt_steps_total{"), "no step of any kind");
}

#[test]
fn an_older_version_of_a_file_that_is_there_for_a_moment_shortens_nothing() {
    let (who, world) = ("nils.nykommer", World::accepted());
    let path = world.file("ahus/nils.nykommer.yaml");
    let [older, newer] = [100, 200].map(|days| newcomer_until(who, days));
    fs::write(&path, &newer).unwrap();
    let daemon = world.daemon(&["--grace", "60s"]).settled();
    daemon.until("the right", || world.rights(who) == 1);
    fs::write(&path, &older).unwrap();
    daemon.until_says("has an earlier end in its file");
    assert_eq!(world.accepted_end(who), end_after(200));
    daemon.until("the page", || daemon.get("/").1.contains("Earlier ends that wait to have lasted"));
    fs::write(&path, &newer).unwrap();
    daemon.until_says("no longer found");
    daemon.quiet();
    assert_eq!(world.accepted_end(who), end_after(200));
    assert!(!daemon.log().contains("approval-not-renewed"), "no approval is asked for");
    assert!(!daemon.get("/").1.contains("Earlier ends that wait to have lasted"));
    // A kill forgets how long an end has stood, and nothing else. One that stays is accepted.
    fs::write(&path, &older).unwrap();
    daemon.until("the page", || daemon.get("/").1.contains("Earlier ends that wait to have lasted"));
    daemon.kill();
    assert_eq!(world.accepted_end(who), end_after(200));
    let daemon = world.daemon(&[]);
    daemon.until("the end", || world.accepted_end(who) == end_after(100));
    daemon.quiet();
    let passes = daemon.passes();
    std::thread::sleep(Duration::from_millis(600));
    assert!((daemon.passes() - passes).abs() < 0.5, "nothing is waited for any more");
    assert_eq!(world.rights(who), 1);
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_folder_with_something_odd_is_a_hold_with_its_age() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let before = world.state();
    let odd = world.file("ahus/notes.txt");
    fs::write(&odd, "x").unwrap();
    daemon.until_is("portvakt_holds", 1.0);
    daemon.until("its age", || daemon.metric("portvakt_oldest_hold_age_seconds") > 0.5);
    fs::remove_file(&odd).unwrap();
    daemon.until_is("portvakt_holds", 0.0);
    assert_eq!(world.state(), before);
}

#[test]
fn a_broken_file_is_held_and_revokes_nobody() {
    let world = World::accepted();
    let daemon = world.daemon(&[]).settled();
    let before = world.state();
    let path = world.file("ahus/hilde.utkastli.yaml");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
    daemon.until_is("portvakt_holds", 1.0);
    daemon.until("its age", || daemon.metric("portvakt_oldest_hold_age_seconds") > 0.5);
    assert!(daemon.metric("portvakt_findings{severity=\"error\"}") >= 1.0);
    assert!(daemon.get("/").1.contains("findings of severity `error`"));
    assert_eq!(world.state(), before);
    // Everything else goes on.
    fs::write(world.file("ahus/nils.nykommer.yaml"), newcomer("nils.nykommer")).unwrap();
    daemon.until("the newcomer", || world.rights("nils.nykommer") == 1);
    assert_eq!(world.rights("hilde.utkastli"), 2);
    fs::write(&path, &bytes).unwrap();
    daemon.until_is("portvakt_holds", 0.0);
    daemon.until_is("portvakt_findings{severity=\"error\"}", 0.0);
    assert_eq!(world.rights("hilde.utkastli"), 2);
}

#[test]
fn a_file_that_comes_and_goes_is_waited_for_anew_each_time_it_is_written() {
    let world = World::accepted();
    let daemon = world.daemon(&["--grace", "4s"]).settled();
    let before = world.state();
    let file = world.file("nasjonal/bjorn.lederesen.yaml");
    let folder = file.parent().unwrap().to_owned();
    let aside = world.home().join("aside");
    // Each is gone for longer than the grace in all, and never for half of it at once. It is back for too short a time
    // for a pass to see it.
    for path in [file, folder] {
        for _ in 0..5 {
            fs::rename(&path, &aside).unwrap();
            std::thread::sleep(Duration::from_secs(1));
            fs::rename(&aside, &path).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        fs::rename(&path, &aside).unwrap();
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(world.state(), before, "{}", path.display());
        fs::rename(&aside, &path).unwrap();
        daemon.quiet();
        assert_eq!(world.state(), before, "{}", path.display());
    }
}
