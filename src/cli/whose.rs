//! Checks who owns the register's folder. If a command runs as root, the files that it makes there (the lock, the
//! ledger's key) belong to root. The service runs as the owner of that folder, and could not open them. So such a run
//! is refused before it makes anything. The same is true for the files of the tree, which people write. The program
//! does not give the files to the owner afterwards, because the owner of the folder could plant a link under the name.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Finding, text};

use crate::config::{Global, end_of_links};

/// Refuses a run as root that would write into the folder of another user.
pub(super) fn may_write(global: &Global) -> Result<(), Finding> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = global.var();
    let files = [global.store_path(), folder.join("portvakt.lock"), folder.join("ledger.key")];
    let mut places = vec![nearest(&folder)];
    places.extend(files.into_iter().flat_map(written_at));
    let Some((path, owner)) = places.iter().find_map(|path| of_another(path)) else { return Ok(()) };
    Err(refused(Code::StoreUnavailable, &path, &owner))
}

/// Refuses a run as root that would put a file into a folder of another user, or replace one of their files. The file
/// would belong to root, and that user could not change it any more.
pub(super) fn may_put(file: &Path) -> Result<(), Finding> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = nearest(file.parent().unwrap_or(file));
    match of_another(file).or_else(|| of_another(&folder)) {
        None => Ok(()),
        Some((path, owner)) => Err(refused(Code::SourceUnreadable, &path, &owner)),
    }
}

/// Returns the path and the name of its owner, if the path or the target of its link belongs to another user than root.
fn of_another(path: &Path) -> Option<(PathBuf, String)> {
    let of_other = |owner: u32, path: PathBuf| (owner != 0).then(|| (path, user(owner)));
    let itself = fs::symlink_metadata(path).ok()?.uid();
    of_other(itself, path.to_owned()).or_else(|| {
        let owner = fs::metadata(path).ok()?.uid();
        of_other(owner, fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    })
}

/// Returns the places where something is written for a file. If the file is a link, the database makes its own files at
/// the target of the link. A new file is made there too.
fn written_at(file: PathBuf) -> Vec<PathBuf> {
    let end = end_of_links(file.clone());
    if end == file {
        return vec![file];
    }
    let folder = nearest(end.parent().unwrap_or(&end));
    vec![file, end, folder]
}

fn refused(code: Code, path: &Path, owner: &str) -> Finding {
    let path = path.display();
    let message = text!(
        en: "`{path}` belongs to the user `{owner}`, and this is run as root: the files it makes would be root's, and what runs as `{owner}` could not use them",
        nb: "`{path}` tilhører brukeren `{owner}`, og dette kjøres som root: filene det lager, ville tilhøre root, og det som kjører som `{owner}`, kunne ikke bruke dem"
    );
    let way_out = text!(
        en: "Run it as that user: `runuser -u {owner} -- portvakt …`, or `sudo -u {owner} portvakt …`.",
        nb: "Kjør det som den brukeren: `runuser -u {owner} -- portvakt …`, eller `sudo -u {owner} portvakt …`."
    );
    Finding::new(code, message, way_out)
}

/// Returns the finding for a file of the program that this user may not use because it belongs to another user. It is
/// `None` if the file is this user's own, or if there is none.
pub(super) fn kept_out(path: &Path) -> Option<Finding> {
    let (me, owner) = (rustix::process::geteuid().as_raw(), fs::symlink_metadata(path).ok()?.uid());
    if me == 0 || me == owner {
        return None;
    }
    let (path, me, owner) = (path.display(), user(me), user(owner));
    let message = text!(
        en: "`{path}` belongs to the user `{owner}`, and this is run as `{me}`, who may not use it",
        nb: "`{path}` tilhører brukeren `{owner}`, og dette kjøres som `{me}`, som ikke får bruke den"
    );
    let way_out = text!(
        en: "Somebody ran the program as `{owner}` once. If the file is in order, give it back: `chown --no-dereference {me} {path}`; from then on run the program as `{me}` alone.",
        nb: "Noen har kjørt programmet som `{owner}`. Er filen i orden, gi den tilbake: `chown --no-dereference {me} {path}`; kjør deretter programmet bare som `{me}`."
    );
    Some(Finding::new(Code::StoreUnavailable, message, way_out))
}

/// Returns the folder, or the nearest one above it that exists. A new folder would be made there.
fn nearest(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(&folder).to_owned()
}

/// Returns the name of a user of this machine. If no name is known, it is the number.
fn user(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, _, number) = (parts.next()?, parts.next()?, parts.next()?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| id.to_string())
}
