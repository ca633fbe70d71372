//! The known name that somebody probably meant.

/// Similarity (0 to 1) below which a suggestion would only confuse.
const ENOUGH: f64 = 0.8;

/// The candidate nearest to `given`, if one is near. Labels count as names: `Client ID` is `client_id`.
pub(crate) fn nearest<'c>(
    given: &str,
    candidates: impl Iterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let given = as_key(given);
    let score = |name: &&str| strsim::jaro_winkler(&given, &as_key(name));
    candidates
        .clone()
        .filter(|name| score(name) >= ENOUGH)
        .max_by(|left, right| score(left).total_cmp(&score(right)))
        // `secret` for `client_secret`.
        .or_else(|| candidates.into_iter().find(|name| name.split('_').any(|word| word == given)))
}

/// `Client ID`, `client-id` and `clientId` as `client_id`.
pub(crate) fn as_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut after_lower = false;
    // A name is short; a pasted document need not be compared in full.
    for character in text.trim().chars().take(64) {
        if character.is_ascii_uppercase() && after_lower {
            key.push('_');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        key.push(if character.is_alphanumeric() { character.to_ascii_lowercase() } else { '_' });
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_typing_errors_labels_and_single_words() {
        let names = ["client_id", "client_secret", "token_url", "connection_name"];
        let of = |given| nearest(given, names.into_iter());
        assert_eq!(of("cleint_id"), Some("client_id"));
        assert_eq!(of("Client ID"), Some("client_id"));
        assert_eq!(of("clientSecret"), Some("client_secret"));
        assert_eq!(of("name"), Some("connection_name"));
        assert_eq!(of("colour"), None);
        assert_eq!(of(""), None);
    }
}
