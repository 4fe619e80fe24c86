//! Tickets in Redis. Redis is fast and may forget, roll back or return what was deleted; so what is
//! taken or ended is also written to the ledger, which decides (AVL-05).
//!
//! Keys: `t:space:digest` holds an entry, `o:space:owner` a sorted set of the digests of one owner by
//! the instant of their end. Each command touches one key, as a cluster demands. Every key expires.

use std::collections::BTreeSet;

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use redis::Cmd;

use super::ledger::Ledger;
use super::{Life, MOST_OWNED, SKEW};
use crate::engine::Database;
use crate::error::StorageError;
use crate::redis_server::{Link, Script};

/// Replaces an entry that is alive, keeps its owner, gives the owner; false if there is none.
/// Arguments: now, new end, new value, milliseconds to live.
const REPLACE: &str = r"
local old = redis.call('GET', KEYS[1])
if not old then return false end
local ends, owner = string.match(old, '^(%d+) ([^\n]*)\n')
if not ends or tonumber(ends) <= tonumber(ARGV[1]) then return false end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. owner .. '\n' .. ARGV[3], 'PX', ARGV[4])
return owner
";

/// Writes a member of an owner's set, drops those that are over, and lets the set live as long as the
/// member that lasts longest. Arguments: now, end of the member, the member.
const LIST: &str = r"
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(last[2]) - tonumber(ARGV[1])))
return 1
";

pub(super) struct RedisTickets {
    link: Link,
    ledger: Ledger,
    replace: Script,
    list: Script,
}

impl RedisTickets {
    pub(super) fn new(link: Link, ledger: Database) -> Self {
        Self {
            link,
            ledger: Ledger::new(ledger),
            replace: Script::new(REPLACE),
            list: Script::new(LIST),
        }
    }

    pub(super) async fn put(
        &self,
        space: &str,
        digest: &Digest,
        value: Vec<u8>,
        life: Life<'_>,
    ) -> Result<(), StorageError> {
        let Some(millis) = millis_left(life.expires_at, life.now) else {
            return Ok(());
        };
        let owner = life.owner.map(encode_owner).unwrap_or_default();
        if !owner.is_empty() {
            // Before the entry: one that is in no list would outlive "sign out everywhere".
            self.list(space, &owner, digest, life.expires_at, life.now)
                .await?;
        }
        let mut entry = format!("{} {owner}\n", life.expires_at.as_millis()).into_bytes();
        entry.extend(value);
        let mut set = redis::cmd("SET");
        set.arg(self.entry(space, digest))
            .arg(entry)
            .arg("PX")
            .arg(millis);
        self.link.query(&set).await
    }

    pub(super) async fn get(
        &self,
        space: &'static str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let entry = self.link.query(&self.command("GET", space, digest)).await?;
        match alive(entry, now)? {
            Some(entry) if !self.ledger.is_over(space, digest, now).await? => Ok(Some(entry.value)),
            _ => Ok(None),
        }
    }

    pub(super) async fn take(
        &self,
        space: &'static str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let entry = self
            .link
            .query(&self.command("GETDEL", space, digest))
            .await?;
        let Some(entry) = alive(entry, now)? else {
            return Ok(None);
        };
        // Redis gave it; the ledger says whether for the first time.
        let until = entry.expires_at + SKEW;
        let (first, ()) = tokio::join!(
            self.ledger.spend(space, digest, until, now),
            self.unlist(space, &entry.owner, digest),
        );
        Ok(first?.then_some(entry.value))
    }

    pub(super) async fn replace(
        &self,
        space: &'static str,
        digest: &Digest,
        value: Vec<u8>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let Some(millis) = millis_left(expires_at, now) else {
            return self.remove(space, digest).await;
        };
        if self.ledger.is_over(space, digest, now).await? {
            return Ok(false);
        }
        let [now_text, end, millis] =
            [now.as_millis(), expires_at.as_millis(), millis].map(|number| number.to_string());
        let arguments = [
            now_text.as_bytes(),
            end.as_bytes(),
            &value,
            millis.as_bytes(),
        ];
        let key = self.entry(space, digest);
        let owner: Option<String> = self.link.eval(&self.replace, &key, &arguments).await?;
        match owner {
            None => return Ok(false),
            Some(owner) if owner.is_empty() => {}
            Some(owner) => self.list(space, &owner, digest, expires_at, now).await?,
        }
        Ok(true)
    }

    pub(super) async fn remove(&self, space: &str, digest: &Digest) -> Result<bool, StorageError> {
        let entry: Option<Vec<u8>> = self
            .link
            .query(&self.command("GETDEL", space, digest))
            .await?;
        let Some(entry) = entry else {
            return Ok(false);
        };
        self.unlist(space, &Entry::parse(entry)?.owner, digest)
            .await;
        Ok(true)
    }

    pub(super) async fn owned(
        &self,
        space: &'static str,
        owner: &str,
        now: Timestamp,
    ) -> Result<Vec<(Digest, Vec<u8>)>, StorageError> {
        let owner = encode_owner(owner);
        let key = self.owner(space, &owner);
        let mut found = Vec::new();
        let mut members = redis::cmd("ZREVRANGEBYSCORE");
        members
            .arg(key)
            .arg("+inf")
            .arg(format!("({}", now.as_millis()));
        members.arg("LIMIT").arg(0).arg(MOST_OWNED);
        let members: Vec<String> = self.link.query(&members).await?;
        for digest in members
            .into_iter()
            .filter_map(|member| Digest::try_from(member).ok())
        {
            // One without an entry stays on the list: it may be about to be written.
            if let Some(value) = self.get(space, &digest, now).await? {
                found.push((digest, value));
            }
        }
        Ok(found)
    }

