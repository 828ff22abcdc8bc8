//! One writer at a time on one machine: a lock of the operating system, gone when the process is.

use std::fs::{File, OpenOptions, TryLockError};

use crate::config::Global;
use crate::diag::{Code, Finding};

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
        let message = format!("cannot make the lock file `{}`: {why}", path.display());
        Finding::new(
            Code::StoreUnavailable,
            message,
            "Give the program's user the right to write in that folder.",
        )
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
            "another portvakt works on this register",
            "If it is the daemon, it does this work by itself: look at its status page, or stop it first.",
        )),
        Err(TryLockError::Error(why)) => Err(cannot(&why)),
    }
}
