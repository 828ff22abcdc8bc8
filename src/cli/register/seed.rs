//! `portvakt register seed` gives every open account fictional history, and says how much.

use portvakt_core::diag::{Finding, Noun, text};
use portvakt_stores::tables::Seeded;

use crate::cli::fictional::{COURSES, SUBSCRIPTIONS, fill_register};
use crate::cli::output;
use crate::config::Global;

const FORMS: Noun = Noun::new(["form", "forms"], ["skjema", "skjemaer"]);

/// Fills the register with the history of this number.
pub(super) fn seed(global: &Global, number: u64) -> Result<(), Finding> {
    let Seeded { accounts, courses, forms, subscriptions } = fill_register(global, number)?;
    let (accounts, courses) = (Noun::ACCOUNTS.count(accounts), COURSES.count(courses));
    let (forms, subscriptions) = (FORMS.count(forms), SUBSCRIPTIONS.count(subscriptions));
    output::say(
        global,
        &text!(
            with accounts, courses, forms, subscriptions;
            en: "All fictional, for {accounts}: {courses}, {forms} and {subscriptions}.\n",
            nb: "Bare oppdiktet, for {accounts}: {courses}, {forms} og {subscriptions}.\n"
        ),
    );
    Ok(())
}
