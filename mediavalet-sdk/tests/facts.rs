//! Behaviour of MediaValet that is known from published client code, as the client handles it: lists of users and
//! groups, older envelopes, token lifetimes, direct links, downloads in two steps.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use mediavalet_sdk::{
    Client, ErrorKind, Method, RetryPolicy,
    auth::{MemoryStore, OAuth2, OAuth2Config, SessionKey},
    bulk::BulkCall,
    reqwest::{self, redirect::Policy},
    search::search,
    types::{
        AssetDownloadRequest, DirectLinkCreateRequest, DirectLinkFormat,
        DirectLinkRenditionSettings, DirectLinkSize, DirectLinkSizeType, DirectLinkState,
        DownloadValidateRequest, UserGroupRequest, UserUpdateRequest,
    },
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::recorder::{CANARY, RecordedRequest, RequestRecorder, json_response};
use serde_json::{Map, Value, json};

const RED_SHOE: &str = "a55e7000-0000-4000-8000-000000000001";
const MEMBER: &str = "64090000-0000-4000-8000-000000000002";
const VIEWER: &str = "05e70000-0000-4000-8000-000000000002";

fn example(name: &str) -> Value {
    let path = format!("{}/tests/data/facts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn client(url: &str) -> Client {
    let client = Client::builder().base_url(url).subscription_key(CANARY).access_token(CANARY);
    client.retry(RetryPolicy::none()).build().unwrap()
}

fn sandbox_client(sandbox: &Sandbox) -> Client {
    let key = sandbox.mediavalet().account().subscription_key.clone();
    let builder = Client::builder().base_url(sandbox.mediavalet_url()).subscription_key(key);
    builder.access_token(sandbox.mediavalet().issue_access_token()).build().unwrap()
}

/// A server that always sends this response.
async fn responding(status: u16, body: impl Into<String>) -> RequestRecorder {
    let body = body.into();
    RequestRecorder::start(move |_| {
        let mut response = json_response(body.clone());
        *response.status_mut() = status.try_into().unwrap();
        response
    })
    .await
}

#[tokio::test]
async fn users_are_listed_to_the_end_with_every_form_of_the_envelope() {
    for of_2022 in [false, true] {
        let builder = Sandbox::builder().mediavalet_envelope_of_2022(of_2022);
        let sandbox = builder.start().await.unwrap();
        let client = sandbox_client(&sandbox);
        let first = client.list_users().count(2).send().await.unwrap();
        assert_eq!((first.user_count, first.users.as_ref().unwrap().len()), (Some(3), 2));
        let all = client.list_users().pages().page_size(2).all().await.unwrap();
        let names: Vec<_> = all.iter().map(|user| user.user_name.as_deref().unwrap()).collect();
        assert_eq!(names, ["sandbox-user", "viewer", "editor"]);
        // A listing without a count ends at an empty page.
        let keywords = client.list_keywords().pages().page_size(2).all().await.unwrap();
        let names: BTreeSet<_> =
            keywords.iter().map(|keyword| keyword.keyword_name.as_deref().unwrap()).collect();
        assert_eq!((names.len(), keywords.len()), (4, 4));
        let version = client.list_users().send().await.unwrap();
        let version = version.envelope().unwrap().api_version.clone();
        assert_eq!(version.as_deref(), Some(if of_2022 { "2022.6.17.1" } else { "1.2" }));
    }
}

#[tokio::test]
async fn users_are_listed_without_a_count() {
    let server = RequestRecorder::start(|request| {
        let first = request.uri.query().unwrap().contains("offset=0");
        let mut response = example("retrieveUsers.1.response");
        if !first {
            response["payload"]["users"] = json!([]);
        }
        json_response(response.to_string())
    })
    .await;
    let users = client(&server.url).list_users().pages().all().await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].user_name.as_deref(), Some("user@example.com"));
    assert!(users[0].extra.is_empty(), "{:?}", users[0].extra);
}

