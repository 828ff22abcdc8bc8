//! Makes sure that only one process writes at a time. A register in a file uses a lock of the operating system, which
//! disappears with the process. A register in PostgreSQL uses the lease of its database, which all machines share.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::store::StoreError;
use portvakt_database::{Lease, LeaseError, Site};

use super::{finding, places, tree, whose};
use crate::config::Global;

/// The lock is held until this value is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    #[expect(dead_code, reason = "closing the file gives the lock back")]
    file: File,
}

/// Takes the right to write. It does not wait if another process has it.
pub(super) fn take_turn(global: &Global) -> Result<Turn, Finding> {
    tree::there_is_a_root(global)?;
    match places::site(global)? {
        Site::File(_) => Ok(Turn::File(lock_file(global)?)),
        Site::Server(server) => Lease::take(&server).map(Turn::Lease).map_err(|error| match error {
            LeaseError::Taken(holder) => busy(&text!(en: " ({holder})", nb: " ({holder})")),
            other => finding::of(StoreError::from(other)),
        }),
    }
}

/// The right to write to the register. It ends when the value is dropped.
#[derive(Debug)]
pub(super) enum Turn {
    /// The right to write to a file of this machine.
    File(#[expect(dead_code, reason = "held, and given back when it is dropped")] Lock),
    /// The right to write to a database, which is its lease.
    Lease(Lease),
}

impl Turn {
    /// The number of the lease's epoch in which this process writes. A register in a file has no epochs.
    pub(super) fn epoch(&self) -> Option<i64> {
        match self {
            Self::File(_) => None,
            Self::Lease(lease) => lease.hold().epoch(),
        }
    }
}

fn busy(who: &Text) -> Finding {
    Finding::new(
        Code::StoreUnavailable,
        text!(
            with who;
            en: "another portvakt works on this register{who}",
            nb: "en annen portvakt arbeider på dette registeret{who}"
        ),
        text!(
            en: "If it is the daemon, it does this work by itself: look at its status page, or stop it first.",
            nb: "Er det tjenesten, gjør den dette arbeidet selv: se på statussiden, eller stans den først."
        ),
    )
}

/// Takes the lock of a register in a file.
pub(super) fn lock_file(global: &Global) -> Result<Lock, Finding> {
    let path = global.var().join("portvakt.lock");
    let cannot = |error: &std::io::Error| {
        let (path, why) = (path.display(), portvakt_core::system::said(error));
        let message = text!(
            with why;
            en: "cannot make the lock file `{path}`: {why}",
            nb: "kan ikke lage låsefilen `{path}`: {why}"
        );
        Finding::new(Code::StoreUnavailable, message, portvakt_core::system::way_out(error))
    };
    whose::may_write(global)?;
    // Only its owner can look into the folder, no matter which of the program's files is made first.
    let mut folder = DirBuilder::new();
    folder.recursive(true).mode(0o700).create(global.var()).map_err(|why| cannot(&why))?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|why| whose::kept_out(&path).unwrap_or_else(|| cannot(&why)))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { file }),
        Err(TryLockError::WouldBlock) => Err(busy(&Text::default())),
        Err(TryLockError::Error(why)) => Err(cannot(&why)),
    }
}
