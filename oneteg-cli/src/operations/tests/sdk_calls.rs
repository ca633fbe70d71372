//! The calls that the SDKs' wire tests make: read from the Rust code that is generated for them.

use std::{collections::BTreeMap, path::Path};

use oneteg_test_kit::sample_set::SampleSet;
use serde_json::Value;
use syn::{Expr, ExprLit, Lit, visit::Visit};

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SdkValue {
    Json(Value),
    /// The name and the content of a file; no name for a body of bytes.
    File(Option<String>, Vec<u8>),
    Form {
        required: Vec<SdkValue>,
        optional: BTreeMap<String, SdkValue>,
    },
}

/// A call of a method with its positional arguments and its setters.
#[derive(Debug, Clone)]
pub(super) struct SdkCall {
    pub(super) method: String,
    pub(super) required: Vec<SdkValue>,
    pub(super) optional: BTreeMap<String, SdkValue>,
}

/// All calls of a crate's `tests/generated/calls.rs`.
pub(super) fn read(sdk: &str) -> Vec<SdkCall> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{sdk}/tests/generated"));
    let code = std::fs::read_to_string(folder.join("calls.rs")).unwrap();
    let samples = std::fs::read_to_string(folder.join("samples.json")).unwrap();
    let mut calls = Calls { samples: SampleSet::parse(&samples), found: Vec::new() };
    calls.visit_file(&syn::parse_file(&code).unwrap());
    calls.found
}

struct Calls {
    samples: SampleSet,
    found: Vec<SdkCall>,
}

impl<'ast> Visit<'ast> for Calls {
    /// `done(client.method(..).setter(..).send().await)`
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let is_done = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("done"));
        match call.args.first() {
            Some(Expr::Await(send)) if is_done => {
                let Expr::MethodCall(send) = &*send.base else { panic!("`send` is a method") };
                assert_eq!(send.method, "send");
                let (first, optional) = self.chain(&send.receiver);
                let Expr::MethodCall(first) = first else { panic!("a method of the client") };
                let required = first.args.iter().map(|argument| self.value(argument)).collect();
                let method = first.method.to_string();
                self.found.push(SdkCall { method, required, optional });
            }
            _ => syn::visit::visit_expr_call(self, call),
        }
    }
}

impl Calls {
    /// The beginning of a chain of methods, and the setters after it.
    fn chain<'a>(&self, end: &'a Expr) -> (&'a Expr, BTreeMap<String, SdkValue>) {
        let mut setters = BTreeMap::new();
        let mut expression = end;
        while let Expr::MethodCall(call) = expression {
            // The method of the client is the beginning.
            if matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("client")) {
                break;
            }
            let name = call.method.to_string().trim_start_matches("r#").to_owned();
            assert_eq!(call.args.len(), 1, "{name}");
            setters.insert(name, self.value(&call.args[0]));
            expression = &call.receiver;
        }
        (expression, setters)
    }

    fn value(&self, expression: &Expr) -> SdkValue {
        match expression {
            Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => SdkValue::Json(flag.value.into()),
            // b"some bytes".to_vec()
            Expr::MethodCall(call) if call.method == "to_vec" => {
                let Expr::Lit(ExprLit { lit: Lit::ByteStr(bytes), .. }) = &*call.receiver else {
                    panic!("bytes")
                };
                SdkValue::File(None, bytes.value())
            }
            Expr::MethodCall(_) => {
                let (first, optional) = self.chain(expression);
                match self.value(first) {
                    SdkValue::Form { required, .. } => SdkValue::Form { required, optional },
                    other => panic!("{other:?} has setters"),
                }
            }
            Expr::Call(call) => self.constructed(call),
            other => panic!("another argument: {other:?}"),
        }
    }

    fn constructed(&self, call: &syn::ExprCall) -> SdkValue {
        let Expr::Path(path) = &*call.func else { panic!("a function") };
        let names: Vec<String> =
            path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (names.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), &*arguments) {
            (["arg"], [Expr::Lit(ExprLit { lit: Lit::Str(json), .. })]) => {
                let json = self.samples.expand(&json.value());
                SdkValue::Json(serde_json::from_str(&json).unwrap())
            }
            (["FilePart", "new"], [Expr::Lit(ExprLit { lit: Lit::Str(name), .. }), bytes]) => {
                match self.value(bytes) {
                    SdkValue::File(_, bytes) => SdkValue::File(Some(name.value()), bytes),
                    other => panic!("{other:?}"),
                }
            }
            (["types", _, "new"], arguments) => SdkValue::Form {
                required: arguments.iter().map(|argument| self.value(argument)).collect(),
                optional: BTreeMap::new(),
            },
            (other, _) => panic!("another function: {other:?}"),
        }
    }
}
