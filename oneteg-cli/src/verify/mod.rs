//! `oneteg verify`: compares what an account shows with the specification, and reports it without the account's data.
//!
//! | Module | Does |
//! |---|---|
//! | `names` | what parameters ask for and members give |
//! | `pool` | keeps the ids that responses contained |
//! | `hints` | arguments that the specification states only in prose |
//! | `arguments` | the arguments of each call |
//! | `tap` | keeps responses as they were sent, and the budget |
//! | `envelope` | unwraps and checks what surrounds the content |
//! | `compare` | compares a response with the specification |
//! | `seen` | what was seen of an operation so far |
//! | `redact` | removes names that may be data |
//! | `session` | makes calls and joins what was seen of an operation |
//! | `engine` | the order of the calls |
//! | `paging` | how the pages of lists are requested, by experiment |
//! | `probe` | what became of each doubt of the specification |
//! | `choices` | what responses show of the choices of the sandbox |
//! | `learned` | what experiments found, also of a run that continues |
//! | `scratch` | writes in objects that the run makes, and uploads |
//! | `run` | a whole run |
//! | `state` | what a run saw that ended early |
//! | `report` | the report for people |
//!
//! Nothing that a response contains reaches a report: only types, counts, words of the specification, and fakes.

pub(crate) mod arguments;
mod choices;
pub(crate) mod compare;
pub(crate) mod engine;
mod envelope;
mod hints;
pub(crate) mod learned;
mod names;
pub(crate) mod paging;
pub(crate) mod pool;
pub(crate) mod probe;
mod redact;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod scratch;
mod seen;
pub(crate) mod session;
pub(crate) mod state;
pub(crate) mod tap;
