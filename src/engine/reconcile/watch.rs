//! Hints that the tree may have changed. Never a source of truth.
//!
//! Whatever the system tells, an event, an overflow, an error, becomes one word: look again. Where the system
//! cannot tell (no watches left, no file descriptors left, a file system without events), [`Mode::Polling`] says
//! so and why, the looking goes on by the clock, and watching is tried again from time to time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fmt, io};

use notify::event::{AccessKind, AccessMode, Event, EventKind, ModifyKind, RenameMode};
use notify::{RecursiveMode, Watcher};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::FilePath;
use tokio::sync::{Notify, watch};

use super::places::{Meaning, Places};

/// How the daemon comes to know of changes between its regular passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// The system tells of changes.
    Watching,
    /// It does not, or not of all; the tree is looked at by the clock.
    Polling {
        /// Why there are no watches.
        why: String,
    },
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl Mode {
    /// The words people read; why there are no watches is the system's own.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Watching => text!(en: "watching", nb: "melding fra systemet"),
            Self::Polling { why } => text!(en: "polling ({why})", nb: "jevnlig gjennomsyn ({why})"),
        }
    }
}

/// What is done by the clock.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// While there are no watches: between two hints.
    pub poll: Duration,
    /// Between two attempts at watching, and between two checks that what is watched is still the tree.
    pub rearm: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { poll: Duration::from_secs(10), rearm: Duration::from_secs(60) }
    }
}

/// Takes what the system tells.
pub type Ear = Box<dyn FnMut(notify::Result<Event>) + Send>;

/// Makes a watcher; tests make one that cannot watch.
pub type Factory = Box<dyn FnMut(Ear) -> notify::Result<Box<dyn Watcher + Send>> + Send>;

/// The system's own watcher.
#[must_use]
pub fn system() -> Factory {
    Box::new(|ear| {
        // A link inside the tree is odd and not followed; the three at the top are resolved here.
        let config = notify::Config::default().with_follow_symlinks(false);
        Ok(Box::new(notify::RecommendedWatcher::new(ear, config)?))
    })
}

/// What is watched.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The tree in this folder.
    Tree(PathBuf),
    /// The references of the repository that this folder is in or is.
    Repository(PathBuf),
}

impl Subject {
    fn path(&self) -> &Path {
        match self {
            Self::Tree(path) | Self::Repository(path) => path,
        }
    }

    fn places(&self) -> Places {
        match self {
            Self::Tree(root) => Places::of(root),
            Self::Repository(root) => Places::of_repository(root),
        }
    }
}

/// A running watch over a tree. Ends when dropped.
#[derive(Debug)]
pub struct Hints {
    shared: Arc<Shared>,
    mode: watch::Receiver<Mode>,
    thread: Option<JoinHandle<()>>,
}

/// Files that the system has told were written; their own deletion is none.
#[derive(Debug, Clone, Default)]
pub struct WrittenFiles(Arc<Mutex<BTreeSet<FilePath>>>);

impl WrittenFiles {
    /// What was written since the last time this was asked.
    #[must_use]
    pub fn take(&self) -> BTreeSet<FilePath> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, told: &notify::Result<Event>) {
        let Ok(event) = told else { return };
        let paths = match event.kind {
            EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any)
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => event.paths.as_slice(),
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => event.paths.get(1..).unwrap_or_default(),
            _ => return,
        };
        let files = paths.iter().filter_map(|path| {
            let (folder, name) = (path.parent()?.file_name()?.to_str()?, path.file_name()?.to_str()?);
            name.ends_with(".yaml").then(|| FilePath::new(&format!("desired-state/{folder}/{name}")))
        });
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(files);
    }
}

#[derive(Debug, Default)]
struct Shared {
    written: WrittenFiles,
    look: Notify,
    rearm: AtomicBool,
    stop: AtomicBool,
}

impl Hints {
    /// Watches the tree at `root`, which need not exist yet. The first hint comes when the watches stand: what
    /// happened before is for that look to find.
    ///
    /// # Errors
    /// When the path cannot be made absolute or no thread can be started. That nothing can be watched is no
    /// error but [`Mode::Polling`].
    pub fn watch(root: &Path, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        Self::of(Subject::Tree(std::path::absolute(root)?), rhythm, factory)
    }

    /// The same for the references of a repository: `HEAD`, the branches, and the file they are packed into.
    ///
    /// # Errors
    /// As [`Hints::watch`].
    pub fn watch_repository(root: &Path, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        Self::of(Subject::Repository(std::path::absolute(root)?), rhythm, factory)
    }

