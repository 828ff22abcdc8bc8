//! Writes example trees. One is the example of this repository, which is embedded in the program, so that a
//! demonstration needs only the binary. The others are generated in any size, for measurements. All people in them are
//! made up.

mod copy;
mod generate;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use rust_embed::{Embed, RustEmbed};

pub use copy::copy;
pub use generate::{files, generate};

use portvakt_core::diag::{Text, text};
use portvakt_core::schema::Schema;
use portvakt_core::system::said;

/// The day that the example is written for. On this day the end dates of registrars lie some weeks ahead.
pub const WRITTEN_FOR: Date = date(2026, 9, 15);

/// The reason why a tree could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// A file or folder of the same name is there already. Nothing is overwritten.
    Occupied(PathBuf),
    /// The folder or a file could not be written.
    Write {
        /// The path that could not be written.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
    /// The example's own register is not valid. The example's tests rule this out.
    Register(Text),
}

impl ExampleError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Occupied(path) => text!(
                en: "`{path}` is there already; name an empty folder",
                nb: "`{path}` er der allerede; oppgi en tom mappe";
                path = path.display()
            ),
            Self::Write { path, source } => {
                let (path, why) = (path.display(), said(source));
                text!(
                    with why;
                    en: "cannot write `{path}`: {why}",
                    nb: "kan ikke skrive `{path}`: {why}"
                )
            }
            Self::Register(why) => text!(
                with why;
                en: "the example's register is not valid: {why}",
                nb: "registeret i eksempelet er ikke gyldig: {why}"
            ),
        }
    }
}

impl std::fmt::Display for ExampleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

#[derive(RustEmbed)]
#[folder = "desired-state/"]
struct DesiredState;

#[derive(RustEmbed)]
#[folder = "policies/"]
#[allow_missing = true]
struct Policies;

/// All files below a folder of the example, sorted by path.
fn embedded<E: Embed>(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = E::iter()
        .filter_map(|name| E::get(&name).map(|file| (format!("{folder}/{name}"), file.data.into_owned())))
        .collect();
    files.sort();
    files
}

/// The example's policies with their paths.
fn policies() -> Vec<(String, Vec<u8>)> {
    embedded::<Policies>("policies")
}

/// The example's register and people with their paths.
fn people() -> Vec<(String, Vec<u8>)> {
    embedded::<DesiredState>("desired-state")
}

/// The schemas with their paths. The first lines of the tree's files name these paths.
fn schemas() -> impl Iterator<Item = (String, Vec<u8>)> {
    Schema::ALL.into_iter().map(|schema| (format!("schemas/{}", schema.file()), schema.text().into()))
}

/// Fails if one of the folders is there already, so that nothing is overwritten.
fn vacant(into: &Path) -> Result<(), ExampleError> {
    for name in ["desired-state", "policies", "schemas"] {
        let there = into.join(name);
        if there.symlink_metadata().is_ok() {
            return Err(ExampleError::Occupied(there));
        }
    }
    Ok(())
}

fn write_file(into: &Path, path: &str, bytes: &[u8]) -> Result<(), ExampleError> {
    let path = into.join(path);
    let written = match std::fs::write(&path, bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, bytes))
        }
        other => other,
    };
    written.map_err(|source| ExampleError::Write { path, source })
}
