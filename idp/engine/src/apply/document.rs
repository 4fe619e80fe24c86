//! The files that `clau apply` reads: their shape, and mistakes told by file, place and expectation.
//! Never touches a store.

use std::collections::BTreeMap;

use clau_domain::announcement::Announcement;
use clau_domain::connector::Connector;
use clau_domain::names::LoginName;
use clau_domain::person::{AffiliationDetail, BirthDate, Function};
use clau_domain::profile::Profile;
use clau_domain::service::Service;
use clau_domain::spelling::nearest_in_message;
use clau_domain::structure::StructureKind;
use clau_domain::uai::Uai;
use serde::{Deserialize, Serialize};

use super::Mistake;

/// A file to be read: its name for messages, and its text.
#[derive(Clone, Debug, Default)]
pub struct SourceFile {
    /// Name, as the operator gave it.
    pub name: String,
    /// Text.
    pub text: String,
    /// The files beside it that it names ([`SourceFile::names`]), by name.
    pub beside: BTreeMap<String, String>,
}

impl SourceFile {
    /// The files beside this one that it names: metadata of services. None where it cannot be read, which
    /// [`read`] tells.
    pub fn names(&self) -> Vec<String> {
        let document = toml::from_str::<Document>(&self.text).unwrap_or_default();
        let services = document.service.into_iter();
        let services = services.filter_map(|service| Some(service.saml?.metadata_file));
        let connectors = document.connector.into_iter().flat_map(|connector| {
            let metadata = connector.saml.map(|saml| saml.metadata_file);
            [metadata, connector.ldap.map(|ldap| ldap.ca_file)]
        });
        services
            .chain(connectors.flatten())
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// Puts the contents of files in the places that name them. What is missing stays named, and is told when
    /// the document is checked.
    fn complete(&self, document: &mut Document) {
        let services = document.service.iter_mut();
        for settings in services.filter_map(|service| service.saml.as_mut()) {
            if let Some(text) = self.beside.get(&settings.metadata_file)
                && settings.metadata.is_empty()
            {
                settings.metadata.clone_from(text);
                settings.metadata_file.clear();
            }
        }
        for connector in &mut document.connector {
            if let Some(saml) = &mut connector.saml
                && let Some(text) = self.beside.get(&saml.metadata_file)
                && saml.metadata.is_empty()
            {
                saml.metadata.clone_from(text);
                saml.metadata_file.clear();
            }
            if let Some(ldap) = &mut connector.ldap
                && let Some(text) = self.beside.get(&ldap.ca_file)
                && ldap.ca.is_empty()
            {
                ldap.ca.clone_from(text);
                ldap.ca_file.clear();
            }
        }
    }
}

/// One file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Document {
    /// Relying parties.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service: Vec<Service>,
    /// Upstreams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connector: Vec<Connector>,
    /// Structures that no feed delivers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub structure: Vec<LocalStructure>,
    /// People whom no feed delivers: agents, testers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub person: Vec<LocalPerson>,
    /// Hashes that another system has of the passwords of people who are known already, by a feed for example.
    #[serde(skip_serializing)]
    pub password: Vec<KnownPassword>,
    /// Words on the portal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announcement: Vec<Announcement>,
}

/// A structure that no feed delivers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalStructure {
    /// UAI, for a school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uai: Option<Uai>,
    /// Key, for a structure without UAI: `region-occitanie`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// School, local authority or academy.
    pub kind: StructureKind,
    /// Name.
    pub name: String,
    /// Type of school, as feeds label it: `COLLEGE`.
    #[serde(default, rename = "type")]
    pub type_label: String,
    /// Supervising ministry.
    #[serde(default)]
    pub ministry: String,
    /// Postal code.
    #[serde(default)]
    pub postal_code: String,
    /// Commune.
    #[serde(default)]
    pub city: String,
}

impl LocalStructure {
    /// What it is known by: its key, else its UAI.
    pub fn key(&self) -> &str {
        let uai = self.uai.as_ref().map(Uai::as_str);
        self.key.as_deref().or(uai).unwrap_or_default()
    }
}

