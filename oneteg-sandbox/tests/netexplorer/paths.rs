//! Paths, ancestry and quotas.

use oneteg_sandbox::netexplorer::{MEMBER, RESTRICTED_FOLDER};
use serde_json::json;

use crate::client::{Client, with_query};

#[tokio::test]
async fn a_path_leads_to_a_file_or_a_folder() {
    let client = Client::start().await;
    let at =
        async |path: &str| client.get(&with_query("/path", &[("root", "1"), ("path", path)])).await;
    let id = async |path: &str| -> serde_json::Value {
        at(path).await.json::<serde_json::Value>().await.unwrap()["id"].clone()
    };
    assert_eq!(id("Projets/Campagne d'été/Affiche.svg").await, 1005);
    assert_eq!(id("/Projets/Catalogue/").await, 3);
    assert_eq!(id("Projets/Catalogue").await, 3);
    for missing in ["/", "", "Projets/Catalogue/Fauteuil.txt/", "Rien", "Projets//Catalogue"] {
        assert_eq!(at(missing).await.status(), 404, "{missing}");
    }
    client.sandbox.netexplorer().wrap_path_responses(true);
    let wrapped: serde_json::Value = at("Projets").await.json().await.unwrap();
    assert_eq!(wrapped["object"]["id"], 2);

    let path = client.get_json("/objectpath?root=2&object_type=Fichier&object_id=1005").await;
    assert_eq!(path, json!({ "object": "Campagne d'été/Affiche.svg" }));
    let path = client.get_json("/objectpath?root=1&object_type=Dossier&object_id=6").await;
    assert_eq!(path["object"], "Archives/2022");
    let elsewhere = client.get("/objectpath?root=5&object_type=Dossier&object_id=3").await;
    assert_eq!(elsewhere.status(), 404);
    let unknown = client.get("/objectpath?root=5&object_type=file&object_id=3").await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn the_status_tells_whether_a_folder_is_below_another() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let response = async |root: u64, folder: u64| {
        client.get(&format!("/ischildof?root={root}&folder={folder}")).await
    };
    let yes = response(1, 4).await;
    assert_eq!((yes.status().as_u16(), yes.text().await.unwrap().as_str()), (200, "true"));
    assert_eq!(response(5, 4).await.status(), 404);
    assert_eq!(response(1, RESTRICTED_FOLDER).await.status(), 403);
}

#[tokio::test]
async fn quotas_count_what_is_stored() {
    let client = Client::start().await;
    client.put_json("/folder/5", json!({ "quota": 1_000_000 })).await;
    let quotas = client.get_json("/quotas?folder=5").await;
    assert_eq!(quotas["folder"], json!({ "folder": 5, "quota": 1_000_000, "used": 65_536 }));
    let used = quotas["platform"]["used"].as_u64().unwrap();
    client.upload(2, "a.txt", b"12345").await;
    assert_eq!(client.get_json("/quotas").await["platform"]["used"], used + 5);
    assert!(client.get_json("/quotas").await.get("folder").is_none());
}
