//! The daemon's answers to whoever watches over it: alive, ready, metrics, and a page for people.
//!
//! There is nothing to send to it and nothing personal to read from it; it is meant for the host itself.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::diag::Severity;
use crate::model::Digest;

use super::metrics::metrics;
use super::status::{Patience, Status, age};

/// Why an address is not listened on.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an address of this host alone: use 127.0.0.1 or [::1]")]
pub struct NotLoopback(SocketAddr);

/// Lets only addresses through that nobody else can reach.
///
/// # Errors
/// When the address is anything but a loopback address.
pub fn loopback(address: SocketAddr) -> Result<SocketAddr, NotLoopback> {
    if address.ip().to_canonical().is_loopback() { Ok(address) } else { Err(NotLoopback(address)) }
}

struct Desk {
    status: watch::Receiver<Status>,
    patience: Patience,
}

/// How long a request under way may keep the program from ending.
const GRACE: Duration = Duration::from_secs(2);

/// Answers until `shutdown` is done, and shortly after that to whoever had already asked.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    status: watch::Receiver<Status>,
    patience: Patience,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new()
        .route("/", get(page))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Arc::new(Desk { status, patience }));
    let ended = Arc::new(Notify::new());
    let told = Arc::clone(&ended);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        told.notify_one();
    });
    // A request that is never finished must not keep the daemon from ending.
    let grace = async {
        ended.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = async { serving.await } => served,
        () = grace => Ok(()),
    }
}

impl Desk {
    fn now(&self) -> (Status, Timestamp) {
        (self.status.borrow().clone(), Timestamp::now())
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn answer(code: StatusCode, kind: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (code, headers, body).into_response()
}

fn verdict(reasons: &[String]) -> Response {
    if reasons.is_empty() {
        return answer(StatusCode::OK, TEXT, "ok\n".to_owned());
    }
    answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, reasons.join("\n") + "\n")
}

async fn health(State(desk): State<Arc<Desk>>) -> Response {
    let (status, now) = desk.now();
    verdict(status.stuck(now, desk.patience).as_slice())
}

async fn ready(State(desk): State<Arc<Desk>>) -> Response {
    let (status, now) = desk.now();
    let stuck = status.stuck(now, desk.patience).into_iter();
    verdict(&stuck.chain(status.unready(now, desk.patience)).collect::<Vec<_>>())
}

async fn scrape(State(desk): State<Arc<Desk>>) -> Response {
    let (status, now) = desk.now();
    match metrics(&status, now, desk.patience) {
        Ok(text) => {
            answer(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
        }
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
    }
}

async fn page(State(desk): State<Arc<Desk>>) -> Response {
    let (status, now) = desk.now();
    answer(StatusCode::OK, "text/html; charset=utf-8", html(&status, now, desk.patience))
}

fn html(status: &Status, now: Timestamp, patience: Patience) -> String {
    let red = status.red(now, patience);
    let ago =
        |then: Timestamp| format!("{} ({} s ago)", then.strftime("%F %T UTC"), age(then, now).as_secs());
    let never = || "never".to_owned();
    let digest = |digest: &Digest| digest.to_string();
    let pass = status.last_pass.as_ref();
    let findings: Vec<String> = [Severity::Fatal, Severity::Error, Severity::Held, Severity::Advice]
        .iter()
        .map(|severity| format!("{}: {}", severity.word(), status.findings.get(severity).unwrap_or(&0)))
        .collect();
    let steps: Vec<String> = status.steps.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
    let accepted = status.accepted.as_ref();
    let followed = status.followed.as_ref();
    let mut rows = vec![
        ("Started", ago(status.started)),
        ("Changes are noticed by", status.mode.to_string()),
        ("Last complete pass", pass.map_or_else(never, |pass| ago(pass.ended))),
        (
            "It was woken by, and took",
            pass.map_or_else(never, |pass| format!("{}, {} ms", pass.trigger, pass.took.as_millis())),
        ),
        ("Files checked", pass.map_or_else(never, |pass| pass.files.to_string())),
        ("Last accepted snapshot", accepted.map_or_else(never, |it| digest(&it.digest))),
        ("Accepted", accepted.map_or_else(never, |it| ago(it.at))),
        ("Policies in force", status.policies.as_ref().map_or_else(|| "none".to_owned(), digest)),
        ("People, rights", format!("{}, {}", status.people, status.rights)),
        ("Findings", findings.join(", ")),
        ("Held", status.holds.to_string()),
        ("Oldest hold", status.oldest_hold.map_or_else(|| "none".to_owned(), ago)),
        ("Sets of removals held", status.removals_held.len().to_string()),
        ("Changed by hand in the store", status.drift.to_string()),
        ("Steps done since the start", steps.join(", ")),
        ("Steps failed since the start", status.step_failures.to_string()),
        (
            "From the last change to its effect",
            status.effect.map_or_else(never, |effect| format!("{:.1} s", effect.as_secs_f64())),
        ),
        ("Passes completed, not completed", format!("{}, {}", status.passes, status.passes_failed)),
    ];
    if let Some(followed) = followed {
        rows.push(("Commit accepted", followed.accepted().to_owned()));
        rows.push(("Newest commit of the branch", followed.tip.id.clone()));
        rows.push(("It is of", ago(followed.tip.time)));
        rows.push(("Commits that wait", followed.left.to_string()));
    }
    if let Some(fetch) = &status.fetch {
        rows.push(("Last fetched", fetch.last_good.map_or_else(never, ago)));
        let failing = fetch.failing.map_or("no", |code| code.as_str());
        rows.push(("Fetching fails", format!("{failing}; {} since the start", fetch.failures)));
    }
    let mut text = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Portvakt</title>\n\
         <style>body{font-family:sans-serif;max-width:60em;margin:2em auto}.red{color:#b00020}\
         th{text-align:left;padding-right:2em;font-weight:normal}</style>\n<h1>Portvakt</h1>\n",
    );
    if red.is_empty() {
        text.push_str("<p>In order.</p>\n");
    } else {
        text.push_str("<ul class=\"red\">\n");
        for line in &red {
            let _ = writeln!(text, "<li>{}</li>", escaped(line));
        }
        text.push_str("</ul>\n");
    }
    text.push_str("<table>\n");
    for (name, value) in rows {
        let _ = writeln!(text, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
    }
    text.push_str("</table></html>\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_host_are_let_through() {
        for (address, is_ours) in [
            ("127.0.0.1:80", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
            ("192.0.2.1:80", false),
        ] {
            assert_eq!(loopback(address.parse().unwrap()).is_ok(), is_ours, "{address}");
        }
    }
}
