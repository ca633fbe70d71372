//! Credentials, scopes, servers, and the other keys of the root.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Class, Subject,
    context::{At, Differ, shown},
    usage::Usage,
    view::bare,
};

/// Compares what holds for the whole API.
pub(super) fn root(differ: &mut Differ<'_>) {
    let (old, new) = (&differ.old.root, &differ.new.root);
    let usage = Usage::SENT.or(Usage::RECEIVED);
    let at = At::subject(Subject::Api, "", "", "", usage);
    requirements(differ, &at.inside("security"), &old["security"], &new["security"]);
    servers(differ, &at, &old["servers"], &new["servers"]);
    schemes(differ, &at.inside("components").inside("securitySchemes"), old, new);
    for (key, class, rule) in [
        ("x-vendor", Class::Breaking, "vendor-changed"),
        ("x-envelope", Class::Risky, "behaviour-changed"),
        ("x-connection", Class::Risky, "connection-changed"),
        ("webhooks", Class::Risky, "webhooks-changed"),
    ] {
        if bare(&old[key]) != bare(&new[key]) {
            differ.push(class, rule, &at.inside(key), format!("`{key}` changed"));
        }
    }
    let documentation =
        ["info", "tags", "x-sources", "x-errors", "externalDocs", "openapi", "swagger"];
    for key in documentation.into_iter().filter(|key| old[*key] != new[*key]) {
        let message = format!("`{key}` changed");
        differ.push(Class::Safe, "documentation-changed", &at.inside(key), message);
    }
}

/// Compares the requirements of an operation that has its own.
pub(super) fn of_operation(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (old, new) = (&old["security"], &new["security"]);
    if old.is_null() && new.is_null() {
        return;
    }
    // One that has none has those of the API.
    let (root_old, root_new) = (&differ.old.root["security"], &differ.new.root["security"]);
    let before = if old.is_null() { root_old } else { old };
    let after = if new.is_null() { root_new } else { new };
    requirements(differ, &at.inside("security"), before, after);
}

type Scopes = BTreeMap<String, BTreeSet<String>>;

/// The alternatives: each the schemes that are needed together, with their scopes.
fn alternatives(value: &Value) -> Vec<Scopes> {
    let scopes = |value: &Value| -> BTreeSet<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let alternative = |value: &Value| -> Scopes {
        let schemes = value.as_object().into_iter().flatten();
        schemes.map(|(name, list)| (name.clone(), scopes(list))).collect()
    };
    value.as_array().into_iter().flatten().map(alternative).collect()
}

fn requirements(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (before, after) = (alternatives(old), alternatives(new));
    if before == after {
        return;
    }
    let names = |alternative: &Scopes| -> String {
        let names: Vec<String> = alternative.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
    };
    let find = |all: &[Scopes], wanted: &Scopes| {
        all.iter().find(|other| other.keys().eq(wanted.keys())).cloned()
    };
    for was in &before {
        let Some(is) = find(&after, was) else {
            let message = format!("no longer accepts {}", names(was));
            differ.push(Class::Risky, "credential-removed", at, message);
            continue;
        };
        for (scheme, scopes) in was {
            for scope in is[scheme].difference(scopes) {
                let message = format!(
                    "needs the scope `{scope}` of `{scheme}`; without it the server refuses calls"
                );
                differ.push(Class::Risky, "scope-added", at, message);
            }
            for scope in scopes.difference(&is[scheme]) {
                let message = format!("no longer needs the scope `{scope}` of `{scheme}`");
                differ.push(Class::Safe, "scope-removed", at, message);
            }
        }
    }
    for is in after.iter().filter(|is| find(&before, is).is_none()) {
        // The first requirement of an API that had none is one that callers lack.
        let class = if before.is_empty() { Class::Risky } else { Class::Safe };
        differ.push(class, "credential-added", at, format!("accepts {}", names(is)));
    }
}

