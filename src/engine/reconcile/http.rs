//! The daemon's answers over HTTP: health, readiness, metrics, and a status page for people.
//!
//! Nothing can be sent to these addresses, and they show nothing personal. They are meant for the host itself.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use portvakt_core::clock::Clock;
use portvakt_core::diag::{Lang, Severity, Text, text};
use portvakt_core::model::{Digest, EvidenceKind, TrustId};
use portvakt_core::review::ReviewState;
use portvakt_database::{Hold, turn};
use portvakt_listen::{ConnectionLimits, ServiceNames};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::metrics::{STEPS_DONE, metrics};
use super::status::{ReviewStatus, Status, StatusPatience, Waits, age};

/// The error for an address that the daemon refuses to listen on.
#[derive(Debug, thiserror::Error)]
pub struct NotLoopback(SocketAddr);

impl NotLoopback {
    /// Says what is wrong, in English and Norwegian.
    #[must_use]
    pub fn words(&self) -> Text {
        let Self(address) = self;
        text!(
            en: "`{address}` is not an address of this host alone: use 127.0.0.1 or [::1]",
            nb: "`{address}` er ikke en adresse til denne maskinen alene: bruk 127.0.0.1 eller [::1]"
        )
    }
}

impl std::fmt::Display for NotLoopback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Allows only loopback addresses, which other hosts cannot reach.
///
/// # Errors
/// When the address is anything but a loopback address.
pub fn loopback(address: SocketAddr) -> Result<SocketAddr, NotLoopback> {
    if address.ip().to_canonical().is_loopback() { Ok(address) } else { Err(NotLoopback(address)) }
}

/// The status, and how it is shown.
#[derive(Debug)]
pub struct StatusPage {
    /// The status at this time.
    pub status: watch::Receiver<Status>,
    /// The clock that the daemon runs by. Ages are counted from its time.
    pub clock: Clock,
    /// How old things may be before they are shown as red.
    pub patience: StatusPatience,
    /// The language of the page for people.
    pub lang: Lang,
}

/// How long connections may stay silent, and how many there may be. A pass needs file descriptors, too, and probes
/// are few and close by.
const LIMITS: ConnectionLimits =
    ConnectionLimits { head: Duration::from_secs(5), connections: 64, grace: Duration::from_secs(2) };

/// Answers requests until `shutdown` is done, and shortly after that requests that have already arrived.
pub async fn serve_status(listener: TcpListener, shown: StatusPage, shutdown: impl Future<Output = ()>) {
    let mut router = Router::new()
        .route("/", get(status_page))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(Arc::new(shown));
    if let Ok(address) = listener.local_addr() {
        router = router.layer(from_fn_with_state(ServiceNames::of(address), own_names));
    }
    portvakt_listen::answer(listener, router, LIMITS, shutdown).await;
}

/// Refuses a request for a name that is not a name of this host. Somebody's browser may have been led here.
async fn own_names(State(names): State<ServiceNames>, request: Request, next: Next) -> Response {
    if names.answer(&request) {
        return next.run(request).await;
    }
    let told = "this page answers on this host's own names: localhost, 127.0.0.1 and [::1]\n";
    response(StatusCode::MISDIRECTED_REQUEST, TEXT, told.to_owned())
}

