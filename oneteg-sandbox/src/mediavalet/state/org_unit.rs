//! The organizational unit, of which a stand-in has exactly one, with one library and one portal.

use serde_json::{Map, Value, json};

use super::objects::object;
use super::uuid_table::{kinds, uuid};

/// The host name of the only portal.
pub(crate) const PORTAL_HOST: &str = "sandbox.example.com";

/// The colours that the vendor documents, all of which are strings.
pub(crate) const SKIN_COLORS: [&str; 20] = [
    "backgroundAssetCardColor",
    "backgroundAssetCardHeaderColor",
    "backgroundHeaderColor",
    "backgroundMainColor",
    "backgroundPageColor",
    "backgroundReviewActionsColor",
    "buttonColor",
    "buttonInactiveColor",
    "highlightColor",
    "lineColor",
    "overlayColor",
    "tableOddRowColor",
    "textColor",
    "textHighlightColor",
    "textInactiveColor",
    "treeFolderColor",
    "textTreeColor",
    "backgroundTableHeaderColor",
    "backgroundModalHeaderColor",
    "focusOutlineColor",
];

#[derive(Debug)]
pub(crate) struct OrgUnit {
    /// The members of responses, except the id, the storage and the colours.
    pub(crate) members: Map<String, Value>,
    pub(crate) library_name: String,
    pub(crate) skin_colors: Map<String, Value>,
}

impl OrgUnit {
    pub(crate) fn new() -> Self {
        let members = json!({
            "names": { "name": "Sandbox", "canonicalName": "sandbox" },
            "contactInformation": {
                "street": "1 Sandy Lane", "city": "Vancouver", "stateProvince": "BC", "country": "Canada",
                "postalCode": "V5K 0A1", "region": "", "phoneNumber": "", "website": "https://example.com",
            },
            "customRoot": "", "sendForApprovalNotice": "", "applyWatermark": false, "watermarkFilePath": "",
            "isAmsEnabled": false, "features": {}, "featuresLastModified": {},
            "userIdleTimeOutInMinutes": 60, "deactivateVersioning": false, "overwriteGroups": false,
        });
        let colors =
            SKIN_COLORS.iter().map(|name| ((*name).to_owned(), Value::from("#ffffff"))).collect();
        Self { members: object(members), library_name: "Sandbox".to_owned(), skin_colors: colors }
    }

    /// The id of the organizational unit.
    pub(crate) fn id() -> String {
        uuid(kinds::ORG_UNIT, 1)
    }

    /// The id of its only library.
    pub(crate) fn library_id() -> String {
        uuid(kinds::LIBRARY, 1)
    }
}
