//! The open connections, and the choice of the one that gives its place to another.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};

use super::ConnectionLimits;

/// The largest size in bytes of the head of a request.
const HEAD_BYTES: usize = 64 * 1024;

/// The connections that are open.
pub(super) struct Room {
    limits: ConnectionLimits,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
    places: VecDeque<OpenConnection>,
}

/// One connection.
struct OpenConnection {
    task: AbortHandle,
    quiet: Quiet,
}

/// Since when a connection has had no request to answer. It is `None` while it has one.
#[derive(Clone)]
struct Quiet(Arc<Mutex<Option<Instant>>>);

impl Quiet {
    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

impl Room {
    /// Makes an empty room.
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, graceful: GracefulShutdown::new(), tasks: JoinSet::new(), places: VecDeque::new() }
    }

    /// Waits until the requests that are being answered have their answers.
    pub(super) async fn emptied(self) {
        let Self { graceful, tasks: _answering, .. } = self;
        graceful.shutdown().await;
    }

    /// Makes room for one connection more. It waits only while every connection has a request that is being answered.
    pub(super) async fn make(&mut self) {
        loop {
            while self.tasks.try_join_next().is_some() {}
            self.places.retain(|place| !place.task.is_finished());
            if self.tasks.len() < self.limits.connections {
                return;
            }
            let quiet = self.places.iter().filter_map(|place| Some((place.quiet.since()?, &place.task)));
            if let Some((_, longest)) = quiet.min_by_key(|(since, _)| *since) {
                longest.abort();
            }
            let _ended = self.tasks.join_next().await;
        }
    }

    /// Answers on this connection.
    pub(super) fn take(&mut self, stream: TcpStream, router: &Router) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
        let quiet = Quiet(Arc::new(Mutex::new(Some(Instant::now()))));
        let service =
            WatchedService { service: TowerToHyperService::new(router.clone()), quiet: quiet.clone() };
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.limits.head).max_buf_size(HEAD_BYTES);
        let connection = self.graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        let task = self.tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
        self.places.push_back(OpenConnection { task, quiet });
    }
}

/// A service that notes when a request begins and ends.
struct WatchedService {
    service: TowerToHyperService<Router>,
    quiet: Quiet,
}

type Answered = Result<Response, std::convert::Infallible>;

impl Service<Request<Incoming>> for WatchedService {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Answered> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let quiet = self.quiet.clone();
        quiet.set(None);
        let answer = self.service.call(request);
        Box::pin(async move {
            let answered = answer.await;
            quiet.set(Some(Instant::now()));
            answered
        })
    }
}
