//! Filters (RFC 7644 section 3.4.2.2): parsed by `scim_v2`, checked against the schema, asked of documents.
//!
//! What is checked once cannot fail later: unknown attributes, comparisons an attribute does not have, dates that are
//! none are refused before anything is read, as `invalidFilter`. An attribute without a value counts as null: it is
//! not equal to anything but null, and neither greater nor less. Of several values, one that matches is enough.

use std::cmp::Ordering;

use jiff::Timestamp;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};
use serde_json::Value;

use super::EXTENSION;
use super::document::Object;
use super::problem::{Kind, Problem};
use super::schema::{self, Attribute, Case, Home, Plural, Type};

/// Longest filter taken, in bytes; the parser limits terms and depth.
const LONGEST: usize = 64 * 1024;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub home: Home,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
}

#[derive(Debug)]
enum Needle {
    Null,
    Bool(bool),
    Number(f64),
    Text { exact: String, folded: String },
    Time(Timestamp),
}

/// A filter that fits the schema.
#[derive(Debug)]
pub(super) struct Test(Node);

#[derive(Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Present(Spot),
    Compare(Spot, CompareOp, Needle),
    Within(Spot, Box<Node>),
}

/// What can be found without asking everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Narrow {
    Id(String),
    Login(String),
    External(String),
}

/// Reads a filter of users.
pub(super) fn parse(text: &str) -> Result<Test, Problem> {
    if text.len() > LONGEST {
        return Err(wrong("the filter is longer than 64 KiB"));
    }
    let parsed: Filter = spaced(text).parse().map_err(|_| wrong(format!("`{text}` is no filter")))?;
    Ok(Test(node(&parsed)?))
}

/// The values of a multi-valued attribute that are meant, as in a path of PATCH.
pub(super) fn within(attribute: &'static Attribute, filter: &ValFilter) -> Result<Test, Problem> {
    Ok(Test(val_node(attribute, filter)?))
}

/// The grammar of the RFC puts no space between `not` and its bracket, its examples do: both are read.
pub(super) fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let (mut quoted, mut escaped) = (false, false);
    let mut word = String::new();
    for c in text.chars() {
        if quoted {
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else if c == '(' && word.eq_ignore_ascii_case("not") {
            spaced.push(' ');
        } else if c == '"' {
            quoted = true;
        }
        if c.is_ascii_alphanumeric() || "._:-$".contains(c) {
            word.push(c);
        } else {
            word.clear();
        }
        spaced.push(c);
    }
    spaced
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::of(Kind::InvalidFilter, detail)
}

fn node(filter: &Filter) -> Result<Node, Problem> {
    Ok(match filter {
        Filter::Attr(expression) => leaf(expression, spot)?,
        Filter::ValuePath(path) => {
            let spot = spot(&path.attr)?;
            if spot.sub.is_some() || spot.attribute.kind != Type::Complex {
                return Err(wrong(format!("`{}` has no parts to look at", path.attr)));
            }
            Node::Within(spot, Box::new(val_node(spot.attribute, &path.filter)?))
        }
        Filter::Not(inner) => Node::Not(Box::new(node(inner)?)),
        Filter::And(all) => Node::All(all.iter().map(node).collect::<Result<_, _>>()?),
        Filter::Or(any) => Node::Any(any.iter().map(node).collect::<Result<_, _>>()?),
    })
}

fn val_node(parent: &'static Attribute, filter: &ValFilter) -> Result<Node, Problem> {
    let inside = |path: &AttrPath| {
        let found = schema::find(parent.sub, &path.name);
        match (found, &path.uri, &path.sub_attr) {
            (Some(attribute), None, None) => Ok(Spot { home: Home::Core, attribute, sub: None }),
            _ => Err(wrong(format!("`{}` has no `{path}`", parent.name))),
        }
    };
    Ok(match filter {
        ValFilter::Attr(expression) => leaf(expression, inside)?,
        ValFilter::Not(inner) => Node::Not(Box::new(val_node(parent, inner)?)),
        ValFilter::And(all) => {
            Node::All(all.iter().map(|it| val_node(parent, it)).collect::<Result<_, _>>()?)
        }
        ValFilter::Or(any) => Node::Any(any.iter().map(|it| val_node(parent, it)).collect::<Result<_, _>>()?),
    })
}

/// The attribute a path names.
pub(super) fn find(path: &AttrPath) -> Option<Spot> {
    let (home, attribute) = schema::of_user(path.uri.as_deref(), &path.name)?;
    let sub = match &path.sub_attr {
        None => None,
        Some(name) => Some(schema::find(attribute.sub, name)?),
    };
    Some(Spot { home, attribute, sub })
}

