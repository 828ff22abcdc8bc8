//! Whether OpenSSH may ask for a passphrase. It asks at the terminal that the process was started from, wherever standard
//! input comes from. So it has to be told if nobody can be asked.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use portvakt_core::diag::{Finding, text};

use super::cannot;
use crate::cli::ask::Asker;
use crate::config;

/// Whether somebody can be asked, at the terminal or by the program that the user has told OpenSSH to use for it.
pub(super) fn may_ask(ask: Asker) -> bool {
    ask.at_a_terminal() || config::askpass_is_forced()
}

/// Keeps OpenSSH from asking, unless somebody can be asked. It gets a program to ask with that gives no answer, and is told
/// to use that one instead of the terminal.
pub(super) fn limit(command: &mut Command, ask: Asker) {
    if !may_ask(ask) {
        command.stdin(Stdio::null()).env("SSH_ASKPASS", "false").env("SSH_ASKPASS_REQUIRE", "force");
    }
}

/// Whether the private key in a file has a passphrase. OpenSSH tells this without the right passphrase.
pub(super) fn is_locked(file: &Path) -> bool {
    read_without_passphrase(file).is_ok_and(|said| {
        !said.status.success() && String::from_utf8_lossy(&said.stderr).contains("incorrect passphrase")
    })
}

/// Whether the private key in a file has no passphrase, so that whoever gets the file can sign with it. A file that OpenSSH
/// cannot read as a private key has none that could be used.
pub(in crate::cli) fn is_unprotected(file: &Path) -> bool {
    read_without_passphrase(file).is_ok_and(|said| said.status.success())
}

/// Lets OpenSSH read the private key in a file with an empty passphrase.
fn read_without_passphrase(file: &Path) -> io::Result<Output> {
    let mut asked = Command::new("ssh-keygen");
    asked.args(["-y", "-P", "", "-f"]).arg(file).env("LC_ALL", "C").stdin(Stdio::null());
    asked.output()
}

/// The finding about a key with a passphrase where nobody can be asked for it.
pub(super) fn locked(file: &Path) -> Finding {
    let file = file.display();
    cannot(
        text!(
            en: "nothing was signed: the key in `{file}` has a passphrase, and nobody can be asked for it here",
            nb: "ingenting ble signert: nøkkelen i `{file}` har passord, og ingen kan spørres om det her"
        ),
        text!(
            en: "Load the key into the agent at a terminal, where the passphrase is asked for: `eval $(ssh-agent)` if none runs, then `ssh-add {file}`. Then run the command again. Or run it at a terminal in the format for people.",
            nb: "Last nøkkelen inn i agenten ved en terminal, der passordet blir spurt etter: `eval $(ssh-agent)` hvis ingen kjører, så `ssh-add {file}`. Kjør så kommandoen igjen. Eller kjør den ved en terminal i formatet for mennesker."
        ),
    )
}
