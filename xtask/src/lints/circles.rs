//! No import circles: if `a` uses `b`, then neither `b` nor anything that it uses may use `a`.
//!
//! The modules of a circle cannot be read, tested or moved separately. The rule applies to the modules of
//! every folder, each together with its submodules: two folders that import each other are a circle, even if
//! no two of their files are. A circle of files is always one of these: at the level where their paths
//! diverge. A module and its own submodules may use each other.
//!
//! Every path is resolved to the module that defines its target, so a re-export in `lib.rs` or in the
//! `mod.rs` of a folder does not hide a circle.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    path::PathBuf,
};

use super::{modules::CrateModules, resolve::Resolved};

/// Modules of one folder that import each other.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle {
    /// The path of the module that contains them; empty for the root of the crate.
    pub folder: Vec<String>,
    /// The shortest circle.
    pub steps: Vec<Import>,
    /// All modules of the folder that use each other, directly or indirectly, including those of `steps`.
    pub entangled: BTreeSet<String>,
}

/// An occurrence of a path to another module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module of the folder that contains the occurrence.
    pub from: String,
    /// The module of the folder that contains the target.
    pub to: String,
    pub file: PathBuf,
    pub line: usize,
    /// The path as it is written.
    pub written: String,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = if self.folder.is_empty() {
            "the root of the crate".to_owned()
        } else {
            format!("`{}`", self.folder.join("::"))
        };
        write!(f, "import circle in {folder}: ")?;
        for step in &self.steps {
            write!(f, "{} -> ", step.from)?;
        }
        writeln!(f, "{}", self.steps.first().map_or("", |first| &first.from))?;
        for Import { from, to, file, line, written } in &self.steps {
            writeln!(f, "  {}:{line}: {from} uses {to} (`{written}`)", file.display())?;
        }
        if self.entangled.len() > self.steps.len() {
            let names: Vec<&str> = self.entangled.iter().map(String::as_str).collect();
            writeln!(f, "  it is one of several circles among: {}", names.join(", "))?;
        }
        write!(
            f,
            "  help: move what the modules share into a module that uses neither, or pass it as an \
             argument"
        )
    }
}

/// The modules of a folder, with the first import of each pair.
type Siblings = BTreeMap<String, BTreeMap<String, Import>>;

/// The circles of a crate: the shortest one for each set of modules that use each other.
pub fn circles(crate_modules: &CrateModules) -> Vec<Circle> {
    let mut circles = Vec::new();
    for (folder, siblings) in imports_by_folder(crate_modules) {
        for entangled in entangled_sets(&siblings) {
            let steps = shortest_circle(&siblings, &entangled);
            circles.push(Circle { folder: folder.clone(), steps, entangled });
        }
    }
    circles
}

/// The imports between the modules of each folder. An import counts in one folder only: where the paths of
/// the two modules diverge.
fn imports_by_folder(crate_modules: &CrateModules) -> BTreeMap<Vec<String>, Siblings> {
    let mut folders: BTreeMap<Vec<String>, Siblings> = BTreeMap::new();
    for (id, module) in crate_modules.modules.iter().enumerate() {
        let user = &crate_modules.modules[module.owner];
        for mention in &module.mentions {
            let target = match crate_modules.resolve(id, &mention.path) {
                // A single name that is also the name of a module is most likely a variable.
                Some(Resolved::Module(_)) if mention.path.len() == 1 => continue,
                Some(Resolved::Module(module) | Resolved::ItemOf(module)) => module,
                None => continue,
            };
            let used = &crate_modules.modules[crate_modules.modules[target].owner];
            let shared = user.path.iter().zip(&used.path).take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to)) = (user.path.get(shared), used.path.get(shared)) else {
                // A module, and itself or one of its submodules.
                continue;
            };
            let siblings = folders.entry(user.path[..shared].to_vec()).or_default();
            let imports = siblings.entry(from.clone()).or_default();
            imports.entry(to.clone()).or_insert_with(|| Import {
                from: from.clone(),
                to: to.clone(),
                file: user.file.clone(),
                line: mention.line,
                written: mention.path.join("::"),
            });
        }
    }
    folders
}

/// The sets of modules of which each can reach all others.
fn entangled_sets(siblings: &Siblings) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> =
        siblings.keys().map(|name| (name, reachable(siblings, name))).collect();
    let mut sets: Vec<BTreeSet<String>> = Vec::new();
    for (name, reached) in &reach {
        if !reached.contains(name) || sets.iter().any(|set| set.contains(*name)) {
            continue;
        }
        let back = reached
            .iter()
            .filter(|other| reach.get(*other).is_some_and(|reached| reached.contains(name)));
        sets.push(back.map(|name| (*name).clone()).collect());
    }
    sets
}

fn reachable<'a>(siblings: &'a Siblings, from: &str) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut pending: Vec<&str> = vec![from];
    while let Some(name) = pending.pop() {
        for next in siblings.get(name).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                pending.push(next);
            }
        }
    }
    reached
}

fn shortest_circle(siblings: &Siblings, among: &BTreeSet<String>) -> Vec<Import> {
    let circles = among.iter().filter_map(|start| circle_through(siblings, start));
    circles.min_by_key(Vec::len).unwrap_or_default()
}

