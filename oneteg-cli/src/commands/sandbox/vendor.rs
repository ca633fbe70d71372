//! The vendors of the sandbox.

use oneteg_sandbox::{mediavalet, netexplorer, netx};

/// A vendor of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SandboxVendor {
    NetX,
    MediaValet,
    NetExplorer,
}

impl SandboxVendor {
    const ALL: [Self; 3] = [Self::NetX, Self::MediaValet, Self::NetExplorer];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NetX => "netx",
            Self::MediaValet => "mediavalet",
            Self::NetExplorer => "netexplorer",
        }
    }

    fn served(self) -> Vec<&'static str> {
        match self {
            Self::NetX => netx::served(),
            Self::MediaValet => mediavalet::served(),
            Self::NetExplorer => netexplorer::served(),
        }
    }

    /// Reads `VENDOR:` at the beginning of an argument, and returns the rest.
    pub(super) fn split(argument: &str) -> Result<(Self, &str), String> {
        let (name, rest) = argument
            .split_once(':')
            .ok_or_else(|| "it begins with a vendor and a colon".to_owned())?;
        let vendor = Self::ALL.into_iter().find(|known| known.name() == name);
        let vendor = vendor
            .ok_or_else(|| format!("`{name}` is none of netx, mediavalet and netexplorer"))?;
        Ok((vendor, rest))
    }

    /// The name of an operation as the stand-in knows it: `getAsset`, also for `get-asset` and `get_asset`.
    pub(super) fn operation(self, name: &str) -> Result<&'static str, String> {
        let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
        let served = self.served();
        if let Some(found) = served.iter().copied().find(|known| plain(known) == plain(name)) {
            return Ok(found);
        }
        let similar = |known: &&str| strsim::damerau_levenshtein(&plain(known), &plain(name));
        let nearest =
            served.iter().copied().min_by_key(similar).filter(|known| similar(known) <= 3);
        let nearest =
            nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
        Err(format!("the sandbox of {} serves no operation `{name}`{nearest}", self.name()))
    }
}
