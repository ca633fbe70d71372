//! Servers: absolute URLs in the root; versions that only some operations have move into the paths.

use serde_json::{Value, json};

use crate::import::{draft::Draft, names::Names};

/// At least one server, each with a URL.
pub fn servers(draft: &mut Draft, names: &Names) {
    let host = format!("https://{}.example", names.vendor);
    let listed = draft.document["servers"].as_array().cloned().unwrap_or_default();
    let mut servers = Vec::new();
    for server in listed {
        let Some(url) = server["url"].as_str() else {
            draft.report.left_out("servers", "servers without a URL", "servers", "");
            continue;
        };
        let mut server = server.clone();
        if url.starts_with('/') || url.is_empty() {
            // Relative to where the vendor publishes the file, which it does not state.
            draft.report.to_decide(
                "servers",
                "the server has no host; a made one is in its place",
                "servers",
                &format!("`{url}` became `{host}{url}`"),
            );
            server["url"] = json!(format!("{host}{}", url.trim_end_matches('/')));
        } else if url.starts_with("//") {
            server["url"] = json!(format!("https:{url}"));
        }
        servers.push(server);
    }
    if servers.is_empty() {
        draft.report.to_decide(
            "servers",
            "the file names no server; a made one is in its place",
            "servers",
            &host,
        );
        servers.push(json!({ "url": host }));
    }
    draft.section("paths");
    draft.document["servers"] = Value::Array(servers);
    super::server_paths::server_paths(draft);
}
