//! What anybody would try first: runs and walks over the keyboard, the person's own words, and the words inside
//! decorated ones. Never hashes, and keeps nothing.

use std::collections::BTreeSet;

use crate::names::fold;

/// Fewest letters of a form that is looked up.
const SHORTEST_FORM: usize = 3;
/// Fewest letters of a word of the person's own: families are called Li, and `de la Tour`.
const SHORTEST_OWN: usize = 2;
/// Digits without a letter are dates, telephone numbers and the like until they are so many.
const FEWEST_DIGITS: usize = 12;
/// Letters that must be left beside the person's own words.
const FEWEST_OF_ONES_OWN: usize = 4;

/// The rows of keys, as they lie above one another.
const KEYBOARDS: [[&str; 4]; 2] = [
    ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"],
    ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"],
];

/// A character as the letter that it stands for: `M0td3pa$$e` is `motdepasse`. `one` is what `1` stands for.
const fn letter(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        other => other,
    }
}

/// What may stand around a word for decoration.
fn is_decoration(c: char) -> bool {
    !c.is_alphabetic() && c != '@' && c != '$'
}

fn plain(text: &str, one: char) -> String {
    let letters = text.chars().map(|c| letter(c, one));
    letters.filter(|c| c.is_alphanumeric()).collect()
}

/// The word inside a decorated one: `M0tdepasse2026!` is `motdepasse`.
pub(super) fn core(folded: &str) -> String {
    plain(folded.trim_matches(is_decoration), 'i')
}

/// Everything that a folded password may be a disguise of, itself among them.
pub(super) fn forms(folded: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([folded.to_owned()]);
    let dressed = [
        folded.trim_matches(is_decoration),
        folded.trim_end_matches(is_decoration),
        folded.trim_start_matches(is_decoration),
        folded,
    ];
    for text in dressed {
        for one in ['i', 'l'] {
            let word = plain(text, one);
            let half = word.get(..word.len() / 2);
            let twice = half.filter(|half| half.repeat(2) == word);
            forms.extend(twice.map(str::to_owned));
            forms.insert(word);
        }
    }
    // One word over and over, whatever stands between: `Soleil2013Soleil`.
    let runs = folded.split(|c: char| !c.is_alphabetic());
    let runs: BTreeSet<&str> = runs.filter(|run| !run.is_empty()).collect();
    if let Some(only) = runs.first().filter(|_| runs.len() == 1) {
        forms.insert((*only).to_owned());
    }
    forms.retain(|form| form.chars().count() >= SHORTEST_FORM);
    forms
}

/// One character over and over, two taking turns, or a run up or down: `aaaaaaaa`, `12345678`.
pub(super) fn is_monotonous(folded: &str) -> bool {
    let codes: Vec<i64> = folded.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: BTreeSet<i64> = codes
        .windows(2)
        .filter_map(|pair| Some(pair.last()? - pair.first()?))
        .collect();
    let distinct: BTreeSet<i64> = codes.iter().copied().collect();
    // `1234567890` turns once from 9 to 0.
    let run = steps.iter().all(|step| matches!(step, 1 | -1 | 9 | -9));
    distinct.len() <= 2 || run
}

/// Digits and signs alone, and few of them: `28052013`, `06 12 34 56 78`.
pub(super) fn is_a_number(folded: &str) -> bool {
    let digits = folded.chars().filter(char::is_ascii_digit).count();
    let letters = folded.chars().any(|c| c.is_alphabetic() || !c.is_ascii());
    !letters && digits > 0 && digits < FEWEST_DIGITS
}

/// Four steps in five go to a neighbouring key: `1q2w3e4r`, `azertyuiopqsdfgh`. Of French words of eight letters and
/// more that is one in six hundred, and no sentence.
pub(super) fn is_a_walk(folded: &str) -> bool {
    KEYBOARDS.iter().any(|rows| {
        let keys: Vec<Option<(usize, usize)>> = folded.chars().map(|c| key(rows, c)).collect();
        let near = keys.windows(2).filter(|pair| match pair {
            [Some(from), Some(to)] => {
                from != to && from.0.abs_diff(to.0) <= 1 && from.1.abs_diff(to.1) <= 1
            }
            _ => false,
        });
        keys.len() > 1 && near.count() * 5 >= (keys.len() - 1) * 4
    })
}

/// Row and column of a key.
fn key(rows: &[&str; 4], c: char) -> Option<(usize, usize)> {
    let mut rows = rows.iter().enumerate();
    rows.find_map(|(row, keys)| Some((row, keys.find(c)?)))
}

/// Nothing much is left when the person's own words are taken out, in whatever disguise: `el0die.R0ux-2013`. What
/// is left is judged by `is_known` when it is one word.
pub(super) fn is_personal(
    folded: &str,
    personal: &[&str],
    is_known: impl Fn(&str) -> bool,
) -> bool {
    let words = own_words(personal);
    ['i', 'l'].into_iter().any(|one| {
        let typed: Vec<char> = folded.chars().collect();
        let meant: Vec<char> = typed.iter().map(|c| letter(*c, one)).collect();
        let mut left: Vec<Option<char>> = typed.iter().copied().map(Some).collect();
        // What was typed as it stands counts as well: a class has digits.
        for word in &words {
            take_out(word, &typed, &mut left);
            take_out(word, &meant, &mut left);
        }
        if left.iter().all(Option::is_some) {
            return false;
        }
        let is_letter = |c: &Option<char>| c.is_some_and(char::is_alphabetic);
        let mut rests = left
            .split(|c| !is_letter(c))
            .filter(|rest| !rest.is_empty());
        let (first, second) = (rests.next(), rests.next());
        let few = left.iter().filter(|c| is_letter(c)).count() < FEWEST_OF_ONES_OWN;
        let known = |rest: &[Option<char>]| is_known(&rest.iter().flatten().collect::<String>());
        few || (second.is_none() && first.is_some_and(known))
    })
}

/// The words of the person's, folded, the longest first: each by itself, and each text as one word.
fn own_words(personal: &[&str]) -> Vec<Vec<char>> {
    let mut words = BTreeSet::new();
    for text in personal {
        let folded = fold(text);
        words.insert(folded.chars().filter(|c| c.is_alphanumeric()).collect());
        let parts = folded.split(|c: char| !c.is_alphanumeric());
        words.extend(parts.map(|part| part.chars().collect()));
    }
    let mut words: Vec<Vec<char>> = words.into_iter().collect();
    words.retain(|word| word.len() >= SHORTEST_OWN);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Takes a word out wherever it stands in `text` and all of it is still there.
fn take_out(word: &[char], text: &[char], left: &mut [Option<char>]) {
    for (start, window) in text.windows(word.len()).enumerate() {
        let place = left.get_mut(start..start + word.len());
        if let Some(place) = place
            && window == word
            && place.iter().all(Option::is_some)
        {
            place.fill(None);
        }
    }
}
