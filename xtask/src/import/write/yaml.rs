//! Writes values as YAML in the style of the hand-written specifications: short leaves in flow style, long strings
//! folded, the keys of OpenAPI in a fixed order, other names in the order of the vendor.

use serde_json::{Map, Value};

use super::scalars::{is_foldable, is_literal};
pub use super::scalars::{key, string};
use crate::import::draft::Order;

/// Lines are not longer than this, where they can be broken.
const WIDTH: usize = 118;
/// Leaves that are longer than this are not written in flow style.
const FLOW: usize = 90;

/// The keys of OpenAPI's objects in the order in which they are written.
const KEYS: [&str; 98] = [
    "openapi",
    "info",
    "servers",
    "url",
    "x-vendor",
    "x-envelope",
    "security",
    "tags",
    "operationId",
    "title",
    "version",
    "termsOfService",
    "contact",
    "license",
    "name",
    "in",
    "email",
    "summary",
    "type",
    "format",
    "nullable",
    "description",
    "externalDocs",
    "variables",
    "scheme",
    "bearerFormat",
    "openIdConnectUrl",
    "flows",
    "authorizationUrl",
    "tokenUrl",
    "refreshUrl",
    "scopes",
    "deprecated",
    "x-rpc-params",
    "x-idempotent",
    "x-pagination",
    "x-evidence",
    "confidence",
    "sources",
    "doubt",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "$ref",
    "parameters",
    "required",
    "style",
    "explode",
    "allowEmptyValue",
    "allowReserved",
    "requestBody",
    "content",
    "schema",
    "headers",
    "responses",
    "links",
    "callbacks",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "propertyName",
    "mapping",
    "enum",
    "x-enum-names",
    "x-enum-descriptions",
    "multipleOf",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "properties",
    "items",
    "additionalProperties",
    "default",
    "readOnly",
    "writeOnly",
    "xml",
    "encoding",
    "example",
    "examples",
    "paths",
    "components",
    "x-sources",
];

/// The keys of an operation that come first.
const OPERATION: [&str; 14] = [
    "operationId",
    "tags",
    "summary",
    "description",
    "externalDocs",
    "deprecated",
    "x-rpc-params",
    "x-idempotent",
    "x-pagination",
    "x-evidence",
    "x-envelope",
    "security",
    "servers",
    "parameters",
];

/// Keys whose values are objects with any names.
const NAMED: [&str; 17] = [
    "paths",
    "properties",
    "schemas",
    "responses",
    "requestBodies",
    "securitySchemes",
    "headers",
    "examples",
    "links",
    "callbacks",
    "content",
    "encoding",
    "variables",
    "scopes",
    "mapping",
    "flows",
    "x-sources",
];

/// How the keys of an object are ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// An object of OpenAPI.
    Object,
    /// Any names, whose values are objects of OpenAPI.
    Names,
    /// A value of the vendor, such as an example.
    Data,
}

impl Style {
    /// The style of a member.
    pub fn of(self, key: &str, value: &Value) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Names => Self::Object,
            Self::Object => match key {
                // The parameters of an operation are a list, those of the components have names.
                "parameters" if value.is_object() => Self::Names,
                "example" | "default" | "enum" | "value" | "x-pagination" => Self::Data,
                key if NAMED.contains(&key) => Self::Names,
                _ => Self::Object,
            },
        }
    }
}

/// The lines of an object's members, indented.
pub fn members(members: &Map<String, Value>, style: Style, indent: usize, order: &Order) -> String {
    let mut writer = Writer { text: String::new(), order };
    writer.members(members, style, indent);
    writer.text
}

/// The lines of one member, indented.
pub fn member(key: &str, value: &Value, style: Style, indent: usize, order: &Order) -> String {
    let mut writer = Writer { text: String::new(), order };
    writer.member(key, value, style, indent);
    writer.text
}

/// The lines of one item of a list, indented.
pub fn item(value: &Value, style: Style, indent: usize, order: &Order) -> String {
    let mut writer = Writer { text: String::new(), order };
    writer.item(value, style, indent);
    writer.text
}

/// A value in flow style, on one line.
pub fn flow(value: &Value, style: Style, order: &Order) -> String {
    let mut text = String::new();
    write_flow(value, style, order, &mut text);
    text
}

struct Writer<'a> {
    text: String,
    order: &'a Order,
}

