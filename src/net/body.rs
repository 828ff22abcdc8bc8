//! The body of an answer, up to a largest size. A longer answer is not read to its end.

use std::io::Read as _;

/// The most bytes of memory that are reserved for an announced size before any data has come.
const BELIEVED: u64 = 1024 * 1024;

/// The reason why there is no whole body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The body is larger than the limit.
    #[error("the answer is larger than the limit")]
    Large,
    /// The connection broke, or the answer took too long.
    #[error("the answer broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl BodyError {
    /// Returns whether the answer took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        let Self::Broken(broken) = self else { return false };
        let slow = |error: &reqwest::Error| error.is_timeout();
        if let Some(error) = broken.downcast_ref::<std::io::Error>() {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
            return error.kind() == std::io::ErrorKind::TimedOut || inner.is_some_and(slow);
        }
        broken.downcast_ref().is_some_and(slow)
    }
}

/// Reserves memory for the announced size, up to a limit. Memory that grows step by step would be copied again and
/// again.
fn room(announced: Option<u64>, largest: usize) -> Result<Vec<u8>, BodyError> {
    let announced = announced.unwrap_or_default();
    if usize::try_from(announced).map_or(true, |announced| announced > largest) {
        return Err(BodyError::Large);
    }
    Ok(Vec::with_capacity(usize::try_from(announced.min(BELIEVED)).unwrap_or_default()))
}

/// Reads a body to its end.
///
/// # Errors
/// Fails when the body has more bytes than `largest`, or when the connection breaks.
pub async fn body(mut answer: reqwest::Response, largest: usize) -> Result<Vec<u8>, BodyError> {
    let mut bytes = room(answer.content_length(), largest)?;
    let broken = |error: reqwest::Error| BodyError::Broken(error.without_url().into());
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if bytes.len().saturating_add(chunk.len()) > largest {
            return Err(BodyError::Large);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Does the same on a thread that may wait.
///
/// # Errors
/// Fails as [`body`] does.
pub fn body_blocking(answer: reqwest::blocking::Response, largest: usize) -> Result<Vec<u8>, BodyError> {
    let mut bytes = room(answer.content_length(), largest)?;
    // One byte more than allowed shows that there is more.
    let most = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    answer.take(most).read_to_end(&mut bytes).map_err(|error| BodyError::Broken(error.into()))?;
    if bytes.len() > largest { Err(BodyError::Large) } else { Ok(bytes) }
}
