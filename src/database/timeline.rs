//! The timeline of a server. It shows that another server has taken over, or that an old one has come back.
//!
//! PostgreSQL gives every database system a number that its standby servers share. When a standby becomes the main
//! server, it begins a new timeline with a higher number. So the two numbers name the place where something was
//! written. A session that may write keeps its timeline until its end.
//!
//! A process remembers the highest timeline it has seen of each system and does not go back: a server on an older one was
//! the main server once, and nobody has stopped it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use portvakt_core::model::Digest;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Error;
use super::driver::Driver;

/// Every role may ask this. The control file names the timeline of the last checkpoint, which is the old one for a while;
/// the name of the current file of the write-ahead log begins with the right one.
const ASK: &str = "SELECT system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
                   FROM pg_control_system()";

/// The errors of services that do not allow this query, or that are not real PostgreSQL.
const CANNOT_SAY: [SqlState; 3] =
    [SqlState::INSUFFICIENT_PRIVILEGE, SqlState::FEATURE_NOT_SUPPORTED, SqlState::UNDEFINED_FUNCTION];

/// The highest timeline that this process has seen, by system.
static SEEN: Mutex<BTreeMap<i64, u32>> = Mutex::new(BTreeMap::new());

/// The timeline that a session writes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timeline {
    system: i64,
    number: u32,
}

impl Timeline {
    /// Asks a server that takes writes. `None` if it does not say.
    pub(super) fn of(driver: &mut Driver) -> Result<Option<Self>, Error> {
        let row = match driver.one(async |client: &Client| client.query_one(ASK, &[]).await) {
            Ok(row) => row,
            Err(error) if error.code().is_some_and(|code| CANNOT_SAY.contains(code)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (system, number): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        Ok(u32::from_str_radix(&number, 16).ok().map(|number| Self { system, number }))
    }

    /// Remembers the timeline, unless this process has seen a newer one of the same system.
    pub(super) fn follows(self) -> Result<(), Error> {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = seen.entry(self.system).or_insert(self.number);
        if self.number < *newest {
            return Err(Error::OldTimeline { found: self.number, newest: *newest });
        }
        *newest = self.number;
        Ok(())
    }

    /// Returns a number that represents system and timeline, from 1 to 2^31 - 1.
    pub(super) fn mark(self) -> i64 {
        let digest = Digest::of(format!("{}/{}", self.system, self.number).as_bytes());
        let [a, b, c, d, ..] = *digest.as_bytes();
        i64::from(u32::from_be_bytes([a, b, c, d]) >> 1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_does_not_go_back_to_an_older_timeline() {
        let on = |system, number| Timeline { system, number };
        on(-1, 2).follows().unwrap();
        on(-2, 1).follows().unwrap();
        let error = on(-1, 1).follows().unwrap_err();
        assert!(matches!(error, Error::OldTimeline { found: 1, newest: 2 }), "{error:?}");
        on(-1, 2).follows().unwrap();
        on(-1, 4).follows().unwrap();
        assert!(on(-1, 3).follows().is_err() && on(-2, 1).follows().is_ok());
    }

    #[test]
    fn system_and_timeline_have_a_mark_of_their_own() {
        let mark = |system, number| Timeline { system, number }.mark();
        let all = [mark(7, 1), mark(7, 2), mark(8, 1), mark(71, 1), mark(-7, 1)];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|mark| (1..1 << 31).contains(mark)), "{all:?}");
        assert_eq!(mark(7, 1), mark(7, 1));
    }
}
