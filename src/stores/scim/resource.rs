//! A resource as the service writes it, and its account. This code sends no requests.
//!
//! Names of attributes are compared without regard to case (RFC 7643 section 2.1). Data that the program does not know
//! stays as the service returned it: other values among the roles, other attributes of the account.

use std::collections::BTreeMap;

use portvakt_core::characters::composed;
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{Account, AccountId};
use portvakt_core::store::{Beside, OpeningId, Shortfall, Wanted, falls_short_beside};
use serde_json::{Value, json};

use super::map::{Attribute, Map};

/// The longest id that is accepted, in bytes.
const LONGEST_ID: usize = 512;

/// An account with everything that the service returned about it.
#[derive(Debug, Clone)]
pub struct SeenAccount {
    /// The account, made from the attributes of the map.
    pub account: Account,
    /// The id of its opening.
    pub opening: Option<OpeningId>,
    /// Its version, if the service keeps versions.
    pub version: Option<String>,
    /// The version in the resource itself (`meta.version`), if the header has another one.
    pub own_version: Option<String>,
    /// Whether `version` is the one in the resource, because the one in the header was refused.
    pub on_own_version: bool,
    /// Whether the resource says that the account is active. `None` if it says nothing about it.
    pub says_active: Option<bool>,
    /// A role of the account that is not a right.
    pub other_role: Option<String>,
    /// The whole resource, as the service returned it.
    pub raw: Value,
}

impl SeenAccount {
    /// Returns the first thing that is still missing. It is `None` if the account is as the step wants it.
    pub fn falls_short(&self, wanted: &Wanted<'_>) -> Option<Shortfall> {
        let beside = Beside { other_role: self.other_role.clone(), ..Beside::default() };
        falls_short_beside(wanted, Some(&self.account), &beside)
    }

    /// Uses the version in the resource from now on. It returns whether that is another one.
    pub fn takes_own_version(&mut self) -> bool {
        let Some(own) = self.own_version.take() else { return false };
        self.version = Some(own);
        self.on_own_version = true;
        true
    }

    /// Judges a resource that says nothing about being active. Some services leave out a value that is false, so a
    /// service that says `true` elsewhere means `false` by that.
    pub fn judge_unsaid(&mut self, says_it_elsewhere: bool) {
        if self.says_active.is_none() && says_it_elsewhere {
            self.account.active = false;
        }
    }
}

/// Finds a member by its name, without regard to case.
pub fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object
        .get(name)
        .or_else(|| object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Returns the members of a list of discovery. It is a list response, or the bare list that some services send.
pub fn members(value: &Value) -> Vec<&Value> {
    let list = value.as_array().or_else(|| field(value, "Resources")?.as_array());
    list.map(|list| list.iter().collect()).unwrap_or_default()
}

/// Finds the value of an attribute. `null` counts as no value.
pub fn get<'v>(raw: &'v Value, attribute: &Attribute) -> Option<&'v Value> {
    let holder = match &attribute.schema {
        Some(schema) => field(raw, schema)?,
        None => raw,
    };
    let value = field(holder, &attribute.name).filter(|value| !value.is_null())?;
    match (&attribute.part, value) {
        (None, value) => Some(value),
        (Some(part), Value::Object(_)) => field(value, part).filter(|value| !value.is_null()),
        (Some(_), _) => Some(value),
    }
}

fn text_value(raw: &Value, attribute: &Attribute) -> Option<String> {
    get(raw, attribute)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns the text of one member of a list: the member itself, or its `value`.
pub fn value_of(member: &Value) -> Option<&str> {
    member.as_str().or_else(|| field(member, "value")?.as_str()).filter(|text| !text.is_empty())
}

fn primary_value(raw: &Value, attribute: &Attribute) -> Option<String> {
    let found = match get(raw, attribute)? {
        Value::Array(list) => {
            let first = |member: &&Value| field(member, "primary") == Some(&Value::Bool(true));
            let own = list.iter().find(first).and_then(value_of);
            own.or_else(|| list.iter().find_map(value_of))
        }
        other => value_of(other),
    };
    found.map(str::to_owned)
}

/// Returns the members of the list of roles.
pub fn roles<'v>(raw: &'v Value, map: &Map) -> Vec<&'v Value> {
    match get(raw, &map.roles) {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    }
}

/// Returns the id of a resource. A number is accepted too.
pub fn id_of(raw: &Value) -> Option<String> {
    let id = match field(raw, "id")? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(char::is_control)).then_some(id)
}

