//! Members without a value, which some tools write for everything that is not stated.

use serde_json::{Value, json};

use crate::import::{draft::Draft, names::Names, write::yaml::Style};

/// Removes them. What has a name but no description is described as anything.
pub fn nulls(draft: &mut Draft, _: &Names) {
    let mut count = 0;
    clean(&mut draft.document, Style::Object, &mut count);
    if count > 0 {
        let message = "members without a value were removed";
        draft.report.changed("nulls", message, "the document", &format!("{count} members"));
    }
}

fn clean(value: &mut Value, style: Style, count: &mut usize) {
    match value {
        Value::Object(members) if style != Style::Data => {
            let before = members.len();
            if style == Style::Names {
                for member in members.values_mut().filter(|member| member.is_null()) {
                    *member = json!({});
                    *count += 1;
                }
            } else {
                members.retain(|key, member| {
                    !member.is_null()
                        || style.of(key, member) == Style::Data
                        || key.starts_with("x-")
                });
            }
            *count += before - members.len();
            for (key, member) in members {
                let style = if key.starts_with("x-") { Style::Data } else { style.of(key, member) };
                clean(member, style, count);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, style, count)),
        _ => {}
    }
}
