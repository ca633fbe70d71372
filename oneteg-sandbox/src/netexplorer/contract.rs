//! How the stand-in refuses what its specification does not allow.

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use oneteg_catalog::Entry;
use serde_json::Value;

use super::oauth::authentication::authenticate;
use super::operations;
use super::response::ApiError;
use super::state::ServerState;
use crate::choices::netexplorer as choices;
use crate::common::contract::{Context, Contract, Lenience, Page, Part, Vendor};
use crate::common::recording::Recording;

impl Vendor for ServerState {
    fn is_stateful(&self, operation: &str) -> bool {
        operations::names().contains(&operation)
    }

    fn refusal(&self, entry: &Entry, parts: &Parts) -> Option<Response> {
        let caller = authenticate(&self.store(), &parts.headers);
        caller.err().filter(|_| !entry.public).map(IntoResponse::into_response)
    }

    fn refuse(&self, _: &Entry, part: Part, message: &str, _: Option<&Value>) -> Response {
        let status = match part {
            // No object has such an id.
            Part::Path => choices::UNKNOWN_OBJECT_STATUS.get(),
            Part::MediaType => choices::WRONG_MEDIA_TYPE_STATUS.get(),
            _ => choices::INVALID_REQUEST_STATUS.get(),
        };
        ApiError::new(status, message).into_response()
    }

    fn wrap(&self, _: &Entry, content: Value, _: Option<Page>, _: Context<'_>) -> Value {
        content
    }

    fn lenience(&self) -> Lenience {
        Lenience {
            // Ids are numbers in some responses and strings in others.
            text_for_integers: true,
            numbers_for_ids: true,
            query: vec![
                ("", choices::PAGE_START_PARAMETER.get()),
                ("", choices::PAGE_SIZE_PARAMETER.get()),
                ("downloadShareFile", choices::SHARE_FILE_TOKEN_PARAMETER.get()),
            ],
            members: vec![
                choices::ADD_TAGS_MEMBER.get(),
                choices::REMOVE_TAGS_MEMBER.get(),
                choices::GROUP_MEMBERS_MEMBER.get(),
                choices::PASSWORD_MEMBER.get(),
                choices::LINK_FILES_MEMBER.get(),
                choices::LINK_FOLDERS_MEMBER.get(),
                choices::LOCKED_MEMBER.get(),
                choices::FOLDER_QUOTA_MEMBER.get(),
            ],
            // Opens an upload as a stream.
            media_types: vec![("uploadFile", "application/json")],
            ..Lenience::default()
        }
    }

    fn contract(&self) -> &Contract {
        &self.contract
    }

    fn recording(&self) -> &Recording {
        &self.monitor.recording
    }
}
