//! How two signatures differ.

use super::{Finding, Signature, Step};

/// The differences of a function.
pub(super) fn compare(item: &str, old: &Signature, new: &Signature, found: &mut Vec<Finding>) {
    if old.receiver != new.receiver {
        let shown = |receiver: &Option<String>| receiver.clone().unwrap_or("no `self`".to_owned());
        let message =
            format!("takes `{}`; it took `{}`", shown(&new.receiver), shown(&old.receiver));
        found.push(Finding::major(item, "E0599", message));
    }
    qualifiers(item, old, new, found);
    arguments(item, old, new, found);
    if old.generics != new.generics {
        found.push(Finding::major(item, "E0277", "has other generic parameters or bounds"));
    }
    if old.output != new.output {
        let shown =
            |output: &str| if output.is_empty() { "()".to_owned() } else { output.to_owned() };
        let message =
            format!("returns `{}`; it returned `{}`", shown(&new.output), shown(&old.output));
        found.push(Finding::major(item, "E0308", message));
    }
}

fn qualifiers(item: &str, old: &Signature, new: &Signature, found: &mut Vec<Finding>) {
    for lost in old.qualifiers.difference(&new.qualifiers) {
        found.push(match *lost {
            "async" => Finding::major(item, "E0277", "is no longer async"),
            "const" => Finding::major(item, "E0015", "is no longer const"),
            _ => Finding::new(Step::Minor, item, "is no longer unsafe"),
        });
    }
    for gained in new.qualifiers.difference(&old.qualifiers) {
        found.push(match *gained {
            "async" => Finding::major(item, "E0308", "is now async"),
            "unsafe" => Finding::major(item, "E0133", "is now unsafe"),
            _ => Finding::new(Step::Minor, item, "is now const"),
        });
    }
}

fn arguments(item: &str, old: &Signature, new: &Signature, found: &mut Vec<Finding>) {
    let names = |signature: &Signature| -> Vec<String> {
        signature.arguments.iter().map(|(name, _)| name.clone()).collect()
    };
    let (before, after) = (names(old), names(new));
    if before.len() != after.len() {
        let gained: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
        let lost: Vec<&String> = before.iter().filter(|name| !after.contains(name)).collect();
        let shown = |names: &[&String]| -> String {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let message = match (gained.as_slice(), lost.as_slice()) {
            (gained, []) => format!("takes {} too", shown(gained)),
            ([], lost) => format!("no longer takes {}", shown(lost)),
            (gained, lost) => format!("takes {} instead of {}", shown(gained), shown(lost)),
        };
        let mut finding = Finding::major(item, "E0061", message);
        finding.names.extend(gained.into_iter().chain(lost).cloned());
        found.push(finding);
        return;
    }
    let mut sorted = (before.clone(), after.clone());
    sorted.0.sort();
    sorted.1.sort();
    if before != after && sorted.0 == sorted.1 {
        // With equal types this compiles, and sends each value as the other.
        let mut finding = Finding::major(item, "E0308", "takes its arguments in another order");
        finding.names.extend(after);
        found.push(finding);
        return;
    }
    for ((name, ty), (now, wanted)) in old.arguments.iter().zip(&new.arguments) {
        if ty != wanted {
            let message = format!("takes `{now}: {wanted}`; it took `{ty}`");
            let finding = if accepts(wanted, ty) {
                Finding::new(Step::Minor, item, message)
            } else {
                Finding::major(
                    item,
                    if wanted.starts_with("impl ") { "E0277" } else { "E0308" },
                    message,
                )
            };
            found.push(finding.about(name).about(now));
        } else if name != now {
            let message = format!("calls its argument `{now}`; it was `{name}`");
            found.push(Finding::new(Step::Patch, item, message).about(name).about(now));
        }
    }
}

/// Whether an argument of type `new` takes every value of type `old`.
fn accepts(new: &str, old: &str) -> bool {
    let inner = |text: &'_ str, before: &str| -> Option<String> {
        text.strip_prefix(before)?.strip_suffix('>').map(str::to_owned)
    };
    if new == old {
        return true;
    }
    if let Some(target) = inner(new, "impl Into<") {
        // Every type converts into itself and into an option of itself; a type that converts is not converted twice.
        return target == old
            || target == format!("Option<{old}>")
            || (target == "String" && old == "&str");
    }
    if let Some(item) = inner(new, "impl IntoIterator<Item=") {
        return inner(old, "Vec<").is_some_and(|old| accepts(&item, &old))
            || inner(old, "impl IntoIterator<Item=").is_some_and(|old| accepts(&item, &old));
    }
    matches!((new, old), ("impl AsRef<str>", "&str" | "String" | "&String"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::items::signature;

    fn step(old: &str, new: &str) -> Step {
        let parse = |text: &str| signature(&syn::parse_str(text).unwrap());
        let mut found = Vec::new();
        compare("f", &parse(old), &parse(new), &mut found);
        found.iter().map(|finding| finding.step).max().unwrap_or_default()
    }

    #[test]
    fn arguments_that_take_more_are_minor_and_others_major() {
        for (old, new, expected) in [
            ("fn f(a: String)", "fn f(a: impl Into<String>)", Step::Minor),
            ("fn f(a: &str)", "fn f(a: impl Into<String>)", Step::Minor),
            ("fn f(a: T)", "fn f(a: impl Into<Option<T>>)", Step::Minor),
            (
                "fn f(a: Vec<String>)",
                "fn f(a: impl IntoIterator<Item = impl Into<String>>)",
                Step::Minor,
            ),
            ("fn f(a: impl Into<String>)", "fn f(a: String)", Step::Major),
            ("fn f(a: impl Into<String>)", "fn f(a: impl Into<Option<String>>)", Step::Major),
            ("fn f(a: i32)", "fn f(a: i64)", Step::Major),
            ("fn f(a: i32)", "fn f(b: i32)", Step::Patch),
            ("fn f(a: i32, b: i32)", "fn f(b: i32, a: i32)", Step::Major),
            ("fn f(a: i32)", "fn f(a: i32, b: i32)", Step::Major),
            ("fn f(&self)", "fn f(self)", Step::Major),
            ("fn f(self)", "fn f(mut self)", Step::None),
            ("fn f()", "async fn f()", Step::Major),
            ("fn f()", "const fn f()", Step::Minor),
            ("const fn f()", "fn f()", Step::Major),
            ("fn f() -> A", "fn f() -> b::A", Step::None),
            ("fn f() -> A", "fn f() -> Option<A>", Step::Major),
            ("fn f<T>(a: T)", "fn f<T: Clone>(a: T)", Step::Major),
        ] {
            assert_eq!(step(old, new), expected, "{old} -> {new}");
        }
    }
}
