//! The probes that need separate calls. All of them only read.
//!
//! | Question | Calls |
//! |---|---|
//! | `public` | one without the user's credential |
//! | `parameter` | one with a value that nothing matches |
//! | `without` | one without the parameter |
//! | `order`, `unknown_id` | one with the ids of another call in reverse; one with an id that does not exist |
//! | `matching` | two with a part of a name, and with its letters in the other case |
//! | `levels` | one |

use oneteg_catalog::{Ask, Doubt, Probe};
use serde_json::{Map, Value, json};

use super::{Judgement, Learned, ProbeId, sites::Sites};
use crate::{
    catalog::{Catalog, Entry, Parameter},
    verify::{
        compare::{Content, Observed},
        paging,
        session::{Extra, Session, Stop},
    },
};

/// A value that no name contains.
const UNLIKELY: &str = "zqxwkvjyq";
/// An id that no object has.
const UNKNOWN: u64 = 2_000_000_011;

/// The most requests of these probes.
pub(crate) fn bound(catalog: &Catalog) -> u64 {
    let probes = catalog.doubts.iter().flat_map(|doubt| &doubt.probes);
    probes.map(|probe| cost(probe.ask)).sum()
}

fn cost(ask: Ask) -> u64 {
    match ask {
        Ask::Public | Ask::Parameter | Ask::Without | Ask::Order | Ask::UnknownId | Ask::Levels => {
            1
        }
        Ask::Matching => 2,
        _ => 0,
    }
}

/// Asks every question that needs a call and was not asked before, of what the run has reached.
///
/// # Errors
/// If the run ends; `learned` has what was found until then.
pub(crate) async fn run(session: &mut Session, learned: &mut Learned) -> Result<(), Stop> {
    let catalog = session.catalog;
    let sites = Sites::new(catalog);
    for (number, doubt) in catalog.doubts.iter().enumerate() {
        for (index, probe) in doubt.probes.iter().enumerate().filter(|(_, p)| cost(p.ask) > 0) {
            let id: ProbeId = (number, index);
            if learned.asked.contains(&id) {
                continue;
            }
            let Some((entry, given)) = subject(session, &sites, doubt, probe) else { continue };
            let answer = ask(session, entry, &given, probe, doubt).await?;
            learned.asked.insert(id);
            learned.answers.extend(answer.map(|answer| (id, answer)));
        }
    }
    Ok(())
}

/// An operation that the question is about and that has succeeded, with its arguments.
fn subject(
    session: &Session,
    sites: &Sites,
    doubt: &Doubt,
    probe: &Probe,
) -> Option<(&'static Entry, Map<String, Value>)> {
    let catalog = session.catalog;
    let worked = |entry: &'static Entry| {
        session.worked(entry).filter(|_| !entry.writes).map(|given| (entry, given))
    };
    if let Some(operation) = &doubt.operation {
        return worked(catalog.find(operation)?);
    }
    let parameter = probe.parameter.as_ref().or(doubt.parameter.as_ref());
    let takes = |entry: &Entry| {
        parameter.is_none_or(|name| entry.parameters.iter().any(|known| known.name == *name))
    };
    let returns = |index: usize| {
        doubt
            .schema
            .as_ref()
            .is_none_or(|schema| sites.of(schema).iter().any(|(operation, _)| *operation == index))
    };
    let entries = catalog.operations.iter().enumerate();
    entries.filter(|(index, entry)| takes(entry) && returns(*index)).find_map(|(_, e)| worked(e))
}

async fn ask(
    session: &mut Session,
    entry: &'static Entry,
    given: &Map<String, Value>,
    probe: &Probe,
    doubt: &Doubt,
) -> Result<Option<Judgement>, Stop> {
    let plain = Extra::default();
    Ok(match probe.ask {
        // The call that succeeded had no credential.
        Ask::Public if entry.public => Some(Judgement::confirmed()),
        Ask::Public => {
            let extra = Extra { without_credential: true, ..Extra::default() };
            Some(public(&session.experiment(entry, given, &extra).await?))
        }
        Ask::Parameter => {
            let Some(name) = &doubt.parameter else { return Ok(None) };
            let is_text =
                |known: &Parameter| known.name == *name && known.schema["type"] == "string";
            // The experiments with pages settle the others.
            if !entry.parameters.iter().any(is_text) {
                return Ok(None);
            }
            let mut changed = given.clone();
            changed.insert(name.clone(), UNLIKELY.into());
            let observed = session.experiment(entry, &changed, &plain).await?;
            Some(parameter(name, &observed, paging::items(entry, &observed).map(Vec::len)))
        }
        Ask::Without => {
            let Some(name) = &probe.parameter else { return Ok(None) };
            let mut changed = given.clone();
            changed.remove(name);
            let observed = session.experiment(entry, &changed, &plain).await?;
            without(&observed, paging::items(entry, &observed), &probe.at)
        }
        Ask::Order => {
            let Some((name, mut ids)) = ids(given).filter(|(_, ids)| ids.len() > 1) else {
                return Ok(None);
            };
            ids.reverse();
            let mut changed = given.clone();
            changed.insert(name, ids.clone().into());
            let observed = session.experiment(entry, &changed, &plain).await?;
            paging::items(entry, &observed).map(|items| order(&ids, items))
        }
        Ask::UnknownId => {
            let Some((name, mut ids)) = ids(given) else { return Ok(None) };
            let known = ids.len();
            ids.push(match ids.first() {
                Some(Value::String(_)) => UNKNOWN.to_string().into(),
                _ => UNKNOWN.into(),
            });
            let mut changed = given.clone();
            changed.insert(name, ids.into());
            let observed = session.experiment(entry, &changed, &plain).await?;
            Some(unknown_id(&observed, paging::items(entry, &observed), known))
        }
        Ask::Matching => {
            let named = probe.parameter.as_ref().and_then(|name| Some((name, given.get(name)?)));
            let Some((parameter, Value::String(name))) = named else { return Ok(None) };
            let mut hits = Vec::new();
            for variant in [part(name), other_case(name)] {
                let mut changed = given.clone();
                changed.insert(parameter.clone(), variant.into());
                let observed = session.experiment(entry, &changed, &plain).await?;
                hits.push(observed.is_success() && contains(&observed, name));
            }
            Some(matching(name, &hits))
        }
        Ask::Levels => {
            let observed = session.experiment(entry, given, &plain).await?;
            paging::items(entry, &observed).map(|items| levels(items))
        }
        _ => None,
    })
}

