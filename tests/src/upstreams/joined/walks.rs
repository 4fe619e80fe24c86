//! Somebody from each upstream, and how they leave.

use std::time::Duration;

use clau_connectors::contract::{Arrival, Departure, Fault, Leave, SignOut, Verdict, Wish};
use clau_domain::identity::{ExternalIdentity, VectorOf};
use clau_domain::profile::Profile;
use clau_domain::secret::SecretString;
use clau_saml::binding::Received;
use url::Url;

use super::{Place, STATE, oidc_joined, saml_joined};
use crate::feedgen::Role;
use crate::support::directory::Directory;
use crate::support::process::free_port;
use crate::support::simulators::{FRANCECONNECT_SECRET, PROCONNECT_SECRET};
use crate::upstreams::people::{Person, Region, login};
use crate::upstreams::{cas, ldif, oidc, saml};

/// Who shows this.
fn by_about(people: &[Person], about: &str) -> String {
    let mut all = people.iter();
    all.find(|person| person.about.contains(about))
        .unwrap()
        .id
        .clone()
}

fn keys_of(identity: &ExternalIdentity) -> Vec<(&str, &str)> {
    let keys = identity.feed_keys.iter();
    keys.map(|key| (key.academy.as_str(), key.key.as_str()))
        .collect()
}

#[tokio::test]
async fn a_parent_of_two_ministries_is_known_by_two_keys_and_three_vectors() {
    let region = Region::demo(1).unwrap();
    let joined = saml_joined(&saml::educonnect::MANNER, "educonnect", 8451).await;
    let people = (saml::educonnect::MANNER.people)(&region).unwrap();
    let id = by_about(&people, "trois enfants");
    let arrived = joined.by_saml(&id).await.unwrap();
    let known = region.first(Role::ParentOfTwoMinistries).unwrap();
    let identity = &arrived.identity;
    let (_, elsewhere) = &known.elsewhere[0];
    assert_eq!(
        keys_of(identity),
        [("98", known.key.as_str()), ("16", elsewhere.as_str())]
    );
    assert_eq!(identity.vectors.len(), 3);
    for (vector, ward) in identity.vectors.iter().zip(&known.children) {
        assert_eq!(vector.pupil, ward.school_record);
        assert_eq!(vector.uai.as_str(), ward.uai);
        assert!(matches!(vector.who, VectorOf::Guardian { .. }));
    }
    assert_eq!(identity.subject.len(), 96);
    assert_eq!(arrived.once.len(), 1);
    // The next login is the same person.
    let again = joined.by_saml_again().await.unwrap();
    assert_eq!(again.identity.subject, identity.subject);
    assert_ne!(again.once, arrived.once);
    // There is no protocol for leaving; the way back that came with the login is.
    let sign_out = joined
        .driver
        .sign_out(&joined.call(), &arrived.upstream, STATE)
        .await
        .unwrap();
    let SignOut::Leave(address) = sign_out else {
        panic!("{sign_out:?}");
    };
    let page = joined.visitor.get(address).await;
    assert!(page.body.contains("déconnecté"), "{}", page.body);
}

#[tokio::test]
async fn a_pupil_comes_to_educonnect_first_and_is_taken_for_who_they_are() {
    let region = Region::demo(1).unwrap();
    let joined = saml_joined(&saml::educonnect::MANNER, "educonnect", 8451).await;
    let connector = joined.driver.connector();
    let metadata = connector
        .saml
        .as_ref()
        .unwrap()
        .metadata_url
        .clone()
        .unwrap();
    let base = metadata
        .as_str()
        .replace("shibboleth", "profile/SAML2/Unsolicited/SSO");
    let own = format!("{}saml/sp/educonnect/metadata", joined.hub.url("/"));
    let entrance = Url::parse_with_params(&base, [("providerId", own)]).unwrap();
    let page = joined.visitor.follow_within(entrance.as_str()).await;
    let people = (saml::educonnect::MANNER.people)(&region).unwrap();
    let page = joined.choose(&page, &by_about(&people, "élève")).await;
    let received = Received::from_form(&page.form_with("SAMLResponse").fields).unwrap();
    let arrived = joined.arrive(Arrival::Saml(&received), None).await.unwrap();
    let pupil = region.first(Role::Pupil).unwrap();
    assert_eq!(keys_of(&arrived.identity), [("16", pupil.key.as_str())]);
    assert_eq!(arrived.identity.vectors[0].who, VectorOf::Pupil);
}

