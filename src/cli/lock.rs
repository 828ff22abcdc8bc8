//! One writer at a time on one machine: a lock of the operating system, gone when the process is.

use std::fs::{File, OpenOptions, TryLockError};

use crate::config::Global;
use crate::diag::{Code, Finding, text};

/// Held as long as the value lives.
#[derive(Debug)]
pub(super) struct Lock {
    #[expect(dead_code, reason = "closing the file gives the lock back")]
    file: File,
}

/// Takes the lock of a register.
pub(super) fn take(global: &Global) -> Result<Lock, Finding> {
    let path = global.var().join("portvakt.lock");
    let cannot = |why: &dyn std::fmt::Display| {
        let path = path.display();
        let message = text!(
            en: "cannot make the lock file `{path}`: {why}",
            nb: "kan ikke lage låsefilen `{path}`: {why}"
        );
        let way_out = text!(
            en: "Give the program's user the right to write in that folder.",
            nb: "Gi programmets bruker rett til å skrive i mappen."
        );
        Finding::new(Code::StoreUnavailable, message, way_out)
    };
    std::fs::create_dir_all(global.var()).map_err(|why| cannot(&why))?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|why| cannot(&why))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { file }),
        Err(TryLockError::WouldBlock) => Err(Finding::new(
            Code::StoreUnavailable,
            text!(
                en: "another portvakt works on this register",
                nb: "en annen portvakt arbeider på dette registeret"
            ),
            text!(
                en: "If it is the daemon, it does this work by itself: look at its status page, or stop it first.",
                nb: "Er det tjenesten, gjør den dette arbeidet selv: se på statussiden, eller stans den først."
            ),
        )),
        Err(TryLockError::Error(why)) => Err(cannot(&why)),
    }
}
