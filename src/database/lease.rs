//! The lease decides which of several programs may write to one PostgreSQL database.
//!
//! The lease is one row. It has an epoch that counts the holders, the name of the holder, and the time at which it
//! ends by the server's clock. A thread with its own connection renews it. A transaction does not rely on that
//! thread: it first renews the row under its own epoch ([`super::Transaction`]), and is refused if the epoch has
//! changed. So a program that was stopped and continues later cannot write, even if it still believes that it holds
//! the lease. While a transaction is open, no other program can take the lease.
//!
//! Another server can take over without the last transactions of the old one, and then its row has an older epoch. So
//! an epoch begins with a mark of the server's timeline, and no server gives out an epoch of another one. The program
//! that first finds a row with the mark of another server gives the lease to nobody for the lease's whole life. In
//! that time, every program that holds a lease of the old server stops. This does not notice an old server that
//! nobody has stopped: a program that is connected to it can hold its lease there.

mod hold;

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portvakt_core::diag::text;
use tokio::sync::watch;

pub use self::hold::{Hold, LeaseError};
use super::server::ConnectError;
use super::{Connection, DatabaseFault, Error, OptionalRow as _, Server, Value};

/// How long the lease is valid after it was last renewed.
pub const LIFE: Duration = Duration::from_secs(6);

/// The time between two renewals.
const RENEW: Duration = Duration::from_secs(2);

/// How long the database may be silent during a renewal. After a renewal that fails there is time for one more.
const SILENCE: Duration = Duration::from_secs(3);

/// How long a renewal waits for another transaction that holds the row.
const TURN: &str = "SET lock_timeout = '2s'";

/// The pauses before the attempts to give the lease back. A database that has just been restarted takes a moment.
const GIVING_BACK: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(300), Duration::from_millis(700), Duration::from_secs(1)];

/// The time between two attempts to take the lease.
const LOOK: Duration = Duration::from_secs(1);

/// The part of an epoch that counts the holders. The bits above it are the mark of the server, or 0 if the server does not
/// say its timeline, or if an earlier version of this program gave the epoch out.
const COUNT: i64 = 0xffff_ffff;

/// Returns the number of an epoch as people see it, which counts the holders of the lease.
#[must_use]
pub fn turn(epoch: i64) -> i64 {
    epoch & COUNT
}

/// Returns the mark of the server, at its place in an epoch.
fn marked(connection: &Connection) -> i64 {
    connection.timeline().map_or(0, |timeline| timeline.mark() << COUNT.count_ones())
}

/// Returns whether the epoch was given out by another server than the one with this mark, as far as both are known.
fn is_elsewhere(epoch: i64, mark: i64) -> bool {
    let given = epoch & !COUNT;
    given != 0 && mark != 0 && given != mark
}

/// Returns the name of this machine, as its system gives it.
#[must_use]
pub fn host() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if host.trim().is_empty() { "a machine without a name".to_owned() } else { host.trim().to_owned() }
}

