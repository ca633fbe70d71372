use std::fmt;

/// The vendor of the server that a connection uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Vendor {
    /// NetX
    NetX,
    /// MediaValet
    MediaValet,
    /// NetExplorer
    NetExplorer,
}

impl Vendor {
    /// All vendors.
    pub const ALL: &'static [Self] = &[Self::NetX, Self::MediaValet, Self::NetExplorer];

    /// The part of a connector identifier before `-v` (`netxConnector`).
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::NetX => "netxConnector",
            Self::MediaValet => "mediavaletConnector",
            Self::NetExplorer => "netexplorerConnector",
        }
    }

    /// What the names of its environment variables begin with (`NETX`).
    pub(super) const fn variable_prefix(self) -> &'static str {
        match self {
            Self::NetX => "NETX",
            Self::MediaValet => "MEDIAVALET",
            Self::NetExplorer => "NETEXPLORER",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NetX => "NetX",
            Self::MediaValet => "MediaValet",
            Self::NetExplorer => "NetExplorer",
        })
    }
}
