//! The errors of both databases, in one enum.

use std::fmt;

use portvakt_core::diag::{Lang, Text, text};
use portvakt_core::store::StoreError;
use portvakt_core::system::with_causes;
use portvakt_net::SentSecrets;
use rusqlite::{ErrorCode, ffi};
use tokio_postgres::error::SqlState;

/// The driver's message about a server that takes no writes, if a server that takes writes was wanted.
const NO_WRITES: &str = "database does not allow writes";

/// The reason why a statement failed, or why its answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of SQLite.
    Sqlite(#[from] rusqlite::Error),
    /// An error of PostgreSQL.
    Postgres(#[source] tokio_postgres::Error),
    /// A row was needed and none was found.
    NoRow,
    /// A column holds another kind of value than this program writes.
    Column {
        /// The position of the column, counted from 0.
        at: usize,
        /// The kind of value in the column.
        found: &'static str,
        /// The kind of value that was expected.
        wanted: &'static str,
    },
    /// Another program writes now. The lease that this program wrote under has a new epoch.
    LeaseLost,
    /// The runtime that waits for answers cannot be started, for example because too many files are open.
    Thread(#[source] std::io::Error),
    /// The name of the server leads nowhere, or to an address that is not contacted.
    Lookup(#[from] portvakt_net::LookupError),
    /// The connection is open, but nothing comes over it.
    Silent(std::time::Duration),
    /// The driver panicked, for example at something that the server says. The connection is not used any more.
    Panicked(String),
    /// The connection has ended.
    Closed,
    /// The server takes no writes, and the connection was meant for writing.
    TakesNoWrites,
    /// The server is on an older timeline than one that this process has seen of the same database.
    OldTimeline {
        /// The timeline of the server.
        found: u32,
        /// The newest timeline that was seen.
        newest: u32,
    },
    /// No host of an address could be connected to. Each host has its error, in the order in which they were tried.
    Hosts(Vec<(String, Error)>),
    /// A row holds a value that means nothing in a register.
    Odd(Text),
    /// The server's own words repeated the password, or were too long to look for it. So they are not kept.
    Blanked {
        /// What went wrong, without the password.
        words: Text,
        /// The kind of fault.
        fault: DatabaseFault,
        /// Whether the answer will be the same next time.
        is_refusal: bool,
        /// The code of the server, if it gave one.
        code: Option<SqlState>,
    },
}

impl Error {
    /// Says what went wrong, in English and Norwegian. In the Norwegian text, a server's own words are quoted.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Sqlite(error) => sqlite(error),
            Self::Postgres(error) => postgres(error),
            Self::NoRow => text!(en: "there is no such row", nb: "det finnes ingen slik rad"),
            Self::Column { at, found, wanted } => text!(
                en: "column {at} holds {found}, and {wanted} was expected",
                nb: "kolonne {at} inneholder en annen slags verdi enn programmet skriver der"
            ),
            Self::LeaseLost => StoreError::LeaseLost.words(),
            Self::Thread(error) => {
                let why = portvakt_net::system(error);
                text!(
                    with why;
                    en: "a connection to the database cannot be waited for: {why}",
                    nb: "programmet kan ikke vente på en forbindelse til databasen: {why}"
                )
            }
            Self::Lookup(error) => {
                let why = error.words();
                text!(
                    with why;
                    en: "the database's host cannot be reached: {why}",
                    nb: "maskinen til databasen kan ikke nås: {why}"
                )
            }
            Self::Silent(limit) => text!(
                en: "the database has said nothing for {seconds} s; the connection was given up",
                nb: "databasen har ikke sagt noe på {seconds} s; forbindelsen ble gitt opp";
                seconds = limit.as_secs()
            ),
            Self::Panicked(panic) => {
                let why = Text::said(panic.clone());
                text!(
                    with why;
                    en: "the program's driver for the database gave up ({why}); the connection was given up",
                    nb: "programmets driver for databasen ga opp ({why}); forbindelsen ble gitt opp"
                )
            }
            Self::Closed => text!(
                en: "the connection to the database has ended",
                nb: "forbindelsen til databasen er brutt"
            ),
            Self::TakesNoWrites => text!(
                en: "it takes no writes: it is a standby server, or read-only for this role",
                nb: "den tar ikke imot skriving: tjeneren er en reserve, eller rollen kan bare lese"
            ),
            Self::OldTimeline { found, newest } => text!(
                en: "it is on timeline {found}, and another server of the same database has taken over on timeline {newest}; \
                     stop the old one",
                nb: "den er på tidslinje (timeline) {found}, og en annen tjener for samme database har overtatt på tidslinje \
                     {newest}; stans den gamle"
            ),
            Self::Hosts(tried) => {
                let told = |(host, error): &(String, Self)| {
                    let why = error.words();
                    text!(with why; en: "`{host}`: {why}", nb: "`{host}`: {why}")
                };
                Text::joined(tried.iter().map(told), "; ")
            }
            Self::Odd(words) | Self::Blanked { words, .. } => words.clone(),
        }
    }

    /// Blanks the password that was sent, if the server repeats it. An error without it stays as it is.
    #[must_use]
    pub(super) fn without(self, sent: &SentSecrets) -> Self {
        let said = self.words();
        let words = said.changed(|text| sent.blanked(text));
        if words == said {
            return self;
        }
        // A password that has a word of the message too changes nothing of what the error is.
        if self.takes_no_writes() {
            return Self::TakesNoWrites;
        }
        let code = self.code().cloned();
        Self::Blanked { words, fault: self.fault(), is_refusal: self.is_refusal(), code }
    }

    /// Returns the code of the server, if it gave one.
    pub(super) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            Self::Blanked { code, .. } => code.as_ref(),
            _ => None,
        }
    }

    /// Returns whether a server was not taken because it takes no writes.
    pub(super) fn takes_no_writes(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
        cause.is_some_and(|cause| cause.to_string() == NO_WRITES)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Says what is wrong with a file of SQLite. For a damaged file there are words of this program, with the library's
/// own text once.
fn sqlite(error: &rusqlite::Error) -> Text {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => text!(
            en: "the file is damaged ({error}); restore it from a backup",
            nb: "filen er skadet; hent den tilbake fra en sikkerhetskopi"
        ),
        Some(ErrorCode::SystemIoFailure) => text!(
            en: "the file cannot be read or written ({error}); look at the disk",
            nb: "filen kan ikke leses eller skrives; se til disken"
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            text!(en: "{error}", nb: "filen er låst av et annet program")
        }
        Some(ErrorCode::ReadOnly) => text!(en: "{error}", nb: "filen kan bare leses"),
        Some(ErrorCode::DiskFull) => text!(en: "{error}", nb: "disken er full"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            text!(en: "{error}", nb: "denne brukeren kan ikke åpne filen")
        }
        _ => Text::said(error.to_string()),
    }
}

