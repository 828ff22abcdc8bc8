//! Lets a command end in order when the user presses Ctrl-C, closes the terminal or ends the process. The open question
//! then has no answer. The command stops there and removes its temporary files. A step that is under way is finished
//! first.

use std::io::{self, BufRead as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, Once, PoisonError};

use tokio::signal::unix::{SignalKind, signal};

/// Tells whether a signal has come.
static ENDS: AtomicBool = AtomicBool::new(false);

/// The channel on which the last question waits for its answer.
static ASKED: Mutex<Option<Sender<Option<String>>>> = Mutex::new(None);

/// Sets up the signals. From then on a signal ends the command in order.
pub(in crate::cli) fn end_in_order() {
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        std::thread::spawn(|| {
            if let Err(why) = heed() {
                tracing::warn!(%why, "signals end the command at once");
            }
        });
    });
}

/// Returns whether the command shall end.
pub(in crate::cli) fn is_to_end() -> bool {
    ENDS.load(Ordering::SeqCst)
}

/// Returns the next typed line. It is `None` at the end of the input, and after a signal. The question then still stands on its
/// line, so a new line is begun for what is told next.
pub(in crate::cli) fn next_typed_line() -> Option<String> {
    let typed = typed_line();
    if typed.is_none() {
        let _gone = writeln!(io::stderr());
    }
    typed
}

fn typed_line() -> Option<String> {
    let (tell, heard) = channel();
    *ASKED.lock().unwrap_or_else(PoisonError::into_inner) = Some(tell.clone());
    if is_to_end() {
        return None;
    }
    // A read that has begun cannot be stopped, so it has a thread of its own, which ends with the process.
    std::thread::spawn(move || {
        let mut typed = String::new();
        let count = io::stdin().lock().read_line(&mut typed).unwrap_or(0);
        let _late = tell.send((count > 0).then_some(typed));
    });
    heard.recv().ok().flatten()
}

fn heed() -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(signalled())
}

/// Waits for signals, one after the other.
async fn signalled() -> io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            _ = terminate.recv() => {}
        }
        ENDS.store(true, Ordering::SeqCst);
        let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A question that has been answered since does not listen any more.
        let _answered = asked.map(|asked| asked.send(None));
    }
}
