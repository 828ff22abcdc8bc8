//! This module fetches one branch with the system's own `git`. So addresses, keys and proxies work as administrators
//! know them. The result goes only to the remote-tracking branch, and only forward. If the branch was rewritten at
//! the remote, git itself refuses it, and the commits fetched before stay.
//!
//! Git asks the user nothing, runs no hook and fetches nothing else. A fetch ends after a time limit.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use portvakt_core::diag::{Text, text};
use portvakt_core::invisible::is_invisible;

use super::error::SourceError;
use super::follow::Branch;
use super::repository::spelled_out;
use super::telling::telling_line;

/// A branch of a remote repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitRemote {
    branch: Branch,
    remote: String,
    name: String,
}

/// The reason why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The repository cannot be opened.
    Source(#[from] SourceError),
    /// The text is not the name of a remote.
    Name(String),
    /// No branch is given, and `HEAD` names none.
    NoBranch,
    /// The text is a full name, but not of a branch of this remote.
    Elsewhere(String),
    /// The program `git` could not be run.
    Run(#[source] io::Error),
    /// The fetch took too long.
    TooLong(Duration),
    /// The fetch was stopped because this program is ending.
    Ended,
    /// The remote has no branch of this name.
    NotThere(String),
    /// The branch at the remote does not descend from the commits that were fetched before.
    Rewritten,
    /// Git failed and gave a message.
    Failed(String),
    /// Git failed and gave no message.
    Silent(ExitStatus),
}

impl FetchError {
    /// Returns the error as text for people. In the Norwegian text, the words of git are quoted.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Source(error) => error.words(),
            Self::Name(name) => text!(
                en: "`{name}` is no name of a remote, such as `origin`",
                nb: "`{name}` er ikke navnet på et fjernarkiv, slik som `origin`"
            ),
            Self::NoBranch => text!(
                en: "no branch is named, and `HEAD` names none",
                nb: "ingen gren er oppgitt, og `HEAD` nevner ingen"
            ),
            Self::Elsewhere(name) => text!(
                en: "`{name}` is no branch of this remote",
                nb: "`{name}` er ingen gren i dette fjernarkivet"
            ),
            Self::Run(_) => text!(en: "`git` could not be run", nb: "`git` kunne ikke kjøres"),
            Self::TooLong(limit) => text!(
                en: "it was given up after {seconds} seconds",
                nb: "den ble avbrutt etter {seconds} sekunder";
                seconds = limit.as_secs()
            ),
            Self::Ended => text!(
                en: "it was ended before it was done",
                nb: "den ble avsluttet før den var ferdig"
            ),
            Self::NotThere(name) => text!(
                en: "the remote has no branch `{name}`; what was fetched before stays",
                nb: "fjernarkivet har ingen gren `{name}`; det som ble hentet før, blir stående"
            ),
            Self::Rewritten => text!(
                en: "the branch was rewritten at the remote; what was fetched before stays",
                nb: "grenen er skrevet om i fjernarkivet; det som ble hentet før, blir stående"
            ),
            Self::Failed(said) => text!(en: "git says: {said}", nb: "git sier: «{said}»"),
            Self::Silent(status) => text!(
                en: "git says: nothing, and ended with {status}",
                nb: "git sier ingenting, og avsluttet med «{status}»"
            ),
        }
    }
}

impl std::fmt::Display for FetchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The variables that would make git use another repository, or parts of one. They are set if a command runs in a
/// hook.
const ELSEWHERE: [&str; 8] = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_NAMESPACE",
];

/// The pause between two checks whether `git` has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// The largest part of git's output that is kept, in bytes.
const MOST: usize = 16 * 1024;

/// The longest wait for more of git's output after git has ended.
const SILENCE: Duration = Duration::from_secs(1);

