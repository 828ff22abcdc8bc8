//! Keys that one mapping lacks. A file that was cut off lacks many keys because of one slip, so one finding names all
//! of them.

use std::collections::BTreeMap;

use crate::diag::{Code, Finding, Place, Text, text};

/// Joins the findings about missing keys of one place. The other findings stay as they are, in their order.
pub(super) fn together(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Vec<Finding>> = Vec::new();
    let mut begun: BTreeMap<Place, usize> = BTreeMap::new();
    for finding in findings {
        let place = finding.place.clone().filter(|_| key_of(&finding).is_some());
        let at = place.as_ref().and_then(|place| begun.get(place)).copied();
        if let Some(group) = at.and_then(|at| told.get_mut(at)) {
            group.push(finding);
            continue;
        }
        if let Some(place) = place {
            begun.insert(place, told.len());
        }
        told.push(vec![finding]);
    }
    told.into_iter().filter_map(as_one).collect()
}

/// The key that a finding reports as missing. It is `None` for a finding about anything else.
fn key_of(finding: &Finding) -> Option<&str> {
    if finding.code != Code::MissingKey {
        return None;
    }
    finding.message.en().strip_prefix('`')?.strip_suffix("` is missing.").filter(|key| !key.contains('`'))
}

fn as_one(mut group: Vec<Finding>) -> Option<Finding> {
    if group.len() < 2 {
        return group.pop();
    }
    let keys: Vec<String> = group.iter().filter_map(key_of).map(|key| format!("`{key}`")).collect();
    let (last, most) = keys.split_last()?;
    let most = most.join(", ");
    let message = text!(en: "{most} and {last} are missing.", nb: "{most} og {last} mangler.");
    let mut steps: Vec<Text> = Vec::new();
    for finding in &group {
        if !steps.contains(&finding.way_out) {
            steps.push(finding.way_out.clone());
        }
    }
    if keys.len() > 2 {
        steps.push(text!(
            en: "If the file was cut off, put it back as it was.",
            nb: "Er filen blitt kuttet av, legg den tilbake slik den var."
        ));
    }
    let mut rules: Vec<String> = group.iter().flat_map(|finding| finding.rules.iter().cloned()).collect();
    rules.sort();
    rules.dedup();
    let first = group.into_iter().next()?;
    Some(Finding { message, way_out: Text::joined(steps, " "), rules, ..first })
}
