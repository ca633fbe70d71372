//! Moving files: parts, ranges, progress.

mod range;
mod stall;

pub use range::RangeRequest;
pub(crate) use stall::StallGuard;
