//! Where a file or folder is at a vendor, as people write it.

use std::{fmt, str::FromStr};

use crate::error::CliError;

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
    type Err = CliError;

    /// Refuses what is blank: a script whose variable is not set does not mean the root, with all that is in it.
    fn from_str(place: &str) -> Result<Self, Self::Err> {
        Ok(match place.strip_prefix("id:") {
            Some(id) if id.trim().is_empty() => {
                return Err(CliError::usage("there is no id after `id:`"));
            }
            Some(id) => Self::Id(id.trim().to_owned()),
            None if place.trim().is_empty() => {
                let message = "the path at the vendor is empty";
                return Err(CliError::usage(message).with_hint("`/` is the root."));
            }
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
            ("id: 7", "id:7"),
        ] {
            assert_eq!(place(given).to_string(), shown);
        }
        assert_eq!(place("a/b/c").split(), Some((place("a/b"), "c")));
        assert_eq!((place("/").split(), place("id:7").split()), (None, None));
    }

    #[test]
    fn nothing_is_not_the_root() {
        for blank in ["", "  ", "id:", "id: "] {
            blank.parse::<Place>().unwrap_err();
        }
    }
}
