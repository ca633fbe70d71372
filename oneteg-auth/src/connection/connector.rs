use std::{borrow::Cow, fmt, str::FromStr};

use super::{error::FieldProblemKind, values::nearest, vendor::Vendor};

/// A connector identifier, such as `netxConnector-v1.0`.
///
/// Other versions than those of the constants are accepted and use the newest rules of this crate. NetExplorer's
/// identifier follows the pattern of the other two; no OneTeg document names it.
///
/// ```
/// use oneteg_auth::{Connector, Vendor};
///
/// let connector: Connector = "netxConnector-v1.4".parse()?;
/// assert_eq!((connector.vendor(), connector.version()), (Vendor::NetX, "1.4"));
/// # Ok::<(), oneteg_auth::connection::FieldProblemKind>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Connector {
    vendor: Vendor,
    version: Cow<'static, str>,
}

impl Connector {
    /// The connector of version 1.0.
    pub const fn v1_0(vendor: Vendor) -> Self {
        Self { vendor, version: Cow::Borrowed("1.0") }
    }

    /// The connector with this identifier; of the vendors of this crate, or of a custom one.
    pub(super) fn parse(
        identifier: &str,
        custom: Option<Vendor>,
    ) -> Result<Self, FieldProblemKind> {
        let vendors = || Vendor::ALL.iter().copied().chain(custom);
        let known = identifier.trim().rsplit_once("-v").and_then(|(prefix, version)| {
            let vendor = vendors().find(|vendor| vendor.prefix() == prefix)?;
            is_version(version).then(|| Self { vendor, version: version.to_owned().into() })
        });
        known.ok_or_else(|| {
            let choices: Vec<_> = vendors().map(|vendor| vendor.profile().connector_v1_0).collect();
            let nearest = nearest(identifier, choices.iter().copied()).map(str::to_owned);
            FieldProblemKind::NotAChoice { choices, nearest }
        })
    }

    /// The vendor that the connector is for.
    pub fn vendor(&self) -> Vendor {
        self.vendor
    }

    /// The version after `-v`, such as `1.0`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-v{}", self.vendor.prefix(), self.version)
    }
}

impl FromStr for Connector {
    type Err = FieldProblemKind;

    /// # Errors
    /// [`FieldProblemKind::NotAChoice`] for another vendor, or for a version that is not dotted numbers.
    fn from_str(identifier: &str) -> Result<Self, FieldProblemKind> {
        Self::parse(identifier, None)
    }
}

fn is_version(identifier: &str) -> bool {
    identifier.len() <= 32
        && identifier.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|character| character.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_there_and_back() {
        for identifier in
            ["netxConnector-v1.0", "mediavaletConnector-v2", "netexplorerConnector-v1.0.7"]
        {
            assert_eq!(identifier.parse::<Connector>().unwrap().to_string(), identifier);
        }
        assert_eq!("netxConnector-v1.0".parse(), Ok(Connector::NETX_V1_0));
    }

    #[test]
    fn a_typing_error_gets_a_suggestion() {
        for identifier in
            ["netxConector-v1.0", "NetXConnector-v1.0", "netxConnector-vX", "netxConnector"]
        {
            let FieldProblemKind::NotAChoice { nearest, .. } =
                identifier.parse::<Connector>().unwrap_err()
            else {
                panic!("{identifier}")
            };
            assert_eq!(nearest.as_deref(), Some("netxConnector-v1.0"), "{identifier}");
        }
    }
}
