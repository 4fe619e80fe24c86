//! Names that several profiles share: attributes of directories and of federations, contexts of SAML. An
//! attribute has its plain name and the identifier by which SAML usually sends it.

use clau_domain::session::Assurance;
use clau_saml::names::{context, subject_id};

use super::Levels;

/// What never changes of a person, in federations of universities (SAML Subject Identifier Attributes; eduPerson
/// 2022-08). `eduPersonPrincipalName` is not among them: it is given to somebody else one day (FED-01).
pub(super) const SUBJECT: [&str; 6] = [
    subject_id::PAIRWISE,
    subject_id::GENERAL,
    TARGETED_ID[0],
    TARGETED_ID[1],
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.13",
    "eduPersonUniqueId",
];
/// `eduPersonTargetedID`: the one of them that stands in no scope.
pub(super) const TARGETED_ID: [&str; 2] =
    ["urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "eduPersonTargetedID"];

/// `eduPersonPrincipalName`.
pub(super) const PRINCIPAL_NAME: [&str; 2] =
    ["urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "eduPersonPrincipalName"];
/// `uid`.
pub(super) const UID: [&str; 2] = ["urn:oid:0.9.2342.19200300.100.1.1", "uid"];
/// `mail`.
pub(super) const MAIL: [&str; 3] = ["urn:oid:0.9.2342.19200300.100.1.3", "mail", "email"];
/// `sn`.
pub(super) const FAMILY_NAME: [&str; 3] = ["urn:oid:2.5.4.4", "sn", "family_name"];
/// `givenName`.
pub(super) const GIVEN_NAME: [&str; 3] = ["urn:oid:2.5.4.42", "givenName", "given_name"];
/// `supannCivilite`.
pub(super) const TITLE: [&str; 2] = ["urn:oid:1.3.6.1.4.1.7135.1.2.1.4", "supannCivilite"];
/// `supannEtablissement`: `{UAI}0751717J`.
pub(super) const SCHOOL: [&str; 2] = ["urn:oid:1.3.6.1.4.1.7135.1.2.1.14", "supannEtablissement"];
/// `supannCodeINE`.
pub(super) const INE: [&str; 2] = ["urn:oid:1.3.6.1.4.1.7135.1.2.1.9", "supannCodeINE"];
/// Birth date: ISO 8601 in SupAnn, eight digits in SCHAC.
pub(super) const BIRTH_DATE: [&str; 4] = [
    "urn:oid:1.3.6.1.4.1.7135.1.2.1.40",
    "supannOIDCDateDeNaissance",
    "urn:oid:1.3.6.1.4.1.25178.1.2.3",
    "schacDateOfBirth",
];
/// What somebody is, in the words of eduPerson: the first of them, all of them, all of them with a scope.
pub(super) const AFFILIATION: [&str; 6] = [
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.5",
    "eduPersonPrimaryAffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
    "eduPersonAffiliation",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "eduPersonScopedAffiliation",
];

/// Logins of one factor, as identity providers of SAML name them (SAML Authentication Context §3.4), those of
/// Windows among them.
pub(super) const ONE_FACTOR: Levels = &[
    (context::UNSPECIFIED, Assurance::SingleFactor),
    (context::PASSWORD, Assurance::SingleFactor),
    (
        context::PASSWORD_PROTECTED_TRANSPORT,
        Assurance::SingleFactor,
    ),
    (context::PREVIOUS_SESSION, Assurance::SingleFactor),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
        Assurance::SingleFactor,
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
        Assurance::SingleFactor,
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient",
        Assurance::SingleFactor,
    ),
    (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
        Assurance::SingleFactor,
    ),
    (TIME_SYNC_TOKEN, Assurance::SingleFactor),
    ("https://refeds.org/profile/sfa", Assurance::SingleFactor),
    (
        "urn:federation:authentication:windows",
        Assurance::SingleFactor,
    ),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password",
        Assurance::SingleFactor,
    ),
];

/// A token that shows another number every minute. Alone it is one factor (SAML Authentication Context §3.4.24).
pub(super) const TIME_SYNC_TOKEN: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken";

/// Logins of several factors, from sources whose word counts for it.
pub(super) const SEVERAL_FACTORS: Levels = &[
    (SEVERAL[0], Assurance::MultiFactor),
    (SEVERAL[1], Assurance::MultiFactor),
    (SEVERAL[2], Assurance::MultiFactor),
    (SEVERAL[3], Assurance::MultiFactor),
    (SEVERAL[4], Assurance::MultiFactor),
];

/// The same from sources that nobody has asked how they do it: they are let in, as with one factor, and are not
/// offered to whoever needs more.
pub(super) const SEVERAL_AS_ONE: Levels = &[
    (SEVERAL[0], Assurance::SingleFactor),
    (SEVERAL[1], Assurance::SingleFactor),
    (SEVERAL[2], Assurance::SingleFactor),
    (SEVERAL[3], Assurance::SingleFactor),
    (SEVERAL[4], Assurance::SingleFactor),
];

const SEVERAL: [&str; 5] = [
    "https://refeds.org/profile/mfa",
    "http://schemas.microsoft.com/claims/multipleauthn",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
    "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
];
