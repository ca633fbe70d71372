//! What is requested of a list operation, and what it returns.

use std::{fmt, io, sync::Arc};

use serde::Serialize;

use crate::CallOptions;

/// The page that a list operation is to return.
#[derive(Clone, PartialEq, Eq)]
pub struct PageRequest {
    pub(crate) start: u64,
    pub(crate) size: u64,
    pub(crate) cursor: Option<String>,
    /// The names of the query parameters for start and size, if the caller set them.
    pub(crate) named: Option<Arc<(String, String)>>,
}

impl PageRequest {
    /// The position of the page, as the integer type of the request; `None` if it does not fit.
    pub fn start<N: TryFrom<u64>>(&self) -> Option<N> {
        N::try_from(self.start).ok()
    }

    /// The number of items to return, as the integer type of the request; `None` if it does not fit.
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

// A cursor may contain anything, such as keys of the server's database, so it is not shown.
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
    /// A hash of the items, the same in every process.
    pub(crate) fingerprint: u64,
}

impl<T: Serialize> Page<T> {
    /// A page of these items. `None`, which a server sends as `null`, is an empty page.
    pub fn new(items: impl Into<Option<Vec<T>>>) -> Self {
        let items = items.into().unwrap_or_default();
        let mut hash = Fnv1a(0xcbf2_9ce4_8422_2325);
        // Writing an item that was read from JSON does not fail; if it did, the others would distinguish the pages.
        let _ = serde_json::to_writer(&mut hash, &items);
        Self { items, total: None, next: None, last: false, fingerprint: hash.0 }
    }
}

impl<T> Page<T> {
    /// The page with a function applied to each item.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            total: self.total,
            next: self.next,
            last: self.last,
            fingerprint: self.fingerprint,
        }
    }

    /// The number of all items, if the response contains it. Negative numbers are ignored.
    #[must_use]
    pub fn total(mut self, total: impl IntoTotal) -> Self {
        self.total = total.into_total();
        self
    }

    /// Whether this is certainly the last page, such as a whole list in place of a page. No further page is then
    /// requested. Default: `false`; the total or the cursor decides.
    #[must_use]
    pub fn last(mut self, last: bool) -> Self {
        self.last = last;
        self
    }

    /// The cursor of the next page; `None`, or an empty one, for the last page.
    #[must_use]
    pub fn next(mut self, cursor: impl Into<Option<String>>) -> Self {
        self.next = cursor.into().filter(|cursor| !cursor.is_empty());
        self
    }
}

/// A number of items as responses contain it: an integer, or an `Option` of one.
pub trait IntoTotal {
    #[doc(hidden)]
    fn into_total(self) -> Option<u64>;
}

macro_rules! impl_into_total {
    ($($integer:ty),*) => {$(
        impl IntoTotal for $integer {
            fn into_total(self) -> Option<u64> {
                u64::try_from(self).ok()
            }
        }

        impl IntoTotal for Option<$integer> {
            fn into_total(self) -> Option<u64> {
                self.and_then(|total| u64::try_from(total).ok())
            }
        }
    )*};
}

impl_into_total!(i32, i64, u32, u64, usize);

/// The FNV-1a hash. It is stable across processes, which the standard hasher does not promise.
struct Fnv1a(u64);

impl io::Write for Fnv1a {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_any_integer_and_negative_ones_ignored() {
        let total = |page: Page<u8>| page.total;
        let page = || Page::new(vec![1_u8]);
        assert_eq!(total(page().total(7_i32)), Some(7));
        assert_eq!(total(page().total(Some(7_u64))), Some(7));
        assert_eq!(total(page().total(-1_i64)), None);
        assert_eq!(total(page().total(None::<i64>)), None);
    }

    #[test]
    fn a_fingerprint_depends_on_the_items_and_is_stable() {
        let of = |items: &[&str]| Page::new(items.to_vec()).fingerprint;
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_ne!(of(&["ab"]), of(&["a", "b"]));
        // A continuation stores it: it must not change from version to version.
        assert_eq!(of(&[]), 0x0961_2b07_b5ec_b5a5);
        let mapped = Page::new(vec![1, 2]).map(|item| item * 2);
        assert_eq!(mapped.fingerprint, Page::new(vec![1, 2]).fingerprint);
    }

    #[test]
    fn positions_that_do_not_fit_are_none() {
        let request =
            PageRequest { start: 1 << 40, size: 100, cursor: Some("secret".into()), named: None };
        assert_eq!((request.start::<i32>(), request.start::<i64>()), (None, Some(1 << 40)));
        assert_eq!(request.size::<i32>(), Some(100));
        assert!(!format!("{request:?}").contains("secret"));
        assert_eq!(Page::new(vec![1]).next("".to_owned()).next, None);
    }
}
