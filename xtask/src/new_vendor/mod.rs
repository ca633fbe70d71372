//! The crate of a new vendor: everything that a person would copy from another SDK, written from the specification.
//!
//! | Module | Job |
//! |---|---|
//! | `values` | what the templates are filled in with |
//! | `render` | fills in a template |
//! | `workspace` | enters the crate into the manifest of the workspace, or writes one for crates elsewhere |
//!
//! The files are a beginning: from then on they belong to the maintainer, and are never written again.

mod render;
mod values;
mod workspace;

use std::path::PathBuf;

pub use self::workspace::{elsewhere, with_member};
use self::{render::render, values::values};
use crate::{
    connection::{self, Profile},
    emit::GeneratedFile,
    model::Operation,
};

/// Where the crate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A member of this workspace. `oneteg-auth` knows the vendor, and snapshots are kept.
    Workspace,
    /// A folder anywhere, below a manifest that [`elsewhere`] wrote. The crate has the vendor's profile itself.
    Elsewhere,
}

const TEMPLATES: [(&str, &str); 15] = [
    ("Cargo.toml", include_str!("templates/Cargo.toml.template")),
    ("LICENSE-APACHE", include_str!("../../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../../LICENSE-MIT")),
    ("README.md", include_str!("templates/README.md.template")),
    ("examples/@{vendor}_quickstart.rs", include_str!("templates/quickstart.rs.template")),
    ("src/client.rs", include_str!("templates/client.rs.template")),
    ("src/connection.rs", include_str!("templates/connection.rs.template")),
    ("src/error.rs", include_str!("templates/error.rs.template")),
    ("src/lib.rs", include_str!("templates/lib.rs.template")),
    ("tests/behaviour.rs", include_str!("templates/behaviour.rs.template")),
    ("tests/connections.rs", include_str!("templates/connections.rs.template")),
    ("tests/samples.rs", include_str!("templates/samples.rs.template")),
    ("tests/support/mod.rs", include_str!("templates/support.rs.template")),
    ("tests/wire.rs", include_str!("templates/wire.rs.template")),
    ("src/profile.rs", ""),
];

/// The hand-written files of a vendor's crate, relative to its folder. With what the generator writes, and the features
/// of `emit::with_features` in the manifest, they are a crate that compiles and passes its tests.
pub fn files(profile: &Profile, operations: &[Operation], place: Place) -> Vec<GeneratedFile> {
    let values = values(profile, operations, place);
    let mut files = Vec::new();
    for (path, template) in TEMPLATES {
        // Examples of one workspace need different names.
        let path = PathBuf::from(render(path, &values).trim_end());
        if !template.is_empty() {
            files.push(GeneratedFile { path, text: render(template, &values) });
        } else if place == Place::Elsewhere {
            files.push(GeneratedFile { path, text: connection::standalone(profile) });
        }
    }
    files
}
