//! mod_auth_mellon, a package of the distribution, as two service providers: `sealed` takes encrypted assertions
//! by form and is told of logouts by the browser; `artifact` has no key for encryption, fetches answers by their
//! artifacts, and is told of logouts by SOAP. Both ask by redirect, and sign whatever they send.

use super::saml_apache::{Package, Prepared};

macro_rules! file {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../counterparts/mellon/", $name)),
        )
    };
}

/// Its service providers, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let package = Package {
        name: "mellon",
        configuration: include_str!("../../counterparts/mellon/httpd.conf"),
        site: &[file!("show.php"), file!("login.php"), file!("logout.php")],
        files: &[],
        directories: &["posted"],
        providers: &[
            (
                "sealed",
                include_str!("../../counterparts/mellon/metadata-sealed.xml"),
            ),
            (
                "artifact",
                include_str!("../../counterparts/mellon/metadata-artifact.xml"),
            ),
        ],
        logs: &[],
        needs: &["/usr/lib/apache2/modules/mod_auth_mellon.so"],
        daemon: None,
    };
    Prepared::new(package, port, &[])
}
