//! Groups of attributes and keywords, and direct links, through the typed client.

use futures_util::TryStreamExt;
use mediavalet_sdk::types::{
    AttributeGroupCreateRequest, DirectLinkCreateRequest, DirectLinkSettings, DirectLinkState,
    KeywordGroup,
};
use mediavalet_sdk::{ErrorKind, Patch};
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, PHOTOGRAPHER, RED_SHOE};

const BLUE_SHOE: &str = "a55e7000-0000-4000-8000-000000000002";
const USAGE: &str = "a7710000-0000-4000-8000-000000000002";

#[tokio::test]
async fn attributes_are_grouped() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let new = AttributeGroupCreateRequest::new().name("Rights").attribute_ids([USAGE]);
    let created =
        sdk.create_attribute_group(new.clone()).send().await.unwrap().into_inner().unwrap();
    let id = created.attribute_group_id.unwrap();
    assert_eq!(created.attribute_ids.unwrap(), [USAGE]);
    let taken = sdk.create_attribute_group(new).send().await.unwrap_err();
    assert_eq!((taken.kind(), taken.status().unwrap().as_u16()), (ErrorKind::Api, 400));
    let unknown = AttributeGroupCreateRequest::new().name("Other").attribute_ids(["none"]);
    sdk.create_attribute_group(unknown).send().await.unwrap_err();

    let patch = Patch::new()
        .replace("/name", "Licences")
        .add("/attributeIds/-", PHOTOGRAPHER)
        .remove(format!("/attributeIds/{USAGE}"));
    let patched = sdk.update_attribute_group(&id, patch).send().await.unwrap().into_inner();
    assert_eq!(patched.name.as_deref(), Some("Licences"));
    assert_eq!(patched.attribute_ids.unwrap(), [PHOTOGRAPHER]);
    let skipped = Patch::new().replace("/name", "Credits");
    let skipped = sdk.update_attribute_group(&id, skipped).send().await.unwrap_err();
    assert_eq!(skipped.kind(), ErrorKind::Partial, "the seed has a group of this name");

    let members = sdk.list_attribute_group_attributes(&id).send().await.unwrap().into_inner();
    assert_eq!(members[0].name.as_deref(), Some("Photographer"));
    let attribute = sdk.get_attribute(PHOTOGRAPHER).send().await.unwrap().into_inner();
    assert_eq!(attribute.attribute_group_ids.unwrap().len(), 2);
    client.ok(Method::DELETE, &format!("/attributes/{PHOTOGRAPHER}"), None).await;
    let group = sdk.get_attribute_group(&id).send().await.unwrap().into_inner();
    assert_eq!(group.attribute_ids, Some(Vec::new()), "a deleted attribute leaves its groups");
    sdk.delete_attribute_group(&id).send().await.unwrap();
    assert_eq!(sdk.list_attribute_groups().send().await.unwrap().into_inner().len(), 1);
}

