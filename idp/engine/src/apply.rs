//! Services, connectors, structures, local people and announcements as code: what `clau apply` reads, in one
//! transaction, idempotent. Every mistake of every file is told at once, with its key and what was
//! expected; with one mistake nothing is applied.
//!
//! A hash of another system is taken for an account that has no password of its own yet. Once the hub has hashed the
//! password itself, or the person has chosen another one, an old hash in a file never comes back.

mod clients;
mod connectors;
mod document;
mod outcome;
mod partners;
mod passwords;

use std::collections::{BTreeMap, BTreeSet};

use clau_cas::profile::Catalogue;
use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{Contact, Names};
use clau_domain::secret::Digest;
use clau_domain::service::Service;
use clau_domain::structure::{Structure, StructureDetail};
use clau_storage::people::{PersonRow, RecordKey, RelationRow};
use clau_storage::{Tx, accounts, announcements, people, services, structures};

pub use outcome::{Applied, ApplyError, Mistake};

pub use document::{Document, KnownPassword, LocalPerson, LocalStructure, SourceFile, read};

use crate::hashing::old::is_wrapped;
use crate::logout::Because;
use crate::{Cx, Hub};

/// The source of everything that files define.
pub const LOCAL: &str = "local";

impl Hub {
    /// Applies files: all of what they say, or nothing.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn apply(
        &self,
        cx: &Cx<'_>,
        files: &[SourceFile],
        dry_run: bool,
    ) -> Result<Applied, ApplyError> {
        let documents = read(files).map_err(ApplyError::Mistakes)?;
        let mut work = Work {
            hub: self,
            cx,
            done: Applied::default(),
            mistakes: Vec::new(),
            replaced: Vec::new(),
        };
        let hashes = work.check(&documents).await?;
        let known = work.known_passwords(&documents).await?;
        let mut tx = self.database().begin().await?;
        for (file, document) in &documents {
            work.structures(&mut tx, document).await?;
            work.connectors(&mut tx, file, document).await?;
            work.services(&mut tx, file, document).await?;
            for announcement in &document.announcement {
                announcements::put(&mut tx, announcement, cx.now).await?;
            }
        }
        for (file, document) in &documents {
            for person in &document.person {
                work.person(&mut tx, file, person, hashes.get(person.login.as_str()))
                    .await?;
            }
        }
        for (file, document) in &documents {
            for person in &document.person {
                work.children(&mut tx, file, person).await?;
            }
        }
        work.set_known(&mut tx, known).await?;
        let Work {
            done,
            mistakes,
            replaced,
            ..
        } = work;
        if !mistakes.is_empty() {
            return Err(ApplyError::Mistakes(mistakes));
        }
        if !dry_run {
            tx.commit().await?;
            self.forget_catalogue();
            for person in replaced {
                self.end_all(cx, person, None, Because::PasswordChanged)
                    .await?;
            }
        }
        Ok(done)
    }
}

/// One application in progress.
struct Work<'a> {
    hub: &'a Hub,
    cx: &'a Cx<'a>,
    done: Applied,
    mistakes: Vec<Mistake>,
    /// People whose password is another now: their sessions end (SES-07).
    replaced: Vec<PersonId>,
}

