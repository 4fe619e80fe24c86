//! What pages say, in French, Occitan and English: Fluent files inside the binary. Never decides
//! which language a person reads ([`clau_domain::language`]) and never sees markup: the templates
//! escape whatever comes from here (WEB-02).

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::LazyLock;

use clau_domain::language::Language;
use clau_domain::time::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::tz::TimeZone;

const FRENCH: &str = concat!(
    include_str!("../texts/fr.ftl"),
    "\n",
    include_str!("../texts/fr.sources.ftl"),
    "\n",
    include_str!("../texts/fr.factors.ftl")
);
const OCCITAN: &str = concat!(
    include_str!("../texts/oc.ftl"),
    "\n",
    include_str!("../texts/oc.sources.ftl"),
    "\n",
    include_str!("../texts/oc.factors.ftl")
);
const ENGLISH: &str = concat!(
    include_str!("../texts/en.ftl"),
    "\n",
    include_str!("../texts/en.sources.ftl"),
    "\n",
    include_str!("../texts/en.factors.ftl")
);

struct Bundles {
    french: FluentBundle<FluentResource>,
    occitan: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
}

static BUNDLES: LazyLock<Bundles> = LazyLock::new(|| Bundles {
    french: bundle("fr", FRENCH),
    // Occitan counts as French does, and the plural tables know French only.
    occitan: bundle("fr", OCCITAN),
    english: bundle("en", ENGLISH),
});

/// The texts of one language. Costs nothing to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    language: Language,
}

/// An instant for people and for programs: the `<time>` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `23 novembre 2026 à 08:00`.
    pub text: String,
    /// RFC 3339, for the `datetime` attribute.
    pub machine: String,
}

impl Texts {
    /// The texts in `language`.
    pub const fn new(language: Language) -> Self {
        Self { language }
    }

    /// Which language.
    pub const fn language(self) -> Language {
        self.language
    }

    /// A text without parameters.
    pub fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// A text with one word in it.
    pub fn with(self, key: &str, name: &str, value: impl Display) -> String {
        let mut args = FluentArgs::new();
        args.set(Cow::Borrowed(name), value.to_string());
        self.format(key, Some(&args))
    }

    /// A text that depends on a number: `1 service`, `2 services`.
    pub fn count(self, key: &str, name: &str, number: impl Display) -> String {
        let mut args = FluentArgs::new();
        let number = number.to_string();
        args.set(
            Cow::Borrowed(name),
            FluentValue::try_number(&number).into_owned(),
        );
        self.format(key, Some(&args))
    }

    /// A text with two words in it, each given as its name and itself.
    pub fn with_two(
        self,
        key: &str,
        first: (&str, impl Display),
        second: (&str, impl Display),
    ) -> String {
        let mut args = FluentArgs::new();
        args.set(Cow::Borrowed(first.0), first.1.to_string());
        args.set(Cow::Borrowed(second.0), second.1.to_string());
        self.format(key, Some(&args))
    }

    /// How many services a search found.
    pub fn found(self, count: usize, query: &str) -> String {
        let mut args = FluentArgs::new();
        args.set("count", count);
        args.set("query", query);
        self.format("portal-search-results", Some(&args))
    }

    /// An instant in the region's time zone, to the minute.
    pub fn moment(self, at: Timestamp, zone: &TimeZone) -> Moment {
        let local = at.in_zone(zone);
        let mut args = FluentArgs::new();
        args.set("day", local.day().to_string());
        args.set("month", self.say(month(local.month())));
        args.set("year", local.year().to_string());
        args.set("time", format!("{:02}:{:02}", local.hour(), local.minute()));
        Moment {
            text: self.format("date-time", Some(&args)),
            machine: at.rfc3339(),
        }
    }

    /// The day of an instant in the region's time zone.
    pub fn day(self, at: Timestamp, zone: &TimeZone) -> Moment {
        let local = at.in_zone(zone);
        let mut args = FluentArgs::new();
        args.set("day", local.day().to_string());
        args.set("month", self.say(month(local.month())));
        args.set("year", local.year().to_string());
        Moment {
            text: self.format("date", Some(&args)),
            machine: at.rfc3339(),
        }
    }

    /// An unknown key reads as itself: a test sees to it that none is.
    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = match self.language {
            Language::Fr => &BUNDLES.french,
            Language::Oc => &BUNDLES.occitan,
            Language::En => &BUNDLES.english,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        bundle
            .format_pattern(pattern, args, &mut Vec::new())
            .into_owned()
    }
}

#[expect(
    clippy::expect_used,
    reason = "the files are inside the binary and a test reads them all"
)]
fn bundle(rules: &str, source: &str) -> FluentBundle<FluentResource> {
    let language = rules.parse().expect("a language tag");
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // The marks that keep writing directions apart would end up in attributes and titles, and all
    // three languages are written from left to right.
    bundle.set_use_isolating(false);
    let source = if rules == "fr" {
        keep_together(source)
    } else {
        source.to_owned()
    };
    let resource = FluentResource::try_new(source).expect("a Fluent file");
    bundle.add_resource(resource).expect("each key once");
    bundle
}

/// French and Occitan set a space before `: ; ? !` and inside « », at which no line may break. The files
/// have ordinary ones, which people can see and type.
fn keep_together(source: &str) -> String {
    const MARKS: [(&str, &str); 6] = [
        (" :", "\u{a0}:"),
        (" ;", "\u{a0};"),
        (" ?", "\u{a0}?"),
        (" !", "\u{a0}!"),
        ("« ", "«\u{a0}"),
        (" »", "\u{a0}»"),
    ];
    let text = source.to_owned();
    MARKS
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
}

const fn month(number: i8) -> &'static str {
    match number {
        1 => "month-1",
        2 => "month-2",
        3 => "month-3",
        4 => "month-4",
        5 => "month-5",
        6 => "month-6",
        7 => "month-7",
        8 => "month-8",
        9 => "month-9",
        10 => "month-10",
        11 => "month-11",
        _ => "month-12",
    }
}

#[cfg(test)]
mod tests;
