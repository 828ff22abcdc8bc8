//! Tests `--source git`. The committed state is judged, commit by commit, and the work tree is not read.

use super::desk::{COORDINATOR, Desk, LEADER, Told, person};
use super::git::{commit, git, newcomer, repository};

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
fn what_is_checked_is_the_merge_with_the_target_and_the_commits_are_named() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    let topic = desk.head();
    desk.on_git(&["check", "--base", "main"])
        .ends(0)
        .says("1 entry judged")
        .says(&format!("Judged: {topic} against"));
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "henrik.liksomdal");
    commit(&desk.root());
    let main = desk.head();
    // The approver is gone from the target. So the merged change would be refused, and this is not the author's work.
    let told = desk.json_of(&["check", "--base", "main", "--head", "topic"]).ends(1);
    let json = told.json();
    assert_eq!((json["base"].as_str(), json["head"].as_str()), (Some(&*main), Some(&*topic)));
    assert_eq!(
        (json["merged"].as_bool(), json["judged"].as_u64(), json["taken"].as_u64()),
        (Some(true), Some(1), Some(0))
    );
    told.says("henrik.liksomdal");
    assert_eq!(
        desk.json_of(&["check", "--base", "main~1", "--head", "topic"]).ends(0).json()["merged"],
        false
    );
    // Without `--source git`, `--head` is still read from git.
    desk.run(&["check", "--base", "main", "--head", "topic"]).ends(1).says("merged into").says("in memory");
    assert_eq!(desk.head(), main);
}

#[test]
fn a_conflict_is_named_and_nothing_is_judged() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Topic");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.change("unn", "sara.fiktivsen", "Sara Fiktivsen", "Sara Main");
    commit(&desk.root());
    desk.on_git(&["check", "--base", "main", "--head", "topic"])
        .ends(1)
        .says("error[merge-conflict]")
        .says("`desired-state/unn/sara.fiktivsen.yaml`")
        .never_says("judged");
}

/// Writes all files below a folder with CRLF, as a checkout with `core.autocrlf` does.
fn check_out_with_crlf(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            check_out_with_crlf(&path);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        }
    }
}

#[test]
fn a_work_tree_with_crlf_is_judged_as_its_commit() {
    let desk = repository();
    newcomer(&desk, "henrik.liksomdal");
    for folder in ["desired-state", "policies"] {
        check_out_with_crlf(&desk.root().join(folder));
    }
    desk.run(&["check", "--base", "main"]).ends(0).says("1 entry judged").never_says("protected-change");
}

#[test]
fn gitattributes_wait_for_two_in_a_folder_and_in_a_commit() {
    let desk = repository();
    std::fs::write(desk.root().join(".gitattributes"), "*.yaml -diff\n").unwrap();
    let told = |args: &[&str]| {
        desk.run(&[&["check", "--base", "main"], args].concat())
            .ends(4)
            .says("protected-change")
            .says("`.gitattributes` differs");
    };
    told(&[]);
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    commit(&desk.root());
    told(&["--head", "topic"]);
}