    pub(super) async fn end(
        &self,
        space: &'static str,
        digests: &[Digest],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let digests: BTreeSet<Digest> = digests.iter().copied().collect();
        self.ledger.end(space, &digests, until + SKEW, now).await?;
        for digest in &digests {
            // The ledger has decided; that Redis forgets as well only saves its memory.
            if let Err(error) = self.remove(space, digest).await {
                tracing::warn!(space, %error, "ended while Redis is away");
                break;
            }
        }
        Ok(())
    }

    /// In the ledger alone: Redis may forget (AVL-05), and is not asked.
    pub(super) async fn first_use(
        &self,
        space: &'static str,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.ledger.first_use(space, digest, until, now).await
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        self.ledger.sweep(now).await
    }

    pub(super) async fn ping(&self) -> Result<(), StorageError> {
        self.link.ping().await?;
        self.ledger.ping().await
    }

    async fn list(
        &self,
        space: &str,
        owner: &str,
        digest: &Digest,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let [now, end] = [now, expires_at].map(|instant| instant.as_millis().to_string());
        let digest = digest.to_string();
        let arguments = [now.as_bytes(), end.as_bytes(), digest.as_bytes()];
        self.link
            .eval::<i64>(&self.list, &self.owner(space, owner), &arguments)
            .await
            .map(drop)
    }

    /// Takes an entry off its owner's list. A list that names too much is harmless: its reader looks
    /// at each entry.
    async fn unlist(&self, space: &str, owner: &str, digest: &Digest) {
        if owner.is_empty() {
            return;
        }
        let mut remove = redis::cmd("ZREM");
        remove.arg(self.owner(space, owner)).arg(digest.to_string());
        if let Err(error) = self.link.query::<i64>(&remove).await {
            tracing::debug!(space, %error, "left on its owner's list");
        }
    }

    fn command(&self, verb: &str, space: &str, digest: &Digest) -> Cmd {
        let mut command = redis::cmd(verb);
        command.arg(self.entry(space, digest));
        command
    }

    fn entry(&self, space: &str, digest: &Digest) -> String {
        self.link.key("t", &format!("{space}:{digest}"))
    }

    fn owner(&self, space: &str, owner: &str) -> String {
        self.link.key("o", &format!("{space}:{owner}"))
    }
}

/// An entry as it is stored: `end owner\nvalue`.
struct Entry {
    expires_at: Timestamp,
    /// Encoded; empty for none.
    owner: String,
    value: Vec<u8>,
}

impl Entry {
    fn parse(bytes: Vec<u8>) -> Result<Self, StorageError> {
        let corrupt = || StorageError::corrupt("ticket", "no entry of ours");
        let line = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(corrupt)?;
        let (head, value) = bytes.split_at_checked(line).ok_or_else(corrupt)?;
        let head = std::str::from_utf8(head).map_err(|_| corrupt())?;
        let (end, owner) = head.split_once(' ').ok_or_else(corrupt)?;
        Ok(Self {
            expires_at: Timestamp::from_millis(end.parse().map_err(|_| corrupt())?),
            owner: owner.to_owned(),
            value: value.get(1..).ok_or_else(corrupt)?.to_vec(),
        })
    }
}

/// An entry of Redis that has not expired by the hub's clock. Redis' own expiry cleans up; a restored
/// backup may hold what is over.
fn alive(bytes: Option<Vec<u8>>, now: Timestamp) -> Result<Option<Entry>, StorageError> {
    let entry = bytes.map(Entry::parse).transpose()?;
    Ok(entry.filter(|entry| entry.expires_at > now))
}

/// An owner as it stands in an entry's first line and in keys: without spaces or line ends, and never
/// empty.
fn encode_owner(owner: &str) -> String {
    let mut encoded = String::from("=");
    for character in owner.chars() {
        if character.is_ascii_alphanumeric() || "-_.:".contains(character) {
            encoded.push(character);
        } else {
            encoded.extend(character.escape_unicode());
        }
    }
    encoded
}

/// Milliseconds until `end`; `None` when it has come.
fn millis_left(end: Timestamp, now: Timestamp) -> Option<i64> {
    let left = end.as_millis().saturating_sub(now.as_millis());
    (left > 0).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_keep_to_one_line_and_stay_apart() {
        assert_eq!(encode_owner("0310001a-x"), "=0310001a-x");
        assert_eq!(encode_owner(""), "=");
        assert_ne!(encode_owner("a b"), encode_owner("a\nb"));
        assert!(!encode_owner("a\n b\u{e9}\\").contains([' ', '\n']));
    }

    #[test]
    fn avl_08_foreign_bytes_under_our_keys_are_an_error_and_no_panic() {
        for bytes in ["", "\n", "12\n", "x y\nz", "12 o", "\u{fffd} \n"] {
            assert!(Entry::parse(bytes.as_bytes().to_vec()).is_err() || bytes.contains("12 "));
        }
        let entry = Entry::parse(b"12 =o\n{}\n".to_vec()).expect("good");
        assert_eq!(
            (entry.owner.as_str(), entry.value.as_slice()),
            ("=o", b"{}\n".as_slice())
        );
    }
}
