//! jq filters over results.
//!
//! A filter reads its input only: neither the environment, which may hold secrets, nor files.

use jaq_core::{
    Bind, Ctx, Error, Exn, Filter, ValXs, Vars,
    box_iter::box_once,
    data::JustLut,
    load::{self, Arena, File, Loader},
    native, unwrap_valr,
};
use jaq_json::Val;
use serde_json::Value;

use crate::error::CliError;

/// Native filters that are replaced: they end the program, or show what is not in the input.
const REFUSED: [&str; 2] = ["env", "halt"];

/// A compiled jq filter.
pub(crate) struct Query(Filter<JustLut<Val>>);

impl Query {
    /// Compiles a filter such as `.[].name`.
    ///
    /// # Errors
    /// What is wrong with the filter, and where.
    pub(crate) fn compile(filter: &str) -> Result<Self, CliError> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let natives = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let natives = natives.filter(|(name, ..)| !REFUSED.contains(name)).chain(refusals());
        let arena = Arena::default();
        let modules =
            Loader::new(definitions).load(&arena, File { code: filter, path: () }).map_err(
                |errors| wrong(filter, errors.first().map(|(_, error)| unloaded(filter, error))),
            )?;
        let compiled = jaq_core::Compiler::default().with_funs(natives).compile(modules);
        compiled.map(Self).map_err(|errors| {
            let first = errors.first().and_then(|(_, errors)| errors.first());
            wrong(filter, first.map(|(name, kind)| format!("there is no {} {name}", kind.as_str())))
        })
    }

    /// The outputs of the filter for one input.
    ///
    /// # Errors
    /// If the filter does not fit the input, or an output is not JSON.
    pub(crate) fn run(&self, input: &Value) -> Result<Vec<Value>, CliError> {
        let input =
            jaq_json::read::parse_single(input.to_string().as_bytes()).map_err(|error| {
                CliError::failure(format!("the query cannot read the result: {error}"))
            })?;
        let context = Ctx::<JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let outputs = self.0.id.run((context, input)).map(unwrap_valr);
        outputs
            .map(|output| {
                let output = output.map_err(|error| {
                    CliError::usage(format!(
                        "the query does not fit the result: {}",
                        one_line(error)
                    ))
                    .with_hint("without --query, the command shows the result itself")
                })?;
                serde_json::from_str(&output.to_string()).map_err(|_| {
                    CliError::usage(format!(
                        "the query returns {}, which is not JSON",
                        one_line(output)
                    ))
                })
            })
            .collect()
    }
}

/// Errors instead of the refused filters.
fn refusals() -> impl Iterator<Item = native::Fun<JustLut<Val>>> {
    let environment = native::run::<JustLut<Val>>(("env", Box::new([]), |_| {
        refused("a query cannot read the environment")
    }));
    let end = native::run::<JustLut<Val>>(("halt", Box::new([Bind::Var(())]), |_| {
        refused("a query cannot end the program")
    }));
    [environment, end].into_iter()
}

fn refused<'a>(message: &str) -> ValXs<'a, Val> {
    box_once(Err(Exn::from(Error::new(Val::from(message.to_owned())))))
}

fn wrong(filter: &str, reason: Option<String>) -> CliError {
    let reason = reason.unwrap_or_else(|| "it cannot be read".to_owned());
    CliError::usage(format!("the query {filter:?} is not a jq filter: {reason}"))
        .with_hint("for example: --query '.[].name'")
}

fn unloaded(filter: &str, error: &load::Error<&str>) -> String {
    match error {
        load::Error::Io(_) => "it refers to other files, which queries cannot read".to_owned(),
        load::Error::Lex(errors) => match errors.first() {
            Some((expected, at)) => format!("{} expected {}", expected.as_str(), place(filter, at)),
            None => "it cannot be read".to_owned(),
        },
        load::Error::Parse(errors) => match errors.first() {
            Some((expected, at)) => format!("{} expected {}", expected.as_str(), place(filter, at)),
            None => "it cannot be read".to_owned(),
        },
    }
}

/// Where in the filter something is wrong. `at` is a part of `filter`.
fn place(filter: &str, at: &str) -> String {
    let rest = filter.len().saturating_sub(at.len());
    let offset = (at.as_ptr() as usize).checked_sub(filter.as_ptr() as usize);
    match offset.filter(|offset| *offset <= rest && *offset < filter.len()) {
        Some(offset) => {
            let before = filter.get(..offset).map_or(offset, |before| before.chars().count());
            format!("at character {}", before + 1)
        }
        None => "at the end".to_owned(),
    }
}

/// The longest value that a message contains, in characters.
const SHOWN: usize = 200;

fn one_line(value: impl ToString) -> String {
    let value = value.to_string();
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(filter: &str, input: Value) -> Result<Vec<Value>, String> {
        let query = Query::compile(filter).map_err(|error| error.to_string())?;
        query.run(&input).map_err(|error| error.to_string())
    }

    #[test]
    fn filters_of_jq_work() {
        let assets = json!([{ "id": 1, "name": "a" }, { "id": 2, "name": "b", "size": 1.5 }]);
        assert_eq!(run(".[].name", assets.clone()), Ok(vec![json!("a"), json!("b")]));
        assert_eq!(run("map(select(.size > 1)) | length", assets.clone()), Ok(vec![json!(1)]));
        assert_eq!(
            run(".[] | select(.name | test(\"^B\"; \"i\")) | .id", assets),
            Ok(vec![json!(2)])
        );
        assert_eq!(run("\"\\(.a)-x\"", json!({ "a": 3 })), Ok(vec![json!("3-x")]));
        assert_eq!(
            run("\"2026-11-26T00:00:00Z\" | fromdate", json!(null)),
            Ok(vec![json!(1795651200)])
        );
        assert_eq!(run("empty", json!(1)), Ok(vec![]));
        let big = json!(9_007_199_254_740_993_u64);
        assert_eq!(run(".", big.clone()), Ok(vec![big]), "numbers keep their digits");
    }

    #[test]
    fn a_wrong_filter_is_explained() {
        for (filter, expected) in [
            (".[", "closing bracket expected at the end"),
            (".a |", "term expected at the end"),
            ("nosuch", "there is no filter nosuch"),
            ("$secret", "there is no variable $secret"),
            ("import \"a\" as a; .", "it refers to other files, which queries cannot read"),
        ] {
            let error = run(filter, json!(1)).unwrap_err();
            assert!(error.ends_with(expected), "{filter}: {error}");
        }
        let error = run(".[].name", json!(1)).unwrap_err();
        assert!(error.starts_with("the query does not fit the result: "), "{error}");
        let error = run("nan", json!(1)).unwrap_err();
        assert!(error.contains("NaN, which is not JSON"), "{error}");
    }

    #[test]
    fn a_filter_reads_only_its_input() {
        for filter in ["env", "env.PATH", "halt", "halt_error", "halt(3)"] {
            let error = run(filter, json!(null)).unwrap_err();
            assert!(error.contains("a query cannot"), "{filter}: {error}");
        }
        assert!(run("$ENV", json!(null)).is_err());
        assert!(run("input", json!(null)).is_err());
    }
}
