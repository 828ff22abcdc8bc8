//! Runs the scripts of docs/ci that read a change, against a program that notes its arguments. Commits are judged by
//! the tip of their target, in the merge queue too. A change of the policies is proved. Nothing from a kept folder is
//! run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use portvakt_test_bench::git;

use crate::ci_templates::{APPROVALS, CHECK, all, read};

const TARGET: &str = "refs/remotes/origin/main";

fn program(place: &Path, script: &str) {
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, format!("#!/bin/bash\n{script}\n")).unwrap();
    fs::set_permissions(place, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A runner with a clone of a repository whose `main` has one commit, and whose request number 12 has another.
struct Runner {
    home: tempfile::TempDir,
    main: String,
    request: String,
}

impl Runner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let origin = home.path().join("origin");
        fs::create_dir(&origin).unwrap();
        git(&origin, &["init", "-q", "-b", "main"]);
        git(&origin, &["commit", "-q", "--allow-empty", "-m", "accepted"]);
        let main = git(&origin, &["rev-parse", "HEAD"]);
        git(&origin, &["switch", "-q", "-c", "topic"]);
        git(&origin, &["commit", "-q", "--allow-empty", "-m", "proposed"]);
        let request = git(&origin, &["rev-parse", "HEAD"]);
        git(&origin, &["update-ref", "refs/merge-requests/12/head", &request]);
        git(home.path(), &["clone", "-q", "-b", "topic", "origin", "work"]);
        let asked = "echo \"$*\" >> \"$HOME_OF_TEST/asked\"";
        program(&home.path().join("bin/portvakt"), asked);
        // The program reads its input. Otherwise the writer could be ended by a pipe that nobody reads.
        program(&home.path().join("bin/sha256sum"), "cat > /dev/null");
        // It brings the program, and the list of open merge requests.
        let brings = "for word in \"$@\"; do\n\
             if [ \"$before\" = --output ]; then cp \"$HOME_OF_TEST/bin/portvakt\" \"$word\"; exit 0; fi\n\
             before=$word\n\
             done\n\
             printf '[{\"iid\": 12, \"sha\": \"%s\"}]' \"$REQUEST\"";
        program(&home.path().join("bin/curl"), brings);
        Self { home, main, request }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.place("bin").display(), std::env::var("PATH").unwrap());
        Command::new("bash")
            .args(["-c", script])
            .current_dir(self.place("work"))
            .env_clear()
            .env("PATH", path)
            .env("HOME_OF_TEST", self.home.path())
            .env("RUNNER_TEMP", self.home.path())
            .env("REQUEST", &self.request)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.place("asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }
}

/// The script of the step of a workflow that asks the program for a verdict.
fn verdict(name: &str) -> String {
    let workflow = read(name);
    let mut scripts = all(&workflow).into_iter().filter_map(|map| map.get("run")?.as_str());
    scripts.find(|script| script.contains(" check --base ")).unwrap().to_owned()
}

fn of_gitlab(job: &str) -> String {
    read("gitlab-ci.yml")[job]["script"][0].as_str().unwrap().to_owned()
}

const GITLAB: [(&str, &str); 10] = [
    ("CI_DEFAULT_BRANCH", "main"),
    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ("PORTVAKT_URL", "https://files.example.no/portvakt"),
    ("PORTVAKT_SHA256", "0"),
    ("PORTVAKT_PROVE_URL", "https://files.example.no/portvakt-prove"),
    ("PORTVAKT_PROVE_SHA256", "0"),
    ("PORTVAKT_FORGE_TOKEN", "fictional-token"),
    ("CI_API_V4_URL", "https://gitlab.example.no/api/v4"),
    ("CI_PROJECT_ID", "1"),
    ("HOME", "/nonexistent"),
];

