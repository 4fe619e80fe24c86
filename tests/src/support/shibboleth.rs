//! Shibboleth's service provider (mod_shib and its daemon, packages of the distribution) as two: `sealed` takes
//! encrypted assertions by form, asks by redirect and is told of logouts by the browser; `artifact` has no key
//! for encryption, asks by form, fetches answers by their artifacts, and talks of logouts by SOAP, both ways.
//! Both sign whatever they send. Scoped values count for them only within the hub's own scope.

use super::process::{Launch, find_program};
use super::saml_apache::{Package, Prepared};

macro_rules! file {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../counterparts/shibboleth/", $name)),
        )
    };
}

/// Its service providers, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let package = Package {
        name: "shibboleth",
        configuration: include_str!("../../counterparts/shibboleth/httpd.conf"),
        site: &[file!("show.php"), file!("login.php"), file!("logout.php")],
        files: &[
            file!("shibboleth2.xml"),
            file!("attribute-map.xml"),
            file!("attribute-policy.xml"),
            file!("security-policy.xml"),
            file!("protocols.xml"),
            file!("shibd.logger"),
            file!("native.logger"),
        ],
        directories: &[],
        providers: &[
            (
                "sealed",
                include_str!("../../counterparts/shibboleth/metadata-sealed.xml"),
            ),
            (
                "artifact",
                include_str!("../../counterparts/shibboleth/metadata-artifact.xml"),
            ),
        ],
        logs: &["shibd-messages.log", "mod_shib.log"],
        needs: &["/usr/lib/apache2/modules/mod_shib.so"],
        daemon: Some(|scratch| {
            let launch = Launch::new("shibd", find_program(&["shibd"], &[]))
                .args(["-f", "-F", "-c"])
                .args([scratch.join("shibboleth2.xml")])
                .args(["-p"])
                .args([scratch.join("shibd.pid")]);
            (launch, scratch.join("shibd.sock"))
        }),
    };
    Prepared::new(package, port, &[])
}