#[tokio::test]
async fn groups_are_a_list_and_one_of_them_is_sent_back_whole() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox_client(&sandbox);
    let groups = client.list_user_groups().pages().page_size(1).all().await.unwrap();
    let names: Vec<_> = groups.iter().map(|group| group.role_name.as_deref().unwrap()).collect();
    assert_eq!(names, ["Administrator", "Member"]);
    let group = client.get_user_group(MEMBER).send().await.unwrap().into_inner();
    assert_eq!(group, groups[1]);
    let mut whole: UserGroupRequest =
        serde_json::from_value(serde_json::to_value(&group).unwrap()).unwrap();
    whole.role_name = Some("Members".to_owned());
    client.update_user_group(MEMBER, whole).send().await.unwrap();
    let changed = client.get_user_group(MEMBER).send().await.unwrap().into_inner();
    assert_eq!(changed.role_name.as_deref(), Some("Members"));
    assert_eq!(changed.is_default_group, group.is_default_group);
}

/// Turns member names to lower case: the server ignores their case.
fn lower(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let lowered = members.iter().map(|(name, value)| (name.to_lowercase(), lower(value)));
            Value::Object(lowered.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(lower).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn a_user_is_moved_to_another_group() {
    let expected = example("updateUser.1.request");
    let moved = UserUpdateRequest::new()
        .user_name("user@example.com")
        .first_name("A")
        .last_name("B")
        .email_address("user@example.com")
        .position("")
        .title("")
        .address("")
        .cellular_number("")
        .organization_name("example")
        .role_id("00000000-0000-4000-8000-000000000009")
        .default_group("Custom group");
    let server =
        responding(200, json!({"apiVersion": "1.2", "payload": {"id": VIEWER}}).to_string()).await;
    client(&server.url).update_user(VIEWER, moved).send().await.unwrap();
    let sent = server.only_request();
    assert_eq!((sent.method.as_str(), sent.uri.path()), ("PUT", &*format!("/users/{VIEWER}")));
    assert_eq!(lower(&sent.json()), lower(&expected));

    let sandbox = Sandbox::start().await.unwrap();
    let administrator =
        sandbox_client(&sandbox).get_current_user().send().await.unwrap().into_inner();
    let mut moved = UserUpdateRequest::new();
    moved.role_id.clone_from(&administrator.role_id);
    let moved =
        sandbox_client(&sandbox).update_user(VIEWER, moved).send().await.unwrap().into_inner();
    assert_eq!(moved.role_id, administrator.role_id);
    assert_eq!(moved.default_group.as_deref(), Some("Administrator"));
    assert_eq!(moved.first_name.as_deref(), Some("Vera"));
}

/// The body in the format of the examples: the media type, and the parts without their boundary.
fn described(request: &RecordedRequest) -> Value {
    let media_type = request.headers["content-type"].to_str().unwrap();
    let (_, boundary) = media_type.split_once("boundary=").unwrap();
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    let host = request.headers["host"].to_str().unwrap();
    let body = body.replace(&format!("host: {host}"), "host: <host>").replace(CANARY, "<token>");
    let mut parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.remove(0), parts.pop()), ("", Some("--\r\n")));
    let parts: Vec<&str> = parts.iter().map(|part| part.strip_prefix("\r\n").unwrap()).collect();
    json!({ "content_type": media_type.replace(boundary, "BOUNDARY"), "parts": parts })
}

