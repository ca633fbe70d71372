//! Names on a server as file names that are safe on any system.
//!
//! 1. `escape`: percent-encode what has a meaning in a path, prefix device names and empty names with `_`.
//! 2. `fit`: cut to 255 bytes, keeping the extension.
//! 3. `safe_names`: make the names of one folder unique, ignoring case, with `~` and the ID.

use std::{collections::HashSet, fmt::Write as _};

/// Longest file name on common file systems, in bytes.
const MAX_NAME: usize = 255;

/// Unique file names for the entries of one folder that are safe on every system, from their names and ids. A name that
/// is safe is not changed.
///
/// Each result is one component of a path on every system, at most 255 bytes long, and differs from the others also where
/// case is ignored. For entries with ids, the result does not depend on their order.
///
/// ```
/// let names = oneteg_files::safe_names(&[("a/b.jpg", Some(1)), ("NUL.txt", Some(2)), ("A.txt", Some(3)), ("a.txt", Some(4))]);
/// assert_eq!(names, ["a%2Fb.jpg", "_NUL.txt", "A.txt", "a~4.txt"]);
/// ```
#[must_use]
pub fn safe_names(entries: &[(&str, Option<i64>)]) -> Vec<String> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let safe: Vec<String> = entries.iter().map(|(name, _)| fit(&escape(name), "")).collect();
    // A name that is safe as it is comes first, so that no converted name takes its place.
    order.sort_by_key(|n| (safe[*n] != entries[*n].0, entries[*n].1, entries[*n].0));
    let mut names = vec![String::new(); entries.len()];
    let mut taken = HashSet::new();
    // The first of each group of equal names keeps it; the others get a suffix.
    let mut others = Vec::new();
    for n in order {
        if taken.insert(fold(&safe[n])) {
            names[n].clone_from(&safe[n]);
        } else {
            others.push(n);
        }
    }
    for n in others {
        let mut suffix = String::new();
        let mut name = safe[n].clone();
        while !taken.insert(fold(&name)) {
            suffix.push('~');
            suffix.push_str(&entries[n].1.map_or_else(|| n.to_string(), |id| id.to_string()));
            name = fit(&safe[n], &suffix);
        }
        names[n] = name;
    }
    names
}

/// The form that case-insensitive file systems compare.
fn fold(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

/// A name without anything that has a meaning in a path on any system.
fn escape(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(c) = characters.next() {
        // Windows drops trailing dots and spaces, which would turn `.. ` into `..`.
        let is_last = characters.peek().is_none();
        let has_meaning = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if has_meaning || c.is_control() || (is_last && matches!(c, '.' | ' ')) {
            for byte in c.to_string().bytes() {
                // Writing to a string cannot fail.
                let _ = write!(safe, "%{byte:02X}");
            }
        } else {
            safe.push(c);
        }
    }
    if safe.is_empty() || is_device(&safe) {
        safe.insert(0, '_');
    }
    safe
}

/// Whether Windows treats a name as a device, whatever its extension ("Naming Files, Paths, and Namespaces").
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "\u{b9}", "\u{b2}", "\u{b3}"];
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || port.is_some_and(|number| digits.contains(&number))
}

