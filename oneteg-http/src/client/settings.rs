//! The settings that the client builders of all SDKs share.

use std::fmt;

use super::RuntimeBuilder;

type Setting = Box<dyn FnOnce(RuntimeBuilder) -> RuntimeBuilder + Send>;

/// Settings of the runtime, applied when the client is built.
#[derive(Default)]
pub struct ClientSettings(Vec<Setting>);

impl ClientSettings {
    /// Adds a setting, which is applied after the previous ones.
    pub fn add(&mut self, setting: impl FnOnce(RuntimeBuilder) -> RuntimeBuilder + Send + 'static) {
        self.0.push(Box::new(setting));
    }

    /// Applies all settings.
    pub fn apply(self, runtime: RuntimeBuilder) -> RuntimeBuilder {
        self.0.into_iter().fold(runtime, |runtime, setting| setting(runtime))
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} settings", self.0.len())
    }
}

/// The setters of every SDK's builder, which needs a field `settings` of [`ClientSettings`]. A macro, so that they
/// are inherent methods, and documented on the builder.
#[doc(hidden)]
#[macro_export]
macro_rules! __client_settings {
    ($builder:ident) => {
        impl $builder {
            /// Names the server of the operations that the specification does not put at the base URL; see
            /// [`RuntimeBuilder::server`](oneteg_http::RuntimeBuilder::server).
            pub fn server(self, declared: impl Into<String>, url: impl Into<String>) -> Self {
                let (declared, url) = (declared.into(), url.into());
                self.runtime(|runtime| runtime.server(declared, url))
            }

            /// Uses this HTTP client, with its TLS, proxy and time limits. Build it with
            /// `redirect(Policy::none())`; see
            /// [`RuntimeBuilder::http_client`](oneteg_http::RuntimeBuilder::http_client).
            pub fn http_client(self, client: $crate::reqwest::Client) -> Self {
                self.runtime(|runtime| runtime.http_client(client))
            }

            /// Changes the HTTP client that is built, such as its proxy. Certificates are set with
            /// `root_certificates` and `client_identity`; see
            /// [`RuntimeBuilder::configure_http`](oneteg_http::RuntimeBuilder::configure_http).
            pub fn configure_http(
                self,
                configure: impl Fn($crate::reqwest::ClientBuilder) -> $crate::reqwest::ClientBuilder
                + Send
                + Sync
                + 'static,
            ) -> Self {
                self.runtime(|runtime| runtime.configure_http(configure))
            }

            /// Trusts the certificates in a PEM document besides those of the platform.
            pub fn root_certificates(self, pem: impl AsRef<[u8]>) -> Self {
                let pem = pem.as_ref().to_vec();
                self.runtime(|runtime| runtime.root_certificates(pem))
            }

            /// Presents a certificate to servers that ask for one (mutual TLS): the PEM documents of the
            /// chain, leaf first, and of its private key (PKCS #8).
            pub fn client_identity(
                self,
                certificates: impl AsRef<[u8]>,
                key: impl AsRef<[u8]>,
            ) -> Self {
                let (certificates, key) = (certificates.as_ref().to_vec(), key.as_ref().to_vec());
                self.runtime(|runtime| runtime.client_identity(certificates, key))
            }

            /// Sends all requests through `transport` instead of an HTTP client, for tests without a
            /// server; see [`Transport`](oneteg_http::Transport).
            pub fn transport(self, transport: impl $crate::Transport) -> Self {
                self.runtime(|runtime| runtime.transport(transport))
            }

            /// Records every call, without the content of the account; see
            /// [`cassette`](oneteg_http::cassette).
            #[cfg(feature = "cassette")]
            pub fn record(self, recorder: &$crate::cassette::Recorder) -> Self {
                let recorder = recorder.clone();
                self.runtime(move |runtime| runtime.record(&recorder))
            }

            /// Replays recorded calls instead of sending requests; see
            /// [`cassette`](oneteg_http::cassette).
            #[cfg(feature = "cassette")]
            pub fn replay(self, cassette: &$crate::cassette::Cassette) -> Self {
                let cassette = cassette.clone();
                self.runtime(move |runtime| runtime.replay(&cassette))
            }

            /// Calls an interceptor before and after each attempt. Several are called in the order in which
            /// they were added; see [`Interceptor`](oneteg_http::Interceptor).
            pub fn interceptor(self, interceptor: impl $crate::Interceptor) -> Self {
                self.runtime(|runtime| runtime.interceptor(interceptor))
            }

            /// Logs every attempt, without secrets; see [`WireLog`](oneteg_http::WireLog).
            pub fn wire_log(self, log: $crate::WireLog) -> Self {
                self.interceptor(log)
            }

            /// Sets how failed calls are retried. Default: see
            /// [`RetryPolicy`](oneteg_http::RetryPolicy).
            pub fn retry(self, policy: $crate::RetryPolicy) -> Self {
                self.runtime(|runtime| runtime.retry(policy))
            }

            /// Sets the time limit of a call with its retries and waits. Default: see
            /// [`RuntimeBuilder::call_timeout`](oneteg_http::RuntimeBuilder::call_timeout).
            pub fn call_timeout(self, limit: ::std::time::Duration) -> Self {
                self.runtime(move |runtime| runtime.call_timeout(limit))
            }

            /// Sets the program's name and version for `User-Agent`.
            pub fn user_agent(self, program: impl Into<String>) -> Self {
                let program = program.into();
                self.runtime(|runtime| runtime.user_agent(program))
            }

            /// Sets the maximum size of a response that is decoded, in bytes. Downloads have no limit.
            /// Default: 32 MiB.
            pub fn max_response_bytes(self, limit: usize) -> Self {
                self.runtime(move |runtime| runtime.max_response_bytes(limit))
            }

            /// Changes other settings of the [runtime](oneteg_http::RuntimeBuilder), such as limits, the
            /// retry budget and other time limits.
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
