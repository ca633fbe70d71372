//! The house conventions that an import adds.

use serde_json::json;
use xtask::import::report::Kind;

use crate::support::{converted, document, generates, imported, vendor};

#[test]
fn a_vendors_file_gets_the_house_conventions_and_generates() {
    let imported = imported(&vendor());
    generates(&imported);
    let document = document(&imported);
    let list = &document["paths"]["/albums"]["get"];
    assert_eq!(list["operationId"], "listAlbums");
    assert_eq!(list["tags"], json!(["photo-albums"]));
    assert_eq!(list["summary"], "Lists the albums of a team.");
    assert_eq!(list["parameters"][0]["name"], "team");
    assert_eq!(list["x-evidence"], json!({ "confidence": "documented", "sources": ["v1"] }));
    let types = &document["paths"]["/types/{id}"]["get"];
    assert_eq!(types["operationId"], "newTypesOperation", "`new` is reserved");
    assert_eq!(types["tags"], json!(["types-operations"]), "`types` is reserved");
    let target = &types["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(target, "#/components/schemas/AcmeError", "`Error` is reserved");
    assert!(document["components"]["schemas"].get("Unused").is_none());
    assert_eq!(imported.report.count(Kind::LeftOut), 1, "{}", imported.report.text());
    let files: Vec<&String> = imported.files.keys().collect();
    let expected = [
        "README.md",
        "import.map.yaml",
        "inventory.yaml",
        "openapi.yaml",
        "photo-albums.yaml",
        "types-operations.yaml",
    ];
    assert_eq!(files, expected);
}

#[test]
fn extensions_of_others_that_mean_something_else_here_are_left_out() {
    let mut file = vendor();
    file["paths"]["/albums"]["get"]["x-pagination"] = json!("cursor");
    file["components"]["schemas"]["Album"]["x-secret"] = json!("no");
    let imported = imported(&file);
    let document = document(&imported);
    assert!(document["paths"]["/albums"]["get"].get("x-pagination").is_none());
    assert!(document["components"]["schemas"]["Album"].get("x-secret").is_none());
    assert!(imported.report.text().contains("extensions whose names mean something else"));
}

#[test]
fn servers_that_differ_in_the_path_become_a_part_of_the_paths() {
    let mut file = vendor();
    file["servers"] = json!([
        { "url": "https://api.acme.example/api/v4" },
        { "url": "https://sandbox.acme.example/api/v4" }
    ]);
    file["paths"]["/albums"]["post"]["servers"] =
        json!([{ "url": "https://api.acme.example/api/v1" }]);
    file["paths"]["/types/{id}"]["servers"] = json!([{ "url": "https://files.acme.example" }]);
    let document = converted(&file);
    let urls = [&document["servers"][0]["url"], &document["servers"][1]["url"]];
    assert_eq!(urls, ["https://api.acme.example/api", "https://sandbox.acme.example/api"]);
    assert_eq!(document["paths"]["/v1/albums"]["post"]["operationId"], "createAlbum");
    assert!(document["paths"]["/v4/albums"].get("get").is_some());
    let elsewhere = &document["paths"]["/types/{id}"]["get"]["servers"][0]["url"];
    assert_eq!(elsewhere, "https://files.acme.example", "another host stays");
}

#[test]
fn requirements_of_unknown_schemes_are_for_a_person_to_decide() {
    let mut file = vendor();
    file["components"]["securitySchemes"] = json!({
        "key": { "type": "apiKey", "in": "header", "name": "X-Key" },
        "certificate": { "type": "mutualTLS" }
    });
    file["security"] = json!([{ "key": [] }, { "certificate": [] }]);
    file["paths"]["/albums"]["get"]["security"] = json!([{ "missing": [] }]);
    let imported = imported(&file);
    let document = document(&imported);
    assert_eq!(document["security"], json!([{ "key": [] }]));
    assert!(document["paths"]["/albums"]["get"].get("security").is_none(), "the root's applies");
    assert_eq!(imported.report.count(Kind::ToDecide), 2, "{}", imported.report.text());
}

#[test]
fn the_requirement_of_most_operations_is_that_of_the_root() {
    let mut file = vendor();
    file["components"]["securitySchemes"] =
        json!({ "key": { "type": "apiKey", "in": "header", "name": "X-Key" } });
    for (path, method) in [("/albums", "get"), ("/albums", "post")] {
        file["paths"][path][method]["security"] = json!([{ "key": [] }]);
    }
    let document = converted(&file);
    assert_eq!(document["security"], json!([{ "key": [] }]));
    assert!(document["paths"]["/albums"]["get"].get("security").is_none());
    assert_eq!(document["paths"]["/types/{id}"]["get"]["security"], json!([]), "it states no need");
}

#[test]
fn members_without_a_value_are_removed() {
    let mut file = vendor();
    let album = &mut file["components"]["schemas"]["Album"];
    album["description"] = json!(null);
    album["properties"]["anything"] = json!(null);
    album["properties"]["description"] = json!({ "type": "string", "example": null });
    file["paths"]["/albums"]["get"]["externalDocs"] = json!(null);
    let imported = imported(&file);
    generates(&imported);
    let document = document(&imported);
    let album = &document["components"]["schemas"]["Album"];
    assert!(album.get("description").is_none());
    assert_eq!(album["properties"]["anything"], json!({}));
    let description = json!({ "type": "string", "example": null });
    assert_eq!(album["properties"]["description"], description, "a value of the vendor stays");
    assert!(imported.report.text().contains("3 members"), "{}", imported.report.text());
}