#[tokio::test]
async fn an_agent_is_known_by_the_academic_address_and_the_schools() {
    let region = Region::demo(1).unwrap();
    let joined = saml_joined(&saml::guichet::MANNER, "guichet", 8452).await;
    let head = region.first(Role::Head).unwrap();
    let arrived = joined.by_saml(&head.key).await.unwrap();
    let claims = &arrived.identity.claims;
    assert_eq!(claims.academic_mail.as_ref(), Some(&head.identity.mail));
    assert_eq!(arrived.identity.subject, head.key);
    let mut roles = claims.roles.iter();
    assert!(roles.any(|role| {
        let here = role
            .uai
            .as_ref()
            .is_some_and(|uai| uai.as_str() == head.schools[0]);
        here && role.profile == Some(Profile::Head)
    }));
    let sign_out = joined
        .driver
        .sign_out(&joined.call(), &arrived.upstream, STATE)
        .await
        .unwrap();
    let SignOut::Away {
        leave: Leave::Redirect(address),
        ..
    } = sign_out
    else {
        panic!("{sign_out:?}");
    };
    let back = joined
        .visitor
        .get(address)
        .await
        .location()
        .expect("to the hub");
    assert!(back.path().ends_with("/saml/sp/guichet/slo"), "{back}");
}

#[tokio::test]
async fn an_agricultural_lycee_says_who_and_claims_what_it_likes() {
    let region = Region::demo(1).unwrap();
    let joined = saml_joined(&saml::lycee::MANNER, "lycee-agricole-auch", 8455).await;
    let schools = region.agricultural_schools().unwrap();
    let mut pupils = region.at_school(&schools.saml);
    let pupil = pupils
        .find(|it| it.role == Role::AgriculturalPupil)
        .unwrap();
    let login = login(pupil);
    let arrived = joined.by_saml(&login).await.unwrap();
    let claims = &arrived.identity.claims;
    assert_eq!(arrived.identity.subject, login);
    assert_eq!(claims.ine.as_ref(), Some(&pupil.identity.ine));
    assert_eq!(claims.key.as_ref(), Some(&pupil.key));
    assert_eq!(claims.roles[0].profile, Some(Profile::Pupil));
    joined.visitor.clear_cookies();
    let arrived = joined.by_saml("ugo.lamothe").await.unwrap();
    // What it claims is read; that it may not is the engine's to say.
    assert_eq!(
        arrived.identity.claims.roles[0]
            .uai
            .as_ref()
            .unwrap()
            .as_str(),
        "0318000C"
    );
}

