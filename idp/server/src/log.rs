//! The log: one line for each event, text or JSON, UTC, to the standard error. What strangers send can
//! neither break a line nor move a cursor (LOG-03), and a log that nobody reads holds nobody up
//! (FT-21): lines wait in a bounded queue and are counted when they do not fit. Never decides what is
//! said; whoever says it leaves secrets out (LOG-02).

use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Lines that may wait for a slow reader of the log.
const QUEUE: usize = 8192;
/// How long the end of the program waits for them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps the log alive; what waits is written when it is dropped.
pub(crate) struct Logging {
    lines: SyncSender<Vec<u8>>,
    done: Receiver<()>,
}

/// Starts the log of a program that goes on for long.
pub(crate) fn start(settings: &Log) -> Logging {
    let (lines, waiting) = sync_channel::<Vec<u8>>(QUEUE);
    let (tell, done) = sync_channel(1);
    std::thread::spawn(move || {
        let mut out = std::io::stderr();
        // No event is empty: an empty line is the program's end.
        while let Ok(line) = waiting.recv()
            && !line.is_empty()
        {
            // There is nowhere left to say that the log cannot be written.
            let _written = out.write_all(&line);
        }
        let _told = tell.send(());
    });
    let filter = EnvFilter::builder().parse_lossy(&settings.level);
    let out = Lines {
        queue: lines.clone(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(out)
        .with_ansi(false)
        .with_target(true);
    let set = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    if let Err(error) = set {
        eprintln!("clau: the log is set up already: {error}");
    }
    std::panic::set_hook(Box::new(|panic| {
        // Without the words of the panic: they may quote what a stranger sent.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        metrics::counter!("clau_panics_total").increment(1);
        tracing::error!(
            event = "panic",
            place,
            "a defect of Clau; what was being done is lost"
        );
    }));
    Logging { lines, done }
}

impl Drop for Logging {
    fn drop(&mut self) {
        if self.lines.try_send(Vec::new()).is_ok() {
            let _waited = self.done.recv_timeout(PATIENCE);
        }
    }
}

#[derive(Clone)]
struct Lines {
    queue: SyncSender<Vec<u8>>,
}

/// One event's bytes on their way to the queue.
struct Line<'a> {
    queue: &'a SyncSender<Vec<u8>>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { queue: &self.queue }
    }
}

impl Write for Line<'_> {
    /// The subscriber hands over an event by one call.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(one_line(event)) {
            metrics::counter!("clau_log_lines_lost_total").increment(1);
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The event as one line: every control character but the last line feed is written as `\u{…}`, and so
/// are the characters that change the direction of text (LOG-03).
fn one_line(event: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(event);
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let mut line = String::with_capacity(body.len() + 1);
    for character in body.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            line.extend(character.escape_unicode());
        } else {
            line.push(character);
        }
    }
    line.push('\n');
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_03_what_strangers_send_stays_on_its_line() {
        let line =
            one_line("user=\u{1b}[31mred\nINFO all is well\r\u{202e}\t\u{9b}1m\n".as_bytes());
        let line = String::from_utf8(line).expect("text");
        assert_eq!(
            line,
            "user=\\u{1b}[31mred\\u{a}INFO all is well\\u{d}\\u{202e}\\u{9}\\u{9b}1m\n"
        );
        assert_eq!(one_line(b"\xff\n"), "\u{fffd}\n".as_bytes());
    }

    #[test]
    fn ft_21_a_log_that_nobody_reads_holds_nobody_up() {
        let (queue, _waiting) = sync_channel(1);
        let mut line = Line { queue: &queue };
        for _ in 0..10 {
            line.write_all(b"line\n").expect("never fails");
        }
    }
}
