//! Files on Unix, macOS and Windows: the one place that knows how they differ.
//!
//! | Question | Linux and other Unix | macOS | Windows | Here |
//! |---|---|---|---|---|
//! | May a file be replaced while somebody reads it? | yes; the reader keeps the old one | yes | only if every reader shares deletion. Rust's `File` does; editors, virus scanners and backups may not, for a moment | [`replace`], [`remove`] and [`open`] retry for about a second |
//! | May an open file be renamed or removed? | yes | yes | under the same condition | as above |
//! | Is a rename on the disk? | when its folder is synced | when its folder is synced, and the cache of the drive is flushed (`sync_all` does that) | the file system journals it; a folder cannot be opened as a file | [`sync_folder`] |
//! | Who may read a new file? | whom the mode and the umask let | the same | whom the folder lets: in a user's profile that user, the system and administrators | [`private`], [`create_private_folder`], [`mode`] |
//! | Is an open file the one at a path? | device and inode | device and inode | volume and index, for which the path is opened | [`is_at`], [`leads_to`] |
//! | Reading at a position | leaves the position alone | leaves it alone | moves the position | [`read_at`], [`write_all_at`]: users never rely on the position |
//! | Does opening a path wait? | a pipe waits for a writer | the same | no: pipes have separate names | [`open_to_read`] |
//! | Which names exist? | bytes without `/` and NUL | the same; case and Unicode form may be ignored | no `<>:"/\|?*`, no dot or space at the end, no device names; case is ignored | [`safe_names`] |
//!
//! The column for Windows and macOS follows the documentation of these systems and of Rust's standard library; the
//! continuous integration runs the tests of all crates there.

mod identity;
mod names;
mod position;
mod private;
mod replace;
mod special;

pub use identity::{is_at, leads_to};
pub use names::safe_names;
pub use position::{read_at, write_all_at};
pub use private::{create_private_folder, mode, permissions, private, set_mode};
pub use replace::{is_shared, open, remove, replace, sync_folder, with_retries};
pub use special::{open_to_read, special};
