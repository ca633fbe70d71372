//! Users, user groups, persons and notifications, through the typed client.

use mediavalet_sdk::types::{
    CategoryUserGroupRequest, CurrentUserPermissions, FollowAssetRequest, NotificationRequest,
    PersonOrList, PersonSearchRequest,
};
use mediavalet_sdk::{ErrorKind, Patch};
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, PLACES, RED_SHOE, SHOES};

const CALLER: &str = "05e70000-0000-4000-8000-000000000001";
const VIEWER: &str = "05e70000-0000-4000-8000-000000000002";
const MEMBERS: &str = "64090000-0000-4000-8000-000000000002";

#[tokio::test]
async fn users_are_patched_and_deleted() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let patch = Patch::new().replace("/lastName", "Vane").replace("/isSuspended", true);
    let patched = sdk.patch_user(VIEWER, patch).send().await.unwrap().into_inner();
    assert_eq!((patched.last_name.as_deref(), patched.is_suspended), (Some("Vane"), Some(true)));
    for (path, value) in [
        ("/userName", json!("EDITOR")),
        ("/userName", json!(null)),
        ("/roleId", json!("none")),
        ("/isSuspended", json!("yes")),
        ("/lastName", json!(1)),
        ("/id", json!("other")),
    ] {
        let refused = sdk.patch_user(VIEWER, Patch::new().replace(path, value)).send().await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Partial, "{path}");
    }
    let me = Patch::new().replace("/firstName", "Sandy");
    let me = sdk.update_current_user(me).send().await.unwrap().into_inner();
    assert_eq!((me.id.as_str(), me.first_name.as_deref()), (CALLER, Some("Sandy")));

    let approvers = sdk.list_approvers().send().await.unwrap().into_inner();
    assert_eq!((approvers.user_count, approvers.users.unwrap()[0].id.as_str()), (Some(1), CALLER));
    let permissions = sdk.get_current_user_permissions().send().await.unwrap().into_inner();
    let CurrentUserPermissions::Array(permissions) = permissions else { panic!("a list") };
    assert!(permissions.contains(&json!("CMISWrite")));
    sdk.delete_user(VIEWER).send().await.unwrap();
    assert_eq!(sdk.get_user(VIEWER).send().await.unwrap_err().status().unwrap().as_u16(), 404);
    let refused = sdk.delete_user(CALLER).send().await.unwrap_err();
    assert_eq!(refused.status().unwrap().as_u16(), 400);
}

#[tokio::test]
async fn groups_get_access_to_categories() {
    let client = Client::start().await;
    let sdk = client.sdk();
    client.ok(Method::POST, "/groups", Some(json!({ "roleName": "Agency" }))).await;
    let groups = sdk.list_user_groups().send().await.unwrap().into_inner();
    let agency = groups[2].id.clone();
    let access = CategoryUserGroupRequest::new().category_id(SHOES).user_group_id(&agency);
    sdk.add_user_group_to_category(SHOES, access.clone()).send().await.unwrap();
    let before = client.writes();
    sdk.add_user_group_to_category(SHOES, access).send().await.unwrap();
    assert_eq!(client.writes(), before, "it has access already");
    let names = async || -> Vec<String> {
        let categories = sdk.get_user_group_categories(&agency).send().await.unwrap();
        let categories = categories.into_inner().categories.unwrap();
        categories.into_iter().map(|category| category.name.unwrap()).collect()
    };
    assert_eq!(names().await, ["Shoes"]);
    let patch = Patch::new().replace("/categoryIds", PLACES).add("/categoryIds/-", SHOES);
    sdk.update_user_group_categories(&agency, patch).send().await.unwrap();
    assert_eq!(names().await, ["Places", "Shoes"]);
    let unknown = Patch::new().replace("/categoryIds", "none");
    let unknown = sdk.update_user_group_categories(&agency, unknown).send().await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Partial);
    sdk.remove_user_group_from_category(PLACES, &agency).send().await.unwrap();
    sdk.remove_user_group_from_category(PLACES, &agency).send().await.unwrap_err();
    client.ok(Method::DELETE, &format!("/categories/{SHOES}"), None).await;
    assert!(names().await.is_empty(), "a deleted category leaves its groups");

    let path = format!("/users/{VIEWER}");
    client.ok(Method::PUT, &path, Some(json!({ "roleId": agency }))).await;
    sdk.delete_user_group(&agency).send().await.unwrap();
    let viewer = sdk.get_user(VIEWER).send().await.unwrap().into_inner();
    assert_eq!(
        (viewer.role_id.as_deref(), viewer.default_group.as_deref()),
        (Some(MEMBERS), Some("Member"))
    );
    let refused = sdk.delete_user_group(MEMBERS).send().await.unwrap_err();
    assert_eq!(refused.status().unwrap().as_u16(), 400, "it is the default group");
}

