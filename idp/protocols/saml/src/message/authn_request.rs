//! What a service asks for (SAML Core §3.4.1). Read whole: what the hub does not do is known to be asked for,
//! so that it is refused and not passed over. Who a `Subject` names is not read: nobody but the person says
//! who they are (SAML-08).

use serde::{Deserialize, Serialize};

use super::context::RequestedContext;
use super::header::{Header, finish};
use super::opened::{Authentic, Kind};
use crate::error::Problem;
use crate::key::SigningKey;
use crate::names::ns;
use crate::xml::{Node, Writer};

/// Most identity providers or requesters that are read of one request.
const MOST: usize = 100;

/// Where the answer is to go. Checked against the service's metadata by whoever knows that (SAML-07).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcsChoice {
    /// Where its metadata says, by this binding if one is named.
    Default {
        /// `ProtocolBinding`.
        binding: Option<String>,
    },
    /// The one with this index.
    Index(u16),
    /// This one, by this binding if one is named.
    Location {
        /// `AssertionConsumerServiceURL`.
        location: String,
        /// `ProtocolBinding`.
        binding: Option<String>,
    },
}

impl AcsChoice {
    /// The same for an answer that a program takes to the service (SAML Profiles §4.2.4.1), whether or not the
    /// request says so.
    #[must_use]
    pub fn for_programs(self) -> Self {
        let paos = || Some(crate::names::binding::PAOS.to_owned());
        match self {
            Self::Index(index) => Self::Index(index),
            Self::Location { location, .. } => Self::Location {
                location,
                binding: paos(),
            },
            Self::Default { .. } => Self::Default { binding: paos() },
        }
    }
}

/// How the person is to be called (§3.4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameIdPolicy {
    /// In which format.
    pub format: Option<String>,
    /// For which service, or group of services.
    pub sp_name_qualifier: Option<String>,
    /// Whether a new identifier may be made.
    pub allow_create: bool,
}

/// Who may authenticate the person (§3.4.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scoping {
    /// Through how many others, beyond the hub.
    pub proxy_count: Option<u32>,
    /// By which identity providers.
    pub idps: Vec<String>,
    /// On whose behalf the request was made.
    pub requesters: Vec<String>,
}

/// A request for a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// Identifier, instant, destination, issuer.
    pub header: Header,
    /// The person is to prove who they are anew.
    pub force_authn: bool,
    /// Nobody is to be asked anything.
    pub is_passive: bool,
    /// Where the answer goes.
    pub acs: AcsChoice,
    /// Which attributes are wanted, by the index in the metadata.
    pub attributes: Option<u16>,
    /// How the person is to be called.
    pub name_id: NameIdPolicy,
    /// How strong the login is to be.
    pub context: Option<RequestedContext>,
    /// Who may authenticate the person.
    pub scoping: Option<Scoping>,
}

impl AuthnRequest {
    /// Reads one.
    ///
    /// # Errors
    /// [`Problem::Message`], [`Problem::Unsigned`] where something else in it is signed than itself.
    pub fn read(authentic: &Authentic<'_>) -> Result<Self, Problem> {
        let message = authentic.whole(Kind::AuthnRequest)?;
        let header = Header::read(message)?;
        let index = |name: &str| {
            let number = message
                .attribute(name)
                .map(|text| text.trim().parse::<u16>());
            number
                .transpose()
                .map_err(|_| Problem::Message("an index is no number"))
        };
        let context = message.child(ns::SAMLP, "RequestedAuthnContext")?;
        let scoping = message.child(ns::SAMLP, "Scoping")?;
        Ok(Self {
            header,
            force_authn: message.flag("ForceAuthn", false)?,
            is_passive: message.flag("IsPassive", false)?,
            acs: acs(message, index("AssertionConsumerServiceIndex")?)?,
            attributes: index("AttributeConsumingServiceIndex")?,
            name_id: policy(message)?,
            context: context.map(RequestedContext::read).transpose()?,
            scoping: scoping.map(self::scoping).transpose()?,
        })
    }

