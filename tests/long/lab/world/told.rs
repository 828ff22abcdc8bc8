//! Turns the output of a run of the program into plain text.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Why;
use portvakt_core::decide::Decided;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::plan::HeldSet;

/// A set that waits for two administrators.
#[derive(Debug, Clone)]
pub struct Held {
    pub people: BTreeSet<String>,
    pub(super) set: HeldSet,
}

/// The output of a run.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The removals that wait for a release.
    pub held: Vec<Held>,
    /// The additions that wait for a release.
    pub late: Vec<Held>,
    /// The findings: the code, and all words and names of each.
    pub notes: Vec<(String, String)>,
    /// Policies or settings that wait for this release.
    pub settings: Option<String>,
    /// The state of each trust's review, as a word. It is empty after a pass over some files.
    pub due: BTreeMap<String, String>,
    /// The number of passes of the run.
    pub passes: usize,
    /// Tells whether the connection has a fault, or had one and nothing has succeeded since. Steps may then be late.
    pub disturbed: bool,
    /// The last pass did not come to its end for that.
    pub stopped: bool,
}

impl Told {
    /// Turns the decision of a pass into text, after this number of passes of one run.
    pub(super) fn of(decided: &Decided, passes: usize, ids: &BTreeMap<String, String>) -> Self {
        let first = |text: String| ids.iter().fold(text, |text, (now, old)| text.replace(now, old));
        let mut told = Self { passes, ..Self::default() };
        for (trust, due) in decided.reviews.due.iter().flatten() {
            told.due.insert(trust.to_string(), due.state.as_str().to_owned());
        }
        for set in &decided.unsettled.sets {
            let waits = if set.why == Why::Additions { &mut told.late } else { &mut told.held };
            let people = set.people.iter().cloned().map(&first).collect();
            waits.push(Held { people, set: set.clone() });
        }
        for finding in &decided.findings {
            let about_odd = finding.code.as_str() == "odd-path";
            if finding.severity == Severity::Advice && finding.code != Code::WaitingToLast && !about_odd {
                continue;
            }
            let (message, out) = (finding.message.en(), finding.way_out.en());
            let file = finding.place.as_ref().map(|place| place.file.to_string()).unwrap_or_default();
            if finding.code == Code::ProtectedChange {
                told.settings = out.split_whitespace().find(|w| is_digest(w)).map(str::to_owned);
            }
            told.notes.push((finding.code.to_string(), first(format!("{file} {message} {out}"))));
        }
        told
    }

    /// Returns whether the output names a person, or the folder of their file.
    pub fn names(&self, person: &str, trust: &str) -> bool {
        let folder = format!("desired-state/{trust}");
        let waits = |sets: &[Held]| sets.iter().any(|held| held.people.contains(person));
        waits(&self.held)
            || waits(&self.late)
            || self.notes.iter().any(|(code, text)| {
                text.contains(person)
                    || (text.contains(&folder) && (code == "odd-path" || code == "file-held"))
            })
    }
}

fn is_digest(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())
}
