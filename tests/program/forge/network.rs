//! A forge that is slow, broken or hostile. The worst it can do is to give no answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use portvakt_core::model::ForgeKind;
use portvakt_sources::forge::{Forge, ForgeError};
use secrecy::SecretString;

use crate::forge::server::{KARI, OLA, PER, Server, TOKEN, quick};
use crate::forge::world::{How, World};

const BOTH: [ForgeKind; 2] = [ForgeKind::GitHub, ForgeKind::GitLab];

fn merged(kind: ForgeKind) -> (Server, String) {
    let mut world = World::new();
    let number = world.open(OLA, &[("policies/roles.cedar", Some("x"))]);
    let commit = world.merge(number, How::Squash);
    (Server::start(kind, world), commit)
}

#[test]
fn no_rights_no_project() {
    for kind in BOTH {
        for (status, wanted) in
            [(401, "does not accept"), (403, "may not read"), (404, "has nothing"), (422, "has nothing")]
        {
            let (server, commit) = merged(kind);
            server.fault("/commits/", 1, status);
            let error = server.reviews(&commit).unwrap_err();
            assert!(error.to_string().contains(wanted), "{status}: {error}");
            assert!(!error.passing() && !error.way_out().is_empty());
            assert_eq!(server.shared.lock().unwrap().asked.len(), 1, "{status} is not asked again");
        }
        let (server, commit) = merged(kind);
        for token in [None, Some(SecretString::from("wrong-token"))] {
            let forge = Forge::open_with(&server.settings, token, quick()).unwrap();
            assert!(matches!(forge.reviews(&commit, ""), Err(ForgeError::Unknown { .. })));
        }
    }
}

#[test]
fn what_passes_is_asked_again() {
    for kind in BOTH {
        for status in [429, 502, 503, 504] {
            let (server, commit) = merged(kind);
            let headers = if status == 503 { vec![("retry-after", "1".to_owned())] } else { Vec::new() };
            server.fault_with("/commits/", 2, status, headers, String::new());
            let begun = Instant::now();
            assert_eq!(server.reviews(&commit).unwrap().len(), 1, "{status}");
            assert_eq!(begun.elapsed() > Duration::from_secs(2), status == 503);
        }
    }
}

#[test]
fn what_stays_broken_is_given_up() {
    for (status, tries) in [(503, 3), (429, 3), (500, 1)] {
        let (server, commit) = merged(ForgeKind::GitHub);
        server.fault("/commits/", u32::MAX, status);
        let error = server.reviews(&commit).unwrap_err();
        assert!(error.passing() && error.to_string().contains(&status.to_string()), "{error}");
        assert_eq!(server.shared.lock().unwrap().asked.len(), tries, "{status}");
    }
}

#[test]
fn githubs_limits_are_kept_and_a_long_wait_is_left_to_the_next_pass() {
    // This is the secondary limit: 403 with `retry-after`.
    let (server, commit) = merged(ForgeKind::GitHub);
    server.fault_with("/commits/", 1, 403, vec![("retry-after", "1".to_owned())], String::new());
    assert_eq!(server.reviews(&commit).unwrap().len(), 1);
    // This is the primary limit: nothing remains for most of an hour.
    let reset = (jiff::Timestamp::now().as_second() + 3000).to_string();
    let spent = vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset)];
    server.fault_with("/commits/", 1, 403, spent, String::new());
    let begun = Instant::now();
    let error = server.reviews(&commit).unwrap_err();
    let later = matches!(error, ForgeError::Later { status: 403, seconds: 2900..=3000, .. });
    assert!(later && error.passing() && begun.elapsed() < Duration::from_secs(2), "{error}");
    let date = vec![("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT".to_owned())];
    server.fault_with("/commits/", 1, 429, date, String::new());
    assert!(matches!(server.reviews(&commit), Err(ForgeError::Later { status: 429, .. })));
}

