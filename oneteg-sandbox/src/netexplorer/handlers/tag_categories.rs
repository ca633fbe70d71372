//! Categories of tags, alone and as seen from an element.

use serde_json::{Value, json};

use super::tags;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::{DEFAULT_CATEGORY, Store, TagCategory};

/// A category with those of its tags that the test takes.
fn render(
    store: &Store,
    call: &Call,
    (id, category): (u64, &TagCategory),
    shown: impl Fn(u64) -> bool,
) -> Value {
    let tags: Vec<_> = store
        .tags
        .iter()
        .filter(|(tag_id, tag)| tag.category == id && tags::may(call, tag) && shown(*tag_id))
        .map(|(id, tag)| tags::render(id, tag))
        .collect();
    let [primary, secondary, tertiary] = &category.colors;
    json!({
        "id": id,
        "name": category.name,
        "color": category.color,
        "primary_color": primary,
        "secondary_color": secondary,
        "tertiary_color": tertiary,
        "nb_tags": tags.len(),
        "tags": tags,
    })
}

fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a TagCategory), Failure> {
    let id = call.id("categoryId")?;
    store.categories.get(id).map(|category| (id, category)).ok_or_else(Failure::missing)
}

fn set(category: &mut TagCategory, body: &Members) -> Result<(), Failure> {
    let TagCategory { name, color, colors: [primary, secondary, tertiary] } = category;
    let texts = [
        ("name", name),
        ("color", color),
        ("primary_color", primary),
        ("secondary_color", secondary),
        ("tertiary_color", tertiary),
    ];
    for (name, member) in texts {
        if let Some(text) = body.text(name)? {
            text.clone_into(member);
        }
    }
    if category.name.trim().is_empty() { Err(Failure::name()) } else { Ok(()) }
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    Answer::list(store.categories.iter().map(|category| render(store, call, category, |_| true)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    Answer::ok(render(store, call, named(store, call)?, |_| true))
}

/// Takes the members of a category. Its answer is empty: the list tells the new id.
pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let mut category = TagCategory::named("");
    set(&mut category, &call.body)?;
    if store.categories.iter().any(|(_, other)| other.name == category.name) {
        return Err(Failure::duplicate());
    }
    store.tick();
    store.categories.add(|_| category);
    Ok(Answer::Empty)
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let (id, category) = named(store, call)?;
    let mut category = category.clone();
    set(&mut category, &call.body)?;
    let answer = render(store, call, (id, &category), |_| true);
    store.categories.insert(id, category);
    Answer::ok(answer)
}

/// Its tags go with it. The category of tags without one stays.
pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let (id, _) = named(store, call)?;
    if id == DEFAULT_CATEGORY {
        return Err(Failure::forbidden());
    }
    store.categories.remove(id);
    let tags = store.tags.iter().filter(|(_, tag)| tag.category == id);
    for tag in tags.map(|(id, _)| id).collect::<Vec<_>>() {
        tags::forget(store, tag);
    }
    Ok(Answer::Empty)
}

/// All categories with all tags, whichever the element: how the vendor's list differs is unknown.
pub(crate) fn of_element(store: &Store, call: &Call) -> Outcome {
    tags::on(store, call)?;
    list(store, call)
}

/// The categories of the tags on the element, with these tags alone.
pub(crate) fn attached(store: &Store, call: &Call) -> Outcome {
    let on = tags::on(store, call)?;
    let categories = store.categories.iter();
    let categories =
        categories.map(|category| render(store, call, category, |tag| on.contains(&tag)));
    Answer::list(categories.filter(|category| category["nb_tags"] != 0))
}

/// One category with the tags on the element.
pub(crate) fn one_of_element(store: &Store, call: &Call) -> Outcome {
    let on = tags::on(store, call)?;
    Answer::ok(render(store, call, named(store, call)?, |tag| on.contains(&tag)))
}
