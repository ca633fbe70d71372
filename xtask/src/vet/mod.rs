//! Refuses specifications that cannot be generated, or would be generated wrongly, before progenitor
//! sees them.
//!
//! Each rule is one function that reports every violation it finds. Rules are independent: none relies
//! on what another one checks. `tests/vetting.rs` has at least one invalid specification for each.

mod connection;
mod context;
mod document;
mod enums;
mod extensions;
mod keys;
mod names;
mod operations;
mod pagination;
mod parameters;
mod paths;
mod references;
mod responses;
mod schemas;
mod tags;

pub use crate::names::{RESERVED_SCHEMAS, is_identifier};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    spec::Spec,
};
use context::{Context, Report};
pub use operations::{RESERVED_METHODS, RESERVED_TYPES};
pub use tags::RESERVED as RESERVED_TAGS;

/// One rule.
pub type Rule = fn(&Context<'_>, &mut Report<'_>);

/// The rules that run first. If one fails, the others would only report consequences.
const FIRST: [(&str, Rule); 1] = [("openapi_version", document::openapi_version)];

/// All rules by name, in the order in which they run.
pub const RULES: &[(&str, Rule)] = &[
    FIRST[0],
    ("info", document::info),
    ("vendor", document::vendor),
    ("sections", document::sections),
    ("security_schemes", document::security_schemes),
    ("connection", connection::connection),
    ("wrong_types", keys::wrong_types),
    ("local_references", references::local),
    ("reference_targets", references::targets),
    ("reference_cycles", references::cycles),
    ("unused_components", references::unused),
    ("declared_tags", tags::declared),
    ("tag_names", tags::names),
    ("path_templates", paths::templates),
    ("path_references", paths::references),
    ("fragments", paths::fragments),
    ("operation_ids", operations::ids),
    ("operation_id_clashes", operations::id_clashes),
    ("one_tag", operations::one_tag),
    ("summaries", operations::summaries),
    ("evidence", extensions::evidence),
    ("idempotent", extensions::idempotent),
    ("envelope", extensions::envelope),
    ("aliases", extensions::aliases),
    ("rpc_params", extensions::rpc_params),
    ("pagination", pagination::pagination),
    ("parameter_locations", parameters::locations),
    ("parameter_styles", parameters::styles),
    ("parameter_clashes", parameters::clashes),
    ("statuses", responses::statuses),
    ("schema_types", schemas::types),
    ("nesting", schemas::nesting),
    ("infinite_types", schemas::infinite),
    ("enum_lists", enums::lists),
    ("enum_names", enums::names),
    ("schema_names", names::schemas),
    ("member_names", names::members),
];

/// Checks a specification.
///
/// # Errors
/// [`Diagnostics`] with every error that was found, in the order of the files.
pub fn vet(spec: &Spec) -> Result<(), Diagnostics> {
    let mut errors: Vec<Diagnostic> = errors(spec).into_iter().map(|(_, error)| error).collect();
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort_by(|a, b| a.location.cmp(&b.location));
    // Two rules may report the same violation.
    errors.dedup_by_key(|error| error.to_string());
    Err(Diagnostics(errors))
}

/// Every error of a specification with the name of its rule, in the order of the rules.
pub fn errors(spec: &Spec) -> Vec<(&'static str, Diagnostic)> {
    let context = Context::new(spec);
    let mut errors = Vec::new();
    let mut run = |rules: &[(&'static str, Rule)]| {
        for (name, rule) in rules {
            let mut report = Report::new(spec);
            rule(&context, &mut report);
            errors.extend(report.errors.into_iter().map(|error| (*name, error)));
        }
        errors.is_empty()
    };
    if run(&FIRST) {
        run(&RULES[FIRST.len()..]);
    }
    errors
}

/// The names of the rules that report an error, for the tests.
pub fn broken_rules(spec: &Spec) -> Vec<&'static str> {
    let context = Context::new(spec);
    let is_broken = |rule: Rule| {
        let mut report = Report::new(spec);
        rule(&context, &mut report);
        !report.errors.is_empty()
    };
    RULES.iter().filter(|(_, rule)| is_broken(*rule)).map(|(name, _)| *name).collect()
}