#[test]
fn a_redirection_is_not_followed() {
    for kind in BOTH {
        for status in [301, 302, 307, 308] {
            let (server, commit) = merged(kind);
            let (other, _) = merged(kind);
            let to = vec![("location", format!("{}/elsewhere", other.settings.api))];
            server.fault_with("/commits/", 1, status, to, String::new());
            let error = server.reviews(&commit).unwrap_err();
            assert!(matches!(error, ForgeError::Redirect { .. }), "{error}");
            assert!(other.shared.lock().unwrap().asked.is_empty());
        }
    }
}

#[test]
fn a_page_that_leads_elsewhere_is_asked_at_home() {
    let (server, commit) = merged(ForgeKind::GitHub);
    let (other, _) = merged(ForgeKind::GitHub);
    let link = format!("<{}/x?page=2&per_page=100>; rel=\"next\"", other.settings.api);
    server.fault_with("/commits/", 1, 200, vec![("link", link)], "[]".to_owned());
    assert_eq!(server.reviews(&commit).unwrap(), [], "the second page is empty");
    assert!(other.shared.lock().unwrap().asked.is_empty());
    assert!(server.shared.lock().unwrap().asked[1].ends_with("pulls?page=2&per_page=100"));
}

#[test]
fn pages_without_end_come_to_an_end() {
    let (server, commit) = merged(ForgeKind::GitHub);
    let link = "<http://localhost/?page=2>; rel=\"next\"".to_owned();
    server.fault_with("/commits/", u32::MAX, 200, vec![("link", link)], "[]".to_owned());
    let error = server.reviews(&commit).unwrap_err();
    assert!(matches!(&error, ForgeError::Endless { what, .. } if what.en() == "pages"), "{error}");
}

#[test]
fn an_answer_that_is_none_is_no_answer() {
    for body in ["", "<html>", "{}", "[{\"number\": \"1\"}]", "null"] {
        let (server, commit) = merged(ForgeKind::GitHub);
        server.fault_with("/commits/", 1, 200, Vec::new(), body.to_owned());
        let error = server.reviews(&commit).unwrap_err();
        assert!(matches!(error, ForgeError::Strange { .. }), "{body}: {error}");
    }
    // An id goes into the next address, so it must be one.
    let (server, commit) = merged(ForgeKind::GitHub);
    let body = r#"{"merge_base_commit": {"sha": "../../../user"}}"#;
    server.fault_with("/compare/", 9, 200, Vec::new(), body.to_owned());
    assert!(matches!(server.reviews(&commit), Err(ForgeError::Id { .. })));
    // The id that a caller gives must be one too.
    let asked = server.shared.lock().unwrap().asked.len();
    for wrong in ["", "main", "abc123", "../x", &commit.to_uppercase()] {
        assert!(matches!(server.reviews(wrong), Err(ForgeError::Setting { .. })), "{wrong}");
    }
    assert_eq!(server.shared.lock().unwrap().asked.len(), asked);
}

#[test]
fn a_body_has_a_largest_size() {
    let (server, commit) = merged(ForgeKind::GitHub);
    server.fault_with("/commits/", 1, 200, Vec::new(), "[".repeat(9 * 1024 * 1024));
    assert!(matches!(server.reviews(&commit), Err(ForgeError::Large { .. })));
}

/// Starts a server whose answers are written by hand.
fn by_hand(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> Forge {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = merged(ForgeKind::GitHub).0.settings;
    settings.api = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            answer(&mut stream);
        }
    });
    let mut patience = quick();
    (patience.answer, patience.tries) = (Duration::from_millis(400), 2);
    Forge::open_with(&settings, Some(SecretString::from(TOKEN)), patience).unwrap()
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_body_without_a_length_has_a_largest_size_too() {
    let forge = by_hand(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        let piece = vec![b'['; 1024 * 1024];
        for _ in 0..9 {
            if stream.write_all(&piece).is_err() {
                break;
            }
        }
    });
    let error = forge.reviews(COMMIT, "").unwrap_err();
    assert!(matches!(error, ForgeError::Large { .. }), "{error}");
}