fn public(observed: &Observed) -> Judgement {
    match observed.status {
        _ if observed.is_success() => Judgement::confirmed(),
        Some(status @ (401 | 403)) => Judgement::contradicted(
            status,
            format!("without the user's credential the vendor responds {status}"),
        ),
        _ => Judgement::not_reachable("the call without a credential had no clear response"),
    }
}

fn parameter(name: &str, observed: &Observed, items: Option<usize>) -> Judgement {
    match items {
        Some(0) => Judgement::confirmed(),
        Some(_) => {
            Judgement::contradicted("no effect", format!("`{name}` does not change the list"))
        }
        None => match observed.status {
            Some(status @ 400..500) => {
                Judgement::contradicted(status, format!("`{name}` is refused with {status}"))
            }
            _ => Judgement::not_reachable("the call with the parameter had no clear response"),
        },
    }
}

fn without(observed: &Observed, items: Option<&Vec<Value>>, at: &str) -> Option<Judgement> {
    let has = |value: &Value| value.pointer(at).is_some();
    let is_there = match (items, &observed.content) {
        (Some(items), _) if !items.is_empty() => items.iter().all(has),
        (None, Content::Json(content)) if observed.is_success() => has(content),
        _ => return None,
    };
    Some(Judgement::answered(if is_there { "present" } else { "absent" }))
}

/// The only argument that is a list of ids.
fn ids(given: &Map<String, Value>) -> Option<(String, Vec<Value>)> {
    given.iter().find_map(|(name, value)| {
        let ids = value.as_array()?;
        let is_id = |id: &Value| id.is_string() || id.is_u64();
        (!ids.is_empty() && ids.iter().all(is_id)).then(|| (name.clone(), ids.clone()))
    })
}

fn order(ids: &[Value], items: &[Value]) -> Judgement {
    let found: Vec<&Value> = items.iter().filter_map(|item| item.get("id")).collect();
    let expected: Vec<&Value> = ids.iter().filter(|id| found.contains(id)).collect();
    match found.len() {
        0 | 1 => Judgement::not_reachable("the response had too few items with an `id`"),
        _ if found == expected => Judgement::answered("preserved"),
        _ => Judgement::answered("not preserved"),
    }
}

fn unknown_id(observed: &Observed, items: Option<&Vec<Value>>, known: usize) -> Judgement {
    match items {
        Some(items) if items.iter().any(Value::is_null) => Judgement::answered("null"),
        Some(items) if items.len() <= known => Judgement::answered("absent"),
        Some(_) => Judgement::answered("an item"),
        None if observed.failure.is_some() && observed.status.is_some() => {
            Judgement::answered("an error")
        }
        None => Judgement::not_reachable("the call with an unknown id had no clear response"),
    }
}

/// The first half of a name.
fn part(name: &str) -> String {
    name.chars().take(name.chars().count().div_ceil(2)).collect()
}

fn other_case(name: &str) -> String {
    let upper = name.to_uppercase();
    if upper == name { name.to_lowercase() } else { upper }
}

/// Whether an object of the response has a name.
fn contains(observed: &Observed, name: &str) -> bool {
    let Content::Json(content) = &observed.content else { return false };
    let mut values = vec![content];
    while let Some(value) = values.pop() {
        match value {
            Value::String(text) if text == name => return true,
            Value::Array(items) => values.extend(items),
            Value::Object(members) => values.extend(members.values()),
            _ => {}
        }
    }
    false
}

fn matching(name: &str, hits: &[bool]) -> Judgement {
    let in_part = hits.first() == Some(&true);
    // Not every name has letters of two cases.
    let ignores_case = hits.get(1) == Some(&true) && other_case(name) != name;
    Judgement::answered(json!([
        if in_part { "in part" } else { "in full" },
        if ignores_case { "any case" } else { "same case" },
    ]))
}

