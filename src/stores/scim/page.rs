//! Reads one page of the list of users. This code sends no requests.
//!
//! The program does not use most of the data in a list. So it only reads the attributes of the map and skips the rest,
//! and each user becomes an account at once. A page may have an unusual form: it is not an object, it has a name twice,
//! or a member is not a user. Such a page is read again as a whole, more slowly, and judged then. The quick way decides
//! nothing about it. Skipped data is never written back, because a change begins with reading the account alone.

use std::fmt;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::Account;
use portvakt_core::store::OpeningId;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map as Object, Value};

use super::fault::{gives_no_accounts, no_json};
use super::map::{Attribute, Map};
use super::resource::{Form, SeenAccount, field, get, read_count, seen_account};

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The number of accounts in total, as the page says.
    pub total: Option<u64>,
    /// The number of the page's first account, as the page says.
    pub start: Option<u64>,
    /// The cursor of the next page (RFC 9865). It is `None` on the last page and on pages by number.
    pub next: Option<String>,
    /// The accounts of the page. An error tells people why a member is not an account.
    pub members: Vec<Result<Shown, Text>>,
    /// The form of the roles in the first account that has rights.
    pub form: Option<Form>,
    /// Whether an account of the page says that it is active. Then one that says nothing is not.
    pub says_active: bool,
}

/// An account as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The account, made from the attributes of the map.
    pub account: Account,
    /// The id of its opening.
    pub opening: Option<OpeningId>,
    /// Whether the list says of this account that it is active, or that it is not.
    pub says_active: Option<bool>,
    /// A role of the account that is not a right.
    pub other_role: Option<String>,
    /// The parts that an open account usually has, and that the list does not show for this one.
    pub lacks: Vec<Part>,
}

/// A part that an open account usually has, and that a list may not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The attribute that holds the rights.
    Roles,
    /// The attribute with the person and the opening id.
    External,
    /// The e-mail address of the account.
    Email,
    /// The attribute that says whether the account is open.
    Active,
}

impl Part {
    const ALL: [Self; 4] = [Self::Roles, Self::External, Self::Email, Self::Active];

    /// Returns whether a resource shows this part.
    pub fn is_in(self, map: &Map, raw: &Value) -> bool {
        let attribute = match self {
            Self::Roles => &map.roles,
            Self::External => &map.external_id,
            Self::Email => &map.email,
            Self::Active => &map.active,
        };
        let value = get(raw, attribute);
        value.is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()))
    }
}

impl Shown {
    /// Takes the account for closed if the list says nothing about being active.
    pub fn close_unsaid(&mut self) {
        if self.says_active.is_none() {
            self.account.active = false;
            // A closed account may lack these parts.
            self.lacks.clear();
        }
    }
}

impl ListPage {
    /// Reads the body of an answer.
    ///
    /// # Errors
    /// Fails with a sentence that tells people why it is not a list.
    pub fn read(bytes: &[u8], map: &Map) -> Result<Self, Text> {
        if bytes.is_empty() {
            return Err(gives_no_accounts());
        }
        let names: Vec<&str> = std::iter::once("id").chain(map.attributes().map(holder)).collect();
        let mut read = serde_json::Deserializer::from_slice(bytes);
        let quickly = ListSeed { names: &names, map }.deserialize(&mut read);
        if let Ok(page) = quickly.and_then(|page| read.end().map(|()| page)) {
            return Ok(page.judged());
        }
        let list = serde_json::from_slice(bytes).map_err(|_| no_json())?;
        Self::of(list, map)
    }

