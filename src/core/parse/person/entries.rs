//! The list of entries below `access`, and entries that rest on the same request.

use std::collections::BTreeMap;

use super::super::entry::Entry;
use super::super::node::{Node, Value};
use super::super::page::FilePage;
use super::super::walk::{Fields, missing_key};
use crate::diag::{Code, Finding, text};
use crate::model::{ApplicationId, RequestId, UnitId};

/// The nodes of the entries. A missing or empty list is a finding.
pub(super) fn access_nodes<'p, 'a>(fields: &Fields<'p, 'a>, held: &mut Vec<Finding>) -> &'p [Node<'a>] {
    let (code, span, message) = match fields.item("access").map(|item| (item.node.span, &item.node.value)) {
        Some((_, Value::List(nodes))) if !nodes.is_empty() => return nodes,
        Some((span, Value::List(_) | Value::Null)) => {
            let message = text!(en: "`access` has no entries.", nb: "`access` har ingen oppføringer.");
            (Code::BadValue, span, message)
        }
        Some((span, _)) => {
            let message = text!(
                en: "`access` is no list of entries.",
                nb: "`access` er ingen liste av oppføringer."
            );
            (Code::BadValue, span, message)
        }
        // The misspelt key has a finding already.
        None if fields.is_there_with_a_slip("access") => return &[],
        None => (Code::MissingKey, fields.span, missing_key("access")),
    };
    let way_out = text!(
        en: "Write the entries below `access:`, each beginning with a hyphen; whose access ends has the file deleted.",
        nb: "Skriv oppføringene under `access:`, hver med en bindestrek først; når tilgangen skal opphøre, slettes filen."
    );
    held.push(fields.page.finding(code, span, message, way_out));
    &[]
}

/// Refuses entries with the same request. A request serves one entry (R33), and nobody can know which of the two is
/// right.
pub(super) fn refuse_duplicates(page: FilePage<'_>, entries: &mut [Entry]) {
    if entries.len() < 2 {
        return;
    }
    let mut seen: BTreeMap<(ApplicationId, UnitId, RequestId), u32> = BTreeMap::new();
    for key in entries.iter().filter_map(entry_key) {
        *seen.entry(key).or_default() += 1;
    }
    for entry in entries {
        let Some(key) = entry_key(entry).filter(|key| seen.get(key).is_some_and(|count| *count > 1)) else {
            continue;
        };
        let (application, unit, request) = key;
        let span = match entry {
            Entry::Valid { places, .. } => places.request,
            Entry::Invalid { place, .. } => *place,
        };
        let message = text!(
            en: "Two entries for `{application}` at {unit} rest on the request `{request}`.",
            nb: "To oppføringer for `{application}` ved {unit} bygger på søknaden `{request}`."
        );
        let way_out = text!(
            en: "Keep the entry that is right and delete the other; another access needs a request of its own.",
            nb: "Behold oppføringen som er riktig, og slett den andre; en annen tilgang trenger egen søknad."
        );
        let finding = page.finding(Code::DuplicateEntry, span, message, way_out);
        match entry {
            Entry::Invalid { findings, .. } => findings.push(finding),
            Entry::Valid { grant, places } => {
                *entry = Entry::Invalid {
                    application: Some(application),
                    unit: Some(unit),
                    request: Some(request),
                    revoked: grant.revoked.clone(),
                    place: places.entry,
                    findings: vec![finding],
                };
            }
        }
    }
}

fn entry_key(entry: &Entry) -> Option<(ApplicationId, UnitId, RequestId)> {
    match entry {
        Entry::Valid { grant, .. } => {
            Some((grant.key.application.clone(), grant.key.unit, grant.key.request.clone()))
        }
        Entry::Invalid { application, unit, request, .. } => {
            Some((application.clone()?, (*unit)?, request.clone()?))
        }
    }
}
