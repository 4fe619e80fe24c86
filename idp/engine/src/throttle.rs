//! How fast somebody may guess. By account with a lock that ends by itself, apart for devices that
//! are known, and by address only as a ratio of failures over many accounts: a school behind one
//! address is never shut out (PWD-03, PWD-04). Counts before anything is hashed (PWD-07).
//!
//! Every path on which a password or a code is checked goes through [`Hub::admit`] (PWD-08).

use std::net::IpAddr;
use std::time::Duration;

use clau_domain::secret::Digest;
use clau_storage::StorageError;

use crate::error::Error;
use crate::{Cx, Hub};

/// How long failures count.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The window in which an address is watched.
const WATCH: Duration = Duration::from_secs(600);
/// Accounts that must have failed from one address before it is looked at, outside and inside a
/// declared school network.
const FAILING_ACCOUNTS: u64 = 30;
const FAILING_ACCOUNTS_SCHOOL: u64 = 150;
/// Time between two attempts of an address that is guessing.
const PACE: Duration = Duration::from_secs(2);
/// Accounts on which one password may fail in a day before it counts as spraying (PWD-05).
const SPRAYED_ACCOUNTS: u64 = 25;

/// An attempt that may go on to the hash, and what to write down of its outcome.
#[derive(Debug)]
pub(crate) struct Admitted {
    account: String,
    bucket: String,
    address: String,
    password: String,
    school: bool,
}

/// Whether an attempt may go on.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It may.
    Go(Admitted),
    /// It must wait.
    Wait(Duration),
}

/// What an attempt is about.
pub(crate) struct Attempt<'a> {
    /// The login as typed, normalised where it can be.
    pub(crate) login: &'a str,
    /// The password as typed.
    pub(crate) password: &'a str,
    /// A device on which this account has signed in before.
    pub(crate) device: Option<Digest>,
}

/// How long the next guess waits after `failures` in a day: a child who mistypes notices nothing, a
/// machine gets some eighty guesses in the first hour and a guess a minute from then on.
fn wait_after(failures: u64) -> Duration {
    Duration::from_secs(match failures {
        0..=3 => 0,
        4..=6 => 1,
        7 => 3,
        8 => 5,
        9..=14 => 10,
        15..=29 => 30,
        _ => 60,
    })
}

impl Hub {
    /// Counts an attempt and says whether it may go on. When the shared counters are down, a
    /// stricter count of this node's own takes over: less room, never none (PWD-07).
    pub(crate) async fn admit(
        &self,
        cx: &Cx<'_>,
        attempt: &Attempt<'_>,
    ) -> Result<Admission, Error> {
        let account = self.keys().alias("login", attempt.login);
        let address = self.keys().alias("address", &network(cx.client.address));
        // A known device has a bucket of its own: nobody else's failures hold its owner up.
        let bucket = match attempt.device {
            Some(device) => format!("{account}:{}", device.short()),
            None => account.clone(),
        };
        let admitted = Admitted {
            account,
            bucket,
            address,
            password: self.keys().alias(
                "password",
                &format!("{}:{}", self.today(cx.now), attempt.password),
            ),
            school: self.is_school(cx.client.address),
        };
        let counted = self.count(cx, &admitted, attempt.device.is_some()).await;
        let wait = match counted {
            Ok(wait) => wait,
            Err(StorageError::Unavailable(why)) => {
                tracing::warn!(reason = %why, "shared counters are down; this node counts alone");
                self.count_alone(cx, &admitted)
            }
            Err(error) => return Err(error.into()),
        };
        match wait {
            Some(wait) => {
                metrics::counter!("clau_logins_throttled_total").increment(1);
                Ok(Admission::Wait(wait))
            }
            None => Ok(Admission::Go(admitted)),
        }
    }

    async fn count(
        &self,
        cx: &Cx<'_>,
        admitted: &Admitted,
        known: bool,
    ) -> Result<Option<Duration>, StorageError> {
        let counters = &self.inner.counters;
        let hold = format!("hold:{}", admitted.bucket);
        if counters.peek(&hold, cx.now).await? > 0 {
            let failures = counters
                .peek(&format!("fail:{}", admitted.bucket), cx.now)
                .await?;
            return Ok(Some(wait_after(failures).max(Duration::from_secs(1))));
        }
        // The sender first: what is turned away for where it comes from is no guess at the account, and
        // leaves no trace of a login that somebody made up.
        if !known && let Some(wait) = self.pace(cx, admitted).await? {
            return Ok(Some(wait));
        }
        let failures = counters
            .hit(&format!("fail:{}", admitted.bucket), DAY, cx.now)
            .await?;
        let wait = wait_after(failures);
        if !wait.is_zero() && counters.hit(&hold, wait, cx.now).await? > 1 {
            // Another attempt on this account came in between.
            return Ok(Some(wait));
        }
        Ok(None)
    }

