//! Random requests, valid ones with random changes: no stand-in fails, and what violates the specification is named.
//! With `ONETEG_TEST_FULL=1`, there are many more.

use oneteg_catalog::{BodyKind, Catalog, Entry, Place};
use oneteg_sandbox::Sandbox;
use serde_json::{Value, json};
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::client::Client;

/// Operations that end the session of the run.
const ENDING: [&str; 4] =
    ["deleteSession", "revokeOauthUserToken", "revokeOauthAppToken", "updateAccount"];

/// Ids of the seed by the names of parameters and members, so that requests reach objects.
const SEED: &[(&str, &str, &str)] = &[
    ("mediavalet", "assetId", "a55e7000-0000-4000-8000-000000000002"),
    ("mediavalet", "categoryId", "ca7e6000-0000-4000-8000-000000000003"),
    ("mediavalet", "categoryGuid", "ca7e6000-0000-4000-8000-000000000003"),
    ("mediavalet", "attributeId", "a7710000-0000-4000-8000-000000000001"),
    ("mediavalet", "userId", "05e70000-0000-4000-8000-000000000002"),
    ("mediavalet", "userGroupId", "64090000-0000-4000-8000-000000000002"),
    ("mediavalet", "renditionKindId", "4e4d0000-0000-4000-8000-000000000001"),
    ("netexplorer", "folderId", "3"),
    ("netexplorer", "parent_id", "3"),
    ("netexplorer", "fileId", "1004"),
    ("netexplorer", "userId", "3"),
    ("netexplorer", "groupId", "101"),
    ("netexplorer", "tagId", "11"),
    ("netexplorer", "categoryId", "2"),
    ("netx", "assetId", "201"),
    ("netx", "folderId", "1"),
    ("netx", "viewId", "901"),
    ("netx", "token", "sandbox-health"),
];

const ODD_STRINGS: &[&str] = &[
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "99999999999999999999999999",
    "null",
    "../../etc/passwd",
    "a/b",
    "%00",
    "\u{0}",
    "\u{feff}",
    "é😀",
    "'; drop table assets --",
    "[](",
    "*",
    "00000000-0000-0000-0000-000000000000",
    "2031-99-99T99:99:99Z",
    "{{x}}",
    "\"",
    "(((((((((((((((((((",
];

/// A request before it is sent.
struct Draft {
    method: String,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// Bytes instead of JSON.
    raw: Option<Vec<u8>>,
    media_type: Option<String>,
}

impl Draft {
    /// What the specification has as a sample, with ids of the seed.
    fn of(vendor: &str, catalog: &Catalog, entry: &Entry) -> Self {
        let known = |name: &str| {
            SEED.iter().find(|(of, known, _)| *of == vendor && *known == name).map(|found| found.2)
        };
        let (mut path, mut query, mut procedure) = (Vec::new(), entry.query.clone(), Vec::new());
        for parameter in &entry.parameters {
            let name = parameter.name.as_str();
            let mut sample = catalog.schemas.sample_named(&parameter.schema, name);
            if let Some(known) = known(name) {
                sample = known.parse::<u64>().map_or_else(|_| json!(known), |number| json!(number));
            }
            let text = sample.as_str().map_or_else(|| sample.to_string(), str::to_owned);
            match parameter.place {
                Place::Path => path.push((name.to_owned(), text)),
                Place::Query => query.push((name.to_owned(), text)),
                Place::Procedure => procedure.push(sample),
                Place::Header => {}
            }
        }
        let mut draft = Self {
            method: entry.method.clone(),
            path,
            query,
            headers: Vec::new(),
            body: None,
            raw: None,
            media_type: None,
        };
        if let Some(name) = &entry.procedure {
            let call = json!({ "jsonrpc": "2.0", "id": "1", "method": name, "params": procedure });
            draft.body = Some(call);
        } else if let Some(body) = &entry.body {
            match body.kind {
                BodyKind::Json => draft.body = Some(catalog.schemas.sample(&body.schema)),
                BodyKind::Multipart => {
                    draft.media_type = Some(format!("{}; boundary=b", body.media_type));
                    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
                    draft.raw = Some(part.into());
                }
                _ => {
                    draft.media_type = Some(body.media_type.clone());
                    draft.raw = Some(b"sample".to_vec());
                }
            }
        }
        if let Some(body) = &mut draft.body {
            fill(body, &known);
        }
        draft
    }

