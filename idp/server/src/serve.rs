//! `clau serve`: opens the stores, listens, runs the background tasks, and stops in order. Never
//! answers a request itself: `clau-web` does.

pub(crate) mod connections;
mod idle;
mod metrics;
mod tasks;
pub(crate) mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::{Config, Problem};
use crate::failure::Failure;
use crate::open::{self, Opened};
use crate::system::{Clock, SystemRandom};

/// Serves until the process is told to stop.
pub(crate) async fn run(config: &Config) -> Result<(), Failure> {
    // Before anything that measures or listens: an operator waits for the first word.
    let prometheus = config
        .server
        .metrics_listen
        .map(|_| metrics::install())
        .transpose()?;
    let certificate = certificate(config)?;
    let Opened { hub, database } = open::open(config).await?;
    // The very first start makes the keys; nobody is answered without them.
    hub.tend_keys(&crate::system::cx()).await?;
    let router = clau_web::router(web(config, &hub));
    let listener = listen("server.listen", config.server.listen).await?;
    let (stop, stopped) = watch::channel(false);
    if let (Some(address), Some(handle)) = (config.server.metrics_listen, prometheus) {
        let listener = listen("server.metrics_listen", address).await?;
        tokio::spawn(metrics::serve(listener, handle, stopped.clone()));
    }
    let tasks = tasks::start(tasks::Background {
        hub: hub.clone(),
        database,
        certificate: certificate.clone(),
        stopped: stopped.clone(),
    });
    tracing::info!(
        event = "server.started",
        version = env!("CARGO_PKG_VERSION"),
        base_url = config.server.base_url,
        listen = %config.server.listen,
        tls = certificate.is_some(),
        "ready"
    );
    let door = connections::Door {
        listener,
        certificate,
        router,
        patience: connections::Patience::default(),
        max_connections: config.server.max_connections as usize,
    };
    let drain = Duration::from_secs(config.server.shutdown_seconds.into());
    let all_ended = connections::serve(door, told_to_stop()?, drain).await;
    if !all_ended {
        tracing::warn!(
            event = "server.cut",
            "requests were cut that took longer than the drain"
        );
    }
    // The tasks finish what they hold, then the outbox is emptied as far as services answer.
    let _nobody_left = stop.send(true);
    tasks.end().await;
    hub.close().await;
    tracing::info!(event = "server.stopped", "stopped");
    Ok(())
}

/// What the pages need besides the hub.
fn web(config: &Config, hub: &clau_engine::Hub) -> clau_web::Web {
    clau_web::Web {
        hub: hub.clone(),
        clock: Arc::new(|| Clock.now()),
        random: Arc::new(SystemRandom),
        trusted_proxies: config.server.trusted_proxies.clone(),
    }
}

fn certificate(config: &Config) -> Result<Option<Arc<tls::Certificate>>, Failure> {
    let (Some(chain), Some(key)) = (&config.server.tls_cert, &config.server.tls_key) else {
        return Ok(None);
    };
    tls::Certificate::read(config.path(chain), config.path(key))
        .map(|certificate| Some(Arc::new(certificate)))
        .map_err(|why| {
            Failure::Config(vec![Problem::key(
                "server",
                "tls_cert",
                &format!("cannot be used: {why}"),
            )])
        })
}

pub(crate) async fn listen(key: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another program listens there: stop it, or choose another port"
            }
            std::io::ErrorKind::PermissionDenied => {
                "; ports below 1024 need a right of their own: choose a higher one behind a proxy"
            }
            std::io::ErrorKind::AddrNotAvailable => "; this machine does not have that address",
            _ => "",
        };
        Failure::Config(vec![Problem {
            key: key.to_owned(),
            place: String::new(),
            what: format!("{address} cannot be listened on: {error}{advice}"),
        }])
    })
}

/// Done at SIGTERM or Ctrl-C.
fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        let signal = tokio::select! {
            _ = term.recv() => "TERM",
            _ = interrupt.recv() => "INT",
        };
        tracing::info!(
            event = "server.stopping",
            signal,
            "finishing what was begun"
        );
    })
}
