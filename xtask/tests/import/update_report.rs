//! What the report of an update states: what changed, and what a person must decide; nothing else, and nothing less.

use serde_json::json;

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
