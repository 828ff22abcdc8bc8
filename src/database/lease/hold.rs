//! The knowledge about the lease: who holds it, and why it was not taken.

use std::fmt;

use portvakt_core::diag::{Text, text};

use crate::server::ConnectError;

/// The state of the lease, as far as this program knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// This program holds the lease.
    Leading {
        /// The epoch it writes under.
        epoch: i64,
        /// The server, if the address names several.
        server: Option<String>,
    },
    /// Another program holds the lease.
    Standby {
        /// The name that the holder gives itself.
        holder: String,
        /// The server, if the address names several.
        server: Option<String>,
    },
    /// Another server has taken over. Nobody holds the lease until all earlier leases have ended.
    TakenOver {
        /// The server, if the address names several.
        server: Option<String>,
    },
    /// The database does not answer.
    Unknown {
        /// What the database says, or why it says nothing.
        why: Text,
    },
}

impl Hold {
    /// Returns the epoch to write under. `None` if this program may not write.
    #[must_use]
    pub fn epoch(&self) -> Option<i64> {
        match self {
            Self::Leading { epoch, .. } => Some(*epoch),
            Self::Standby { .. } | Self::TakenOver { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Returns the name of the server that says so, if the address names several.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        match self {
            Self::Leading { server, .. } | Self::Standby { server, .. } | Self::TakenOver { server } => {
                server.as_deref()
            }
            Self::Unknown { .. } => None,
        }
    }

    /// Says that the database does not name the holder of the lease, for this reason.
    #[must_use]
    pub fn not_said(why: &Text) -> Text {
        text!(
            with why;
            en: "the database does not say who writes to the register: {why}",
            nb: "databasen sier ikke hvem som skriver til registeret: {why}"
        )
    }
}

/// The reason why the lease was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another program holds the lease.
    Taken(String),
    /// Another server has taken over, and a program may still believe in an earlier lease.
    TakenOver,
    /// The database does not say who holds the lease, for this reason.
    Unknown(Text),
    /// The database could not be used.
    Connect(#[from] ConnectError),
    /// No thread can be started.
    Thread(#[from] std::io::Error),
}

impl LeaseError {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Taken(holder) => text!(
                en: "`{holder}` writes to this register now",
                nb: "`{holder}` skriver til dette registeret nå"
            ),
            Self::TakenOver => text!(
                en: "another server of the database has taken over a moment ago; try again in some seconds",
                nb: "en annen tjener for databasen har nettopp overtatt; prøv igjen om noen sekunder"
            ),
            Self::Unknown(why) => Hold::not_said(why),
            Self::Connect(error) => error.words(),
            Self::Thread(_) => text!(
                en: "the thread that keeps the lease cannot be started",
                nb: "tråden som holder skriveretten, kan ikke startes"
            ),
        }
    }
}

impl fmt::Display for LeaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}
