//! The envelope of successful responses, and the API version that shapes it.

use serde::Serialize;
use serde_json::Value;

use super::settings::EnvelopeForm;

/// The versions of the API, oldest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ApiVersion {
    #[default]
    V1_0,
    V1_1,
    V1_2,
}

impl ApiVersion {
    pub(crate) const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    /// The value of `x-mv-api-version`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }
}

/// The position of a page in its list; `recordCount` in the envelope.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct RecordCount {
    #[serde(rename = "totalRecordsFound")]
    pub(crate) total: usize,
    #[serde(rename = "startingRecord")]
    pub(crate) start: usize,
    #[serde(rename = "recordsReturned")]
    pub(crate) returned: usize,
}

/// The envelope, with its members in the vendor's order, in which a published client searches for them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<'a> {
    api_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_version: Option<&'static str>,
    warnings: [String; 0],
    errors: &'a [String],
    payload: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_count: Option<RecordCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    meta_information: MetaInformation,
    created_at: String,
}

#[derive(Debug, Serialize)]
struct MetaInformation {
    #[serde(rename = "ElapsedTimeInMS")]
    elapsed_ms: u32,
}

/// Wraps a payload. `errors` describes the parts of the request that were skipped; `created_at` is the date of the
/// response.
pub(crate) fn wrap<'a>(
    payload: Value,
    errors: &'a [String],
    records: Option<RecordCount>,
    version: ApiVersion,
    form: EnvelopeForm,
    created_at: String,
) -> Envelope<'a> {
    let current = form == EnvelopeForm::Current;
    Envelope {
        api_version: if current { version.name() } else { "2022.6.17.1" },
        build_version: current.then_some("2026.1.30.2"),
        warnings: [],
        errors,
        payload,
        record_count: records.filter(|_| current),
        meta: current
            .then_some(Meta { meta_information: MetaInformation { elapsed_ms: 1 }, created_at }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_of_2022_has_a_build_number_and_no_count() {
        let members = |form| {
            let records = RecordCount { total: 3, start: 1, returned: 2 };
            let errors = ["title: skipped".to_owned()];
            let date = "2026-02-06T16:58:09.8156697Z".to_owned();
            let envelope = wrap(json!([]), &errors, Some(records), ApiVersion::V1_1, form, date);
            serde_json::to_value(envelope).unwrap()
        };
        let current = members(EnvelopeForm::Current);
        assert_eq!(current["apiVersion"], "1.1");
        assert_eq!(current["recordCount"]["totalRecordsFound"], 3);
        assert_eq!(current["errors"], json!(["title: skipped"]));
        let old = members(EnvelopeForm::Of2022);
        assert_eq!(old["apiVersion"], "2022.6.17.1");
        for absent in ["buildVersion", "recordCount", "meta"] {
            assert!(old.get(absent).is_none(), "{absent}");
        }
    }
}
