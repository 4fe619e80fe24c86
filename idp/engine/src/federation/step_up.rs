//! How strong a login must be: by the service's registration, and by what its request asks for where some source
//! can give that. Never says what a session is worth: [`clau_domain::session::Method`] does.

use clau_domain::login::Resume;
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;

use crate::error::Error;
use crate::login::BEST;
use crate::oidc::answer::read_request;
use crate::saml::sso::Pending;
use crate::{Cx, Hub};

impl Hub {
    /// The strongest login that somebody could have here: by the hub itself, or by a source.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn best_assurance(&self, now: Timestamp) -> Result<Assurance, Error> {
        let catalogue = self.catalogue(now).await?;
        let levels = catalogue.sources().in_use();
        let levels = levels.flat_map(|source| source.connector().levels.values().copied());
        Ok(levels.max().map_or(BEST, |best| best.max(BEST)))
    }

    /// The least strength that does for what a login leads to; none where whatever the person has will do.
    pub(crate) async fn needed_for(
        &self,
        cx: &Cx<'_>,
        resume: &Resume,
    ) -> Result<Option<Assurance>, Error> {
        let Some(service) = resume.service() else {
            return Ok(None);
        };
        let catalogue = self.catalogue(cx.now).await?;
        let registered = catalogue.find(service);
        let registered = registered.and_then(|service| service.session.assurance);
        // What a request asks for and nobody can give is refused in the words of its protocol.
        let best = self.best_assurance(cx.now).await?;
        let asked = asked_for(resume)?.filter(|asked| *asked <= best);
        let needed = registered.max(asked);
        Ok(needed.filter(|needed| *needed > Assurance::SingleFactor))
    }
}

/// What a request asks for as a condition, not as a wish.
fn asked_for(resume: &Resume) -> Result<Option<Assurance>, Error> {
    let mut scale = Assurance::ALL.into_iter();
    match resume {
        Resume::Page(_) | Resume::Cas(_) => Ok(None),
        Resume::Oidc(request) => {
            let request = read_request(request)?;
            let wanted = request.claims.essential_acr().unwrap_or_default();
            Ok(scale.find(|assurance| wanted.contains(&assurance.context())))
        }
        Resume::Saml(request) => {
            let pending: Pending = serde_json::from_value(request.request.clone())
                .map_err(|error| Error::Defect(error.to_string()))?;
            let Some(context) = pending.context else {
                return Ok(None);
            };
            Ok(scale.find(|assurance| context.satisfied_by(*assurance).is_some()))
        }
    }
}
