//! Paths with IDs as parameters.

use crate::{
    import::examples::{Parameter, Shape, is_id, is_uuid},
    names,
};

/// The path with a parameter for each segment that is an ID, and the parameters.
pub(super) fn template(path: &str) -> (String, Vec<Parameter>) {
    let mut text = String::new();
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut before = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let (bare, suffix) = match segment.rsplit_once('.') {
            Some((bare, suffix)) if is_variable(bare) && !bare.contains('@') => {
                (bare, format!(".{suffix}"))
            }
            _ => (segment, String::new()),
        };
        text.push('/');
        if !is_variable(bare) {
            text.push_str(segment);
            before = segment.to_owned();
            continue;
        }
        let name = name(&before, &parameters);
        text.push_str(&format!("{{{name}}}{suffix}"));
        let is_number = bare.len() < 19 && bare.chars().all(|c| c.is_ascii_digit());
        let shape = if is_number { number() } else { Shape::string() };
        parameters.push(Parameter { place: "path", name, shape, ..Parameter::default() });
    }
    (if text.is_empty() { "/".to_owned() } else { text }, parameters)
}

fn number() -> Shape {
    Shape::of(&crate::import::examples::Sample::Integer)
}

/// Whether a segment is data: an ID, or a long mixture of letters and digits.
fn is_variable(segment: &str) -> bool {
    let letters = segment.chars().filter(char::is_ascii_alphabetic).count();
    let digits = segment.chars().filter(char::is_ascii_digit).count();
    let is_opaque = segment.len() >= 20
        && letters >= 3
        && digits >= 3
        && segment.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    is_id(segment) || is_uuid(segment) || is_opaque || segment.contains('@')
}

/// The name of an ID by the segment before it: `assetId` after `assets`.
fn name(before: &str, taken: &[Parameter]) -> String {
    let words = names::snake(before);
    let words = if before.is_empty() || words.starts_with('x') && !before.starts_with(['x', 'X']) {
        String::new()
    } else {
        words
    };
    let one = match words.as_str() {
        word if word.ends_with("ies") => format!("{}y", &word[..word.len() - 3]),
        word if word.ends_with("ses") || word.ends_with("xes") => word[..word.len() - 2].to_owned(),
        word if word.ends_with('s') && !word.ends_with("ss") => word[..word.len() - 1].to_owned(),
        word => word.to_owned(),
    };
    let pascal = names::pascal(&format!("{one}_id"));
    let mut name: String = pascal
        .chars()
        .enumerate()
        .map(|(index, c)| if index == 0 { c.to_ascii_lowercase() } else { c })
        .collect();
    if one.is_empty() {
        name = "id".to_owned();
    }
    while taken.iter().any(|parameter| parameter.name == name) {
        name.push('2');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_parameters() {
        for (path, expected) in [
            ("/api/v2/assets/123/versions/7", "/api/v2/assets/{assetId}/versions/{versionId}"),
            (
                "/categories/0af3c2d4-0000-1111-2222-333344445555.json",
                "/categories/{categoryId}.json",
            ),
            ("/users/me", "/users/me"),
            ("/users/a.b@example.com/keys", "/users/{userId}/keys"),
            ("/x/1/2", "/x/{xId}/{xId2}"),
            ("/5", "/{id}"),
            ("/", "/"),
        ] {
            assert_eq!(template(path).0, expected);
        }
    }
}
