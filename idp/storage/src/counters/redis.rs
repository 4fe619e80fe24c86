//! Counters in Redis: `c:name` holds `hits end`, `d:name` a hash of members and, under an empty name,
//! the end of the window. The window is the hub's own, by the time it says; Redis' expiry cleans up.

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::MOST_MEMBERS;
use crate::error::StorageError;
use crate::redis_server::{Link, Script};

/// Counts one more. Arguments: now, end of a new window, its milliseconds.
const HIT: &str = r"
local old = redis.call('GET', KEYS[1])
if old then
    local hits, ends = string.match(old, '^(%d+) (%d+)$')
    if hits and tonumber(ends) > tonumber(ARGV[1]) then
        redis.call('SET', KEYS[1], (tonumber(hits) + 1) .. ' ' .. ends, 'KEEPTTL')
        return tonumber(hits) + 1
    end
end
redis.call('SET', KEYS[1], '1 ' .. ARGV[2], 'PX', ARGV[3])
return 1
";

/// Counts a member once. Arguments: now, end of a new window, its milliseconds, member, most members.
const DISTINCT: &str = r"
local ends = redis.call('HGET', KEYS[1], '')
if not ends or tonumber(ends) <= tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], '', ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
local members = redis.call('HLEN', KEYS[1]) - 1
if members < tonumber(ARGV[5]) then
    members = members + redis.call('HSETNX', KEYS[1], ARGV[4], '1')
end
return members
";

/// How many members there are. Argument: now.
const PEEK_DISTINCT: &str = r"
local ends = redis.call('HGET', KEYS[1], '')
if not ends or tonumber(ends) <= tonumber(ARGV[1]) then return 0 end
return redis.call('HLEN', KEYS[1]) - 1
";

pub(super) struct RedisCounters {
    link: Link,
    hit: Script,
    distinct: Script,
    peek_distinct: Script,
}

impl RedisCounters {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            hit: Script::new(HIT),
            distinct: Script::new(DISTINCT),
            peek_distinct: Script::new(PEEK_DISTINCT),
        }
    }

    pub(super) async fn hit(
        &self,
        name: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let [now, end, millis] = times(window, now);
        let arguments = [now.as_bytes(), end.as_bytes(), millis.as_bytes()];
        self.link
            .eval(&self.hit, &self.link.key("c", name), &arguments)
            .await
    }

    pub(super) async fn peek(&self, name: &str, now: Timestamp) -> Result<u64, StorageError> {
        let mut get = redis::cmd("GET");
        get.arg(self.link.key("c", name));
        let Some(counter) = self.link.query::<Option<String>>(&get).await? else {
            return Ok(0);
        };
        let parsed = counter
            .split_once(' ')
            .and_then(|(hits, end)| Some((hits.parse::<u64>().ok()?, end.parse::<i64>().ok()?)));
        let (hits, end) =
            parsed.ok_or_else(|| StorageError::corrupt("counter", "no counter of ours"))?;
        Ok(if Timestamp::from_millis(end) > now {
            hits
        } else {
            0
        })
    }

    pub(super) async fn reset(&self, name: &str) -> Result<(), StorageError> {
        let mut delete = redis::cmd("DEL");
        delete.arg(self.link.key("c", name));
        self.link.query::<i64>(&delete).await.map(drop)
    }

    pub(super) async fn distinct(
        &self,
        name: &str,
        member: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let [now, end, millis] = times(window, now);
        // Never the empty name, which holds the end.
        let member = format!("m{member}");
        let most = MOST_MEMBERS.to_string();
        let arguments = [
            now.as_bytes(),
            end.as_bytes(),
            millis.as_bytes(),
            member.as_bytes(),
            most.as_bytes(),
        ];
        self.link
            .eval(&self.distinct, &self.link.key("d", name), &arguments)
            .await
    }

    pub(super) async fn peek_distinct(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let now = now.as_millis().to_string();
        let key = self.link.key("d", name);
        self.link
            .eval(&self.peek_distinct, &key, &[now.as_bytes()])
            .await
    }
}

/// Now, the end of a window that begins now, and its length, as scripts take them.
fn times(window: Duration, now: Timestamp) -> [String; 3] {
    let millis = window.as_millis().clamp(1, i64::MAX as u128);
    [
        now.as_millis().to_string(),
        (now + window).as_millis().to_string(),
        millis.to_string(),
    ]
}
