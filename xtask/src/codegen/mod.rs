//! Runs progenitor on a lowered specification, and takes from its output what the emitters build on: the
//! types, and the signature of each operation.
//!
//! progenitor reports some problems by a panic. Panics are caught; `rejection` then finds the schema or
//! the operation that causes one by running progenitor on parts of the document.

mod output;
mod rejection;

use std::{
    panic::{self, AssertUnwindSafe},
    sync::Mutex,
};

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::Value;

pub use output::{ProgenitorOutput, Signature, type_argument};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    lower::Lowered,
    spec::Spec,
};

/// Runs progenitor on a lowered specification.
///
/// # Errors
/// [`Diagnostics`] that name the operation or the schema that progenitor does not accept.
pub fn run(spec: &Spec, lowered: &Lowered) -> Result<ProgenitorOutput, Diagnostics> {
    let settings = settings(lowered);
    match generate(&settings, &lowered.document) {
        Ok(client) => output::take_apart(&client).ok_or_else(|| {
            Diagnostics::one(Diagnostic::new(
                "the output of progenitor does not have the expected form",
                None,
                "the form is that of progenitor 0.15.1; adapt `xtask/src/codegen/output.rs` to the \
                 version in use",
            ))
        }),
        Err(reason) => {
            let generate = |document: &Value| generate(&settings, document).map(drop);
            Err(rejection::diagnose(spec, &lowered.document, &reason, &generate))
        }
    }
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap");
    for name in lowered.enums.keys() {
        let impls = [TypeImpl::FromStr, TypeImpl::Display];
        settings.with_replacement(name, format!("crate::types::{name}"), impls.into_iter());
    }
    for name in lowered.unions.keys() {
        settings.with_replacement(name, format!("crate::types::{name}"), std::iter::empty());
    }
    settings
}

/// The client for a document.
fn generate(settings: &GenerationSettings, document: &Value) -> Result<syn::File, String> {
    let document: openapiv3::OpenAPI =
        serde_path_to_error::deserialize(document).map_err(|error| error.to_string())?;
    catch_panic(|| {
        let client = Generator::new(settings)
            .generate_tokens(&document)
            .map_err(|error| error.to_string())?;
        syn::parse2(client).map_err(|error| format!("its output is not Rust: {error}"))
    })
}

/// Runs code that may panic, and returns the message of a panic instead of printing it.
fn catch_panic<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // The panic hook is global, so only one thread at a time may replace it.
    static HOOK: Mutex<()> = Mutex::new(());
    let guard = HOOK.lock();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    drop(guard);
    result.unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|message| (*message).to_owned()));
        Err(message.unwrap_or_else(|| "it panicked without a message".to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(catch_panic(|| Ok(1)), Ok(1));
        assert_eq!(catch_panic::<()>(|| panic!("a {}", 1)), Err("a 1".to_owned()));
        assert_eq!(catch_panic::<()>(|| panic!("static")), Err("static".to_owned()));
        let without = catch_panic::<()>(|| panic::resume_unwind(Box::new(7)));
        assert_eq!(without, Err("it panicked without a message".to_owned()));
    }
}
