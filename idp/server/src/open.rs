//! Opening what the hub stands on: the master key, the database, the ticket store. Refuses with the
//! name of what is missing (FT-20). Never makes a key where one may have been lost.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clau_connectors::drivers::AllDrivers;
use clau_domain::password::Refused;
use clau_domain::random::Random;
use clau_domain::secret::SecretString;
use clau_engine::keys::MasterKey;
use clau_engine::saml::sources::certificates;
use clau_engine::settings::{Federation, Published};
use clau_engine::{Hub, Stores};
use clau_storage::RedisConfig;
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};

use crate::config::{Config, Problem, SecretText, TicketStore, WANTED_DATABASE, is_database};
use crate::failure::Failure;
use crate::system::SystemRandom;

/// A hub and the database under it, which background tasks need for their leases.
pub(crate) struct Opened {
    pub(crate) hub: Hub,
    pub(crate) database: Database,
}

/// Opens everything.
pub(crate) async fn open(config: &Config) -> Result<Opened, Failure> {
    if !crate::system::randomness_works() {
        return Err(Failure::Unavailable(
            "the operating system gives no randomness".to_owned(),
        ));
    }
    let place = database(config)?;
    let key = master_key(config, &place)?;
    let redis = redis(config)?;
    if let DatabaseConfig::Sqlite { file, .. } = &place {
        private_from_the_start(file)?;
    }
    let database = Database::open(&place).await?;
    let (tickets, counters) = match &redis {
        Some(redis) => (
            Tickets::in_redis(redis, database.clone()).await?,
            Counters::in_redis(redis).await?,
        ),
        None => (
            Tickets::in_database(database.clone()),
            Counters::in_database(database.clone()),
        ),
    };
    let stores = Stores {
        database: database.clone(),
        tickets,
        counters,
    };
    let mut settings = config.settings();
    settings.saml.federations = federations(config)?;
    settings.refused = refused(config)?;
    settings.drivers = Arc::new(AllDrivers);
    let hub = Hub::new(stores, &key, settings).await?;
    Ok(Opened { hub, database })
}

/// The federations whose metadata is believed, with their certificates.
pub(crate) fn federations(config: &Config) -> Result<Vec<Federation>, Failure> {
    const KEY: &str = "saml.federations";
    let read = |federation: &crate::config::Federation| {
        let name = &federation.name;
        let published = match (&federation.url, &federation.query_url) {
            (Some(url), None) => Published::Aggregate(url.clone()),
            (None, Some(url)) => Published::Query(url.clone()),
            _ => return Err(wrong(KEY, "has no address, or two")),
        };
        let pem = readable(config, KEY, &federation.certificate)?;
        let pem = String::from_utf8_lossy(&pem);
        let certificates = certificates(&pem)
            .map_err(|problem| wrong(KEY, &format!("`{name}`: its certificate: {problem}")))?;
        if certificates.is_empty() {
            let file = config.path(&federation.certificate);
            let what = format!("`{name}`: {} holds no certificate in PEM", file.display());
            return Err(wrong(KEY, &what));
        }
        Ok(Federation {
            name: name.clone(),
            published,
            certificates,
            longest_life: Duration::from_secs(u64::from(federation.longest_days) * 24 * 3600),
        })
    };
    config.saml.federations.iter().map(read).collect()
}

/// The passwords that nobody may choose.
pub(crate) fn refused(config: &Config) -> Result<Refused, Failure> {
    const KEY: &str = "passwords.refused_file";
    let Some(file) = &config.passwords.refused_file else {
        return Ok(Refused::default());
    };
    let filter = readable(config, KEY, file)?;
    Refused::and(&filter).map_err(|problem| {
        let file = config.path(file);
        wrong(KEY, &format!("{}: {problem}", file.display()))
    })
}

/// Where the database is.
pub(crate) fn database(config: &Config) -> Result<DatabaseConfig, Failure> {
    let section = &config.database;
    let url = match &section.url_file {
        Some(file) => secret_file(config, "database.url_file", file)?,
        None => section.url.expose().to_owned(),
    };
    if !is_database(&url) {
        return Err(wrong("database.url_file", WANTED_DATABASE));
    }
    Ok(match url.strip_prefix("sqlite:") {
        Some(file) => DatabaseConfig::Sqlite {
            file: config.path(Path::new(file.strip_prefix("//").unwrap_or(file))),
            readers: section.connections,
        },
        None => DatabaseConfig::Postgres {
            url: SecretString::from(url),
            connections: section.connections,
        },
    })
}

