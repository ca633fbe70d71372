//! `oneteg api`: requests that no operation is known for.

use std::{str::FromStr as _, sync::Arc};

use http::{Method, header};
use oneteg_http::{CallOptions, RawRequest, ResponseParts};
use serde_json::Value;
use url::Url;

use crate::{
    arguments::api::ApiArguments,
    client::{self, Client, Connected},
    context::Context,
    error::{CliError, nearest},
    operations::{
        dry_run::DryRun,
        save::Target,
        send,
        values::{self, FileArgument},
    },
    output::Printer,
};

/// The methods that may be sent.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

pub(crate) async fn run(context: &Context, arguments: ApiArguments) -> Result<(), CliError> {
    // Before anything is sent: a wrong query must not cost the result of a call that was made.
    Printer::check(&arguments.output)?;
    let recorder = arguments.call.dry_run.then(|| Arc::new(DryRun::default()));
    let request = Request::read(&arguments)?;
    let connected = match &recorder {
        Some(recorder) => client::connect_dry(context, &arguments.connection, recorder.clone())?,
        None => client::connect(context, &arguments.connection).await?,
    };
    if let Some(recorder) = recorder {
        let body = request.file.as_ref().map(|file| format!("[{}]", file.describe()));
        let failure = request.send(context, &connected, &arguments).await;
        let output = &arguments.output;
        return send::print_dry_run(context, &recorder, failure, true, body, output);
    }
    request.send(context, &connected, &arguments).await
}

/// The request, checked as far as that is possible without the connection.
struct Request {
    /// `None` for a remote procedure.
    method: Option<Method>,
    params: Vec<(String, String)>,
    json: Option<Value>,
    file: Option<FileArgument>,
}

impl Request {
    fn read(arguments: &ApiArguments) -> Result<Self, CliError> {
        let mut params = Vec::new();
        for param in &arguments.param {
            let Some((name, value)) = param.split_once('=') else {
                // Not quoted: it may be a secret.
                return Err(CliError::usage("--param: write NAME=VALUE"));
            };
            params.push((name.to_owned(), value.to_owned()));
        }
        let json = arguments.json.as_deref();
        Ok(Self {
            method: method(&arguments.method)?,
            params,
            json: json.map(|json| values::json("json", json, false, false)).transpose()?,
            file: arguments.file.as_deref().map(FileArgument::parse),
        })
    }

    async fn send(
        &self,
        context: &Context,
        connected: &Connected,
        arguments: &ApiArguments,
    ) -> Result<(), CliError> {
        let Some(method) = &self.method else {
            return self.call_procedure(context, connected, arguments).await;
        };
        let request = self.build(connected, method.clone(), &arguments.path)?;
        let options = send::options(&arguments.call)?;
        if arguments.to.to.is_some() {
            let target = Target::choose(context, &arguments.to)?;
            let bytes = request.options(self.with_media_type(options)).send_stream().await?;
            let written = target.write(bytes.into_inner()).await?;
            if let Target::File { path, .. } = &target {
                context.note(format_args!("{}: {written} bytes", path.display()));
            }
            return Ok(());
        }
        let options = self.with_media_type(options).keep_body();
        let ((), response) = request.options(options).send_empty().await?.into_parts();
        print(context, arguments, &response)
    }

    /// The media type of a file is a header.
    fn with_media_type(&self, options: CallOptions) -> CallOptions {
        match self.file.as_ref().and_then(|file| file.media_type.as_deref()) {
            Some(media_type) => options.header(header::CONTENT_TYPE.as_str(), media_type),
            None => options,
        }
    }

    fn build(
        &self,
        connected: &Connected,
        method: Method,
        path: &str,
    ) -> Result<RawRequest, CliError> {
        let runtime = connected.client.runtime();
        let is_url = path.starts_with("https://") || path.starts_with("http://");
        let mut request = if is_url {
            // Not quoted: it may contain a password.
            let url = Url::parse(path).map_err(|_| CliError::usage("the URL is not valid"))?;
            runtime.request_url(method, url)
        } else if path.starts_with('/') {
            runtime.request(method, path)
        } else {
            runtime.request(method, format!("/{path}"))
        };
        for (name, value) in &self.params {
            request = request.query(name, value);
        }
        if let Some(json) = &self.json {
            request = request.json(json);
        }
        if let Some(file) = &self.file {
            request = request.body(file.source()?);
        }
        Ok(request)
    }

    async fn call_procedure(
        &self,
        context: &Context,
        connected: &Connected,
        arguments: &ApiArguments,
    ) -> Result<(), CliError> {
        let Client::NetX(client) = &connected.client else {
            let message = format!("`{}` has no remote procedures", connected.name);
            return Err(CliError::usage(message).with_hint("give an HTTP method and a path"));
        };
        if self.file.is_some() || !self.params.is_empty() {
            return Err(CliError::usage("a remote procedure takes --json only"));
        }
        let params = match &self.json {
            None => Vec::new(),
            Some(Value::Array(params)) => params.clone(),
            Some(_) => {
                return Err(CliError::usage("--json: the parameters of a procedure are a list"));
            }
        };
        let result = client.call::<_, Value>(&arguments.path, &params).await?;
        let mut printer = Printer::new(context, &arguments.output)?;
        printer.value(result.into_inner())?;
        printer.finish()
    }
}

fn method(name: &str) -> Result<Option<Method>, CliError> {
    let upper = name.to_ascii_uppercase();
    if upper == "RPC" {
        return Ok(None);
    }
    if METHODS.contains(&upper.as_str()) {
        return Ok(Method::from_str(&upper).ok());
    }
    let error = CliError::usage(format!("`{name}` is not an HTTP method"));
    Err(match nearest(&upper, METHODS.into_iter()).first() {
        Some(nearest) => error.with_hint(format!("did you mean {nearest}?")),
        None => error.with_hint(format!("known: {}, and RPC for NetX", METHODS.join(", "))),
    })
}

/// Prints a response as the server sent it.
fn print(
    context: &Context,
    arguments: &ApiArguments,
    response: &ResponseParts,
) -> Result<(), CliError> {
    let body = response.body.clone().unwrap_or_default();
    if body.is_empty() {
        context.note(format_args!("HTTP {}, without a body", response.status.as_u16()));
        return Ok(());
    }
    if let Ok(value) = serde_json::from_slice::<Value>(&body) {
        let mut printer = Printer::new(context, &arguments.output)?;
        printer.value(value)?;
        return printer.finish();
    }
    match std::str::from_utf8(&body) {
        Ok(text) => send::print_text(context, text),
        Err(_) if context.terminal.stdout => {
            let message = format!("the response is not text: {} bytes", body.len());
            Err(CliError::usage(message).with_hint("write it to a file with --to FILE"))
        }
        Err(_) => send::print_bytes(&body),
    }
}
