//! A resource as the service writes it, and the account it stands for. Pure.
//!
//! Names of attributes are compared without regard to case (RFC 7643 section 2.1). What the program does not know
//! stays as the service returned it: other values among the roles, other attributes of the account.

use std::collections::BTreeMap;

use serde_json::{Map as Object, Value, json};

use super::map::{Attribute, Map, USER};
use super::offers::Offers;
use crate::model::{AccountId, Right};
use crate::store::{Account, OpeningId};

/// The longest id that is taken.
const LONGEST_ID: usize = 512;

/// An account with all the service returned of it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The account.
    pub account: Account,
    /// Under which name it was opened.
    pub opening: Option<OpeningId>,
    /// Its version, where the service keeps them.
    pub version: Option<String>,
    /// All of it.
    pub raw: Value,
}

/// A member by its name, without regard to case.
pub fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let object = value.as_object()?;
    object
        .get(name)
        .or_else(|| object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn field_mut<'v>(object: &'v mut Object<String, Value>, name: &str) -> &'v mut Value {
    let known = object.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    object.entry(known.unwrap_or_else(|| name.to_owned())).or_insert(Value::Null)
}

/// The value of an attribute; `null` is none.
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

fn text(raw: &Value, attribute: &Attribute) -> Option<String> {
    get(raw, attribute)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The text of one member of a list: the member itself, or its `value`.
fn value_of(member: &Value) -> Option<&str> {
    member.as_str().or_else(|| field(member, "value")?.as_str()).filter(|text| !text.is_empty())
}

fn address(raw: &Value, attribute: &Attribute) -> Option<String> {
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

/// The members of the list of roles.
fn roles<'v>(raw: &'v Value, map: &Map) -> Vec<&'v Value> {
    match get(raw, &map.roles) {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(other) => vec![other],
        None => Vec::new(),
    }
}

/// The id of a resource; a number is one too.
pub fn id_of(raw: &Value) -> Option<String> {
    let id = match field(raw, "id")? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(char::is_control)).then_some(id)
}

/// A count, as a number or as a text of digits.
pub fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a resource.
///
/// # Errors
/// What makes it no user, for people.
pub fn read(map: &Map, raw: Value, etag: Option<String>) -> Result<Seen, String> {
    let id = id_of(&raw).ok_or_else(|| "a user without an id that can be used".to_owned())?;
    let id = AccountId::new(&id);
    let active = match get(&raw, &map.active) {
        None | Some(Value::Bool(true)) => true,
        Some(Value::Bool(false)) => false,
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => true,
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => false,
        Some(Value::Number(number)) if number.as_u64() == Some(1) => true,
        Some(Value::Number(number)) if number.as_u64() == Some(0) => false,
        Some(_) => return Err(format!("whether the account `{id}` is active cannot be read")),
    };
    let mut rights = BTreeMap::new();
    for member in roles(&raw, map) {
        if let Some(right) = value_of(member).and_then(|value| map.right(value)) {
            rights.insert(right, None);
        }
    }
    let whose = text(&raw, &map.external_id).and_then(|value| Map::internal(&value));
    let (person, opening) = whose.map_or((None, None), |(person, opening)| (Some(person), Some(opening)));
    let version = field(&raw, "meta").and_then(|meta| field(meta, "version")?.as_str().map(str::to_owned));
    let account = Account {
        id,
        person,
        name: text(&raw, &map.name).unwrap_or_default(),
        login: text(&raw, &map.login),
        email: address(&raw, &map.email),
        active,
        rights,
        subscriptions: Vec::new(),
    };
    Ok(Seen { account, opening, version: etag.or(version), raw })
}

/// What is to be different afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Rights taken away.
    pub without: Vec<Right>,
    /// Rights given.
    pub with: Vec<Right>,
    /// Closed: nothing left among the roles, not active, no address.
    pub closed: bool,
    /// No address.
    pub unaddressed: bool,
    /// Another name, login, address.
    pub name: Option<String>,
    pub login: Option<String>,
    pub email: Option<String>,
}

/// The form in which one value of the list of roles is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object with a `value`.
    Object,
    /// A plain text.
    Text,
}

impl Form {
    /// The form in which this resource has its roles; `None` where it has none, or of both kinds.
    pub fn of(map: &Map, raw: &Value) -> Option<Self> {
        let roles = roles(raw, map);
        let (some, texts) = (!roles.is_empty(), roles.iter().filter(|role| role.is_string()).count());
        match texts {
            0 => (some && roles.iter().all(|role| role.is_object())).then_some(Self::Object),
            all if all == roles.len() => Some(Self::Text),
            _ => None,
        }
    }

    fn write(self, value: String) -> Value {
        match self {
            Self::Object => json!({ "value": value }),
            Self::Text => Value::from(value),
        }
    }
}

