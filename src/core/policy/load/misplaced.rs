//! Finds policies in a file that is asked about none of their requests. Such a policy decides nothing, no matter what
//! it says, and no promise and no comparison would show it.

use cedar_policy::{PolicySet, RequestEnv, Schema};

use super::super::place::PolicyText;
use super::{ADMINISTRATION, ADVICE, CAPABILITIES};
use crate::diag::{Finding, text};

/// Returns the file whose policies decide about requests of this kind. It is `None` for those that nobody decides.
fn decides(env: &RequestEnv) -> Option<&'static str> {
    match env.principal().to_string().as_str() {
        "Administrator" => Some(ADMINISTRATION),
        "Holder" => Some(CAPABILITIES),
        _ => None,
    }
}

/// Returns whether the policies of this file are asked about requests of this kind. Advice is given on an access and on
/// what the program sees of a trust.
fn is_asked(path: &str, env: &RequestEnv) -> bool {
    match path {
        ADVICE => env.resource().to_string() == "Access" || env.principal().to_string() == "Watch",
        path => decides(env) == Some(path),
    }
}

/// Finds the policies of a valid file that it is never asked about.
pub(super) fn misplaced(text: &PolicyText, policies: &PolicySet, schema: &Schema) -> Vec<Finding> {
    let path = text.path.as_str();
    let mut findings = Vec::new();
    for policy in policies.policies() {
        let about: Vec<RequestEnv> = policy.get_valid_request_envs(schema).collect();
        if about.is_empty() || about.iter().any(|env| is_asked(path, env)) {
            continue;
        }
        let id: &str = policy.id().as_ref();
        let message = text!(
            en: "the policy `{id}` decides nothing here: `{path}` is never asked about such requests",
            nb: "tilgangsregelen `{id}` avgjør ingenting her: `{path}` blir aldri spurt om slike forespørsler"
        );
        let named = format!("@id(\"{id}\")");
        let start = text.words.find(&named).unwrap_or_default();
        let mut finding = text.finding(message, start, start + named.len());
        if let Some(file) = about.iter().find_map(decides) {
            finding.way_out = text!(
                en: "Move it to `{file}`, which decides about them.",
                nb: "Flytt den til `{file}`, som avgjør dem."
            );
        }
        findings.push(finding);
    }
    findings
}
