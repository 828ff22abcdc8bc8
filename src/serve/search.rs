//! This module answers list queries. It finds all users that a filter matches, sorts them, and sends one page and the
//! total number.
//!
//! Without `sortBy` the users are in the order of their ids. With it, users with equal values are in the order of
//! their ids, so pages never overlap. Users without a value come last, or first when descending (RFC 7644 section
//! 3.4.2.3).

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use portvakt_core::model::AccountId;
use portvakt_stores::tables::served;
use portvakt_stores::tables::served::{Served, Stage};
use scim_v2::filter::PatchPath;
use serde_json::{Value, json};

use super::LISTED;
use super::desk::{RegisterDesk, SelectedUsers, failed};
use super::document::{Object, document, looked_at};
use super::filter::{self, Narrow, Spot, Test};
use super::page::{Mark, Start};
use super::problem::{Problem, ProblemKind};
use super::query::{Order, Query};
use super::schema::{self, LetterCase, Type};

/// Answers a list query. `at` is the address of the service, up to its path.
pub(super) async fn search(desk: &Arc<RegisterDesk>, query: &Query, at: &str) -> Result<Value, Problem> {
    let test = query.filter.as_deref().map(filter::parse).transpose()?;
    let sort = query.sort_by.as_deref().map(sort_by).transpose()?;
    let page = query.page()?;
    let projection = query.projection()?;

    let question = query.question();
    let narrow = test.as_ref().and_then(Test::narrow);
    let narrowed = narrow.is_some();
    let candidates = match narrow {
        Some(narrow) => Arc::new(desk.read(move |connection| matching_users(connection, narrow)).await?),
        None => desk.everybody().await?,
    };
    let order = order_of(sort, query.order);
    let (desk, at) = (Arc::clone(desk), at.to_owned());
    // This looks at thousands of documents, so it does not run on a thread that answers other requests.
    let work = move || {
        let kept = if narrowed { None } else { desk.kept(&question, &candidates) };
        let chosen = kept.unwrap_or_else(|| {
            let chosen = Arc::new(choose(&candidates, test.as_ref(), sort, order, desk.zone(), &at));
            // A result that an index found is not kept, because the index finds it again just as quickly. A result
            // that depends on the address is valid for one client only.
            if !narrowed && !answers_asked(test.as_ref(), sort) {
                desk.keep(&question, &candidates, &chosen);
            }
            chosen
        });
        let listed = |(key, place): &(Option<String>, usize)| Some((key.clone(), candidates.get(*place)?));
        let from = match &page.start {
            Start::Index(first) => first.saturating_sub(1).min(chosen.len()),
            Start::Cursor(None) => 0,
            Start::Cursor(Some(mark)) => chosen.partition_point(|(key, place)| {
                let id = candidates.get(*place).map_or("", id);
                ordered(order, (key, id), (&mark.key, &mark.id)).is_le()
            }),
        };
        let sent: Vec<(Option<String>, &Served)> =
            chosen.iter().skip(from).take(page.count).filter_map(listed).collect();
        let more = from + sent.len() < chosen.len();
        let next = sent.last().filter(|_| more && matches!(page.start, Start::Cursor(_)));
        let next = next.map(|(key, served)| Mark::new(&question, key.clone(), id(served)).write());
        let shown = |served: &Served| Value::Object(projection.of(document(served, &at, desk.zone())));
        search_answer(&sent, chosen.len(), &page.start, next, shown)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
}

fn answers_asked(test: Option<&Test>, sort: Option<Spot>) -> bool {
    test.is_some_and(Test::looks_at_answers) || sort.is_some_and(filter::of_answers)
}

/// Returns the users that a filter matches, sorted. `candidates` is in the order of ids.
fn choose(
    candidates: &[Served],
    test: Option<&Test>,
    sort: Option<Spot>,
    order: Order,
    zone: &TimeZone,
    at: &str,
) -> SelectedUsers {
    let by_id = sort.is_some_and(|spot| spot.attribute.name == "id");
    let all = answers_asked(test, sort);
    let look = |served: &Served| if all { document(served, at, zone) } else { looked_at(served, zone) };
    let chosen = candidates.iter().enumerate().filter_map(|(place, served)| {
        if test.is_none() && (by_id || sort.is_none()) {
            return Some((by_id.then(|| id(served).to_owned()), place));
        }
        let user = look(served);
        test.is_none_or(|test| test.matches(&user))
            .then(|| (sort.and_then(|spot| sort_key(spot, &user)), place))
    });
    let mut chosen: SelectedUsers = chosen.collect();
    if test.is_some_and(Test::asks_for_one) {
        // A login and a client's own id are free again when an account is closed. A client that asks for one means the
        // account that has it now. If no account has it, the closed ones are found.
        let closed = |place: &usize| candidates.get(*place).is_some_and(|it| it.stage == Stage::Closed);
        if chosen.iter().any(|(_, place)| !closed(place)) {
            chosen.retain(|(_, place)| !closed(place));
        }
    }
    if sort.is_some() && !(by_id && order == Order::Ascending) {
        // The places in the list are in the order of ids.
        chosen.sort_by(|a, b| by_key(order, &a.0, &b.0).then(a.1.cmp(&b.1)));
    }
    chosen
}

/// Returns the order to use. Without `sortBy`, a `sortOrder` has no effect.
fn order_of(sort: Option<Spot>, order: Order) -> Order {
    if sort.is_some() { order } else { Order::Ascending }
}

fn id(served: &Served) -> &str {
    served.account.id.as_str()
}

fn search_answer(
    sent: &[(Option<String>, &Served)],
    total: usize,
    start: &Start,
    next: Option<String>,
    show: impl Fn(&Served) -> Value,
) -> Value {
    let resources: Vec<Value> = sent.iter().map(|(_, served)| show(served)).collect();
    let mut list = json!({
        "schemas": [LISTED],
        "totalResults": total,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    if let Some(list) = list.as_object_mut() {
        if let Start::Index(first) = start {
            list.insert("startIndex".to_owned(), json!(first));
        }
        if let Some(next) = next {
            list.insert("nextCursor".to_owned(), json!(next));
        }
    }
    list
}

/// Reads the users that can match. The others are not read.
fn matching_users(
    connection: &portvakt_database::Connection,
    narrow: Narrow,
) -> Result<Vec<Served>, Problem> {
    let ids = match narrow {
        Narrow::Id(id) => vec![AccountId::new(&id)],
        Narrow::Login(login) => served::with_login(connection, &login)?,
        Narrow::External(external) => served::with_external(connection, &external)?,
    };
    let mut found = Vec::new();
    for id in ids {
        found.extend(served::served_account(connection, &id)?);
    }
    Ok(found)
}

fn sort_by(text: &str) -> Result<Spot, Problem> {
    let wrong = || Problem::of(ProblemKind::InvalidPath, format!("users cannot be sorted by `{text}`"));
    let Ok(PatchPath::Attr(path)) = text.parse() else { return Err(wrong()) };
    let mut spot = filter::find_spot(&path).ok_or_else(wrong)?;
    if spot.sub.is_none() && spot.attribute.kind == Type::Complex {
        spot.sub = Some(schema::find_attribute(spot.attribute.sub, "value").ok_or_else(wrong)?);
    }
    Ok(spot)
}

/// Returns the value that a user is sorted by. If there are several values, it is the first one, which is the primary
/// one.
fn sort_key(spot: Spot, user: &Object) -> Option<String> {
    let attribute = spot.sub.unwrap_or(spot.attribute);
    match filter::values(spot, user).first()? {
        Value::String(text) if attribute.kind == Type::DateTime => {
            let time: Timestamp = text.parse().ok()?;
            Some(format!("{:020}", time.as_millisecond()))
        }
        Value::String(text) if attribute.case == LetterCase::Exact => Some(text.clone()),
        Value::String(text) => Some(text.to_lowercase()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Number(number) => number.as_u64().map(|number| format!("{number:020}")),
        _ => None,
    }
}

fn by_key(order: Order, one: &Option<String>, other: &Option<String>) -> Ordering {
    let by_key = (one.is_none(), one).cmp(&(other.is_none(), other));
    if order == Order::Descending { by_key.reverse() } else { by_key }
}

fn ordered(order: Order, one: (&Option<String>, &str), other: (&Option<String>, &str)) -> Ordering {
    by_key(order, one.0, other.0).then_with(|| one.1.cmp(other.1))
}