    fn of(subject: Subject, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (tell, mode) = watch::channel(Mode::Polling { why: "the watches are being set up".to_owned() });
        let watchman = Watchman { subject, rhythm, factory, shared: Arc::clone(&shared), mode: tell };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || watchman.run())?;
        Ok(Self { shared, mode, thread: Some(thread) })
    }

    /// Waits until there is a reason to look; many reasons are one. Nothing is lost when the wait is given up.
    pub async fn look_again(&self) {
        self.shared.look.notified().await;
    }

    /// The files that are written, as far as the system tells.
    #[must_use]
    pub fn written(&self) -> WrittenFiles {
        self.shared.written.clone()
    }

    /// The mode, now and as it changes.
    #[must_use]
    pub fn mode(&self) -> watch::Receiver<Mode> {
        self.mode.clone()
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::warn!("the thread that watches the tree had failed");
            }
        }
    }
}

struct Watchman {
    subject: Subject,
    rhythm: Rhythm,
    factory: Factory,
    shared: Arc<Shared>,
    mode: watch::Sender<Mode>,
}

/// Why, without the paths.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "the system's limit of file watches is reached".to_owned(),
        notify::ErrorKind::Io(error) => error.to_string(),
        notify::ErrorKind::PathNotFound => "a folder kept disappearing".to_owned(),
        _ => "the system's watcher failed; the log says how".to_owned(),
    }
}

/// Between two rounds of setting up watches, so that a busy tree cannot keep the thread at it.
const BREATH: Duration = Duration::from_millis(50);

impl Watchman {
    fn run(mut self) {
        while !self.shared.stop.load(Ordering::SeqCst) {
            self.shared.rearm.store(false, Ordering::SeqCst);
            let places = self.subject.places();
            // The watcher lives until the next round.
            let armed = self.arm_patiently(&places);
            self.announce(armed.as_ref().err());
            self.shared.look.notify_one();
            // What came to be before the watches stood was told to nobody.
            if self.subject.places() == places {
                self.wait(&places, armed.is_ok());
            }
            std::thread::sleep(BREATH);
        }
    }

    fn announce(&self, failure: Option<&notify::Error>) {
        let mode = match failure {
            None => Mode::Watching,
            // The status page shows this: no paths.
            Some(error) => Mode::Polling { why: reason(error) },
        };
        if *self.mode.borrow() == mode {
            return;
        }
        match failure {
            None => tracing::info!(root = %self.subject.path().display(), "the tree is watched"),
            Some(error) => tracing::warn!(
                root = %self.subject.path().display(), %error, every = ?self.rhythm.poll,
                "the tree cannot be watched; it is looked at by the clock"
            ),
        }
        self.mode.send_replace(mode);
    }

    /// A folder that goes away while watches are set up is everyday life, not a reason to give up watching.
    fn arm_patiently(&mut self, places: &Places) -> notify::Result<Box<dyn Watcher + Send>> {
        for _ in 0..5 {
            match self.arm(places) {
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {
                    std::thread::sleep(BREATH)
                }
                settled => return settled,
            }
        }
        self.arm(places)
    }

    fn arm(&mut self, places: &Places) -> notify::Result<Box<dyn Watcher + Send>> {
        let (shared, ours, me) = (Arc::clone(&self.shared), places.clone(), std::thread::current());
        let ear: Ear = Box::new(move |told| {
            let meaning = ours.meaning(&told);
            shared.written.note(&told);
            if meaning >= Meaning::Look {
                shared.look.notify_one();
            }
            if meaning == Meaning::Rearm {
                shared.rearm.store(true, Ordering::SeqCst);
                me.unpark();
            }
        });
        let mut watcher = (self.factory)(ear)?;
        for folder in &places.single {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        for folder in &places.whole {
            watcher.watch(folder, RecursiveMode::Recursive)?;
        }
        Ok(watcher)
    }

    /// Returns when the watches are to be set up again.
    fn wait(&self, places: &Places, watched: bool) {
        let since = Instant::now();
        let turn = if watched { self.rhythm.rearm } else { self.rhythm.poll };
        let done = || self.shared.rearm.load(Ordering::SeqCst) || self.shared.stop.load(Ordering::SeqCst);
        let mut next = since + turn;
        while !done() {
            let now = Instant::now();
            if now < next {
                std::thread::park_timeout(next - now);
                continue;
            }
            next = now + turn;
            if watched {
                // A folder further up may have been renamed, which nobody tells.
                if self.subject.places() != *places {
                    return;
                }
            } else if now.duration_since(since) >= self.rhythm.rearm {
                return;
            } else {
                self.shared.look.notify_one();
            }
        }
    }
}
