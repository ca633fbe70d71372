//! Finds the operation of a request by method and path.

use std::collections::HashMap;

use axum::http::Method;
use oneteg_catalog::{Catalog, Entry};
use percent_encoding::percent_decode_str;

/// The operations of a catalog by method and number of segments.
pub(super) struct Routes {
    by_shape: HashMap<(&'static str, usize), Vec<Route>>,
    procedures: HashMap<&'static str, &'static Entry>,
    rpc_paths: Vec<String>,
}

struct Route {
    entry: &'static Entry,
    segments: Vec<Segment>,
}

enum Segment {
    Fixed(String),
    Parameter(&'static str),
}

/// An operation, and the values of its path by name, decoded.
pub(super) struct Found {
    pub(super) entry: &'static Entry,
    pub(super) path: Vec<(&'static str, String)>,
}

impl Routes {
    pub(super) fn of(catalog: &'static Catalog) -> Self {
        let mut routes =
            Self { by_shape: HashMap::new(), procedures: HashMap::new(), rpc_paths: Vec::new() };
        for entry in &catalog.operations {
            let path = format!("{}{}", catalog.base_path, entry.path);
            if let Some(procedure) = &entry.procedure {
                routes.procedures.insert(procedure, entry);
                if !routes.rpc_paths.contains(&path) {
                    routes.rpc_paths.push(path);
                }
                continue;
            }
            let base = catalog.base_path.split('/').skip(1).chain(entry.path.split('/').skip(1));
            let segments: Vec<Segment> = base.map(Segment::read).collect();
            let shape = (entry.method.as_str(), segments.len());
            routes.by_shape.entry(shape).or_default().push(Route { entry, segments });
        }
        routes
    }

    /// Whether remote procedures are called at this path. A slash at its end is ignored.
    pub(super) fn is_rpc(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').unwrap_or(path);
        self.rpc_paths.iter().any(|known| known == path)
    }

    pub(super) fn procedure(&self, name: &str) -> Option<&'static Entry> {
        self.procedures.get(name).copied()
    }

    /// The operation whose template fits the path and has the fewest parameters. Letter case does not matter in fixed
    /// segments. HEAD stands for GET where it is no operation.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let at = |method: &Method| self.best(method, &segments);
        at(method).or_else(|| if method == Method::HEAD { at(&Method::GET) } else { None })
    }

    fn best(&self, method: &Method, segments: &[&str]) -> Option<Found> {
        // The key borrows from the catalog, so the method is looked up among its own.
        let routes = self
            .by_shape
            .iter()
            .find(|((known, length), _)| *known == method.as_str() && *length == segments.len());
        let fitting = routes?.1.iter().filter_map(|route| Some((route, route.fit(segments)?)));
        let (route, path) = fitting.min_by_key(|(_, path)| path.len())?;
        let decode = |value: &str| percent_decode_str(value).decode_utf8_lossy().into_owned();
        let path = path.into_iter().map(|(name, value)| (name, decode(value))).collect();
        Some(Found { entry: route.entry, path })
    }
}

impl Route {
    fn fit<'p>(&self, segments: &[&'p str]) -> Option<Vec<(&'static str, &'p str)>> {
        let mut path = Vec::new();
        for (segment, actual) in self.segments.iter().zip(segments) {
            match segment {
                Segment::Fixed(fixed) if fixed.eq_ignore_ascii_case(actual) => {}
                Segment::Parameter(name) if !actual.is_empty() => path.push((*name, *actual)),
                _ => return None,
            }
        }
        Some(path)
    }
}

impl Segment {
    fn read(segment: &'static str) -> Self {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => Self::Parameter(name),
            None => Self::Fixed(segment.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(vendor: &str, method: &Method, path: &str) -> Option<String> {
        let routes = Routes::of(oneteg_catalog::of(vendor).unwrap());
        routes.find(method, path).map(|found| found.entry.operation_id.clone())
    }

    #[test]
    fn each_template_finds_its_own_operation() {
        for vendor in oneteg_catalog::VENDORS {
            let catalog = oneteg_catalog::of(vendor).unwrap();
            let routes = Routes::of(catalog);
            for entry in catalog.operations.iter().filter(|entry| entry.procedure.is_none()) {
                let path = format!("{}{}", catalog.base_path, entry.path);
                let method = Method::from_bytes(entry.method.as_bytes()).unwrap();
                let found = routes.find(&method, &path).unwrap();
                assert_eq!(found.entry.operation_id, entry.operation_id);
                assert_eq!(found.path.len(), entry.path.matches('{').count(), "{path}");
            }
        }
    }

    #[test]
    fn fixed_segments_come_first_and_values_are_decoded() {
        let (get, head) = (Method::GET, Method::HEAD);
        let list = found("mediavalet", &get, "/Categories/SubCategories");
        assert_eq!(list.as_deref(), Some("listRootSubcategories"));
        assert_eq!(found("mediavalet", &head, "/assets/x").as_deref(), Some("getAsset"));
        assert_eq!(found("mediavalet", &get, "/assets/"), None);
        assert_eq!(found("netexplorer", &get, "/folder/1"), None, "the API is below /api");
        let routes = Routes::of(oneteg_catalog::of("netexplorer").unwrap());
        let file = routes.find(&get, "/api/file/a%20b").unwrap();
        assert_eq!(file.path, [("fileId", "a b".to_owned())]);
    }

    #[test]
    fn procedures_are_found_by_name() {
        let routes = Routes::of(oneteg_catalog::of("netx").unwrap());
        assert!(routes.is_rpc("/api/rpc") && routes.is_rpc("/api/rpc/"));
        assert!(!routes.is_rpc("/api"));
        assert_eq!(routes.procedure("getSelf").unwrap().operation_id, "getSelf");
        assert!(routes.procedure("getself").is_none());
    }
}
