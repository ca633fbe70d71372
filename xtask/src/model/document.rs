//! What holds for every OpenAPI document.

use serde_json::Value;

/// The HTTP methods that can be generated.
pub const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

/// Follows references, as far as they can be followed.
pub fn resolve<'a>(root: &'a Value, mut value: &'a Value) -> &'a Value {
    // Vetting refuses cycles, but its own rules call this on documents that have them.
    for _ in 0..32 {
        let Some(target) = value["$ref"].as_str().and_then(|to| to.strip_prefix('#')) else {
            break;
        };
        let Some(found) = root.pointer(target) else { break };
        value = found;
    }
    value
}

/// How a flag, which is a `bool` in Rust, is written as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// 1 or 0: an integer with `enum: [0, 1]`.
    Number,
    /// 1, or left out: an integer with `enum: [1]`.
    Presence,
}

impl Flag {
    /// The flag that a schema describes; `None` for other schemas.
    pub fn of(schema: &Value) -> Option<Self> {
        let values = schema["enum"].as_array().filter(|_| schema["type"] == "integer")?;
        match values.iter().map(Value::as_i64).collect::<Vec<_>>().as_slice() {
            [Some(0), Some(1)] => Some(Self::Number),
            [Some(1)] => Some(Self::Presence),
            _ => None,
        }
    }
}

/// Whether a media type is JSON (RFC 6839 section 3.1).
pub fn is_json(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flags_are_integers_of_which_only_0_and_1_are_known() {
        let of = |values: &[i64]| Flag::of(&json!({ "type": "integer", "enum": values }));
        assert_eq!((of(&[0, 1]), of(&[1])), (Some(Flag::Number), Some(Flag::Presence)));
        assert_eq!((of(&[0]), of(&[1, 2]), of(&[])), (None, None, None));
        assert_eq!(Flag::of(&json!({ "type": "integer" })), None);
        assert_eq!(Flag::of(&json!({ "type": "string", "enum": ["0", "1"] })), None);
    }

    #[test]
    fn json_has_several_media_types() {
        for json in ["application/json", "text/json; charset=utf-8", "application/problem+json"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["text/plain", "application/jsonp", "application/json+xml", ""] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn references_are_followed_as_far_as_they_lead() {
        let root = json!({
            "a": { "$ref": "#/b" }, "b": { "$ref": "#/c" }, "c": 1, "loop": { "$ref": "#/loop" }
        });
        assert_eq!(resolve(&root, &root["a"]), &json!(1));
        assert_eq!(resolve(&root, &root["c"]), &json!(1));
        assert_eq!(resolve(&root, &root["loop"]), &root["loop"]);
        let foreign = json!({ "$ref": "other.yaml#/a" });
        assert_eq!(resolve(&root, &foreign), &foreign);
    }
}
