//! The templates in docs/ci stay safe. No secret is present where a change's content is read, permissions are minimal,
//! actions are pinned to a commit, and no untrusted text is inside a script. The script that writes the comment runs
//! against a stand-in for `gh`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

mod comment;

pub(crate) const CHECK: &str = "github-actions.yml";
const COMMENT: &str = "github-actions-comment.yml";
pub(crate) const APPROVALS: &str = "github-actions-approvals.yml";

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(crate::ROOT).join("docs/ci").join(name)).unwrap()
}

pub(crate) fn read(name: &str) -> Value {
    serde_yaml::from_str(&text(name)).unwrap()
}

/// Collects every map in a value, including the value itself.
fn maps<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(map) => {
            found.push(map);
            map.values().for_each(|value| maps(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| maps(value, found)),
        _ => {}
    }
}

pub(crate) fn all(value: &Value) -> Vec<&serde_json::Map<String, Value>> {
    let mut found = Vec::new();
    maps(value, &mut found);
    found
}

/// Returns the trigger of the merge queue. Without an answer to it nothing is merged.
fn in_the_queue() -> Value {
    json!({"types": ["checks_requested"], "branches": ["main"]})
}

#[test]
fn a_required_job_is_never_skipped_and_no_two_places_of_the_queue_share_a_run() {
    for (name, job) in [(CHECK, "check"), (APPROVALS, "approvals")] {
        let workflow = read(name);
        // A job that is skipped counts as one that has succeeded, for a request that is then meant for another branch.
        assert_eq!(workflow["jobs"][job].get("if"), None, "{name}");
        // The name that is required.
        assert_eq!(workflow["jobs"][job]["name"], json!(job));
        let group = workflow["concurrency"]["group"].as_str().unwrap();
        assert!(group.ends_with("-${{ github.ref }}"), "{group}");
    }
}

#[test]
fn the_job_that_reads_the_change_may_only_read() {
    let workflow = read(CHECK);
    // `edited` is needed because another target branch is an edit, and the earlier check was for the branch before.
    let types = ["opened", "synchronize", "reopened", "edited"];
    assert_eq!(
        workflow["on"],
        json!({"pull_request": {"branches": ["main"], "types": types}, "merge_group": in_the_queue()})
    );
    assert_eq!(workflow["permissions"], json!({"contents": "read"}));
    assert!(workflow["jobs"].as_object().unwrap().values().all(|job| job.get("permissions").is_none()));
    assert!(!text(CHECK).contains("secrets.") && !text(CHECK).contains("github.token"));
    let checkout = all(&workflow).into_iter().find(|step| {
        step.get("uses").and_then(Value::as_str).is_some_and(|uses| uses.starts_with("actions/checkout@"))
    });
    assert_eq!(checkout.unwrap()["with"]["persist-credentials"], json!(false));
}

#[test]
fn the_job_that_may_write_comments_runs_nothing_of_the_change() {
    let workflow = read(COMMENT);
    assert_eq!(
        workflow["on"],
        json!({"workflow_run": {"workflows": ["Access check", "Access approvals"], "types": ["completed"]}})
    );
    assert_eq!(read(CHECK)["name"], json!("Access check"));
    assert_eq!(read(APPROVALS)["name"], json!("Access approvals"));
    assert_eq!(workflow["permissions"], json!({}));
    let jobs: Vec<&Value> = workflow["jobs"].as_object().unwrap().values().collect();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["permissions"], json!({"actions": "read", "pull-requests": "write"}));
    let when = ["pull_request", "pull_request_review"];
    let when = when.map(|event| format!("github.event.workflow_run.event == '{event}'")).join(" || ");
    assert_eq!(jobs[0]["if"], json!(when));
    let words = text(COMMENT);
    for never in [
        "actions/checkout",
        "git clone",
        "git fetch",
        "gh pr checkout",
        "secrets.",
        "portvakt plan",
        "portvakt check",
    ] {
        assert!(!words.contains(never), "{never}");
    }
}

