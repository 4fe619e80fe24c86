//! The demo region whole, on ports of its own: both feeds, the simulated upstreams and a real directory before the
//! hub, the reference services behind it, all registered by the demo's own files. Proves nothing itself.

use clau_tests::feedgen::{self, Plan};
use clau_tests::services::region::FILES;
use clau_tests::support::browser::Browser;
use clau_tests::support::ca;
use clau_tests::support::directory::Directory;
use clau_tests::support::hub::{Hub, Setup, Stores};
use clau_tests::support::process::{Scratch, free_port};
use clau_tests::support::reference::ReferenceServices;
use clau_tests::support::simulators::{SimulatorPorts, Simulators};
use clau_tests::upstreams::people::Region;
use clau_tests::upstreams::{ldif, who};

use crate::federation_scene::ready;
use crate::reference_region::{free_ports, metadata_is_known, registered};

/// The connectors of the demo.
const CONNECTORS: [&str; 7] = [
    "educonnect",
    "guichet",
    "franceconnect",
    "proconnect",
    "lycee-agricole-auch",
    "lycee-agricole-rodez",
    ldif::ID,
];
/// The services of the demo that run here.
const SERVICES: [&str; 6] = [
    "pedagogie",
    "orientation",
    "bourses",
    "restauration",
    "transport",
    "mediacentre",
];

/// All of it, running.
pub(crate) struct Demo {
    pub(crate) hub: Hub,
    pub(crate) services: ReferenceServices,
    pub(crate) upstreams: Simulators,
    pub(crate) ports: SimulatorPorts,
    pub(crate) region: Region,
    _directory: Directory,
    _scratch: Scratch,
}

impl Demo {
    /// Starts it on `stores` and waits until everybody knows everybody.
    pub(crate) async fn start(stores: Stores) -> Self {
        let scratch = Scratch::new("demo-region");
        let tls = ca::authority().localhost_files(&scratch);
        let plan = Plan::demo();
        let region = Region::demo(plan.seed).expect("the region of the demo");
        let mut setup = Setup::new(stores);
        for (source, plan) in [
            ("toulouse", plan.clone()),
            ("agriculture", plan.agriculture()),
        ] {
            let feed = scratch.join(source);
            feedgen::write(&plan, &feed).expect("a feed");
            setup = setup.importing(source, &feed);
        }
        let ports = SimulatorPorts {
            hub: setup.port(),
            educonnect: free_port(),
            guichet: free_port(),
            franceconnect: free_port(),
            proconnect: free_port(),
            lycee_saml: free_port(),
            lycee_cas: free_port(),
        };
        let directory_port = free_port();
        let people = ldif::people(&region).expect("people of the directory");
        let directory = ldif::directory(&people);
        let directory = Directory::start(directory_port, &scratch, &tls, &directory);
        let upstreams = Simulators::start(ports, &scratch, &tls);
        let at = free_ports(setup.port());
        let hub = setup
            .applying(file("people.toml"))
            .applying(registered(at, &SERVICES))
            .applying(connectors(ports, directory_port))
            .start()
            .await;
        let services = ReferenceServices::start(at, &scratch, &tls);
        ready(&hub, &CONNECTORS).await;
        metadata_is_known(&services).await;
        Self {
            hub,
            services,
            upstreams,
            ports,
            region,
            _directory: directory,
            _scratch: scratch,
        }
    }

    /// Chooses, on the page of a simulator, the person of whom `upstream` shows these words.
    pub(crate) async fn be(&self, browser: &Browser, upstream: &str, about: &str) {
        let upstreams = who::all(&self.region).expect("people of the upstreams");
        let mut people = upstreams
            .iter()
            .filter(|it| it.name.starts_with(upstream))
            .flat_map(|it| &it.people);
        let person = people
            .find(|person| person.about.contains(about) || person.name.contains(about))
            .unwrap_or_else(|| panic!("nobody at {upstream} is {about}"));
        browser.find("#simulator").await;
        browser
            .click(&format!("button[name=personne][value='{}']", person.id))
            .await;
    }
}

/// One of the demo's files.
fn file(name: &str) -> &'static str {
    let mut files = FILES.into_iter();
    let (_, text) = files
        .find(|(known, _)| *known == name)
        .expect("a file of the demo");
    text
}

fn connectors(ports: SimulatorPorts, directory: u16) -> String {
    let of_each = [
        (8451, ports.educonnect),
        (8452, ports.guichet),
        (8453, ports.franceconnect),
        (8454, ports.proconnect),
        (8455, ports.lycee_saml),
        (8456, ports.lycee_cas),
        (8457, directory),
    ];
    let text = file("connectors.toml").to_owned();
    of_each.iter().fold(text, |text, (demo, port)| {
        text.replace(&format!("localhost:{demo}"), &format!("localhost:{port}"))
    })
}
