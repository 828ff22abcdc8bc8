//! This module fetches one branch with the system's own `git`. Thus addresses, keys and proxies work as
//! administrators know them. The result goes only to the remote-tracking branch, and only forward. If the branch was
//! rewritten at the remote, git itself refuses it, and the commits fetched before stay.
//!
//! Git asks the user nothing, runs no hook and fetches nothing else. A fetch ends after a time limit.

use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use portvakt_core::diag::Text;

use super::error::SourceError;
use super::follow::Branch;

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
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The text is not the name of a remote.
    #[error("`{0}` is no name of a remote, such as `origin`")]
    Name(String),
    /// No branch is given, and `HEAD` names none.
    #[error("no branch is named, and `HEAD` names none")]
    NoBranch,
    /// The program `git` could not be run.
    #[error("`git` could not be run")]
    Run(#[source] io::Error),
    /// The fetch took too long.
    #[error("it was given up after {} seconds", .0.as_secs())]
    TooLong(Duration),
    /// The fetch was stopped because this program is ending.
    #[error("it was ended before it was done")]
    Ended,
    /// The branch at the remote does not descend from the commits that were fetched before.
    #[error("the branch was rewritten at the remote; what was fetched before stays")]
    Rewritten,
    /// Git failed and gave a message.
    #[error("git says: {0}")]
    Failed(String),
    /// Git failed and gave no message.
    #[error("git says: nothing, and ended with {0}")]
    Silent(ExitStatus),
}

impl FetchError {
    /// Returns the error as text for people. Git's own message is not translated. The English text is the same as in
    /// [`std::fmt::Display`].
    #[must_use]
    pub fn words(&self) -> Text {
        let nb = match self {
            Self::Source(error) => return error.words(),
            Self::Name(name) => format!("`{name}` er ikke navnet på et fjernarkiv, slik som `origin`"),
            Self::NoBranch => "ingen gren er oppgitt, og `HEAD` nevner ingen".to_owned(),
            Self::Run(_) => "`git` kunne ikke kjøres".to_owned(),
            Self::TooLong(limit) => format!("den ble avbrutt etter {} sekunder", limit.as_secs()),
            Self::Ended => "den ble avsluttet før den var ferdig".to_owned(),
            Self::Rewritten => {
                "grenen er skrevet om i fjernarkivet; det som ble hentet før, blir stående".to_owned()
            }
            Self::Failed(said) => format!("git sier: {said}"),
            Self::Silent(status) => format!("git sier ingenting, og avsluttet med {status}"),
        };
        Text::new(self.to_string(), nb)
    }
}

/// The pause between two checks whether `git` has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// The largest part of git's output that is kept, in bytes.
const MOST: u64 = 16 * 1024;

impl GitRemote {
    /// Names the branch to fetch: the branch that is followed, at the given remote. Its name may begin with the name
    /// of the remote.
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
                let tracking = [format!("refs/remotes/{remote}/"), format!("{remote}/")];
                let known = tracking.iter().find_map(|prefix| reference.strip_prefix(prefix.as_str()));
                known.or_else(|| reference.strip_prefix("refs/heads/")).unwrap_or(reference).to_owned()
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
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
            git.env_remove(name);
        }
        git.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        let place = directory.directories().into_iter().next().unwrap_or_default();
        git.arg("--git-dir").arg(place).args(["-c", "core.hooksPath=/dev/null"]);
        git.args(["fetch", "--atomic", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"]);
        git.args(["--no-write-fetch-head", "--no-prune", "--no-force", "--refmap=", "--end-of-options"]);
        git.args([&self.remote, &refspec]);
        // Git gets its own process group, so that the ssh it starts ends with it.
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let mut child = git.spawn().map_err(FetchError::Run)?;
        let said = child.stderr.take().map(|pipe| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                let mut rest = pipe.take(MOST);
                let read = rest.read_to_end(&mut text);
                // The rest is read and dropped, so that git does not wait for a reader.
                let read = read.and_then(|_| io::copy(&mut rest.into_inner(), &mut io::sink()));
                read.map(|_| String::from_utf8_lossy(&text).into_owned())
            })
        });
        let status = wait(&mut child, limit, stop)?;
        if status.success() {
            return Ok(());
        }
        let said = said.and_then(|thread| thread.join().ok()).and_then(Result::ok).unwrap_or_default();
        if said.contains("(non-fast-forward)") {
            return Err(FetchError::Rewritten);
        }
        Err(last_words(&said).map_or(FetchError::Silent(status), FetchError::Failed))
    }
}

fn wait(child: &mut Child, limit: Duration, stop: &AtomicBool) -> Result<ExitStatus, FetchError> {
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
        end(child);
        return Err(why);
    }
}

/// Kills git and the processes that it has started.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let killed = group.map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    if let Some(Err(error)) = killed {
        tracing::warn!(%error, "`git fetch` could not be ended");
    }
    if let Err(error) = child.wait() {
        tracing::warn!(%error, "`git fetch` could not be waited for");
    }
}

/// Returns the last meaningful line of git's output. Anything in an address that could be a password is removed.
fn last_words(said: &str) -> Option<String> {
    let line = said.lines().rev().find(|line| line.contains("fatal:") || line.contains("error:"));
    let line = line.or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()))?;
    let words: Vec<String> = line.split(' ').map(without_password).collect();
    Some(words.join(" ").chars().filter(|c| !c.is_control()).take(300).collect())
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
        for name in ["main", "refs/heads/main", "origin/main", "refs/remotes/origin/main"] {
            let remote = GitRemote::of(&branch(name), "origin").unwrap();
            assert_eq!(remote.tracking().reference.as_deref(), Some("refs/remotes/origin/main"), "{name}");
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