/// A shortest circle through a module, by breadth-first search.
fn circle_through(siblings: &Siblings, start: &str) -> Option<Vec<Import>> {
    let mut arrived_by: BTreeMap<&str, &Import> = BTreeMap::new();
    let mut pending = VecDeque::from([start]);
    while let Some(name) = pending.pop_front() {
        for (next, import) in siblings.get(name).into_iter().flatten() {
            if arrived_by.contains_key(next.as_str()) {
                continue;
            }
            arrived_by.insert(next, import);
            if next == start {
                let mut steps = vec![import.clone()];
                while let Some(first) = steps.first().filter(|first| first.from != start) {
                    let before = (*arrived_by.get(first.from.as_str())?).clone();
                    steps.insert(0, before);
                }
                return Some(steps);
            }
            pending.push_back(next);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The circles of a planted crate, as `folder: a -> b -> a`.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        planted(files)
            .iter()
            .map(|circle| {
                let names: Vec<&str> = circle.steps.iter().map(|step| step.from.as_str()).collect();
                format!("{}: {}", circle.folder.join("::"), names.join(" -> "))
            })
            .collect()
    }

    fn planted(files: &[(&str, &str)]) -> Vec<Circle> {
        let read = |path: &Path| {
            let file = files.iter().find(|(name, _)| Path::new(name) == path);
            file.map(|(_, source)| (*source).to_owned())
                .ok_or_else(|| std::io::Error::other("no such file"))
        };
        circles(&CrateModules::read(Path::new("lib.rs"), &read).unwrap())
    }

    #[test]
    fn two_files_that_import_each_other() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B(super::a::A);"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn three_files() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod leaf;"),
            ("a.rs", "use crate::{leaf, b::{self, B}}; pub struct A;"),
            ("b.rs", "use super::c; pub struct B;"),
            ("c.rs", "fn f() { let _ = crate::a::A; }"),
            ("leaf.rs", "pub struct Leaf;"),
        ];
        assert_eq!(found(&files), [": a -> b -> c"]);
    }

    #[test]
    fn connected_circles_are_one_finding() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b;"),
            ("b.rs", "use crate::{a, c};"),
            ("c.rs", "use crate::b;"),
        ];
        let circles = planted(&files);
        assert_eq!(circles.len(), 1);
        assert_eq!(circles[0].steps.len(), 2);
        assert_eq!(circles[0].entangled, ["a", "b", "c"].map(str::to_owned).into());
    }

    #[test]
    fn through_a_re_export_of_the_root() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
            ("a.rs", "use crate::B; pub struct A;"),
            ("b.rs", "use crate::A; pub struct B;"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn through_a_re_export_of_a_folder() {
        let files = [
            ("lib.rs", "mod shapes;"),
            ("shapes/mod.rs", "mod a; mod b; pub use a::A as First; pub use b::B;"),
            ("shapes/a.rs", "use super::B; pub struct A;"),
            ("shapes/b.rs", "use crate::shapes::First; pub struct B;"),
        ];
        assert_eq!(found(&files), ["shapes: a -> b"]);
    }

    #[test]
    fn through_the_glob_import_of_a_parent() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::*; pub use b::*;"),
            ("a.rs", "use super::*; pub struct A(B);"),
            ("b.rs", "use super::*; pub struct B(Box<A>);"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn through_a_path_in_code() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub fn a() { crate::b::b() }"),
            ("b.rs", "pub fn b() { if true { super::a::a() } }"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn through_macros_and_attributes() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", r#"#[serde(with = "crate::b::dates")] pub struct A;"#),
            ("b.rs", "pub fn b() { assert!(crate::c::C > 1) }"),
            ("c.rs", "macro_rules! c { () => { $crate::a::A }; }"),
        ];
        assert_eq!(found(&files), [": a -> b -> c"]);
    }

    #[test]
    fn folders_that_import_each_other_though_no_files_do() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod one; mod two;"),
            ("a/one.rs", "use crate::b::three;"),
            ("a/two.rs", ""),
            ("b.rs", "pub mod three; pub mod four;"),
            ("b/three.rs", ""),
            ("b/four.rs", "use crate::a::two;"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn a_module_and_its_submodules_may_refer_to_each_other() {
        let files = [
            ("lib.rs", "mod a; use a::A; pub struct Root;"),
            (
                "a/mod.rs",
                "mod inner; mod leaf; use inner::Inner; pub struct A; pub use leaf::Leaf;",
            ),
            ("a/inner.rs", "use super::{A, Leaf}; use crate::Root; pub struct Inner;"),
            ("a/leaf.rs", "pub struct Leaf;"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn inline_modules_belong_to_their_file() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; mod inner { use crate::b::B; use super::A; }"),
            ("b.rs", "pub mod deep { pub use crate::a::A; } pub struct B;"),
        ];
        assert_eq!(found(&files), [": a -> b"]);
    }

    #[test]
    fn tests_may_import_anything() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            (
                "b.rs",
                "use crate::a::A; pub struct B; #[cfg(all(test, unix))] mod more; impl B { \
                 #[cfg(test)] fn probe() { crate::a::probe() } }",
            ),
        ];
        assert_eq!(found(&files), [""; 0]);
        let with_a_feature = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "#[cfg(any(test, feature = \"x\"))] use crate::b;"),
            ("b.rs", "use crate::a;"),
        ];
        assert_eq!(found(&with_a_feature), [": a -> b"]);
    }

    #[test]
    fn other_crates_and_variables_are_no_modules() {
        let files = [
            ("lib.rs", "mod http; mod url; pub use http::Request;"),
            ("http.rs", "use ::url::Url; pub struct Request; fn f(url: Url) { g(url) }"),
            ("url.rs", "use crate::Request; use serde::de; fn f() { ::http::send() }"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn the_message_names_each_step_and_what_to_do() {
        let files = [
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "// Why.\nuse crate::b::B;\npub struct A;"),
            ("b.rs", "pub struct B(crate::a::A);"),
        ];
        assert_eq!(
            planted(&files)[0].to_string(),
            "import circle in the root of the crate: a -> b -> a\n  a.rs:2: a uses b \
             (`crate::b::B`)\n  b.rs:1: b uses a (`crate::a::A`)\n  help: move what the modules \
             share into a module that uses neither, or pass it as an argument"
        );
    }
}
