//! A profile applied to a person: a tree of names and values that XML, JSON and SAML 1.1 then write
//! alike (CAS-09). Never escapes anything: that is the writers' work.

use clau_domain::policy::{Attribute, Released};

use super::source::{Source, Subject};
use super::{AttributeProfile, Each, Entry, Shape, Values};
use crate::answer::{AuthenticationFacts, STANDARD_ATTRIBUTES};
use crate::xml::element_name;

/// A person in the words of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// Content of `cas:user`; never empty.
    pub user: String,
    /// Where the items stand.
    pub shape: Shape,
    /// An element around the items of a flat profile.
    pub container: Option<String>,
    /// The attributes, in order.
    pub items: Vec<Item>,
}

/// A named value, or a name around others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Name of the element, a legal one.
    pub name: String,
    /// XML attributes.
    pub marks: Vec<(String, String)>,
    /// What is inside.
    pub content: Content,
}

/// What is inside an [`Item`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A value, empty when the profile sends empty elements.
    Text(String),
    /// Further items.
    Items(Vec<Item>),
}

impl Item {
    fn text(name: &str, value: String) -> Self {
        Self {
            name: name.to_owned(),
            marks: Vec::new(),
            content: Content::Text(value),
        }
    }

    fn around(name: &str, items: Vec<Self>) -> Self {
        Self {
            name: name.to_owned(),
            marks: Vec::new(),
            content: Content::Items(items),
        }
    }
}

pub(super) fn spell(
    profile: &AttributeProfile,
    released: Released<'_>,
    authentication: &AuthenticationFacts,
) -> Spelled {
    let subject = Subject {
        released,
        authentication,
        profiles: &[],
        structure: None,
        class: None,
    };
    let user = subject.values(profile.user).into_iter().next();
    let mut items = Vec::new();
    for entry in &profile.attributes {
        if entry.source == Some(Source::Further) {
            further(profile, released, &mut items);
        } else {
            items.extend(entry_items(entry, &subject));
        }
    }
    Spelled {
        user: user.unwrap_or_else(|| released.pairwise().to_owned()),
        shape: profile.shape,
        container: profile.container.clone(),
        items,
    }
}

/// Further attributes of local people. One that is named like an attribute of the profile is not
/// sent: it would pass for it.
fn further(profile: &AttributeProfile, released: Released<'_>, items: &mut Vec<Item>) {
    let Some(person) = released.person_for(Attribute::Further) else {
        return;
    };
    for (name, values) in &person.further {
        let name = element_name(name);
        let taken = profile.attributes.iter().any(|entry| entry.name == name)
            || STANDARD_ATTRIBUTES.contains(&name.as_str());
        if !taken {
            let values = values.iter().filter(|value| !value.is_empty());
            items.extend(values.map(|value| Item::text(&name, value.clone())));
        }
    }
}

fn entry_items<'a>(entry: &'a Entry, subject: &Subject<'a>) -> Vec<Item> {
    let mut subject = *subject;
    if !entry.of.is_empty() {
        subject.profiles = &entry.of;
    }
    let mut items: Vec<Item> = match (entry.each, entry.source) {
        (Some(each), _) => {
            let each = one_for_each(each, &subject);
            each.iter()
                .filter_map(|subject| one_item(entry, subject))
                .collect()
        }
        (None, None) => one_item(entry, &subject).into_iter().collect(),
        (None, Some(source)) => gathered(entry, subject.values(source))
            .into_iter()
            .map(|value| Item {
                marks: marks(entry, &subject),
                ..Item::text(&entry.name, value)
            })
            .collect(),
    };
    if items.is_empty() && entry.empty {
        let name = entry.within.as_deref().unwrap_or(&entry.name);
        return vec![Item::text(name, String::new())];
    }
    match &entry.within {
        Some(name) if !items.is_empty() => items = vec![Item::around(name, items)],
        _ => {}
    }
    items
}

/// The element of an entry that is repeated or has others inside; `None` when it would say nothing.
fn one_item<'a>(entry: &'a Entry, subject: &Subject<'a>) -> Option<Item> {
    let marks = marks(entry, subject);
    let content = match entry.source {
        Some(source) => Content::Text(gathered(entry, subject.values(source)).join(" ")),
        None => Content::Items(
            entry
                .entries
                .iter()
                .flat_map(|inner| entry_items(inner, subject))
                .collect(),
        ),
    };
    let says_nothing = match &content {
        Content::Text(text) => text.is_empty(),
        Content::Items(items) => items.is_empty(),
    };
    (!says_nothing || !marks.is_empty()).then(|| Item {
        name: entry.name.clone(),
        marks,
        content,
    })
}

fn marks(entry: &Entry, subject: &Subject<'_>) -> Vec<(String, String)> {
    let value = |source| subject.values(source).into_iter().next();
    entry
        .marks
        .iter()
        .filter_map(|mark| Some((mark.name.clone(), value(mark.source)?)))
        .collect()
}

/// The person, looked at one structure or class at a time.
fn one_for_each<'a>(each: Each, subject: &Subject<'a>) -> Vec<Subject<'a>> {
    let mut subjects: Vec<Subject<'a>> = Vec::new();
    match each {
        Each::Structure => {
            for affiliation in subject.affiliations(&[Attribute::Structures]) {
                let structure = Some(affiliation.structure.id);
                if !subjects.iter().any(|known| known.structure == structure) {
                    subjects.push(Subject {
                        structure,
                        ..*subject
                    });
                }
            }
        }
        Each::Class => {
            for affiliation in subject.affiliations(&[Attribute::Classes]) {
                let structure = Some(affiliation.structure.id);
                for class in &affiliation.detail.classes {
                    let class = Some(class.as_str());
                    let known = |s: &Subject<'a>| s.structure == structure && s.class == class;
                    if !subjects.iter().any(known) {
                        subjects.push(Subject {
                            structure,
                            class,
                            ..*subject
                        });
                    }
                }
            }
        }
    }
    subjects
}

/// The values that an entry sends.
fn gathered(entry: &Entry, mut values: Vec<String>) -> Vec<String> {
    if !entry.only.is_empty() {
        values.retain(|value| entry.only.contains(value));
    }
    if values.is_empty() {
        return values;
    }
    match &entry.values {
        Values::Repeated => values,
        Values::First => values.into_iter().take(1).collect(),
        Values::Last => values.pop().into_iter().collect(),
        Values::Joined(between) => vec![values.join(between)],
        Values::Bracketed if values.len() == 1 => values,
        Values::Bracketed => vec![format!("[{}]", values.join(", "))],
    }
}
