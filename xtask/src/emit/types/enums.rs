//! Open enums.

use std::fmt::Write as _;

use super::super::docs;
use crate::lower::OpenEnum;

/// The source of an open enum, as text: no formatter breaks the tokens of a macro into lines.
pub fn open_enum(name: &str, definition: &OpenEnum) -> String {
    let mut text = String::from("oneteg_http::codegen::open_enum! {\n");
    let fallback = format!("`{name}`.");
    let description =
        if definition.description.is_empty() { &fallback } else { &definition.description };
    doc(&mut text, "    ", description);
    let _ = writeln!(text, "    pub enum {name} {{");
    for (value, variant, description) in &definition.values {
        let fallback = format!("`{value}`");
        doc(&mut text, "        ", if description.is_empty() { &fallback } else { description });
        let _ = writeln!(text, "        {variant} = {value:?},");
    }
    text.push_str("    }\n}\n");
    text
}

fn doc(text: &mut String, indent: &str, description: &str) {
    for line in description.trim().lines().flat_map(|line| docs::wrap(line.trim())) {
        let line = format!("{indent}/// {line}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
