//! What a call tells `tracing`, with the attribute names of OpenTelemetry's HTTP client conventions
//! (semantic conventions 1.27). Without the feature every function here is empty.
//!
//! Neither URL, query, header nor body is recorded: the template of the path stands for the URL, because
//! paths carry share keys and queries carry signatures.

#[cfg(feature = "tracing")]
pub(crate) use on::*;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::*;

#[cfg(feature = "tracing")]
mod on {
    use std::{future::Future, time::Duration};

    use tracing::{Instrument, Span, debug, field::Empty, info_span};

    use crate::{
        Error, call::OperationRequest, dispatch::Reply, retry::Decision, runtime::Shared,
        tolerant::Repairs,
    };

    /// The span of a call.
    #[derive(Clone)]
    pub(crate) struct About(Span);

    impl About {
        pub(crate) fn new(shared: &Shared, call: &OperationRequest) -> Self {
            Self(span(shared, call))
        }

        pub(crate) fn call<T>(self, work: impl Future<Output = T>) -> impl Future<Output = T> {
            work.instrument(self.0)
        }

        /// Tells that the call failed although its last try did not.
        pub(crate) fn failed(&self, error: &Error) {
            self.0.record("error.type", format!("{:?}", error.kind()));
        }

        /// Records that the value was read with repairs. Paths are left out: they may contain names from
        /// maps.
        #[cold]
        pub(crate) fn repaired(&self, repairs: &Repairs) {
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

        /// Tells of one try and what follows it.
        pub(crate) fn tried(
            &self,
            made: u32,
            result: Result<&Reply, &Error>,
            next: Option<&Decision>,
        ) {
            let span = &self.0;
            if span.is_disabled() {
                return;
            }
            let status = match result {
                Ok(Reply::Value(opened)) => Some(opened.answer.status),
                Ok(Reply::Stream(response)) => Some(response.status()),
                Err(error) => error.status(),
            };
            let status = status.map(|status| status.as_u16());
            let failed = result.err().map(|error| format!("{:?}", error.kind()));
            let wait = match next {
                Some(Decision::Retry(wait)) => Some(*wait),
                Some(Decision::Refresh) => Some(Duration::ZERO),
                _ => None,
            };
            debug!(
                target: "oneteg_http",
                parent: span,
                {
                    "http.request.resend_count" = made - 1,
                    "http.response.status_code" = status,
                    "error.type" = failed.as_deref(),
                    retry_in_ms = wait.map(|wait| wait.as_secs_f64() * 1000.0),
                },
                "try"
            );
            if wait.is_none() {
                span.record("http.request.resend_count", made - 1);
                span.record("http.response.status_code", status);
                span.record("error.type", failed.as_deref());
            }
        }
    }

    fn span(shared: &Shared, call: &OperationRequest) -> Span {
        let operation = call.operation;
        let server = call.elsewhere.as_ref().unwrap_or(&shared.base);
        let template = if call.elsewhere.is_some() { "" } else { operation.path };
        // `otel.name` and `otel.kind` are what tracing-opentelemetry reads a span's name and kind from.
        info_span!(
            target: "oneteg_http",
            "http_call",
            otel.name = %format_args!("{} {template}", call.method),
            otel.kind = "client",
            oneteg.vendor = shared.vendor.name(),
            oneteg.operation = operation.id,
            http.request.method = call.method.as_str(),
            url.scheme = server.scheme(),
            url.template = template,
            server.address = server.host_str(),
            server.port = server.port_or_known_default(),
            rpc.method = operation.rpc.map(|rpc| rpc.method),
            http.response.status_code = Empty,
            http.request.resend_count = Empty,
            "error.type" = Empty,
            oneteg.repairs = Empty,
        )
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use std::future::Future;

    use crate::{
        Error, call::OperationRequest, dispatch::Reply, retry::Decision, runtime::Shared,
        tolerant::Repairs,
    };

    #[derive(Clone)]
    pub(crate) struct About;

    impl About {
        #[inline]
        pub(crate) fn new(_: &Shared, _: &OperationRequest) -> Self {
            Self
        }

        #[inline]
        pub(crate) fn call<T>(self, work: impl Future<Output = T>) -> impl Future<Output = T> {
            work
        }

        #[inline]
        pub(crate) fn failed(&self, _: &Error) {}

        #[inline]
        pub(crate) fn repaired(&self, _: &Repairs) {}

        #[inline]
        pub(crate) fn tried(&self, _: u32, _: Result<&Reply, &Error>, _: Option<&Decision>) {}
    }
}
