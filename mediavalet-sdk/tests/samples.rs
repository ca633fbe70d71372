//! What the types accept: every sample is read and written unchanged, the vendor's own examples are read, and so is
//! nearly every deviation from them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/samples.rs"]
mod samples;

use mediavalet_sdk::{
    Client, ErrorKind, RetryPolicy,
    webhooks::{Event, EventData},
};
use oneteg_test_kit::{
    recorder::{CANARY, RequestRecorder, json_response},
    samples::{self as sample_checks, Examples},
};
use samples::{BODIES, RESPONSES, samples};
use serde_json::Value;

/// The examples of responses, each with its operation.
const RESPONSE_EXAMPLES: &[(&str, &str)] = &[
    ("createUpload.1.response", "create_upload"),
    ("retrieveAssetAttributes.1.response", "get_asset_attributes"),
    ("retrieveAssetAutotags.1.response", "list_asset_autotags"),
    ("retrieveAssetMetadata.1.response", "list_asset_metadata"),
    ("retrieveAssetRenditions.1.response", "list_asset_renditions"),
    ("retrieveCategory.1.response", "get_category"),
    ("retrieveCurrentOrgUnitInformation.1.response", "get_current_org_unit"),
    ("retrieveFacets.1.response", "list_search_facets"),
    ("retrieveGroups.1.response", "list_user_groups"),
    ("retrieveUsers.1.response", "list_users"),
    ("retrieveVideoIndexerSubscription.1.response", "get_video_indexer_token"),
    ("retrieveVideoIntelligenceResult.1.response", "get_video_intelligence_insights"),
    ("retrieveVideoIntelligenceStatus.1.response", "get_video_intelligence_status"),
    ("validateDownload.1.response", "validate_download"),
];
/// The examples of request bodies, each with its operation.
const BODY_EXAMPLES: &[(&str, &str)] = &[
    ("checkOutAsset.1.request", "check_out_asset"),
    ("completeUpload.1.request", "update_upload"),
    ("completeUpload.3.request", "update_upload"),
    ("createADirectLink.1.request", "create_direct_link"),
    ("createADirectLink.5.request", "create_direct_link"),
    ("createAssetAssociationWithCategories.1.request", "add_categories_to_upload"),
    ("createAssociationOfAssetsAndKeywords.1.request", "add_keywords_to_asset"),
    ("createAssociationWithAssetAndRelatedAssets.1.request", "add_related_assets_to_asset"),
    ("createAttribute.1.request", "create_attribute"),
    ("createCategory.1.request", "create_category"),
    ("createCategory.2.request", "create_category"),
    ("createFolder.1.request", "create_folder"),
    ("createGroup.2.request", "create_user_group"),
    ("createSingleAssetDownload.1.request", "create_asset_download"),
    ("createUpload.1.request", "create_upload"),
    ("createWebhookSubscription.1.request", "create_webhook_subscription"),
    ("inviteAUserIntoYourTenant.1.request", "invite_integration_users"),
    ("patchAsset.2.request", "update_asset"),
    ("patchAsset.3.request", "update_asset"),
    ("patchUpload.1.request", "patch_upload"),
    ("registerANewThirdPartyIntegration.1.request", "create_integration"),
    ("searchAssets.1.request", "search_assets"),
    ("searchAssets.5.request", "search_assets"),
    ("updateAssociationOfAssetAndCategories.1.request", "replace_asset_categories"),
    ("updateCheckedInAsset.1.request", "complete_asset_check_in"),
    ("updateGroup.1.request", "update_user_group"),
    ("whitelistAnOriginForAnIntegration.1.request", "create_allowed_origin"),
];
/// The examples that are not a JSON body or response of an operation, and where they are used instead.
const EXCLUDED: &[(&str, &str)] = &[
    ("oauthToken.1.request", "`oneteg-auth` calls the token endpoint"),
    ("oauthToken.1.response", "`oneteg-auth` calls the token endpoint"),
    ("oauthToken.2.request", "`oneteg-auth` calls the token endpoint"),
    ("oauthToken.2.response", "`oneteg-auth` calls the token endpoint"),
    ("oauthToken.3.request", "`oneteg-auth` calls the token endpoint"),
    ("aspNetError.1.response", "an error; see `every_error_example_is_understood`"),
    ("gatewayError.1.response", "an error; see `every_error_example_is_understood`"),
    (
        "bulk.1.request",
        "a description of a multipart body; see `bulk_bodies_are_as_in_the_examples`",
    ),
    (
        "bulk.2.request",
        "a description of a multipart body; see `bulk_bodies_are_as_in_the_examples`",
    ),
    (
        "updateUser.1.request",
        "member names in another case; see `a_user_is_moved_to_another_group`",
    ),
    (
        "webhookDelivery_AssetAttributesAdded.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_AssetKeywordsAdded.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_AssetMediaFileAdded.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_AssetMediaFileAdded.2.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_AssetStatusUpdated.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_CategoryAssetsAssigned.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
];

const EXAMPLES: Examples = Examples {
    folder: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/facts"),
    responses: RESPONSE_EXAMPLES,
    bodies: BODY_EXAMPLES,
    excluded: EXCLUDED,
    response_readers: RESPONSES,
    body_readers: BODIES,
};

#[test]
fn every_type_is_read_and_written_unchanged() {
    sample_checks::check_round_trips(samples());
}

#[test]
fn the_vendors_examples_are_read() {
    EXAMPLES.check_readable(Value::clone);
}

#[tokio::test]
async fn every_error_example_is_understood() {
    let refused = |status: u16, name: &'static str| async move {
        let server = EXAMPLES.server(status.try_into().unwrap(), name).await;
        let client = Client::builder().base_url(&server.url).subscription_key(CANARY);
        let client = client.access_token(CANARY).retry(RetryPolicy::none()).build().unwrap();
        let error = client.list_categories().send().await.unwrap_err();
        (error.kind(), error.code().unwrap_or_default().to_owned(), error.message().to_owned())
    };
    let (kind, code, message) = refused(401, "gatewayError.1.response").await;
    assert_eq!((kind, code.as_str()), (ErrorKind::Authentication, "401"));
    assert_eq!(message, "Access denied due to missing subscription key.");
    let (kind, code, message) = refused(500, "aspNetError.1.response").await;
    assert_eq!((kind, code.as_str()), (ErrorKind::Server, "<exception type>"));
    assert_eq!(message, "<message> <exception message>");
}

