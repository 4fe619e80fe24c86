//! A hub with reference services as the demo registers them, a parent and their children. Proves nothing itself.

use std::time::Duration;

use clau_tests::services::region::FILES;
use clau_tests::support::ca;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::process::{Scratch, eventually, free_port};
use clau_tests::support::reference::{Ports, ReferenceServices};

use crate::scene::{region, setup};

/// The hub fetches metadata of services again soon where it has none yet.
const METADATA_LIMIT: Duration = Duration::from_secs(60);
/// A parent of the pupil.
pub(crate) const PARENT: (&str, &str) = ("ines.martin", "deux-cartables-dans-l-entree");
/// The parent and a second pupil; `@CHILDREN@` are logins.
pub(crate) const FAMILY: &str = r#"
[[person]]
login = "hugo.martin"
given_name = "Hugo"
family_name = "Martin"
password = "les-grenouilles-de-la-mare"
affiliation = [{ structure = "0310999T", profile = "National_ELV", classes = ["4C"] }]

[[person]]
login = "ines.martin"
given_name = "Inès"
family_name = "Martin"
password = "deux-cartables-dans-l-entree"
affiliation = [{ structure = "0310999T", profile = "National_TUT" }]
children = [@CHILDREN@]
"#;

pub(crate) struct Region {
    pub(crate) hub: Hub,
    pub(crate) services: ReferenceServices,
    pub(crate) scratch: Scratch,
}

/// The hub with some services as the demo registers them, at ports of their own. The parent has these
/// children.
pub(crate) async fn start(stores: Stores, ids: &[&str], children: &str) -> Region {
    let setup = setup(stores);
    let ports = free_ports(setup.port());
    let hub = setup
        .applying(region())
        .applying(FAMILY.replace("@CHILDREN@", children))
        .applying(registered(ports, ids))
        .start()
        .await;
    let scratch = Scratch::new("reference-region");
    let tls = ca::authority().localhost_files(&scratch);
    let services = ReferenceServices::start(ports, &scratch, &tls);
    Region {
        hub,
        services,
        scratch,
    }
}

/// Waits until the hub has the metadata that services of SAML publish.
pub(crate) async fn metadata_is_known(services: &ReferenceServices) {
    for service in [services.transport(), services.mediacentre()] {
        eventually("the metadata is there", METADATA_LIMIT, async || {
            let page = Visitor::new().follow(&service).await;
            page.body.contains("name=\"password\"").then_some(())
        })
        .await;
    }
}

/// Ports of its own for each service of the hub on port `hub`.
pub(crate) fn free_ports(hub: u16) -> Ports {
    Ports {
        hub,
        pedagogie: free_port(),
        orientation: free_port(),
        bourses: free_port(),
        restauration: free_port(),
        transport: free_port(),
        mediacentre: free_port(),
    }
}

/// The services of the demo with these identifiers, at these ports.
pub(crate) fn registered(ports: Ports, ids: &[&str]) -> String {
    let (_, services) = FILES
        .into_iter()
        .find(|(name, _)| *name == "services.toml")
        .expect("the demo has services");
    let ours = |entry: &&str| {
        ids.iter()
            .any(|id| entry.starts_with(&format!("\nid = \"{id}\"\n")))
    };
    let entries: String = services
        .split("[[service]]")
        .filter(ours)
        .map(|entry| format!("[[service]]{entry}"))
        .collect();
    entries
        .replace(":8444/", &format!(":{}/", ports.pedagogie))
        .replace(":8445/", &format!(":{}/", ports.orientation))
        .replace(":8447/", &format!(":{}/", ports.bourses))
        .replace(":8448/", &format!(":{}/", ports.restauration))
        .replace(":8449/", &format!(":{}/", ports.transport))
        .replace(":8450/", &format!(":{}/", ports.mediacentre))
}
