//! Results as table, JSON, NDJSON or CSV, and queries on them.
//!
//! | File | Holds |
//! |---|---|
//! | `query` | jq filters |
//! | `table`, `rows` | columns for people, comma-separated values |
//! | `text` | values as text that a terminal does not obey |

mod query;
mod rows;
mod table;
mod text;

use std::io::{self, BufWriter, IsTerminal as _, Write};

use serde_json::Value;

pub(crate) use query::Query;
pub(crate) use text::{json, printable};

use crate::{
    arguments::{OutputArguments, output::OutputFormat},
    context::Context,
    error::CliError,
};
use rows::RowWriter;
use table::TableWriter;

/// The number of rows after which a table is drawn, also if more follow.
const TABLE_ROWS: usize = 500;

/// Prints the result of a command to standard output: one [`value`](Self::value), or the pages of a list with
/// [`page`](Self::page). Call [`finish`](Self::finish) at the end; without it, output is incomplete.
///
/// With a query, every output of it is a value. Strings among them are printed without quotes, unless a format is
/// given.
pub(crate) struct Printer<'a> {
    context: &'a Context,
    form: Form,
    query: Option<Query>,
    out: Box<dyn Write>,
    /// Whether standard output is a terminal, which obeys control characters.
    is_terminal: bool,
    /// Why the query did not fit the result of a call; the result is printed without it from there on.
    misfit: Option<CliError>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Ndjson,
    Csv,
    /// The outputs of a query: strings without quotes, other values as JSON.
    Plain,
}

#[derive(Default)]
struct State {
    /// Items of a table that is not drawn yet.
    rows: Vec<Value>,
    csv: RowWriter,
    /// Columns of tables that had no space.
    left_out: usize,
    /// Whether the bracket of a JSON list is open.
    is_open: bool,
    /// Whether that list has an item.
    has_items: bool,
}

impl<'a> Printer<'a> {
    /// A printer with the options of the command line.
    ///
    /// # Errors
    /// If the query is not a jq filter.
    pub(crate) fn new(context: &'a Context, arguments: &OutputArguments) -> Result<Self, CliError> {
        let out = Box::new(BufWriter::new(io::stdout()));
        Self::to(context, arguments, out, io::stdout().is_terminal())
    }

    /// Checks the options before a call whose result they are for.
    ///
    /// # Errors
    /// As [`Printer::new`].
    pub(crate) fn check(arguments: &OutputArguments) -> Result<(), CliError> {
        arguments.query.as_deref().map_or(Ok(()), |query| Query::compile(query).map(drop))
    }

    fn to(
        context: &'a Context,
        arguments: &OutputArguments,
        out: Box<dyn Write>,
        is_terminal: bool,
    ) -> Result<Self, CliError> {
        let query = arguments.query.as_deref().map(Query::compile).transpose()?;
        let form = match arguments.output {
            Some(OutputFormat::Table) => Form::Table,
            Some(OutputFormat::Json) => Form::Json,
            Some(OutputFormat::Ndjson) => Form::Ndjson,
            Some(OutputFormat::Csv) => Form::Csv,
            None if query.is_some() => Form::Plain,
            None if is_terminal => Form::Table,
            None => Form::Json,
        };
        let state = State::default();
        Ok(Self { context, form, query, out, is_terminal, misfit: None, state })
    }

    /// Whether items become rows, so that what surrounds them would only be in the way.
    pub(crate) fn prints_rows(&self) -> bool {
        self.query.is_none() && matches!(self.form, Form::Table | Form::Csv)
    }

    /// Prints the whole result.
    pub(crate) fn value(&mut self, value: Value) -> Result<(), CliError> {
        let Some(query) = &self.query else { return self.put(value) };
        match query.run(&value) {
            Ok(outputs) => outputs.into_iter().try_for_each(|output| self.put(output))?,
            Err(error) => {
                self.drop_query(error)?;
                self.put(value)?;
            }
        }
        self.flush()
    }

    /// Continues without a query that does not fit: the result of a call that was made must not be lost. Rows would leave
    /// out what has no column.
    ///
    /// # Errors
    /// The error, if nothing was called.
    fn drop_query(&mut self, error: CliError) -> Result<(), CliError> {
        if !self.context.has_connected() {
            return Err(error);
        }
        self.draw_rows()?;
        self.query = None;
        self.misfit = Some(error);
        if self.form != Form::Ndjson {
            self.form = Form::Json;
        }
        Ok(())
    }

    /// Prints the next items of a list. The input of the query is the array of these items.
    pub(crate) fn page(&mut self, items: Vec<Value>) -> Result<(), CliError> {
        let items = match &self.query {
            None => items,
            Some(query) => {
                let items = Value::Array(items);
                match (query.run(&items), items) {
                    (Err(error), Value::Array(items)) => {
                        self.drop_query(error)?;
                        items
                    }
                    (outputs, _) => {
                        outputs?.into_iter().try_for_each(|output| self.put(output))?;
                        return self.flush();
                    }
                }
            }
        };
        match self.form {
            Form::Json | Form::Plain => self.json_items(items)?,
            _ => self.put(Value::Array(items))?,
        }
        self.flush()
    }