/// One attribute with its new value; `None` takes it away.
pub type Set = (Attribute, Option<Value>);

/// The new values of the attributes that change, whatever happens to be written first being what matters most:
/// roles, then whether it is active, then the address.
///
/// # Errors
/// A right that the map cannot write.
pub fn sets(map: &Map, form: Form, seen: &Value, change: &Change) -> Result<Vec<Set>, String> {
    let mut sets: Vec<Set> = Vec::new();
    if change.closed || !change.without.is_empty() || !change.with.is_empty() {
        let mut list: Vec<Value> = Vec::new();
        for member in roles(seen, map).into_iter().filter(|_| !change.closed) {
            let right = value_of(member).and_then(|value| map.right(value));
            let gone = right.as_ref().is_some_and(|right| change.without.contains(right));
            // A list with the same right twice is put right when it is written.
            let same = |known: &Value| value_of(known).and_then(|value| map.right(value)) == right;
            let again = right.is_some() && list.iter().any(same);
            if !gone && !again {
                list.push(member.clone());
            }
        }
        for right in &change.with {
            let value = map.role(right).ok_or_else(|| {
                format!("the right `{right}` cannot be written by the template of the attribute map")
            })?;
            let same =
                |known: &Value| value_of(known).and_then(|value| map.right(value)).as_ref() == Some(right);
            if !list.iter().any(same) {
                list.push(form.write(value));
            }
        }
        sets.push((map.roles.clone(), (!list.is_empty()).then_some(Value::Array(list))));
    }
    if change.closed {
        sets.push((map.active.clone(), Some(Value::Bool(false))));
    }
    if let Some(name) = &change.name {
        sets.push((map.name.clone(), Some(Value::from(name.clone()))));
    }
    if let Some(login) = &change.login {
        sets.push((map.login.clone(), Some(Value::from(login.clone()))));
    }
    if change.closed || change.unaddressed {
        sets.push((map.email.clone(), None));
    } else if let Some(email) = &change.email {
        sets.push((map.email.clone(), Some(mail(map, seen, email))));
    }
    Ok(sets)
}

/// The address in the form the service keeps addresses in: a list by default (RFC 7643 section 4.1.2).
fn mail(map: &Map, seen: &Value, email: &str) -> Value {
    let list = map.email.part.is_none() && map.email.schema.is_none();
    match get(seen, &map.email) {
        Some(Value::String(_)) => Value::from(email),
        None if !list => Value::from(email),
        _ => json!([{ "value": email, "primary": true }]),
    }
}

/// How a value that goes is written in a PATCH. Servers differ; what they announce does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptying {
    /// By the operation `remove`.
    Remove,
    /// By `replace` with nothing.
    Replace,
}

/// The body of a PATCH (RFC 7644 section 3.5.2). A list is always one `replace` of the whole: `add` is read in more
/// than one way.
pub fn patch(sets: &[Set], emptying: Emptying) -> Value {
    let operation = |(attribute, value): &Set| match (value, emptying) {
        (Some(value), _) => json!({ "op": "replace", "path": attribute.path(), "value": value }),
        (None, Emptying::Remove) => json!({ "op": "remove", "path": attribute.path() }),
        (None, Emptying::Replace) => json!({ "op": "replace", "path": attribute.path(), "value": [] }),
    };
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": sets.iter().map(operation).collect::<Vec<_>>(),
    })
}

/// The body of a PUT: the resource as it was returned, with these values, without what nobody may write.
pub fn put(offers: &Offers, raw: &Value, sets: &[Set]) -> Value {
    let mut whole = raw.as_object().cloned().unwrap_or_default();
    // A resource names its schemas (RFC 7643 section 3), also where the service did not.
    let named =
        whole.iter().any(|(name, schemas)| name.eq_ignore_ascii_case("schemas") && !schemas.is_null());
    if !named {
        *field_mut(&mut whole, "schemas") = json!([USER]);
    }
    whole.retain(|name, _| {
        let name = name.to_ascii_lowercase();
        name == "id" || !offers.read_only.contains(&name)
    });
    for (attribute, value) in sets {
        set(&mut whole, attribute, value.clone());
    }
    Value::Object(whole)
}

/// The body of a POST: a new account.
pub fn post(sets: &[Set]) -> Value {
    let mut whole = Object::new();
    whole.insert("schemas".to_owned(), json!([USER]));
    for (attribute, value) in sets {
        set(&mut whole, attribute, value.clone());
    }
    Value::Object(whole)
}

