//! Groups of attributes and of keywords, and access of user groups.

/// Attributes that are shown together. An attribute may be in several groups.
#[derive(Debug, Default)]
pub(crate) struct AttributeGroup {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Ids of attributes.
    pub(crate) attributes: Vec<String>,
}

/// A group in the tree of keyword groups. A keyword is in at most one.
#[derive(Debug, Default)]
pub(crate) struct KeywordGroup {
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
}
