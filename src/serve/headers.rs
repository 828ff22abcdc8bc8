//! This module reads the headers of a request so that nothing that is said twice is lost.

use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// Refuses a request with two lines of a header that may stand there once (RFC 9110 section 5.3). A proxy in front of the
/// service may have looked at the other line.
pub(super) fn check_single(headers: &HeaderMap) -> Result<(), Problem> {
    let names = [header::AUTHORIZATION, header::CONTENT_TYPE, header::HOST];
    let twice = names.into_iter().find(|name| headers.get_all(name).iter().count() > 1);
    match twice {
        Some(name) => {
            let told = format!("the header `{name}` stands in the request more than once; send it once");
            Err(Problem::new(StatusCode::BAD_REQUEST, told))
        }
        None => Ok(()),
    }
}

/// Returns the list of versions that a request names in this header. It may stand in several lines. It is `None` if the
/// request does not have the header. Bytes that are no text are the version of nothing.
pub(super) fn named_versions(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<_> =
        headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}
