use std::{fmt, io, sync::Arc};

use serde::Serialize;

use crate::CallOptions;

/// Which page a list operation is to answer.
#[derive(Clone, PartialEq, Eq)]
pub struct PageRequest {
    pub(crate) start: u64,
    pub(crate) size: u64,
    pub(crate) cursor: Option<String>,
    /// The query parameters of start and size, where the caller named them.
    pub(crate) named: Option<Arc<(String, String)>>,
}

impl PageRequest {
    /// Where the page begins, as the integer type of the request; `None` when it does not fit.
    pub fn start<N: TryFrom<u64>>(&self) -> Option<N> {
        N::try_from(self.start).ok()
    }

    /// How many items it is to have, as the integer type of the request.
    pub fn size<N: TryFrom<u64>>(&self) -> Option<N> {
        N::try_from(self.size).ok()
    }

    /// Adds the query parameters that select the page to the options of its call, if the caller named them.
    #[doc(hidden)]
    #[must_use]
    pub fn apply(&self, options: CallOptions) -> CallOptions {
        options.page_query(self.parameters())
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: u64| (name.to_owned(), value.to_string());
        self.named.as_deref().map_or(Vec::new(), |(start, size)| {
            vec![pair(start, self.start), pair(size, self.size)]
        })
    }

    /// The cursor of the page; `None` for the first.
    pub fn cursor(&self) -> Option<String> {
        self.cursor.clone()
    }
}

// A cursor is whatever a server makes it; some carry keys of a database.
impl fmt::Debug for PageRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest")
            .field("start", &self.start)
            .field("size", &self.size)
            .field("cursor", &self.cursor.as_ref().map(|_| ".."))
            .finish()
    }
}

/// One page of a listing.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<String>,
    /// Whether nothing follows, whatever else the page reports.
    pub(crate) last: bool,
    /// What the items are, in a number; the same in every process.
    pub(crate) fingerprint: u64,
}

impl<T: Serialize> Page<T> {
    /// A page of these items; `None`, as a server's `null`, is an empty one.
    pub fn new(items: impl Into<Option<Vec<T>>>) -> Self {
        let items = items.into().unwrap_or_default();
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // An item that cannot be written was read from JSON all the same; the rest tells pages apart.
        let _ = serde_json::to_writer(&mut hash, &items);
        Self { items, total: None, next: None, last: false, fingerprint: hash.0 }
    }
}

impl<T> Page<T> {
    /// The page with its items changed into something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            total: self.total,
            next: self.next,
            last: self.last,
            fingerprint: self.fingerprint,
        }
    }

    /// The number of all items, where the answer has it. Negative numbers are none.
    #[must_use]
    pub fn total(mut self, total: impl IntoTotal) -> Self {
        self.total = total.total();
        self
    }

    /// Whether this is certainly the last page, such as a whole list received in place of a page. No other
    /// page is then requested. Default: `false`; the total or the cursor decides.
    #[must_use]
    pub fn last(mut self, last: bool) -> Self {
        self.last = last;
        self
    }

    /// The cursor of the next page; none, or an empty one, after the last.
    #[must_use]
    pub fn next(mut self, cursor: impl Into<Option<String>>) -> Self {
        self.next = cursor.into().filter(|cursor| !cursor.is_empty());
        self
    }
}

/// A number of items as answers have it: an integer or an `Option` of one.
pub trait IntoTotal {
    #[doc(hidden)]
    fn total(self) -> Option<u64>;
}

macro_rules! totals {
    ($($integer:ty),*) => {$(
        impl IntoTotal for $integer {
            fn total(self) -> Option<u64> {
                u64::try_from(self).ok()
            }
        }

        impl IntoTotal for Option<$integer> {
            fn total(self) -> Option<u64> {
                self.and_then(|total| u64::try_from(total).ok())
            }
        }
    )*};
}

totals!(i32, i64, u32, u64, usize);

/// FNV-1a: stable from process to process, which the standard hasher does not promise.
struct Fnv(u64);

impl io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
