//! The parameters of every endpoint: lines of `name=value`.
#![no_main]

use clau_cas::request::{Endpoint, Format, Login, Logout, Proxy, Validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parameters: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Ok(login) = Login::parse(&parameters) {
        assert!(!(login.renew && login.gateway));
    }
    let _ = Logout::parse(&parameters);
    let _ = Validate::parse(Endpoint::P3ProxyValidate, &parameters);
    let _ = Proxy::parse(&parameters);
    let _ = Format::wanted(&parameters);
});
