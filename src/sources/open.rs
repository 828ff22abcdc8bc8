//! This module opens and reads entries below a folder. It never blocks, and it follows a link only for the three top
//! folders. It checks the kind and size of a file again after the file is open.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};

use portvakt_core::diag::text;
use portvakt_core::system::said;
use portvakt_core::tree::Oddity;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use rustix::io::Errno;

/// The stamp of a file when it was read. An equal stamp does not prove equal bytes. A different stamp is a reason to
/// read the file again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stamp {
    /// The size in bytes, or the largest number that fits.
    size: u32,
    /// The time the bytes were last written, in nanoseconds since 1970.
    modified_ns: i64,
    /// The time the file or its metadata last changed, in nanoseconds since 1970.
    changed_ns: i64,
    /// The number of the file in the file system (inode).
    inode: u64,
}

impl Stamp {
    /// Returns whether a later write could leave the same stamp as seen at this time. The clocks of file systems are
    /// coarse.
    pub(super) fn is_recent(&self, now_ns: i64) -> bool {
        self.modified_ns.max(self.changed_ns) > now_ns.saturating_sub(2_000_000_000)
    }
}

/// The result of looking up one name in a folder.
pub(super) enum FoundName<T> {
    /// No entry has this name, or it was removed in the meantime.
    Nothing,
    /// The entry exists but is odd, so it is not read.
    Odd(Oddity),
    /// The entry has the expected kind.
    Plain(T),
}

/// Returns whether the whole system failed, so that no file can be opened at all, and not only one path.
fn is_exhausted(errno: Errno) -> bool {
    matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOMEM)
}

fn found_by_errno<T>(errno: Errno) -> io::Result<FoundName<T>> {
    match errno {
        Errno::NOENT => Ok(FoundName::Nothing),
        Errno::LOOP => Ok(FoundName::Odd(Oddity::Link)),
        Errno::NXIO | Errno::NODEV => Ok(FoundName::Odd(Oddity::Special)),
        errno if is_exhausted(errno) => Err(errno.into()),
        errno => Ok(FoundName::Odd(Oddity::Unreadable(said(&io::Error::from(errno))))),
    }
}

/// Opens a folder and follows a link. Only the root, `desired-state` and `policies` may be links.
pub(super) fn open_top(at: BorrowedFd<'_>, path: &std::path::Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(at, path, flags, Mode::empty())?)
}

/// Opens a folder. A link or anything else is refused.
pub(super) fn open_folder(at: BorrowedFd<'_>, name: &[u8]) -> io::Result<FoundName<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    openat(at, name, flags, Mode::empty()).map_or_else(found_by_errno, |fd| Ok(FoundName::Plain(fd)))
}

/// Returns the device and inode of an open file or folder.
pub(super) fn ident(fd: BorrowedFd<'_>) -> io::Result<(u64, u64)> {
    let stat = fstat(fd)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Returns all names in a folder except `.` and `..`, sorted. The result is `None` when there are more than `most`.
pub(super) fn names(folder: BorrowedFd<'_>, most: usize) -> io::Result<Option<Vec<Vec<u8>>>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name == b"." || name == b".." {
            continue;
        }
        if names.len() == most {
            return Ok(None);
        }
        names.push(name.to_vec());
    }
    names.sort_unstable();
    Ok(Some(names))
}

/// Returns the kind of an entry and its stamp. Links are not followed.
pub(super) fn look(
    folder: BorrowedFd<'_>,
    name: &[u8],
    most: u64,
) -> io::Result<FoundName<(FileType, Stamp)>> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(errno) => found_by_errno(errno),
        Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink => Ok(FoundName::Odd(Oddity::Link)),
            FileType::Directory => Ok(FoundName::Plain((FileType::Directory, Stamp::default()))),
            FileType::RegularFile => Ok(match stamp(&stat, most) {
                Some(stamp) => FoundName::Plain((FileType::RegularFile, stamp)),
                None => FoundName::Odd(Oddity::TooLarge { most }),
            }),
            _ => Ok(FoundName::Odd(Oddity::Special)),
        },
    }
}

