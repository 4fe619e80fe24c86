//! The pass: a card with times and a QR code, for the guardian and for the pupil, and the page that the code
//! leads to, where a driver sees whether it is good. That page is open to everybody who has the number and
//! names nobody: neither the pupil nor where they get on.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Deserialize;

use super::Transport;
use super::lines::{Line, Stop};
use super::subscriptions::{Stage, Subscription};
use crate::services::children::KnownChild;
use crate::services::dates::{self, SchoolYear};
use crate::services::page::{Frame, Trouble, page};
use crate::services::qr;
use crate::services::server::now;

/// Characters of the number between two spaces.
const GROUP: usize = 4;

/// A pass as it is shown.
pub(super) struct Card {
    /// Whose.
    pub(super) name: String,
    /// For which year.
    pub(super) year: SchoolYear,
    /// On which line.
    pub(super) line: &'static Line,
    /// From where.
    pub(super) stop: &'static Stop,
    /// The number, for people.
    pub(super) number: String,
    /// An image, ready for the page.
    pub(super) qr: String,
}

#[derive(Template)]
#[template(path = "bus_pass.html")]
struct PassPage {
    frame: Frame,
    child: KnownChild,
    card: Card,
}

#[derive(Template)]
#[template(path = "bus_check.html")]
struct CheckPage {
    frame: Frame,
    /// What was typed.
    typed: String,
    verdict: Option<Verdict>,
}

/// What a driver learns.
enum Verdict {
    /// Good today.
    Good(SchoolYear, &'static Line),
    /// There is such a number; why it is not good.
    Bad(&'static str),
    /// There is none.
    Unknown,
}

impl Transport {
    /// The pass of a subscription, for somebody who may see it.
    pub(super) fn card(&self, subscription: &Subscription, name: &str) -> Result<Card, Trouble> {
        let mut address = self.gate.arguments().address("controle");
        address
            .query_pairs_mut()
            .append_pair("titre", &subscription.pass);
        let too_long = || Trouble::Internal("the address does not fit into a picture".to_owned());
        Ok(Card {
            name: name.to_owned(),
            year: subscription.year,
            line: subscription.line,
            stop: subscription.stop,
            number: grouped(&subscription.pass),
            qr: qr::picture(address.as_str()).ok_or_else(too_long)?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Which {
    id: i64,
}

/// The guardian's view of a pass.
pub(super) async fn show(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    uri: Uri,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let (subscription, child) = service.own(&session, which.id).await?;
    if subscription.stage(now(), service.pace) != Stage::Issued {
        return Err(Trouble::BadInput(
            "Le titre n’est pas encore délivré : l’abonnement doit d’abord être accepté.",
        ));
    }
    Ok(page(&PassPage {
        frame: service.gate.frame(&session),
        card: service.card(&subscription, &child.label)?,
        child,
    }))
}

#[derive(Deserialize)]
pub(super) struct Checked {
    #[serde(default)]
    titre: String,
}

/// Whether a pass is good.
pub(super) async fn check(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    Query(checked): Query<Checked>,
) -> Result<Response, Trouble> {
    let number = clean(&checked.titre);
    let verdict = if number.is_empty() {
        None
    } else {
        let found = service.subscriptions.by_pass(&number).await?;
        Some(service.verdict(found.as_ref()))
    };
    Ok(page(&CheckPage {
        frame: service.gate.frame_of_anybody(&headers).await?,
        typed: grouped(&number),
        verdict,
    }))
}

impl Transport {
    fn verdict(&self, found: Option<&Subscription>) -> Verdict {
        let Some(found) = found else {
            return Verdict::Unknown;
        };
        let today = dates::today();
        if found.cancelled_at.is_some() {
            Verdict::Bad("L’abonnement a été résilié.")
        } else if found.stage(now(), self.pace) != Stage::Issued {
            Verdict::Bad("L’abonnement n’est pas encore accepté.")
        } else if found.year > SchoolYear::of(today) {
            Verdict::Bad("Le titre vaut pour une année scolaire qui n’a pas commencé.")
        } else if found.year < SchoolYear::of(today) {
            Verdict::Bad("Le titre vaut pour une année scolaire qui est finie.")
        } else {
            Verdict::Good(found.year, found.line)
        }
    }
}

/// A number as somebody typed it.
fn clean(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    letters
        .take(64)
        .map(|letter| match letter.to_ascii_uppercase() {
            // There is no such letter in a number.
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        })
        .collect()
}

/// `3F9A 72C1 …`, as people read it.
fn grouped(number: &str) -> String {
    let mut text = String::new();
    for (place, letter) in number.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        assert_eq!(clean(" 3f9a-72c1 o0lI "), "3F9A72C10011");
        assert_eq!(clean("é – !"), "");
        assert_eq!(clean(&"a".repeat(100)).len(), 64);
        assert_eq!(grouped("3F9A72C10"), "3F9A 72C1 0");
        assert_eq!(clean(&grouped("3F9A72C10")), "3F9A72C10");
    }
}
