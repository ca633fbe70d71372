//! What the templates are filled in with, from the vendor's profile and specification.

use super::{Place, render::Values};
use crate::{connection::Profile, model::Operation, names};

/// The word that stands for every secret in tests: `oneteg_test_kit::recorder::CANARY` behind `user:`, in base64.
const BASIC_CREDENTIAL: &str = "\"Basic dXNlcjpjYW5hcnktNWZkMWMwZGUtdG9rZW4=\"";

pub fn values(profile: &Profile, operations: &[Operation], place: Place) -> Values {
    let mut values = Values::default();
    let vendor = &profile.vendor;
    let variables = profile.variables();
    values.set("vendor", vendor);
    values.set("crate", format!("{vendor}-sdk"));
    values.set("library", format!("{}_sdk", vendor.replace('-', "_")));
    values.set("name", &profile.name);
    values.set("vendor_type", profile.type_name());
    values.set("connector", &profile.connector);
    values.set("variables", &variables);
    values.set("count", operations.len().to_string());
    let tags = operations.iter().map(|operation| names::feature(&operation.tag));
    values.set("one_tag", tags.min().unwrap_or_default());
    values.flag("elsewhere", place == Place::Elsewhere);
    let inside = place == Place::Workspace;
    values.set("and_no_snapshot", if inside { "_and_no_snapshot_is_left_over" } else { "" });
    values.set("sample_import", if inside { ", Sample" } else { "" });

    let rpc = operations.iter().find(|operation| operation.rpc.is_some());
    values.flag("rpc", rpc.is_some());
    values.set("rpc_path", rpc.map_or("", |operation| &operation.path));
    // Raw requests are unwrapped like most operations.
    let wrapped = operations.iter().filter(|operation| operation.envelope == "payload").count();
    values.flag("payload", wrapped * 2 > operations.len());

    endpoint(&mut values, profile);
    credentials(&mut values, profile);
    settings(&mut values, profile, &variables);
    values
}

fn endpoint(values: &mut Values, profile: &Profile) {
    let endpoint = &profile.endpoint;
    values.flag("fixed", endpoint.fixed.is_some());
    values.set("fixed_url", endpoint.fixed.clone().unwrap_or_default());
    values.flag("base_path", !endpoint.path.is_empty());
    values.set("path", &endpoint.path);
}

fn credentials(values: &mut Values, profile: &Profile) {
    let (key, oauth) = (&profile.api_key, &profile.oauth);
    values.flag("key", key.is_some());
    values.flag("oauth", oauth.is_some());
    values.flag("has_credential", key.is_some() || oauth.is_some());
    let subscription = &profile.subscription_key;
    values.flag("subscription", subscription.is_some());
    values.set("subscription_header", subscription.as_ref().map_or("", |key| &key.header));
    let mut methods = Vec::new();
    let mut with = "client".to_owned();
    let mut sent = ("authorization".to_owned(), String::new());
    if let Some(oauth) = oauth {
        let scheme = oauth.header_scheme.as_deref().unwrap_or("Bearer");
        values.set("token_scheme", scheme);
        values.flag("code_flow", oauth.code_scopes.is_some());
        values.flag("credentials_flow", oauth.credentials_scopes.is_some());
        methods.push("`access_token`");
        with = "client.access_token(support::CREDENTIAL)".to_owned();
        sent.1 = format!("format!(\"{scheme} {{}}\", support::CREDENTIAL)");
    }
    if let Some(key) = key {
        let has_scheme = !key.scheme.is_empty();
        values.flag("basic", key.is_basic);
        values.flag("authorization", has_scheme && !key.is_basic);
        values.flag("key_header", !has_scheme);
        values.set("scheme", &key.scheme);
        values.set("header", &key.header);
        methods.insert(0, "`api_key`");
        with = "client.api_key(support::CREDENTIAL)".to_owned();
        sent.0.clone_from(&key.header);
        sent.1 = match (key.is_basic, has_scheme) {
            (true, _) => BASIC_CREDENTIAL.to_owned(),
            (false, true) => format!("format!(\"{} {{}}\", support::CREDENTIAL)", key.scheme),
            (false, false) => "support::CREDENTIAL".to_owned(),
        };
    }
    let is_header = |key: &crate::connection::ApiKey| key.scheme.is_empty();
    values.flag("http_header", subscription.is_some() || key.as_ref().is_some_and(is_header));
    methods.push("`authenticator`");
    values.set("credential_methods", methods.join(" or "));
    values.set("with_credential", with.as_str());
    // `support` itself has the constant.
    values.set("with_credential_here", with.replace("support::", ""));
    values.set("credential_header", sent.0);
    values.set("credential_value", sent.1);
    let has_secret = key.is_some() || oauth.is_some() || subscription.is_some();
    let is_needed = |name: &'static str, is_needed: bool| is_needed.then_some(name);
    let imports = [
        is_needed("ApiKey", has_secret),
        Some("Authenticator"),
        is_needed("NoCredential", key.is_none() && oauth.is_none()),
        Some("ResolvedConnection"),
        is_needed("Secret", has_secret),
    ];
    values.set("auth_imports", imports.into_iter().flatten().collect::<Vec<_>>().join(", "));
    let imports = [
        Some("Error"),
        is_needed("ErrorKind", has_secret),
        Some("Method"),
        Some("RawRequest"),
        is_needed("ResponseValue", values.flags.contains("rpc")),
        Some("Runtime"),
    ];
    values.set("http_imports", imports.into_iter().flatten().collect::<Vec<_>>().join(", "));
}

