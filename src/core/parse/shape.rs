//! The shapes of a person's file and of `register.yaml`: which keys may be below which key. Only the search for lines
//! with too little indent uses them. Everything else reads a file key by key, with readers that list their own keys.

use Shape::{Keys, List, Names, Numbers, Value};

/// The shape of the value of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A value, on the line of its key.
    Value,
    /// A mapping with some of these keys. The second list gives the shapes of keys that have more than a simple value.
    Keys(&'static [&'static str], &'static [(&'static str, Shape)]),
    /// A mapping whose keys are names that the file gives.
    Names(&'static Shape),
    /// A mapping whose keys are numbers that the file gives.
    Numbers(&'static Shape),
    /// A list whose entries have this shape.
    List(&'static Shape),
}

impl Shape {
    /// Returns the shape below a key of a mapping of this shape. A foreign key may itself have too little indent, so it
    /// is searched in the whole shape.
    pub(super) fn below(self, key: &str) -> Self {
        match self {
            Keys(keys, below) => match below.iter().find(|(known, _)| *known == key) {
                Some((_, shape)) => *shape,
                None if keys.contains(&key) => Value,
                None => self.anywhere(key).unwrap_or(Value),
            },
            Names(inner) | Numbers(inner) => *inner,
            Value | List(_) => Value,
        }
    }

    /// Returns whether a mapping of this shape has this key as its own.
    pub(super) fn has(self, key: &str) -> bool {
        matches!(self, Keys(keys, _) if keys.contains(&key))
    }

    /// The own keys of a mapping of this shape.
    pub(super) fn keys(self) -> &'static [&'static str] {
        if let Keys(keys, _) = self { keys } else { &[] }
    }

    /// Returns the shape below a key that has keys of its own, at any place in the file.
    pub(super) fn anywhere(self, key: &str) -> Option<Self> {
        match self {
            Keys(_, below) => below.iter().find_map(|(known, shape)| {
                let is_it = *known == key && matches!(shape, Keys(..));
                if is_it { Some(*shape) } else { shape.anywhere(key) }
            }),
            Names(inner) | Numbers(inner) | List(inner) => inner.anywhere(key),
            Value => None,
        }
    }
}

/// The keys below `approved`.
pub(super) const APPROVED_KEYS: &[&str] = &["by", "on", "identity", "contacted"];
/// The keys below `contacted`.
pub(super) const CONTACTED_KEYS: &[&str] = &["channel", "on"];
/// The keys below `revoked`.
pub(super) const REVOKED_KEYS: &[&str] = &["on", "by", "reason"];
/// The keys below `previously` in a person's file.
pub(super) const PREVIOUSLY_KEYS: &[&str] = &["person", "approved"];

/// The shape of `approved`.
pub(super) const APPROVED: Shape = Keys(APPROVED_KEYS, &[("contacted", Keys(CONTACTED_KEYS, &[]))]);
/// The shape of `revoked`.
pub(super) const REVOKED: Shape = Keys(REVOKED_KEYS, &[]);
/// The id that a person had before.
pub(super) const PREVIOUSLY: Shape = Keys(PREVIOUSLY_KEYS, &[("approved", APPROVED)]);

/// The shape of a role of the register.
pub(super) const ROLE: Shape = Keys(&["name", "counted"], &[]);
/// A unit of the register that opens or closes.
pub(super) const UNIT: Shape = Keys(&["name", "from", "until"], &[]);
/// The shape of `coordinators`.
pub(super) const COORDINATORS: Shape = Keys(&["role", "application"], &[]);
/// The shape of `removal_limits` and `addition_limits`.
pub(super) const LIMITS: Shape = Keys(
    &["trust", "all"],
    &[("trust", Keys(&["least", "percent"], &[])), ("all", Keys(&["least", "percent", "most"], &[]))],
);
/// The shape of `forge`.
pub(super) const FORGE: Shape =
    Keys(&["kind", "api", "project", "branch", "accounts"], &[("accounts", Numbers(&Value))]);
/// The accounts of the store.
pub(super) const ACCOUNTS: Shape =
    Keys(&["ignore", "adopt"], &[("ignore", List(&Value)), ("adopt", Names(&Value))]);

/// The keys that a trust of the register begins with, for lines that YAML cannot read.
pub(super) const IN_A_TRUST: Shape = Keys(&["name", "kind", "org_no", "host", "units"], &[]);

/// Returns the shape below a key of this name, for lines that YAML cannot read.
pub(super) fn of_key(key: &str) -> Option<Shape> {
    Some(match key {
        "approved" => APPROVED,
        "contacted" => APPROVED.below(key),
        "revoked" => REVOKED,
        "previously" => PREVIOUSLY,
        "coordinators" => COORDINATORS,
        "removal_limits" | "addition_limits" => LIMITS,
        "trust" | "all" => LIMITS.below(key),
        "forge" => FORGE,
        "accounts" => ACCOUNTS,
        _ => return None,
    })
}
