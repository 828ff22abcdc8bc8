//! Collects what belongs to the lists of rejected applications: what the forge knows of them, their signature files,
//! and the files of the people whose accesses rest on the same numbers. The forge is only asked about lists with a
//! rejection that does not count yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::{Base, ChangeSet};
use crate::diag::{Code, Finding, text};
use crate::evidence::SignatureFile;
use crate::judge::{ApprovedRejections, Used};
use crate::model::{Digest, Evidence, FilePath, Register, RequestId, TrustId};
use crate::parse;
use crate::tree::{ListFiles, with_lf};

use super::head::fault_finding;
use super::sought::FileReviews;

/// Returns the lists with a rejection that does not count yet. The forge is asked only about these. There are none if
/// the forge is not the evidence.
#[must_use]
pub fn unproven_rejections(files: &ListFiles, register: &Register, used: &Used) -> BTreeSet<FilePath> {
    if !matches!(register.evidence, Evidence::Forge(_)) {
        return BTreeSet::new();
    }
    let lists = files.lists().filter(|(path, bytes)| !statements(path, bytes, register).is_subset(used));
    lists.map(|(path, _)| path.clone()).collect()
}

/// Returns, for each statement of a rejection, the people who approved the change that brought it. `reviews` is what
/// the forge knows of the lists that [`unproven_rejections`] names. A rejection that was taken out of the list by a later
/// change, and put back, has been brought by the change that put it back. A slip takes nothing out, so a version that
/// cannot be read is passed over, as in `put_back`.
#[must_use]
pub fn approved_rejections(reviews: &FileReviews, register: &Register) -> ApprovedRejections {
    let mut approved: ApprovedRejections = BTreeMap::new();
    for (path, changes) in reviews {
        for change in changes {
            let said = |bytes: &Option<Arc<[u8]>>| {
                bytes.as_ref().map_or_else(BTreeSet::new, |bytes| {
                    statements(path, &with_lf(Arc::clone(bytes)), register)
                })
            };
            // A person who approved a later change has not approved the statements from before it.
            let before = said(&change.old);
            let is_read = |bytes: &&Option<Arc<[u8]>>| {
                bytes.as_ref().is_none_or(|bytes| {
                    parse::rejections(path, &with_lf(Arc::clone(bytes)), register).is_ok()
                })
            };
            let later = change.circumstances.later.iter().filter(is_read);
            let later: Vec<BTreeSet<Digest>> = later.map(said).collect();
            for statement in said(&change.new).difference(&before) {
                if later.iter().all(|said| said.contains(statement)) {
                    approved.entry(*statement).or_default().insert(change.review.by.clone());
                }
            }
        }
    }
    approved
}

/// Returns findings about the parts of the lists' signature files that are not signatures. The well-formed signatures
/// in them still count. `read` reads such a file.
pub fn faults(files: &ListFiles, read: impl Fn(&[u8]) -> SignatureFile) -> Vec<Finding> {
    let of_list = |path: &FilePath| {
        let read = read(files.signatures(path));
        read.faults.iter().map(|fault| fault_finding(&path.signatures(), fault)).collect::<Vec<_>>()
    };
    files.lists().flat_map(|(path, _)| of_list(path)).collect()
}

/// Finds new rejections of a number that is not a waiting application of the list's trust. It may belong to an accepted
/// access, or to a new entry at another trust. Then only that trust decides about it. `lists` are the lists before and
/// after. A check stops such rejections before they are merged. An accepted access on such a number stays in any case.
pub fn of_served(
    lists: (&ListFiles, &ListFiles),
    register: &Register,
    base: &Base,
    changes: &ChangeSet,
) -> Vec<Finding> {
    let (before, now) = lists;
    let known: Used = before.lists().flat_map(|(path, bytes)| statements(path, bytes, register)).collect();
    let mut findings = Vec::new();
    for (path, bytes) in now.lists() {
        let Ok(parsed) = parse::rejections(path, bytes, register) else { continue };
        let words = String::from_utf8_lossy(bytes);
        for entry in &parsed.entries {
            if known.contains(&entry.rejection.statement_digest(&register.id, &parsed.written)) {
                continue;
            }
            let request = &entry.rejection.request;
            let Some(trust) = served_at(base, changes, request, &parsed.trust) else { continue };
            let message = text!(
                en: "the application `{request}` cannot be rejected here: its number stands in a person's file at {trust}",
                nb: "søknaden `{request}` kan ikke avvises her: nummeret står i en persons fil ved {trust}"
            );
            let way_out = text!(
                en: "Take this entry out. An application that was granted is not rejected: whoever decides at {trust} takes the access back with `portvakt revoke`.",
                nb: "Ta ut denne oppføringen. En søknad som er innvilget, avvises ikke: den som avgjør ved {trust}, trekker tilgangen tilbake med `portvakt revoke`."
            );
            let place = entry.request.place(path, &words);
            findings.push(Finding::new(Code::RequestOfAnother, message, way_out).at(place));
        }
    }
    findings
}

