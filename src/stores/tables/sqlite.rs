//! Opens the register's file. It checks whether the file is a register, and says what to do if it is not.
//!
//! Only its owner can read and write a new file (0600) and the folder made for it (0700), because it holds names and
//! e-mail addresses. A file is made into a register only if it is new or empty.
//!
//! Reading needs only the right to read, as [`super::at_rest`] describes.

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use portvakt_core::diag::{Text, text};
use portvakt_core::store::StoreError;
use portvakt_database::Error;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};

use super::at_rest;
use super::sqlite_schema::{APPLICATION_ID, SCHEMA, VERSION};
use super::version;

/// How long to wait for another writer before giving up.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What to do when there is no register yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
    /// It makes an empty one.
    IfMissing,
    /// It fails, because the register should be there.
    MustExist,
}

/// Says that the operating system does not let this user use a file.
fn may_not() -> Text {
    text!(
        en: "this user may not open it, or may not write in its folder; check the permissions",
        nb: "denne brukeren har ikke lov til å åpne den, eller til å skrive i mappen; kontroller tillatelsene"
    )
}

/// Says that a file is empty where a register should be.
fn is_empty() -> Text {
    text!(
        en: "the file is empty; name the register's file, or delete this one and accept a baseline",
        nb: "filen er tom; oppgi filen til registeret, eller slett denne og godta et grunnlag"
    )
}

enum FoundFile {
    Empty,
    Register,
}

/// Opens a register. A panic of the driver is an error, as it is in an open connection.
pub(super) fn guarded(
    open: impl FnOnce() -> Result<Connection, StoreError>,
) -> Result<Connection, StoreError> {
    portvakt_net::caught(open).unwrap_or_else(|panic| Err(Error::Panicked(panic).into()))
}

/// Opens the file for reading and writing.
pub(super) fn writable(path: &Path, create: Create, patience: Duration) -> Result<Connection, StoreError> {
    not_a_folder(path)?;
    match create {
        Create::IfMissing => make(path)?,
        Create::MustExist => exists(path)?,
    }
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
    set_pragmas(path, &connection)?;
    if or_file_fault(path, connection.is_readonly(MAIN_DB))? {
        return Err(StoreError::ReadOnly);
    }
    let found = found_file(&connection, path)?;
    if matches!((&found, create), (FoundFile::Empty, Create::MustExist)) {
        return Err(fault(path, is_empty()));
    }
    let mode: String =
        or_file_fault(path, connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)))?;
    if mode != "wal" {
        let why = text!(
            en: "its file system cannot hold a write-ahead log; put it on a local disk",
            nb: "filsystemet kan ikke ha en skrivelogg ved siden av den; legg den på en lokal disk"
        );
        return Err(fault(path, why));
    }
    // Each commit is on the disk. Moving pages from the log into the file waits until the log has 16 MiB of them. This
    // saves a first pass a sixth of its writing.
    or_file_fault(
        path,
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000"),
    )?;
    if matches!(found, FoundFile::Empty) {
        make_schema(&mut connection, path)?;
    }
    Ok(connection)
}

/// Opens the file for reading. Nothing can be written through the connection, and if the file belongs to another
/// user, nothing is made beside it.
pub(super) fn readable(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    not_a_folder(path)?;
    exists(path)?;
    if at_rest::is_somebody_elses(path)
        && let Some(copy) = at_rest::copied(path)
    {
        return only_read(path, or_file_fault(path, copy)?);
    }
    let shared = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, patience);
    shared.and_then(|connection| only_read(path, connection)).or_else(|error| {
        if !matches!(error, StoreError::Open { .. } | StoreError::ReadOnly) {
            return Err(error);
        }
        // SQLite wants to make its files beside this one, and may not.
        match at_rest::copied(path) {
            Some(Ok(copy)) => only_read(path, copy),
            Some(Err(_)) => Err(error),
            None => Err(log_unread(path, error)),
        }
    })
}

fn only_read(path: &Path, connection: Connection) -> Result<Connection, StoreError> {
    set_pragmas(path, &connection)?;
    or_file_fault(path, connection.execute_batch("PRAGMA query_only = ON"))?;
    match found_file(&connection, path)? {
        FoundFile::Register => Ok(connection),
        FoundFile::Empty => Err(fault(path, is_empty())),
    }
}

