//! How often each figure is measured, and what is waited for between the figures.

use std::time::Duration;

use portvakt_core::policy::Policies;

use super::Outcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    /// As often as a figure takes that is to be trusted.
    Usual,
    /// Once, without any wait that only makes a figure steadier. This shows that everything runs.
    Once,
}

impl Rounds {
    /// Returns the first of the two in usual rounds, and the second if everything is measured once.
    pub fn choose<T>(self, usual: T, once: T) -> T {
        match self {
            Self::Usual => usual,
            Self::Once => once,
        }
    }

    /// Returns how many first passes into an empty register are made.
    pub fn first_passes(self, people: u64) -> u32 {
        self.choose(if people > 20_000 { 1 } else { 3 }, 1)
    }

    /// Waits in usual rounds.
    pub fn wait(self, time: Duration) {
        std::thread::sleep(self.choose(time, Duration::ZERO));
    }

    /// Runs something several times: at least three times, and up to fifteen times within five seconds. No policies are
    /// loaded when it begins.
    pub fn several(self, mut one: impl FnMut() -> Outcome<Duration>) -> Outcome<Vec<Duration>> {
        let (least, most) = self.choose((3, 15), (1, 1));
        let mut times: Vec<Duration> = Vec::new();
        while times.len() < least
            || (times.len() < most && times.iter().sum::<Duration>() < Duration::from_secs(5))
        {
            Policies::forget_shared();
            times.push(one()?);
        }
        Ok(times)
    }
}
