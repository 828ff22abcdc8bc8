//! Turns the output of a run of the program into plain text.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::Why;
use portvakt_core::decide::Decided;
use portvakt_core::diag::{Code, Severity};
use portvakt_core::plan::HeldSet;

/// What waits for two.
#[derive(Debug, Clone)]
pub struct Held {
    pub people: BTreeSet<String>,
    pub(super) set: HeldSet,
}

/// What a run said.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Removals that wait.
    pub held: Vec<Held>,
    /// Additions that wait.
    pub late: Vec<Held>,
    /// Findings: code, and everything they say and name.
    pub notes: Vec<(String, String)>,
    /// Policies or settings that wait for this release.
    pub settings: Option<String>,
    /// How many passes it took.
    pub passes: usize,
    /// Something is wrong at the wire, or was and nothing has gone through since: what is to be done may be late.
    pub disturbed: bool,
    /// The last pass did not come to its end for that.
    pub stopped: bool,
}

impl Told {
    /// What a pass decided, in so many passes of one run.
    pub(super) fn of(decided: &Decided, passes: usize, ids: &BTreeMap<String, String>) -> Self {
        let first = |text: String| ids.iter().fold(text, |text, (now, old)| text.replace(now, old));
        let mut told = Self { passes, ..Self::default() };
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

    /// Whether it says anything about somebody, or about the folder they are in.
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