#[test]
fn every_template_judges_a_commit_by_the_tip_of_its_target() {
    let judged = |asked: &[String], main: &str, head: &str| {
        let words = format!("--base {main} --target {TARGET} --head {head}");
        assert!(!asked.is_empty() && asked.iter().all(|line| line.contains(&words)), "{asked:#?}");
    };
    for event in ["pull_request", "merge_group"] {
        let runner = Runner::new();
        let done = runner.run(&verdict(CHECK), &[("TARGET", TARGET), ("EVENT", event)]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        judged(&runner.asked(), &runner.main, "HEAD");
    }
    for job in ["access-check", "access-approvals"] {
        let runner = Runner::new();
        let head = if job == "access-check" { "HEAD" } else { runner.request.as_str() };
        let done = runner.run(&of_gitlab(job), &GITLAB);
        assert!(done.status.success(), "{job}: {}", String::from_utf8_lossy(&done.stderr));
        judged(&runner.asked(), &runner.main, head);
    }
    // A request for another branch fails before the program is asked of anything.
    let runner = Runner::new();
    let elsewhere =
        GITLAB.map(|(name, value)| (name, if name.ends_with("TARGET_BRANCH_NAME") { "side" } else { value }));
    assert!(!runner.run(&of_gitlab("access-check"), &elsewhere).status.success());
    assert_eq!(runner.asked(), Vec::<String>::new());
}

#[test]
fn the_plan_has_a_solver_and_is_made_without_one_too() {
    for name in [CHECK, APPROVALS] {
        let workflow = read(name);
        let mut scripts = all(&workflow).into_iter().filter_map(|map| map.get("run")?.as_str());
        let script = scripts.find(|script| script.contains("sha256sum --check")).unwrap().to_owned();
        for (ends, installs) in [("0", true), ("1", false)] {
            let runner = Runner::new();
            let asks = "echo \"$*\" >> \"$HOME_OF_TEST/installed\"\nexit \"$APT_ENDS\"";
            program(&runner.place("bin/sudo"), asks);
            let variables = [
                ("PORTVAKT_URL", "https://files.example.no/portvakt"),
                ("PORTVAKT_SHA256", "0"),
                ("PORTVAKT_PROVE_URL", "https://files.example.no/portvakt-prove"),
                ("PORTVAKT_PROVE_SHA256", "0"),
                ("APT_ENDS", ends),
            ];
            let done = runner.run(&script, &variables);
            let (said, why) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            assert!(done.status.success(), "{name}: {why}");
            // The prover lies where the program looks for it.
            assert!(runner.place("bin/portvakt-prove").is_file(), "{name}");
            let installed = fs::read_to_string(runner.place("installed")).unwrap();
            assert_eq!(installed.contains("--no-install-recommends cvc5\n"), installs, "{installed}");
            assert_eq!(said.contains("::notice::cvc5 could not be installed"), !installs, "{said}");
        }
    }
    for job in ["access-check", "access-approvals"] {
        let brings = "bring portvakt-prove \"$PORTVAKT_PROVE_URL\" \"$PORTVAKT_PROVE_SHA256\"\n";
        assert!(of_gitlab(job).contains(brings), "{job}");
    }
}

#[test]
fn where_the_policies_differ_they_are_proved_and_what_is_not_proved_is_red() {
    let workflow = read(CHECK);
    let mut scripts = all(&workflow).into_iter().filter_map(|map| map.get("run")?.as_str());
    let of_github = scripts.find(|script| script.contains(" prove ")).unwrap().to_owned();
    for (script, variables) in
        [(of_github, vec![("TARGET", TARGET)]), (of_gitlab("access-check"), GITLAB.to_vec())]
    {
        let runner = Runner::new();
        let proofs =
            || -> Vec<String> { runner.asked().into_iter().filter(|line| line.contains(" prove")).collect() };
        assert!(runner.run(&script, &variables).status.success() && proofs().is_empty());
        let work = runner.place("work");
        fs::create_dir(work.join("policies")).unwrap();
        fs::write(work.join("policies/administration.cedar"), "// changed\n").unwrap();
        // A change that is not committed is not judged.
        assert!(runner.run(&script, &variables).status.success() && proofs().is_empty());
        git(&work, &["add", "policies"]);
        git(&work, &["commit", "-q", "-m", "a policy"]);
        let done = runner.run(&script, &variables);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let told = proofs();
        let [asked] = &told[..] else { panic!("{told:?}") };
        assert!(asked.starts_with("--source git --ref HEAD prove --afresh"), "{asked}");
        // A promise that fails, and one that nobody knows of. A refusal is told first.
        for (proved, checked, ends) in [(1, 0, 1), (5, 0, 5), (5, 4, 5), (0, 1, 1), (5, 1, 1)] {
            let says = format!(
                "case \"$*\" in *prove*) exit {proved} ;; check*) exit {checked} ;; esac\n\
                 echo \"$*\" >> \"$HOME_OF_TEST/asked\""
            );
            program(&runner.place("bin/portvakt"), &says);
            let code = runner.run(&script, &variables).status.code();
            // On GitHub the verdict is a step of its own.
            let ends = if script.contains(" check --base ") { ends } else { proved };
            assert_eq!(code, Some(ends), "proved {proved}, checked {checked}");
        }
    }
}

#[test]
fn in_the_merge_queue_the_request_is_the_one_that_github_names() {
    let script = verdict(APPROVALS);
    let queued = "refs/heads/gh-readonly-queue/main/pr-12-0123456789abcdef0123456789abcdef01234567";
    let ask = |event: &str, number: &str, meant_for: &str, queued: &str| {
        let runner = Runner::new();
        let variables = [
            ("EVENT", event),
            ("NUMBER", number),
            ("MEANT_FOR", meant_for),
            ("QUEUED", queued),
            ("TARGET", TARGET),
            ("TOKEN", "fictional-token"),
        ];
        let done = runner.run(&script, &variables);
        assert!(!runner.place("forge-token").exists(), "the token is left");
        (done.status.success(), runner.asked())
    };
    for (event, number, meant_for, queued) in
        [("merge_group", "", "", queued), ("pull_request_review", "12", "main", "")]
    {
        let (granted, asked) = ask(event, number, meant_for, queued);
        assert!(granted, "{event}");
        assert_eq!(asked.len(), 2);
        assert!(asked.iter().all(|line| line.contains("--merge-request 12 ")), "{asked:#?}");
    }
    // A request for another branch may be meant for this one later, with the same commit and the same mark.
    assert_eq!(ask("pull_request_review", "12", "side", ""), (false, Vec::new()));
    for other in ["", "refs/heads/main", "refs/heads/gh-readonly-queue/main/pr-1;id-0123"] {
        assert_eq!(ask("merge_group", "12", "main", other), (false, Vec::new()), "{other}");
    }
}

/// A self-hosted runner keeps the folder of a job for the next one, with the remains in `.git`.
#[test]
fn a_hook_that_lies_in_a_kept_folder_is_not_run() {
    for job in ["access-check", "access-approvals"] {
        let runner = Runner::new();
        let planted = "touch \"$HOME_OF_TEST/ran\"";
        for hook in ["reference-transaction", "post-checkout", "post-merge", "post-rewrite"] {
            program(&runner.place("work/.git/hooks").join(hook), planted);
        }
        program(&runner.place("work/planted/reference-transaction"), planted);
        fs::write(
            runner.place("work/.git/config"),
            format!(
                "{}[core]\n\thooksPath = planted\n",
                fs::read_to_string(runner.place("work/.git/config")).unwrap()
            ),
        )
        .unwrap();
        git(&runner.place("origin"), &["update-ref", "refs/heads/main", &runner.request]);
        let done = runner.run(&of_gitlab(job), &GITLAB);
        assert!(done.status.success(), "{job}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(!runner.asked().is_empty() && !runner.place("ran").exists(), "{job}: a planted hook was run");
    }
}