fn stamp(stat: &Stat, most: u64) -> Option<Stamp> {
    let size = u64::try_from(stat.st_size).ok().filter(|size| *size <= most)?;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Some(Stamp {
        size: u32::try_from(size).ok()?,
        modified_ns: nanoseconds(stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or(0)),
        changed_ns: nanoseconds(stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or(0)),
        inode: stat.st_ino,
    })
}

/// A file is read this many times at most while its size and its bytes disagree. After that it counts as unreadable.
const READS: usize = 3;

/// Reads one plain file of at most `most` bytes. The stamp is taken when the file is opened.
pub(super) fn read(
    folder: BorrowedFd<'_>,
    name: &[u8],
    most: u64,
) -> io::Result<FoundName<(Stamp, Vec<u8>)>> {
    // O_NONBLOCK: a FIFO may have replaced the file. Opening it must not wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    for _ in 0..READS {
        let fd = match openat(folder, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(errno) => return found_by_errno(errno),
        };
        let stat = fstat(&fd)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Ok(FoundName::Odd(Oddity::Nested)),
            _ => return Ok(FoundName::Odd(Oddity::Special)),
        }
        let Some(stamp) = stamp(&stat, most) else { return Ok(FoundName::Odd(Oddity::TooLarge { most })) };
        let mut bytes = Vec::with_capacity(stamp.size as usize + 1);
        match File::from(fd).take(most + 1).read_to_end(&mut bytes) {
            Ok(length) if length == stamp.size as usize => return Ok(FoundName::Plain((stamp, bytes))),
            Ok(length) if length as u64 > most => return Ok(FoundName::Odd(Oddity::TooLarge { most })),
            // The file is being written, so it is read again.
            Ok(_) => {}
            Err(error) => return Ok(FoundName::Odd(Oddity::Unreadable(said(&error)))),
        }
    }
    Ok(FoundName::Odd(Oddity::Unreadable(text!(
        en: "its size and its bytes disagree",
        nb: "størrelsen og innholdet stemmer ikke overens"
    ))))
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use portvakt_core::diag::Lang;

    use super::*;

    /// The entry may change after it was looked at. Opening it must neither follow a link nor wait.
    #[test]
    fn opening_follows_no_link_and_waits_for_no_writer() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::write(at("plain"), "x").unwrap();
        std::os::unix::fs::symlink("plain", at("link")).unwrap();
        std::os::unix::fs::symlink(".", at("folder-link")).unwrap();
        std::fs::create_dir(at("folder")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
        let folder = File::open(home.path()).unwrap();
        let what = |name: &str, most| match read(folder.as_fd(), name.as_bytes(), most).unwrap() {
            FoundName::Odd(what) => Some(what),
            FoundName::Nothing | FoundName::Plain(_) => None,
        };
        assert_eq!(what("plain", 1), None);
        assert_eq!(what("plain", 0), Some(Oddity::TooLarge { most: 0 }));
        assert_eq!(what("link", 9), Some(Oddity::Link));
        assert_eq!(what("fifo", 9), Some(Oddity::Special));
        assert_eq!(what("folder", 9), Some(Oddity::Nested));
        assert!(matches!(read(folder.as_fd(), b"nothing", 9).unwrap(), FoundName::Nothing));
        assert!(matches!(open_folder(folder.as_fd(), b"folder-link").unwrap(), FoundName::Odd(_)));
    }

    #[test]
    fn a_file_whose_size_is_a_lie_is_unreadable() {
        // Files of the process file system have bytes but report size 0.
        let folder = File::open("/proc/self").unwrap();
        let found = read(folder.as_fd(), b"status", 65536).unwrap();
        let FoundName::Odd(what @ Oddity::Unreadable(_)) = found else { panic!("it was read") };
        let told = what.words().get(Lang::Nb).to_owned();
        assert_eq!(told, "uleselig: størrelsen og innholdet stemmer ikke overens");
    }
}
