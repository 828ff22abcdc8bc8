//! This module finds the next page and the time to wait. Both values come from the forge and are checked. Only the
//! query of a `Link` is used, at the address that was asked, so no answer can send the token elsewhere.

use std::time::Duration;

use jiff::Timestamp;
use portvakt_net::retry_after;
use reqwest::Url;
use reqwest::header::HeaderMap;

/// Returns the query of the next page. It comes from the `Link` header (RFC 8288; used by GitHub, and by GitLab's
/// keyset paging). Otherwise it is made from GitLab's `x-next-page` and the query that was sent.
pub(super) fn next(headers: &HeaderMap, asked: &Url) -> Option<String> {
    let links = headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    for link in links {
        if let Some(url) = rel_next(link).and_then(|target| asked.join(target).ok()) {
            return url.query().map(str::to_owned);
        }
    }
    let page = headers.get("x-next-page")?.to_str().ok()?.trim();
    if page.is_empty() || !page.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut url = asked.clone();
    let kept: Vec<(String, String)> =
        asked.query_pairs().filter(|(name, _)| name != "page").map(|(a, b)| (a.into(), b.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", page);
    url.query().map(str::to_owned)
}

/// Finds the target with the relation `next`. A target may contain commas and semicolons; it ends at `>`.
fn rel_next(link: &str) -> Option<&str> {
    let mut rest = link;
    while let Some((_, begun)) = rest.split_once('<') {
        let (target, after) = begun.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        let next = parameters.split([';', ',']).any(|parameter| {
            parameter.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split(' ').any(|word| word.eq_ignore_ascii_case("next"))
            })
        });
        if next {
            return Some(target);
        }
        rest = after;
    }
    None
}

/// Returns how long the forge asks to wait. It comes from `Retry-After`, or from GitHub's `x-ratelimit-reset` when no
/// requests remain.
pub(super) fn wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(asked) = text("retry-after").and_then(|after| retry_after(after, now)) {
        return Some(asked);
    }
    if text("x-ratelimit-remaining") == Some("0") {
        let until: i64 = text("x-ratelimit-reset")?.parse().ok()?;
        let seconds = u64::try_from(until.saturating_sub(now.as_second())).unwrap_or(0);
        return Some(Duration::from_secs(seconds));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_next_page_is_asked_where_the_first_was() {
        let asked = Url::parse("https://forge.example.no/api/v4/x?per_page=100").unwrap();
        let link = "<https://elsewhere.example.no/y?page=3&a=1,2>; rel=\"next\", <https://forge.example.no/?page=9>; rel=\"last\"";
        assert_eq!(next(&headers(&[("link", link)]), &asked).as_deref(), Some("page=3&a=1,2"));
        let last = "<https://forge.example.no/?page=1>; rel=\"prev\", <https://forge.example.no/?page=9>; rel=\"first last\"";
        assert_eq!(next(&headers(&[("link", last)]), &asked), None);
        assert_eq!(next(&headers(&[("x-next-page", "2")]), &asked).as_deref(), Some("per_page=100&page=2"));
        assert_eq!(next(&headers(&[("x-next-page", "")]), &asked), None);
        assert_eq!(next(&headers(&[]), &asked), None);
    }

    #[test]
    fn the_wait_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        let wait = |headers: HeaderMap| wait(&headers, now).map(|wait| wait.as_secs());
        assert_eq!(wait(headers(&[("retry-after", "7")])), Some(7));
        assert_eq!(wait(headers(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")])), Some(30));
        assert_eq!(wait(headers(&[("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT")])), Some(0));
        assert_eq!(wait(headers(&[("retry-after", "99999999999999999999999")])), Some(u64::MAX));
        let reset = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1445412460")];
        assert_eq!(wait(headers(&reset)), Some(10));
        assert_eq!(wait(headers(&[("x-ratelimit-reset", "1445412460")])), None);
        assert_eq!(wait(headers(&[("retry-after", "soon")])), None);
    }
}
