//! This module runs the service on a socket. It checks access, limits the size and duration of requests, and routes
//! them.
//!
//! Discovery can be read without a token, as RFC 7644 section 4 allows, because it contains no data about persons. If
//! a token is sent, it is checked there too. Tokens are not logged. Queries are not logged either, because they name
//! people.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, MatchedPath, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use portvakt_listen::{ConnectionLimits, ServiceNames};
use portvakt_stores::tables::served::Served;
use serde_json::Value;
use tokio::net::TcpListener;

use super::closes::{patch_closes, user_closes};
use super::desk::RegisterDesk;
use super::discovery::{self, LARGEST_BODY};
use super::document::{document, location};
use super::headers::{check_single, named_versions};
use super::problem::{Problem, ProblemKind, json_response};
use super::project::Projection;
use super::query::Query;
use super::resource_id::ResourceId;
use super::tokens::Tokens;
use super::users::{self, UserRequest, lists};
use super::{BASE, bulk, members, search};

/// The longest time for a request, including its body and the answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long connections may stay silent, and how many there may be.
const LIMITS: ConnectionLimits =
    ConnectionLimits { head: Duration::from_secs(30), connections: 512, grace: Duration::from_secs(10) };

/// The settings of the service at its start.
#[derive(Debug)]
pub struct ServiceSettings {
    /// The tokens that give access.
    pub tokens: Tokens,
    /// The address of the service for clients, up to its path (`https://register.example`). If it is `None`, each
    /// request's `Host` is used, which is then an address of this host.
    pub public: Option<String>,
}

struct Service {
    desk: Arc<RegisterDesk>,
    settings: ServiceSettings,
    own: SocketAddr,
    names: ServiceNames,
}

type Shared = State<Arc<Service>>;
type Sent = Result<Bytes, BytesRejection>;

/// Answers requests until `shutdown` is done. Requests that are already running then get a short time to finish.
///
/// # Errors
/// Fails when the listener cannot tell its address.
pub async fn run(
    listener: TcpListener,
    desk: RegisterDesk,
    settings: ServiceSettings,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let own = listener.local_addr()?;
    let names = match &settings.public {
        Some(public) => ServiceNames::of(own).and_public(public),
        None => ServiceNames::of(own),
    };
    let router = router(Arc::new(Service { desk: Arc::new(desk), settings, own, names }));
    portvakt_listen::answer(listener, router, LIMITS, shutdown).await;
    Ok(())
}

fn router(service: Arc<Service>) -> Router {
    let at = |path: &str| format!("{BASE}{path}");
    Router::new()
        .route(&at("/ServiceProviderConfig"), get(config))
        .route(&at("/ResourceTypes"), get(resource_types))
        .route(&at("/ResourceTypes/{id}"), get(resource_type))
        .route(&at("/Schemas"), get(get_schemas))
        .route(&at("/Schemas/{id}"), get(schema))
        .route(&at("/Users"), get(get_users).post(post_user))
        .route(&at("/Users/.search"), post(search_users))
        .route(&at("/Users/{id}"), get(get_user).put(put_user).patch(amend).delete(delete_user))
        .route(&at("/.search"), post(search_users))
        .route(&at("/Bulk"), post(many))
        .route(&at("/Me"), any(me))
        .fallback(async || Problem::not_found("such address here"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "that cannot be done at this address")
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(&service), guard))
        .with_state(service)
}

/// Checks the access of a request, limits its time, and logs it.
async fn guard(State(service): Shared, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    // This is the path of the route, without the id. The id is not a person's name, but the log does not need it.
    let path = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let response = match service.let_in(&request) {
        Err(problem) => problem.into_response(),
        Ok(()) => match tokio::time::timeout(PATIENCE, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the request took too long; read the account again before you repeat it",
            )
            .into_response(),
        },
    };
    let status = response.status().as_u16();
    tracing::debug!(%method, path, status, ms = begun.elapsed().as_millis(), "answered");
    response
}