/// A name with a suffix before its extension, cut to [`MAX_NAME`].
fn fit(name: &str, suffix: &str) -> String {
    /// With its dot. Anything longer is part of the stem.
    const MAX_EXTENSION: usize = 16;
    let dot = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= MAX_EXTENSION);
    let (stem, extension) = name.split_at(dot.unwrap_or(name.len()));
    let space = MAX_NAME.saturating_sub(suffix.len() + extension.len());
    let mut cut = stem;
    if stem.len() > space {
        let end = (0..=space).rev().find(|end| stem.is_char_boundary(*end));
        // Cutting may expose a dot or space at the end.
        cut = stem[..end.unwrap_or(0)].trim_end_matches(['.', ' ']);
    }
    let mut fitted = format!("{cut}{suffix}{extension}");
    // Cutting may leave nothing, or a device name.
    if fitted.is_empty() || is_device(&fitted) {
        fitted.insert(0, '_');
    }
    fitted
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;

    fn one(name: &str) -> String {
        safe_names(&[(name, Some(7))]).remove(0)
    }

    #[test]
    fn safe_names_are_unchanged() {
        for name in [
            "a.txt",
            "été 100%.pdf",
            "..hidden",
            ".a",
            "a b",
            "CONSOLE",
            "COM10",
            "nullable.txt",
            "~",
            "日本.jpg",
        ] {
            assert_eq!(one(name), name);
        }
    }

    #[test]
    fn a_name_is_exactly_one_path_component() {
        for (name, safe) in [
            ("", "_"),
            (".", "%2E"),
            ("..", ".%2E"),
            (".. ", "..%20"),
            ("...", "..%2E"),
            ("../../.ssh/authorized_keys", "..%2F..%2F.ssh%2Fauthorized_keys"),
            ("/etc/cron.d/x", "%2Fetc%2Fcron.d%2Fx"),
            ("C:\\Windows\\x", "C%3A%5CWindows%5Cx"),
            ("C:", "C%3A"),
            ("a\0b\n", "a%00b%0A"),
            ("a:stream", "a%3Astream"),
            ("nul", "_nul"),
            ("NUL.txt", "_NUL.txt"),
            ("aux .tar.gz", "_aux .tar.gz"),
            ("com1.log", "_com1.log"),
            ("LPT\u{b2}", "_LPT\u{b2}"),
            ("a\u{85}", "a%C2%85"),
            ("a.", "a%2E"),
        ] {
            let converted = one(name);
            assert_eq!(converted, safe, "{name:?}");
            let components: Vec<_> = Path::new(&converted).components().collect();
            assert!(matches!(components[..], [Component::Normal(_)]), "{name:?}");
        }
    }

    #[test]
    fn siblings_have_unique_names_in_any_order() {
        let entries = [
            ("a/b", Some(1)),
            ("a%2Fb", Some(2)),
            ("A%2fB", Some(3)),
            ("x.txt", Some(4)),
            ("x.txt", Some(5)),
            ("x~5.txt", Some(6)),
            ("", None),
            ("", Some(8)),
        ];
        let names = safe_names(&entries);
        assert_eq!((&*names[0], &*names[1]), ("a%2Fb~1", "a%2Fb"));
        assert_eq!([&*names[3], &*names[4], &*names[5]], ["x.txt", "x~5~5.txt", "x~5.txt"]);
        let folded: HashSet<String> = names.iter().map(|name| fold(name)).collect();
        assert_eq!(folded.len(), entries.len(), "{names:?}");
        let backwards: Vec<_> = entries[..6].iter().rev().copied().collect();
        let mut again = safe_names(&backwards);
        again.reverse();
        assert_eq!(again, names[..6]);
    }

    #[test]
    fn names_fit_and_keep_their_extension() {
        let long = "日".repeat(200) + ".jpg";
        for name in [&*long, &"x".repeat(300), &"/".repeat(255), &"a. ".repeat(200)] {
            let names = safe_names(&[(name, Some(i64::MAX)), (name, Some(i64::MIN))]);
            let fits = |name: &String| name.len() <= MAX_NAME && !name.ends_with(['.', ' ']);
            assert!(names.iter().all(fits), "{names:?}");
            assert_ne!(names[0], names[1]);
        }
        // Only dots and spaces up to the cut, and a device name after it.
        let (spaces, dots) = (" ".repeat(300), ".".repeat(300) + "no extension, this is");
        for (name, safe) in [(&spaces, "_"), (&dots, "_"), (&format!("con{spaces}x"), "_con")] {
            assert_eq!(one(name), safe);
        }
        assert!(one(&long).ends_with(".jpg"));
        assert_eq!(one(&"x".repeat(255)), "x".repeat(255));
    }
}
