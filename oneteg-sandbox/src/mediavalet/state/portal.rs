//! Branded portals: public pages with sections of assets.
//!
//! | State | Entered by |
//! |---|---|
//! | `Draft` | creation, duplication |
//! | `Live` | publication; later changes are unpublished until the next one |
//! | `Disabled` | disabling |

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::objects::object;

#[derive(Debug, Clone)]
pub(crate) struct Portal {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) status: PortalStatus,
    /// The structured settings, by the name of their member.
    pub(crate) settings: Map<String, Value>,
    pub(crate) layout: String,
    /// The ids of assets by that of their section.
    pub(crate) sections: BTreeMap<String, Vec<String>>,
    /// Host and path of the last publication.
    pub(crate) live: Option<(String, String)>,
    pub(crate) published: Option<i64>,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PortalStatus {
    Draft,
    Live,
    Disabled,
}

impl PortalStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Live => "Live",
            Self::Disabled => "Disabled",
        }
    }
}

impl Portal {
    pub(crate) fn new(name: &str, host: &str, path: &str, language: &str, at: i64) -> Self {
        let settings = json!({
            "downloadSettings": { "allowDownloads": true },
            "navigationSettings": { "showNavigation": true },
            "searchSettings": { "allowSearch": true },
            "restrictAccessSettings": { "requireAccessKey": false, "accessKey": "" },
            "highlightColourSettings": { "highlightColour": "#ffffff" },
            "languageSettings": { "language": language, "brandedPortalMultiLanguageLinks": [] },
        });
        Self {
            name: name.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            status: PortalStatus::Draft,
            settings: object(settings),
            layout: String::new(),
            sections: BTreeMap::new(),
            live: None,
            published: None,
            created: at,
            modified: at,
        }
    }

    /// Whether the last change came after the last publication.
    pub(crate) fn has_unpublished_changes(&self) -> bool {
        self.published.is_none_or(|at| self.modified > at)
    }

    /// Removes assets from a section, or from all sections.
    pub(crate) fn remove_assets(&mut self, section: Option<&str>, ids: &[String]) {
        for (id, assets) in &mut self.sections {
            if section.is_none_or(|section| section == id) {
                assets.retain(|asset| !ids.contains(asset));
            }
        }
    }
}
