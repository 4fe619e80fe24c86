//! What the profile for programs adds to SOAP (SAML Profiles §4.2): headers that tell the client where the
//! answer belongs. The service's own headers, meant for the client, are not read here (§4.2.4.2: the client
//! has taken them away).

use crate::names::ns;
use crate::xml::Writer;

/// The actor of every header of ours (SOAP 1.1 §4.2.2).
const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// The envelope of an answer: the client posts the response to `consumer`, whatever the service said to it
/// before (§4.2.4.5).
pub fn envelope(consumer: &str, response: &str, is_authenticated: bool) -> String {
    let mut writer = Writer::new();
    writer
        .open("soap:Envelope", &[("xmlns:soap", ns::SOAP)])
        .open("soap:Header", &[])
        .empty(
            "ecp:Response",
            &[
                ("xmlns:ecp", ns::ECP),
                ("soap:mustUnderstand", "1"),
                ("soap:actor", NEXT),
                ("AssertionConsumerServiceURL", consumer),
            ],
        );
    if is_authenticated {
        // SAML V2.0 ECP Profile 2.0 §2.3.6: the request was signed by the service.
        writer.empty(
            "ecp:RequestAuthenticated",
            &[("xmlns:ecp", ns::ECP), ("soap:actor", NEXT)],
        );
    }
    writer.close().open("soap:Body", &[]).element(response);
    writer.finish()
}
