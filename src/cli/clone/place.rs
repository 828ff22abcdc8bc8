//! Opens the place where a change is written. In a clone the change gets a branch of its own from the newest main
//! branch. It is written in a work tree beside the clone, so the user's own open changes stay as they are. Outside of a
//! clone, or with `--here`, it is written into the files.

use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Finding, text, with_full_stop};
use portvakt_core::model::FilePath;
use portvakt_sources::Repository;

use super::git::{answer_of_git, committer, git};
use super::opening;
use super::remote::{FolderAlone, REMOTES, reference_there, remote_of};
use super::worktree::WorkTree;
use crate::cli::{folder, output};
use crate::config::Global;

/// The start of the name of each branch that is made here.
pub(in crate::cli) const BRANCHES: &str = "access/";

/// The folder that is written in.
pub(in crate::cli) struct WritingPlace {
    /// The options of the command, with the folder of this place as the root.
    pub(in crate::cli) global: Global,
    branch: Option<BranchBase>,
    /// Why the change gets no branch. It is `None` if it gets one.
    alone: Option<FolderAlone>,
    /// Tells whether the newest branches of the remote were fetched, where there is one.
    pub(in crate::cli) is_fetched: bool,
}

/// A clone, and the commit that the branch begins at.
struct BranchBase {
    repository: PathBuf,
    tree: WorkTree,
    /// The commit that the branch begins at.
    tip: String,
}

/// A branch with a commit on it, as far as it has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Sent {
    pub(in crate::cli) branch: String,
    /// Tells whether the remote repository has the commit.
    pub(in crate::cli) is_there: bool,
    /// The address at which the forge opens a request for it, if it says one.
    pub(in crate::cli) address: Option<String>,
    /// Why it was not sent, if it was not.
    pub(in crate::cli) why: Option<Finding>,
}

impl WritingPlace {
    /// Opens the place for a change. It is a branch of its own if the root is in a clone whose remote is known. Otherwise
    /// it is the files here.
    pub(in crate::cli) fn open(global: &Global, here: bool) -> Result<Self, Finding> {
        let files =
            |alone| Self { global: global.clone(), branch: None, alone: Some(alone), is_fetched: true };
        let Some(top) = clone_of(&global.root).filter(|_| !here) else {
            if folder::has_no_tree(global) {
                return Err(folder::without_files(&global.root));
            }
            let alone = if here { FolderAlone::Asked } else { FolderAlone::of(&global.root) };
            if alone.is_a_surprise() {
                tell_of_no_branch(global, &alone);
            }
            return Ok(files(alone));
        };
        let is_fetched = fetch(global, &top);
        let Some(target) = target_of(&top) else {
            let alone = no_target(&top);
            tell_of_no_branch(global, &alone);
            return Ok(files(alone));
        };
        let tip = git(&top, &["rev-parse", "--verify", "--end-of-options", &format!("{target}^{{commit}}")])?;
        let tip = tip.out.trim();
        let state = root_in_clone(&global.root, &top).join("desired-state");
        let is_in =
            |commit: &str| git(&top, &["cat-file", "-e", &format!("{commit}:{}", state.display())]).is_ok();
        if !is_in(tip) {
            if is_in("HEAD") || folder::has_no_tree(global) {
                return Err(folder::without_files(&global.root));
            }
            // No commit has the folder, so it only lies inside the clone, as the one of `portvakt demo` may.
            return Ok(files(FolderAlone::NotInIt));
        }
        Ok(Self { is_fetched, ..Self::at(global, &top, tip)? })
    }

    /// Opens a commit of the clone `top` in a work tree beside it.
    pub(in crate::cli) fn at(global: &Global, top: &Path, commit: &str) -> Result<Self, Finding> {
        let tree = WorkTree::make(top, commit)?;
        let mut placed = global.clone();
        placed.root = tree.path.join(root_in_clone(&global.root, top));
        Ok(Self {
            global: placed,
            branch: Some(BranchBase { repository: top.to_owned(), tree, tip: commit.to_owned() }),
            alone: None,
            is_fetched: true,
        })
    }

