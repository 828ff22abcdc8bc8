//! The bodies of POST, PATCH and PUT, which open or change an account. This code sends no requests.
//!
//! Only attributes of the map are set. Everything else that the service returned is sent back as it came, except
//! attributes that nobody may write.

use portvakt_core::diag::{Text, text};
use portvakt_core::model::Right;
use serde_json::{Map as Object, Value, json};

use super::map::{Attribute, EmailPart, Map, USER};
use super::offers::Offers;
use super::resource::{Form, get, roles, value_of};

/// The changes to an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The rights to take away.
    pub without: Vec<Right>,
    /// The rights to give.
    pub with: Vec<Right>,
    /// Whether every role is taken away, including roles that are not the register's. A closing wants this and the
    /// next two.
    pub stripped: bool,
    /// Whether the account is no longer active.
    pub inactive: bool,
    /// Whether the address is removed.
    pub unaddressed: bool,
    /// The new name, if it changes. The next two fields are a new login and a new address.
    pub name: Option<String>,
    pub login: Option<String>,
    pub email: Option<String>,
}

/// One attribute with its new value. `None` takes the value away.
pub type Set = (Attribute, Option<Value>);

/// Returns the new values of the attributes that change. The most important come first: roles, then whether the
/// account is active, and the address last.
///
/// # Errors
/// Fails when the map cannot write a right.
pub fn sets(map: &Map, form: Form, seen: &Value, change: &AccountChange) -> Result<Vec<Set>, Text> {
    let mut sets: Vec<Set> = Vec::new();
    if change.stripped || !change.without.is_empty() || !change.with.is_empty() {
        let mut list: Vec<Value> = Vec::new();
        for member in roles(seen, map).into_iter().filter(|_| !change.stripped) {
            let right = value_of(member).and_then(|value| map.right(value));
            let gone = right.as_ref().is_some_and(|right| change.without.contains(right));
            // A list that has the same right twice is corrected when it is written.
            let same = |known: &Value| value_of(known).and_then(|value| map.right(value)) == right;
            let again = right.is_some() && list.iter().any(same);
            if !gone && !again {
                list.push(member.clone());
            }
        }
        for right in &change.with {
            let value = map.role(right).ok_or_else(|| {
                text!(
                    en: "the right `{right}` cannot be written by the template of the attribute map",
                    nb: "rettigheten `{right}` kan ikke skrives med malen i attributtkartet"
                )
            })?;
            let same =
                |known: &Value| value_of(known).and_then(|value| map.right(value)).as_ref() == Some(right);
            if !list.iter().any(same) {
                list.push(form.write(value));
            }
        }
        sets.push((map.roles.clone(), (!list.is_empty()).then_some(Value::Array(list))));
    }
    if change.inactive {
        sets.push((map.active.clone(), Some(Value::Bool(false))));
    }
    if let Some(name) = &change.name {
        let parts = map.name_in_parts(name).into_iter();
        sets.extend(parts.map(|(attribute, value)| (attribute, Some(Value::from(value)))));
    }
    if let Some(login) = &change.login {
        sets.push((map.login.clone(), Some(Value::from(login.clone()))));
    }
    if change.unaddressed {
        sets.push((map.email.clone(), None));
    } else if let Some(email) = &change.email {
        sets.push((map.email.clone(), Some(mail(map, seen, email))));
    }
    Ok(sets)
}

/// Returns the address in the form in which the service keeps addresses. The default is a list (RFC 7643 section
/// 4.1.2).
fn mail(map: &Map, seen: &Value, email: &str) -> Value {
    let list = map.email.part.is_none() && map.email.schema.is_none();
    match get(seen, &map.email) {
        Some(Value::String(_)) => Value::from(email),
        None if !list => Value::from(email),
        _ => {
            let mut address = Object::new();
            address.insert("value".to_owned(), Value::from(email));
            for part in map.parts_of_email() {
                let value = match part {
                    EmailPart::Primary => Value::Bool(true),
                    EmailPart::Type => Value::from("work"),
                };
                address.insert(part.word().to_owned(), value);
            }
            json!([address])
        }
    }
}

/// The form in which a PATCH takes a value away. Servers differ, and their announcements do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emptying {
    /// It uses the operation `remove`.
    Remove,
    /// It uses `replace` with an empty list.
    Replace,
}

