//! A PostgreSQL connection that blocks the calling thread while it waits.
//!
//! The connection works only while a caller waits for it. Between two calls nothing happens. Statements that are sent
//! together ([`Driver::each`]) are sent in order, and the server answers in that order.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use portvakt_net::{LookupError, Reach, lookup};
use tokio::runtime::Runtime;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, Notification, Socket};

use super::Error;

type Said = Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>>;

/// A client and the connection that it uses.
pub struct Driver {
    runtime: Runtime,
    /// It is taken out when the driver is dropped.
    client: Option<Client>,
    connection: Box<dyn FnMut(&mut Context<'_>) -> Said + Send>,
    notes: VecDeque<Notification>,
}

/// Counts of what this process has sent to PostgreSQL servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// The number of statements. A statement for many rows counts once for each row.
    pub statements: u64,
    /// The number of times this process has waited for an answer.
    pub journeys: u64,
}

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static JOURNEYS: AtomicU64 = AtomicU64::new(0);

/// Gives the counts up to now. They are used for measuring.
#[must_use]
pub fn sent() -> Sent {
    Sent { statements: STATEMENTS.load(Ordering::Relaxed), journeys: JOURNEYS.load(Ordering::Relaxed) }
}

/// The server's name, which is looked up once. The connection goes to the addresses that were judged then.
pub(super) struct Named<'a> {
    pub host: &'a str,
    pub port: u16,
    pub reach: Reach,
}

impl Driver {
    /// Connects within the time that `config` gives to each of looking up, connecting and logging in. Without a name it
    /// goes to the socket that `config` names.
    pub(super) fn connect<T>(mut config: Config, named: Option<Named<'_>>, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Stream: Send + 'static,
    {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let (client, mut connection) = runtime.block_on(async {
            if let Some(Named { host, port, reach }) = named {
                let limit = config.get_connect_timeout().copied().unwrap_or(Duration::MAX);
                let slow = |_| LookupError::Unknown(std::io::ErrorKind::TimedOut.into());
                for place in tokio::time::timeout(limit, lookup(host, port, reach)).await.map_err(slow)?? {
                    // The name stands beside each address, because the server's certificate is checked against it.
                    config.host(host).hostaddr(place.ip());
                }
            }
            Ok::<_, Error>(config.connect(tls).await?)
        })?;
        let connection = Box::new(move |cx: &mut Context<'_>| connection.poll_message(cx));
        Ok(Self { runtime, client: Some(client), connection, notes: VecDeque::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// Takes the notifications that the server has sent since the last call.
    pub(super) fn notes(&mut self) -> VecDeque<Notification> {
        std::mem::take(&mut self.notes)
    }

    /// Sends one statement or question and waits for the answer.
    pub(super) fn one<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Error> {
        STATEMENTS.fetch_add(1, Ordering::Relaxed);
        self.wait(work)
    }

    /// Sends the statements of all rows, then waits for all answers. The error is that of the first row that failed.
    pub(super) fn each<I: Copy, T>(
        &mut self,
        rows: &[I],
        work: impl AsyncFn(&Client, I) -> Result<T, tokio_postgres::Error>,
    ) -> Result<Vec<T>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        STATEMENTS.fetch_add(rows.len() as u64, Ordering::Relaxed);
        self.wait(async |client: &Client| {
            let mut under_way: Vec<_> = rows.iter().map(|row| Box::pin(work(client, *row))).collect();
            let mut answers: Vec<Option<Result<T, tokio_postgres::Error>>> = Vec::new();
            // A statement is sent when its future is first polled. Polling in order sends them in order.
            poll_fn(|cx| {
                answers = under_way.iter_mut().map(|one| ready(one.as_mut().poll(cx))).collect();
                Poll::Ready(())
            })
            .await;
            let mut all = Vec::with_capacity(rows.len());
            for (answer, one) in answers.into_iter().zip(under_way) {
                all.push(match answer {
                    Some(answer) => answer?,
                    None => one.await?,
                });
            }
            Ok(all)
        })
    }

    fn wait<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Error> {
        let client = self.client.as_ref().ok_or(Error::Closed)?;
        JOURNEYS.fetch_add(1, Ordering::Relaxed);
        let mut work = pin!(work(client));
        let (connection, notes) = (&mut self.connection, &mut self.notes);
        Ok(self.runtime.block_on(poll_fn(|cx| {
            if let Err(why) = hear(connection, notes, cx) {
                return Poll::Ready(Err(why));
            }
            let answer = work.as_mut().poll(cx);
            // What was just written is sent before this thread waits.
            match (answer.is_pending(), hear(connection, notes, cx)) {
                (true, Err(why)) => Poll::Ready(Err(why)),
                _ => answer,
            }
        }))?)
    }
}

fn ready<T>(answer: Poll<T>) -> Option<T> {
    match answer {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

/// Lets the connection read and write as much as it can now.
fn hear(
    connection: &mut (impl FnMut(&mut Context<'_>) -> Said + ?Sized),
    notes: &mut VecDeque<Notification>,
    cx: &mut Context<'_>,
) -> Result<(), tokio_postgres::Error> {
    loop {
        match connection(cx) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(note)))) => notes.push_back(note),
            Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                tracing::debug!(notice = notice.message(), "the database says");
            }
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(why))) => return Err(why),
            Poll::Ready(None) | Poll::Pending => return Ok(()),
        }
    }
}

impl Drop for Driver {
    /// Closes the connection properly, so that the server need not detect that it is gone.
    fn drop(&mut self) {
        drop(self.client.take());
        let (connection, notes) = (&mut self.connection, &mut self.notes);
        let goodbye = poll_fn(|cx| {
            loop {
                match connection(cx) {
                    Poll::Ready(Some(Ok(AsyncMessage::Notification(note)))) => notes.push_back(note),
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        self.runtime.block_on(goodbye);
    }
}
