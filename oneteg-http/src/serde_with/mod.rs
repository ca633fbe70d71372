//! How values for which JSON has no type are read and written. Generated code refers to these modules in
//! `#[serde(with)]`.

pub mod extra;
pub mod flag;
pub mod lenient_date_time;
pub mod lenient_id;
pub(crate) mod members;
pub(crate) mod open_enum;
pub mod unix_ms;
