//! The table of subscriptions in a MariaDB or MySQL database.
//!
//! Each reading and each writing opens its own connection. Both are rare, and a connection that is open for hours can
//! go stale. Everything together is limited by [`RapporteketSettings::patience`]. After a failure the database is left alone for a
//! while, longer each time, so that a database that is down delays only the first pass.
//!
//! The database's collation compares nothing, because it takes `håvard` for `havard` and `Kari ` for `kari`. Values are
//! compared as the bytes of their UTF-8 text. The database user needs SELECT and UPDATE on this one table.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, DriverError, Error, OptsBuilder, Params, SslOpts, Value};
use portvakt_core::diag::{Text, text};
use portvakt_core::reports::{Meaning, ReadReports, ReportRow, ReportRowChange, ReportsError, WriteReports};
use portvakt_net::{SentSecrets, caught, grown, line, lookup, secret_of, system, why};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::runtime::Runtime;

use super::RapporteketSettings;

/// The pause after a first failure.
const FIRST_REST: Duration = Duration::from_secs(5);

/// The longest pause after many failures.
const LAST_REST: Duration = Duration::from_secs(300);

/// Says what to do when the server asks for another way of logging in.
fn logins() -> Text {
    text!(
        en: "where this is about the login, give the user one of the plugins that this program knows: `ed25519`, \
             `mysql_native_password` or `caching_sha2_password`",
        nb: "gjelder dette innloggingen, gi brukeren et av tilleggene som programmet kjenner: `ed25519`, \
             `mysql_native_password` eller `caching_sha2_password`"
    )
}

/// The columns that are read, in the order of [`report_row`].
const COLUMNS: [&str; 8] = ["id", "package", "type", "owner", "email", "params", "organization", LAST_DAY];

/// The column with the last day of a report.
const LAST_DAY: &str = "terminateDate";

/// The way in which the last day of a row is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastDay {
    /// It is compared with the text that was read.
    Read,
    /// It is compared with the day that this program has written.
    Written,
}

/// The codes of a server that could not lock a row in time: another program holds it. That says nothing about the values.
const HELD: [u16; 2] = [1205, 1213];

/// A failure that is remembered. The database is not tried again until the given time.
#[derive(Debug, Clone)]
struct Rest {
    until: Instant,
    failures: u32,
    why: ReportsError,
}

/// The part that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    /// There was no connection, no login, or no answer in time.
    Connection,
    /// The request on an open connection failed.
    Work,
}

/// The table in a database.
#[derive(Debug)]
pub struct Maria {
    settings: RapporteketSettings,
    runtime: Option<Runtime>,
    rest: Mutex<Option<Rest>>,
    sent: SentSecrets,
}

impl Drop for Maria {
    fn drop(&mut self) {
        // A name lookup that is still running must not keep the program from ending.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Maria {
    /// Prepares access to the table. No connection is made yet.
    ///
    /// # Errors
    /// Fails when the system has no room for it.
    pub fn new(settings: &RapporteketSettings) -> Result<Self, ReportsError> {
        let place = settings.address.to_string();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| ReportsError::Unreachable { place, why: system(&why) })?;
        let (settings, rest, sent) = (settings.clone(), Mutex::new(None), SentSecrets::default());
        Ok(Self { settings, runtime: Some(runtime), rest, sent })
    }

    /// Says why there is no answer. The server may have said a part of it, so it is told without the password.
    fn unreachable(&self, why: Text) -> ReportsError {
        ReportsError::Unreachable { place: self.place(), why: why.changed(|text| self.sent.blanked(text)) }
    }

    fn reports_error(&self, error: Error) -> ReportsError {
        match error {
            Error::Server(server) => ReportsError::Refused {
                place: self.place(),
                why: text!(
                    en: "{said} ({code})",
                    nb: "«{said}» ({code})";
                    said = self.sent.blanked(&server.message),
                    code = server.code
                ),
            },
            Error::Driver(DriverError::UnknownAuthPlugin { name }) => {
                let name = line(&name);
                let logins = logins();
                self.unreachable(text!(
                    with logins;
                    en: "it asks for the login plugin `{name}`; {logins}",
                    nb: "den ber om innloggingstillegget `{name}`; {logins}"
                ))
            }
            Error::Driver(DriverError::CleartextPluginDisabled) => {
                let logins = logins();
                self.unreachable(text!(
                    with logins;
                    en: "it asks for the password itself (`mysql_clear_password`), which is not sent; {logins}",
                    nb: "den ber om selve passordet (`mysql_clear_password`), som ikke sendes; {logins}"
                ))
            }
            Error::Driver(DriverError::MysqlOldPasswordDisabled) => {
                let logins = logins();
                self.unreachable(text!(
                    with logins;
                    en: "it asks for a login of before 2004 (`mysql_old_password`); {logins}",
                    nb: "den ber om en innlogging fra før 2004 (`mysql_old_password`); {logins}"
                ))
            }
            // The driver says the same thing at each of its levels, so only the innermost message is reported.
            other => self.unreachable(why(&other)),
        }
    }

