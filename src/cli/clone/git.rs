//! Runs the system's own `git`, so that the user's keys, credentials and proxy work as usual. It switches off the
//! repository's hooks, filters and file watchers, and git does not convert line endings.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_sources::telling_line;

/// The commands that could run filters or hooks. They read or write files of a work tree, or move branches. All other
/// commands only answer a question.
const ACTS: [&str; 10] =
    ["add", "branch", "clone", "commit", "fetch", "merge", "push", "reset", "status", "worktree"];

/// The variable whose empty value git takes for each setting that is switched off.
const NOTHING: &str = "PORTVAKT_NOTHING";

/// The output of a git command that succeeded.
pub(in crate::cli) struct GitAnswer {
    pub(in crate::cli) out: String,
    pub(in crate::cli) err: String,
}

/// Runs git in a folder. A failure becomes a finding with git's own words.
pub(in crate::cli) fn git(folder: &Path, args: &[&str]) -> Result<GitAnswer, Finding> {
    let mut command = command(folder);
    if args.iter().any(|arg| ACTS.contains(arg)) {
        switch_off(&mut command, &drivers(folder)?);
    }
    let output = command.args(args).output().map_err(|why| not_run(&why))?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    if output.status.success() {
        return Ok(GitAnswer { out, err });
    }
    let words = last_words(&err);
    let what = args.iter().find(|arg| !arg.starts_with('-')).copied().unwrap_or_default();
    let message = text!(with words; en: "`git {what}` says: {words}", nb: "`git {what}` sier: {words}");
    let way_out = text!(
        en: "Mend what git names, and run the command again.",
        nb: "Rett det git nevner, og kjør kommandoen igjen."
    );
    Err(Finding::new(Code::SourceUnreadable, message, way_out))
}

/// Returns git's answer to a question. It is `None` if git fails or prints nothing.
pub(in crate::cli) fn answer_of_git(folder: &Path, args: &[&str]) -> Option<String> {
    let said = git(folder, args).ok()?;
    let answer = said.out.trim_end_matches('\n');
    (!answer.is_empty()).then(|| answer.to_owned())
}

fn command(folder: &Path) -> Command {
    let mut git = Command::new("git");
    // These variables may name another repository, so git must not see them.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
        git.env_remove(name);
    }
    git.arg("-C").arg(folder).args(["-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false"]);
    git.args(["-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null"]);
    // Git prints paths as they are written. A clone that only shows some folders has all of them here.
    git.args(["-c", "core.quotePath=false", "-c", "core.sparseCheckout=false"]);
    git.env("LC_ALL", "C").stdin(Stdio::null());
    git
}

/// Returns the full names of the settings of all filters, and of the hooks that newer versions of git read from the
/// settings. A file outside of the tree (`.git/info/attributes`) can name a filter. The files that are signed and sent
/// must be those that were written.
///
/// # Errors
/// Git cannot list its settings. Then the command must not run, because they could take part in it.
fn drivers(folder: &Path) -> Result<BTreeSet<String>, Finding> {
    let named = r"^(filter\..*\.(clean|smudge|process|required)|hook\..*\.event)$";
    let mut asked = command(folder);
    let asked = asked.args(["config", "--name-only", "-z", "--get-regexp", named]).output();
    let asked = asked.map_err(|why| not_run(&why))?;
    // Git ends with 1 if nothing with that name is set.
    let names = String::from_utf8(asked.stdout).ok().filter(|_| matches!(asked.status.code(), Some(0 | 1)));
    let names = names.ok_or_else(|| {
        let message = text!(
            en: "it is not known which filters and hooks the clone is set to, so git is not run",
            nb: "det er ikke kjent hvilke filtre og kroker klonen er satt opp med, så git kjøres ikke"
        );
        let way_out = text!(
            en: "Look at `git config --list --show-origin`, and take out what git cannot read, or what has a name that is no text.",
            nb: "Se på `git config --list --show-origin`, og ta ut det git ikke kan lese, eller som har et navn som ikke er tekst."
        );
        Finding::new(Code::SourceUnreadable, message, way_out)
    })?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// Gives each of these settings an empty value for one run. A name may contain `=`, and `-c` would take that for the
/// end of the name.
fn switch_off(git: &mut Command, names: &BTreeSet<String>) {
    git.env(NOTHING, "");
    for name in names {
        git.arg(format!("--config-env={name}={NOTHING}"));
    }
}

fn not_run(error: &std::io::Error) -> Finding {
    let why = portvakt_core::system::said(error);
    let message = text!(with why; en: "`git` could not be run: {why}", nb: "`git` kunne ikke kjøres: {why}");
    let way_out = text!(
        en: "Install git, or write into the files here with `--here`.",
        nb: "Installer git, eller skriv i filene her med `--here`."
    );
    Finding::new(Code::SourceUnreadable, message, way_out)
}

/// Returns the most useful line of git's output, as text for people.
fn last_words(said: &str) -> Text {
    let line = telling_line(said).unwrap_or("nothing");
    // Git repeats the address that it was given, which may hold a secret.
    let line = portvakt_net::covered(line);
    Text::said(portvakt_net::line(&line).trim_end_matches(['.', ' ']))
}

/// Returns the options that name the committer by the person's own id and name, if git does not know one.
pub(in crate::cli) fn committer<'a>(folder: &Path, name: &'a str, mail: &'a str) -> Vec<String> {
    let known = answer_of_git(folder, &["config", "user.email"]).is_some()
        && answer_of_git(folder, &["config", "user.name"]).is_some();
    if known {
        return Vec::new();
    }
    ["-c".to_owned(), format!("user.name={name}"), "-c".to_owned(), format!("user.email={mail}")].into()
}
