//! The user or group that a request names by `target_id` and `target_isgroup`.

use crate::netexplorer::request::RequestFields;
use crate::netexplorer::response::ApiError;
use crate::netexplorer::state::{Store, Target};

/// The target in a request, which must exist. Without `target_isgroup`, an id is that of a user if there is such a
/// user: the first ids of users and groups differ.
pub(super) fn requested(
    store: &Store,
    fields: &RequestFields,
    current: Option<Target>,
) -> Result<Target, ApiError> {
    let id = fields.id("target_id")?.or(current.map(Target::id));
    let id = RequestFields::required("target_id", id)?;
    let is_group = match (fields.bool("target_isgroup")?, current) {
        (Some(is_group), _) => is_group,
        (None, Some(current)) if current.id() == id => current.is_group(),
        (None, _) => store.users.get(id).is_none(),
    };
    let target = if is_group { Target::Group(id) } else { Target::User(id) };
    store.check_target(target).map(|()| target)
}
