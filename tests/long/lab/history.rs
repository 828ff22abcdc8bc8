//! Reads and writes a history as text: how the program runs, the first day, and one line for each step.

use super::actors::Step;
use super::desk::Day;
use super::world::Mode;

/// A history: the mode of the program, the first day, and the steps.
#[derive(Debug, Clone)]
pub struct History {
    pub mode: Mode,
    pub start: Day,
    pub steps: Vec<Step>,
}

impl std::fmt::Display for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} {}", self.mode.word(), self.start)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl History {
    /// Reads the text that [`std::fmt::Display`] writes.
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (mode, start) = lines.next().unwrap().split_once(' ').unwrap();
        let mode = *Mode::ALL.iter().find(|known| known.word() == mode).unwrap();
        let steps = lines.map(|line| Step::read(line).unwrap_or_else(|| panic!("{line}"))).collect();
        Self { mode, start: start.parse().unwrap(), steps }
    }
}
