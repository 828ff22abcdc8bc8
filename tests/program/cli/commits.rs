//! Tests `--source git`. The committed state is judged, commit by commit, and the work tree is not read.

use super::desk::{COORDINATOR, Desk, LEADER, Told, person};
use super::git::{commit, git, newcomer, repository};

mod checked;
mod linked;
mod odd_policies;

const GIT: [&str; 2] = ["--source", "git"];

impl Desk {
    fn on_git(&self, args: &[&str]) -> Told {
        self.run(&[&GIT, args].concat())
    }

    fn json_of(&self, args: &[&str]) -> Told {
        self.on_git(&[&["--format", "json"], args].concat())
    }

    fn head(&self) -> String {
        git(&self.root(), &["rev-parse", "HEAD"])
    }

    fn accept_commit(&self) -> Told {
        let digest = self.on_git(&["baseline"]).ends(0).after("Digest of the tree: ");
        self.on_git(&["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR])
    }
}

/// A repository whose tip has been accepted and told to the register.
fn accepted() -> Desk {
    let desk = repository();
    std::fs::write(desk.root().join(".gitignore"), "var/\n").unwrap();
    commit(&desk.root());
    desk.accept_commit().ends(0);
    desk.on_git(&["apply"]).ends(0);
    desk
}

#[test]
fn plan_and_apply_go_by_commits_and_never_by_the_folder() {
    let desk = accepted();
    let first = desk.head();
    newcomer(&desk, "henrik.liksomdal");
    desk.on_git(&["plan"]).ends(0).says("0 steps");
    desk.on_git(&["apply"]).ends(0).says("0 new commits").says(&first);
    commit(&desk.root());
    desk.delete("unn", "ny.testesen");
    let plan = desk.json_of(&["plan"]).ends(3).json();
    assert_eq!((plan["commits"].as_u64(), plan["steps"].as_array().unwrap().len()), (Some(1), 1));
    let told = desk.json_of(&["apply"]).ends(0).json();
    assert_eq!((told["done"].as_u64(), told["commit"].as_str()), (Some(1), Some(&*desk.head())));
    desk.on_git(&["plan"]).ends(0);
    desk.run(&["ledger", "show", "--kind", "pass"]).ends(0);
    desk.run(&["ledger", "verify"]).ends(0);
}

#[test]
fn a_grant_that_came_and_went_between_two_runs_has_served_its_request() {
    let desk = accepted();
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    desk.delete("unn", "ny.testesen");
    commit(&desk.root());
    desk.on_git(&["plan"]).ends(0).says("2 commits lie between").says("0 steps");
    desk.on_git(&["apply"]).ends(0).says("2 new commits").says("1 of 1 step done");
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    desk.on_git(&["apply"]).ends(1).says("R33");
}

/// An approver who comes in one commit approves in the next one. Each commit is judged against the one before.
#[test]
fn each_commit_is_judged_at_the_one_before_it() {
    let desk = accepted();
    let coordinator = person("siv.testesen", "unn", 101719, "leif.utkastli");
    desk.write("unn", "siv.testesen", &coordinator);
    commit(&desk.root());
    desk.change("unn", "siv.testesen", "leif.utkastli", "henrik.liksomdal");
    commit(&desk.root());
    let told = desk.on_git(&["apply"]).ends(0).says("2 new commits").says("1 of 1 step done");
    told.never_says("R15");
}

#[test]
fn a_branch_that_does_not_follow_is_shown_and_end_dates_go_on() {
    let desk = accepted();
    let text = person("ny.testesen", "unn", 101719, "henrik.liksomdal")
        .replace("    from: 2026-11-20\n", "    from: 2026-11-20\n    until: 2026-11-30\n");
    desk.write("unn", "ny.testesen", text);
    commit(&desk.root());
    desk.on_git(&["apply"]).ends(0).says("1 of 1 step done");
    let accepted = desk.head();
    git(&desk.root(), &["reset", "-q", "--hard", "HEAD~1"]);
    desk.on_git(&["plan"]).ends(4).says("history-rewritten").says("set back").says(&accepted);
    desk.on_git(&["apply"]).ends(4).says("history-rewritten").says("baseline --accept").says("0 of 0 steps");
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    desk.on_git(&["apply"]).ends(4).says("rewritten").says("0 of 0 steps");
    let later = desk.at("2026-12-01T12:00:00Z", &["--source", "git", "apply"]);
    later.ends(4).says("1 of 1 step done").says("ny.testesen");
    // A clone that has never seen the commit: nothing of people can be compared, and end dates still act.
    git(&desk.root(), &["reflog", "expire", "--expire=now", "--all"]);
    git(&desk.root(), &["gc", "-q", "--prune=now"]);
    desk.at("2026-12-01T13:00:00Z", &["--source", "git", "apply"])
        .ends(4)
        .says("does not have the commit")
        .says("0 of 0 steps");
    desk.accept_commit().ends(0);
    let told = desk.on_git(&["apply"]).says("it stands at").never_says("history-rewritten");
    assert!(told.err.contains(&desk.head()), "{}", told.err);
}

#[test]
fn another_kind_of_source_needs_a_baseline() {
    let desk = accepted();
    for command in ["plan", "apply"] {
        desk.run(&[command]).ends(4).says("source-switched").says("`--source git`");
    }
    desk.accept(&[LEADER, COORDINATOR]).ends(0);
    desk.run(&["apply"]).ends(0);
    for command in ["plan", "apply"] {
        desk.on_git(&[command]).ends(4).says("source-switched").says("without `--source git`");
    }
    desk.run(&["--ref", "main", "plan"]).ends(2).says("`--source git`");
}

#[test]
fn a_bare_repository_with_the_tree_further_down_is_followed() {
    let desk = Desk::empty();
    portvakt::example::copy(&desk.root().join("access"), jiff::civil::date(2026, 11, 23)).unwrap();
    git(&desk.root(), &["init", "-q", "-b", "main"]);
    commit(&desk.root());
    let bare = desk.beside("bare.git");
    git(&desk.root(), &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    git(&bare, &["pack-refs", "--all"]);
    let store = format!("sqlite:{}", desk.beside("register.db").display());
    let run = |args: &[&str]| {
        let where_ = ["--root", bare.to_str().unwrap(), "--inside", "access", "--store", &store];
        desk.on_git(&[&where_, args].concat())
    };
    let digest = run(&["baseline"]).ends(0).says("Commit: ").after("Digest of the tree: ");
    run(&["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    run(&["apply"]).ends(0);
    let path = desk.root().join("access/desired-state/unn/ny.testesen.yaml");
    std::fs::write(path, person("ny.testesen", "unn", 101719, "henrik.liksomdal")).unwrap();
    commit(&desk.root());
    git(&desk.root(), &["push", "-q", bare.to_str().unwrap(), "main"]);
    run(&["check", "--base", "main~1"]).ends(0).says("1 entry judged");
    run(&["apply"]).ends(0).says("1 new commit accepted").says("1 of 1 step done");
}

#[test]
fn a_fetch_brings_what_the_remote_has_and_its_failure_stops_nothing() {
    let desk = repository();
    let clone = desk.beside("clone");
    git(&desk.root(), &["clone", "-q", ".", clone.to_str().unwrap()]);
    let store = format!("sqlite:{}", desk.beside("register.db").display());
    let run = |args: &[&str]| {
        desk.on_git(&[&["--root", clone.to_str().unwrap(), "--store", &store], args].concat())
    };
    let digest = run(&["baseline"]).after("Digest of the tree: ");
    run(&["baseline", "--accept", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    run(&["apply"]).ends(0);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    run(&["apply"]).ends(0).says("0 new commits");
    run(&["apply", "--fetch", "origin"]).ends(0).says("1 new commit").says("1 of 1 step done");
    assert_ne!(git(&clone, &["rev-parse", "main"]), desk.head(), "only the remote's branch moves");
    // The remote is rewritten. Git refuses it, and the earlier commits stay.
    git(&desk.root(), &["reset", "-q", "--hard", "HEAD~1"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    run(&["apply", "--fetch", "origin"])
        .ends(4)
        .says("history-rewritten")
        .says("at the remote")
        .says("0 of 0 steps");
    std::fs::rename(desk.root().join(".git"), desk.root().join("gone")).unwrap();
    run(&["apply", "--fetch", "origin"]).ends(0).says("advice[fetch-failed]").says("0 of 0 steps");
    run(&["apply", "--fetch", "-x"]).ends(2);
    run(&["apply", "--fetch", "no/name"]).ends(2).says("no name of a remote");
    desk.run(&["apply", "--fetch", "origin"]).ends(2).says("goes with `--source git`");
}

/// People of as many trusts, with their files.
const PEOPLE: [&str; 12] = [
    "ahus/anne.fiktivsen",
    "helse-bergen/jon.oppdiktsen",
    "helse-fonna/hedda.monsterud",
    "helse-more-og-romsdal/berit.skinnvik",
    "helse-nord-trondelag/randi.provedal",
    "helse-stavanger/halvor.liksomdal",
    "oslo-universitetssykehus/eli.demostad",
    "sorlandet-sykehus/vilde.liksomdal",
    "st-olavs-hospital/dagny.provedal",
    "unn/olav.testesen",
    "helse-bergen/per.fiktivsen",
    "oslo-universitetssykehus/liv.testesen",
];

fn file_of(desk: &Desk, who: &str) -> std::path::PathBuf {
    desk.root().join(format!("desired-state/{who}.yaml"))
}

fn rights(desk: &Desk) -> i64 {
    let sql = "SELECT count(*) FROM access JOIN account ON account.id = account WHERE access.ended IS NULL AND active = 1";
    desk.database().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Files may come and go between two looks. At the newest commit nothing is missing.
#[test]
fn a_slip_and_its_repair_that_arrive_together_take_nothing() {
    type Slip = fn(&str) -> Option<String>;
    let slips: [(&str, Slip); 4] = [
        ("deleted", |_| None),
        ("cut", |text| Some(text[..text.len() / 2].to_owned())),
        ("an entry deleted", |text| {
            let second = text.rfind("  - application")?;
            Some(text[..second].to_owned())
        }),
        ("another role", |text| Some(text.replace("role: LU", "role: LC"))),
    ];
    for (what, slip) in slips {
        let desk = accepted();
        let before = rights(&desk);
        for who in &PEOPLE[..6] {
            let path = file_of(&desk, who);
            let text = std::fs::read_to_string(&path).unwrap();
            match slip(&text) {
                Some(same) if same == text => continue,
                None => std::fs::remove_file(&path).unwrap(),
                Some(wrong) => std::fs::write(&path, wrong).unwrap(),
            }
            commit(&desk.root());
            std::fs::write(&path, &text).unwrap();
            commit(&desk.root());
        }
        desk.on_git(&["apply"]).says("new commits").says("0 of 0 steps done");
        assert_eq!(rights(&desk), before, "{what}");
        desk.on_git(&["plan"]).ends(0).says("0 steps");
    }
}

#[test]
fn a_file_moved_and_moved_back_takes_nothing() {
    let desk = accepted();
    let (before, path) = (rights(&desk), file_of(&desk, PEOPLE[0]));
    let away = desk.root().join("desired-state/ahus/Anne.Fiktivsen.yaml");
    std::fs::rename(&path, &away).unwrap();
    commit(&desk.root());
    desk.on_git(&["apply"]).ends(4).says("loss-withheld");
    std::fs::rename(&away, &path).unwrap();
    commit(&desk.root());
    desk.on_git(&["apply"]).ends(0);
    assert_eq!(rights(&desk), before);
}

/// Twelve deletions in twelve commits are twelve people in one pass.
#[test]
fn what_is_carried_out_together_is_counted_together() {
    let desk = accepted();
    let before = rights(&desk);
    for who in PEOPLE {
        std::fs::remove_file(file_of(&desk, who)).unwrap();
        commit(&desk.root());
    }
    desk.on_git(&["apply"]).ends(4).says("12 new commits").says("removals-held");
    assert_eq!(rights(&desk), before);
}
