use std::fmt;

pub use super::generated::vendor::Vendor;

impl Vendor {
    /// The part of a connector identifier before `-v` (`netxConnector`).
    pub(crate) const fn prefix(self) -> &'static str {
        self.profile().connector
    }

    /// What the names of its environment variables begin with (`NETX`).
    pub(super) const fn variable_prefix(self) -> &'static str {
        self.profile().variables
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile().name)
    }
}
