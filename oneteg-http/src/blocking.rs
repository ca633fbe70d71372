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

/// Runs calls to their end.
///
/// It has a thread of its own for what goes on between calls: connections, transfers and the renewal of
/// credentials. Dropping it waits for a renewal that is under way.
///
/// ```
/// use oneteg_http::{Error, blocking::Blocking};
///
/// let blocking = Blocking::new()?;
/// // In place of `async { Ok(1) }`: any call, such as `client.get_asset(id).send()`.
/// let answer = blocking.run(async { Ok::<i32, Error>(1) })?;
/// assert_eq!(answer, 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Blocking(Option<tokio::runtime::Runtime>);

impl Blocking {
    /// A new one. One is enough for a program; it can be shared between threads.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when no thread can be started.
    pub fn new() -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("oneteg-blocking")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(ErrorKind::Configuration, "no thread for calls can be started")
                    .with_source(error)
            })?;
        Ok(Self(Some(runtime)))
    }

    /// Waits for a call. In an async program it may be used where blocking is allowed: in
    /// `tokio::task::spawn_blocking`, in `block_in_place`, and in threads of the program's own.
    ///
    /// # Errors
    /// Those of the call; [`ErrorKind::Configuration`] inside a future, which must not block its thread:
    /// await the call there.
    pub fn run<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let runtime = self.runtime()?;
        if is_inside_a_future() {
            let message = "a blocking call was made inside of a future; await the call instead, or make it in \
                `tokio::task::spawn_blocking`";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        let _entered = runtime.enter();
        wait(call)
    }

    fn runtime(&self) -> Result<&tokio::runtime::Runtime, Error> {
        let gone = || Error::new(ErrorKind::Configuration, "the thread for calls is gone");
        self.0.as_ref().ok_or_else(gone)
    }

    /// The items of a listing, one after the other. The iterator ends after an error.
    pub fn items<'a, T: Send + 'a>(
        &'a self,
        mut pager: Pager<'a, T>,
    ) -> impl Iterator<Item = Result<T, Error>> + 'a {
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

    /// A download as a reader.
    pub fn reader(&self, body: ByteStream) -> impl io::Read + '_ {
        Reader { blocking: self, body, left: Bytes::new() }
    }
}

/// Whether a future is being polled on this thread. tokio gives each one a budget of operations after which it
/// has to yield; blocking tasks and other threads have none. Nothing else that is public distinguishes them:
/// both have a current runtime.
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

/// Polls to the end. tokio's own `block_on` does the same, but panics where it is inside of a future that is
/// not found out.
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

/// How long a drop waits for credentials that are being renewed or signed out; a token request takes no longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shuts the runtime down. A token request that is cut off may cost the session: the provider has then
/// spent a refresh token whose successor was never stored.
fn end(runtime: tokio::runtime::Runtime) {
    // Nothing can be done about what takes longer.
    let _ = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, oneteg_auth::wait_for_background_tasks()).await
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}

impl Drop for Blocking {
    /// Waits up to 20 s for credentials that are being renewed, stored or signed out, and up to one for the
    /// rest. In a thread of an async program, which must not be blocked, another thread waits.
    fn drop(&mut self) {
        let Some(runtime) = self.0.take() else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return end(runtime);
        }
        let (sender, receiver) = std::sync::mpsc::channel();
        let waiting = thread::Builder::new()
            .name("oneteg-blocking-end".to_owned())
            .spawn(move || receiver.recv().map(end));
        // Without such a thread the runtime ends at once; it must not be dropped here.
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
    left: Bytes,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() && !into.is_empty() {
            let body = &mut self.body;
            let piece = self.blocking.run(async { body.next_chunk().await.transpose() });
            match piece.map_err(io::Error::other)? {
                Some(piece) => self.left = piece,
                None => return Ok(0),
            }
        }
        let read = self.left.len().min(into.len());
        self.left.copy_to_slice(&mut into[..read]);
        Ok(read)
    }
}