/// Returns the error of a file whose write-ahead log could not be read.
fn log_unread(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Open { why, .. } if why == may_not() => fault(
            path,
            text!(
                en: "what was written to it last stands in the log beside it (`-wal`), and this user may not read that \
                     there; run this as the user whose file it is, or copy the file and its `-wal` to a folder of your own",
                nb: "det som sist ble skrevet i den, står i loggen ved siden av (`-wal`), og denne brukeren har ikke lov til \
                     å lese den der; kjør dette som brukeren som eier filen, eller kopier filen og dens `-wal` til en egen mappe"
            ),
        ),
        other => other,
    }
}

fn connect(path: &Path, flags: OpenFlags, patience: Duration) -> Result<Connection, StoreError> {
    // Without the URI flag, a path that begins with `file:` is an ordinary path.
    let connection =
        or_file_fault(path, Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX))?;
    or_file_fault(path, connection.busy_timeout(patience))?;
    Ok(connection)
}

fn set_pragmas(path: &Path, connection: &Connection) -> Result<(), StoreError> {
    // With recursive triggers, a REPLACE also runs the triggers that forbid deletion.
    let settings = "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF";
    or_file_fault(path, connection.execute_batch(settings))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Reads the marks in the file's head. This also shows whether it is a database at all.
fn found_file(connection: &Connection, path: &Path) -> Result<FoundFile, StoreError> {
    let mark =
        |pragma: &str| or_file_fault(path, connection.query_row(pragma, [], |row| row.get::<_, i32>(0)));
    let (application, version) = (mark("PRAGMA application_id")?, mark("PRAGMA user_version")?);
    let tables: i64 = or_file_fault(
        path,
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)),
    )?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(FoundFile::Empty),
        (APPLICATION_ID, VERSION) => Ok(FoundFile::Register),
        (APPLICATION_ID, newer) if newer > VERSION => Err(fault(path, version::newer(newer, VERSION))),
        (APPLICATION_ID, 1) => Err(fault(
            path,
            text!(
                en: "it was made by a version of this program before the first release; keep the file as it is, and begin \
                     a new one with another `--store` and `portvakt baseline`",
                nb: "den er laget av en versjon av programmet fra før den første utgaven; la filen være som den er, og begynn \
                     en ny med en annen `--store` og `portvakt baseline`"
            ),
        )),
        (APPLICATION_ID, _) => Err(fault(path, version::unknown())),
        _ => {
            let why = text!(
                en: "it is the database of another program; name the register's file",
                nb: "det er databasen til et annet program; oppgi filen til registeret"
            );
            Err(fault(path, why))
        }
    }
}

fn make_schema(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let transaction =
        or_file_fault(path, connection.transaction_with_behavior(TransactionBehavior::Immediate))?;
    // Another program may have filled the file while this one waited for the lock.
    if matches!(found_file(&transaction, path)?, FoundFile::Empty) {
        or_file_fault(path, transaction.execute_batch(SCHEMA))?;
        or_file_fault(path, transaction.pragma_update(None, "application_id", APPLICATION_ID))?;
        or_file_fault(path, transaction.pragma_update(None, "user_version", VERSION))?;
    }
    or_file_fault(path, transaction.commit())
}

fn not_a_folder(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        let why = text!(
            en: "it is a folder; name the file in it, such as `register.db`",
            nb: "det er en mappe; oppgi filen i den, for eksempel `register.db`"
        );
        return Err(fault(path, why));
    }
    Ok(())
}

fn exists(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let why = text!(
                en: "there is no such file; check the path, or accept a baseline, which makes it",
                nb: "filen finnes ikke; kontroller stien, eller godta et grunnlag, som lager den"
            );
            Err(fault(path, why))
        }
        Err(error) => {
            let why = portvakt_net::system(&error);
            let why = text!(
                with why;
                en: "{why}; check the path and its permissions",
                nb: "{why}; kontroller stien og tillatelsene"
            );
            Err(fault(path, why))
        }
    }
}

fn make(path: &Path) -> Result<(), StoreError> {
    let cannot = |error: io::Error| {
        let why = portvakt_net::system(&error);
        fault(path, text!(with why; en: "it cannot be made: {why}", nb: "den kan ikke lages: {why}"))
    };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(cannot)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(cannot(error)),
    }
}

