//! Progress of long work, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What is being done and how far it is, on standard error; silent where that is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Begins with something whose length is not known.
    pub(super) fn doing(what: &'static str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Goes on to something else.
    pub(super) fn now(&self, what: &'static str) {
        self.0.set_message(what);
    }

    /// Tells how much of it is done.
    pub(super) fn set(&self, done: usize, of: usize) {
        if self.0.length().is_none()
            && let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}")
        {
            self.0.set_style(style);
            self.0.set_message("steps");
        }
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
