//! Removes names of members that may be data of the account from findings.

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{Finding, Kind, Member, Shape};

/// Replaces the names that also occur as values: the labels of an account's own attributes are names in one response and
/// values in another.
pub(crate) fn names(finding: &mut Finding, words: &BTreeSet<String>) {
    if finding.kind == Kind::UnknownMember
        && let Some((parent, name)) = finding.place.rsplit_once('/')
        && words.contains(name)
    {
        finding.place = format!("{parent}/*");
    }
    shape(&mut finding.seen, words);
}

/// The same for a place of which the specification states nothing.
pub(crate) fn free(member: &mut Member, words: &BTreeSet<String>) {
    if let Some(seen) = &mut member.seen {
        shape(seen, words);
    }
}

fn shape(found: &mut Shape, words: &BTreeSet<String>) {
    let members = std::mem::take(&mut found.members);
    for (name, mut member) in members {
        shape(&mut member, words);
        let name = if words.contains(&name) { "*".to_owned() } else { name };
        let joined = found.members.entry(name).or_default();
        join(joined, member);
    }
    if let Some(items) = &mut found.items {
        shape(items, words);
    }
}

fn join(joined: &mut Shape, other: Shape) {
    joined.count += other.count;
    joined.null += other.null;
    for (name, count) in other.types {
        *joined.types.entry(name).or_default() += count;
    }
    for (name, count) in other.formats {
        *joined.formats.entry(name).or_default() += count;
    }
    for (name, member) in other.members {
        join(joined.members.entry(name).or_default(), member);
    }
    if let Some(items) = other.items {
        join(joined.items.get_or_insert_default(), *items);
    }
    joined.values.extend(other.values);
    joined.example = joined.example.take().or(other.example);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_are_values_elsewhere_are_removed() {
        let mut finding = Finding::new("/*/Photographer", Kind::UnknownMember);
        finding.seen.record(&json!({ "Photographer": { "colour": 1 }, "size": 2 }), 6);
        names(&mut finding, &["Photographer".to_owned()].into());
        assert_eq!(finding.place, "/*/*");
        let shown = serde_json::to_string(&finding).unwrap();
        assert!(shown.contains("size") && shown.contains("colour"), "{shown}");
        assert!(!shown.contains("Photographer"), "{shown}");
        // Nor does a place where any value may be have such names.
        let mut member = Member::new("/labels", None);
        member.seen.get_or_insert_default().record(&json!({ "Photographer": 1, "size": 2 }), 6);
        free(&mut member, &["Photographer".to_owned()].into());
        let shown = serde_json::to_string(&member).unwrap();
        assert!(shown.contains("size") && !shown.contains("Photographer"), "{shown}");
        // A member of the specification is no data.
        let mut known = Finding::new("/*/name", Kind::Type);
        names(&mut known, &["name".to_owned()].into());
        assert_eq!(known.place, "/*/name");
    }
}
