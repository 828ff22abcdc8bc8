//! Runs the cases of `policies/tests` in a check, and names those that a change takes away. They are given to the
//! policies of the tree itself, since their author means these. A pass does not run them. Access to the register only
//! depends on the policies in force, and not on files beside them.

use crate::diag::{Code, Finding, Text, text};
use crate::judge::Rules;
use crate::policy::{gone_cases, has_cases, read_cases, try_cases};
use crate::tree::Snapshot;

/// The largest number of findings. One policy may break a hundred cases, and a reviewer must still see everything else.
const MOST: usize = 10;

/// The findings about the cases of a tree: those that cannot be read, and each broken expectation. A tree without cases
/// has none.
#[must_use]
pub fn broken_cases(rules: &Rules, tree: &Snapshot) -> Vec<Finding> {
    if !has_cases(tree.policies()) {
        return Vec::new();
    }
    let mut findings = try_cases(&rules.policies, &rules.register, tree.policies()).findings;
    let more = findings.len().saturating_sub(MOST);
    findings.truncate(MOST);
    if more > 0 {
        let message = text!(
            en: "{more} more findings about the cases of `policies/tests` are left out here",
            nb: "{more} funn til om testtilfellene i `policies/tests` er utelatt her"
        );
        let way_out = text!(
            en: "`portvakt policy test` lists them all.",
            nb: "`portvakt policy test` lister alle."
        );
        findings.push(Finding::new(Code::PolicyCaseBroken, message, way_out));
    }
    findings
}

/// The most cases that are named.
const NAMED: usize = 5;

/// The finding about cases that a change takes away, or that it lets ask or expect something else. They decide nothing,
/// so the change needs nobody's approval. But a later loosening of a policy would then break no case.
#[must_use]
pub fn cases_gone(accepted: &Rules, base: &Snapshot, own: &Rules, tree: &Snapshot) -> Option<Finding> {
    let of =
        |rules: &Rules, tree: &Snapshot| read_cases(&rules.policies, &rules.register, tree.policies()).cases;
    let gone = gone_cases(&of(accepted, base), &of(own, tree));
    let count = gone.len();
    if count == 0 {
        return None;
    }
    let what = Text::first_of(gone.iter().map(|name| format!("`{name}`")), NAMED);
    let message = text!(
        with what;
        en: "{count} of the cases before are gone from `policies/tests`, or ask or expect something else now: {what}",
        nb: "{count} av testtilfellene fra før er borte fra `policies/tests`, eller spør om eller venter noe annet nå: {what}"
    );
    Some(Finding::new(Code::PolicyCasesGone, message, Code::PolicyCasesGone.next()))
}
