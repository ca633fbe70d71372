//! What stands before every vendor's router: recording, and scripted faults.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::fault::{Moment, Script};
use crate::recording::{RecordedRequest, Recording};

/// The recording and the script of one stand-in.
#[derive(Debug, Default)]
pub(crate) struct Front {
    pub(crate) recording: Recording,
    pub(crate) script: Script,
}

impl Front {
    /// Records the request, then lets it pass or answers as scripted.
    pub(crate) async fn pass(
        &self,
        seen: RecordedRequest,
        request: Request,
        next: Next,
    ) -> Response {
        let fault = self.script.due(seen.operation.as_deref());
        // Recorded on arrival, so that a request whose answer is delayed or lost is counted too.
        self.recording.arrived(seen);
        match fault {
            None => next.run(request).await,
            Some(fault) => {
                if fault.moment == Moment::AfterHandling {
                    next.run(request).await;
                }
                fault.into_response().await
            }
        }
    }
}
