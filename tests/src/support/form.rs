//! Reads the forms and links of an HTML page, as far as a scripted visitor needs: every hidden field
//! comes along without the test knowing its name. Not a browser: pages are proven in a real one.

use std::fmt::Write as _;

use reqwest::Url;

/// A form as the page gives it, ready to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its `id` attribute, empty without one.
    pub id: String,
    /// `get` or `post`.
    pub method: String,
    /// Where it goes, absolute.
    pub action: Url,
    /// Names and values of its fields, in order. Boxes that are not ticked are not in it.
    pub fields: Vec<(String, String)>,
    /// Names and values of its buttons that have a name, in order: only the one that is pressed is sent.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    /// Sets a field, whether the page has it or not.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// The value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// The form as it is sent by the button at this place, from 0.
    #[must_use]
    pub fn pressed(self, button: usize) -> Self {
        match self.buttons.get(button).cloned() {
            Some((name, value)) => self.with(&name, &value),
            None => self,
        }
    }

    /// Whether the page has the field.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

/// All forms of a page that was loaded from `base`.
pub fn forms(page: &str, base: &Url) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut open = false;
    // Options carry their select's name; a textarea's value is the text after it.
    let mut select = String::new();
    for (tag, rest) in tags(page) {
        match tag.name.as_str() {
            "form" => {
                open = true;
                forms.push(Form {
                    id: tag.text("id"),
                    method: match tag.text("method").to_ascii_lowercase() {
                        method if method.is_empty() => "get".to_owned(),
                        method => method,
                    },
                    action: base
                        .join(&tag.text("action"))
                        .unwrap_or_else(|_| base.clone()),
                    fields: Vec::new(),
                    buttons: Vec::new(),
                });
            }
            "/form" => open = false,
            "select" => select = tag.text("name"),
            "/select" => select.clear(),
            _ => {}
        }
        let Some(form) = forms.last_mut().filter(|_| open) else {
            continue;
        };
        match tag.name.as_str() {
            "input" => {
                let kind = tag.text("type").to_ascii_lowercase();
                let chosen = !matches!(kind.as_str(), "checkbox" | "radio") || tag.has("checked");
                let sends = !matches!(
                    kind.as_str(),
                    "submit" | "button" | "image" | "reset" | "file"
                );
                if kind == "submit" && tag.has("name") {
                    form.buttons.push((tag.text("name"), tag.text("value")));
                }
                if chosen && sends && tag.has("name") {
                    let value = match tag.value("value") {
                        None if kind == "checkbox" || kind == "radio" => "on",
                        value => value.unwrap_or_default(),
                    };
                    form.fields.push((tag.text("name"), value.to_owned()));
                }
            }
            "button" if tag.has("name") => {
                form.buttons.push((tag.text("name"), tag.text("value")));
            }
            "textarea" if tag.has("name") => {
                let text = rest.split("</textarea").next().unwrap_or_default();
                form.fields.push((tag.text("name"), unescape(text)));
            }
            "option" if !select.is_empty() => {
                let known = form.fields.iter_mut().find(|(name, _)| *name == select);
                match known {
                    None => form.fields.push((select.clone(), tag.text("value"))),
                    Some((_, value)) if tag.has("selected") => *value = tag.text("value"),
                    Some(_) => {}
                }
            }
            _ => {}
        }
    }
    forms
}

/// The `href` of every link on a page that was loaded from `base`, absolute.
pub fn links(page: &str, base: &Url) -> Vec<Url> {
    tags(page)
        .filter(|(tag, _)| tag.name == "a" && tag.has("href"))
        .filter_map(|(tag, _)| base.join(&tag.text("href")).ok())
        .collect()
}

/// The address of every frame on a page that was loaded from `base`, absolute.
pub fn frames(page: &str, base: &Url) -> Vec<Url> {
    tags(page)
        .filter(|(tag, _)| tag.name == "iframe" && tag.has("src"))
        .filter_map(|(tag, _)| base.join(&tag.text("src")).ok())
        .collect()
}

/// The words of a page, without its tags, white space folded: to look for what people read.
pub fn text(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(before);
        text.push(' ');
        rest = tag
            .find('>')
            .and_then(|end| tag.get(end + 1..))
            .unwrap_or_default();
    }
    text.push_str(rest);
    unescape(&text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[derive(Debug)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.value(name).unwrap_or_default().to_owned()
    }

    fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }
}

/// Every tag of the page with the text that follows it.
fn tags(page: &str) -> impl Iterator<Item = (Tag, &str)> {
    let mut rest = page;
    std::iter::from_fn(move || {
        let start = rest.find('<')?;
        let after = rest.get(start + 1..)?;
        let (tag, remaining) = read_tag(after);
        rest = remaining;
        Some((tag, remaining))
    })
}

fn read_tag(text: &str) -> (Tag, &str) {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))
            .unwrap_or(rest.len())
            .max(1);
        let (attribute, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => read_value(value.trim_start()),
            None => ("", after),
        };
        attributes.push((attribute.to_ascii_lowercase(), unescape(value)));
        rest = after;
    }
    (
        Tag {
            name: name.to_ascii_lowercase(),
            attributes,
        },
        rest,
    )
}

fn read_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once('&') {
        plain.push_str(before);
        let known = reference
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        match known {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = reference;
            }
        }
    }
    let _ = plain.write_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><form id=search action="/q"><input name=q></form>
        <form id="login" method="POST" action='/login?next=a&amp;b=1'>
        <input type="hidden" name="csrf" value="a&quot;b&#x2F;"><input name='username'>
        <input type=password name=password><input type=checkbox name=remember>
        <input type="checkbox" name="known" checked><input type=submit name=no value=x>
        <select name="lang"><option value="fr">F</option><option value="oc" selected>O</option></select>
        <textarea name="note">l&#39;un &lt; l'autre</textarea><button id="login-submit">Entrer</button></form>
        <a href="/account">Mon <b>compte</b></a><iframe hidden src="/out?a=1&amp;b"></iframe>"#;

    #[test]
    fn hidden_fields_come_along() {
        let base = Url::parse("https://localhost:1/login").unwrap();
        let form = forms(PAGE, &base).remove(1);
        assert_eq!(form.action.as_str(), "https://localhost:1/login?next=a&b=1");
        assert_eq!(form.method, "post");
        let expected = [
            ("csrf", "a\"b/"),
            ("username", ""),
            ("password", ""),
            ("known", "on"),
            ("lang", "oc"),
            ("note", "l'un < l'autre"),
        ];
        let fields: Vec<_> = form
            .fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(fields, expected);
        assert_eq!(
            form.clone().with("username", "lea").value("username"),
            Some("lea")
        );
        assert_eq!(form.value("no"), None);
        assert_eq!(form.pressed(0).value("no"), Some("x"));
    }

    #[test]
    fn links_frames_and_words() {
        let base = Url::parse("https://localhost:1/").unwrap();
        assert_eq!(links(PAGE, &base)[0].path(), "/account");
        assert_eq!(
            frames(PAGE, &base)[0].as_str(),
            "https://localhost:1/out?a=1&b"
        );
        assert!(text(PAGE).ends_with("Mon compte"));
    }

    #[test]
    fn a_broken_page_ends() {
        let base = Url::parse("https://localhost:1/").unwrap();
        for broken in [
            "<",
            "<form",
            "<form action",
            "<form action=",
            "<form action='",
            "<input =é>",
            "<é",
        ] {
            forms(broken, &base);
        }
    }
}
