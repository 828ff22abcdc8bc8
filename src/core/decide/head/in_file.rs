//! The places of the values in a file that was read, for findings about it.

use std::sync::Arc;

use crate::change::{Field, Spots};
use crate::diag::Place;
use crate::model::FilePath;
use crate::parse::{EntryPlaces, FilePlaces, Span};

/// Keeps the bytes of a file and the places of its values. A line is worked out only when a finding needs it.
pub(super) struct InFile {
    pub(super) path: FilePath,
    pub(super) bytes: Arc<[u8]>,
    pub(super) file: FilePlaces,
    pub(super) entries: Vec<Option<Box<EntryPlaces>>>,
}

impl std::fmt::Debug for InFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl InFile {
    fn span(&self, entry: Option<usize>, field: Field) -> Span {
        let file = &self.file;
        let entry = entry.and_then(|number| self.entries.get(number)).and_then(Option::as_ref);
        match (field, entry) {
            (Field::Name, _) => file.name,
            (Field::Vouched(fact), _) => file.vouched(fact),
            (Field::Email, _) => file.email.unwrap_or(file.person),
            (Field::Previously, _) => file.previously.map_or(file.person, |at| at.person),
            (Field::PreviouslyBy, _) => file.previously.map_or(file.person, |at| at.by),
            (Field::PreviouslyOn, _) => file.previously.map_or(file.person, |at| at.on),
            (Field::PreviouslyIdentity, _) => file.previously.map_or(file.person, |at| at.identity),
            (_, None) => file.person,
            (Field::Application, Some(entry)) => entry.application,
            (Field::Unit, Some(entry)) => entry.unit,
            (Field::Role, Some(entry)) => entry.role,
            (Field::From, Some(entry)) => entry.from,
            (Field::Until, Some(entry)) => entry.until.unwrap_or(entry.from),
            (Field::Request, Some(entry)) => entry.request,
            (Field::ApprovedBy, Some(entry)) => entry.by,
            (Field::ApprovedOn, Some(entry)) => entry.on,
            (Field::Identity, Some(entry)) => entry.identity,
            (Field::RevokedBy, Some(entry)) => {
                entry.revoked.as_ref().map_or(entry.entry, |revoked| revoked.by)
            }
        }
    }
}

impl Spots for InFile {
    fn place(&self, entry: Option<usize>, field: Field) -> Place {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => self.span(entry, field).place(&self.path, text),
            Err(_) => Place::file(&self.path),
        }
    }
}
