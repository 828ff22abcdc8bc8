//! This module finds facts about a filter before any user is read. It finds a key for all matching users and the
//! values that they are sure to have. It also finds whether the filter uses values that are computed only for an
//! answer.

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

/// Returns whether the value at this position is computed only for an answer.
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

pub(super) fn asks_for_one(node: &Node) -> bool {
    matches!(node, Node::Compare(Spot { home: Home::Core, attribute, sub: None }, CompareOp::Eq, Needle::Text { .. })
        if matches!(attribute.name, "userName" | "externalId"))
}

pub(super) fn narrow(node: &Node) -> Option<Narrow> {
    match node {
        Node::All(all) => all.iter().find_map(narrow),
        Node::Compare(spot, CompareOp::Eq, Needle::Text { exact, folded }) => {
            let Spot { home: Home::Core, attribute, sub: None } = spot else { return None };
            match attribute.name {
                "id" => Some(Narrow::Id(exact.clone())),
                "externalId" => Some(Narrow::External(exact.clone())),
                // The database ignores case only for ASCII letters. Logins are in NFC, and no other letter in NFC
                // folds to an ASCII letter.
                "userName" if folded.is_ascii() => Some(Narrow::Login(folded.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}
