//! Shows the progress of long work. It does this on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use portvakt_core::diag::{Lang, Text, text};

use crate::config::Global;

/// Shows the current work and its progress on standard error. It shows nothing if standard error is not a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    lang: Lang,
}

impl Progress {
    /// Starts with the message about reading the tree.
    pub(super) fn reading(global: &Global) -> Self {
        Self::doing(global, text!(en: "reading the tree", nb: "leser filene"))
    }

    /// Starts with work whose length is not known.
    pub(super) fn doing(global: &Global, what: Text) -> Self {
        let lang = global.lang();
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), lang };
        }
        let bar = ProgressBar::new_spinner();
        bar.set_message(what.get(lang).to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, lang }
    }

    /// Changes the message to the next kind of work.
    pub(super) fn now(&self, what: Text) {
        self.bar.set_message(what.get(self.lang).to_owned());
    }

    /// Shows how many steps are done.
    pub(super) fn set(&self, done: usize, of: usize) {
        if self.bar.length().is_none()
            && let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}")
        {
            self.bar.set_style(style);
            self.bar.set_message(text!(en: "steps", nb: "steg").get(self.lang).to_owned());
        }
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
