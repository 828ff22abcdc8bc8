//! Fetches a branch again and again, apart from the passes. A remote that does not answer stops no pass.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portvakt_sources::{FetchError, GitRemote};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The branch to fetch, and how often it is fetched.
#[derive(Debug, Clone)]
pub struct Fetching {
    /// The branch and its remote.
    pub remote: GitRemote,
    /// The time between two fetches.
    pub every: Duration,
    /// The longest time that one fetch may take.
    pub limit: Duration,
}

/// The longest time to the next fetch after a failed fetch.
const RETRY: Duration = Duration::from_secs(60);

/// Fetches the branch until this value is dropped.
#[derive(Debug)]
pub(super) struct Fetcher {
    results: UnboundedReceiver<Result<(), FetchError>>,
    stop: Arc<AtomicBool>,
}

impl Fetcher {
    /// Starts fetching at once.
    pub fn start(fetching: Fetching) -> Self {
        let (tell, results) = unbounded_channel();
        let stop = Arc::new(AtomicBool::new(false));
        let ours = Arc::clone(&stop);
        tokio::spawn(async move {
            loop {
                let (Fetching { remote, every, limit }, stop) = (fetching.clone(), Arc::clone(&ours));
                let fetched = tokio::task::spawn_blocking(move || remote.fetch(limit, &stop)).await;
                let fetched = fetched.unwrap_or(Err(FetchError::Ended));
                let wait = if fetched.is_ok() { every } else { every.min(RETRY) };
                if tell.send(fetched).is_err() {
                    return;
                }
                tokio::time::sleep(wait).await;
            }
        });
        Self { results, stop }
    }

    /// Waits for the end of the next fetch. No result is lost if the wait is cancelled.
    pub async fn next(fetcher: &mut Option<Self>) -> Result<(), FetchError> {
        match fetcher {
            Some(fetcher) => match fetcher.results.recv().await {
                Some(fetched) => fetched,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}
