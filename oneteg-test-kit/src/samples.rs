//! Samples and examples of a vendor's types: they are read and written unchanged, and nearly every mutation of them is
//! read.
//!
//! Like a test, this panics when something is not read. It prints how much was.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::missing_panics_doc)]

use std::{collections::BTreeSet, fmt::Debug, fs};

use http::StatusCode;
use serde_json::Value;

use crate::{
    mutation::{MutationReport, RoundTripFn},
    recorder::{RequestRecorder, json_response},
};

/// A value of a type, with every member.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The name of the type.
    pub name: &'static str,
    /// The value.
    pub json: &'static str,
    /// Reads it as the type, and writes it again.
    pub round_trip: RoundTripFn,
}

impl Sample {
    /// Whether the type keeps unknown members, as types of responses do.
    pub fn is_response_type(&self) -> bool {
        parse(self.json).get("notYetKnown").is_some()
    }
}

/// Checks that every sample is unchanged after it was read and written.
pub fn check_round_trips(samples: impl Iterator<Item = Sample>) {
    let mut types = 0;
    for Sample { name, json, round_trip } in samples {
        let result = round_trip(json.as_bytes());
        let result = result.unwrap_or_else(|error| panic!("{name}: {error}\n{json}"));
        assert_eq!(parse(&result.json), parse(json), "{name}");
        assert!(result.repairs.is_empty(), "{name}: {:?}", result.repairs);
        types += 1;
    }
    println!("{types} types");
}

/// The examples in a vendor's documentation, and what they are examples of.
#[derive(Debug, Clone, Copy)]
pub struct Examples {
    /// The folder of their files, which are named like `getAsset.1.response.json`.
    pub folder: &'static str,
    /// The examples of responses, with their operations.
    pub responses: &'static [(&'static str, &'static str)],
    /// The examples of request bodies, with their operations.
    pub bodies: &'static [(&'static str, &'static str)],
    /// The examples that are neither a response nor a request body in JSON, with the reason, or where they are used.
    pub excluded: &'static [(&'static str, &'static str)],
    /// Reads and writes the response of an operation.
    pub response_readers: &'static [(&'static str, RoundTripFn)],
    /// Reads and writes the request body of an operation.
    pub body_readers: &'static [(&'static str, RoundTripFn)],
}

impl Examples {
    /// An example by its name.
    pub fn value(&self, name: &str) -> Value {
        let path = format!("{}/{name}.json", self.folder);
        parse(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Reads JSON as the response of an operation, and writes it again.
    pub fn response_reader(&self, operation: &str) -> RoundTripFn {
        find_reader(self.response_readers, operation)
    }

    /// Checks that every example is read without repairs, that request bodies are written unchanged, and that no file
    /// is unused. Request bodies are compared as `normalize` returns them.
    pub fn check_readable<P: PartialEq + Debug>(&self, normalize: impl Fn(&Value) -> P) {
        for (name, operation) in self.responses {
            let response = payload(self.value(name)).to_string();
            let result = self.response_reader(operation)(response.as_bytes());
            let result = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(result.repairs.is_empty(), "{name}: {:?}", result.repairs);
        }
        for (name, operation) in self.bodies {
            let value = self.value(name);
            let result = find_reader(self.body_readers, operation)(value.to_string().as_bytes());
            let result = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(normalize(&parse(&result.json)), normalize(&value), "{name}");
        }
        let used = [self.responses, self.bodies, self.excluded].concat();
        let used: BTreeSet<&str> = used.into_iter().map(|(name, _)| name).collect();
        for entry in fs::read_dir(self.folder).expect("the folder of examples") {
            let file = entry.expect("a file").file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
            let name = name.unwrap_or_else(|| panic!("{} is not an example", file.display()));
            assert!(used.contains(name), "{name} is not used");
        }
    }

    /// Reads every mutation of the samples and of the examples of responses.
    pub fn mutate(&self, samples: impl Iterator<Item = Sample>) -> MutationReport {
        let mut report = mutate_samples(samples);
        for (name, operation) in self.responses {
            report.check(name, &payload(self.value(name)), self.response_reader(operation));
        }
        println!("{} of {}", report.read, report.read + report.rejected.len());
        report
    }

    /// A server that responds to every request with an example.
    pub async fn server(&self, status: StatusCode, name: &str) -> RequestRecorder {
        let body = self.value(name).to_string();
        RequestRecorder::start(move |_| {
            let mut response = json_response(body.clone());
            *response.status_mut() = status;
            response
        })
        .await
    }
}

/// Reads every mutation of the samples.
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

fn find_reader(readers: &[(&'static str, RoundTripFn)], operation: &str) -> RoundTripFn {
    let found = readers.iter().find(|(known, _)| *known == operation);
    found.unwrap_or_else(|| panic!("{operation} has no such value")).1
}

/// The payload alone, if the example has an envelope.
fn payload(example: Value) -> Value {
    match example.get("payload") {
        Some(payload) => payload.clone(),
        None => example,
    }
}
