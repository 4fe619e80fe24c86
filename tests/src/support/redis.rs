//! A private Redis: one for each test process, or one of a test's own when it stops or freezes it. Keeps
//! its data over a restart, as production does.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use super::process::{Launch, Process, Scratch, find_program, free_port};

/// A running Redis.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    scratch: Scratch,
    port: u16,
}

/// The Redis all tests of this process share. Separate hubs in it by database number or key prefix.
pub fn shared() -> &'static Redis {
    static SHARED: OnceLock<Redis> = OnceLock::new();
    SHARED.get_or_init(Redis::start)
}

impl Redis {
    /// A Redis of its own.
    pub fn start() -> Self {
        let scratch = Scratch::new("redis");
        let port = free_port();
        let process = launch(&scratch, port);
        let redis = Self {
            process,
            scratch,
            port,
        };
        redis.wait_until_ready();
        redis
    }

    /// Its URL; `database` is a number from 0 to 15.
    pub fn url(&self, database: u8) -> String {
        format!("redis://127.0.0.1:{}/{database}", self.port)
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The running server: to freeze it, or to read its log.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Runs an inline command (`FLUSHALL`, `DBSIZE`) and gives the first line of the reply.
    pub fn command(&self, line: &str) -> String {
        self.ask(line)
            .unwrap_or_else(|error| panic!("Redis, {line}: {error}"))
    }

    /// Stops it. Its data stay.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Starts it again on the same port, with the data it had.
    pub fn restart(&mut self) {
        self.process.stop();
        self.process = launch(&self.scratch, self.port);
        self.wait_until_ready();
    }

    fn ask(&self, line: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(line.as_bytes())?;
        stream.write_all(b"\r\n")?;
        let mut reply = Vec::new();
        let mut byte = [0];
        while stream.read(&mut byte)? == 1 && byte != *b"\r" {
            reply.extend(byte);
        }
        Ok(String::from_utf8_lossy(&reply).into_owned())
    }

    fn wait_until_ready(&self) {
        self.process
            .wait_until(|| self.ask("PING").ok().filter(|reply| reply == "+PONG"));
    }
}

fn launch(scratch: &Scratch, port: u16) -> Process {
    Launch::new("redis", find_program(&["redis-server"], &[]))
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "yes", "--appendfsync", "no"])
        .args(["--dir".as_ref(), scratch.path().as_os_str()])
        .start(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_survive_a_restart() {
        let mut redis = Redis::start();
        assert_eq!(redis.command("SET kept 7"), "+OK");
        redis.restart();
        assert_eq!(redis.command("EXISTS kept"), ":1");
    }
}