    /// Reads the page from a document that was parsed as a whole.
    fn of(list: Value, map: &Map) -> Result<Self, Text> {
        let none = || text!(en: "its list of accounts is none", nb: "kontolisten er ingen liste");
        let mut page = Self::around(&list);
        let members = match list {
            Value::Object(mut list) => {
                let name = list.keys().find(|name| name.eq_ignore_ascii_case(RESOURCES)).cloned();
                name.and_then(|name| list.remove(&name))
            }
            // This is a bare list. It does not say how many accounts there are.
            Value::Array(members) => Some(Value::Array(members)),
            _ => return Err(none()),
        };
        match members {
            Some(Value::Array(members)) => {
                for member in members {
                    page.take(map, member);
                }
            }
            // The list may be left out when there are no accounts (RFC 7644 section 3.4.2).
            None | Some(Value::Null) if page.total.is_some() => {}
            _ => return Err(none()),
        }
        Ok(page.judged())
    }

    /// Judges the accounts that say nothing about being active by the others of the page.
    fn judged(mut self) -> Self {
        let mut shown = self.members.iter().filter_map(|member| member.as_ref().ok());
        self.says_active = shown.any(|shown| shown.says_active == Some(true));
        if self.says_active {
            for shown in self.members.iter_mut().filter_map(|member| member.as_mut().ok()) {
                shown.close_unsaid();
            }
        }
        self
    }

    /// Reads the data that comes beside the accounts.
    fn around(list: &Value) -> Self {
        let number = |name: &str| field(list, name).and_then(read_count);
        let next = field(list, "nextCursor").and_then(Value::as_str).filter(|next| !next.is_empty());
        Self {
            total: number("totalResults"),
            start: number("startIndex"),
            next: next.map(str::to_owned),
            members: Vec::new(),
            form: None,
            says_active: false,
        }
    }

    fn take(&mut self, map: &Map, raw: Value) {
        self.members.push(seen_account(map, raw, None).map(|seen| {
            if self.form.is_none() {
                self.form = Form::of(map, &seen.raw);
            }
            // A closed account may lack most of these parts.
            let lacks = match seen.account.active {
                true => Part::ALL.into_iter().filter(|part| !part.is_in(map, &seen.raw)).collect(),
                false => Vec::new(),
            };
            let SeenAccount { account, opening, says_active, other_role, .. } = seen;
            Shown { account, opening, says_active, other_role, lacks }
        }));
    }
}

/// Returns the name in a resource under which an attribute is found.
fn holder(attribute: &Attribute) -> &str {
    attribute.schema.as_deref().unwrap_or(&attribute.name)
}

const RESOURCES: &str = "Resources";

/// Reads a list response (RFC 7644 section 3.4.2) in its usual form.
struct ListSeed<'m> {
    names: &'m [&'m str],
    map: &'m Map,
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = ListPage;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<ListPage, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = ListPage;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<ListPage, A::Error> {
        let (mut around, mut came) = (Object::new(), None);
        while let Some(name) = access.next_key::<String>()? {
            if !name.eq_ignore_ascii_case(RESOURCES) {
                around.insert(name, access.next_value()?);
                continue;
            }
            let members = access.next_value_seed(Members(&self))?;
            if came.replace(members).is_some() {
                return Err(A::Error::duplicate_field(RESOURCES));
            }
        }
        let came = came.ok_or_else(|| A::Error::missing_field(RESOURCES))?;
        Ok(ListPage { members: came.members, form: came.form, ..ListPage::around(&Value::Object(around)) })
    }
}

/// Reads the accounts in the list.
struct Members<'l>(&'l ListSeed<'l>);

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ListPage;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<ListPage, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ListPage;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<ListPage, A::Error> {
        let mut page = ListPage::around(&Value::Null);
        while let Some(raw) = access.next_element_seed(Member(self.0.names))? {
            page.take(self.0.map, raw);
        }
        Ok(page)
    }
}

/// Reads one user, with only these attributes.
struct Member<'m>(&'m [&'m str]);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a user")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut user = Object::new();
        while let Some(name) = access.next_key_seed(Name(self.0))? {
            match name {
                Some(name) => {
                    user.insert(name, access.next_value()?);
                }
                None => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(user))
    }
}

