//! Reads a register's file that nobody has open. It needs only the right to read the file.
//!
//! SQLite reads a file with a write-ahead log only if it can make the log's two files beside it. An auditor may not
//! write there. If they may, the files that they make would keep the program itself out. So a file without a log is
//! read into memory as it is. It contains everything that was ever committed, because the program that closes the
//! file last moves the log into it. The copy counts only if nobody wrote meanwhile. While the program runs, the two
//! files exist, and SQLite reads them without writing.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

/// The number of times that a copy is begun again because the file was written in the meantime.
const TRIES: usize = 5;

/// This many pages are copied at a time.
const PAGES: i32 = 4096;

/// Returns whether the file belongs to another user than this one. Root counts as the same user, because SQLite gives
/// the files that root makes to the owner of the register's file.
pub(super) fn is_somebody_elses(path: &Path) -> bool {
    let me = rustix::process::geteuid();
    !me.is_root() && fs::metadata(path).is_ok_and(|file| file.uid() != me.as_raw())
}

/// Copies the file into memory. It is `None` if the file has a log with something in it, or if somebody kept writing.
pub(super) fn copied(path: &Path) -> Option<Result<Connection, rusqlite::Error>> {
    for _ in 0..TRIES {
        let before = mark(path)?;
        let copy = copy(path);
        if mark(path)? == before {
            return Some(copy);
        }
    }
    None
}

/// Returns the marks by which a file is known as unchanged. It is `None` while the file has a log.
fn mark(path: &Path) -> Option<[i64; 7]> {
    let mut log = OsString::from(path);
    log.push("-wal");
    match fs::metadata(PathBuf::from(log)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Ok(log) if log.len() == 0 => {}
        Ok(_) | Err(_) => return None,
    }
    let file = fs::metadata(path).ok()?;
    let (device, number, size) = (file.dev(), file.ino(), file.size());
    Some([
        device.cast_signed(),
        number.cast_signed(),
        size.cast_signed(),
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
    ])
}

fn copy(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(address(path), flags)?;
    let mut copy = Connection::open_in_memory()?;
    Backup::new(&file, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    Ok(copy)
}

/// Returns the address by which SQLite reads a file without looking for a log. Every byte that could mean something
/// in an address is written as its number.
fn address(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                address.push(char::from(*byte))
            }
            other => {
                let _written = write!(address, "%{other:02X}");
            }
        }
    }
    address.push_str("?immutable=1");
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_lies_under_any_name_and_never_beside_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b?immutable=0#%41-å.db");
        let writer = Connection::open(&path).unwrap();
        writer
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)")
            .unwrap();
        assert!(copied(&path).is_none(), "the log holds what the file does not");
        drop(writer);
        let names = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names(), 1);
        let copy = copied(&path).unwrap().unwrap();
        assert_eq!(copy.query_row("SELECT a FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
        assert_eq!(names(), 1, "nothing was made beside the file");
    }
}
