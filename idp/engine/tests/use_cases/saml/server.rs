//! A server that publishes metadata, well or badly, as a test wants it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use clau_domain::url::WebUrl;

/// What a server answers, and what it was asked.
#[derive(Default)]
struct Answers {
    status: u16,
    tag: Option<String>,
    body: Vec<u8>,
    /// Fewer bytes than it has said.
    cut: bool,
    /// Path and `If-None-Match` of each request.
    asked: Vec<(String, Option<String>)>,
}

/// A server on this machine, for as long as the test lasts.
#[derive(Clone)]
pub(super) struct Server {
    port: u16,
    answers: Arc<Mutex<Answers>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answers = Arc::new(Mutex::new(Answers::default()));
        let shared = Arc::clone(&answers);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let mut if_none_match = None;
                for line in lines.take_while(|line| !line.is_empty()) {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("if-none-match: ") {
                        if_none_match = Some(value.to_owned());
                    }
                }
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let mut answers = shared.lock().expect("alone");
                let same = if_none_match.is_some() && if_none_match == answers.tag;
                answers.asked.push((path, if_none_match));
                let tag = answers.tag.as_ref().map(|tag| format!("ETag: {tag}\r\n"));
                let tag = tag.unwrap_or_default();
                let (status, body) = if same {
                    (304, &[][..])
                } else {
                    (answers.status, answers.body.as_slice())
                };
                let length = body.len() + usize::from(answers.cut) * 10;
                let head = format!(
                    "HTTP/1.1 {status} X\r\n{tag}Content-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                // The other side may have had enough of it.
                let _sent = (&stream)
                    .write_all(head.as_bytes())
                    .and_then(|()| (&stream).write_all(body));
            }
        });
        Self { port, answers }
    }

    pub(super) fn url(&self) -> WebUrl {
        let url = format!("http://127.0.0.1:{}/metadata", self.port);
        WebUrl::parse(&url).expect("an address")
    }

    pub(super) fn gives(&self, body: impl Into<Vec<u8>>) {
        let mut answers = self.answers.lock().expect("alone");
        (answers.status, answers.body, answers.cut) = (200, body.into(), false);
    }

    pub(super) fn fails(&self, status: u16) {
        self.answers.lock().expect("alone").status = status;
    }

    pub(super) fn cuts(&self) {
        self.answers.lock().expect("alone").cut = true;
    }

    pub(super) fn tags(&self, tag: Option<&str>) {
        self.answers.lock().expect("alone").tag = tag.map(str::to_owned);
    }

    pub(super) fn asked(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut self.answers.lock().expect("alone").asked)
    }
}