    /// The repository and the commit that the change begins at, if it gets a branch.
    pub(in crate::cli) fn repository(&self) -> Option<(Repository, &str)> {
        let line = self.branch.as_ref()?;
        Some((self.global.git_branch().open().ok()?, &line.tip))
    }

    /// Why the change is written into the files of the folder alone. It is `None` if it gets a branch.
    pub(in crate::cli) fn alone(&self) -> Option<&FolderAlone> {
        self.alone.as_ref()
    }

    /// The top of the files that are written in.
    pub(in crate::cli) fn top(&self) -> &Path {
        self.branch.as_ref().map_or(&self.global.root, |line| &line.tree.path)
    }

    /// Commits the files on a branch with this name, or with the next free one, and sends it. It does nothing if the
    /// place has no branch.
    pub(in crate::cli) fn keep(&self, name: &str, message: &str, who: &str) -> Result<Option<Sent>, Finding> {
        let Some(line) = &self.branch else { return Ok(None) };
        line.commit(message, who)?;
        let branch = unused_branch_name(&line.repository, &format!("{BRANCHES}{name}"));
        git(&line.repository, &["branch", "--no-track", &branch, &line.head()?])?;
        Ok(Some(send(&line.repository, &branch)))
    }

    /// Commits the files and sends them to a branch of the remote repository.
    pub(in crate::cli) fn add_to(
        &self,
        branch: &str,
        message: &str,
        who: &str,
    ) -> Result<Option<Sent>, Finding> {
        let Some(line) = &self.branch else { return Ok(None) };
        line.commit(message, who)?;
        let head = line.head()?;
        Ok(Some(send_commit(&line.repository, branch, &head)))
    }

    /// Does the same as `add_to` for work that nobody should have to repeat. If the branch cannot be sent, it is kept
    /// here and sent later.
    pub(in crate::cli) fn goes_on_with(
        &self,
        branch: &str,
        message: &str,
        who: &str,
    ) -> Result<Option<Sent>, Finding> {
        let Some(line) = &self.branch else { return Ok(None) };
        let sent = self.add_to(branch, message, who)?;
        if sent.as_ref().is_some_and(|sent| !sent.is_there) {
            git(&line.repository, &["branch", "--force", "--no-track", branch, &line.head()?])?;
        }
        Ok(sent)
    }

    /// Merges a branch of the clone into the commit of this place.
    pub(in crate::cli) fn brings_in(&self, branch: &str, who: &str) -> Result<(), Finding> {
        let Some(line) = &self.branch else { return Ok(()) };
        let place = &line.tree.path;
        let by = committer(place, who, &format!("{who}@localhost"));
        let mut args: Vec<&str> = by.iter().map(String::as_str).collect();
        args.extend(["merge", "--quiet", "--no-edit", branch]);
        git(place, &args).map(drop)
    }
}

impl BranchBase {
    fn commit(&self, message: &str, who: &str) -> Result<(), Finding> {
        let place = &self.tree.path;
        // The work tree is fresh, so every new file in it was written by this command. `.gitignore` may exclude `.sig`
        // files, so they are added with force.
        git(place, &["add", "--all", "--force", "."])?;
        let by = committer(place, who, &format!("{who}@localhost"));
        let mut args: Vec<&str> = by.iter().map(String::as_str).collect();
        args.extend(["commit", "--quiet", "--message", message]);
        git(place, &args).map(drop)
    }

    fn head(&self) -> Result<String, Finding> {
        Ok(git(&self.tree.path, &["rev-parse", "HEAD"])?.out.trim().to_owned())
    }
}

/// Tells the user before the work that the files here are used, and why.
fn tell_of_no_branch(global: &Global, alone: &FolderAlone) {
    let (why, way_out) = (alone.reason(), alone.way_out());
    output::tell(
        global,
        &text!(
            with why, way_out;
            en: "No branch is made, and the files here are used: {why}. {way_out}",
            nb: "Filene her brukes, og det lages ingen gren: {why}. {way_out}"
        ),
    );
}

