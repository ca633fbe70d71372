//! Downloads a file in ranges that are requested at the same time.

use std::sync::atomic::Ordering::Relaxed;

use futures_util::{StreamExt, stream::FuturesUnordered};
use http::StatusCode;

use super::{
    super::{
        handle::TransferPhase,
        range_response::{
            MAX_ATTEMPTS, RangeMatch, RangeResponse, file_changed, is_connection_failure,
            match_response, may_reject_if_range, rest_error, retry_delay,
        },
        version::FileVersion,
    },
    job::{DownloadJob, RangesError, part_receipt},
};
use crate::{Error, ErrorKind, RangeRequest, response::ContentRange};

struct CompletedPart {
    part: u64,
    bytes: u64,
    receipt: String,
}

/// How much of a part was written.
struct PartProgress {
    at: u64,
    end: u64,
    checksum: crc32fast::Hasher,
}

/// Downloads the parts that are not completed.
pub(super) async fn download_ranges(job: &DownloadJob, parallel: usize) -> Result<(), RangesError> {
    let control = &job.control;
    let mut under_way = FuturesUnordered::new();
    let mut next = 0;
    if control.with_state(|state| state.total.is_none()) {
        let first = request_first_range(job).await?;
        under_way.push(download_part(job.clone(), 0, Some(first)));
        next = 1;
    }
    let parts = control.with_state(|state| state.total.unwrap_or(0).div_ceil(state.part_size));
    if next == 0
        && control.with_state(|state| (0..parts).all(|part| state.parts.contains_key(&part)))
    {
        refuse_other_version(job).await?;
    }
    loop {
        let may_run = control.may_run();
        let may_begin = may_run && next < parts && under_way.len() < parallel;
        if may_begin {
            let part = next;
            next += 1;
            if !control.with_state(|state| state.parts.contains_key(&part)) {
                control.set_phase(TransferPhase::Running);
                under_way.push(download_part(job.clone(), part, None));
            }
            continue;
        }
        if under_way.is_empty() {
            if next >= parts {
                return Ok(());
            }
            control.set_phase(TransferPhase::Paused);
        }
        tokio::select! {
            biased;
            () = control.may_run_changed(may_run) => {}
            Some(completed) = under_way.next(), if !under_way.is_empty() => {
                let CompletedPart { part, bytes, receipt } = completed?;
                job.file.keep();
                control.complete_part(part, receipt, bytes);
            }
        }
    }
}

/// Requests a byte of a file whose parts are all here. No other request would show that the server has another version.
async fn refuse_other_version(job: &DownloadJob) -> Result<(), RangesError> {
    let (version, total) = job.control.with_state(|state| (state.version.clone(), state.total));
    let response = match (job.fetch)(RangeRequest::bytes(0..1)).await {
        // An empty file has no first byte.
        Err(error)
            if total == Some(0) && error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) =>
        {
            return Ok(());
        }
        response => response.map_err(rest_error)?,
    };
    match_response(&response, 0, &version, total)?;
    Ok(())
}

/// Requests the first range, which shows the length and the version of the file.
async fn request_first_range(job: &DownloadJob) -> Result<RangeResponse, RangesError> {
    let part_size = job.control.with_state(|state| state.part_size);
    let mut response = match (job.fetch)(RangeRequest::bytes(0..part_size)).await {
        // An empty file has no first byte (RFC 9110 section 15.5.17).
        Err(error) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
            return Err(RangesError::NeedsOnePiece(None));
        }
        response => response?,
    };
    response.value_mut().refuse_page(&job.target).await?;
    let is_partial = response.status() == StatusCode::PARTIAL_CONTENT;
    let range = ContentRange::of(response.headers());
    let Some(range) = range.filter(|range| is_partial && range.start == 0) else {
        // A part that does not specify its place in the file is of no use.
        return Err(RangesError::NeedsOnePiece((!is_partial).then(|| Box::new(response))));
    };
    let version = FileVersion::from_headers(response.headers());
    if !job.has_checksum && !version.is_comparable() {
        // Nothing would show whether the next range is of the same version.
        let whole = range.is_whole().then(|| Box::new(response));
        return Err(RangesError::NeedsOnePiece(whole));
    }
    job.control.with_state(|state| state.version = version);
    job.control.set_total(range.total);
    Ok(response)
}

/// Downloads one part. If the connection fails, requests the rest of it.
async fn download_part(
    job: DownloadJob,
    part: u64,
    mut first: Option<RangeResponse>,
) -> Result<CompletedPart, RangesError> {
    let (start, length, total, version) = job.control.with_state(|state| {
        let start = part.saturating_mul(state.part_size);
        (start, state.part_length(part), state.total, state.version.clone())
    });
    let mut progress =
        PartProgress { at: start, end: start + length, checksum: crc32fast::Hasher::new() };
    let mut attempts_without_byte = 0;
    while progress.at < progress.end {
        let before = progress.at;
        let mut range = RangeRequest::bytes(progress.at..progress.end);
        let mut is_conditional = false;
        if let Some(validator) = version.if_range()
            && !job.skip_if_range.load(Relaxed)
        {
            range = range.if_range(validator);
            is_conditional = true;
        }
        let response = match first.take() {
            Some(first) => Ok(first),
            None => match (job.fetch)(range).await {
                Err(error) if is_conditional && may_reject_if_range(&error) => {
                    job.skip_if_range.store(true, Relaxed);
                    continue;
                }
                response => response.map_err(rest_error),
            },
        };
        let failure = match response {
            Err(error) => Some(error),
            Ok(response) => match match_response(&response, progress.at, &version, total)? {
                RangeMatch::Requested(bytes) => {
                    write_range(&job, response, bytes, &mut progress).await?
                }
                _ if is_conditional => {
                    job.skip_if_range.store(true, Relaxed);
                    continue;
                }
                RangeMatch::UnknownVersion => {
                    return Err(file_changed("the server no longer reports its version").into());
                }
                RangeMatch::WholeFile | RangeMatch::OtherRange => {
                    return Err(RangesError::NeedsOnePiece(None));
                }
            },
        };
        let Some(error) = failure else { continue };
        let progressed = progress.at > before;
        attempts_without_byte = if progressed { 0 } else { attempts_without_byte + 1 };
        if !is_connection_failure(&error) || attempts_without_byte >= MAX_ATTEMPTS {
            return Err(error.into());
        }
        tokio::time::sleep(retry_delay(attempts_without_byte)).await;
    }
    job.file.sync().await?;
    let receipt = part_receipt(progress.checksum.finalize());
    Ok(CompletedPart { part, bytes: length, receipt })
}

/// Writes the bytes of a range, at most as many as it announces. Returns the failure that ended it early, if any.
async fn write_range(
    job: &DownloadJob,
    response: RangeResponse,
    announced: u64,
    progress: &mut PartProgress,
) -> Result<Option<Error>, Error> {
    let end = progress.end.min(progress.at.saturating_add(announced));
    let mut body = response.into_inner();
    while progress.at < end {
        match body.next_chunk().await {
            Some(Ok(mut bytes)) => {
                let left = usize::try_from(end - progress.at).unwrap_or(usize::MAX);
                bytes.truncate(left);
                job.file.write(progress.at, bytes.clone()).await?;
                progress.checksum.update(&bytes);
                progress.at += bytes.len() as u64;
            }
            Some(Err(error)) => return Ok(Some(error)),
            None => {
                let message = "the server ended the response before the end of the range";
                return Ok(Some(Error::new(ErrorKind::Transport, message)));
            }
        }
    }
    Ok(None)
}
