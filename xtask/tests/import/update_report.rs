//! What the report of an update states: what changed, and what a person must decide; nothing else, and nothing less.

use serde_json::{Map, Value, json};
use xtask::commands::import::run_in;

use crate::support::{Workspace, vendor};

#[test]
fn conventions_report_only_what_they_change_in_the_folder() {
    let workspace = Workspace::new();
    let mut file = vendor();
    let share = |id: &str| json!({ "tags": ["Photo Albums", "Other"], "operationId": id, "responses": { "204": { "description": "Done" } } });
    file["paths"]["/share"] = json!({ "post": share("shareAlbum") });
    let path = workspace.json("acme.json", &file);
    let by_name = "summaries come from the name of the operation";
    let conventions = [by_name, "keep the first", "operations cite the file", "ids that are long"];
    let report = workspace.import(std::slice::from_ref(&path));
    assert!(conventions.iter().all(|message| report.contains(message)), "{report}");
    workspace.edit("photo-albums.yaml", "summary: Share album.", "summary: Shares it with a team.");
    let report = workspace.import(&[path]);
    assert!(!conventions.iter().any(|message| report.contains(message)), "{report}");

    // The vendor changes the operation, and adds one that gets a summary.
    file["paths"]["/share"]["post"]["deprecated"] = json!(true);
    file["paths"]["/hide"] = json!({ "post": share("hideAlbum") });
    let report = workspace.import(&[workspace.json("acme.json", &file)]);
    assert!(workspace.read("photo-albums.yaml").contains("summary: Shares it with a team."));
    assert!(report.contains(&format!("- 1 × {by_name} (`summaries`)\n  - POST /hide")), "{report}");
    assert!(report.contains("(`evidence`)\n  - the document: 1 operations"), "{report}");
    assert!(!report.contains("POST /share: Share album."), "{report}");
}

#[test]
fn references_that_lead_to_nothing_are_named_in_the_vendors_file() {
    let v3 = "openapi: 3.0.0\ninfo: {title: Acme, version: '1'}\nservers: [{url: 'https://a.example'}]\npaths:\n  /things:\n    \
              get:\n      operationId: listThings\n      tags: [things]\n      responses:\n        '200':\n          \
              description: OK\n          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}\n\
              components:\n  schemas:\n    Thing:\n      type: object\n      properties:\n        name: {type: string}\n";
    let v2 = "swagger: '2.0'\ninfo: {title: Acme, version: '1'}\nhost: a.example\nschemes: [https]\npaths:\n  /things:\n    \
              get:\n      operationId: listThings\n      tags: [things]\n      responses:\n        '200':\n          \
              description: OK\n          schema: {$ref: '#/definitions/Thing'}\n\
              definitions:\n    Thing:\n      type: object\n      properties:\n        name: {type: string}\n";
    for (text, new, place) in [
        (v3, "        owner: {$ref: '#/components/schemas/Owner'}\n", "acme.yaml:19:17"),
        (v3, "        owner: {$ref: 'more.yaml#/Person'}\n", "more.yaml:3:13"),
        (v2, "        owner: {$ref: '#/definitions/Owner'}\n", "acme.yaml:19:17"),
    ] {
        for is_edited in [false, true] {
            let workspace = Workspace::new();
            let more = "Person:\n  properties:\n    owner: {$ref: 'acme.yaml#/components/schemas/Owner'}\n";
            workspace.file("more.yaml", more);
            workspace.import(&[workspace.file("acme.yaml", text)]);
            if is_edited {
                workspace.edit("things.yaml", "Thing:", "Thing: # Ours.");
            }
            let before = workspace.read("things.yaml");
            let file = workspace.file("acme.yaml", &format!("{text}{new}"));
            let result = run_in(&workspace.folder.path().join("specs"), "acme", &[file], false);
            let error = format!("{:#}", result.unwrap_err());
            for part in
                ["`#/components/schemas/Owner` leads to nothing", place, "correct the reference"]
            {
                assert!(error.contains(part), "{part} is not in {error}");
            }
            assert_eq!(workspace.read("things.yaml"), before);
        }
    }
}

/// A schema as it is edited, the lines that change with `required`, and what the update reports.
struct Case {
    edited: &'static str,
    added: &'static [&'static str],
    report: &'static [&'static str],
}

