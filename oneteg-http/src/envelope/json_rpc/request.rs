//! The request object of JSON-RPC 2.0 (section 4), with positional parameters.

use std::fmt;

use serde::Serialize;

use crate::Error;

/// Positional parameters, serialised as they are added: the array without its closing bracket.
#[derive(Clone)]
pub(crate) struct Params(Vec<u8>);

impl Params {
    pub(crate) fn new() -> Self {
        // Enough for the few short parameters of most calls.
        let mut json = Vec::with_capacity(128);
        json.push(b'[');
        Self(json)
    }

    /// All parameters at once, from a value that serialises to an array.
    pub(crate) fn from_array<T: Serialize + ?Sized>(values: &T) -> Result<Self, Error> {
        let mut json = serde_json::to_vec(values).map_err(|error| {
            Error::invalid_request("the parameters cannot be written as JSON").with_source(error)
        })?;
        if json.first() != Some(&b'[') {
            let message = "the parameters of a remote procedure are an array or a tuple";
            return Err(Error::invalid_request(message));
        }
        json.pop();
        Ok(Self(json))
    }

    pub(crate) fn push<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let length = self.0.len();
        if length > 1 {
            self.0.push(b',');
        }
        serde_json::to_writer(&mut self.0, value).inspect_err(|_| self.0.truncate(length))
    }

    pub(crate) fn to_request(&self, method: &str, id: &str) -> Result<Vec<u8>, serde_json::Error> {
        let mut request = Vec::with_capacity(self.0.len() + method.len() + id.len() + 64);
        request.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        serde_json::to_writer(&mut request, id)?;
        request.extend_from_slice(br#","method":"#);
        serde_json::to_writer(&mut request, method)?;
        request.extend_from_slice(br#","params":"#);
        request.extend_from_slice(&self.0);
        request.extend_from_slice(b"]}");
        Ok(request)
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Params({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request(values: &[Value]) -> Value {
        let mut params = Params::new();
        for value in values {
            params.push(value).unwrap();
        }
        serde_json::from_slice(&params.to_request("getSelf", "1").unwrap()).unwrap()
    }

    #[test]
    fn writes_positional_parameters() {
        let written = request(&[Value::Null, 1.into(), "a".into()]);
        let expected = r#"{"jsonrpc":"2.0","id":"1","method":"getSelf","params":[null,1,"a"]}"#;
        assert_eq!(written, serde_json::from_str::<Value>(expected).unwrap());
        assert_eq!(request(&[])["params"], Value::Array(vec![]));
    }

    #[test]
    fn a_parameter_that_cannot_be_written_leaves_the_others_intact() {
        let mut params = Params::new();
        params.push(&1).unwrap();
        let unwritable = std::collections::HashMap::from([(vec![1], 1)]);
        params.push(&unwritable).unwrap_err();
        params.push(&2).unwrap();
        let request = params.to_request("m", "1").unwrap();
        assert!(request.ends_with(br#""params":[1,2]}"#));
        let from_array = Params::from_array(&(1, "a")).unwrap().to_request("m", "1").unwrap();
        assert!(from_array.ends_with(br#""params":[1,"a"]}"#));
        assert!(Params::from_array(&1).is_err());
    }
}
