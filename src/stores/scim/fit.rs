//! Compares the announced attributes of users with those that the attribute map would write, before anything is
//! written.
//!
//! A service that announces no schema of users is not judged. It is tried with one account at a time. An attribute that
//! every resource has (`externalId`) need not be announced.

use portvakt_core::diag::{Text, text};
use portvakt_core::store::{MapKey, Misfit};
use serde_json::Value;

use super::map::{Attribute, EmailPart, Map, USER};
use super::resource::{field, members};

/// The announced attributes of users, by schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    schemas: Vec<(String, Vec<KnownAttribute>)>,
}

/// An attribute as it is announced (RFC 7643 section 7).
#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownAttribute {
    name: String,
    read_only: bool,
    required: bool,
    parts: Vec<KnownAttribute>,
}

/// The attributes of every resource (RFC 7643 section 3.1), which schemas leave out.
const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];

impl Announced {
    /// Reads the answer of `Schemas`.
    pub fn read(schemas: &Value) -> Self {
        let of = |schema: &Value| {
            let id = field(schema, "id")?.as_str()?.to_owned();
            Some((id, known_attributes(field(schema, "attributes"))))
        };
        // A schema without attributes says nothing.
        let said = members(schemas).into_iter().filter_map(of).filter(|(_, known)| !known.is_empty());
        Self { schemas: said.collect() }
    }

    fn schema(&self, id: &str) -> Option<&[KnownAttribute]> {
        let found = self.schemas.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
        found.map(|(_, attributes)| attributes.as_slice())
    }

    /// Returns the parts of an e-mail address that can be written beside its value. `None` if nothing is announced.
    pub fn email_parts(&self, map: &Map) -> Option<Vec<EmailPart>> {
        let home = map.email.schema.as_deref().unwrap_or(USER);
        let announced = known_attribute(self.schema(home)?, &map.email.name)?;
        if announced.parts.is_empty() {
            return None;
        }
        let takes = |part: &EmailPart| {
            known_attribute(&announced.parts, part.word()).is_some_and(|part| !part.read_only)
        };
        Some([EmailPart::Primary].into_iter().filter(takes).collect())
    }

    /// Lists attributes that the map would write and the service does not accept, and attributes that the service
    /// requires and the map does not write.
    pub fn misfits(&self, map: &Map) -> Vec<Misfit> {
        let Some(users) = self.schema(USER) else { return Vec::new() };
        let mut misfits: Vec<Misfit> =
            map.written_attributes().into_iter().filter_map(|(key, it)| self.taken(key, it)).collect();
        let written: Vec<&Attribute> =
            map.written_attributes().into_iter().map(|(_, attribute)| attribute).collect();
        for announced in users.iter().filter(|known| !known.read_only) {
            let own = |attribute: &&&Attribute| {
                attribute.schema.is_none() && attribute.name.eq_ignore_ascii_case(&announced.name)
            };
            let ours: Vec<&&Attribute> = written.iter().filter(own).collect();
            if ours.is_empty() {
                if announced.required && !COMMON.iter().any(|name| name.eq_ignore_ascii_case(&announced.name))
                {
                    misfits.push(needed_misfit(&announced.name, None));
                }
                continue;
            }
            for part in announced.parts.iter().filter(|part| part.required && !part.read_only) {
                let named = |attribute: &&&Attribute| {
                    attribute.part.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(&part.name))
                };
                let by_itself = part.name.eq_ignore_ascii_case("value")
                    || (announced.name.eq_ignore_ascii_case(&map.email.name)
                        && map.parts_of_email().iter().any(|it| it.word().eq_ignore_ascii_case(&part.name)));
                if !by_itself && !ours.iter().any(named) {
                    misfits.push(needed_misfit(&announced.name, Some(&part.name)));
                }
            }
        }
        misfits
    }

    /// Says why the service does not take an attribute of the map, if it does not.
    fn taken(&self, key: MapKey, attribute: &Attribute) -> Option<Misfit> {
        let home = attribute.schema.as_deref().unwrap_or(USER);
        let path = attribute.path();
        let misfit = |why: Text| Some(Misfit { attribute: path.clone(), key: Some(key), why });
        let missing = || text!(en: "its schemas do not have it", nb: "skjemaene har det ikke");
        let read_only = || text!(en: "it is read-only there", nb: "det kan bare leses der");
        let Some(known) = self.schema(home) else { return misfit(missing()) };
        let Some(known) = known_attribute(known, &attribute.name) else {
            let common = attribute.schema.is_none() && COMMON.contains(&attribute.name.as_str());
            return if common { None } else { misfit(missing()) };
        };
        if known.read_only {
            return misfit(read_only());
        }
        let part = attribute.part.as_deref()?;
        match known_attribute(&known.parts, part) {
            Some(part) if part.read_only => misfit(read_only()),
            None if !known.parts.is_empty() => misfit(missing()),
            _ => None,
        }
    }
}

