//! Answers in JSON (CAS protocol §2.5.1, `format`). Whatever the shape of a profile in XML, its
//! attributes stand under `attributes`; a name with several values holds a list.

use serde_json::{Map, Value, json};

use super::Success;
use crate::profile::{Content, Item, Spelled};
use crate::xml::legal;

pub(super) fn success(success: &Success<'_>, spelled: Spelled, p3: bool) -> Value {
    let mut outcome = Map::new();
    outcome.insert("user".to_owned(), text(&spelled.user));
    let mut attributes = object(&spelled.items);
    if p3 {
        for (name, value) in success.authentication.standard() {
            attributes.entry(name).or_insert(Value::String(value));
        }
    }
    if !attributes.is_empty() {
        outcome.insert("attributes".to_owned(), Value::Object(attributes));
    }
    if let Some(iou) = success.pgt_iou {
        outcome.insert("proxyGrantingTicket".to_owned(), text(iou.expose()));
    }
    if !success.proxies.is_empty() {
        let proxies = success.proxies.iter().map(|proxy| text(proxy)).collect();
        outcome.insert("proxies".to_owned(), Value::Array(proxies));
    }
    json!({ "serviceResponse": { "authenticationSuccess": outcome } })
}

pub(super) fn failure(outcome: &str, code: &str, description: &str) -> Value {
    json!({ "serviceResponse": { outcome: { "code": code, "description": text(description) } } })
}

pub(super) fn proxy_success(ticket: &str) -> Value {
    json!({ "serviceResponse": { "proxySuccess": { "proxyTicket": ticket } } })
}

/// The same characters as in XML.
fn text(text: &str) -> Value {
    Value::String(legal(text).into_owned())
}

fn object(items: &[Item]) -> Map<String, Value> {
    let mut object = Map::new();
    for item in items {
        let value = value(item);
        match object.get_mut(&item.name) {
            None => {
                object.insert(item.name.clone(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    object
}

/// A value, or an object where there are items inside or XML attributes; those begin with `@`.
fn value(item: &Item) -> Value {
    let mut inner = match &item.content {
        Content::Text(value) if item.marks.is_empty() => return text(value),
        Content::Text(value) if value.is_empty() => Map::new(),
        Content::Text(value) => Map::from_iter([("value".to_owned(), text(value))]),
        Content::Items(items) => object(items),
    };
    inner.extend(
        item.marks
            .iter()
            .map(|(name, value)| (format!("@{name}"), text(value))),
    );
    Value::Object(inner)
}