    /// Connects and does the work, all within the patience. A failed connection is remembered. A refused request is not
    /// remembered, because it says nothing about the next request.
    fn within<T, W>(&self, work: impl FnOnce(Conn) -> W) -> Result<T, ReportsError>
    where
        W: Future<Output = Result<T, ReportsError>>,
    {
        let resting = self.rest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(rest) = resting.as_ref().filter(|rest| Instant::now() < rest.until) {
            return Err(rest.why.clone());
        }
        let Some(runtime) = &self.runtime else {
            return Err(self.unreachable(text!(en: "it is closed", nb: "den er lukket")));
        };
        let patience = self.settings.patience;
        let all = async {
            let conn = self.connect().await.map_err(|why| (why, Failed::Connection))?;
            work(conn).await.map_err(|why| (why, Failed::Work))
        };
        // The driver panics at some things that a server may say. A register must not stop because of its reports.
        let done = caught(|| {
            runtime.block_on(async {
                tokio::time::timeout(patience, all).await.unwrap_or_else(|_| {
                    let why = self.unreachable(text!(
                        en: "no answer within {seconds} seconds",
                        nb: "ikke noe svar innen {seconds} sekunder";
                        seconds = patience.as_secs_f32()
                    ));
                    Err((why, Failed::Connection))
                })
            })
        })
        .unwrap_or_else(|panic| {
            let logins = logins();
            let why = text!(
                with logins;
                en: "the program's driver for it gave up ({panic}); {logins}",
                nb: "programmets driver for den ga opp («{panic}»); {logins}"
            );
            Err((self.unreachable(why), Failed::Connection))
        });
        let failures = resting.map_or(0, |rest| rest.failures);
        let rest = match &done {
            Err((ReportsError::File { .. }, _)) | Ok(_) => None,
            Err((why, failed))
                if *failed == Failed::Connection || matches!(why, ReportsError::Unreachable { .. }) =>
            {
                let wait = grown(FIRST_REST, failures, LAST_REST);
                Some(Rest {
                    until: Instant::now() + wait,
                    failures: failures.saturating_add(1),
                    why: why.clone(),
                })
            }
            Err(_) => None,
        };
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        done.map_err(|(why, _)| why)
    }

    async fn connect(&self) -> Result<Conn, ReportsError> {
        let RapporteketSettings { address, password, authorities, .. } = &self.settings;
        let password = match password {
            None => None,
            Some(file) => {
                let text = secret_of(file).map_err(|why| ReportsError::File {
                    place: why.place(file, "--reports-password"),
                    why: why.words(),
                })?;
                let password = text.expose_secret().trim_end_matches(['\n', '\r']);
                self.sent.remember(&SecretString::from(password));
                Some(password.to_owned())
            }
        };
        let found = lookup(address.host(), address.port(), address.reach())
            .await
            .map_err(|why| self.unreachable(why.words()))?;
        let found: Vec<_> = found.into_iter().map(|place| place.ip()).collect();
        let tls = (!address.is_here() || authorities.is_some()).then(|| {
            let own = authorities.iter().cloned().map(Into::into).collect();
            SslOpts::default().with_root_certs(own)
        });
        let options = OptsBuilder::default()
            .ip_or_hostname(address.host())
            .resolved_ips(Some(found))
            .tcp_port(address.port())
            .user(Some(address.user()))
            .pass(password)
            .db_name(Some(address.database()))
            .prefer_socket(false)
            .client_found_rows(true)
            .ssl_opts(tls)
            // If another program holds a row in an open transaction, the wait for it ends after one second.
            .init(vec!["SET SESSION innodb_lock_wait_timeout = 1".to_owned()]);
        Conn::new(options).await.map_err(|why| self.reports_error(why))
    }

    /// Returns SQL that reads a column as UTF-8 text, whatever its type and character set.
    fn text(column: &str) -> String {
        format!("CONVERT(`{column}` USING utf8mb4)")
    }

    /// Returns a condition that compares every column as bytes. The first part finds the row by its key, if the table
    /// has one, so that no other row is locked. A day that was written is compared as a day: a column with a time of day
    /// adds midnight to it.
    fn condition(last_day: LastDay) -> String {
        let equal = |column: &&str| {
            let text = Self::text(column);
            let text = match (*column, last_day) {
                (LAST_DAY, LastDay::Written) => format!("LEFT({text}, 10)"),
                _ => text,
            };
            format!("CAST({text} AS BINARY) <=> CAST(? AS BINARY)")
        };
        format!("`id` <=> ? AND {}", COLUMNS.iter().map(equal).collect::<Vec<_>>().join(" AND "))
    }