#[tokio::test]
async fn keyword_groups_are_a_tree() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let create = |group: KeywordGroup| sdk.create_keyword_group(group).send();
    let outer = KeywordGroup::new().name("Nature").keywords_in_group("sea, place");
    let outer = create(outer).await.unwrap().into_inner();
    let outer_id = outer.id.unwrap();
    assert_eq!(outer.keywords_in_group.as_deref(), Some("place,sea"));
    let inner = KeywordGroup::new().name("Water").parent_id(&outer_id);
    let inner = create(inner.clone()).await.unwrap().into_inner();
    let inner_id = inner.id.unwrap();
    assert_eq!(inner.group_tree_path.as_deref(), Some("\\Nature\\Water"));
    let taken = create(KeywordGroup::new().name("nature")).await.unwrap_err();
    assert_eq!(taken.status().unwrap().as_u16(), 409);
    let elsewhere = KeywordGroup::new().name("Nature").parent_id(&inner_id);
    create(elsewhere).await.unwrap();

    // A keyword is in one group: "place" was in the seed's.
    let groups = sdk.list_keyword_groups().send().await.unwrap().into_inner();
    let counts: Vec<_> = groups.iter().map(|group| group.group_keyword_count.unwrap()).collect();
    assert_eq!(counts, [2, 2, 0, 0]);
    let keywords = sdk.list_keywords().send().await.unwrap().into_inner();
    let sea = keywords.iter().find(|keyword| keyword.keyword_name.as_deref() == Some("sea"));
    assert_eq!(sea.unwrap().group_path.as_deref(), Some("\\Nature"));

    let below_itself = Patch::new().replace("/parentId", inner_id.as_str());
    let refused = sdk.update_keyword_group(&outer_id, below_itself).send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Partial);
    let patch = Patch::new().replace("/keywordsInGroup", "sea").replace("/name", "Outside");
    let patched = sdk.update_keyword_group(&outer_id, patch).send().await.unwrap().into_inner();
    assert_eq!((patched.group_keyword_count, patched.sub_group_count), (Some(1), Some(1)));
    let below = sdk.list_keyword_subgroups(&outer_id).send().await.unwrap().into_inner();
    assert_eq!(below[0].id.as_deref(), Some(inner_id.as_str()));
    sdk.delete_keyword_group(&outer_id).send().await.unwrap();
    assert_eq!(sdk.list_keyword_groups().send().await.unwrap().into_inner().len(), 1);
    let keywords = sdk.list_keywords().send().await.unwrap().into_inner();
    assert!(keywords.iter().any(|keyword| keyword.keyword_name.as_deref() == Some("sea")));
}

#[tokio::test]
async fn direct_links_are_managed_together() {
    let client = Client::start().await;
    let sdk = client.sdk();
    assert_eq!(client.status(Method::GET, "/directlinks/export", None).await, 204);
    let named = |name: &str| {
        let settings = DirectLinkSettings::new().link_name(name);
        sdk.create_direct_link(RED_SHOE, DirectLinkCreateRequest::new().link_settings(settings))
            .send()
    };
    let first = named("One").await.unwrap().into_inner().direct_link_id.unwrap();
    named("Two").await.unwrap();
    let all = sdk.deactivate_asset_direct_links(RED_SHOE, [] as [&str; 0]).send().await.unwrap();
    let states: Vec<_> = all.into_inner().into_iter().map(|link| link.state.unwrap()).collect();
    assert_eq!(states, [DirectLinkState::Deactivated, DirectLinkState::Deactivated]);
    let one = sdk.activate_asset_direct_links(RED_SHOE, [&first]).send().await.unwrap();
    assert_eq!(one.into_inner()[0].state, Some(DirectLinkState::Active));
    let unknown = sdk.activate_asset_direct_links(RED_SHOE, [BLUE_SHOE]).send().await.unwrap_err();
    assert_eq!(unknown.status().unwrap().as_u16(), 404);

    let listed = sdk.list_direct_links().send().await.unwrap().into_inner();
    assert_eq!(listed[0].asset_file_name.as_deref(), Some("red-shoe.png"));
    assert_eq!(listed[0].asset_category_names.as_deref(), Some(&["Shoes".to_owned()][..]));
    let archive = sdk.export_direct_links().send().await.unwrap().into_inner();
    let parts: Vec<_> = archive.try_collect().await.unwrap();
    assert!(parts.concat().starts_with(b"PK\x03\x04"), "{parts:?}");
    let linked =
        sdk.validate_assets_in_all_direct_links([RED_SHOE, BLUE_SHOE]).send().await.unwrap();
    assert_eq!(linked.into_inner(), [RED_SHOE]);
    for (name, status) in [("one", 409), ("", 400), ("Three", 200)] {
        let path = format!("/directlinks/{RED_SHOE}/validate?linkName={name}");
        assert_eq!(client.status(Method::POST, &path, Some(json!({}))).await, status, "{name}");
    }
    sdk.archive_direct_link(RED_SHOE, &first).send().await.unwrap();
    let listed = sdk.list_direct_links().send().await.unwrap().into_inner();
    assert_eq!(listed.len(), 1);
    let gone = sdk.activate_direct_link(RED_SHOE, &first).send().await.unwrap_err();
    assert_eq!(gone.status().unwrap().as_u16(), 404);
}
