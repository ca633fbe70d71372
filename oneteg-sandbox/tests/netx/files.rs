//! Files: originals, renditions and ranges.

use reqwest::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE,
};
use reqwest::{Method, Response};
use serde_json::json;

use crate::client::Client;

/// The width and height in the header of a PNG (PNG specification, section 11.2.1).
fn png_size(bytes: &[u8]) -> (u32, u32) {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

fn header<'a>(response: &'a Response, name: &reqwest::header::HeaderName) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

#[tokio::test]
async fn an_original_matches_its_asset() {
    let client = Client::start().await;
    let asset = client.asset(202, &["asset.file"]).await;
    for path in ["/api/file/asset/202", "/api/file/asset/202/anything.png"] {
        let response = client.get(path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, &CONTENT_TYPE), "image/png");
        assert_eq!(header(&response, &ACCEPT_RANGES), "bytes");
        let checksum = asset["file"]["checksum"].as_str().unwrap();
        assert_eq!(header(&response, &ETAG), format!("\"{checksum}\""));
        assert!(
            header(&response, &CONTENT_DISPOSITION)
                .starts_with("inline; filename=\"spring-poster.png\"")
        );
        let bytes = response.bytes().await.unwrap();
        assert_eq!(bytes.len() as u64, asset["file"]["size"].as_u64().unwrap());
        assert_eq!(png_size(&bytes), (300, 400));
    }
    assert_eq!(
        (asset["file"]["width"].as_u64(), asset["file"]["height"].as_u64()),
        (Some(300), Some(400))
    );
}

#[tokio::test]
async fn renditions_are_really_scaled() {
    let client = Client::start().await;
    for (path, size) in [
        ("/api/file/asset/201/thumbnail", (150, 50)),
        ("/api/file/asset/201/thumbnail.jpg", (150, 50)),
        ("/api/file/asset/201/preview", (500, 166)),
        ("/api/file/asset/202/preview.png", (300, 400)),
        ("/api/file/asset/212/preview", (32, 32)),
        ("/api/file/asset/201/view/901", (200, 200)),
    ] {
        let response = client.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, &CONTENT_TYPE), "image/png");
        assert_eq!(png_size(&response.bytes().await.unwrap()), size, "{path}");
    }
    for path in [
        "/api/file/asset/213/thumbnail",
        "/api/file/asset/999",
        "/api/file/asset/x",
        "/api/file/asset/202/view/901",
        "/file/asset/201/hologram",
    ] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn proxy_urls_lead_to_pictures_of_the_reported_size() {
    let client = Client::start().await;
    let asset = client.asset(201, &["asset.proxies", "asset.file"]).await;
    let proxies = asset["proxies"].as_array().unwrap();
    let names: Vec<_> = proxies.iter().map(|proxy| proxy["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Thumbnail", "Preview", "Zoom"]);
    for proxy in proxies {
        let file = &proxy["file"];
        for slash in ["", "/", "/picture.png"] {
            let url = format!("{}{slash}", file["url"].as_str().unwrap());
            let response = client.get(&url).await;
            assert_eq!(response.status(), 200, "{url}");
            let (width, height) = png_size(&response.bytes().await.unwrap());
            assert_eq!(
                (json!(width), json!(height)),
                (file["width"].clone(), file["height"].clone())
            );
        }
    }
    let response = client.get(asset["file"]["url"].as_str().unwrap()).await;
    assert!(header(&response, &CONTENT_DISPOSITION).starts_with("attachment;"));
    assert!(client.asset(213, &["asset.proxies"]).await["proxies"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_single_range_gets_that_part() {
    let client = Client::start().await;
    let whole = client.get("/api/file/asset/203").await.bytes().await.unwrap();
    let total = whole.len();
    let last = total - 1;
    let ranged = async |range: String| {
        client
            .request(Method::GET, "/api/file/asset/203")
            .header(RANGE, range)
            .send()
            .await
            .unwrap()
    };
    for (range, first, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=10-19".to_owned(), 10, 20),
        ("bytes=100-".to_owned(), 100, total),
        ("bytes=-7".to_owned(), total - 7, total),
        (format!("bytes=0-{last}"), 0, total),
        (format!("bytes={last}-999999"), last, total),
    ] {
        let response = ranged(range.clone()).await;
        assert_eq!(response.status(), 206, "{range}");
        let expected = format!("bytes {first}-{}/{total}", end - 1);
        assert_eq!(header(&response, &CONTENT_RANGE), expected, "{range}");
        assert_eq!(response.bytes().await.unwrap(), whole[first..end], "{range}");
    }
    for range in [format!("bytes={total}-"), "bytes=9999999-".to_owned()] {
        let response = ranged(range).await;
        assert_eq!(response.status(), 416);
        assert_eq!(header(&response, &CONTENT_RANGE), format!("bytes */{total}"));
    }
    for range in ["bytes=0-1,5-6", "lines=1-2", "bytes=x-y", "nonsense"] {
        let response = ranged(range.to_owned()).await;
        assert_eq!(response.status(), 200, "{range}");
        assert_eq!(response.bytes().await.unwrap().len(), total, "{range}");
    }
}

#[tokio::test]
async fn a_range_of_a_changed_file_gets_the_whole_new_file() {
    let client = Client::start().await;
    let path = "/api/file/asset/213";
    let etag = client.get(path).await.headers()[ETAG].clone();
    let resume = async || {
        let request = client.request(Method::GET, path).header(RANGE, "bytes=5-");
        request.header(IF_RANGE, &etag).send().await.unwrap()
    };
    assert_eq!(resume().await.status(), 206);
    let form = crate::client::file_part(&b"another file"[..]);
    client.send(Method::PUT, "/api/import/asset/213", form).await.error_for_status().unwrap();
    let response = resume().await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap(), "another file");
}

#[tokio::test]
async fn files_need_a_credential() {
    let client = Client::start().await;
    for path in [
        "/api/file/asset/201",
        "/api/file/asset/201/thumbnail",
        "/api/file/asset/201/preview",
        "/api/file/asset/201/view/901",
        "/file/asset/201/thumb",
    ] {
        let response = client.bare(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], 401);
    }
}

#[tokio::test]
async fn head_returns_the_headers_alone() {
    let client = Client::start().await;
    let response = client.request(Method::HEAD, "/api/file/asset/213").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, &reqwest::header::CONTENT_LENGTH)),
        (200, "61")
    );
    assert!(response.bytes().await.unwrap().is_empty());
}