#[tokio::test]
async fn bulk_bodies_are_as_in_the_examples() {
    let categories = |asset: &str| {
        let path = format!("/assets/{asset}/categories?runAsync=true");
        BulkCall::new(Method::PUT, path).json(&["00000000-0000-4000-8000-000000000005"])
    };
    let keywords = BulkCall::new(Method::POST, "/assets/ASSET/keywords").json(&["snow"]);
    let of_the_web_application = vec![
        categories("00000000-0000-4000-8000-000000000001"),
        categories("00000000-0000-4000-8000-00000000000e"),
    ];
    for (name, calls) in
        [("bulk.1.request", vec![keywords]), ("bulk.2.request", of_the_web_application)]
    {
        let server = responding(500, "").await;
        client(&server.url).bulk(calls).await.unwrap_err();
        let mut expected = example(name);
        let media_type = expected["content_type"].as_str().unwrap();
        let (kind, _) = media_type.split_once("boundary=").unwrap();
        expected["content_type"] = json!(format!("{kind}boundary=BOUNDARY"));
        let expected = expected.to_string().replace("<assetId>", "ASSET");
        assert_eq!(
            described(&server.only_request()),
            serde_json::from_str::<Value>(&expected).unwrap()
        );
    }
}

#[tokio::test]
async fn errors_in_the_envelope_and_errors_that_are_not_json_are_read() {
    let body =
        r#"{"apiVersion":"2022.6.17.1","warnings":[],"errors":["There is no such category"]}"#;
    let error =
        client(&responding(400, body).await.url).list_categories().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, 400));
    assert!(error.message().contains("There is no such category"), "{}", error.message());
    let error = client(&responding(401, "").await.url).list_categories().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let page = "<html>Service is down";
    let error =
        client(&responding(503, page).await.url).list_categories().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Server, 503));
}

#[tokio::test]
async fn the_envelopes_meta_is_kept_unchanged() {
    for information in [
        json!({"count": 50, "offset": 0, "filters": "", "sortPath": "title", "elapsedTimeInMS": 12}),
        json!({"ElapsedTimeInMS": 12}),
    ] {
        let body = json!({
            "apiVersion": "1.0", "payload": [], "recordCount": {"totalRecordsFound": 0},
            "meta": {"metaInformation": information}, "errors": [],
        });
        let server = responding(200, body.to_string()).await;
        let response = client(&server.url).list_categories().send().await.unwrap();
        let meta = response.envelope().unwrap().meta.clone().unwrap();
        assert_eq!(meta["metaInformation"], information);
    }
}

/// An asset with a fraction must not make the whole page unreadable.
#[tokio::test]
async fn averages_and_sizes_of_pictures_may_be_fractions() {
    let asset = |average: Value| {
        json!({
            "id": RED_SHOE, "rating": {"average": average, "user": 4},
            "file": {"imageWidth": 640.5, "imageHeight": 480, "sizeInBytes": 7},
        })
    };
    let assets: Vec<Value> = [json!(3), json!(3.5), json!(null)].into_iter().map(asset).collect();
    let body =
        json!({"apiVersion": "1.2", "errors": [], "payload": {"assetCount": 3, "assets": assets}});
    let server = responding(200, body.to_string()).await;
    let found = client(&server.url).search_assets(search()).send().await.unwrap().into_inner();
    let found = found.assets.unwrap();
    let averages: Vec<_> = found.iter().map(|one| one.rating.as_ref().unwrap().average).collect();
    assert_eq!(averages, [Some(3.0), Some(3.5), None]);
    let file = found[0].file.as_ref().unwrap();
    assert_eq!((file.image_width, file.image_height), (Some(640.5), Some(480.0)));
    assert_eq!(file.size_in_bytes, Some(7));
}