    fn change(&mut self, random: &mut fastrand::Rng) {
        let odd = |random: &mut fastrand::Rng| match random.u8(..8) {
            0 => "a".repeat(9000),
            _ => (*random.choice(ODD_STRINGS).unwrap()).to_owned(),
        };
        match random.u8(..12) {
            0 if !self.path.is_empty() => {
                let index = random.usize(..self.path.len());
                // An empty segment is another path.
                self.path[index].1 =
                    Some(odd(random)).filter(|t| !t.is_empty()).unwrap_or("x".into());
            }
            1 if !self.query.is_empty() => {
                let index = random.usize(..self.query.len());
                self.query[index].1 = odd(random);
            }
            2 if self.body.as_ref().is_none_or(|body| body.get("jsonrpc").is_none()) => {
                self.query.push(("qzx".to_owned(), odd(random)));
            }
            3 => self.query.clear(),
            4 if !self.query.is_empty() => {
                let again = self.query[0].clone();
                self.query.push(again);
            }
            5 => self.raw = Some(odd(random).into_bytes()),
            6 if self.body.is_some() => {
                let text = self.body.as_ref().unwrap().to_string();
                let end = random.usize(..text.len());
                self.raw = Some(text.as_bytes()[..end].to_vec());
            }
            7 => {
                let types = [
                    "text/xml",
                    "application/json; charset=utf-16",
                    "",
                    "x",
                    "multipart/form-data",
                ];
                self.media_type = random.choice(types).map(str::to_owned);
            }
            8 => {
                let headers = [
                    ("range", "bytes=5-1"),
                    ("range", "bytes=99999999999999999999-"),
                    ("range", "lines=1"),
                    ("x-mv-api-version", "9.9"),
                    ("as", "x"),
                    ("as", "0"),
                    ("content-range", "bytes 0-0/x"),
                    ("tus-resumable", "7"),
                    ("upload-offset", "-1"),
                    ("upload-metadata", "filename ===,,"),
                    ("x-http-method-override", "DELETE"),
                    ("if-match", "\"x\""),
                    ("accept", "application/xml"),
                ];
                let (name, value) = random.choice(headers).unwrap();
                self.headers.push((name, value.to_owned()));
            }
            _ => {
                if let Some(body) = &mut self.body {
                    change_json(body, random, true);
                }
            }
        }
    }
}

/// Sets members that are ids of the seed.
fn fill(value: &mut Value, known: &dyn Fn(&str) -> Option<&'static str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, known)),
        Value::Object(members) => {
            for (name, value) in members {
                match known(name) {
                    Some(id) if value.is_number() => *value = json!(id.parse::<u64>().unwrap_or(1)),
                    Some(id) if value.is_string() => *value = json!(id),
                    _ => fill(value, known),
                }
            }
        }
        _ => {}
    }
}

/// Changes one value somewhere in a document.
fn change_json(value: &mut Value, random: &mut fastrand::Rng, is_outer: bool) {
    let goes_in = random.u8(..4) > 0;
    match value {
        Value::Array(items) if goes_in && !items.is_empty() => {
            let index = random.usize(..items.len());
            return change_json(&mut items[index], random, false);
        }
        // The name of a procedure remains.
        Value::Object(members) if is_outer && members.contains_key("jsonrpc") => {
            return change_json(&mut members["params"], random, false);
        }
        Value::Object(members) if goes_in && !members.is_empty() => {
            let name = random.choice(members.keys()).unwrap().clone();
            return change_json(&mut members[&name], random, false);
        }
        Value::Object(members) if random.bool() => {
            let removed = random.choice(members.keys()).cloned();
            removed.and_then(|name| members.remove(&name));
            return;
        }
        Value::Array(items) if random.bool() => {
            let again = items.first().cloned().unwrap_or_default();
            items.resize(items.len() + random.usize(1..300), again);
            return;
        }
        _ => {}
    }
    *value = match random.u8(..10) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1.5e300),
        5 => json!([]),
        6 => json!({}),
        7 => json!([[[{ "a": [null] }]]]),
        _ => json!(random.choice(ODD_STRINGS).unwrap()),
    };
}

