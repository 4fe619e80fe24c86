//! Tests of `clau check`: every kind of trouble is told, together, with what to do.

use super::*;

async fn checked(directory: &Path, text: &str) -> Report {
    let source = Source {
        name: "clau.toml".to_owned(),
        text: text.to_owned(),
        directory: directory.to_owned(),
    };
    check(&source, []).await
}

fn problems(report: &Report) -> Vec<String> {
    let wrong = report
        .findings
        .iter()
        .filter(|finding| finding.state == State::Problem);
    wrong
        .map(|finding| format!("{} {}", finding.what, finding.advice))
        .collect()
}

#[tokio::test]
async fn a_fresh_directory_is_fine_and_stays_empty() {
    let directory = tempfile::tempdir().expect("a directory");
    let report = checked(
        directory.path(),
        "[server]\nbase_url = \"http://localhost:8080\"\nlisten = \"127.0.0.1:0\"\n",
    )
    .await;
    assert_eq!(problems(&report), Vec::<String>::new(), "{report}");
    assert_eq!(
        std::fs::read_dir(directory.path())
            .expect("readable")
            .count(),
        0,
        "nothing is made"
    );
}

#[tokio::test]
async fn all_trouble_is_told_together() {
    let directory = tempfile::tempdir().expect("a directory");
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["elsewhere.example".to_owned()])
            .expect("a certificate");
    std::fs::write(directory.path().join("chain.pem"), cert.pem()).expect("written");
    std::fs::write(
        directory.path().join("key.pem"),
        signing_key.serialize_pem(),
    )
    .expect("written");
    std::fs::write(directory.path().join("ca.pem"), "nothing").expect("written");
    let text = "[server]\nbase_url = \"https://ent.example.fr\"\nlisten = \"127.0.0.1:0\"\n\
                tls_cert = \"chain.pem\"\ntls_key = \"key.pem\"\n\
                [database]\nurl = \"postgres://clau@127.0.0.1:1/clau\"\n\
                [secrets]\nmaster_key_file = \"missing.key\"\n\
                [outbound]\nextra_ca = \"ca.pem\"\n\
                [sessions]\npupil_idle_minutes = 0\n\
                [passwords]\nrefused_file = \"ca.pem\"\n\
                [import]\nscratch = \"nowhere\"\n";
    let report = checked(directory.path(), text).await;
    let said = problems(&report);
    for expected in [
        "`sessions.pupil_idle_minutes`",
        "is not for ent.example.fr",
        "missing.key cannot be read",
        "ca.pem holds no certificate",
        "`passwords.refused_file`",
        "`import.scratch`",
    ] {
        assert!(
            said.iter().any(|line| line.contains(expected)),
            "{expected}\n{said:#?}"
        );
    }
    assert!(
        report
            .to_string()
            .contains("key.pem can be read by everybody"),
        "{report}"
    );
    assert_ne!(report.exit_code(), ExitCode::SUCCESS);
}

#[tokio::test]
async fn stores_that_do_not_answer_are_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let key = "5c".repeat(32);
    let text = format!(
        "[server]\nbase_url = \"http://localhost:8080\"\nlisten = \"127.0.0.1:0\"\n\
         [database]\nurl = \"postgres://clau:hunter2@127.0.0.1:1/clau\"\n[secrets]\nmaster_key = \"{key}\"\n"
    );
    let report = checked(directory.path(), &text).await;
    let said = problems(&report);
    assert!(
        said.iter()
            .any(|line| line.starts_with("database:") && line.contains("is the address right")),
        "{report}"
    );
    assert!(
        !report.to_string().contains("hunter2") && !report.to_string().contains(&key),
        "{report}"
    );
}

#[tokio::test]
async fn key_07_another_key_than_the_database_s_is_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = |digit: &str| {
        let key = digit.repeat(64);
        format!(
            "[server]\nbase_url = \"http://localhost:8080\"\nlisten = \"127.0.0.1:0\"\n[secrets]\nmaster_key = \"{key}\"\n"
        )
    };
    let source = Source {
        name: "clau.toml".to_owned(),
        text: text("a"),
        directory: directory.path().to_owned(),
    };
    let config = crate::config::read(&source, []).expect("right");
    crate::system::use_one_crypto_library();
    open::open(&config)
        .await
        .expect("the first start")
        .hub
        .close()
        .await;
    let report = checked(directory.path(), &text("a")).await;
    assert_eq!(problems(&report), Vec::<String>::new(), "{report}");
    let report = checked(directory.path(), &text("b")).await;
    assert!(
        problems(&report)
            .concat()
            .contains("not the one that this database was used with"),
        "{report}"
    );
    let source = Source {
        text: text("b"),
        ..source
    };
    let config = crate::config::read(&source, []).expect("right");
    assert!(open::open(&config).await.is_err(), "refuses to start");
}
