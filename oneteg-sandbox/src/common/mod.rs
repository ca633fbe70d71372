//! What the stand-ins of all vendors share: nothing in here knows a vendor.

pub(crate) mod content;
pub(crate) mod difference;
pub(crate) mod fault;
pub(crate) mod listener;
pub(crate) mod middleware;
pub(crate) mod oauth;
pub(crate) mod permissions;
pub(crate) mod pictures;
pub(crate) mod recording;
pub(crate) mod table;
