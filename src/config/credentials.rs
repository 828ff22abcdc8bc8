//! The credentials that systemd keeps for a unit. An option that takes the file of a secret also takes
//! `credential:NAME`. The file is then the one
//! that systemd made, and no name leads out of its folder.

use std::path::{Path, PathBuf};

use portvakt_core::diag::{Text, text};

/// The path of a file, or of a credential that systemd keeps for this unit (`credential:NAME`).
///
/// # Errors
/// Systemd has not given the credential. The error is its name.
pub(super) fn secret(named: &Path) -> Result<PathBuf, String> {
    let Some(name) = named.to_str().and_then(|text| text.strip_prefix("credential:")) else {
        return Ok(named.to_owned());
    };
    let plain = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
    credential(name).filter(|path| plain && path.exists()).ok_or_else(|| name.to_owned())
}

/// The path of the file in which systemd keeps a credential for this unit. It is `None` if systemd keeps no credentials
/// for it. The file may be missing.
pub(super) fn credential(name: &str) -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(name))
}

/// The message if systemd did not provide a credential.
pub(super) fn no_credential(name: &str) -> Text {
    text!(
        en: "systemd has given no credential `{name}` (`LoadCredential=` in the unit)",
        nb: "systemd har ikke gitt noen legitimasjon `{name}` (`LoadCredential=` i tjenestefilen)"
    )
}