/// Where Redis is, if tickets are there.
pub(crate) fn redis(config: &Config) -> Result<Option<RedisConfig>, Failure> {
    let section = &config.tickets;
    if section.store == TicketStore::Database {
        return Ok(None);
    }
    let url = match (&section.redis_url, &section.redis_url_file) {
        (Some(url), _) => url.expose().to_owned(),
        (None, Some(file)) => secret_file(config, "tickets.redis_url_file", file)?,
        (None, None) => String::new(),
    };
    let authority = match &section.redis_ca {
        Some(file) => Some(readable(config, "tickets.redis_ca", file)?),
        None => None,
    };
    Ok(Some(RedisConfig {
        url: SecretString::from(url),
        authority,
        prefix: section.redis_prefix.clone(),
    }))
}

/// The file of the master key, where the configuration names none: beside the SQLite file.
pub(crate) fn key_file_beside(database: &DatabaseConfig) -> Option<PathBuf> {
    match database {
        DatabaseConfig::Sqlite { file, .. } => Some(file.with_extension("key")),
        DatabaseConfig::Postgres { .. } => None,
    }
}

/// The master key; made at the very first start on SQLite.
pub(crate) fn master_key(config: &Config, place: &DatabaseConfig) -> Result<MasterKey, Failure> {
    let section = &config.secrets;
    if let Some(key) = &section.master_key {
        return parse("secrets.master_key", key);
    }
    if let Some(file) = &section.master_key_file {
        let path = config.path(file);
        only_ours("secrets.master_key_file", &path)?;
        let text = secret_file(config, "secrets.master_key_file", file)?;
        return parse("secrets.master_key_file", &SecretText::from(text.as_str()));
    }
    let DatabaseConfig::Sqlite { file: database, .. } = place else {
        return Err(wrong(
            "secrets.master_key_file",
            "must be given with PostgreSQL",
        ));
    };
    let path = key_file_beside(place).unwrap_or_default();
    // A database without its key is a loss to be told, not a first start; but another process may be
    // at its first start right now, and makes the key before the database.
    let database_is_there = database.exists();
    if !path.exists() {
        if database_is_there {
            return Err(wrong(
                "secrets.master_key_file",
                &format!(
                    "is missing: {} belongs to {}. Restore it from the backup; without it activation \
                     codes and pseudonyms are lost",
                    path.display(),
                    database.display()
                ),
            ));
        }
        make_key(&path)?;
    }
    only_ours("secrets.master_key_file", &path)?;
    let text = secret_file(config, "secrets.master_key_file", &path)?;
    parse("secrets.master_key_file", &SecretText::from(text.as_str()))
}

/// Writes a new key file that nobody else can read; whoever is first wins.
fn make_key(path: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        wrong(
            "secrets.master_key_file",
            &format!("cannot be made: {}: {error}", path.display()),
        )
    };
    let suffix: [u8; 8] = (&SystemRandom as &dyn Random).bytes();
    let name: String = suffix.iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = path.with_extension(format!("key-{name}"));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    let key = MasterKey::generate(&SystemRandom);
    let written = file
        .write_all(key.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        // A link, unlike a rename, never replaces a key that another process has just made.
        .and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
    let _removed = std::fs::remove_file(&draft);
    written.map_err(failed)
}

