//! The verdicts of the questions that are settled by what a run has seen.

use std::collections::BTreeSet;

use oneteg_catalog::{
    Doubt, ResponseKind,
    evidence::{Kind, Outcome, Paging, Shape},
};
use serde_json::{Value, json};

use super::{
    Judgement,
    seen::{Seen, is_of_type},
};

/// How many names or words a verdict lists.
const MAX_WORDS: usize = 20;

/// The types that were seen, most frequent first; `null` is left out.
fn types<'a>(shapes: impl Iterator<Item = &'a Shape>) -> Vec<String> {
    let mut types: Vec<(String, u64)> = Vec::new();
    for (ty, count) in shapes.flat_map(|shape| &shape.types) {
        match types.iter_mut().find(|(known, _)| known == ty) {
            Some((_, known)) => *known += count,
            None => types.push((ty.clone(), *count)),
        }
    }
    types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    types.into_iter().map(|(ty, _)| ty).collect()
}

/// One word alone, or a list.
fn words(words: impl IntoIterator<Item = String>) -> Value {
    let mut words: Vec<String> = words.into_iter().take(MAX_WORDS).collect();
    match words.len() {
        1 => words.remove(0).into(),
        _ => words.into(),
    }
}

fn listed(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(listed).collect::<Vec<_>>().join(", "),
        Value::String(word) => word.clone(),
        other => other.to_string(),
    }
}

/// Whether the type at the place is that of the specification.
pub(super) fn shape(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let wrong: Vec<_> =
        seen.findings().filter(|finding| finding.kind == Kind::Type && !finding.lenient).collect();
    if let Some(first) = wrong.first() {
        let types = words(types(wrong.iter().map(|finding| &finding.seen)));
        let said = first.said.as_deref().unwrap_or("another type");
        let how = format!("{} instead of {said}", listed(&types));
        return Judgement::contradicted(types, how);
    }
    if let Some(content) = seen.findings().find(|finding| finding.kind == Kind::Content) {
        let said = content.said.as_deref().unwrap_or("content");
        return Judgement::contradicted(
            "empty",
            format!("no content that could be read instead of {said}"),
        );
    }
    match seen.present() {
        0 => seen.absent(),
        _ => Judgement::confirmed(),
    }
}

/// Whether there are no members that the specification lacks.
pub(super) fn members(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let unknown: BTreeSet<String> = seen
        .findings_below()
        .filter(|finding| finding.kind == Kind::UnknownMember)
        .filter_map(|finding| finding.place.rsplit_once('/').map(|(_, name)| name.to_owned()))
        .collect();
    if !unknown.is_empty() {
        let how = match unknown.len() {
            1 => "a further member".to_owned(),
            count => format!("{count} further members"),
        };
        return Judgement::contradicted(words(unknown), how);
    }
    let shapes = seen.members().filter_map(|member| member.seen.as_ref());
    let named: BTreeSet<String> = shapes.flat_map(member_names).collect();
    if !named.is_empty() {
        return Judgement::answered(words(named));
    }
    // An empty list has no objects whose members could be known.
    match seen.objects() {
        0 => seen.absent(),
        _ => Judgement::confirmed(),
    }
}

/// The names of an object of which the specification states nothing, or of the objects in a list.
fn member_names(shape: &Shape) -> Vec<String> {
    match &shape.items {
        Some(items) => member_names(items),
        None => shape.members.keys().filter(|name| *name != "*").cloned().collect(),
    }
}

/// Whether the member exists, with the type of the specification.
pub(super) fn member(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let wrong: Vec<_> = seen.findings().filter(|finding| is_of_type(finding.kind)).collect();
    if let Some(first) = wrong.iter().find(|finding| !finding.lenient).or(wrong.first()) {
        let types = words(types(wrong.iter().map(|finding| &finding.seen)));
        let said = first.said.as_deref().unwrap_or("another type");
        let how = format!("{} instead of {said}", listed(&types));
        return Judgement::contradicted(types, how);
    }
    if seen.present() == 0 {
        return respelled(seen).unwrap_or_else(|| seen.absent());
    }
    let free = types(seen.members().filter_map(|member| member.seen.as_ref()));
    match free.is_empty() {
        true => Judgement::confirmed(),
        false => Judgement::answered(words(free)),
    }
}

/// An unknown member next to the absent one, with the same letters.
fn respelled(seen: &Seen<'_>) -> Option<Judgement> {
    let letters = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    seen.compared().find_map(|(place, operation)| {
        let (parent, name) = place.place.rsplit_once('/')?;
        let unknown =
            operation.findings.iter().filter(|finding| finding.kind == Kind::UnknownMember);
        let mut names = unknown.filter_map(|finding| finding.place.rsplit_once('/'));
        let (_, other) =
            names.find(|(around, other)| *around == parent && letters(other) == letters(name))?;
        Some(Judgement::contradicted(other, format!("`{other}` instead of `{name}`")))
    })
}

/// Whether names are spelled as in the specification.
pub(super) fn spelling(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let is_object = seen.schema()["properties"].is_object();
    let members: Vec<_> =
        if is_object { seen.members_inside().collect() } else { seen.members().collect() };
    let others: BTreeSet<String> =
        members.iter().flat_map(|member| member.aliases.keys().cloned()).collect();
    if !others.is_empty() {
        let how = format!("{} of the members have another name", others.len());
        return Judgement::contradicted(words(others), how);
    }
    if let Some(respelled) = respelled(seen) {
        return respelled;
    }
    // A name of one word does not show how the others are spelled.
    let is_telling = |place: &str| {
        let name = place.rsplit_once('/').map_or(place, |(_, name)| name);
        !is_object || name.contains('_') || name.chars().skip(1).any(char::is_uppercase)
    };
    let telling = members.iter().filter(|member| is_telling(&member.place));
    match telling.map(|member| member.present).sum() {
        0_u64 => seen.absent(),
        _ => Judgement::confirmed(),
    }
}

