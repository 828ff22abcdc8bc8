//! This module takes the id of a resource from the address of a request. An address that cannot be read is told as the
//! RFC writes errors, like everything else that is refused.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Problem;

/// The last part of the address, without percent signs.
pub(super) struct ResourceId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ResourceId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(rejection) => {
                Err(Problem::new(rejection.status(), "the id in the address is no text in UTF-8"))
            }
        }
    }
}
