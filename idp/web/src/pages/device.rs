//! The pages on which a person lets a screen without a keyboard use their account (RFC 8628 §3.3): the
//! code, the question, the end. Never compares codes and never counts attempts: that is the engine's.
//! Anybody can send a code to anybody, so each page asks for a screen that stands before the person
//! (§5.4).

use askama::Template;

use super::consent::received;
use super::{Frame, Page};
use crate::texts::Texts;

/// From this many seconds on, a wait is told in minutes.
const MINUTES_FROM: u64 = 90;

/// "Type the code that the screen shows."
#[derive(Debug, Template)]
#[template(path = "device.html")]
pub struct DevicePage {
    /// Around it.
    pub frame: Frame,
    /// What was typed before; may be empty.
    pub code: String,
    /// What went wrong.
    pub problem: Option<DeviceProblem>,
}

impl Page for DevicePage {}

/// Why somebody is still on the page of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceProblem {
    /// No screen waits with this code: one text for mistyped, too old and already used.
    Unknown,
    /// Seconds until the next attempt.
    TooMany(u64),
    /// Nothing was typed.
    Missing,
}

impl DeviceProblem {
    pub(crate) fn text(&self, t: &Texts) -> String {
        match *self {
            Self::Unknown => t.say("problem-device-unknown"),
            Self::TooMany(seconds) if seconds < MINUTES_FROM => {
                t.count("problem-login-wait", "seconds", seconds)
            }
            Self::TooMany(seconds) => {
                t.count("problem-device-wait", "minutes", seconds.div_ceil(60))
            }
            Self::Missing => t.say("problem-device-missing"),
        }
    }
}

/// "Do you see this code, now, on a screen before you?"
#[derive(Debug, Template)]
#[template(path = "device_confirm.html")]
pub struct DeviceConfirmPage {
    /// Around it.
    pub frame: Frame,
    /// The code as the screen shows it: `WDJB-MJHT`.
    pub code: String,
    /// Name of the service that the screen would open.
    pub service: String,
    /// Texts of what it would receive.
    pub attribute_keys: Vec<&'static str>,
    /// Whether its access goes on when the person is away (`offline_access`).
    pub lasting: bool,
}

impl Page for DeviceConfirmPage {}

impl DeviceConfirmPage {
    pub(crate) fn received(&self) -> Vec<&'static str> {
        received(&self.attribute_keys)
    }

    /// The code letter by letter, for voices that would read it as a word.
    pub(crate) fn spelled(&self) -> String {
        let letters: Vec<String> = self.code.chars().map(String::from).collect();
        letters.join(" ")
    }
}

/// "Look at the screen", or "nothing was opened".
#[derive(Debug, Template)]
#[template(path = "device_done.html")]
pub struct DeviceDonePage {
    /// Around it.
    pub frame: Frame,
    /// Name of the service.
    pub service: String,
    /// What the person answered.
    pub allowed: bool,
}

impl Page for DeviceDonePage {}
