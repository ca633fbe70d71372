//! What the builders of the SDKs' clients have in common.

use std::fmt;

use crate::RuntimeBuilder;

type Setting = Box<dyn FnOnce(RuntimeBuilder) -> RuntimeBuilder + Send>;

/// Changes of the runtime's set-up, applied when the client is built.
#[derive(Default)]
pub struct ClientSettings(Vec<Setting>);

impl ClientSettings {
    /// Adds a change, which comes after those that are there.
    pub fn add(&mut self, setting: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder + Send + 'static) {
        self.0.push(Box::new(setting));
    }

    /// The set-up with all changes made.
    pub fn apply(self, runtime: RuntimeBuilder) -> RuntimeBuilder {
        self.0.into_iter().fold(runtime, |runtime, setting| setting(runtime))
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} settings", self.0.len())
    }
}

/// The setters that every SDK's builder has, for one with a field `settings` of [`ClientSettings`]. A macro, so
/// that they are methods of the builder itself, where people look for them.
#[doc(hidden)]
#[macro_export]
macro_rules! __client_settings {
    ($builder:ident) => {
        impl $builder {
            /// Uses this HTTP client, with its TLS, proxy and time limits. Build it with
            /// `redirect(Policy::none())`; see
            /// [`RuntimeBuilder::http_client`](oneteg_http::RuntimeBuilder::http_client).
            pub fn http_client(self, client: $crate::reqwest::Client) -> Self {
                self.runtime(|runtime| runtime.http_client(client))
            }

            /// When a failed call is tried again. Default: see
            /// [`RetryPolicy`](oneteg_http::RetryPolicy).
            pub fn retry(self, policy: $crate::RetryPolicy) -> Self {
                self.runtime(|runtime| runtime.retry(policy))
            }

            /// How long a call may take with all its tries. Default: see
            /// [`RuntimeBuilder::call_timeout`](oneteg_http::RuntimeBuilder::call_timeout).
            pub fn call_timeout(self, limit: ::std::time::Duration) -> Self {
                self.runtime(move |runtime| runtime.call_timeout(limit))
            }

            /// What the program calls itself in `User-Agent`.
            pub fn user_agent(self, program: impl Into<String>) -> Self {
                let program = program.into();
                self.runtime(|runtime| runtime.user_agent(program))
            }

            /// The most bytes of an answer that is decoded; downloads have no limit. Default: 32 MiB.
            pub fn max_response_bytes(self, limit: usize) -> Self {
                self.runtime(move |runtime| runtime.max_response_bytes(limit))
            }

            /// Changes anything else of the [runtime](oneteg_http::RuntimeBuilder): limits, retry budget,
            /// other time limits.
            pub fn runtime(
                mut self,
                setting: impl FnOnce($crate::RuntimeBuilder) -> $crate::RuntimeBuilder + Send + 'static,
            ) -> Self {
                self.settings.add(setting);
                self
            }
        }
    };
}