/// Sends random requests, and returns what is wrong with the responses.
async fn problems(vendor: &'static str, client: &Client, seed: u64, count: usize) -> Vec<String> {
    let catalog = oneteg_catalog::of(vendor).unwrap();
    let mut random = fastrand::Rng::with_seed(seed);
    let mut problems = Vec::new();
    for number in 0..count {
        let entry = random.choice(&catalog.operations).unwrap();
        if ENDING.contains(&entry.operation_id.as_str()) {
            continue;
        }
        let mut draft = Draft::of(vendor, catalog, entry);
        for _ in 0..random.usize(..4) {
            draft.change(&mut random);
        }
        let mut path = format!("{}{}", catalog.base_path, entry.path);
        for (name, value) in &draft.path {
            let value: String = byte_serialize(value.as_bytes()).collect();
            path = path.replace(&format!("{{{name}}}"), &value.replace('+', "%20"));
        }
        if !draft.query.is_empty() {
            let query = Serializer::new(String::new()).extend_pairs(&draft.query).finish();
            path.push_str(&format!("?{query}"));
        }
        let mut request = client.request(vendor, &draft.method, &path);
        for (name, value) in &draft.headers {
            request = request.header(*name, value);
        }
        let media_type = draft.media_type.as_deref().unwrap_or("application/json");
        let body = draft.raw.or(draft.body.map(|body| body.to_string().into_bytes()));
        if let Some(body) = &body {
            request = request.header("content-type", media_type).body(body.clone());
        }
        let shown = || {
            let body = body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            let body: String = body.chars().take(1500).collect();
            format!("{vendor} {seed}/{number} {} {path} {:?} {body}", draft.method, draft.headers)
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                problems.push(format!("{}: {error:?}", shown()));
                continue;
            }
        };
        let status = response.status();
        let mark = response.headers().get("x-oneteg-sandbox").cloned();
        let text = response.text().await.unwrap_or_default();
        let is_named = draft.query.iter().all(|(name, _)| name != "qzx")
            || text.contains("query: qzx")
            || text.contains(" more")
            // Nobody is in whose name the call could be made.
            || draft.headers.iter().any(|(name, _)| *name == "as")
            || matches!(status.as_u16(), 401 | 403);
        let is_explained = mark.is_none_or(|mark| {
            mark != "violation" || text.contains("differs from the specification")
        });
        if status.is_server_error() || !is_named || !is_explained {
            problems.push(format!("{}: {status} {text}", shown()));
        }
    }
    problems
}

#[tokio::test(flavor = "multi_thread")]
async fn random_requests_never_fail_a_stand_in() {
    let is_full = std::env::var_os("ONETEG_TEST_FULL").is_some();
    let (rounds, count) = if is_full { (8, 3000) } else { (1, 600) };
    for vendor in oneteg_catalog::VENDORS {
        for seed in 0..rounds {
            let client = Client::with(Sandbox::builder()).await;
            let problems = problems(vendor, &client, seed, count).await;
            assert!(problems.is_empty(), "{}", problems.join("\n"));
            let writes = match vendor {
                "netx" => client.sandbox.netx().counters().writes,
                "mediavalet" => client.sandbox.mediavalet().counters().writes,
                _ => client.sandbox.netexplorer().counters().writes,
            };
            assert!(writes > 0, "{vendor}: no request reached an operation");
        }
    }
}