/// Returns what PostgreSQL says, or why it says nothing.
fn postgres(error: &tokio_postgres::Error) -> Text {
    let said = words(error);
    let quoted = || text!(en: "PostgreSQL says: {said}", nb: "PostgreSQL sier: «{said}»");
    if error.as_db_error().is_some() {
        return if is_between(error, &said) { pooled(&said) } else { quoted() };
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(system) = cause.downcast_ref::<std::io::Error>() {
            let why = portvakt_net::why(system);
            let nb = why.get(Lang::Nb);
            return text!(en: "PostgreSQL says: {said}", nb: "PostgreSQL svarer ikke: {nb}");
        }
        source = cause.source();
    }
    quoted()
}

/// Returns whether there is a connection pooler in front of the server. A pooler may give each transaction another
/// connection. It then knows no prepared statements, or has those of another client. It also refuses the settings
/// with which a connection begins.
fn is_between(error: &tokio_postgres::Error, said: &str) -> bool {
    match error.code() {
        Some(code) if *code == SqlState::PROTOCOL_VIOLATION => said.contains("startup parameter"),
        Some(code) => [SqlState::DUPLICATE_PSTATEMENT, SqlState::INVALID_SQL_STATEMENT_NAME].contains(code),
        None => false,
    }
}

fn pooled(said: &str) -> Text {
    let between = stands_between();
    text!(
        with between;
        en: "PostgreSQL says: {said}; {between}",
        nb: "PostgreSQL sier: «{said}»; {between}"
    )
}

