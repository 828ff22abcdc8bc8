//! Reads the directories inside a trust's folder. No file belongs there, but a folder or a file may have been moved one
//! level too deep by a slip. The files are read only to learn whom they name.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use portvakt_core::tree::{Odd, Oddity, is_nested_file, passed_over, shown};
use rustix::fs::FileType;

use super::super::limits::{NestedLimits, TreeLimits};
use super::super::open::{FoundName, look, names, open_folder, read};
use super::OpenFolder;

/// Reads one directory inside a trust's folder. The first odd path is the directory itself, and the others are in it.
pub(super) fn read_nested(
    listed: &OpenFolder,
    name: &[u8],
    limits: &TreeLimits,
    left: &mut NestedLimits,
) -> io::Result<Vec<Odd>> {
    let path = format!("desired-state/{}/{}", listed.name, shown(name));
    let mut walk = NestedWalk { folder: &listed.name, limits, left, odd: Vec::new(), is_whole: true };
    walk.directory(listed.folder.as_fd(), name, &path, limits.nested_depth)?;
    let NestedWalk { mut odd, is_whole, .. } = walk;
    let itself = Odd::unread(path, Some(&*listed.name), Oddity::Nested);
    odd.insert(0, if is_whole { itself } else { itself.hiding_files() });
    Ok(odd)
}

struct NestedWalk<'a> {
    folder: &'a str,
    limits: &'a TreeLimits,
    left: &'a mut NestedLimits,
    odd: Vec<Odd>,
    /// Whether everything was read.
    is_whole: bool,
}

impl NestedWalk<'_> {
    fn directory(&mut self, at: BorrowedFd<'_>, name: &[u8], path: &str, depth: usize) -> io::Result<()> {
        let directory = match open_folder(at, name)? {
            FoundName::Nothing => return Ok(()),
            FoundName::Plain(directory) if depth > 0 => directory,
            FoundName::Plain(_) | FoundName::Odd(_) => {
                self.is_whole = false;
                return Ok(());
            }
        };
        let Ok(Some(found)) = names(directory.as_fd(), self.limits.nested_names) else {
            self.is_whole = false;
            return Ok(());
        };
        if !self.left.take_names(found.len()) {
            self.is_whole = false;
            return Ok(());
        }
        for name in found.iter().filter(|name| !passed_over(name)) {
            let path = format!("{path}/{}", shown(name));
            match look(directory.as_fd(), name, u64::from(u32::MAX))? {
                FoundName::Nothing => {}
                FoundName::Plain((FileType::Directory, _)) => {
                    self.directory(directory.as_fd(), name, &path, depth - 1)?;
                }
                FoundName::Plain(_) if !is_nested_file(name) => {}
                FoundName::Plain(_) => match read(directory.as_fd(), name, self.limits.file_bytes)? {
                    FoundName::Nothing => {}
                    FoundName::Odd(what) => self.unread(path, what),
                    FoundName::Plain((_, bytes)) if self.left.take_bytes(bytes.len()) => {
                        let odd = Odd::unread(path, Some(self.folder), Oddity::Within);
                        self.odd.push(odd.reading(&bytes));
                    }
                    FoundName::Plain(_) => self.is_whole = false,
                },
                FoundName::Odd(what) => self.unread(path, what),
            }
        }
        Ok(())
    }

    /// Notes what cannot be read.
    fn unread(&mut self, path: String, what: Oddity) {
        let may_hide = what.may_hide_files();
        let odd = Odd::unread(path, Some(self.folder), what);
        self.odd.push(if may_hide { odd.hiding_files() } else { odd });
    }
}