#[test]
fn names_of_new_members_are_added_to_required() {
    let placed = &["1 × new members are required (`update`)\n  - components.schemas.Album: owner"];
    for Case { edited, added, report } in [
        Case {
            edited: "    Album: # Ours.\n      type: object\n      required: [title] # Always.\n      properties:\n        title: {type: string}\n",
            added: &["      required: [title, owner] # Always."],
            report: placed,
        },
        Case {
            edited: "    Album: # Ours.\n      type: object\n      required:\n      - title # Always.\n      # The members.\n      properties:\n        title: {type: string}\n",
            added: &["      - owner"],
            report: placed,
        },
        Case {
            edited: "    Album: # Ours.\n      type: object\n      required: [\n        title, # Always.\n      ]\n      properties:\n        title: {type: string}\n",
            added: &["        title,owner # Always."],
            report: placed,
        },
        Case {
            edited: "    Album: # Ours.\n      type: object\n      properties:\n        title: {type: string}\n",
            added: &["      required: [owner]"],
            report: placed,
        },
        Case {
            edited: "    Album: {type: object, required: [title], properties: {title: {type: string}}} # Ours.\n",
            added: &[
                "    Album: {type: object, required: [title, owner], properties: {title: {type: string}, owner: {type: string}}} # Ours.",
            ],
            report: placed,
        },
        Case {
            edited: "    Album: # Ours.\n      type: object\n      required: &names [title]\n      properties:\n        title: {type: string}\n",
            added: &[],
            report: &[
                "1 × what is new cannot be added to the text safely; add it manually (`update`)\n  - \
                 components.schemas.Album.required: \"owner\"",
            ],
        },
    ] {
        let workspace = Workspace::new();
        let mut file = vendor();
        let album = |required: Value, members: Value| json!({ "type": "object", "required": required, "properties": members });
        let string = json!({ "type": "string" });
        file["components"]["schemas"]["Album"] =
            album(json!(["title"]), json!({ "title": string }));
        workspace.import(&[workspace.json("acme.json", &file)]);
        let written = "    Album:\n      type: object\n      required: [title]\n      properties:\n        title: {type: string}\n";
        workspace.edit("photo-albums.yaml", written, edited);
        let before = workspace.read("photo-albums.yaml");
        file["components"]["schemas"]["Album"] =
            album(json!(["title", "owner"]), json!({ "title": string, "owner": string }));
        let path = workspace.json("acme.json", &file);
        let text = workspace.import(std::slice::from_ref(&path));
        let after = workspace.read("photo-albums.yaml");
        for part in report {
            assert!(text.contains(part), "{part} is not in {text}\n{after}");
        }
        let album = &workspace.spec()["components"]["schemas"]["Album"];
        assert_eq!(album["properties"]["owner"], string, "{after}");
        let is_required =
            album["required"].as_array().is_some_and(|list| list.contains(&json!("owner")));
        assert_eq!(is_required, !added.is_empty(), "{after}");
        // Every other line is as it was, in the same order.
        let new: Vec<&str> =
            after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        let members = ["        owner: {type: string}"];
        let expected: Vec<&str> = new
            .iter()
            .copied()
            .filter(|line| added.contains(line) || members.contains(line))
            .collect();
        assert_eq!(
            (new.len(), added.iter().all(|line| new.contains(line))),
            (expected.len(), true),
            "{after}"
        );
        let rest: Vec<&str> = after.lines().filter(|line| !new.contains(line)).collect();
        let kept: Vec<&str> = before.lines().filter(|line| rest.contains(line)).collect();
        assert_eq!(rest, kept, "{after}");
        assert!(before.lines().count() - kept.len() <= 1, "{after}");
        assert!(workspace.import(&[path]).contains(", 0 changed"));
    }
}

