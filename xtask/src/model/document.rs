//! What holds for every OpenAPI document.

use serde_json::Value;

/// The HTTP methods that can be generated.
pub const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

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
