//! Suggestions for misspelled words.

/// The candidate that is most similar to a misspelled word, for "did you mean".
pub fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    least_similarity: f64,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(candidate, word), candidate))
        .filter(|(similarity, _)| *similarity >= least_similarity)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_similar_words_are_suggested() {
        let types = ["string", "integer", "object"];
        assert_eq!(closest("strng", types, 0.6), Some("string"));
        assert_eq!(closest("itneger", types, 0.6), Some("integer"));
        assert_eq!(closest("file", types, 0.6), None);
        assert_eq!(closest("", [], 0.0), None);
    }
}
