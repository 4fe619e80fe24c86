//! Whose address counts: the nearest hop that is not one of our own proxies (WEB-06). What cannot be
//! read ends the search at the last hop that could; no control is ever skipped for lack of an address.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The client's address. `peer` is the other end of the connection; `trusted` are the networks of our
/// reverse proxies, whose `X-Forwarded-For` is believed entry by entry from the right.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_ours = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_ours(peer) {
        return peer;
    }
    let mut nearest = peer;
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    // Several header lines are one list (RFC 9110 §5.3), the last hop at its end.
    for line in lines.into_iter().rev() {
        let Ok(line) = line.to_str() else {
            return nearest;
        };
        for hop in line.rsplit(',') {
            let Some(hop) = read(hop) else { return nearest };
            nearest = hop;
            if !is_ours(hop) {
                return hop;
            }
        }
    }
    nearest
}

/// An address, with or without port.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    bare.parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .map(|net| net.parse().expect("a network"))
            .collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        client(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn web_06_the_nearest_hop_that_is_not_ours_counts() {
        assert_eq!(of("192.0.2.1", &[]), "192.0.2.1");
        // A stranger's header is not believed.
        assert_eq!(of("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        // What the client wrote before our proxy is not believed.
        assert_eq!(of("10.0.0.1", &["127.0.0.1, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            of("10.0.0.1", &["1.1.1.1", "198.51.100.7, 10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(of("::ffff:10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(of("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
    }

    #[test]
    fn web_06_what_cannot_be_read_falls_back_and_skips_nothing() {
        assert_eq!(of("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7, , 10.0.0.2"]), "10.0.0.2");
        assert_eq!(of("10.0.0.1", &[""]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &["198.51.100.7, évident"]), "10.0.0.1");
    }
}
