//! The crate of a new vendor, for every kind of connection. Without `ONETEG_TEST_FULL=1` its files are only parsed.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use xtask::{
    commands::generate,
    connection::Profile,
    emit,
    emit::GeneratedFile,
    model,
    new_vendor::{self, Place},
    normalise,
    spec::Spec,
    workspace,
};

const TOKEN_URL: &str = "https://login.example.com/token";

/// Each kind: the server, the requirement and the schemes.
fn kinds() -> Vec<(&'static str, Value)> {
    let bearer = json!({ "type": "http", "scheme": "bearer" });
    let basic = json!({ "type": "http", "scheme": "basic" });
    let header = json!({ "type": "apiKey", "in": "header", "name": "X-Key" });
    let code = json!({ "type": "oauth2", "flows": { "authorizationCode": {
        "authorizationUrl": "https://login.example.com/authorize", "tokenUrl": TOKEN_URL, "scopes": { "read": "Read." }
    } } });
    let credentials = json!({ "type": "oauth2", "flows": { "clientCredentials": {
        "tokenUrl": TOKEN_URL, "scopes": {}
    } } });
    let openid = json!({ "type": "openIdConnect", "openIdConnectUrl": "https://login.example.com/.well-known" });
    let document = |server: &str, security: Value, schemes: Value| {
        let mut document = support::base();
        document["servers"] =
            json!([{ "url": server, "variables": { "host": { "default": "example.com" } } }]);
        document["security"] = security;
        document["components"]["securitySchemes"] = schemes;
        document
    };
    let fixed = "https://api.example.com/v1";
    let own = "https://{host}/api/v2";
    vec![
        ("fixed-bearer", document(fixed, json!([{ "a": [] }]), json!({ "a": bearer }))),
        ("own-basic", document(own, json!([{ "a": [] }]), json!({ "a": basic }))),
        ("own-header", document("https://{host}", json!([{ "a": [] }]), json!({ "a": header }))),
        ("fixed-code", document(fixed, json!([{ "a": ["read"] }]), json!({ "a": code }))),
        (
            "own-credentials-and-key",
            document(own, json!([{ "a": [], "b": [] }]), json!({ "a": credentials, "b": header })),
        ),
        (
            "fixed-openid-or-key",
            document(fixed, json!([{ "a": [] }, { "b": [] }]), json!({ "a": openid, "b": header })),
        ),
        ("own-open", document("/", json!([]), json!({}))),
    ]
}

/// The crate of a document: all its files.
fn crate_of(vendor: &str, document: &Value) -> Vec<GeneratedFile> {
    let mut document = document.clone();
    document["x-vendor"] = vendor.into();
    let mut sources = support::sources(&document);
    sources[0].path = format!("specs/{vendor}/openapi.yaml").into();
    let generated = generate::pipeline(&sources).unwrap_or_else(|errors| panic!("{errors}"));
    let (spec, _) = normalise::normalise(Spec::from_sources(&sources).unwrap());
    let profile = Profile::of(vendor, &spec.root);
    let mut files = new_vendor::files(&profile, &model::operations(&spec), Place::Elsewhere);
    for file in files.iter_mut().filter(|file| file.path == Path::new("Cargo.toml")) {
        file.text = emit::with_features(&file.text, &generated.features).unwrap();
    }
    files.extend(generated.files);
    files
}

#[test]
fn every_kind_of_connection_gives_a_crate() {
    for (vendor, document) in kinds() {
        for GeneratedFile { path, text } in crate_of(vendor, &document) {
            let shown = path.display();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => {
                    syn::parse_file(&text)
                        .unwrap_or_else(|error| panic!("{vendor}: {shown}: {error}\n{text}"));
                }
                Some("toml") => {
                    text.parse::<toml_edit::DocumentMut>()
                        .unwrap_or_else(|error| panic!("{shown}: {error}"));
                }
                _ => {}
            }
            let is_template = text.contains("@{")
                || text.lines().any(|line| line == "@end" || line.starts_with("@if "));
            assert!(!is_template, "{vendor}: {shown}: {text}");
        }
    }
}

/// Compiles the crate of each kind and runs its tests.
#[test]
fn every_kind_of_crate_passes_its_tests() {
    if std::env::var_os("ONETEG_TEST_FULL").is_none() {
        return;
    }
    let root = workspace::root();
    let folder = tempfile::tempdir().unwrap();
    let mut members = Vec::new();
    for (vendor, document) in kinds() {
        let member = format!("{vendor}-sdk");
        for file in crate_of(vendor, &document) {
            let path = folder.path().join(&member).join(file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file.text).unwrap();
        }
        members.push(member);
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let manifest = new_vendor::elsewhere(&manifest, &root, &members).unwrap();
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let features: Vec<String> = members.iter().map(|member| format!("{member}/mock")).collect();
    let output = Command::new(env!("CARGO"))
        .args([
            "test",
            "--offline",
            "--workspace",
            "--no-fail-fast",
            "--features",
            &features.join(","),
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(!stderr.contains("warning: unused"), "{stderr}");
}
