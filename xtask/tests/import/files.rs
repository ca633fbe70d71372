//! Which files are read, and which are written.

use std::fs;

use serde_json::json;
use xtask::{commands::import::run_in, import};

use crate::support::{Workspace, document, generates, imported, vendor};

#[test]
fn the_same_file_gives_the_same_bytes_and_a_second_import_changes_nothing() {
    assert_eq!(imported(&vendor()).files, imported(&vendor()).files);
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    let report = workspace.import(&[file]);
    assert!(report.starts_with("specs/acme: 3 operations in 6 files, 0 changed"), "{report}");
}

#[test]
fn several_files_are_one_document() {
    let workspace = Workspace::new();
    let root = workspace.file(
        "api/openapi.yml",
        "openapi: 3.0.0\ninfo: {title: Acme, version: '1'}\npaths:\n  /things:\n    $ref: paths/things.yml\n  \
         /boxes:\n    get:\n      $ref: 'paths/things.yml#/get'\ncomponents:\n  schemas:\n    Thing: {$ref: \
         schemas/Thing.yml}\n",
    );
    workspace.file(
        "api/paths/things.yml",
        "get:\n  summary: {$ref: '../words.yml#/things'}\n  parameters:\n    - $ref: '../shared.yml#/Page'\n  \
         responses:\n    '200':\n      description: OK\n      content:\n        application/json:\n          schema: \
         {$ref: ../schemas/Thing.yml}\n",
    );
    workspace.file("api/words.yml", "things: Lists the things.\n");
    workspace.file("api/shared.yml", "Page: {name: page, in: query, schema: {type: integer}}\n");
    workspace.file(
        "api/schemas/Thing.yml",
        "type: object\nproperties:\n  parent: {$ref: Thing.yml}\n  owner: {$ref: 'people.yml#/Owner'}\n",
    );
    workspace.file(
        "api/schemas/people.yml",
        "Owner: {type: object, properties: {name: {$ref: '#/Name'}}}\nName: {type: string}\n",
    );
    let imported = import::import("acme", &[root]).unwrap_or_else(|errors| panic!("{errors}"));
    generates(&imported);
    let document = document(&imported);
    assert_eq!(document["paths"]["/things"]["get"]["summary"], "Lists the things.");
    assert_eq!(
        document["paths"]["/boxes"]["get"]["parameters"][0]["$ref"],
        "#/components/parameters/Page"
    );
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["parent"]["$ref"], "#/components/schemas/Thing");
    assert_eq!(schemas["Owner"]["properties"]["name"]["$ref"], "#/components/schemas/Name");
}

#[test]
fn bad_files_are_refused_with_place_and_help() {
    let workspace = Workspace::new();
    let root = "openapi: 3.0.0\ninfo: {title: A, version: '1'}\npaths:\n  /x:\n";
    for (name, text, message) in [
        ("a.json", "{\"openapi\": \"3.0.0\", \"paths\": {", "this is not valid JSON"),
        ("b.yaml", "a: [1\n", "this is not valid YAML"),
        ("c.yaml", "a: 1\n", "the format of the file is not known"),
        ("d.yaml", "", "the file is empty"),
        ("e.yaml", "openapi: 3.0.0\npaths: {}\n", "the file describes no operations"),
        (
            "f.yaml",
            &format!("{root}    $ref: missing.yaml\n"),
            "leads to a file that does not exist",
        ),
        ("h.yaml", &format!("{root}    $ref: https://x.example/y.yaml\n"), "leads to the network"),
        ("i.yaml", &format!("{root}    $ref: 'e.yaml#/nowhere'\n"), "leads to nothing"),
        ("j.yaml", &format!("{root}    $ref: k.yaml\n"), "refers to itself"),
    ] {
        workspace.file("k.yaml", "$ref: l.yaml\n");
        workspace.file("l.yaml", "$ref: k.yaml\n");
        let file = workspace.file(name, text);
        let result = run_in(&workspace.folder.path().join("specs"), "acme", &[file], false);
        let error = format!("{:#}", result.unwrap_err());
        assert!(error.contains(message), "{name}: {error}");
        assert!(error.contains(name) || name == "j.yaml", "{name}: {error}");
        assert!(!workspace.folder.path().join("specs").exists(), "{name} changed the folder");
    }
}

