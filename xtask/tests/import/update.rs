//! Specifications that are updated from a later version of the vendor's file.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use xtask::{commands::generate::pipeline, import::Folder, spec::Spec};

use crate::support::{Workspace, converted, vendor};

#[test]
fn what_was_edited_stays_and_what_is_new_is_added() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    // A person renames an operation and a schema, corrects a type, and writes a comment.
    workspace.edit(
        "photo-albums.yaml",
        "operationId: createAlbum",
        "operationId: addAlbum # Ours.",
    );
    workspace.edit("photo-albums.yaml", "Album:", "PhotoAlbum: # Renamed.");
    workspace.edit("photo-albums.yaml", "schemas/Album'", "schemas/PhotoAlbum'");
    let edited = workspace.read("photo-albums.yaml");
    let report = workspace.import(std::slice::from_ref(&file));
    assert_eq!(workspace.read("photo-albums.yaml"), edited, "{report}");

    // The vendor's next version.
    let mut next = vendor();
    next["info"]["version"] = json!("1.1");
    let album = &mut next["components"]["schemas"]["Album"]["properties"];
    album["rating"] = json!({ "$ref": "#/components/schemas/Rating" });
    album["kind"]["enum"] = json!(["open", "closed", "shared"]);
    next["components"]["schemas"]["Rating"] =
        json!({ "type": "object", "properties": { "stars": { "type": "integer" } } });
    next["components"]["schemas"]["Cover"]["properties"]["width"] = json!({ "type": "integer" });
    next["paths"]["/albums/{id}"] = json!({ "delete": {
        "operationId": "deleteAlbum",
        "tags": ["Photo Albums"],
        "summary": "Deletes an album",
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "204": { "description": "Gone" } }
    } });
    next["paths"]["/albums"]["post"]["parameters"] =
        json!([{ "name": "notify", "in": "query", "schema": { "type": "boolean" } }]);
    next["paths"].as_object_mut().unwrap().remove("/types/{id}");
    let file = workspace.json("acme.json", &next);
    let report = workspace.import(std::slice::from_ref(&file));

    let document = workspace.spec();
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["PhotoAlbum"]["properties"]["kind"]["enum"],
        json!(["open", "closed", "shared"])
    );
    let rating = &schemas["PhotoAlbum"]["properties"]["rating"]["$ref"];
    assert_eq!(rating, "#/components/schemas/Rating", "{report}");
    assert!(schemas.get("Rating").is_some() && schemas.get("Album").is_none(), "{report}");
    assert!(schemas["Cover"]["properties"].get("width").is_some(), "{report}");
    assert_eq!(document["paths"]["/albums/{id}"]["delete"]["operationId"], "deleteAlbum");
    let post = &document["paths"]["/albums"]["post"];
    assert_eq!(
        (&post["operationId"], &post["parameters"][1]["name"]),
        (&json!("addAlbum"), &json!("notify"))
    );
    assert!(document["paths"].get("/types/{id}").is_none(), "{report}");
    let text = workspace.read("photo-albums.yaml");
    assert!(
        text.contains("operationId: addAlbum # Ours.") && text.contains("PhotoAlbum: # Renamed."),
        "{text}"
    );
    // Every other line of before is still there.
    let kept: Vec<&str> = edited.lines().filter(|line| !text.contains(line)).collect();
    assert_eq!(kept, ["          enum: [open, closed]"], "{text}");
    assert!(workspace.read("openapi.yaml").contains("Acme API 1.1: acme.json"), "{report}");
    assert!(workspace.read("inventory.yaml").contains("- deleteAlbum"));

    let folder = Folder::read(&workspace.folder.path().join("specs/acme")).unwrap();
    pipeline(&folder.sources("acme")).unwrap_or_else(|errors| panic!("{errors}\n{text}\n{report}"));
    let report = workspace.import(&[file]);
    assert!(report.contains(", 0 changed"), "{report}");
}

