//! "Did you mean": the known word nearest to a misspelt one, for messages to operators. Never corrects
//! anything by itself.

/// The known word nearest to `wrong`, if it is near enough to be a slip.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, best) = known
        .into_iter()
        .map(|known| (distance(wrong, known), known))
        .min_by_key(|(d, _)| *d)?;
    (distance <= 1 + wrong.chars().count() / 3).then_some(best)
}

/// From the message of a strict reader, "unknown field `urlz`, expected one of `urls`, `profile`":
/// `urls`.
pub fn nearest_in_message(message: &str) -> Option<&str> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = message.starts_with("unknown ").then(|| quoted.next())??;
    nearest(wrong, quoted)
}

/// How many characters must be put in, taken out or exchanged to get from one word to the other
/// (Levenshtein), for "did you mean".
pub fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut costs: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.chars().enumerate() {
        let mut diagonal = row;
        let mut previous = row + 1;
        if let Some(first) = costs.first_mut() {
            *first = previous;
        }
        for (b, cost) in right.iter().zip(costs.iter_mut().skip(1)) {
            let exchanged = diagonal + usize::from(a != *b);
            diagonal = *cost;
            *cost = exchanged.min(previous + 1).min(diagonal + 1);
            previous = *cost;
        }
    }
    costs.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_words() {
        for (a, b, expected) in [
            ("", "", 0),
            ("urls", "urlz", 1),
            ("kitten", "sitting", 3),
            ("", "é", 1),
        ] {
            assert_eq!(
                (distance(a, b), distance(b, a)),
                (expected, expected),
                "{a} {b}"
            );
        }
    }

    #[test]
    fn the_nearest_word_is_told_if_it_is_near() {
        let known = ["urls", "profile", "logout"];
        assert_eq!(nearest("urlz", known), Some("urls"));
        assert_eq!(nearest("zzzzz", known), None);
        let message = "unknown field `profil`, expected one of `urls`, `profile`";
        assert_eq!(nearest_in_message(message), Some("profile"));
        assert_eq!(nearest_in_message("missing field `urls`"), None);
        assert_eq!(nearest_in_message("unknown"), None);
    }
}
