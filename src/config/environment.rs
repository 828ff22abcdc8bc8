//! What the environment says of the machine and of the user: how text is shown, where temporary and lasting files go,
//! and who runs the program. Each value is read when it is asked for. Nothing is made, and nothing is kept. The variable of an
//! option is named beside the option.

use std::path::PathBuf;

/// Whether the environment asks for plain text, without colours (`NO_COLOR`).
#[must_use]
pub fn plain_text() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Whether this runs as a job of a forge or of a build server. They set `CI`.
#[must_use]
pub fn is_a_job() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The folder for temporary files (`TMPDIR`).
#[must_use]
pub fn scratch() -> PathBuf {
    std::env::temp_dir()
}

/// Whether the user has told OpenSSH to ask with a program of theirs, and never at the terminal.
#[must_use]
pub fn askpass_is_forced() -> bool {
    let has_program = std::env::var_os("SSH_ASKPASS").is_some_and(|program| !program.is_empty());
    let required = std::env::var_os("SSH_ASKPASS_REQUIRE");
    has_program && required.is_some_and(|required| required.eq_ignore_ascii_case("force"))
}

/// The user's own folder (`HOME`), where their keys are.
#[must_use]
pub fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The user's own folder for files that the program can make again (`XDG_CACHE_HOME`, or `.cache` in `HOME`).
#[must_use]
pub fn cache() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home().filter(|home| home.is_absolute()).map(|home| home.join(".cache")))
}

/// The cargo that runs this program and the folder of its manifest (`CARGO`, `CARGO_MANIFEST_DIR`), if one does. Only a
/// program built for trying things asks for it.
#[cfg(debug_assertions)]
#[must_use]
pub fn cargo() -> Option<(PathBuf, PathBuf)> {
    Some((std::env::var_os("CARGO")?.into(), std::env::var_os("CARGO_MANIFEST_DIR")?.into()))
}
