//! `cargo xtask overlay`: applies a file of changes to a document, or checks it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::Output;
use crate::{
    diagnostic::Diagnostics,
    import::{
        draft::Order,
        input::Input,
        write::yaml::{self, Style},
    },
    overlay::{self, Applied, Overlay},
    spec::{self, Spec},
    workspace,
};

/// Applies an overlay to a document: a file, or the folder of a specification. Without a document, it is the file that
/// `extends` names. The result is printed, or written to `output`.
///
/// # Errors
/// [`Diagnostics`] of an overlay that is invalid or cannot be applied; if a file cannot be read or written.
pub fn apply(
    overlay: &Path,
    document: Option<&Path>,
    output: Option<&Path>,
) -> anyhow::Result<Output> {
    let (read, mut order) = read(overlay)?;
    let Some(path) = document.map(Path::to_owned).or_else(|| extended(overlay, &read)) else {
        bail!("the overlay does not name a local file in `extends`; give the document to change");
    };
    let before = document_at(&path, &mut order)?;
    let (after, applied) = overlay::apply(&read, &before)?;
    let is_json = output.unwrap_or(&path).extension().is_some_and(|extension| extension == "json");
    let text = text_of(&after, &order, is_json)?;
    let actions = json_of(&applied);
    let Some(output) = output else {
        return Ok(Output {
            text,
            json: json!({ "actions": actions, "document": after }),
            success: true,
        });
    };
    fs::write(output, text).with_context(|| format!("{} cannot be written", output.display()))?;
    let text = format!("{}: written\n{}", output.display(), summary(&applied));
    Ok(Output { text, json: json!({ "actions": actions }), success: true })
}

/// Checks an overlay; with a document, also that every action can be applied and selects something.
///
/// # Errors
/// As [`apply`].
pub fn check(overlay: &Path, document: Option<&Path>) -> anyhow::Result<Output> {
    let (read, mut order) = read(overlay)?;
    let Some(document) = document else {
        let text = format!("{}: valid, {} actions", overlay.display(), read.actions.len());
        return Ok(Output { text, json: json!({ "actions": read.actions.len() }), success: true });
    };
    let (_, applied) = overlay::apply(&read, &document_at(document, &mut order)?)?;
    let success = applied.iter().all(|applied| applied.nodes > 0);
    Ok(Output { text: summary(&applied), json: json!({ "actions": json_of(&applied) }), success })
}

fn read(path: &Path) -> Result<(Overlay, Order), Diagnostics> {
    let mut order = Order::default();
    let input = Input::read(path, &mut order)?;
    Ok((overlay::read(&input)?, order))
}

/// The local file that an overlay is for.
fn extended(path: &Path, overlay: &Overlay) -> Option<PathBuf> {
    let extends = overlay.extends.as_deref().filter(|extends| !extends.contains("://"))?;
    Some(path.parent()?.join(extends))
}

/// Reads a document, and learns the order of its members.
fn document_at(path: &Path, order: &mut Order) -> anyhow::Result<Value> {
    if !path.is_dir() {
        return Ok(Input::read(path, order)?.value);
    }
    let (spec, _) = Spec::read(&workspace::root(), path)?;
    spec::walk(&spec.root, "", &mut |value, pointer| {
        if value.is_object() {
            order.learn(&spec.keys(pointer));
        }
    });
    Ok(spec.root)
}

fn text_of(document: &Value, order: &Order, is_json: bool) -> anyhow::Result<String> {
    match document {
        Value::Object(members) if !is_json => Ok(yaml::members(members, Style::Object, 0, order)),
        document => Ok(serde_json::to_string_pretty(document)? + "\n"),
    }
}

fn summary(applied: &[Applied]) -> String {
    let lines = applied.iter().map(|Applied { target, nodes }| match nodes {
        0 => format!("nothing selected: {target}\n"),
        1 => format!("1 node: {target}\n"),
        nodes => format!("{nodes} nodes: {target}\n"),
    });
    lines.collect()
}

fn json_of(applied: &[Applied]) -> Value {
    applied
        .iter()
        .map(|Applied { target, nodes }| json!({ "target": target, "nodes": nodes }))
        .collect()
}
