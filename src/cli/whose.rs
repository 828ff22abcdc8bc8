//! Whose the register's folder is. What one run as root makes there (the lock, the ledger's key) would be root's, and the
//! service, which runs as the user of that folder, would be locked out of it. So such a run is refused before it makes
//! anything. Nothing is handed over to that user afterwards: whoever owns the folder could plant a link under the name.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use portvakt_core::diag::{Code, Finding, text};

use crate::config::Global;

/// Refuses a run as root that would write into the folder of another user.
pub(super) fn may_write(global: &Global) -> Result<(), Finding> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = global.var();
    let of_the_program = ["portvakt.lock", "ledger.key"].map(|name| folder.join(name));
    let mut places = vec![nearest(&folder), global.store_path()];
    places.extend(of_the_program);
    let others = |path: &PathBuf| {
        let owner = fs::symlink_metadata(path).ok()?.uid();
        (owner != 0).then(|| (path.clone(), user(owner)))
    };
    let Some((path, owner)) = places.iter().find_map(others) else { return Ok(()) };
    let path = path.display();
    let message = text!(
        en: "`{path}` belongs to the user `{owner}`, and this is run as root: the files it makes would be root's, and the service of `{owner}` could not use them",
        nb: "`{path}` tilhører brukeren `{owner}`, og dette kjøres som root: filene det lager, ville tilhøre root, og tjenesten til `{owner}` kunne ikke bruke dem"
    );
    let way_out = text!(
        en: "Run it as that user: `runuser -u {owner} -- portvakt …`, or `sudo -u {owner} portvakt …`.",
        nb: "Kjør det som den brukeren: `runuser -u {owner} -- portvakt …`, eller `sudo -u {owner} portvakt …`."
    );
    Err(Finding::new(Code::StoreUnavailable, message, way_out))
}

/// The finding for a file of the program that this user may not use because it belongs to another user. It is `None` if
/// the file is this user's own, or there is none.
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

/// The folder, or the nearest one above it that exists. A new folder would be made there.
fn nearest(folder: &Path) -> PathBuf {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(&folder).to_owned()
}

/// The name of a user of this machine, or the number where no name is known.
fn user(id: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, _, number) = (parts.next()?, parts.next()?, parts.next()?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| id.to_string())
}
