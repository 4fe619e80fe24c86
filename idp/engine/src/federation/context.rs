//! For whom or where somebody acts: one child, one school, or everything. Chosen at login or on the portal, changed
//! without a new login; services that have been told of another choice are signed out, the others stay. Never
//! widens what somebody may see: a context only leaves out.

use std::collections::BTreeSet;

use clau_domain::ids::{PersonId, ServiceId, StructureId};
use clau_domain::login::{Due, Login, Next};
use clau_domain::person::{Kin, Person};
use clau_domain::policy::Attribute;
use clau_domain::secret::ParticipationKind;
use clau_domain::session::{Context, Participation};

use crate::error::Error;
use crate::login::{Cookies, Step};
use crate::session::SignedIn;
use crate::{Cx, Hub};

/// One of the things that somebody may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextView {
    /// What is chosen.
    pub context: Context,
    /// First name and family name of the child; empty for a school.
    pub child: String,
    /// The child's class; empty where it is not known.
    pub class: String,
    /// The school, or the child's.
    pub school: String,
    /// Its ministry, as the feed labels it.
    pub ministry: String,
}

/// The page on which somebody chooses at login.
#[derive(Debug)]
pub struct ChooseContext {
    /// Goes into the form.
    pub handle: String,
    /// First name, to greet.
    pub given_name: String,
    /// What there is to choose.
    pub contexts: Vec<ContextView>,
    /// Where the form may lead (WEB-01).
    pub leads_to: Option<String>,
}

/// What became of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Services that were signed out, by name.
    pub closed: Vec<String>,
    /// Services that can only be told by a browser: the person closes them themselves.
    pub by_hand: Vec<String>,
}

/// What somebody may choose; nothing where there is nothing to choose.
pub fn contexts(person: &Person, children: &[Kin]) -> Vec<ContextView> {
    let mut all: Vec<ContextView> = Vec::new();
    if children.len() > 1 {
        for child in children {
            for affiliation in child.affiliations.iter().take(1) {
                all.push(ContextView {
                    context: Context::Child(child.id),
                    child: child.names.display(),
                    class: affiliation
                        .detail
                        .classes
                        .first()
                        .cloned()
                        .unwrap_or_default(),
                    school: affiliation.structure.name.clone(),
                    ministry: affiliation.structure.ministry.clone(),
                });
            }
        }
    }
    let mut schools: Vec<StructureId> = Vec::new();
    for affiliation in &person.affiliations {
        if !schools.contains(&affiliation.structure.id) {
            schools.push(affiliation.structure.id);
            all.push(ContextView {
                context: Context::School(affiliation.structure.id),
                child: String::new(),
                class: String::new(),
                school: affiliation.structure.name.clone(),
                ministry: affiliation.structure.ministry.clone(),
            });
        }
    }
    // One school and no two children: there is nothing to choose. The schools of children are chosen by child.
    if schools.len() < 2 || !person.is_staff() {
        all.retain(|view| matches!(view.context, Context::Child(_)));
    }
    all
}

/// Whether the choice is worth a page at login: children in several schools.
pub(super) fn is_worth_asking(person: &Person) -> bool {
    let schools: BTreeSet<StructureId> = person
        .children
        .iter()
        .flat_map(|child| &child.affiliations)
        .map(|affiliation| affiliation.structure.id)
        .collect();
    schools.len() > 1
}

impl Hub {
    /// The page on which somebody chooses at login.
    pub(crate) async fn choose_context_page(
        &self,
        cx: &Cx<'_>,
        login: &Login,
        person: &Person,
    ) -> Result<Step, Error> {
        Ok(Step::ChooseContext(ChooseContext {
            handle: self.store_login(cx, login).await?,
            given_name: person.names.given.clone(),
            contexts: contexts(person, &person.children),
            leads_to: crate::login::leads_to(&login.resume),
        }))
    }

