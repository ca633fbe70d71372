//! The platform's settings and roots, and the journal behind activities, timelines and the log.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, names};

#[tokio::test]
async fn settings_are_kept_until_they_are_removed() {
    let mut client = Client::start().await;
    assert_eq!(client.get_json("/config").await, json!({ "config": {} }));
    let settings = json!({ "name": "Sandbox", "nested": { "a": [1] } });
    assert_eq!(client.send(Method::PUT, "/config", settings).await.status(), 204);
    client.put_json("/config", json!({ "name": null, "more": true })).await;
    let expected = json!({ "config": { "nested": { "a": [1] }, "more": true } });
    assert_eq!(client.get_json("/config").await, expected);
    client.act_as(MEMBER);
    assert_eq!(client.get("/config").await.status(), 403);
    let open = client.anonymous_request(Method::GET, "/api/publicconfig").send().await.unwrap();
    assert_eq!(open.json::<Value>().await.unwrap()["features"]["zip"], false);
}

#[tokio::test]
async fn roots_are_one_object_whatever_their_type() {
    let client = Client::start().await;
    for (path, kind) in [("/roots", "all"), ("/root/files", "files"), ("/root/portal/mine", "mine")]
    {
        let root = client.get_json(path).await;
        assert_eq!((&root["id"], &root["type"]), (&json!(1), &json!(kind)), "{path}");
        assert_eq!(names(&root["content"]["folders"]), ["Commun"]);
    }
}

#[tokio::test]
async fn what_happens_to_a_file_is_in_its_activity_its_timeline_and_the_log() {
    let mut client = Client::start().await;
    let file = client.upload(2, "v.txt", b"1").await;
    client.upload(2, "v.txt", b"22").await;
    client.act_as(MEMBER);
    let path = format!("/file/{}", file["id"]);
    client.put_json(&path, json!({ "name": "w.txt" })).await;

    let activity = client.get_json(&format!("/activity{path}")).await;
    let summary: Vec<_> =
        activity.as_array().unwrap().iter().map(|it| (&it["owner_id"], &it["type"])).collect();
    let (admin, ada) = (json!("1"), json!("2"));
    let (created, changed) = (json!(1), json!(2));
    assert_eq!(
        summary,
        [(&ada, &changed), (&admin, &created), (&admin, &created)],
        "newest first, all versions"
    );
    let timeline = client.get_json(&format!("{path}/timeline")).await;
    assert_eq!(timeline.as_array().unwrap().len(), 3);
    assert_eq!(client.get_json("/activity/folder/2").await.as_array().unwrap().len(), 3);
    assert_eq!(client.get_json("/activity/folder/3").await, json!([]));
    assert_eq!(names(&client.get_json("/file/activity").await), ["w.txt"], "each file once");
    assert_eq!(client.get("/logs").await.status(), 403);

    client.act_as(None);
    client.delete(&path).await;
    let log = client.get_json("/logs").await;
    let newest = &log[0];
    assert_eq!(
        [
            &newest["type"],
            &newest["object"],
            &newest["object_type"],
            &newest["statut"],
            &newest["user"]
        ],
        ["deleteFile", "w.txt", "Fichier", "ADMLLOG_OK", "Sandbox Administrateur"]
            .map(|it| json!(it))
            .each_ref()
    );
    assert_eq!(client.get_json(&format!("/log/{}", newest["id"])).await, *newest);
    assert_eq!(client.get("/log/1").await.status(), 404);
}

#[tokio::test]
async fn the_journal_knows_created_folders_and_who_asked_with_what() {
    let client = Client::start().await;
    let request = client.request(Method::POST, "/folder").header("user-agent", "probe/1");
    let request = request.json(&json!({ "parent_id": 2, "name": "Neuf" }));
    let folder: Value = request.send().await.unwrap().json().await.unwrap();
    let newest = client.get_json("/logs").await[0].clone();
    assert_eq!(newest["object_id"], folder["id"].to_string());
    assert_eq!(
        (&newest["object_type"], &newest["user_agent"]),
        (&json!("Dossier"), &json!("probe/1"))
    );
    assert_eq!(client.get_json(&format!("/activity/folder/{}", folder["id"])).await[0]["type"], 1);
}
