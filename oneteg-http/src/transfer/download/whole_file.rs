//! Downloads a file in one piece, for servers whose ranges cannot be combined.

use super::{
    super::{
        handle::TransferPhase,
        range_response::{
            MAX_ATTEMPTS, RangeResponse, file_changed, is_connection_failure, retry_delay,
            whole_file_length,
        },
        version::{FileVersion, VersionMatch},
    },
    job::DownloadJob,
};
use crate::{Error, ErrorKind, RangeRequest};

/// Reads the whole file from one response. If the connection fails, reads it again from another one.
pub(super) async fn download_whole_file(
    job: &DownloadJob,
    mut first: Option<RangeResponse>,
) -> Result<(), Error> {
    job.control.set_phase(TransferPhase::Running);
    let mut attempts = 0;
    loop {
        let response = match first.take() {
            Some(first) => Ok(first),
            None => (job.fetch)(RangeRequest::from(0)).await,
        };
        let failure = match response {
            Err(error) => error,
            Ok(response) => match write_whole_file(job, response).await? {
                None => return Ok(()),
                Some(error) => error,
            },
        };
        attempts += 1;
        if !is_connection_failure(&failure) || attempts >= MAX_ATTEMPTS {
            return Err(failure);
        }
        tokio::time::sleep(retry_delay(attempts)).await;
    }
}

/// Writes the file from a response. Returns the failure that ended it early, if any.
async fn write_whole_file(
    job: &DownloadJob,
    mut response: RangeResponse,
) -> Result<Option<Error>, Error> {
    response.value_mut().refuse_page(&job.target).await?;
    let announced = whole_file_length(&response)?;
    let version = FileVersion::from_headers(response.headers());
    let announced = prepare_file(job, &version, announced).await?;
    let done = job.control.with_state(|state| state.bytes_done());
    let mut body = response.into_inner();
    let mut at = 0;
    while let Some(bytes) = body.next_chunk().await {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Some(error)),
        };
        let length = bytes.len() as u64;
        if announced.is_some_and(|announced| length > announced - at) {
            let message = "the server sent more bytes than it announced";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        job.file.write(at, bytes).await?;
        at += length;
        job.control.report_done(at.max(done));
    }
    if announced.is_some_and(|announced| at < announced) {
        let message = "the server ended the response before the end of the file";
        return Ok(Some(Error::new(ErrorKind::Transport, message)));
    }
    job.control.complete(at);
    Ok(None)
}

/// Prepares the partial file for the whole file, and returns the length to expect.
///
/// If parts are already completed, the response must be of their version: the same bytes are written over them, so
/// that they stay valid if this attempt fails. Otherwise the file is emptied.
async fn prepare_file(
    job: &DownloadJob,
    version: &FileVersion,
    length: Option<u64>,
) -> Result<Option<u64>, Error> {
    let known = job.control.with_state(|state| {
        (!state.parts.is_empty()).then(|| (state.version.clone(), state.total))
    });
    let Some((known_version, known_total)) = known else {
        job.file.clear().await?;
        job.control.with_state(|state| state.total = None);
        job.control.report_total(length);
        job.control.report_done(0);
        return Ok(length);
    };
    let is_same = match known_version.compare(version) {
        VersionMatch::Same => true,
        VersionMatch::Unknown => !known_version.is_comparable(),
        VersionMatch::Changed => false,
    };
    if !is_same || length.is_some_and(|length| Some(length) != known_total) {
        return Err(file_changed("the server has another version"));
    }
    Ok(known_total)
}