/// Reads a name, if it is one of these.
struct Name<'m>(&'m [&'m str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<String>, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<String>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<String>, E> {
        Ok(self.0.iter().any(|known| known.eq_ignore_ascii_case(name)).then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn both(list: &Value, map: &Map) -> Result<ListPage, Text> {
        let quick = ListPage::read(list.to_string().as_bytes(), map);
        assert_eq!(quick, ListPage::of(list.clone(), map), "read in either way it is one page: {list}");
        quick
    }

    fn user(id: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "ID": id, "userName": "kari",
            "displayName": "Kari Testesen", "externalId": "kari.testesen/3f6c", "active": true,
            "emails": [{"value": "kari@example.test"}], "roles": [{"value": "smerteregisteret/100082/LU"}],
            "urn:example:User": {"mail": "k@example.test"}, "meta": {"version": "1"}, "name": {"formatted": "K"}
        })
    }

    #[test]
    fn what_is_stepped_over_makes_no_difference() {
        let list = json!({
            "totalResults": 2, "startIndex": "1", "nextCursor": "x",
            "resources": [user("1"), {"id": "2", "active": true, "roles": [], "emails": null}]
        });
        let page = both(&list, &Map::default()).unwrap();
        assert_eq!((page.total, page.start, page.next.as_deref()), (Some(2), Some(1), Some("x")));
        assert_eq!(page.form, Some(Form::Object));
        let shown: Vec<_> = page.members.into_iter().map(Result::unwrap).collect();
        assert_eq!(shown[0].lacks, []);
        assert_eq!(shown[0].account.rights.len(), 1);
        assert_eq!(shown[1].lacks, [Part::Roles, Part::External, Part::Email]);
        let map = Map::parse("email: urn:example:User:mail\nname: name.formatted").unwrap();
        let page = both(&list, &map).unwrap();
        let first = page.members[0].clone().unwrap().account;
        assert_eq!((first.name.as_str(), first.email.as_deref()), ("K", Some("k@example.test")));
    }

    #[test]
    fn a_value_that_is_left_out_for_some_means_that_they_are_closed() {
        let closed = json!({"id": "2", "userName": "ola"});
        let active = |list: &Value| -> Vec<bool> {
            let page = both(list, &Map::default()).unwrap();
            page.members.into_iter().map(|shown| shown.unwrap().account.active).collect()
        };
        let list = |members: Value| json!({"totalResults": 2, "Resources": members});
        assert_eq!(active(&list(json!([user("1"), closed.clone()]))), [true, false]);
        assert_eq!(active(&list(json!([closed.clone(), {"id": "3", "active": false}]))), [true, false]);
        assert_eq!(active(&list(json!([closed]))), [true]);
    }

    #[test]
    fn other_forms_are_judged_as_a_whole() {
        let map = Map::default();
        for (list, came) in [
            (json!([user("1")]), Some(1)),
            (json!({"totalResults": 0}), Some(0)),
            (json!({"totalResults": 0, "Resources": null}), Some(0)),
            (json!({"totalResults": 1, "Resources": [7]}), Some(1)),
            (json!({"totalResults": 1, "Resources": [{"id": 7, "active": "perhaps"}, user("2")]}), Some(2)),
            (json!({"totalResults": 1, "Resources": [user("1")], "RESOURCES": []}), Some(1)),
            (json!({}), None),
            (json!({"Resources": {}}), None),
            (json!("no list"), None),
        ] {
            let page = both(&list, &map);
            assert_eq!(page.ok().map(|page| page.members.len()), came, "{list}");
        }
        assert_eq!(ListPage::read(b"", &map).unwrap_err(), gives_no_accounts());
        for wrong in ["{\"Resources\": [{\"id\": \"1\", \"x\": }]}", "{\"Resources\": []} and more", "<html>"]
        {
            assert_eq!(ListPage::read(wrong.as_bytes(), &map).unwrap_err(), no_json(), "{wrong}");
        }
    }
}