fn known_attribute<'k>(known: &'k [KnownAttribute], name: &str) -> Option<&'k KnownAttribute> {
    known.iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

fn known_attributes(attributes: Option<&Value>) -> Vec<KnownAttribute> {
    let of = |attribute: &Value| {
        let text = |name: &str| field(attribute, name).and_then(Value::as_str);
        Some(KnownAttribute {
            name: text("name")?.to_owned(),
            read_only: text("mutability").is_some_and(|word| word.eq_ignore_ascii_case("readOnly")),
            required: field(attribute, "required").and_then(Value::as_bool) == Some(true),
            parts: known_attributes(field(attribute, "subAttributes")),
        })
    };
    attributes.and_then(Value::as_array).into_iter().flatten().filter_map(of).collect()
}

/// Returns the misfit of something that the service needs and that nothing writes.
fn needed_misfit(attribute: &str, part: Option<&str>) -> Misfit {
    let path = part.map_or_else(|| attribute.to_owned(), |part| format!("{attribute}.{part}"));
    let lower = path.to_ascii_lowercase();
    let key = match lower.as_str() {
        "name" | "name.familyname" => Some(MapKey::FamilyName),
        "name.givenname" => Some(MapKey::GivenName),
        "name.formatted" | "displayname" => Some(MapKey::Name),
        "emails.type" | "emails.primary" => Some(MapKey::EmailParts),
        _ => None,
    };
    let why = text!(
        en: "the service needs it, and nothing of the attribute map writes it",
        nb: "tjenesten krever det, og ingenting i attributtkartet skriver det"
    );
    Misfit { attribute: path, key, why }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(attributes: Value, map: &str) -> Vec<(String, Option<MapKey>)> {
        let announced = Announced::read(&json!({"Resources": [{"id": USER, "attributes": attributes}]}));
        let misfits = announced.misfits(&Map::parse(map).unwrap());
        misfits.into_iter().map(|misfit| (misfit.attribute, misfit.key)).collect()
    }

    fn all_but(left_out: &str) -> Vec<Value> {
        let names = ["userName", "displayName", "emails", "roles", "active"];
        names.iter().filter(|name| **name != left_out).map(|name| json!({"name": name})).collect()
    }

    #[test]
    fn what_is_announced_is_compared_with_what_would_be_written() {
        assert_eq!(told(json!([]), "{}"), [], "nothing is announced");
        assert_eq!(told(json!(all_but("")), "{}"), []);
        assert_eq!(told(json!(all_but("roles")), "{}"), [("roles".to_owned(), Some(MapKey::Roles))]);
        assert_eq!(told(json!(all_but("roles")), "roles: urn:x:User:groups")[0].1, Some(MapKey::Roles));
        let with = |more: Value| {
            let mut all = all_but("");
            all.push(more);
            json!(all)
        };
        let id = with(json!({"name": "externalId", "mutability": "readOnly"}));
        assert_eq!(told(id, "{}"), [("externalId".to_owned(), Some(MapKey::ExternalId))]);
        let parts = json!([{"name": "familyName", "required": true}, {"name": "givenName"}]);
        let name = with(json!({"name": "name", "required": true, "subAttributes": parts}));
        assert_eq!(told(name.clone(), "{}"), [("name".to_owned(), Some(MapKey::FamilyName))]);
        assert_eq!(told(name, "family-name: name.familyName"), []);
        let parts = json!([{"name": "value", "required": true}, {"name": "type", "required": true}]);
        let mut mails = all_but("emails");
        mails.push(json!({"name": "emails", "subAttributes": parts}));
        assert_eq!(told(json!(mails), "{}"), [("emails.type".to_owned(), Some(MapKey::EmailParts))]);
        assert_eq!(told(json!(mails), "email-parts: [type]"), []);
        let announced = |parts: Value| {
            let emails = json!({"name": "emails", "subAttributes": parts});
            Announced::read(&json!([{"id": USER, "attributes": [emails]}])).email_parts(&Map::default())
        };
        assert_eq!(announced(json!([{"name": "value"}])), Some(vec![]));
        assert_eq!(
            announced(json!([{"name": "value"}, {"name": "primary"}])),
            Some(vec![EmailPart::Primary])
        );
        assert_eq!(
            announced(json!([{"name": "value"}, {"name": "primary", "mutability": "readOnly"}])),
            Some(vec![])
        );
        assert_eq!(announced(json!([])), None, "nothing is announced");
        let other = with(json!({"name": "badge", "required": true}));
        assert_eq!(told(other, "{}"), [("badge".to_owned(), None)]);
    }
}
