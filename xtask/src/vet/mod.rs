//! Vetting: what cannot be generated, or would be wrong without a word, said before progenitor runs.
use crate::{diagnostic::Diagnostics, spec::Spec};
pub fn vet(_spec: &Spec) -> Result<(), Diagnostics> {
    Ok(())
}
