//! The approvals that a request of the forge gives a change of the protected files. Nothing in these files says who
//! approved them or when, so the request says it. The whole change comes in one request, its approvals are not older than
//! a signature may be, and they serve once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::judge::{Rules, STATEMENT_DAYS};
use crate::model::{Digest, Evidence, FilePath, ForgeSettings, Hasher, PersonId, ReviewedChange};
use crate::tree::Snapshot;
use crate::zone::time_zone;

use super::scales::{Scales, changed_files};
use super::sought::FileReviews;
use super::trusted_day::day_in;

/// Returns the people whose approval of a request stands for the change from the accepted rules to the proposed ones, by
/// the number of the request.
///
/// A request counts if it is the last one that changed each of the changed files, and has changed each from what is in force
/// to what the tree has. So an old file that is put back has the approvals of the request that put it back, and no part of a
/// request is used without the others. A request that has served for these rules does not serve again.
pub fn reviewers_by_request(
    forge: &ForgeSettings,
    [accepted, proposed]: [&Rules; 2],
    tree: &Snapshot,
    scales: &Scales<'_>,
) -> BTreeMap<u64, BTreeSet<PersonId>> {
    // A register with another time zone is not in force.
    let Ok(zone) = time_zone(&accepted.register.time_zone) else { return BTreeMap::new() };
    let is_recent = |change: &ReviewedChange| {
        change.circumstances.given.is_some_and(|given| {
            let last = day_in(&zone, given).checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX);
            last >= scales.today
        })
    };
    let of_file = |(path, now): (&FilePath, &Option<Arc<[u8]>>)| -> BTreeSet<(u64, PersonId)> {
        let was = scales.before.get(path).map(|bytes| &**bytes).unwrap_or_default();
        let now = now.as_deref().unwrap_or_default();
        let is_it = |change: &&ReviewedChange| {
            change.old.as_deref().unwrap_or_default() == was
                && change.new.as_deref().unwrap_or_default() == now
                && change.circumstances.is_whole
                && change.circumstances.later.is_empty()
                && is_recent(change)
        };
        let known = scales.reviews.get(path).map(Vec::as_slice).unwrap_or_default();
        known.iter().filter(is_it).map(|change| (change.review.request, change.review.by.clone())).collect()
    };
    let changed = changed_files(scales.before, tree);
    let of_all = changed.iter().map(of_file).reduce(|all, one| all.intersection(&one).cloned().collect());
    let mut requests: BTreeMap<u64, BTreeSet<PersonId>> = BTreeMap::new();
    for (request, by) in of_all.unwrap_or_default() {
        if !scales.used.contains(&served_request(forge, [accepted, proposed], request)) {
            requests.entry(request).or_default().insert(by);
        }
    }
    requests
}

/// Returns what the requests are remembered by that the forge knows of proposed rules, when the rules are in force. It is
/// nothing where the forge is not the evidence.
#[must_use]
pub fn served_requests(accepted: &Rules, proposed: &Rules, reviews: &FileReviews) -> BTreeSet<Digest> {
    let Evidence::Forge(forge) = &accepted.register.evidence else { return BTreeSet::new() };
    let newest = reviews.values().flatten().filter(|change| change.circumstances.later.is_empty());
    let requests: BTreeSet<u64> = newest.map(|change| change.review.request).collect();
    requests.into_iter().map(|request| served_request(forge, [accepted, proposed], request)).collect()
}

/// Returns what a request is remembered by when it has put rules in force.
fn served_request(forge: &ForgeSettings, [accepted, proposed]: [&Rules; 2], request: u64) -> Digest {
    let mut hasher = Hasher::new("portvakt settings by request 1");
    hasher.part(accepted.register.id.as_bytes()).part(forge.project.as_bytes());
    hasher.part(&request.to_be_bytes()).part(proposed.digest.as_bytes());
    hasher.finish()
}
