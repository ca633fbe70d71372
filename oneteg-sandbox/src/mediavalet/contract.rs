//! How the stand-in refuses what its specification does not allow, and wraps samples.

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use oneteg_catalog::Entry;
use serde_json::Value;

use super::envelope::{self, RecordCount};
use super::response::ApiError;
use super::state::ServerState;
use super::{gateway, operations, render};
use crate::choices::mediavalet as choices;
use crate::common::contract::{Context, Contract, Lenience, Page, Part, Vendor};
use crate::common::recording::Recording;

const FORM: &str = "application/x-www-form-urlencoded";

/// The operations whose body may be a form, or be called one.
const FORMS: [&str; 5] =
    ["createCategory", "searchAssets", "createAttribute", "createKeyword", "createKeywordGroup"];

impl Vendor for ServerState {
    fn is_stateful(&self, operation: &str) -> bool {
        operations::names().contains(&operation)
    }

    fn refusal(&self, entry: &Entry, parts: &Parts) -> Option<Response> {
        let admitted = gateway::check_subscription_key(self, &parts.headers)
            .and_then(|()| match entry.public {
                true => Ok(()),
                false => gateway::check_bearer_token(self, &parts.headers),
            })
            .and_then(|()| gateway::api_version(&parts.headers));
        admitted.err().map(IntoResponse::into_response)
    }

    fn refuse(&self, _: &Entry, part: Part, message: &str, _: Option<&Value>) -> Response {
        let status = match part {
            Part::Path => choices::MISTYPED_PATH_STATUS.get(),
            Part::MediaType => choices::WRONG_MEDIA_TYPE_STATUS.get(),
            _ => choices::VIOLATION_STATUS.get(),
        };
        ApiError::new(status, message).into_response()
    }

    fn wrap(
        &self,
        entry: &Entry,
        content: Value,
        page: Option<Page>,
        context: Context<'_>,
    ) -> Value {
        if entry.envelope != "payload" {
            return content;
        }
        let records = page.map(|page| RecordCount {
            total: page.total,
            start: page.start,
            returned: page.returned,
        });
        let version = gateway::api_version(&context.parts.headers).unwrap_or_default();
        let created_at = render::date(self.clock.now().timestamp());
        let form = self.settings.envelope;
        let envelope = envelope::wrap(content, &[], records, version, form, created_at);
        serde_json::to_value(envelope).unwrap_or_default()
    }

    fn lenience(&self) -> Lenience {
        Lenience {
            // Known of the names of query parameters and of the members of users.
            names_in_any_case: true,
            // Known of `isDirectDownload` and of the body of a search.
            text_for_integers: true,
            text_for_booleans: true,
            // The vendor labels the body with a keyword as plain text.
            plain_text_strings: true,
            // The vendor's clients send them with writes.
            query: vec![("", "priority"), ("", "runAsync")],
            // As in the example of a new attribute.
            empty_words: true,
            // The vendor accepts it in the operations of a patch.
            members: vec!["oldValue"],
            // The operations of a patch that cannot be applied are skipped.
            words: vec!["op"],
            // Two are known of the vendor, the others of a published client that calls every body a form.
            media_types: FORMS.map(|operation| (operation, FORM)).to_vec(),
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
