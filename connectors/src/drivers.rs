//! Every driver there is, by the kind of a registration. What a registration must say whatever its kind is checked
//! here; the rest is each driver's own.

use clau_domain::connector::ConnectorKind;

use crate::contract::{Blueprint, Driver, Drivers, Mistake};
use crate::profile;
use crate::{cas, ldap, oidc, saml};

/// All of them.
#[derive(Clone, Copy, Debug)]
pub struct AllDrivers;

impl Drivers for AllDrivers {
    fn driver(&self, blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
        let Some(kind) = blueprint.connector.kind() else {
            return Err(vec![Mistake {
                key: String::new(),
                expected: "exactly one of `saml`, `oidc`, `cas` and `ldap` is expected".to_owned(),
            }]);
        };
        let completed = profile::complete(blueprint.connector);
        let blueprint = Blueprint {
            connector: &completed,
            ..blueprint
        };
        match kind {
            ConnectorKind::Saml => saml::driver(blueprint),
            ConnectorKind::Oidc => oidc::driver(blueprint),
            ConnectorKind::Cas => cas::driver(blueprint),
            ConnectorKind::Ldap => ldap::driver(blueprint),
        }
    }
}
