//! A PostgreSQL connection that blocks the calling thread while it waits.
//!
//! The connection works only while a caller waits for it. Between two calls nothing happens. Statements that are sent
//! together ([`Driver::each`]) are sent in order, and the server answers in that order.
//!
//! Every wait has a limit on this side. A server, or something on the way, can keep a connection open and be silent
//! for ever. The limit counts from the last sign of the other side, so an answer of many rows may take long.
//!
//! A panic inside the driver is an error, and ends the connection.
//!
//! What the server says is told without the password, because a server can have got it as it is.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use portvakt_net::{ConnectionReach, LookupError, SentSecrets, caught, lookup};
use secrecy::SecretString;
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
    /// How long the other side may be silent while an answer is waited for.
    silence: Duration,
    secrets: SentSecrets,
}

/// The longest silence that is accepted, unless a connection sets another one. The server itself gives up waiting for
/// another writer after five seconds.
const SILENCE: Duration = Duration::from_secs(30);

/// The longest time for closing a connection properly.
const GOODBYE: Duration = Duration::from_secs(2);

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

/// Returns the counts up to now. They are used for measuring.
#[must_use]
pub fn sent() -> Sent {
    Sent { statements: STATEMENTS.load(Ordering::Relaxed), journeys: JOURNEYS.load(Ordering::Relaxed) }
}

/// The server's name, which is looked up once. The connection goes to the addresses that were judged then.
pub(super) struct NamedServer<'a> {
    pub host: &'a str,
    pub port: u16,
    pub reach: ConnectionReach,
}

impl Driver {
    /// Connects within the time that `config` gives to each of looking up, connecting and logging in. Without a name it
    /// goes to the socket that `config` names.
    pub(super) fn connect<T>(
        mut config: Config,
        named: Option<NamedServer<'_>>,
        tls: T,
    ) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Stream: Send + 'static,
    {
        let secrets = SentSecrets::default();
        if let Some(password) = config.get_password().and_then(|bytes| std::str::from_utf8(bytes).ok()) {
            secrets.remember(&SecretString::from(password));
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Thread)?;
        let connected = caught(|| {
            runtime.block_on(async {
                if let Some(NamedServer { host, port, reach }) = named {
                    let limit = config.get_connect_timeout().copied().unwrap_or(Duration::MAX);
                    let slow = |_| LookupError::Unknown(std::io::ErrorKind::TimedOut.into());
                    for place in
                        tokio::time::timeout(limit, lookup(host, port, reach)).await.map_err(slow)??
                    {
                        // The name stands beside each address, because the server's certificate is checked against it.
                        config.host(host).hostaddr(place.ip());
                    }
                }
                // The driver's own limit ends when the socket is there. The log-in has the same time again.
                let limit = config.get_connect_timeout().map_or(SILENCE, |limit| limit.saturating_mul(2));
                match tokio::time::timeout(limit, config.connect(tls)).await {
                    Ok(connected) => Ok::<_, Error>(connected?),
                    Err(_) => Err(Error::Silent(limit)),
                }
            })
        });
        let (client, mut connection) = connected
            .unwrap_or_else(|panic| Err(Error::Panicked(panic)))
            .map_err(|error| error.without(&secrets))?;
        let connection = Box::new(move |cx: &mut Context<'_>| connection.poll_message(cx));
        let notes = VecDeque::new();
        Ok(Self { runtime, client: Some(client), connection, notes, silence: SILENCE, secrets })
    }

    /// Sets the longest silence that is accepted from now on.
    pub(super) fn bear(&mut self, silence: Duration) {
        self.silence = silence;
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
        self.answer(work).map_err(|error| error.without(&self.secrets))
    }

    fn answer<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Error> {
        let client = self.client.as_ref().ok_or(Error::Closed)?;
        JOURNEYS.fetch_add(1, Ordering::Relaxed);
        let (connection, notes, limit) = (&mut self.connection, &mut self.notes, self.silence);
        let secrets = &self.secrets;
        let answer = caught(|| {
            let mut work = pin!(work(client));
            self.runtime.block_on(async {
                let mut silence = pin!(tokio::time::sleep(limit));
                poll_fn(|cx| {
                    // The thread is woken by the other side, or because it has been silent for too long.
                    if silence.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(None);
                    }
                    if let Err(why) = hear(connection, notes, secrets, cx) {
                        return Poll::Ready(Some(Err(why)));
                    }
                    let answer = work.as_mut().poll(cx);
                    // What was just written is sent before this thread waits.
                    match (answer, hear(connection, notes, secrets, cx)) {
                        (Poll::Pending, Err(why)) => Poll::Ready(Some(Err(why))),
                        (Poll::Pending, Ok(())) => {
                            silence.as_mut().reset(tokio::time::Instant::now() + limit);
                            // The timer has to learn its new end.
                            silence.as_mut().poll(cx).map(|()| None)
                        }
                        (Poll::Ready(answer), _) => Poll::Ready(Some(answer)),
                    }
                })
                .await
            })
        });
        match answer {
            Ok(Some(answer)) => Ok(answer?),
            Err(panic) => {
                // The driver's client is not used after a panic, not even to close the connection properly.
                self.client = None;
                self.connection = Box::new(|_: &mut Context<'_>| Poll::Ready(None));
                Err(Error::Panicked(panic))
            }
            Ok(None) => {
                // If the answer came later after all, it would be mistaken for the answer to the next statement.
                self.client = None;
                Err(Error::Silent(limit))
            }
        }
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
    secrets: &SentSecrets,
    cx: &mut Context<'_>,
) -> Result<(), tokio_postgres::Error> {
    loop {
        match connection(cx) {
            Poll::Ready(Some(Ok(AsyncMessage::Notification(note)))) => notes.push_back(note),
            Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                tracing::debug!(notice = secrets.blanked(notice.message()), "the database says");
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
        // A connection that has been silent is not closed properly either. The server finds out by itself.
        let limited = async { tokio::time::timeout(GOODBYE, goodbye).await };
        let _either_way = caught(|| self.runtime.block_on(limited));
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Starts a server that accepts every log-in and then stays silent.
    fn lets_in() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _greeting = stream.read(&mut [0; 1024]).unwrap();
            // AuthenticationOk and ReadyForQuery.
            stream.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").unwrap();
            let _until_it_ends = stream.read_to_end(&mut Vec::new());
        });
        port
    }

    #[test]
    fn a_panic_of_the_driver_is_an_error_and_ends_the_connection() {
        let mut config = Config::new();
        config.host("127.0.0.1").port(lets_in()).user("u").dbname("d");
        config.connect_timeout(Duration::from_secs(10));
        let mut driver = Driver::connect(config, None, tokio_postgres::NoTls).unwrap();
        let told = driver
            .one(async |_: &Client| -> Result<(), tokio_postgres::Error> { panic!("a part is missing") })
            .unwrap_err();
        assert!(matches!(&told, Error::Panicked(why) if why == "a part is missing"), "{told:?}");
        assert!(driver.is_closed());
        let after = driver.one(async |_: &Client| -> Result<(), tokio_postgres::Error> { Ok(()) });
        assert!(matches!(after, Err(Error::Closed)), "{after:?}");
    }

    /// Starts a server that asks for the password as it is, and refuses it with these words.
    fn refuses(words: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _greeting = stream.read(&mut [0; 1024]).unwrap();
            // AuthenticationCleartextPassword, and after the answer to it an ErrorResponse.
            stream.write_all(b"R\0\0\0\x08\0\0\0\x03").unwrap();
            let _password = stream.read(&mut [0; 1024]).unwrap();
            let fields = format!("SFATAL\0C28P01\0M{words}\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            stream.write_all(&[b"E", &length[..], fields.as_bytes()].concat()).unwrap();
            let _until_it_ends = stream.read_to_end(&mut Vec::new());
        });
        port
    }

