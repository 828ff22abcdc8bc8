//! The `git` program as the tests run it. It sees no settings of the machine and commits under a made-up name.

use std::path::Path;
use std::process::Command;

/// Runs git in a folder and returns what it printed, without the white space around it.
///
/// # Panics
/// If git ends with an error.
#[track_caller]
pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = git_command(dir).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The command, ready to be given its arguments. Clones from folders of this machine are allowed.
#[must_use]
pub fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", dir);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    // The hooks that git puts into a new repository as samples are half of its files, and nobody looks at them here.
    command.env("GIT_TEMPLATE_DIR", "");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Test").env(format!("GIT_{role}_EMAIL"), "test@example.org");
    }
    command.args(["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]);
    command
}
