//! Labelled points of a refresh, where the crash tests stop the process. Without the `test-hooks`
//! feature there is nothing here.

#[cfg(feature = "test-hooks")]
type Hook = Box<dyn Fn(&str) + Send + Sync>;

#[cfg(feature = "test-hooks")]
static HOOK: std::sync::OnceLock<Hook> = std::sync::OnceLock::new();

/// Sets what happens at each labelled point; the first call in a process wins.
#[cfg(feature = "test-hooks")]
pub fn on_reach(hook: impl Fn(&str) + Send + Sync + 'static) {
    let _ = HOOK.set(Box::new(hook));
}

#[cfg(feature = "test-hooks")]
pub(crate) fn reach(label: &str) {
    if let Some(hook) = HOOK.get() {
        hook(label);
    }
}

#[cfg(not(feature = "test-hooks"))]
pub(crate) fn reach(_: &str) {}

#[cfg(feature = "test-hooks")]
pub(crate) fn reach_file(operation: &str, step: &str) {
    if HOOK.get().is_some() {
        reach(&format!("{operation}:{step}"));
    }
}

#[cfg(not(feature = "test-hooks"))]
pub(crate) fn reach_file(_: &str, _: &str) {}
