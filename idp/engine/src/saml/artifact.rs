//! Answers that are fetched (SAML Bindings §3.6): kept for a minute, for one service, given once. Whoever
//! fetches one proves by a signature that it is for them (SAML-15).

use std::time::Duration;

use clau_domain::secret::{Digest, Kind, SamlArtifactKind};
use clau_domain::url::WebUrl;
use clau_saml::binding::{Artifact, Received, envelope};
use clau_saml::error::Problem;
use clau_saml::message::{
    ArtifactResolve, ArtifactResponse, Header, Kind as MessageKind, Status, mint_id,
};
use clau_storage::tickets::Life;
use serde::{Deserialize, Serialize};

use super::sso::Pending;
use super::{Refused, defect};
use crate::error::Error;
use crate::{Cx, Hub};

/// How long an answer waits to be fetched.
const LIFE: Duration = Duration::from_secs(60);
/// The index of the one resolution service.
const ENDPOINT: u16 = 0;

#[derive(Serialize, Deserialize)]
struct Kept {
    entity_id: String,
    message: String,
}

impl Hub {
    /// Keeps an answer and gives the address with its artifact.
    pub(super) async fn keep_for_artifact(
        &self,
        cx: &Cx<'_>,
        pending: &Pending,
        message: String,
    ) -> Result<String, Error> {
        let artifact = Artifact::mint(&self.saml_entity_id(), ENDPOINT, cx.random);
        let kept = Kept {
            entity_id: pending.entity_id.clone(),
            message,
        };
        let life = Life {
            owner: None,
            expires_at: cx.now + LIFE,
            now: cx.now,
        };
        self.tickets()
            .put::<SamlArtifactKind>(&digest_of(&artifact), &kept, life)
            .await?;
        let acs = WebUrl::parse(&pending.acs).map_err(defect)?;
        let mut address = acs.with_query_pair("SAMLart", &artifact.text());
        if let Some(state) = &pending.relay_state {
            address = address.with_query_pair("RelayState", state);
        }
        Ok(address.as_str().to_owned())
    }

    /// The artifact resolution service: the envelope of the answer.
    ///
    /// # Errors
    /// [`Refused`], for a fault: whoever asks has not shown who they are.
    pub async fn saml_resolve(&self, cx: &Cx<'_>, received: &Received) -> Result<String, Refused> {
        let opened = received.open()?;
        if opened.kind() != MessageKind::ArtifactResolve {
            return Err(Problem::Message("it fetches nothing").into());
        }
        let partner = self.saml_partner(cx, &opened.claimed_issuer()?).await?;
        let authentic = opened.authenticate(&partner.provider.keys.signing)?;
        let request = ArtifactResolve::read(&authentic)?;
        let here = self.saml_endpoint("artifact");
        // A program's envelope need not say where it goes (SAML Bindings §3.2).
        let addressed = request.header.destination.is_some();
        request.header.check(&here, addressed, cx.now)?;
        let message = self
            .fetch_kept(cx, &request.artifact, &partner.provider.entity_id)
            .await?;
        tracing::info!(
            event = "saml.artifact",
            service = %partner.service.id,
            found = message.is_some(),
            "an answer was fetched"
        );
        let keys = self.saml_keys(cx.now).await?;
        let key = keys.signer_for(&partner.settings, cx.now)?;
        let response = ArtifactResponse {
            header: Header {
                id: mint_id(cx.random),
                instant: cx.now,
                destination: None,
                issuer: self.saml_entity_id(),
            },
            in_response_to: request.header.id,
            status: Status::success(),
            message,
        };
        Ok(envelope(&response.write(Some(key)).map_err(defect)?))
    }

    /// Takes what an artifact names, once. Another service's is spent as well: somebody has it who must not.
    async fn fetch_kept(
        &self,
        cx: &Cx<'_>,
        artifact: &str,
        entity_id: &str,
    ) -> Result<Option<String>, Error> {
        let artifact = Artifact::parse(artifact).filter(|it| it.is_of(&self.saml_entity_id()));
        let Some(artifact) = artifact else {
            return Ok(None);
        };
        let kept = self
            .tickets()
            .take::<SamlArtifactKind, Kept>(&digest_of(&artifact), cx.now)
            .await?;
        let kept = kept.filter(|kept| kept.entity_id == entity_id);
        Ok(kept.map(|kept| kept.message))
    }
}

fn digest_of(artifact: &Artifact) -> Digest {
    Digest::of(SamlArtifactKind::NAME, &artifact.handle())
}
