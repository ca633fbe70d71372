//! Results as comma-separated values (RFC 4180).

use std::io::Write;

use serde_json::Value;

use super::text::cell;
use crate::error::CliError;

/// Writes rows under a header, which the first rows determine.
#[derive(Default)]
pub(super) struct RowWriter {
    columns: Option<Vec<String>>,
    /// Members that came after the header.
    late: Vec<String>,
}

impl RowWriter {
    pub(super) fn write(&mut self, out: &mut dyn Write, items: &[Value]) -> Result<(), CliError> {
        if items.is_empty() {
            return Ok(());
        }
        let mut rows = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        if self.columns.is_none() {
            let columns = columns(items);
            rows.write_record(&columns).map_err(failed)?;
            self.columns = Some(columns);
        }
        let columns = self.columns.as_deref().unwrap_or_default();
        for item in items {
            let record = columns.iter().map(|name| match item {
                Value::Object(members) => members.get(name).map(cell).unwrap_or_default(),
                // The only column.
                other => cell(other),
            });
            rows.write_record(record.map(|cell| cell.into_owned().into_bytes())).map_err(failed)?;
            for name in item.as_object().into_iter().flat_map(|members| members.keys()) {
                if !columns.contains(name) && !self.late.contains(name) {
                    self.late.push(name.clone());
                }
            }
        }
        rows.flush().map_err(CliError::output)
    }

    /// The members that were left out, because the header was written before they occurred.
    pub(super) fn late(&self) -> &[String] {
        &self.late
    }
}

/// The members of all rows in alphabetical order; `value` for rows that are no objects.
fn columns(items: &[Value]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for members in items.iter().filter_map(Value::as_object) {
        for name in members.keys() {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
    }
    columns.sort_unstable();
    if columns.is_empty() {
        columns.push("value".to_owned());
    }
    columns
}

fn failed(error: csv::Error) -> CliError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => CliError::output(error),
        other => CliError::failure(format!("a row could not be written: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_follow_a_header() {
        let (mut out, mut rows) = (Vec::new(), RowWriter::default());
        let first =
            [json!({ "b": "x, \"y\"\n", "a": 1 }), json!({ "c": null, "b": [1, { "d": 2 }] })];
        rows.write(&mut out, &first).unwrap();
        rows.write(&mut out, &[json!({ "a": 2, "later": 3 })]).unwrap();
        rows.write(&mut out, &[]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a,b,c\r\n1,\"x, \"\"y\"\"\n\",\r\n,\"[1,{\"\"d\"\":2}]\",\r\n2,,\r\n"
        );
        assert_eq!(rows.late(), ["later"]);
    }

    #[test]
    fn values_are_one_column() {
        let (mut out, mut rows) = (Vec::new(), RowWriter::default());
        rows.write(&mut out, &[json!("a"), json!(2)]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "value\r\na\r\n2\r\n");
    }
}
