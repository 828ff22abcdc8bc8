//! Tells what has happened to the access of a row since its list was made. The row keeps what was true then, and a list
//! on a branch of its own does not see what was merged beside it. So the person who answers is told what the newest
//! files say.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{GrantKey, Review, ReviewRow};

use super::list::ReviewDesk;
use crate::cli::output;
use crate::config::Global;

/// Tells how the newest files differ from a row about its access. It is `None` if they say the same. It is also `None`
/// if a file of the trust is in error, because then an access that is not found may be there.
pub(super) fn since(row: &ReviewRow, list: &Review, newest: &ReviewDesk) -> Option<Text> {
    let base = &newest.base;
    let key = GrantKey { person: base.meant(&row.key.person).clone(), ..row.key.clone() };
    let Some(standing) = base.standing(&key) else {
        return newest.reads_whole(&list.trust).is_ok().then(|| {
            text!(
                en: "taken out of the files after the list was made",
                nb: "tatt ut av filene etter at listen ble laget"
            )
        });
    };
    let grant = &standing.grant;
    if let Some(revocation) = &grant.revoked {
        let (by, on) = (newest.who(&revocation.by), revocation.on);
        return Some(text!(
            en: "revoked by {by} on {on}, after the list was made",
            nb: "trukket tilbake av {by} {on}, etter at listen ble laget"
        ));
    }
    if (&grant.role, grant.from, grant.until) == (&row.role, row.from, row.until) {
        return None;
    }
    let until = grant.until.map_or_else(
        || text!(en: "no end", nb: "ingen slutt"),
        |day| text!(en: "until {day}", nb: "til {day}"),
    );
    let (role, from) = (&grant.role, grant.from);
    Some(text!(
        with until;
        en: "changed after the list was made: now {role} from {from}, {until}",
        nb: "endret etter at listen ble laget: nå {role} fra {from}, {until}"
    ))
}

/// Some accesses were just answered without being shown. Tells the user which of them have changed since their rows
/// were made.
pub(super) fn tell(global: &Global, before: &Review, new: &Review, newest: &ReviewDesk) {
    let given = before.rows.iter().zip(&new.rows).filter(|(old, row)| old.answered != row.answered);
    for (_, row) in given {
        let Some(since) = since(row, new, newest) else { continue };
        let who = newest.who(&row.key.person);
        output::tell(global, &text!(with since; en: "{who}: {since}", nb: "{who}: {since}"));
    }
}
