//! This crate answers over HTTP on a socket: the daemon's status page and the SCIM service both use it.
//!
//! Anybody on the host can open connections and send nothing on them. So the head of a request must come within a
//! time, and there is a cap on connections. At the cap, the connection that has been quiet for the longest time gives
//! its place to the next one. A connection whose request is being answered keeps its place. So every client that
//! sends a request gets an answer, and the rest of the program keeps its file descriptors.
//!
//! ```text
//!  names  the names that a service answers to
//!  room   the open connections, and the choice of the one that gives its place to another
//! ```

mod names;
mod room;

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

pub use names::ServiceNames;
use room::Room;

/// The limits for connections: how many there may be, and how long they may take.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// The longest time for the head of a request, and the longest time that a connection may be idle.
    pub head: Duration,
    /// The largest number of connections at the same time.
    pub connections: usize,
    /// The longest time that running requests may delay the end.
    pub grace: Duration,
}

/// Answers requests until `shutdown` is done. Requests that are already running then get a short time to finish.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    shutdown: impl Future<Output = ()>,
) {
    let mut room = Room::new(limits);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            room.make().await;
            listener.accept().await
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => room.take(stream, &router),
            Err(error) => {
                // There may be too many open files, or the client may be gone already. Neither ends the service.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.grace, room.emptied()).await.is_err() {
        tracing::warn!("ended before every request was answered");
    }
}
