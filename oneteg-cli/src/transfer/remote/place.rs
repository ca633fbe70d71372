//! Where a file or folder is at a vendor, as people write it.

use std::{convert::Infallible, fmt, str::FromStr};

/// A path of names, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The names from the vendor's root; none is the root.
    Path(Vec<String>),
    Id(String),
}

impl Place {
    /// The folder that contains a path, and the last name; `None` for the root and for ids.
    pub(crate) fn split(&self) -> Option<(Self, &str)> {
        match self {
            Self::Path(names) => {
                let (last, above) = names.split_last()?;
                Some((Self::Path(above.to_vec()), last))
            }
            Self::Id(_) => None,
        }
    }
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(place: &str) -> Result<Self, Infallible> {
        Ok(match place.strip_prefix("id:") {
            Some(id) => Self::Id(id.trim().to_owned()),
            None => {
                let names = place.split('/').filter(|name| !name.is_empty());
                Self::Path(names.map(str::to_owned).collect())
            }
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(names) if names.is_empty() => f.write_str("/"),
            Self::Path(names) => f.write_str(&names.join("/")),
            Self::Id(id) => write!(f, "id:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_or_an_id() {
        let place = |place: &str| place.parse::<Place>().unwrap();
        for (given, shown) in [
            ("Press/Images", "Press/Images"),
            ("/Press//Images/", "Press/Images"),
            ("/", "/"),
            ("", "/"),
            ("id: 7", "id:7"),
        ] {
            assert_eq!(place(given).to_string(), shown);
        }
        assert_eq!(place("a/b/c").split(), Some((place("a/b"), "c")));
        assert_eq!((place("/").split(), place("id:7").split()), (None, None));
    }
}