    /// Prints what is left.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        if self.state.is_open {
            self.write("\n]\n")?;
        }
        self.draw_rows()?;
        self.flush()?;
        if self.state.left_out > 0 {
            let columns = if self.state.left_out == 1 { "column has" } else { "columns have" };
            self.context.note(format_args!(
                "{} more {columns} no space; see them with --output json",
                self.state.left_out
            ));
        }
        if !self.state.csv.late().is_empty() {
            self.context.warn(format_args!(
                "the first rows lack these members, so they are left out: {}; use --output ndjson",
                printable(&self.state.csv.late().join(", "))
            ));
        }
        match self.misfit {
            None => Ok(()),
            Some(error) => Err(CliError::partial(format!("the call was made, but {error}"))
                .with_hint(
                    "the result is printed without the query; do not repeat a call that changes something",
                )),
        }
    }

    fn put(&mut self, value: Value) -> Result<(), CliError> {
        match self.form {
            Form::Json => self.line(&json(&value, true)),
            Form::Ndjson => match value {
                Value::Array(items) if self.query.is_none() => {
                    items.iter().try_for_each(|item| self.line(&json(item, false)))
                }
                other => self.line(&json(&other, false)),
            },
            Form::Plain => match value {
                Value::String(text) if self.is_terminal => self.line(&printable(&text)),
                Value::String(text) => self.line(&text),
                other => self.line(&json(&other, true)),
            },
            Form::Csv => {
                let items = match value {
                    Value::Array(items) => items,
                    other => vec![other],
                };
                self.state.csv.write(&mut *self.out, &items)
            }
            Form::Table => self.tabulate(value),
        }
    }

    fn tabulate(&mut self, value: Value) -> Result<(), CliError> {
        match value {
            Value::Array(items) => self.state.rows.extend(items),
            Value::Object(members) if self.query.is_none() => {
                let drawn = TableWriter::new(&self.context.terminal).object(&members);
                return self.write(&drawn);
            }
            other => self.state.rows.push(other),
        }
        if self.state.rows.len() >= TABLE_ROWS { self.draw_rows() } else { Ok(()) }
    }

    fn draw_rows(&mut self) -> Result<(), CliError> {
        if self.state.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.state.rows);
        let (drawn, left_out) = TableWriter::new(&self.context.terminal).list(&rows);
        self.state.left_out = self.state.left_out.max(left_out);
        self.write(&drawn)
    }

    fn json_items(&mut self, items: Vec<Value>) -> Result<(), CliError> {
        if !self.state.is_open {
            self.state.is_open = true;
            self.write("[")?;
        }
        for item in items {
            let separator = if self.state.has_items { "," } else { "" };
            self.state.has_items = true;
            let item = json(&item, true).replace('\n', "\n  ");
            self.write(&format!("{separator}\n  {item}"))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), CliError> {
        self.write(line)?;
        self.write("\n")
    }

    fn write(&mut self, text: &str) -> Result<(), CliError> {
        self.out.write_all(text.as_bytes()).map_err(CliError::output)
    }

    fn flush(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(CliError::output)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::arguments::GlobalArguments;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is printed with these options.
    fn printed(
        output: Option<OutputFormat>,
        query: Option<&str>,
        is_terminal: bool,
        print: impl FnOnce(&mut Printer<'_>) -> Result<(), CliError>,
    ) -> String {
        let folder = tempfile::tempdir().unwrap();
        let global = GlobalArguments {
            config_dir: Some(folder.path().to_owned()),
            ..GlobalArguments::default()
        };
        let context = Context::new(&global).unwrap();
        let arguments = OutputArguments { output, query: query.map(str::to_owned) };
        let out = Shared::default();
        let mut printer =
            Printer::to(&context, &arguments, Box::new(out.clone()), is_terminal).unwrap();
        print(&mut printer).unwrap();
        printer.finish().unwrap();
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn pages_are_one_json_list() {
        let of = |pages: &[Value]| {
            printed(Some(OutputFormat::Json), None, false, |printer| {
                pages.iter().try_for_each(|page| printer.page(page.as_array().unwrap().clone()))
            })
        };
        for pages in [
            vec![json!([])],
            vec![json!([]), json!([1])],
            vec![json!([{ "a": "x\ny" }, 2]), json!([]), json!([3])],
        ] {
            let all: Vec<Value> =
                pages.iter().flat_map(|p| p.as_array().unwrap().clone()).collect();
            let text = of(&pages);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Array(all), "{text}");
        }
        assert_eq!(of(&[json!([1]), json!([{ "a": 2 }])]), "[\n  1,\n  {\n    \"a\": 2\n  }\n]\n");
    }

    #[test]
    fn the_form_depends_on_the_options_and_the_terminal() {
        let value = json!([{ "id": 1, "name": "a\u{9b}2J" }]);
        let of = |output, query, is_terminal| {
            printed(output, query, is_terminal, |printer| printer.value(value.clone()))
        };
        assert_eq!(of(None, None, true), "ID  NAME\n1   a\\u{9b}2J\n");
        assert!(of(None, None, false).starts_with("[\n  {\n    \"id\": 1,"));
        assert_eq!(
            of(Some(OutputFormat::Ndjson), None, true),
            "{\"id\":1,\"name\":\"a\\u009b2J\"}\n"
        );
        assert_eq!(of(Some(OutputFormat::Csv), None, false), "id,name\r\n1,a\u{9b}2J\r\n");
        assert_eq!(of(None, Some(".[].id, .[].name"), true), "1\na\\u{9b}2J\n");
        assert_eq!(of(None, Some(".[].name"), false), "a\u{9b}2J\n", "a file gets the name itself");
        assert_eq!(of(Some(OutputFormat::Json), Some(".[].name"), false), "\"a\\u009b2J\"\n");
        assert_eq!(of(Some(OutputFormat::Ndjson), Some("[.[].id]"), false), "[1]\n");
        assert_eq!(of(Some(OutputFormat::Table), Some(".[] | {id}"), false), "ID\n1\n");
        assert_eq!(of(Some(OutputFormat::Csv), Some(".[] | {id}"), false), "id\r\n1\r\n");
    }
}
