//! Persons that are recognised in pictures, and notifications to the caller.

/// A person in pictures. One without a name is not identified.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    /// Ids of the assets that show the person.
    pub(crate) assets: Vec<String>,
}

/// A notification to the caller.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) message: String,
    pub(crate) category: String,
    pub(crate) entities: Vec<String>,
    pub(crate) read: bool,
    pub(crate) at: i64,
}
