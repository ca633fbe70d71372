//! Calls of served operations that are checked and counted.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::client::{Client, json_of};

const GET: Method = Method::GET;
const PUT: Method = Method::PUT;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// Calls operations, and keeps track of which.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) called: BTreeSet<&'static str>,
}

impl Caller {
    /// Calls an operation, which must succeed and be recorded under its name.
    pub(crate) async fn send(
        &mut self,
        name: &'static str,
        request: RequestBuilder,
    ) -> reqwest::Response {
        let response = request.send().await.unwrap();
        let status = response.status();
        assert!(status.is_success() || status.is_redirection(), "{name}: {status}");
        let recorded = self.client.sandbox.netexplorer().requests().pop().unwrap();
        assert_eq!(recorded.operation.as_deref(), Some(name), "{}", recorded.path);
        self.called.insert(name);
        response
    }

    pub(crate) async fn call(
        &mut self,
        name: &'static str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Value {
        let request = self.client.request(method, path).json(&body);
        json_of(self.send(name, request).await).await
    }

    pub(crate) async fn get(&mut self, name: &'static str, path: &str) -> Value {
        self.call(name, GET, path, Value::Null).await
    }

    pub(crate) async fn delete(&mut self, name: &'static str, path: &str) {
        let request = self.client.request(DELETE, path);
        self.send(name, request).await;
    }

    /// Calls an operation whose response is a file.
    pub(crate) async fn file(&mut self, name: &'static str, path: &str) {
        let request = self.client.request(GET, path);
        assert!(!self.send(name, request).await.bytes().await.unwrap().is_empty(), "{name}");
    }
}

/// A resource with operations of the usual five kinds. `list` is the list that the created object is in.
pub(crate) struct Resource {
    pub(crate) create: (&'static str, &'static str, Value),
    pub(crate) get: Option<&'static str>,
    pub(crate) update: (&'static str, Value),
    pub(crate) delete: &'static str,
    pub(crate) list: (&'static str, &'static str),
}

impl Resource {
    /// Calls all operations of the resource.
    pub(crate) async fn call_all(self, caller: &mut Caller) {
        let (create, path, body) = self.create;
        caller.call(create, POST, path, body).await;
        let (list, list_path) = self.list;
        let listed = caller.get(list, list_path).await;
        let last = listed.as_array().unwrap().last().unwrap().clone();
        let id = last["id"].as_str().map_or_else(|| last["id"].to_string(), str::to_owned);
        let path = format!("{path}/{id}");
        if let Some(get) = self.get {
            caller.get(get, &path).await;
        }
        let (update, body) = self.update;
        caller.call(update, PUT, &path, body).await;
        caller.delete(self.delete, &path).await;
    }
}
