//! Keywords and the definitions of attributes.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::{Call, Version};
use super::super::patch;
use super::super::render;
use super::super::state::{Attribute, Store};

pub(crate) fn keywords(store: &mut Store, call: &Call) -> Outcome {
    let shown = store.keywords.iter().map(|(id, it)| render::keyword(store, id, it, call));
    call.list(shown.collect())
}

/// The body is the keyword itself.
pub(crate) fn create_keyword(store: &mut Store, call: &Call) -> Outcome {
    let name = call.text()?;
    if name.trim().is_empty() {
        return Err(Failure::bad_request("A keyword must not be empty"));
    }
    let answer = Answer::empty(StatusCode::ACCEPTED);
    if store.keyword_named(&name).is_some() {
        return Ok(answer.unchanged());
    }
    store.tick();
    store.learn(&[name]);
    Ok(answer)
}

/// Renames a keyword, on assets too.
pub(crate) fn update_keyword(store: &mut Store, call: &Call) -> Outcome {
    let old = call.path("keyword").to_owned();
    let id = store.keyword_named(&old).ok_or_else(|| Failure::missing("keyword", &old))?;
    let skipped = patch::apply(
        call,
        store,
        |store, _, _| store.keywords.get(&id).map(|keyword| keyword.name.clone()),
        |store, change| {
            let name = change.text()?;
            if !matches!(change.member.as_str(), "keywordname" | "name") || name.is_empty() {
                return Err("there is no such member, or it cannot be changed".into());
            }
            let keyword = store.keywords.get_mut(&id).ok_or("the keyword is gone")?;
            let before = std::mem::replace(&mut keyword.name, name.clone());
            let used = store.assets.iter_mut().flat_map(|(_, asset)| &mut asset.keywords);
            for used in used.filter(|used| used.eq_ignore_ascii_case(&before)) {
                used.clone_from(&name);
            }
            Ok(())
        },
    )?;
    let keyword = store.keywords.get(&id).ok_or_else(|| Failure::missing("keyword", &old))?;
    let payload = render::keyword(store, &id, keyword, call);
    Ok(Answer::new(StatusCode::ACCEPTED, payload).skipped(skipped))
}

pub(crate) fn attributes(store: &mut Store, call: &Call) -> Outcome {
    let seen = |attribute: &Attribute| call.version > Version::V1_0 || !attribute.is_status();
    let shown = store.attributes.iter().filter(|(_, attribute)| seen(attribute));
    call.list(shown.map(|(id, attribute)| render::attribute(id, attribute, call)).collect())
}

pub(crate) fn attribute(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("attributeId");
    let found = store.attributes.get(&id).ok_or_else(|| Failure::missing("attribute", &id))?;
    Ok(Answer::ok(render::attribute(&id, found, call)))
}

fn given(call: &Call) -> Result<Attribute, Failure> {
    let mut rest: Map<String, Value> = call.json()?;
    let mut text = |name: &str| match rest.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let name = text("name").ok_or_else(|| Failure::bad_request("`name` is missing"))?;
    let kind = text("attributeType").unwrap_or_else(|| "Text".into());
    let required = rest.remove("isRequired").and_then(|value| value.as_bool()).unwrap_or(false);
    let attribute = Attribute { name, kind, required, rest };
    if attribute.is_status() && call.version == Version::V1_0 {
        return Err(Failure::bad_request("Status attributes need version 1.1 of the API"));
    }
    Ok(attribute)
}

pub(crate) fn create_attribute(store: &mut Store, call: &Call) -> Outcome {
    let id = store.attributes.add(given(call)?);
    let made = store.attributes.get(&id).ok_or_else(|| Failure::missing("attribute", &id))?;
    Ok(Answer::new(StatusCode::CREATED, render::attribute(&id, made, call)))
}

pub(crate) fn update_attribute(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("attributeId");
    let missing = || Failure::missing("attribute", &id);
    let attribute = store.attributes.get_mut(&id).ok_or_else(missing)?;
    *attribute = given(call)?;
    Ok(Answer::ok(render::attribute(&id, attribute, call)))
}

/// Its values go with it.
pub(crate) fn delete_attribute(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("attributeId");
    store.attributes.remove(&id).ok_or_else(|| Failure::missing("attribute", &id))?;
    for (_, asset) in store.assets.iter_mut() {
        asset.attributes.remove(&id);
    }
    Ok(Answer::empty(StatusCode::OK))
}
