//! What the typed mocks of the SDKs have in common: expected arguments, responses, and the macro that makes
//! methods and types of a generated table.
//!
//! Requests are matched by closures over the parsed request, not by regular expressions over its bytes, so
//! encodings and the order of JSON members do not matter. Closures need httpmock's local server, which is
//! what `MockServer::start` starts.

use std::marker::PhantomData;

use httpmock::{HttpMockRequest, HttpMockResponse, When};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Operation,
    request::query::{self, QueryStyle},
};

#[doc(hidden)]
pub use crate::__mock_operations as operations;

/// The value a mock expects of a required argument.
///
/// Matchers take anything that converts into it: the value itself or a reference, for strings also `&str`,
/// for lists also an array.
#[derive(Debug, Clone)]
pub struct Required<T>(T);

/// The value a mock expects of an optional argument, or `None` to expect that it is absent.
///
/// Matchers take anything that converts into it, as for [`Required`].
#[derive(Debug, Clone)]
pub struct Optional<T>(Option<T>);

/// What a mock expects of an argument.
pub trait Expected {
    /// The argument's type.
    type Value: Serialize;

    /// The expected value, or `None` if the argument must be absent.
    fn value(&self) -> Option<&Self::Value>;
}

impl<T: Serialize> Expected for Required<T> {
    type Value = T;

    fn value(&self) -> Option<&T> {
        Some(&self.0)
    }
}

impl<T: Serialize> Expected for Optional<T> {
    type Value = T;