#[test]
fn what_was_removed_or_left_out_does_not_come_back() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    let text = workspace.read("photo-albums.yaml");
    let start = text.find("    post:").unwrap();
    let end = text[start..].find("\ncomponents:").unwrap() + start;
    workspace.edit("photo-albums.yaml", &text[start..end], "");
    fs::write(
        workspace.folder.path().join("specs/acme/inventory.yaml"),
        "operations: {}\nleft_out:\n  - {name: shareAlbum, reason: Not for clients.}\n",
    )
    .unwrap();
    let mut next = vendor();
    next["paths"]["/albums"]["post"]["summary"] = json!("Makes an album");
    next["paths"]["/share"] = json!({ "post": {
        "operationId": "shareAlbum", "responses": { "204": { "description": "Done" } }
    } });
    let file = workspace.json("acme.json", &next);
    let report = workspace.import(&[file]);
    let document = workspace.spec();
    assert!(document["paths"]["/albums"].get("post").is_none(), "{report}");
    assert!(document["paths"].get("/share").is_none(), "{report}");
}

/// A committed specification as the file of a vendor, and an older version of it: fewer operations and members.
fn versions(vendor: &str) -> (Value, Value) {
    let root = xtask::workspace::root();
    let (spec, _) = Spec::read(&root, &PathBuf::from("specs").join(vendor)).unwrap();
    (older(&spec.root), spec.root)
}

fn older(newer: &Value) -> Value {
    let mut older = newer.clone();
    let mut number = 0;
    for item in older["paths"].as_object_mut().unwrap().values_mut() {
        item.as_object_mut().unwrap().retain(|_, _| {
            number += 1;
            number % 4 > 0
        });
    }
    older["paths"].as_object_mut().unwrap().retain(|_, item| !item.as_object().unwrap().is_empty());
    for schema in older["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            continue;
        };
        let mut removed = Vec::new();
        members.retain(|name, _| {
            number += 1;
            removed.extend((number % 7 == 0).then(|| json!(name)));
            number % 7 > 0
        });
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| !removed.contains(name));
            if required.is_empty() {
                schema.as_object_mut().unwrap().remove("required");
            }
        }
    }
    older
}

#[test]
fn the_update_of_an_unedited_folder_is_a_new_import() {
    for vendor in ["mediavalet", "netexplorer"] {
        let (older, newer) = versions(vendor);
        let workspace = Workspace::new();
        let file = workspace.json("acme.json", &older);
        workspace.import(std::slice::from_ref(&file));
        workspace.json("acme.json", &newer);
        workspace.import(std::slice::from_ref(&file));
        let mut updated = workspace.spec();
        let mut fresh = converted(&newer);
        // The tags of the root are in the order in which they were added.
        for document in [&mut updated, &mut fresh] {
            let tags = document["tags"].as_array_mut().unwrap();
            tags.sort_by_key(|tag| tag["name"].to_string());
        }
        let different: Vec<&String> = ["paths", "components", "tags", "x-sources"]
            .iter()
            .flat_map(|key| {
                let (a, b) = (&updated[*key], &fresh[*key]);
                let members = a.as_object().into_iter().flatten();
                members
                    .filter(move |(name, value)| b.get(name) != Some(value))
                    .map(|(name, _)| name)
            })
            .collect();
        assert_eq!(different, Vec::<&String>::new(), "{vendor}");
        assert_eq!(updated, fresh, "{vendor}");
        assert!(workspace.import(&[file]).contains(", 0 changed"));
    }
}