/// Returns the trust with the number in one of its entries: in an accepted entry, or in a new entry of another trust
/// than that of the list.
fn served_at<'a>(
    base: &'a Base,
    changes: &'a ChangeSet,
    request: &RequestId,
    list: &TrustId,
) -> Option<&'a TrustId> {
    let standing = base.people.values().flat_map(|known| known.grants.values());
    let accepted = standing.map(|standing| &standing.grant);
    let new = changes.gives.iter().map(|change| &change.after.grant).filter(|grant| grant.trust != *list);
    accepted.chain(new).find(|grant| grant.key.request.is_same(request)).map(|grant| &grant.trust)
}

/// The digests of the statements of a list. A list that cannot be read has none.
pub(super) fn statements(path: &FilePath, bytes: &[u8], register: &Register) -> BTreeSet<Digest> {
    let Ok(parsed) = parse::rejections(path, bytes, register) else { return BTreeSet::new() };
    let digest =
        |entry: &parse::RejectedEntry| entry.rejection.statement_digest(&register.id, &parsed.written);
    parsed.entries.iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ForgeApproval, PersonId, ReviewCircumstances, ReviewedChange};

    const LIST: &str = "requests/ahus.yaml";
    const ONE: &str = "rejected:\n  - {request: REQ-1, on: 2026-11-23, by: lars.demostad, reason: no need}\n";
    const TWO: &str = "  - {request: REQ-2, on: 2026-11-24, by: bjorn.lederesen, reason: no need}\n";

    fn register(evidence: &str) -> Register {
        let text = include_str!("../../../desired-state/register.yaml");
        let text = text.replacen("evidence: declared\n", evidence, 1);
        parse::register(&FilePath::new("desired-state/register.yaml"), text.as_bytes()).unwrap()
    }

    fn by_forge() -> Register {
        register(
            "evidence: forge\nforge:\n  kind: github\n  api: https://api.example.no\n  project: clinic/access\n  branch: main\n  accounts: {11: lars.demostad, 12: bjorn.lederesen}\n",
        )
    }

    fn person(id: &str) -> PersonId {
        PersonId::new(id).unwrap()
    }

    fn files(text: &str) -> ListFiles {
        let mut files = ListFiles::of(crate::tree::ListFolder::Requests);
        files.files.insert(FilePath::new(LIST), text.as_bytes().into());
        files
    }

    fn change(by: &str, old: Option<&str>, new: &str) -> ReviewedChange {
        let bytes = |text: &str| -> Arc<[u8]> { text.as_bytes().into() };
        ReviewedChange {
            review: ForgeApproval { by: person(by), request: 7, head: "abc".to_owned() },
            old: old.map(bytes),
            new: Some(bytes(new)),
            circumstances: ReviewCircumstances::default(),
        }
    }

    #[test]
    fn whoever_approves_a_change_has_approved_what_it_brought_and_nothing_before_it() {
        let (register, both) = (by_forge(), format!("{ONE}{TWO}"));
        let changes = vec![
            change("bjorn.lederesen", Some(ONE), &both),
            change("lars.demostad", None, &ONE.replace('\n', "\r\n")),
        ];
        let found = approved_rejections(&[(FilePath::new(LIST), changes)].into(), &register);
        let of = |text: &str| statements(&FilePath::new(LIST), text.as_bytes(), &register);
        let first = of(ONE);
        let second: Vec<Digest> = of(&both).difference(&first).copied().collect();
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_eq!(found.len(), 2);
        assert_eq!(found[first.first().unwrap()], BTreeSet::from([person("lars.demostad")]));
        assert_eq!(found[&second[0]], BTreeSet::from([person("bjorn.lederesen")]));
    }

    #[test]
    fn a_rejection_that_was_taken_out_since_is_not_approved_by_whoever_approved_it_then() {
        let (register, none) = (by_forge(), "rejected: []\n");
        let bytes = |text: &str| -> Option<Arc<[u8]>> { Some(text.as_bytes().into()) };
        let both = format!("{ONE}{TWO}");
        for (later, counts) in [
            (vec![], true),
            (vec![bytes(&both)], true),
            (vec![bytes(ONE), bytes("rejected: [")], true),
            (vec![bytes(ONE), bytes(none)], false),
            (vec![bytes(ONE), None], false),
            (vec![bytes(ONE), bytes(&both), bytes(none), bytes(ONE)], false),
        ] {
            let mut first = change("lars.demostad", None, ONE);
            first.circumstances.later = later;
            // Whoever approved that it is taken out has not approved it either.
            let out = change("lars.demostad", Some(ONE), none);
            let found = approved_rejections(&[(FilePath::new(LIST), vec![out, first])].into(), &register);
            assert_eq!(found.len(), usize::from(counts), "{found:?}");
        }
    }

    #[test]
    fn the_forge_is_asked_only_where_it_is_the_evidence_of_something_new() {
        let asked = BTreeSet::from([FilePath::new(LIST)]);
        let known: Used = statements(&FilePath::new(LIST), ONE.as_bytes(), &by_forge());
        assert_eq!(unproven_rejections(&files(ONE), &by_forge(), &Used::new()), asked);
        assert_eq!(unproven_rejections(&files(&format!("{ONE}{TWO}")), &by_forge(), &known), asked);
        assert_eq!(unproven_rejections(&files(ONE), &by_forge(), &known), BTreeSet::new());
        let declared = register("evidence: declared\n");
        assert_eq!(unproven_rejections(&files(ONE), &declared, &Used::new()), BTreeSet::new());
    }
}
