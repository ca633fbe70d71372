//! Random differences, one an operation, of every kind that `verify` finds, with the findings that they must cause.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oneteg_catalog::{Catalog, Entry, ResponseKind, evidence::Kind};
use serde_json::Value;

use super::{
    changes::{self, Changing},
    relay::{Call, Reply},
    sites,
};

/// A difference that was planted.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) what: String,
    /// Its findings, by place.
    pub(crate) expected: BTreeSet<(String, Kind)>,
    /// The place of a member that is absent and need not be there.
    pub(crate) absent: Option<String>,
}

/// Plants one difference in the responses of each operation, or of one alone.
pub(crate) struct Plan {
    catalog: &'static Catalog,
    seed: u64,
    only: Option<String>,
    /// How many successful responses each operation had.
    responses: HashMap<String, u64>,
    pub(crate) planted: BTreeMap<String, Planted>,
}

impl Plan {
    pub(crate) fn new(vendor: &str, seed: u64, only: Option<&str>) -> Self {
        Self {
            catalog: oneteg_catalog::of(vendor).unwrap(),
            seed,
            only: only.map(str::to_owned),
            responses: HashMap::new(),
            planted: BTreeMap::new(),
        }
    }

    /// Changes a response, if it is the one that differs.
    pub(crate) fn apply(&mut self, call: &Call, reply: Reply) -> Reply {
        let Some(entry) = call.operation.filter(|entry| !entry.writes && reply.is_success()) else {
            return reply;
        };
        let name = entry.operation_id.as_str();
        if self.only.as_ref().is_some_and(|only| only != name) {
            return reply;
        }
        // The same difference in every run, whatever was called before.
        let hash = name
            .bytes()
            .fold(self.seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut random = fastrand::Rng::with_seed(hash);
        let index = self.responses.entry(name.to_owned()).or_default();
        *index += 1;
        // Of single objects, the second or third one may be the one that differs.
        let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
        let is_list =
            body.is_some_and(|body| body.pointer(content(entry)).is_some_and(Value::is_array));
        let is_single = entry.paging.is_none()
            && entry.response.kind == ResponseKind::Json
            && entry.path.contains('{')
            && !is_list;
        let chosen = if is_single { random.u64(1..4) } else { 1 };
        if *index != chosen {
            return reply;
        }
        match plant(self.catalog, entry, reply.clone(), &mut random) {
            Some((planted, changed)) => {
                self.planted.insert(name.to_owned(), planted);
                changed
            }
            None => reply,
        }
    }
}

/// Where the content is in a body.
pub(crate) fn content(entry: &Entry) -> &'static str {
    match entry.envelope.as_str() {
        "json-rpc" => "/result",
        "payload" => "/payload",
        _ => "",
    }
}

fn plant(
    catalog: &'static Catalog,
    entry: &'static Entry,
    reply: Reply,
    random: &mut fastrand::Rng,
) -> Option<(Planted, Reply)> {
    let body: Value = match entry.response.kind {
        ResponseKind::Json => serde_json::from_slice(&reply.body).ok()?,
        ResponseKind::File => Value::Null,
        _ => return None,
    };
    let schema = entry.response.schema.clone().unwrap_or_default();
    // An error of a procedure has status 200 and no content: an id that differs leads to one.
    let inner = match entry.response.kind {
        ResponseKind::Json => body.pointer(content(entry))?,
        _ => &Value::Null,
    };
    let mut changing = Changing {
        sites: sites::of(&catalog.schemas, &schema, inner),
        schemas: &catalog.schemas,
        entry,
        body,
        reply,
        random: random.clone(),
    };
    // Not every change is possible in every response.
    for _ in 0..40 {
        let change = changing.random.choice(changes::ALL).unwrap();
        if entry.response.kind == ResponseKind::File && !change.of_files {
            continue;
        }
        let Some(caused) = (change.make)(&mut changing) else { continue };
        let Changing { mut reply, body, .. } = changing;
        if entry.response.kind == ResponseKind::Json {
            reply.body = match caused.instead {
                Some((from, to)) => body.to_string().replacen(from, to, 1).into_bytes(),
                None => body.to_string().into_bytes(),
            };
        }
        let what = format!("{} {}", change.name, caused.what);
        let expected = caused.findings.into_iter().collect();
        return Some((Planted { what, expected, absent: caused.absent }, reply));
    }
    None
}
