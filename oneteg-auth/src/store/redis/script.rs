use redis::Script;

/// The steps of the contract as scripts, which Redis runs atomically.
///
/// The first line of a script tells the server when it may run. A full server refuses `lease` and the journal entry of
/// a new attempt, so that no refresh begins that could not be stored. It accepts what ends a refresh that has begun:
/// that replaces values of about the same size, and losing it would lose the session.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) load: Script,
    pub(super) lease: Script,
    pub(super) renew: Script,
    pub(super) release: Script,
    /// Writes the entry of an attempt that is about to begin.
    pub(super) begin: Script,
    /// Changes or removes the entry of an attempt that has ended.
    pub(super) end: Script,
    pub(super) commit: Script,
    pub(super) offer: Script,
    pub(super) clear: Script,
}

const READS: &str = "#!lua flags=no-writes\n";
const WRITES: &str = "#!lua\n";
const WRITES_WHEN_FULL: &str = "#!lua flags=allow-oom\n";

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |first_line: &str, step: &str| {
            Script::new(&[first_line, include_str!("record.lua"), step].concat())
        };
        let journal = include_str!("journal.lua");
        Self {
            load: script(READS, include_str!("load.lua")),
            lease: script(WRITES, include_str!("lease.lua")),
            renew: script(WRITES_WHEN_FULL, include_str!("renew.lua")),
            release: script(WRITES_WHEN_FULL, include_str!("release.lua")),
            begin: script(WRITES, journal),
            end: script(WRITES_WHEN_FULL, journal),
            commit: script(WRITES_WHEN_FULL, include_str!("commit.lua")),
            offer: script(WRITES_WHEN_FULL, include_str!("offer.lua")),
            clear: script(WRITES_WHEN_FULL, include_str!("clear.lua")),
        }
    }
}
