//! The meaning of the rows of Rapporteket's table: their owner, their application, and the role and unit stored in
//! them.
//!
//! Each register names its parameters itself, so the names are configurable. A right covers a row if application and
//! unit are the same, and the role is the same or comes earlier in `role-order`. The register itself has no order of
//! roles. The default order says that LC may do all that LU may (R26 to R29). SC is not in it, because SC reaches other
//! data. A role that is not in the order covers only itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use crate::diag::{Text, text};
use crate::model::{Right, UnitId};
use crate::parse::value_of_yaml;

use super::{ReportRow, ReportsError};

/// The kind of name that a row has in its `owner` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The owner is the login of an account.
    Login,
    /// The owner is the id of an account.
    Account,
    /// The owner is the id of a person.
    Person,
}

/// The result of comparing the owner's rights with the role and unit stored in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// A right of the owner covers the row.
    Covered,
    /// No right of the owner covers the row.
    Over,
    /// The owner has access, but the stored role and unit cannot be read.
    Unclear,
}

/// The configurable meaning of the rows; the file of `--reports-map` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Meaning {
    /// The name of the table.
    pub table: String,
    /// The application in which a person holds the right to reports.
    pub application: String,
    /// The packages whose reports belong to this register. If it is empty, the table may hold only one package, and
    /// that one is used.
    pub packages: BTreeSet<String>,
    /// The kind of name in the `owner` column.
    pub owner: Owner,
    /// The names that the parameter with the unit may have. Case does not matter.
    pub unit: Vec<String>,
    /// The names that the parameter with the role may have. Case does not matter.
    pub role: Vec<String>,
    /// The order of roles. Each role covers those after it.
    pub role_order: Vec<String>,
}

impl Default for Meaning {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            table: "autoreport".to_owned(),
            application: "rapporteket-smerte".to_owned(),
            packages: BTreeSet::new(),
            owner: Owner::Login,
            unit: names(&["unit", "reshId", "resh_id", "resh", "avdResh", "orgId", "enhet"]),
            role: names(&["role", "userRole", "user_role", "rolle"]),
            role_order: names(&["LC", "LU"]),
        }
    }
}

/// The role and unit that are stored in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Frozen {
    /// The row says at least one of the two.
    Says { unit: Option<UnitId>, role: Option<String> },
    /// The row says nothing that can be read.
    Nothing,
}

impl Meaning {
    /// Reads the meaning from YAML text.
    ///
    /// # Errors
    /// Returns a readable message if the text is not valid.
    pub fn parse(text: &str) -> Result<Self, Text> {
        let meaning: Self = value_of_yaml(text)?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if meaning.table.is_empty() || !meaning.table.chars().all(plain) {
            let table = &meaning.table;
            return Err(text!(
                en: "`{table}` is no name of a table; letters, digits and `_` are expected",
                nb: "`{table}` er ikke et tabellnavn; bokstaver, sifre og `_` er ventet"
            ));
        }
        Ok(meaning)
    }

    /// Returns the rows that belong to this register and still run.
    ///
    /// # Errors
    /// It fails when no packages are configured and the table holds reports of several packages. The rows of other
    /// registers must not be touched.
    pub fn own(&self, rows: Vec<ReportRow>, today: Date) -> Result<Vec<ReportRow>, ReportsError> {
        let package = |row: &ReportRow| row.package.clone().unwrap_or_default();
        if self.packages.is_empty() {
            let found: BTreeSet<String> = rows.iter().map(package).collect();
            if found.len() > 1 {
                let names = found.into_iter().collect::<Vec<_>>().join("`, `");
                return Err(ReportsError::Table(text!(
                    en: "the table holds reports of the packages `{names}`; name those of this register as `packages` in \
                         the file of `--reports-map`",
                    nb: "tabellen inneholder rapporter fra pakkene `{names}`; oppgi dem som hører til dette registeret, som \
                         `packages` i filen til `--reports-map`"
                )));
            }
        }
        let ours = |row: &ReportRow| self.packages.is_empty() || self.packages.contains(&package(row));
        Ok(rows.into_iter().filter(|row| ours(row) && row.runs(today)).collect())
    }

