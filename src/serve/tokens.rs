//! Who may ask: bearer tokens, one a line of a file, read again when the file changes.
//!
//! Only digests are kept, compared in constant time, and nothing of a token is ever logged. A file that cannot be
//! read lets nobody in: taking it away is the quickest way to shut the door.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use portvakt_core::model::Digest;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::{Choice, ConstantTimeEq as _};

/// The fewest characters a token may have.
const SHORTEST: usize = 20;

/// How often the file's stamp is looked at, at most.
const LOOK: Duration = Duration::from_millis(500);

/// Why a file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read.
    #[error("the file of tokens `{path}` cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// Everybody on this machine can read it.
    #[error(
        "the file of tokens `{0}` can be read by everybody on this machine; take that right away (chmod 600)"
    )]
    Open(PathBuf),
    /// There is no token in it.
    #[error("the file of tokens `{0}` has no token; write one a line, at least 20 characters each")]
    None(PathBuf),
    /// A line that is no token.
    #[error(
        "line {line} of the file of tokens `{path}` is no token: at least 20 characters of A-Z, a-z, 0-9 and -._~+/= are expected"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// What tells one state of a file from the next.
type Stamp = (i64, i64, i64, i64, u64, u64);

#[derive(Debug)]
struct Known {
    digests: Vec<Digest>,
    stamp: Option<Stamp>,
    looked: Instant,
}

/// The tokens that are let in.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    known: Mutex<Known>,
}

impl Tokens {
    /// Reads a file: one token a line, empty lines and lines that begin with `#` left out.
    ///
    /// # Errors
    /// When it cannot be read, everybody can read it, or it has no token or a line that is none.
    pub fn open(path: &Path) -> Result<Self, TokenError> {
        // The stamp first: a change while it is read is seen at the next look.
        let known = Known { stamp: stamp(path), digests: read(path)?, looked: Instant::now() };
        Ok(Self { path: path.to_owned(), known: Mutex::new(known) })
    }

    /// Whether this is one of the tokens.
    #[must_use]
    pub fn let_in(&self, token: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.looked.elapsed() >= LOOK {
            known.looked = Instant::now();
            let now = stamp(&self.path);
            if now.is_none() || now != known.stamp {
                known.digests = read(&self.path).unwrap_or_else(|error| {
                    if now != known.stamp {
                        tracing::error!(%error, "nobody is let in until the file of tokens is mended");
                    }
                    Vec::new()
                });
                known.stamp = now;
            }
        }
        let asked = Digest::of(token.as_bytes());
        // Every token is compared, so that the time taken says nothing about which.
        let found = known
            .digests
            .iter()
            .fold(Choice::from(0), |found, digest| found | digest.as_bytes().ct_eq(asked.as_bytes()));
        found.into()
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let known = fs::metadata(path).ok()?;
    Some((known.mtime(), known.mtime_nsec(), known.ctime(), known.ctime_nsec(), known.size(), known.ino()))
}

fn read(path: &Path) -> Result<Vec<Digest>, TokenError> {
    let failed = |source| TokenError::Read { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.mode() & 0o004 != 0 {
        return Err(TokenError::Open(path.to_owned()));
    }
    let text = SecretString::from(fs::read_to_string(path).map_err(failed)?);
    let mut digests = Vec::new();
    for (number, line) in text.expose_secret().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The alphabet of RFC 6750 section 2.1.
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        if line.len() < SHORTEST || !line.chars().all(allowed) {
            return Err(TokenError::Line { path: path.to_owned(), line: number + 1 });
        }
        digests.push(Digest::of(line.as_bytes()));
    }
    if digests.is_empty() { Err(TokenError::None(path.to_owned())) } else { Ok(digests) }
}