/// Makes the database's file, still empty, so that nobody else can read the people in it; the files
/// that SQLite puts beside it get the same rights. One that is there is left as it is.
fn private_from_the_start(file: &Path) -> Result<(), Failure> {
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    match made {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(wrong(
            "database.url",
            &format!(
                "{} cannot be made: {error}; does the directory exist, and may the user of the hub \
                 write there?",
                file.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// Refuses a key file that everybody on the machine can read.
fn only_ours(key: &str, path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 => Err(wrong(
            key,
            &format!("{} can be read by everybody: chmod 600 {0}", path.display()),
        )),
        // Whatever else is wrong is told when it is read.
        _ => Ok(()),
    }
}

fn parse(key: &str, text: &SecretText) -> Result<MasterKey, Failure> {
    MasterKey::parse(text.expose()).map_err(|_| {
        wrong(
            key,
            "must hold 64 hexadecimal digits (openssl rand -hex 32)",
        )
    })
}

/// The text of a file that holds a secret, without the line feed at its end.
fn secret_file(config: &Config, key: &str, file: &Path) -> Result<String, Failure> {
    let bytes = readable(config, key, file)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(key, "does not hold text"))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong(
            key,
            &format!("{} is empty", config.path(file).display()),
        ));
    }
    Ok(text.to_owned())
}

pub(crate) fn readable(config: &Config, key: &str, file: &Path) -> Result<Vec<u8>, Failure> {
    let path = config.path(file);
    std::fs::read(&path)
        .map_err(|error| wrong(key, &format!("{} cannot be read: {error}", path.display())))
}

fn wrong(key: &str, what: &str) -> Failure {
    Failure::Config(vec![Problem {
        key: key.to_owned(),
        place: String::new(),
        what: what.to_owned(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, read};

    fn config(directory: &Path, text: &str) -> Config {
        let text = format!("[server]\nbase_url = \"http://localhost:8080\"\n{text}");
        let source = Source {
            name: "clau.toml".to_owned(),
            text,
            directory: directory.to_owned(),
        };
        read(&source, []).expect("a right configuration")
    }

    fn key(config: &Config) -> Result<MasterKey, String> {
        let place = database(config).map_err(|failure| failure.to_string())?;
        master_key(config, &place).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_first_start_makes_a_key_that_only_we_can_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path(), "");
        key(&config).expect("a new key");
        let file = directory.path().join("clau.key");
        let first = std::fs::read(&file).expect("the key");
        let mode = std::fs::metadata(&file)
            .expect("the key")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        key(&config).expect("the same key");
        assert_eq!(std::fs::read(&file).expect("the key"), first);
        let files = std::fs::read_dir(directory.path())
            .expect("readable")
            .count();
        assert_eq!(files, 1, "no draft is left");
    }

    #[test]
    fn ft_20_a_lost_key_is_told_and_not_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path(), "");
        std::fs::write(directory.path().join("clau.db"), "data").expect("written");
        let said = key(&config).expect_err("no key");
        assert!(
            said.contains("clau.key") && said.contains("Restore"),
            "{said}"
        );
        assert!(!directory.path().join("clau.key").exists());
    }

    #[test]
    fn ft_20_missing_unreadable_and_open_files_are_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path(), "[secrets]\nmaster_key_file = \"m.key\"\n");
        let said = key(&config).expect_err("no file");
        assert!(said.contains("m.key cannot be read"), "{said}");
        let file = directory.path().join("m.key");
        std::fs::write(&file, "5c".repeat(32)).expect("written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("mode");
        let said = key(&config).expect_err("everybody can read it");
        assert!(said.contains("chmod 600"), "{said}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("mode");
        key(&config).expect("a good key");
        std::fs::write(&file, "hunter2").expect("written");
        let said = key(&config).expect_err("no key");
        assert!(
            said.contains("64 hexadecimal") && !said.contains("hunter2"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_new_database_is_for_our_eyes_only() {
        crate::system::use_one_crypto_library();
        let directory = tempfile::tempdir().expect("a directory");
        let opened = open(&config(directory.path(), "")).await.expect("opens");
        for name in ["clau.db", "clau.db-wal", "clau.db-shm", "clau.key"] {
            let file = std::fs::metadata(directory.path().join(name)).expect(name);
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
        }
        opened.hub.close().await;
        let missing = config(&directory.path().join("missing"), "");
        let said = open(&missing)
            .await
            .err()
            .expect("no directory")
            .to_string();
        assert!(
            said.contains("secrets.master_key_file") && said.contains("missing"),
            "{said}"
        );
    }

    #[test]
    fn sqlite_addresses_are_paths() {
        for (url, path) in [
            ("sqlite:clau.db", "/var/lib/clau/clau.db"),
            ("sqlite:/data/a.db", "/data/a.db"),
            ("sqlite:///data/a.db", "/data/a.db"),
            ("sqlite://a.db", "/var/lib/clau/a.db"),
        ] {
            let config = config(
                Path::new("/var/lib/clau"),
                &format!("[database]\nurl = \"{url}\"\n"),
            );
            match database(&config).expect("an address") {
                DatabaseConfig::Sqlite { file, .. } => assert_eq!(file, Path::new(path), "{url}"),
                DatabaseConfig::Postgres { .. } => panic!("{url}"),
            }
        }
    }
}
