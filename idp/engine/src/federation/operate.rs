//! What an operator asks about connectors, links and merges: the command line today, the console later. Decides
//! nothing that a person does not see.

use clau_connectors::contract::{Finding, Introduction, Verdict};
use clau_domain::connector::ConnectorId;
use clau_domain::ids::{MergeId, PersonId};
use clau_domain::names::LoginName;
use clau_domain::time::Timestamp;
use clau_storage::{accounts, connector_documents, links, merges, people};
use serde::Serialize;

use super::Refused;
use super::find::Reason;
use super::link::LinkView;
use crate::error::Error;
use crate::{Cx, Hub};

/// A connector as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct ConnectorView {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// `saml`, `oidc`, `cas`, `ldap`.
    pub kind: &'static str,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What is wrong with its registration, by key.
    pub mistakes: Vec<String>,
    /// Since when it does not answer, as this node has seen it, and why.
    pub down: Option<(String, String)>,
    /// How many accounts there are linked.
    pub links: u64,
    /// Its documents.
    pub documents: Vec<DocumentView>,
}

/// A document of a connector.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentView {
    /// `metadata`, `discovery`, `keys`.
    pub name: String,
    /// When the copy that is used was fetched.
    pub good_at: Option<String>,
    /// Until when it is good, where it says so.
    pub valid_until: Option<String>,
    /// When it is fetched next.
    pub next_at: String,
    /// What was wrong the last time.
    pub problem: Option<String>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// A link as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct LinkLine {
    /// The connector.
    pub connector: String,
    /// What the person is called there.
    pub subject: String,
    /// Since when.
    pub since: String,
    /// When it was last used.
    pub used_at: Option<String>,
    /// Why it was made.
    pub because: Vec<Reason>,
}

/// A merge as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct MergeLine {
    /// By which it is taken back.
    pub id: String,
    /// Whose the records are now.
    pub kept: String,
    /// Whose they were.
    pub gone: String,
    /// Who did it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

