//! The organizational unit, folders, shared searches and crop templates, through the typed client.

use mediavalet_sdk::types::{
    CategoryCreateRequest, CropTemplateRequest, CropTemplateType, SavedSearchCreateRequest,
    SavedSearchOrList, SavedSearchShareRequest, SkinColors,
};
use mediavalet_sdk::{ErrorKind, Patch};

use crate::client::{Client, PRODUCTS, ROOT, SHOES};

#[tokio::test]
async fn the_organizational_unit_is_read_and_changed() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let unit = sdk.get_current_org_unit().send().await.unwrap().into_inner();
    let id = unit.id.clone().unwrap();
    assert!(unit.storage.unwrap().usage.unwrap() > 0.0);
    let user = sdk.get_current_user().send().await.unwrap().into_inner();
    assert_eq!(user.org_unit_id.as_deref(), Some(id.as_str()));
    let patch = Patch::new()
        .replace("/names/name", "Beach")
        .replace("/contactInformation/CITY", "Victoria")
        .replace("/userIdleTimeOutInMinutes", 5);
    let changed = sdk.update_org_unit(&id, patch).send().await.unwrap().into_inner();
    assert_eq!(changed.names.unwrap().name.as_deref(), Some("Beach"));
    assert_eq!(changed.contact_information.unwrap().city.as_deref(), Some("Victoria"));
    assert_eq!(changed.user_idle_time_out_in_minutes, Some(5));
    let refused = Patch::new().replace("/names", "Beach");
    let refused = sdk.update_org_unit(&id, refused).send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Partial);
    let other = sdk.get_org_unit(ROOT).send().await.unwrap_err();
    assert_eq!(other.status().unwrap().as_u16(), 404);

    let libraries = sdk.list_org_unit_libraries().send().await.unwrap().into_inner();
    let library = libraries[0].id.clone().unwrap();
    assert_eq!(libraries[0].org_unit_name.as_deref(), Some("Beach"));
    let renamed = Patch::new().replace("/name", "Pictures");
    sdk.update_org_unit_library(&library, renamed).send().await.unwrap();
    let library = sdk.get_org_unit_library(&library).send().await.unwrap().into_inner();
    assert_eq!(
        (library.name.as_deref(), library.custom_root_id.as_deref()),
        (Some("Pictures"), Some(ROOT))
    );

    let colors = SkinColors::new().text_color("#102030");
    sdk.update_org_unit_skin_colors(colors).send().await.unwrap();
    let portals = sdk.list_org_unit_portals().send().await.unwrap().into_inner();
    let portal = portals[0].host_name.clone().unwrap();
    let colors = sdk.get_portal_skin_colors(&portal).send().await.unwrap().into_inner();
    assert_eq!(colors.text_color.as_deref(), Some("#102030"));
    sdk.get_portal_skin_colors("other.example.com").send().await.unwrap_err();
}

#[tokio::test]
async fn folders_are_categories_by_their_older_name() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let folders = sdk.list_folders().send().await.unwrap().into_inner();
    let names: Vec<_> = folders.iter().map(|folder| folder.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["Library", "Products", "Places"]);
    let new = CategoryCreateRequest::new().tree_name("Hats").parent_id(PRODUCTS);
    let created = sdk.create_folder(new).send().await.unwrap().into_inner();
    let below = sdk.list_subfolders(PRODUCTS).send().await.unwrap().into_inner();
    assert_eq!(below.len(), 2);
    let patch = Patch::new().replace("/name", "Caps");
    sdk.update_folder(&created.id, patch).send().await.unwrap();
    let read = sdk.get_category(&created.id).send().await.unwrap().into_inner();
    assert_eq!(read.name.as_deref(), Some("Caps"));
    let assets = sdk.list_folder_assets(SHOES).send().await.unwrap().into_inner();
    assert_eq!(assets.asset_count, Some(2));
}

#[tokio::test]
async fn searches_are_shared_and_pinned() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let new = SavedSearchCreateRequest::new().name("Shoes").search_query("shoe");
    let id = sdk.create_saved_search(new).send().await.unwrap().into_inner().id.unwrap();
    let viewer = "05e70000-0000-4000-8000-000000000002";
    let share = |user: &str| {
        sdk.share_saved_search(&id, SavedSearchShareRequest::new().share_with_users([user])).send()
    };
    share(viewer).await.unwrap();
    assert_eq!(share("none").await.unwrap_err().status().unwrap().as_u16(), 400);
    let shares = sdk.get_saved_search_shares(&id).send().await.unwrap().into_inner();
    assert_eq!(shares.shared_with_users.unwrap(), [viewer]);
    let search = sdk.get_saved_search(&id).send().await.unwrap().into_inner();
    assert_eq!(search.shared_with_others, Some(true));
    let count = async || match sdk.list_pinned_saved_searches().send().await.unwrap().into_inner() {
        SavedSearchOrList::Array(searches) => searches.len(),
        SavedSearchOrList::SavedSearch(_) => panic!("a list"),
    };
    assert_eq!(count().await, 0);
    let pin = Patch::new().replace("/pinnedSearchForUser", true);
    sdk.update_saved_search(&id, pin).send().await.unwrap();
    assert_eq!(count().await, 1);
}

#[tokio::test]
async fn crop_templates_are_made_and_kept() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let template = CropTemplateRequest::new().name("square").x(1).y(1);
    let ratio = template.clone().type_(CropTemplateType::Ratio);
    let created =
        sdk.create_crop_template(ratio.clone()).send().await.unwrap().into_inner().unwrap();
    let id = created.id.unwrap();
    let taken = sdk.create_crop_template(ratio.clone()).send().await.unwrap_err();
    assert_eq!(taken.status().unwrap().as_u16(), 409);
    sdk.create_crop_template(template.name("other")).send().await.unwrap_err();
    let predefined = sdk.list_predefined_crop_templates().send().await.unwrap().into_inner();
    let added: Vec<_> =
        predefined.iter().map(|one| one.is_added_to_custom_templates.unwrap()).collect();
    assert_eq!(added, [true, false, false]);
    sdk.update_crop_template(&id, ratio.x(2)).send().await.unwrap();
    let templates = sdk.list_crop_templates().send().await.unwrap().into_inner();
    assert_eq!(templates[0].x, Some(2.0));
    sdk.delete_crop_template(&id).send().await.unwrap();
    sdk.delete_crop_template(&id).send().await.unwrap_err();
}
