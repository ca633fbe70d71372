//! Related assets, history, views, ratings and autotags, through the typed client.

use mediavalet_sdk::types::{AssetHistoryOrList, RelatedAssetsRequest};

use crate::client::{Client, RED_SHOE};

const BLUE_SHOE: &str = "a55e7000-0000-4000-8000-000000000002";

#[tokio::test]
async fn assets_are_related_in_both_directions() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let relate = |other: &str| {
        sdk.add_related_assets_to_asset(RED_SHOE, RelatedAssetsRequest::new().derived([other]))
            .send()
    };
    let related = relate(BLUE_SHOE).await.unwrap().into_inner();
    assert_eq!(related.derived.unwrap()[0].id, BLUE_SHOE);
    relate(RED_SHOE).await.unwrap_err();
    relate("none").await.unwrap_err();
    let related = sdk.list_related_assets(BLUE_SHOE).send().await.unwrap().into_inner();
    assert_eq!(related.composite.unwrap()[0].id, RED_SHOE);
    let red = sdk.get_asset(RED_SHOE).send().await.unwrap().into_inner();
    assert_eq!(red.relatedassets.unwrap(), [BLUE_SHOE]);
    sdk.remove_related_asset_from_asset(BLUE_SHOE, RED_SHOE).send().await.unwrap();
    let related = sdk.list_related_assets(RED_SHOE).send().await.unwrap().into_inner();
    assert!(related.derived.unwrap().is_empty());
    sdk.remove_related_asset_from_asset(BLUE_SHOE, RED_SHOE).send().await.unwrap_err();
}

#[tokio::test]
async fn views_and_downloads_are_remembered_but_are_no_writes() {
    let client = Client::start().await;
    let sdk = client.sdk();
    sdk.report_asset_view(RED_SHOE).send().await.unwrap();
    for _ in 0..2 {
        sdk.report_asset_view(BLUE_SHOE).send().await.unwrap();
    }
    sdk.report_asset_download(RED_SHOE).send().await.unwrap();
    assert_eq!(client.writes(), 0);
    sdk.add_comments_to_asset(RED_SHOE, ["Nice"]).send().await.unwrap();
    let history = sdk.list_asset_history(RED_SHOE).send().await.unwrap().into_inner();
    let AssetHistoryOrList::Array(histories) = history else { panic!("a list") };
    let entries = histories[0].asset_history_detail.clone().unwrap();
    let kinds: Vec<_> = entries.iter().map(|entry| entry.type_.as_deref().unwrap()).collect();
    assert_eq!(kinds, ["Uploaded", "Viewed", "Downloaded", "Commented"]);
    assert_eq!(entries[3].comment.as_deref(), Some("Nice"));
    let viewed = sdk.list_most_viewed_assets().send().await.unwrap().into_inner().assets.unwrap();
    let viewed: Vec<_> = viewed.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(viewed, [BLUE_SHOE, RED_SHOE]);
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn ratings_and_autotags() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let rating = mediavalet_sdk::types::AssetRatingRequest::new().rating(4);
    sdk.create_asset_rating(RED_SHOE, rating).send().await.unwrap();
    sdk.delete_asset_rating(RED_SHOE).send().await.unwrap();
    let asset = sdk.get_asset(RED_SHOE).send().await.unwrap().into_inner();
    assert_eq!(asset.rating.unwrap().average, Some(0.0));

    let tags = sdk.list_asset_autotags(RED_SHOE).send().await.unwrap().into_inner().tags.unwrap();
    assert_eq!((tags.len(), tags[0].confidence), (1, Some(0.875)));
    let keywords = sdk.add_autotag_keywords_to_asset(RED_SHOE, ["leather"]).send().await.unwrap();
    let keywords = keywords.into_inner();
    let names: Vec<_> = keywords.iter().map(|one| one.keyword_name.as_deref().unwrap()).collect();
    assert_eq!(names, ["shoe", "leather"]);
    let writes = client.writes();
    sdk.remove_autotag_from_asset(RED_SHOE, "none").send().await.unwrap();
    assert_eq!(client.writes(), writes);
    sdk.remove_autotag_from_asset(RED_SHOE, "SHOE (FOUND)").send().await.unwrap();
    let tags = sdk.list_asset_autotags(RED_SHOE).send().await.unwrap().into_inner();
    assert!(tags.tags.unwrap().is_empty());
    let status = sdk.get_video_intelligence_status(RED_SHOE).send().await.unwrap().into_inner();
    assert_eq!(status.status.as_deref(), Some("NotSubmitted"));
}
