//! Registers that are not the embedded file: which kinds there are, and how a way to one is opened.

use portvakt_core::store::{ReadStore, StoreError, WriteStore};

use super::scim;

/// A register elsewhere, with all that is needed to reach it. Nothing is reached before it is read.
#[derive(Debug, Clone)]
pub enum RemoteStore {
    /// A SCIM 2.0 service (RFC 7643, RFC 7644).
    Scim(Box<scim::Settings>),
}

impl RemoteStore {
    /// Its address, as people write it and as the memory of it names it.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Scim(settings) => settings.address.to_string(),
        }
    }

    /// A way to read and write it.
    ///
    /// # Errors
    /// When a file that is needed (a token, a certificate) cannot be read.
    pub fn open(&self) -> Result<Box<dyn WriteStore>, StoreError> {
        match self {
            Self::Scim(settings) => Ok(Box::new(scim::Scim::new(settings)?)),
        }
    }

    /// A way to read it that cannot write.
    ///
    /// # Errors
    /// As [`RemoteStore::open`].
    pub fn read(&self) -> Result<Box<dyn ReadStore>, StoreError> {
        match self {
            Self::Scim(settings) => Ok(Box::new(scim::Scim::new(settings)?)),
        }
    }
}