/// The reason for a clone that does not know the main branch of its remote.
pub(in crate::cli) fn no_target(top: &Path) -> FolderAlone {
    FolderAlone::NoTarget(remote_of(top).unwrap_or_default())
}

/// The top of the work tree that a folder is in, if it is a clone whose remote is known.
pub(in crate::cli) fn clone_of(folder: &Path) -> Option<PathBuf> {
    let top = answer_of_git(folder, &["rev-parse", "--show-toplevel"])?;
    let top = PathBuf::from(top);
    remote_of(&top)?;
    Some(top)
}

/// The branch of the remote that changes are meant for.
pub(in crate::cli) fn target_of(top: &Path) -> Option<String> {
    Repository::open(top, "").ok()?.target_at(&remote_of(top)?)
}

/// The branches of the remote that are not taken in, by their full names.
pub(in crate::cli) fn open_branches(top: &Path, target: &str) -> Result<Vec<String>, Finding> {
    let all = reference_there(top, "");
    let branches = git(top, &["for-each-ref", "--format=%(refname)", "--no-merged", target, &all])?;
    let head = reference_there(top, "HEAD");
    let is_target = |name: &str| name == target || name == head;
    let open = branches.out.lines().filter(|name| !is_target(name));
    Ok(open.map(str::to_owned).collect())
}

/// The name that a branch of the remote has there. The start is taken away once only, since a branch can be called like
/// a reference itself. The name of a remote has no slash.
pub(in crate::cli) fn name_there(reference: &str) -> &str {
    let below = reference.strip_prefix(REMOTES).and_then(|below| below.split_once('/'));
    below.map_or(reference, |(_, name)| name)
}

/// Returns whether a change may be pushed to this branch of the remote. Its name must have no deceiving characters and
/// not be a reference, and it must not be the target branch of changes.
pub(in crate::cli) fn may_be_pushed_to(top: &Path, target: &str, branch: &str) -> bool {
    let is_plain = branch.chars().all(|c| c.is_alphanumeric() || "/._-+#@".contains(c));
    let of_git =
        branch.is_empty() || branch == "HEAD" || branch.starts_with('-') || branch.starts_with("refs/");
    let pointed_to = answer_of_git(top, &["symbolic-ref", "--quiet", target]);
    let is_target =
        [Some(target), pointed_to.as_deref()].into_iter().flatten().any(|one| name_there(one) == branch);
    is_plain && !of_git && !is_target
}

/// The files of the tree that a commit changes since it left the branch that changes are meant for.
pub(in crate::cli) fn changed_on(
    root: &Path,
    top: &Path,
    target: &str,
    commit: &str,
) -> Result<Vec<FilePath>, Finding> {
    let changed = git(top, &["diff", "--name-only", "-z", "--no-renames", &format!("{target}...{commit}")])?;
    let inside = root_in_clone(root, top);
    let below = |path: &str| Path::new(path).strip_prefix(&inside).ok()?.to_str().map(FilePath::new);
    Ok(changed.out.split('\0').filter(|path| !path.is_empty()).filter_map(below).collect())
}

