//! NetX's choices; `choices.toml` describes them.

use axum::http::StatusCode;

use super::Words;

super::choices! { "netx":
    AUTH_SCHEME_EXACT: bool = "auth-scheme-exact";
    REFUSED_CREDENTIAL_STATUS: StatusCode = "refused-credential-status";
    NO_ACCESS_STATUS: StatusCode = "no-access-status";
    UNKNOWN_OBJECT_STATUS: StatusCode = "unknown-object-status";
    INVALID_REQUEST_STATUS: StatusCode = "invalid-request-status";
    UNKNOWN_OBJECT_CODE: i64 = "unknown-object-code";
    LONG_QUERY_CODE: i64 = "long-query-code";
    INVALID_PARAMETERS_CODE: i64 = "invalid-parameters-code";
    SURPLUS_PARAMETERS_REFUSED: bool = "surplus-parameters-refused";
    UNKNOWN_SELECTORS_REFUSED: bool = "unknown-selectors-refused";
    IDS_AS_STRINGS: bool = "ids-as-strings";
    REQUEST_ID_REQUIRED: bool = "request-id-required";
    LOOSE_OPTIONS: bool = "loose-options";
    DEFAULT_PARTS: Words = "default-parts";
    LISTS_OMIT_HIDDEN_ASSETS: bool = "lists-omit-hidden-assets";
    USER_MEMBERS: Words = "user-members";
    ATTRIBUTE_MEMBERS: Words = "attribute-members";
    PERMISSION_MEMBERS: Words = "permission-members";
    VIEWS_AS_PAGE: bool = "views-as-page";
    NAME_FILTER_IGNORES_CASE: bool = "name-filter-ignores-case";
    EXACT_IGNORES_CASE: bool = "exact-ignores-case";
    CONTAINS_IGNORES_CASE: bool = "contains-ignores-case";
    BOUNDS_INCLUDED: bool = "bounds-included";
    OPERATORS_LEFT_TO_RIGHT: bool = "operators-left-to-right";
    KEYWORD_SOURCES: Words = "keyword-sources";
    EMPTY_QUERY_MATCHES: bool = "empty-query-matches";
    THUMBNAIL_EDGE: u32 = "thumbnail-edge";
    ZOOM_EDGE: u32 = "zoom-edge";
    LARGEST_PAGE: usize = "largest-page";
    ACCESS_TOKEN_LIFETIME: u64 = "access-token-lifetime";
    REFRESH_TOKEN_USED_ONCE: bool = "refresh-token-used-once";
    HEALTH_CHECK_BODY: &'static str = "health-check-body";
    HEALTH_CHECK_REFUSAL_STATUS: StatusCode = "health-check-refusal-status";
}
