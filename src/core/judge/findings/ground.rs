//! Says that an entry depends on something that settings of the same change take away.

use super::EntryCase;
use crate::diag::{Code, Finding, text};
use crate::judge::settings::Ground;

impl EntryCase<'_> {
    pub(in crate::judge) fn without_ground(&self, ground: &Ground) -> Finding {
        let what = ground.words();
        let message = text!(
            with what;
            en: "this entry depends on {what}, which the `register.yaml` beside it no longer has",
            nb: "denne oppføringen bygger på {what}, som `register.yaml` ved siden av ikke lenger har"
        );
        let way_out = text!(
            en: "Write in the entry what the changed register has, or put it back there.",
            nb: "Skriv i oppføringen noe det endrede registeret har, eller legg det tilbake der."
        );
        self.at(Finding::new(Code::UnknownName, message, way_out), ground.field())
    }
}