    /// Compares the owner's rights with a row. An owner without any right in the application gives `Fit::Over`,
    /// even if the row cannot be read. An unreadable parameter never keeps access alive.
    #[must_use]
    pub fn fit(&self, row: &ReportRow, rights: &BTreeSet<Right>) -> Fit {
        let mut here =
            rights.iter().filter(|right| right.application.as_str() == self.application).peekable();
        if here.peek().is_none() {
            return Fit::Over;
        }
        match self.frozen(row) {
            Frozen::Nothing => Fit::Unclear,
            Frozen::Says { unit, role } => {
                let covers = |right: &Right| {
                    unit.is_none_or(|unit| unit == right.unit)
                        && role.as_deref().is_none_or(|role| self.covers(right.role.as_str(), role))
                };
                if here.any(covers) { Fit::Covered } else { Fit::Over }
            }
        }
    }

    fn covers(&self, held: &str, frozen: &str) -> bool {
        let place = |role: &str| self.role_order.iter().position(|known| known.eq_ignore_ascii_case(role));
        held.eq_ignore_ascii_case(frozen)
            || place(held).zip(place(frozen)).is_some_and(|(held, frozen)| held <= frozen)
    }

    fn frozen(&self, row: &ReportRow) -> Frozen {
        let params: BTreeMap<String, Value> = match row.params.as_deref().map(str::trim) {
            None | Some("") => BTreeMap::new(),
            Some(text) => match serde_json::from_str::<BTreeMap<String, Value>>(text) {
                Ok(params) => params,
                Err(_) => return Frozen::Nothing,
            },
        };
        let find = |names: &[String]| {
            names.iter().find_map(|name| {
                params.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| word(value))
            })
        };
        let unit = match find(&self.unit) {
            Some(None) => return Frozen::Nothing,
            Some(Some(text)) => Some(text),
            None => row.organization.clone().filter(|text| !text.trim().is_empty()),
        };
        let unit = match unit.map(|text| text.trim().parse().map(UnitId)) {
            Some(Err(_)) => return Frozen::Nothing,
            Some(Ok(unit)) => Some(unit),
            None => None,
        };
        let role = match find(&self.role) {
            Some(None) => return Frozen::Nothing,
            Some(Some(text)) => Some(text.trim().to_owned()),
            None => None,
        };
        if unit.is_none() && role.is_none() { Frozen::Nothing } else { Frozen::Says { unit, role } }
    }
}

