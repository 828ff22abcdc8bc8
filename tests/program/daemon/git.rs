//! A git branch as the source. The daemon follows it commit by commit, refuses it when its history was rewritten, and
//! fetches it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use portvakt_test_bench::git;

use crate::daemon::fixture::{Daemon, World, end_after, newcomer, newcomer_until};

/// The accepted example as a repository, its tip on record as the commit that was accepted.
struct OnGit(World);

impl OnGit {
    fn new() -> Self {
        let world = World::accepted();
        fs::write(world.root().join(".gitignore"), "var/\n").unwrap();
        git(world.root(), &["init", "-q", "-b", "main"]);
        let on_git = Self(world);
        let tip = on_git.commit();
        on_git.accepts(&tip);
        on_git
    }

    fn accepts(&self, commit: &str) {
        self.0.accept_commit(commit);
    }

    fn accepted(&self) -> String {
        self.0.ask("SELECT value FROM mark WHERE key = 'source.commit'")
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.0.root(), args)
    }

    fn commit(&self) -> String {
        self.git(&["add", "-A", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "state"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn arrives(&self, id: &str) -> String {
        fs::write(self.0.file(&format!("ahus/{id}.yaml")), newcomer(id)).unwrap();
        self.commit()
    }

    fn leaves(&self, id: &str) -> String {
        fs::remove_file(self.0.file(&format!("ahus/{id}.yaml"))).unwrap();
        self.commit()
    }

    fn daemon(&self, more: &[&str]) -> Daemon {
        self.0.daemon(&[&["--source", "git"], more].concat())
    }

    fn clone_to(&self, name: &str, more: &[&str]) -> PathBuf {
        let path = self.0.home().join(name);
        self.git(&[&["clone", "-q"], more, &[".", path.to_str().unwrap()]].concat());
        path
    }

    /// A daemon on another repository with this register.
    fn daemon_at(&self, root: &Path, more: &[&str]) -> Daemon {
        let store = format!("sqlite:{}", self.0.store().display());
        Daemon::start(root, &[&["--source", "git", "--store", &store], more].concat())
    }
}

#[test]
fn commits_are_carried_out_and_the_folder_is_not() {
    let world = OnGit::new();
    let daemon = world.daemon(&[]).settled();
    fs::remove_file(world.0.file("unn/sara.fiktivsen.yaml")).unwrap();
    fs::write(world.0.file("ahus/nils.nykommer.yaml"), "not: [yaml").unwrap();
    daemon.quiet();
    daemon.look();
    assert!(daemon.is("portvakt_holds", 0.0));
    assert_eq!(world.0.rights("sara.fiktivsen"), 1);
    world.git(&["checkout", "-q", "."]);
    let tip = world.arrives("nils.nykommer");
    daemon.until("the right", || world.0.rights("nils.nykommer") == 1);
    daemon.until("the commit", || world.accepted() == tip);
    daemon.quiet();
    assert!(daemon.get("/").1.contains(&tip));
    assert!(daemon.metric("portvakt_head_age_seconds") < 600.0);
    // A file that is absent in a commit is absent, and the daemon does not wait.
    world.git(&["pack-refs", "--all"]);
    world.leaves("nils.nykommer");
    daemon.until("the removal", || world.0.rights("nils.nykommer") == 0);
    assert!(!daemon.log().contains("waiting-to-last"));
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn what_came_and_went_between_two_commits_has_served_its_request() {
    let world = OnGit::new();
    world.arrives("nils.nykommer");
    let tip = world.leaves("nils.nykommer");
    let daemon = world.daemon(&[]).settled();
    assert_eq!((world.accepted(), world.0.rights("nils.nykommer")), (tip, 0));
    let given: i64 = world.0.ask(
        "SELECT count(*) FROM access JOIN account ON account.id = access.account WHERE person = 'nils.nykommer'",
    );
    assert_eq!(given, 0, "it was accepted and is over: at the newest commit there is nothing to give");
    world.arrives("nils.nykommer");
    daemon.until_is("portvakt_holds", 1.0);
    daemon.until_says("R33");
    assert_eq!(world.0.rights("nils.nykommer"), 0);
}

#[test]
fn an_earlier_end_and_its_revert_that_arrive_together_shorten_nothing() {
    let (who, world) = ("nils.nykommer", OnGit::new());
    let ends_after = |days: i64| {
        fs::write(world.0.file("ahus/nils.nykommer.yaml"), newcomer_until(who, days)).unwrap();
        world.commit()
    };
    let tip = ends_after(200);
    let daemon = world.daemon(&[]).settled();
    daemon.until("the commit", || world.accepted() == tip);
    assert_eq!(daemon.stop(), 0);
    ends_after(100);
    let tip = ends_after(200);
    let daemon = world.daemon(&[]).settled();
    daemon.until("both commits", || world.accepted() == tip);
    daemon.quiet();
    assert_eq!(world.0.accepted_end(who), end_after(200));
    assert!(daemon.is("portvakt_holds", 0.0) && !daemon.log().contains("approval-not-renewed"));
    // A commit is deliberate. An end that is in the newest one counts without a wait.
    let tip = ends_after(100);
    daemon.until("the commit", || world.accepted() == tip);
    assert_eq!(world.0.accepted_end(who), end_after(100));
    assert!(!daemon.log().contains("waiting-to-last"));
}

#[test]
fn an_end_in_the_past_and_its_revert_that_arrive_together_take_nothing() {
    let (who, world) = ("aksel.demostad", OnGit::new());
    let path = world.0.file("helse-stavanger/aksel.demostad.yaml");
    let right = fs::read_to_string(&path).unwrap();
    let over = right.replacen("    request:", "    until: 2025-12-31\n    request:", 1);
    fs::write(&path, &over).unwrap();
    world.commit();
    fs::write(&path, &right).unwrap();
    let tip = world.commit();
    let daemon = world.daemon(&[]).settled();
    daemon.until("both commits", || world.accepted() == tip);
    daemon.quiet();
    assert_eq!(world.0.rights(who), 1);
    assert!(daemon.is("portvakt_holds", 0.0));
    // In the newest commit it acts.
    fs::write(&path, &over).unwrap();
    world.commit();
    daemon.until("the end", || world.0.rights(who) == 0);
}

#[test]
fn a_new_id_and_its_revert_that_arrive_together_retire_no_id() {
    let (who, world) = ("aksel.demostad", OnGit::new());
    let [old, new] = [who, "aksel.nylund"].map(|id| world.0.file(&format!("helse-stavanger/{id}.yaml")));
    let right = fs::read_to_string(&old).unwrap();
    let approved = format!("{{by: kristin.skinnvik, on: {}, identity: known}}", end_after(0));
    let renamed = format!("person: aksel.nylund\npreviously:\n  person: {who}\n  approved: {approved}\n");
    fs::write(&new, right.replacen(&format!("person: {who}\n"), &renamed, 1)).unwrap();
    fs::remove_file(&old).unwrap();
    world.commit();
    fs::write(&old, &right).unwrap();
    fs::remove_file(&new).unwrap();
    let tip = world.commit();
    let daemon = world.daemon(&[]).settled();
    daemon.until("both commits", || world.accepted() == tip);
    daemon.quiet();
    assert_eq!(world.0.rights(who), 1);
    assert!(daemon.is("portvakt_holds", 0.0) && !daemon.log().contains("id-retired"), "{}", daemon.log());
    // In the newest commit the id changes.
    fs::write(&new, right.replacen(&format!("person: {who}\n"), &renamed, 1)).unwrap();
    fs::remove_file(&old).unwrap();
    let tip = world.commit();
    daemon.until("the commit", || world.accepted() == tip);
    let now: String =
        world.0.ask("SELECT group_concat(DISTINCT person) FROM standing WHERE person LIKE 'aksel.%'");
    assert_eq!(now, "aksel.nylund");
}

#[test]
fn a_rewritten_branch_is_refused_until_it_is_put_back() {
    let world = OnGit::new();
    let first = world.accepted();
    let daemon = world.daemon(&[]).settled();
    let good = world.arrives("nils.nykommer");
    daemon.until("the commit", || world.accepted() == good);
    world.git(&["reset", "-q", "--hard", &first]);
    daemon.until_is("portvakt_history_refused", 1.0);
    fs::remove_file(world.0.file("unn/sara.fiktivsen.yaml")).unwrap();
    world.commit();
    daemon.quiet();
    daemon.look();
    assert_eq!((world.0.rights("nils.nykommer"), world.0.rights("sara.fiktivsen")), (1, 1));
    assert_eq!((world.accepted(), daemon.get("/readyz").0), (good.clone(), 503));
    daemon.until_says("history-rewritten");
    assert!(daemon.get("/").1.contains("not followed any further"));
    // With a merge from the side, the commit is in the branch, but the branch itself was never at it.
    world.git(&["merge", "-q", "--no-edit", &good]);
    daemon.quiet();
    daemon.look();
    assert!(daemon.is("portvakt_history_refused", 1.0));
    daemon.until_says("from the side");
    world.git(&["reset", "-q", "--hard", &good]);
    daemon.until_is("portvakt_history_refused", 0.0);
    let next = world.leaves("nils.nykommer");
    daemon.until("the next", || world.accepted() == next && world.0.rights("nils.nykommer") == 0);
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn an_older_copy_put_in_place_is_refused_and_a_baseline_is_taken_up() {
    let world = OnGit::new();
    let old = world.clone_to("old", &[]);
    let good = world.arrives("nils.nykommer");
    assert_eq!(world.daemon(&[]).settled().stop(), 0);
    assert_eq!(world.accepted(), good);
    let daemon = world.daemon_at(&old, &[]);
    daemon.until_is("portvakt_history_refused", 1.0);
    daemon.until_says("does not have the commit");
    daemon.quiet();
    daemon.look();
    daemon.quiet();
    assert_eq!((world.0.rights("nils.nykommer"), world.accepted()), (1, good));
    // Two administrators accept the older copy. People who are not in it lose their access.
    let tip = git(&old, &["rev-parse", "HEAD"]);
    world.accepts(&tip);
    daemon.until_is("portvakt_history_refused", 0.0);
    daemon.until("the older copy", || world.0.rights("nils.nykommer") == 0);
}

#[test]
fn a_bare_repository_with_packed_references_is_followed() {
    let world = OnGit::new();
    let bare = world.clone_to("bare.git", &["--bare"]);
    git(&bare, &["pack-refs", "--all"]);
    let daemon = world.daemon_at(&bare, &["--ref", "main"]).settled();
    let tip = world.arrives("nils.nykommer");
    world.git(&["push", "-q", bare.to_str().unwrap(), "main"]);
    daemon.until("the push", || world.accepted() == tip && world.0.rights("nils.nykommer") == 1);
    let tip = world.leaves("nils.nykommer");
    world.git(&["push", "-q", bare.to_str().unwrap(), "main"]);
    git(&bare, &["pack-refs", "--all"]);
    daemon.until("the second push", || world.accepted() == tip && world.0.rights("nils.nykommer") == 0);
}

#[test]
fn killed_in_the_middle_of_many_commits_it_goes_on_where_it_was() {
    let world = OnGit::new();
    let mut commits = vec![world.accepted()];
    let names = ["nils", "nora", "nina", "niels", "noah"];
    let ids: Vec<String> =
        names.iter().map(|name| format!("{name}.{}", "x".repeat(4 + name.len()))).collect();
    // Each person needs a request of their own. The fixture numbers them by the length of the name.
    let text =
        |n: usize, id: &str| newcomer(id).replace(&format!("REQ-NEW-{}", id.len()), &format!("REQ-GIT-{n}"));
    for (n, id) in ids.iter().enumerate() {
        fs::write(world.0.file(&format!("ahus/{id}.yaml")), text(n, id)).unwrap();
        commits.push(world.commit());
    }
    // Steps that are carried out together count together. The budget of the trust allows two in a pass.
    for id in ids.iter().take(2) {
        commits.push(world.leaves(id));
    }
    fs::write(world.0.root().join("README.md"), "nothing of the tree").unwrap();
    commits.push(world.commit());
    // Killed as soon as it has recorded another commit, and sometimes a little later.
    for turn in 0..4_u64 {
        let before = world.accepted();
        if before == commits[8] {
            assert!(turn > 1, "killed too late to see anything");
            break;
        }
        let daemon = world.daemon(&[]);
        daemon.until("another commit", || world.accepted() != before);
        std::thread::sleep(Duration::from_millis(turn * 3));
        daemon.kill();
        let place = |commit: &str| commits.iter().position(|known| known == commit).unwrap();
        assert!(place(&world.accepted()) > place(&before), "turn {turn}");
    }
    let daemon = world.daemon(&[]).settled();
    daemon.until("the end", || world.accepted() == commits[8]);
    daemon.quiet();
    for (n, id) in ids.iter().enumerate() {
        let over = i64::from(n < 2);
        assert_eq!(world.0.rights(id), 1 - over, "{id}");
        let served: i64 = world
            .0
            .ask(&format!("SELECT count(*) FROM standing WHERE person = '{id}' AND cleared IS NOT NULL"));
        assert_eq!(served, over, "{id} was accepted once, and is over where it was taken back");
    }
    assert_eq!(world.0.ask::<String>("PRAGMA integrity_check"), "ok");
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_remote_is_fetched_and_its_silence_stops_no_pass() {
    let world = OnGit::new();
    let clone = world.clone_to("clone", &[]);
    let daemon = world.daemon_at(&clone, &["--fetch", "origin", "--fetch-every", "200ms"]).settled();
    let tip = world.arrives("nils.nykommer");
    daemon.until("the fetch", || world.accepted() == tip && world.0.rights("nils.nykommer") == 1);
    daemon.until_is("portvakt_fetch_failing", 0.0);
    fs::rename(world.0.root().join(".git"), world.0.root().join("away")).unwrap();
    daemon.until_is("portvakt_fetch_failing", 1.0);
    daemon.until_says("fetch-failed");
    daemon.quiet();
    daemon.look();
    assert_eq!(daemon.get("/readyz").0, 200, "passes go on");
    assert!(daemon.metric("portvakt_last_fetch_age_seconds") > 0.0);
    fs::rename(world.0.root().join("away"), world.0.root().join(".git")).unwrap();
    daemon.until_says("the branch is fetched again");
    // The branch is rewritten at the remote. Git refuses it, and nothing moves.
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    fs::remove_file(world.0.file("unn/sara.fiktivsen.yaml")).unwrap();
    world.commit();
    daemon.until_says("rewritten at the remote");
    assert!(daemon.get("/").1.contains("rewritten at the remote"));
    assert_eq!((world.accepted(), world.0.rights("sara.fiktivsen")), (tip, 1));
    assert_eq!(daemon.stop(), 0);
}

#[test]
fn a_shallow_clone_that_ends_too_early_says_so() {
    let world = OnGit::new();
    for _ in 0..3 {
        world.commit();
    }
    let url = format!("file://{}", world.0.root().display());
    let shallow = world.0.home().join("shallow");
    world.git(&["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]);
    let daemon = world.daemon_at(&shallow, &[]);
    daemon.until_is("portvakt_history_refused", 1.0);
    daemon.until_says("this clone is shallow");
    daemon.until_says("git fetch --unshallow");
}

#[test]
fn a_directory_is_not_read_where_git_was_accepted() {
    let world = OnGit::new();
    fs::remove_file(world.0.file("unn/sara.fiktivsen.yaml")).unwrap();
    let daemon = world.0.daemon(&[]);
    daemon.until_says("source-switched");
    assert_eq!((world.0.rights("sara.fiktivsen"), daemon.get("/readyz").0), (1, 503));
}
