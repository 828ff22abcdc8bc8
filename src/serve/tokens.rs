//! This module checks the bearer tokens of clients. A file holds one token per line. It is read again when it
//! changes.
//!
//! Only digests of the tokens are kept. They are compared in constant time, and no part of a token is ever logged. If
//! the file cannot be read, nobody has access. So removing the file is the fastest way to stop all access.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use portvakt_core::diag::{Text, text};
use portvakt_core::model::Digest;
use portvakt_core::system::said;
use portvakt_net::{Exposure, exposure};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::{Choice, ConstantTimeEq as _};

/// The smallest number of characters in a token.
const SHORTEST: usize = 20;

/// The shortest time between two checks of the file's stamp.
const LOOK: Duration = Duration::from_millis(500);

/// The reason why a file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read.
    Read {
        /// The system's own error.
        #[source]
        source: std::io::Error,
    },
    /// It is a pipe, a folder or something else that is not a file.
    NoFile(PathBuf),
    /// Everybody on this machine can read the file.
    Open(PathBuf),
    /// The file belongs neither to the user who runs this program nor to root. Its owner could let themselves in.
    Foreign(PathBuf),
    /// Others than its owner can write to the file, and so let themselves in.
    Writable(PathBuf),
    /// Everybody on this machine can put another file in its place, and so let themselves in.
    Folder(PathBuf),
    /// The file has no token.
    None(PathBuf),
    /// The file has a line that is not a token.
    Line {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, counted from 1.
        line: usize,
    },
}

impl TokenError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Read { source } => {
                let why = said(source);
                text!(
                    with why;
                    en: "the file of tokens (`--token-file`) cannot be read: {why}",
                    nb: "filen med nøkkelord (`--token-file`) kan ikke leses: {why}"
                )
            }
            Self::NoFile(path) => text!(
                en: "the file of tokens `{path}` is no plain file",
                nb: "filen med nøkkelord `{path}` er ingen vanlig fil";
                path = path.display()
            ),
            Self::Open(path) => text!(
                en: "the file of tokens `{path}` can be read by everybody on this machine; take that right away (chmod 600)",
                nb: "filen med nøkkelord `{path}` kan leses av alle på denne maskinen; ta bort den retten (chmod 600)";
                path = path.display()
            ),
            Self::Foreign(path) => text!(
                en: "the file of tokens `{path}` belongs to another user, who could let themselves in; give it to the user who runs this (chown)",
                nb: "filen med nøkkelord `{path}` tilhører en annen bruker, som da kunne slippe seg selv inn; gi den til brukeren som kjører dette (chown)";
                path = path.display()
            ),
            Self::Writable(path) => text!(
                en: "the file of tokens `{path}` can be written by others than its owner, who could let themselves in; take \
                     that right away (chmod 600)",
                nb: "filen med nøkkelord `{path}` kan skrives av andre enn eieren, som da kunne slippe seg selv inn; ta \
                     bort den retten (chmod 600)";
                path = path.display()
            ),
            Self::Folder(path) => text!(
                en: "the file of tokens `{path}` can be replaced by everybody on this machine; take the right to write away from its folder and those above it (chmod o-w)",
                nb: "filen med nøkkelord `{path}` kan byttes ut av alle på denne maskinen; ta bort retten til å skrive i mappen og dem over den (chmod o-w)";
                path = path.display()
            ),
            Self::None(path) => text!(
                en: "the file of tokens `{path}` has no token; write one a line, at least 20 characters each",
                nb: "filen med nøkkelord `{path}` har ingen; skriv ett på hver linje, på minst 20 tegn";
                path = path.display()
            ),
            Self::Line { path, line } => text!(
                en: "line {line} of the file of tokens `{path}` is no token: at least 20 characters of A-Z, a-z, 0-9 and \
                     -._~+/= are expected",
                nb: "linje {line} i filen med nøkkelord `{path}` er ikke noe nøkkelord: minst 20 tegn av A-Z, a-z, 0-9 og \
                     -._~+/= er ventet";
                path = path.display()
            ),
        }
    }
}

impl std::fmt::Display for TokenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// The values that show that a file has changed: the times of modification and change, the size and the inode.
type Stamp = (i64, i64, i64, i64, u64, u64);

#[derive(Debug)]
struct KnownTokens {
    digests: Vec<Digest>,
    stamp: Option<Stamp>,
    looked: Instant,
}

/// The tokens that give access.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    known: Mutex<KnownTokens>,
}

impl Tokens {
    /// Reads a file with one token per line. Empty lines and lines that begin with `#` are left out.
    ///
    /// # Errors
    /// Fails when the file is not a plain file or cannot be read, when everybody can read it, when others than its
    /// owner can write to it or replace it, when it has no token, or when a line is not a token.
    pub fn open(path: &Path) -> Result<Self, TokenError> {
        // The stamp is taken first. So the next check sees a change that is made while the file is read.
        let known = KnownTokens { stamp: stamp(path), digests: token_digests(path)?, looked: Instant::now() };
        Ok(Self { path: path.to_owned(), known: Mutex::new(known) })
    }

    /// Returns whether this is one of the tokens.
    #[must_use]
    pub fn let_in(&self, token: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.looked.elapsed() >= LOOK {
            known.looked = Instant::now();
            let now = stamp(&self.path);
            if now.is_none() || now != known.stamp {
                known.digests = token_digests(&self.path).unwrap_or_else(|error| {
                    if now != known.stamp {
                        tracing::error!(%error, "nobody is let in until the file of tokens is mended");
                    }
                    Vec::new()
                });
                known.stamp = now;
            }
        }
        let asked = Digest::of(token.as_bytes());
        // All tokens are compared, so the time does not show which one matched.
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

fn token_digests(path: &Path) -> Result<Vec<Digest>, TokenError> {
    // A file that cannot be read is not named, because somebody may have given a token in place of the file.
    let failed = |source| TokenError::Read { source };
    let known = fs::metadata(path).map_err(failed)?;
    // A read of a pipe may wait for ever, and then every request would wait too.
    if let Some(how) = exposure(path, &known) {
        let path = path.to_owned();
        return Err(match how {
            Exposure::NoFile => TokenError::NoFile(path),
            Exposure::Foreign => TokenError::Foreign(path),
            Exposure::Writable => TokenError::Writable(path),
            Exposure::Open => TokenError::Open(path),
            Exposure::Folder => TokenError::Folder(path),
        });
    }
    let text = SecretString::from(fs::read_to_string(path).map_err(failed)?);
    let mut digests = Vec::new();
    for (number, line) in text.expose_secret().lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // These are the characters of RFC 6750 section 2.1.
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        if line.len() < SHORTEST || !line.chars().all(allowed) {
            return Err(TokenError::Line { path: path.to_owned(), line: number + 1 });
        }
        digests.push(Digest::of(line.as_bytes()));
    }
    if digests.is_empty() { Err(TokenError::None(path.to_owned())) } else { Ok(digests) }
}
