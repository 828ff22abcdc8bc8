//! What the program remembers after a step has been done.

use jiff::civil::Date;

use crate::database::Connection;
use crate::memory::{self, MemoryError};
use crate::plan::{Effect, Step, Subject};
use crate::store::Performed;

/// Records the outcome of a step beside its effect, in the same transaction.
pub(super) fn settle(
    conn: &Connection,
    step: &Step,
    performed: &Performed,
    today: Date,
) -> Result<(), MemoryError> {
    match &step.effect {
        Effect::Lower { revoke, close, .. } => {
            for revoke in revoke {
                for key in &revoke.grants {
                    memory::store_ended(conn, key, revoke.cause, today)?;
                }
            }
            if let (true, Some(person), Some(account)) = (*close, &step.person, &performed.account) {
                memory::close_account(conn, person, account)?;
            }
        }
        Effect::Raise { grant } => {
            for raise in grant {
                memory::store_given(conn, &raise.grant, today)?;
            }
            if let (Some(person), Some(account)) = (&step.person, &performed.account) {
                memory::set_account(conn, person, account)?;
            }
        }
        Effect::Settle { grants } => {
            for (key, cause) in grants {
                memory::store_ended(conn, key, *cause, today)?;
            }
            // What stands nowhere any more uses no account: a return is a new application and a new account.
            if let (Some(person), Subject::Account(account)) = (&step.person, &step.subject) {
                memory::leave_account(conn, person, account)?;
            }
        }
        Effect::Sweep { .. } | Effect::Amend { .. } => {}
    }
    Ok(())
}