    /// Chooses at login, and goes on with it. What is not theirs to choose chooses everything.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn choose_context_at_login(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
        context: Context,
    ) -> Result<Step, Error> {
        let page = Next::ChooseContext;
        let (mut login, person) = match self.take_login_at(cx, cookies, handle, page).await? {
            Ok(taken) => taken,
            Err(step) => return Ok(step),
        };
        let offered = contexts(&person, &person.children);
        let theirs = offered.iter().any(|view| view.context == context);
        login.context = if theirs { context } else { Context::Everything };
        login.due.retain(|due| *due != Due::Context);
        self.proceed(cx, cookies, login, &person).await
    }

    /// Goes on from the page that tells of a new link.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn saw_link(
        &self,
        cx: &Cx<'_>,
        cookies: Cookies<'_>,
        handle: &str,
    ) -> Result<Step, Error> {
        let page = Next::ShowLink;
        let (mut login, person) = match self.take_login_at(cx, cookies, handle, page).await? {
            Ok(taken) => taken,
            Err(step) => return Ok(step),
        };
        login.due.retain(|due| *due != Due::Linked);
        self.proceed(cx, cookies, login, &person).await
    }

    /// Chooses within a session. None where the choice is not theirs.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn choose_context(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        context: Context,
    ) -> Result<Option<Changed>, Error> {
        let whole = signed_in.whole.clone();
        let offered = contexts(&whole, &signed_in.children);
        let theirs =
            context == Context::Everything || offered.iter().any(|view| view.context == context);
        if !theirs {
            return Ok(None);
        }
        let former = whole.clone().acting(signed_in.session.context);
        let chosen = whole.acting(context);
        let told = self
            .told_otherwise(cx, signed_in, (&former, &chosen))
            .await?;
        // First the choice, then the notices: a service that asks in between learns the new one.
        let mut session = signed_in.session.clone();
        session.context = context;
        self.update_session(cx, signed_in, &session).await?;
        let catalogue = self.catalogue(cx.now).await?;
        let name = |id: &ServiceId| {
            catalogue
                .find(id)
                .map_or_else(|| id.to_string(), |service| service.name.clone())
        };
        let (closed, by_hand) = self.end_parts_in(cx, signed_in, &told).await?;
        Ok(Some(Changed {
            closed: closed.iter().map(name).collect(),
            by_hand: by_hand.iter().map(name).collect(),
        }))
    }

    /// The services of a session that have learned something which is no longer so, or are no longer open.
    async fn told_otherwise(
        &self,
        cx: &Cx<'_>,
        signed_in: &SignedIn,
        (former, chosen): (&Person, &Person),
    ) -> Result<BTreeSet<ServiceId>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let parts = self
            .tickets()
            .owned::<ParticipationKind, Participation>(&signed_in.digest.to_string(), cx.now)
            .await?;
        let mut told = BTreeSet::new();
        for (_, part) in parts {
            let Some(service) = catalogue.find(&part.service) else {
                continue;
            };
            let Ok(grant) = self.grant(cx, chosen, service) else {
                told.insert(part.service);
                continue;
            };
            let narrowed = grant
                .released()
                .attributes()
                .iter()
                .any(|attribute| depends_on_context(*attribute));
            let differs =
                former.affiliations != chosen.affiliations || former.children != chosen.children;
            if narrowed && differs {
                told.insert(part.service);
            }
        }
        Ok(told)
    }
}

/// Whether an attribute is another one for another child or school.
const fn depends_on_context(attribute: Attribute) -> bool {
    !matches!(
        attribute,
        Attribute::PairwiseId
            | Attribute::Uid
            | Attribute::Login
            | Attribute::GivenName
            | Attribute::FamilyName
            | Attribute::BirthDate
            | Attribute::Mail
    )
}

/// A context as a form writes it: `everything`, `child:…`, `school:…`.
pub fn written(context: Context) -> String {
    match context {
        Context::Everything => "everything".to_owned(),
        Context::Child(child) => format!("child:{child}"),
        Context::School(school) => format!("school:{school}"),
    }
}

/// The context that a form has written.
pub fn read(text: &str) -> Option<Context> {
    match text.split_once(':') {
        None if text == "everything" => Some(Context::Everything),
        Some(("child", id)) => id.parse::<PersonId>().ok().map(Context::Child),
        Some(("school", id)) => id.parse::<StructureId>().ok().map(Context::School),
        _ => None,
    }
}
