//! Files that hold a secret: a token, a password, a key. Every client reads them here. A file is refused if others
//! can read or write it, or can replace it because a folder on the way to it is open to all. A file of another user
//! than root or the one who runs the program is refused too.
//!
//! If the secret itself was given in place of its file, no such file exists. The message then names the option and
//! not the value.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use portvakt_core::diag::{Text, text};
use secrecy::SecretString;

use crate::system;

/// The size limit of such a file, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The reason why a file with a secret is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// There is no such file, or this user may not look at it.
    Missing(Text),
    /// The file exists, but cannot be read.
    Unread(Text),
    /// It is larger than any secret.
    Large,
    /// It is not a file, or others can read or change it.
    Exposed(Exposure),
}

/// How others can read or change a file with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// It is a pipe, a folder or something else that is not a file. A program that reads a pipe may wait for ever.
    NoFile,
    /// It belongs neither to the user who runs this program nor to root.
    Foreign,
    /// Others than its owner can write to it.
    Writable,
    /// Everybody on this machine can read it.
    Open,
    /// Everybody on this machine can put another file in its place.
    Folder,
}

impl std::fmt::Display for KeptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Says that a path is a folder, a link or a device, although a file is expected.
#[must_use]
pub fn no_plain_file() -> Text {
    text!(en: "it is no plain file", nb: "det er ingen vanlig fil")
}

impl KeptError {
    /// Returns the reason in words, in both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Missing(why) | Self::Unread(why) => why.clone(),
            Self::Exposed(Exposure::NoFile) => no_plain_file(),
            Self::Large => {
                text!(en: "it is too large for a secret", nb: "den er for stor for en hemmelighet")
            }
            Self::Exposed(Exposure::Foreign) => text!(
                en: "it is not taken, since it belongs to another user, who can read it and write in it; give it to the user who runs this (`chown`)",
                nb: "den brukes ikke, siden den tilhører en annen bruker, som kan lese den og skrive i den; gi den til brukeren som kjører dette (`chown`)"
            ),
            Self::Exposed(Exposure::Writable) => text!(
                en: "it is not taken, since others than its owner can write to it; take that right away (`chmod 600`)",
                nb: "den brukes ikke, siden andre enn eieren kan skrive i den; ta bort den retten (`chmod 600`)"
            ),
            Self::Exposed(Exposure::Open) => text!(
                en: "it is not taken, since everybody on this machine can read it; take that right away (`chmod 600`)",
                nb: "den brukes ikke, siden alle på denne maskinen kan lese den; ta bort den retten (`chmod 600`)"
            ),
            Self::Exposed(Exposure::Folder) => text!(
                en: "it is not taken, since everybody on this machine can replace it; take the right to write away from its folder and those above it (`chmod o-w`)",
                nb: "den brukes ikke, siden alle på denne maskinen kan bytte den ut; ta bort retten til å skrive i mappen og dem over den (`chmod o-w`)"
            ),
        }
    }

    /// Returns the name of the file for a message. That is its path if it exists, and otherwise the option that names
    /// it, because somebody may have given the secret itself.
    #[must_use]
    pub fn place(&self, file: &Path, option: &str) -> String {
        match self {
            Self::Missing(_) => option.to_owned(),
            _ => file.display().to_string(),
        }
    }
}

/// Reads the text of a file with a secret, without changing it.
///
/// # Errors
/// Fails when the file does not exist, is not a plain file, cannot be read or is too large, when it belongs to
/// another user, and when others than its owner can read, write or replace it. Its group may read it.
pub fn secret_of(file: &Path) -> Result<SecretString, KeptError> {
    let known = fs::metadata(file).map_err(|why| KeptError::Missing(system(&why)))?;
    if let Some(how) = exposure(file, &known) {
        return Err(KeptError::Exposed(how));
    }
    if known.size() > LARGEST {
        return Err(KeptError::Large);
    }
    fs::read_to_string(file).map(SecretString::from).map_err(|why| KeptError::Unread(system(&why)))
}

/// Returns how others can read or change a file with a secret, if they can. Its group may read it.
#[must_use]
pub fn exposure(file: &Path, known: &Metadata) -> Option<Exposure> {
    if !known.is_file() {
        Some(Exposure::NoFile)
    } else if is_of_another(known) {
        Some(Exposure::Foreign)
    } else if known.mode() & 0o022 != 0 {
        Some(Exposure::Writable)
    } else if known.mode() & 0o004 != 0 {
        Some(Exposure::Open)
    } else if is_replaceable(file) {
        Some(Exposure::Folder)
    } else {
        None
    }
}