fn set(whole: &mut Object<String, Value>, attribute: &Attribute, value: Option<Value>) {
    if let (Some(schema), Some(_)) = (&attribute.schema, &value) {
        let schemas = field_mut(whole, "schemas");
        if let Value::Array(list) = schemas
            && !list.iter().any(|known| known.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(schema)))
        {
            list.push(Value::from(schema.clone()));
        }
    }
    let holder = match &attribute.schema {
        None => whole,
        Some(schema) => match object(field_mut(whole, schema)) {
            Some(holder) => holder,
            None => return,
        },
    };
    match (&attribute.part, value) {
        (None, Some(value)) => *field_mut(holder, &attribute.name) = value,
        (None, None) => holder.retain(|known, _| !known.eq_ignore_ascii_case(&attribute.name)),
        (Some(part), value) => {
            let Some(parent) = object(field_mut(holder, &attribute.name)) else { return };
            match value {
                Some(value) => *field_mut(parent, part) = value,
                None => parent.retain(|known, _| !known.eq_ignore_ascii_case(part)),
            }
        }
    }
}

/// The object a value is, or is made.
fn object(value: &mut Value) -> Option<&mut Object<String, Value>> {
    if !value.is_object() {
        *value = Value::Object(Object::new());
    }
    value.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApplicationId, RoleId, UnitId};

    fn right(role: &str) -> Right {
        Right {
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(100_082),
            role: RoleId::new(role).unwrap(),
        }
    }

    fn kari() -> Value {
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
        let seen = read(&Map::default(), kari(), None).unwrap();
        assert_eq!(seen.account.person.as_ref().unwrap().as_str(), "kari.testesen");
        assert_eq!(seen.opening, Some(OpeningId::new("3f6c")));
        assert_eq!(seen.account.login.as_deref(), Some("kari"), "names of attributes have no case");
        assert_eq!(seen.account.email.as_deref(), Some("kari@example.test"));
        assert_eq!(seen.account.rights.keys().collect::<Vec<_>>(), [&right("LU")]);
        assert!(seen.account.active);
        assert_eq!(seen.version.as_deref(), Some("W/\"1\""));
        for wrong in
            [json!({}), json!({"id": ""}), json!({"id": 7.5}), json!({"id": "1", "active": 3}), json!(null)]
        {
            assert!(read(&Map::default(), wrong.clone(), None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_is_written_whole_and_others_in_it_stay() {
        let map = Map::default();
        let change = Change { with: vec![right("LC")], ..Change::default() };
        let sets = sets(&map, Form::Object, &kari(), &change).unwrap();
        assert_eq!(
            patch(&sets, Emptying::Remove)["Operations"],
            json!([{"op": "replace", "path": "roles", "value": [
                {"value": "smerteregisteret/100082/LU", "display": "LU"}, {"value": "portal-user"},
                {"value": "smerteregisteret/100082/LC"}]}])
        );
    }

    #[test]
    fn a_closing_leaves_nothing_and_keeps_what_is_not_ours() {
        let (map, mut offers) = (Map::default(), Offers::default());
        offers.read_only.insert("groups".to_owned());
        let change = Change { without: vec![right("LU")], closed: true, ..Change::default() };
        let sets = sets(&map, Form::Object, &kari(), &change).unwrap();
        let operations = patch(&sets, Emptying::Remove);
        assert_eq!(operations["Operations"][0], json!({"op": "remove", "path": "roles"}));
        assert_eq!(operations["Operations"][1]["value"], false);
        assert_eq!(patch(&sets, Emptying::Replace)["Operations"][2]["value"], json!([]));
        let whole = put(&offers, &kari(), &sets);
        assert_eq!(
            whole,
            json!({
                "schemas": [USER], "id": "7", "username": "kari", "displayName": "Kari Testesen",
                "externalId": "kari.testesen/3f6c", "active": false, "phoneNumbers": [{"value": "22"}]
            })
        );
    }

    #[test]
    fn names_inside_extensions_and_parts_are_found_and_set() {
        let map = Map::parse("email: urn:example:User:mail\nname: name.formatted").unwrap();
        let raw = json!({"id": "1", "schemas": [USER], "name": {"formatted": "Kari", "familyName": "T"}, "urn:example:User": {"mail": "k@example.test"}});
        let seen = read(&map, raw.clone(), None).unwrap();
        assert_eq!(
            (seen.account.name.as_str(), seen.account.email.as_deref()),
            ("Kari", Some("k@example.test"))
        );
        let change = Change { name: Some("Kari T".to_owned()), unaddressed: true, ..Change::default() };
        let sets = sets(&map, Form::Object, &raw, &change).unwrap();
        let whole = put(&Offers::default(), &raw, &sets);
        assert_eq!(whole["name"], json!({"formatted": "Kari T", "familyName": "T"}));
        assert_eq!(whole["urn:example:User"], json!({}));
        let new = post(&[(map.email.clone(), Some(json!("n@example.test")))]);
        assert_eq!(new["schemas"], json!([USER, "urn:example:User"]));
    }
}
