//! Compares decoding a response through the runtime with serde_json alone, without a server.
//!
//! `cargo bench -p oneteg-http --bench decode` prints ratios of one run: the share of serde_json's speed for
//! responses as documented, and the cost of the second pass if every item needs repairs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{Runtime, Vendor};
use oneteg_test_kit::figure::{Figure, counted, median};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// A type like a generated one. `extra` is read by the given function, or by serde alone.
macro_rules! item {
    ($name:ident $(, $read:literal)?) => {
        #[derive(Deserialize)]
        #[allow(dead_code)]
        struct $name {
            #[serde(deserialize_with = "oneteg_http::serde_with::lenient_id::deserialize")]
            id: i64,
            name: Option<String>,
            file: Option<String>,
            size: Option<i64>,
            width: Option<i64>,
            height: Option<i64>,
            ratio: Option<f64>,
            can_read: Option<bool>,
            can_write: Option<bool>,
            #[serde(alias = "nbVersions")]
            nb_versions: Option<i64>,
            #[serde(default, with = "oneteg_http::serde_with::lenient_date_time")]
            created: Option<DateTime<Utc>>,
            keywords: Option<Vec<String>>,
            attributes: Option<std::collections::BTreeMap<String, String>>,
            #[serde(flatten $(, deserialize_with = $read)?)]
            extra: Map<String, Value>,
        }
    };
}

item!(Generated, "oneteg_http::serde_with::extra::deserialize");
item!(Plain);

#[derive(Debug)]
struct Bench;

impl Vendor for Bench {
    fn name(&self) -> &'static str {
        "bench"
    }
}

fn page(items: u64, odd: bool) -> Bytes {
    let item = |id: u64| {
        let mut item = json!({
            "id": id, "name": format!("asset {id}"), "file": format!("asset-{id}.jpg"), "size": 1_234_567 + id,
            "width": 1920, "height": 1080, "ratio": 1.78, "can_read": true, "can_write": false,
            "nb_versions": 3, "created": "2024-05-06T07:08:09Z", "keywords": ["red", "green", "blue"],
            "attributes": {"Year": "2024", "Title": "A picture"}, "somethingNew": {"a": [1, 2, 3]},
        });
        if odd {
            item["size"] = item["size"].to_string().into();
            item["attributes"] = json!([]);
        }
        item
    };
    json!((0..items).map(item).collect::<Vec<_>>()).to_string().into()
}

fn through<T: DeserializeOwned>(runtime: &Runtime, body: &Bytes) -> usize {
    let read = runtime.decode_embedded::<Vec<T>>(StatusCode::OK, HeaderMap::new(), body.clone());
    read.unwrap().len()
}

fn alone<T: DeserializeOwned>(body: &Bytes) -> usize {
    serde_json::from_slice::<Vec<T>>(body).unwrap().len()
}

/// The median ratio of the times of two kinds of batches, run alternately.
fn ratio(batch: u32, mut one: impl FnMut() -> usize, mut other: impl FnMut() -> usize) -> f64 {
    const ROUNDS: usize = 61;
    let time = |run: &mut dyn FnMut() -> usize| {
        let began = Instant::now();
        for _ in 0..batch {
            std::hint::black_box(run());
        }
        began.elapsed().as_secs_f64()
    };
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let (first, second) = if round % 2 == 0 {
            let first = time(&mut one);
            (first, time(&mut other))
        } else {
            let second = time(&mut other);
            (time(&mut one), second)
        };
        ratios.push(second / first);
    }
    median(ratios)
}

fn main() {
    let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret")).unwrap();
    let runtime = Runtime::builder("http://127.0.0.1:9", Bench, key).build().unwrap();
    for items in [1, 10, 100, 1000] {
        let batch = 40_000 / u32::try_from(items).unwrap();
        let (well, odd) = (page(items, false), page(items, true));
        let read = || through::<Generated>(&runtime, &well);
        let figure = |what: &str, against: &str, ratio: f64| {
            let name = format!("A response of {}{what}", counted(items, "item"));
            // The time of the baseline is the unit.
            Figure {
                group: "Decoding",
                name: &name,
                unit: "of the speed",
                ours: ratio,
                baseline: 1.0,
                against,
                ratio,
                higher_is_better: true,
            }
            .print();
        };
        figure("", "serde_json alone", ratio(batch, read, || alone::<Generated>(&well)));
        figure(
            ", unknown members kept",
            "serde_json alone, without our reader of them",
            ratio(batch, read, || alone::<Plain>(&well)),
        );
        figure(
            ", each of which is repaired",
            "the same response without odd values",
            ratio(batch, || through::<Generated>(&runtime, &odd), read),
        );
    }
}
