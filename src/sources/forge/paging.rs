//! This module finds the next page and the time to wait. Both values come from the forge and are checked. Only the
//! query of a `Link` is used, at the address that was asked, so no answer can send the token elsewhere.

use std::time::Duration;

use jiff::Timestamp;
use portvakt_net::retry_after;
use reqwest::Url;
use reqwest::header::HeaderMap;

/// Where the page after this one is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextPage {
    /// There is another page, and this is the query that asks for it.
    Query(String),
    /// The forge says that this is the last page.
    Last,
    /// The forge does not say. A proxy may have removed the header, or an older forge may not send it. So after a
    /// full page another page is asked for.
    Unsaid,
}

/// Reads where the next page is. The `Link` header says this (RFC 8288; used by GitHub, and by GitLab's keyset
/// paging), or GitLab's `x-next-page` together with the query that was sent.
pub(super) fn next(headers: &HeaderMap, asked: &Url) -> NextPage {
    let links = || headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    for link in links() {
        if let Some(url) = related(link, &["next"]).and_then(|target| asked.join(target).ok()) {
            // A next page without a query would be this one.
            return url.query().map_or(NextPage::Unsaid, |query| NextPage::Query(query.to_owned()));
        }
    }
    match headers.get("x-next-page").and_then(|page| page.to_str().ok()).map(str::trim) {
        Some("") => NextPage::Last,
        Some(page) if page.bytes().all(|byte| byte.is_ascii_digit()) => {
            NextPage::Query(with_page(asked, page))
        }
        Some(_) => NextPage::Unsaid,
        None if links().any(|link| related(link, &["first", "prev", "last"]).is_some()) => NextPage::Last,
        None => NextPage::Unsaid,
    }
}

/// Returns the query that asks for the page of this number, counted from 1. The key of GitLab's keyset paging is
/// removed from the query, because GitLab ignores the number of a page beside such a key.
pub(super) fn numbered(asked: &Url, page: usize) -> String {
    with_page(asked, &page.to_string())
}

fn with_page(asked: &Url, page: &str) -> String {
    let mut url = asked.clone();
    let left_out = ["page", "page_token", "pagination"];
    let kept: Vec<(String, String)> = asked
        .query_pairs()
        .filter(|(name, _)| !left_out.contains(&name.as_ref()))
        .map(|(a, b)| (a.into(), b.into()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", page);
    url.query().unwrap_or_default().to_owned()
}

/// Finds the first target with one of these relations. A target may contain commas and semicolons; it ends at `>`.
fn related<'a>(link: &'a str, relations: &[&str]) -> Option<&'a str> {
    let mut rest = link;
    while let Some((_, begun)) = rest.split_once('<') {
        let (target, after) = begun.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        let is_wanted = parameters.split([';', ',']).any(|parameter| {
            parameter.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value
                        .trim()
                        .trim_matches('"')
                        .split(' ')
                        .any(|word| relations.iter().any(|wanted| word.eq_ignore_ascii_case(wanted)))
            })
        });
        if is_wanted {
            return Some(target);
        }
        rest = after;
    }
    None
}

/// Returns how long the forge asks to wait. It comes from `Retry-After`, or from GitHub's `x-ratelimit-reset` when no
/// requests remain.
pub(super) fn asked_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
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
        let query = |query: &str| NextPage::Query(query.to_owned());
        assert_eq!(next(&headers(&[("link", link)]), &asked), query("page=3&a=1,2"));
        let last = "<https://forge.example.no/?page=1>; rel=\"prev\", <https://forge.example.no/?page=9>; rel=\"first last\"";
        assert_eq!(next(&headers(&[("link", last)]), &asked), NextPage::Last);
        assert_eq!(next(&headers(&[("x-next-page", "2")]), &asked), query("per_page=100&page=2"));
        assert_eq!(next(&headers(&[("x-next-page", "")]), &asked), NextPage::Last);
        for unsaid in [
            vec![],
            vec![("link", "<https://forge.example.no/style.css>; rel=\"preload\"")],
            vec![("link", "<https://forge.example.no/>; rel=\"next\"")],
            vec![("x-next-page", "soon")],
        ] {
            assert_eq!(next(&headers(&unsaid), &asked), NextPage::Unsaid, "{unsaid:?}");
        }
        let keyset =
            Url::parse("https://forge.example.no/x?ref=a&pagination=keyset&per_page=100&page_token=b")
                .unwrap();
        assert_eq!(numbered(&keyset, 3), "ref=a&per_page=100&page=3");
    }

    #[test]
    fn the_wait_is_seconds_or_a_date() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        let wait = |headers: HeaderMap| asked_wait(&headers, now).map(|wait| wait.as_secs());
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
