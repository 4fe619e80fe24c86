//! What a service's metadata asks for, in the attributes of the registration, so that no more is released than
//! it has use for (SAML-09). Asking adds nothing: what comes of this narrows a grant
//! ([`clau_domain::policy::Grant::within`]) and never widens it (SAML-08).

use std::collections::BTreeSet;

use clau_domain::policy::Attribute;

use super::Profile;
use super::catalogue::Name;
use crate::metadata::RequestedAttribute;
use crate::names::category;

/// How older metadata writes the names of eduPerson, in front of what people call them.
const MACE: &str = "urn:mace:dir:attribute-def:";

/// What the metadata of a service says about what it wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The list of attributes that a request names, or the default one; none where it has none.
    pub requested: Option<&'a [RequestedAttribute]>,
    /// What federations say that it is.
    pub categories: &'a [String],
    /// Which subject identifier it wants.
    pub subject_id: Option<&'a str>,
}

impl Asked<'_> {
    /// The attributes that it has use for; `None` where it says nothing, and the registration alone decides.
    /// A list counts before what a category stands for: it is the service's own word.
    pub fn attributes(&self, profile: Profile) -> Option<BTreeSet<Attribute>> {
        let requested = self.requested.filter(|list| !list.is_empty());
        let mut asked: BTreeSet<Attribute> = match requested {
            Some(list) => profile.wanted(list.iter().map(|it| it.name.as_str())),
            None => {
                let bundles = self.categories.iter();
                let mut bundles = bundles.filter_map(|it| bundle(it)).peekable();
                bundles.peek()?;
                bundles.flatten().copied().collect()
            }
        };
        if self.subject_id == Some("subject-id") {
            asked.insert(Attribute::Uid);
        }
        Some(asked)
    }
}

impl Profile {
    /// The attributes of a registration that stand behind names in metadata. Whether the names are written as
    /// this profile has them or as people call them is all the same, and so are those of other profiles:
    /// metadata is often written for several hubs, with formats that do not fit the names. A name that nobody
    /// knows may be one of the further attributes of local people, where those have names of their own.
    pub fn wanted<'a>(self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<Attribute> {
        names
            .into_iter()
            .flat_map(|name| self.behind(name))
            .collect()
    }

    fn behind(self, name: &str) -> BTreeSet<Attribute> {
        let called = name.strip_prefix(MACE).unwrap_or(name);
        let needs = |profile: Self| -> Option<BTreeSet<Attribute>> {
            let catalogue = profile.catalogue().iter();
            let mut known = catalogue.filter(|known| known.is_called(called)).peekable();
            known.peek()?;
            Some(known.flat_map(Name::needs).copied().collect())
        };
        let elsewhere = || Self::ALL.into_iter().find_map(needs);
        needs(self).or_else(elsewhere).unwrap_or_else(|| {
            let further = self.has_further().then_some(Attribute::Further);
            further.into_iter().collect()
        })
    }
}

/// The attributes that a category of services stands for, beside the pseudonym, which every service gets.
/// `None` for categories that stand for none: those of the codes of conduct promise how a service treats what
/// it asks for one by one.
pub fn bundle(name: &str) -> Option<&'static [Attribute]> {
    match name {
        category::RESEARCH_AND_SCHOLARSHIP => Some(&[
            Attribute::Login,
            Attribute::FamilyName,
            Attribute::GivenName,
            Attribute::Mail,
            Attribute::Profile,
        ]),
        category::PERSONALIZED => Some(&[
            Attribute::Uid,
            Attribute::FamilyName,
            Attribute::GivenName,
            Attribute::Mail,
            Attribute::Profile,
        ]),
        category::ANONYMOUS | category::PSEUDONYMOUS => Some(&[Attribute::Profile]),
        _ => None,
    }
}