    async fn read(&self, mut conn: Conn, today: Date) -> Result<Vec<ReportRow>, ReportsError> {
        let columns = COLUMNS.map(Self::text).join(", ");
        let last = Self::text(LAST_DAY);
        // Most rows of the table have ended and have a readable last day. They are not read.
        let sql = format!(
            "SELECT {columns} FROM `{}` WHERE {last} IS NULL OR NOT ({last} REGEXP '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' \
             AND LEFT({last}, 10) < ?)",
            self.settings.meaning.table
        );
        let found: Vec<mysql_async::Row> =
            conn.exec(sql, (today.to_string(),)).await.map_err(|why| self.reports_error(why))?;
        close(conn).await;
        found.into_iter().map(report_row).collect()
    }

    async fn write(&self, mut conn: Conn, change: &ReportRowChange) -> Result<(), ReportsError> {
        let ReportRowChange { before, after } = change;
        let (table, as_read) = (&self.settings.meaning.table, Self::condition(LastDay::Read));
        let sql = format!("UPDATE `{table}` SET `email` = ?, `terminateDate` = ? WHERE {as_read}");
        let set = |row: &ReportRow| {
            let mut given = vec![row.email.clone(), row.until.clone()];
            given.extend(condition_values(before));
            positional(given)
        };
        let by_date_alone = change.ended_by_date_alone();
        let first = conn.exec_drop(&sql, set(after)).await;
        let done = match (first, &by_date_alone) {
            // The table does not take a list without the address (a CHECK, a trigger). A report that has ended sends
            // nothing, whoever stands in it.
            (Err(Error::Server(why)), Some(row)) if !HELD.contains(&why.code) => {
                tracing::warn!(row = before.name(), code = why.code, "the report is ended by its date alone");
                // What was said first says more than what is said of the second try.
                conn.exec_drop(&sql, set(row)).await.map_err(|_| Error::Server(why))
            }
            (done, _) => done,
        };
        done.map_err(|why| self.reports_error(why))?;
        let written = if change.ends() { Self::condition(LastDay::Written) } else { as_read.clone() };
        let mut counted = [0_u64; 2];
        let rows = [(0_usize, &as_read, before), (1, &written, after)];
        let less = by_date_alone.as_ref().map(|row| (1, &written, row));
        for (place, same, row) in rows.into_iter().chain(less) {
            let count = format!("SELECT COUNT(*) FROM `{table}` WHERE {same}");
            let found: Option<u64> = conn
                .exec_first(count, positional(condition_values(row).into()))
                .await
                .map_err(|why| self.reports_error(why))?;
            if let Some(seen) = counted.get_mut(place) {
                *seen += found.unwrap_or(0);
            }
        }
        close(conn).await;
        match counted {
            [0, 0] => Err(ReportsError::Conflict(before.name().to_owned())),
            [0, _] => Ok(()),
            _ => Err(ReportsError::NotWritten(before.name().to_owned())),
        }
    }
}

/// Closes the connection. What was read or written is valid even if closing fails.
async fn close(conn: Conn) {
    if let Err(error) = conn.disconnect().await {
        tracing::debug!(%error, "the connection to the reports did not end in good order");
    }
}

/// Returns the values for the places of [`Maria::condition`].
fn condition_values(row: &ReportRow) -> [Option<String>; 9] {
    let ReportRow { id, package, kind, owner, email, params, organization, until } = row.clone();
    [id.clone(), id, package, kind, owner, email, params, organization, until]
}

fn positional(values: Vec<Option<String>>) -> Params {
    Params::Positional(values.into_iter().map(Value::from).collect())
}

fn report_row(found: mysql_async::Row) -> Result<ReportRow, ReportsError> {
    let odd = |_| {
        ReportsError::Table(text!(
            en: "a value in the table of reports is no text",
            nb: "en verdi i tabellen over rapporter er ikke tekst"
        ))
    };
    type Eight = (
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    let values: Eight = mysql_async::from_row_opt(found).map_err(odd)?;
    let (id, package, kind, owner, email, params, organization, until) = values;
    Ok(ReportRow { id, package, kind, owner, email, params, organization, until })
}

impl ReadReports for Maria {
    fn place(&self) -> String {
        self.settings.address.to_string()
    }

    fn meaning(&self) -> &Meaning {
        &self.settings.meaning
    }

    fn rows(&self, today: Date) -> Result<Vec<ReportRow>, ReportsError> {
        let rows = self.within(|conn| self.read(conn, today))?;
        self.settings.meaning.own(rows, today)
    }
}

impl WriteReports for Maria {
    fn change(&self, change: &ReportRowChange) -> Result<(), ReportsError> {
        self.within(|conn| self.write(conn, change))
    }
}
