//! Requests that can be awaited without `send`, and changed without `call_options`.

use oneteg_auth::BoxFuture;

use crate::{Error, ResponseValue};

/// The future of a request that is awaited directly: `client.get_asset(id).await` does what
/// `client.get_asset(id).send().await` does.
pub type CallFuture<T> = BoxFuture<'static, Result<ResponseValue<T>, Error>>;

/// Implements `IntoFuture` and [`CallSettings`](crate::CallSettings) for a request with a method `send` and a field
/// `call_options`.
#[doc(hidden)]
#[macro_export]
macro_rules! __into_future {
    ($request:ty => $value:ty) => {
        impl ::std::future::IntoFuture for $request {
            type Output = ::std::result::Result<$crate::ResponseValue<$value>, $crate::Error>;
            type IntoFuture = $crate::CallFuture<$value>;

            // Inline, so that it is compiled only in programs that use it. It is the only code of an SDK that
            // instantiates the call's future and the decoding of its value.
            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(self.send())
            }
        }

        impl $crate::CallSettings for $request {
            #[inline]
            fn call_options_mut(&mut self) -> &mut $crate::CallOptions {
                &mut self.call_options
            }
        }
    };
}
