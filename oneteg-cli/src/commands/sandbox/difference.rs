//! Reads the differences of the command line.

use std::fs;

use oneteg_sandbox::{Difference, Sandbox};

use super::vendor::SandboxVendor;
use crate::error::CliError;

/// A difference for a vendor.
#[derive(Debug)]
pub(super) struct VendorDifference {
    vendor: SandboxVendor,
    difference: Difference,
}

impl VendorDifference {
    /// Plants the difference.
    pub(super) fn plant(self, sandbox: &Sandbox) -> Result<(), CliError> {
        let planted = match self.vendor {
            SandboxVendor::NetX => sandbox.netx().plant(self.difference),
            SandboxVendor::MediaValet => sandbox.mediavalet().plant(self.difference),
            SandboxVendor::NetExplorer => sandbox.netexplorer().plant(self.difference),
        };
        planted.map(drop).map_err(|error| CliError::usage(error.to_string()))
    }
}

/// Reads `VENDOR:JSON` or `VENDOR:@FILE`.
pub(super) fn parse(argument: &str) -> Result<Vec<VendorDifference>, CliError> {
    let invalid = |reason: String| {
        CliError::usage(format!("`--difference {argument}`: {reason}")).with_hint(
            "A difference looks like `netx:{\"operation\": \"getAssets\", \"change\": {\"status\": 203}}`",
        )
    };
    let (vendor, rest) = SandboxVendor::split(argument).map_err(&invalid)?;
    let differences: Vec<Difference> = match rest.strip_prefix('@') {
        None => serde_json::from_str(rest).map(|one| vec![one]).map_err(|error| error.to_string()),
        Some(path) => match fs::read(path) {
            Err(error) => Err(format!("cannot read the file: {error}")),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        },
    }
    .map_err(&invalid)?;
    differences
        .into_iter()
        .map(|mut difference| {
            let name = vendor.operation(&difference.operation).map_err(&invalid)?;
            name.clone_into(&mut difference.operation);
            Ok(VendorDifference { vendor, difference })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use oneteg_sandbox::Change;

    use super::*;

    #[test]
    fn differences_come_from_the_argument_or_a_file() {
        let one = r#"{"operation": "get-folder", "change": {"status": 203}}"#;
        let mut parsed = parse(&format!("netexplorer:{one}")).unwrap();
        let VendorDifference { vendor, difference } = parsed.remove(0);
        assert_eq!(vendor, SandboxVendor::NetExplorer);
        assert_eq!(difference, Difference::new("getFolder", Change::Status(203)));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("differences.json");
        fs::write(&path, format!("[{one}, {one}]")).unwrap();
        assert_eq!(parse(&format!("netexplorer:@{}", path.display())).unwrap().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (argument, reason) in [
            ("netx", "begins with a vendor"),
            ("acme:{}", "`acme` is none of"),
            ("netx:{}", "missing field `operation`"),
            (
                r#"netx:{"operation": "getAset", "change": {"status": 203}}"#,
                "did you mean `getAssets`?",
            ),
            (
                r#"netx:{"operation": "getAssets", "change": {"set": {"at": "x", "value": 1}}}"#,
                "begin with `/`",
            ),
            ("netx:@/nowhere/at-all.json", "cannot read the file"),
        ] {
            let error = parse(argument).unwrap_err();
            assert!(error.message().contains(reason), "{argument}: {error}");
        }
    }
}
