//! Fills in a template: `@{name}` is a value; the lines between `@if name` or `@if !name` and `@end` are there if the
//! flag is set or not. Sections may be nested.

use std::collections::{BTreeMap, BTreeSet};

/// What a template is filled in with.
#[derive(Debug, Default)]
pub struct Values {
    pub strings: BTreeMap<&'static str, String>,
    pub flags: BTreeSet<&'static str>,
}

impl Values {
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.strings.insert(name, value.into());
    }

    pub fn flag(&mut self, name: &'static str, is_set: bool) {
        if is_set {
            self.flags.insert(name);
        }
    }
}

/// The text of a template with these values.
pub fn render(template: &str, values: &Values) -> String {
    let mut text = String::with_capacity(template.len());
    // Whether each section around the line is there.
    let mut sections: Vec<bool> = Vec::new();
    for line in template.lines() {
        if let Some(flag) = line.strip_prefix("@if ") {
            sections.push(match flag.strip_prefix('!') {
                Some(flag) => !values.flags.contains(flag),
                None => values.flags.contains(flag),
            });
        } else if line == "@end" {
            sections.pop();
        } else if sections.iter().all(|is_there| *is_there) {
            text.push_str(&filled(line, values));
            text.push('\n');
        }
    }
    text
}

fn filled(line: &str, values: &Values) -> String {
    let mut parts = line.split("@{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(values.strings.get(name).map_or("", String::as_str));
        filled.push_str(rest);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_sections() {
        let mut values = Values::default();
        values.set("a", "A");
        values.flag("yes", true);
        values.flag("no", false);
        let template = "1 @{a}@{a} {x}\n@if yes\n2\n@if no\n3\n@end\n@if !no\n4\n@end\n@end\n5";
        assert_eq!(render(template, &values), "1 AA {x}\n2\n4\n5\n");
    }
}
