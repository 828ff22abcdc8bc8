//! The attribute map gives the names that a service uses for what the program needs. Servers differ here. The people
//! who run a server write the differences down. They are never guessed from the server's name.
//!
//! The file is YAML or JSON, and it is read strictly. An unknown key, a key twice, or a template that cannot be read
//! back is an error. Otherwise a right could be written and not recognised, and it would seem lost each time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::{ApplicationId, PersonId, Right, RoleId, UnitId};
use portvakt_core::parse::value_of_yaml;
use portvakt_core::store::{MapKey, OpeningId};
use portvakt_net::covered_text;
use serde::Deserialize;

pub use self::choices::{EmailPart, Preconditions, RoleValues, Writes};
pub use self::error::MapError;
use self::template::Template;
pub use attribute::{Attribute, USER};

mod attribute;
mod choices;
mod error;
mod template;

/// The names, as they are in the file. A name that is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    login: String,
    name: String,
    email: String,
    roles: String,
    active: String,
    external_id: String,
    given_name: Option<String>,
    family_name: Option<String>,
    email_parts: Option<Vec<EmailPart>>,
    role: String,
    retired_login: String,
    preconditions: Preconditions,
    writes: Writes,
    role_values: RoleValues,
}

impl Default for File {
    fn default() -> Self {
        let map = Map::default();
        Self {
            login: map.login.path(),
            name: map.name.path(),
            email: map.email.path(),
            roles: map.roles.path(),
            active: map.active.path(),
            external_id: map.external_id.path(),
            given_name: None,
            family_name: None,
            email_parts: None,
            role: map.role.to_string(),
            retired_login: map.retired.to_string(),
            preconditions: map.preconditions,
            writes: map.writes,
            role_values: map.role_values,
        }
    }
}

/// The attribute map, with its paths and templates parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// The name that a person logs in with.
    pub login: Attribute,
    /// The name that is shown to people.
    pub name: Attribute,
    /// The list of e-mail addresses, or a single one.
    pub email: Attribute,
    /// The list of rights.
    pub roles: Attribute,
    /// The attribute that says whether the account can be used.
    pub active: Attribute,
    /// The attribute with the person and the opening id.
    pub external_id: Attribute,
    /// All words of the name but the last, for a service that wants them.
    pub given_name: Option<Attribute>,
    /// The last word of the name, for a service that wants it.
    pub family_name: Option<Attribute>,
    /// The parts that are written beside an e-mail address. If it is `None`, the service's announcement decides.
    pub email_parts: Option<Vec<EmailPart>>,
    /// Whether writes name the version that they change.
    pub preconditions: Preconditions,
    /// The method that changes accounts.
    pub writes: Writes,
    /// The form in which one value of the list of roles is written.
    pub role_values: RoleValues,
    /// The register's own spelling of applications and roles, by their form in lower case.
    known: BTreeMap<(String, String), (ApplicationId, RoleId)>,
    role: Template,
    retired: Template,
}

/// The names of RFC 7643, and a right as `{application}/{unit}/{role}`. They also fill in what a file leaves out.
impl Default for Map {
    fn default() -> Self {
        Self {
            login: Attribute::own("userName"),
            name: Attribute::own("displayName"),
            email: Attribute::own("emails"),
            roles: Attribute::own("roles"),
            active: Attribute::own("active"),
            external_id: Attribute::own("externalId"),
            given_name: None,
            family_name: None,
            email_parts: None,
            preconditions: Preconditions::Offered,
            writes: Writes::Offered,
            role_values: RoleValues::Offered,
            known: BTreeMap::new(),
            role: Template::new("", &[("application", "/"), ("unit", "/"), ("role", "")]),
            retired: Template::new("", &[("login", ".closed-"), ("account", "")]),
        }
    }
}