    fn value(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> From<T> for Required<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Clone> From<&T> for Required<T> {
    fn from(value: &T) -> Self {
        Self(value.clone())
    }
}

impl From<&str> for Required<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T, const N: usize> From<[T; N]> for Required<Vec<T>> {
    fn from(values: [T; N]) -> Self {
        Self(values.into())
    }
}

impl<T> From<T> for Optional<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T> From<Option<T>> for Optional<T> {
    fn from(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T: Clone> From<&T> for Optional<T> {
    fn from(value: &T) -> Self {
        Self(Some(value.clone()))
    }
}

impl From<&str> for Optional<String> {
    fn from(value: &str) -> Self {
        Self(Some(value.to_owned()))
    }
}

impl<T, const N: usize> From<[T; N]> for Optional<Vec<T>> {
    fn from(values: [T; N]) -> Self {
        Self(Some(values.into()))
    }
}

/// Sets the response of a mocked operation. `R` is its kind: [`Json`], [`OptionalJson`], [`JsonRpc`],
/// [`Bytes`] or [`Empty`].
pub struct Then<R> {
    inner: httpmock::Then,
    kind: PhantomData<R>,
}

/// A response with a JSON value.
#[derive(Debug)]
pub struct Json<T>(PhantomData<T>);

/// A response with a JSON value or without content.
#[derive(Debug)]
pub struct OptionalJson<T>(PhantomData<T>);

/// A JSON-RPC response with a result or an error.
#[derive(Debug)]
pub struct JsonRpc<T>(PhantomData<T>);

/// A response with bytes or text.
#[derive(Debug)]
pub struct Bytes(());

/// A response without content.
#[derive(Debug)]
pub struct Empty(());

impl<R> Then<R> {
    /// Wraps httpmock's type.
    pub fn new(inner: httpmock::Then) -> Self {
        Self { inner, kind: PhantomData }
    }

    /// The wrapped type, to set a response that this one does not cover.
    pub fn into_inner(self) -> httpmock::Then {
        self.inner
    }

    /// Responds with the status of a failure and a JSON document.
    pub fn failure(self, status: u16, value: &Value) -> Self {
        Self::new(self.inner.status(status).json_body(value.clone()))
    }

    /// # Panics
    /// If the status is not one of success.
    fn succeed(self, status: u16) -> httpmock::Then {
        assert_eq!(status / 100, 2, "{status} is not a status of success");
        self.inner.status(status)
    }

    /// Responds with a member of a JSON-RPC response object that carries the id of the request.
    fn json_rpc(self, status: u16, member: &'static str, value: Value) -> Self {
        Self::new(self.inner.respond_with(move |request| {
            let response =
                json!({ "jsonrpc": "2.0", "id": json_body(request)["id"], member: value });
            HttpMockResponse::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(response.to_string())
                .build()
        }))
    }
}

impl<T: Serialize> Then<Json<T>> {
    /// Responds with a status of success and a value.
    ///
    /// # Panics
    /// If the status is not 2xx.
    pub fn success(self, status: u16, value: &T) -> Self {
        let then = self.succeed(status).header("content-type", "application/json");
        Self::new(then.json_body_obj(value))
    }
}

impl<T: Serialize> Then<OptionalJson<T>> {
    /// Responds with a status of success and a value, or with `None` without content.
    ///
    /// # Panics
    /// If the status is not 2xx.
    pub fn success<'a>(self, status: u16, value: impl Into<Option<&'a T>>) -> Self
    where
        T: 'a,
    {
        let then = self.succeed(status);
        Self::new(match value.into() {
            Some(value) => then.header("content-type", "application/json").json_body_obj(value),
            None => then,
        })
    }
}

impl<T: Serialize> Then<JsonRpc<T>> {
    /// Responds with a status and a result.
    pub fn success(self, status: u16, value: &T) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.json_rpc(status, "result", value)
    }

    /// Responds with a JSON-RPC error. The HTTP status is 200, as the vendors send it.
    pub fn rpc_error(self, code: i64, message: &str) -> Self {
        let error = json!({ "code": code, "message": message, "data": null });
        self.json_rpc(200, "error", error)
    }
}

impl Then<Bytes> {
    /// Responds with a status and these bytes.
    pub fn success(self, status: u16, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(self.inner.status(status).body(bytes))
    }
}

impl Then<Empty> {
    /// Responds with a status of success.
    ///
    /// # Panics
    /// If the status is not 2xx.
    pub fn success(self, status: u16) -> Self {
        Self::new(self.succeed(status))
    }
}

/// Requests of an operation: its HTTP method, its path, its constant query, and its remote procedure if it is one.
#[doc(hidden)]
pub fn request(when: When, operation: &'static Operation) -> When {
    when.is_true(move |request| {
        request.method_str().eq_ignore_ascii_case(operation.method.as_str())
            && path_arguments(operation, request.uri().path()).is_some()
            && has_constants(operation, request.uri().query().unwrap_or_default())
            && operation.rpc.is_none_or(|rpc| json_body(request)["method"] == rpc.method)
    })
}

/// Whether a query has the parameters that every call of an operation sends.
fn has_constants(operation: &Operation, query: &str) -> bool {
    let sent: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    operation.query.iter().all(|(name, value)| sent.iter().any(|(n, v)| n == name && v == value))
}

// The matchers that the rows of a table name. They all begin with the same three arguments.

/// Requests with this argument in their path.
#[doc(hidden)]
pub fn path<E: Expected>(
    when: When,
    operation: &'static Operation,
    expected: &E,
    name: &'static str,
) -> When {
    let expected = written(name, expected).unwrap_or_default();
    when.is_true(move |request| {
        let found = path_arguments(operation, request.uri().path()).unwrap_or_default();
        found.iter().any(|(argument, value)| *argument == name && *value == expected)
    })
}

/// Requests with this query parameter, or without it.
#[doc(hidden)]
pub fn query<E: Expected>(
    when: When,
    operation: &'static Operation,
    expected: &E,
    name: &str,
) -> When {
    styled_query(when, operation, expected, name, QueryStyle::Exploded)
}

/// Requests with this query parameter, written in another style than the usual one, or without it.
#[doc(hidden)]
pub fn styled_query<E: Expected>(
    when: When,
    _: &'static Operation,
    expected: &E,
    name: &str,
    style: QueryStyle,
) -> When {
    let Some(value) = expected.value() else { return when.query_param_missing(name) };
    let expected = query::pairs(name, style, value).unwrap_or_default();
    when.is_true(move |request| {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let found: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        expected.iter().all(|pair| found.contains(pair))
    })
}

/// Requests with this flag, written as 0 or 1, or without it.
#[doc(hidden)]
pub fn flag<E: Expected<Value = bool>>(
    when: When,
    operation: &'static Operation,
    expected: &E,
    name: &str,
) -> When {
    query(when, operation, &Optional(expected.value().copied().map(u8::from)), name)
}

/// Requests with this flag, written as 1, or without it if it is not set.
#[doc(hidden)]
pub fn presence<E: Expected<Value = bool>>(
    when: When,
    operation: &'static Operation,
    expected: &E,
    name: &str,
) -> When {
    let set = expected.value().copied().filter(|flag| *flag);
    query(when, operation, &Optional(set.map(u8::from)), name)
}

/// Requests with this header, or without it.
#[doc(hidden)]
pub fn header<E: Expected>(
    when: When,
    _: &'static Operation,
    expected: &E,
    name: &'static str,
) -> When {
    match expected.value() {
        Some(_) => when.header(name, written(name, expected).unwrap_or_default()),
        None => when.header_missing(name),
    }
}

/// Requests with this JSON body.
#[doc(hidden)]
pub fn json<E: Expected>(when: When, _: &'static Operation, expected: &E) -> When {
    when.json_body_obj(&expected.value())
}

/// Requests with this body of plain text.
#[doc(hidden)]
pub fn text<E: Expected>(when: When, _: &'static Operation, expected: &E) -> When {
    when.body(written("body", expected).unwrap_or_default())
}

/// Requests of a remote procedure with exactly these parameters, given as an object by name.
#[doc(hidden)]
pub fn params<E: Expected>(when: When, operation: &'static Operation, expected: &E) -> When {
    let named = serde_json::to_value(expected.value()).unwrap_or_default();
    let positions = operation.rpc.map_or(&[][..], |rpc| rpc.params);
    let expected: Vec<Value> =
        positions.iter().map(|name| name.map_or(Value::Null, |name| named[name].clone())).collect();
    when.is_true(move |request| json_body(request)["params"] == json!(expected))
}

/// The expected value as a path or a header has it.
fn written<E: Expected>(name: &str, expected: &E) -> Option<String> {
    query::to_string(name, expected.value()?).ok().flatten()
}

fn json_body(request: &HttpMockRequest) -> Value {
    serde_json::from_slice(request.body_ref()).unwrap_or_default()
}

/// The decoded arguments in a path, if it is one of the operation's. It may begin with the path of the
/// base URL.
fn path_arguments(operation: &Operation, path: &str) -> Option<Vec<(&'static str, String)>> {
    let template: Vec<&'static str> = operation.path.trim_matches('/').split('/').collect();
    let path: Vec<&str> = path.trim_matches('/').split('/').collect();
    let path = path.get(path.len().checked_sub(template.len())?..)?;
    let mut arguments = Vec::new();
    for (expected, found) in template.iter().zip(path) {
        segment_arguments(expected, found, &mut arguments)?;
    }
    Some(arguments)
}

/// Adds the decoded arguments in a segment, such as `{id}.json`; `None` if its literal parts differ.
fn segment_arguments(
    mut template: &'static str,
    mut found: &str,
    arguments: &mut Vec<(&'static str, String)>,
) -> Option<()> {
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    while let Some((before, after)) = template.split_once('{') {
        let (name, after) = after.split_once('}')?;
        found = found.strip_prefix(before)?;
        let end = match after.split_once('{') {
            // The last argument ends where the rest of the template begins.
            None => found.len().checked_sub(after.len())?,
            Some((literal, _)) => found.find(literal)?,
        };
        arguments.push((name, decoded(found.get(..end)?)));
        (template, found) = (after, found.get(end..)?);
    }
    (template == found || template == decoded(found)).then_some(())
}

/// Makes the trait `MockServerExt` and the matchers of a table of operations.
///
/// The table is in groups, each behind the feature of its tag. A row is
/// `method(STATIC, Matcher) -> Response<T> { argument: Expected<T> => matcher("wire name"), ... }`. Names of
/// this module need no import, which a build with few tags would not use. A row becomes
/// - the method of `MockServerExt` that mocks the operation, and
/// - the type `Matcher` around [`httpmock::When`], with a method for each argument, which calls the
///   function of this module after the arrow.
// The statics of a table are in the crate of the SDK that calls the macro.
#[allow(clippy::crate_in_macro_def)]
#[doc(hidden)]
#[macro_export]
macro_rules! __mock_operations {
    ($(
        $feature:literal {$(
            $(#[$doc:meta])*
            $method:ident($table:ident, $when:ident $(,)?) -> $response:ident $(<$value:ty>)? {$(
                $argument:ident: $expected:ident<$ty:ty> =>
                    $matcher:ident($($wire:literal $(, $style:ident)?)?),
            )*}
        )*}
    )*) => {
        /// Mocks the operations on a mock server.
        ///
        /// Each method takes a closure, in which to set which requests match and what the response is,
        /// and returns the mock, which counts its calls. Without further conditions, all requests of
        /// the operation match.
        pub trait MockServerExt {$($(
            $(#[$doc])*
            #[doc = concat!("\n\nMocks [`Client::", stringify!($method), "`](crate::Client::", stringify!($method), ").")]
            #[cfg(feature = $feature)]
            fn $method(
                &self,
                configure: impl FnOnce($when, $crate::mock::Then<$crate::mock::$response $(<$value>)?>),
            ) -> httpmock::Mock<'_>;
        )*)*}

        impl MockServerExt for httpmock::MockServer {$($(
            #[cfg(feature = $feature)]
            fn $method(
                &self,
                configure: impl FnOnce($when, $crate::mock::Then<$crate::mock::$response $(<$value>)?>),
            ) -> httpmock::Mock<'_> {
                self.mock(|when, then| {
                    configure($when::new(when), $crate::mock::Then::new(then));
                })
            }
        )*)*}

        $($(
            #[doc = concat!("Matches requests of [`", stringify!($method), "`](MockServerExt::", stringify!($method), ").")]
            #[cfg(feature = $feature)]
            pub struct $when(httpmock::When);

            #[cfg(feature = $feature)]
            impl $when {
                /// Matches all requests of the operation.
                pub fn new(inner: httpmock::When) -> Self {
                    Self($crate::mock::request(inner, &crate::operations::$table))
                }

                /// The wrapped type, to match what this one does not cover.
                pub fn into_inner(self) -> httpmock::When {
                    self.0
                }

                $(
                    #[doc = concat!("Matches requests with this `", stringify!($argument), "`.")]
                    pub fn $argument(self, value: impl Into<$crate::mock::$expected<$ty>>) -> Self {
                        let expected: $crate::mock::$expected<$ty> = value.into();
                        let operation = &crate::operations::$table;
                        Self($crate::mock::$matcher(
                            self.0,
                            operation,
                            &expected,
                            $($wire, $($crate::codegen::QueryStyle::$style)?)?
                        ))
                    }
                )*
            }
        )*)*
    };
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::{Confidence, Evidence};

    fn required<T>(value: impl Into<Required<T>>) -> T {
        value.into().0
    }

    fn optional<T>(value: impl Into<Optional<T>>) -> Option<T> {
        value.into().0
    }

    #[test]
    fn expected_values_convert_from_what_a_caller_has() {
        assert_eq!(required::<i64>(7), 7);
        assert_eq!(required::<String>("name"), "name");
        assert_eq!(required::<String>(&"name".to_owned()), "name");
        assert_eq!(required::<Vec<i64>>([1, 2]), [1, 2]);
        assert_eq!(optional::<i64>(7), Some(7));
        assert_eq!(optional::<i64>(None), None);
        assert_eq!(optional::<String>("name").as_deref(), Some("name"));
        assert_eq!(optional::<Vec<String>>(["a".to_owned()]), Some(vec!["a".to_owned()]));
    }

    #[test]
    fn the_arguments_of_a_path_are_decoded_behind_any_base_path() {
        use http::Method;

        use crate::operation::{Confidence, Evidence};

        static READ: Operation = Operation::new(
            "read",
            "files",
            Method::GET,
            "/files/{fileId}/{version}",
            true,
            Evidence::new(Confidence::Documented, &[], None),
        );
        let found = path_arguments(&READ, "/base/files/a%20b/2").unwrap();
        assert_eq!(found, [("fileId", "a b".to_owned()), ("version", "2".to_owned())]);
        assert_eq!(path_arguments(&READ, "/files/7"), None);
        assert_eq!(path_arguments(&READ, "/folders/7/2"), None);
    }

    #[test]
    fn arguments_may_be_parts_of_a_segment() {
        let found = |template: &'static str, path: &str| {
            let evidence = Evidence::new(Confidence::Inferred, &[], None);
            let operation = Operation::new("read", "test", Method::GET, template, true, evidence);
            path_arguments(&operation, path)
        };
        let pairs = |pairs: &[(&'static str, &str)]| {
            Some(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>())
        };
        assert_eq!(found("/a/{id}", "/base/a/x%2Fy"), pairs(&[("id", "x/y")]));
        assert_eq!(found("/a/{id}.json", "/a/x.json.json"), pairs(&[("id", "x.json")]));
        assert_eq!(
            found("/{a}-{b}..{c}", "/1-2-3..4"),
            pairs(&[("a", "1"), ("b", "2-3"), ("c", "4")])
        );
        assert_eq!(found("/a b", "/a%20b"), pairs(&[]));
        assert_eq!(found("/a%20b", "/a%20b"), pairs(&[]));
        assert_eq!(found("/a/{id}.json", "/a/x.xml"), None);
        assert_eq!(found("/a/{id}", "/b/x"), None);
    }
}
