//! These tests compare the reading and matching of filters with a simple reading of their words.
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
    for wide in
        ["userName eq \"a\" or active eq true", "not (id eq \"a\")", "userName ne \"a\"", "userName eq \"å\""]
    {
        assert_eq!(narrow(wide), None, "{wide}");
    }
}

/// A filter with its expected result for a user. Both are built together, so neither is derived from the other.
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
    /// Writes the filter with as few brackets as precedence allows: `not` binds before `and`, `and` before `or`.
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
            // Logins are compared without case, roles with case.
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
