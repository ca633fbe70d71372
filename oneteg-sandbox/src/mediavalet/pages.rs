//! Pages of lists: `offset` and `count`.

use std::ops::Range;

use super::envelope::RecordCount;
use super::response::ApiError;

/// The default size of a page of assets. Other lists are whole by default.
pub(crate) const ASSET_PAGE_SIZE: usize = 50;

/// The requested part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    offset: usize,
    count: usize,
}

impl Page {
    pub(crate) fn parse(
        offset: Option<&str>,
        count: Option<&str>,
        default_count: usize,
    ) -> Result<Self, ApiError> {
        let number = |name: &str, value: Option<&str>, default: usize| match value {
            None => Ok(default),
            Some(value) => value.parse().map_err(|_| {
                ApiError::bad_request(format!("`{name}` must be a whole number, not {value:?}"))
            }),
        };
        Ok(Self {
            offset: number("offset", offset, 0)?,
            count: number("count", count, default_count)?,
        })
    }

    pub(crate) fn new(offset: usize, count: usize) -> Self {
        Self { offset, count }
    }

    /// The page, unless it starts beyond the largest offset.
    pub(crate) fn within(self, largest_offset: usize) -> Result<Self, ApiError> {
        if self.offset > largest_offset {
            let message = format!("`offset` must be at most {largest_offset}");
            return Err(ApiError::bad_request(message));
        }
        Ok(self)
    }

    /// The places on the page, in a list of this length.
    pub(crate) fn range(self, total: usize) -> Range<usize> {
        let start = self.offset.min(total);
        start..self.offset.saturating_add(self.count).min(total)
    }

    /// The requested offset.
    pub(crate) fn offset(self) -> usize {
        self.offset
    }

    /// The items on the page, and its position in the list.
    pub(crate) fn slice<T>(self, items: Vec<T>) -> (Vec<T>, RecordCount) {
        let total = items.len();
        let items: Vec<T> = items.into_iter().skip(self.offset).take(self.count).collect();
        let records = RecordCount { total, start: self.offset, returned: items.len() };
        (items, records)
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_page_is_a_slice_with_its_position() {
        let page = Page::parse(Some("1"), Some("2"), 50).unwrap();
        let (items, records) = page.slice(vec!['a', 'b', 'c', 'd']);
        assert_eq!(items, ['b', 'c']);
        assert_eq!((records.total, records.start, records.returned), (4, 1, 2));
        let (items, records) = Page::parse(Some("9"), None, 50).unwrap().slice(vec!['a']);
        assert_eq!((items.len(), records.total, records.returned), (0, 1, 0));
    }

    #[test]
    fn bad_numbers_and_offsets_beyond_the_limit_are_refused() {
        for value in ["-1", "1.5", "x", "99999999999999999999"] {
            assert!(Page::parse(Some(value), None, 50).is_err(), "{value}");
        }
        let page = Page::parse(Some("4"), None, 50).unwrap();
        assert!(page.within(4).is_ok());
        assert!(page.within(3).is_err());
    }
}