impl Map {
    /// Reads a map from a file.
    ///
    /// # Errors
    /// Fails when the file cannot be read, or is not a valid map.
    pub fn read(path: &Path) -> Result<Self, MapError> {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| MapError::Read { place: place.clone(), source })?;
        // A value that does not fit may be an address with a password.
        Self::parse(&text).map_err(|why| MapError::Wrong { place, why: covered_text(&why) })
    }

    /// Reads a map from a text.
    ///
    /// # Errors
    /// Fails with a text that tells people what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Text> {
        Self::of(&value_of_yaml(text)?)
    }

    fn of(file: &File) -> Result<Self, Text> {
        let role = Template::parse(&file.role, &["application", "unit", "role"])?;
        let map = Self {
            login: Attribute::parse(&file.login)?,
            name: Attribute::parse(&file.name)?,
            email: Attribute::parse(&file.email)?,
            roles: Attribute::parse(&file.roles)?,
            active: Attribute::parse(&file.active)?,
            external_id: Attribute::parse(&file.external_id)?,
            given_name: file.given_name.as_deref().map(Attribute::parse).transpose()?,
            family_name: file.family_name.as_deref().map(Attribute::parse).transpose()?,
            email_parts: file.email_parts.clone(),
            preconditions: file.preconditions,
            writes: file.writes,
            role_values: file.role_values,
            known: BTreeMap::new(),
            role,
            retired: Template::parse(&file.retired_login, &["login", "account"])?,
        };
        let mut paths: Vec<String> =
            map.written_attributes().iter().map(|(_, a)| a.path().to_ascii_lowercase()).collect();
        paths.sort();
        if let Some(twice) = paths.windows(2).find(|pair| pair.first() == pair.last()) {
            let name = twice.first().map_or("", String::as_str);
            return Err(text!(en: "`{name}` is named for two things", nb: "`{name}` er oppgitt for to ting"));
        }
        if map.roles.part.is_some() {
            return Err(text!(
                en: "`roles` names a list, not a part of something",
                nb: "`roles` navngir en liste, ikke en del av noe"
            ));
        }
        Ok(map)
    }

    /// Returns every attribute that is read and written.
    #[must_use]
    pub fn attributes(&self) -> [&Attribute; 6] {
        [&self.login, &self.name, &self.email, &self.roles, &self.active, &self.external_id]
    }

    /// Returns every attribute that is written, with the key of the file that names it.
    pub(super) fn written_attributes(&self) -> Vec<(MapKey, &Attribute)> {
        let mut named = vec![
            (MapKey::Login, &self.login),
            (MapKey::Name, &self.name),
            (MapKey::Email, &self.email),
            (MapKey::Roles, &self.roles),
            (MapKey::Active, &self.active),
            (MapKey::ExternalId, &self.external_id),
        ];
        named.extend(self.given_name.as_ref().map(|attribute| (MapKey::GivenName, attribute)));
        named.extend(self.family_name.as_ref().map(|attribute| (MapKey::FamilyName, attribute)));
        named
    }

    /// Returns the parts that are written beside an e-mail address.
    #[must_use]
    pub fn parts_of_email(&self) -> &[EmailPart] {
        self.email_parts.as_deref().unwrap_or(&[EmailPart::Primary])
    }

    /// Returns the attributes that hold a name, with their values. The last word of a name is the family name. If a
    /// name has one word, the word is both.
    #[must_use]
    pub fn name_in_parts(&self, name: &str) -> Vec<(Attribute, String)> {
        let name = name.trim();
        let (given, family) = name.rsplit_once(' ').unwrap_or((name, name));
        let parts = [
            (Some(&self.name), name),
            (self.given_name.as_ref(), given),
            (self.family_name.as_ref(), family),
        ];
        parts
            .into_iter()
            .filter_map(|(attribute, value)| Some((attribute?.clone(), value.trim().to_owned())))
            .collect()
    }

    /// Writes a right as one value of the list of roles. `None` if this map could not read it back.
    #[must_use]
    pub fn role(&self, right: &Right) -> Option<String> {
        let unit = right.unit.to_string();
        let value = self.role.fill(&[
            ("application", right.application.as_str()),
            ("unit", &unit),
            ("role", right.role.as_str()),
        ]);
        (self.right(&value).as_ref() == Some(right)).then_some(value)
    }

    /// Reads the right from a value of the list of roles. `None` if the value is somebody else's.
    #[must_use]
    pub fn right(&self, value: &str) -> Option<Right> {
        let values = self.role.take(value)?;
        let of = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let unit = of("unit")?;
        // `007` and `7` are one number but two texts.
        let number: u32 = unit.parse().ok().filter(|number: &u32| number.to_string() == unit)?;
        let (application, role) = (of("application")?, of("role")?);
        // Values of roles have no case (RFC 7643 section 8.7.1), so a service may give them back in another case.
        let known = self.known.get(&(application.to_ascii_lowercase(), role.to_ascii_lowercase()));
        let (application, role) = match known {
            Some(known) => known.clone(),
            None => (ApplicationId::new(application).ok()?, RoleId::new(role).ok()?),
        };
        Some(Right { application, unit: UnitId(number), role })
    }

    /// Returns the map that knows these roles in upper and lower case. If two differ only in case, neither is known
    /// this way.
    #[must_use]
    pub fn knowing(mut self, roles: &BTreeSet<(ApplicationId, RoleId)>) -> Self {
        self.known.clear();
        let mut twice = BTreeSet::new();
        for (application, role) in roles {
            let key = (application.as_str().to_ascii_lowercase(), role.as_str().to_ascii_lowercase());
            if self.known.insert(key.clone(), (application.clone(), role.clone())).is_some() {
                twice.insert(key);
            }
        }
        self.known.retain(|key, _| !twice.contains(key));
        self
    }

    /// Writes the person and the opening id as one value: `kari.testesen/3f6c…`.
    #[must_use]
    pub fn external(person: &PersonId, opening: &OpeningId) -> String {
        format!("{person}/{opening}")
    }

    /// Reads the person and the opening id from such a value. It is `None` if another program wrote the value.
    #[must_use]
    pub fn internal(value: &str) -> Option<(PersonId, OpeningId)> {
        let (person, opening) = value.split_once('/')?;
        (!opening.is_empty()).then_some(())?;
        Some((PersonId::new(person).ok()?, OpeningId::new(opening)))
    }

    /// Returns the login that a closed account keeps when its own goes to a new account of the same person (R34).
    #[must_use]
    pub fn retired(&self, login: &str, account: &str) -> String {
        let short: String = account.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        self.retired.fill(&[("login", login), ("account", &short)])
    }
}

#[cfg(test)]
mod tests;
