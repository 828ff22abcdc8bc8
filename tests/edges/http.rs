//! The daemon's answers over a real socket.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Lang, Severity, Text};
use portvakt_core::model::{Digest, Quarter, TrustId};
use portvakt_core::plan::EffectKind;
use portvakt_core::review::{CountedList, Due, NewestLists, OpenList, ReviewState, Unclosed};
use portvakt_core::zone::time_zone;
use portvakt_engine::reconcile::http::{StatusPage, serve_status};
use portvakt_engine::reconcile::schedule::Trigger;
use portvakt_engine::reconcile::status::{
    AcceptedSnapshot, Baseline, CompletePass, HeldRemovals, ReviewStatus, Status, StatusPatience, WaitingKind,
};
use portvakt_engine::reconcile::watch::Mode;
use tokio::sync::{oneshot, watch};

struct Server {
    address: SocketAddr,
    status: watch::Sender<Status>,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

async fn start() -> Server {
    start_in(Lang::En).await
}

async fn start_in(lang: Lang) -> Server {
    start_by(Clock::new(Timestamp::now), lang).await
}

async fn start_by(clock: Clock, lang: Lang) -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (status, receiver) = watch::channel(Status::started(clock.now()));
    let (stop, stopped) = oneshot::channel();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let page = StatusPage { status: receiver, clock, patience: StatusPatience::default(), lang };
    let task = tokio::spawn(serve_status(listener, page, shutdown));
    Server { address, status, stop, task }
}

impl Server {
    async fn get(&self, path: &str) -> (u16, String) {
        self.ask(path, "Host: localhost\r\n").await
    }

    async fn ask(&self, path: &str, host: &str) -> (u16, String) {
        let (address, path, host) = (self.address, path.to_owned(), host.to_owned());
        tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            write!(stream, "GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            (text[9..12].parse().unwrap(), text)
        })
        .await
        .unwrap()
    }

    fn well(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_modify(|status| {
            let now = Timestamp::now();
            status.grounds.baseline = Baseline::Accepted;
            status.progress = now;
            status.mode = Mode::Watching;
            status.last.complete = Some(CompletePass {
                ended: now,
                took: Duration::from_millis(1500),
                trigger: Trigger::Change,
                files: 3,
            });
            change(status);
        });
    }
}

fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn ready_only_after_a_complete_pass_and_while_it_is_young() {
    let server = start().await;
    assert_eq!(server.get("/healthz").await.0, 200);
    let (code, text) = server.get("/readyz").await;
    assert!(code == 503 && text.contains("no pass has been completed") && !text.contains("no baseline"));

    server.well(|_| {});
    assert_eq!(server.get("/readyz").await.0, 200);
    server.well(|status| status.grounds.baseline = Baseline::Missing);
    assert_eq!(server.get("/readyz").await.0, 503);
    server.well(|status| {
        status.grounds.baseline = Baseline::Accepted;
        status.last.complete.as_mut().unwrap().ended = ago(1000);
    });
    assert_eq!(server.get("/readyz").await.0, 503);
    server.well(|status| status.last.complete.as_mut().unwrap().files = 0);
    let (code, text) = server.get("/readyz").await;
    assert!(code == 503 && text.contains("nothing was checked"));

    server.well(|status| status.progress = ago(301));
    assert_eq!(server.get("/healthz").await.0, 503);
    assert_eq!(server.get("/readyz").await.0, 503);
    assert_eq!(server.get("/elsewhere").await.0, 404);
    // A client that never finishes its request does not keep the server from ending.
    let mut half = std::net::TcpStream::connect(server.address).unwrap();
    half.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert_eq!(server.get("/metrics").await.0, 200);
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
}

