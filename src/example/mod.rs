//! Trees to try things on: the example of this repository, carried in the program so that a demonstration needs
//! nothing but the binary, and generated ones of any size for measuring. All people in them are made up.

mod copy;
mod generate;

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use rust_embed::{Embed, RustEmbed};

pub use copy::copy;
pub use generate::{files, generate};

use portvakt_core::schema::Schema;

/// The day the example is written for: seen from it, registrars' ends lie weeks ahead.
pub const WRITTEN_FOR: Date = date(2026, 9, 15);

/// Why a tree could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// Something of the same name is there already; nothing is overwritten.
    #[error("`{0}` is there already; name an empty folder")]
    Occupied(PathBuf),
    /// The folder or a file could not be written.
    #[error("cannot write `{path}`")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// The example's own register is not valid, which its tests rule out.
    #[error("the example's register is not valid: {0}")]
    Register(String),
}

#[derive(RustEmbed)]
#[folder = "desired-state/"]
struct DesiredState;

#[derive(RustEmbed)]
#[folder = "policies/"]
#[allow_missing = true]
struct Policies;

/// All files below a folder of the example, in order of their paths.
fn embedded<E: Embed>(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = E::iter()
        .filter_map(|name| E::get(&name).map(|file| (format!("{folder}/{name}"), file.data.into_owned())))
        .collect();
    files.sort();
    files
}

/// The example's policies, by path.
fn policies() -> Vec<(String, Vec<u8>)> {
    embedded::<Policies>("policies")
}

/// The example's register and people, by path.
fn people() -> Vec<(String, Vec<u8>)> {
    embedded::<DesiredState>("desired-state")
}

/// The schemas that the files' first lines name, by path.
fn schemas() -> impl Iterator<Item = (String, Vec<u8>)> {
    Schema::ALL.into_iter().map(|schema| (format!("schemas/{}", schema.file()), schema.text().into()))
}

/// Makes sure that nothing is overwritten.
fn vacant(into: &Path) -> Result<(), ExampleError> {
    for name in ["desired-state", "policies", "schemas"] {
        let there = into.join(name);
        if there.symlink_metadata().is_ok() {
            return Err(ExampleError::Occupied(there));
        }
    }
    Ok(())
}

fn write(into: &Path, path: &str, bytes: &[u8]) -> Result<(), ExampleError> {
    let path = into.join(path);
    let written = match std::fs::write(&path, bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, bytes))
        }
        other => other,
    };
    written.map_err(|source| ExampleError::Write { path, source })
}