#[test]
fn several_descriptions_are_joined() {
    let workspace = Workspace::new();
    let mut other = vendor();
    other["components"]["schemas"]["Album"]["properties"]["extra"] = json!({ "type": "string" });
    let albums = other["paths"].as_object_mut().unwrap().remove("/albums").unwrap();
    other["paths"]["/more/albums"] = albums;
    other["paths"]["/more/albums"]["post"]["operationId"] = json!("createOtherAlbum");
    let files =
        [workspace.json("acme.json", &vendor()), workspace.json("more-albums.json", &other)];
    let report = workspace.import(&files);
    let document = workspace.spec();
    let target = |path: &str| {
        document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].clone()
    };
    assert_eq!(target("/albums"), "#/components/schemas/Album");
    assert_eq!(target("/more/albums"), "#/components/schemas/AlbumMoreAlbums", "{report}");
    assert_eq!(document["x-sources"].as_object().unwrap().len(), 2);
    assert!(workspace.import(&files).contains(", 0 changed"));
}

#[test]
fn a_readme_that_is_there_already_stays() {
    let workspace = Workspace::new();
    workspace.file("specs/acme/README.md", "Ours.\n");
    let file = workspace.json("acme.json", &vendor());
    workspace.import(&[file]);
    assert_eq!(workspace.read("README.md"), "Ours.\n");
}

#[test]
fn a_check_writes_nothing() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    let specs = workspace.folder.path().join("specs");
    let output = run_in(&specs, "acme", &[file], true).unwrap();
    assert!(output.text.contains("6 would change"), "{}", output.text);
    assert!(!specs.exists());
    assert_eq!(output.json["report"]["left_out"][0]["count"], 1);
}

#[test]
fn what_the_generator_would_refuse_is_reported_with_its_place() {
    let workspace = Workspace::new();
    let mut broken = vendor();
    broken["components"]["schemas"]["Loop"] = json!({ "$ref": "#/components/schemas/Loop" });
    let schema = json!({ "anyOf": [
        { "$ref": "#/components/schemas/Gone" }, { "$ref": "#/components/schemas/Loop" }
    ] });
    broken["paths"]["/broken"]["get"] = json!({
        "responses": { "200": { "description": "It.", "content": { "application/json": { "schema": schema } } } }
    });
    let report = workspace.import(&[workspace.json("acme.json", &broken)]);
    let (_, refused) = report.split_once("## To fix before `cargo xtask generate`").unwrap();
    for part in [
        "`Gone` is not defined in `components.schemas`\n  --> specs/acme/broken.yaml:",
        "the reference `Loop` leads back to itself\n  --> specs/acme/",
    ] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let report = workspace.import(&[workspace.json("acme.json", &vendor())]);
    assert!(!report.contains("To fix"), "{report}");
}

#[test]
fn a_folder_that_cannot_be_read_is_left_alone() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    let specs = workspace.folder.path().join("specs");
    for (name, text, message) in [
        ("openapi.json", vendor().to_string(), "a specification in JSON cannot be updated"),
        ("openapi.yaml", "openapi: [".to_owned(), "not valid YAML"),
        ("import.map.yaml", "- a\n".to_owned(), "the map of the import is not a mapping"),
    ] {
        workspace.file("specs/acme/openapi.yaml", "openapi: 3.0.3\npaths: {}\n");
        if name == "openapi.json" {
            fs::remove_file(specs.join("acme/openapi.yaml")).unwrap();
        }
        let path = workspace.file(&format!("specs/acme/{name}"), &text);
        let error = run_in(&specs, "acme", std::slice::from_ref(&file), false).unwrap_err();
        assert!(format!("{error:#}").contains(message), "{name}: {error:#}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        let names = fs::read_dir(&specs).unwrap().count();
        assert_eq!(names, 1, "nothing else is written");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn the_name_of_a_vendor_is_that_of_a_crate() {
    for name in ["Acme", "a-b", "../x", "", "1a"] {
        assert!(xtask::commands::import::run(name, &[], true).is_err(), "{name}");
    }
}