#[tokio::test]
async fn ages_are_counted_by_the_clock_of_the_daemon() {
    let moment: Timestamp = "2041-05-06T07:08:09Z".parse().unwrap();
    let server = start_by(Clock::new(move || moment), Lang::En).await;
    server.status.send_modify(|status| status.started = moment - SignedDuration::from_secs(40));
    let page = server.get("/").await.1;
    assert!(page.contains("2041-05-06 07:07:29 UTC (40 s ago)"), "{page}");
    // By the system's clock nothing has happened for years.
    assert_eq!(server.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn metrics_have_units_in_their_names_and_ages_of_now() {
    let server = start().await;
    server.status.send_modify(|status| status.started = ago(500));
    let (code, before) = server.get("/metrics").await;
    assert_eq!(code, 200);
    let value = |text: &str, name: &str| -> f64 {
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("{name} in {text}")).rsplit(' ').next().unwrap().parse().unwrap()
    };
    let age = value(&before, "portvakt_last_complete_pass_age_seconds");
    assert!((500.0..510.0).contains(&age), "never is as old as the program: {age}");
    assert!(value(&before, "portvakt_ready") == 0.0);

    server.well(|status| {
        status.in_force.people = 7;
        status.in_force.rights = 9;
        status.held.oldest = Some(ago(60));
        status.last.accepted = Some(AcceptedSnapshot { digest: Digest::of(b"x"), at: ago(120) });
        status.held.sets =
            vec![HeldRemovals { what: WaitingKind::Losses, digest: Digest::of(b"y"), people: 4 }];
        status.held.sets.push(HeldRemovals {
            what: WaitingKind::Gains,
            digest: Digest::of(b"z"),
            people: 30,
        });
        status.found.findings.insert(Severity::Error, 2);
        status.found.findings.insert(Severity::Held, 3);
        status.since_start.steps.insert(EffectKind::Lower, 5);
        status.since_start.passes = 11;
    });
    let (_, text) = server.get("/metrics").await;
    for (name, expected) in [
        ("portvakt_ready", 1.0),
        ("portvakt_watching", 1.0),
        ("portvakt_people", 7.0),
        ("portvakt_rights", 9.0),
        ("portvakt_removals_held", 1.0),
        ("portvakt_removals_held_people", 4.0),
        ("portvakt_additions_held", 1.0),
        ("portvakt_additions_held_people", 30.0),
        ("portvakt_findings{severity=\"error\"}", 2.0),
        ("portvakt_findings{severity=\"held\"}", 3.0),
        ("portvakt_waiting", 3.0),
        ("portvakt_findings{severity=\"advice\"}", 0.0),
        ("portvakt_steps_total{kind=\"lower\"}", 5.0),
        ("portvakt_passes_total", 11.0),
        ("portvakt_last_complete_pass_duration_seconds", 1.5),
    ] {
        assert!((value(&text, name) - expected).abs() < 1e-9, "{name}\n{text}");
    }
    assert!((60.0..70.0).contains(&value(&text, "portvakt_oldest_hold_age_seconds")));
    assert!((120.0..130.0).contains(&value(&text, "portvakt_last_accepted_snapshot_age_seconds")));
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_page_is_in_the_language_of_the_daemon_and_the_probes_are_english() {
    let server = start_in(Lang::Nb).await;
    let (_, text) = server.get("/").await;
    assert!(text.contains("<html lang=\"nb\">") && text.contains("ingen gjennomgang er fullført"), "{text}");
    // No pass has looked yet, so the page does not say that there is no baseline.
    assert!(!text.contains("grunnlag er godtatt") && !server.get("/readyz").await.1.contains("baseline"));
    server.well(|status| status.grounds.baseline = Baseline::Missing);
    assert!(server.get("/").await.1.contains("ikke noe grunnlag er godtatt"));
    assert!(server.get("/readyz").await.1.contains("no baseline has been accepted"));
    server.well(|status| status.grounds.baseline = Baseline::Accepted);
    server.well(|status| *status.since_start.steps.entry(EffectKind::Raise).or_default() = 3);
    let (_, text) = server.get("/").await;
    assert!(
        text.contains("I orden.") && text.contains("endring, 1500 ms") && text.contains("gitt: 3"),
        "{text}"
    );
}

#[tokio::test]
async fn the_page_shows_what_is_red_and_escapes_what_it_shows() {
    let server = start().await;
    let (code, text) = server.get("/").await;
    assert!(code == 200 && text.contains("<li>no pass has been completed since the start</li>"), "{text}");
    server.well(|status| status.mode = Mode::Polling { why: Text::same("<b>limit</b>") });
    let (_, text) = server.get("/").await;
    assert!(text.contains("In order.") && text.contains("&lt;b&gt;limit") && !text.contains("<b>"), "{text}");
    assert!(text.contains("change, 1500 ms"));
    server.well(|status| status.held.count = 1);
    let (_, text) = server.get("/").await;
    assert!(!text.contains("In order.") && text.contains("waits for somebody: 1"), "{text}");
    server.well(|status| {
        status.held.settings = 1;
        status.found.drift = 2;
    });
    let (_, text) = server.get("/").await;
    assert!(
        text.contains("the keys waits for national administrators")
            && text.contains("2 accounts changed by hand"),
        "{text}"
    );
    let metrics = server.get("/metrics").await.1;
    assert!(metrics.contains("portvakt_settings_held 1"), "{metrics}");
    assert!(metrics.contains("1 while a change of the settings waits"), "{metrics}");
    server.well(|status| {
        status.held.sets =
            vec![HeldRemovals { what: WaitingKind::Losses, digest: Digest::of(b"y"), people: 4 }];
    });
    let (_, text) = server.get("/").await;
    assert!(text.contains(&format!("portvakt release {}", Digest::of(b"y"))), "{text}");
}

#[tokio::test]
async fn reviews_that_are_late_stand_on_the_page_and_in_the_metrics() {
    let server = start_in(Lang::Nb).await;
    server.well(|_| {});
    assert!(!server.get("/metrics").await.1.contains("portvakt_review"));
    assert!(!server.get("/").await.1.contains("Kontroller av brukerlistene"));
    let zone = time_zone("Europe/Oslo").unwrap();
    let today = zone.to_datetime(Timestamp::now()).date();
    let set = |trust: &str, state, days: i64| {
        let due =
            Due { state, last: None, due: Some(today.checked_add(jiff::Span::new().days(days)).unwrap()) };
        let (trust, review) = (TrustId::new(trust).unwrap(), ReviewStatus::of(&due, &zone));
        server.well(|status| drop(status.reviews.insert(trust, review)));
    };
    set("ahus", ReviewState::Done, 40);
    assert!(server.get("/").await.1.contains("<td>alle gjort</td>"));
    set("unn", ReviewState::Escalated, -40);
    set("vestre-viken", ReviewState::DueSoon, 0);
    let (_, text) = server.get("/metrics").await;
    for line in [
        "portvakt_review_state{trust=\"ahus\",state=\"done\"} 1",
        "portvakt_review_state{trust=\"unn\",state=\"escalated\"} 1",
        "portvakt_review_due_days{trust=\"ahus\"} 40",
        "portvakt_review_due_days{trust=\"unn\"} -40",
        "portvakt_review_due_days{trust=\"vestre-viken\"} 0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let (_, text) = server.get("/").await;
    assert!(text.contains("unn: en måned over fristen, innen ") && !text.contains("ahus:"), "{text}");
    let quarter = |name| Quarter::parse(name).unwrap();
    let one = Unclosed { quarter: quarter("2026-Q3"), overtaken_by: quarter("2026-Q4"), waits: 2 };
    let ahus = TrustId::new("ahus").unwrap();
    server.well(|status| status.reviews.get_mut(&ahus).unwrap().overtaken.push(one));
    let (_, text) = server.get("/").await;
    let words = "ahus: kontrollen for 2026-Q3 er avløst av 2026-Q4 og ikke avsluttet (svar som venter: 2)";
    assert!(text.contains(words), "{text}");
    let since = today.checked_sub(jiff::Span::new().days(3)).unwrap();
    let open = Some(OpenList { quarter: quarter("2026-Q4"), since });
    let counted = |closed| Some(CountedList { quarter: quarter("2026-Q3"), closed: Some(closed) });
    let lists = |trust: &str, lists: NewestLists| {
        let trust = TrustId::new(trust).unwrap();
        server.well(|status| status.reviews.get_mut(&trust).unwrap().lists = lists);
    };
    lists("unn", NewestLists { open, counted: counted(false) });
    lists("vestre-viken", NewestLists { open: None, counted: counted(true) });
    let (_, text) = server.get("/").await;
    let words = format!("unn: 2026-Q4 åpen siden {since}; unn: 2026-Q3 besvart, ikke avsluttet");
    assert!(text.contains(&words) && !text.contains("2026-Q3 avsluttet"), "{text}");
    let (_, text) = server.get("/metrics").await;
    for line in [
        "portvakt_review_open_days{trust=\"unn\"} 3",
        "portvakt_review_unclosed{trust=\"ahus\"} 1",
        "portvakt_review_unclosed{trust=\"unn\"} 1",
        "portvakt_review_unclosed{trust=\"vestre-viken\"} 0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("portvakt_review_open_days{trust=\"vestre-viken\"}"), "{text}");
}

#[test]
fn the_days_that_are_left_are_those_of_the_registers_own_calendar() {
    let zone = time_zone("Europe/Oslo").unwrap();
    let due = Due { state: ReviewState::DueSoon, last: None, due: Some("2026-12-01".parse().unwrap()) };
    let review = ReviewStatus::of(&due, &zone);
    for (now, left) in [
        ("2026-11-29T23:30:00Z", 1),
        ("2026-11-30T22:59:00Z", 1),
        ("2026-11-30T23:00:00Z", 0),
        ("2026-12-01T22:59:59Z", 0),
        ("2026-12-01T23:00:01Z", -1),
    ] {
        assert_eq!(review.days_left(now.parse().unwrap()), Some(left), "{now}");
    }
    let never = ReviewStatus::of(&Due { due: None, ..due }, &zone);
    assert_eq!(never.days_left("2026-12-01T12:00:00Z".parse().unwrap()), None);
}

/// Opens many connections that say nothing, or only the beginning of a request.
pub fn half_open(address: SocketAddr, count: usize) -> Vec<std::net::TcpStream> {
    let one = |at: usize| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        if at.is_multiple_of(2) {
            write!(stream, "GET /healthz HTTP/1.1\r\nHost: local").unwrap();
        }
        stream
    };
    (0..count).map(one).collect()
}

/// Returns how many of these connections are still open after a short moment.
pub fn still_open(streams: &mut [std::net::TcpStream]) -> usize {
    std::thread::sleep(Duration::from_millis(300));
    let open = |stream: &mut std::net::TcpStream| {
        stream.set_nonblocking(true).unwrap();
        matches!(stream.read(&mut [0; 512]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    };
    streams.iter_mut().filter_map(|stream| open(stream).then_some(())).count()
}

#[tokio::test]
async fn connections_that_say_nothing_take_neither_the_page_nor_the_programs_descriptors() {
    let server = start().await;
    let address = server.address;
    let mut idle = tokio::task::spawn_blocking(move || half_open(address, 300)).await.unwrap();
    let asked = std::time::Instant::now();
    assert_eq!(server.get("/healthz").await.0, 200);
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    let idle = tokio::task::spawn_blocking(move || {
        assert!((32..=64).contains(&still_open(&mut idle)), "{}", still_open(&mut idle));
        // The server does not wait for a request that never comes.
        std::thread::sleep(Duration::from_secs(6));
        still_open(&mut idle)
    });
    assert_eq!(idle.await.unwrap(), 0);
    assert_eq!(server.get("/healthz").await.0, 200);
}

#[tokio::test]
async fn the_page_answers_the_names_of_this_host_and_no_other() {
    let server = start().await;
    for path in ["/", "/healthz", "/readyz", "/metrics"] {
        for own in ["localhost", "127.0.0.1:9464", "[::1]"] {
            assert_ne!(server.ask(path, &format!("Host: {own}\r\n")).await.0, 421, "{own}");
        }
        for other in ["[::1]x", "localhost:65536", "localhost:"] {
            assert_eq!(server.ask(path, &format!("Host: {other}\r\n")).await.0, 421, "{other}");
        }
        let (code, text) = server.ask(path, "Host: evil.example\r\n").await;
        assert!(code == 421 && !text.contains("portvakt_"), "{text}");
        // A whole address in the request line counts before `Host`.
        let (code, text) = server.ask(&format!("http://evil.example{path}"), "Host: localhost\r\n").await;
        assert!(code == 421 && !text.contains("portvakt_"), "{text}");
        assert_ne!(server.ask(&format!("http://localhost{path}"), "Host: localhost\r\n").await.0, 421);
    }
}
