use serde::{Deserialize, Serialize};

/// The style of a vendor's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// JSON-RPC 2.0, as NetX.
    Rpc,
    /// REST in an envelope, as MediaValet.
    Payload,
    /// REST, as NetExplorer.
    Plain,
}

impl Style {
    pub(crate) const ALL: [Self; 3] = [Self::Rpc, Self::Payload, Self::Plain];

    pub(crate) fn of(name: &str) -> Self {
        Self::ALL.into_iter().find(|style| style.name() == name).unwrap()
    }

    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Rpc => "JSON-RPC as in NetX",
            Self::Payload => "an envelope as in MediaValet",
            Self::Plain => "plain JSON as in NetExplorer",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rpc => "rpc",
            Self::Payload => "payload",
            Self::Plain => "plain",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asset {
    pub(crate) id: i64,
    pub(crate) name: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) creation_date: Option<i64>,
    pub(crate) keywords: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Assets {
    pub(crate) results: Option<Vec<Asset>>,
    pub(crate) size: Option<i64>,
}