fn levels(items: &[Value]) -> Judgement {
    let ids: Vec<&Value> = items.iter().filter_map(|item| item.get("id")).collect();
    let members = |item: &Value| item.as_object().cloned().unwrap_or_default();
    let is_below = items.iter().any(|item| {
        members(item).iter().any(|(name, value)| {
            name.to_lowercase().contains("parent") && !value.is_null() && ids.contains(&value)
        })
    });
    let nests = items.iter().any(|item| {
        members(item).values().any(|value| {
            value.as_array().is_some_and(|inner| inner.iter().any(|item| item.get("id").is_some()))
        })
    });
    match (is_below || nests, ids.len()) {
        (true, _) => Judgement::answered("all levels"),
        (false, 0) => Judgement::not_reachable("the response had no items with an `id`"),
        (false, _) => {
            Judgement::not_reachable("no item is below another; the account may have one level")
        }
    }
}

#[cfg(test)]
mod tests {
    use oneteg_catalog::evidence::Verdict;
    use oneteg_http::ErrorKind;

    use super::*;

    fn observed(status: u16, content: Value) -> Observed {
        let mut observed = Observed::unsent(Map::new());
        observed.status = Some(status);
        observed.failure = (status >= 400).then_some(ErrorKind::Api);
        observed.content = Content::Json(content);
        observed
    }

    #[test]
    fn a_call_without_a_credential_settles_whether_it_is_needed() {
        assert_eq!(public(&observed(200, json!({}))), Judgement::confirmed());
        assert_eq!(public(&observed(401, json!({}))).verdict, Verdict::Contradicted);
        assert_eq!(public(&observed(404, json!({}))).verdict, Verdict::NotReachable);
    }

    #[test]
    fn a_parameter_without_effect_is_named() {
        let none = observed(200, json!([]));
        assert_eq!(parameter("search", &none, Some(0)), Judgement::confirmed());
        assert_eq!(parameter("search", &none, Some(3)).seen, Some(json!("no effect")));
        assert_eq!(parameter("search", &observed(400, json!({})), None).seen, Some(json!(400)));
    }

    #[test]
    fn the_order_of_ids_is_compared_with_what_was_requested() {
        let items = [json!({"id": 3}), json!({"id": 1})];
        assert_eq!(
            order(&[json!(3), json!(2), json!(1)], &items),
            Judgement::answered("preserved")
        );
        assert_eq!(order(&[json!(1), json!(3)], &items), Judgement::answered("not preserved"));
        assert_eq!(order(&[json!(1)], &items[..1]).verdict, Verdict::NotReachable);
    }

    #[test]
    fn an_unknown_id_is_absent_null_an_item_or_an_error() {
        let good = observed(200, json!([]));
        let of = |items: Vec<Value>| unknown_id(&good, Some(&items), 1).seen.unwrap();
        assert_eq!(of(vec![json!({})]), "absent");
        assert_eq!(of(vec![json!({}), Value::Null]), "null");
        assert_eq!(of(vec![json!({}), json!({})]), "an item");
        assert_eq!(unknown_id(&observed(404, json!({})), None, 1).seen.unwrap(), "an error");
    }

    #[test]
    fn names_are_compared_in_part_and_in_the_other_case() {
        assert_eq!((part("Catalogue").as_str(), other_case("Été").as_str()), ("Catal", "ÉTÉ"));
        assert_eq!(matching("Ab", &[true, false]).seen.unwrap(), json!(["in part", "same case"]));
        assert_eq!(matching("Ab", &[false, true]).seen.unwrap(), json!(["in full", "any case"]));
        assert_eq!(matching("12", &[false, true]).seen.unwrap(), json!(["in full", "same case"]));
    }

    #[test]
    fn a_tree_with_items_below_others_has_all_levels() {
        let flat = [json!({"id": "a", "parentId": "x"}), json!({"id": "b"})];
        assert_eq!(levels(&flat).verdict, Verdict::NotReachable);
        let deep = [json!({"id": "a"}), json!({"id": "b", "parentId": "a"})];
        assert_eq!(levels(&deep), Judgement::answered("all levels"));
        assert_eq!(
            levels(&[json!({"id": 1, "sub": [{"id": 2}]})]),
            Judgement::answered("all levels")
        );
    }

    #[test]
    fn what_was_left_out_is_present_or_absent() {
        let items = vec![json!({"id": 1}), json!({"id": 2})];
        let good = observed(200, json!(items));
        assert_eq!(without(&good, Some(&items), "/id"), Some(Judgement::answered("present")));
        assert_eq!(without(&good, Some(&items), "/name"), Some(Judgement::answered("absent")));
        assert_eq!(without(&good, Some(&Vec::new()), "/id"), None);
    }

    #[test]
    fn the_probes_cost_a_few_calls() {
        for vendor in oneteg_catalog::VENDORS {
            let catalog = oneteg_catalog::of(vendor).unwrap();
            assert!(bound(catalog) < 40, "{vendor}: {}", bound(catalog));
        }
    }
}