#[test]
fn the_update_of_schemas_with_comments_adds_all_that_is_new() {
    for vendor in ["mediavalet", "netexplorer"] {
        let (_, mut newer) = versions(vendor);
        for schema in newer["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            if let Some(members) = schema["properties"].as_object() {
                schema["required"] = members.keys().step_by(2).cloned().collect();
            }
        }
        let workspace = Workspace::new();
        let file = workspace.json("acme.json", &older(&newer));
        workspace.import(std::slice::from_ref(&file));
        let folder = workspace.folder.path().join("specs/acme");
        for (name, text) in Folder::read(&folder).unwrap().files {
            let Some((before, schemas)) = text.split_once("\n  schemas:\n") else { continue };
            let lines: Vec<String> = schemas
                .lines()
                .map(|line| match line.starts_with("    ") && !line.starts_with("     ") {
                    true if !line.trim_start().starts_with('#') => format!("{line} # Ours."),
                    _ => line.to_owned(),
                })
                .collect();
            let text = format!("{before}\n  schemas:\n{}\n", lines.join("\n"));
            fs::write(folder.join(&name), text).unwrap();
        }
        workspace.json("acme.json", &newer);
        let report = workspace.import(&[file]);
        let sorted = |mut document: Value| {
            for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
                if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                    required.sort_by_key(Value::to_string);
                }
            }
            document["components"]["schemas"].clone()
        };
        let (updated, fresh) = (sorted(workspace.spec()), sorted(converted(&newer)));
        for (name, schema) in fresh.as_object().unwrap() {
            assert_eq!(updated[name], *schema, "{vendor}: {name}\n{report}");
        }
        for message in ["members were added", "new members are required"] {
            assert!(report.contains(message), "{vendor}: {message} is not in {report}");
        }
        assert!(!report.contains("here differ"), "{report}");
        assert!(!report.contains("or keep them"), "{report}");
    }
}

#[test]
fn comments_and_changed_words_survive_an_update() {
    let (older, newer) = versions("mediavalet");
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &older);
    workspace.import(std::slice::from_ref(&file));
    let folder = workspace.folder.path().join("specs/acme");
    let mut edited = Vec::new();
    let mut number = 0;
    for (name, text) in Folder::read(&folder).unwrap().files {
        if !name.ends_with(".yaml") || name.matches('.').count() > 1 || name == "inventory.yaml" {
            continue;
        }
        let mut lines = Vec::new();
        for line in text.lines() {
            let is_id = line.trim_start().starts_with("operationId: ");
            number += usize::from(is_id);
            if is_id && number % 3 == 0 {
                let line = format!("{line}Now # Ours, {number}.");
                edited.push((name.clone(), line.clone()));
                lines.push(line);
            } else {
                lines.push(line.to_owned());
            }
        }
        fs::write(folder.join(&name), lines.join("\n") + "\n").unwrap();
    }
    assert!(edited.len() > 20);
    workspace.json("acme.json", &newer);
    let report = workspace.import(std::slice::from_ref(&file));
    for (name, line) in edited {
        assert!(workspace.read(&name).contains(&line), "{name} has lost: {line}\n{report}");
    }
    assert!(workspace.import(&[file]).contains(", 0 changed"));
}

#[test]
fn servers_and_scopes_are_updated_unless_they_were_edited() {
    let mut file = vendor();
    file["security"] = json!([{ "login": ["read"] }]);
    file["components"]["securitySchemes"] = json!({ "login": { "type": "oauth2", "flows": { "clientCredentials": {
        "tokenUrl": "https://api.acme.example/token", "scopes": { "read": "Read." }
    } } } });
    let mut next = file.clone();
    next["servers"][0]["url"] = json!("https://api2.acme.example");
    next["security"] = json!([{ "login": ["read", "list"] }]);
    let flow = &mut next["components"]["securitySchemes"]["login"]["flows"]["clientCredentials"];
    flow["scopes"]["list"] = json!("List.");
    for is_edited in [false, true] {
        let workspace = Workspace::new();
        workspace.import(&[workspace.json("acme.json", &file)]);
        if is_edited {
            workspace.edit("openapi.yaml", "api.acme.example/v1", "{region}.acme.example");
            workspace.edit("openapi.yaml", "Read.", "Read all.");
        }
        let report = workspace.import(&[workspace.json("acme.json", &next)]);
        let document = workspace.spec();
        assert_eq!(document["security"], next["security"], "{report}");
        let scopes = &document["components"]["securitySchemes"]["login"]["flows"]["clientCredentials"]
            ["scopes"];
        assert_eq!(scopes.get("list").is_some(), !is_edited, "{report}");
        let url = document["servers"][0]["url"].as_str().unwrap();
        assert_eq!(url == "https://api2.acme.example", !is_edited, "{report}");
        assert_eq!(report.contains("that was edited here"), is_edited, "{report}");
        assert_eq!(report.contains("that were edited here"), is_edited, "{report}");
    }
}