/// Returns the message about a connection pooler in front of the server.
pub(super) fn stands_between() -> Text {
    text!(
        en: "a connection pooler seems to stand between, which does not keep one connection for one program, or leaves out \
             what a connection is begun with: name the server itself",
        nb: "det ser ut til å stå en mellomstasjon (pooler) foran, som ikke holder én forbindelse for ett program, eller utelater \
             det en forbindelse begynner med: oppgi tjeneren selv"
    )
}

/// The faults that people can repair without knowing databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFault {
    /// Somebody else is writing.
    Locked,
    /// The database can be read but not written.
    ReadOnly,
    /// There is no room left on the disk.
    Full,
    /// Another program has taken over the writing.
    LeaseLost,
    /// Any other fault.
    Other,
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Error {
    /// Returns the kind of fault.
    #[must_use]
    pub fn fault(&self) -> DatabaseFault {
        match self {
            // On a full disk SQLite cannot make room for the file that its readers and writers share beside the log.
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _))
                if error.extended_code == ffi::SQLITE_IOERR_SHMSIZE =>
            {
                DatabaseFault::Full
            }
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DatabaseFault::Locked,
                Some(ErrorCode::ReadOnly) => DatabaseFault::ReadOnly,
                Some(ErrorCode::DiskFull) => DatabaseFault::Full,
                _ => DatabaseFault::Other,
            },
            Self::Postgres(error) => match error.code() {
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => DatabaseFault::Locked,
                Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => DatabaseFault::ReadOnly,
                Some(code) if *code == SqlState::DISK_FULL => DatabaseFault::Full,
                _ => DatabaseFault::Other,
            },
            Self::LeaseLost => DatabaseFault::LeaseLost,
            Self::TakesNoWrites => DatabaseFault::ReadOnly,
            Self::Blanked { fault, .. } => *fault,
            Self::Thread(_)
            | Self::Lookup(_)
            | Self::Silent(_)
            | Self::Panicked(_)
            | Self::Closed
            | Self::OldTimeline { .. }
            | Self::Hosts(_)
            | Self::NoRow
            | Self::Column { .. }
            | Self::Odd(_) => DatabaseFault::Other,
        }
    }
}

impl Error {
    /// Returns whether the database refuses what was to be written, by a rule or a trigger of its tables. It is `false` for
    /// everything that befalls other rows too: the connection, the disk, the lock, a damaged file.
    #[must_use]
    pub fn is_about_the_row(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::ConstraintViolation | ErrorCode::Unknown))
            }
            // The classes of SQLSTATE: actions of triggers, values, keys and checks, rights to a column, PL/pgSQL.
            Self::Postgres(_) | Self::Blanked { .. } => self.code().is_some_and(|code| {
                ["09", "22", "23", "27", "42", "44", "P0"].iter().any(|class| code.code().starts_with(*class))
            }),
            Self::Odd(_) => true,
            _ => false,
        }
    }

    /// Returns whether the answer will be the same next time. It is `false` if a server gave no answer or is
    /// unavailable for a while.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Postgres(error) => error.code().is_some_and(|code| {
                ![SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS, SqlState::ADMIN_SHUTDOWN]
                    .contains(code)
            }),
            // A name server may be unavailable for a while, as the database's server may.
            Self::Lookup(error) => matches!(error, portvakt_net::LookupError::Refused(_)),
            // A standby server takes over within seconds, and an old main server is stopped.
            Self::Silent(_) | Self::Panicked(_) | Self::TakesNoWrites | Self::OldTimeline { .. } => false,
            Self::Blanked { is_refusal, .. } => *is_refusal,
            // The error of the last host that was tried says why no other host was tried.
            Self::Hosts(tried) => tried.last().is_some_and(|(_, error)| error.is_refusal()),
            _ => true,
        }
    }
}

/// Returns the server's own message if there is one, because the driver says only that there was an error.
fn words(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    portvakt_net::plainly(&with_causes(error))
}

/// Turns "there is no such row" into `None`.
pub trait OptionalRow<T> {
    /// Returns the row, or `None` if there is no such row.
    ///
    /// # Errors
    /// Fails with every other error.
    fn optional(self) -> Result<Option<T>, Error>;
}

impl<T> OptionalRow<T> for Result<T, Error> {
    fn optional(self) -> Result<Option<T>, Error> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(Error::NoRow | Error::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