#[test]
fn every_event_example_is_understood() {
    let events = EXCLUDED.iter().filter(|(name, _)| name.starts_with("webhookDelivery_"));
    let mut seen = 0;
    for (name, _) in events {
        let event = Event::parse(EXAMPLES.value(name).to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!matches!(event.data, EventData::Unknown { .. }), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 6);
}

/// At least 99 of 100 changed values are read; the snapshot lists the others with the reason.
#[test]
fn changed_responses_are_read() {
    let report = EXAMPLES.mutate(samples());
    insta::assert_snapshot!(report);
    assert!(report.per_mille() >= 990, "{report}");
}

#[tokio::test]
async fn assets_with_odd_members_are_read_in_their_envelope() {
    let server = RequestRecorder::start(|_| {
        let body = b"\xef\xbb\xbf{\"apiVersion\":\"1\",\"errors\":[],\"recordCount\":{\"totalRecordsFound\":\"2\"},\
            \"warnings\":[\"\xff\"],\"payload\":{\"assetCount\":\"2\",\"assets\":[\
            {\"id\":7,\"title\":\"party \\ud83d\",\"file\":[],\"status\":\"2\",\"followed\":1,\
             \"createdAt\":\"2024-05-06T07:08:09.123+0000\",\"attributes\":{\"a\":1,\"b\":true,\"c\":null}},\
            {\"id\":\"8\",\"title\":\"caf\xe9\",\"createdAt\":\"0000-00-00 00:00:00\",\"keywords\":{\"0\":\"a\",\"2\":\"b\"}}]}}";
        json_response(&body[..])
    })
    .await;
    let client = Client::builder().base_url(&server.url).subscription_key(CANARY);
    let client = client.access_token(CANARY).retry(RetryPolicy::none()).build().unwrap();
    let response = client.list_assets().send().await.unwrap();
    assert_eq!(response.envelope().unwrap().record_count.unwrap().total, Some(2));
    assert_eq!(response.envelope().unwrap().warnings, ["\u{fffd}"]);
    let assets = response.assets.as_ref().unwrap();
    let first = &assets[0];
    assert_eq!((&*first.id, first.title.as_deref()), ("7", Some("party \u{fffd}")));
    assert_eq!((&first.file, &first.extra["file"]), (&None, &serde_json::json!([])));
    assert_eq!((first.status, first.followed), (Some(2), Some(true)));
    assert_eq!(first.created_at.unwrap().timestamp_millis(), 1_714_979_289_123);
    let attributes = first.attributes.as_ref().unwrap();
    assert_eq!((&*attributes["a"], &*attributes["b"], attributes.len()), ("1", "true", 2));
    let second = &assets[1];
    assert_eq!((second.title.as_deref(), second.created_at), (Some("caf\u{fffd}"), None));
    assert_eq!(second.keywords.as_deref().unwrap(), ["a", "b"]);
    assert_eq!(client.list_assets().pages().all().await.unwrap().len(), 2);
}
