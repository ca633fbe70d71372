//! NetExplorer's choices; `choices.toml` describes them.

use axum::http::StatusCode;

use super::Words;

super::choices! { "netexplorer":
    PAGE_START_PARAMETER: &'static str = "page-start-parameter";
    PAGE_SIZE_PARAMETER: &'static str = "page-size-parameter";
    PAGE_SIZE: usize = "page-size";
    ACCESS_TOKEN_LIFETIME: u64 = "access-token-lifetime";
    ANY_LOOPBACK_REDIRECT: bool = "any-loopback-redirect";
    AS_NEEDS_SERVER_APPLICATION: bool = "as-needs-server-application";
    INVALID_NAME_STATUS: StatusCode = "invalid-name-status";
    UNKNOWN_OBJECT_STATUS: StatusCode = "unknown-object-status";
    INVALID_REQUEST_STATUS: StatusCode = "invalid-request-status";
    WRONG_MEDIA_TYPE_STATUS: StatusCode = "wrong-media-type-status";
    LONGEST_NAME: usize = "longest-name";
    ASSEMBLING_POLLS: u32 = "assembling-polls";
    CLIENT_APPLICATION_TYPE: i64 = "client-application-type";
    SERVER_APPLICATION_TYPE: i64 = "server-application-type";
    TOKEN_MEMBERS: Words = "token-members";
    TAG_COLORS: Words = "tag-colors";
    FILE_ELEMENT_TYPE: &'static str = "file-element-type";
    FOLDER_ELEMENT_TYPE: &'static str = "folder-element-type";
    ADD_TAGS_MEMBER: &'static str = "add-tags-member";
    REMOVE_TAGS_MEMBER: &'static str = "remove-tags-member";
    GROUP_MEMBERS_MEMBER: &'static str = "group-members-member";
    PASSWORD_MEMBER: &'static str = "password-member";
    WRONG_PASSWORD_STATUS: StatusCode = "wrong-password-status";
    LINK_FILES_MEMBER: &'static str = "link-files-member";
    LINK_FOLDERS_MEMBER: &'static str = "link-folders-member";
    FOLDER_QUOTA_MEMBER: &'static str = "folder-quota-member";
    SHARE_FILE_TOKEN_PARAMETER: &'static str = "share-file-token-parameter";
    INVITED_PERSON_MEMBER: &'static str = "invited-person-member";
    DELEGATE_GROUP_MEMBER: &'static str = "delegate-group-member";
    TEMPLATE_MEMBER: &'static str = "template-member";
    NEW_RIGHT_PERMITS: Words = "new-right-permits";
    LOG_NEEDS_ADMINISTRATOR: bool = "log-needs-administrator";
    ROOTS_AS_OBJECT: bool = "roots-as-object";
    CREATION_ACTIVITY_TYPE: i64 = "creation-activity-type";
    CHANGE_ACTIVITY_TYPE: i64 = "change-activity-type";
    DELETION_ACTIVITY_TYPE: i64 = "deletion-activity-type";
    LOCKED_MEMBER: &'static str = "locked-member";
}