/// The schema of the message of a PATCH (RFC 7644 section 3.5.2).
pub const PATCH_MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Builds the body of a PATCH (RFC 7644 section 3.5.2). A list is always one `replace` of the whole, because servers
/// understand `add` in different ways.
pub fn patch(sets: &[Set], emptying: Emptying) -> Value {
    let operation = |(attribute, value): &Set| match (value, emptying) {
        (Some(value), _) => json!({ "op": "replace", "path": attribute.path(), "value": value }),
        (None, Emptying::Remove) => json!({ "op": "remove", "path": attribute.path() }),
        (None, Emptying::Replace) => json!({ "op": "replace", "path": attribute.path(), "value": [] }),
    };
    json!({
        "schemas": [PATCH_MESSAGE],
        "Operations": sets.iter().map(operation).collect::<Vec<_>>(),
    })
}

/// Builds the body of a PUT: the resource as it was returned, with these values, without the attributes nobody may
/// write.
pub fn put_body(offers: &Offers, raw: &Value, sets: &[Set]) -> Value {
    let mut whole = raw.as_object().cloned().unwrap_or_default();
    // A resource names its schemas (RFC 7643 section 3), even if the service did not name them.
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

/// Builds the body of a POST, which asks for a new account.
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

/// Returns the object in a value. A value that is not an object becomes an empty one.
fn object(value: &mut Value) -> Option<&mut Object<String, Value>> {
    if !value.is_object() {
        *value = Value::Object(Object::new());
    }
    value.as_object_mut()
}

fn field_mut<'v>(object: &'v mut Object<String, Value>, name: &str) -> &'v mut Value {
    let known = object.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    object.entry(known.unwrap_or_else(|| name.to_owned())).or_insert(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::super::resource::seen_account;
    use super::super::resource::tests::{kari, right};
    use super::*;

    #[test]
    fn a_list_is_written_whole_and_others_in_it_stay() {
        let map = Map::default();
        let change = AccountChange { with: vec![right("LC")], ..AccountChange::default() };
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
        let change = AccountChange {
            without: vec![right("LU")],
            stripped: true,
            inactive: true,
            unaddressed: true,
            ..AccountChange::default()
        };
        let sets = sets(&map, Form::Object, &kari(), &change).unwrap();
        let operations = patch(&sets, Emptying::Remove);
        assert_eq!(operations["Operations"][0], json!({"op": "remove", "path": "roles"}));
        assert_eq!(operations["Operations"][1]["value"], false);
        assert_eq!(patch(&sets, Emptying::Replace)["Operations"][2]["value"], json!([]));
        let whole = put_body(&offers, &kari(), &sets);
        assert_eq!(
            whole,
            json!({
                "schemas": [USER], "id": "7", "username": "kari", "displayName": "Kari Testesen",
                "externalId": "kari.testesen/3f6c", "active": false, "phoneNumbers": [{"value": "22"}]
            })
        );
    }

    #[test]
    fn a_name_in_parts_and_the_parts_of_an_address() {
        let map = "given-name: name.givenName\nfamily-name: name.familyName\nemail-parts: [type]";
        let map = Map::parse(map).unwrap();
        let change = |name: &str| AccountChange {
            name: Some(name.to_owned()),
            email: Some("k@example.test".to_owned()),
            ..AccountChange::default()
        };
        let whole = post(&sets(&map, Form::Object, &Value::Null, &change("Kari Mari Testesen")).unwrap());
        assert_eq!(whole["displayName"], "Kari Mari Testesen");
        assert_eq!(whole["name"], json!({"givenName": "Kari Mari", "familyName": "Testesen"}));
        assert_eq!(whole["emails"], json!([{"value": "k@example.test", "type": "work"}]));
        let whole = post(&sets(&map, Form::Object, &Value::Null, &change("Kari")).unwrap());
        assert_eq!(whole["name"], json!({"givenName": "Kari", "familyName": "Kari"}));
    }

    #[test]
    fn names_inside_extensions_and_parts_are_found_and_set() {
        let map = Map::parse("email: urn:example:User:mail\nname: name.formatted").unwrap();
        let raw = json!({"id": "1", "schemas": [USER], "name": {"formatted": "Kari", "familyName": "T"}, "urn:example:User": {"mail": "k@example.test"}});
        let seen = seen_account(&map, raw.clone(), None).unwrap();
        assert_eq!(
            (seen.account.name.as_str(), seen.account.email.as_deref()),
            ("Kari", Some("k@example.test"))
        );
        let change =
            AccountChange { name: Some("Kari T".to_owned()), unaddressed: true, ..AccountChange::default() };
        let sets = sets(&map, Form::Object, &raw, &change).unwrap();
        let whole = put_body(&Offers::default(), &raw, &sets);
        assert_eq!(whole["name"], json!({"formatted": "Kari T", "familyName": "T"}));
        assert_eq!(whole["urn:example:User"], json!({}));
        let new = post(&[(map.email.clone(), Some(json!("n@example.test")))]);
        assert_eq!(new["schemas"], json!([USER, "urn:example:User"]));
    }
}
