//! How a driver is asked: with a limit to how long it may take, to how many wait for one source at a time, and
//! not at all while the source rests because it has not answered (AVL-03): a slow or dead source costs the others
//! nothing. Never looks into what is asked.

use std::sync::Arc;
use std::time::Duration;

use clau_connectors::contract::{Answer, Call, Driver, Fault, Http, Keys, Request, Response};
use tokio::sync::OwnedSemaphorePermit;

use super::sources::Source;
use crate::outbound::{CallError, Outbound, Outgoing};
use crate::{Cx, Hub};

/// How long a source may take for one step of a login, with all its calls.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long somebody waits for a place among those who wait for the same source.
const QUEUE: Duration = Duration::from_secs(2);

/// A place among those who may ask a source something at this moment.
pub(super) struct Room<'a> {
    hub: &'a Hub,
    cx: &'a Cx<'a>,
    source: &'a Source,
    driver: &'a dyn Driver,
    keys: Keys,
    _place: OwnedSemaphorePermit,
}

impl Hub {
    /// A place to ask a source.
    ///
    /// # Errors
    /// [`Fault::NoAnswer`] where it rests because it has not answered before, or too many wait for it already;
    /// [`Fault::Unusable`] where its registration cannot work.
    pub(super) async fn room<'a>(
        &'a self,
        cx: &'a Cx<'a>,
        source: &'a Source,
    ) -> Result<Room<'a>, Fault> {
        let rests = self.inner.breakers.rest(&breaker_of(source), cx.now);
        if rests.is_some() {
            return Err(Fault::NoAnswer("it has not answered before".to_owned()));
        }
        self.room_anyway(cx, source).await
    }

    /// The same whether or not it rests: for looking whether it is back.
    pub(super) async fn room_anyway<'a>(
        &'a self,
        cx: &'a Cx<'a>,
        source: &'a Source,
    ) -> Result<Room<'a>, Fault> {
        let Some(driver) = source.driver() else {
            return Err(Fault::Unusable("its registration cannot work".to_owned()));
        };
        let permits = Arc::clone(&source.permits);
        let place = tokio::time::timeout(QUEUE, permits.acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Fault::NoAnswer("too many wait for it already".to_owned()));
        };
        let keys = self.upstream_keys(cx.now).await;
        Ok(Room {
            hub: self,
            cx,
            source,
            driver,
            keys: keys.map_err(|error| Fault::Unusable(error.to_string()))?,
            _place: place,
        })
    }
}

impl Room<'_> {
    /// Whom to ask.
    pub(super) fn driver(&self) -> &dyn Driver {
        self.driver
    }

    /// What it may use.
    pub(super) fn call(&self) -> Call<'_> {
        Call {
            now: self.cx.now,
            random: self.cx.random,
            http: &self.hub.inner.outbound,
            keys: &self.keys,
        }
    }

    /// Waits for its answer, for a while, and notes how it went.
    pub(super) async fn wait<T>(&self, answer: Answer<'_, T>) -> Result<T, Fault> {
        let answer = match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::NoAnswer(format!(
                "no answer within {} s",
                PATIENCE.as_secs()
            ))),
        };
        let partner = breaker_of(self.source);
        match &answer {
            Err(Fault::NoAnswer(_)) => self.hub.inner.breakers.unanswered(&partner, self.cx.now),
            _ => self.hub.inner.breakers.answered(&partner),
        }
        self.hub.note_health(self.cx, self.source, &answer);
        answer
    }
}

/// Under what name a source rests: no service has a name like it.
fn breaker_of(source: &Source) -> String {
    format!("connector:{}", source.id())
}

impl Http for Outbound {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        Box::pin(async move {
            let outgoing = Outgoing {
                url: request.url,
                headers: request.headers,
                form: request.form,
                longest: request.longest,
            };
            match self.send_any(outgoing).await {
                Ok((status, content_type, body)) => Ok(Response {
                    status,
                    content_type,
                    body,
                }),
                Err(error @ CallError::TooLong(_)) => Err(Fault::Untrusted(error.to_string())),
                Err(error @ CallError::Forbidden(_)) => Err(Fault::Unusable(error.to_string())),
                Err(error) => Err(Fault::NoAnswer(error.to_string())),
            }
        })
    }
}
