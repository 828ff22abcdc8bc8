//! Registers that are not in this program's own tables: the kinds that exist, and how to open one.

use portvakt_core::store::{ReadStore, StoreError, WriteStore};

use super::scim;

/// A register elsewhere, with everything needed to reach it. No request is sent before it is read.
#[derive(Debug, Clone)]
pub enum RemoteStore {
    /// A SCIM 2.0 service (RFC 7643, RFC 7644).
    Scim(Box<scim::ScimSettings>),
}

impl RemoteStore {
    /// Returns its address, in the form in which people write it and the memory keeps it.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Scim(settings) => settings.address.to_string(),
        }
    }

    /// Opens the register for reading and writing.
    ///
    /// # Errors
    /// Fails when a needed file (a token, a certificate) cannot be read.
    pub fn open(&self) -> Result<Box<dyn WriteStore>, StoreError> {
        match self {
            Self::Scim(settings) => Ok(Box::new(scim::Scim::new(settings)?)),
        }
    }

    /// Opens the register for reading only.
    ///
    /// # Errors
    /// Fails as [`RemoteStore::open`] does.
    pub fn read(&self) -> Result<Box<dyn ReadStore>, StoreError> {
        match self {
            Self::Scim(settings) => Ok(Box::new(scim::Scim::new(settings)?)),
        }
    }
}
