//! SimpleSAMLphp, a package of the distribution, as two service providers: `sealed` takes nothing but encrypted
//! assertions, and is told of logouts by redirect; `open` has no key for encryption, and is told of logouts by
//! form. Both ask by redirect, take answers by form, and sign whatever they send. Told by SOAP, this version ends
//! the session and then fails to answer; and it fetches answers by artifact only from servers whose key for TLS
//! is in the metadata: neither can be asked of it.

use std::path::{Path, PathBuf};

use super::process::counterpart;
use super::saml_apache::{Package, Prepared};

macro_rules! file {
    ($path:literal, $name:literal) => {
        (
            $path,
            include_str!(concat!("../../counterparts/simplesamlphp/", $name)),
        )
    };
}

/// Its service providers, to be started on `port`.
pub fn prepare(port: u16) -> Prepared {
    let package = Package {
        name: "simplesamlphp",
        configuration: include_str!("../../counterparts/simplesamlphp/httpd.conf"),
        site: &[file!("page.php", "page.php")],
        files: &[
            file!("config/config.php", "config.php"),
            file!("config/authsources.php", "authsources.php"),
        ],
        directories: &["data", "log", "sessions", "temporary"],
        providers: &[
            file!("sealed", "metadata-sealed.xml"),
            file!("open", "metadata-open.xml"),
        ],
        logs: &["log/simplesamlphp.log"],
        needs: &[],
        daemon: None,
    };
    let place = place().display().to_string();
    Prepared::new(package, port, &[("SIMPLESAMLPHP", place)])
}

/// Where it is: the distribution's package, or what was unpacked where there is none.
pub(super) fn place() -> PathBuf {
    let installed = Path::new("/usr/share/simplesamlphp");
    if installed.join("lib/_autoload.php").exists() {
        installed.to_owned()
    } else {
        counterpart("simplesamlphp")
    }
}
