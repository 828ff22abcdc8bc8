//! PostgreSQL's driver, waited for on the thread that asks.
//!
//! Nothing goes on between two questions: the connection is driven while somebody waits for it and at no other time. What is
//! sent in one go ([`Driver::each`]) is sent in its order, and the server answers in that order.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::Runtime;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, Notification, Socket};

use super::Error;

type Said = Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>>;

/// A client and the connection it speaks through.
pub struct Driver {
    runtime: Runtime,
    /// Taken out when the connection ends.
    client: Option<Client>,
    connection: Box<dyn FnMut(&mut Context<'_>) -> Said + Send>,
    notes: VecDeque<Notification>,
}

/// What this process has sent to PostgreSQL servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Statements, each row of one that was asked for many counted.
    pub statements: u64,
    /// How often an answer was waited for.
    pub journeys: u64,
}

static STATEMENTS: AtomicU64 = AtomicU64::new(0);
static JOURNEYS: AtomicU64 = AtomicU64::new(0);

/// What has been sent up to now: for measuring.
#[must_use]
pub fn sent() -> Sent {
    Sent { statements: STATEMENTS.load(Ordering::Relaxed), journeys: JOURNEYS.load(Ordering::Relaxed) }
}

impl Driver {
    pub(super) fn connect<T>(config: &Config, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Stream: Send + 'static,
    {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let (client, mut connection) = runtime.block_on(config.connect(tls))?;
        let connection = Box::new(move |cx: &mut Context<'_>| connection.poll_message(cx));
        Ok(Self { runtime, client: Some(client), connection, notes: VecDeque::new() })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// What the server has told without being asked, since this was last looked at.
    pub(super) fn notes(&mut self) -> VecDeque<Notification> {
        std::mem::take(&mut self.notes)
    }

    /// Sends one statement, or asks about one, and waits for the answer.
    pub(super) fn one<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Error> {
        STATEMENTS.fetch_add(1, Ordering::Relaxed);
        self.wait(work)
    }

    /// Sends all of them, then waits for all answers. The error is the first one's that has one.
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
            // A statement is sent when it is first looked after: here, in order.
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
            // What was sent just now goes out before anything is waited for.
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

/// Has the connection read and write what it can.
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
    /// Says goodbye, so that the server need not find out.
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
