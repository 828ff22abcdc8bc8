//! This module writes errors as RFC 7644 section 3.12 defines them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portvakt_core::diag::with_full_stop;
use portvakt_core::store::StoreError;
use portvakt_core::system::with_causes;
use portvakt_stores::tables::served::ServeError;
use serde_json::{Value, json};

/// The kinds of error that RFC 7644 (table 9) and RFC 9865 define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProblemKind {
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    InvalidCursor,
    Mutability,
    NoTarget,
    Uniqueness,
}

impl ProblemKind {
    fn word(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidPath => "invalidPath",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
            Self::Mutability => "mutability",
            Self::NoTarget => "noTarget",
            Self::Uniqueness => "uniqueness",
        }
    }
}

/// An error as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub status: StatusCode,
    kind: Option<ProblemKind>,
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into() }
    }

    /// Makes the error for a part of the service that failed (500). The log says more.
    pub fn failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed; its log says why")
    }

    /// Makes the error for a request that cannot be done as it was sent (400).
    pub fn of(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: Some(kind), detail: detail.into() }
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no {what}"))
    }

    /// Makes the error for a conflict: the resource no longer has the version that the client knows.
    pub fn changed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "the account has changed since you read it; read it again and repeat the change",
        )
    }

    /// Adds that the account was closed although the rest of the request was refused.
    pub fn but_closed(self) -> Self {
        self.and_also("The request also closes the account, and that was done: the account is closed")
    }

    /// Adds that accounts were closed although a bulk request was refused.
    pub fn but_closed_in_bulk(self, count: usize) -> Self {
        self.and_also(&format!("The request also closes accounts, and that was done: {count} closed"))
    }

    /// Adds a sentence.
    fn and_also(mut self, sentence: &str) -> Self {
        self.detail = format!("{} {sentence}", with_full_stop(&self.detail));
        self
    }

    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let (Some(kind), Some(body)) = (self.kind, body.as_object_mut()) {
            body.insert("scimType".to_owned(), json!(kind.word()));
        }
        body
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let busy = matches!(error, StoreError::Locked | StoreError::Full | StoreError::ReadOnly);
        if !busy {
            // The database's message is for the people who run the service, not for its clients.
            tracing::error!(error = %with_causes(&error), "the register failed");
        }
        match error {
            StoreError::Locked => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "another program is writing to the register; nothing was written, try again",
            ),
            StoreError::Full | StoreError::ReadOnly => {
                tracing::error!(%error, "the register cannot be written");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            // The answers of a remote register never occur here. They are handled like the other failures.
            StoreError::NotWritten(_)
            | StoreError::ReadOnlyServer
            | StoreError::Open { .. }
            | StoreError::Database(..)
            | StoreError::LeaseLost
            | StoreError::Unreachable { .. }
            | StoreError::NotLetIn { .. }
            | StoreError::Answer { .. }
            | StoreError::Refused(_)
            | StoreError::Unfit(_)
            | StoreError::NotAsked(_)
            | StoreError::Reserved(_)
            | StoreError::Unfinished(..)
            | StoreError::Conflict(_)
            | StoreError::Unknown(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the register failed and nothing was written; its log says why",
            ),
        }
    }
}

impl From<ServeError> for Problem {
    fn from(error: ServeError) -> Self {
        let told = error.to_string();
        match error {
            ServeError::LoginTaken(_) => {
                Self { status: StatusCode::CONFLICT, kind: Some(ProblemKind::Uniqueness), detail: told }
            }
            ServeError::Closed(_) | ServeError::StaysClosed { .. } => Self::of(ProblemKind::Mutability, told),
            ServeError::Gone(id) => Self::not_found(&format!("user `{id}`")),
            ServeError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, json_response(&self.body())).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"register\""));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Makes a response with a JSON body and the media type of RFC 7644 section 3.1.
pub(super) fn json_response(value: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/scim+json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, value.to_string()).into_response()
}
