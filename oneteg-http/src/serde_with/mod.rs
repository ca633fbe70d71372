//! How values that JSON has no type for are read and written. Named by generated `#[serde(with)]`.

pub mod extra;
pub mod lenient_date_time;
pub mod lenient_id;
pub mod unix_ms;