impl GitRemote {
    /// Names the branch to fetch: the branch that is followed, at the given remote. Its name may begin with the name
    /// of the remote. A name that begins with `refs/` is a full name and means nothing else.
    ///
    /// # Errors
    /// Fails when the text is not the name of a remote, when no branch is named, or when the repository cannot be
    /// opened.
    pub fn of(branch: &Branch, remote: &str) -> Result<Self, FetchError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if remote.is_empty() || remote.starts_with(['-', '.']) || !remote.chars().all(plain) {
            return Err(FetchError::Name(remote.to_owned()));
        }
        let name = match &branch.reference {
            None => branch.open()?.branch().ok_or(FetchError::NoBranch)?,
            Some(reference) => {
                let reference = &*spelled_out(reference);
                let tracking = [format!("refs/remotes/{remote}/"), "refs/heads/".to_owned()];
                let known = tracking.iter().find_map(|prefix| reference.strip_prefix(prefix.as_str()));
                if known.is_none() && reference.starts_with("refs/") {
                    return Err(FetchError::Elsewhere(reference.to_owned()));
                }
                let short = || reference.strip_prefix(&format!("{remote}/")).unwrap_or(reference);
                known.unwrap_or_else(short).to_owned()
            }
        };
        if gix::refs::FullName::try_from(format!("refs/heads/{name}")).is_err() || name == "HEAD" {
            return Err(FetchError::NoBranch);
        }
        Ok(Self { branch: branch.clone(), remote: remote.to_owned(), name })
    }

    /// Returns the remote-tracking branch, which holds the result of the last fetch. This is the branch to follow.
    #[must_use]
    pub fn tracking(&self) -> Branch {
        let reference = format!("refs/remotes/{}/{}", self.remote, self.name);
        Branch { reference: Some(reference), ..self.branch.clone() }
    }

    /// Fetches the branch. It blocks for at most about `limit`, and gives up soon after `stop` is set.
    ///
    /// # Errors
    /// Fails when nothing could be fetched. The commits fetched before stay as they are.
    pub fn fetch(&self, limit: Duration, stop: &AtomicBool) -> Result<(), FetchError> {
        let directory = self.branch.open()?;
        let refspec = format!("refs/heads/{0}:refs/remotes/{1}/{0}", self.name, self.remote);
        let mut git = Command::new("git");
        // The environment must not change the fetch: it uses this repository, asks nobody and answers in one
        // language.
        for name in ELSEWHERE {
            git.env_remove(name);
        }
        git.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        let place = directory.directories().into_iter().next().unwrap_or_default();
        git.arg("--git-dir").arg(place).args(["-c", "core.hooksPath=/dev/null"]);
        git.args(["fetch", "--atomic", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"]);
        git.args([
            "--verbose",
            "--no-write-fetch-head",
            "--no-prune",
            "--no-force",
            "--refmap=",
            "--end-of-options",
        ]);
        git.args([&self.remote, &refspec]);
        // If the remote has no branch of this name, git takes a branch whose name ends with it, such as
        // `refs/heads/refs/heads/main`. Anybody who may push can make such a branch, so it is excluded.
        git.args(
            ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
                .map(|folder| format!("^{folder}refs/heads/{}", self.name)),
        );
        // Git gets its own process group, so that the ssh it starts ends with it.
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let mut child = git.spawn().map_err(FetchError::Run)?;
        let (tell, told) = channel();
        if let Some(pipe) = child.stderr.take() {
            std::thread::spawn(move || listen(pipe, &tell));
        }
        let status = wait_for_exit(&mut child, limit, stop)?;
        let said = heard(&told);
        if status.success() {
            // Git names each branch that it fetched, even if the branch has not moved. If every branch that fits the
            // name is excluded, git names nothing, and succeeds.
            return if said.contains(" -> ") { Ok(()) } else { Err(FetchError::NotThere(self.name.clone())) };
        }
        if said.contains("(non-fast-forward)") {
            return Err(FetchError::Rewritten);
        }
        Err(last_words(&said).map_or(FetchError::Silent(status), FetchError::Failed))
    }
}

/// Passes on git's output, and drops everything beyond [`MOST`], so that git does not wait for a reader.
fn listen(mut pipe: impl io::Read, tell: &Sender<Vec<u8>>) {
    let (mut buffer, mut room) = ([0; 4096], MOST);
    loop {
        let length = match pipe.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let part = buffer.get(..length.min(room)).unwrap_or_default();
        room -= part.len();
        if length == 0 || (!part.is_empty() && tell.send(part.to_vec()).is_err()) {
            return;
        }
    }
}

/// Returns what git said before it ended. An ssh that stays connected may keep the pipe open after that, so the end of
/// the pipe is not waited for long.
fn heard(told: &Receiver<Vec<u8>>) -> String {
    let mut said = Vec::new();
    while let Ok(part) = told.recv_timeout(SILENCE) {
        said.extend(part);
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn wait_for_exit(child: &mut Child, limit: Duration, stop: &AtomicBool) -> Result<ExitStatus, FetchError> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => {}
            Err(error) => return Err(FetchError::Run(error)),
        }
        let why = if stop.load(Ordering::SeqCst) {
            FetchError::Ended
        } else if begun.elapsed() >= limit {
            FetchError::TooLong(limit)
        } else {
            std::thread::sleep(GLANCE);
            continue;
        };
        kill_git(child);
        return Err(why);
    }
}