impl Service {
    fn let_in(&self, request: &Request<Body>) -> Result<(), Problem> {
        if !self.names.answer(request) {
            // Somebody's browser may have been led here.
            let told = "the service does not have this name; clients use the one that `--public-url` gives";
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, told));
        }
        check_single(request.headers())?;
        let told = |text: &str| Problem::new(StatusCode::UNAUTHORIZED, text);
        let needed = || told("a bearer token is needed");
        let Some(sent) = request.headers().get(header::AUTHORIZATION) else {
            let below = request.uri().path().strip_prefix(BASE).unwrap_or_default();
            let first = below.split('/').nth(1).unwrap_or_default();
            let open = matches!(first, "ServiceProviderConfig" | "ResourceTypes" | "Schemas");
            return if open { Ok(()) } else { Err(needed()) };
        };
        let sent = sent.to_str().ok().and_then(|text| text.split_once(' '));
        match sent {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                if self.settings.tokens.let_in(token.trim()) {
                    Ok(())
                } else {
                    Err(told("this token is not one of those that are let in"))
                }
            }
            _ => Err(needed()),
        }
    }

    /// Returns the address of the service for this client, up to its path.
    fn at(&self, headers: &HeaderMap) -> String {
        if let Some(public) = &self.settings.public {
            return public.clone();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        match host.filter(|host| !host.is_empty() && host.chars().all(plain)) {
            Some(host) => format!("http://{host}"),
            None => format!("http://{}", self.own),
        }
    }

    fn user(&self, status: StatusCode, served: &Served, sent: &Projection, headers: &HeaderMap) -> Response {
        let at = self.at(headers);
        let user = document(served, &at, self.desk.zone());
        let version = super::document::version(served);
        let mut response = (status, json_response(&Value::Object(sent.of(user)))).into_response();
        let place = location(served.account.id.as_str(), &at);
        for (name, value) in [(header::ETAG, version), (header::LOCATION, place)] {
            if let Ok(value) = HeaderValue::try_from(value)
                && (name != header::LOCATION || status == StatusCode::CREATED)
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// Reads the message in a request.
fn read_message(headers: &HeaderMap, sent: Sent) -> Result<Value, Problem> {
    if let Some(kind) = headers.get(header::CONTENT_TYPE) {
        let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/scim+json")
            && !kind.eq_ignore_ascii_case("application/json")
        {
            let told = "the body must be `application/scim+json` or `application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, told));
        }
    }
    let bytes = sent.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {LARGEST_BODY} bytes; send it in several requests"),
        ),
        status => Problem::new(status, "the body could not be read"),
    })?;
    let message = members::read_whole(&bytes)?;
    if message.is_object() {
        Ok(message)
    } else {
        Err(Problem::of(ProblemKind::InvalidSyntax, "the body must be a JSON object"))
    }
}

fn user_request(headers: &HeaderMap) -> UserRequest {
    UserRequest { known: named_versions(headers, header::IF_MATCH) }
}

fn refuse_filter(query: Option<&str>) -> Result<(), Problem> {
    let filtered = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"));
    if filtered {
        return Err(Problem::new(StatusCode::FORBIDDEN, "this list takes no filter (RFC 7644 section 4)"));
    }
    Ok(())
}

async fn config(State(service): Shared, headers: HeaderMap) -> Response {
    json_response(&discovery::config(&service.at(&headers)))
}

async fn resource_types(
    State(service): Shared,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    refuse_filter(query.as_deref())?;
    Ok(json_response(&discovery::listed(&discovery::resource_types(&service.at(&headers)))))
}

async fn resource_type(
    State(service): Shared,
    headers: HeaderMap,
    ResourceId(id): ResourceId,
) -> Result<Response, Problem> {
    Ok(json_response(&discovery::resource_by_id(discovery::resource_types(&service.at(&headers)), &id)?))
}

async fn get_schemas(
    State(service): Shared,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    refuse_filter(query.as_deref())?;
    Ok(json_response(&discovery::listed(&discovery::schemas(&service.at(&headers)))))
}

