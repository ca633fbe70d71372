//! Calls from programs that are not async (feature `blocking`).

use std::{
    future::Future,
    io,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use bytes::{Buf, Bytes};

use crate::{ByteStream, Error, ErrorKind, Pager};

/// Makes calls from programs that are not async.
///
/// It has a thread for background work: connections, transfers and the refresh of credentials. Dropping it waits
/// for a refresh in progress.
///
/// ```
/// use oneteg_http::{Error, blocking::Blocking};
///
/// let blocking = Blocking::new()?;
/// // Instead of `async { Ok(1) }`: any call, such as `client.get_asset(id).send()`.
/// let value = blocking.run(async { Ok::<i32, Error>(1) })?;
/// assert_eq!(value, 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Blocking(Option<tokio::runtime::Runtime>);

impl Blocking {
    /// Starts the background thread. One is enough for a program; it can be shared between threads.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if no thread can be started.
    pub fn new() -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("oneteg-blocking")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(
                    ErrorKind::Configuration,
                    "the thread for background work could not be started",
                )
                .with_source(error)
            })?;
        Ok(Self(Some(runtime)))
    }

    /// Waits for a call. In an async program, use it only where blocking is allowed: in
    /// `tokio::task::spawn_blocking`, in `block_in_place`, and in threads that the program started.
    ///
    /// # Errors
    /// Those of the call; [`ErrorKind::Configuration`] inside a future, which must not block its thread. Await
    /// the call there.
    pub fn run<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let runtime = self.runtime()?;
        if is_inside_a_future() {
            let message = "a blocking call was made inside a future; await the call instead, or make it in \
                `tokio::task::spawn_blocking`";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let _entered = runtime.enter();
        wait(call)
    }

    fn runtime(&self) -> Result<&tokio::runtime::Runtime, Error> {
        let ended =
            || Error::new(ErrorKind::Configuration, "the thread for background work has ended");
        self.0.as_ref().ok_or_else(ended)
    }

    /// Iterates over the items of a listing. The iterator ends after an error.
    pub fn items<T: Send + 'static>(
        &self,
        mut pager: Pager<T>,
    ) -> impl Iterator<Item = Result<T, Error>> {
        let mut ended = false;
        std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let item = self.run(async { pager.next().await.transpose() });
            ended = item.is_err();
            item.transpose()
        })
    }

    /// Returns a download as a reader.
    pub fn reader(&self, body: ByteStream) -> impl io::Read + '_ {
        Reader { blocking: self, body, rest: Bytes::new() }
    }
}

/// Whether a future is being polled on this thread. tokio gives each future a budget of operations, after which it
/// has to yield; blocking tasks and other threads have none. Tokio's public API offers no other way to distinguish
/// them: both have a current runtime.
fn is_inside_a_future() -> bool {
    const MORE_THAN_ANY_BUDGET: usize = 256;
    let mut context = Context::from_waker(Waker::noop());
    tokio::runtime::Handle::try_current().is_ok()
        && (0..MORE_THAN_ANY_BUDGET)
            .any(|_| pin!(tokio::task::consume_budget()).poll(&mut context).is_pending())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future to its end. tokio's `block_on` does the same, but panics inside a future that
/// [`is_inside_a_future`] did not detect.
fn wait<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(value) = call.as_mut().poll(&mut context) {
            return value;
        }
        thread::park();
    }
}

/// How long dropping waits for a refresh or a sign-out in progress. A token request takes no longer.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(20);

/// Shuts the runtime down. An aborted token request may end the session: the provider then has consumed a refresh
/// token whose successor was never stored.
fn shut_down(runtime: tokio::runtime::Runtime) {
    // What takes longer is aborted.
    let _ = runtime.block_on(async {
        tokio::time::timeout(REFRESH_TIMEOUT, oneteg_auth::wait_for_background_tasks()).await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}

impl Drop for Blocking {
    /// Waits up to 20 s for credentials that are being refreshed, stored or signed out, and up to 1 s for other
    /// work. In an async program, whose threads must not be blocked, another thread waits.
    fn drop(&mut self) {
        let Some(runtime) = self.0.take() else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return shut_down(runtime);
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        let waiting = thread::Builder::new()
            .name("oneteg-blocking-end".to_owned())
            .spawn(move || receiver.recv().map(shut_down));
        // Without that thread, the runtime shuts down at once. It must not be dropped in an async program.
        match waiting {
            Ok(_) => {
                if let Err(unsent) = sender.send(runtime) {
                    unsent.0.shutdown_background();
                }
            }
            Err(_) => runtime.shutdown_background(),
        }
    }
}

struct Reader<'a> {
    blocking: &'a Blocking,
    body: ByteStream,
    rest: Bytes,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !into.is_empty() {
            let body = &mut self.body;
            let chunk = self.blocking.run(async { body.next_chunk().await.transpose() });
            match chunk.map_err(io::Error::other)? {
                Some(chunk) => self.rest = chunk,
                None => return Ok(0),
            }
        }
        let read = self.rest.len().min(into.len());
        self.rest.copy_to_slice(&mut into[..read]);
        Ok(read)
    }
}
