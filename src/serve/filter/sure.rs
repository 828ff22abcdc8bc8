//! What a filter says before anybody is asked: which key everything that matches is found by, which values it surely
//! has, and whether it looks at what is worked out for an answer alone.

use scim_v2::filter::CompareOp;
use serde_json::Value;

use super::super::schema::Home;
use super::{Narrow, Needle, Node, Spot};

pub(super) fn looks_at_answers(node: &Node) -> bool {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().any(looks_at_answers),
        Node::Not(inner) => looks_at_answers(inner),
        Node::Present(spot) | Node::Compare(spot, ..) => of_answers(*spot),
        Node::Within(spot, _) => spot.attribute.name == "meta",
    }
}

/// Whether what stands here is worked out for an answer alone.
pub(crate) fn of_answers(spot: Spot) -> bool {
    spot.attribute.name == "meta" && spot.sub.is_none_or(|sub| matches!(sub.name, "version" | "location"))
}

pub(super) fn equalities(node: &Node, found: &mut Vec<(&'static str, Value)>) {
    match node {
        Node::All(all) => all.iter().for_each(|node| equalities(node, found)),
        Node::Compare(spot, CompareOp::Eq, Needle::Text { exact, .. }) => {
            found.push((spot.attribute.name, Value::String(exact.clone())));
        }
        Node::Compare(spot, CompareOp::Eq, Needle::Bool(is)) => {
            found.push((spot.attribute.name, Value::Bool(*is)));
        }
        _ => {}
    }
}

pub(super) fn narrow(node: &Node) -> Option<Narrow> {
    match node {
        Node::All(all) => all.iter().find_map(narrow),
        Node::Compare(spot, CompareOp::Eq, Needle::Text { exact, folded }) => {
            let Spot { home: Home::Core, attribute, sub: None } = spot else { return None };
            match attribute.name {
                "id" => Some(Narrow::Id(exact.clone())),
                "externalId" => Some(Narrow::External(exact.clone())),
                // The database folds the case of ASCII letters alone; logins are NFC, where no other letter folds to
                // one of them.
                "userName" if folded.is_ascii() => Some(Narrow::Login(folded.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}
