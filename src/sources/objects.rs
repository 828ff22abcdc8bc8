//! This module reads one object of a repository. All objects are read here.
//!
//! The libraries for git do not compare the content of an object with its id, and a review or an approval names only the id.
//! Whoever can put a file into the folder of the objects, or into one that it borrows from, would otherwise change what was
//! reviewed. Each object that is read is therefore hashed.

use gix::ObjectId;
use gix::objs::{Kind, compute_hash};

use super::error::{AlteredObject, Cause};

/// Reads an object of any kind.
///
/// # Errors
/// Fails when the object is missing or broken, and with [`AlteredObject`] when its content is not that of its id.
fn read_object(git: &gix::Repository, id: ObjectId) -> Result<gix::Object<'_>, Cause> {
    let object = git.find_object(id)?;
    let hashed = compute_hash(git.object_hash(), object.kind, &object.data)?;
    if hashed == id { Ok(object) } else { Err(AlteredObject { id }.into()) }
}

/// Reads the bytes of a file.
pub(super) fn read_blob(git: &gix::Repository, id: ObjectId) -> Result<Vec<u8>, Cause> {
    Ok(read_object(git, id)?.try_into_blob()?.take_data())
}

/// Reads a folder.
pub(super) fn read_tree(git: &gix::Repository, id: ObjectId) -> Result<gix::Tree<'_>, Cause> {
    Ok(read_object(git, id)?.try_into_tree()?)
}

/// Reads a commit.
pub(super) fn read_commit(git: &gix::Repository, id: ObjectId) -> Result<gix::Commit<'_>, Cause> {
    Ok(read_object(git, id)?.try_into_commit()?)
}

/// Reads the commit that an object is, or that a tag stands for.
pub(super) fn read_peeled(git: &gix::Repository, id: ObjectId) -> Result<gix::Commit<'_>, Cause> {
    let mut object = read_object(git, id)?;
    while object.kind == Kind::Tag {
        let target = object.try_into_tag()?.target_id()?.detach();
        object = read_object(git, target)?;
    }
    Ok(object.try_into_commit()?)
}
