//! Uploads in chunks, one after the other.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::json;

use super::{Target, form};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Caller;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::state::{Dates, Gathering, Placed, Store};

/// Which chunks belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChunkKey {
    pub(super) target: Target,
    pub(super) size: u64,
    pub(super) chunks: u64,
}

pub(super) struct Chunk {
    pub(super) key: ChunkKey,
    /// From 0.
    pub(super) index: u64,
    pub(super) content: Bytes,
    pub(super) dates: Dates,
}

/// The chunks that have come so far.
#[derive(Debug)]
pub(super) struct Chunked {
    /// How many.
    received: u64,
    gathering: Gathering,
    dates: Dates,
    caller: Caller,
    /// How many questions still find the file not yet there.
    polls_left: u32,
}

impl Chunk {
    /// Refuses a chunk whose number or length cannot be, given the length of the others.
    pub(super) fn check(&self, each: u64) -> Result<(), Failure> {
        let ChunkKey { size, chunks, .. } = self.key;
        let last = chunks.checked_sub(1).filter(|last| self.index <= *last);
        let last =
            last.ok_or_else(|| Failure::invalid("« chunk » doit être inférieur à « chunks »"))?;
        let before = each.checked_mul(last).filter(|before| *before <= size);
        let before = before.ok_or_else(|| Failure::invalid("« chunksSize » est trop grand"))?;
        let expected = if self.index == last { size - before } else { each };
        if self.content.len() as u64 == expected {
            Ok(())
        } else {
            Err(Failure::invalid(format!("le morceau devrait avoir {expected} octets")))
        }
    }
}

/// Takes one chunk. All but the last are answered with the number of the next; the last with 423 while the
/// file is assembled. The file is there after some more questions, be it for what is stored or, by the last
/// chunk again, for the upload. A chunk that comes again is taken as received, the first one starts over.
pub(super) fn take(store: &mut Store, caller: Caller, chunk: Chunk, full: bool) -> Outcome {
    let Chunk { key, index, content, dates } = chunk;
    store.tree.check_place(key.target.folder, &key.target.name, caller)?;
    let polls_left = store.uploads.polls;
    let begun = store.uploads.chunked.get(&key);
    if index == 0 && begun.is_none_or(|begun| begun.received < key.chunks) {
        let gathering = Gathering::default();
        let fresh = Chunked { received: 0, gathering, dates, caller, polls_left };
        store.uploads.chunked.insert(key.clone(), fresh);
    }
    let begun = store.uploads.chunked.get_mut(&key);
    let begun = begun.ok_or_else(|| Failure::conflict("le premier morceau n'est pas arrivé"))?;
    if index == begun.received {
        begun.gathering.add(&content);
        begun.received += 1;
        begun.dates = Dates {
            creation: dates.creation.or(begun.dates.creation),
            modification: dates.modification.or(begun.dates.modification),
        };
    } else if index + 1 != begun.received {
        let next = begun.received;
        return Err(Failure::conflict(format!("le morceau attendu est le numéro {next}")));
    }
    if begun.received < key.chunks {
        let missing = json!([{ "missing": begun.received }]);
        return Ok(Answer::Step(StatusCode::OK, missing));
    }
    match poll(store, &key) {
        None => Err(Failure::assembling()),
        Some(placed) => form::placed_answer(store, placed?, full),
    }
}

/// The file of an upload whose chunks are all there, unless it is still being assembled.
fn poll(store: &mut Store, key: &ChunkKey) -> Option<Result<Placed, Failure>> {
    let begun = store.uploads.chunked.get_mut(key)?;
    if begun.polls_left > 0 {
        begun.polls_left -= 1;
        return None;
    }
    let done = store.uploads.chunked.remove(key)?;
    Some(form::place(store, &key.target, done.gathering.finish(), done.dates, done.caller))
}

/// Lets every upload whose chunks are all there come one question nearer to its file; how many files
/// are there now.
pub(super) fn settle(store: &mut Store) -> usize {
    let complete =
        |(key, begun): (&ChunkKey, &Chunked)| (begun.received == key.chunks).then(|| key.clone());
    let keys: Vec<_> = store.uploads.chunked.iter().filter_map(complete).collect();
    // One that has lost its place meanwhile is dropped.
    keys.iter().filter(|key| matches!(poll(store, key), Some(Ok(_)))).count()
}
