//! Nodes in processes of their own, to start at the same time and to be killed: this test binary runs
//! itself with a role. And what an acknowledged write is worth when its node is killed.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use clau_domain::secret::{ExposeSecret, ServiceTicketKind};
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};
use clau_tests::support::postgres::shared;
use clau_tests::support::process::Scratch;

use crate::stage::{START, digest, life, postgres_config};

const ROLE: &str = "CLAU_TESTS_ROLE";
const FILE: &str = "CLAU_TESTS_FILE";
const URL: &str = "CLAU_TESTS_URL";

/// Starts a node with a role on a database.
pub(crate) fn start(role: &str, config: &DatabaseConfig) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("our own path"));
    command
        .args([
            "--exact",
            "child::play_the_role_of_a_node",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    match config {
        DatabaseConfig::Sqlite { file, .. } => command.env(FILE, file),
        DatabaseConfig::Postgres { url, .. } => command.env(URL, url.expose_secret()),
    };
    command.spawn().expect("this binary runs")
}

/// What a started process does. Without a role it is a test of nothing.
#[tokio::test]
async fn play_the_role_of_a_node() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let config = match (std::env::var_os(FILE), std::env::var(URL)) {
        (Some(file), _) => DatabaseConfig::Sqlite {
            file: PathBuf::from(file),
            readers: 2,
        },
        (None, Ok(url)) => postgres_config(&url),
        (None, Err(_)) => panic!("{ROLE} without a database"),
    };
    let database = match Database::open(&config).await {
        Ok(database) => database,
        Err(error) => panic!("refused: {error}"),
    };
    let say = |words: String| {
        let mut output = std::io::stdout().lock();
        writeln!(output, "{words}")
            .and_then(|()| output.flush())
            .expect("the parent listens");
    };
    match role.as_str() {
        "migrate" => say("migrated".to_owned()),
        "serve" => {
            let tickets = Tickets::in_database(database);
            for number in 0.. {
                let id = digest(&number.to_string());
                tickets
                    .put::<ServiceTicketKind>(&id, &number, life())
                    .await
                    .expect("put");
                say(format!("put {number}"));
                if number % 2 == 0 {
                    tickets
                        .take::<ServiceTicketKind, i64>(&id, START)
                        .await
                        .expect("take");
                    say(format!("taken {number}"));
                }
            }
        }
        "replace" => crate::saml_metadata::replace_half(&database, say).await,
        other => panic!("no such role: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_01_what_a_killed_node_acknowledged_is_so() {
    let scratch = Scratch::new("killed");
    let sqlite = DatabaseConfig::Sqlite {
        file: scratch.join("clau.sqlite"),
        readers: 2,
    };
    for config in [sqlite, postgres_config(&shared().fresh_database())] {
        let mut put = 0;
        let mut taken = Vec::new();
        let mut node = start("serve", &config);
        let output = BufReader::new(node.stdout.take().expect("piped"));
        for line in output.lines().map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("put ") {
                put = number.parse::<i64>().expect("a number") + 1;
            } else if let Some(number) = line.strip_prefix("taken ") {
                taken.push(number.parse::<i64>().expect("a number"));
            }
            if put == 60 {
                node.kill().expect("kill");
            }
        }
        node.wait().expect("the child ends");
        assert!(
            put >= 60 && taken.len() >= 29,
            "{put} put, {} taken",
            taken.len()
        );

        let tickets = Tickets::in_database(Database::open(&config).await.expect("open"));
        for number in 0..put {
            let id = digest(&number.to_string());
            let again = tickets
                .take::<ServiceTicketKind, i64>(&id, START)
                .await
                .expect("take");
            let expected = (!taken.contains(&number)).then_some(number);
            // The last one may have been taken without a word about it.
            if number < put - 1 {
                assert_eq!(again, expected, "{number} of {put} in {config:?}");
            }
        }
    }
}