/// Returns whether a file belongs to another user than the one who runs this. A file of root does not count as
/// another user's, because root can read and write everything.
fn is_of_another(known: &Metadata) -> bool {
    known.uid() != 0 && known.uid() != rustix::process::geteuid().as_raw()
}

/// Returns whether everybody on this machine can put another file in the place of this one. That is so if everybody
/// can write to a folder on the way to it, or on the way to the file that a link leads to. In a folder with the
/// sticky bit, such as `/tmp`, only the owner of a file can replace it. A folder for temporary files is open to
/// everybody on every machine, so it counts only if the file itself is in it.
fn is_replaceable(file: &Path) -> bool {
    let (stands, leads_to) = (std::path::absolute(file), fs::canonicalize(file));
    let files = [stands.as_deref().ok(), leads_to.as_deref().ok()];
    let named = std::env::temp_dir();
    let temporary = [named.as_path(), Path::new("/tmp")];
    files.into_iter().flatten().any(|file| {
        let mut folders = file.ancestors().skip(1);
        // A user who can rename a folder can put another one there, with a file of the same name.
        folders.next().is_some_and(is_open_to_all)
            || folders.any(|folder| !temporary.contains(&folder) && is_open_to_all(folder))
    })
}

fn is_open_to_all(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|known| known.mode() & 0o1002 == 0o002)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn of(mode: u32, folder: u32) -> Result<String, KeptError> {
        let dir =
            std::env::temp_dir().join(format!("portvakt-kept-{}-{mode:o}-{folder:o}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("token");
        fs::write(&file, "hush\n").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(&file, mode);
        set(&dir, folder);
        let read = secret_of(&file).map(|text| text.expose_secret().to_owned());
        fs::remove_dir_all(&dir).unwrap();
        read
    }

    #[test]
    fn a_file_that_others_can_read_write_or_replace_is_not_taken() {
        for taken in [(0o600, 0o700), (0o400, 0o755), (0o440, 0o750), (0o640, 0o770), (0o600, 0o1777)] {
            assert_eq!(of(taken.0, taken.1), Ok("hush\n".to_owned()), "{taken:?}");
        }
        for mode in [0o602, 0o622, 0o620, 0o666, 0o660] {
            assert_eq!(of(mode, 0o700), Err(KeptError::Exposed(Exposure::Writable)), "{mode:o}");
        }
        for mode in [0o644, 0o444, 0o604] {
            assert_eq!(of(mode, 0o700), Err(KeptError::Exposed(Exposure::Open)), "{mode:o}");
        }
        for folder in [0o777, 0o707, 0o703] {
            assert_eq!(of(0o600, folder), Err(KeptError::Exposed(Exposure::Folder)), "{folder:o}");
        }
    }

    #[test]
    fn a_file_below_a_folder_that_all_can_write_or_of_another_user_is_not_taken() {
        let dir = std::env::temp_dir().join(format!("portvakt-kept-below-{}", std::process::id()));
        let folder = dir.join("between/of-the-file");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("token");
        fs::write(&file, "hush\n").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(&file, 0o600);
        set(&folder, 0o700);
        let read = || secret_of(&file).map(|text| text.expose_secret().to_owned());
        for (mode, taken) in [(0o777, false), (0o703, false), (0o1777, true), (0o755, true)] {
            set(&dir, mode);
            let expected =
                if taken { Ok("hush\n".to_owned()) } else { Err(KeptError::Exposed(Exposure::Folder)) };
            assert_eq!(read(), expected, "{mode:o}");
        }
        // Only root can give a file away.
        if std::os::unix::fs::chown(&file, Some(65534), None).is_ok() {
            assert_eq!(read(), Err(KeptError::Exposed(Exposure::Foreign)));
        }
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn nobody_waits_for_a_pipe() {
        let pipe = std::env::temp_dir().join(format!("portvakt-kept-pipe-{}", std::process::id()));
        assert!(
            std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success()
        );
        let read = secret_of(&pipe).map(|text| text.expose_secret().to_owned());
        fs::remove_file(&pipe).unwrap();
        assert_eq!(read, Err(KeptError::Exposed(Exposure::NoFile)));
    }

    #[test]
    fn what_is_no_file_is_named_by_the_option() {
        let given = Path::new("hush-hush-hush");
        let why = secret_of(given).unwrap_err();
        assert!(matches!(why, KeptError::Missing(_)), "{why:?}");
        assert_eq!(why.place(given, "--scim-token"), "--scim-token");
        assert!(!format!("{why} {why:?} {:?}", why.words()).contains("hush"));
        assert_eq!(KeptError::Exposed(Exposure::Open).place(given, "--scim-token"), "hush-hush-hush");
    }
}