fn spot(path: &AttrPath) -> Result<Spot, Problem> {
    find(path).ok_or_else(|| wrong(format!("a user has no `{path}`")))
}

fn leaf(expression: &AttrExp, find: impl Fn(&AttrPath) -> Result<Spot, Problem>) -> Result<Node, Problem> {
    match expression {
        AttrExp::Present(path) => Ok(Node::Present(find(path)?)),
        AttrExp::Comparison(path, op, value) => {
            let mut spot = find(path)?;
            if spot.sub.is_none() && spot.attribute.kind == Type::Complex {
                // The value of a value is what is compared (RFC 7644: `emails co "example.com"`).
                spot.sub = schema::find(spot.attribute.sub, "value");
                if spot.sub.is_none() {
                    return Err(wrong(format!("`{path}` has several parts: name the one that is compared")));
                }
            }
            let attribute = spot.sub.unwrap_or(spot.attribute);
            Ok(Node::Compare(spot, op.clone(), needle(attribute, op, value)?))
        }
    }
}

fn needle(attribute: &Attribute, op: &CompareOp, value: &CompValue) -> Result<Needle, Problem> {
    let name = attribute.name;
    let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let textual = matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew);
    let refuse = || Err(wrong(format!("`{name}` cannot be compared with `{op} {value}`")));
    match (attribute.kind, value) {
        (_, CompValue::Null) if equality => Ok(Needle::Null),
        (Type::Boolean, CompValue::True) if equality => Ok(Needle::Bool(true)),
        (Type::Boolean, CompValue::False) if equality => Ok(Needle::Bool(false)),
        (Type::Integer, CompValue::Number(number)) if !textual => match number.as_f64() {
            Some(number) => Ok(Needle::Number(number)),
            None => refuse(),
        },
        (Type::DateTime, CompValue::Str(text)) if !textual => match text.parse() {
            Ok(time) => Ok(Needle::Time(time)),
            Err(_) => Err(wrong(format!(
                "`{text}` is no point in time; one is written like `2026-11-23T12:00:00Z`"
            ))),
        },
        (Type::String | Type::Reference | Type::DateTime, CompValue::Str(text)) => {
            Ok(Needle::Text { exact: text.clone(), folded: cased(attribute, text) })
        }
        _ => refuse(),
    }
}

fn cased(attribute: &Attribute, text: &str) -> String {
    if attribute.case == Case::Exact { text.to_owned() } else { text.to_lowercase() }
}

/// The values that stand at a spot of this document.
pub(super) fn values(spot: Spot, document: &Object) -> Vec<&Value> {
    let home = match spot.home {
        Home::Core => Some(document),
        Home::Extension => document.get(EXTENSION).and_then(Value::as_object),
    };
    let found = home.and_then(|home| home.get(spot.attribute.name));
    let several = match (found, spot.attribute.plural) {
        (Some(Value::Array(several)), Plural::Many) => several.iter().collect(),
        (Some(one), _) => vec![one],
        (None, _) => Vec::new(),
    };
    match spot.sub {
        None => several,
        Some(sub) => several.into_iter().filter_map(|value| value.get(sub.name)).collect(),
    }
}

impl Test {
    /// Whether a document matches.
    pub fn matches(&self, document: &Object) -> bool {
        matches(&self.0, document)
    }

    /// What everything that matches is surely found by.
    pub fn narrow(&self) -> Option<Narrow> {
        narrow(&self.0)
    }

    /// Whether it asks for what is worked out for an answer alone: the version, or where the service is.
    pub fn looks_at_answers(&self) -> bool {
        looks_at_answers(&self.0)
    }

    /// The values that everything which matches surely has, where the filter is one equality or several joined by
    /// `and`: from which PATCH makes a value that is to be added.
    pub fn equalities(&self) -> Vec<(&'static str, Value)> {
        let mut found = Vec::new();
        equalities(&self.0, &mut found);
        found
    }
}

fn looks_at_answers(node: &Node) -> bool {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().any(looks_at_answers),
        Node::Not(inner) => looks_at_answers(inner),
        Node::Present(spot) | Node::Compare(spot, ..) => of_answers(*spot),
        Node::Within(spot, _) => spot.attribute.name == "meta",
    }
}

/// Whether what stands here is worked out for an answer alone.
pub(super) fn of_answers(spot: Spot) -> bool {
    spot.attribute.name == "meta" && spot.sub.is_none_or(|sub| matches!(sub.name, "version" | "location"))
}

