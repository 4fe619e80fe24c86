//! Answers in XML (CAS protocol appendix A). The prefix is always `cas`: home-made clients look for
//! it. Order of elements is that of the schema, then that of the profile.

use super::Success;
use crate::profile::{Content, Item, Shape, Spelled};
use crate::xml::Xml;

const NAMESPACE: &str = "http://www.yale.edu/tp/cas";

pub(super) fn success(success: &Success<'_>, spelled: Spelled, p3: bool) -> String {
    let mut children = vec![Xml::text("cas:user", &spelled.user)];
    let standard = if p3 {
        standard_attributes(success, &spelled)
    } else {
        Vec::new()
    };
    let items = |prefix: &str| -> Vec<Xml> {
        spelled
            .items
            .iter()
            .map(|item| element(item, prefix))
            .collect()
    };
    let (attributes, beside) = match spelled.shape {
        Shape::Standard => ([standard, items("cas:")].concat(), Vec::new()),
        Shape::Nested => {
            let inner = Xml::parent("cas:userAttributes", items(""));
            ([standard, vec![inner]].concat(), Vec::new())
        }
        Shape::Flat => match &spelled.container {
            Some(name) => (
                standard,
                vec![Xml::parent(format!("cas:{name}"), items("cas:"))],
            ),
            None => (standard, items("cas:")),
        },
    };
    if !attributes.is_empty() {
        children.push(Xml::parent("cas:attributes", attributes));
    }
    children.extend(beside);
    if let Some(iou) = success.pgt_iou {
        children.push(Xml::text("cas:proxyGrantingTicket", iou.expose()));
    }
    if !success.proxies.is_empty() {
        let proxies = success
            .proxies
            .iter()
            .map(|proxy| Xml::text("cas:proxy", proxy))
            .collect();
        children.push(Xml::parent("cas:proxies", proxies));
    }
    response(Xml::parent("cas:authenticationSuccess", children))
}

pub(super) fn failure(element: &'static str, code: &str, text: &str) -> String {
    response(Xml::text(element, text).with("code", code))
}

pub(super) fn proxy_success(ticket: &str) -> String {
    response(Xml::parent(
        "cas:proxySuccess",
        vec![Xml::text("cas:proxyTicket", ticket)],
    ))
}

fn response(outcome: Xml) -> String {
    Xml::parent("cas:serviceResponse", vec![outcome])
        .with("xmlns:cas", NAMESPACE)
        .document()
}

/// Those that the profile does not spell itself.
fn standard_attributes(success: &Success<'_>, spelled: &Spelled) -> Vec<Xml> {
    success
        .authentication
        .standard()
        .filter(|(name, _)| !spelled.items.iter().any(|item| item.name == *name))
        .map(|(name, value)| Xml::text(format!("cas:{name}"), &value))
        .collect()
}

fn element(item: &Item, prefix: &str) -> Xml {
    let name = format!("{prefix}{}", item.name);
    let element = match &item.content {
        Content::Text(text) => Xml::text(name, text),
        Content::Items(items) => Xml::parent(
            name,
            items.iter().map(|item| element(item, prefix)).collect(),
        ),
    };
    item.marks.iter().fold(element, |element, (name, value)| {
        element.with(name.clone(), value)
    })
}