#[tokio::test]
async fn a_citizen_is_known_by_the_pivot_identity() {
    let joined = oidc_joined(&oidc::franceconnect::MANNER, FRANCECONNECT_SECRET, 8453).await;
    let arrived = joined.by_query("labruguiere").await.unwrap();
    let claims = &arrived.identity.claims;
    assert_eq!(claims.given_names, ["Mathilde", "Anne-Sophie", "Solange"]);
    assert_eq!(claims.birth_name, "LABRUGUIÈRE");
    assert_eq!(claims.birth_place, "81105");
    assert_eq!(claims.mail, None, "people have typed it");
    assert!(arrived.identity.subject.ends_with("v1"));
    let arrived = joined.by_query("teixeira-nunes").await.unwrap();
    assert_eq!(
        arrived.identity.claims.birth_date, None,
        "a date without a day"
    );
    let sign_out = joined
        .driver
        .sign_out(&joined.call(), &arrived.upstream, STATE)
        .await
        .unwrap();
    let SignOut::Away {
        leave: Leave::Redirect(address),
        ..
    } = sign_out
    else {
        panic!("{sign_out:?}");
    };
    let back = joined
        .visitor
        .get(address)
        .await
        .location()
        .expect("to the hub");
    assert!(
        back.path().ends_with("/oidc/rp/franceconnect/signed-out"),
        "{back}"
    );
    // Whoever turns back is told from whoever is refused.
    let (page, pending) = joined.leave().await;
    let back = joined.choose(&page, "").await.location().unwrap();
    let refused = joined
        .arrive(Arrival::Query(back.query().unwrap()), Some(&pending))
        .await;
    assert!(matches!(refused, Err(Fault::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_public_agent_is_known_by_the_employer() {
    let joined = oidc_joined(&oidc::proconnect::MANNER, PROCONNECT_SECRET, 8454).await;
    let arrived = joined.by_query("agent.region").await.unwrap();
    let claims = &arrived.identity.claims;
    assert_eq!(claims.siret, "20005379200018");
    assert_eq!(claims.family_name, "Cœurdassier");
    assert_eq!(claims.academic_mail, None);
}

#[tokio::test]
async fn a_lycee_with_cas_says_who() {
    let id = cas::ID;
    let place = Place::of(id).await;
    let region = Region::demo(1).unwrap();
    let server = cas::Server::new(&place.arguments, &region).unwrap();
    place.serve(server.router()).await;
    let port = place.arguments.listen.port();
    let joined = place.join(id, 8456, port).await;
    let schools = region.agricultural_schools().unwrap();
    for character in region.at_school(&schools.cas) {
        joined.visitor.clear_cookies();
        let login = login(character);
        let arrived = joined.by_query(&login).await.unwrap();
        let claims = &arrived.identity.claims;
        assert_eq!(arrived.identity.subject, login);
        assert_eq!(claims.roles[0].uai.as_ref().unwrap().as_str(), schools.cas);
        match character.role {
            Role::AgriculturalPupil => {
                assert_eq!(claims.ine.as_ref(), Some(&character.identity.ine))
            }
            _ => assert_eq!(
                claims.academic_mail.as_ref(),
                Some(&character.identity.mail)
            ),
        }
    }
}

#[tokio::test]
async fn a_lycee_with_a_directory_says_who() {
    let region = Region::demo(1).unwrap();
    let people = ldif::people(&region).unwrap();
    let place = Place::of(ldif::ID).await;
    let port = free_port();
    let text = ldif::directory(&people);
    let _directory = Directory::start(port, &place.files, &place.tls, &text);
    let joined = place.join(ldif::ID, 8457, port).await;
    let departure = joined.driver.depart(&joined.call(), &Wish::default()).await;
    assert!(matches!(departure, Ok(Departure::Password)));
    let schools = region.agricultural_schools().unwrap();
    let (right, wrong) = (
        SecretString::from(ldif::PASSWORD),
        SecretString::from("une-autre-cle"),
    );
    for character in region.at_school(&schools.ldap) {
        let login = login(character);
        let typed = |password| Arrival::Credentials {
            login: &login,
            password,
        };
        let refused = joined.arrive(typed(&wrong), None).await;
        assert!(matches!(refused, Err(Fault::Credentials)), "{refused:?}");
        let arrived = joined.arrive(typed(&right), None).await.unwrap();
        let claims = &arrived.identity.claims;
        assert_eq!(claims.roles[0].uai.as_ref().unwrap().as_str(), schools.ldap);
        match character.role {
            Role::AgriculturalPupil => {
                assert_eq!(claims.ine.as_ref(), Some(&character.identity.ine))
            }
            _ => assert_eq!(
                claims.academic_mail.as_ref(),
                Some(&character.identity.mail)
            ),
        }
    }
}

#[tokio::test]
async fn every_step_of_a_check_is_good() {
    let joined = saml_joined(&saml::educonnect::MANNER, "educonnect", 8451).await;
    let by_oidc = oidc_joined(&oidc::franceconnect::MANNER, FRANCECONNECT_SECRET, 8453).await;
    for joined in [joined, by_oidc] {
        tokio::time::timeout(Duration::from_secs(20), joined.driver.probe(&joined.call()))
            .await
            .unwrap()
            .unwrap();
        let findings = joined.driver.check(&joined.call()).await;
        let bad = findings.iter().filter(|it| it.verdict == Verdict::Bad);
        assert_eq!(bad.count(), 0, "{findings:?}");
        assert!(!findings.is_empty());
    }
}
