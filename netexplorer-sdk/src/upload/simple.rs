use chrono::SecondsFormat;
use oneteg_http::{
    CallOptions, FilePart, Transfer, UploadSource,
    codegen::{Form, OperationRequest},
};

use super::{UploadState, Uploaded};
use crate::{Client, operations, types::File};

pub(super) fn start(
    client: Client,
    state: &UploadState,
    source: UploadSource,
) -> Transfer<Uploaded> {
    let (size, name) = (state.size, state.name.clone());
    let call = form(state, dated(state, CallOptions::new()), source, &[]);
    Transfer::spawn(Some(size), async move {
        let file = client.runtime().json::<File>(call).await?.into_inner();
        Ok(Uploaded { file, asked: name, date_failure: None })
    })
}

/// The dates go in the query.
pub(super) fn dated(state: &UploadState, options: CallOptions) -> CallOptions {
    let dates = [("creation", state.created), ("modification", state.modified)];
    dates.into_iter().fold(options, |options, (name, date)| match date {
        Some(date) => options.query(name, date.to_rfc3339_opts(SecondsFormat::Secs, true)),
        None => options,
    })
}

/// A form with the whole file or a chunk of it. The file comes last, so that the platform knows where it
/// goes before it comes.
pub(super) fn form(
    state: &UploadState,
    options: CallOptions,
    source: UploadSource,
    fields: &[(&'static str, u64)],
) -> Box<OperationRequest> {
    let mut form = Form::default();
    form.text("folderId", state.folder_id.to_string());
    form.text("fileSize", state.size.to_string());
    for (name, value) in fields {
        form.text(name, value.to_string());
    }
    form.file("targetFile", FilePart::new(&state.name, source));
    let mut call = OperationRequest::new(&operations::UPLOAD_FILE, options.query("full", 1));
    call.form(form);
    call
}
