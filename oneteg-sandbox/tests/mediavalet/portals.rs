//! Branded portals, through the typed client.

use mediavalet_sdk::types::{
    BrandedPortalAccessSettingsRequest, BrandedPortalAssetsMoveRequest, BrandedPortalCreateRequest,
    BrandedPortalDuplicateRequest, BrandedPortalStatus, BrandedPortalUrlSettingsRequest,
};

use crate::client::{Client, RED_SHOE};

const BLUE_SHOE: &str = "a55e7000-0000-4000-8000-000000000002";
const TOP: &str = "5ec70000-0000-4000-8000-000000000001";
const BOTTOM: &str = "5ec70000-0000-4000-8000-000000000002";

fn new(name: &str, path: &str) -> BrandedPortalCreateRequest {
    BrandedPortalCreateRequest::new().name(name).host("portal.example.com").path(path)
}

#[tokio::test]
async fn a_portal_is_made_published_and_disabled() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let created = sdk.create_branded_portal(new("Press", "press")).send().await.unwrap();
    let created = created.into_inner();
    let id = created.id.unwrap();
    assert_eq!(created.status, Some(BrandedPortalStatus::Draft));
    for taken in [new("PRESS", "other"), new("Other", "PRESS")] {
        let refused = sdk.create_branded_portal(taken).send().await.unwrap_err();
        assert_eq!(refused.status().unwrap().as_u16(), 409);
    }
    let incomplete = BrandedPortalCreateRequest::new().name("Other");
    let refused = sdk.create_branded_portal(incomplete).send().await.unwrap_err();
    assert_eq!(refused.status().unwrap().as_u16(), 400);

    let published = sdk.publish_branded_portal(&id).send().await.unwrap().into_inner();
    assert_eq!(published.status, Some(BrandedPortalStatus::Live));
    assert_eq!(published.live_path.as_deref(), Some("press"));
    let again = sdk.publish_branded_portal(&id).send().await.unwrap_err();
    assert_eq!(again.status().unwrap().as_u16(), 409, "nothing has changed");
    let address = BrandedPortalUrlSettingsRequest::new().path("news");
    let moved = sdk.update_branded_portal_url_settings(&id, address).send().await.unwrap();
    let moved = moved.into_inner();
    assert_eq!((moved.path.as_deref(), moved.live_path.as_deref()), (Some("news"), Some("press")));
    let listed = sdk.list_branded_portals().send().await.unwrap().into_inner();
    assert_eq!(listed[0].has_unpublished_changes, Some(true));
    assert_eq!(listed[0].public_live_url.as_deref(), Some("https://portal.example.com/press"));

    let access = BrandedPortalAccessSettingsRequest::new().require_access_key(true);
    sdk.update_branded_portal_access_settings(&id, access.access_key("open")).send().await.unwrap();
    let key = sdk.get_branded_portal_access_key(&id).send().await.unwrap().into_inner();
    assert_eq!(key, "open");
    sdk.update_branded_portal_name(&id, "News").send().await.unwrap();
    let copy = BrandedPortalDuplicateRequest::new().name("Copy").host("h").path("copy");
    let copy = sdk.duplicate_branded_portal(&id, copy).send().await.unwrap().into_inner();
    assert_eq!(copy.status, Some(BrandedPortalStatus::Draft));
    assert_eq!(copy.restrict_access_settings.unwrap().access_key.as_deref(), Some("open"));
    let disabled = sdk.disable_branded_portal(&id).send().await.unwrap().into_inner();
    assert_eq!(disabled.status, Some(BrandedPortalStatus::Disabled));
    sdk.delete_branded_portal(&id).send().await.unwrap();
    let gone = sdk.get_branded_portal(&id).send().await.unwrap_err();
    assert_eq!(gone.status().unwrap().as_u16(), 404);
}

#[tokio::test]
async fn sections_hold_assets() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let id = sdk.create_branded_portal(new("Press", "press")).send().await.unwrap().into_inner();
    let id = id.id.unwrap();
    let assets = [RED_SHOE, BLUE_SHOE];
    sdk.add_assets_to_branded_portal_section(&id, TOP, assets).send().await.unwrap();
    sdk.add_assets_to_branded_portal_section(&id, TOP, ["none"]).send().await.unwrap_err();
    let in_section = async |section: &str| -> Vec<String> {
        let listed = sdk.list_branded_portal_section_assets(&id, section).send().await.unwrap();
        let assets = listed.into_inner().assets.unwrap();
        assets.into_iter().map(|asset| asset.id.unwrap()).collect()
    };
    assert_eq!(in_section(TOP).await, assets);
    let order = BrandedPortalAssetsMoveRequest::new()
        .asset_ids([RED_SHOE])
        .source_section_id(TOP)
        .destination_section_id(BOTTOM);
    sdk.move_branded_portal_assets(&id, order).send().await.unwrap();
    assert_eq!(
        (in_section(TOP).await, in_section(BOTTOM).await),
        (vec![BLUE_SHOE.to_owned()], vec![RED_SHOE.to_owned()])
    );
    let other = "a55e7000-0000-4000-8000-000000000003";
    let used = sdk.validate_assets_in_all_branded_portals([RED_SHOE, other]).send().await.unwrap();
    assert_eq!(used.into_inner(), [RED_SHOE]);
    let places =
        sdk.validate_assets_in_branded_portal(&id, [RED_SHOE, other]).send().await.unwrap();
    assert_eq!(places.into_inner()[0].section_ids.as_deref(), Some(&[BOTTOM.to_owned()][..]));
    let remove = sdk.remove_assets_from_branded_portal_section(&id, BOTTOM, [BLUE_SHOE]);
    remove.send().await.unwrap();
    assert_eq!(in_section(BOTTOM).await, [RED_SHOE]);
    sdk.remove_assets_from_branded_portal(&id, assets).send().await.unwrap();
    assert!(in_section(TOP).await.is_empty() && in_section(BOTTOM).await.is_empty());
}
