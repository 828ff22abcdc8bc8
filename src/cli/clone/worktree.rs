//! Makes a work tree beside a clone for the time of one command. Only the user can read it. It is removed when the
//! command ends. If a command was killed, the next one removes its work tree.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use portvakt_core::diag::{Code, Finding, Text, text};

use super::git::git;
use crate::cli::ask::signals;
use crate::config::scratch;

/// The prefix of the name of each work tree. A UUID follows.
const NAME: &str = "portvakt-";

/// The next step where nothing can be written among the files of the moment.
pub(in crate::cli) fn elsewhere() -> Text {
    text!(
        en: "Name a folder that you can write in with the variable `TMPDIR`.",
        nb: "Oppgi en mappe du kan skrive i, med variabelen `TMPDIR`."
    )
}

/// A work tree beside the clone. It is removed when the value is dropped.
pub(in crate::cli) struct WorkTree {
    repository: PathBuf,
    pub(in crate::cli) path: PathBuf,
    /// The folder, locked for as long as this process lives. A folder that nobody has locked was left behind.
    _lock: File,
}

impl WorkTree {
    /// Makes the work tree of a commit of the clone `top`.
    ///
    /// # Errors
    /// The folder cannot be made, or a call of git fails.
    pub(in crate::cli) fn make(top: &Path, commit: &str) -> Result<Self, Finding> {
        static FIRST: Once = Once::new();
        FIRST.call_once(|| {
            signals::end_in_order();
            prune(top);
        });
        let path = scratch().join(format!("{NAME}{}", uuid::Uuid::new_v4()));
        let lock = locked_folder(&path).map_err(|why| {
            let (path, why) = (path.display(), portvakt_core::system::said(&why));
            let message =
                text!(with why; en: "`{path}` cannot be made: {why}", nb: "`{path}` kan ikke lages: {why}");
            Finding::new(Code::SourceUnreadable, message, elsewhere())
        })?;
        let tree = Self { repository: top.to_owned(), path, _lock: lock };
        let place = tree.path.to_string_lossy().into_owned();
        git(top, &["worktree", "add", "--quiet", "--detach", "--no-checkout", &place, commit])?;
        // The files are written by a separate run of git, because its settings may differ in a work tree (`includeIf`).
        git(&tree.path, &["reset", "--quiet", "--hard"])?;
        Ok(tree)
    }
}

impl Drop for WorkTree {
    fn drop(&mut self) {
        remove(&self.repository, &self.path);
    }
}

/// Makes a folder that only its owner can open, and locks it.
fn locked_folder(path: &Path) -> io::Result<File> {
    DirBuilder::new().mode(0o700).create(path)?;
    let folder = File::open(path)?;
    folder.lock()?;
    Ok(folder)
}

fn remove(repository: &Path, path: &Path) {
    if let Err(why) = git(repository, &["worktree", "remove", "--force", &path.to_string_lossy()]) {
        // If git did not make a work tree of the folder, the folder is empty.
        let _rest = std::fs::remove_dir(path);
        tracing::warn!(path = %path.display(), why = why.message.en(), "a work tree could not be taken away");
    }
}

/// Removes the work trees of commands that were killed. Work trees that people made themselves stay.
fn prune(top: &Path) {
    let Ok(said) = git(top, &["worktree", "list", "--porcelain", "-z"]) else { return };
    let paths = said.out.split('\0').filter_map(|line| line.strip_prefix("worktree ")).map(Path::new);
    for path in paths.filter(|path| is_ours(path)) {
        let is_left = match File::open(path) {
            Ok(folder) => folder.try_lock().is_ok(),
            // Git still has a note of a folder that is gone.
            Err(why) => why.kind() == io::ErrorKind::NotFound,
        };
        if is_left {
            remove(top, path);
        }
    }
}

fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.strip_prefix(NAME)).is_some_and(|rest| uuid::Uuid::parse_str(rest).is_ok())
}