#[test]
fn a_name_that_is_a_protected_one_but_for_the_case_is_refused_and_stops_no_pass() {
    let desk = repository();
    std::fs::write(desk.root().join(".GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    std::fs::create_dir(desk.root().join("Policies")).unwrap();
    std::fs::write(desk.root().join("Policies/administration.cedar"), "").unwrap();
    let told = |args: &[&str]| {
        desk.run(&[&["check", "--base", "main"], args].concat())
            .ends(1)
            .says("error[odd-path]: `.GITATTRIBUTES` is a name that is read as `.gitattributes`")
            .says("Rename it to `.gitattributes`")
            .says("`Policies` is a name that is read as `policies`");
    };
    told(&[]);
    desk.run(&["--lang", "nb", "check", "--base", "main"]).ends(1).says("et navn som leses som `policies`");
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    commit(&desk.root());
    told(&["--head", "topic"]);
    let desk = Desk::accepted();
    std::fs::write(desk.root().join(".GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    std::fs::write(desk.root().join("policies/.GITATTRIBUTES"), "*.yaml -diff\n").unwrap();
    desk.delete("unn", "sara.fiktivsen");
    let told = desk.run(&["apply"]).ends(1).says("odd-path").says("1 of 1 step done");
    told.never_says("policies-invalid").never_says("protected-change");
    desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
}

#[test]
fn a_file_under_the_old_name_of_a_folder_is_a_conflict() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    git(&desk.root(), &["mv", "desired-state/unn", "desired-state/unn-nord"]);
    commit(&desk.root());
    let check = |lang: &str| {
        desk.run(&["--lang", lang, "check", "--base", "main", "--head", "topic"])
            .ends(1)
            .says("[merge-conflict]")
            .says("`desired-state/unn/ny.testesen.yaml`")
            .never_says("judged")
    };
    check("en").says("under its old name");
    check("nb").says("under det gamle navnet");
}

#[test]
fn a_stale_base_is_refused_by_name() {
    let desk = repository();
    let old = desk.head();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    let new = desk.head();
    let check = |args: &[&str]| desk.on_git(&[&["check", "--head", "topic"], args].concat());
    // The target is unknown, so the base cannot be stale, and the output says so.
    check(&["--base", &old]).ends(0).says("advice[base-not-the-target]").says("--target");
    check(&["--base", "main"]).ends(0).never_says("base-not-the-target");
    check(&["--base", &old, "--target", "main"]).ends(1).says("error[base-stale]").says(&old).says(&new);
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", &new]);
    check(&["--base", &old]).ends(1).says("base-stale").says("--base origin/main");
    check(&["--base", "topic~1"]).ends(1).says("base-stale");
    // A base that holds the change already finds nothing wrong with it.
    git(&desk.root(), &["switch", "-q", "-c", "ahead"]);
    git(&desk.root(), &["commit", "-q", "--allow-empty", "-m", "Not on the target yet"]);
    let ahead = desk.head();
    git(&desk.root(), &["switch", "-q", "main"]);
    check(&["--base", &ahead])
        .ends(1)
        .says("error[base-not-the-target]")
        .says(&ahead)
        .says("--base origin/main");
    check(&["--base", &ahead, "--target", "main"]).ends(1).says("base-not-the-target");
    check(&["--base", &ahead, "--target", &ahead]).ends(0).never_says("base-not-the-target");
    check(&["--base", "origin/main"]).ends(0).says("1 entry judged");
    check(&["--base", &new]).ends(0);
    // It is the same by the name of a branch, of `origin` or of one's own, and however the name is written.
    git(&desk.root(), &["update-ref", "refs/remotes/origin/ahead", &ahead]);
    for base in ["origin/ahead", "refs/remotes/origin/ahead", "ahead", "refs/heads/ahead"] {
        check(&["--base", base]).ends(1).says("error[base-not-the-target]").says("--base origin/main");
        check(&["--base", base, "--target", base]).ends(0).never_says("base-not-the-target");
        desk.run(&["check", "--base", base]).ends(1).says("error[base-not-the-target]");
    }
    git(&desk.root(), &["update-ref", "refs/remotes/origin/behind", &old]);
    check(&["--base", "origin/behind"]).ends(1).says("error[base-stale]");
    check(&["--base", "main"]).ends(0).says("1 entry judged");
    check(&["--base", &old, "--target", &old]).ends(0);
    // A folder as the head is asked the same.
    desk.run(&["check", "--base", &old]).ends(1).says("base-stale");
    desk.run(&["check", "--base", "main"]).ends(0);
    check(&["--base", ".", "--target", "main"]).ends(1).says("is a folder");
}

#[test]
fn without_an_origin_a_base_that_is_not_the_main_branch_is_said_and_fails_a_job() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "other"]);
    git(&desk.root(), &["commit", "-q", "--allow-empty", "-m", "Not on the main branch"]);
    let other = desk.head();
    git(&desk.root(), &["tag", "a-tag", "other"]);
    git(&desk.root(), &["switch", "-q", "main"]);
    let check = |job: Option<&str>, args: &[&str]| {
        let mut program = desk.program();
        program.envs(job.map(|job| ("CI", job))).arg("check").args(args);
        Told::of(&program.output().unwrap())
    };
    for base in ["other", "refs/heads/other", &other, "a-tag"] {
        for no_job in [None, Some(""), Some("false")] {
            check(no_job, &["--base", base]).ends(0).says("advice[base-not-the-target]").says("--target");
        }
        check(Some("true"), &["--base", base]).ends(1).says("error[base-not-the-target]").says("--target");
        check(Some("true"), &["--base", base, "--target", base]).ends(0).never_says("base-not-the-target");
    }
    check(Some("true"), &["--lang", "nb", "--base", "other"]).ends(1).says("hovedgrenen `main`");
    for base in ["main", "refs/heads/main", "HEAD"] {
        check(Some("true"), &["--base", base]).ends(0).never_says("base-not-the-target");
    }
    // If no branch has that name, the one that is named is the target.
    git(&desk.root(), &["branch", "-q", "-m", "main", "trunk"]);
    check(Some("true"), &["--base", "trunk"]).ends(0).never_says("base-not-the-target");
}

#[test]
fn what_was_committed_is_checked_whatever_lies_in_the_folder() {
    let desk = repository();
    desk.write("unn", "sara.fiktivsen", "not: yaml: at all");
    desk.run(&["check"]).ends(1);
    desk.on_git(&["check"]).ends(0).says(&format!("Judged: {}.", desk.head()));
    desk.on_git(&["--ref", "nowhere", "check"]).ends(5).says("no commit `nowhere`");
    git(&desk.root(), &["init", "-q", "--ref-format=reftable", "tables"]);
    desk.on_git(&["--root", "tables", "check"]).ends(5).says("reftable");
    git(&desk.root(), &["init", "-q", "--object-format=sha256", "long"]);
    desk.on_git(&["--root", "long", "check"]).ends(5).says("cannot be opened").says("SHA-256");
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

#[test]
fn a_change_that_has_merged_its_target_is_told_what_a_fast_forward_would_do() {
    let desk = repository();
    git(&desk.root(), &["switch", "-q", "-c", "topic"]);
    newcomer(&desk, "henrik.liksomdal");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "main"]);
    desk.delete("unn", "sara.fiktivsen");
    commit(&desk.root());
    git(&desk.root(), &["switch", "-q", "topic"]);
    let check = || desk.on_git(&["check", "--base", "main", "--head", "topic"]);
    check().ends(0).never_says("history-rewritten");
    git(&desk.root(), &["merge", "-q", "--no-edit", "main"]);
    check().ends(0).says("advice[history-rewritten]").says("--no-ff");
    // Made from the target anew, the target stays on the line.
    git(&desk.root(), &["rebase", "-q", "main"]);
    check().ends(0).never_says("history-rewritten");
}
