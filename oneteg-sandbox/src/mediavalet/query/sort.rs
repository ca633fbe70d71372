//! `sort`: a field, optionally followed by `A` (ascending, the default) or `D` (descending).

use std::cmp::Ordering;

use crate::mediavalet::response::ApiError;
use crate::mediavalet::state::Asset;

#[derive(Debug)]
pub(super) struct SortOrder {
    field: Field,
    descending: bool,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Created,
    Modified,
    Title,
    FileName,
    Size,
}

impl SortOrder {
    pub(super) fn parse(sort: &str) -> Result<Self, ApiError> {
        let (field, direction) = sort.trim().split_once(' ').unwrap_or((sort.trim(), "A"));
        let descending = match direction.trim().to_ascii_uppercase().as_str() {
            "A" | "ASC" => false,
            "D" | "DESC" => true,
            _ => return Err(ApiError::bad_request("A sort direction is A or D")),
        };
        let field = match field.to_ascii_lowercase().as_str() {
            "record.createdat" => Field::Created,
            "record.modifiedat" => Field::Modified,
            "title" => Field::Title,
            "filename" | "file.filename" => Field::FileName,
            "file.sizeinbytes" => Field::Size,
            other => {
                return Err(ApiError::bad_request(format!("Assets cannot be sorted by {other}")));
            }
        };
        Ok(Self { field, descending })
    }

    pub(super) fn is_descending(&self) -> bool {
        self.descending
    }

    /// Compares two assets in ascending order.
    pub(super) fn compare(&self, a: &Asset, b: &Asset) -> Ordering {
        self.field.compare(a, b)
    }
}

impl Field {
    fn compare(self, a: &Asset, b: &Asset) -> Ordering {
        match self {
            Self::Created => a.created.cmp(&b.created),
            Self::Modified => a.modified.cmp(&b.modified),
            Self::Title => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
            Self::FileName => a.file().name.cmp(&b.file().name),
            Self::Size => a.file().blob.length.cmp(&b.file().blob.length),
        }
    }
}