#[test]
fn a_slow_forge_is_not_waited_for() {
    // This server never answers.
    let silent = by_hand(|_| std::thread::sleep(Duration::from_secs(30)));
    // This server sends its answer very slowly, and never ends it.
    let dripping = by_hand(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[");
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    for (forge, name) in [(silent, "silent"), (dripping, "dripping")] {
        let begun = Instant::now();
        let error = forge.reviews(COMMIT, "").unwrap_err();
        assert!(matches!(error, ForgeError::Slow { .. }) && error.passing(), "{name}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{name}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_forge_that_is_away_is_said_to_be() {
    let mut settings = merged(ForgeKind::GitLab).0.settings;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    settings.api = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let forge = Forge::open_with(&settings, Some(SecretString::from(TOKEN)), quick()).unwrap();
    let error = forge.reviews(COMMIT, "").unwrap_err();
    assert!(matches!(error, ForgeError::Connection { .. }) && error.passing(), "{error}");
}

#[test]
fn https_to_something_that_does_not_speak_it_says_nothing_to_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = merged(ForgeKind::GitHub).0.settings;
    settings.api = format!("https://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        heard.truncate(length);
        heard
    });
    let mut patience = quick();
    patience.tries = 1;
    match Forge::open_with(&settings, Some(SecretString::from(TOKEN)), patience) {
        Ok(forge) => {
            let error = forge.reviews(COMMIT, "").unwrap_err();
            assert!(matches!(error, ForgeError::Connection { .. }), "{error}");
            let heard = heard.join().unwrap();
            // The client sent a TLS record of a handshake, without the token.
            assert_eq!(heard[0], 22);
            assert!(!heard.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()));
        }
        // This machine has no certificate to trust.
        Err(error) => assert!(matches!(error, ForgeError::Setup { .. }), "{error}"),
    }
}

#[test]
fn the_token_goes_nowhere_in_the_open() {
    let (server, commit) = merged(ForgeKind::GitLab);
    let open = |api: &str| {
        let mut settings = server.settings.clone();
        settings.api = api.to_owned();
        Forge::open(&settings, Some(SecretString::from(TOKEN)))
    };
    assert!(matches!(open("http://gitlab.example.no/api/v4"), Err(ForgeError::Address { .. })));
    assert!(matches!(open("http://10.0.0.1/api/v4"), Err(ForgeError::Address { .. })));
    assert!(matches!(open("https://169.254.169.254/api/v4"), Err(ForgeError::Place { .. })));
    for token in ["", "two words", "line\nbreak", "ærlig"] {
        let error = Forge::open(&server.settings, Some(SecretString::from(token))).unwrap_err();
        assert!(matches!(error, ForgeError::Token) && !format!("{error:?}").contains("words"));
    }
    // The token is in no printed value of the forge, in no address and in no error.
    assert!(!format!("{:?}", server.forge()).contains(TOKEN));
    server.fault("/commits/", 1, 404);
    let error = server.reviews(&commit).unwrap_err();
    assert!(!format!("{error:?} {error}").contains(TOKEN));
    server.reviews(&commit).unwrap();
    assert!(!server.shared.lock().unwrap().asked.concat().contains(TOKEN));
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    let server = merged(ForgeKind::GitHub).0;
    for project in ["", "access", "clinic/", "clinic/../x", "clinic/access/more", "clinic/a b", "clinic/a?b"]
    {
        let mut settings = server.settings.clone();
        settings.project = project.to_owned();
        assert!(matches!(Forge::open(&settings, None), Err(ForgeError::Setting { .. })), "{project}");
    }
    for branch in ["", "refs/heads/main", "a..b", "a b", "a\u{7}"] {
        let mut settings = server.settings.clone();
        settings.branch = branch.to_owned();
        assert!(matches!(Forge::open(&settings, None), Err(ForgeError::Setting { .. })), "{branch}");
    }
}

#[test]
fn it_can_be_asked_from_a_task_that_may_block() {
    for kind in BOTH {
        let (server, commit) = merged(kind);
        let (settings, asked) = (server.settings.clone(), commit.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let inside = runtime.block_on(async move {
            let work = move || {
                Forge::open_with(&settings, Some(SecretString::from(TOKEN)), quick())
                    .unwrap()
                    .reviews(&asked, "")
            };
            tokio::task::spawn_blocking(work).await.unwrap().unwrap()
        });
        assert_eq!(inside, server.reviews(&commit).unwrap());
        assert_eq!(inside.len(), 1);
    }
}

/// Returns a list of a hundred things, which a forge sends as a full page. A proxy on the way has removed the headers
/// about pages.
fn full(first: String, rest: &str) -> String {
    let all: Vec<String> = std::iter::once(first).chain((1..100).map(|_| rest.to_owned())).collect();
    format!("[{}]", all.join(","))
}

#[test]
fn a_full_page_that_does_not_say_where_the_next_one_is_is_not_the_last() {
    let mut world = World::new();
    let number = world.open(OLA, &[("policies/roles.cedar", Some("x"))]);
    let commit = world.merge(number, How::Squash);
    let head = world.requests[0].head.clone();
    let server = Server::start(ForgeKind::GitHub, world);
    let review = |account: u64, state: &str, second: u32| {
        format!(
            r#"{{"user": {{"id": {account}, "type": "User"}}, "state": "{state}", "commit_id": "{head}",
                "submitted_at": "2026-11-20T10:00:{second:02}Z"}}"#
        )
    };
    let first = full(review(KARI, "APPROVED", 1), &review(PER, "COMMENTED", 2));
    server.fault_with("/reviews", 1, 200, Vec::new(), first.clone());
    server.fault_with("/reviews", 1, 200, Vec::new(), format!("[{}]", review(KARI, "DISMISSED", 3)));
    let reviews = server.reviews(&commit).unwrap();
    assert!(reviews[0].approvers.is_empty(), "it was taken back on the second page: {reviews:?}");
    let asked = server.shared.lock().unwrap().asked.clone();
    assert!(asked.iter().any(|uri| uri.ends_with("reviews?per_page=100&page=2")), "{asked:?}");
    // A forge that says that this is the last page is believed.
    let last = vec![("link", "<http://localhost/?page=1>; rel=\"first\"".to_owned())];
    server.fault_with("/reviews", 1, 200, last, first.clone());
    assert_eq!(server.reviews(&commit).unwrap()[0].approvers, [KARI].into());
    // One that gives the same page for ever is not.
    server.fault_with("/reviews", u32::MAX, 200, Vec::new(), first);
    assert!(matches!(server.reviews(&commit), Err(ForgeError::Endless { .. })));
}

