//! By what services know people: it stays, whatever happens, until it is given anew.

use clau_engine::accounts::AccountError;
use clau_engine::keys::MasterKey;
use clau_engine::{Hub, Settings, Stores};
use clau_oidc::error::ErrorCode;
use clau_storage::counters::Counters;
use clau_storage::notices;
use clau_storage::tickets::Tickets;

use crate::oidc;
use crate::scene::{Browser, Scene};

const PEDAGOGIE: &str = "https://pedagogie.example/";
const ORIENTATION: &str = "https://orientation.example/";

/// By what a CAS service learns to know whoever is signed in.
async fn by_cas(scene: &Scene, browser: &Browser, service: &str) -> String {
    let ticket = scene.ticket(browser, service).await;
    let valid = scene.redeem(&ticket, service).await.expect("valid");
    valid.grant.released().pairwise().to_owned()
}

/// What the account page shows, by service.
async fn shown(scene: &Scene, browser: &Browser) -> Vec<(String, Vec<String>)> {
    let signed_in = scene.signed_in(browser).await.expect("signed in");
    let page = scene.hub.account_page(&scene.cx(), &signed_in).await;
    let mut shown: Vec<_> = page
        .expect("page")
        .visits
        .into_iter()
        .map(|visit| (visit.service, visit.known_as))
        .collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn restarts_and_renames_change_no_identifier() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "paul.durand").await;
    scene
        .hub
        .renew_identifier(&scene.cx(), "paul.durand", "pedagogie")
        .await
        .expect("renewed");
    let before = by_cas(&scene, &browser, PEDAGOGIE).await;
    let renamed = "[[person]]\nlogin = \"paul.durand\"\ngiven_name = \"Paul-Émile\"\n\
                   family_name = \"Durand-Neuf\"\n\
                   affiliation = [{ structure = \"0310001A\", profile = \"National_ENS\" }]\n";
    let applied = scene.apply(renamed).await;
    assert_eq!(applied.changed, ["person paul.durand"]);
    assert_eq!(by_cas(&scene, &browser, PEDAGOGIE).await, before);

    let stores = Stores {
        tickets: Tickets::in_database(scene.database.clone()),
        counters: Counters::in_database(scene.database.clone()),
        database: scene.database.clone(),
    };
    let key = MasterKey::parse(&"ab".repeat(32)).expect("key");
    let settings = Settings::for_base_url("https://ent.example");
    let again = Hub::new(stores, &key, settings).await.expect("hub");
    let cx = scene.cx();
    let signed_in = again.signed_in(&cx, browser.session.as_deref());
    let signed_in = signed_in.await.expect("known").expect("signed in");
    let page = again.account_page(&cx, &signed_in).await;
    let visits = page.expect("page").visits;
    assert_eq!(visits[0].known_as, [before]);
}

#[tokio::test]
async fn a_leaked_identifier_is_given_anew_at_one_service_alone() {
    let scene = Scene::new().await;
    let (mut paul, mut lea) = (Browser::default(), Browser::default());
    let session = scene.sign_in(&mut paul, "lea.martin").await.digest;
    scene.sign_in(&mut lea, "anne.martin").await;
    let former = by_cas(&scene, &paul, PEDAGOGIE).await;
    let elsewhere = by_cas(&scene, &paul, ORIENTATION).await;
    let others = by_cas(&scene, &lea, PEDAGOGIE).await;

    let cx = scene.cx();
    let renewed = scene.hub.renew_identifier(&cx, "lea.martin", "pedagogie");
    let renewed = renewed.await.expect("renewed");
    assert_eq!(renewed.sessions, 1);
    assert_eq!(renewed.services.len(), 1);
    let [now] = renewed.identifiers.as_slice() else {
        panic!("{renewed:?}")
    };
    assert_ne!(*now, former);
    // The service is told that they have left; the session goes on, and so does the other service.
    let told = notices::of_logout(&scene.database, &session)
        .await
        .expect("told");
    let told: Vec<&str> = told.iter().map(|notice| notice.service.as_str()).collect();
    assert_eq!(told, ["pedagogie"]);
    assert!(scene.signed_in(&paul).await.is_some());
    assert_eq!(by_cas(&scene, &paul, PEDAGOGIE).await, *now);
    assert_eq!(by_cas(&scene, &paul, ORIENTATION).await, elsewhere);
    assert_eq!(by_cas(&scene, &lea, PEDAGOGIE).await, others);
    let expected = [
        ("Orientation".to_owned(), vec![elsewhere]),
        ("Pédagogie".to_owned(), vec![now.clone()]),
    ];
    assert_eq!(shown(&scene, &paul).await, expected);

    let again = scene.hub.renew_identifier(&cx, "lea.martin", "pedagogie");
    let again = again.await.expect("renewed").identifiers;
    assert!(again[0] != *now && again[0] != former, "{again:?}");
    for (login, service) in [
        ("nobody", "pedagogie"),
        ("lea.martin", "nothing"),
        ("lea.martin", "É"),
    ] {
        let refused = scene.hub.renew_identifier(&cx, login, service).await;
        assert!(
            matches!(
                refused,
                Err(AccountError::NoSuchLogin(_) | AccountError::NoSuchService(_))
            ),
            "{refused:?}"
        );
    }
    assert_eq!(
        shown(&scene, &paul).await[1].1,
        again,
        "nothing was changed"
    );
}