/// Settings as a document, for the README and the documentation of `from_connection`.
fn settings(values: &mut Values, profile: &Profile, variables: &str) {
    let mut top = vec![
        format!("connection_name = {:?}", profile.name),
        format!("connector = {:?}", format!("{}-v1.0", profile.connector)),
    ];
    let mut list = Vec::new();
    if profile.endpoint.fixed.is_none() {
        top.push("endpoint_url = \"https://acme.example.com\"".to_owned());
        list.push(format!("`{variables}_URL`"));
    }
    // In documentation that is compiled and run, no variable is set.
    let secret = |key: &str, is_run: bool| match is_run {
        true => "s3cret".to_owned(),
        false => format!("env:{variables}_{key}"),
    };
    let document = |is_run: bool| {
        let mut lines = top.clone();
        if profile.subscription_key.is_some() {
            lines.push(format!("subscription_key = {:?}", secret("SUBSCRIPTION_KEY", is_run)));
        }
        lines.push("[authentication]".to_owned());
        match (&profile.api_key, &profile.oauth) {
            (Some(key), _) => {
                lines.push("type = \"api_key\"".to_owned());
                let given = if key.is_basic && is_run {
                    "user:s3cret".to_owned()
                } else {
                    secret("API_KEY", is_run)
                };
                lines.push(format!("api_key = {given:?}"));
            }
            (None, Some(oauth)) => {
                let is_code = oauth.code_scopes.is_some();
                let flow = if is_code { "authorization_code" } else { "client_credentials" };
                lines.push("type = \"oauth\"".to_owned());
                lines.push(format!("flow = {flow:?}"));
                lines.push("client_id = \"my-app\"".to_owned());
                lines.push(format!("client_secret = {:?}", secret("CLIENT_SECRET", is_run)));
                if oauth.token_url.is_none() {
                    lines.push("token_url = \"https://login.example.com/token\"".to_owned());
                }
                if oauth.authorization_url.is_none() && is_code {
                    let url = "https://login.example.com/authorize";
                    lines.push(format!("authorization_url = {url:?}"));
                }
            }
            (None, None) => lines.push("type = \"none\"".to_owned()),
        }
        lines
    };
    if profile.subscription_key.is_some() {
        list.push(format!("`{variables}_SUBSCRIPTION_KEY`"));
    }
    match (&profile.api_key, &profile.oauth) {
        (Some(_), _) => list.push(format!("`{variables}_API_KEY`")),
        (None, Some(_)) => {
            list.push(format!("`{variables}_CLIENT_ID`"));
            list.push(format!("`{variables}_CLIENT_SECRET`"));
        }
        (None, None) => {}
    }
    let documented: Vec<String> =
        document(true).iter().map(|line| format!("    ///     {line}")).collect();
    values.set("doc_settings", documented.join("\n"));
    values.set("toml_settings", document(false).join("\n"));
    values.set(
        "environment",
        list.iter()
            .map(|name| format!("{}=...", name.replace('`', "")))
            .collect::<Vec<_>>()
            .join(" "),
    );
    values.set(
        "variable_list",
        if list.is_empty() {
            format!("`{variables}_URL`, if it is another server")
        } else {
            list.join(", ")
        },
    );
}
