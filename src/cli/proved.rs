//! Remembers proofs and comparisons. So an unchanged set of policies costs nothing, and the second person who signs a
//! change need not wait.
//!
//! They are kept in the user's own folder, and never in the tree or in the repository around it. Anybody may propose a
//! file in the tree, so a proof there would vouch for itself. Links and `..` are resolved before the two places are
//! compared. The key of a proof holds everything that the answer depends on. A file is not believed if it is not whole,
//! if it was kept under another key, or if another user of the machine could have written it or put it there. Then
//! everything is proved or compared again.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use portvakt_core::model::{Digest, Hasher};
use portvakt_core::proof::{
    PolicyDifference, ProofAnswer, ProofQuestion, ProofTask, ProofVerdict, every_question_is_answered,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{self, Global};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The answers under one key, with a digest of themselves.
#[derive(Debug, Serialize, Deserialize)]
struct KeptAnswers<T> {
    key: Digest,
    digest: Digest,
    answers: Vec<T>,
}

/// The folder where answers are kept, and the key of this one.
pub(super) struct Shelf {
    folder: PathBuf,
    key: Digest,
}

impl Shelf {
    /// Returns the place of the answers of this prover about these policies. It is `None` if the user has no such
    /// folder, or if the folder is in the tree or in a repository around it.
    pub(super) fn of(global: &Global, policies: Digest, prover: Digest) -> Option<Self> {
        let mut hasher = Hasher::new("portvakt proofs 1");
        hasher.part(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.part(policies.as_bytes()).part(prover.as_bytes());
        Self::under(global, hasher.finish())
    }

    /// Returns the place of this prover's result for two sets. The key covers all of the task except its time limit. It
    /// is `None` in the same cases as [`Shelf::of`].
    pub(super) fn of_comparison(global: &Global, task: &ProofTask, prover: Digest) -> Option<Self> {
        let told = serde_json::to_vec(&(task.protocol, &task.files, &task.before, &task.roles)).ok()?;
        let mut hasher = Hasher::new("portvakt comparisons 1");
        hasher.part(env!("CARGO_PKG_VERSION").as_bytes());
        hasher.part(&told).part(prover.as_bytes());
        Self::under(global, hasher.finish())
    }

    fn under(global: &Global, key: Digest) -> Option<Self> {
        let folder = real(&config::cache()?.join("portvakt").join("proofs"))?;
        let root = global.root.canonicalize().ok()?;
        let is_work_tree = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
        let mut proposed = root.ancestors().filter(is_work_tree).chain([root.as_path()]);
        if proposed.any(|proposed| folder.starts_with(proposed)) {
            return None;
        }
        Some(Self { folder, key })
    }

    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.key))
    }

    /// Returns the remembered answers, if they are there and whole.
    pub(super) fn remembered(&self, asked: &[ProofQuestion]) -> Option<Vec<ProofAnswer>> {
        let answers: Vec<ProofAnswer> = self.read()?;
        (every_question_is_answered(asked, &answers) && all_answered(&answers)).then_some(answers)
    }

    /// Returns the remembered result for the two sets, if it is there and whole. The result may be that nothing
    /// differs.
    pub(super) fn compared(&self) -> Option<Vec<PolicyDifference>> {
        let changes: Vec<PolicyDifference> = self.read()?;
        (!changes.is_empty() && all_compared(&changes)).then_some(changes)
    }

    fn read<T: Serialize + DeserializeOwned>(&self) -> Option<Vec<T>> {
        let kept: KeptAnswers<T> = serde_json::from_slice(&self.bytes()?).ok()?;
        let as_kept = kept.key == self.key && Some(kept.digest) == digest(&self.key, &kept.answers);
        as_kept.then_some(kept.answers)
    }

    /// Returns the bytes of the file, if only this user can have written it or put it there.
    fn bytes(&self) -> Option<Vec<u8>> {
        if !self.is_mine_alone() {
            return None;
        }
        let path = self.path();
        // The name must be that of a plain file. A link could lead elsewhere, and reading a pipe could wait for ever.
        let named = path.symlink_metadata().ok().filter(Metadata::is_file)?;
        let file = File::open(&path).ok()?;
        let opened = file.metadata().ok()?;
        let is_the_same = (opened.dev(), opened.ino()) == (named.dev(), named.ino());
        if !is_the_same || !mine_alone(&opened) || opened.len() > LARGEST {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Returns whether the folder is there and only this user can put a file into it.
    fn is_mine_alone(&self) -> bool {
        self.folder.symlink_metadata().is_ok_and(|known| known.is_dir() && mine_alone(&known))
    }

    /// Keeps the answers, if all of them are known. An unknown answer may be known the next time.
    pub(super) fn remember(&self, answers: &[ProofAnswer]) {
        if all_answered(answers) {
            self.keep(answers);
        }
    }

    /// Keeps the result for two sets, if all of it is known.
    pub(super) fn remember_compared(&self, changes: &[PolicyDifference]) {
        if all_compared(changes) {
            self.keep(changes);
        }
    }

    fn keep<T: Clone + Serialize>(&self, answers: &[T]) {
        if let Err(why) = self.write(answers) {
            tracing::warn!(path = %self.folder.display(), %why, "what was proved could not be kept");
        }
    }

    fn write<T: Clone + Serialize>(&self, answers: &[T]) -> io::Result<()> {
        let Some(digest) = digest(&self.key, answers) else { return Ok(()) };
        let kept = KeptAnswers { key: self.key, digest, answers: answers.to_vec() };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        if !self.is_mine_alone() {
            return Err(io::Error::other("the folder is another user's, or others can write to it"));
        }
        // The file gets its name when it is whole, so nobody reads half of it.
        let half = self.folder.join(format!("{}.{}.half", self.key, uuid::Uuid::new_v4()));
        let written = serde_json::to_vec(&kept)
            .map_err(io::Error::from)
            .and_then(|bytes| write_mine(&half, &bytes))
            .and_then(|()| std::fs::rename(&half, self.path()));
        if written.is_err() {
            let _gone = std::fs::remove_file(&half);
        }
        written
    }
}

/// Writes a new file that nobody else can read or write, no matter which mask the user has.
fn write_mine(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Returns whether a file or a folder belongs to this user and nobody else can write to it.
fn mine_alone(known: &Metadata) -> bool {
    known.uid() == rustix::process::geteuid().as_raw() && known.mode() & 0o022 == 0
}

/// Returns a path without links and `..`. If the last part does not exist, the folder of the path is resolved. It is
/// `None` for a link that leads nowhere.
fn real(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(real) => Some(real),
        Err(_) if path.symlink_metadata().is_err() => Some(real(path.parent()?)?.join(path.file_name()?)),
        Err(_) => None,
    }
}

fn all_answered(answers: &[ProofAnswer]) -> bool {
    answers.iter().all(|answer| is_known(&answer.verdict))
}

fn all_compared(changes: &[PolicyDifference]) -> bool {
    changes.iter().all(|change| is_known(&change.verdict))
}

fn is_known(verdict: &ProofVerdict) -> bool {
    !matches!(verdict, ProofVerdict::Unsure(_))
}

/// Returns the digest of answers under a key.
fn digest<T: Serialize>(key: &Digest, answers: &[T]) -> Option<Digest> {
    let bytes = serde_json::to_vec(answers).ok()?;
    let mut hasher = Hasher::new("portvakt proved answers 1");
    hasher.part(key.as_bytes()).part(&bytes);
    Some(hasher.finish())
}