impl Hub {
    /// All connectors.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_connectors(&self, cx: &Cx<'_>) -> Result<Vec<ConnectorView>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let rows = connector_documents::all(self.database()).await?;
        let mut views = Vec::new();
        for source in catalogue.sources().all() {
            let at = |time: Option<Timestamp>| time.map(Timestamp::rfc3339);
            let documents = rows.iter().filter(|row| row.key.0 == *source.id());
            let mistakes = source.mistakes().iter();
            views.push(ConnectorView {
                id: source.id().to_string(),
                name: source.name().to_owned(),
                kind: source.connector().kind().map_or("", |kind| kind.as_str()),
                enabled: source.connector().enabled,
                mistakes: mistakes
                    .map(|mistake| format!("{}: {}", mistake.key, mistake.expected))
                    .collect(),
                down: self
                    .down(source, cx.now)
                    .map(|down| (down.since.rfc3339(), down.why)),
                links: links::count_of_connector(self.database(), source.id()).await?,
                documents: documents
                    .map(|row| DocumentView {
                        name: row.key.1.clone(),
                        good_at: at(row.good_at),
                        valid_until: at(row.valid_until),
                        next_at: row.next_at.rfc3339(),
                        problem: row.problem.clone(),
                        warnings: row.warnings.clone(),
                    })
                    .collect(),
            });
        }
        Ok(views)
    }

    /// Tries every step that a login by a connector takes, and says how each went. Documents that this node has
    /// not read yet are fetched first.
    ///
    /// # Errors
    /// [`Refused::Unknown`], [`Refused::Hub`].
    pub async fn check_connector(
        &self,
        cx: &Cx<'_>,
        id: &ConnectorId,
    ) -> Result<Vec<Finding>, Refused> {
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(id).ok_or(Refused::Unknown)?;
        let finding = |step: &str, verdict, words: String| Finding {
            step: step.to_owned(),
            verdict,
            words,
        };
        let mut findings = Vec::new();
        for mistake in source.mistakes() {
            let words = format!("`{}`: {}", mistake.key, mistake.expected);
            findings.push(finding("registration", Verdict::Bad, words));
        }
        let Some(driver) = source.driver() else {
            return Ok(findings);
        };
        if !source.connector().enabled {
            let words = "it is switched off: nobody comes by it (`enabled = true` switches it on)";
            findings.push(finding("registration", Verdict::Warning, words.to_owned()));
        }
        findings.extend(self.check_trust(source).await?);
        self.refresh_source_now(cx, source).await?;
        for row in connector_documents::all(self.database()).await? {
            if row.key.0 != *id {
                continue;
            }
            if let Some(problem) = &row.problem {
                findings.push(finding(&row.key.1, Verdict::Bad, problem.clone()));
            }
            for warning in &row.warnings {
                findings.push(finding(&row.key.1, Verdict::Warning, warning.clone()));
            }
        }
        let room = self.room_anyway(cx, source).await;
        match room {
            Ok(room) => {
                let call = room.call();
                findings.extend(driver.check(&call).await);
            }
            Err(fault) => findings.push(finding("connection", Verdict::Bad, fault.to_string())),
        }
        Ok(findings)
    }

    /// Whether the schools and feeds that a connector is trusted with are known here.
    async fn check_trust(&self, source: &super::sources::Source) -> Result<Vec<Finding>, Error> {
        let trust = &source.connector().trust;
        let all = clau_storage::structures::all(self.database()).await?;
        let mut findings = Vec::new();
        for named in &trust.structures {
            let known = all.iter().find(|structure| {
                structure.key == *named
                    || structure
                        .uai
                        .as_ref()
                        .is_some_and(|uai| uai.as_str().eq_ignore_ascii_case(named))
            });
            let checked = named.parse::<clau_domain::uai::Uai>().ok();
            let (verdict, words) = match (known, checked) {
                (Some(structure), _) => (Verdict::Good, format!("{named} is {}", structure.name)),
                (None, Some(uai)) if !uai.check_letter_holds() => (
                    Verdict::Bad,
                    format!(
                        "{named} is unknown, and its last letter does not fit its number: is it mistyped?"
                    ),
                ),
                (None, _) => (
                    Verdict::Bad,
                    format!(
                        "{named} is unknown: a feed brings it (`clau import aaf`), or `[[structure]]` in a file for `clau apply`"
                    ),
                ),
            };
            findings.push(Finding {
                step: "trust".to_owned(),
                verdict,
                words,
            });
        }
        let feeds = trust.sources.iter().chain(trust.academies.values());
        for feed in feeds {
            let count = all
                .iter()
                .filter(|structure| structure.source == *feed)
                .count();
            let (verdict, words) = if count == 0 {
                let words = format!(
                    "no feed of the name `{feed}` has been imported (`clau import aaf … --source {feed}`): its people are found by nothing"
                );
                (Verdict::Warning, words)
            } else {
                (
                    Verdict::Good,
                    format!("the feed `{feed}` has brought {count} structures"),
                )
            };
            findings.push(Finding {
                step: "trust".to_owned(),
                verdict,
                words,
            });
        }
        Ok(findings)
    }

    /// What a connector's source needs to know of the hub; none where there is nothing to hand over.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn introduce(
        &self,
        cx: &Cx<'_>,
        id: &ConnectorId,
    ) -> Result<Option<Introduction>, Refused> {
        // Whether or not it is in use: the other side is told first.
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(id).ok_or(Refused::Unknown)?;
        let refused = |fault| Refused::of(source.name(), fault);
        let room = self.room_anyway(cx, source).await.map_err(refused)?;
        room.driver().introduction(&room.call()).map_err(refused)
    }

    /// Fetches the documents of one connector now, or of all.
    ///
    /// # Errors
    /// [`Refused::Unknown`], [`Refused::Hub`].
    pub async fn refresh_connectors_now(
        &self,
        cx: &Cx<'_>,
        only: Option<&ConnectorId>,
    ) -> Result<(), Refused> {
        let catalogue = self.catalogue(cx.now).await?;
        if let Some(id) = only {
            let source = catalogue.sources().find(id).ok_or(Refused::Unknown)?;
            self.refresh_source_now(cx, source).await?;
            return Ok(());
        }
        for source in catalogue.sources().in_use() {
            self.refresh_source_now(cx, source).await?;
        }
        Ok(())
    }

    /// The person with a login.
    async fn person_of(&self, login: &LoginName) -> Result<PersonId, Error> {
        let account = accounts::by_login(self.database(), login).await?;
        account
            .map(|account| account.person)
            .ok_or_else(|| Error::Config(format!("there is no account `{login}`")))
    }

    /// The links of a person.
    ///
    /// # Errors
    /// [`Error::Config`] for a login that nobody has; [`Error::Unavailable`].
    pub async fn links_of(&self, cx: &Cx<'_>, login: &LoginName) -> Result<Vec<LinkLine>, Error> {
        let person = self.person_of(login).await?;
        let mut lines = Vec::new();
        for link in links::of_person(self.database(), person).await? {
            let view: LinkView = self.link_view(cx, link).await?;
            lines.push(LinkLine {
                connector: view.connector.to_string(),
                subject: view.subject,
                since: view.since.rfc3339(),
                used_at: view.used_at.map(Timestamp::rfc3339),
                because: view.because,
            });
        }
        Ok(lines)
    }

    /// Removes the links of a person to a connector, and ends the sessions that rest on them; how many.
    ///
    /// # Errors
    /// As [`Self::links_of`].
    pub async fn unlink_of(
        &self,
        cx: &Cx<'_>,
        login: &LoginName,
        connector: &ConnectorId,
    ) -> Result<usize, Error> {
        let person = self.person_of(login).await?;
        let mut removed = 0;
        for link in links::of_person(self.database(), person).await? {
            if link.connector == *connector
                && self
                    .remove_link(cx, person, (connector, &link.subject))
                    .await?
            {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Says that two accounts are one person's; the first one stays.
    ///
    /// # Errors
    /// [`Error::Config`] for a login that nobody has, or twice the same person; [`Error::Unavailable`].
    pub async fn merge_accounts(
        &self,
        cx: &Cx<'_>,
        (kept, gone): (&LoginName, &LoginName),
        (by, reason): (&str, &str),
    ) -> Result<MergeId, Error> {
        let pair = (self.person_of(kept).await?, self.person_of(gone).await?);
        if pair.0 == pair.1 {
            return Err(Error::Config(
                "both logins are the same person's".to_owned(),
            ));
        }
        let merged = self.merge_people(cx, pair, (by, reason)).await?;
        merged.ok_or_else(|| Error::Config("they are one already, or one has no record".to_owned()))
    }

    /// The merges of a person that were not taken back.
    ///
    /// # Errors
    /// As [`Self::links_of`].
    pub async fn merges_of(&self, login: &LoginName) -> Result<Vec<MergeLine>, Error> {
        let person = self.person_of(login).await?;
        let mut lines = Vec::new();
        for merge in merges::of_person(self.database(), person).await? {
            if merge.undone_at.is_some() {
                continue;
            }
            lines.push(MergeLine {
                id: merge.id.to_string(),
                kept: self.called(merge.kept).await?,
                gone: self.called(merge.gone).await?,
                by: merge.by,
                reason: merge.reason,
                at: merge.merged_at.rfc3339(),
            });
        }
        Ok(lines)
    }

    async fn called(&self, person: PersonId) -> Result<String, Error> {
        let found = people::find(self.database(), person).await?;
        Ok(found.map_or_else(|| person.to_string(), |person| person.login))
    }
}