/// Compares the servers of the API, or of an operation.
pub(super) fn servers(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let urls = |value: &Value| -> Vec<String> {
        let servers = value.as_array().into_iter().flatten();
        servers.map(|server| server["url"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let (before, after) = (urls(old), urls(new));
    let at = &at.inside("servers");
    if before.first() != after.first() {
        let shown =
            |urls: &[String]| urls.first().map_or("none".to_owned(), |url| format!("`{url}`"));
        let message = format!("has the server {}; it was {}", shown(&after), shown(&before));
        differ.push(Class::Risky, "server-changed", at, message);
    } else if before != after {
        differ.push(Class::Safe, "servers-changed", at, "has other further servers");
    }
    let variables = |value: &Value| bare(&value[0]["variables"]);
    if before.first() == after.first() && variables(old) != variables(new) {
        differ.push(Class::Risky, "server-changed", at, "has other variables in its server");
    }
}

fn schemes(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let empty = serde_json::Map::new();
    let of = |root: &'_ Value| {
        root["components"]["securitySchemes"].as_object().cloned().unwrap_or_default()
    };
    let (before, after) = (of(old), of(new));
    for (name, was) in &before {
        let at = &at.inside(name);
        let Some(is) = after.get(name) else {
            let message = format!("the credential `{name}` is removed");
            differ.push_removed(Class::Risky, "credential-removed", at, message);
            continue;
        };
        let keys: BTreeSet<&String> = was
            .as_object()
            .unwrap_or(&empty)
            .keys()
            .chain(is.as_object().unwrap_or(&empty).keys())
            .collect();
        for key in keys {
            let (old, new) = (&was[key.as_str()], &is[key.as_str()]);
            if bare(old) == bare(new) {
                if old != new {
                    let message = format!("the credential `{name}` has other documentation");
                    differ.push(Class::Safe, "documentation-changed", at, message);
                }
                continue;
            }
            match key.as_str() {
                "description" | "x-evidence" => {
                    let message = format!("the credential `{name}` has other documentation");
                    differ.push(Class::Safe, "documentation-changed", at, message);
                }
                "flows" => flows(differ, at, name, old, new),
                key => {
                    let message = format!(
                        "the credential `{name}` has the `{key}` {}; it was {}",
                        shown(new),
                        shown(old)
                    );
                    differ.push(Class::Risky, "credential-changed", at, message);
                }
            }
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        let message = format!("the credential `{name}` is new");
        differ.push(Class::Safe, "credential-added", &at.inside(name), message);
    }
}

fn flows(differ: &mut Differ<'_>, at: &At, name: &str, old: &Value, new: &Value) {
    let empty = serde_json::Map::new();
    let (before, after) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    let flows: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for flow in flows {
        let at = &at.inside("flows").inside(flow);
        let (old, new) = (&old[flow.as_str()], &new[flow.as_str()]);
        match (old.is_null(), new.is_null()) {
            (true, _) => {
                let message = format!("`{name}` allows the flow `{flow}`");
                differ.push(Class::Safe, "credential-added", at, message);
                continue;
            }
            (_, true) => {
                let message = format!("`{name}` no longer allows the flow `{flow}`");
                differ.push_removed(Class::Risky, "credential-removed", at, message);
                continue;
            }
            _ => {}
        }
        for key in ["authorizationUrl", "tokenUrl", "refreshUrl"] {
            if old[key] != new[key] {
                let message = format!(
                    "`{name}` has the `{key}` {}; it was {}",
                    shown(&new[key]),
                    shown(&old[key])
                );
                differ.push(Class::Risky, "credential-changed", at, message);
            }
        }
        let scopes = |value: &Value| -> BTreeSet<String> {
            value["scopes"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(scope, _)| scope.clone())
                .collect()
        };
        for scope in scopes(new).difference(&scopes(old)) {
            let message = format!("`{name}` has the new scope `{scope}`");
            differ.push(Class::Risky, "scope-added", at, message);
        }
        for scope in scopes(old).difference(&scopes(new)) {
            let message = format!(
                "`{name}` no longer has the scope `{scope}`; sign-ins that ask for it fail"
            );
            differ.push(Class::Risky, "scope-removed", at, message);
        }
    }
}