    /// Writes one, as a service does; signed in itself if a key is given.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: Option<&SigningKey>) -> Result<String, Problem> {
        let mut more = Vec::new();
        let index;
        match &self.acs {
            AcsChoice::Default { binding } => {
                more.extend(binding.as_deref().map(|uri| ("ProtocolBinding", uri)));
            }
            AcsChoice::Index(number) => {
                index = number.to_string();
                more.push(("AssertionConsumerServiceIndex", index.as_str()));
            }
            AcsChoice::Location { location, binding } => {
                more.push(("AssertionConsumerServiceURL", location));
                more.extend(binding.as_deref().map(|uri| ("ProtocolBinding", uri)));
            }
        }
        let attributes = self.attributes.map(|number| number.to_string());
        if let Some(number) = &attributes {
            more.push(("AttributeConsumingServiceIndex", number));
        }
        more.extend(self.force_authn.then_some(("ForceAuthn", "true")));
        more.extend(self.is_passive.then_some(("IsPassive", "true")));
        let mut writer = Writer::new();
        self.header
            .write(&mut writer, "samlp:AuthnRequest", &more, key);
        self.name_id.write(&mut writer);
        if let Some(context) = &self.context {
            context.write(&mut writer);
        }
        if let Some(scoping) = &self.scoping {
            scoping.write(&mut writer);
        }
        finish(writer, key)
    }
}

/// §3.4.1: an index excludes the other two.
fn acs(message: Node<'_>, index: Option<u16>) -> Result<AcsChoice, Problem> {
    let text = |name| message.attribute(name).map(|text| text.trim().to_owned());
    let location = text("AssertionConsumerServiceURL");
    let binding = text("ProtocolBinding");
    match (index, location, binding) {
        (Some(index), None, None) => Ok(AcsChoice::Index(index)),
        (None, Some(location), binding) => Ok(AcsChoice::Location { location, binding }),
        (None, None, binding) => Ok(AcsChoice::Default { binding }),
        (Some(_), _, _) => Err(Problem::Message("it names its address twice")),
    }
}

fn policy(message: Node<'_>) -> Result<NameIdPolicy, Problem> {
    let Some(policy) = message.child(ns::SAMLP, "NameIDPolicy")? else {
        return Ok(NameIdPolicy::default());
    };
    let text = |name| policy.attribute(name).map(|text| text.trim().to_owned());
    Ok(NameIdPolicy {
        format: text("Format"),
        sp_name_qualifier: text("SPNameQualifier"),
        allow_create: policy.flag("AllowCreate", false)?,
    })
}

fn scoping(node: Node<'_>) -> Result<Scoping, Problem> {
    let count = node.attribute("ProxyCount").map(|text| text.trim().parse());
    let list = node.child(ns::SAMLP, "IDPList")?;
    let entries = list
        .into_iter()
        .flat_map(|list| list.children_named(ns::SAMLP, "IDPEntry"));
    let idps = entries
        .take(MOST)
        .map(|entry| entry.required("ProviderID", "an identity provider has no name"));
    let requesters = node
        .children_named(ns::SAMLP, "RequesterID")
        .take(MOST)
        .map(Node::uri);
    Ok(Scoping {
        proxy_count: count
            .transpose()
            .map_err(|_| Problem::Message("a number of proxies is no number"))?,
        idps: idps
            .map(|name| name.map(str::to_owned))
            .collect::<Result<_, _>>()?,
        requesters: requesters.collect::<Result<_, _>>()?,
    })
}

impl NameIdPolicy {
    fn write(&self, writer: &mut Writer) {
        if *self == Self::default() {
            return;
        }
        let mut attributes = Vec::new();
        attributes.extend(self.format.as_deref().map(|uri| ("Format", uri)));
        let qualifier = self.sp_name_qualifier.as_deref();
        attributes.extend(qualifier.map(|name| ("SPNameQualifier", name)));
        attributes.extend(self.allow_create.then_some(("AllowCreate", "true")));
        writer.empty("samlp:NameIDPolicy", &attributes);
    }
}

impl Scoping {
    fn write(&self, writer: &mut Writer) {
        let count = self.proxy_count.map(|count| count.to_string());
        let count = count.as_deref().map(|count| ("ProxyCount", count));
        writer.open("samlp:Scoping", count.as_slice());
        if !self.idps.is_empty() {
            writer.open("samlp:IDPList", &[]);
            for idp in &self.idps {
                writer.empty("samlp:IDPEntry", &[("ProviderID", idp)]);
            }
            writer.close();
        }
        for requester in &self.requesters {
            writer.leaf("samlp:RequesterID", &[], requester);
        }
        writer.close();
    }
}
