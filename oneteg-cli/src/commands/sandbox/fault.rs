//! Reads the faults of the command line.

use std::time::Duration;

use oneteg_sandbox::{Fault, FaultTiming, Sandbox};

use super::vendor::SandboxVendor;
use crate::error::CliError;

/// A fault for a vendor.
#[derive(Debug)]
pub(super) struct VendorFault {
    vendor: SandboxVendor,
    fault: Fault,
}

impl VendorFault {
    /// Queues the fault.
    pub(super) fn script(self, sandbox: &Sandbox) -> Result<(), CliError> {
        let done = match self.vendor {
            SandboxVendor::NetX => sandbox.netx().script(self.fault),
            SandboxVendor::MediaValet => sandbox.mediavalet().script(self.fault),
            SandboxVendor::NetExplorer => sandbox.netexplorer().script(self.fault),
        };
        done.map_err(|error| CliError::usage(error.to_string()))
    }
}

/// Reads `VENDOR:STATUS[,KEY=VALUE]...`.
pub(super) fn parse(argument: &str) -> Result<VendorFault, CliError> {
    let invalid = |reason: String| {
        CliError::usage(format!("`--fault {argument}`: {reason}")).with_hint(
            "A fault looks like `mediavalet:429,operation=getAsset,times=3,header=retry-after:1`",
        )
    };
    let (vendor, rest) = SandboxVendor::split(argument).map_err(&invalid)?;
    let (status, mut rest) = rest.split_once(',').unwrap_or((rest, ""));
    let code = status.parse().map_err(|_| invalid(format!("`{status}` is not an HTTP status")))?;
    let mut fault = Fault::response(code);
    let (mut body, mut cut) = (String::new(), 0);
    while !rest.is_empty() {
        // A body may contain commas.
        let (pair, next) = match rest.starts_with("body=") {
            true => (rest, ""),
            false => rest.split_once(',').unwrap_or((rest, "")),
        };
        rest = next;
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| invalid(format!("`{pair}` is not of the form KEY=VALUE")))?;
        fault = match key {
            "operation" => fault.only(vendor.operation(value).map_err(&invalid)?),
            "times" if value == "always" => fault.times(u32::MAX),
            "times" => fault.times(
                value
                    .parse()
                    .map_err(|_| invalid(format!("`{value}` is not a number of requests")))?,
            ),
            "delay" => fault.delayed(duration(value).ok_or_else(|| {
                invalid(format!("`{value}` is not a duration such as 500ms or 2s"))
            })?),
            "header" => {
                let (name, value) = value
                    .split_once(':')
                    .ok_or_else(|| invalid(format!("`{value}` is not of the form NAME:VALUE")))?;
                fault.header(name.trim(), value.trim())
            }
            "when" => fault.at(match value {
                "before" => FaultTiming::InsteadOfHandling,
                "after" => FaultTiming::AfterHandling,
                _ => return Err(invalid(format!("`{value}` is neither `before` nor `after`"))),
            }),
            "cut" => {
                cut = value
                    .parse()
                    .map_err(|_| invalid(format!("`{value}` is not a number of bytes")))?;
                fault
            }
            "body" => {
                value.clone_into(&mut body);
                fault
            }
            _ => {
                return Err(invalid(format!(
                    "`{key}` is none of operation, times, delay, header, when, cut and body"
                )));
            }
        };
    }
    let length = body.len() as u64;
    fault = fault.body(body);
    if cut > 0 {
        fault = fault.content_length(length + cut);
    }
    Ok(VendorFault { vendor, fault })
}

fn duration(value: &str) -> Option<Duration> {
    let (number, unit): (_, fn(u64) -> Duration) = match value.strip_suffix("ms") {
        Some(number) => (number, Duration::from_millis),
        None => (value.strip_suffix('s')?, Duration::from_secs),
    };
    number.parse().ok().map(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_with_all_its_keys() {
        let argument = "mediavalet:429,operation=get-asset,times=3,header=retry-after:1,delay=500ms,when=after,cut=10,body={\"a\":1,\"b\":2}";
        let VendorFault { vendor, fault } = parse(argument).unwrap();
        assert_eq!(vendor, SandboxVendor::MediaValet);
        let expected = Fault::response(429)
            .only("getAsset")
            .times(3)
            .header("retry-after", "1")
            .delayed(Duration::from_millis(500))
            .at(FaultTiming::AfterHandling)
            .body("{\"a\":1,\"b\":2}")
            .content_length(23);
        assert_eq!(format!("{fault:?}"), format!("{expected:?}"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (argument, reason) in [
            ("netx", "begins with a vendor"),
            ("acme:500", "`acme` is none of"),
            ("netx:many", "`many` is not an HTTP status"),
            ("netx:500,times", "`times` is not of the form KEY=VALUE"),
            ("netx:500,times=x", "not a number of requests"),
            (
                "netx:500,operation=getAset",
                "serves no operation `getAset`; did you mean `getAssets`?",
            ),
            ("netx:500,delay=2", "not a duration"),
            ("netx:500,when=later", "neither `before` nor `after`"),
            ("netx:500,color=red", "`color` is none of"),
        ] {
            let error = parse(argument).unwrap_err();
            assert!(error.message().contains(reason), "{argument}: {error}");
        }
    }
}
