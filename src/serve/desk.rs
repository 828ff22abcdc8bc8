//! This module is the service's access to the register's file. It has one connection for writing and several for
//! reading. It keeps the list of all users and reads it again only after somebody has written.
//!
//! SQLite's work does not run on the threads that answer requests. Another program may use the same file. Its commits
//! are seen at once. This service waits for its transactions, for five seconds at most. After that the client is
//! asked to try again. A connection that has ended is opened anew for the next request.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use portvakt_core::clock::Clock;
use portvakt_core::store::StoreError;
use portvakt_core::zone::time_zone;
use portvakt_database::Connection;
use portvakt_stores::tables::served::Served;
use portvakt_stores::tables::{Create, Reader, Tables, served};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::problem::Problem;

/// The largest number of readers at the same time.
const READERS: usize = 4;

/// The register's time zone. Its day begins at midnight there, in summer and in winter.
const ZONE: &str = "Europe/Oslo";

struct Everybody {
    reader: Reader,
    known: Option<(i64, Arc<Vec<Served>>)>,
}

/// The number of queries whose results are kept until somebody writes. All pages of one list are one query.
const KEPT: usize = 8;

/// The users that a query selected, sorted. Each has its sort key and its place in the list of all users.
pub(super) type SelectedUsers = Vec<(Option<String>, usize)>;

struct KeptQuery {
    question: String,
    everybody: Arc<Vec<Served>>,
    chosen: Arc<SelectedUsers>,
}

/// The register's file with its connections.
pub struct RegisterDesk {
    path: PathBuf,
    writer: Mutex<Tables>,
    readers: Mutex<Vec<Reader>>,
    everybody: Mutex<Everybody>,
    kept: Mutex<Vec<KeptQuery>>,
    writing: Semaphore,
    reading: Semaphore,
    listing: Semaphore,
    clock: Clock,
    zone: TimeZone,
}

impl RegisterDesk {
    /// Opens a register. If there is none, an empty one is made.
    ///
    /// # Errors
    /// Fails when the file cannot be opened or made, or this machine does not know the register's time zone.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        let writer = Tables::open(path, Create::IfMissing)?;
        let reader = Reader::open(path)?;
        let zone = time_zone(ZONE)
            .map_err(|why| StoreError::Open { place: path.display().to_string(), why: why.words() })?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            everybody: Mutex::new(Everybody { reader, known: None }),
            kept: Mutex::default(),
            writing: Semaphore::new(1),
            reading: Semaphore::new(READERS),
            listing: Semaphore::new(1),
            clock,
            zone,
        })
    }

    /// Returns the register's time zone.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn today(&self) -> Date {
        self.zone.to_datetime(self.clock.now()).date()
    }

    /// Runs `work` in one transaction. Either all of it is written or nothing.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection, Date) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.writing.acquire().await.map_err(|_| ending())?;
        let desk = Arc::clone(self);
        off_the_request_threads(move || {
            let mut writer = desk.writer.lock().unwrap_or_else(PoisonError::into_inner);
            if writer.connection().is_closed() {
                *writer = Tables::open(&desk.path, Create::MustExist)?;
            }
            // The lock is taken at the start, so nobody else can change the data between reading and writing.
            let begun = writer.connection_mut().begin();
            let transaction = begun.map_err(StoreError::from)?;
            let done = work(&transaction, desk.today())?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(done)
        })
        .await
    }

    /// Runs `work` with a connection for reading.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.reading.acquire().await.map_err(|_| ending())?;
        let desk = Arc::clone(self);
        off_the_request_threads(move || {
            let idle = desk.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match idle {
                Some(reader) => reader,
                None => Reader::open(&desk.path)?,
            };
            let done = work(reader.connection());
            if !reader.connection().is_closed() {
                desk.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            }
            done
        })
        .await
    }

    /// Returns all visible users, in the order of their ids.
    pub(super) async fn everybody(self: &Arc<Self>) -> Result<Arc<Vec<Served>>, Problem> {
        let _turn = self.listing.acquire().await.map_err(|_| ending())?;
        let desk = Arc::clone(self);
        off_the_request_threads(move || {
            let mut everybody = desk.everybody.lock().unwrap_or_else(PoisonError::into_inner);
            if everybody.reader.connection().is_closed() {
                *everybody = Everybody { reader: Reader::open(&desk.path)?, known: None };
            }
            everybody.current()
        })
        .await
    }
}

impl RegisterDesk {
    /// Returns the earlier result of this query, if the list of users is still the same.
    pub(super) fn kept(&self, question: &str, everybody: &Arc<Vec<Served>>) -> Option<Arc<SelectedUsers>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |kept: &&KeptQuery| kept.question == question && Arc::ptr_eq(&kept.everybody, everybody);
        kept.iter().find(same).map(|kept| Arc::clone(&kept.chosen))
    }

    /// Keeps the result of a query.
    pub(super) fn keep(&self, question: &str, everybody: &Arc<Vec<Served>>, chosen: &Arc<SelectedUsers>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.question != question && Arc::ptr_eq(&kept.everybody, everybody));
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        let (everybody, chosen) = (Arc::clone(everybody), Arc::clone(chosen));
        kept.push(KeptQuery { question: question.to_owned(), everybody, chosen });
    }
}

impl Everybody {
    fn current(&mut self) -> Result<Arc<Vec<Served>>, Problem> {
        let connection = self.reader.connection();
        // The version changes when any other connection has written, in this program or another one. It is read
        // before the list, so a write in between is noticed the next time.
        let version = connection.version().map_err(StoreError::from)?;
        if let Some((known, everybody)) = &self.known
            && *known == version
        {
            return Ok(Arc::clone(everybody));
        }
        let (everybody, incomplete) = served::all_served(connection)?;
        if let Some(why) = incomplete {
            // An incomplete list is not sent, because the client would trust it.
            tracing::error!(why = why.en(), "the register's list is not whole, and is not sent");
            return Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the register's list of accounts is not whole and is not sent; its log says why",
            ));
        }
        let everybody = Arc::new(everybody);
        self.known = Some((version, Arc::clone(&everybody)));
        Ok(everybody)
    }
}

fn ending() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the service is ending")
}

async fn off_the_request_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(failed(&error)),
    }
}

/// Returns the answer if work on another thread has panicked or was given up.
pub(super) fn failed(error: &JoinError) -> Problem {
    tracing::error!(%error, "a part of the service failed");
    Problem::failed()
}
