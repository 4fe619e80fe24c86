//! What an entity tells people and federations, which nothing is decided by that matters to security: names,
//! addresses of pages, whom to ask, categories. What cannot be used of it is left out without a word; logos are
//! never read, because every page that showed one would tell a stranger who looks at it.

use std::collections::BTreeMap;

use clau_domain::url::WebUrl;

use super::own::Contact;
use crate::names::ns;
use crate::xml::Node;

/// The name under which an entity lists what it is (RFC 8409 §3).
const CATEGORY: &str = "http://macedir.org/entity-category";
/// The name under which an entity lists what it does for others (RFC 8409 §4).
const SUPPORT: &str = "http://macedir.org/entity-category-support";
/// Longest name that is shown, in characters.
const LONGEST_NAME: usize = 250;
/// Longest address of mail (RFC 5321 §4.5.3.1).
const LONGEST_MAIL: usize = 254;
/// Whom people may be sent to (§2.3.2.2, `contactType`).
const ASKED: [&str; 2] = ["technical", "support"];
/// The language of a text that does not say which it is in.
const OUR_LANGUAGE: &str = "fr";

/// A text by language tag.
pub type Localised = BTreeMap<String, String>;
/// The address of a page by language tag.
pub type Links = BTreeMap<String, WebUrl>;

/// What an entity shows.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) names: Localised,
    pub(super) information: Links,
    pub(super) privacy: Links,
    pub(super) contacts: Vec<Contact>,
    pub(super) categories: Vec<String>,
    pub(super) supported: Vec<String>,
    pub(super) registered_by: Option<String>,
}

impl Shown {
    pub(super) fn read(entity: Node<'_>, role: Node<'_>) -> Self {
        Self {
            names: names(entity, role),
            information: links(role, "InformationURL"),
            privacy: links(role, "PrivacyStatementURL"),
            contacts: contacts(entity),
            categories: entity_attribute(entity, CATEGORY),
            supported: entity_attribute(entity, SUPPORT),
            registered_by: registration_authority(entity),
        }
    }
}

/// The values of an attribute of the entity (Metadata Extension for Entity Attributes §2).
pub(super) fn entity_attribute(entity: Node<'_>, name: &str) -> Vec<String> {
    extensions(entity)
        .flat_map(|it| it.children_named(ns::MDATTR, "EntityAttributes"))
        .flat_map(|it| it.children_named(ns::SAML, "Attribute"))
        .filter(|attribute| attribute.attribute("Name").map(str::trim) == Some(name))
        .flat_map(|attribute| attribute.children_named(ns::SAML, "AttributeValue"))
        .filter_map(|value| value.uri().ok())
        .collect()
}

/// The extensions of an entity or a role.
pub(super) fn extensions<'d>(node: Node<'d>) -> impl Iterator<Item = Node<'d>> {
    node.children_named(ns::MD, "Extensions")
}

/// How people call it: what it shows itself as, what it serves, who runs it.
fn names(entity: Node<'_>, role: Node<'_>) -> Localised {
    let served = role
        .children_named(ns::MD, "AttributeConsumingService")
        .flat_map(|it| it.children_named(ns::MD, "ServiceName"));
    let run = entity
        .children_named(ns::MD, "Organization")
        .flat_map(|it| it.children_named(ns::MD, "OrganizationDisplayName"));
    let names = [
        localised(user_interface(role, "DisplayName"), name),
        localised(served, name),
        localised(run, name),
    ];
    names
        .into_iter()
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

/// What a role shows people (Metadata Extensions for Login and Discovery §2.1).
fn user_interface<'d>(role: Node<'d>, element: &'static str) -> impl Iterator<Item = Node<'d>> {
    extensions(role)
        .flat_map(|it| it.children_named(ns::MDUI, "UIInfo"))
        .flat_map(move |it| it.children_named(ns::MDUI, element))
}

fn links(role: Node<'_>, element: &'static str) -> Links {
    let link = |text: String| WebUrl::parse(&text).ok().filter(WebUrl::is_https);
    localised(user_interface(role, element), link)
}

fn name(text: String) -> Option<String> {
    (text.chars().count() <= LONGEST_NAME).then_some(text)
}

/// Texts with their languages; the first one of a language counts.
fn localised<'d, T>(
    nodes: impl Iterator<Item = Node<'d>>,
    usable: impl Fn(String) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for node in nodes {
        let text = node.text().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let language = node.attribute_in(ns::XML, "lang").map(str::trim);
        let language = language.filter(|tag| !tag.is_empty());
        let language = language.unwrap_or(OUR_LANGUAGE).to_ascii_lowercase();
        if !text.is_empty()
            && let Some(text) = usable(text)
        {
            found.entry(language).or_insert(text);
        }
    }
    found
}

fn contacts(entity: Node<'_>) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for person in entity.children_named(ns::MD, "ContactPerson") {
        let said = person.attribute("contactType").map(str::trim);
        let Some(kind) = ASKED.into_iter().find(|kind| said == Some(kind)) else {
            continue;
        };
        let mails = person.children_named(ns::MD, "EmailAddress");
        let mails = mails.filter_map(|mail| mail_address(&mail.uri().ok()?));
        contacts.extend(mails.map(|mail| Contact { kind, mail }));
    }
    contacts
}

/// An address of mail, without `mailto:`, which some write and some do not.
fn mail_address(text: &str) -> Option<String> {
    let mail = text.strip_prefix("mailto:").unwrap_or(text).trim();
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"?&".contains(c);
    let good = mail.len() <= LONGEST_MAIL
        && mail.chars().all(plain)
        && mail
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    good.then(|| mail.to_owned())
}

/// Who has registered the entity (Metadata Extensions for Registration §2.1).
fn registration_authority(entity: Node<'_>) -> Option<String> {
    let mut info =
        extensions(entity).flat_map(|it| it.children_named(ns::MDRPI, "RegistrationInfo"));
    let authority = info.next()?.attribute("registrationAuthority")?.trim();
    (!authority.is_empty()).then(|| authority.to_owned())
}