/// Whether there are no values besides those of the specification. It is never certain.
pub(super) fn values(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let unknown: Vec<_> =
        seen.findings_below().filter(|finding| finding.kind == Kind::EnumValue).collect();
    if !unknown.is_empty() {
        let seen: BTreeSet<String> =
            unknown.iter().flat_map(|finding| finding.seen.values.iter().cloned()).collect();
        return Judgement::contradicted(words(seen), "values that the specification lacks");
    }
    match seen.present() {
        0 => seen.absent(),
        count => Judgement::not_reachable(format!(
            "the values of {count} objects are known ones; others may exist"
        )),
    }
}

/// Whether the response is empty.
pub(super) fn empty(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let content = seen.findings().find(|finding| finding.kind == Kind::Content);
    let types = types(content.iter().map(|finding| &finding.seen));
    match content {
        None => Judgement::confirmed(),
        Some(_) if types.is_empty() => {
            Judgement::contradicted("content", "the response has content")
        }
        Some(_) => Judgement::contradicted(words(types), "the response has content"),
    }
}

/// What the response contains.
pub(super) fn content(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let json = seen.compared().any(|(place, _)| place.entry.response.kind == ResponseKind::Json);
    if !json {
        return media_type(seen);
    }
    let free = types(seen.members().filter_map(|member| member.seen.as_ref()));
    if !free.is_empty() {
        return Judgement::answered(words(free));
    }
    shape(seen)
}

/// The statuses of successes.
pub(super) fn status(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let statuses: BTreeSet<u16> = seen.successes().map(|response| response.status).collect();
    match statuses.into_iter().collect::<Vec<_>>().as_slice() {
        [] => Judgement::not_reachable("no call succeeded"),
        [one] => Judgement::answered(*one),
        several => Judgement::answered(json!(several)),
    }
}

/// The media types of successes.
pub(super) fn media_type(seen: &Seen<'_>) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let types: BTreeSet<String> = seen
        .successes()
        .map(|response| match response.media_type.as_str() {
            "" => "none".to_owned(),
            media_type => media_type.to_owned(),
        })
        .collect();
    match types.is_empty() {
        true => Judgement::not_reachable("no call succeeded"),
        false => Judgement::answered(words(types)),
    }
}

/// Whether the call succeeds.
pub(super) fn call(seen: &Seen<'_>) -> Judgement {
    let Some(unseen) = seen.unseen() else { return Judgement::confirmed() };
    // What a server responds that does not know the call.
    let unknown =
        seen.responses().find(|response| matches!(response.status, 404 | 405 | 410 | 501));
    match unknown.filter(|_| seen.outcome() == Some(Outcome::Failed)) {
        Some(response) => {
            Judgement::contradicted(response.status, "the server does not know the call")
        }
        None => unseen,
    }
}

/// Whether parameters select a page.
pub(super) fn paging(seen: &Seen<'_>, experiments: &[Paging], doubt: &Doubt) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let Some(experiment) =
        experiments.iter().find(|paging| Some(&paging.operation) == doubt.operation.as_ref())
    else {
        return Judgement::not_reachable("the list was too short for an experiment, or not tried");
    };
    let said = seen.entry().and_then(|entry| entry.paging.as_ref());
    let found = [&experiment.start, &experiment.size].into_iter().flatten().cloned();
    let found: Vec<String> = found.collect();
    let is_page = said.is_some_and(|said| !said.items.is_empty() || !said.total.is_empty());
    match (experiment.style.as_str(), said) {
        ("offset" | "page" | "cursor", Some(said))
            if said.style == experiment.style && Some(&said.start) == experiment.start.as_ref() =>
        {
            Judgement::confirmed()
        }
        ("offset" | "page" | "cursor", _) if is_page => Judgement::answered(words(found)),
        ("offset" | "page" | "cursor", _) => {
            let how = format!("pages are selected by {}", found.join(" and "));
            Judgement::contradicted(words(found), how)
        }
        _ if is_page => {
            Judgement::not_reachable("none of the parameters that were tried changed the page")
        }
        _ => Judgement::confirmed(),
    }
}

/// Whether a parameter of pages has an effect on a list.
pub(super) fn parameter(seen: &Seen<'_>, experiments: &[Paging], doubt: &Doubt) -> Judgement {
    if let Some(unseen) = seen.unseen() {
        return unseen;
    }
    let name = doubt.parameter.as_deref();
    let is_said = |paging: &&Paging| {
        let said = paging.said.as_ref();
        said.is_some_and(|said| {
            [&said["start"], &said["size"]].iter().any(|said| said.as_str() == name)
        })
    };
    let experiments: Vec<&Paging> = experiments.iter().filter(is_said).collect();
    let works = |paging: &&Paging| {
        [&paging.start, &paging.size]
            .into_iter()
            .any(|found| found.is_some() && found.as_deref() == name)
    };
    let working = experiments.iter().filter(|paging| works(paging)).count();
    match (working, experiments.len()) {
        (_, 0) => Judgement::not_reachable("no list was long enough for an experiment"),
        (working, all) if working == all => Judgement::confirmed(),
        (working, all) => Judgement::contradicted(
            "no effect",
            format!("it has no effect on {} of {all} lists", all - working),
        ),
    }
}
