//! Results as columns for people.

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr as _;

use super::text::{cell, printable, shortened};
use crate::terminal::Terminal;

/// The longest cell on a terminal, in characters.
const MAX_CELL: usize = 48;
/// The space between columns.
const GAP: usize = 2;
/// Members that come first, in this order; the others follow in alphabetical order.
const FIRST: [&str; 8] = ["id", "name", "title", "fileName", "type", "status", "size", "path"];

/// Draws tables for a terminal, or for a file if the terminal has no width.
pub(super) struct TableWriter {
    width: Option<usize>,
    ellipsis: &'static str,
}

impl TableWriter {
    pub(super) fn new(terminal: &Terminal) -> Self {
        let ellipsis = if terminal.unicode { "…" } else { "..." };
        Self { width: terminal.width.map(usize::from), ellipsis }
    }

    /// A list as a table with a header, and the number of columns that had no space.
    pub(super) fn list(&self, items: &[Value]) -> (String, usize) {
        let rows: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
        if rows.len() < items.len() || rows.is_empty() {
            let lines = items.iter().map(|item| printable(&cell(item)).into_owned());
            return (lines.map(|line| line + "\n").collect(), 0);
        }
        let columns = columns(&rows);
        let mut cells: Vec<Vec<String>> = vec![columns.iter().map(|name| heading(name)).collect()];
        cells.extend(rows.iter().map(|row| {
            columns
                .iter()
                .map(|name| row.get(*name).map_or_else(String::new, |v| self.cell(v)))
                .collect()
        }));
        let fitting = self.fitting(&cells);
        let left_out = columns.len() - fitting;
        cells.iter_mut().for_each(|row| row.truncate(fitting));
        (draw(cells), left_out)
    }

    /// An object as a table of its members.
    pub(super) fn object(&self, members: &Map<String, Value>) -> String {
        let names = ordered(members.keys().map(String::as_str).collect());
        let values = |name: &str| members.get(name).map_or_else(String::new, |v| self.cell(v));
        draw(names.into_iter().map(|name| vec![heading(name), values(name)]).collect())
    }

    fn cell(&self, value: &Value) -> String {
        let text = cell(value);
        let text = printable(text.trim());
        match self.width {
            Some(_) => shortened(&text, MAX_CELL, self.ellipsis),
            None => text.into_owned(),
        }
    }

    /// How many of the columns fit on the terminal; at least one.
    fn fitting(&self, cells: &[Vec<String>]) -> usize {
        let count = cells.first().map_or(0, Vec::len);
        let Some(available) = self.width else { return count };
        let mut used = 0;
        for column in 0..count {
            let width = cells.iter().map(|row| row[column].width()).max().unwrap_or(0);
            used += width + if column > 0 { GAP } else { 0 };
            if used > available {
                return column.max(1);
            }
        }
        count
    }
}

/// Lines of cells that are padded to the width of their column.
fn draw(cells: Vec<Vec<String>>) -> String {
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let widths = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut drawn = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width + GAP - cell.width()));
        }
        drawn.push_str(line.trim_end());
        drawn.push('\n');
    }
    drawn
}

/// The members that any row has. Those that hold lists and objects everywhere come last.
fn columns<'a>(rows: &[&'a Map<String, Value>]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        for name in row.keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    let mut names = ordered(names);
    // A column without any value tells nothing.
    names.retain(|name| {
        rows.iter().any(|row| row.get(*name).is_some_and(|value| !cell(value).is_empty()))
    });
    names.sort_by_key(|name| {
        rows.iter().all(|row| row.get(*name).is_none_or(|v| v.is_object() || v.is_array()))
    });
    names
}

fn ordered(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.sort_by_key(|name| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    names
}

/// `assetId` as `ASSET ID`.
fn heading(name: &str) -> String {
    let mut heading = String::with_capacity(name.len() + 2);
    let mut previous = ' ';
    let name = printable(name);
    // Underscores at the ends are no spaces between words.
    let words = name.trim_matches('_');
    for letter in if words.is_empty() { &name } else { words }.chars() {
        if letter.is_uppercase() && previous.is_lowercase() {
            heading.push(' ');
        }
        heading.extend(if letter == '_' { ' ' } else { letter }.to_uppercase());
        previous = letter;
    }
    heading
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn writer(width: Option<usize>) -> TableWriter {
        TableWriter { width, ellipsis: "…" }
    }

    #[test]
    fn a_list_has_columns() {
        let items = [
            json!({ "size": 3, "name": "a.jpg", "id": 7, "owner": { "id": 1 }, "empty": null }),
            json!({ "name": "港.png", "id": 12, "createdAt": "2026-01-02" }),
        ];
        let (table, left_out) = writer(None).list(&items);
        assert_eq!(left_out, 0);
        assert_eq!(
            table,
            "ID  NAME    SIZE  CREATED AT  OWNER\n\
             7   a.jpg   3                 {\"id\":1}\n\
             12  港.png        2026-01-02\n"
        );
        let (table, left_out) = writer(Some(20)).list(&items);
        assert_eq!(left_out, 2);
        assert_eq!(table, "ID  NAME    SIZE\n7   a.jpg   3\n12  港.png\n");
        let (_, left_out) = writer(Some(1)).list(&items);
        assert_eq!(left_out, 4, "one column is always shown");
    }

    #[test]
    fn a_heading_has_no_blank_for_an_underscore_at_an_end() {
        for (name, expected) in
            [("_links", "LINKS"), ("asset_id", "ASSET ID"), ("assetId_", "ASSET ID"), ("__", "  ")]
        {
            assert_eq!(heading(name), expected, "{name}");
        }
    }

    #[test]
    fn long_cells_are_shortened_on_a_terminal_only() {
        let items = [json!({ "name": "x".repeat(100) })];
        assert_eq!(
            writer(Some(80)).list(&items).0.lines().last().unwrap().chars().count(),
            MAX_CELL
        );
        assert_eq!(writer(None).list(&items).0.lines().last().unwrap().len(), 100);
    }

    #[test]
    fn an_object_has_a_line_for_each_member() {
        let object =
            json!({ "userName": "ada", "id": 7, "roles": ["a", "b"], "note": "x\u{1b}[0m" });
        let table = writer(None).object(object.as_object().unwrap());
        assert_eq!(
            table,
            "ID         7\nNOTE       x\\u{1b}[0m\nROLES      a, b\nUSER NAME  ada\n"
        );
    }

    #[test]
    fn values_that_are_no_objects_have_a_line_each() {
        assert_eq!(writer(None).list(&[json!("a"), json!(1), json!([1, 2])]).0, "a\n1\n1, 2\n");
        assert_eq!(writer(None).list(&[]).0, "");
    }
}