fn equalities(node: &Node, found: &mut Vec<(&'static str, Value)>) {
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

fn narrow(node: &Node) -> Option<Narrow> {
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

fn matches(node: &Node, document: &Object) -> bool {
    match node {
        Node::All(all) => all.iter().all(|node| matches(node, document)),
        Node::Any(any) => any.iter().any(|node| matches(node, document)),
        Node::Not(inner) => !matches(inner, document),
        Node::Present(spot) => values(*spot, document).into_iter().any(present),
        Node::Compare(spot, op, needle) => {
            let attribute = spot.sub.unwrap_or(spot.attribute);
            let values = values(*spot, document);
            if values.is_empty() {
                return match (op, needle) {
                    (CompareOp::Eq, Needle::Null) => true,
                    (CompareOp::Ne, Needle::Null) => false,
                    (CompareOp::Ne, _) => true,
                    _ => false,
                };
            }
            values.into_iter().any(|value| compare(attribute, value, op, needle))
        }
        Node::Within(spot, inner) => values(*spot, document)
            .into_iter()
            .filter_map(Value::as_object)
            .any(|value| matches(inner, value)),
    }
}

fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(present),
        Value::Object(parts) => parts.values().any(present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(attribute: &Attribute, value: &Value, op: &CompareOp, needle: &Needle) -> bool {
    let order = match (value, needle) {
        (Value::Bool(value), Needle::Bool(needle)) => Some(value.cmp(needle)),
        (Value::Number(value), Needle::Number(needle)) => {
            value.as_f64().and_then(|value| value.partial_cmp(needle))
        }
        (Value::String(value), Needle::Time(needle)) => {
            value.parse::<Timestamp>().ok().map(|value| value.cmp(needle))
        }
        (Value::String(value), Needle::Text { folded: needle, .. }) => {
            let value = cased(attribute, value);
            match op {
                CompareOp::Co => return value.contains(needle.as_str()),
                CompareOp::Sw => return value.starts_with(needle.as_str()),
                CompareOp::Ew => return value.ends_with(needle.as_str()),
                _ => Some(value.as_str().cmp(needle)),
            }
        }
        _ => None,
    };
    match op {
        CompareOp::Eq => order == Some(Ordering::Equal),
        CompareOp::Ne => order != Some(Ordering::Equal),
        CompareOp::Gt => order == Some(Ordering::Greater),
        CompareOp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        CompareOp::Lt => order == Some(Ordering::Less),
        CompareOp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn user(login: &str, roles: &[&str], active: bool) -> Object {
        let roles: Vec<Value> = roles.iter().map(|role| json!({ "value": role })).collect();
        let mut user = json!({
            "userName": login,
            "active": active,
            "meta": { "created": "2026-11-23T12:00:00.5Z" },
        });
        if !roles.is_empty() {
            user["roles"] = json!(roles);
        }
        user.as_object().unwrap().clone()
    }

    fn asks(filter: &str, user: &Object) -> bool {
        parse(filter).unwrap_or_else(|problem| panic!("{filter}: {problem:?}")).matches(user)
    }

    #[test]
    fn times_are_compared_as_points_in_time() {
        let user = user("a", &[], true);
        assert!(asks("meta.created eq \"2026-11-23T13:00:00.500+01:00\"", &user));
        assert!(asks("meta.created gt \"2026-11-23T12:00:00Z\"", &user));
        assert!(!asks("meta.created gt \"2026-11-23T12:00:01Z\"", &user));
    }

    #[test]
    fn a_quote_in_a_text_ends_nothing_and_not_in_a_text_is_no_word() {
        assert!(asks(r#"userName eq "say \"not(\" ""#, &user(r#"say "not(" "#, &[], true)));
        assert!(asks(r#"userName eq "\u00e5""#, &user("Å", &[], true)));
        assert_eq!(spaced(r#"not(a eq "not(\"not(")"#), r#"not (a eq "not(\"not(")"#);
    }

    #[test]
    fn deep_and_long_filters_are_refused_and_end_nobody() {
        let deep = format!("{}userName pr{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(parse(&deep).is_err());
        assert!(parse(&"not(".repeat(10_000)).is_err());
        assert!(parse(&format!("userName pr{}", " or userName pr".repeat(3000))).is_err());
        assert!(parse(&format!("userName eq \"{}\"", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn what_is_found_without_asking_everybody_is_what_all_matches_have() {
        let narrow = |filter: &str| parse(filter).unwrap().narrow();
        assert_eq!(narrow("userName eq \"KARI\""), Some(Narrow::Login("kari".to_owned())));
        assert_eq!(narrow("active eq true and id eq \"X\""), Some(Narrow::Id("X".to_owned())));
        assert_eq!(narrow("externalId eq \"Px\" and roles pr"), Some(Narrow::External("Px".to_owned())));
        for wide in [
            "userName eq \"a\" or active eq true",
            "not (id eq \"a\")",
            "userName ne \"a\"",
            "userName eq \"å\"",
        ] {
            assert_eq!(narrow(wide), None, "{wide}");
        }
    }

    /// A filter, and what it should say of a user: built together, so that neither is read from the other.
    #[derive(Debug, Clone)]
    enum Plain {
        Login(&'static str, String),
        Role(&'static str, String),
        RoleWithin(String),
        Active(bool),
        HasRoles,
        Not(Box<Plain>),
        And(Box<Plain>, Box<Plain>),
        Or(Box<Plain>, Box<Plain>),
    }

    fn plain() -> impl Strategy<Value = Plain> {
        let op = || prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
        let leaf = prop_oneof![
            (op(), "[abAB]{0,2}").prop_map(|(op, text)| Plain::Login(op, text)),
            (op(), "[abAB]{0,2}").prop_map(|(op, text)| Plain::Role(op, text)),
            "[abAB]{0,2}".prop_map(Plain::RoleWithin),
            any::<bool>().prop_map(Plain::Active),
            Just(Plain::HasRoles),
        ];
        leaf.prop_recursive(4, 24, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|it| Plain::Not(Box::new(it))),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| Plain::And(Box::new(a), Box::new(b))),
                (inner.clone(), inner).prop_map(|(a, b)| Plain::Or(Box::new(a), Box::new(b))),
            ]
        })
    }

    fn holds(op: &str, value: &str, text: &str) -> bool {
        match op {
            "eq" => value == text,
            "ne" => value != text,
            "co" => value.contains(text),
            "sw" => value.starts_with(text),
            "ew" => value.ends_with(text),
            "gt" => value > text,
            "ge" => value >= text,
            "lt" => value < text,
            _ => value <= text,
        }
    }

    impl Plain {
        /// With as few brackets as precedence allows: `not` binds before `and`, `and` before `or`.
        fn text(&self, above: u8) -> String {
            let (text, own) = match self {
                Self::Login(op, text) => (format!("userName {op} \"{text}\""), 3),
                Self::Role(op, text) => (format!("roles.value {op} \"{text}\""), 3),
                Self::RoleWithin(text) => (format!("roles[not (value ne \"{text}\")]"), 3),
                Self::Active(is) => (format!("active eq {is}"), 3),
                Self::HasRoles => ("roles pr".to_owned(), 3),
                Self::Not(inner) => (format!("not({})", inner.text(0)), 3),
                Self::And(a, b) => (format!("{} and {}", a.text(2), b.text(2)), 2),
                Self::Or(a, b) => (format!("{} OR {}", a.text(1), b.text(1)), 1),
            };
            if own < above { format!("( {text} )") } else { text }
        }

        fn says(&self, login: &str, roles: &[&str], active: bool) -> bool {
            let lower = str::to_lowercase;
            match self {
                // Logins are alike whatever their case, roles are not.
                Self::Login(op, text) => holds(op, &lower(login), &lower(text)),
                Self::Role("ne", _) if roles.is_empty() => true,
                Self::Role(op, text) => roles.iter().any(|role| holds(op, role, text)),
                Self::RoleWithin(text) => roles.iter().any(|role| role == text),
                Self::Active(is) => active == *is,
                Self::HasRoles => roles.iter().any(|role| !role.is_empty()),
                Self::Not(inner) => !inner.says(login, roles, active),
                Self::And(a, b) => a.says(login, roles, active) && b.says(login, roles, active),
                Self::Or(a, b) => a.says(login, roles, active) || b.says(login, roles, active),
            }
        }
    }

    proptest! {
        #[test]
        fn a_filter_says_what_it_means(
            filter in plain(),
            login in "[abAB]{1,3}",
            roles in prop::collection::vec("[abAB]{0,3}", 0..3),
            active in any::<bool>(),
        ) {
            let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
            let text = filter.text(0);
            let test = parse(&text).map_err(|problem| TestCaseError::fail(format!("{text}: {problem:?}")))?;
            prop_assert_eq!(
                test.matches(&user(&login, &roles, active)),
                filter.says(&login, &roles, active),
                "{}", text
            );
        }

        #[test]
        fn no_text_ends_the_service(text in "\\PC{0,60}") {
            let _read_or_refused = parse(&text).is_ok();
        }

        #[test]
        fn what_is_nearly_a_filter_is_read_or_refused(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "userName", "roles", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "\"a\"", "null", "1", ".",
                    "value", "meta.created", "urn:x:", "\\",
                ]),
                0..12,
            ),
        ) {
            let text = words.join(" ");
            if let Ok(test) = parse(&text) {
                test.matches(&user("a", &["b"], true));
            }
        }
    }
}
