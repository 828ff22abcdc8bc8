//! Asks the questions before a signature. The first is whether to sign what was shown. The second is whether a list may
//! end over half of its accesses.

use portvakt_core::diag::text;
use portvakt_core::model::FilePath;

use super::Waiting;
use crate::cli::ask::{Asker, Unanswered};
use crate::cli::output;

impl Waiting<'_> {
    /// Returns whether to sign what was shown. If no option has said so, the user is asked.
    pub(super) fn is_to_be_signed(&self) -> Result<bool, Unanswered> {
        let me = self.me;
        let question = text!(
            en: "Sign this as `{me}`?",
            nb: "Signere dette som `{me}`?"
        );
        if self.work.how.yes { Ok(true) } else { Asker::new(self.work.global).goes_on(&question) }
    }

    /// Returns whether a list may end over half of its accesses. If no option has said so, the user must type how many
    /// would end.
    pub(super) fn is_meant(&self, list: &FilePath, (ended, all): (usize, usize)) -> Result<bool, Unanswered> {
        if self.ends_most {
            return Ok(true);
        }
        let global = self.work.global;
        let question = text!(
            en: "{list}: {ended} of {all} accesses would end. Type that number if it is meant",
            nb: "{list}: {ended} av {all} tilganger ville bli avsluttet. Skriv det tallet hvis det er meningen"
        );
        let number = ended.to_string();
        let is_meant =
            Asker::new(global).line(&question, "--ends-most", None, |typed| Ok(typed == number))?;
        if !is_meant {
            let other = text!(
                en: "That is another number: `{list}` was not signed.",
                nb: "Det er et annet tall: `{list}` ble ikke signert."
            );
            output::tell(global, &other);
        }
        Ok(is_meant)
    }
}