/// Kills git and the processes that it has started.
fn kill_git(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let killed = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    if let Some(Err(error)) = killed {
        tracing::warn!(%error, "`git fetch` could not be ended");
    }
    if let Err(error) = child.wait() {
        tracing::warn!(%error, "`git fetch` could not be waited for");
    }
}

/// Returns the most useful line of git's output. Anything in an address that could be a password is removed.
fn last_words(said: &str) -> Option<String> {
    let line = telling_line(said)?;
    let words: Vec<String> = line.split(' ').map(without_password).collect();
    Some(words.join(" ").chars().filter(|c| !is_invisible(*c)).take(300).collect())
}

fn without_password(word: &str) -> String {
    match (word.find("://"), word.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}://{}", word.get(..scheme).unwrap_or(""), word.get(at + 1..).unwrap_or(""))
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(reference: &str) -> Branch {
        Branch { root: ".".into(), inside: String::new(), reference: Some(reference.to_owned()) }
    }

    #[test]
    fn the_branch_is_named_with_or_without_its_remote() {
        for name in [
            "main",
            "refs/heads/main",
            "heads/main",
            "origin/main",
            "refs/remotes/origin/main",
            "remotes/origin/main",
        ] {
            let remote = GitRemote::of(&branch(name), "origin").unwrap();
            assert_eq!(remote.tracking().reference.as_deref(), Some("refs/remotes/origin/main"), "{name}");
        }
        let tip = |name| GitRemote::of(&branch(name), "origin").unwrap().tracking().reference.unwrap();
        assert_eq!(tip("refs/heads/origin/main"), "refs/remotes/origin/origin/main");
        for other in ["refs/tags/main", "tags/main", "refs/remotes/other/main", "refs/main"] {
            let made = GitRemote::of(&branch(other), "origin");
            assert!(matches!(made, Err(FetchError::Elsewhere(_))), "{other}: {made:?}");
        }
        for wrong in ["HEAD", "main~1", "a..b", "main:other", "+main", "*"] {
            let made = GitRemote::of(&branch(wrong), "origin");
            assert!(matches!(made, Err(FetchError::NoBranch)) || wrong == "+main", "{wrong}: {made:?}");
        }
        for wrong in ["", "--upload-pack=x", "https://example.org/x", "../x", "a b"] {
            assert!(matches!(GitRemote::of(&branch("main"), wrong), Err(FetchError::Name(_))), "{wrong}");
        }
    }

    #[test]
    fn no_password_is_told() {
        let said = "remote: x\nfatal: unable to access 'https://user:secret@example.org/x.git/': no\n\n";
        let told = last_words(said).unwrap();
        assert!(!told.contains("secret") && !told.contains("user"), "{told}");
        assert!(told.starts_with("fatal: unable to access"), "{told}");
    }
}