    #[test]
    fn a_password_that_the_server_repeats_is_not_told() {
        for (words, told) in [
            ("hemmelig-7f3a9c is wrong", "PostgreSQL says: … is wrong"),
            ("ig-7f3a9c is wrong", "PostgreSQL says: … is wrong"),
            // It is in base64, on two lines.
            ("aGVtbWVsaW\nctN2YzYTlj is wrong", "…"),
        ] {
            let mut config = Config::new();
            config.host("127.0.0.1").port(refuses(words)).user("u").password("hemmelig-7f3a9c").dbname("d");
            config.connect_timeout(Duration::from_secs(10));
            let error = Driver::connect(config, None, tokio_postgres::NoTls).err().unwrap();
            assert_eq!(error.words().en(), told);
            assert!(error.is_refusal() && !format!("{error:?}").contains("7f3a9c"), "{error:?}");
        }
    }

    /// Starts a server that lets everybody in and takes no writes.
    fn stands_by() -> u16 {
        fn message(kind: u8, body: &[u8]) -> Vec<u8> {
            let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
            [&[kind][..], &length[..], body].concat()
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _greeting = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(&message(b'R', &[0, 0, 0, 3])).unwrap();
            let _password = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(&[message(b'R', &[0; 4]), message(b'Z', b"I")].concat()).unwrap();
            let _question = stream.read(&mut [0; 1024]).unwrap();
            // One column of text, and one row of it.
            let column = b"\0\x01transaction_read_only\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
            let answer = [
                message(b'T', column),
                message(b'D', b"\0\x01\0\0\0\x02on"),
                message(b'C', b"SHOW\0"),
                message(b'Z', b"I"),
            ];
            stream.write_all(&answer.concat()).unwrap();
            let _until_it_ends = stream.read_to_end(&mut Vec::new());
        });
        port
    }

    #[test]
    fn a_password_with_a_word_of_the_message_hides_no_kind_of_error() {
        let mut config = Config::new();
        config.host("127.0.0.1").port(stands_by()).user("u").password("the-database-key").dbname("d");
        config.connect_timeout(Duration::from_secs(10));
        config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        let error = Driver::connect(config, None, tokio_postgres::NoTls).err().unwrap();
        assert!(matches!(error, Error::TakesNoWrites), "{error:?}");
        let mut config = Config::new();
        config.host("127.0.0.1").port(refuses("hemmelig")).user("u").password("hemmelig").dbname("d");
        let error = Driver::connect(config, None, tokio_postgres::NoTls).err().unwrap();
        assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::INVALID_PASSWORD));
    }
}
