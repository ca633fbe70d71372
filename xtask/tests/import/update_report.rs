//! What the report of an update states: what changed, and what a person must decide; nothing else, and nothing less.

use serde_json::json;
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