/// Reads a count, from a number or from a text of digits.
pub fn read_count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a resource as an account.
///
/// # Errors
/// Fails with a sentence that tells people why it is not a user.
pub fn seen_account(map: &Map, raw: Value, etag: Option<String>) -> Result<SeenAccount, Text> {
    let nameless =
        || text!(en: "a user without an id that can be used", nb: "en bruker uten en id som kan brukes");
    let id = id_of(&raw).ok_or_else(nameless)?;
    let id = AccountId::new(&id);
    let says_active = match get(&raw, &map.active) {
        None => None,
        Some(Value::Bool(said)) => Some(*said),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Some(true),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => Some(false),
        Some(Value::Number(number)) if number.as_u64() == Some(1) => Some(true),
        Some(Value::Number(number)) if number.as_u64() == Some(0) => Some(false),
        Some(_) => {
            return Err(text!(
                en: "whether the account `{id}` is active cannot be read",
                nb: "det kan ikke leses om kontoen `{id}` er aktiv"
            ));
        }
    };
    let (mut rights, mut other_role) = (BTreeMap::new(), None);
    for member in roles(&raw, map) {
        match value_of(member).map(|value| (value, map.right(value))) {
            Some((_, Some(right))) => {
                rights.insert(right, None);
            }
            Some((value, None)) => other_role = other_role.or_else(|| Some(value.to_owned())),
            // A service may leave an empty member behind, which is no role.
            None => {}
        }
    }
    let whose = text_value(&raw, &map.external_id).and_then(|value| Map::internal(&value));
    let (person, opening) = whose.map_or((None, None), |(person, opening)| (Some(person), Some(opening)));
    let version = field(&raw, "meta").and_then(|meta| field(meta, "version")?.as_str().map(str::to_owned));
    let account = Account {
        id,
        person,
        // Some services return a letter and its accent as two characters. The files have them as one.
        name: text_value(&raw, &map.name).map(|name| composed(&name)).unwrap_or_default(),
        login: text_value(&raw, &map.login).map(|login| composed(&login)),
        email: primary_value(&raw, &map.email).map(|email| composed(&email)),
        active: says_active.unwrap_or(true),
        rights,
        subscriptions: Vec::new(),
    };
    let own_version = version.clone().filter(|own| etag.as_ref().is_some_and(|etag| etag != own));
    Ok(SeenAccount {
        account,
        opening,
        version: etag.or(version),
        own_version,
        on_own_version: false,
        says_active,
        other_role,
        raw,
    })
}

/// The form in which one value of the list of roles is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each value is an object with a `value`.
    Object,
    /// Each value is plain text.
    Text,
}

impl Form {
    /// Returns the form in which this resource has its roles. `None` if it has no roles, or roles in both forms.
    pub fn of(map: &Map, raw: &Value) -> Option<Self> {
        let roles = roles(raw, map);
        let (some, texts) = (!roles.is_empty(), roles.iter().filter(|role| role.is_string()).count());
        match texts {
            0 => (some && roles.iter().all(|role| role.is_object())).then_some(Self::Object),
            all if all == roles.len() => Some(Self::Text),
            _ => None,
        }
    }

    pub fn write(self, value: String) -> Value {
        match self {
            Self::Object => json!({ "value": value }),
            Self::Text => Value::from(value),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::map::USER;
    use super::*;
    use portvakt_core::model::{ApplicationId, Right, RoleId, UnitId};

    pub fn right(role: &str) -> Right {
        Right {
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(100_082),
            role: RoleId::new(role).unwrap(),
        }
    }

    pub fn kari() -> Value {
        json!({
            "schemas": [USER], "id": "7", "username": "kari", "displayName": "Kari Testesen",
            "externalId": "kari.testesen/3f6c", "active": "True",
            "emails": [{"value": "old@example.test"}, {"value": "kari@example.test", "primary": true}],
            "roles": [{"value": "smerteregisteret/100082/LU", "display": "LU"}, {"value": "portal-user"},
                      {"value": "smerteregisteret/100082/LU"}],
            "phoneNumbers": [{"value": "22"}], "groups": [{"value": "g"}], "meta": {"version": "W/\"1\""}
        })
    }

    #[test]
    fn a_resource_is_an_account() {
        let seen = seen_account(&Map::default(), kari(), None).unwrap();
        assert_eq!(seen.account.person.as_ref().unwrap().as_str(), "kari.testesen");
        assert_eq!(seen.opening, Some(OpeningId::new("3f6c")));
        assert_eq!(seen.account.login.as_deref(), Some("kari"), "names of attributes have no case");
        assert_eq!(seen.account.email.as_deref(), Some("kari@example.test"));
        assert_eq!(seen.account.rights.keys().collect::<Vec<_>>(), [&right("LU")]);
        assert!(seen.account.active);
        assert_eq!(seen.version.as_deref(), Some("W/\"1\""));
        assert_eq!(seen.other_role.as_deref(), Some("portal-user"));
        for wrong in
            [json!({}), json!({"id": ""}), json!({"id": 7.5}), json!({"id": "1", "active": 3}), json!(null)]
        {
            assert!(seen_account(&Map::default(), wrong.clone(), None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_letter_with_its_accent_is_one_character() {
        let mut raw = kari();
        raw["displayName"] = json!("Ka\u{30a}re Testesen");
        assert_eq!(seen_account(&Map::default(), raw, None).unwrap().account.name, "K\u{e5}re Testesen");
    }

    #[test]
    fn a_version_in_the_resource_is_there_if_the_one_in_the_header_is_another() {
        let with = |etag: &str| seen_account(&Map::default(), kari(), Some(etag.to_owned())).unwrap();
        let mut same = with("W/\"1\"");
        assert!(!same.takes_own_version() && same.version.as_deref() == Some("W/\"1\""));
        let mut other = with("W/\"7\"");
        assert_eq!(other.version.as_deref(), Some("W/\"7\""), "the header comes first");
        assert!(other.takes_own_version() && other.version.as_deref() == Some("W/\"1\""));
        assert!(!other.takes_own_version(), "once");
    }

    #[test]
    fn an_unsaid_active_is_true_unless_the_service_says_true_elsewhere() {
        let mut raw = kari();
        raw.as_object_mut().unwrap().remove("active");
        let mut seen = seen_account(&Map::default(), raw, None).unwrap();
        assert!(seen.says_active.is_none() && seen.account.active);
        seen.judge_unsaid(false);
        assert!(seen.account.active);
        seen.judge_unsaid(true);
        assert!(!seen.account.active);
    }
}
