//! Environment variables of the SDKs' `from_env`.

use std::env;

use crate::{Error, ErrorKind};

/// The value of an environment variable; `None` if it is not set or blank.
///
/// # Errors
/// [`ErrorKind::Configuration`] if the value is not UTF-8.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(variable_error(name, "is not UTF-8")),
    }
}

/// The error of a variable that cannot be used. It names the variable and never shows its value.
pub fn variable_error(name: &str, problem: &str) -> Error {
    let message = format!("the environment variable {name} {problem}");
    Error::new(ErrorKind::Configuration, message)
}
