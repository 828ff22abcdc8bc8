//! Takes back a rejection that was wrong. Its entry leaves the list, in a change of its own, and the number may serve
//! once that is merged.

use portvakt_author::{WithdrawnRejection, unreject};
use portvakt_core::diag::text;
use portvakt_core::model::{Rejection, RequestId};

use super::{in_a_branch, trust};
use crate::cli::author::{Made, Stop, Work, cannot};

/// Returns the change that takes the rejection of a number out of its list. `typed` names the trust, if an option does.
pub(super) fn undone(work: &Work<'_>, request: &RequestId, typed: Option<&str>) -> Result<Made, Stop> {
    let of_trust = typed.map(|typed| trust(work, Some(typed), None)).transpose()?;
    let found = unreject(&work.desk, request, of_trust.as_ref()).map_err(|error| cannot(&error))?;
    let Some(WithdrawnRejection { draft, trust, rejection }) = found else {
        return Err(Stop::already(vec![text!(
            en: "No list of rejected applications has the number {request}. If its rejection waits on a branch, close the request for that branch at the forge.",
            nb: "Ingen liste over avviste søknader har nummeret {request}. Venter avvisningen på en gren, lukk forespørselen for den grenen på kodeplattformen."
        )]));
    };
    let Rejection { request, on, by, .. } = &rejection;
    let by = work.called(by);
    let follows = text!(
        en: "The application was rejected on {on} by {by}. When this is taken in, its number may serve: `portvakt grant --request {request}` then gives the access.",
        nb: "Søknaden ble avvist {on} av {by}. Når dette er tatt inn, kan nummeret gi tilgang: `portvakt grant --request {request}` gir den da."
    );
    Ok(Made {
        slug: format!("undo-reject-{}", in_a_branch(request)),
        sentence: format!("Take out the rejection of the application {request} at {trust}"),
        draft,
        besides: vec![follows],
        repeats: Vec::new(),
    })
}