#[test]
fn a_full_page_of_gitlabs_is_not_the_last_either() {
    let (server, commit) = merged(ForgeKind::GitLab);
    let other = r#"{"iid": 9, "target_branch": "other"}"#;
    server.fault_with("/merge_requests", 1, 200, Vec::new(), full(other.to_owned(), other));
    let second = r#"[{"iid": 1, "target_branch": "main"}]"#.to_owned();
    server.fault_with("/merge_requests", 1, 200, Vec::new(), second);
    assert_eq!(server.reviews(&commit).unwrap().len(), 1, "the request is on the second page");
    let asked = server.shared.lock().unwrap().asked.clone();
    assert!(asked[1].ends_with("merge_requests?per_page=100&page=2"), "{asked:?}");
    // A folder is read in pages by keyset. Without the key of the next page, its number is asked for.
    let entry =
        |name: &str| format!(r#"{{"id": "{}", "name": "{name}", "mode": "100644"}}"#, "0123456789".repeat(4));
    server.fault_with("/repository/tree", 1, 200, Vec::new(), full(entry("a"), &entry("b")));
    let _what_is_in_it = server.reviews(&commit);
    let asked = server.shared.lock().unwrap().asked.clone();
    let second = asked.iter().find(|uri| uri.contains("/repository/tree") && uri.ends_with("&page=2"));
    assert!(second.is_some_and(|uri| !uri.contains("keyset")), "{asked:?}");
    server.fault_with(
        "/merge_requests",
        1,
        200,
        vec![("x-next-page", String::new())],
        full(other.to_owned(), other),
    );
    assert_eq!(server.reviews(&commit).unwrap(), [], "the last page by its own word");
}
