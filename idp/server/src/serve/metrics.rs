//! Prometheus metrics on their own listener, and the figures of the process itself. Never on the
//! listener that people reach, and never about a person.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use ::metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use http::{Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::failure::Failure;
use crate::system::Clock;

/// Buckets of every duration, in seconds: from a page out of memory to the longest that is allowed.
const BUCKETS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// How often the runtime is asked how late it is.
const PULSE: Duration = Duration::from_millis(250);
/// How long a scraper may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes over the figures of the whole process.
pub(super) fn install() -> Result<PrometheusHandle, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::Defect(format!("metrics: {error}"));
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
        .map_err(|error| failed(&error))?
        .install_recorder()
        .map_err(|error| failed(&error))?;
    describe_gauge!("clau_build_info", "1; the label is the version");
    describe_gauge!("clau_connections", "Open connections");
    describe_gauge!(
        "process_resident_memory_bytes",
        Unit::Bytes,
        "Resident memory"
    );
    describe_gauge!("process_open_fds", "Open file descriptors");
    describe_gauge!(
        "process_start_time_seconds",
        Unit::Seconds,
        "Start of the process, Unix time"
    );
    describe_histogram!(
        "clau_runtime_lag_seconds",
        Unit::Seconds,
        "How late the runtime runs what is due"
    );
    describe_counter!(
        "clau_panics_total",
        "Defects that ended a request or a task"
    );
    describe_counter!(
        "clau_log_lines_lost_total",
        "Lines of the log that did not fit"
    );
    describe_counter!(
        "clau_accept_errors_total",
        "Connections that could not be accepted"
    );
    describe_counter!("clau_requests_cut_total", "Requests that took too long");
    describe_counter!("clau_tls_handshakes_failed_total", "Handshakes that failed");
    describe_counter!(
        "clau_task_runs_total",
        "Runs of background tasks by outcome"
    );
    gauge!("clau_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 are far below 2^52"
    )]
    gauge!("process_start_time_seconds").set(Clock.now().as_millis() as f64 / 1000.0);
    for name in [
        "clau_panics_total",
        "clau_log_lines_lost_total",
        "clau_accept_errors_total",
    ] {
        counter!(name).absolute(0);
    }
    Ok(handle)
}

/// Serves `/metrics` until the hub stops.
pub(super) async fn serve(
    listener: TcpListener,
    handle: PrometheusHandle,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::spawn(measure(handle.clone(), stopped.clone()));
    loop {
        let accepted = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let handle = handle.clone();
        tokio::spawn(async move {
            let service = hyper::service::service_fn(move |request: http::Request<_>| {
                let answer = answer(request.method(), request.uri().path(), &handle);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            let _ended = tokio::time::timeout(PATIENCE, connection).await;
        });
    }
}

fn answer(method: &http::Method, path: &str, handle: &PrometheusHandle) -> Response<String> {
    let (status, text) = match (method, path) {
        (&http::Method::GET, "/metrics") => {
            process_figures();
            (StatusCode::OK, handle.render())
        }
        _ => (
            StatusCode::NOT_FOUND,
            "the metrics are at /metrics\n".to_owned(),
        ),
    };
    let mut answer = Response::new(text);
    *answer.status_mut() = status;
    let content_type = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    answer
}

/// How late the runtime is (AVL-09), and the recorder's own housekeeping.
async fn measure(handle: PrometheusHandle, mut stopped: watch::Receiver<bool>) {
    let mut upkeep = Instant::now();
    loop {
        let due = Instant::now() + PULSE;
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep_until(due.into()) => {}
        }
        histogram!("clau_runtime_lag_seconds").record(due.elapsed().as_secs_f64());
        if upkeep.elapsed() > Duration::from_secs(5) {
            handle.run_upkeep();
            upkeep = Instant::now();
        }
    }
}

/// What Linux says about this process. Elsewhere, and in a bare container, the figures are absent.
fn process_figures() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    if let Some(kib) = kib {
        gauge!("process_resident_memory_bytes").set(kib * 1024.0);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        #[expect(clippy::cast_precision_loss, reason = "file descriptors are few")]
        gauge!("process_open_fds").set(open.count() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_metrics_are_there() {
        let handle = PrometheusBuilder::new().build_recorder().handle();
        let status = |method, path| answer(&method, path, &handle).status();
        assert_eq!(status(http::Method::GET, "/metrics"), StatusCode::OK);
        assert_eq!(status(http::Method::GET, "/"), StatusCode::NOT_FOUND);
        assert_eq!(
            status(http::Method::POST, "/metrics"),
            StatusCode::NOT_FOUND
        );
    }
}
