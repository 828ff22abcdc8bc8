//! How long a changed file waits because something in its folder is odd (law: *one odd thing holds its own folder*). It
//! is the term of a file that is missing there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::decide::trusted_day::{Today, day_in};
use crate::decide::withhold::after_the_term;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::FilePath;
use crate::tree::{Odd, Oddity};

/// The time since when files have been held, as it is remembered. A check does not know it.
#[derive(Debug, Clone, Copy)]
pub struct HeldSince<'a> {
    /// The files in error, each with the time when this was first seen.
    pub since: &'a BTreeMap<FilePath, Timestamp>,
    /// The day and the moment of this pass.
    pub today: &'a Today,
}

/// How long a file waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Until the folder is mended, because it is still being written, and no file in it is known to be whole.
    Mended,
    /// Up to this day. It is `None` in a check, which does not know since when the file has waited.
    Until(Option<Date>),
}

impl Wait {
    /// Makes the finding about a file that waits.
    pub(super) fn finding(self, path: &FilePath) -> Finding {
        let message = text!(
            en: "this file was changed, and something in its folder is not a plain file in its place",
            nb: "denne filen er endret, og noe i mappen er ikke en vanlig fil på sin plass"
        );
        let way_out = text!(
            en: "Mend what is odd in the folder; until then what was accepted for this file stays in force.",
            nb: "Rett det som er galt i mappen; inntil da gjelder det som er godtatt for denne filen."
        );
        Finding::new(Code::FileHeld, message, way_out.and(self.end())).at(Place::file(path))
    }

    /// Says until when the file waits, in one sentence. It is empty if there is no end.
    fn end(self) -> Text {
        match self {
            Self::Mended => Text::default(),
            Self::Until(Some(day)) => text!(
                en: "If it is not mended, the file counts from {day} on all the same, seven days after it was held first.",
                nb: "Blir det ikke rettet, teller filen likevel fra {day}, sju dager etter at den ble holdt tilbake første gang."
            ),
            Self::Until(None) => text!(
                en: "If it is not mended, the file counts all the same seven days after a pass has held it first.",
                nb: "Blir det ikke rettet, teller filen likevel sju dager etter at en gjennomgang først holdt den tilbake."
            ),
        }
    }
}

/// The folders with something odd in them.
#[derive(Debug)]
pub(super) struct OddFolders<'a> {
    all: BTreeSet<&'a str>,
    /// The folders that were still changing at the last reading.
    restless: BTreeSet<&'a str>,
    held: Option<HeldSince<'a>>,
}

impl<'a> OddFolders<'a> {
    pub(super) fn of(odd: &'a [Odd], held: Option<HeldSince<'a>>) -> Self {
        let restless = odd.iter().filter(|odd| matches!(odd.what, Oddity::Restless { .. }));
        Self {
            all: odd.iter().filter_map(|odd| odd.folder.as_deref()).collect(),
            restless: restless.filter_map(|odd| odd.folder.as_deref()).collect(),
            held,
        }
    }

    /// Returns how long a changed file waits. It is `None` if it does not wait, or if its time is over.
    pub(super) fn wait_of(&self, path: &FilePath) -> Option<Wait> {
        let (folder, _) = path.person_parts()?;
        if !self.all.contains(folder) {
            return None;
        }
        if self.restless.contains(folder) {
            return Some(Wait::Mended);
        }
        let Some(HeldSince { since, today }) = self.held else { return Some(Wait::Until(None)) };
        let Some(end) = after_the_term(since.get(path).copied().unwrap_or(today.moment)) else {
            return Some(Wait::Mended);
        };
        (end > today.shown).then(|| Wait::Until(Some(day_in(&today.zone, end))))
    }
}