#[tokio::test]
async fn what_an_oidc_client_holds_ends_with_the_identifier() {
    let (scene, browser) = oidc::with("paul.durand").await;
    let offline = [("scope", "openid profile offline_access")];
    let code = oidc::code(&scene, &browser, &offline).await;
    let tokens = oidc::redeem(&scene, &code).await.expect("tokens");
    let waiting = oidc::code(&scene, &browser, &[]).await;
    let subject = |tokens| oidc::claims(oidc::member(tokens, "id_token"))["sub"].clone();
    let former = subject(&tokens);
    assert_eq!(
        shown(&scene, &browser).await,
        [(
            "Bourses".to_owned(),
            vec![former.as_str().expect("text").to_owned()]
        )]
    );

    let renewed = scene
        .hub
        .renew_identifier(&scene.cx(), "paul.durand", "bourses")
        .await
        .expect("renewed");
    assert_eq!((renewed.sessions, renewed.authorizations), (1, 2));
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", oidc::member(&tokens, "refresh_token")),
    ];
    assert_eq!(
        oidc::token(&scene, &refresh).await,
        Err(ErrorCode::InvalidGrant)
    );
    let access = oidc::member(&tokens, "access_token");
    assert_eq!(
        oidc::userinfo(&scene, access).await,
        Err(ErrorCode::InvalidToken)
    );
    assert_eq!(
        oidc::redeem(&scene, &waiting).await,
        Err(ErrorCode::InvalidGrant)
    );

    let code = oidc::code(&scene, &browser, &[]).await;
    let tokens = oidc::redeem(&scene, &code).await.expect("tokens");
    let now = subject(&tokens);
    assert_ne!(now, former);
    assert_eq!(renewed.identifiers, [now.as_str().expect("text")]);
    let claims = oidc::userinfo(&scene, oidc::member(&tokens, "access_token")).await;
    assert_eq!(claims.expect("claims")["sub"], now);
}

#[tokio::test]
async fn services_of_one_sector_renew_together_and_a_public_number_never() {
    let (scene, _browser) = oidc::with("paul.durand").await;
    let client = |id: &str, more: &str| {
        format!(
            "[[service]]\nid = \"{id}\"\nname = \"{id}\"\naccess = [{{}}]\n\
             release = {{ attributes = [\"uid\"] }}\n[service.oidc]\nsecret = \"{}\"\n\
             [service.oidc.client]\nredirect_uris = [\"https://{id}.example/cb\"]\n{more}\n",
            oidc::SECRET
        )
    };
    let sector = "sector_identifier_uri = \"https://editeur.example/sector.json\"";
    let both = r#"
[service.cas]
urls = ["https://both.example/"]
[service.saml]
metadata = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://both.example/sp"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://both.example/acs" index="0"/></SPSSODescriptor></EntityDescriptor>'
"#;
    let saml = both.replace("both.example", "saml.example");
    let saml = saml.split_once("[service.saml]").expect("its part").1;
    let texts = [
        format!(
            "[[service]]\nid = \"saml\"\nname = \"SAML\"\naccess = [{{}}]\n[service.saml]{saml}"
        ),
        client("un", sector),
        client("deux", sector),
        client("both", both),
        client("public", "subject_type = \"public\""),
    ];
    scene.apply(&texts.concat()).await;
    scene.pass(std::time::Duration::from_secs(3));
    let renew = async |service: &str| {
        let cx = scene.cx();
        scene
            .hub
            .renew_identifier(&cx, "paul.durand", service)
            .await
    };
    let un = renew("un").await.expect("renewed");
    let names: Vec<&str> = un.services.iter().map(|id| id.as_str()).collect();
    assert_eq!(names, ["deux", "un"]);
    let deux = renew("deux").await.expect("renewed");
    assert_eq!((un.identifiers.len(), deux.identifiers.len()), (1, 1));
    assert_ne!(un.identifiers, deux.identifiers, "the second renewal");
    // CAS, SAML and OpenID Connect, or SAML alone: one identifier, and nobody else's.
    for service in ["both", "saml"] {
        let renewed = renew(service).await.expect("renewed");
        assert_eq!((renewed.identifiers.len(), renewed.services.len()), (1, 1));
    }
    let public = renew("public").await;
    assert!(
        matches!(public, Err(AccountError::NoPseudonym(_))),
        "{public:?}"
    );
}
