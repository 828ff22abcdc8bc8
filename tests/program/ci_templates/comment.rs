//! The script of the template that writes the comment. It runs against a stand-in for `gh`, and believes nothing of what
//! the first job handed on.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use super::{COMMENT, all, read};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

/// A runner's folder with the plan of the first job, and a `gh` that notes its arguments.
struct Runner(tempfile::TempDir);

impl Runner {
    fn new(number: &str, plan: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["plan", "bin"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("plan/number"), number).unwrap();
        fs::write(folder.path().join("plan/plan.md"), plan).unwrap();
        let gh = folder.path().join("bin/gh");
        let script = "#!/bin/bash\n\
            echo \"$*\" >> \"$RUNNER_TEMP/asked\"\n\
            case \"$*\" in\n\
              *--method*) ;;\n\
              *pulls/*) echo \"$FAKE_HEAD\" ;;\n\
              *comments*) printf '%s' \"$FAKE_MINE\" ;;\n\
            esac\n";
        fs::write(&gh, script).unwrap();
        fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn run(&self, head: &str, mine: &str) -> Output {
        let workflow = read(COMMENT);
        let script =
            all(&workflow).iter().find_map(|map| Some(map.get("run")?.as_str()?.to_owned())).unwrap();
        let path = format!("{}:{}", self.0.path().join("bin").display(), std::env::var("PATH").unwrap());
        Command::new("bash")
            .args(["-c", &script])
            .env("PATH", path)
            .env("RUNNER_TEMP", self.0.path())
            .env("REPOSITORY", "clinic/access")
            .env("HEAD_SHA", HEAD)
            .env("RUN_URL", "https://github.example.no/run/1")
            .envs([("FAKE_HEAD", head), ("FAKE_MINE", mine)])
            .output()
            .unwrap()
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.0.path().join("asked")).unwrap_or_default()
    }
}

#[test]
fn one_comment_is_written_and_then_edited() {
    let runner = Runner::new("12\n", b"## Plan\n$(touch pwned) `id` ${{ x }}\n\xff\0end\n");
    assert!(runner.run(HEAD, "").status.success());
    let asked = runner.asked();
    assert!(asked.contains("--method POST repos/clinic/access/issues/12/comments -F body=@"), "{asked}");
    let body = fs::read_to_string(runner.0.path().join("comment.md")).unwrap();
    assert!(
        body.starts_with("<!-- portvakt-plan -->\n## Plan\n$(touch pwned) `id` ${{ x }}\nend\n"),
        "{body}"
    );
    assert!(!runner.0.path().join("pwned").exists() && !Path::new("pwned").exists());
    assert!(runner.run(HEAD, "77\n78\n").status.success());
    assert!(runner.asked().contains("--method PATCH repos/clinic/access/issues/comments/77 -F body=@"));
    assert_eq!(runner.asked().matches("--method").count(), 2);
}

#[test]
fn a_long_plan_is_cut() {
    let runner = Runner::new("12", "å".repeat(100_000).as_bytes());
    assert!(runner.run(HEAD, "").status.success());
    let body = fs::read_to_string(runner.0.path().join("comment.md")).unwrap();
    assert!(body.len() > 60_000 && body.chars().count() < 65_536);
}

#[test]
fn a_plan_of_another_request_is_not_shown() {
    let runner = Runner::new("12", b"plan");
    let done = runner.run(&HEAD.replace('0', "1"), "");
    assert!(done.status.success() && !runner.asked().contains("--method"), "{}", runner.asked());
}

#[test]
fn a_number_that_is_none_goes_into_no_address() {
    for number in ["", "0", "12/../../x", "1 2", "-1", "1e3", "12345678901", "12;id", "$(id)"] {
        let runner = Runner::new(number, b"plan");
        assert!(!runner.run(HEAD, "").status.success(), "{number}");
        assert_eq!(runner.asked(), "", "{number}");
    }
}

#[test]
fn a_link_that_was_handed_on_is_not_followed() {
    for name in ["plan/number", "plan/plan.md"] {
        let runner = Runner::new("12", b"plan");
        let place = runner.0.path().join(name);
        fs::rename(&place, runner.0.path().join("secret")).unwrap();
        symlink(runner.0.path().join("secret"), &place).unwrap();
        assert!(!runner.run(HEAD, "").status.success(), "{name}");
        assert_eq!(runner.asked(), "");
    }
}
