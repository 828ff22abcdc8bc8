//! Gives hints that the tree may have changed. A hint is never a source of truth.
//!
//! Every event, overflow or error from the operating system becomes one hint: look again. If the system cannot
//! report changes (no watches left, no file descriptors left, a file system without events), [`Mode::Polling`]
//! gives the reason. Then the tree is looked at by the clock, and watching is tried again from time to time.

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
use portvakt_core::system::said;
use portvakt_core::tree::{DESIRED_STATE, REVIEWS};
use tokio::sync::{Notify, watch};

use super::places::{Meaning, Places, Reach};

/// How the daemon notices changes between its regular passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// The operating system reports changes.
    Watching,
    /// The operating system reports no changes, or not all of them. The tree is looked at by the clock.
    Polling {
        /// The reason why there are no watches.
        why: Text,
    },
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

impl Mode {
    /// Returns the words for people. The reason in them may be the operating system's own text.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Watching => text!(en: "watching", nb: "melding fra systemet"),
            Self::Polling { why } => text!(with why; en: "polling ({why})", nb: "jevnlig gjennomsyn ({why})"),
        }
    }

    /// Returns the mode until the first watches are there.
    #[must_use]
    pub fn begun() -> Self {
        let why = text!(en: "the watches are being set up", nb: "overvåkingen settes opp");
        Self::Polling { why }
    }
}

/// The intervals of the work that is done by the clock.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// The time between two hints while there are no watches.
    pub poll: Duration,
    /// The time between two attempts at watching. Also the time between two checks that the watched folders are
    /// still the tree.
    pub rearm: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { poll: Duration::from_secs(10), rearm: Duration::from_secs(60) }
    }
}

/// A function that takes each event of the operating system.
pub type Ear = Box<dyn FnMut(notify::Result<Event>) + Send>;

/// A function that makes a watcher. Tests use one that cannot watch.
pub type Factory = Box<dyn FnMut(Ear) -> notify::Result<Box<dyn Watcher + Send>> + Send>;

/// Returns the factory for the operating system's own watcher.
#[must_use]
pub fn system() -> Factory {
    Box::new(|ear| {
        // A link inside the tree is odd and is not followed. The three links at the top are resolved in this
        // program.
        let config = notify::Config::default().with_follow_symlinks(false);
        Ok(Box::new(notify::RecommendedWatcher::new(ear, config)?))
    })
}

/// The thing that is watched.
#[derive(Debug, Clone)]
pub enum WatchTarget {
    /// The tree in this folder.
    Tree(PathBuf),
    /// The references of the repository that contains this folder or is this folder.
    Repository(PathBuf),
}

impl WatchTarget {
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

/// A running watch over a tree. It ends when it is dropped.
#[derive(Debug)]
pub struct Hints {
    shared: Arc<Shared>,
    mode: watch::Receiver<Mode>,
    thread: Option<JoinHandle<()>>,
}

/// Files that the operating system reported as written. A deletion does not count as a write. A folder that was made or
/// moved in stands for every file below it: nothing reports the files that came with it.
#[derive(Debug, Clone, Default)]
pub struct WrittenFiles(Arc<Mutex<BTreeSet<FilePath>>>);

impl WrittenFiles {
    /// Returns the files and folders that were written since the last call.
    #[must_use]
    pub fn take(&self) -> BTreeSet<FilePath> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, told: &notify::Result<Event>, places: &Places) {
        let Ok(event) = told else { return };
        let note = |written: &mut dyn Iterator<Item = FilePath>| {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(written);
        };
        if event.need_rescan() {
            // Events were lost, so any file may have been written.
            return note(&mut std::iter::once(FilePath::new(DESIRED_STATE)));
        }
        let paths = match event.kind {
            EventKind::Create(_)
            | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any)
            | EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => event.paths.as_slice(),
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => event.paths.get(1..).unwrap_or_default(),
            _ => return,
        };
        note(&mut paths.iter().filter_map(|path| {
            let above = path.parent()?;
            let (folder, name) = (above.file_name()?.to_str()?, path.file_name()?.to_str()?);
            if !name.ends_with(".yaml") {
                return match places.reach(path)? {
                    Reach::Everything => Some(FilePath::new(DESIRED_STATE)),
                    Reach::Folder => Some(FilePath::new(&format!("{DESIRED_STATE}/{name}"))),
                };
            }
            // A list in `reviews` is nobody's file.
            let of_a_person = above.parent()?.file_name().is_none_or(|top| top != REVIEWS);
            of_a_person.then(|| FilePath::new(&format!("{DESIRED_STATE}/{folder}/{name}")))
        }));
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
    /// Watches the tree at `root`, which need not exist yet. The first hint comes when the watches are set. The
    /// look after that hint finds everything that happened before.
    ///
    /// # Errors
    /// When the path cannot be made absolute or no thread can be started. If nothing can be watched, this is not an
    /// error; the mode is then [`Mode::Polling`].
    pub fn watch(root: &Path, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        Self::of(WatchTarget::Tree(std::path::absolute(root)?), rhythm, factory)
    }

    /// Watches the references of a repository in the same way: `HEAD`, the branches, and the file they are packed
    /// into.
    ///
    /// # Errors
    /// As [`Hints::watch`].
    pub fn watch_repository(root: &Path, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        Self::of(WatchTarget::Repository(std::path::absolute(root)?), rhythm, factory)
    }

    fn of(subject: WatchTarget, rhythm: Rhythm, factory: Factory) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (tell, mode) = watch::channel(Mode::begun());
        let watchman = Watchman { subject, rhythm, factory, shared: Arc::clone(&shared), mode: tell };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(move || watchman.run())?;
        Ok(Self { shared, mode, thread: Some(thread) })
    }

    /// Waits until there is a reason to look. Many reasons count as one. No hint is lost if the wait is cancelled.
    pub async fn look_again(&self) {
        self.shared.look.notified().await;
    }

    /// Returns the files that were written, as far as the operating system reports them.
    #[must_use]
    pub fn written(&self) -> WrittenFiles {
        self.shared.written.clone()
    }

    /// Returns the mode, which can be read now and whenever it changes.
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
    subject: WatchTarget,
    rhythm: Rhythm,
    factory: Factory,
    shared: Arc<Shared>,
    mode: watch::Sender<Mode>,
}

/// Returns the reason without the paths.
fn reason(error: &notify::Error) -> Text {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => text!(
            en: "the system's limit of file watches is reached",
            nb: "systemets grense for overvåkede filer er nådd"
        ),
        notify::ErrorKind::Io(error) => said(error),
        notify::ErrorKind::PathNotFound => {
            text!(en: "a folder kept disappearing", nb: "en mappe ble borte igjen og igjen")
        }
        _ => text!(
            en: "the system's watcher failed; the log says how",
            nb: "systemets overvåking feilet; loggen sier hvordan"
        ),
    }
}

/// The pause between two rounds of setting up watches. Without it a busy tree could keep the thread busy.
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
            // Changes that were made before the watches were set were not reported.
            if self.subject.places() == places {
                self.wait(&places, armed.is_ok());
            }
            std::thread::sleep(BREATH);
        }
    }

    fn announce(&self, failure: Option<&notify::Error>) {
        let mode = match failure {
            None => Mode::Watching,
            // The status page shows this text, so it must not contain paths.
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

    /// Sets up the watches. A folder often disappears meanwhile; that is no reason to give up watching.
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
            shared.written.note(&told, &ours);
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

    /// Returns when the watches have to be set up again.
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
                // A folder further up may have been renamed. The operating system does not report that.
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
