//! By what name a client knows somebody, and what it is told of them: OIDC-20.

use serde_json::json;

use crate::checks;
use crate::client::Rp;
use crate::modules::{flow, somebody};
use crate::registration;
use crate::world::world;

#[tokio::test(flavor = "multi_thread")]
async fn oidc_20_a_person_has_another_name_in_every_sector() {
    let person = somebody().await;
    let sub = async |rp: &Rp| {
        let done = flow(&person, rp, &rp.ask("openid profile email ent").pkce()).await;
        let answer = rp.userinfo(&done.tokens.access_token).await;
        let claims = checks::userinfo(&answer, &done.claims["sub"]);
        (done.claims["sub"].clone(), claims)
    };
    let at = async |host: &str| {
        let redirect = format!("https://{host}.essais.example/callback");
        registration::register(json!({"redirect_uris": [redirect]})).await
    };
    let (one, two, strict) = (at("un").await, at("deux").await, Rp::known("strict").await);
    let (first, claims) = sub(&one).await;
    let (second, _) = sub(&two).await;
    // A service of the region's own is a sector by itself.
    let (third, _) = sub(&strict).await;
    assert!(
        first != second && second != third && first != third,
        "one name in two sectors"
    );
    // The same in the same sector, today and tomorrow.
    assert_eq!(sub(&one).await.0, first);
    assert_eq!(sub(&at("un").await).await.0, first);
    // It says nothing of the person.
    let text = first.as_str().expect("a text");
    assert!(!text.contains(&person.login) && !text.contains("essais"));
    assert_ne!(claims.get("ent_uid"), Some(&first), "the hub's own id");
    // Two people are two.
    let other = flow(&somebody().await, &one, &one.ask("openid").pkce()).await;
    assert_ne!(other.claims["sub"], first);
    // By choice, one name for all: the hub's own id.
    let public = Rp::known("public-subject").await;
    let (name, claims) = sub(&public).await;
    assert_eq!(claims.get("ent_uid"), Some(&name));
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_20_a_mail_address_is_verified_only_by_the_hub() {
    let rp = Rp::known("strict").await;
    let wish = json!({"id_token": {"email": null, "email_verified": {"value": true}},
        "userinfo": {"email_verified": {"essential": true, "value": true}}});
    let ask = rp
        .ask("openid email")
        .pkce()
        .with("claims", wish.to_string());
    let done = flow(&somebody().await, &rp, &ask).await;
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    assert_eq!(claims.get("email_verified"), Some(&json!(false)));
    assert_ne!(done.claims.get("email_verified"), Some(&json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_20_a_client_is_told_what_its_registration_releases_and_no_more() {
    let world = world().await;
    let spare = "[[service]]\nid = \"spare\"\nname = \"Économe\"\naccess = [{ profiles = [\"National_ENS\"] }]\n\
         release = { attributes = [\"given_name\"] }\n[service.oidc]\n\
         secret = \"un-secret-bien-assez-long-de-spare-0123456789\"\n[service.oidc.client]\n\
         redirect_uris = [\"https://rp.essais.example/callback\"]\n\
         scope = \"openid profile email phone address ent\"\n";
    world.hub.apply("spare.toml", spare);
    let rp = Rp::known("spare").await;
    let person = somebody().await;
    let ask = rp.ask("openid profile email phone address ent").pkce();
    // The registry is read anew in its own time.
    let limit = std::time::Duration::from_secs(30);
    clau_tests::support::process::eventually("the client is known", limit, async || {
        let visit = person.copy().look(&rp.authorize_url(&ask)).await;
        crate::person::has_password(visit.page()).then_some(())
    })
    .await;
    let wish = json!({"userinfo": {"email": {"essential": true}, "birthdate": null, "ent_ine": null},
        "id_token": {"email": {"essential": true}, "family_name": null}});
    let ask = ask.with("claims", wish.to_string());
    let done = flow(&person, &rp, &ask).await;
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    assert_eq!(names, ["given_name", "sub"]);
    checks::assert_says_no_more(&done.claims);
    // Whom the registration does not name is not let in, and the client learns that only.
    let pupil = world.pupil();
    let ask = rp.ask("openid").pkce();
    let visit = pupil.open(&rp.authorize_url(&ask)).await;
    match &visit.end {
        crate::person::End::Page(page) => assert!(page.status.is_client_error(), "{}", page.status),
        crate::person::End::Back(_) => {
            checks::refused(&visit, &rp, &ask, &["access_denied"]);
        }
    }
}
