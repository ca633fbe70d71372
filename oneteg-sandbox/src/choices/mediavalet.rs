//! MediaValet's choices; `choices.toml` describes them.

use axum::http::StatusCode;

use super::Words;

super::choices! { "mediavalet":
    VIOLATION_STATUS: StatusCode = "violation-status";
    MISTYPED_PATH_STATUS: StatusCode = "mistyped-path-status";
    WRONG_MEDIA_TYPE_STATUS: StatusCode = "wrong-media-type-status";
    ASSET_PAGE_SIZE: usize = "asset-page-size";
    LIST_PAGE_SIZE: usize = "list-page-size";
    BEYOND_LARGEST_OFFSET_STATUS: StatusCode = "beyond-largest-offset-status";
    PROCESSING_POLLS: u32 = "processing-polls";
    LISTS_OMIT_UNREADY_ASSETS: bool = "lists-omit-unready-assets";
    ACCESS_TOKEN_LIFETIME: u64 = "access-token-lifetime";
    LINK_LIFETIME: u64 = "link-lifetime";
    REFUSAL_BODY: &'static str = "refusal-body";
    UPLOAD_LINKS_PERMIT_READING: bool = "upload-links-permit-reading";
    SAS_RENEWAL: i64 = "sas-renewal";
    ANY_LOOPBACK_REDIRECT: bool = "any-loopback-redirect";
    TAKEN_NAME_STATUS: StatusCode = "taken-name-status";
    UNKNOWN_RENDITION_STATUS: StatusCode = "unknown-rendition-status";
    PARENT_CATEGORY_DELETABLE: bool = "parent-category-deletable";
    CATEGORY_NAMES_REPEAT: bool = "category-names-repeat";
    COMPARISON_IGNORES_CASE: bool = "comparison-ignores-case";
    THUMB_EDGE: u32 = "thumb-edge";
    SMALL_EDGE: u32 = "small-edge";
    MEDIUM_EDGE: u32 = "medium-edge";
    LARGE_EDGE: u32 = "large-edge";
    SAVED_SEARCHES_AS_LIST: bool = "saved-searches-as-list";
    HISTORY_AS_LIST: bool = "history-as-list";
    PERSONS_AS_LIST: bool = "persons-as-list";
    CURRENT_PERMISSIONS_AS_LIST: bool = "current-permissions-as-list";
    HISTORY_TYPES: Words = "history-types";
    VIDEO_STATUS: &'static str = "video-status";
    TAKEN_ATTRIBUTE_GROUP_STATUS: StatusCode = "taken-attribute-group-status";
    KEYWORD_SUBGROUPS_DELETED: bool = "keyword-subgroups-deleted";
    NO_LINKS_MEANS_ALL: bool = "no-links-means-all";
    ARCHIVED_LINKS_LISTED: bool = "archived-links-listed";
    DEFAULT_GROUP_DELETABLE: bool = "default-group-deletable";
    CALLER_DELETABLE: bool = "caller-deletable";
    SHARES_REPLACED: bool = "shares-replaced";
    STATUS_NAMES: Words = "status-names";
    MEDIA_FILE_REASON: &'static str = "media-file-reason";
    SUBSCRIBED_ASSETS_READY: bool = "subscribed-assets-ready";
    NONE_MEANS_ALL: bool = "none-means-all";
    WEBHOOK_ORIGIN: &'static str = "webhook-origin";
    WEBHOOK_CONTENT_TYPE: &'static str = "webhook-content-type";
    WEBHOOK_ATTEMPTS: u32 = "webhook-attempts";
    WEBHOOK_FIRST_WAIT: u64 = "webhook-first-wait";
}