/// A person whom no feed delivers.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LocalPerson {
    /// Login: what the person is known by from file to file.
    pub login: LoginName,
    /// First name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// `M.` or `Mme`.
    #[serde(default)]
    pub title: String,
    /// Birth date, `2011-05-28`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<BirthDate>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Password, for testers. Without one, and without a hash, an activation code is made.
    #[serde(default, skip_serializing)]
    pub password: Option<String>,
    /// Hash of the password: Argon2id, or of another system ([`crate::apply`] says when that one is taken).
    #[serde(default, skip_serializing)]
    pub password_hash: Option<String>,
    /// What they are, where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliation: Vec<LocalAffiliation>,
    /// Logins of local pupils over whom they have parental authority.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<LoginName>,
    /// Any further attribute.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl std::fmt::Debug for LocalPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the password.
        f.debug_struct("LocalPerson")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// The hash of the password of somebody who is known already: by login, or by the key of their record in a source.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnownPassword {
    /// Login.
    pub login: Option<LoginName>,
    /// Source of the record: `toulouse`.
    pub source: String,
    /// Key of the record there (`ENTPersonJointure`).
    pub key: String,
    /// The hash.
    pub hash: String,
}

impl KnownPassword {
    /// Whose it is, as messages say it.
    pub(super) fn name(&self) -> String {
        match &self.login {
            Some(login) => format!("password {login}"),
            None => format!("password {} {}", self.source, self.key),
        }
    }
}

impl std::fmt::Debug for KnownPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the hash.
        f.debug_struct("KnownPassword")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

/// What a local person is in one structure.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalAffiliation {
    /// UAI or local key of the structure.
    pub structure: String,
    /// National profile.
    pub profile: Profile,
    /// Classes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Function codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// Level of a pupil.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub level: String,
}

impl LocalAffiliation {
    /// As the directory holds it.
    pub(super) fn detail(&self) -> AffiliationDetail {
        let function = |code: &String| Function {
            code: code.clone(),
            ..Function::default()
        };
        AffiliationDetail {
            classes: self.classes.clone(),
            groups: self.groups.clone(),
            functions: self.functions.iter().map(function).collect(),
            level: self.level.clone(),
            ..AffiliationDetail::default()
        }
    }
}

/// Reads files.
///
/// # Errors
/// Every file's first mistake of form: the rest of a file cannot be understood past it.
pub fn read(files: &[SourceFile]) -> Result<Vec<(String, Document)>, Vec<Mistake>> {
    let mut documents = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        match toml::from_str::<Document>(&file.text) {
            Ok(mut document) => {
                file.complete(&mut document);
                mistakes.extend(keyless(file, &document));
                documents.push((file.name.clone(), document));
            }
            Err(error) => mistakes.push(mistake(file, &error)),
        }
    }
    if mistakes.is_empty() {
        Ok(documents)
    } else {
        Err(mistakes)
    }
}

fn keyless(file: &SourceFile, document: &Document) -> Vec<Mistake> {
    let keyless = document
        .structure
        .iter()
        .filter(|structure| structure.key().is_empty());
    keyless
        .map(|structure| Mistake {
            file: file.name.clone(),
            place: format!("structure {}", structure.name),
            what: "`uai` or `key` is expected".to_owned(),
        })
        .collect()
}

/// A parser's error with line and column, and the nearest known key where one was misspelt. The text
/// of the file is never repeated: it may hold a password.
fn mistake(file: &SourceFile, error: &toml::de::Error) -> Mistake {
    let before = error
        .span()
        .and_then(|span| file.text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    let mut what = error.message().to_owned();
    if let Some(near) = nearest_in_message(&what) {
        what = format!("{what}; did you mean `{near}`?");
    }
    Mistake {
        file: file.name.clone(),
        place: format!("line {line}, column {column}"),
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Mistake {
        let file = SourceFile {
            name: "services.toml".to_owned(),
            text: text.to_owned(),
            ..SourceFile::default()
        };
        read(&[file]).expect_err("a mistake").remove(0)
    }

    #[test]
    fn a_misspelt_key_is_told_with_the_right_one() {
        let mistake = refused("[[service]]\nid = \"a\"\nname = \"A\"\n[service.cas]\nurlz = []\n");
        assert_eq!(mistake.place, "line 5, column 1");
        assert!(
            mistake.what.ends_with("did you mean `urls`?"),
            "{}",
            mistake.what
        );
    }

    #[test]
    fn values_are_told_with_what_was_expected() {
        let mistake = refused("[[service]]\nid = \"Pédagogie\"\nname = \"A\"\n");
        assert!(mistake.what.contains("lower-case"), "{}", mistake.what);
        let mistake = refused("[[structure]]\nkind = \"school\"\nname = \"Collège\"\n");
        assert!(mistake.what.contains("`uai` or `key`"), "{}", mistake.what);
    }

    #[test]
    fn log_02_mistakes_do_not_repeat_passwords() {
        let mistake = refused("[[person]]\nlogin = \"a.b\"\npassword = \"hunter2hunter2\nx");
        assert!(!format!("{mistake:?}").contains("hunter2"), "{mistake:?}");
    }
}
