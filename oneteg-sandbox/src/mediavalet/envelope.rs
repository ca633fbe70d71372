//! The envelope of successful responses, and the API version that shapes it.

use serde_json::{Map, Value, json};

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
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordCount {
    pub(crate) total: usize,
    pub(crate) start: usize,
    pub(crate) returned: usize,
}

/// Wraps a payload. `errors` describes the parts of the request that were skipped.
pub(crate) fn wrap(
    payload: Value,
    errors: &[String],
    records: Option<RecordCount>,
    version: ApiVersion,
    form: EnvelopeForm,
) -> Value {
    let mut envelope = Map::new();
    let (api_version, build_version) = match form {
        EnvelopeForm::Current => (version.name(), Some("2026.1.30.2")),
        EnvelopeForm::Of2022 => ("2022.6.17.1", None),
    };
    envelope.insert("apiVersion".into(), api_version.into());
    if let Some(build) = build_version {
        envelope.insert("buildVersion".into(), build.into());
    }
    envelope.insert("warnings".into(), json!([]));
    envelope.insert("errors".into(), json!(errors));
    envelope.insert("payload".into(), payload);
    if form == EnvelopeForm::Of2022 {
        return Value::Object(envelope);
    }
    if let Some(records) = records {
        let count = json!({
            "totalRecordsFound": records.total,
            "startingRecord": records.start,
            "recordsReturned": records.returned,
        });
        envelope.insert("recordCount".into(), count);
    }
    envelope.insert("meta".into(), json!({ "metaInformation": { "ElapsedTimeInMS": 1 } }));
    Value::Object(envelope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_2022_has_a_build_number_and_no_count() {
        let members = |form| {
            let records = RecordCount { total: 3, start: 1, returned: 2 };
            let errors = ["title: skipped".to_owned()];
            wrap(json!([]), &errors, Some(records), ApiVersion::V1_1, form)
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
