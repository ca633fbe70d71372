//! Open enums.

use std::fmt::Write as _;

use super::docs;
use crate::lower::OpenEnum;

/// The text of an open enum. Written by hand: a formatter leaves a macro's tokens in one line.
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

fn doc(text: &mut String, indent: &str, words: &str) {
    for line in words.trim().lines().flat_map(|line| docs::wrap(line.trim())) {
        let line = format!("{indent}/// {line}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
