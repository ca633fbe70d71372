//! Resumable uploads.

use oneteg_sandbox::Sandbox;
use reqwest::{Body, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Client, error_of, json_of};

struct Upload {
    client: Client,
    key: String,
    path: String,
}

fn tus(client: &Client, method: Method, path: &str) -> RequestBuilder {
    client.request(method, path).header("Tus-Resumable", "1.0.0")
}

fn create(client: &Client, key: &str, size: u64) -> RequestBuilder {
    use base64::Engine;
    let key = base64::prelude::BASE64_STANDARD.encode(key);
    tus(client, Method::POST, "/tus")
        .header("Upload-Length", size)
        .header("Upload-Metadata", format!("filename YQ==,token {key}"))
}

impl Upload {
    async fn open(name: &str, size: u64) -> Self {
        Self::on(Client::start().await, name, size).await
    }

    async fn on(client: Client, name: &str, size: u64) -> Self {
        let request = json!({ "name": name, "target": 2, "size": size });
        let opened = client.post_json("/file/tus", request).await;
        let key = opened[0]["sessionKey"].as_str().or(opened["sessionKey"].as_str()).unwrap();
        let response = create(&client, key, size).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let location = response.headers()["location"].to_str().unwrap();
        let base = format!("{}/api", client.sandbox.netexplorer_url());
        let path = location.strip_prefix(&base).unwrap().to_owned();
        let key = key.to_owned();
        Self { client, key, path }
    }

    async fn offset(&self) -> u64 {
        let response = tus(&self.client, Method::HEAD, &self.path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        response.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
    }

    fn patch(&self, offset: u64, content: impl Into<Body>) -> RequestBuilder {
        tus(&self.client, Method::PATCH, &self.path)
            .header("Upload-Offset", offset)
            .header("Content-Type", "application/offset+octet-stream")
            .body(content)
    }

    async fn finish(&self) -> Response {
        let token = json!({ "token": self.key });
        self.client.send(Method::POST, "/file/tus", token).await
    }
}

fn upload_offset(response: &Response) -> &str {
    response.headers()["upload-offset"].to_str().unwrap()
}

#[tokio::test]
async fn an_upload_in_pieces_becomes_one_file() {
    let builder = Sandbox::builder().netexplorer_assembling_polls(2);
    let upload = Upload::on(Client::with(builder).await, "big é.bin", 10).await;
    assert_eq!(upload.offset().await, 0);
    let response = upload.patch(0, "01234").send().await.unwrap();
    assert_eq!((response.status().as_u16(), upload_offset(&response)), (200, "5"));
    assert_eq!(error_of(upload.finish().await).await.0, 423, "bytes are missing");
    assert_eq!(upload.offset().await, 5);
    let response = upload.patch(0, "01234").send().await.unwrap();
    assert_eq!((response.status().as_u16(), upload_offset(&response)), (409, "5"));
    upload.patch(5, "56789").send().await.unwrap();
    for _ in 0..2 {
        assert_eq!(error_of(upload.finish().await).await.0, 423, "it is being assembled");
    }
    let file = json_of(upload.finish().await).await;
    assert_eq!(file["name"], "big é.bin");
    assert_eq!(upload.client.bytes(&file).await, b"0123456789");
    assert_eq!(json_of(upload.finish().await).await["id"], file["id"], "it is created once");
    assert_eq!(upload.client.writes_of("createTusFile"), 1);
    assert_eq!(upload.client.writes(), 1);
}

#[tokio::test]
async fn the_received_bytes_of_an_interrupted_piece_are_kept() {
    let upload = Upload::open("cut.bin", 100).await;
    let address = upload.client.sandbox.netexplorer_url();
    let address = address.strip_prefix("http://").unwrap();
    let request = upload.patch(0, "").build().unwrap();
    let credential = request.headers()["authorization"].to_str().unwrap();
    let head = format!(
        "PATCH /api{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {credential}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Length: 100\r\n\
         Content-Type: application/offset+octet-stream\r\n\r\n0123456789",
        upload.path
    );
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    while upload.offset().await < 10 {
        tokio::task::yield_now().await;
    }
    drop(socket);
    assert_eq!(upload.offset().await, 10);
    let rest = vec![b'x'; 90];
    assert_eq!(upload.patch(10, rest).send().await.unwrap().status(), 200);
    assert_eq!(upload.offset().await, 100);
}

#[tokio::test]
async fn headers_that_tus_requires_are_required() {
    let upload = Upload::open("a.bin", 4).await;
    let client = &upload.client;
    let without = client.request(Method::HEAD, &upload.path).send().await.unwrap();
    assert_eq!(
        (without.status().as_u16(), &without.headers()["tus-version"]),
        (412, &"1.0.0".parse().unwrap())
    );
    let old = upload.patch(0, "data").header("Tus-Resumable", "0.2.2");
    assert_eq!(old.send().await.unwrap().status(), 200, "the first of two counts");
    let plain = tus(client, Method::PATCH, &upload.path).header("Upload-Offset", "4").body("");
    assert_eq!(plain.send().await.unwrap().status(), 415);
    let too_much = upload.patch(4, "more").send().await.unwrap();
    assert_eq!((too_much.status().as_u16(), upload_offset(&too_much)), (413, "4"));
    assert_eq!(create(client, &upload.key, 5).send().await.unwrap().status(), 400);
    assert_eq!(create(client, "unknown", 4).send().await.unwrap().status(), 404);
    let bare = tus(client, Method::POST, "/tus").header("Upload-Length", "4");
    assert_eq!(bare.send().await.unwrap().status(), 400);
    let again = create(client, &upload.key, 4).send().await.unwrap();
    let location = again.headers()["location"].to_str().unwrap();
    assert!(location.ends_with(&upload.path), "the same session has one upload");
}

#[tokio::test]
async fn an_upload_expires_and_can_be_cancelled() {
    let upload = Upload::open("a.bin", 4).await;
    upload.client.sandbox.netexplorer().expire_uploads();
    assert_eq!(upload.patch(0, "data").send().await.unwrap().status(), 410);
    assert_eq!(error_of(upload.finish().await).await.0, 410);

    let upload = Upload::on(upload.client, "b.bin", 4).await;
    let cancel = || tus(&upload.client, Method::DELETE, &upload.path).send();
    assert_eq!(cancel().await.unwrap().status(), 204);
    assert_eq!(cancel().await.unwrap().status(), 410);
    assert_eq!(upload.client.get("/tus/x").await.status(), 405);
    let unknown = tus(&upload.client, Method::HEAD, "/tus/unknown").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn session_keys_come_in_both_forms_and_belong_to_their_user() {
    let mut client = Client::start().await;
    let request = json!({ "name": "a", "target": 2, "size": 1 });
    let open =
        async |client: &Client| -> Value { client.post_json("/file/tus", request.clone()).await };
    let (first, second) = (open(&client).await, open(&client).await);
    assert!(first.is_array() && second.is_object(), "{first} {second}");
    client.act_as(2);
    let key = second["sessionKey"].as_str().unwrap();
    assert_eq!(create(&client, key, 1).send().await.unwrap().status(), 403);
}