/// Fetches all branches of the remote. Without a network the work continues with what was fetched last, and the result
/// is `false`.
pub(in crate::cli) fn fetch(global: &Global, top: &Path) -> bool {
    let Some(remote) = remote_of(top) else { return false };
    let all = format!("+refs/heads/*:{REMOTES}{remote}/*");
    let mut args = vec!["fetch", "--quiet", "--prune", "--no-tags", "--no-recurse-submodules"];
    if answer_of_git(top, &["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true") {
        output::tell(
            global,
            &text!(
                en: "This clone has the newest changes alone, which is too little to compare branches. The rest is fetched now.",
                nb: "Denne klonen har bare de nyeste endringene, og det er for lite til å sammenligne grener. Resten hentes nå."
            ),
        );
        args.push("--unshallow");
    }
    args.push(&remote);
    // A clone of a single branch would not see the changes on other branches.
    let fetched = answer_of_git(top, &["config", "--get-all", &format!("remote.{remote}.fetch")]);
    let fetched = fetched.unwrap_or_default();
    if !fetched.lines().any(|line| line.trim_start_matches('+') == all.trim_start_matches('+')) {
        args.push(&all);
    }
    let fetched = git(top, &args);
    let is_fetched = fetched.is_ok();
    if let Err(finding) = fetched {
        let why = finding.message.changed(with_full_stop);
        output::tell(
            global,
            &text!(
                with why;
                en: "{why} The work goes on from what was fetched last; `portvakt send` sends it later.",
                nb: "{why} Arbeidet fortsetter fra det som sist ble hentet; `portvakt send` sender det senere."
            ),
        );
    }
    is_fetched
}

/// Sends a branch. If that fails, the branch stays here and is sent later.
pub(in crate::cli) fn send(repository: &Path, branch: &str) -> Sent {
    let remote = remote_of(repository).unwrap_or_default();
    let same = format!("refs/heads/{branch}:refs/heads/{branch}");
    let pushed = git(repository, &["push", "--set-upstream", &remote, &same]);
    sent(repository, (&remote, branch), pushed)
}

/// Sends a commit to a branch that the remote repository has.
pub(in crate::cli) fn send_commit(repository: &Path, branch: &str, commit: &str) -> Sent {
    let remote = remote_of(repository).unwrap_or_default();
    let pushed = git(repository, &["push", &remote, &format!("{commit}:refs/heads/{branch}")]);
    sent(repository, (&remote, branch), pushed)
}

fn sent(
    repository: &Path,
    (remote, branch): (&str, &str),
    pushed: Result<super::git::GitAnswer, Finding>,
) -> Sent {
    match pushed {
        Ok(said) => {
            let place = answer_of_git(repository, &["remote", "get-url", remote]).unwrap_or_default();
            let address = opening::request_address(&place, branch, &said.err);
            Sent { branch: branch.to_owned(), is_there: true, address, why: None }
        }
        Err(why) => Sent { branch: branch.to_owned(), is_there: false, address: None, why: Some(why) },
    }
}

/// A branch name that nobody has: this one, or with a number behind it.
pub(in crate::cli) fn unused_branch_name(repository: &Path, name: &str) -> String {
    let places = ["refs/heads/".to_owned(), reference_there(repository, "")];
    let taken = |name: &str| {
        places.iter().any(|place| {
            answer_of_git(repository, &["rev-parse", "--verify", "--quiet", &format!("{place}{name}")])
                .is_some()
        })
    };
    (1..)
        .map(|number| if number == 1 { name.to_owned() } else { format!("{name}-{number}") })
        .find(|name| !taken(name))
        .unwrap_or_else(|| name.to_owned())
}

/// Returns the path from the top of the clone to the root.
pub(in crate::cli) fn root_in_clone(root: &Path, top: &Path) -> PathBuf {
    let (root, top) = (root.canonicalize().ok(), top.canonicalize().ok());
    let inside = root.as_deref().zip(top.as_deref()).and_then(|(root, top)| root.strip_prefix(top).ok());
    inside.map(Path::to_path_buf).unwrap_or_default()
}

/// The finding for a task that needs a clone, where none is.
pub(in crate::cli) fn no_clone(root: &Path) -> Finding {
    let alone = FolderAlone::of(root);
    if alone != FolderAlone::NoClone {
        return alone.finding();
    }
    let message = text!(
        en: "this folder was not made with `portvakt join` (or `git clone`), so there is nothing to send to and nothing to fetch from",
        nb: "denne mappen er ikke laget med `portvakt join` (eller `git clone`), så det er ikke noe å sende til eller hente fra"
    );
    let way_out = folder::way_there(root).unwrap_or_else(folder::anywhere);
    Finding::new(Code::SourceUnreadable, message, way_out)
}