#[tokio::test]
async fn persons_are_found_and_named() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let known = sdk.list_category_identified_persons(SHOES).send().await.unwrap().into_inner();
    assert_eq!(
        (known.person_count, known.persons.unwrap()[0].name.as_deref()),
        (Some(1), Some("Mia Model"))
    );
    let faces = sdk.list_asset_faces(RED_SHOE).send().await.unwrap().into_inner();
    assert_eq!(faces.faces.unwrap()[0].person_name.as_deref(), Some("Mia Model"));
    let unknown = sdk.list_category_unidentified_persons(PLACES).send().await.unwrap();
    let unknown = unknown.into_inner().persons.unwrap().remove(0).id.unwrap();
    let named = Patch::new().replace("/name", "Noah");
    let named = sdk.update_person(&unknown, named).send().await.unwrap().into_inner();
    assert_eq!((named.name.as_deref(), named.identified), (Some("Noah"), Some(true)));
    let search = |term: &str| {
        sdk.search_identified_persons(PersonSearchRequest::new().search_term(term)).send()
    };
    for (term, found) in [("noah", 1), ("o", 2), ("", 2), ("x", 0)] {
        assert_eq!(search(term).await.unwrap().into_inner().person_count, Some(found), "{term}");
    }
    sdk.report_asset_view("a55e7000-0000-4000-8000-000000000004").send().await.unwrap();
    let viewed = sdk.list_most_viewed_persons("identified").send().await.unwrap().into_inner();
    let PersonOrList::Array(viewed) = viewed else { panic!("a list") };
    assert_eq!(viewed[0].name.as_deref(), Some("Noah"));
    let refused = sdk.list_most_viewed_persons("all").send().await.unwrap_err();
    assert_eq!(refused.status().unwrap().as_u16(), 400);
}

#[tokio::test]
async fn notifications_to_the_caller_are_kept() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let to = |user: &str, text: &str| {
        let request = NotificationRequest::new().users([user]).message(text);
        sdk.send_notification(request.user_emails(["a@example.com", "b"])).send()
    };
    let sent = to(CALLER, "First").await.unwrap().into_inner();
    assert_eq!(
        (sent.valid_emails.unwrap(), sent.invalid_emails.unwrap()),
        (vec!["a@example.com".to_owned()], vec!["b".to_owned()])
    );
    to(CALLER, "Second").await.unwrap();
    to(VIEWER, "Elsewhere").await.unwrap();
    to("none", "Nowhere").await.unwrap_err();
    let all = sdk.list_in_app_notifications().send().await.unwrap().into_inner();
    let messages: Vec<_> = all.iter().map(|one| one.message.as_deref().unwrap()).collect();
    assert_eq!(messages, ["Second", "First"]);
    let first = all[1].notification_id.clone().unwrap();
    sdk.mark_in_app_notification_as_read(first).send().await.unwrap();
    let read = async || -> Vec<bool> {
        let all = sdk.list_in_app_notifications().send().await.unwrap().into_inner();
        all.iter().map(|one| one.marked_as_read.unwrap()).collect()
    };
    assert_eq!(read().await, [false, true]);
    sdk.mark_all_in_app_notifications_as_read().send().await.unwrap();
    assert_eq!(read().await, [true, true]);

    for follow in [true, false] {
        sdk.follow_asset(RED_SHOE, FollowAssetRequest::new().follow(follow)).send().await.unwrap();
        let followers = sdk.list_asset_followers(RED_SHOE).send().await.unwrap().into_inner();
        assert_eq!(followers.len(), usize::from(follow));
        let asset = sdk.get_asset(RED_SHOE).send().await.unwrap().into_inner();
        assert_eq!(asset.followed, Some(follow));
    }
    for (address, exists) in [("viewer@example.com", true), ("nobody@example.com", false)] {
        let request = sdk.validate_user_email().email_address(address);
        assert_eq!(request.send().await.unwrap().into_inner().exists, Some(exists));
    }
}