/// Reads one word: a text, a number, or a list with exactly one of them. The result is `None` for anything else.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => match values.as_slice() {
            [one @ (Value::String(_) | Value::Number(_))] => word(one),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Lang;
    use crate::model::{ApplicationId, RoleId};

    fn right(application: &str, unit: u32, role: &str) -> Right {
        Right {
            application: ApplicationId::new(application).unwrap(),
            unit: UnitId(unit),
            role: RoleId::new(role).unwrap(),
        }
    }

    fn row(params: Option<&str>, organization: Option<&str>) -> ReportRow {
        ReportRow {
            id: Some("a".to_owned()),
            package: None,
            kind: None,
            owner: None,
            email: None,
            params: params.map(str::to_owned),
            organization: organization.map(str::to_owned),
            until: None,
        }
    }

    fn fit(params: &str, organization: Option<&str>, rights: &[Right]) -> Fit {
        Meaning::default().fit(&row(Some(params), organization), &rights.iter().cloned().collect())
    }

    #[test]
    fn a_right_covers_its_own_unit_and_role_and_those_below() {
        let lu = [right("rapporteket-smerte", 100_082, "LU")];
        let lc = [right("rapporteket-smerte", 100_082, "LC")];
        for (params, with_lu, with_lc) in [
            (r#"{"reshId": "100082", "role": "LU"}"#, Fit::Covered, Fit::Covered),
            (r#"{"RESHID": 100082, "userRole": "LC"}"#, Fit::Over, Fit::Covered),
            (r#"{"unit": ["100082"], "rolle": "lu"}"#, Fit::Covered, Fit::Covered),
            (r#"{"reshId": "100089", "role": "LU"}"#, Fit::Over, Fit::Over),
            (r#"{"reshId": "100082", "role": "SC"}"#, Fit::Over, Fit::Over),
            (r#"{"reshId": "100082"}"#, Fit::Covered, Fit::Covered),
            (r#"{"role": "LC"}"#, Fit::Over, Fit::Covered),
        ] {
            assert_eq!(fit(params, None, &lu), with_lu, "{params}");
            assert_eq!(fit(params, None, &lc), with_lc, "{params}");
        }
        assert_eq!(fit(r#"{"role": "LU"}"#, Some("100089"), &lu), Fit::Over, "the organization is the unit");
        assert_eq!(
            fit(r#"{"reshId": "100082"}"#, Some("100089"), &lu),
            Fit::Covered,
            "the parameter goes first"
        );
    }

    #[test]
    fn what_cannot_be_read_keeps_nobody_and_ends_nothing_of_those_who_have_access() {
        let here = [right("rapporteket-smerte", 100_082, "LU")];
        let other = [right("smerteregisteret", 100_082, "LU")];
        for params in [
            "",
            "{",
            "[1]",
            "{}",
            r#"{"reshId": ["1", "2"]}"#,
            r#"{"reshId": "all", "role": "LU"}"#,
            r#"{"role": null}"#,
        ] {
            assert_eq!(fit(params, None, &here), Fit::Unclear, "{params}");
            assert_eq!(fit(params, None, &other), Fit::Over, "{params}");
            assert_eq!(fit(params, None, &[]), Fit::Over, "{params}");
        }
        assert_eq!(
            fit("{", Some("100082"), &here),
            Fit::Unclear,
            "what is broken says nothing, whoever stands beside"
        );
    }

    #[test]
    fn rows_of_other_registers_are_left_alone() {
        let today: Date = "2026-11-23".parse().unwrap();
        let of = |package: &str| ReportRow { package: Some(package.to_owned()), ..row(None, None) };
        let named = Meaning { packages: BTreeSet::from(["smerte".to_owned()]), ..Meaning::default() };
        assert_eq!(named.own(vec![of("smerte"), of("hjerte"), of("Smerte")], today), Ok(vec![of("smerte")]));
        let one = Meaning::default().own(vec![of("smerte"), of("smerte")], today).unwrap();
        assert_eq!(one.len(), 2);
        let told = Meaning::default().own(vec![of("smerte"), of("hjerte")], today).unwrap_err().to_string();
        assert!(told.contains("`hjerte`, `smerte`"), "{told}");
        let over = ReportRow { until: Some("2026-11-22".to_owned()), ..of("smerte") };
        assert_eq!(named.own(vec![over], today), Ok(Vec::new()));
    }

    #[test]
    fn a_map_says_what_differs_and_nothing_else() {
        let map = Meaning::parse("packages: [smerte]\nowner: person\nrole-order: []\n").unwrap();
        assert_eq!((map.owner, map.table.as_str()), (Owner::Person, "autoreport"));
        assert!(!map.covers("LC", "LU") && map.covers("LU", "lu"));
        assert_eq!(Meaning::parse("{}").unwrap(), Meaning::default());
        for wrong in ["tabel: x", "table: 'x; drop'", "owner: email", "unit: reshId"] {
            assert!(Meaning::parse(wrong).is_err(), "{wrong}");
        }
    }
    #[test]
    fn in_bokmal_no_word_of_the_library_is_left() {
        for (text, nb) in [
            ("x", "her står noe annet enn det som hører hjemme her (linje 1, kolonne 1)"),
            ("foo: bar", "nøkkelen `foo` er ukjent; mulige er `table`, "),
            ("owner: nobody", "verdien `nobody` er ukjent; mulige er `login`, `account`, `person`"),
            ("packages: x", "her står noe annet"),
        ] {
            let told = Meaning::parse(text).unwrap_err();
            assert!(told.get(Lang::Nb).starts_with(nb), "{text}: {told:?}");
        }
        for text in ["table: \"a", "table: [1", "table: a\ntable: b", "a: b: c", "", "table: &a x"] {
            let told =
                Meaning::parse(text).err().map(|told| told.get(Lang::Nb).to_owned()).unwrap_or_default();
            for word in ["expected", "duplicate", "unclosed", " the ", "found"] {
                assert!(!told.contains(word), "{text}: {told}");
            }
        }
    }
}
