//! How strong a login a service wants (SAML Core §3.3.2.2.1), held against how strong it is: one scale, four
//! comparisons. What is stated is true: a class is named only if the login was of it (SAML-06).

use clau_domain::session::Assurance;
use serde::{Deserialize, Serialize};

use crate::error::Problem;
use crate::names::{context, ns};
use crate::xml::{Node, Writer};

/// Most classes that are read of one request.
const MOST: usize = 32;

/// How the classes of a request are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// One of them.
    #[default]
    Exact,
    /// At least as strong as one of them.
    Minimum,
    /// As strong as can be, and no stronger than one of them.
    Maximum,
    /// Stronger than every one of them.
    Better,
}

impl Comparison {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Exact, "exact"),
        (Self::Minimum, "minimum"),
        (Self::Maximum, "maximum"),
        (Self::Better, "better"),
    ];
}

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedContext {
    /// How the classes are meant.
    pub comparison: Comparison,
    /// The classes, those that are liked better first.
    pub classes: Vec<String>,
}

/// A class that the hub knows, and its place on the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub class: &'static str,
    strength: u8,
}

/// Everything that the hub can say of a login, the most telling first, and how strong that is. More than one
/// name may be true of a login.
const SCALE: [Offered; 7] = [
    Offered {
        class: Assurance::High.context(),
        strength: 5,
    },
    Offered {
        class: Assurance::Substantial.context(),
        strength: 4,
    },
    Offered {
        class: Assurance::MultiFactor.context(),
        strength: 3,
    },
    Offered {
        class: context::PASSWORD_PROTECTED_TRANSPORT,
        strength: 2,
    },
    Offered {
        class: Assurance::SingleFactor.context(),
        strength: 2,
    },
    Offered {
        class: context::PASSWORD,
        strength: 1,
    },
    Offered {
        class: context::UNSPECIFIED,
        strength: 0,
    },
];

fn strength(class: &str) -> Option<u8> {
    let mut scale = SCALE.iter();
    scale
        .find(|offered| offered.class == class)
        .map(|offered| offered.strength)
}

impl Offered {
    /// What is true of a login, the most telling first.
    pub fn by(assurance: Assurance) -> impl Iterator<Item = Self> {
        let reached = match assurance {
            Assurance::SingleFactor => 2,
            Assurance::MultiFactor => 3,
            Assurance::Substantial => 4,
            Assurance::High => 5,
        };
        SCALE
            .into_iter()
            .filter(move |offered| offered.strength <= reached)
    }
}

impl RequestedContext {
    pub(super) fn read(node: Node<'_>) -> Result<Self, Problem> {
        let comparison = match node.attribute("Comparison") {
            None => Comparison::default(),
            Some(name) => Comparison::ALL
                .into_iter()
                .find(|(_, known)| *known == name)
                .map(|(comparison, _)| comparison)
                .ok_or(Problem::Message("a comparison of no meaning"))?,
        };
        // Declarations are asked for by nobody the hub knows; they count as classes that it cannot meet.
        let classes: Vec<String> = node
            .children()
            .filter(|child| {
                child.is(ns::SAML, "AuthnContextClassRef")
                    || child.is(ns::SAML, "AuthnContextDeclRef")
            })
            .map(Node::uri)
            .collect::<Result<_, _>>()?;
        if classes.is_empty() || classes.len() > MOST {
            return Err(Problem::Message(
                "it asks for no class of login, or for too many",
            ));
        }
        Ok(Self {
            comparison,
            classes,
        })
    }

    /// What a login may be called in the answer; none when it does not do.
    pub fn satisfied_by(&self, assurance: Assurance) -> Option<&'static str> {
        let mut offered = Offered::by(assurance);
        // `unspecified` asks for nothing in particular.
        let asks = |class: &str| self.classes.iter().any(|wanted| wanted == class);
        if self.comparison == Comparison::Exact {
            if let Some(wanted) = self
                .classes
                .iter()
                .find_map(|wanted| Offered::by(assurance).find(|offered| offered.class == wanted))
            {
                return Some(match wanted.class {
                    context::UNSPECIFIED => offered.next()?.class,
                    class => class,
                });
            }
            return None;
        }
        let known = || self.classes.iter().filter_map(|class| strength(class));
        let all_known = known().count() == self.classes.len();
        let fits = |place: u8| match self.comparison {
            Comparison::Exact => false,
            Comparison::Minimum => known().any(|wanted| place >= wanted),
            Comparison::Maximum => known().any(|wanted| place <= wanted),
            // A class that is not known could be stronger than anything.
            Comparison::Better => all_known && known().all(|wanted| place > wanted),
        };
        let fitting: Vec<Offered> = offered.filter(|offered| fits(offered.strength)).collect();
        let named = fitting.iter().find(|offered| asks(offered.class));
        // By its own name if it may be called that, else by the most telling one.
        let named = named.filter(|_| self.comparison == Comparison::Minimum);
        named
            .or_else(|| fitting.first())
            .map(|offered| offered.class)
    }

    /// Whether the hub could ever meet it, with a login that is as strong as `best` at most.
    pub fn is_possible(&self, best: Assurance) -> bool {
        Assurance::ALL
            .into_iter()
            .filter(|assurance| *assurance <= best)
            .any(|assurance| self.satisfied_by(assurance).is_some())
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        let mut all = Comparison::ALL.into_iter();
        let name = all.find(|(comparison, _)| *comparison == self.comparison);
        let name = name.map_or("exact", |(_, name)| name);
        writer.open("samlp:RequestedAuthnContext", &[("Comparison", name)]);
        for class in &self.classes {
            writer.leaf("saml:AuthnContextClassRef", &[], class);
        }
        writer.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(comparison: Comparison, classes: &[&str]) -> Option<&'static str> {
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        RequestedContext {
            comparison,
            classes,
        }
        .satisfied_by(Assurance::SingleFactor)
    }

    #[test]
    fn saml_06_all_four_comparisons() {
        use Comparison::{Better, Exact, Maximum, Minimum};
        const PPT: &str = context::PASSWORD_PROTECTED_TRANSPORT;
        const SFA: &str = "https://refeds.org/profile/sfa";
        const MFA: &str = "https://refeds.org/profile/mfa";
        const X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";
        for (comparison, classes, expected) in [
            (Exact, &[PPT][..], Some(PPT)),
            (Exact, &[SFA], Some(SFA)),
            (Exact, &[MFA, PPT], Some(PPT)),
            (Exact, &[context::PASSWORD], Some(context::PASSWORD)),
            (Exact, &[context::UNSPECIFIED], Some(PPT)),
            (Exact, &[MFA], None),
            (Exact, &[X509], None),
            (Minimum, &[context::PASSWORD], Some(context::PASSWORD)),
            (Minimum, &[PPT], Some(PPT)),
            (Minimum, &[SFA], Some(SFA)),
            (Minimum, &[MFA], None),
            (Minimum, &[MFA, context::PASSWORD], Some(context::PASSWORD)),
            (Maximum, &[context::PASSWORD], Some(context::PASSWORD)),
            (Maximum, &[PPT], Some(PPT)),
            (Maximum, &[X509], None),
            (Better, &[context::PASSWORD], Some(PPT)),
            (Better, &[PPT], None),
            (Better, &[X509], None),
            (Better, &[context::PASSWORD, X509], None),
        ] {
            assert_eq!(
                asked(comparison, classes),
                expected,
                "{comparison:?} {classes:?}"
            );
        }
    }
}
