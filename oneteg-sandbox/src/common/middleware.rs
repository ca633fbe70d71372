//! The middleware in front of every vendor's router: it records requests, injects scripted faults and applies planted
//! differences.
//!
//! ```text
//! request -> record -> fault due? -- no -> differences -> router -> differences -> response
//!                          |-- yes, InsteadOfHandling --------------------------> fault
//!                          '-- yes, AfterHandling -> router, response dropped -> fault
//! ```
//!
//! A missing permission refuses a request in place of the router.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use super::difference::Differences;
use super::fault::{FaultScript, FaultTiming};
use super::permissions::DeniedOperations;
use super::recording::{RecordedRequest, Recording};

/// The recording, the scripted faults, the missing permissions and the planted differences of one stand-in.
#[derive(Debug, Default)]
pub(crate) struct RequestMonitor {
    pub(crate) recording: Recording,
    pub(crate) faults: FaultScript,
    pub(crate) denied: DeniedOperations,
    pub(crate) differences: Differences,
}

impl RequestMonitor {
    /// Whether the caller has no permission for the operation that a request is for.
    pub(crate) fn denies(&self, record: &RecordedRequest) -> bool {
        record.operation.as_deref().is_some_and(|operation| self.denied.contains(operation))
    }

    /// Records the request, then passes it on or sends the fault that is due. `refusal` is the vendor's response to a
    /// caller without the permission, if that is missing; the request then has no effect.
    pub(crate) async fn intercept(
        &self,
        record: RecordedRequest,
        refusal: Option<Response>,
        request: Request,
        next: Next,
    ) -> Response {
        let fault = self.faults.take_due(record.operation.as_deref());
        let differences = self.differences.of(record.operation.as_deref());
        // Recorded on arrival, so that a request whose response is delayed or lost is counted too.
        self.recording.record_request(record);
        let handle = async |request| match refusal {
            Some(refusal) => refusal,
            None => next.run(request).await,
        };
        match fault {
            None => {
                let request = differences.request(request).await;
                differences.response(handle(request).await).await
            }
            Some(fault) => {
                if fault.timing == FaultTiming::AfterHandling {
                    handle(request).await;
                }
                fault.into_response().await
            }
        }
    }
}
