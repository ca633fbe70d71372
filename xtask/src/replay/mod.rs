//! Reads stored payloads with the types of two revisions of an SDK, and compares what each makes of them.
//!
//! A change of a specification is judged by rules in [`change`](crate::change); this judges it by what a vendor really
//! sent. The types of both revisions are compiled, so the result includes the tolerant reader and hand-written types.
//!
//! | Module | Job |
//! |---|---|
//! | [`payloads`] | Reads the stored payloads: one JSON file each, named after its operation |
//! | [`runner`] | Compiles the types of a revision, and reads the payloads with them |
//! | [`compare`] | Judges what changed between two revisions |

pub mod compare;
pub mod payloads;
pub mod runner;