impl Writer<'_> {
    fn members(&mut self, members: &Map<String, Value>, style: Style, indent: usize) {
        for key in keys(members, style, self.order) {
            if let Some(value) = members.get(key) {
                self.member(key, value, style, indent);
            }
        }
    }

    fn member(&mut self, key: &str, value: &Value, style: Style, indent: usize) {
        let key_text = self::key(key);
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(&key_text);
        self.text.push(':');
        self.value(value, style.of(key, value), indent, indent + key_text.len() + 2);
    }

    /// A value after a key or a dash; `column` is where it would begin on the same line.
    fn value(&mut self, value: &Value, style: Style, indent: usize, column: usize) {
        if let Value::String(string) = value {
            return self.string(string, indent, column);
        }
        let short = is_leaf(value).then(|| flow(value, style, self.order));
        match (value, short) {
            (_, Some(short)) if column + short.len() <= FLOW || is_scalar(value) => {
                self.text.push(' ');
                self.text.push_str(&short);
                self.text.push('\n');
            }
            (Value::Object(members), _) => {
                self.text.push('\n');
                self.members(members, style, indent + 2);
            }
            (Value::Array(items), _) => {
                self.text.push('\n');
                for item in items {
                    self.item(item, style, indent + 2);
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, item: &Value, style: Style, indent: usize) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push('-');
        let block = match item {
            Value::Object(members) if !fits(item, style, indent + 2, self.order) => members,
            item => return self.value(item, style, indent, indent + 2),
        };
        // The first member stands on the line of the dash.
        let start = self.text.len();
        self.members(block, style, indent + 2);
        let inner = self.text.split_off(start);
        self.text.push(' ');
        self.text.push_str(inner.trim_start_matches(' '));
    }

    fn string(&mut self, string: &str, indent: usize, column: usize) {
        let inner = " ".repeat(indent + 2);
        if string.contains('\n') && is_literal(string) {
            self.text.push_str(if string.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in string.trim_end_matches('\n').split('\n') {
                if !line.is_empty() {
                    self.text.push_str(&inner);
                    self.text.push_str(line);
                }
                self.text.push('\n');
            }
        } else if column + string.len() > WIDTH && is_foldable(string) {
            self.text.push_str(" >-\n");
            let mut width = 0;
            for word in string.split(' ') {
                let length = word.chars().count();
                if width == 0 {
                    self.text.push_str(&inner);
                    width = inner.len() + length;
                } else if width + 1 + length > WIDTH {
                    self.text.push('\n');
                    self.text.push_str(&inner);
                    width = inner.len() + length;
                } else {
                    self.text.push(' ');
                    width += 1 + length;
                }
                self.text.push_str(word);
            }
            self.text.push('\n');
        } else {
            self.text.push(' ');
            self.text.push_str(&self::string(string, false));
            self.text.push('\n');
        }
    }
}

/// The keys of an object in the order in which they are written.
fn keys<'a>(members: &'a Map<String, Value>, style: Style, order: &Order) -> Vec<&'a String> {
    let mut keys = order.keys(members);
    if style == Style::Object {
        let first = if members.contains_key("operationId") { &OPERATION[..] } else { &[] };
        let position = |key: &String| {
            let at =
                |list: &[&str]| list.iter().position(|known| known == key).unwrap_or(list.len());
            (at(first), at(&KEYS))
        };
        keys.sort_by_key(|key| position(key));
    }
    keys
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

/// Whether a value may be written on one line: a scalar, or a small object or list of scalars.
fn is_leaf(value: &Value) -> bool {
    let is_short = |value: &Value| match value {
        Value::String(string) => string.len() <= 60 && !string.contains('\n'),
        value => is_scalar(value),
    };
    match value {
        Value::Object(members) => members.len() <= 4 && members.values().all(is_short),
        Value::Array(items) => items.iter().all(is_short),
        _ => true,
    }
}

fn fits(value: &Value, style: Style, column: usize, order: &Order) -> bool {
    is_leaf(value) && column + flow(value, style, order).len() <= FLOW
}

fn write_flow(value: &Value, style: Style, order: &Order, text: &mut String) {
    match value {
        Value::Object(members) => {
            text.push('{');
            for (index, name) in keys(members, style, order).into_iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(&key(name));
                text.push_str(": ");
                if let Some(value) = members.get(name) {
                    write_flow(value, style.of(name, value), order, text);
                }
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_flow(item, style, order, text);
            }
            text.push(']');
        }
        Value::String(string) => text.push_str(&self::string(string, true)),
        scalar => text.push_str(&scalar.to_string()),
    }
}