async fn schema(
    State(service): Shared,
    headers: HeaderMap,
    ResourceId(id): ResourceId,
) -> Result<Response, Problem> {
    Ok(json_response(&discovery::resource_by_id(discovery::schemas(&service.at(&headers)), &id)?))
}

async fn me() -> Problem {
    Problem::new(StatusCode::NOT_IMPLEMENTED, "a token stands for a program here, not for a user")
}

async fn get_users(
    State(service): Shared,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::of_address(query.as_deref())?;
    Ok(json_response(&search::search(&service.desk, &query, &service.at(&headers)).await?))
}

async fn search_users(State(service): Shared, headers: HeaderMap, sent: Sent) -> Result<Response, Problem> {
    let message = read_message(&headers, sent)?;
    members::check_said_once(&message)?;
    let query = Query::of_message(&message)?;
    Ok(json_response(&search::search(&service.desk, &query, &service.at(&headers)).await?))
}

async fn get_user(
    State(service): Shared,
    ResourceId(id): ResourceId,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let shown = Query::of_address(query.as_deref())?.projection()?;
    let served = service.desk.read(move |connection| users::get(connection, &id)).await?;
    let version = super::document::version(&served);
    let known = named_versions(&headers, header::IF_NONE_MATCH);
    if known.is_some_and(|known| lists(&known, &version)) {
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        if let Ok(version) = HeaderValue::try_from(version) {
            unchanged.headers_mut().insert(header::ETAG, version);
        }
        return Ok(unchanged);
    }
    Ok(service.user(StatusCode::OK, &served, &shown, &headers))
}

async fn post_user(
    State(service): Shared,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Response, Problem> {
    let shown = Query::of_address(query.as_deref())?.projection()?;
    let message = read_message(&headers, sent)?;
    let made = service.desk.write(move |connection, today| users::create(connection, &message, today));
    Ok(service.user(StatusCode::CREATED, &made.await?, &shown, &headers))
}

/// Handles a request that changes a user (PUT or PATCH).
async fn change_user(
    service: &Service,
    method: Method,
    id: String,
    headers: HeaderMap,
    query: Option<String>,
    sent: Sent,
) -> Result<Response, Problem> {
    // An address that asks for what cannot be answered is refused, and a closing in the body is not lost to it.
    let (shown, wrong) = match Query::of_address(query.as_deref()).and_then(|query| query.projection()) {
        Ok(shown) => (shown, None),
        Err(wrong) => (Projection::default(), Some(wrong)),
    };
    let message = read_message(&headers, sent)?;
    let asked = user_request(&headers);
    let done = service.desk.write(move |connection, today| match (method, wrong) {
        (Method::PUT, None) => users::replace(connection, &id, &message, &asked, today),
        (_, None) => users::amend(connection, &id, &message, &asked, today),
        (method, Some(wrong)) => {
            let closes = if method == Method::PUT { user_closes(&message) } else { patch_closes(&message) };
            users::refuse_but_close(connection, (&id, closes), &asked, wrong, today)
        }
    });
    let done = done.await?;
    match done.refused {
        Some(refused) => Err(refused),
        None => Ok(service.user(StatusCode::OK, &done.served, &shown, &headers)),
    }
}

async fn put_user(
    State(service): Shared,
    ResourceId(id): ResourceId,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Response, Problem> {
    change_user(&service, Method::PUT, id, headers, query, sent).await
}

async fn amend(
    State(service): Shared,
    ResourceId(id): ResourceId,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Response, Problem> {
    change_user(&service, Method::PATCH, id, headers, query, sent).await
}

async fn delete_user(
    State(service): Shared,
    ResourceId(id): ResourceId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = user_request(&headers);
    service.desk.write(move |connection, today| users::delete(connection, &id, &asked, today)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn many(State(service): Shared, headers: HeaderMap, sent: Sent) -> Result<Response, Problem> {
    let message = read_message(&headers, sent)?;
    let at = service.at(&headers);
    let done = service.desk.write(move |connection, today| bulk::run(connection, &message, &at, today));
    let done = done.await?;
    match done.refused {
        Some(refused) => Err(refused),
        None => Ok(json_response(&done.answer)),
    }
}
