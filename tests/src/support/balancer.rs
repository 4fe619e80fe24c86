//! A TCP balancer in front of several nodes: connections go to each in turn, and to the next one when a
//! node does not answer. No stickiness, no TLS of its own.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running balancer; its connections end when it is dropped.
#[derive(Debug)]
pub struct Balancer {
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// Listens on 127.0.0.1:`port` and spreads connections over `nodes` on the same host.
    pub async fn start(port: u16, nodes: Vec<u16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap_or_else(|error| panic!("the balancer cannot listen on {port}: {error}"));
        let nodes: Arc<[u16]> = nodes.into();
        let turn = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(forward(connection, Arc::clone(&nodes), Arc::clone(&turn)));
            }
        });
        Self { accepting }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut connection: TcpStream, nodes: Arc<[u16]>, turn: Arc<AtomicUsize>) {
    let first = turn.fetch_add(1, Ordering::Relaxed);
    let in_turn = nodes
        .iter()
        .cycle()
        .skip(first % nodes.len().max(1))
        .take(nodes.len());
    for &node in in_turn {
        if let Ok(mut upstream) = TcpStream::connect((Ipv4Addr::LOCALHOST, node)).await {
            // Either side may hang up at any time: that is what the tests are about.
            let _ = copy_bidirectional(&mut connection, &mut upstream).await;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::support::process::free_port;

    #[tokio::test]
    async fn connections_take_turns_and_avoid_the_dead() {
        let (front, one, two, dead) = (free_port(), free_port(), free_port(), free_port());
        for (port, name) in [(one, b'1'), (two, b'2')] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .await
                .unwrap();
            tokio::spawn(async move {
                while let Ok((mut connection, _)) = listener.accept().await {
                    connection.write_all(&[name]).await.unwrap();
                }
            });
        }
        let _balancer = Balancer::start(front, vec![one, dead, two]).await;
        let mut names = Vec::new();
        for _ in 0..3 {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, front))
                .await
                .unwrap();
            names.push(connection.read_u8().await.unwrap());
        }
        assert_eq!(names, b"122");
    }
}
