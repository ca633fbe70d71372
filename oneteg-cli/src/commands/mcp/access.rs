//! What an assistant may see and call: a list of connections, and the operations that the options of the command allow.

use oneteg_auth::Vendor;

use crate::{
    catalog::{self, Catalog, Entry},
    client::{self, FIRST_STEPS},
    context::Context,
    error::{CliError, nearest},
};

/// A connection that the assistant may use.
#[derive(Debug, Clone)]
pub(super) struct Exposed {
    pub(super) name: String,
    pub(super) vendor: Vendor,
    pub(super) catalog: &'static Catalog,
}

/// What is allowed.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) connections: Vec<Exposed>,
    /// Whether operations may be called that change something.
    pub(super) writes: bool,
    /// `None`: all.
    tags: Option<Vec<String>>,
}

impl Access {
    /// Checks the options of the command.
    ///
    /// # Errors
    /// If there is no connection, one is unknown or cannot be read, or a tag belongs to none of their vendors.
    pub(super) fn new(
        context: &Context,
        names: &[String],
        writes: bool,
        tags: &[String],
    ) -> Result<Self, CliError> {
        let all = context.profiles.list()?;
        if all.is_empty() {
            return Err(CliError::usage("there is no connection that an assistant could use")
                .with_hint(FIRST_STEPS));
        }
        let names = if names.is_empty() { &all } else { names };
        let exposed = names.iter().map(|name| {
            let vendor = client::load(context, name)?.connector.vendor();
            Ok(Exposed { name: name.clone(), vendor, catalog: catalog::of(vendor)? })
        });
        let connections = exposed.collect::<Result<Vec<_>, CliError>>()?;
        let tags = (!tags.is_empty()).then(|| known(&connections, tags)).transpose()?;
        Ok(Self { connections, writes, tags })
    }

    /// The connection of a name; the only one if none is given.
    ///
    /// # Errors
    /// If the name is missing or unknown: what to say to the assistant.
    pub(super) fn connection(&self, name: Option<&str>) -> Result<&Exposed, CliError> {
        let names = || self.names().join(", ");
        match (name, self.connections.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(CliError::usage("`connection` is missing")
                .with_hint(format!("The connections are: {}", names()))),
            (Some(name), all) => all.iter().find(|exposed| exposed.name == name).ok_or_else(|| {
                CliError::not_found(format!("there is no connection `{name}`"))
                    .with_hint(format!("The connections are: {}", names()))
            }),
        }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.connections.iter().map(|exposed| exposed.name.as_str()).collect()
    }

    /// Whether an operation may be called. What only reads may be searched for too; what changes something only with
    /// `--allow-writes`.
    pub(super) fn allows(&self, entry: &Entry) -> bool {
        self.allows_tag(entry) && (self.writes || !entry.writes)
    }

    pub(super) fn allows_tag(&self, entry: &Entry) -> bool {
        self.tags.as_ref().is_none_or(|tags| tags.contains(&entry.tag))
    }

    /// The operation of a name.
    ///
    /// # Errors
    /// If it is unknown, or not allowed: who can change that, and how.
    pub(super) fn operation(
        &self,
        exposed: &Exposed,
        name: &str,
    ) -> Result<&'static Entry, CliError> {
        let catalog = exposed.catalog;
        let Some(entry) = catalog.find(name) else {
            let nearest: Vec<&str> = catalog::nearest(catalog, name)
                .into_iter()
                .filter(|name| catalog.find(name).is_some_and(|entry| self.allows(entry)))
                .collect();
            let hint = match nearest.is_empty() {
                true => "Find the name with `search_operations`".to_owned(),
                false => format!("Similar names: {}", nearest.join(", ")),
            };
            let message = format!("{} has no operation `{name}`", exposed.vendor);
            return Err(CliError::not_found(message).with_hint(hint));
        };
        if !self.allows_tag(entry) {
            let message = format!("`{}` is not allowed: its tag is `{}`", entry.name, entry.tag);
            return Err(CliError::refused(message).with_hint(format!(
                "Only these tags are allowed: {}. A person can change that with the option `--tags` of `oneteg mcp`",
                self.tags.as_deref().unwrap_or_default().join(", ")
            )));
        }
        Ok(entry)
    }

    /// One line about what is allowed.
    pub(super) fn summary(&self) -> String {
        let writes = match self.writes {
            true => "Operations that read and operations that change something are allowed",
            false => "Only operations that read are allowed",
        };
        match &self.tags {
            Some(tags) => format!("{writes}, of these tags: {}.", tags.join(", ")),
            None => format!("{writes}."),
        }
    }
}

/// The tags as the catalogs spell them.
fn known(connections: &[Exposed], tags: &[String]) -> Result<Vec<String>, CliError> {
    let all = || connections.iter().flat_map(|exposed| exposed.catalog.tags.keys());
    let mut found = Vec::new();
    for tag in tags {
        let name = tag.trim().to_ascii_lowercase().replace('_', "-");
        if !all().any(|known| *known == name) {
            let similar = nearest(&name, all().map(String::as_str));
            let hint = match similar.first() {
                Some(similar) => format!("Did you mean `{similar}`?"),
                None => "`oneteg <CONNECTION>` lists the tags of a connection".to_owned(),
            };
            return Err(CliError::usage(format!("there is no tag `{tag}`")).with_hint(hint));
        }
        found.push(name);
    }
    Ok(found)
}