#[test]
fn the_job_that_asks_who_approved_may_only_read_and_shows_its_token_to_the_program_alone() {
    let workflow = read(APPROVALS);
    // `pull_request` is not used, because the run before the approval would stay refused beside the one after it.
    assert_eq!(
        workflow["on"],
        json!({"pull_request_review": {"types": ["submitted", "dismissed"]}, "merge_group": in_the_queue()})
    );
    assert_eq!(workflow["permissions"], json!({"contents": "read", "pull-requests": "read"}));
    assert!(workflow["jobs"].as_object().unwrap().values().all(|job| job.get("permissions").is_none()));
    assert!(!text(APPROVALS).contains("secrets."));
    let workflow_maps = all(&workflow);
    let uses = |action: &str| {
        let is_it = |uses: &str| uses.starts_with(action);
        workflow_maps.iter().find(|step| step.get("uses").and_then(Value::as_str).is_some_and(is_it)).unwrap()
    };
    assert_eq!(uses("actions/checkout@")["with"]["persist-credentials"], json!(false));
    assert_eq!(text(APPROVALS).matches("github.token").count(), 1);
    let step = workflow_maps.iter().find(|map| map.get("id") == Some(&json!("verdict"))).unwrap();
    assert_eq!(step["env"]["TOKEN"], json!("${{ github.token }}"));
    // The script runs against a program that notes its input.
    let runner = tempfile::tempdir().unwrap();
    fs::create_dir(runner.path().join("bin")).unwrap();
    for (name, script) in [
        (
            "portvakt",
            "#!/bin/bash\necho \"$*\" >> \"$RUNNER_TEMP/asked\"\nenv >> \"$RUNNER_TEMP/inherited\"\n\
             stat --format %a \"$2\" >> \"$RUNNER_TEMP/rights\"\ncat \"$2\" >> \"$RUNNER_TEMP/token\"\n\
             case \"$3\" in check) echo \"$FAKE_SAYS\"; exit \"$FAKE_CHECK\" ;; *) echo plan; exit 3 ;; esac\n",
        ),
        ("git", "#!/bin/bash\necho 0123456789abcdef0123456789abcdef01234567\n"),
    ] {
        let program = runner.path().join("bin").join(name);
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |(check, says): (&str, &str)| {
        let path = format!("{}:{}", runner.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut bash = Command::new("bash");
        bash.args(["-c", step["run"].as_str().unwrap()]).env_clear().env("PATH", path);
        bash.envs([
            ("EVENT", "pull_request_review"),
            ("NUMBER", "12"),
            ("MEANT_FOR", "main"),
            ("QUEUED", ""),
            ("TARGET", "refs/remotes/origin/main"),
            ("TOKEN", "fictional-token"),
            ("FAKE_CHECK", check),
            ("FAKE_SAYS", says),
        ]);
        bash.env("RUNNER_TEMP", runner.path()).output().unwrap().status.code().unwrap()
    };
    let (error, held) = (r#"{"severity": "error"}"#, r#"{"severity": "held"}"#);
    for (check, says, ends) in [("0", "", 0), ("4", held, 0), ("4", error, 1), ("1", error, 1), ("5", "", 5)]
    {
        assert_eq!(run((check, says)), ends);
        let left = runner.path().join("forge-token");
        assert!(!left.exists() && runner.path().join("plan/plan.md").is_file());
    }
    let told = |name: &str| fs::read_to_string(runner.path().join(name)).unwrap();
    // Twice a run, and once more where something waits: whether an error stands beside it.
    assert_eq!(told("asked").matches("--merge-request 12").count(), 12);
    assert!(!told("asked").contains("fictional-token") && !told("inherited").contains("fictional-token"));
    assert_eq!((told("token").lines().count(), told("rights").replace("600\n", "")), (12, String::new()));
    assert!(told("token").lines().all(|line| line == "fictional-token"));
}

#[test]
fn no_required_job_can_be_skipped_and_pass_for_it() {
    // GitHub takes a job whose own `if` is false for one that has succeeded, and the mark stays with the commit.
    for name in [CHECK, APPROVALS] {
        let workflow = read(name);
        for job in workflow["jobs"].as_object().unwrap().values() {
            assert!(job.get("if").is_none() && job.get("needs").is_none(), "{name}");
        }
        assert!(workflow["on"].as_object().unwrap().values().all(|on| on.get("paths").is_none()), "{name}");
    }
}

#[test]
fn no_template_runs_a_strangers_change_with_the_projects_rights() {
    for name in [CHECK, COMMENT, APPROVALS] {
        assert!(!text(name).contains("pull_request_target"), "{name}");
        assert!(all(&read(name)).iter().all(|map| !map.contains_key("pull_request_target")));
    }
}

#[test]
fn actions_are_pinned_to_a_commit() {
    let mut seen = 0;
    for name in [CHECK, COMMENT, APPROVALS] {
        for map in all(&read(name)) {
            let Some(uses) = map.get("uses") else { continue };
            let (action, pin) = uses.as_str().unwrap().split_once('@').unwrap();
            assert!(action.starts_with("actions/"), "{action}");
            assert!(
                pin.len() == 40 && pin.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                "{pin}"
            );
            // The line also names the version, for the person who renews it.
            let line = text(name).lines().find(|line| line.contains(pin)).unwrap().to_owned();
            assert!(
                line.split_once("# v").is_some_and(|(_, version)| version.split('.').count() == 3),
                "{line}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 5);
}

#[test]
fn scripts_get_what_others_wrote_through_the_environment() {
    // These values come from the forge itself: numbers, hexadecimal digits, and names of this repository.
    let plain = [
        "github.event.merge_group.head_ref",
        "github.event.pull_request.base.ref",
        "github.event.pull_request.number",
        "github.event.workflow_run.id",
        "github.event.workflow_run.head_sha",
        "github.event.workflow_run.html_url",
        "github.event_name",
        "github.ref",
        "github.repository",
        "github.token",
        "runner.temp",
    ];
    let mut scripts = 0;
    for name in [CHECK, COMMENT, APPROVALS] {
        for map in all(&read(name)) {
            if let Some(run) = map.get("run") {
                assert!(!run.as_str().unwrap().contains("${{"), "{name}");
                assert!(run.as_str().unwrap().starts_with("set -euo pipefail\n"), "{name}");
                scripts += 1;
            }
        }
        for rest in text(name).split("${{").skip(1) {
            let expression = rest.split("}}").next().unwrap().trim();
            assert!(plain.contains(&expression), "{name}: {expression}");
        }
    }
    assert_eq!(scripts, 7);
}

#[test]
fn gitlab_gives_its_token_to_the_protected_branch_alone() {
    let pipeline = read("gitlab-ci.yml");
    let [check, comment, approvals] =
        ["access-check", "access-comment", "access-approvals"].map(|job| &pipeline[job]);
    let rule = |job: &Value| {
        let rules = job["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 1);
        rules[0]["if"].as_str().unwrap().to_owned()
    };
    // The job is there whatever the target branch is, and fails where it is another.
    assert_eq!(rule(check), "$CI_PIPELINE_SOURCE == \"merge_request_event\"");
    let first = "set -euo pipefail\ntest \"$CI_MERGE_REQUEST_TARGET_BRANCH_NAME\" = \"$CI_DEFAULT_BRANCH\"\n";
    assert!(check["script"][0].as_str().unwrap().starts_with(first));
    let protected = "$CI_PIPELINE_SOURCE == \"schedule\" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && \
                     $CI_COMMIT_REF_PROTECTED == \"true\"";
    assert_eq!(rule(comment), protected);
    assert_eq!(rule(approvals), format!("{protected} && $PORTVAKT_FORGE_TOKEN"));
    assert!(!check.to_string().contains("TOKEN"));
    // Files of an earlier job in the folder are neither run nor taken for a plan.
    assert_eq!(comment["variables"], json!({"GIT_STRATEGY": "empty"}));
    assert_eq!(check["variables"], json!({"GIT_DEPTH": "0", "GIT_STRATEGY": "clone"}));
    let script = comment["script"][0].as_str().unwrap();
    // The token is not sent to another address, and it is not on a command line.
    assert!(!script.contains("--location") && !script.contains("--header \"PRIVATE-TOKEN"));
    assert!(!script.contains("portvakt\" plan") && !script.contains("git "));
    // Merge requests are read as objects: none is checked out where there is a token.
    let script = approvals["script"][0].as_str().unwrap();
    assert_eq!(approvals["variables"], json!({"GIT_DEPTH": "0", "GIT_STRATEGY": "clone"}));
    for never in
        ["checkout", "git switch", "git merge", "worktree", "reset", "--header \"PRIVATE-TOKEN", "source "]
    {
        assert!(!script.contains(never), "{never}");
    }
    let (before, after) = script.split_once("unset PORTVAKT_FORGE_TOKEN\n").unwrap();
    assert!(before.contains("umask 077\n") && !after.contains("FORGE_TOKEN") && !before.contains("git "));
    for job in [check, comment, approvals] {
        assert!(job["image"].as_str().unwrap().contains("@sha256:"));
        assert!(job["script"][0].as_str().unwrap().starts_with("set -euo pipefail\n"));
    }
}

#[test]
fn every_script_is_one_that_a_shell_reads() {
    let mut scripts = Vec::new();
    for name in [CHECK, COMMENT, APPROVALS] {
        let workflow = read(name);
        scripts.extend(all(&workflow).iter().filter_map(|map| Some(map.get("run")?.as_str()?.to_owned())));
    }
    let pipeline = read("gitlab-ci.yml");
    for job in ["access-check", "access-approvals", "access-comment"] {
        scripts.push(pipeline[job]["script"][0].as_str().unwrap().to_owned());
    }
    assert_eq!(scripts.len(), 10);
    for script in scripts {
        let done = Command::new("bash").args(["-n", "-c", &script]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn a_line_of_the_plan_is_no_command_to_gitlab() {
    let pipeline = read("gitlab-ci.yml");
    let script = pipeline["access-comment"]["script"][0].as_str().unwrap();
    let line = script.lines().find(|line| line.contains("| sed ")).unwrap();
    let work = tempfile::tempdir().unwrap();
    for (plan, shown) in [
        ("/merge\n  /close\na/b\n", "\\/merge\n  \\/close\na/b\n"),
        // GitLab reads a carriage return as the end of a line.
        ("a\r/merge\r\n/close\rb\n", "a\n\\/merge\n\n\\/close\nb\n"),
        ("a\u{b}/b\0\u{1b}[1m\u{7f}\tø\n", "a/b[1m\tø\n"),
    ] {
        fs::write(work.path().join("plan.md"), plan).unwrap();
        let done = Command::new("bash").args(["-c", line]).env("work", work.path()).output().unwrap();
        assert_eq!(String::from_utf8(done.stdout).unwrap(), shown);
    }
}

#[test]
fn the_hook_for_commits_names_a_command_there_is() {
    let path = Path::new(crate::ROOT).join(".pre-commit-hooks.yaml");
    let hooks: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let [hook] = hooks.as_array().unwrap().as_slice() else { panic!("{hooks}") };
    for (key, value) in [
        ("id", json!("portvakt-check")),
        ("language", json!("system")),
        ("pass_filenames", json!(false)),
        ("files", json!("(^|/)(desired-state|policies|requests|reviews)/")),
    ] {
        assert_eq!(hook[key], value, "{key}");
    }
    assert!(hook["name"].is_string() && hook["description"].is_string());
    let words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
    assert_eq!(words[0], "portvakt");
    let done = Command::new(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"))
        .args(&words[1..])
        .arg("--help")
        .output()
        .unwrap();
    assert!(done.status.success() && String::from_utf8(done.stdout).unwrap().contains("Check the tree"));
}
