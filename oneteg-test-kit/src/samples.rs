//! What the types of a vendor's client bear: samples are read and written unchanged, the vendor's own
//! examples are read, and so is nearly everything that may be sent in their place.
//!
//! It fails the test when something is not read, like the test itself, and prints how much was.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::missing_panics_doc)]

use std::{collections::BTreeSet, fmt::Debug, fs};

use http::StatusCode;
use serde_json::Value;

use super::{
    mutation::{MutationReport, RoundTripFn},
    recorder::{RequestRecorder, json_response},
};

/// A value of a type, with every member.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The type's name.
    pub name: &'static str,
    /// The value.
    pub json: &'static str,
    /// Reads it as the type.
    pub round_trip: RoundTripFn,
}

impl Sample {
    /// Whether the type has room for unknown members, as those of responses have.
    pub fn is_response_type(&self) -> bool {
        parse(self.json).get("notYetKnown").is_some()
    }
}

/// Every sample is the same after it was read and written.
pub fn check_round_trips(samples: impl Iterator<Item = Sample>) {
    let mut types = 0;
    for Sample { name, json, round_trip } in samples {
        let read = round_trip(json.as_bytes());
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}\n{json}"));
        assert_eq!(parse(&read.json), parse(json), "{name}");
        assert!(read.repairs.is_empty(), "{name}: {:?}", read.repairs);
        types += 1;
    }
    println!("{types} types");
}

/// A vendor's examples, and what is to read them.
#[derive(Debug, Clone, Copy)]
pub struct Examples {
    /// The folder of their files, which are named like `getAsset.1.response.json`.
    pub folder: &'static str,
    /// The examples of responses, and the operation each is of.
    pub responses: &'static [(&'static str, &'static str)],
    /// The examples of request bodies, and the operation each is of.
    pub bodies: &'static [(&'static str, &'static str)],
    /// The examples that no operation sends or responses as JSON, and where they are used instead.
    pub excluded: &'static [(&'static str, &'static str)],
    /// What reads the answer of an operation.
    pub response_readers: &'static [(&'static str, RoundTripFn)],
    /// What reads the body of an operation.
    pub body_readers: &'static [(&'static str, RoundTripFn)],
}

impl Examples {
    /// An example by its name.
    pub fn value(&self, name: &str) -> Value {
        let path = format!("{}/{name}.json", self.folder);
        parse(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Reads JSON as an operation's answer, and writes it again.
    pub fn response_reader(&self, operation: &str) -> RoundTripFn {
        reader(self.response_readers, operation)
    }

    /// All examples are read, and none is forgotten. What is set in a body is not lost on the way; they
    /// are compared as `plain` shows them.
    pub fn check_readable<P: PartialEq + Debug>(&self, plain: impl Fn(&Value) -> P) {
        for (name, operation) in self.responses {
            let answer = payload(self.value(name)).to_string();
            let read = self.response_reader(operation)(answer.as_bytes());
            let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(read.repairs.is_empty(), "{name}: {:?}", read.repairs);
        }
        for (name, operation) in self.bodies {
            let value = self.value(name);
            let read = reader(self.body_readers, operation)(value.to_string().as_bytes());
            let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(plain(&parse(&read.json)), plain(&value), "{name}");
        }
        let used = [self.responses, self.bodies, self.excluded].concat();
        let used: BTreeSet<&str> = used.into_iter().map(|(name, _)| name).collect();
        for entry in fs::read_dir(self.folder).expect("the folder of examples") {
            let file = entry.expect("a file").file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
            let name = name.unwrap_or_else(|| panic!("{} is no example", file.display()));
            assert!(used.contains(name), "{name} is not used");
        }
    }

    /// What becomes of the samples and the examples of responses, changed in every way.
    pub fn mutate(&self, samples: impl Iterator<Item = Sample>) -> MutationReport {
        let mut report = mutate_samples(samples);
        for (name, operation) in self.responses {
            report.check(name, &payload(self.value(name)), self.response_reader(operation));
        }
        println!("{} of {}", report.read, report.read + report.rejected.len());
        report
    }

    /// A server that responses everything with an example.
    pub async fn server(&self, status: StatusCode, name: &str) -> RequestRecorder {
        let body = self.value(name).to_string();
        RequestRecorder::start(move |_| {
            let mut answer = json_response(body.clone());
            *answer.status_mut() = status;
            answer
        })
        .await
    }
}

/// What becomes of the samples, changed in every way.
pub fn mutate_samples(samples: impl Iterator<Item = Sample>) -> MutationReport {
    let mut report = MutationReport::default();
    for sample in samples {
        let value = parse(sample.json);
        if sample.is_response_type() {
            report.check_sample(sample.name, &value, sample.round_trip);
        } else {
            report.check_request(sample.name, &value, sample.round_trip);
        }
    }
    report
}

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn reader(table: &[(&'static str, RoundTripFn)], operation: &str) -> RoundTripFn {
    let found = table.iter().find(|(known, _)| *known == operation);
    found.unwrap_or_else(|| panic!("{operation} has no such value")).1
}

/// The value alone, where the example shows it in its envelope.
fn payload(example: Value) -> Value {
    match example.get("payload") {
        Some(payload) => payload.clone(),
        None => example,
    }
}