impl Work<'_> {
    fn mistake(&mut self, file: &str, place: String, what: impl ToString) {
        self.mistakes.push(Mistake {
            file: file.to_owned(),
            place,
            what: what.to_string(),
        });
    }

    /// What can be checked without the store, and the password hashes, which take time and so are
    /// made before the transaction. By login.
    async fn check(
        &mut self,
        documents: &[(String, Document)],
    ) -> Result<BTreeMap<String, String>, ApplyError> {
        let mut hashes = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (file, document) in documents {
            for service in &document.service {
                let name = format!("service {}", service.id);
                if !seen.insert(name.clone()) {
                    self.mistake(file, name.clone(), "defined twice");
                }
                self.check_service(file, &name, service);
            }
            for connector in &document.connector {
                let name = format!("connector {}", connector.id);
                if !seen.insert(name.clone()) {
                    self.mistake(file, name.clone(), "defined twice");
                }
                self.check_connector(file, &name, connector);
            }
            for person in &document.person {
                let name = format!("person {}", person.login);
                if !seen.insert(name.clone()) {
                    self.mistake(file, name.clone(), "defined twice");
                }
                if let Some(hash) = self.check_person(file, &name, person).await? {
                    hashes.insert(person.login.as_str().to_owned(), hash);
                }
            }
        }
        Ok(hashes)
    }

    fn check_service(&mut self, file: &str, name: &str, service: &Service) {
        if service.access.is_empty() {
            self.warn(
                file,
                format!("{name}: access"),
                "no rule: nobody may use it",
            );
        }
        self.check_client(file, name, service);
        self.check_saml(file, name, service);
        let Some(cas) = &service.cas else { return };
        if cas.urls.is_empty() {
            self.mistake(
                file,
                format!("{name}: cas.urls"),
                "at least one address is expected",
            );
        }
        for callback in cas
            .proxy_callbacks
            .iter()
            .filter(|pattern| !pattern.is_https())
        {
            let what = format!("`{callback}` must be https: proxy-granting tickets go there");
            self.mistake(file, format!("{name}: cas.proxy_callbacks"), what);
        }
        match Catalogue::builtin().find(&cas.profile) {
            Err(unknown) => self.mistake(file, format!("{name}: cas.profile"), unknown),
            Ok(profile) => {
                let released = service.released();
                let missing: Vec<String> = profile
                    .needs()
                    .iter()
                    .filter(|attribute| !released.contains(attribute))
                    .map(|attribute| attribute.name())
                    .collect();
                if !missing.is_empty() {
                    let what = format!(
                        "the attribute profile `{}` uses {}, which `release` does not list (or, for \
                         sensitive ones, `release.approval` does not approve): they are sent empty",
                        cas.profile,
                        missing.join(", ")
                    );
                    self.warn(file, format!("{name}: release.attributes"), what);
                }
            }
        }
    }

    fn warn(&mut self, file: &str, place: String, what: impl ToString) {
        self.done.warnings.push(Mistake {
            file: file.to_owned(),
            place,
            what: what.to_string(),
        });
    }

    async fn structures(&mut self, tx: &mut Tx, document: &Document) -> Result<(), ApplyError> {
        for wanted in &document.structure {
            let known = structures::by_key(tx, LOCAL, wanted.key()).await?;
            let structure = Structure {
                id: known
                    .as_ref()
                    .map_or_else(|| StructureId::mint(self.cx.now, self.cx.random), |s| s.id),
                source: LOCAL.to_owned(),
                key: wanted.key().to_owned(),
                uai: wanted.uai.clone(),
                kind: wanted.kind,
                name: wanted.name.clone(),
                detail: StructureDetail {
                    kind_label: wanted.type_label.clone(),
                    ministry: wanted.ministry.clone(),
                    postal_code: wanted.postal_code.clone(),
                    city: wanted.city.clone(),
                    ..StructureDetail::default()
                },
            };
            let changed = known.as_ref() != Some(&structure);
            self.note(
                format!("structure {}", wanted.key()),
                known.is_none(),
                changed,
            );
            if changed {
                structures::put(tx, &structure).await?;
            }
        }
        Ok(())
    }

    fn note(&mut self, name: String, new: bool, changed: bool) {
        match (new, changed) {
            (true, _) => self.done.created.push(name),
            (false, true) => self.done.changed.push(name),
            (false, false) => self.done.unchanged += 1,
        }
    }

    async fn services(
        &mut self,
        tx: &mut Tx,
        file: &str,
        document: &Document,
    ) -> Result<(), ApplyError> {
        let known = services::all(self.hub.database()).await?;
        let all: BTreeSet<&str> = known
            .iter()
            .map(|service| service.id.as_str())
            .chain(document.service.iter().map(|service| service.id.as_str()))
            .collect();
        for service in &document.service {
            let proxies = service.cas.iter().flat_map(|cas| &cas.accepts_proxies);
            for proxy in proxies.filter(|proxy| !all.contains(proxy.as_str())) {
                let place = format!("service {}: cas.accepts_proxies", service.id);
                self.warn(
                    file,
                    place,
                    format!("no service `{proxy}` is registered (yet)"),
                );
            }
            self.check_clients_together(file, service, (&known, &all));
            self.check_partners_together(file, service, &known);
            let former = known.iter().find(|known| known.id == service.id);
            let changed = former != Some(service);
            if changed {
                services::put(tx, service, self.cx.now).await?;
            }
            let changed = self.secrets(tx, file, service).await? || changed;
            self.note(format!("service {}", service.id), former.is_none(), changed);
        }
        Ok(())
    }

    async fn person(
        &mut self,
        tx: &mut Tx,
        file: &str,
        wanted: &LocalPerson,
        hash: Option<&String>,
    ) -> Result<(), ApplyError> {
        let name = format!("person {}", wanted.login);
        let mut affiliations = Vec::new();
        for affiliation in &wanted.affiliation {
            let place = &affiliation.structure;
            let Some(structure) = self.structure(tx, place).await? else {
                let what = format!("no structure has the UAI or key `{place}`");
                self.mistake(file, format!("{name}: affiliation.structure"), what);
                continue;
            };
            affiliations.push((structure.id, affiliation.profile, affiliation.detail()));
        }
        let row = row(wanted);
        let digest = Digest::of("local person", &format!("{row:?}{affiliations:?}"));
        let key = RecordKey {
            source: LOCAL,
            kind: "local",
            key: wanted.login.as_str(),
        };
        let known = people::find_record(tx, &key).await?;
        let id = known.map_or_else(|| PersonId::mint(self.cx.now, self.cx.random), |(id, _)| id);
        let same = known.is_some_and(|(_, former)| former == digest);
        if !same {
            people::describe(tx, &key, id, &row).await?;
            people::put_record(tx, &key, id, digest, &affiliations).await?;
        }
        let mut changed = !same;
        if known.is_none() {
            changed |= self.account(tx, file, wanted, (id, hash.is_none())).await?;
        }
        if let Some(hash) = hash.filter(|hash| is_wrapped(hash)) {
            changed |= self.import(tx, id, hash).await?;
        } else if let Some(hash) = hash {
            let stored = accounts::by_login(self.hub.database(), &wanted.login).await?;
            if stored.and_then(|account| account.password_hash).as_ref() != Some(hash) {
                accounts::set_password(tx, id, hash, self.cx.now).await?;
                self.replaced.push(id);
                changed = true;
            }
        }
        self.note(name, known.is_none(), changed);
        Ok(())
    }

    async fn account(
        &mut self,
        tx: &mut Tx,
        file: &str,
        wanted: &LocalPerson,
        (id, with_code): (PersonId, bool),
    ) -> Result<bool, ApplyError> {
        let life = self.hub.settings().activation_life;
        let code = with_code.then(|| self.hub.keys().new_code(self.cx, id, life));
        let printed = code
            .as_ref()
            .and_then(|code| self.hub.keys().open_code(id, &code.sealed));
        if !accounts::create_with_login(tx, id, &wanted.login, code, self.cx.now).await? {
            let what = "the login is taken, or was once: logins are never given again";
            self.mistake(file, format!("person {}: login", wanted.login), what);
            return Ok(false);
        }
        self.done
            .codes
            .extend(printed.map(|code| (wanted.login.to_string(), code)));
        Ok(true)
    }

    async fn children(
        &mut self,
        tx: &mut Tx,
        file: &str,
        wanted: &LocalPerson,
    ) -> Result<(), ApplyError> {
        let guardian_key = RecordKey {
            source: LOCAL,
            kind: "local",
            key: wanted.login.as_str(),
        };
        let Some((guardian, _)) = people::find_record(tx, &guardian_key).await? else {
            return Ok(());
        };
        for child in &wanted.children {
            let key = RecordKey {
                source: LOCAL,
                kind: "local",
                key: child.as_str(),
            };
            let Some((pupil, _)) = people::find_record(tx, &key).await? else {
                let what = format!("no local person has the login `{child}`");
                self.mistake(file, format!("person {}: children", wanted.login), what);
                continue;
            };
            let relation = RelationRow {
                pupil,
                guardian,
                source: LOCAL,
                kinship: "90",
                legal_rank: 1,
            };
            people::put_relation(tx, relation).await?;
        }
        Ok(())
    }

    /// A structure by UAI, of whatever source, or by its local key.
    async fn structure(&self, tx: &mut Tx, place: &str) -> Result<Option<Structure>, ApplyError> {
        if let Some(local) = structures::by_key(tx, LOCAL, place).await? {
            return Ok(Some(local));
        }
        match place.parse() {
            Ok(uai) => Ok(structures::by_uai(self.hub.database(), &uai).await?),
            Err(_) => Ok(None),
        }
    }
}

fn row(person: &LocalPerson) -> PersonRow {
    PersonRow {
        names: Names {
            family: person.family_name.clone(),
            given: person.given_name.clone(),
            title: person.title.clone(),
            ..Names::default()
        },
        birth_date: person.birth_date.map(|date| date.to_string()),
        ine: None,
        contact: Contact {
            mail: person.mail.clone(),
            ..Contact::default()
        },
        further: person.attributes.clone(),
    }
}
