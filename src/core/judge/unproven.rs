//! Makes the finding for an approver who has authority, when nothing shows that they approved.

use crate::change::Field;
use crate::diag::{Code, Finding, text};
use crate::evidence::Lack;
use crate::model::Evidence;

use super::Rules;
use super::findings::EntryCase;
use super::proof::Unproven;

impl EntryCase<'_> {
    pub(super) fn unproven(&self, rules: &Rules, why: &Unproven) -> Finding {
        let (what, by) = (self.what(&rules.register), &self.grant.approval.by);
        let (code, finding) = match why {
            Unproven::NotReviewed => (
                Code::NotReviewed,
                Finding::new(
                    Code::NotReviewed,
                    text!(
                        with what;
                        en: "{what}: the forge knows of no approval by `{by}` of what stands here",
                        nb: "{what}: kodeplattformen kjenner ingen godkjenning fra `{by}` av det som står her"
                    ),
                    text!(
                        en: "`{by}` approves the merge request as it stands now, with an account that `register.yaml` names; an approval of an earlier version does not count.",
                        nb: "`{by}` godkjenner endringsforslaget slik det står nå, med en konto som `register.yaml` nevner; en godkjenning av en tidligere utgave teller ikke."
                    ),
                ),
            ),
            Unproven::Lacking(lack) => {
                let code = code_of(lack);
                let why = lack.words();
                let message = text!(
                    with what, why;
                    en: "{what}: nothing shows that `{by}` approved it: {why}",
                    nb: "{what}: ingenting viser at `{by}` har godkjent: {why}"
                );
                let way_out = match (&rules.register.evidence, lack) {
                    (Evidence::Forge(_), Lack::AlreadyUsed { .. }) => text!(
                        en: "Approve it anew, with a date of its own, in a merge request.",
                        nb: "Godkjenn på nytt, med egen dato, i et endringsforslag."
                    ),
                    (Evidence::Forge(_), Lack::TooOld { .. }) => text!(
                        en: "Write today's date at `on`, and have the merge request approved as it stands then.",
                        nb: "Skriv dagens dato ved `on`, og få endringsforslaget godkjent slik det da står."
                    ),
                    (Evidence::Declared, Lack::TooOld { .. }) => text!(
                        en: "Have it approved anew, and write the day of that at `on`.",
                        nb: "Få det godkjent på nytt, og skriv den dagen ved `on`."
                    ),
                    _ => lack.way_out(),
                };
                (code, Finding::new(code, message, way_out))
            }
        };
        self.at(finding, if code == Code::StatementTooOld { Field::ApprovedOn } else { Field::ApprovedBy })
    }
}

/// The code of the finding for a lack of proof.
fn code_of(lack: &Lack) -> Code {
    match lack {
        Lack::Unsigned | Lack::Unclaimed { .. } | Lack::Unsearched { .. } => Code::Unsigned,
        Lack::SignedSomethingElse { .. } => Code::SignedSomethingElse,
        Lack::WrongNamespace { .. } => Code::WrongNamespace,
        Lack::UnknownKey { .. } => Code::UnknownSigningKey,
        Lack::AnotherSigner { .. } => Code::AnotherSigner,
        Lack::OutsideValidity { .. } => Code::OutsideValidity,
        Lack::RevokedKey { .. } => Code::RevokedKey,
        Lack::InFuture { .. } => Code::ApprovalInFuture,
        Lack::TooOld { .. } => Code::StatementTooOld,
        Lack::AlreadyUsed { .. } => Code::StatementUsed,
    }
}
