//! MediaValet's choices; `choices.toml` describes them.

use axum::http::StatusCode;

super::choices! { "mediavalet":
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
}
