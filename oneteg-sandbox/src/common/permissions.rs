//! Operations that the caller has no permission for: which ones, as a test names them.

use std::collections::BTreeSet;

use crate::SandboxError;

/// The operations of one vendor that are refused, by `operationId`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DeniedOperations(BTreeSet<String>);

impl DeniedOperations {
    pub(crate) fn contains(&self, operation: &str) -> bool {
        self.0.contains(operation)
    }
}

/// What a test denies, before it is looked up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Denials(Vec<String>);

impl Denials {
    pub(crate) fn extend(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.0.extend(names.into_iter().map(Into::into));
    }

    /// The denied operations of each vendor of [`oneteg_catalog::VENDORS`], in that order.
    ///
    /// # Errors
    /// If a name is neither an operation nor a tag.
    pub(crate) fn resolve(&self) -> Result<Vec<DeniedOperations>, SandboxError> {
        let mut denied = vec![DeniedOperations::default(); oneteg_catalog::VENDORS.len()];
        for name in &self.0 {
            let mut found = false;
            for (vendor, denied) in oneteg_catalog::VENDORS.iter().zip(&mut denied) {
                let operations = operations(vendor, name);
                found |= !operations.is_empty();
                denied.0.extend(operations);
            }
            if !found {
                return Err(SandboxError::Permission(name.clone()));
            }
        }
        Ok(denied)
    }
}

/// The operations of a vendor that a name stands for: `getFile` or `tag:files`, after `netexplorer:` for one vendor only.
fn operations(vendor: &str, name: &str) -> Vec<String> {
    let name = match name.split_once(':') {
        Some((prefix, rest)) if oneteg_catalog::VENDORS.contains(&prefix) => {
            if prefix != vendor {
                return Vec::new();
            }
            rest
        }
        _ => name,
    };
    let tag = name.strip_prefix("tag:");
    let entries = oneteg_catalog::of(vendor).map(|catalog| catalog.operations.iter());
    entries
        .into_iter()
        .flatten()
        .filter(|entry| match tag {
            Some(tag) => entry.tag == tag,
            None => entry.operation_id == name,
        })
        .map(|entry| entry.operation_id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(names: &[&str]) -> Result<Vec<Vec<String>>, SandboxError> {
        let mut denials = Denials::default();
        denials.extend(names.iter().copied());
        let resolved = denials.resolve()?;
        Ok(resolved.into_iter().map(|denied| denied.0.into_iter().collect()).collect())
    }

    #[test]
    fn a_name_denies_an_operation_of_every_vendor_that_has_it() {
        let [mediavalet, netexplorer, netx] =
            denied(&["getFile", "getSelf"]).unwrap().try_into().unwrap();
        assert_eq!(
            (mediavalet, netexplorer, netx),
            (vec![], vec!["getFile".into()], vec!["getSelf".into()])
        );
    }

    #[test]
    fn a_tag_denies_its_operations_and_a_vendor_limits_a_name() {
        let [_, netexplorer, netx] = denied(&["netx:tag:folders"]).unwrap().try_into().unwrap();
        assert!(netexplorer.is_empty() && netx.contains(&"getFolderByPath".into()), "{netx:?}");
        let [_, netexplorer, netx] = denied(&["tag:folders"]).unwrap().try_into().unwrap();
        assert!(netexplorer.contains(&"getFolder".into()) && netx.len() > 2);
    }

    #[test]
    fn a_name_that_denies_nothing_is_refused() {
        for name in ["getfile", "tag:nothing", "netx:getFile", "acme:getFile", ""] {
            assert!(denied(&[name]).is_err(), "{name}");
        }
    }
}
