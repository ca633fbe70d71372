//! What the types bear: every sample is read and written unchanged, the vendor's own examples are read,
//! and so is nearly everything that a vendor may send in their place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]
#![allow(unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/samples.rs"]
mod samples;

use std::collections::BTreeMap;

use mediavalet_sdk::{
    Client, ErrorKind, RetryPolicy,
    webhooks::{Event, EventData},
};
use oneteg_http::test_kit::{
    mutate::{MutationReport, Reread},
    recorder::{CANARY, Recorder, json_answer},
};
use samples::{ANSWERS, BODIES, SAMPLES};
use serde_json::Value;

/// The examples of answers, and the operation each is of.
const ANSWER_EXAMPLES: &[(&str, &str)] = &[
    ("createUpload.1.response", "create_upload"),
    ("retrieveFacets.1.response", "list_search_facets"),
];
/// The examples of request bodies.
const BODY_EXAMPLES: &[(&str, &str)] = &[
    ("checkOutAsset.1.request", "check_out_asset"),
    ("completeUpload.1.request", "update_upload"),
    ("createADirectLink.1.request", "create_direct_link"),
    ("createAssetAssociationWithCategories.1.request", "add_categories_to_upload"),
    ("createAssociationOfAssetsAndKeywords.1.request", "add_keywords_to_asset"),
    ("createCategory.1.request", "create_category"),
    ("createUpload.1.request", "create_upload"),
    ("createWebhookSubscription.1.request", "create_webhook_subscription"),
    ("inviteAUserIntoYourTenant.1.request", "invite_integration_users"),
    ("patchUpload.1.request", "patch_upload"),
    ("registerANewThirdPartyIntegration.1.request", "create_integration"),
    ("searchAssets.1.request", "search_assets"),
    ("updateCheckedInAsset.1.request", "complete_asset_check_in"),
    ("whitelistAnOriginForAnIntegration.1.request", "create_allowed_origin"),
];
/// The examples that no operation sends or answers as JSON, and where they are used instead.
const LEFT_OUT: &[(&str, &str)] = &[
    ("oauthToken.1.request", "the token endpoint is the business of `oneteg-auth`"),
    ("oauthToken.1.response", "the token endpoint is the business of `oneteg-auth`"),
    ("oauthToken.2.request", "the token endpoint is the business of `oneteg-auth`"),
    ("oauthToken.2.response", "the token endpoint is the business of `oneteg-auth`"),
    ("oauthToken.3.request", "the token endpoint is the business of `oneteg-auth`"),
    ("aspNetError.1.response", "an error; see `every_error_example_is_understood`"),
    ("gatewayError.1.response", "an error; see `every_error_example_is_understood`"),
    ("bulk.1.request", "a description of a multipart body; see the module `bulk`"),
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
        "webhookDelivery_AssetStatusUpdated.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
    (
        "webhookDelivery_CategoryAssetsAssigned.1.request",
        "an event; see `every_event_example_is_understood`",
    ),
];

fn example(name: &str) -> Value {
    let path = format!("{}/tests/data/facts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn reader(table: &[(&'static str, Reread)], operation: &str) -> Reread {
    let found = table.iter().find(|(known, _)| *known == operation);
    found.unwrap_or_else(|| panic!("{operation} has no such value")).1
}

/// The value alone, where the example shows it in its envelope.
fn payload(example: Value) -> Value {
    match example.get("payload") {
        Some(payload) => payload.clone(),
        None => example,
    }
}

#[test]
fn every_type_is_read_and_written_unchanged() {
    for sample in SAMPLES {
        let written = (sample.reread)(sample.json)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", sample.name, sample.json));
        let (before, after): (Value, Value) =
            (serde_json::from_str(sample.json).unwrap(), serde_json::from_str(&written).unwrap());
        assert_eq!(after, before, "{}", sample.name);
    }
    println!("{} types", SAMPLES.len());
}

#[test]
fn the_examples_of_the_facts_are_read() {
    for (name, operation) in ANSWER_EXAMPLES {
        let value = payload(example(name));
        reader(ANSWERS, operation)(&value.to_string())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (name, operation) in BODY_EXAMPLES {
        let value = example(name);
        let written = reader(BODIES, operation)(&value.to_string())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // Nothing that is set is lost on the way.
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value, "{name}");
    }
    let used = [ANSWER_EXAMPLES, BODY_EXAMPLES, LEFT_OUT].concat();
    let used: BTreeMap<&str, &str> = used.into_iter().collect();
    let folder = format!("{}/tests/data/facts", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".json").unwrap();
        assert!(used.contains_key(name), "{name} is not used");
    }
}

#[tokio::test]
async fn every_error_example_is_understood() {
    let refused = |status: u16, name: &'static str| async move {
        let body = example(name).to_string();
        let server = Recorder::start(move |_| {
            let mut answer = json_answer(body.clone());
            *answer.status_mut() = status.try_into().unwrap();
            answer
        })
        .await;
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
    let events = LEFT_OUT.iter().filter(|(name, _)| name.starts_with("webhookDelivery_"));
    let mut seen = 0;
    for (name, _) in events {
        let event = Event::parse(example(name).to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!matches!(event.data, EventData::Unknown { .. }), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}

/// At least 99 of 100 changed values are read; the snapshot lists the others with the reason.
#[test]
fn changed_answers_are_read() {
    let mut report = MutationReport::default();
    for sample in SAMPLES {
        report.check(sample.name, &serde_json::from_str(sample.json).unwrap(), sample.reread);
    }
    for (name, operation) in ANSWER_EXAMPLES {
        report.check(name, &payload(example(name)), reader(ANSWERS, operation));
    }
    println!("{} of {}", report.read, report.read + report.refused.len());
    insta::assert_snapshot!(report);
    assert!(report.per_mille() >= 990, "{report}");
}