    /// How long a sender waits from whom most attempts on many accounts fail.
    async fn pace(
        &self,
        cx: &Cx<'_>,
        admitted: &Admitted,
    ) -> Result<Option<Duration>, StorageError> {
        let counters = &self.inner.counters;
        let tries = format!("tries:{}", admitted.address);
        let attempts = counters.peek(&tries, cx.now).await? + 1;
        let misses = counters
            .peek(&format!("misses:{}", admitted.address), cx.now)
            .await?;
        let failing = counters
            .peek_distinct(&format!("failing:{}", admitted.address), cx.now)
            .await?;
        let limit = if admitted.school {
            FAILING_ACCOUNTS_SCHOOL
        } else {
            FAILING_ACCOUNTS
        };
        // Three in a hundred mistype; an address where most fail, on many accounts, is guessing.
        if failing >= limit && misses * 2 > attempts {
            let pace = format!("pace:{}", admitted.address);
            if counters.hit(&pace, PACE, cx.now).await? > 1 {
                // Not counted: else turned-away attempts would make the failures look few.
                return Ok(Some(PACE));
            }
        }
        counters.hit(&tries, WATCH, cx.now).await?;
        Ok(None)
    }

    fn count_alone(&self, cx: &Cx<'_>, admitted: &Admitted) -> Option<Duration> {
        let counters = &self.inner.local_counters;
        let failures = counters.hit(&admitted.account, DAY, cx.now);
        let wait = wait_after(failures * 2);
        let held = !wait.is_zero()
            && counters.hit(&format!("hold:{}", admitted.account), wait, cx.now) > 1;
        held.then_some(wait)
    }

    /// Writes down that an attempt was right: its bucket starts anew.
    pub(crate) async fn succeeded(&self, admitted: &Admitted) {
        for name in ["fail", "hold"] {
            let name = format!("{name}:{}", admitted.bucket);
            if let Err(error) = self.inner.counters.reset(&name).await {
                tracing::warn!(%error, "a counter could not be reset");
            }
        }
        self.inner.local_counters.reset(&admitted.account);
    }

    /// Writes down that an attempt was wrong, and tells the log of guessing on a larger scale.
    pub(crate) async fn failed(&self, cx: &Cx<'_>, admitted: &Admitted) {
        if let Err(error) = self.note_failure(cx, admitted).await {
            tracing::warn!(%error, "a failure could not be counted");
        }
    }

    async fn note_failure(&self, cx: &Cx<'_>, admitted: &Admitted) -> Result<(), StorageError> {
        let counters = &self.inner.counters;
        counters
            .hit(&format!("misses:{}", admitted.address), WATCH, cx.now)
            .await?;
        let failing = format!("failing:{}", admitted.address);
        counters
            .distinct(&failing, &admitted.account, WATCH, cx.now)
            .await?;
        let sprayed = format!("spray:{}", admitted.password);
        let accounts = counters
            .distinct(&sprayed, &admitted.account, DAY, cx.now)
            .await?;
        if accounts == SPRAYED_ACCOUNTS {
            metrics::counter!("clau_password_sprays_total").increment(1);
            tracing::warn!(
                event = "login.spray",
                address = %admitted.address,
                accounts,
                "one password fails on many accounts"
            );
        }
        Ok(())
    }

    /// Whether an address belongs to a declared school network.
    pub(crate) fn is_school(&self, address: IpAddr) -> bool {
        self.settings()
            .school_networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// What counts as one sender: an IPv4 address, or the /64 in which an IPv6 host picks its own.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_03_the_wait_grows_and_has_an_end() {
        let waits: Vec<u64> = (0..200).map(|n| wait_after(n).as_secs()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!((waits[3], waits[4], waits[199]), (0, 1, 60));
    }

    #[test]
    fn one_host_cannot_be_a_thousand_senders() {
        let a: IpAddr = "2001:db8::1".parse().expect("address");
        let b: IpAddr = "2001:db8::ffff:1".parse().expect("address");
        assert_eq!(network(a), network(b));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("address");
        assert_eq!(network(mapped), "192.0.2.1");
    }
}
