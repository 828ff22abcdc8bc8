//! Fetches a branch again and again, beside the passes: a remote that does not answer stops none of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use portvakt_sources::{FetchError, GitRemote};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is fetched, and how often.
#[derive(Debug, Clone)]
pub struct Fetching {
    /// The branch of a remote.
    pub remote: GitRemote,
    /// Between two fetches.
    pub every: Duration,
    /// How long one may take.
    pub limit: Duration,
}

/// After a fetch that failed the next is tried no later than this.
const RETRY: Duration = Duration::from_secs(60);

/// Fetches until it is dropped.
#[derive(Debug)]
pub(super) struct Fetcher {
    results: UnboundedReceiver<Result<(), FetchError>>,
    stop: Arc<AtomicBool>,
}

impl Fetcher {
    /// Begins at once.
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

    /// How the next fetch ended. Nothing is lost when the wait is given up.
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
