//! The envelope of lists that come in pages.

use serde_json::{Value, json};

use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;

/// The part of a list that the call asks for. The names of the parameters, `offset` and `limit`, are the
/// sandbox's own choice; without them it is the whole list.
pub(super) fn page(call: &Call, objects: Vec<Value>) -> Outcome {
    let number = |name| -> Result<Option<usize>, Failure> {
        let number = call.query.number(name)?.map(usize::try_from).transpose();
        number.map_err(|_| Failure::invalid(format!("« {name} » ne doit pas être négatif")))
    };
    let offset = number("offset")?.unwrap_or(0);
    let limit = number("limit")?.unwrap_or(usize::MAX);
    let total = objects.len();
    let objects: Vec<_> = objects.into_iter().skip(offset).take(limit).collect();
    Answer::ok(json!({
        "nb_objects": objects.len(),
        "nb_total_objects": total,
        "offset_start": offset,
        "objects": objects,
    }))
}