fn or_file_fault<T>(path: &Path, answer: Result<T, rusqlite::Error>) -> Result<T, StoreError> {
    answer.map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => fault(
            path,
            text!(
                en: "it is no SQLite file; name the register's file",
                nb: "det er ingen SQLite-fil; oppgi filen til registeret"
            ),
        ),
        Some(ErrorCode::DatabaseCorrupt) => fault(
            path,
            text!(
                en: "it is damaged; restore it from a backup",
                nb: "den er skadet; hent den tilbake fra en sikkerhetskopi"
            ),
        ),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => fault(path, may_not()),
        _ => Error::from(error).into(),
    })
}

fn fault(path: &Path, why: Text) -> StoreError {
    StoreError::Open { place: path.display().to_string(), why }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::tables::{Reader, Tables};
    use portvakt_core::store::ReadStore as _;

    #[test]
    fn only_a_register_is_opened_and_the_text_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let why = |name: &str, create| match Tables::open(&path(name), create) {
            Err(StoreError::Open { place, why }) if place == path(name).display().to_string() => {
                why.en().to_owned()
            }
            other => panic!("{other:?}"),
        };
        let reading = |name: &str| match Reader::open(&path(name)) {
            Err(StoreError::Open { why, .. }) => why.en().to_owned(),
            other => panic!("{other:?}"),
        };
        assert!(why("none.db", Create::MustExist).starts_with("there is no such file; check the path"));
        assert_eq!(reading("none.db"), why("none.db", Create::MustExist));
        assert!(!path("none.db").exists());
        assert!(why("", Create::IfMissing).starts_with("it is a folder; name the file in it"));

        fs::write(path("text.db"), "not a database, but long enough to have a head".repeat(40)).unwrap();
        assert_eq!(why("text.db", Create::IfMissing), "it is no SQLite file; name the register's file");
        assert_eq!(reading("text.db"), why("text.db", Create::MustExist));
        assert!(fs::read(path("text.db")).unwrap().starts_with(b"not a database"));

        fs::write(path("empty.db"), "").unwrap();
        assert!(why("empty.db", Create::MustExist).starts_with("the file is empty"));
        assert_eq!(reading("empty.db"), why("empty.db", Create::MustExist));
        // The file was made and not filled, as after an interruption between the two.
        Tables::open(&path("empty.db"), Create::IfMissing).unwrap();
        assert_eq!(Reader::open(&path("empty.db")).unwrap().list().unwrap().accounts, []);

        Connection::open(path("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(why("other.db", Create::IfMissing).starts_with("it is the database of another program"));

        fs::write(path("file"), "").unwrap();
        assert!(why("file/register.db", Create::IfMissing).starts_with("it cannot be made"));

        Tables::open(&path("newer.db"), Create::IfMissing).unwrap();
        let version = |version: i32| {
            let connection = Connection::open(path("newer.db")).unwrap();
            connection.pragma_update(None, "user_version", version).unwrap();
        };
        version(3);
        assert!(
            why("newer.db", Create::MustExist).contains("(its tables are version 3, this program knows 2)")
        );
        version(0);
        assert!(why("newer.db", Create::MustExist).ends_with("restore it from a backup"));
    }

    #[test]
    fn a_new_register_is_its_owners_alone_and_durable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("var").join("register.db");
        let register = Tables::open(&path, Create::IfMissing).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let pragma = |name: &str| -> i64 {
            register.connection().query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!((pragma("synchronous"), pragma("foreign_keys")), (2, 1));
        let journal = "PRAGMA journal_mode";
        let mode: String = register.connection().query_row(journal, [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        Tables::open(&path, Create::MustExist).unwrap();
    }

    #[test]
    fn a_register_another_program_keeps_to_itself_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("register.db");
        drop(Tables::open(&path, Create::IfMissing).unwrap());
        let other = Connection::open(&path).unwrap();
        other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
        for refused in [
            readable(&path, Duration::ZERO).unwrap_err(),
            writable(&path, Create::MustExist, Duration::ZERO).unwrap_err(),
        ] {
            assert!(matches!(refused, StoreError::Locked), "{refused:?}");
        }
    }
}