/// The lease, or the wait for it. When this value is dropped, the lease is given back.
#[derive(Debug)]
pub struct Lease {
    hold: watch::Receiver<Hold>,
    renewed: Renewed,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lease {
    /// Takes the lease now, or fails. If another server has taken over, it waits until all earlier leases have ended.
    ///
    /// # Errors
    /// Fails with [`LeaseError::Taken`] when another program holds the lease.
    pub fn take(server: &Server) -> Result<Self, LeaseError> {
        let mut keeper = Keeper::new(server.clone());
        keeper.round()?;
        let begun = Instant::now();
        while matches!(keeper.hold, Hold::TakenOver { .. }) && begun.elapsed() < LIFE + LOOK + LOOK {
            std::thread::sleep(LOOK);
            keeper.round()?;
        }
        match &keeper.hold {
            Hold::Leading { .. } => Ok(Self::keep(keeper)?),
            Hold::Standby { holder, .. } => Err(LeaseError::Taken(holder.clone())),
            Hold::TakenOver { .. } => Err(LeaseError::TakenOver),
            Hold::Unknown { why } => Err(LeaseError::Unknown(why.clone())),
        }
    }

    /// Waits for the lease, takes it when it is free, and waits again when it is lost.
    ///
    /// # Errors
    /// Fails when no thread can be started.
    pub fn wait(server: &Server) -> Result<Self, LeaseError> {
        Ok(Self::keep(Keeper::new(server.clone()))?)
    }

    fn keep(mut keeper: Keeper) -> std::io::Result<Self> {
        let (tell, hold) = watch::channel(keeper.hold.clone());
        let renewed = Arc::clone(&keeper.renewed);
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name("lease".to_owned()).spawn(move || {
            loop {
                keeper.try_round();
                tell.send_if_modified(|told| {
                    let changed = *told != keeper.hold;
                    told.clone_from(&keeper.hold);
                    changed
                });
                let pause = if keeper.hold.epoch().is_some() { RENEW } else { LOOK };
                if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    return keeper.give_back();
                }
            }
        })?;
        Ok(Self { hold, renewed, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the state of the lease now. A lease that has not been renewed in its own time is lost, whether or not
    /// the database has been able to say so.
    #[must_use]
    pub fn hold(&self) -> Hold {
        let hold = self.hold.borrow().clone();
        let age = renewed(&self.renewed).elapsed();
        if hold.epoch().is_some() && age > LIFE {
            let seconds = age.as_secs();
            let why = text!(
                en: "it has not answered for {seconds} s, and the lease has ended",
                nb: "den har ikke svart på {seconds} s, og skriveretten er utløpt"
            );
            return Hold::Unknown { why };
        }
        hold
    }

    /// Returns a receiver that gets every change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Hold> {
        self.hold.clone()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the thread that kept the lease has failed; the lease ends by itself");
        }
    }
}

/// When the lease was renewed last, as far as this program knows. The thread writes it, and callers read it.
type Renewed = Arc<Mutex<Instant>>;

fn renewed(at: &Renewed) -> Instant {
    *at.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keeper {
    server: Server,
    holder: String,
    connection: Option<Connection>,
    hold: Hold,
    /// The last epoch in which this program held the lease. If the database does not answer, the row may still have
    /// it.
    led: Option<i64>,
    renewed: Renewed,
}

impl Keeper {
    fn new(server: Server) -> Self {
        let holder = format!("{}, process {}", host(), std::process::id());
        let hold = Hold::Unknown { why: text!(en: "it was not asked yet", nb: "den er ikke spurt ennå") };
        Self {
            server,
            holder,
            connection: None,
            hold,
            led: None,
            renewed: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Does one round. If the database does not answer, the known state is kept as long as the lease may be valid.
    fn try_round(&mut self) {
        let Err(error) = self.round() else { return };
        // Another transaction holds the row: one of this program, which renews the lease, or an operator's command.
        // Nobody can take the lease meanwhile.
        if matches!(&error, ConnectError::Database(error) if error.fault() == DatabaseFault::Locked) {
            self.is_renewed(Instant::now());
            return;
        }
        self.connection = None;
        if self.hold.epoch().is_none() || renewed(&self.renewed).elapsed() > LIFE {
            self.hold = Hold::Unknown { why: error.words() };
        }
    }

    fn is_renewed(&self, at: Instant) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn connect(server: &Server) -> Result<Connection, ConnectError> {
        let connection = server.connect_to_write()?;
        connection.bear(SILENCE);
        connection.execute_batch(TURN)?;
        Ok(connection)
    }

    fn round(&mut self) -> Result<(), ConnectError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => {
                let connection = Self::connect(&self.server)?;
                // A lease of another server is not held any longer, even if the row is locked now.
                if self.hold.epoch().is_some_and(|epoch| is_elsewhere(epoch, marked(&connection))) {
                    self.hold = Hold::TakenOver { server: connection.server().map(str::to_owned) };
                }
                leave_to_nobody(&connection)?;
                none.insert(connection)
            }
        };
        let begun = Instant::now();
        let server = connection.server().map(str::to_owned);
        if let Some(epoch) = self.hold.epoch()
            && renew(connection, epoch)?
        {
            self.hold = Hold::Leading { epoch, server };
            self.is_renewed(begun);
            return Ok(());
        }
        let taken = connection
            .prepare_cached(&format!(
                "UPDATE lease SET epoch = ?1::bigint + (epoch & {COUNT}) + 1, holder = ?2, until = {}
                 WHERE until < clock_timestamp() RETURNING epoch",
                life()
            ))?
            .query_row([Value::Integer(marked(connection)), Value::Text(&self.holder)], |row| row.get(0))
            .optional()?;
        self.hold = match taken {
            Some(epoch) => Hold::Leading { epoch, server },
            None => lease_holder(connection, server)?,
        };
        self.led = self.hold.epoch().or(self.led);
        self.is_renewed(begun);
        Ok(())
    }

    /// Gives the lease back, so that the next program need not wait.
    ///
    /// The connection may have ended without a sign, for example when the database was restarted. So a new connection
    /// is tried for a few seconds. The row is touched only while it has the epoch of this program.
    fn give_back(&mut self) {
        let Some(epoch) = self.led else { return };
        if matches!(self.hold, Hold::Standby { .. } | Hold::TakenOver { .. }) {
            return;
        }
        let sql = "UPDATE lease SET until = '-infinity', holder = '' WHERE epoch = ?1";
        let mut last = None;
        for pause in GIVING_BACK {
            std::thread::sleep(pause);
            let done = match self.connection.take().map_or_else(|| Self::connect(&self.server), Ok) {
                Ok(connection) => connection.execute(sql, [epoch]).map_err(ConnectError::from),
                Err(error) => Err(error),
            };
            match done {
                Ok(_) => return,
                // A database that is silent is not waited for again.
                Err(error @ ConnectError::Database(Error::Silent(_))) => {
                    last = Some(error);
                    break;
                }
                Err(error) => last = Some(error),
            }
        }
        if let Some(error) = last {
            tracing::info!(%error, "the lease was not given back and ends by itself");
        }
    }
}

fn life() -> String {
    format!("clock_timestamp() + interval '{} seconds'", LIFE.as_secs())
}

/// Returns who has the lease that cannot be taken. A lease that was given back has no holder either, but it has no time left.
fn lease_holder(connection: &Connection, server: Option<String>) -> Result<Hold, Error> {
    let sql = "SELECT holder, holder = '' AND until > '-infinity' FROM lease";
    let (holder, is_left_to_nobody): (String, bool) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(if is_left_to_nobody { Hold::TakenOver { server } } else { Hold::Standby { holder, server } })
}

/// Gives the lease to nobody for its whole life, if it was last given out by another server.
fn leave_to_nobody(connection: &Connection) -> Result<(), Error> {
    let mark = marked(connection);
    if mark == 0 {
        return Ok(());
    }
    let sql = format!(
        "UPDATE lease SET epoch = ?1::bigint + (epoch & {COUNT}), holder = '', until = {}
         WHERE epoch & ~({COUNT}::bigint) <> 0 AND epoch & ~({COUNT}::bigint) <> ?1::bigint",
        life()
    );
    if connection.execute(&sql, [mark])? > 0 {
        tracing::warn!(
            "another server of the database has taken over; nobody leads until the leases of before have ended"
        );
    }
    Ok(())
}

/// Renews the lease under an epoch. It returns `false` if the lease has another epoch now, or was given out by
/// another server.
pub(super) fn renew(connection: &Connection, epoch: i64) -> Result<bool, Error> {
    if is_elsewhere(epoch, marked(connection)) {
        return Ok(false);
    }
    let sql = format!("UPDATE lease SET until = {} WHERE epoch = ?1", life());
    Ok(connection.execute(&sql, [epoch])? == 1)
}

/// Waits until nobody else writes. An operator's command uses this while a daemon holds the lease.
pub(super) fn wait_turn(connection: &Connection) -> Result<(), Error> {
    connection.query_row("SELECT epoch FROM lease FOR UPDATE", [], |row| row.get::<i64>(0)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_belongs_to_the_server_that_gave_it_out() {
        let (here, there) = (5 << 32, 6 << 32);
        for (epoch, mark, elsewhere) in [
            (here + 3, here, false),
            (here + 3, there, true),
            (here, there, true),
            // An earlier version gave it out, or the server does not say its timeline.
            (3, here, false),
            (here + 3, 0, false),
        ] {
            assert_eq!(is_elsewhere(epoch, mark), elsewhere, "{epoch} {mark}");
        }
        assert_eq!((turn(here + 3), turn(3)), (3, 3));
    }
}