#[tokio::test]
async fn a_direct_link_has_the_sizes_formats_and_states_that_are_known() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox_client(&sandbox);
    let wanted = |size: DirectLinkSizeType, format: DirectLinkFormat| {
        let size = DirectLinkSize::new().type_(size);
        let settings = DirectLinkRenditionSettings::new().format(format).size(size);
        DirectLinkCreateRequest::new().rendition_settings(settings)
    };
    let picture = wanted(DirectLinkSizeType::Fullscreen, DirectLinkFormat::Tiff);
    let made = client.create_direct_link(RED_SHOE, picture).send().await.unwrap().into_inner();
    let id = made.direct_link_id.unwrap();
    client.deactivate_direct_link(RED_SHOE, &id).send().await.unwrap();
    let listed = client.list_asset_direct_links(RED_SHOE).send().await.unwrap();
    assert_eq!(listed[0].state, Some(DirectLinkState::Deactivated));
    let video = wanted(DirectLinkSizeType::Widescreen1080p, DirectLinkFormat::Mp4);
    let refused = client.create_direct_link(RED_SHOE, video).send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Api);
    // Unknown values are sent and read unchanged.
    let later = wanted("Widescreen4k".into(), "AVIF".into());
    let later = serde_json::to_value(later).unwrap();
    assert_eq!(
        later["RenditionSettings"],
        json!({"Format": "AVIF", "Size": {"Type": "Widescreen4k"}})
    );
}

#[tokio::test]
async fn a_download_is_validated_and_then_created() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = sandbox_client(&sandbox);
    let direct = DownloadValidateRequest::new().is_direct_download(true);
    let checked = client.validate_download(direct).send().await.unwrap().into_inner();
    let link = checked.download_link.unwrap();
    let id = link.strip_prefix("downloads/").and_then(|rest| rest.strip_suffix("/asset")).unwrap();
    let wanted: AssetDownloadRequest =
        serde_json::from_value(json!({"attributeIdValues": {}, "assetId": RED_SHOE})).unwrap();
    let given = client.create_asset_download(id, wanted).send().await.unwrap().into_inner();
    assert!(given.unwrap().sas_url.unwrap().starts_with("http://localhost:"));
    client.report_asset_download(RED_SHOE).send().await.unwrap();
}

/// Signs in like a program: the browser goes to the sandbox, which approves at once.
async fn signed_in(sandbox: &Sandbox) -> OAuth2 {
    let account = sandbox.mediavalet().account();
    let issuer = sandbox.mediavalet_url().parse().unwrap();
    let config = OAuth2Config::discover(&issuer, account.client_id.clone(), None).await.unwrap();
    let config = config.with_client_secret(account.client_secret.clone());
    let config = config.with_scopes(["openid", "api", "offline_access"]);
    let store = Arc::new(MemoryStore::new());
    let session = OAuth2::builder(config).store(store, SessionKey::new("mediavalet"));
    let session = session.build().unwrap();
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let start = sign_in.url().clone();
    let browser = async {
        // The SDK brings rustls without a default provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(Policy::limited(3)).build().unwrap();
        http.get(start).send().await.unwrap()
    };
    let (done, _) = tokio::join!(sign_in.finish(), browser);
    done.unwrap();
    session
}

/// Whatever the reported lifetime, the token is neither refreshed early nor kept for a fixed hour.
#[tokio::test]
async fn a_token_is_used_for_its_reported_lifetime() {
    for seconds in [300, 604_800] {
        let lifetime = Duration::from_secs(seconds);
        let builder = Sandbox::builder().mediavalet_access_token_lifetime(lifetime);
        let sandbox = builder.start().await.unwrap();
        let mediavalet = sandbox.mediavalet();
        let key = mediavalet.account().subscription_key.clone();
        let builder = Client::builder().base_url(sandbox.mediavalet_url()).subscription_key(key);
        let client = builder.authenticator(signed_in(&sandbox).await).build().unwrap();
        for _ in 0..3 {
            client.get_current_user().send().await.unwrap();
        }
        let tokens = || {
            let requests = mediavalet.requests();
            requests.iter().filter(|seen| seen.operation.as_deref() == Some("token")).count()
        };
        assert_eq!(tokens(), 1, "a token of {seconds} seconds was refreshed too early");
        mediavalet.advance(lifetime + Duration::from_secs(1));
        client.get_current_user().send().await.unwrap();
        assert_eq!(tokens(), 2, "a token of {seconds} seconds was not refreshed");
    }
}
