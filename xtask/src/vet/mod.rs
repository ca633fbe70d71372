//! Vetting: what cannot be generated, or would be wrong without a word, said before progenitor runs.
//!
//! Each rule is one function that says every fault it finds; `tests/vetting.rs` has a faulty
//! specification for each. A rule takes nothing for granted that another one checks.

mod bodies;
mod document;
mod enums;
mod extensions;
mod keys;
mod names;
mod nodes;
mod operations;
mod pagination;
mod parameters;
mod paths;
mod references;
mod responses;
mod schemas;
mod tags;

use serde_json::Value;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    spec::Spec,
};
use nodes::{Kind, Node, Operation};

/// What the rules read.
pub struct Context<'a> {
    spec: &'a Spec,
    nodes: Vec<Node<'a>>,
    operations: Vec<Operation<'a>>,
}

impl<'a> Context<'a> {
    fn new(spec: &'a Spec) -> Self {
        Self { spec, nodes: nodes::nodes(spec), operations: nodes::operations(spec) }
    }

    /// The nodes of one kind.
    fn each(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// Follows references; stays where one leads nowhere.
    fn resolve(&self, value: &'a Value) -> &'a Value {
        crate::model::resolve(&self.spec.root, value)
    }

    /// The named members of a group of components.
    fn components(&self, group: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.spec.root["components"][group].as_object().into_iter().flatten()
    }
}

/// The faults found so far.
pub struct Faults<'a> {
    spec: &'a Spec,
    found: Vec<Diagnostic>,
}

impl Faults<'_> {
    /// A fault at a JSON pointer, with its cure.
    fn add(&mut self, pointer: &str, message: impl Into<String>, cure: impl Into<String>) {
        self.found.push(self.spec.fault(pointer, message, cure));
    }

    /// A fault of two places that contradict each other.
    fn clash(
        &mut self,
        [pointer, first]: [&str; 2],
        message: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let fault = self.spec.fault(pointer, message, cure);
        self.found.push(fault.related("the other one", self.spec.place(first)));
    }
}

/// One rule.
pub type Rule = fn(&Context<'_>, &mut Faults<'_>);

/// The rules about the document as a whole. The others would only repeat what these say.
const FIRST: [(&str, Rule); 1] = [("openapi_version", document::openapi_version)];

/// All rules in the order of their reports, by name.
pub const RULES: [(&str, Rule); 59] = [
    FIRST[0],
    ("info", document::info),
    ("sections", document::sections),
    ("security_schemes", document::security_schemes),
    ("wrong_types", keys::wrong_types),
    ("unknown_keys", keys::unknown_keys),
    ("references_are_local", references::local),
    ("references_lead_to_the_right_group", references::right_group),
    ("reference_cycles", references::cycles),
    ("reference_siblings", references::siblings),
    ("unused_components", references::unused),
    ("tags_are_declared", tags::declared),
    ("tag_names", tags::names),
    ("path_templates", paths::templates),
    ("path_parameters", paths::parameters),
    ("path_items", paths::items),
    ("equal_paths", paths::equal),
    ("fragments", paths::fragments),
    ("operation_ids", operations::ids),
    ("operation_id_clashes", operations::id_clashes),
    ("one_tag", operations::one_tag),
    ("summaries", operations::summaries),
    ("not_generated", operations::not_generated),
    ("evidence", extensions::evidence),
    ("idempotent", extensions::idempotent),
    ("envelope", extensions::envelope),
    ("aliases", extensions::aliases),
    ("rpc_params", extensions::rpc_params),
    ("pagination", pagination::pagination),
    ("parameter_places", parameters::places),
    ("parameter_styles", parameters::styles),
    ("parameter_content", parameters::content),
    ("parameter_types", parameters::types),
    ("parameter_clashes", parameters::clashes),
    ("one_media_type", bodies::one_media_type),
    ("multipart_forms", bodies::multipart),
    ("multipart_members", bodies::multipart_members),
    ("urlencoded_forms", bodies::urlencoded),
    ("statuses", responses::statuses),
    ("success", responses::success),
    ("response_descriptions", responses::descriptions),
    ("success_shapes", responses::success_shapes),
    ("schema_types", schemas::types),
    ("schema_members", schemas::members),
    ("required_members", schemas::required),
    ("compositions", schemas::compositions),
    ("alternatives", schemas::alternatives),
    ("contradictions", schemas::contradictions),
    ("unsupported_schemas", schemas::unsupported),
    ("nesting", schemas::nesting),
    ("infinite_types", schemas::infinite),
    ("times_in_named_schemas", schemas::times),
    ("enum_values", enums::values),
    ("enum_types", enums::types),
    ("enum_lists", enums::lists),
    ("enum_names", enums::names),
    ("schema_names", names::schemas),
    ("member_names", names::members),
    ("made_names", names::made),
];

/// Checks a specification.
///
/// # Errors
/// [`Diagnostics`] with every fault that was found.
pub fn vet(spec: &Spec) -> Result<(), Diagnostics> {
    let context = Context::new(spec);
    let mut faults = Faults { spec, found: Vec::new() };
    for (_, rule) in FIRST {
        rule(&context, &mut faults);
    }
    if faults.found.is_empty() {
        for (_, rule) in RULES.iter().skip(FIRST.len()) {
            rule(&context, &mut faults);
        }
    }
    if faults.found.is_empty() {
        return Ok(());
    }
    // In the order in which a reader goes through the files.
    faults.found.sort_by(|a, b| a.place.cmp(&b.place));
    faults.found.dedup();
    Err(Diagnostics(faults.found))
}

/// The names of the rules that find a fault, for the tests.
pub fn broken_rules(spec: &Spec) -> Vec<&'static str> {
    let context = Context::new(spec);
    let broken = |rule: Rule| {
        let mut faults = Faults { spec, found: Vec::new() };
        rule(&context, &mut faults);
        !faults.found.is_empty()
    };
    RULES.iter().filter(|(_, rule)| broken(*rule)).map(|(name, _)| *name).collect()
}