#[test]
fn what_differs_from_an_edited_schema_is_to_decide() {
    let workspace = Workspace::new();
    let schema: Value = json!({ "type": "object", "required": ["title", "old"], "properties": {
        "title": { "type": "string" },
        "size": { "type": "integer", "format": "int32" },
        "old": { "type": "string" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "kind": { "type": "string", "enum": ["open", "closed"] },
        "more": { "allOf": [{ "type": "object", "properties": { "a": { "type": "string" } } }], "nullable": true }
    } });
    let mut file = vendor();
    file["components"]["schemas"]["Album"] = schema;
    workspace.import(&[workspace.json("acme.json", &file)]);
    workspace.edit("photo-albums.yaml", "    Album:", "    Album: # Ours.");
    let before = workspace.read("photo-albums.yaml");
    let album = &mut file["components"]["schemas"]["Album"];
    album["required"] = json!(["size"]);
    album["properties"].as_object_mut().unwrap().remove("old");
    album["properties"]["size"]["format"] = json!("int64");
    album["properties"]["tags"]["items"] = json!({ "type": "integer" });
    album["properties"]["kind"]["enum"] = json!(["open"]);
    album["properties"]["title"]["maxLength"] = json!(80);
    album["properties"]["title"]["description"] = json!("The title.");
    album["properties"]["more"]["nullable"] = json!(false);
    let report = workspace.import(&[workspace.json("acme.json", &file)]);
    assert_eq!(workspace.read("photo-albums.yaml"), before, "{report}");
    let decide = report.split("\n## ").find(|section| section.contains("To decide")).unwrap();
    for part in [
        "components.schemas.Album.properties: `old`, which is required here",
        "components.schemas.Album.required: `title`",
        "components.schemas.Album.required: `size`",
        "components.schemas.Album.properties.size: `int32` here, `int64` in the vendor's file",
        "components.schemas.Album.properties.tags.items: `string` here, `integer` in the vendor's file",
        "components.schemas.Album.properties.kind.enum: \"closed\"",
        "components.schemas.Album.properties.title: `maxLength` is nothing here, `80` in the vendor's file",
        "components.schemas.Album.properties.more: `nullable` is `true` here, `false` in the vendor's file",
    ] {
        assert!(decide.contains(part), "{part} is not in {report}");
    }
    assert!(report.contains("components.schemas.Album.properties.title: description"), "{report}");
}

#[test]
fn positions_of_new_parameters_are_added_or_to_decide() {
    let file = |params: &[&str]| {
        let members: Map<String, Value> =
            params.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
        let mut file = vendor();
        file["x-envelope"] = json!("json-rpc");
        file["x-sources"] = json!({});
        file["paths"]["/rpc#find"] = json!({ "post": {
            "operationId": "find", "tags": ["Photo Albums"], "summary": "Finds albums.", "x-rpc-params": params,
            "requestBody": { "content": { "application/json": { "schema": { "type": "object", "required": params, "properties": members } } } },
            "responses": { "200": { "description": "OK" } }
        } });
        file
    };
    for (next, list, message) in [
        (
            &["name", "size", "page"][..],
            json!(["name", "size", "page"]),
            "1 × parameters were added to `x-rpc-params`",
        ),
        (
            &["name", "page", "size"],
            json!(["name", "size"]),
            "POST /rpc#find x-rpc-params: `page`; the vendor's file has",
        ),
        (
            &["name"],
            json!(["name", "size"]),
            "POST /rpc#find x-rpc-params: the vendor's file has `[\"name\"]`",
        ),
    ] {
        let workspace = Workspace::new();
        workspace.import(&[workspace.json("acme.json", &file(&["name", "size"]))]);
        workspace.edit(
            "photo-albums.yaml",
            "x-rpc-params: [name, size]",
            "x-rpc-params: [name, size] # Ours.",
        );
        let report = workspace.import(&[workspace.json("acme.json", &file(next))]);
        let find = &workspace.spec()["paths"]["/rpc#find"]["post"];
        assert_eq!(find["x-rpc-params"], list, "{report}");
        let schema = &find["requestBody"]["content"]["application/json"]["schema"];
        let is_new = next.contains(&"page");
        assert_eq!(schema["properties"].get("page").is_some(), is_new, "{report}");
        assert_eq!(
            schema["required"].as_array().unwrap().contains(&json!("page")),
            is_new,
            "{report}"
        );
        assert!(report.contains(message), "{message} is not in {report}");
        assert!(workspace.read("photo-albums.yaml").contains("] # Ours."));
    }
}

#[test]
fn what_is_new_at_the_end_of_nested_values_belongs_to_its_own() {
    let (workspace, mut file) = (Workspace::new(), vendor());
    let album = |inner: Value| json!({ "type": "object", "properties": { "title": { "type": "string" }, "zoom": inner } });
    let string = json!({ "type": "string", "description": "A description that is too long for a line, so that no schema with it is written on one line." });
    let inner = json!({ "type": "object", "properties": { "x": string } });
    file["components"]["schemas"]["Album"] = album(inner);
    workspace.import(&[workspace.json("acme.json", &file)]);
    workspace.edit("photo-albums.yaml", "    Album:", "    Album: # Ours.");
    let mut next = album(
        json!({ "type": "object", "required": ["y"], "properties": { "x": string, "y": string } }),
    );
    next["properties"]["a"] = string;
    next["required"] = json!(["a"]);
    file["components"]["schemas"]["Album"] = next.clone();
    let report = workspace.import(&[workspace.json("acme.json", &file)]);
    assert_eq!(workspace.spec()["components"]["schemas"]["Album"], next, "{report}");
    assert!(workspace.read("photo-albums.yaml").contains("Album: # Ours."));
}
