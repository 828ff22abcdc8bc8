//! Histories that failed once, reduced to the steps that made them fail, and the shortest of every other kind of trouble.
//! Each one has its mode, its first day and its steps. A step gives the seconds since the first midnight, the act, the
//! person, the way and the amount.

mod files;
mod moved;
mod running;

/// The cases by name. Each text is a history in its written form.
pub fn named() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    [files::CASES, running::CASES, moved::CASES].into_iter().flatten()
}
