//! Runs the cases of `policies/tests` in a check. They are given to the policies of the tree itself, since their author
//! means these. A pass does not run them. Access to the register only depends on the policies in force, and not on
//! files beside them.

use crate::diag::{Code, Finding, text};
use crate::judge::Rules;
use crate::policy::{has_cases, try_cases};
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
