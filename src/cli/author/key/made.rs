//! Makes a key with OpenSSH, which asks for its passphrase. The end of its input, from a closed terminal too, is an empty
//! passphrase to OpenSSH. A key without a passphrase is only made, and only enrolled, if an option asks for it. So the key is
//! looked at afterwards, and one that nobody asked for is deleted again.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::system::said;

use crate::cli::ask::{Unanswered, nothing_was_written, signals};
use crate::cli::author::Stop;
use crate::cli::openssh::is_unprotected;

/// Returns the words that prepare the user for the question of OpenSSH, which is in English.
pub(super) fn passphrase() -> Text {
    text!(
        en: "Choose a passphrase for the key: it is asked for twice, and again each time you sign. Nothing is seen while you type.",
        nb: "Velg et passord for nøkkelen: `ssh-keygen` spør to ganger, på engelsk («passphrase»), og igjen hver gang du signerer. Ingenting vises mens du skriver."
    )
}

/// Makes a key. If nothing was asked about, it has no passphrase.
///
/// # Errors
/// No key was made, or it has no passphrase although one was asked for. Nothing of it stays then.
pub(super) fn make_key(file: &Path, comment: &str, asks: bool) -> Result<(), Stop> {
    if file.exists() {
        let name = file.display();
        let message = text!(en: "`{name}` is there already", nb: "`{name}` finnes allerede");
        let way_out = text!(
            en: "Enroll it with `--public {name}.pub`, or name another file with `--file`.",
            nb: "Registrer den med `--public {name}.pub`, eller oppgi en annen fil med `--file`."
        );
        return Err(Finding::new(Code::NotSigned, message, way_out).into());
    }
    if let Some(folder) = file.parent() {
        // Only the user may read the folder with the keys.
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|why| not_made(&said(&why)))?;
    }
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-C", comment]).arg("-f").arg(file);
    if !asks {
        keygen.args(["-N", ""]);
    }
    let status = keygen.stdout(Stdio::null()).status().map_err(|why| not_made(&said(&why)))?;
    // Ctrl-C at the question ends `ssh-keygen` by a signal. A closed terminal may leave it with an empty passphrase.
    let is_left = status.code().is_none() || signals::is_to_end();
    if status.success() && (is_left || (asks && is_unprotected(file))) {
        std::fs::remove_file(file)
            .and_then(|()| std::fs::remove_file(beside(file)))
            .map_err(|why| not_deleted(file, &said(&why)))?;
    }
    if is_left {
        return Err(Unanswered(nothing_was_written()).into());
    }
    if !status.success() {
        let how = text!(en: "`ssh-keygen` ended with {status}", nb: "`ssh-keygen` avsluttet med {status}");
        return Err(not_made(&how).into());
    }
    if !file.exists() {
        return Err(typed_nothing().into());
    }
    Ok(())
}

/// Returns the path of the public half beside a private key.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Refuses a key that is there already and has no passphrase. A security key needs none, because it must be touched. Of a
/// key whose private half is elsewhere nothing is known here.
///
/// # Errors
/// Whoever gets the file could sign with it.
pub(super) fn may_do_without_passphrase(file: &Path) -> Result<(), Finding> {
    let is_public = file.extension().is_some_and(|end| end == "pub");
    let private = if is_public { file.with_extension("") } else { file.to_owned() };
    let line = std::fs::read_to_string(beside(&private)).unwrap_or_default();
    if line.starts_with("sk-") || !private.exists() || !is_unprotected(&private) {
        return Ok(());
    }
    let private = private.display();
    let message = text!(
        en: "the key in `{private}` has no passphrase: whoever gets the file can sign with it",
        nb: "nøkkelen i `{private}` har ikke noe passord: den som får tak i filen, kan signere med den"
    );
    let way_out = text!(
        en: "Give it one with `ssh-keygen -p -f {private}`, and run this again. On a machine that nobody else uses, say `--no-passphrase`.",
        nb: "Gi den et med `ssh-keygen -p -f {private}`, og kjør dette på nytt. På en maskin ingen andre bruker, skriv `--no-passphrase`."
    );
    Err(Finding::new(Code::NotSigned, message, way_out))
}

fn not_made(why: &Text) -> Finding {
    let message =
        text!(with why; en: "no key could be made: {why}", nb: "det kunne ikke lages noen nøkkel: {why}");
    let way_out = text!(
        en: "Install OpenSSH, or name a file you can write with `--file`.",
        nb: "Installer OpenSSH, eller oppgi en fil du kan skrive, med `--file`."
    );
    Finding::new(Code::NotSigned, message, way_out)
}

/// Returns the finding about a new key for which nobody typed a passphrase.
fn typed_nothing() -> Finding {
    let message = text!(
        en: "no passphrase was typed, so the new key was deleted, and nothing was written",
        nb: "det ble ikke skrevet noe passord, så den nye nøkkelen er slettet, og ingenting ble skrevet"
    );
    let way_out = text!(
        en: "Run it again and type the same passphrase twice. A key without one is made with `--no-passphrase`, for a machine that nobody else uses.",
        nb: "Kjør den på nytt, og skriv det samme passordet to ganger. En nøkkel uten passord lages med `--no-passphrase`, for en maskin ingen andre bruker."
    );
    Finding::new(Code::NotSigned, message, way_out)
}

fn not_deleted(file: &Path, why: &Text) -> Finding {
    let file = file.display();
    let message = text!(
        with why;
        en: "the new key in `{file}` has no passphrase and could not be deleted: {why}",
        nb: "den nye nøkkelen i `{file}` har ikke noe passord og kunne ikke slettes: {why}"
    );
    let way_out = text!(
        en: "Delete it and its `.pub` file. Nothing was sent.",
        nb: "Slett den og `.pub`-filen. Ingenting ble sendt."
    );
    Finding::new(Code::NotSigned, message, way_out)
}

/// Returns the finding for a new key without a terminal. Nobody can be asked for a passphrase there. A key without a
/// passphrase is only made if an option asks for it.
pub(super) fn unasked() -> Finding {
    let message = text!(
        en: "there is no terminal to ask for a passphrase at",
        nb: "det er ingen terminal å spørre om en passfrase i"
    );
    let way_out = text!(
        en: "Run it at a terminal, or say `--no-passphrase` on a machine that nobody else uses.",
        nb: "Kjør den i en terminal, eller skriv `--no-passphrase` på en maskin ingen andre bruker."
    );
    Finding::new(Code::NotSigned, message, way_out)
}
