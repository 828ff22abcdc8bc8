//! Gives a test a smaller set of policies. A proof puts several hundred questions to the solver, and most tests are about
//! a few of them.
//!
//! [`only_about`] leaves of a tree what is about some actions, in the words that are shipped. [`few`] is for tests that
//! need any set at all.

use std::path::Path;

use portvakt_core::policy::CapabilityAct;

use super::{ADMINISTRATION, CAPABILITIES, policies};
use crate::cli::desk::Desk;

const NEVER: &str = "policies/never.cedar";
const ALWAYS: &str = "policies/always.cedar";
const ASSUMED: &str = "policies/assumed.cedar";

/// What administrators do.
const OF_ADMINISTRATORS: [&str; 6] = ["grant", "change", "revoke", "attest", "release", "suspend"];
/// To approve an access, and a change of one.
pub(crate) const APPROVING: [&str; 2] = ["grant", "change"];
/// What SC does with national data and consent, and to unlock a form, which SC does too.
pub(crate) const NATIONAL_AND_UNLOCKING: [&str; 5] =
    ["read-national", "unlock-form", "change-consent", "remove-consent", "register-reservation"];

/// What a policy begins with.
const BEGINS: &str = "\n@id(\"";

/// Leaves the policies, promises and assumptions about these actions, and takes the others out of the tree. Where a file
/// of policies keeps some, a promise says that all else is never permitted. Where it would keep none, one policy permits
/// everything, and a promise says so.
pub(crate) fn only_about(desk: &Desk, actions: &[&str]) {
    let shipped = policies(desk);
    // What a role lets its holder do.
    let of_holders: Vec<&str> = shipped.capability_acts().map(CapabilityAct::as_str).collect();
    let any_holder = of_holders.iter().any(|action| actions.contains(action));
    let is_kept = |policy: &str| {
        let named: Vec<&str> =
            policy.split("Action::\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        // The ones about all actions are about holders.
        if named.is_empty() { any_holder } else { named.iter().any(|action| actions.contains(action)) }
    };
    for file in [ADMINISTRATION, CAPABILITIES, NEVER, ALWAYS, ASSUMED] {
        let path = desk.root().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let mut policies = text.split(BEGINS);
        let mut kept = policies.next().unwrap().to_owned();
        for policy in policies.filter(|policy| is_kept(policy)) {
            kept.push_str(BEGINS);
            kept.push_str(policy);
        }
        std::fs::write(path, kept).unwrap();
    }
    for (file, who, all) in
        [(ADMINISTRATION, "Administrator", &OF_ADMINISTRATORS[..]), (CAPABILITIES, "Holder", &of_holders[..])]
    {
        let kind = who.to_lowercase();
        let rest: Vec<String> = all
            .iter()
            .filter(|action| !actions.contains(action))
            .map(|action| format!("Action::\"{action}\""))
            .collect();
        if rest.len() == all.len() {
            let everything = format!("permit (principal is {who}, action, resource);");
            add(desk, file, &format!("every-{kind}"), &everything);
            add(desk, ALWAYS, &format!("always-every-{kind}"), &everything);
        } else if !rest.is_empty() {
            let rest = rest.join(", ");
            let nothing = format!("permit (principal is {who}, action in [{rest}], resource);");
            add(desk, NEVER, &format!("never-the-rest-of-{kind}"), &nothing);
        }
    }
}

/// Writes one policy more at the end of a file.
fn add(desk: &Desk, file: &str, id: &str, policy: &str) {
    let path = desk.root().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let says = "@rule(\"R1\")\n@says(\"So it is.\")\n@says_nb(\"Slik er det.\")";
    std::fs::write(path, format!("{text}{BEGINS}{id}\")\n{says}\n{policy}\n")).unwrap();
}

/// The example tree with a set of three policies, which promises all that it decides. It has neither assumptions nor cases.
pub(crate) fn few() -> Desk {
    let desk = Desk::tree();
    let policies = desk.root().join("policies");
    let set = Path::new(crate::ROOT).join("tests/program/prove/few");
    for file in std::fs::read_dir(set).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), policies.join(file.file_name())).unwrap();
    }
    std::fs::remove_file(desk.root().join(ASSUMED)).unwrap();
    std::fs::remove_dir_all(policies.join("tests")).unwrap();
    desk
}