impl StatusPage {
    fn now(&self) -> (Status, Timestamp) {
        (self.status.borrow().clone(), self.clock.now())
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn response(code: StatusCode, kind: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (code, headers, body).into_response()
}

/// The answers to probes are in English, because programs read them and people search for these words elsewhere.
/// The database's server is named if its address names several.
fn verdict(reasons: &[Text], server: Option<&str>) -> Response {
    let server = server.map_or_else(String::new, |server| format!("database server: {server}\n"));
    if reasons.is_empty() {
        return response(StatusCode::OK, TEXT, format!("ok\n{server}"));
    }
    let reasons: String = reasons.iter().map(|why| format!("{}\n", why.en())).collect();
    response(StatusCode::SERVICE_UNAVAILABLE, TEXT, reasons + &server)
}

async fn health(State(desk): State<Arc<StatusPage>>) -> Response {
    let (status, now) = desk.now();
    verdict(status.stuck(now, desk.patience).as_slice(), None)
}

async fn ready(State(desk): State<Arc<StatusPage>>) -> Response {
    let (status, now) = desk.now();
    let stuck = status.stuck(now, desk.patience).into_iter();
    let server = status.position.lease.as_ref().and_then(|lease| lease.hold.server());
    verdict(&stuck.chain(status.unready(now, desk.patience)).collect::<Vec<_>>(), server)
}

async fn scrape(State(desk): State<Arc<StatusPage>>) -> Response {
    let (status, now) = desk.now();
    match metrics(&status, now, desk.patience) {
        Ok(text) => {
            response(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
        }
        Err(error) => response(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
    }
}

async fn status_page(State(desk): State<Arc<StatusPage>>) -> Response {
    let (status, now) = desk.now();
    response(StatusCode::OK, "text/html; charset=utf-8", html(&status, now, desk.patience, desk.lang))
}

fn html(status: &Status, now: Timestamp, patience: StatusPatience, lang: Lang) -> String {
    let red = status.red(now, patience);
    let mut text = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>Portvakt</title>\n\
         <style>body{{font-family:sans-serif;max-width:60em;margin:2em auto}}.red{{color:#b00020}}\
         th{{text-align:left;padding-right:2em;font-weight:normal}}</style>\n<h1>Portvakt</h1>\n",
        lang.code()
    );
    if red.is_empty() {
        let waiting = status.waits_for_somebody();
        let in_order = match waiting {
            0 => text!(en: "In order.", nb: "I orden."),
            _ => text!(
                en: "Nothing is wrong; what waits for somebody: {waiting}. `portvakt plan` says what, and for whom.",
                nb: "Ingenting er galt; det som venter på noen: {waiting}. `portvakt plan` sier hva, og på hvem."
            ),
        };
        let _ = writeln!(text, "<p>{}</p>", in_order.get(lang));
    } else {
        text.push_str("<ul class=\"red\">\n");
        for line in &red {
            let _ = writeln!(text, "<li>{}</li>", escaped(line.get(lang)));
        }
        text.push_str("</ul>\n");
    }
    text.push_str("<table>\n");
    for (name, value) in status_rows(status, now, lang) {
        let _ = writeln!(text, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
    }
    text.push_str("</table></html>\n");
    text
}

/// Returns the rows of the page, each with a name and a value.
fn status_rows(status: &Status, now: Timestamp, lang: Lang) -> Vec<(&'static str, String)> {
    let say = |en: &'static str, nb: &'static str| match lang {
        Lang::En => en,
        Lang::Nb => nb,
    };
    let ago = |then: Timestamp| {
        let (day, seconds) = (then.strftime("%F %T UTC"), age(then, now).as_secs());
        text!(en: "{day} ({seconds} s ago)", nb: "{day} (for {seconds} s siden)").get(lang).to_owned()
    };
    let never = || say("never", "aldri").to_owned();
    let none = || say("none", "ingen").to_owned();
    let digest = |digest: &Digest| digest.to_string();
    let pass = status.last.complete.as_ref();
    let findings: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| format!("{}: {}", severity.word(lang), status.findings_of(*severity)))
        .collect();
    let steps: Vec<String> = status
        .since_start
        .steps
        .iter()
        .map(|(kind, count)| format!("{}: {count}", kind.words().get(lang)))
        .collect();
    let accepted = status.last.accepted.as_ref();
    let mut rows = vec![
        (say("Started", "Startet"), ago(status.started)),
        (say("Changes are noticed by", "Endringer oppdages ved"), status.mode.words().get(lang).to_owned()),
        (
            say("Last complete pass", "Siste fullførte gjennomgang"),
            pass.map_or_else(never, |pass| ago(pass.ended)),
        ),
        (
            say("It was woken by, and took", "Den ble utløst av, og tok"),
            pass.map_or_else(never, |pass| {
                format!("{}, {} ms", pass.trigger.words().get(lang), pass.took.as_millis())
            }),
        ),
        (say("Files checked", "Filer kontrollert"), pass.map_or_else(never, |pass| pass.files.to_string())),
        (
            say("Last accepted snapshot", "Sist godtatte øyeblikksbilde"),
            accepted.map_or_else(never, |it| digest(&it.digest)),
        ),
        (say("Accepted", "Godtatt"), accepted.map_or_else(never, |it| ago(it.at))),
        (
            say("Policies in force", "Tilgangsregler som gjelder"),
            status.grounds.policies.as_ref().map_or_else(none, digest),
        ),
        (
            say("Approvals are evidenced by", "Godkjenninger bevises ved"),
            match status.grounds.evidence {
                Some(EvidenceKind::Declared) => say(
                    "NOTHING (declared): nothing shows that anybody approved",
                    "INGENTING (declared): ingenting viser at noen har godkjent",
                )
                .to_owned(),
                Some(kind) => kind.as_str().to_owned(),
                None => none(),
            },
        ),
        (
            say("People, rights", "Personer, rettigheter"),
            format!("{}, {}", status.in_force.people, status.in_force.rights),
        ),
        (say("Findings", "Funn"), findings.join(", ")),
        (say("Held", "Holdt tilbake"), status.held.count.to_string()),
        (say("Oldest hold", "Eldste tilbakeholdelse"), status.held.oldest.map_or_else(none, ago)),
        (
            say("Sets of removals held", "Sett av fjerninger holdt tilbake"),
            status.waiting(Waits::ToLeave).sets.to_string(),
        ),
        (
            say("Sets of new accesses held", "Sett av nye tilganger holdt tilbake"),
            status.waiting(Waits::ToCome).sets.to_string(),
        ),
        (
            say("Changes of the settings held", "Endringer i innstillingene holdt tilbake"),
            status.held.settings.to_string(),
        ),
        (say("Changed by hand in the store", "Endret for hånd i registeret"), status.found.drift.to_string()),
        (say(STEPS_DONE, "Steg utført siden oppstart"), steps.join(", ")),
        (
            say("Steps failed since the start", "Steg mislyktes siden oppstart"),
            status.since_start.step_failures.to_string(),
        ),
        (
            say("From the last change to its effect", "Fra siste endring til virkning"),
            status.last.effect.map_or_else(never, |effect| format!("{:.1} s", effect.as_secs_f64())),
        ),
        (
            say("Passes completed, not completed", "Gjennomganger fullført, ikke fullført"),
            format!("{}, {}", status.since_start.passes, status.since_start.passes_failed),
        ),
    ];
    if let Some(since) = status.held.oldest_end {
        let (count, since) = (status.held.ends_ahead, ago(since));
        let told = text!(en: "{count}, the oldest since {since}", nb: "{count}, den eldste siden {since}");
        let name =
            say("Earlier ends that wait to have lasted", "Tidligere sluttdatoer som må ha stått lenge nok");
        rows.push((name, told.get(lang).to_owned()));
    }
    if !status.reviews.is_empty() {
        let told = |(trust, review): (&TrustId, &ReviewStatus)| {
            let (state, day) = (review.state.words(), review.due?);
            let told =
                text!(with state; en: "{trust}: {state}, by {day}", nb: "{trust}: {state}, innen {day}");
            (review.state != ReviewState::Done).then(|| told.get(lang).to_owned())
        };
        let mut open: Vec<String> = status.reviews.iter().filter_map(told).collect();
        for (trust, review) in &status.reviews {
            // A closed review waits for nobody.
            if review.lists.open.is_some() || review.lists.is_unclosed() {
                open.extend(review.lists.words().map(|words| format!("{trust}: {}", words.get(lang))));
            }
            let words = review.overtaken.iter().map(|one| format!("{trust}: {}", one.words().get(lang)));
            open.extend(words);
        }
        let done = || say("all done", "alle gjort").to_owned();
        let value = if open.is_empty() { done() } else { open.join("; ") };
        rows.push((say("Reviews of the user lists", "Kontroller av brukerlistene"), value));
    }
    if let Some(followed) = status.position.followed.as_ref() {
        rows.push((say("Commit accepted", "Godtatt innsending"), followed.accepted().to_owned()));
        rows.push((
            say("Newest commit of the branch", "Nyeste innsending på grenen"),
            followed.tip.id.clone(),
        ));
        rows.push((say("It is of", "Den er fra"), ago(followed.tip.time)));
        rows.push((say("Commits that wait", "Innsendinger som venter"), followed.left.to_string()));
    }
    if let Some(lease) = &status.position.lease {
        let who = match &lease.hold {
            Hold::Leading { epoch, .. } => {
                let epoch = turn(*epoch);
                text!(en: "this program (epoch {epoch})", nb: "dette programmet (periode {epoch})")
            }
            Hold::TakenOver { .. } => {
                text!(en: "nobody for some seconds", nb: "ingen på noen sekunder")
            }
            Hold::Standby { holder, .. } => {
                text!(en: "{holder}; this one is standby", nb: "{holder}; dette er i beredskap")
            }
            Hold::Unknown { .. } => text!(en: "not known", nb: "ikke kjent"),
        };
        rows.push((say("Writes to the register", "Skriver til registeret"), who.get(lang).to_owned()));
        rows.push((say("Since", "Siden"), ago(lease.since)));
        if let Some(server) = lease.hold.server() {
            rows.push((say("Database server", "Databasetjener"), server.to_owned()));
        }
    }
    if let Some(fetch) = &status.position.fetch {
        rows.push((say("Last fetched", "Sist hentet"), fetch.last_good.map_or_else(never, ago)));
        let failing = fetch.failing.map_or(say("no", "nei"), |code| code.as_str());
        let since = say("since the start", "siden starten");
        rows.push((
            say("Fetching fails", "Henting feiler"),
            format!("{failing}; {} {since}", fetch.failures),
        ));
    }
    rows
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
