//! `portvakt register serve` adds options, logs and signals to [`portvakt_serve`].

use std::net::SocketAddr;
use std::path::PathBuf;

use portvakt_core::diag::{Code, Exit, Finding, text};
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::belongs;
use portvakt_engine::reconcile::http::loopback;
use portvakt_serve::{BASE, RegisterDesk, ServiceSettings, Tokens};
use portvakt_stores::tables::Reader;
use tokio::signal::unix::{SignalKind, signal};
use tracing::level_filters::LevelFilter;

use crate::cli::logs::{LogFormat, start_logs};
use crate::cli::{finding, listener, output, places, whose};
use crate::config::{Global, Unfit};

/// Serve the embedded register to other programs, as a SCIM 2.0 service.
///
/// Runs in the foreground until it is told to stop (SIGTERM or Ctrl-C). The register's file is made where there is
/// none. There is no TLS: the service listens on this host alone; another address needs `--behind-proxy`, and a proxy
/// that does TLS. It logs to standard error.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where it listens. Port 0 takes any free one.
    #[arg(long, env = "PORTVAKT_SERVE_LISTEN", hide_env_values = true, default_value = "127.0.0.1:8765", value_parser = socket_address, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// File of the tokens that are let in: one a line, at least 20 characters each. Read again when it changes.
    #[arg(long, env = "PORTVAKT_SERVE_TOKEN_FILE", hide_env_values = true, value_name = "FILE")]
    token_file: PathBuf,
    /// Lets it listen on an address that others can reach, because a proxy that does TLS stands before it.
    #[arg(long)]
    behind_proxy: bool,
    /// Where clients find it, such as `https://register.example`. It answers by this name and by addresses of this host;
    /// without it, by those addresses alone.
    #[arg(long, env = "PORTVAKT_SERVE_PUBLIC_URL", hide_env_values = true, value_parser = public, value_name = "URL")]
    public_url: Option<String>,
    /// How the log is written.
    #[arg(
        long,
        env = "PORTVAKT_LOG_FORMAT",
        hide_env_values = true,
        default_value = "text",
        value_name = "FORMAT"
    )]
    log_format: LogFormat,
    /// How much is logged: error, warn, info, debug, trace or off. Debug names every request, never whom it is about.
    #[arg(
        long = "log",
        env = "PORTVAKT_LOG",
        hide_env_values = true,
        default_value = "info",
        value_name = "LEVEL"
    )]
    level: LevelFilter,
}

fn socket_address(text: &str) -> Result<SocketAddr, Unfit> {
    text.parse().map_err(|_| {
        Unfit(text!(
            en: "an address is expected, such as `127.0.0.1:8765`",
            nb: "en adresse er ventet, for eksempel `127.0.0.1:8765`"
        ))
    })
}

/// Reads a public address without the service's own path, which is removed from its end.
fn public(text: &str) -> Result<String, Unfit> {
    let url = text.trim_end_matches('/').trim_end_matches(BASE);
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || !host.chars().all(|c| c.is_ascii_graphic() && !"\"<>?#".contains(c)) {
        return Err(Unfit(text!(
            en: "an address is expected, such as `https://register.example`",
            nb: "en adresse er ventet, for eksempel `https://register.example`"
        )));
    }
    Ok(url.to_owned())
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match desk_and_settings(global, args) {
        Ok((desk, settings)) => serve(global, args, desk, settings),
        Err(finding) => output::stop(global, finding),
    }
}

fn desk_and_settings(global: &Global, args: &Args) -> Result<(RegisterDesk, ServiceSettings), Finding> {
    if !args.behind_proxy {
        loopback(args.listen).map_err(|error| {
            let why = error.words();
            Finding::new(
                Code::BadValue,
                text!(
                    with why;
                    en: "{why}, and names and addresses of people would go over the network in the clear",
                    nb: "{why}; navn og adresser ville gått ukryptert over nettet"
                ),
                text!(
                    en: "Let it listen on this host, put a proxy that does TLS before it, and say `--behind-proxy` if the proxy is on another host.",
                    nb: "La den lytte på denne maskinen, sett en mellomtjener med TLS foran, og si `--behind-proxy` om den står på en annen maskin."
                ),
            )
        })?;
    }
    let tokens = Tokens::open(&args.token_file).map_err(|error| {
        let way_out = text!(
            en: "Make one with `(umask 077; openssl rand -hex 32 > FILE)` and give the same token to the client.",
            nb: "Lag en med `(umask 077; openssl rand -hex 32 > FIL)`, og gi klienten det samme."
        );
        Finding::new(Code::BadValue, error.words(), way_out)
    })?;
    whose::may_write(global)?;
    places::has_one_name(&global.store_path())?;
    own_register(&global.store_path())?;
    let desk = RegisterDesk::open(&global.store_path(), global.clock()).map_err(finding::of)?;
    Ok((desk, ServiceSettings { tokens, public: args.public_url.clone() }))
}

/// Refuses a file that is only the memory of a register elsewhere. The accounts of that register are not served here.
fn own_register(path: &std::path::Path) -> Result<(), Finding> {
    if !path.exists() {
        return Ok(());
    }
    let reader = Reader::open(path).map_err(finding::of)?;
    if memory::is_prepared(reader.connection()).map_err(finding::of)? {
        belongs(reader.connection(), None).map_err(finding::of)?;
    }
    Ok(())
}

fn serve(global: &Global, args: &Args, desk: RegisterDesk, settings: ServiceSettings) -> Exit {
    start_logs(args.log_format, args.level);
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("serve").enable_all().build();
    let ran = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let (mut stop, mut interrupt) =
                (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            let listener = listener::listener(args.listen).await?;
            let address = listener.local_addr()?;
            tracing::info!(version = env!("CARGO_PKG_VERSION"), store = %global.store, %address, "started");
            output::mention(&format!("http://{address}{BASE}\n"));
            let shutdown = async {
                tokio::select! {
                    _ = stop.recv() => {}
                    _ = interrupt.recv() => {}
                }
                tracing::info!("ending");
            };
            portvakt_serve::run(listener, desk, settings, shutdown).await
        })
    });
    match ran {
        Ok(()) => Exit::Ok,
        Err(error) => {
            tracing::error!(%error, "the register cannot be served");
            Exit::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_ends_before_the_services_own_path() {
        assert_eq!(public("https://register.example/").as_deref(), Ok("https://register.example"));
        assert_eq!(public("https://register.example/scim/v2").as_deref(), Ok("https://register.example"));
        assert_eq!(public("http://h:1/below/scim/v2/").as_deref(), Ok("http://h:1/below"));
        for wrong in ["", "register.example", "https://", "ftp://x", "https://x?y"] {
            assert!(public(wrong).is_err(), "{wrong}");
        }
    }
}
