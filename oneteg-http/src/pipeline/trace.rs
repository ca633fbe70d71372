//! The `tracing` span of a call and the events of its attempts, with the attribute names of OpenTelemetry's HTTP
//! client conventions (semantic conventions 1.27). Without the feature `tracing`, everything here does nothing.
//!
//! URL, query, headers and body are not recorded. The path template replaces the URL, because paths contain
//! share keys and queries contain signatures.

#[cfg(feature = "tracing")]
pub(crate) use enabled::CallSpan;

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::CallSpan;

#[cfg(feature = "tracing")]
mod enabled {
    use std::{future::Future, time::Duration};

    use http::StatusCode;
    use tracing::{Instrument, Span, debug, field::Empty, info_span};
    use url::Url;

    use crate::{Error, ErrorKind, request::OperationRequest, retry::Decision, tolerant::Repairs};

    /// The span of a call.
    #[derive(Clone)]
    pub(crate) struct CallSpan(Span);

    impl CallSpan {
        pub(crate) fn new(
            vendor: &'static str,
            base_url: &Url,
            request: &OperationRequest,
        ) -> Self {
            let operation = request.operation;
            let url = request.options.url.as_ref().or(request.absolute_url.as_ref());
            let server = url.unwrap_or(base_url);
            let template = if url.is_some() { "" } else { operation.path };
            // tracing-opentelemetry reads name and kind of a span from `otel.name` and `otel.kind`.
            Self(info_span!(
                target: "oneteg_http",
                "http_call",
                otel.name = %format_args!("{} {template}", request.method),
                otel.kind = "client",
                oneteg.vendor = vendor,
                oneteg.operation = operation.id,
                http.request.method = request.method.as_str(),
                url.scheme = server.scheme(),
                url.template = template,
                server.address = server.host_str(),
                server.port = server.port_or_known_default(),
                rpc.method = operation.rpc.map(|rpc| rpc.method),
                http.response.status_code = Empty,
                http.request.resend_count = Empty,
                "error.type" = Empty,
                oneteg.repairs = Empty,
            ))
        }

        pub(crate) fn instrument<T>(
            self,
            call: impl Future<Output = T>,
        ) -> impl Future<Output = T> {
            call.instrument(self.0)
        }

        /// Records that the call failed although its last attempt did not.
        pub(crate) fn record_failure(&self, error: &Error) {
            self.0.record("error.type", format!("{:?}", error.kind()));
        }

        /// Records that the value was read with repairs. Their paths are left out, because they may contain keys
        /// of maps.
        pub(crate) fn record_repairs(&self, repairs: &Repairs) {
            self.0.record("oneteg.repairs", repairs.count());
            if let Some(first) = repairs.list().first() {
                debug!(
                    target: "oneteg_http",
                    parent: &self.0,
                    { repairs = repairs.count(), first = first.kind().description() },
                    "repaired"
                );
            }
        }

        /// Records the attempt with this number, from 1, and what follows it.
        pub(crate) fn record_attempt(
            &self,
            number: u32,
            status: Option<StatusCode>,
            error: Option<ErrorKind>,
            next: Option<&Decision>,
        ) {
            let span = &self.0;
            if span.is_disabled() {
                return;
            }
            let status = status.map(|status| status.as_u16());
            let error = error.map(|kind| format!("{kind:?}"));
            let wait = match next {
                Some(Decision::Retry(wait)) => Some(*wait),
                Some(Decision::Refresh) => Some(Duration::ZERO),
                _ => None,
            };
            debug!(
                target: "oneteg_http",
                parent: span,
                {
                    "http.request.resend_count" = number - 1,
                    "http.response.status_code" = status,
                    "error.type" = error.as_deref(),
                    retry_in_ms = wait.map(|wait| wait.as_secs_f64() * 1000.0),
                },
                "attempt"
            );
            if wait.is_none() {
                span.record("http.request.resend_count", number - 1);
                span.record("http.response.status_code", status);
                span.record("error.type", error.as_deref());
            }
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod disabled {
    use std::future::Future;

    use http::StatusCode;
    use url::Url;

    use crate::{Error, ErrorKind, request::OperationRequest, retry::Decision, tolerant::Repairs};

    #[derive(Clone)]
    pub(crate) struct CallSpan;

    impl CallSpan {
        pub(crate) fn new(_: &'static str, _: &Url, _: &OperationRequest) -> Self {
            Self
        }

        pub(crate) fn instrument<T>(
            self,
            call: impl Future<Output = T>,
        ) -> impl Future<Output = T> {
            call
        }

        pub(crate) fn record_failure(&self, _: &Error) {}

        pub(crate) fn record_repairs(&self, _: &Repairs) {}

        pub(crate) fn record_attempt(
            &self,
            _: u32,
            _: Option<StatusCode>,
            _: Option<ErrorKind>,
            _: Option<&Decision>,
        ) {
        }
    }
}
