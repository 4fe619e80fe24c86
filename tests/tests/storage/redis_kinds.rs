//! Redis as production runs it: a cluster, a primary behind Sentinels that fails over, and TLS with an
//! authority of the house. The same calls, other wires.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{SecretString, ServiceTicketKind, SessionKind};
use clau_storage::tickets::Tickets;
use clau_storage::{Database, RedisConfig, StorageError};
use clau_tests::support::ca::authority;
use clau_tests::support::process::{Launch, Process, Scratch, eventually, find_program, free_port};

use crate::stage::{MINUTE, Node, START, Stage, digest, life, life_of, redis_config};

/// A server with settings of a test's own.
fn server(scratch: &Scratch, port: u16, settings: &[&str]) -> Process {
    let directory = scratch.shared_directory(&port.to_string());
    let process = Launch::new(
        &format!("redis-{port}"),
        find_program(&["redis-server"], &[]),
    )
    .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
    .args(["--dir".as_ref(), directory.as_os_str()])
    .args(settings)
    .start(scratch);
    process.wait_for_port(port);
    process
}

/// Asks a server by its own client; the answer.
fn ask(port: u16, words: &[&str]) -> String {
    let output = Command::new(find_program(&["redis-cli"], &[]))
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(words)
        .output()
        .expect("redis-cli runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Every call, over whatever wire.
async fn works(node: &Node, name: &str) {
    let tickets = &node.tickets;
    for index in 0..20 {
        // Keys in every slot of a cluster.
        let id = digest(&format!("{name} {index}"));
        tickets
            .put::<SessionKind>(&id, &index, life_of(name))
            .await
            .expect("put");
        let end = START + 2 * MINUTE;
        assert!(
            tickets
                .replace::<SessionKind>(&id, &index, end, START)
                .await
                .expect("replace")
        );
        let found = tickets
            .get::<SessionKind, i32>(&id, START)
            .await
            .expect("get");
        assert_eq!(found, Some(index));
        assert_eq!(
            node.counters
                .hit(&format!("{name} {index}"), MINUTE, START)
                .await
                .expect("hit"),
            1
        );
        let seen = node
            .counters
            .distinct(name, &index.to_string(), MINUTE, START)
            .await;
        assert_eq!(
            seen.expect("distinct"),
            u64::try_from(index).expect("small") + 1
        );
    }
    let owned = tickets
        .owned::<SessionKind, i32>(name, START)
        .await
        .expect("owned");
    assert_eq!(owned.len(), 20);
    for (index, (id, _)) in owned.iter().enumerate() {
        if index % 2 == 0 {
            assert!(
                tickets
                    .take::<SessionKind, i32>(id, START)
                    .await
                    .expect("take")
                    .is_some()
            );
        } else {
            tickets
                .end::<SessionKind>(&[*id], START + 2 * MINUTE, START)
                .await
                .expect("end");
        }
        assert_eq!(
            tickets
                .take::<SessionKind, i32>(id, START)
                .await
                .expect("take"),
            None
        );
    }
    assert!(
        tickets
            .owned::<SessionKind, i32>(name, START)
            .await
            .expect("owned")
            .is_empty()
    );
    tickets.ping().await.expect("ping");
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_03_a_cluster_serves_every_call_and_each_ticket_once() {
    let scratch = Scratch::new("cluster");
    let ports = [free_port(), free_port()];
    let processes: Vec<Process> = ports
        .iter()
        .map(|port| {
            // Its second port, for the other members, is 10,000 higher unless told otherwise.
            let (port_text, bus) = (port.to_string(), free_port().to_string());
            let settings = [
                "--port",
                &port_text,
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
            ];
            server(&scratch, *port, &settings)
        })
        .collect();
    assert_eq!(
        ask(ports[0], &["CLUSTER", "ADDSLOTSRANGE", "0", "8191"]),
        "OK"
    );
    assert_eq!(
        ask(ports[1], &["CLUSTER", "ADDSLOTSRANGE", "8192", "16383"]),
        "OK"
    );
    let bus = ask(ports[1], &["CONFIG", "GET", "cluster-port"]);
    let bus = bus.lines().last().expect("a port");
    let other = ports[1].to_string();
    assert_eq!(
        ask(ports[0], &["CLUSTER", "MEET", "127.0.0.1", &other, bus]),
        "OK"
    );
    for (process, port) in processes.iter().zip(ports) {
        process.wait_until(|| {
            ask(port, &["CLUSTER", "INFO"])
                .contains("cluster_state:ok")
                .then_some(())
        });
    }
    // One member is enough to find the other.
    let url = format!("redis+cluster://127.0.0.1:{}", ports[0]);
    let stage = Stage::with_redis(&url).await;
    let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
    works(&nodes[0], "cluster").await;
    for port in ports {
        assert_ne!(ask(port, &["DBSIZE"]), "0", "both members hold keys");
    }
    for round in 0..10 {
        let id = digest(&format!("round {round}"));
        nodes[0]
            .tickets
            .put::<ServiceTicketKind>(&id, &round, life())
            .await
            .expect("put");
        let mut attempts = tokio::task::JoinSet::new();
        for attempt in 0..50 {
            let node = Arc::clone(&nodes[attempt % 2]);
            attempts.spawn(async move {
                node.tickets
                    .take::<ServiceTicketKind, i32>(&id, START)
                    .await
                    .expect("take")
            });
        }
        let won: Vec<i32> = attempts.join_all().await.into_iter().flatten().collect();
        assert_eq!(won, [round]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_behind_sentinels_a_failover_is_survived_and_nothing_redeemed_twice() {
    let scratch = Scratch::new("sentinel");
    let [first, second, watch] = [free_port(), free_port(), free_port()];
    let [first_text, second_text] = [first.to_string(), second.to_string()];
    let mut primary = server(&scratch, first, &["--port", &first_text]);
    let replica = server(
        &scratch,
        second,
        &[
            "--port",
            &second_text,
            "--replicaof",
            &format!("127.0.0.1 {first}"),
        ],
    );
    replica.wait_until(|| {
        ask(second, &["INFO", "replication"])
            .contains("master_link_status:up")
            .then_some(())
    });
    let sentinel = sentinel(&scratch, watch, first);
    sentinel.wait_until(|| {
        ask(watch, &["SENTINEL", "REPLICAS", "main"])
            .contains(&second_text)
            .then_some(())
    });

    let nowhere = free_port();
    // A Sentinel that is away is no obstacle while another answers.
    let url = format!("redis+sentinel://127.0.0.1:{nowhere},127.0.0.1:{watch}/0?master=main");
    let stage = Stage::with_redis(&url).await;
    let node = stage.node().await;
    works(&node, "before").await;
    for name in ["taken", "open"] {
        node.tickets
            .put::<ServiceTicketKind>(&digest(name), &1, life())
            .await
            .expect("put");
    }
    replica.wait_until(|| (ask(second, &["DBSIZE"]) == ask(first, &["DBSIZE"])).then_some(()));
    // The replica hears nothing of what is redeemed now.
    replica.signal("STOP");
    let take = async |name: &'static str| {
        node.tickets
            .take::<ServiceTicketKind, i32>(&digest(name), START)
            .await
    };
    assert_eq!(take("taken").await.expect("take"), Some(1));
    primary.kill();
    replica.signal("CONT");
    let limit = Duration::from_secs(40);
    eventually("the replica is the primary", limit, async || {
        node.tickets.ping().await.ok()
    })
    .await;
    eventually("it takes writes", limit, async || {
        node.counters.hit("failover", MINUTE, START).await.ok()
    })
    .await;
    assert_eq!(
        take("taken").await.expect("take"),
        None,
        "whatever the new primary thinks"
    );
    assert_eq!(take("open").await.expect("take"), Some(1));
    works(&node, "after").await;
}

/// A Sentinel that watches the primary `main` and acts on its own.
fn sentinel(scratch: &Scratch, port: u16, primary: u16) -> Process {
    let settings = scratch.write(
        "sentinel.conf",
        &format!(
            "port {port}\nbind 127.0.0.1\ndir {}\n\
             sentinel monitor main 127.0.0.1 {primary} 1\n\
             sentinel down-after-milliseconds main 1000\n\
             sentinel failover-timeout main 5000\n",
            scratch.path().display()
        ),
    );
    let process = Launch::new("sentinel", find_program(&["redis-server"], &[]))
        .args([settings.as_os_str(), "--sentinel".as_ref()])
        .start(scratch);
    process.wait_for_port(port);
    process
}

#[tokio::test(flavor = "multi_thread")]
async fn key_06_tls_is_verified_against_the_authority_that_is_named() {
    // The server program does this; it may have been done by another test.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let scratch = Scratch::new("tls");
    let files = authority().localhost_files(&scratch);
    let port = free_port();
    let text = |path: &Path| path.display().to_string();
    let _server = server(
        &scratch,
        port,
        &[
            "--port",
            "0",
            "--tls-port",
            &port.to_string(),
            "--tls-cert-file",
            &text(&files.certificate),
            "--tls-key-file",
            &text(&files.key),
            "--tls-ca-cert-file",
            &text(&files.ca),
            "--tls-auth-clients",
            "no",
        ],
    );
    let url = format!("rediss://localhost:{port}");
    let trusted = RedisConfig {
        authority: Some(authority().pem().into()),
        ..redis_config(&url)
    };
    let mut stage = Stage::sqlite().await;
    stage.redis = Some(trusted.clone());
    works(&stage.node().await, "tls").await;

    let ping = async |config: &RedisConfig| {
        let database = Database::open(&stage.config).await.expect("open");
        Tickets::in_redis(config, database)
            .await
            .expect("good settings")
            .ping()
            .await
    };
    let nobody = clau_tests::support::ca::Authority::new();
    let stranger = RedisConfig {
        authority: Some(nobody.pem().into()),
        ..trusted.clone()
    };
    let public = RedisConfig {
        authority: None,
        ..trusted.clone()
    };
    let plain = RedisConfig {
        url: SecretString::from(format!("redis://localhost:{port}")),
        authority: None,
        ..trusted.clone()
    };
    for config in [stranger, public, plain] {
        let refused = ping(&config).await;
        assert!(
            matches!(refused, Err(StorageError::Unavailable(_))),
            "{config:?}: {refused:?}"
        );
    }
    let far = RedisConfig {
        url: SecretString::from("redis://redis.example.org"),
        ..trusted
    };
    let database = Database::open(&stage.config).await.expect("open");
    let refused = Tickets::in_redis(&far, database).await;
    assert!(
        matches!(refused, Err(StorageError::Config(_))),
        "{refused:?}"
    );
}
