//! Pages: one typed context for each template, and nothing that decides. A page is what a handler
//! hands over; how it becomes an answer is [`crate::http::answer`]. No markup comes from outside:
//! templates escape everything but the drawings of [`crate::icons`] and [`crate::artwork`] (WEB-02).

pub mod account;
pub mod consent;
pub mod context;
pub mod device;
pub mod factors;
pub mod leaving;
pub mod linking;
pub mod login;
pub mod portal;
pub mod problem;
pub mod reading;
pub mod source_problem;
pub mod sources;

use std::fmt::Display;

use clau_domain::language::Language;
use clau_domain::policy::Attribute;
use clau_domain::profile::Profile;
use clau_domain::service::Category;

use crate::texts::Texts;

/// What every page has around it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The language's texts.
    pub t: Texts,
    /// Name of the region's workspace.
    pub region: String,
    /// Whom to ask: a mail address or the address of a page; may be empty.
    pub contact: String,
    /// Host under which the hub is reached, for people to compare with what their browser shows.
    pub host: String,
    /// Address within the hub that shows this page again, for the language switch.
    pub here: String,
    /// First and family name of whoever is signed in.
    pub person: Option<String>,
    /// What forms carry against forged requests (SES-09); empty on pages without a form.
    pub token: String,
}

/// One choice of the language switch.
#[derive(Clone, Debug)]
pub struct LanguageChoice {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// The language's own name.
    pub name: &'static str,
    /// Where the choice leads.
    pub href: String,
    /// Whether it is the page's own language.
    pub current: bool,
}

impl Frame {
    pub(crate) fn tag(&self) -> &'static str {
        self.t.language().tag()
    }

    pub(crate) fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    pub(crate) fn with(&self, key: &str, name: &str, value: impl Display) -> String {
        self.t.with(key, name, value)
    }

    pub(crate) fn count(&self, key: &str, name: &str, number: impl Display) -> String {
        self.t.count(key, name, number)
    }

    pub(crate) fn with_two(
        &self,
        key: &str,
        first: &(&str, impl Display),
        second: &(&str, impl Display),
    ) -> String {
        self.t
            .with_two(key, (first.0, &first.1), (second.0, &second.1))
    }

    pub(crate) fn languages(&self) -> Vec<LanguageChoice> {
        let choice = |language: Language| LanguageChoice {
            tag: language.tag(),
            name: language.own_name(),
            href: format!(
                "/language?to={}&back={}",
                language.tag(),
                percent(&self.here)
            ),
            current: language == self.t.language(),
        };
        Language::ALL.map(choice).to_vec()
    }

    /// The contact as a link, when it is a mail address or a page.
    pub(crate) fn help(&self) -> Option<String> {
        if self.contact.starts_with("https://") {
            return Some(self.contact.clone());
        }
        let mail = self.contact.contains('@') && !self.contact.contains(char::is_whitespace);
        mail.then(|| format!("mailto:{}", self.contact))
    }
}

/// A query value, percent-encoded.
pub(crate) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// A page: its template, and what its security policy must allow (WEB-01).
pub trait Page: askama::Template {
    /// Whether the template names a script of ours.
    const SCRIPT: bool = false;
}

/// A profile and the structure in which somebody has it.
#[derive(Clone, Debug)]
pub struct ProfileLine {
    /// Text of the profile.
    pub profile_key: &'static str,
    /// Name of the structure.
    pub structure: String,
}

/// The text that names a profile.
pub const fn profile_key(profile: Profile) -> &'static str {
    match profile {
        Profile::Pupil => "profile-pupil",
        Profile::Guardian => "profile-guardian",
        Profile::Teacher => "profile-teacher",
        Profile::Librarian => "profile-librarian",
        Profile::Head => "profile-head",
        Profile::SchoolLife => "profile-school-life",
        Profile::Staff => "profile-staff",
        Profile::Academy => "profile-academy",
        Profile::Authority => "profile-authority",
        Profile::Citizen => "profile-citizen",
    }
}

/// The text that names a category of tiles.
pub const fn category_key(category: Category) -> &'static str {
    match category {
        Category::Pedagogy => "category-pedagogy",
        Category::SchoolLife => "category-school-life",
        Category::Resources => "category-resources",
        Category::Orientation => "category-orientation",
        Category::Services => "category-services",
        Category::Tools => "category-tools",
    }
}

/// The text that names an attribute, as the person to whom it belongs reads it.
pub const fn attribute_key(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::PairwiseId => "attribute-pairwise-id",
        Attribute::Uid => "attribute-uid",
        Attribute::Login => "attribute-login",
        Attribute::ExternalId => "attribute-external-id",
        Attribute::FamilyName => "attribute-family-name",
        Attribute::GivenName => "attribute-given-name",
        Attribute::Title => "attribute-title",
        Attribute::Profile => "attribute-profile",
        Attribute::Structures => "attribute-structures",
        Attribute::Classes => "attribute-classes",
        Attribute::Groups => "attribute-groups",
        Attribute::Functions => "attribute-functions",
        Attribute::Schooling => "attribute-schooling",
        Attribute::Subjects => "attribute-subjects",
        Attribute::Mail => "attribute-mail",
        Attribute::BirthDate => "attribute-birth-date",
        Attribute::Ine => "attribute-ine",
        Attribute::Children => "attribute-children",
        Attribute::Guardians => "attribute-guardians",
        Attribute::PostalCode => "attribute-postal-code",
        Attribute::Address => "attribute-address",
        Attribute::Phones => "attribute-phones",
        Attribute::SchoolLife => "attribute-school-life",
        Attribute::Further => "attribute-further",
    }
}

/// The texts that name attributes: what people know of themselves before the number that a service knows
/// them by.
pub fn attribute_keys(attributes: impl IntoIterator<Item = Attribute>) -> Vec<&'static str> {
    let mut attributes: Vec<Attribute> = attributes.into_iter().collect();
    attributes.sort_by_key(|attribute| *attribute == Attribute::PairwiseId);
    attributes.into_iter().map(attribute_key).collect()
}

#[cfg(test)]
mod tests;
