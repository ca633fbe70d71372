//! Many requests in one.

use mediavalet_sdk::bulk::BulkCall;
use mediavalet_sdk::types::Asset;
use reqwest::Method;

use crate::client::{Client, RED_SHOE};

#[tokio::test]
async fn the_calls_of_a_bulk_request_run_in_their_order() {
    let client = Client::start().await;
    let path = format!("/assets/{RED_SHOE}");
    let responses = client
        .sdk()
        .bulk([
            BulkCall::new(Method::POST, format!("{path}/keywords")).json(&["red", "new"]),
            BulkCall::new(Method::GET, path.clone()),
            BulkCall::new(Method::GET, "/assets/none"),
            BulkCall::new(Method::DELETE, format!("{path}/keywords/red")),
        ])
        .await
        .unwrap();
    let statuses: Vec<u16> = responses.iter().map(|one| one.status().as_u16()).collect();
    assert_eq!(statuses, [202, 200, 404, 202]);
    let asset = responses[1].value::<Asset>().unwrap().into_inner();
    assert_eq!(asset.keywords.unwrap(), ["shoe", "red", "new"]);
    let refused = responses[2].value::<Asset>().unwrap_err();
    assert!(refused.to_string().contains("There is no asset"), "{refused}");
    assert_eq!(client.writes(), 2);
    assert_eq!(client.asset(RED_SHOE).await["keywords"][1], "new");
}

#[tokio::test]
async fn each_call_needs_its_own_credential() {
    let client = Client::start().await;
    let part = |authorization: &str| {
        format!(
            "--b\r\nContent-Type: application/http; msgtype=request\r\n\r\n\
             GET /keywords HTTP/1.1\r\nhost: x\r\n{authorization}\r\n"
        )
    };
    let body = format!("{}{}--b--\r\n", part(""), part("Authorization: Bearer other\r\n"));
    let request = client.request(Method::POST, "/bulk").body(body);
    let request = request.header("content-type", "multipart/mixed; boundary=b");
    let text = request.send().await.unwrap().text().await.unwrap();
    // The first one has that of the whole.
    assert!(text.contains("HTTP/1.1 200 OK") && text.contains("HTTP/1.1 401 "), "{text}");
    for (media_type, body) in [("text/plain", "--b--"), ("multipart/mixed; boundary=b", "x")] {
        let request = client.request(Method::POST, "/bulk").header("content-type", media_type);
        assert_eq!(request.body(body).send().await.unwrap().status(), 400, "{media_type}");
    }
}
