//! JSON Patch documents (RFC 6902), which `update` and `patch` operations take.

use std::fmt;

use serde_json::Value;

use crate::types::{PatchOperation, PatchOperationOp};

/// A list of changes, in JSON Patch form (RFC 6902).
///
/// MediaValet applies the changes one by one, not atomically: if it skips one, it still applies the others,
/// and the call fails with [`ErrorKind::Partial`](crate::ErrorKind::Partial). Known paths are `/title`,
/// `/filename`, `/altText`, `/description`, `/status` and `/attributes/{id}`.
///
/// ```no_run
/// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
/// use mediavalet_sdk::Patch;
///
/// let patch = Patch::new()
///     .replace("/title", "Harbour at dawn")
///     .replace(Patch::attribute_path("115a5cf5-4be4-40ee-b1e0-1da0cb814d61"), "Model")
///     .remove("/altText");
/// client.update_asset("2c6b34da-c2fd-41ea-84ee-3ab32219b591", patch).send().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Default, PartialEq)]
#[must_use = "a patch does nothing until it is sent"]
pub struct Patch(Vec<PatchOperation>);

// Leaves the values out: one may be a password.
impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|change| (&change.op, &change.path))).finish()
    }
}

impl Patch {
    /// Returns a patch without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the path of the attribute with this id.
    pub fn attribute_path(id: &str) -> String {
        format!("/attributes/{}", Self::escape_segment(id))
    }

    /// Escapes a name for use as a segment of a path: `~` and `/` are special there (RFC 6901, section 3).
    pub fn escape_segment(name: &str) -> String {
        name.replace('~', "~0").replace('/', "~1")
    }

    /// Adds a value, or an item to a list.
    pub fn add(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(PatchOperationOp::Add, path, None, Some(value))
    }

    /// Replaces a value.
    pub fn replace(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(PatchOperationOp::Replace, path, None, Some(value))
    }

    /// Removes a value.
    pub fn remove(self, path: impl Into<String>) -> Self {
        self.with(PatchOperationOp::Remove, path, None, None::<Value>)
    }

    /// Requires a value to equal the given one.
    pub fn test(self, path: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(PatchOperationOp::Test, path, None, Some(value))
    }

    /// Moves a value to another path.
    pub fn move_from(self, from: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(PatchOperationOp::Move, path, Some(from.into()), None::<Value>)
    }

    /// Copies a value to another path.
    pub fn copy_from(self, from: impl Into<String>, path: impl Into<String>) -> Self {
        self.with(PatchOperationOp::Copy, path, Some(from.into()), None::<Value>)
    }

    fn with(
        mut self,
        op: PatchOperationOp,
        path: impl Into<String>,
        from: Option<String>,
        value: Option<impl Into<Value>>,
    ) -> Self {
        let value = value.map(Into::into);
        let mut change = PatchOperation::new().op(op).path(path);
        (change.from, change.value) = (from, value);
        self.0.push(change);
        self
    }
}

impl From<Patch> for Vec<PatchOperation> {
    fn from(patch: Patch) -> Self {
        patch.0
    }
}

impl IntoIterator for Patch {
    type Item = PatchOperation;
    type IntoIter = std::vec::IntoIter<PatchOperation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_written_as_the_rfc_specifies() {
        let patch = Patch::new()
            .replace("/title", "a")
            .add("/keywords/-", ["b"])
            .remove("/altText")
            .test("/status", 1)
            .move_from("/a", "/b")
            .copy_from("/c", Patch::attribute_path("d/~e"))
            .replace("/description", None::<String>);
        let operations: Vec<PatchOperation> = patch.into();
        let expected = json!([
            {"op": "replace", "path": "/title", "value": "a"},
            {"op": "add", "path": "/keywords/-", "value": ["b"]},
            {"op": "remove", "path": "/altText"},
            {"op": "test", "path": "/status", "value": 1},
            {"op": "move", "path": "/b", "from": "/a"},
            {"op": "copy", "path": "/attributes/d~1~0e", "from": "/c"},
            {"op": "replace", "path": "/description", "value": null},
        ]);
        assert_eq!(serde_json::to_value(operations).unwrap(), expected);
    }
    #[test]
    fn debug_output_has_paths_and_no_values() {
        let patch = Patch::new().replace("/password", "canary").add("/emails/-", "canary");
        assert_eq!(
            format!("{patch:?}"),
            r#"[(Some(Replace), Some("/password")), (Some(Add), Some("/emails/-"))]"#
        );
    }
}
